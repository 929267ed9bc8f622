/* test_fs_read.c - a partition as a growing file: bytes, sizes, ends, sessions.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/fs_rig.h"

/* --- bytes and the end --------------------------------------------------------------- */

START_TEST(values_are_lines)
{
	uint64_t fh;

	fake_append(c, "t", 0, "one");
	fake_append(c, "t", 0, "");
	fake_append_record(c, "t", 0, &(struct bfs_record){ .timestamp = 1 }); /* a tombstone */
	fake_append(c, "t", 0, "two\nlines");
	mount_it();
	fh = open_file("t/0", O_RDONLY);
	reads(fh, 0, 4096, "one\n\n\ntwo\nlines\n");
	reads(fh, 2, 5, "e\n\n\nt");
	reads(fh, 16, 4096, "");
	reads(fh, 1000, 4096, "");
}
END_TEST

START_TEST(an_empty_partition_is_at_its_end)
{
	uint64_t fh;

	mount_it();
	fh = open_file("t/0", O_RDONLY);
	reads(fh, 0, 4096, "");
	fake_append(c, "t", 0, "late");
	settle();
	reads(fh, 0, 4096, "late\n");
	reads(fh, 5, 4096, "");
}
END_TEST

START_TEST(begins_at_the_committed_offset)
{
	append_many(10, 10);
	fake_commit(c, "g", "t", 0, 7, "somebody");
	mount_it();
	reads(open_file("t/0", O_RDONLY), 0, 4096, "00000007.\n00000008.\n00000009.\n");
}
END_TEST

/* Reads at an end that is known cost no request. */
START_TEST(the_end_is_asked_for_once)
{
	uint64_t fh;
	int asked, i;

	fake_append(c, "t", 0, "a");
	mount_it();
	fh = open_file("t/0", O_RDONLY);
	settle();
	advance(1000);
	asked = fake_calls(c, FAKE_ENDS);
	reads(fh, 0, 4096, "a\n");
	for (i = 0; i < 5; i++)
		reads(fh, 2, 4096, "");
	ck_assert_int_eq(fake_calls(c, FAKE_ENDS), asked + 1);
}
END_TEST

/* What is there when the first read comes is shown, though no fetch brought it yet. */
START_TEST(the_first_read_knows_the_end)
{
	struct fake_reply *r;
	uint64_t fh;

	mount_it();
	fh = open_file("t/0", O_RDONLY);
	settle();
	fake_delay(c, FAKE_FETCH, 300);
	advance(100);
	fake_append(c, "t", 0, "new");
	r = read_begin(fh, 0, 4096);
	NOT_YET(r);
	advance(300);
	is_data(r, "new\n");
}
END_TEST

START_TEST(own_writes_are_seen)
{
	struct fake_reply *r;
	uint64_t rd, wr;

	mount_it();
	rd = open_file("t/0", O_RDONLY);
	wr = open_file("t/0", O_WRONLY);
	reads(rd, 0, 4096, "");
	settle();
	fake_delay(c, FAKE_FETCH, 300);
	writes(wr, "mine\n");
	r = read_begin(rd, 0, 4096);
	NOT_YET(r);
	advance(300);
	is_data(r, "mine\n");
	fake_hide_offsets(c, true);
	writes(wr, "and\n"); /* the second of a handle waits for nothing */
	ck_assert_int_eq(fake_finish(fsync_begin(wr)), 0);
	r = read_begin(rd, 5, 4096);
	NOT_YET(r);
	advance(300);
	is_data(r, "and\n");
}
END_TEST

