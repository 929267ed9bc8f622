/* json_oracle.h - is a line the JSON of a record? jansson reads it, the record judges.
 *
 * For the random test and for the fuzzer: a sentence about what is wrong, NULL if nothing is.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_TESTS_UNIT_JSON_ORACLE_H
#define BFS_TESTS_UNIT_JSON_ORACLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/record.h"

/* The slow way: the code point first, then whether it may be there and in that many bytes. */
static inline bool oracle_utf8(const unsigned char *p, size_t len)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

	while (len) {
		size_t n = *p < 0x80       ? 1
			   : *p >> 5 == 6  ? 2
			   : *p >> 4 == 14 ? 3
			   : *p >> 3 == 30 ? 4
					   : 0;
		uint32_t code;

		if (!n || n > len)
			return false;
		code = n == 1 ? *p : *p & (0x7fu >> n);
		for (size_t i = 1; i < n; i++) {
			if (p[i] >> 6 != 2)
				return false;
			code = code << 6 | (p[i] & 63);
		}
		if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
			return false;
		p += n;
		len -= n;
	}
	return true;
}

/* Appends 6 bits at a time; NULL if the text is not base64 in its one proper form. */
static inline unsigned char *oracle_base64(const char *text, size_t len, size_t *ret_len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned char *bytes = calloc(len + 1, 1);
	size_t bits = 0, pad = 0;

	while (pad < 2 && pad < len && text[len - 1 - pad] == '=')
		pad++;
	for (size_t i = 0; i < len - pad; i++, bits += 6) {
		const char *d = text[i] ? strchr(digits, text[i]) : NULL;

		for (size_t b = 0; d && b < 6; b++)
			if ((d - digits) >> (5 - b) & 1)
				bytes[(bits + b) / 8] |= (unsigned char)(0x80 >> (bits + b) % 8);
		if (!d)
			bits = SIZE_MAX / 2;
	}
	*ret_len = bits / 8;
	if (bits < SIZE_MAX / 2 && len % 4 == 0 && bits % 8 == pad * 2 && !bytes[*ret_len])
		return bytes;
	free(bytes);
	return NULL;
}

static inline bool oracle_is_base64_of(const json_t *j, const void *want, size_t len)
{
	const json_t *text = json_object_get(j, "base64");
	unsigned char *bytes;
	bool same;
	size_t n;

	if (json_object_size(j) != 1 || !json_is_string(text))
		return false;
	bytes = oracle_base64(json_string_value(text), json_string_length(text), &n);
	same = bytes && n == len && memcmp(bytes, want, len) == 0;
	free(bytes);
	return same;
}

/* The very bytes, in the one form that is theirs. */
static inline bool oracle_is(const json_t *j, const void *want, size_t len)
{
	if (!want)
		return json_is_null(j);
	if (!oracle_utf8(want, len))
		return oracle_is_base64_of(j, want, len);
	return json_is_string(j) && json_string_length(j) == len &&
	       memcmp(json_string_value(j), want, len) == 0;
}

static inline bool oracle_is_number(const json_t *j, int64_t want)
{
	return json_is_integer(j) && json_integer_value(j) == want;
}

static inline const char *oracle_headers(const json_t *j, const struct bfs_record *r)
{
	if (!json_is_array(j) || json_array_size(j) != r->n_headers)
		return "another number of headers";
	for (size_t i = 0; i < r->n_headers; i++) {
		const struct bfs_header *h = &r->headers[i];
		const json_t *pair = json_array_get(j, i);

		if (!json_is_array(pair) || json_array_size(pair) != 2)
			return "a header is no pair";
		if (!oracle_is(json_array_get(pair, 0), h->name, strlen(h->name)))
			return "another header name";
		if (!oracle_is(json_array_get(pair, 1), h->value, h->value_len))
			return "another header value";
	}
	return NULL;
}

/* jansson keeps the order in which the members came. */
static inline bool oracle_in_order(json_t *j)
{
	static const char *const names[] = { "topic", "partition", "offset", "timestamp",
					     "key",   "value",     "headers" };
	size_t n = 0;

	for (void *i = json_object_iter(j); i; i = json_object_iter_next(j, i), n++)
		if (n >= 7 || strcmp(json_object_iter_key(i), names[n]) != 0)
			return false;
	return n == 7;
}

static inline const char *oracle_members(json_t *j, const char *topic, int32_t partition,
					 const struct bfs_record *r)
{
	if (!oracle_in_order(j))
		return "other members, or in another order";
	if (!oracle_is(json_object_get(j, "topic"), topic, strlen(topic)))
		return "another topic";
	if (!oracle_is_number(json_object_get(j, "partition"), partition))
		return "another partition";
	if (!oracle_is_number(json_object_get(j, "offset"), r->offset))
		return "another offset";
	if (!oracle_is_number(json_object_get(j, "timestamp"), r->timestamp))
		return "another timestamp";
	if (!oracle_is(json_object_get(j, "key"), r->key, r->key_len))
		return "another key";
	if (!oracle_is(json_object_get(j, "value"), r->value, r->value_len))
		return "another value";
	return oracle_headers(json_object_get(j, "headers"), r);
}

static inline const char *oracle_judge(const char *line, size_t len, const char *topic,
				       int32_t partition, const struct bfs_record *r)
{
	const char *wrong;
	json_error_t error;
	json_t *j;

	if (!len || memchr(line, '\n', len) != line + len - 1)
		return "not one line";
	j = json_loadb(line, len - 1, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	if (!j)
		return "no JSON";
	wrong = oracle_members(j, topic, partition, r);
	json_decref(j);
	return wrong;
}

#endif
