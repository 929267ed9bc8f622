/* test_fs_write.c - lines to records, what is waited for, what fails and who is told.
 *
 * SPDX-License-Identifier: MIT */
#include "model/writer_inner.h"
#include "tests/unit/fs_rig.h"

static uint64_t writer(void)
{
	if (!fs)
		mount_it();
	return open_file("t/0", O_WRONLY);
}

/* Writes that come so far from each other are not gathered. */
static void pause_a_bit(void)
{
	advance(BFS_GATHER);
}

#define LOG_IS(want) ck_assert_str_eq(log_of_t0(), want)

/* --- lines --------------------------------------------------------------------------- */

START_TEST(each_line_is_a_record)
{
	uint64_t fh = writer();

	writes(fh, "one\ntwo\n\nthr");
	LOG_IS("one|two||");
	writes(fh, "ee\nfo");
	writes(fh, "u");
	writes(fh, "r\n");
	ck_assert_int_eq(close_file(fh), 0);
	LOG_IS("one|two||three|four|");
	ck_assert_int_eq(held_asked, 0); /* only a rest needs to know */
}
END_TEST

START_TEST(two_writers_keep_their_lines_whole)
{
	uint64_t a = writer(), b = writer();

	writes(a, "a1");
	writes(b, "b1");
	writes(a, "a2\n");
	writes(b, "b2\n");
	LOG_IS("a1a2|b1b2|");
}
END_TEST

START_TEST(many_lines_in_order)
{
	char text[4001];
	uint64_t fh = writer();
	int i;

	for (i = 0; i < 2000; i++) {
		text[2 * i] = (char)('a' + i % 26);
		text[2 * i + 1] = '\n';
	}
	text[4000] = '\0';
	writes(fh, text);
	ck_assert_int_eq(fake_end(c, "t", 0), 2000);
	for (i = 0; i < 2000; i++) {
		char *v = fake_value(c, "t", 0, i, NULL);

		ck_assert_int_eq(v[0], 'a' + i % 26);
		free(v);
	}
}
END_TEST

START_TEST(a_rest_is_sent_at_the_last_close)
{
	uint64_t fh = writer();

	writes(fh, "rest");
	held_says = 1;
	ck_assert_int_eq(fake_finish(flush_begin(fh)), 0);
	LOG_IS("");
	writes(fh, " and more");
	held_says = 0;
	ck_assert_int_eq(fake_finish(flush_begin(fh)), 0);
	LOG_IS("rest and more|");
	ck_assert_int_eq(fake_finish(flush_begin(fh)), 0);
	release(fh);
	LOG_IS("rest and more|");
}
END_TEST

START_TEST(a_rest_that_no_flush_saw_is_sent_at_release)
{
	uint64_t fh = writer();

	writes(fh, "rest");
	held_says = 1;
	ck_assert_int_eq(close_file(fh), 0);
	settle();
	LOG_IS("rest|");
}
END_TEST

/* While another node of the name is open, which a session that has ended left behind, what the
 * holders find may be that one's: unless who opened it has nothing to do with this file. */
START_TEST(a_rest_beside_an_earlier_sessions_writer)
{
	uint64_t old = writer(), reader = open_file("t/0", O_RDONLY), fh;

	ck_assert_int_eq(fake_finish(waited(read_begin(reader, 0, 10))), 0);
	ck_assert_int_eq(close_file(reader), 0);
	settle();
	fh = writer();
	writes(fh, "rest");
	held_says = 1;
	ck_assert_int_eq(fake_finish(flush_begin(fh)), 0);
	ck_assert(!held_alone);
	ck_assert_str_eq(held_openers, "100 ");
	who.pid = 200;
	writes(old, "x\n");
	who.pid = 100;
	held_openers[0] = '\0';
	held_apart = true;
	ck_assert_int_eq(fake_finish(flush_begin(fh)), 0);
	ck_assert(held_alone);
	ck_assert_str_eq(held_openers, "100 200 ");
	release(old);
	held_apart = false;
	ck_assert_int_eq(fake_finish(flush_begin(fh)), 0);
	ck_assert(held_alone);
}
END_TEST

static int cut_at(uint64_t ino, uint64_t fh, int64_t size)
{
	struct fake_reply *r = fake_request("setattr");

	bfs_fs_setattr(fs, r->ticket, ino, fh, BFS_SET_SIZE, size);
	fake_wait(r);
	if (r->kind == FAKE_ATTR) {
		fake_reply_free(r);
		return 0;
	}
	return fake_finish(r);
}

