/* parse.c - a line of a file as the record it says.
 *
 * SPDX-License-Identifier: MIT */
#include "core/parse.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <stdlib.h>

#include <jansson.h>

#include "base/buf.h"
#include "core/shown.h"

#define JSON_WORST 6     /* bytes of JSON that a byte becomes: \u00XX */
#define JSON_MORE  65536 /* for names of members, other members, headers */

/* --- base64 (RFC 4648, section 4) ------------------------------------------------------------- */

static int digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Four digits, of which `n` count, as n - 1 bytes. False if they are none, or say more. */
static bool decode_group(const char *s, size_t n, unsigned char *to)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < 4; i++) {
		int d = i < n ? digit(s[i]) : 0;

		if (d < 0)
			return false;
		bits = bits << 6 | (uint32_t)d;
	}
	for (size_t i = 0; i < 3; i++) {
		unsigned char byte = (unsigned char)(bits >> (16 - 8 * i));

		if (i + 1 < n)
			to[i] = byte;
		else if (byte)
			return false;
	}
	return true;
}

/* Bytes written to `to`, or -1. */
static long decode_base64(const char *s, size_t len, unsigned char *to)
{
	unsigned char *begin = to;

	if (len % 4)
		return -1;
	for (; len; s += 4, len -= 4) {
		size_t n = 4;

		while (len == 4 && n > 2 && s[n - 1] == '=')
			n--;
		if (!decode_group(s, n, to))
			return -1;
		to += n - 1;
	}
	return to - begin;
}

/* --- JSON ------------------------------------------------------------------------------------- */

/* While a line is being read: where decoded bytes and headers go. */
struct reading {
	struct bfs_record *record;
	struct bfs_header *headers;
	unsigned char *bytes; /* room for whatever the line may hold in base64 */
	struct bfs_why *why;
};

static const char *kind_of(const json_t *v)
{
	static const char *const kinds[] = {
		[JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array", [JSON_STRING] = "a string",
		[JSON_INTEGER] = "a number", [JSON_REAL] = "a number",  [JSON_TRUE] = "true",
		[JSON_FALSE] = "false",      [JSON_NULL] = "null",
	};

	return kinds[json_typeof(v)];
}

/* A string, null, or {"base64":"..."}. `what` says whose. */
static int read_bytes(struct reading *r, const char *what, json_t *v, const void **ret,
		      size_t *ret_len)
{
	json_t *base64 = json_object_get(v, "base64"); /* NULL of anything but an object */
	long len;

	*ret = NULL;
	*ret_len = 0;
	if (json_is_null(v))
		return 0;
	if (json_is_string(v)) {
		*ret = json_string_value(v);
		*ret_len = json_string_length(v);
		return 0;
	}
	if (!json_is_string(base64) || json_object_size(v) != 1)
		return bfs_fail(r->why, -EINVAL,
				"%s is %s, not a string, null, or {\"base64\":\"...\"}", what,
				kind_of(v));
	len = decode_base64(json_string_value(base64), json_string_length(base64), r->bytes);
	if (len < 0)
		return bfs_fail(r->why, -EINVAL, "%s is not valid base64", what);
	*ret = r->bytes;
	*ret_len = (size_t)len;
	r->bytes += len;
	return 0;
}

static int read_key(struct reading *r, json_t *v)
{
	return read_bytes(r, "\"key\"", v, &r->record->key, &r->record->key_len);
}

static int read_value(struct reading *r, json_t *v)
{
	return read_bytes(r, "\"value\"", v, &r->record->value, &r->record->value_len);
}

/* 0 is librdkafka's word for "now", so it can't be sent as a time. */
static int read_timestamp(struct reading *r, json_t *v)
{
	json_int_t ms = json_integer_value(v); /* 0 of anything else */

	if (json_is_null(v) || (json_is_integer(v) && ms == -1))
		return 0;
	if (ms < 1)
		return bfs_fail(r->why, -EINVAL,
				"\"timestamp\" is not a number of milliseconds above 0");
	r->record->timestamp = ms;
	return 0;
}

/* The name gets a NUL, which ends it for librdkafka. */
static int read_header(struct reading *r, json_t *v, struct bfs_header *ret)
{
	const void *name;
	size_t len;
	int err;

	if (!json_is_array(v) || json_array_size(v) != 2)
		return bfs_fail(r->why, -EINVAL, "a header is %s, not [name, value]", kind_of(v));
	err = read_bytes(r, "a header's name", json_array_get(v, 0), &name, &len);
	if (err)
		return err;
	if (!name || memchr(name, '\0', len))
		return bfs_fail(r->why, -EINVAL, "a header's name is null, or has a zero byte");
	if (!json_is_string(json_array_get(v, 0)))
		*r->bytes++ = '\0';
	ret->name = name;
	return read_bytes(r, "a header's value", json_array_get(v, 1), &ret->value,
			  &ret->value_len);
}

static int read_headers(struct reading *r, json_t *v)
{
	size_t n = json_array_size(v); /* 0 of anything else */
	int err = 0;

	if (!json_is_array(v) && !json_is_null(v))
		return bfs_fail(r->why, -EINVAL, "\"headers\" is %s, not an array", kind_of(v));
	for (size_t i = 0; i < n && !err; i++)
		err = read_header(r, json_array_get(v, i), &r->headers[i]);
	r->record->headers = r->headers;
	r->record->n_headers = n;
	return err;
}

static int ignore(struct reading *r, json_t *v)
{
	(void)r;
	(void)v;
	return 0;
}

static const struct {
	const char *name;
	int (*read)(struct reading *r, json_t *v);
} members[] = {
	{ "key", read_key },         { "value", read_value }, { "timestamp", read_timestamp },
	{ "headers", read_headers }, { "topic", ignore },     { "partition", ignore },
	{ "offset", ignore },
};

static int read_member(struct reading *r, const char *name, json_t *v)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (!strcmp(members[i].name, name))
			return members[i].read(r, v);
	return bfs_fail(r->why, -EINVAL, "\"%s\" is not a part of a record", name);
}

