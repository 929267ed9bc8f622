/* test_json.c - bytes, numbers and records as JSON: tables, every code point, and jansson.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/test.h"

#include <string.h>

#include "core/json.h"
#include "tests/unit/json_oracle.h"

static struct bfs_buf out;

static void setup(void)
{
	memset(&out, 0, sizeof(out));
}

static void teardown(void)
{
	bfs_buf_fini(&out);
}

static void expect(const char *want)
{
	ck_assert_msg(out.len == strlen(want) && memcmp(out.data, want, out.len) == 0,
		      "not %s but %.*s", want, (int)out.len, out.data);
	out.len = 0;
}

/* In a block of their own, for a sanitizer to see what is read behind them. */
static void emit(const void *data, size_t len)
{
	void *exact = bfs_alloc(len);

	memcpy(exact, data, len);
	bfs_json_bytes(&out, exact, len);
	free(exact);
}

#define BYTES(s) s, sizeof(s) - 1

/* --- tables ----------------------------------------------------------------------------------- */

static const struct {
	const char *bytes;
	size_t len;
	const char *want;
} strings[] = {
	{ BYTES(""), "\"\"" },
	{ BYTES("a"), "\"a\"" },
	{ BYTES("hello, world, this is plain"), "\"hello, world, this is plain\"" },
	{ BYTES("\""), "\"\\\"\"" },
	{ BYTES("\\"), "\"\\\\\"" },
	{ BYTES("/"), "\"/\"" },
	{ BYTES("{\"a\":[1,\"\\n\"]}"), "\"{\\\"a\\\":[1,\\\"\\\\n\\\"]}\"" },
	{ BYTES("\n\t\r\b\f"), "\"\\n\\t\\r\\b\\f\"" },
	{ BYTES("\0"), "\"\\u0000\"" },
	{ BYTES("a\0b\0"), "\"a\\u0000b\\u0000\"" },
	{ BYTES("\1\7\13\16\37 "), "\"\\u0001\\u0007\\u000b\\u000e\\u001f \"" },
	{ BYTES("\x7f~"), "\"\x7f~\"" },
	{ BYTES("1234567\"1234567\n"), "\"1234567\\\"1234567\\n\"" },
	{ BYTES("\xc3\xa9t\xc3\xa9"), "\"\xc3\xa9t\xc3\xa9\"" },
	{ BYTES("\xe2\x82\xac 5, \xf0\x9f\x98\x80\n"), "\"\xe2\x82\xac 5, \xf0\x9f\x98\x80\\n\"" },
	{ BYTES("\xc2\x80\xdf\xbf"), "\"\xc2\x80\xdf\xbf\"" },
	{ BYTES("\xe0\xa0\x80\xed\x9f\xbf"), "\"\xe0\xa0\x80\xed\x9f\xbf\"" },
	{ BYTES("\xee\x80\x80\xef\xbf\xbf"), "\"\xee\x80\x80\xef\xbf\xbf\"" },
	{ BYTES("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"), "\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"" },
};

START_TEST(as_strings)
{
	emit(strings[_i].bytes, strings[_i].len);
	expect(strings[_i].want);
}
END_TEST

static const struct {
	const char *bytes;
	size_t len;
	const char *base64;
} binaries[] = {
	{ BYTES("\xff"), "/w==" },
	{ BYTES("\xff\xfe"), "//4=" },
	{ BYTES("\xff\xfe\xfd"), "//79" },
	{ BYTES("\x80"), "gA==" },                 /* begins in the middle */
	{ BYTES("a\xc3"), "YcM=" },                /* cut */
	{ BYTES("a\xe2\x82"), "YeKC" },            /* cut */
	{ BYTES("\xf0\x9f\x98"), "8J+Y" },         /* cut */
	{ BYTES("\xc3\x41"), "w0E=" },             /* not followed */
	{ BYTES("\xe2\x82\x41"), "4oJB" },         /* not followed */
	{ BYTES("\xc0\xaf"), "wK8=" },             /* two bytes for one */
	{ BYTES("\xc1\xbf"), "wb8=" },             /* two bytes for one */
	{ BYTES("\xe0\x9f\xbf"), "4J+/" },         /* three bytes for two */
	{ BYTES("\xf0\x8f\xbf\xbf"), "8I+/vw==" }, /* four bytes for three */
	{ BYTES("\xed\xa0\x80"), "7aCA" },         /* a surrogate */
	{ BYTES("\xed\xbf\xbf"), "7b+/" },         /* a surrogate */
	{ BYTES("\xf4\x90\x80\x80"), "9JCAgA==" }, /* past the last code point */
	{ BYTES("\xf5\x80\x80\x80"), "9YCAgA==" }, /* past the last code point */
	{ BYTES("good at first, then \xff"), "Z29vZCBhdCBmaXJzdCwgdGhlbiD/" },
};

START_TEST(as_base64)
{
	char want[100];

	snprintf(want, sizeof(want), "{\"base64\":\"%s\"}", binaries[_i].base64);
	emit(binaries[_i].bytes, binaries[_i].len);
	expect(want);
}
END_TEST

START_TEST(nothing)
{
	bfs_json_bytes(&out, NULL, 0);
	expect("null");
	bfs_json_bytes(&out, "", 0);
	expect("\"\"");
}
END_TEST

static const int64_t numbers[] = { 0,         1,   9,    10,   11,        99,        100,
				   101,       999, 1000, 1005, 123456789, 100000000, INT32_MAX,
				   INT64_MAX, -1,  -10,  -99,  -100,      INT32_MIN, INT64_MIN };

START_TEST(as_numbers)
{
	char want[24];

	snprintf(want, sizeof(want), "%lld", (long long)numbers[_i]);
	bfs_json_number(&out, numbers[_i]);
	expect(want);
}
END_TEST

/* What was there stays, also when a string turns out to be none. */
START_TEST(appended)
{
	bfs_buf_append(&out, "[", 1);
	emit(BYTES("a"));
	bfs_buf_append(&out, ",", 1);
	emit(BYTES("bc\xff"));
	bfs_buf_append(&out, ",", 1);
	bfs_json_number(&out, -7);
	bfs_buf_append(&out, "]", 1);
	expect("[\"a\",{\"base64\":\"YmP/\"},-7]");
}
END_TEST

/* --- all there is ----------------------------------------------------------------------------- */

static size_t encode(uint32_t code, char *to)
{
	if (code < 0x80) {
		to[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		to[0] = (char)(0xc0 | code >> 6);
		to[1] = (char)(0x80 | (code & 63));
		return 2;
	}
	if (code < 0x10000) {
		to[0] = (char)(0xe0 | code >> 12);
		to[1] = (char)(0x80 | (code >> 6 & 63));
		to[2] = (char)(0x80 | (code & 63));
		return 3;
	}
	to[0] = (char)(0xf0 | code >> 18);
	to[1] = (char)(0x80 | (code >> 12 & 63));
	to[2] = (char)(0x80 | (code >> 6 & 63));
	to[3] = (char)(0x80 | (code & 63));
	return 4;
}

START_TEST(every_code_point)
{
	char bytes[4], want[8] = "\"";

	for (uint32_t code = 0x7f; code <= 0x1fffff; code++) {
		size_t n = encode(code, bytes);
		bool is_one = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);

		out.len = 0;
		bfs_json_bytes(&out, bytes, n);
		memcpy(want + 1, bytes, n);
		want[n + 1] = '"';
		ck_assert_msg(is_one ? out.len == n + 2 && memcmp(out.data, want, n + 2) == 0
				     : out.data[0] == '{',
			      "U+%X", code);
	}
}
END_TEST

/* Each byte at each place of a word and around its borders. */
START_TEST(every_byte_everywhere)
{
	for (int byte = 0; byte < 256; byte++) {
		for (size_t len = 1; len < 20; len++) {
			for (size_t at = 0; at < len; at++) {
				char bytes[20];
				json_t *j;

				memset(bytes, 'x', sizeof(bytes));
				bytes[at] = (char)byte;
				out.len = 0;
				emit(bytes, len);
				j = json_loadb(out.data, out.len, JSON_DECODE_ANY | JSON_ALLOW_NUL,
					       NULL);
				ck_assert_msg(oracle_is(j, bytes, len), "%02x at %zu of %zu: %.*s",
					      byte, at, len, (int)out.len, out.data);
				json_decref(j);
			}
		}
	}
}
END_TEST

/* --- records ---------------------------------------------------------------------------------- */

START_TEST(a_record)
{
	const struct bfs_header headers[] = {
		{ "trace", "x1", 2 }, { "trace", "", 0 },   { "trace", NULL, 0 },
		{ "", "\xff", 1 },    { "\xff", "v\n", 2 },
	};
	struct bfs_record r = { 42, 1763850000123, "k", "v", 1, 1, headers, 5 };

	bfs_json_record(&out, "orders", 3, &r);
	expect("{\"topic\":\"orders\",\"partition\":3,\"offset\":42,\"timestamp\":1763850000123,"
	       "\"key\":\"k\",\"value\":\"v\",\"headers\":[[\"trace\",\"x1\"],[\"trace\",\"\"],"
	       "[\"trace\",null],[\"\",{\"base64\":\"/w==\"}],[{\"base64\":\"/"
	       "w==\"},\"v\\n\"]]}\n");
}
END_TEST

START_TEST(a_bare_record)
{
	struct bfs_record r = { .timestamp = -1 };

	bfs_json_record(&out, "t", 0, &r);
	expect("{\"topic\":\"t\",\"partition\":0,\"offset\":0,\"timestamp\":-1,\"key\":null,"
	       "\"value\":null,\"headers\":[]}\n");
}
END_TEST

/* --- random ----------------------------------------------------------------------------------- */

static char *any_bytes(uint64_t *seed, size_t len)
{
	char *p = bfs_alloc(len);

	for (size_t i = 0; i < len; i++)
		p[i] = (char)test_below(seed, 256);
	return p;
}

static char *ascii(uint64_t *seed, size_t len)
{
	bool plain = test_below(seed, 2);
	char *p = bfs_alloc(len);

	for (size_t i = 0; i < len; i++)
		p[i] = (char)(plain ? ' ' + test_below(seed, 95) : test_below(seed, 128));
	return p;
}

/* Code points of all lengths; what is left over at the end is ASCII. */
static char *utf8(uint64_t *seed, size_t len)
{
	static const uint32_t below[] = { 0x80, 0x800, 0xd800, 0x110000 };
	char *p = bfs_alloc(len), code[4];
	size_t i = 0;

	while (i < len) {
		uint32_t c = (uint32_t)test_below(seed, below[test_below(seed, 4)]);
		size_t n = encode(c >= 0xd800 && c <= 0xdfff ? '?' : c, code);

		if (n > len - i)
			n = encode('.', code);
		memcpy(p + i, code, n);
		i += n;
	}
	return p;
}

/* Some bytes of some kind, in a block of just their size; NULL now and then. */
static void *some(uint64_t *seed, size_t *ret_len)
{
	static char *(*const kinds[])(uint64_t *, size_t) = { any_bytes, ascii, utf8, utf8 };
	size_t kind = test_below(seed, 4);
	size_t len = test_below(seed, test_below(seed, 20) ? 40 : 3000);
	char *p;

	*ret_len = 0;
	if (test_below(seed, 10) == 0)
		return NULL;
	p = kinds[kind](seed, len);
	if (len && kind == 3) /* one byte of it is another */
		p[test_below(seed, len)] = (char)test_below(seed, 256);
	*ret_len = len;
	return p;
}

static char *some_name(uint64_t *seed)
{
	size_t len;
	char *p = some(seed, &len), *name = bfs_zalloc(len + 1);

	if (p)
		memcpy(name, p, len);
	free(p);
	return name;
}

#define HEADERS 4

static void free_record(struct bfs_record *r)
{
	for (size_t i = 0; i < r->n_headers; i++) {
		free((void *)r->headers[i].name);
		free((void *)r->headers[i].value);
	}
	free((void *)r->key);
	free((void *)r->value);
}

static struct bfs_record some_record(uint64_t *seed, struct bfs_header headers[HEADERS])
{
	struct bfs_record r = { 0 };

	r.offset = (int64_t)(test_random(seed) >> (1 + test_below(seed, 63)));
	r.timestamp = test_below(seed, 5) ? (int64_t)(test_random(seed) >> 22) : -1;
	r.key = some(seed, &r.key_len);
	r.value = some(seed, &r.value_len);
	r.headers = headers;
	for (r.n_headers = 0; r.n_headers < test_below(seed, HEADERS + 1); r.n_headers++) {
		headers[r.n_headers].name = some_name(seed);
		headers[r.n_headers].value = some(seed, &headers[r.n_headers].value_len);
	}
	return r;
}

START_TEST(at_random)
{
	uint64_t seed = test_seed();
	int rounds = test_rounds(20000);

	fprintf(stderr, "SEED=%llu\n", (unsigned long long)seed);
	for (int i = 0; i < rounds; i++) {
		struct bfs_header headers[HEADERS];
		struct bfs_record r = some_record(&seed, headers);
		int32_t partition = (int32_t)test_below(&seed, 3000000000) & INT32_MAX;
		const char *wrong;

		out.len = 0;
		bfs_json_record(&out, "some-topic_1.x", partition, &r);
		wrong = oracle_judge(out.data, out.len, "some-topic_1.x", partition, &r);
		ck_assert_msg(!wrong, "round %d: %s: %.*s", i, wrong, (int)out.len, out.data);
		free_record(&r);
	}
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

static Suite *suite(void)
{
	Suite *s = suite_create("json");
	TCase *tc = tcase_create("json");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, as_strings, 0, COUNT(strings));
	tcase_add_loop_test(tc, as_base64, 0, COUNT(binaries));
	tcase_add_loop_test(tc, as_numbers, 0, COUNT(numbers));
	tcase_add_test(tc, nothing);
	tcase_add_test(tc, appended);
	tcase_add_test(tc, every_code_point);
	tcase_add_test(tc, every_byte_everywhere);
	tcase_add_test(tc, a_record);
	tcase_add_test(tc, a_bare_record);
	tcase_add_test(tc, at_random);
	suite_add_tcase(s, tc);
	return s;
}

TEST_MAIN(suite)