/* As programs do that have written over a file that was there, and perhaps longer. */
START_TEST(cutting_where_the_written_ends_is_fine)
{
	uint64_t fh = writer(), ino = walk("t/0"), reader;

	ck_assert_int_eq(cut_at(ino, fh, 0), -EPERM);
	writes(fh, "one\ntw");
	writes(fh, "o\n");
	ck_assert_int_eq(cut_at(ino, fh, 8), 0);
	ck_assert_int_eq(cut_at(ino, fh, 7), -EPERM);
	ck_assert_int_eq(cut_at(ino, fh, 9), -EPERM);
	ck_assert_int_eq(cut_at(ino, 0, 8), -EPERM);
	reader = open_file("t/0", O_RDONLY);
	ck_assert_int_eq(cut_at(ino, reader, 8), -EPERM);
	LOG_IS("one|two|");
}
END_TEST

START_TEST(fsync_sends_no_rest)
{
	uint64_t fh = writer();

	writes(fh, "one\nrest");
	ck_assert_int_eq(fake_finish(fsync_begin(fh)), 0);
	LOG_IS("one|");
}
END_TEST

/* --- waiting ------------------------------------------------------------------------- */

START_TEST(the_first_write_waits_the_next_do_not)
{
	uint64_t fh = writer();
	struct fake_reply *r, *f;

	writes(fh, "no line yet");
	fake_hold_acks(c, true);
	r = write_begin(fh, "\n", 0);
	NOT_YET(r);
	fake_release_acks(c, "t", 0, -1);
	is_written(r, 1);
	writes(fh, "two\n");
	writes(fh, "three\n");
	r = write_begin(fh, "four\n", O_SYNC);
	f = fsync_begin(fh);
	NOT_YET(r);
	NOT_YET(f);
	fake_release_acks(c, "t", 0, -1);
	is_written(r, 5);
	IS_ERR(f, 0);
	ck_assert_int_gt(fake_hurries(c), 0);
}
END_TEST

/* A flush waits for what was written before it, not for what comes later. */
START_TEST(a_flush_is_a_barrier)
{
	uint64_t fh = writer(), other = writer();
	struct fake_reply *f;

	writes(fh, "one\n");
	writes(other, "o1\n");
	fake_hold_acks(c, true);
	pause_a_bit();
	writes(fh, "two\n");
	f = fsync_begin(fh);
	pause_a_bit();
	writes(fh, "three\n");
	writes(other, "o2\n");
	NOT_YET(f);
	fake_release_acks(c, "t", 0, 1);
	IS_ERR(f, 0);
	f = fsync_begin(other);
	fake_release_acks(c, "t", 0, 1);
	NOT_YET(f);
	fake_release_acks(c, "t", 0, 1);
	IS_ERR(f, 0);
}
END_TEST

START_TEST(an_interrupted_first_write_returns_its_count)
{
	uint64_t fh = writer();
	struct fake_reply *r;

	fake_hold_acks(c, true);
	r = write_begin(fh, "one\ntwo\nthr", 0);
	NOT_YET(r);
	fake_interrupt(r);
	is_written(r, 11);
	r = fsync_begin(fh); /* what becomes of it is still told */
	NOT_YET(r);
	fake_fail(c, FAKE_DELIVERY, -EIO, "Broker: no", 2);
	fake_release_acks(c, "t", 0, -1);
	IS_ERR(r, -EIO);
}
END_TEST

/* --- errors -------------------------------------------------------------------------- */

START_TEST(a_failure_is_told_once)
{
	uint64_t fh = writer(), other = writer();

	fake_fail(c, FAKE_DELIVERY, -EACCES, "Broker: Topic authorization failed", 1);
	IS_ERR(write_begin(fh, "one\n", 0), -EACCES);
	ck_assert_str_eq(error_of_file(walk("t/0")), "Broker: Topic authorization failed");
	writes(other, "other\n");
	writes(fh, "two\n");
	settle();
	pause_a_bit();
	pause_a_bit();
	fake_fail(c, FAKE_DELIVERY, -EIO, "Broker: no", 1);
	writes(fh, "three\n"); /* pipelined */
	settle();
	fake_fail(c, FAKE_DELIVERY, 0, NULL, 0);
	ck_assert_int_eq(close_file(other), 0);
	IS_ERR(write_begin(fh, "four\n", 0), -EIO);
	ck_assert_int_eq(fake_finish(fsync_begin(fh)), 0);
	ck_assert_int_eq(close_file(fh), 0);
	LOG_IS("other|two|");
}
END_TEST

