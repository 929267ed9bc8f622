/* test_parse.c - lines as records: tables of good and bad ones, and random records there and back.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "core/json.h"
#include "core/parse.h"

static struct bfs_parsed p;
static struct bfs_why why;

/* In a block of its own, for a sanitizer to see what is read behind it. */
static char *exact(const char *line, size_t len)
{
	return memcpy(bfs_alloc(len), line, len);
}

static void is_bytes(const void *got, size_t got_len, const char *want, size_t want_len)
{
	ck_assert_int_eq(!got, !want);
	ck_assert_uint_eq(got_len, want_len);
	if (want)
		ck_assert_mem_eq(got, want, want_len);
}
#define IS(member, want) is_bytes(p.record.member, p.record.member##_len, want, sizeof(want) - 1)
#define IS_NULL(member)  is_bytes(p.record.member, p.record.member##_len, NULL, 0)

/* Parses a literal, does `checks`, and gives all back. */
#define PARSED(format, line, checks)                                                               \
	do {                                                                                       \
		char *copy_ = exact(line, sizeof(line) - 1);                                       \
		int err_ = bfs_parse(format, copy_, sizeof(line) - 1, &p, &why);                   \
		ck_assert_msg(!err_, "%s: %s", line, why.text);                                    \
		checks;                                                                            \
		bfs_parsed_fini(&p);                                                               \
		free(copy_);                                                                       \
	} while (0)

START_TEST(plain_and_raw)
{
	static const enum bfs_format formats[] = { BFS_FORMAT_PLAIN, BFS_FORMAT_RAW };

	for (size_t i = 0; i < 2; i++) {
		PARSED(formats[i], "a\tb\r", IS(value, "a\tb\r"); IS_NULL(key));
		PARSED(formats[i], "", IS(value, ""); IS_NULL(key));
		PARSED(formats[i], "\0\n\xff", IS(value, "\0\n\xff"));
	}
	ck_assert_int_eq(p.record.timestamp, -1);
	ck_assert_uint_eq(p.record.n_headers, 0);
}
END_TEST

START_TEST(kv)
{
	PARSED(BFS_FORMAT_KV, "k\tv", IS(key, "k"); IS(value, "v"));
	PARSED(BFS_FORMAT_KV, "k\tv\tw", IS(key, "k"); IS(value, "v\tw"));
	PARSED(BFS_FORMAT_KV, "k\t", IS(key, "k"); IS(value, ""));
	PARSED(BFS_FORMAT_KV, "\tv", IS_NULL(key); IS(value, "v"));
	PARSED(BFS_FORMAT_KV, "\t", IS_NULL(key); IS(value, ""));
	PARSED(BFS_FORMAT_KV, "v", IS_NULL(key); IS(value, "v"));
	PARSED(BFS_FORMAT_KV, "", IS_NULL(key); IS(value, ""));
}
END_TEST

/* --- JSON ------------------------------------------------------------------------------------- */

START_TEST(json)
{
	PARSED(BFS_FORMAT_JSON, "{}", IS_NULL(key); IS_NULL(value);
	       ck_assert_int_eq(p.record.timestamp, -1); ck_assert_uint_eq(p.record.n_headers, 0));
	PARSED(BFS_FORMAT_JSON, " {\"value\" : \"v\\n\\u0000\\u00e9\"} \r", IS_NULL(key);
	       IS(value, "v\n\0\xc3\xa9"));
	PARSED(BFS_FORMAT_JSON, "{\"key\":\"\",\"value\":null}", IS(key, ""); IS_NULL(value));
	PARSED(BFS_FORMAT_JSON, "{\"key\":null,\"value\":\"\"}", IS_NULL(key); IS(value, ""));
	PARSED(BFS_FORMAT_JSON,
	       "{\"topic\":7,\"partition\":\"x\",\"offset\":null,\"timestamp\":1700000000123}",
	       ck_assert_int_eq(p.record.timestamp, 1700000000123));
	PARSED(BFS_FORMAT_JSON, "{\"timestamp\":-1,\"headers\":[]}",
	       ck_assert_int_eq(p.record.timestamp, -1);
	       ck_assert_uint_eq(p.record.n_headers, 0));
	PARSED(BFS_FORMAT_JSON, "{\"timestamp\":null,\"headers\":null}",
	       ck_assert_int_eq(p.record.timestamp, -1);
	       ck_assert_uint_eq(p.record.n_headers, 0));
}
END_TEST