static int read_object(struct reading *r, json_t *object)
{
	const char *name;
	json_t *v;
	int err = 0;

	if (!json_is_object(object))
		return bfs_fail(r->why, -EINVAL, "it is %s, not an object", kind_of(object));
	json_object_foreach(object, name, v)
	{
		err = read_member(r, name, v);
		if (err)
			break;
	}
	return err;
}

/* Decoded, base64 is shorter than the line, by more than the NULs behind names. */
static int parse_json(const char *line, size_t len, struct bfs_parsed *ret, struct bfs_why *why)
{
	struct reading r = { .record = &ret->record, .why = why };
	size_t n_headers;
	json_error_t e;

	if (bfs_shown_read(line, len, &ret->record, &ret->memory))
		return 0;
	ret->json = json_loadb(line, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY,
			       &e);
	if (!ret->json)
		return bfs_fail(why, -EINVAL, "byte %d: %s", e.position, e.text);
	n_headers = json_array_size(json_object_get(ret->json, "headers"));
	ret->memory = bfs_alloc(n_headers * sizeof(*r.headers) + len);
	r.headers = ret->memory;
	r.bytes = (unsigned char *)(r.headers + n_headers);
	return read_object(&r, ret->json);
}

/* --- the others ------------------------------------------------------------------------------- */

/* An empty value is a value: only .json can say that there is none. */
static void take_value(struct bfs_parsed *ret, const char *value, size_t len)
{
	ret->record.value = len ? value : "";
	ret->record.value_len = len;
}

static void parse_kv(const char *line, size_t len, struct bfs_parsed *ret)
{
	const char *tab = len ? memchr(line, '\t', len) : NULL;
	size_t key_len = tab ? (size_t)(tab - line) : 0, skip = tab ? key_len + 1 : 0;

	ret->record.key = key_len ? line : NULL;
	ret->record.key_len = key_len;
	take_value(ret, line + skip, len - skip);
}

int bfs_parse(enum bfs_format format, const char *line, size_t len, struct bfs_parsed *ret,
	      struct bfs_why *ret_why)
{
	int err = 0;

	*ret = (struct bfs_parsed){ .record.timestamp = -1 };
	if (format == BFS_FORMAT_JSON)
		err = parse_json(line, len, ret, ret_why);
	else if (format == BFS_FORMAT_KV)
		parse_kv(line, len, ret);
	else
		take_value(ret, line, len);
	if (err)
		bfs_parsed_fini(ret);
	return err;
}

void bfs_parsed_fini(struct bfs_parsed *p)
{
	json_decref(p->json);
	free(p->memory);
	p->json = p->memory = NULL;
}

size_t bfs_parse_line_max(enum bfs_format format, size_t message_max)
{
	if (format == BFS_FORMAT_JSON)
		return message_max * JSON_WORST + JSON_MORE;
	return message_max + (format == BFS_FORMAT_KV); /* the TAB is not sent */
}