START_TEST(close_tells_the_first_failure)
{
	uint64_t fh = writer();

	writes(fh, "one\n");
	fake_hold_acks(c, true);
	writes(fh, "two\n");
	writes(fh, "three\n");
	writes(fh, "rest");
	fake_fail(c, FAKE_DELIVERY, -EIO, "Broker: no", 1);
	struct fake_reply *r = flush_begin(fh);
	fake_release_acks(c, "t", 0, -1);
	IS_ERR(r, -EIO);
	ck_assert_int_eq(fake_finish(flush_begin(fh)), 0); /* repeated: told already */
	release(fh);
	LOG_IS("one|three|rest|");
}
END_TEST

START_TEST(a_time_out_is_told_once)
{
	uint64_t fh = writer();
	struct fake_reply *r;

	fake_hold_acks(c, true);
	r = write_begin(fh, "one\n", 0);
	advance(10000);
	IS_ERR(r, -ETIMEDOUT);
	ck_assert_int_eq(fake_finish(fsync_begin(fh)), 0); /* that one was told */
	fake_release_acks(c, "t", 0, -1);
	settle();
	ck_assert_int_eq(close_file(fh), 0);
	LOG_IS("one|"); /* it arrived after all */
}
END_TEST

START_TEST(a_pipelined_time_out_is_told_by_the_flush)
{
	uint64_t fh = writer();
	struct fake_reply *r;

	writes(fh, "one\n");
	fake_hold_acks(c, true);
	writes(fh, "two\n");
	r = flush_begin(fh);
	advance(9999);
	ck_assert(!fake_answered(r));
	advance(1);
	IS_ERR(r, -ETIMEDOUT);
	ck_assert_int_eq(fake_finish(flush_begin(fh)), 0);
	fake_fail(c, FAKE_DELIVERY, -EIO, "Broker: no", 1);
	fake_release_acks(c, "t", 0, -1);
	settle();
	ck_assert_int_eq(close_file(fh), 0);
}
END_TEST

/* Ten queued writers end within one time-out, not ten. */
START_TEST(an_unhealthy_partition_fails_at_once)
{
	uint64_t fh = writer(), other;
	struct fake_reply *r, *q;

	fake_hold_acks(c, true);
	r = write_begin(fh, "one\n", 0);
	advance(BFS_UNHEALTHY - 1);
	other = writer();
	q = write_begin(other, "two\n", 0); /* still taken for healthy */
	NOT_YET(q);
	advance(1);
	IS_ERR(write_begin(writer(), "three\n", 0), -ETIMEDOUT);
	IS_ERR(write_begin(writer(), "four\n", 0), -ETIMEDOUT);
	advance(10000 - BFS_UNHEALTHY);
	IS_ERR(r, -ETIMEDOUT);
	advance(BFS_UNHEALTHY);
	IS_ERR(q, -ETIMEDOUT);
	IS_ERR(write_begin(writer(), "five\n", 0), -ETIMEDOUT);
	writes(open_file("t/1", O_WRONLY), "no line"); /* another partition is another matter */
	fake_release_acks(c, "t", 0, 1);               /* it lives again */
	settle();
	fake_hold_acks(c, false);
	settle();
	writes(writer(), "six\n");
	LOG_IS("one|two|six|");
}
END_TEST

START_TEST(a_line_too_long_is_refused_whole)
{
	uint64_t fh;

	fake_message_max(c, 8);
	fh = writer();
	is_written(write_begin(fh, "one\ntwo\n123456789\nthree\n", 0), 8);
	LOG_IS("one|two|");
	IS_ERR(write_begin(fh, "123456789\nthree\n", 0), -EMSGSIZE);
	writes(fh, "12345678\n");
	writes(fh, "12345");
	IS_ERR(write_begin(fh, "6789", 0), -EMSGSIZE);
	ck_assert_int_eq(close_file(fh), 0);
	LOG_IS("one|two|12345678|");
}
END_TEST

