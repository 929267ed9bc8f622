/* test_fs_any.c - a whole topic as one file: members of the group, what they take and give back.
 *
 * SPDX-License-Identifier: MIT */
#include <poll.h>

#include "tests/unit/view_rig.h"

static int64_t committed_in(int32_t partition)
{
	return fake_committed(c, "g", "t", partition).offset;
}

static void put(int32_t partition, const char *value)
{
	fake_append(c, "t", partition, value);
}

static void any_rig(void)
{
	fake_topic(c, "u", 1);
	mount_it();
}

static uint64_t open_any(void)
{
	return open_file("t/any", O_RDONLY);
}

/* The next bytes, whatever they are, behind `*at`. */
static char *next(uint64_t fh, int64_t *at, size_t size)
{
	struct fake_reply *r = waited(read_begin(fh, *at, size));
	char *text;

	ck_assert_msg(r->kind == FAKE_DATA, "read: %d", r->err);
	text = strndup(r->data, r->len);
	*at += (int64_t)r->len;
	fake_reply_free(r);
	return text;
}

static void next_is(uint64_t fh, int64_t *at, const char *want)
{
	char *got = next(fh, at, strlen(want));

	ck_assert_str_eq(got, want);
	free(got);
}

/* --- reading ------------------------------------------------------------------------- */

START_TEST(opening_joins_nothing)
{
	put(0, "a");
	any_rig();
	open_any();
	settle();
	ck_assert_int_eq(fake_joined(c), 0);
	ck_assert_int_eq(stat_size(stat_begin(walk("t/any"), 0)), 4096);
	ck_assert_int_eq(fake_fetched(c), 0);
}
END_TEST

START_TEST(reading_on_acknowledges)
{
	int64_t at = 0;
	uint64_t fh;

	put(0, "a");
	put(0, "b");
	put(1, "c");
	any_rig();
	fh = open_any();
	next_is(fh, &at, "a\n");
	ck_assert_int_eq(fake_joined(c), 1);
	advance(300);
	ck_assert_int_eq(committed_in(0), BFS_NO_OFFSET);
	next_is(fh, &at, "b\n");
	advance(300);
	ck_assert_int_eq(committed_in(0), 1);
	next_is(fh, &at, "c\n");
	ck_assert_int_eq(close_file(fh), 0);
	ck_assert_int_eq(committed_in(0), 2);
	ck_assert_int_eq(committed_in(1), BFS_NO_OFFSET);
	settle();
	ck_assert_int_eq(fake_joined(c), 0);
	at = 0;
	next_is(open_any(), &at, "c\n");
}
END_TEST

START_TEST(it_waits_for_arrivals)
{
	struct fake_poll p[2] = { { 0 } };
	struct fake_reply *r;
	int64_t at = 0;
	uint64_t fh;

	any_rig();
	fh = open_any();
	IS_ERR(read_with(fh, 0, 10, O_NONBLOCK, 1), -EAGAIN);
	r = read_begin(fh, 0, 100);
	NOT_YET(r);
	advance(3600000);
	ck_assert(!fake_answered(r));
	put(1, "x");
	is_data(r, "x\n");
	r = read_begin(fh, 2, 100);
	NOT_YET(r);
	fake_interrupt(r);
	IS_ERR(r, -EINTR);
	r = fake_request("poll");
	bfs_fs_poll(fs, r->ticket, fh, &p[0]);
	fake_wait(r);
	ck_assert(!(r->ready & POLLIN));
	fake_reply_free(r);
	put(0, "y");
	settle();
	ck_assert_int_eq(p[0].woken, 1);
	r = fake_request("poll"); /* nobody has read: the next arrival is told, too */
	bfs_fs_poll(fs, r->ticket, fh, &p[1]);
	fake_wait(r);
	ck_assert(r->ready & POLLIN);
	fake_reply_free(r);
	put(0, "z");
	settle();
	ck_assert_int_eq(p[1].woken, 1);
	at = 2;
	next_is(fh, &at, "y\n");
}
END_TEST