START_TEST(an_open_transaction_ends_the_file)
{
	uint64_t rd, wr;

	fake_append(c, "t", 0, "stable");
	fake_append(c, "t", 0, "open");
	fake_unstable(c, "t", 0, 1);
	mount_it();
	rd = open_file("t/0", O_RDONLY);
	reads(rd, 0, 4096, "stable\n");
	reads(rd, 7, 4096, "");
	wr = open_file("t/0", O_WRONLY);
	writes(wr, "mine\n"); /* behind it */
	reads(rd, 7, 4096, "");
	fake_unstable(c, "t", 0, -1);
	settle();
	reads(rd, 7, 4096, "open\nmine\n");
}
END_TEST

START_TEST(gaps_are_no_bytes)
{
	uint64_t fh;

	fake_gap(c, "t", 0, 3);
	fake_append(c, "t", 0, "a");
	fake_gap(c, "t", 0, 2);
	fake_append(c, "t", 0, "b");
	fake_gap(c, "t", 0, 1);
	mount_it();
	fh = open_file("t/0", O_RDONLY);
	reads(fh, 0, 4096, "a\nb\n");
	reads(fh, 4, 4096, "");
	ck_assert_int_eq(committed_soon(), 8);
}
END_TEST

START_TEST(only_markers_are_an_end)
{
	uint64_t fh;

	fake_gap(c, "t", 0, 5);
	mount_it();
	fh = open_file("t/0", O_RDONLY);
	reads(fh, 0, 4096, "");
	ck_assert_int_eq(committed_soon(), 5);
}
END_TEST

/* A silent broker leaves the end where it was. */
START_TEST(a_frozen_broker_changes_no_end)
{
	uint64_t fh;

	fake_append(c, "t", 0, "a");
	mount_it();
	fh = open_file("t/0", O_RDONLY);
	reads(fh, 0, 4096, "a\n");
	reads(fh, 2, 4096, "");
	fake_freeze(c, true);
	reads(fh, 2, 4096, "");
	reads(fh, 0, 4096, "a\n");
}
END_TEST

START_TEST(known_data_that_does_not_come_is_timed_out)
{
	struct fake_reply *r;
	uint64_t fh;

	append_many(100, 4096);
	mount_it();
	fh = open_file("t/0", O_RDONLY);
	settle();
	fake_freeze(c, true);
	r = read_begin(fh, 300000, 4096);
	NOT_YET(r);
	advance(4999);
	ck_assert(!fake_answered(r));
	advance(1);
	IS_ERR(r, -ETIMEDOUT);
	fake_freeze(c, false);
	settle();
	r = read_begin(fh, 300000, 10);
	fake_wait(r);
	ck_assert_uint_eq(r->len, 10);
	fake_reply_free(r);
}
END_TEST

START_TEST(page_cache_reads_are_refused)
{
	struct bfs_caller kernel_itself = { .pid = 0, .lock_owner = 0 };
	struct fake_reply *r = fake_request("read");
	uint64_t fh;

	fake_append(c, "t", 0, "a");
	mount_it();
	fh = open_file("t/0", O_RDONLY);
	bfs_fs_read(fs, r->ticket, fh, 0, 4096, 0, &kernel_itself);
	IS_ERR(r, -EINVAL);
	ck_assert_int_eq(fake_kernel_size(&kernel, walk("t/0"), NULL), 2);
}
END_TEST

/* --- random access ------------------------------------------------------------------- */

/* Reads at `off` in one request and compares with what append_many() made; returns the bytes. */
static int64_t reads_made(uint64_t fh, int64_t off, size_t len, int line)
{
	struct fake_reply *r = read_begin(fh, off, len);
	size_t i;

	fake_wait(r);
	ck_assert_msg(r->kind == FAKE_DATA, "read at %lld: %d", (long long)off, r->err);
	ck_assert_uint_gt(r->len, 0);
	for (i = 0; i < r->len; i++) {
		int64_t at = off + (int64_t)i, record = at / line, in = at % line;
		char number[24], want = '\n';

		if (in == 0 || i == 0)
			snprintf(number, sizeof(number), "%08lld.", (long long)record);
		if (in < 9)
			want = number[in];
		else if (in < line - 1)
			want = (char)('a' + record % 26);
		if (r->data[i] != want) /* an assertion a byte would take seconds */
			ck_abort_msg("byte %lld is another", (long long)at);
	}
	len = r->len;
	fake_reply_free(r);
	return (int64_t)len;
}