START_TEST(producer_errors_are_passed_on)
{
	uint64_t fh = writer();

	fake_fail(c, FAKE_PRODUCE, -EIO, "Local: Fatal error", 1);
	IS_ERR(write_begin(fh, "one\n", 0), -EIO);
	writes(fh, "two");
	fake_fail(c, FAKE_PRODUCE, -EIO, "Local: Fatal error", 1);
	IS_ERR(write_begin(fh, "\nthree\n", 0), -EIO);
	writes(fh, "\nthree\n"); /* nothing of that write was taken */
	ck_assert_int_eq(close_file(fh), 0);
	LOG_IS("two|three|");
}
END_TEST

/* --- room ---------------------------------------------------------------------------- */

START_TEST(a_full_queue_parks)
{
	uint64_t fh = writer();
	struct fake_reply *r;

	writes(fh, "one\n");
	fake_hold_acks(c, true);
	fake_queue_max(c, 2);
	pause_a_bit();
	is_written(write_begin(fh, "two\nthree\nfour\n", 0), 10); /* what there was room for */
	pause_a_bit();
	r = write_begin(fh, "four\n", 0);
	NOT_YET(r);
	fake_release_acks(c, "t", 0, 1);
	settle();
	is_written(r, 5);
	fake_hold_acks(c, false);
	ck_assert_int_eq(close_file(fh), 0);
	LOG_IS("one|two|three|four|");
}
END_TEST

START_TEST(a_full_queue_of_others_is_tried_again)
{
	uint64_t fh = writer();
	struct fake_reply *r;

	fake_queue_max(c, 0);
	r = write_begin(fh, "one\n", 0);
	NOT_YET(r);
	advance_by(200, 20);
	ck_assert(!fake_answered(r));
	fake_queue_max(c, -1);
	advance(20);
	is_written(r, 4);
}
END_TEST

START_TEST(a_full_queue_is_eagain_without_blocking)
{
	uint64_t fh = writer();

	writes(fh, "one\n");
	fake_queue_max(c, 0);
	pause_a_bit();
	IS_ERR(write_begin(fh, "two\n", O_NONBLOCK), -EAGAIN);
	writes(fh, "tw"); /* no line, no room needed */
	IS_ERR(write_begin(fh, "o\nthree\n", O_NONBLOCK), -EAGAIN);
	fake_queue_max(c, -1);
	writes(fh, "o\nthree\n");
	ck_assert_int_eq(close_file(fh), 0);
	LOG_IS("one|two|three|");
}
END_TEST

/* Bytes in flight are bounded for each partition. */
START_TEST(in_flight_is_bounded)
{
	char *big = malloc(1000001);
	uint64_t fh = writer();
	struct fake_reply *r;
	int i, taken = 0;

	memset(big, 'x', 1000000);
	big[999999] = '\n';
	big[1000000] = '\0';
	writes(fh, "one\n");
	fake_hold_acks(c, true);
	for (i = 0; i < BFS_IN_FLIGHT / 999999 + 10; i++) {
		r = write_begin(fh, big, O_NONBLOCK);
		fake_wait(r);
		if (r->kind == FAKE_WRITTEN)
			taken++;
		else
			ck_assert_int_eq(r->err, -EAGAIN);
		fake_reply_free(r);
	}
	ck_assert_int_eq(taken, BFS_IN_FLIGHT / 999999 + 1);
	r = write_begin(fh, big, 0);
	NOT_YET(r);
	fake_release_acks(c, "t", 0, taken / 2 + 2);
	settle();
	is_written(r, 1000000);
	fake_hold_acks(c, false);
	ck_assert_int_eq(close_file(fh), 0);
	free(big);
}
END_TEST

START_TEST(ro_refuses_writers)
{
	o.ro = true;
	mount_it();
	IS_ERR(open_begin(walk("t/0"), O_WRONLY), -EROFS);
	IS_ERR(open_begin(walk("t/0"), O_RDWR), -EROFS);
	IS_ERR(write_begin(open_file("t/0", O_RDONLY), "x\n", 0), -EBADF);
}
END_TEST

