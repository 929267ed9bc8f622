/* test_fs_size.c - what stat and lseek(SEEK_END) say of a file, and what the kernel is told.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/fs_rig.h"

START_TEST(unopened_it_is_empty)
{
	fake_append(c, "t", 0, "a");
	mount_it();
	ck_assert_int_eq(stat_size(stat_begin(walk("t/0"), 0)), 0);
	settle();
	ck_assert_int_eq(fake_calls(c, FAKE_ENDS), 0);
	ck_assert_int_eq(fake_calls(c, FAKE_FETCH), 0);
}
END_TEST

START_TEST(caught_up_it_is_exact_and_grows)
{
	uint64_t fh, ino;

	append_many(3, 10);
	mount_it();
	ino = walk("t/0");
	fh = open_ino(ino, O_RDONLY);
	ck_assert_int_eq(stat_size(stat_begin(ino, 0)), 30);
	append_many(1, 11);
	settle();
	ck_assert_int_eq(stat_size(stat_begin(ino, 0)), 41);
	ck_assert_int_eq(fake_kernel_size(&kernel, ino, NULL), 41);
	reads(fh, 0, 10, "00000000.\n"); /* reading changes nothing */
	ck_assert_int_eq(stat_size(stat_begin(ino, 0)), 41);
	ck_assert_int_eq(close_file(fh), 0);
	ck_assert_int_eq(stat_size(stat_begin(walk("t/0"), 0)), 0);
}
END_TEST

/* Before, it is what is surely there, in pages; an fstat waits for the catch-up once. */
START_TEST(before_the_catch_up_it_is_in_pages)
{
	uint64_t fh, ino;
	struct fake_reply *r;
	int64_t size, later;

	append_many(20, 1000);
	fake_burst_max(c, 5);
	mount_it();
	ino = walk("t/0");
	fake_delay(c, FAKE_FETCH, 0);
	fh = open_ino(ino, O_RDONLY);
	settle();
	fake_freeze(c, true);
	append_many(100, 4096);
	fake_freeze(c, false);
	fake_delay(c, FAKE_FETCH, 100000);
	settle();
	(void)fh;
	r = stat_begin(ino, 0);
	if (!fake_wait_ms(r, 5))
		advance(BFS_CATCH_UP);
	size = stat_size(r);
	ck_assert_int_ge(size, 20000 / 4096 * 4096);
	r = stat_begin(ino, 0);
	ck_assert(fake_wait_ms(r, 1000)); /* no second wait */
	later = stat_size(r);
	ck_assert_int_ge(later, size);
	fake_delay(c, FAKE_FETCH, 0);
	advance(100000);
	append_many(1, 10);
	settle();
	ck_assert_int_eq(stat_size(stat_begin(ino, fh)), 20000 + 409600 + 10);
}
END_TEST

START_TEST(a_slow_catch_up_shows_pages)
{
	uint64_t fh, ino;
	struct fake_reply *r;
	int64_t size;

	o.window = 1;
	append_many(3000, 1000); /* more than the window: it can't be caught up with unread */
	mount_it();
	ino = walk("t/0");
	fh = open_ino(ino, O_RDONLY);
	r = stat_begin(ino, 0);
	settle();
	ck_assert(!fake_answered(r));
	advance(BFS_CATCH_UP - 1);
	ck_assert(!fake_answered(r));
	advance(1);
	size = stat_size(r);
	ck_assert_int_gt(size, 0);
	ck_assert_int_eq(size % 4096, 0);
	ck_assert_int_ge(fake_kernel_size(&kernel, ino, NULL), size);
	r = stat_begin(ino, 0);
	ck_assert(fake_wait_ms(r, 1000));
	ck_assert_int_ge(stat_size(r), size);
	(void)fh;
}
END_TEST