START_TEST(base64)
{
	PARSED(BFS_FORMAT_JSON, "{\"key\":{\"base64\":\"\"},\"value\":{\"base64\":\"/w==\"}}",
	       IS(key, "");
	       IS(value, "\xff"));
	PARSED(BFS_FORMAT_JSON, "{\"key\":{\"base64\":\"AAE=\"},\"value\":{\"base64\":\"+/+/\"}}",
	       IS(key, "\0\1");
	       IS(value, "\xfb\xff\xbf"));
	PARSED(BFS_FORMAT_JSON, "{\"value\":{\"base64\":\"aGVsbG8gd29ybGQ=\"}}",
	       IS(value, "hello world"));
}
END_TEST

#define HEADER(i, want_name, want)                                                                 \
	do {                                                                                       \
		ck_assert_str_eq(p.record.headers[i].name, want_name);                             \
		is_bytes(p.record.headers[i].value, p.record.headers[i].value_len, want,           \
			 sizeof(want) - 1);                                                        \
	} while (0)

START_TEST(headers)
{
	PARSED(BFS_FORMAT_JSON,
	       "{\"headers\":[[\"a\",\"1\"],[\"\",\"\"],[\"a\",{\"base64\":\"gA==\"}],"
	       "[{\"base64\":\"/w==\"},{\"base64\":\"\"}],[\"n\",null]]}",
	       ck_assert_uint_eq(p.record.n_headers, 5);
	       HEADER(0, "a", "1"); HEADER(1, "", ""); HEADER(2, "a", "\x80");
	       HEADER(3, "\xff", ""); ck_assert_str_eq(p.record.headers[4].name, "n");
	       ck_assert_ptr_null(p.record.headers[4].value));
}
END_TEST

/* What is wrong is said. */
static const struct {
	const char *line, *says;
} bad[] = {
	{ "", "byte 0" },
	{ "x", "byte 1" },
	{ "{", "expected" },
	{ "{} {}", "end of file" },
	{ "7", "it is a number" },
	{ "[]", "it is an array" },
	{ "null", "it is null" },
	{ "{\"vaule\":\"x\"}", "\"vaule\"" },
	{ "{\"value\":\"x\",\"value\":\"y\"}", "duplicate" },
	{ "{\"value\":7}", "\"value\" is a number" },
	{ "{\"value\":true}", "\"value\" is true" },
	{ "{\"value\":{}}", "\"value\" is an object" },
	{ "{\"value\":{\"base64\":7}}", "\"value\" is an object" },
	{ "{\"value\":{\"base64\":\"\",\"x\":1}}", "\"value\" is an object" },
	{ "{\"value\":[]}", "\"value\" is an array" },
	{ "{\"value\":\"\xff\"}", "decode" },
	{ "{\"value\":\"\\ud800\"}", "byte" },
	{ "{\"key\":1.5}", "\"key\" is a number" },
	{ "{\"key\":{\"base64\":\"A\"}}", "\"key\" is not valid base64" },
	{ "{\"key\":{\"base64\":\"A===\"}}", "base64" },
	{ "{\"key\":{\"base64\":\"====\"}}", "base64" },
	{ "{\"key\":{\"base64\":\"AB==\"}}", "base64" },
	{ "{\"key\":{\"base64\":\"AAB=\"}}", "base64" },
	{ "{\"key\":{\"base64\":\"AA==AAAA\"}}", "base64" },
	{ "{\"key\":{\"base64\":\"AA-_\"}}", "base64" },
	{ "{\"key\":{\"base64\":\"AA A\"}}", "base64" },
	{ "{\"timestamp\":0}", "\"timestamp\"" },
	{ "{\"timestamp\":-2}", "\"timestamp\"" },
	{ "{\"timestamp\":1.5}", "\"timestamp\"" },
	{ "{\"timestamp\":\"1\"}", "\"timestamp\"" },
	{ "{\"timestamp\":99999999999999999999}", "too big" },
	{ "{\"headers\":{}}", "\"headers\" is an object" },
	{ "{\"headers\":[\"a\"]}", "a header is a string" },
	{ "{\"headers\":[[\"a\"]]}", "a header is an array" },
	{ "{\"headers\":[[\"a\",\"b\",\"c\"]]}", "a header is an array" },
	{ "{\"headers\":[[null,\"b\"]]}", "name" },
	{ "{\"headers\":[[7,\"b\"]]}", "name is a number" },
	{ "{\"headers\":[[\"a\\u0000\",\"b\"]]}", "zero byte" },
	{ "{\"headers\":[[\"a\",7]]}", "a header's value is a number" },
	{ "{\"headers\":[[\"a\",{\"base64\":\"?\"}]]}", "a header's value is not valid base64" },
};