START_TEST(one_handle_reads_and_writes)
{
	uint64_t fh;

	mount_it();
	fh = open_file("t/0", O_RDWR);
	writes(fh, "one\n");
	reads(fh, 0, 10, "one\n");
	reads(fh, 4, 10, "");
	ck_assert_int_eq(close_file(fh), 0);
	ck_assert_int_eq(committed_soon(), 1);
	IS_ERR(read_begin(open_file("t/0", O_WRONLY), 0, 1), -EBADF);
}
END_TEST

/* Of a write(2) that the kernel cut nobody hears what became of a further part. */
START_TEST(an_error_of_a_further_part_is_told_again)
{
	uint64_t fh;
	char *big = malloc((1 << 20) + 1);

	memset(big, 'x', 1 << 20);
	for (int i = 1023; i < 1 << 20; i += 1024)
		big[i] = '\n';
	big[1 << 20] = '\0';
	mount_it();
	fh = open_file("t/0", O_WRONLY);
	writes(fh, "first\n");
	fake_delay(c, FAKE_DELIVERY, 50);
	fake_fail(c, FAKE_DELIVERY, -EIO, "Broker: no", 1);
	is_written(write_at(fh, big, 6, 0), 1 << 20);
	advance(50);
	IS_ERR(write_at(fh, "second\n", 6 + (1 << 20), 0),
	       -EIO); /* a short count for the program */
	IS_ERR(write_at(fh, "second\n", 6 + (1 << 20), 0), -EIO); /* so it tries again */
	is_written(write_at(fh, "third\n", 6 + (1 << 20), 0), 6);
	advance(50);
	ck_assert_int_eq(close_file(fh), 0);
	free(big);
}
END_TEST

/* What a writer skips it takes for zeros. */
START_TEST(a_hole_is_refused)
{
	uint64_t fh;

	mount_it();
	fh = open_file("t/0", O_WRONLY | O_TRUNC);
	IS_ERR(write_at(fh, "x\n", 1, 0), -EINVAL);
	ck_assert_str_ne(error_of_file(walk("t/0")), "");
	is_written(write_at(fh, "a\n", 0, 0), 2);
	is_written(write_at(fh, "b\n", 2, 0), 2);
	IS_ERR(write_at(fh, "x\n", 5, 0), -EINVAL);
	is_written(write_at(fh, "c\n", 0, 0), 2); /* back is the end, too */
	is_written(write_at(fh, "d\n", 4, 0), 2);
	ck_assert_int_eq(close_file(fh), 0);
	fh = open_file("t/0", O_WRONLY); /* not anew: pwrite(2) lands at the end */
	is_written(write_at(fh, "e\n", 1000, 0), 2);
	ck_assert_int_eq(close_file(fh), 0);
	fh = open_file("t/0", O_RDWR | O_TRUNC);
	is_written(write_at(fh, "f\n", 7, 0), 2);
	ck_assert_int_eq(close_file(fh), 0);
	fh = open_file("t/0", O_WRONLY | O_TRUNC | O_APPEND);
	is_written(write_at(fh, "g\n", 1000, 0), 2);
	ck_assert_int_eq(close_file(fh), 0);
	ck_assert_str_eq(log_of_t0(), "a|b|c|d|e|f|g|");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("fs_write");

	RIG_CASE(s, "lines", each_line_is_a_record, two_writers_keep_their_lines_whole,
		 many_lines_in_order, a_rest_is_sent_at_the_last_close,
		 a_rest_that_no_flush_saw_is_sent_at_release,
		 a_rest_beside_an_earlier_sessions_writer, cutting_where_the_written_ends_is_fine,
		 fsync_sends_no_rest);
	RIG_CASE(s, "wait", the_first_write_waits_the_next_do_not, a_flush_is_a_barrier,
		 an_interrupted_first_write_returns_its_count);
	RIG_CASE(s, "errors", a_failure_is_told_once, close_tells_the_first_failure,
		 a_time_out_is_told_once, a_pipelined_time_out_is_told_by_the_flush,
		 an_unhealthy_partition_fails_at_once, a_line_too_long_is_refused_whole,
		 producer_errors_are_passed_on);
	RIG_CASE(s, "room", a_full_queue_parks, a_full_queue_of_others_is_tried_again,
		 a_full_queue_is_eagain_without_blocking, in_flight_is_bounded, ro_refuses_writers,
		 one_handle_reads_and_writes, a_hole_is_refused,
		 an_error_of_a_further_part_is_told_again);
	return s;
}

TEST_MAIN(suite)