/* What reads no further than a size that was not known yet would leave a part without a word. */
START_TEST(who_trusts_the_size_too_early_is_told)
{
	int64_t size, off = 0;
	uint64_t fh, ino;
	struct fake_reply *r;

	o.window = 1;
	append_many(3000, 1000);
	mount_it();
	ino = walk("t/0");
	fh = open_ino(ino, O_RDONLY);
	r = stat_begin(ino, 0);
	settle();
	advance(BFS_CATCH_UP);
	size = stat_size(r);
	ck_assert_int_eq(size / 4096 % 2, 1);
	for (; off + 32768 < size; off += 32768)
		fake_reply_free(waited(read_begin(fh, off, 32768)));
	IS_ERR(read_begin(fh, off, (size_t)(size - off)), -ESTALE);
	ck_assert_ptr_nonnull(strstr(error_of_file(ino), "more than the size"));
	r = waited(read_begin(fh, off, 32768)); /* who reads on does */
	ck_assert_uint_eq(r->len, 32768);
	fake_reply_free(r);
}
END_TEST

/* A file that looked empty, or like one block, would not be read at all, or no further. */
START_TEST(an_open_waits_until_the_size_betrays)
{
	struct fake_reply *r;
	uint64_t ino, fh;
	int64_t size;

	append_many(40, 1000);
	fake_burst_max(c, 1);
	fake_burst_gap(c, 100);
	mount_it();
	ino = walk("t/0");
	r = open_begin(ino, O_RDONLY);
	advance_by(500, 100);
	NOT_YET(r);
	advance_by(1000, 100);
	fh = opened(r);
	r = stat_begin(ino, 0);
	advance_by(BFS_CATCH_UP, 50);
	size = stat_size(r);
	ck_assert_int_ge(size, 3 * 4096);
	ck_assert_int_lt(size, 40 * 1000);
	release(fh);
}
END_TEST

/* The brokers fall silent: what is there is enough in the end. */
START_TEST(an_open_is_content_with_little)
{
	struct fake_reply *r;
	uint64_t ino, fh;

	append_many(40, 1000);
	fake_burst_max(c, 1);
	fake_burst_gap(c, 100);
	mount_it();
	ino = walk("t/0");
	r = open_begin(ino, O_RDONLY);
	advance_by(500, 100);
	fake_freeze(c, true);
	advance_by(o.timeout_ms - 600, 100);
	NOT_YET(r);
	advance(200);
	fh = opened(r);
	fake_freeze(c, false);
	release(fh);
}
END_TEST

START_TEST(opens_tell_the_kernel_what_is_there)
{
	uint64_t ino;
	char last;

	append_many(3, 10);
	mount_it();
	ino = walk("t/0");
	fake_settle(c);
	open_ino(ino, O_RDONLY);
	ck_assert_uint_eq(fake_kernel_opens(&kernel), 1);
	settle();
	stat_size(stat_begin(ino, 0));
	ck_assert_int_eq(fake_kernel_size(&kernel, ino, &last), 30);
	ck_assert_int_eq(last, '\n');
	release(files[0]);
	ck_assert(fake_kernel_forgot(&kernel, ino));
}
END_TEST

/* --- SEEK_END ------------------------------------------------------------------------ */

START_TEST(seek_end_waits_for_the_end)
{
	uint64_t fh, ino;

	append_many(300, 1000); /* more than is fetched for an open */
	mount_it();
	ino = walk("t/0");
	fh = open_ino(ino, O_RDONLY);
	ck_assert_int_eq(stat_size(stat_begin(ino, fh)), 300000);
	reads(fh, 0, 10, "00000000.a");
	reads(fh, 299000, 9, "00000299.");
}
END_TEST