/* bash reads a block, takes a line, goes back behind it. */
START_TEST(it_can_be_read_again_down_to_what_is_acknowledged)
{
	uint64_t fh;

	put(0, "one");
	put(0, "two");
	put(0, "three");
	any_rig();
	fh = open_any();
	reads(fh, 0, 100, "one\ntwo\nthree\n");
	reads(fh, 4, 100, "two\nthree\n");
	reads(fh, 8, 100, "three\n");
	advance(300);
	ck_assert_int_eq(committed_in(0), 2);
	IS_ERR(read_begin(fh, 4, 100), -ESTALE);
	IS_ERR(read_begin(fh, 15, 100), -EINVAL);
	ck_assert_ptr_nonnull(strstr(error_of_file(walk("t/any")), "go on at byte 14"));
	reads(fh, 10, 100, "ree\n");
}
END_TEST

START_TEST(acks_of_other_kinds)
{
	int64_t at = 0;
	uint64_t fh;

	o.ack = _i ? BFS_ACK_READ : BFS_ACK_NEVER;
	put(0, "a");
	put(0, "b");
	any_rig();
	fh = open_any();
	next_is(fh, &at, "a\n");
	advance(300);
	ck_assert_int_eq(committed_in(0), _i ? 1 : BFS_NO_OFFSET);
	next_is(fh, &at, "b\n");
	ck_assert_int_eq(close_file(fh), 0);
	ck_assert_int_eq(committed_in(0), _i ? 2 : BFS_NO_OFFSET);
}
END_TEST

START_TEST(formats)
{
	struct bfs_record r = { .timestamp = 5, .key = "k", .key_len = 1 };
	uint64_t fh;

	fake_append_record(c, "t", 1, &r);
	any_rig();
	fh = open_file("t/any.json", O_RDONLY);
	reads(fh, 0, 1000,
	      "{\"topic\":\"t\",\"partition\":1,\"offset\":0,\"timestamp\":5,\"key\":\"k\","
	      "\"value\":null,\"headers\":[]}\n");
	ck_assert_int_eq(close_file(fh), 0);
	fh = open_file("t/any.kv", O_RDWR);
	reads(fh, 0, 100, "k\t\n");
	writes(fh, "c\td\n");
	reads(fh, 3, 100, "c\td\n");
}
END_TEST

/* What is held is bounded, and goes on when there is room. */
START_TEST(a_window_full)
{
	int64_t at = 0, last = 0;
	uint64_t fh;

	o.window = 65536;
	append_many(1000, 1000);
	any_rig();
	fh = open_any();
	next_is(fh, &at, "00000000.");
	settle();
	ck_assert_int_le(fake_fetched(c), 100);
	for (at = 0; at < 1000 * 1000;) {
		char *text = next(fh, &at, 10000);

		last = at;
		free(text);
	}
	ck_assert_int_eq(last, 1000 * 1000);
	ck_assert_int_eq(close_file(fh), 0);
	ck_assert_int_ge(committed_in(0), 980);
}
END_TEST

/* --- sharing ------------------------------------------------------------------------- */

/* A second member gets half; what the first had fetched and not returned is the second's. */
START_TEST(two_share)
{
	int64_t at = 0, bt = 0;
	struct fake_reply *r;
	uint64_t a, b;

	put(0, "a1");
	put(0, "a2");
	put(1, "b1");
	put(1, "b2");
	any_rig();
	a = open_any();
	next_is(a, &at, "a1\n");
	r = read_begin(a, at, 3); /* it comes back, so nothing is held */
	is_data(r, "a2\n");
	at += 3;
	r = read_begin(a, at, 100);
	is_data(r, "b1\nb2\n");
	at += 6;
	b = open_any();
	r = read_begin(b, 0, 100);
	settle();
	NOT_YET(r);
	ck_assert_int_eq(fake_joined(c), 2);
	put(0, "a3");
	put(1, "b3");
	advance(BFS_HANDOVER + 10); /* the first holds b1 and b2 */
	is_data(r, "b1\nb2\nb3\n");
	bt = 9;
	next_is(a, &at, "a3\n");
	put(1, "b4");
	next_is(b, &bt, "b4\n");
	ck_assert_int_eq(close_file(a), 0);
	settle();
	put(0, "a4");
	r = read_begin(b, bt, 100);
	advance(20);
	is_data(r, "a3\na4\n"); /* a3 was returned, and not acknowledged */
}
END_TEST