START_TEST(reads_leave_the_window_and_come_back)
{
	const int n = 4000, line = 1000;
	uint64_t fh;
	int64_t at;

	o.window = 1; /* the least there is: two chunks */
	append_many(n, line);
	mount_it();
	fh = open_file("t/0", O_RDONLY);
	for (at = 0; at < n * line;)
		at += reads_made(fh, at, 131072, line);
	reads(fh, n * line, 4096, "");
	reads_made(fh, 0, 131072, line);
	reads_made(fh, 3000001, 5000, line);
	reads_made(fh, 1234567, 131072, line);
	reads_made(fh, 999, 2, line);
	reads(fh, n * line, 4096, "");
	ck_assert_int_eq(committed_soon(), n);
}
END_TEST

START_TEST(a_record_larger_than_the_window_is_read)
{
	int64_t at;
	uint64_t fh;

	o.window = 1;
	fake_append(c, "t", 0, "first");
	append_many(1, 900000);
	fake_append(c, "t", 0, "last");
	mount_it();
	fh = open_file("t/0", O_RDONLY);
	for (at = 0; at < 900011;) {
		struct fake_reply *r = read_begin(fh, at, 131072);

		fake_wait(r);
		ck_assert_msg(r->kind == FAKE_DATA && r->len, "at %lld: %d", (long long)at, r->err);
		at += (int64_t)r->len;
		fake_reply_free(r);
	}
	ck_assert_int_eq(at, 900011);
	reads(fh, at, 4096, "");
	ck_assert_int_eq(committed_soon(), 3);
}
END_TEST

/* Fetching stops when the reader stops. */
START_TEST(the_window_is_bounded)
{
	uint64_t fh;

	o.window = 1 << 20;
	append_many(8000, 1000);
	mount_it();
	fh = open_file("t/0", O_RDONLY);
	settle();
	ck_assert_int_le(fake_fetched(c), 200); /* 128 KiB, and a little */
	reads_made(fh, 0, 4096, 1000);
	settle();
	ck_assert_int_ge(fake_fetched(c), 500);
	ck_assert_int_le(fake_fetched(c), 1100);
}
END_TEST

/* Byte N would be another behind a record that was compacted away meanwhile. It can't be seen at
 * once, but where what is new begins. */
START_TEST(the_log_that_changed_is_not_read_on)
{
	int64_t at = 0, end, i;
	struct fake_reply *r;
	uint64_t fh;
	int err = 0;

	o.window = 1;
	for (i = 0; i < 1200; i++)
		append_many(1, 500 + (int)(i * 7919 % 1000));
	mount_it();
	fh = open_file("t/0", O_RDONLY);
	do {
		r = read_begin(fh, at, 131072);
		fake_wait(r);
		end = at;
		at += (int64_t)r->len;
		fake_reply_free(r);
	} while (at > end);
	fake_compact(c, "t", 0, 10);
	fake_burst_max(c, 29 + 2 * _i); /* marks at other places */
	append_many(10, 1200);
	for (at = 0; at <= end && !err; at += 131072) {
		r = read_begin(fh, at, 131072);
		fake_wait(r);
		err = r->err;
		fake_reply_free(r);
	}
	settle();
	if (!err)
		err = fake_finish(read_begin(fh, end, 131072));
	ck_assert_int_eq(err, -ESTALE);
}
END_TEST