/* The last window only; tail -f on a long backlog. */
START_TEST(a_long_backlog_is_laid_over)
{
	uint64_t fh, ino;
	int64_t end, at;
	struct fake_reply *r;

	o.window = 1;
	append_many(20000, 1000);
	mount_it();
	ino = walk("t/0");
	fh = open_ino(ino, O_RDONLY);
	end = stat_size(stat_begin(ino, fh));
	settle();
	ck_assert_int_lt(fake_fetched(c), 2000);
	for (at = end - end % 8192; at < end;) { /* as tail does */
		r = read_begin(fh, at, 8192);
		fake_wait(r);
		ck_assert_msg(r->kind == FAKE_DATA && r->len, "%d", r->err);
		at += (int64_t)r->len;
		if (at == end)
			ck_assert_int_eq(r->data[r->len - 1], '\n');
		fake_reply_free(r);
	}
	r = read_begin(fh, end - 1000, 9);
	is_data(r, "00019999.");
	reads(fh, end, 8192, "");
	append_many(1, 10);
	settle();
	reads(fh, end, 8192, "00020000.\n"); /* follows */
	reads(fh, end + 10, 8192, "");
	IS_ERR(read_begin(fh, 0, 4096), -ESTALE);
	ck_assert_ptr_nonnull(strstr(error_of_file(ino), "unread"));
	advance(3000);
	stat_size(stat_begin(ino, 0));
	stat_size(stat_begin(ino, 0));
	ck_assert_int_eq(close_file(fh), 0);
	ck_assert_int_eq(fake_calls(c, FAKE_COMMIT), 0);
	reads(open_file("t/0", O_RDONLY), 0, 9, "00000000.");
}
END_TEST

/* Its first byte that can be read stands at a multiple of 4096. */
START_TEST(the_laid_window_begins_at_a_page)
{
	uint64_t fh, ino;
	int64_t base = 0;
	struct fake_reply *r;
	int err;

	o.window = 1;
	append_many(20000, 1000);
	mount_it();
	ino = walk("t/0");
	fh = open_ino(ino, O_RDONLY);
	stat_size(stat_begin(ino, fh));
	do {
		r = read_begin(fh, base, 1);
		fake_wait(r);
		err = r->err;
		fake_reply_free(r);
		base += err ? 4096 : 0;
	} while (err == -ESTALE);
	ck_assert_int_eq(err, 0);
	ck_assert_int_gt(base, 0);
	IS_ERR(read_begin(fh, base - 1, 2), -ESTALE);
	r = read_begin(fh, base, 9);
	fake_wait(r);
	ck_assert_int_eq(r->data[8], '.'); /* and a record begins there */
	fake_reply_free(r);
}
END_TEST

/* What was read stays where it is. */
START_TEST(a_session_that_was_read_is_not_laid_over)
{
	uint64_t fh, ino;

	o.window = 1;
	append_many(3000, 1000);
	mount_it();
	ino = walk("t/0");
	fh = open_ino(ino, O_RDONLY);
	reads(fh, 0, 9, "00000000.");
	ck_assert_int_eq(stat_size(stat_begin(ino, fh)), 3000000);
	reads(fh, 1000, 9, "00000001.");
	reads(fh, 2999000, 9, "00002999.");
}
END_TEST

/* Records that came while the window was full count too. */
START_TEST(seek_end_sees_what_was_not_fetched)
{
	uint64_t fh, ino;

	o.window = 1;
	append_many(1, 1000);
	mount_it();
	ino = walk("t/0");
	fh = open_ino(ino, O_RDONLY);
	reads(fh, 0, 9, "00000000.");
	settle();
	append_many(2000, 1000);
	settle();
	append_many(10, 1000);
	settle();
	ck_assert_int_eq(stat_size(stat_begin(ino, fh)), 2011000);
}
END_TEST

START_TEST(data_and_holes)
{
	struct fake_reply *r;
	uint64_t fh, ino;

	append_many(3, 10);
	mount_it();
	ino = walk("t/0");
	fh = open_ino(ino, O_RDONLY);
	stat_size(stat_begin(ino, 0));
	r = fake_request("lseek");
	bfs_fs_lseek(fs, r->ticket, fh, 7, SEEK_DATA);
	fake_wait(r);
	ck_assert_int_eq(r->position, 7);
	fake_reply_free(r);
	r = fake_request("lseek");
	bfs_fs_lseek(fs, r->ticket, fh, 7, SEEK_HOLE);
	fake_wait(r);
	ck_assert_int_eq(r->position, 30);
	fake_reply_free(r);
	r = fake_request("lseek");
	bfs_fs_lseek(fs, r->ticket, fh, 30, SEEK_DATA);
	IS_ERR(r, -ENXIO);
}
END_TEST

