/* json.c - JSON, written by hand.
 *
 * Strings are checked and copied in one pass, eight bytes at a time while there is nothing in them
 * to check. The pass writes behind a pointer without looking at the buffer's room: that was made
 * before, for a stretch of input at its worst.
 *
 * SPDX-License-Identifier: MIT */
#include "core/json.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

#define STRETCH 512 /* bytes of input between two looks at the room */
#define WORST   6   /* bytes that one byte becomes: \u00XX */
#define WORD    8

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

struct text {
	const unsigned char *at;
	const unsigned char *stop; /* the end of the stretch; a step may go past it */
	const unsigned char *end;
};

static char *put(char *to, const char *bytes, size_t len)
{
	memcpy(to, bytes, len);
	return to + len;
}
#define PUT(to, literal) put(to, literal, sizeof(literal) - 1)

static char *room(struct bfs_buf *out, size_t len)
{
	bfs_buf_reserve(out, len);
	return out->data + out->len;
}

static void wrote(struct bfs_buf *out, const char *to)
{
	out->len = (size_t)(to - out->data);
}

/* --- strings ---------------------------------------------------------------------------------- */

/* What follows the backslash, 0 if it needs none; `c` is ASCII. */
static char escape_of(unsigned char c)
{
	static const char control[] = "uuuuuuuubtnufruuuuuuuuuuuuuuuuuu";

	if (c < ' ')
		return control[c];
	return c == '"' || c == '\\' ? (char)c : 0;
}

static char *put_ascii(char *to, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	char escape = escape_of(c);

	if (!escape) {
		*to++ = (char)c;
		return to;
	}
	*to++ = '\\';
	*to++ = escape;
	if (escape != 'u')
		return to;
	*to++ = '0';
	*to++ = '0';
	*to++ = hex[c >> 4];
	*to++ = hex[c & 15];
	return to;
}

/* The top bit of each byte that is not plain ASCII: below a blank, quote, backslash, 128 and up. A
 * borrow may mark bytes above a marked one wrongly; the lowest mark is always right. */
static uint64_t marks(uint64_t word)
{
	uint64_t quote = word ^ EACH('"'), backslash = word ^ EACH('\\');

	return (word | (word - EACH(' ')) | (quote - EACH(1)) | (backslash - EACH(1))) & EACH(0x80);
}

size_t bfs_json_plain(const void *data, size_t len)
{
	const unsigned char *p = data, *end = p + len;

	for (; end - p >= WORD; p += WORD) {
		uint64_t word, marked;

		memcpy(&word, p, WORD);
		marked = marks(le64toh(word));
		if (marked)
			return (size_t)(p - (const unsigned char *)data) +
			       (size_t)__builtin_ctzll(marked) / 8;
	}
	while (p < end && *p < 0x80 && !escape_of(*p))
		p++;
	return (size_t)(p - (const unsigned char *)data);
}

static bool follows(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/* The length of the valid sequence of two to four bytes that begins here, or 0. */
static size_t sequence(const unsigned char *p, size_t left)
{
	unsigned char c = p[0];

	if (left < 2 || c < 0xc2 || c > 0xf4 || !follows(p[1]))
		return 0;
	if (c < 0xe0)
		return 2;
	if (left < 3 || !follows(p[2]))
		return 0;
	if (c < 0xf0)
		return (c == 0xe0 && p[1] < 0xa0) || (c == 0xed && p[1] > 0x9f) ? 0 : 3;
	if (left < 4 || !follows(p[3]))
		return 0;
	return (c == 0xf0 && p[1] < 0x90) || (c == 0xf4 && p[1] > 0x8f) ? 0 : 4;
}

bool bfs_json_is_utf8(const void *data, size_t len)
{
	const unsigned char *p = data, *end = p + len;

	while (p < end) {
		size_t n = *p < 0x80 ? 1 : sequence(p, (size_t)(end - p));

		if (!n)
			return false;
		p += n;
	}
	return true;
}

/* Copies plain bytes as long as there are eight at hand, stops in front of another. Writes up to
 * seven bytes more than it says. */
static char *put_plain(char *to, struct text *t)
{
	while (t->at < t->stop && t->end - t->at >= WORD) {
		uint64_t word, marked;
		int plain;

		memcpy(&word, t->at, WORD);
		memcpy(to, &word, WORD);
		marked = marks(le64toh(word));
		plain = marked ? __builtin_ctzll(marked) / 8 : WORD;
		to += plain;
		t->at += plain;
		if (marked)
			break;
	}
	return to;
}

/* Copies valid sequences up to the next ASCII; NULL at one that is not valid. */
static char *put_sequences(char *to, struct text *t)
{
	do {
		size_t n = sequence(t->at, (size_t)(t->end - t->at));

		if (!n)
			return NULL;
		to = put(to, (const char *)t->at, n);
		t->at += n;
	} while (t->at < t->stop && *t->at >= 0x80);
	return to;
}

static char *put_stretch(char *to, struct text *t)
{
	while (t->at < t->stop) {
		to = put_plain(to, t);
		if (t->at >= t->stop)
			break;
		to = *t->at < 0x80 ? put_ascii(to, *t->at++) : put_sequences(to, t);
		if (!to)
			return NULL;
	}
	return to;
}

/* Sets the stretch that comes next, and makes room for it at its worst and the closing quote. */
static char *next_stretch(struct bfs_buf *out, struct text *t)
{
	size_t left = (size_t)(t->end - t->at), len = left < STRETCH ? left : STRETCH;

	t->stop = t->at + len;
	return room(out, len * WORST + WORD);
}

/* False, with nothing written, if it is not valid UTF-8. */
static bool write_string(struct bfs_buf *out, const unsigned char *data, size_t len)
{
	struct text t = { .at = data, .end = data + len };
	size_t begin = out->len;
	char *to;

	*room(out, 1) = '"';
	out->len++;
	do {
		to = put_stretch(next_stretch(out, &t), &t);
		if (!to) {
			out->len = begin;
			return false;
		}
		wrote(out, to);
	} while (t.at < t.end);
	*to++ = '"';
	wrote(out, to);
	return true;
}

/* --- bytes ------------------------------------------------------------------------------------ */

static char *put_base64(char *to, const unsigned char *p, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (; len >= 3; p += 3, len -= 3) {
		uint32_t bits = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];

		*to++ = digits[bits >> 18];
		*to++ = digits[bits >> 12 & 63];
		*to++ = digits[bits >> 6 & 63];
		*to++ = digits[bits & 63];
	}
	if (!len)
		return to;
	*to++ = digits[p[0] >> 2];
	*to++ = digits[(p[0] & 3) << 4 | (len > 1 ? p[1] >> 4 : 0)];
	*to++ = len > 1 ? digits[(p[1] & 15) << 2] : '=';
	*to++ = '=';
	return to;
}