START_TEST(bad_json)
{
	char *line = exact(bad[_i].line, strlen(bad[_i].line));

	ck_assert_msg(bfs_parse(BFS_FORMAT_JSON, line, strlen(bad[_i].line), &p, &why) == -EINVAL,
		      "%s", bad[_i].line);
	ck_assert_msg(strstr(why.text, bad[_i].says), "%s: %s", bad[_i].line, why.text);
	ck_assert_ptr_null(p.json);
	ck_assert_ptr_null(p.memory);
	free(line);
}
END_TEST

/* As .json shows them, and a byte away from that. With a blank before it a line is read by the
 * library alone. */
static const char *const shown[] = {
	"{\"topic\":\"t\",\"partition\":0,\"offset\":12,\"timestamp\":1,\"key\":null,\"value\":"
	"\"v\","
	"\"headers\":[]}",
	"{\"topic\":\"t\",\"partition\":0,\"offset\":0,\"timestamp\":-1,\"key\":"
	"\"a\\\"b\\\\c\\nd\\u0001e\""
	",\"value\":\"\\t\\r\\b\\f\\u001f\\u0000z\",\"headers\":[]}",
	"{\"topic\":\"t\",\"partition\":0,\"offset\":0,\"timestamp\":1795435920267,\"key\":\"\","
	"\"value\":"
	"\"gr\303\274n \360\237\230\200 \\\"x\\\" plain text behind it\",\"headers\":[]}",
};

static void same_bytes(const void *a, size_t a_len, const void *b, size_t b_len)
{
	ck_assert_int_eq(!a, !b);
	ck_assert_uint_eq(a_len, b_len);
	if (a)
		ck_assert_mem_eq(a, b, a_len);
}

static void both_ways(const char *line, size_t len)
{
	char *copy = exact(line, len), *blank = bfs_alloc(len + 1);
	struct bfs_parsed q;
	int err;

	*blank = ' ';
	memcpy(blank + 1, line, len);
	err = bfs_parse(BFS_FORMAT_JSON, copy, len, &p, &why);
	ck_assert_int_eq(err, bfs_parse(BFS_FORMAT_JSON, blank, len + 1, &q, &why));
	if (!err) {
		same_bytes(p.record.key, p.record.key_len, q.record.key, q.record.key_len);
		same_bytes(p.record.value, p.record.value_len, q.record.value, q.record.value_len);
		ck_assert_int_eq(p.record.timestamp, q.record.timestamp);
		bfs_parsed_fini(&p);
		bfs_parsed_fini(&q);
	}
	free(blank);
	free(copy);
}

START_TEST(shown_and_nearly)
{
	static const char other[] = "\"\\{}[]:,u0a9-n \377\303\n";
	const char *line = shown[_i];
	size_t len = strlen(line);
	char near[512];

	both_ways(line, len);
	ck_assert_int_eq(bfs_parse(BFS_FORMAT_JSON, line, len, &p, &why), 0);
	ck_assert_ptr_null(p.json); /* without the library */
	bfs_parsed_fini(&p);
	for (size_t i = 0; i < len; i++) {
		both_ways(line, i);
		for (size_t k = 0; k < sizeof(other); k++) {
			memcpy(near, line, len);
			near[i] = other[k];
			both_ways(near, len);
			memcpy(near + i + 1, line + i, len - i);
			both_ways(near, len + 1);
		}
	}
}
END_TEST

