/* test_fs_view_wait.c - views: sizes, what waits at the end, and poll.
 *
 * SPDX-License-Identifier: MIT */
#include <poll.h>

#include "tests/unit/view_rig.h"

#define PAGE 4096

/* --- sizes --------------------------------------------------------------------------- */

START_TEST(a_small_fixed_range_is_complete)
{
	uint64_t ino, fh;

	fill(5);
	mount_it();
	ino = walk("t/0@1..4");
	fh = view_opened(open_begin(ino, O_RDONLY));
	ck_assert(cached);
	ck_assert_int_eq(stat_size(stat_begin(ino, 0)), 6);
	ck_assert_int_eq(stat_size(stat_begin(ino, fh)), 6);
	ck_assert_int_eq(fake_kernel_size(&kernel, ino, NULL), 6);
	is_data(read_with(fh, 0, 4096, 0, 0), "1\n2\n3\n"); /* through the page cache */
	is_data(read_with(fh, 2, 2, 0, 0), "2\n");
	is_data(read_with(fh, 6, 4096, 0, 0), "");
	fill(1);
	ck_assert_int_eq(stat_size(stat_begin(ino, 0)), 6);
}
END_TEST

START_TEST(the_page_cache_is_for_complete_ranges)
{
	static const char *const names[] = { "t/0@1", "t/0@1..", "t/0@..", "t/0", "t/0.kv" };

	fill(5);
	mount_it();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		uint64_t fh = open_view(names[i]);

		ck_assert(!cached);
		IS_ERR(read_with(fh, 0, 4096, 0, 0), -EINVAL);
		ck_assert_int_eq(close_file(fh), 0);
	}
}
END_TEST

/* An open does not wait for a slow range; its fstat does, for as long as `timeout`. */
START_TEST(a_slow_range_is_waited_for)
{
	uint64_t ino, fh;
	struct fake_reply *r;

	append_many(3000, 1000);
	mount_it();
	ino = walk("t/0@0..3000");
	fh = view_opened(open_begin(ino, O_RDONLY));
	ck_assert(!cached);
	settle();
	fake_freeze(c, true);
	r = stat_begin(ino, 0);
	NOT_YET(r);
	advance(4999);
	ck_assert(!fake_answered(r));
	fake_freeze(c, false);
	ck_assert_int_eq(stat_size(r), 3000000);
	ck_assert_int_eq(stat_size(stat_begin(ino, fh)), 3000000);
	IS_ERR(read_with(fh, 0, 4096, 0, 0), -EINVAL); /* it was not complete at its open */
}
END_TEST

START_TEST(a_range_that_does_not_come)
{
	uint64_t ino, fh;
	struct fake_reply *r;
	int64_t size;

	append_many(3000, 1000);
	mount_it();
	ino = walk("t/0@0..3000");
	fh = view_opened(open_begin(ino, O_RDONLY));
	settle();
	fake_freeze(c, true);
	r = stat_begin(ino, 0);
	NOT_YET(r);
	advance(5000);
	size = stat_size(r);
	ck_assert_int_gt(size, 0);
	ck_assert_int_eq(size % PAGE, 0);
	r = stat_begin(ino, fh); /* SEEK_END must be right */
	NOT_YET(r);
	advance(5000);
	IS_ERR(r, -ETIMEDOUT);
}
END_TEST

START_TEST(larger_than_memory)
{
	uint64_t ino, fh;
	int64_t size;
	int i;

	o.memory = 1;
	append_many(3000, 1000);
	mount_it();
	ino = walk("t/0@0..3000");
	fh = view_opened(open_begin(ino, O_RDONLY));
	size = stat_size(stat_begin(ino, 0)); /* does not wait for what can't be had at once */
	ck_assert_int_ge(size, 2 * BFS_CHUNK_SIZE);
	ck_assert_int_lt(size, 3000000);
	ck_assert_int_eq(size % PAGE, 0);
	for (i = 0; i < 3000; i++)
		ck_assert_int_eq(fake_finish(read_begin(fh, i * 1000, 1000)), 0);
	ck_assert_int_eq(stat_size(stat_begin(ino, 0)), 3000000);
	reads(fh, 3000000, 10, "");
	reads(fh, 0, 9, "00000000.");
	reads(fh, 1000000, 9, "00001000.");
	reads(fh, 3000000, 10, "");
}
END_TEST

