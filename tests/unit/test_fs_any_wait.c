/* test_fs_any_wait.c - views of a whole topic: what comes later, and what goes wrong.
 *
 * SPDX-License-Identifier: MIT */
#include <poll.h>

#include "tests/unit/any_rig.h"

/* --- arrivals ------------------------------------------------------------------------ */

START_TEST(growing)
{
	uint64_t fh;

	topic_of(3);
	put_at(0, 10, "a");
	put_at(1, 20, "b");
	mount_it();
	fh = open_view("m/any@earliest");
	reads(fh, 0, 100, "a\nb\n");
	reads(fh, 4, 100, "");
	put_at(2, 5, "c"); /* comes too late to be first */
	comes_to_show(fh, 0, "a\nb\nc\n");
	put_at(0, 30, "d");
	comes_to_show(fh, 4, "c\nd\n");
	fake_gap(c, "m", 1, 4);
	settle();
	now += 100;
	reads(fh, 8, 100, "");
	put_at(1, 30, "e");
	comes_to_show(fh, 0, "a\nb\nc\nd\ne\n");
	ck_assert_int_eq(close_file(fh), 0);
	shows("m/any@earliest..latest", "c\na\nb\nd\ne\n");
}
END_TEST

/* What was written through the mount is there for the next read. */
START_TEST(own_writes)
{
	uint64_t fh, out;

	topic_of(3);
	mount_it();
	fh = open_view("m/any@earliest");
	reads(fh, 0, 100, "");
	out = open_file("m/1", O_WRONLY);
	writes(out, "one\n");
	ck_assert_int_eq(close_file(out), 0);
	reads(fh, 0, 100, "one\n");
	out = open_file("m/any", O_WRONLY);
	writes(out, "two\n");
	ck_assert_int_eq(close_file(out), 0);
	reads(fh, 4, 100, "two\n");
}
END_TEST

START_TEST(arrivals_are_waited_for)
{
	struct fake_poll p = { 0 };
	struct fake_reply *r, *q;
	uint64_t fh;

	topic_of(3);
	put_at(0, 10, "old");
	mount_it();
	fh = open_view("m/any@latest..");
	IS_ERR(read_with(fh, 0, 100, O_NONBLOCK, 1), -EAGAIN);
	r = read_begin(fh, 0, 100);
	NOT_YET(r);
	put_at(2, 1, "new");
	is_data(r, "new\n");
	q = fake_request("poll");
	bfs_fs_poll(fs, q->ticket, fh, &p);
	fake_wait(q);
	ck_assert(!(q->ready & POLLIN));
	fake_reply_free(q);
	put_at(1, 2, "newer");
	TEST_WAIT(p.woken);
	comes_to_show(fh, 0, "new\nnewer\n");
	r = read_begin(fh, 10, 100);
	advance(60000);
	NOT_YET(r);
	fake_interrupt(r);
	IS_ERR(r, -EINTR);
}
END_TEST

/* In which order arrivals came is remembered: byte N stays byte N. */
START_TEST(arrivals_once_more)
{
	int64_t now_time = 1000;
	uint64_t fh;
	char *first;

	seed = test_seed();
	fprintf(stderr, "SEED=%llu\n", (unsigned long long)seed);
	o.memory = 1;
	topic_of(4);
	put_large(200, &now_time);
	mount_it();
	fh = open_view("m/any@earliest..");
	first = malloc(sizeof(want));
	for (size_t at = 0, round = 0; at < want_len || round < 20;) {
		struct fake_reply *r;

		if (at == want_len) {
			now_time -= (int64_t)test_below(&seed, 100);
			fake_gap(c, "m", (int)test_below(&seed, 4), 1);
			put_large(100, &now_time);
			round++;
		}
		r = read_begin(fh, (int64_t)at, 65536);
		fake_wait(r);
		ck_assert_msg(r->kind == FAKE_DATA, "%d", r->err);
		memcpy(first + at, r->data, r->len);
		at += r->len;
		fake_reply_free(r);
	}
	memcpy(want, first, want_len);
	same_view(fh, 100, true);
	same_view(fh, 0, true);
	free(first);
}
END_TEST

/* --- what goes wrong ----------------------------------------------------------------- */

START_TEST(a_topic_that_goes)
{
	struct fake_reply *r;
	uint64_t ino, fh;

	topic_of(3);
	put_at(0, 1, "a");
	mount_it();
	ino = walk("m/any@earliest..");
	fh = view_opened(open_begin(ino, O_RDONLY));
	reads(fh, 0, 100, "a\n");
	r = read_begin(fh, 2, 100);
	NOT_YET(r);
	fake_topic_delete(c, "m");
	IS_ERR(r, -ESTALE);
	ck_assert_ptr_nonnull(strstr(error_of_file(ino), "the topic was deleted"));
	IS_ERR(open_begin(walk("m/any@earliest"), O_RDONLY), -ENOENT);
}
END_TEST