START_TEST(longest_lines)
{
	ck_assert_uint_eq(bfs_parse_line_max(BFS_FORMAT_PLAIN, 100), 100);
	ck_assert_uint_eq(bfs_parse_line_max(BFS_FORMAT_RAW, 100), 100);
	ck_assert_uint_eq(bfs_parse_line_max(BFS_FORMAT_KV, 100), 101);
	ck_assert_uint_ge(bfs_parse_line_max(BFS_FORMAT_JSON, 1000000), 6000000);
}
END_TEST

/* --- there and back -----------------------------------------------------------------------------
 */

#define HEADERS_MAX 4
#define BYTES_MAX   40

struct random_record {
	struct bfs_record r;
	struct bfs_header headers[HEADERS_MAX];
	char bytes[2 + 2 * HEADERS_MAX][BYTES_MAX + 1];
};

/* Text, or any bytes, or none at all. */
static const void *random_bytes(uint64_t *rnd, char *to, bool may_be_null, size_t *ret_len)
{
	uint64_t kind = test_below(rnd, 4);

	*ret_len = test_below(rnd, BYTES_MAX + 1);
	for (size_t i = 0; i < *ret_len; i++)
		to[i] = kind == 1 ? (char)test_below(rnd, 256) : (char)test_below(rnd, 128);
	if (kind || !may_be_null)
		return to;
	*ret_len = 0;
	return NULL;
}

static void random_record(uint64_t *rnd, struct random_record *x)
{
	size_t len;

	memset(x, 0, sizeof(*x));
	x->r.timestamp = test_below(rnd, 8) ? (int64_t)test_below(rnd, 1u << 30) + 1 : -1;
	x->r.key = random_bytes(rnd, x->bytes[0], true, &x->r.key_len);
	x->r.value = random_bytes(rnd, x->bytes[1], true, &x->r.value_len);
	x->r.headers = x->headers;
	x->r.n_headers = test_below(rnd, HEADERS_MAX + 1);
	for (size_t i = 0; i < x->r.n_headers; i++) {
		struct bfs_header *h = &x->headers[i];

		random_bytes(rnd, x->bytes[2 + 2 * i], false, &len);
		x->bytes[2 + 2 * i][len] = '\0'; /* a name ends at its first NUL */
		h->name = x->bytes[2 + 2 * i];
		h->value = random_bytes(rnd, x->bytes[3 + 2 * i], true, &h->value_len);
	}
}

START_TEST(there_and_back)
{
	uint64_t rnd = test_seed();
	int rounds = test_rounds(20000);
	struct bfs_buf line = { 0 };
	struct random_record x;

	while (rounds--) {
		random_record(&rnd, &x);
		line.len = 0;
		bfs_json_record(&line, "t", 3, &x.r);
		ck_assert_msg(!bfs_parse(BFS_FORMAT_JSON, line.data, line.len - 1, &p, &why),
			      "%s: %.*s", why.text, (int)line.len, line.data);
		is_bytes(p.record.key, p.record.key_len, x.r.key, x.r.key_len);
		is_bytes(p.record.value, p.record.value_len, x.r.value, x.r.value_len);
		ck_assert_int_eq(p.record.timestamp, x.r.timestamp);
		ck_assert_uint_eq(p.record.n_headers, x.r.n_headers);
		for (size_t i = 0; i < x.r.n_headers; i++) {
			ck_assert_str_eq(p.record.headers[i].name, x.headers[i].name);
			is_bytes(p.record.headers[i].value, p.record.headers[i].value_len,
				 x.headers[i].value, x.headers[i].value_len);
		}
		bfs_parsed_fini(&p);
	}
	bfs_buf_fini(&line);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("parse");
	TCase *tc = tcase_create("parse");

	tcase_add_test(tc, plain_and_raw);
	tcase_add_test(tc, kv);
	tcase_add_test(tc, json);
	tcase_add_test(tc, base64);
	tcase_add_test(tc, headers);
	tcase_add_loop_test(tc, bad_json, 0, (int)(sizeof(bad) / sizeof(bad[0])));
	tcase_add_loop_test(tc, shown_and_nearly, 0, (int)(sizeof(shown) / sizeof(shown[0])));
	tcase_add_test(tc, longest_lines);
	tcase_add_test(tc, there_and_back);
	suite_add_tcase(s, tc);
	return s;
}

TEST_MAIN(suite)