/* Memory that other files gave back lets a range go on that was full. */
START_TEST(memory_given_back)
{
	uint64_t ino, others[8];
	struct fake_reply *r;
	int i;

	o.memory = 9 << 20;
	append_many(1700, 1000);
	mount_it();
	for (i = 0; i < 8; i++)
		others[i] = open_view("t/1@0");
	ino = walk("t/0@0..1700");
	view_opened(open_begin(ino, O_RDONLY));
	settle();
	for (i = 0; i < 2; i++)
		release(others[i]);
	settle();
	r = stat_begin(ino, 0);
	if (!fake_wait_ms(r, 1000))
		ck_abort_msg("the size waits though nothing is missing");
	fake_wait(r);
	ck_assert_int_gt(r->attr.st_size, 1 << 20);
	fake_reply_free(r);
}
END_TEST

/* Tools that splice up to the size must find that there is more, and read. */
START_TEST(a_page_more_than_delivered)
{
	static const char *const names[] = { "t/0@0..", "t/0@.." };

	append_many(20, 1000);
	mount_it();
	for (size_t i = 0; i < 2; i++) {
		uint64_t ino = walk(names[i]), fh = view_opened(open_begin(ino, O_RDONLY));

		ck_assert_int_eq(stat_size(stat_begin(ino, 0)), PAGE);
		ck_assert_int_eq(stat_size(stat_begin(ino, fh)), PAGE);
		ck_assert_int_eq(fake_kernel_size(&kernel, ino, NULL), PAGE);
		ck_assert_int_eq(fake_finish(read_begin(fh, 0, 1000)), 0);
		ck_assert_int_eq(stat_size(stat_begin(ino, 0)), 2 * PAGE);
		ck_assert_int_eq(fake_kernel_size(&kernel, ino, NULL), 2 * PAGE);
		ck_assert_int_eq(fake_finish(read_begin(fh, 1000, 19000)), 0);
		ck_assert_int_eq(stat_size(stat_begin(ino, 0)), 6 * PAGE);
		/* a look at what is not there yet delivers nothing */
		IS_ERR(read_with(fh, 1 << 30, 10, O_NONBLOCK, 1), -EAGAIN);
		ck_assert_int_eq(stat_size(stat_begin(ino, 0)), 6 * PAGE);
		advance(BFS_COMMIT_EVERY); /* or the unmount finds one commit behind another */
		release(fh);
	}
}
END_TEST

/* The window is full up to the end of the log: who must not wait is told so without waiting. */
START_TEST(nothing_behind_a_full_window)
{
	uint64_t fh;

	o.memory = 1 << 19;
	append_many(385, 1024);
	mount_it();
	fh = open_view("t/0@0..");
	settle();
	ck_assert_int_eq(fake_finish(read_with(fh, 0, 1, O_NONBLOCK, 1)), 0);
	settle();
	IS_ERR(read_with(fh, 385 * 1024, 10, O_NONBLOCK, 1), -EAGAIN);
}
END_TEST

START_TEST(after_a_far_look_what_comes_is_read)
{
	uint64_t fh;

	o.window = 1;
	mount_it();
	fh = open_view("t/0@0..");
	IS_ERR(read_with(fh, INT64_C(1) << 40, 10, O_NONBLOCK, 1), -EAGAIN);
	append_many(3000, 1000);
	settle();
	ck_assert_int_lt(fake_fetched(c), 3000); /* fetching stops when nobody reads */
	reads(fh, 0, 9, "00000000.");
}
END_TEST

/* O_NONBLOCK is about the end, not about what has left the window or lies far ahead: no poll would
 * tell when that is there. */
START_TEST(what_is_elsewhere_is_fetched)
{
	uint64_t fh;

	o.window = 1;
	append_many(3000, 1000);
	mount_it();
	fh = open_view("t/0@0..");
	settle();
	is_data(read_with(fh, 2000000, 9, O_NONBLOCK, 1), "00002000.");
	settle();
	is_data(read_with(fh, 0, 9, O_NONBLOCK, 1), "00000000.");
	settle();
	is_data(read_with(fh, 2999000, 9, O_NONBLOCK, 1), "00002999.");
	settle();
	IS_ERR(read_with(fh, 3000000, 9, O_NONBLOCK, 1), -EAGAIN);
}
END_TEST

/* --- waiting at the end -------------------------------------------------------------- */

