/* test_fs_change.c - logs that change under readers: compacted, expired, deleted and made anew.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/fs_rig.h"

#define RECORDS 3000
#define READ_TO 1000000

static char *text; /* of all records, as a file */
static int64_t text_len;
static int n_before; /* records that end at or before READ_TO */

/* Records of 500 to 1,499 bytes. */
static void fill_unevenly(void)
{
	text_len = n_before = 0;
	text = malloc(RECORDS * 1500);
	for (int i = 0; i < RECORDS; i++) {
		size_t len;
		char *value;

		append_many(1, 500 + i * 7919 % 1000);
		value = fake_value(c, "t", 0, i, &len);
		memcpy(text + text_len, value, len);
		text_len += (int64_t)len;
		text[text_len++] = '\n';
		n_before += text_len <= READ_TO;
		free(value);
	}
}

static void read_first(uint64_t fh)
{
	for (int64_t at = 0; at < READ_TO; at += 50000) {
		struct fake_reply *r = read_begin(fh, at, 50000);

		fake_wait(r);
		ck_assert_uint_eq(r->len, 50000);
		ck_assert_mem_eq(r->data, text + at, 50000);
		fake_reply_free(r);
	}
	settle();
}

/* -errno, or 0 and the bytes were the ones that stood there. */
static int reads_the_same(uint64_t fh, int64_t at, size_t size)
{
	struct fake_reply *r = read_begin(fh, at, size);
	int err;

	fake_wait(r);
	err = r->kind == FAKE_DATA ? 0 : r->err;
	if (!err)
		ck_assert_mem_eq(r->data, text + at, r->len);
	fake_reply_free(r);
	return err;
}

/* --- compaction ---------------------------------------------------------------------- */

/* Never other bytes: what was read is the same once more, or ESTALE, whatever bursts it comes in.
 */
START_TEST(compacted_behind_the_reader)
{
	int err = 0;
	uint64_t fh;

	o.window = 1;
	fill_unevenly();
	mount_it();
	fh = open_file("t/0", O_RDONLY);
	read_first(fh);
	fake_compact(c, "t", 0, 10 + 37 * (_i % 5));
	fake_burst_max(c, 29 + 2 * _i);
	for (int64_t at = 0; at <= READ_TO && !err; at += 20000)
		err = reads_the_same(fh, at, 20000);
	ck_assert_int_eq(err, -ESTALE);
	ck_assert_int_le(committed_soon(), n_before);
	free(text);
}
END_TEST

/* What is acknowledged is what was returned, though its offset can't be found where it was. */
START_TEST(compacted_and_a_jump)
{
	uint64_t fh;

	o.window = 1;
	fill_unevenly();
	mount_it();
	fh = open_file("t/0", O_RDONLY);
	read_first(fh);
	for (int i = 0; i <= _i / 10; i++)
		fake_compact(c, "t", 0, 760 + 3 * i);
	fake_burst_max(c, 29 + 4 * (_i % 10));
	reads_the_same(fh, 700000, 10);
	settle();
	reads_the_same(fh, READ_TO, 10);
	settle();
	ck_assert_int_le(committed_soon(), n_before);
	free(text);
}
END_TEST

/* --- expired, made anew -------------------------------------------------------------- */

/* What is left of the unread is read, also where new groups begin at the end. */
START_TEST(expired_before_the_first_fetch)
{
	struct fake_reply *r;
	uint64_t fh;

	o.start = BFS_START_LATEST;
	fake_commit(c, "g", "t", 0, 2, "earlier");
	append_many(10, 10);
	mount_it();
	fake_delay(c, FAKE_FETCH, 100);
	r = open_begin(walk("t/0"), O_RDONLY);
	settle();
	fake_expire(c, "t", 0, 5);
	fake_delay(c, FAKE_FETCH, 0);
	advance(200);
	advance(200);
	fh = opened(r);
	reads(fh, 0, 10, "00000005.\n");
	reads(fh, 10, 10, "00000006.\n");
	ck_assert_int_eq(committed_soon(), 6);
}
END_TEST

/* A reader that has seen the end is not led on into another topic. */
START_TEST(made_anew_under_a_reader_at_the_end)
{
	uint64_t fh;

	fake_commit(c, "g", "t", 0, 10, "earlier");
	append_many(10, 10);
	mount_it();
	fh = open_file("t/0", O_RDONLY);
	reads(fh, 0, 100, "");
	settle();
	fake_topic_delete(c, "t");
	fake_topic(c, "t", 2);
	append_many(3, 10);
	settle();
	advance(1000);
	IS_ERR(read_begin(fh, 0, 100), -ESTALE);
}
END_TEST

static bool is_there(void)
{
	struct fake_reply *r = lookup_begin(BFS_ROOT_INO, "t");
	bool there;

	fake_wait(r);
	there = r->kind == FAKE_ENTRY;
	if (there)
		bfs_fs_forget(fs, r->entry.ino, 1);
	fake_reply_free(r);
	return there;
}

static void wait_until(bool there)
{
	for (int i = 0; i < 20 && is_there() != there; i++)
		advance(2000);
	ck_assert(is_there() == there);
}

/* What the old topic's group had is not said again of the new one. */
START_TEST(the_daily_repeat_ends_with_its_topic)
{
	uint64_t fh;

	append_many(10, 10);
	mount_it();
	fh = open_file("t/0", O_RDONLY);
	reads(fh, 0, 80,
	      "00000000.\n00000001.\n00000002.\n00000003.\n"
	      "00000004.\n00000005.\n00000006.\n00000007.\n");
	reads(fh, 80, 10, "00000008.\n");
	ck_assert_int_eq(close_file(fh), 0);
	ck_assert_int_eq(committed(), 8);
	fake_topic_delete(c, "t");
	wait_until(false);
	fake_topic(c, "t", 2);
	advance_by(3 * BFS_REPEAT_LOOK, BFS_REPEAT_LOOK);
	wait_until(true);
	append_many(20, 10);
	fh = open_file("t/0", O_RDONLY);
	reads(fh, 0, 20, "00000000.\n00000001.\n");
	reads(fh, 20, 10, "00000002.\n");
	ck_assert_int_eq(close_file(fh), 0);
	ck_assert_int_eq(committed(), 2);
	for (int h = 0; h < 50; h++) {
		advance_by(BFS_REPEAT_LOOK, BFS_REPEAT_LOOK);
		ck_assert_int_eq(committed(), 2);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("fs_change");
	TCase *tc = tcase_create("compaction");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, compacted_behind_the_reader, 0, 10);
	tcase_add_loop_test(tc, compacted_and_a_jump, 0, 40);
	suite_add_tcase(s, tc);
	RIG_CASE(s, "anew", expired_before_the_first_fetch, made_anew_under_a_reader_at_the_end,
		 the_daily_repeat_ends_with_its_topic);
	return s;
}

TEST_MAIN(suite)
