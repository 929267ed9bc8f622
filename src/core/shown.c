/* shown.c - a line as .json shows it, read without a library.
 *
 * SPDX-License-Identifier: MIT */
#include "core/shown.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "core/json.h"

#define DIGITS_MAX 18 /* of a number that surely fits */

struct line {
	const char *at, *end;
	char *memory, *to; /* where strings with escapes go, once there is one */
};

static bool word(struct line *l, const char *text, size_t len)
{
	if ((size_t)(l->end - l->at) < len || memcmp(l->at, text, len) != 0)
		return false;
	l->at += len;
	return true;
}
#define WORD(l, literal) word(l, literal, sizeof(literal) - 1)

static bool number(struct line *l, int64_t *ret)
{
	bool minus = WORD(l, "-");
	const char *begin = l->at;
	int64_t n = 0;

	for (; l->at < l->end && *l->at >= '0' && *l->at <= '9'; l->at++) {
		if (l->at - begin == DIGITS_MAX)
			return false;
		n = n * 10 + (*l->at - '0');
	}
	*ret = minus ? -n : n;
	return l->at > begin && (*begin != '0' || l->at == begin + 1);
}

/* --- strings ---------------------------------------------------------------------------------- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* The byte that an escape stands for, past it; -1 for what core/json.c does not write. */
static int escape(struct line *l)
{
	static const char names[] = "\"\\ntrbf", bytes[] = "\"\\\n\t\r\b\f";
	const char *name;
	int high, low;

	if (l->end - l->at < 2)
		return -1;
	name = l->at[1] ? strchr(names, l->at[1]) : NULL;
	if (name) {
		l->at += 2;
		return bytes[name - names];
	}
	if (l->end - l->at < 6 || memcmp(l->at, "\\u00", 4) != 0)
		return -1;
	high = hex_digit(l->at[4]);
	low = hex_digit(l->at[5]);
	if (high < 0 || high > 7 || low < 0)
		return -1;
	l->at += 6;
	return high << 4 | low;
}

/* What was passed over since `from`, behind what was decoded before. */
static void keep(struct line *l, const char *from, const char *line_end)
{
	size_t len = (size_t)(l->at - from);

	if (!l->memory)
		l->memory = l->to = bfs_alloc((size_t)(line_end - from));
	memcpy(l->to, from, len);
	l->to += len;
}

/* Up to the closing quote, and past it. A string without escapes stays where it is. */
static bool string(struct line *l, const void **ret, size_t *ret_len)
{
	const char *from = l->at, *begin = from;
	bool ascii = true, moved = false;
	char *decoded = l->to;

	for (;;) {
		int c;

		l->at += bfs_json_plain(l->at, (size_t)(l->end - l->at));
		if (l->at == l->end || (unsigned char)*l->at < ' ')
			return false;
		if (*l->at == '"')
			break;
		if (*l->at != '\\') {
			ascii = false;
			l->at++;
			continue;
		}
		keep(l, from, l->end);
		if (!moved)
			decoded = l->to - (l->at - from);
		moved = true;
		c = escape(l);
		if (c < 0)
			return false;
		*l->to++ = (char)c;
		from = l->at;
	}
	if (!ascii && !bfs_json_is_utf8(begin, (size_t)(l->at - begin)))
		return false;
	if (moved)
		keep(l, from, l->end);
	*ret = moved ? decoded : begin;
	*ret_len = (size_t)(moved ? l->to - decoded : l->at - begin);
	l->at++;
	return true;
}

static bool bytes(struct line *l, const void **ret, size_t *ret_len)
{
	*ret = NULL;
	*ret_len = 0;
	return WORD(l, "null") || (WORD(l, "\"") && string(l, ret, ret_len));
}

/* --- the line --------------------------------------------------------------------------------- */

static bool record(struct line *l, struct bfs_record *r)
{
	const void *topic;
	size_t topic_len;
	int64_t ignored;

	return WORD(l, "{\"topic\":\"") && string(l, &topic, &topic_len) &&
	       WORD(l, ",\"partition\":") && number(l, &ignored) && WORD(l, ",\"offset\":") &&
	       number(l, &ignored) && WORD(l, ",\"timestamp\":") && number(l, &r->timestamp) &&
	       (r->timestamp == -1 || r->timestamp > 0) && WORD(l, ",\"key\":") &&
	       bytes(l, &r->key, &r->key_len) && WORD(l, ",\"value\":") &&
	       bytes(l, &r->value, &r->value_len) && WORD(l, ",\"headers\":[]}") && l->at == l->end;
}

bool bfs_shown_read(const char *line, size_t len, struct bfs_record *ret, void **ret_memory)
{
	struct line l = { .at = line, .end = line + len };
	struct bfs_record r = { 0 };

	if (!record(&l, &r)) {
		free(l.memory);
		return false;
	}
	*ret = r;
	*ret_memory = l.memory;
	return true;
}