START_TEST(reads_wait_at_the_end)
{
	uint64_t fh;
	struct fake_reply *r;

	fill(2);
	mount_it();
	fh = open_view("t/0@1..");
	reads(fh, 0, 100, "1\n");
	r = read_begin(fh, 2, 100);
	NOT_YET(r);
	advance_by(60000, 5000);
	ck_assert(!fake_answered(r));
	fill(1);
	is_data(r, "2\n");
	IS_ERR(read_with(fh, 4, 100, O_NONBLOCK, 1), -EAGAIN);
	r = read_begin(fh, 4, 100);
	fill(1);
	is_data(r, "3\n");
}
END_TEST

START_TEST(two_wait_on_one_handle)
{
	uint64_t fh;
	struct fake_reply *r, *q;

	mount_it();
	fh = open_view("t/0@latest..");
	r = read_begin(fh, 0, 2);
	q = read_begin(fh, 2, 2);
	advance(6000);
	fill(1);
	is_data(r, "0\n");
	NOT_YET(q);
	fill(1);
	is_data(q, "1\n");
}
END_TEST

START_TEST(a_signal_ends_the_wait)
{
	uint64_t fh, after;
	struct fake_reply *r;

	mount_it();
	for (after = 0; after < 2; after++) {
		fh = open_view(after ? "t/0@latest.." : "t/0@..");
		r = read_begin(fh, 0, 100);
		NOT_YET(r);
		if (after)
			advance(6000); /* parked once more, for ever */
		fake_interrupt(r);
		advance(100);
		IS_ERR(r, -EINTR);
		r = read_begin(fh, 0, 100);
		NOT_YET(r);
		fill(1);
		ck_assert_int_eq(fake_finish(r), 0);
		release(fh);
	}
}
END_TEST

START_TEST(the_end_of_the_session_ends_the_wait)
{
	uint64_t a, b;
	struct fake_reply *r;

	mount_it();
	a = open_view("t/0@..");
	r = read_begin(a, 0, 100);
	NOT_YET(r);
	b = a;
	release(b);
	IS_ERR(r, -ESTALE);
}
END_TEST

START_TEST(the_topic_goes_under_a_wait)
{
	struct fake_reply *r, *q;

	mount_it();
	r = read_begin(open_view("t/0@latest.."), 0, 100);
	q = read_begin(open_view("t/0@.."), 0, 100);
	NOT_YET(r);
	NOT_YET(q);
	advance(6000);
	fake_topic_delete(c, "t");
	IS_ERR(r, -ESTALE);
	IS_ERR(q, -ESTALE);
}
END_TEST

START_TEST(unmounting_ends_the_wait)
{
	struct fake_reply *r, *q, *late;

	mount_it();
	r = read_begin(open_view("t/0@latest.."), 0, 100);
	late = read_begin(open_view("t/0.kv@0.."), 0, 100);
	advance(6000);
	q = read_begin(open_view("t/0@.."), 0, 100);
	NOT_YET(q);
	unmount();
	IS_ERR(r, -ENODEV);
	IS_ERR(q, -ENODEV);
	IS_ERR(late, -ENODEV);
}
END_TEST

/* Not short in mid-file while more is coming; at the deadline, what there is. */
START_TEST(reads_are_whole_in_mid_file)
{
	static const char *const names[] = { "t/0@0", "t/0@0..50", "t/0@0..+50" };

	append_many(50, 1000);
	mount_it();
	for (int burst = 1; burst < 60; burst += 7) {
		fake_burst_max(c, burst);
		for (size_t i = 0; i < 3; i++) {
			uint64_t fh = open_view(names[i]);
			struct fake_reply *r = read_begin(fh, 500, 49000);

			fake_wait(r);
			ck_assert_uint_eq(r->len, 49000);
			fake_reply_free(r);
			release(fh);
		}
	}
}
END_TEST

START_TEST(at_the_deadline_what_there_is)
{
	uint64_t fh;
	struct fake_reply *r;

	append_many(400, 1000); /* more than an open fetches */
	mount_it();
	fh = open_view("t/0@0");
	settle();
	fake_freeze(c, true);
	r = read_begin(fh, 0, 300000);
	NOT_YET(r);
	advance(4999);
	ck_assert(!fake_answered(r));
	advance(1);
	fake_wait(r);
	ck_assert_int_eq(r->kind, FAKE_DATA);
	ck_assert_uint_ge(r->len, BFS_PREFETCH);
	ck_assert_uint_lt(r->len, 300000);
	fake_reply_free(r);
	r = read_begin(fh, 390000, 10);
	advance(5000);
	IS_ERR(r, -ETIMEDOUT);
}
END_TEST

/* --- poll ---------------------------------------------------------------------------- */