/* A reader that comes back in time hands over cleanly: nothing twice. */
START_TEST(a_clean_handover)
{
	int64_t at = 0, bt = 0;
	struct fake_reply *r, *q;
	uint64_t a, b;

	put(1, "b1");
	any_rig();
	a = open_any();
	next_is(a, &at, "b1\n");
	b = open_any();
	r = read_begin(b, 0, 100);
	settle();
	ck_assert(!fake_answered(r));
	q = read_begin(a, at, 100); /* acknowledges b1 */
	advance(10);
	ck_assert_int_eq(committed_in(1), 1);
	put(1, "b2");
	is_data(r, "b2\n");
	put(0, "a1");
	is_data(q, "a1\n");
	(void)bt;
}
END_TEST

/* What comes back untouched goes on behind what was returned. */
START_TEST(what_comes_back_is_not_repeated)
{
	int64_t at = 0;
	struct fake_reply *r;
	uint64_t a, b;

	put(0, "a1");
	put(0, "a2");
	any_rig();
	a = open_any();
	next_is(a, &at, "a1\n");
	b = open_any();
	r = read_begin(b, 0, 100);
	advance(10);
	advance(BFS_HANDOVER);
	NOT_YET(r); /* it has partition 1 */
	next_is(a, &at, "a2\n");
	advance(300);
	ck_assert_int_eq(committed_in(0), 1);
	fake_interrupt(r);
	IS_ERR(r, -EINTR);
}
END_TEST

/* Acknowledging what is another's by now means nothing. */
START_TEST(lost_partitions)
{
	int64_t at = 0;
	uint64_t a;

	put(0, "a1");
	put(0, "a2");
	any_rig();
	a = open_any();
	next_is(a, &at, "a1\n");
	fake_commit(c, "g", "t", 0, 2, "another");
	fake_lose_members(c);
	advance(10);
	put(0, "a3");
	next_is(a, &at, "a3\n");
	ck_assert_int_eq(close_file(a), 0);
	ck_assert_int_eq(committed_in(0), 2);
}
END_TEST

/* What a poll had seen is taken away again; the next arrival is news all the same. */
START_TEST(poll_of_what_is_taken_away)
{
	struct fake_poll p = { 0 };
	struct fake_reply *r;
	int64_t at = 0;
	uint64_t a;

	put(0, "a1");
	put(0, "a2");
	put(0, "a3");
	any_rig();
	a = open_any();
	next_is(a, &at, "a1\n");
	r = fake_request("poll");
	bfs_fs_poll(fs, r->ticket, a, &p);
	fake_wait(r);
	ck_assert(r->ready & POLLIN);
	fake_reply_free(r);
	fake_commit(c, "g", "t", 0, 3, "another");
	fake_lose_members(c);
	advance(10);
	ck_assert_int_eq(p.woken, 0);
	put(1, "b");
	settle();
	ck_assert_int_eq(p.woken, 1);
	next_is(a, &at, "b\n");
}
END_TEST

START_TEST(one_that_sleeps_leaves)
{
	int64_t at = 0;
	uint64_t a;

	put(0, "a1");
	put(0, "a2");
	any_rig();
	a = open_any();
	next_is(a, &at, "a1\n");
	advance_by(300000, 100000);
	advance(1);
	settle();
	advance(BFS_HANDOVER);
	ck_assert_int_eq(fake_joined(c), 0);
	next_is(a, &at, "a2\n");
	ck_assert_int_eq(fake_joined(c), 1);
}
END_TEST