static void write_base64(struct bfs_buf *out, const void *data, size_t len)
{
	char *to = room(out, len / 3 * 4 + 32);

	to = PUT(to, "{\"base64\":\"");
	to = put_base64(to, data, len);
	to = PUT(to, "\"}");
	wrote(out, to);
}

void bfs_json_bytes(struct bfs_buf *out, const void *data, size_t len)
{
	if (!data)
		bfs_buf_append(out, "null", 4);
	else if (!write_string(out, data, len))
		write_base64(out, data, len);
}

/* --- numbers ---------------------------------------------------------------------------------- */

#define NUMBER_MAX 20 /* characters of INT64_MIN */

static char *put_number(char *to, int64_t n)
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324"
				    "25262728293031323334353637383940414243444546474849"
				    "50515253545556575859606162636465666768697071727374"
				    "75767778798081828384858687888990919293949596979899";
	uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
	char digits[NUMBER_MAX], *d = digits + sizeof(digits);

	for (; left >= 10; left /= 100)
		memcpy(d -= 2, pairs + left % 100 * 2, 2);
	if (left || d == digits + sizeof(digits))
		*--d = (char)('0' + left);
	if (n < 0)
		*--d = '-';
	return put(to, d, (size_t)(digits + sizeof(digits) - d));
}

void bfs_json_number(struct bfs_buf *out, int64_t n)
{
	wrote(out, put_number(room(out, NUMBER_MAX), n));
}

/* --- records ---------------------------------------------------------------------------------- */

static void write_headers(struct bfs_buf *out, const struct bfs_record *r)
{
	for (size_t i = 0; i < r->n_headers; i++) {
		const struct bfs_header *h = &r->headers[i];

		bfs_buf_append(out, i ? ",[" : "[", i ? 2 : 1);
		bfs_json_bytes(out, h->name, strlen(h->name));
		bfs_buf_append(out, ",", 1);
		bfs_json_bytes(out, h->value, h->value_len);
		bfs_buf_append(out, "]", 1);
	}
}

void bfs_json_record(struct bfs_buf *out, const char *topic, int32_t partition,
		     const struct bfs_record *r)
{
	char *to;

	wrote(out, PUT(room(out, 16), "{\"topic\":"));
	bfs_json_bytes(out, topic, strlen(topic));
	to = room(out, 64 + 3 * NUMBER_MAX);
	to = put_number(PUT(to, ",\"partition\":"), partition);
	to = put_number(PUT(to, ",\"offset\":"), r->offset);
	to = put_number(PUT(to, ",\"timestamp\":"), r->timestamp);
	wrote(out, PUT(to, ",\"key\":"));
	bfs_json_bytes(out, r->key, r->key_len);
	wrote(out, PUT(room(out, 16), ",\"value\":"));
	bfs_json_bytes(out, r->value, r->value_len);
	wrote(out, PUT(room(out, 16), ",\"headers\":["));
	write_headers(out, r);
	bfs_buf_append(out, "]}\n", 3);
}