static unsigned polled(uint64_t fh, struct fake_poll *p)
{
	struct fake_reply *r = fake_request("poll");
	unsigned ready;

	bfs_fs_poll(fs, r->ticket, fh, p);
	fake_wait(r);
	ck_assert_int_eq(r->kind, FAKE_POLLED);
	ready = r->ready & POLLIN;
	fake_reply_free(r);
	return ready;
}

START_TEST(poll_of_what_does_not_wait)
{
	static const char *const names[] = { "t/0", "t/0@0", "t/0@0..1", "t/0.json" };
	struct fake_poll p[4] = { { 0 } };

	mount_it();
	for (int i = 0; i < 4; i++) {
		ck_assert(polled(open_view(names[i]), &p[i]));
		ck_assert_int_eq(p[i].dropped, 1);
	}
}
END_TEST

START_TEST(poll_wakes_once)
{
	struct fake_poll p[4] = { { 0 } };
	uint64_t fh;

	fill(1);
	mount_it();
	fh = open_view("t/0@0..");
	ck_assert(polled(fh, &p[0])); /* kept, for who waits for edges */
	ck_assert_int_eq(p[0].dropped, 0);
	reads(fh, 0, 100, "0\n");
	ck_assert(!polled(fh, NULL));
	ck_assert_int_eq(p[0].dropped, 0);
	ck_assert(!polled(fh, &p[1]));
	ck_assert_int_eq(p[0].dropped, 1);
	ck_assert(!polled(fh, &p[2])); /* takes the place of the one before */
	ck_assert_int_eq(p[1].dropped, 1);
	fill(1);
	settle();
	ck_assert_int_eq(p[2].woken, 1);
	fill(1);
	settle();
	ck_assert_int_eq(p[2].woken, 1);
	ck_assert(polled(fh, NULL));
	reads(fh, 2, 100, "1\n2\n");
	ck_assert(!polled(fh, &p[3]));
	release(fh);
	ck_assert_int_eq(p[3].dropped, 1);
	ck_assert_int_eq(p[3].woken, 0);
}
END_TEST

START_TEST(poll_wakes_at_each_arrival)
{
	struct fake_poll p[4] = { { 0 } };
	uint64_t fh;

	mount_it();
	fh = open_view("t/0@0..");
	ck_assert(!polled(fh, &p[0]));
	for (int i = 0; i < 3; i++) {
		fill(1);
		settle();
		ck_assert_int_eq(p[i].woken, 1);
		ck_assert(polled(fh, &p[i + 1])); /* nobody has read yet */
		settle();
		ck_assert_int_eq(p[i + 1].woken, 0);
	}
	release(fh);
	ck_assert_int_eq(p[3].dropped, 1);
}
END_TEST

START_TEST(poll_wakes_at_the_end_of_the_session)
{
	struct fake_poll p = { 0 }, q = { 0 };
	uint64_t a, b;

	mount_it();
	a = open_view("t/0@..");
	b = open_view("t/0@..");
	IS_ERR(read_with(a, 0, 10, O_NONBLOCK, 1), -EAGAIN);
	ck_assert(!polled(b, &p));
	ck_assert_int_eq(close_file(a), 0);
	ck_assert_int_eq(p.woken, 1);
	ck_assert(polled(b, NULL));
	IS_ERR(read_with(b, 0, 10, O_NONBLOCK, 1), -ESTALE);
	a = open_view("t/0@latest..");
	ck_assert(!polled(a, &q));
	unmount();
	ck_assert_int_eq(q.woken, 1);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("fs_view_wait");

	RIG_CASE(s, "sizes", a_small_fixed_range_is_complete, the_page_cache_is_for_complete_ranges,
		 a_slow_range_is_waited_for, a_range_that_does_not_come, larger_than_memory,
		 memory_given_back, a_page_more_than_delivered, nothing_behind_a_full_window,
		 after_a_far_look_what_comes_is_read, what_is_elsewhere_is_fetched);
	RIG_CASE(s, "waits", reads_wait_at_the_end, two_wait_on_one_handle, a_signal_ends_the_wait,
		 the_end_of_the_session_ends_the_wait, the_topic_goes_under_a_wait,
		 unmounting_ends_the_wait, reads_are_whole_in_mid_file,
		 at_the_deadline_what_there_is);
	RIG_CASE(s, "poll", poll_of_what_does_not_wait, poll_wakes_once, poll_wakes_at_each_arrival,
		 poll_wakes_at_the_end_of_the_session);
	return s;
}

TEST_MAIN(suite)