/* Waiting is no sleep, however long; but what came then is held, and not read on. */
START_TEST(one_that_waits_stays)
{
	struct fake_reply *r;
	uint64_t a;

	any_rig();
	a = open_any();
	r = read_begin(a, 0, 100);
	for (int i = 0; i < 10; i++)
		advance(200000);
	NOT_YET(r);
	ck_assert_int_eq(fake_joined(c), 1);
	put(0, "a");
	is_data(r, "a\n");
	advance(200000);
	ck_assert_int_eq(fake_joined(c), 1);
	advance(100001);
	advance(BFS_HANDOVER);
	ck_assert_int_eq(fake_joined(c), 0);
}
END_TEST

/* Only who has read waits for the commit. */
START_TEST(a_child_that_inherited_it_does_not_wait)
{
	int64_t at = 0;
	uint64_t a;

	put(0, "a1");
	put(0, "a2");
	any_rig();
	a = open_any();
	next_is(a, &at, "a1\n");
	next_is(a, &at, "a2\n");
	fake_freeze(c, true);
	who.pid = 77;
	IS_ERR(flush_begin(a), 0);
	who.pid = 100;
	fake_freeze(c, false);
	ck_assert_int_eq(close_file(a), 0);
	ck_assert_int_eq(committed_in(0), 1);
}
END_TEST

START_TEST(too_many)
{
	uint64_t a;

	o.max_members = 2;
	o.member_id = (char *)"me";
	any_rig();
	a = open_any();
	open_any();
	IS_ERR(open_begin(walk("t/any"), O_RDONLY), -EMFILE);
	writes(open_file("t/any", O_WRONLY), "still\n");
	release(a);
	open_any();
	o.member_id = NULL;
}
END_TEST

/* --- beside files -------------------------------------------------------------------- */

START_TEST(partitions_are_busy)
{
	uint64_t any, fh, other;

	put(0, "a");
	any_rig();
	fake_append(c, "u", 0, "u");
	fh = open_file("t/0", O_RDONLY);
	reads(fh, 0, 100, "a\n");
	any = open_any();
	IS_ERR(read_begin(any, 0, 100), -EBUSY); /* it is being read as a file */
	ck_assert_int_eq(close_file(fh), 0);
	reads(any, 0, 100, "a\n");
	fh = open_file("t/1", O_RDONLY);
	IS_ERR(read_begin(fh, 0, 100), -EBUSY);
	ck_assert_ptr_nonnull(strstr(error_of_file(walk("t/1")), "t/any"));
	reads(open_ino(walk("t/0@0"), O_RDONLY), 0, 100, "a\n"); /* looking is not */
	other = open_file("u/0", O_RDONLY);
	reads(other, 0, 100, "u\n");
	release(any);
	IS_ERR(read_begin(fh, 0, 100), 0);
}
END_TEST

START_TEST(the_end_of_the_mount)
{
	struct fake_reply *r;
	int64_t at = 0;
	uint64_t a;

	put(0, "a");
	put(0, "b");
	any_rig();
	a = open_any();
	next_is(a, &at, "a\n");
	next_is(a, &at, "b\n");
	r = read_begin(a, at, 100);
	NOT_YET(r);
	unmount();
	IS_ERR(r, -ENODEV);
	ck_assert_int_eq(committed_in(0), 2);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("fs_any");
	TCase *tc = tcase_create("acks");

	RIG_CASE(s, "reading", opening_joins_nothing, reading_on_acknowledges,
		 it_waits_for_arrivals, it_can_be_read_again_down_to_what_is_acknowledged, formats,
		 a_window_full);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, acks_of_other_kinds, 0, 2);
	suite_add_tcase(s, tc);
	RIG_CASE(s, "sharing", two_share, a_clean_handover, what_comes_back_is_not_repeated,
		 lost_partitions, poll_of_what_is_taken_away, one_that_sleeps_leaves,
		 one_that_waits_stays, a_child_that_inherited_it_does_not_wait, too_many);
	RIG_CASE(s, "beside", partitions_are_busy, the_end_of_the_mount);
	return s;
}

TEST_MAIN(suite)