/* --- arrivals, for inotify ------------------------------------------------------------------- */

START_TEST(arrivals_are_told_by_name)
{
	uint64_t fh, ino;
	unsigned n;

	append_many(3, 10);
	mount_it();
	ino = walk("t/0");
	fh = open_ino(ino, O_RDONLY);
	reads(fh, 0, 100, "00000000.\n00000001.\n00000002.\n");
	reads(fh, 30, 100, "");
	settle();
	ck_assert_int_eq(fake_kernel_arrivals(&kernel), 0); /* that was the backlog */
	append_many(1, 11);
	settle();
	ck_assert_int_eq(fake_kernel_arrivals(&kernel), 1);
	ck_assert_str_eq(kernel.arrived, "t/0");
	append_many(5, 11);
	settle();
	n = fake_kernel_arrivals(&kernel);
	ck_assert_int_ge(n, 2);
	ck_assert_int_eq(close_file(fh), 0);
	append_many(1, 11);
	settle();
	ck_assert_int_eq(fake_kernel_arrivals(&kernel), n);
}
END_TEST

/* It takes many bursts until the end is reached the first time. */
START_TEST(a_long_backlog_is_no_arrival)
{
	uint64_t fh, ino;

	append_many(100, 4096);
	fake_burst_max(c, 5);
	mount_it();
	ino = walk("t/0");
	fh = open_ino(ino, O_RDONLY);
	settle();
	ck_assert_int_eq(stat_size(stat_begin(ino, 0)), 409600);
	settle();
	ck_assert_int_eq(fake_kernel_arrivals(&kernel), 0);
	append_many(1, 10);
	settle();
	ck_assert_int_eq(fake_kernel_arrivals(&kernel), 1);
	/* going back is none */
	reads(fh, 0, 9, "00000000.");
	settle();
	ck_assert_int_eq(fake_kernel_arrivals(&kernel), 1);
}
END_TEST

/* The helper's touch: answered though the broker is silent, and no look at the file. */
START_TEST(setting_times_waits_for_nothing)
{
	struct fake_reply *open_, *stat_, *touch;
	uint64_t ino;

	append_many(2, 10);
	fake_delay(c, FAKE_FETCH, 100);
	mount_it();
	ino = walk("t/0");
	open_ = open_begin(ino, O_RDONLY);
	settle();
	stat_ = stat_begin(ino, 0);
	NOT_YET(stat_);
	touch = fake_request("setattr");
	bfs_fs_setattr(fs, touch->ticket, ino, 0, BFS_SET_TIMES, 0);
	ck_assert(fake_wait_ms(touch, 1000));
	stat_size(touch);
	NOT_YET(stat_);
	advance(100);
	opened(open_);
	ck_assert_int_eq(stat_size(stat_), 20);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("fs_size");

	RIG_CASE(s, "stat", unopened_it_is_empty, caught_up_it_is_exact_and_grows,
		 before_the_catch_up_it_is_in_pages, a_slow_catch_up_shows_pages,
		 opens_tell_the_kernel_what_is_there, who_trusts_the_size_too_early_is_told,
		 an_open_waits_until_the_size_betrays, an_open_is_content_with_little,
		 data_and_holes);
	RIG_CASE(s, "seek", seek_end_waits_for_the_end, a_long_backlog_is_laid_over,
		 the_laid_window_begins_at_a_page, a_session_that_was_read_is_not_laid_over,
		 seek_end_sees_what_was_not_fetched);
	RIG_CASE(s, "arrivals", arrivals_are_told_by_name, a_long_backlog_is_no_arrival,
		 setting_times_waits_for_nothing);
	return s;
}

TEST_MAIN(suite)