START_TEST(expired_under_the_reader_is_stale)
{
	const int n = 3000, line = 1000;
	struct fake_reply *r;
	uint64_t fh, ino, again;
	int64_t at;

	o.window = 1;
	append_many(n, line);
	mount_it();
	ino = walk("t/0");
	fh = open_ino(ino, O_RDONLY);
	for (at = 0; at < 2000000;)
		at += reads_made(fh, at, 131072, line);
	fake_expire(c, "t", 0, 2500);
	r = read_begin(fh, 0, 4096);
	IS_ERR(r, -ESTALE);
	ck_assert_ptr_nonnull(strstr(error_of_file(ino), "expired"));
	ck_assert_int_eq(close_file(fh), 0);
	again = open_file("t/0", O_RDONLY);
	r = read_begin(again, 0, 9);
	is_data(r, "00002500.");
}
END_TEST

START_TEST(deleted_under_the_reader_is_stale)
{
	uint64_t fh;

	fake_append(c, "t", 0, "a");
	mount_it();
	fh = open_file("t/0", O_RDONLY);
	reads(fh, 0, 4096, "a\n");
	fake_topic_delete(c, "t");
	settle();
	IS_ERR(read_begin(fh, 2, 4096), -ESTALE);
}
END_TEST

/* --- where a session begins ---------------------------------------------------------- */

START_TEST(expired_before_it_was_read_is_skipped)
{
	uint64_t fh;

	append_many(10, 10);
	fake_commit(c, "g", "t", 0, 2, "x");
	fake_expire(c, "t", 0, 8);
	mount_it();
	fh = open_file("t/0", O_RDONLY);
	reads(fh, 0, 4096, "00000008.\n00000009.\n");
	reads(fh, 20, 4096, "");
	ck_assert_int_eq(committed_soon(), 10);
}
END_TEST

/* The topic was made anew: the group's place is past its end. */
START_TEST(a_place_past_the_end_begins_anew)
{
	uint64_t fh;

	append_many(3, 10);
	fake_commit(c, "g", "t", 0, 100, "x");
	mount_it();
	fh = open_file("t/0", O_RDONLY);
	reads(fh, 0, 4096, "00000000.\n00000001.\n00000002.\n");
	reads(fh, 30, 4096, "");
	ck_assert_int_eq(committed_soon(), 3);
}
END_TEST

START_TEST(latest_begins_at_the_end_and_commits_it)
{
	uint64_t fh;

	o.start = BFS_START_LATEST;
	append_many(3, 10);
	mount_it();
	fh = open_file("t/0", O_RDONLY);
	settle();
	ck_assert_int_eq(committed(), BFS_NO_OFFSET); /* looking changes nothing */
	reads(fh, 0, 4096, "");
	ck_assert_int_eq(committed_soon(), 3);
	ck_assert_int_eq(close_file(fh), 0);
	append_many(1, 10); /* between two commands */
	fh = open_file("t/0", O_RDONLY);
	reads(fh, 0, 4096, "00000003.\n");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("fs_read");
	TCase *tc = tcase_create("changed");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, the_log_that_changed_is_not_read_on, 0, 10);
	suite_add_tcase(s, tc);

	RIG_CASE(s, "bytes", values_are_lines, an_empty_partition_is_at_its_end,
		 begins_at_the_committed_offset, page_cache_reads_are_refused);
	RIG_CASE(s, "end", the_end_is_asked_for_once, the_first_read_knows_the_end,
		 own_writes_are_seen, an_open_transaction_ends_the_file, gaps_are_no_bytes,
		 only_markers_are_an_end, a_frozen_broker_changes_no_end,
		 known_data_that_does_not_come_is_timed_out);
	RIG_CASE(s, "access", reads_leave_the_window_and_come_back,
		 a_record_larger_than_the_window_is_read, the_window_is_bounded,
		 expired_under_the_reader_is_stale, deleted_under_the_reader_is_stale);
	RIG_CASE(s, "begin", expired_before_it_was_read_is_skipped,
		 a_place_past_the_end_begins_anew, latest_begins_at_the_end_and_commits_it);
	return s;
}

TEST_MAIN(suite)
