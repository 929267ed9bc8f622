/* test_format.c - a record in each format, and which bytes are copied for it.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/test.h"

#include <string.h>

#include "core/format.h"

static struct bfs_buf scratch;
static struct iovec pieces[BFS_PIECES_MAX];
static int n_pieces;

static void setup(void)
{
	memset(&scratch, 0, sizeof(scratch));
}

static void teardown(void)
{
	bfs_buf_fini(&scratch);
}

static void lay(enum bfs_format format, const struct bfs_record *r)
{
	n_pieces = bfs_format_pieces(format, "orders", 2, r, &scratch, pieces);
	ck_assert_int_le(n_pieces, BFS_PIECES_MAX);
}

static void expect(const char *want, size_t len)
{
	struct bfs_buf all = { 0 };

	for (int i = 0; i < n_pieces; i++) {
		ck_assert_uint_gt(pieces[i].iov_len, 0);
		bfs_buf_append(&all, pieces[i].iov_base, pieces[i].iov_len);
	}
	ck_assert_msg(all.len == len && (!len || memcmp(all.data, want, len) == 0),
		      "not \"%s\" but \"%.*s\"", want, (int)all.len, all.data ? all.data : "");
	bfs_buf_fini(&all);
}

#define EMPTY    "", 0
#define NONE     NULL, 0
#define BYTES(s) s, sizeof(s) - 1

static const struct {
	const void *key;
	size_t key_len;
	const void *value;
	size_t value_len;
	struct {
		const char *bytes;
		size_t len;
	} plain, kv, raw;
	const char *json; /* key to value */
} table[] = {
	{ BYTES("k"),
	  BYTES("v"),
	  { BYTES("v\n") },
	  { BYTES("k\tv\n") },
	  { BYTES("v") },
	  "\"k\",\"value\":\"v\"" },
	{ NONE,
	  BYTES("v"),
	  { BYTES("v\n") },
	  { BYTES("\tv\n") },
	  { BYTES("v") },
	  "null,\"value\":\"v\"" },
	{ EMPTY,
	  BYTES("v"),
	  { BYTES("v\n") },
	  { BYTES("\tv\n") },
	  { BYTES("v") },
	  "\"\",\"value\":\"v\"" },
	{ BYTES("k"),
	  NONE,
	  { BYTES("\n") },
	  { BYTES("k\t\n") },
	  { EMPTY },
	  "\"k\",\"value\":null" },
	{ BYTES("k"),
	  EMPTY,
	  { BYTES("\n") },
	  { BYTES("k\t\n") },
	  { EMPTY },
	  "\"k\",\"value\":\"\"" },
	{ NONE, NONE, { BYTES("\n") }, { BYTES("\t\n") }, { EMPTY }, "null,\"value\":null" },
	{ BYTES("a\tb"),
	  BYTES("1\n2\t"),
	  { BYTES("1\n2\t\n") },
	  { BYTES("a\tb\t1\n2\t\n") },
	  { BYTES("1\n2\t") },
	  "\"a\\tb\",\"value\":\"1\\n2\\t\"" },
	{ BYTES("\0"),
	  BYTES("\0\xff"),
	  { BYTES("\0\xff\n") },
	  { BYTES("\0\t\0\xff\n") },
	  { BYTES("\0\xff") },
	  "\"\\u0000\",\"value\":{\"base64\":\"AP8=\"}" },
};

static struct bfs_record row(int i)
{
	return (struct bfs_record){
		.offset = 7,
		.timestamp = 1000,
		.key = table[i].key,
		.key_len = table[i].key_len,
		.value = table[i].value,
		.value_len = table[i].value_len,
	};
}

START_TEST(layouts)
{
	struct bfs_record r = row(_i);
	char json[300];

	lay(BFS_FORMAT_PLAIN, &r);
	expect(table[_i].plain.bytes, table[_i].plain.len);
	lay(BFS_FORMAT_KV, &r);
	expect(table[_i].kv.bytes, table[_i].kv.len);
	lay(BFS_FORMAT_RAW, &r);
	expect(table[_i].raw.bytes, table[_i].raw.len);
	snprintf(json, sizeof(json),
		 "{\"topic\":\"orders\",\"partition\":2,\"offset\":7,\"timestamp\":1000,\"key\":%s,"
		 "\"headers\":[]}\n",
		 table[_i].json);
	lay(BFS_FORMAT_JSON, &r);
	expect(json, strlen(json));
}
END_TEST

/* Headers are seen in JSON alone: repeated, empty, null. */
START_TEST(headers)
{
	const struct bfs_header list[] = { { "h", "1", 1 }, { "h", "", 0 }, { "h", NULL, 0 } };
	struct bfs_record r = row(0);
	const char *json =
		"{\"topic\":\"orders\",\"partition\":2,\"offset\":7,\"timestamp\":-1,\"key\":\"k\","
		"\"value\":\"v\",\"headers\":[[\"h\",\"1\"],[\"h\",\"\"],[\"h\",null]]}\n";

	r.timestamp = -1;
	r.headers = list;
	r.n_headers = 3;
	lay(BFS_FORMAT_JSON, &r);
	expect(json, strlen(json));
	lay(BFS_FORMAT_KV, &r);
	expect(BYTES("k\tv\n"));
}
END_TEST

START_TEST(keys_and_values_are_not_copied)
{
	struct bfs_record r = row(0);

	for (int format = 0; format < BFS_FORMATS; format++) {
		if (format == BFS_FORMAT_JSON)
			continue;
		lay((enum bfs_format)format, &r);
		ck_assert_ptr_eq(pieces[format == BFS_FORMAT_KV ? 2 : 0].iov_base, r.value);
	}
	lay(BFS_FORMAT_KV, &r);
	ck_assert_ptr_eq(pieces[0].iov_base, r.key);
	ck_assert_ptr_null(scratch.data);
}
END_TEST

/* The scratch is emptied: a record does not bring the one before it. */
START_TEST(one_after_another)
{
	struct bfs_record r = row(0), last = row(5);

	lay(BFS_FORMAT_JSON, &r);
	lay(BFS_FORMAT_JSON, &last);
	ck_assert_int_eq(n_pieces, 1);
	ck_assert_uint_eq(pieces[0].iov_len, scratch.len);
	ck_assert_ptr_eq(memchr(scratch.data, '\n', scratch.len), scratch.data + scratch.len - 1);
}
END_TEST

START_TEST(names)
{
	ck_assert_str_eq(bfs_format_suffix(BFS_FORMAT_PLAIN), "");
	ck_assert_str_eq(bfs_format_suffix(BFS_FORMAT_JSON), ".json");
	ck_assert_str_eq(bfs_format_suffix(BFS_FORMAT_KV), ".kv");
	ck_assert_str_eq(bfs_format_suffix(BFS_FORMAT_RAW), ".raw");
	for (int format = 0; format < BFS_FORMATS; format++)
		ck_assert_int_eq(bfs_format_wants_headers((enum bfs_format)format),
				 format == BFS_FORMAT_JSON);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("format");
	TCase *tc = tcase_create("format");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, layouts, 0, (int)(sizeof(table) / sizeof(table[0])));
	tcase_add_test(tc, headers);
	tcase_add_test(tc, keys_and_values_are_not_copied);
	tcase_add_test(tc, one_after_another);
	tcase_add_test(tc, names);
	suite_add_tcase(s, tc);
	return s;
}

TEST_MAIN(suite)