START_TEST(what_expires)
{
	int64_t now_time = 1000;
	uint64_t fh;

	seed = 5;
	o.memory = 1;
	want_len = 0;
	topic_of(3);
	put_large_rising(3000, &now_time);
	mount_it();
	fh = open_view("m/any@earliest");
	same_bytes(fh, 0);
	fake_expire(c, "m", 1, 800);
	IS_ERR(read_begin(fh, 0, 100), -ESTALE);
}
END_TEST

/* Seen at the next place that is remembered. */
START_TEST(what_is_compacted)
{
	int64_t now_time = 1000;
	uint64_t fh;
	int err = 0;

	seed = 5;
	o.memory = 1;
	want_len = 0;
	topic_of(3);
	put_large_rising(3000, &now_time);
	mount_it();
	fh = open_view("m/any@earliest");
	same_bytes(fh, 0);
	for (int64_t i = 0; i < 300; i++)
		fake_compact(c, "m", 1, i);
	reads(fh, (int64_t)want_len - 10, 10, want + want_len - 10);
	for (int64_t at = 0; at < 1500000 && !err; at += 65536)
		err = fake_finish(read_begin(fh, at, 65536));
	ck_assert_int_eq(err, -ESTALE);
}
END_TEST

START_TEST(too_many_feeds)
{
	topic_of(4);
	mount_it();
	fake_feeds_max(c, 3);
	IS_ERR(open_begin(walk("m/any@earliest"), O_RDONLY), -EMFILE);
	TEST_WAIT(!fake_feeds(c));
	fake_feeds_max(c, -1);
	shows("m/any@earliest", "");
}
END_TEST

START_TEST(silent_brokers)
{
	struct fake_reply *r;

	topic_of(3);
	put_at(0, 1, "a");
	put_at(1, 1, "b");
	fake_gap(c, "m", 0, 1);
	mount_it();
	fake_freeze(c, true);
	r = open_begin(walk("m/any@earliest"), O_RDONLY);
	advance(5000);
	IS_ERR(r, -ETIMEDOUT);
	fake_freeze(c, false);
	fake_delay(c, FAKE_FETCH, 1000000); /* it searches, and gets nothing */
	r = open_begin(walk("m/any@-1"), O_RDONLY);
	settle();
	TEST_WAIT(fake_calls(c, FAKE_FETCH) >= 2);
	advance(5000);
	IS_ERR(r, -ETIMEDOUT);
	TEST_WAIT(!fake_feeds(c));
	fake_delay(c, FAKE_FETCH, 0);
	shows("m/any@-1", "b\n");
}
END_TEST

START_TEST(failing_brokers)
{
	topic_of(3);
	put_at(2, 1, "a");
	mount_it();
	fake_fail(c, FAKE_ENDS, -EACCES, "Broker: not allowed", 1);
	IS_ERR(open_begin(walk("m/any@earliest"), O_RDONLY), -EACCES);
	fake_fail(c, FAKE_OFFSET_AT, -EIO, "Broker: on fire", 1);
	IS_ERR(open_begin(walk("m/any@-1h"), O_RDONLY), -EIO);
	fake_fail(c, FAKE_FETCH, -EIO, "Broker: on fire", 1);
	IS_ERR(open_begin(walk("m/any@-1"), O_RDONLY), -EIO);
	fake_fail(c, FAKE_FETCH, -EIO, "Broker: on fire", 1);
	IS_ERR(open_begin(walk("m/any@earliest"), O_RDONLY), -EIO);
	shows("m/any@earliest", "a\n");
	IS_ERR(open_begin(walk("m/any@-1"), O_WRONLY), -EPERM);
	IS_ERR(open_begin(walk("m/any@-1"), O_RDWR), -EPERM);
}
END_TEST

/* Opened, and the mount goes before anything came. */
START_TEST(unmounted_meanwhile)
{
	struct fake_reply *r;
	uint64_t fh;

	topic_of(3);
	put_at(2, 1, "a");
	mount_it();
	fh = open_view("m/any@latest..");
	fake_delay(c, FAKE_FETCH, 1000000);
	r = open_begin(walk("m/any@-1"), O_RDONLY);
	settle();
	(void)fh;
	unmount();
	ck_assert_int_lt(fake_finish(r), 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("fs_any_wait");

	RIG_CASE(s, "arrivals", growing, own_writes, arrivals_are_waited_for, arrivals_once_more);
	RIG_CASE(s, "wrong", a_topic_that_goes, what_expires, what_is_compacted, too_many_feeds,
		 silent_brokers, failing_brokers, unmounted_meanwhile);
	return s;
}

TEST_MAIN(suite)
