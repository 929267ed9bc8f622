/* test_fs_format.c - what a name with a format shows, and that only the plain one can be written.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/view_rig.h"

/* --- formats ------------------------------------------------------------------------- */

static void put(const char *key, const char *value)
{
	struct bfs_record r = {
		.timestamp = 5,
		.key = key,
		.key_len = key ? strlen(key) : 0,
		.value = value,
		.value_len = value ? strlen(value) : 0,
	};

	fake_append_record(c, "t", 0, &r);
}

#define JSON(offset, key, value)                                                                   \
	"{\"topic\":\"t\",\"partition\":0,\"offset\":" #offset ",\"timestamp\":5,\"key\":" key     \
	",\"value\":" value ",\"headers\":[]}\n"

START_TEST(formats_of_sessions_and_views)
{
	static const char two[] = JSON(0, "\"k\"", "\"v\"") JSON(1, "null", "null");
	uint64_t fh;

	put("k", "v");
	put(NULL, NULL);
	put("", "");
	put("x", "\xff");
	mount_it();
	shows("t/0.json@0..2", two);
	shows("t/0.json@-1", JSON(3, "\"x\"", "{\"base64\":\"/w==\"}"));
	shows("t/0.kv@0", "k\tv\n\t\n\t\nx\t\xff\n");
	shows("t/0.raw@0", "v\xff");
	shows("t/0.raw@0..+2", "v");
	shows("t/0.raw@1..3", "");
	shows("t/0.raw@-3..-1", "");
	fh = open_view("t/0.json");
	reads(fh, 0, strlen(two), two);
	ck_assert_int_eq(close_file(fh), 0);
	fh = open_view("t/0.raw");
	reads(fh, 0, 1, "v");
	reads(fh, 1, 1, "\xff");
	ck_assert_int_eq(close_file(fh), 0);
	ck_assert_int_eq(committed(), 3);
	shows("t/0.kv", "x\t\xff\n");
	ck_assert_int_eq(committed(), 4);
}
END_TEST

/* Records without bytes, where chunks meet, at the end, and passed once more by the index. */
static void nothing(int n)
{
	while (n--)
		put(NULL, n % 2 ? "" : NULL);
}

#define PIECE (BFS_CHUNK_SIZE / 4)

static void raw_pieces(int n)
{
	char *text = malloc(PIECE + 1);

	text[PIECE] = '\0';
	nothing(3);
	for (int i = 0; i < n; i++) {
		memset(text, 'a' + i % 26, PIECE);
		put(NULL, text);
		nothing(i % 3 + 1);
	}
	free(text);
}

static void is_piece(uint64_t fh, int i)
{
	struct fake_reply *r = read_begin(fh, (int64_t)i * PIECE, PIECE);

	fake_wait(r);
	ck_assert_msg(r->kind == FAKE_DATA, "piece %d: %d", i, r->err);
	ck_assert_uint_eq(r->len, PIECE);
	ck_assert_int_eq(r->data[0], 'a' + i % 26);
	ck_assert_int_eq(r->data[PIECE - 1], 'a' + i % 26);
	fake_reply_free(r);
}

START_TEST(records_without_bytes)
{
	static const char *const names[] = { "t/0.raw@0", "t/0.raw@0..latest", "t/0.raw@0..+121",
					     "t/0.raw" };
	int i, n = 40;
	uint64_t fh;

	o.window = o.memory = 1;
	raw_pieces(n);
	mount_it();
	for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
		fh = open_view(names[k]);
		for (i = 0; i < n; i++)
			is_piece(fh, i);
		if (k != 2)
			reads(fh, (int64_t)n * PIECE, 100, "");
		for (i = n - 1; i >= 0; i--)
			is_piece(fh, i);
		for (i = 0; i < n; i += 3)
			is_piece(fh, i);
		is_piece(fh, n - 1);
		reads(fh, (int64_t)n * PIECE, 100, "");
		ck_assert_int_eq(close_file(fh), 0);
	}
	ck_assert_int_eq(committed(), fake_end(c, "t", 0));
}
END_TEST

/* --- writing ------------------------------------------------------------------------- */

START_TEST(opening_for_writing)
{
	static const char *const views[] = { "t/0@0", "t/0@-1..", "t/0.json@0..3",
					     "t/0.raw@latest" };

	mount_it();
	for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
		IS_ERR(open_begin(walk(views[i]), O_WRONLY), -EPERM);
		IS_ERR(open_begin(walk(views[i]), O_RDWR), -EPERM);
		IS_ERR(open_begin(walk(views[i]), O_WRONLY | O_APPEND | O_TRUNC), -EPERM);
	}
	IS_ERR(open_begin(walk("t/0.json"), O_WRONLY), -EOPNOTSUPP);
	IS_ERR(open_begin(walk("t/0.json@.."), O_RDWR), -EOPNOTSUPP);
	ck_assert_int_eq(fake_outlets(c), 0);
	writes(open_file("t/0@..", O_WRONLY), "a\n");
	ck_assert_str_eq(log_of_t0(), "a|");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("fs_format");

	RIG_CASE(s, "formats", formats_of_sessions_and_views, records_without_bytes);
	RIG_CASE(s, "writing", opening_for_writing);
	return s;
}

TEST_MAIN(suite)
