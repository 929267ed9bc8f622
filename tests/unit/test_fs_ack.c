/* test_fs_ack.c - who reads, what counts as read, what is committed and when.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/fs_rig.h"

/* Ten records of ten bytes, mounted, open for reading. */
static uint64_t ten(void)
{
	append_many(10, 10);
	mount_it();
	return open_file("t/0", O_RDONLY);
}

/* --- acknowledging ------------------------------------------------------------------- */

/* bash: reads a block, goes back to behind the line it took, reads again. */
START_TEST(each_line_when_the_next_is_asked_for)
{
	uint64_t fh = ten();
	struct fake_reply *r;
	int i;

	for (i = 0; i < 10; i++) {
		r = read_begin(fh, i * 10, 4096);
		fake_wait(r);
		ck_assert_uint_eq(r->len, (size_t)(10 - i) * 10);
		fake_reply_free(r);
		ck_assert_int_eq(committed_soon(), i ? i : BFS_NO_OFFSET);
	}
	/* killed here: its kernel closes the file */
	ck_assert_int_eq(close_file(fh), 0);
	ck_assert_int_eq(committed(), 9);
}
END_TEST

START_TEST(opening_and_looking_acknowledge_nothing)
{
	uint64_t fh = ten(), ino = walk("t/0");
	int i;

	for (i = 0; i < 5; i++) {
		stat_size(stat_begin(ino, 0));
		advance(1000);
	}
	stat_size(stat_begin(ino, fh));
	ck_assert_int_eq(close_file(fh), 0);
	ck_assert_int_eq(fake_calls(c, FAKE_COMMIT), 0);
}
END_TEST

START_TEST(one_read_acknowledges_nothing)
{
	uint64_t fh = ten();

	reads(fh, 0, 10, "00000000.\n");
	ck_assert_int_eq(close_file(fh), 0);
	ck_assert_int_eq(committed(), BFS_NO_OFFSET);
}
END_TEST

START_TEST(half_a_record_is_none)
{
	uint64_t fh = ten();

	reads(fh, 0, 15, "00000000.\n00000");
	reads(fh, 15, 4, "001.");
	ck_assert_int_eq(committed_soon(), 1);
	reads(fh, 19, 1, "\n");
	ck_assert_int_eq(committed_soon(), 1);
	reads(fh, 20, 1, "0");
	ck_assert_int_eq(committed_soon(), 2);
}
END_TEST

/* What no read returned is not acknowledged, wherever one reads on. */
START_TEST(acknowledgement_is_contiguous)
{
	uint64_t fh = ten();

	reads(fh, 50, 10, "00000005.\n");
	reads(fh, 60, 40, "00000006.\n00000007.\n00000008.\n00000009.\n");
	reads(fh, 100, 10, "");
	ck_assert_int_eq(committed_soon(), BFS_NO_OFFSET);
	reads(fh, 0, 20, "00000000.\n00000001.\n");
	reads(fh, 100, 10, "");
	ck_assert_int_eq(committed_soon(), 2);
	reads(fh, 20, 30, "00000002.\n00000003.\n00000004.\n");
	reads(fh, 100, 10, "");
	ck_assert_int_eq(committed_soon(), 10);
}
END_TEST

START_TEST(reading_back_takes_nothing_back)
{
	uint64_t fh = ten();

	reads(fh, 0, 30, "00000000.\n00000001.\n00000002.\n");
	reads(fh, 30, 10, "00000003.\n");
	reads(fh, 0, 10, "00000000.\n");
	ck_assert_int_eq(committed_soon(), 3);
}
END_TEST

START_TEST(an_idle_follower_acknowledges)
{
	uint64_t fh = ten(), ino = walk("t/0");

	reads(fh, 0, 100,
	      "00000000.\n00000001.\n00000002.\n00000003.\n00000004.\n"
	      "00000005.\n00000006.\n00000007.\n00000008.\n00000009.\n");
	stat_size(stat_begin(ino, 0));
	advance(999);
	stat_size(stat_begin(ino, 0));
	ck_assert_int_eq(committed_soon(), BFS_NO_OFFSET); /* not idle for long */
	advance(500);
	who.pid = 200; /* somebody else looks */
	stat_size(stat_begin(ino, 0));
	stat_size(stat_begin(ino, 0));
	ck_assert_int_eq(committed_soon(), BFS_NO_OFFSET);
	who.pid = 100;
	stat_size(stat_begin(ino, 0));
	ck_assert_int_eq(committed_soon(), 10);
}
END_TEST

START_TEST(a_follower_that_is_not_at_the_end_does_not)
{
	uint64_t fh = ten(), ino = walk("t/0");

	reads(fh, 0, 10, "00000000.\n");
	advance(2000);
	stat_size(stat_begin(ino, 0));
	stat_size(stat_begin(ino, 0));
	stat_size(stat_begin(ino, 0));
	ck_assert_int_eq(committed_soon(), BFS_NO_OFFSET);
}
END_TEST

START_TEST(ack_next_ignores_looks)
{
	uint64_t fh, ino;

	o.ack = BFS_ACK_NEXT;
	fake_append(c, "t", 0, "a");
	mount_it();
	fh = open_file("t/0", O_RDONLY);
	ino = walk("t/0");
	reads(fh, 0, 10, "a\n");
	advance(2000);
	stat_size(stat_begin(ino, 0));
	stat_size(stat_begin(ino, 0));
	stat_size(stat_begin(ino, 0));
	ck_assert_int_eq(committed_soon(), BFS_NO_OFFSET);
	reads(fh, 2, 10, "");
	ck_assert_int_eq(committed_soon(), 1);
}
END_TEST

START_TEST(ack_read_acknowledges_at_once)
{
	uint64_t fh;

	o.ack = BFS_ACK_READ;
	fh = ten();
	reads(fh, 0, 25, "00000000.\n00000001.\n00000");
	ck_assert_int_eq(committed_soon(), 2);
}
END_TEST

START_TEST(never_and_ro_commit_nothing)
{
	if (_i)
		o.ro = true;
	else
		o.ack = BFS_ACK_NEVER;
	uint64_t fh = ten(), ino = walk("t/0");

	reads(fh, 0, 10, "00000000.\n");
	reads(fh, 100, 10, "");
	advance(2000);
	stat_size(stat_begin(ino, 0));
	stat_size(stat_begin(ino, 0));
	ck_assert_int_eq(close_file(fh), 0);
	unmount();
	ck_assert_int_eq(fake_calls(c, FAKE_COMMIT), 0);
}
END_TEST

/* --- committing ---------------------------------------------------------------------- */

START_TEST(commits_are_coalesced)
{
	uint64_t fh = ten();
	int i;

	for (i = 0; i < 10; i++) {
		struct fake_reply *r = read_begin(fh, i * 10, 10);

		fake_wait(r);
		fake_reply_free(r);
		settle();
	}
	ck_assert_int_eq(fake_calls(c, FAKE_COMMIT), 1);
	ck_assert_int_eq(committed(), 1);
	advance(BFS_COMMIT_EVERY - 1);
	ck_assert_int_eq(fake_calls(c, FAKE_COMMIT), 1);
	advance(1);
	ck_assert_int_eq(fake_calls(c, FAKE_COMMIT), 2);
	ck_assert_int_eq(committed(), 9);
}
END_TEST

/* The fake cluster dies at a second one. */
START_TEST(one_commit_in_flight)
{
	uint64_t fh = ten();
	int i;

	fake_delay(c, FAKE_COMMIT, 1000);
	for (i = 0; i < 10; i++) {
		reads(fh, i * 10, 1, "0");
		reads(fh, i * 10 + 1, 9,
		      i == 0 ? "0000000.\n"
			     : (char[]){ '0', '0', '0', '0', '0', '0', '0', (char)('0' + i), '.',
					 '\n', 0 } +
				       1);
		advance(BFS_COMMIT_EVERY);
	}
	ck_assert_int_le(fake_calls(c, FAKE_COMMIT), 3);
	advance_by(3000, 500);
	ck_assert_int_eq(committed(), 9);
}
END_TEST

START_TEST(close_waits_for_the_commit)
{
	struct fake_reply *r;
	uint64_t fh = ten();

	reads(fh, 0, 30, "00000000.\n00000001.\n00000002.\n");
	fake_delay(c, FAKE_COMMIT, 1000);
	reads(fh, 30, 10, "00000003.\n");
	r = flush_begin(fh);
	NOT_YET(r);
	advance(1000);
	IS_ERR(r, 0);
	ck_assert_int_eq(committed(), 3);
	reads(open_file("t/0", O_RDONLY), 0, 10, "00000003.\n");
}
END_TEST

START_TEST(a_close_that_fails_says_so)
{
	struct fake_reply *r;
	uint64_t fh = ten();

	reads(fh, 0, 10, "00000000.\n");
	fake_fail(c, FAKE_COMMIT, -EIO, "Broker: no", 1);
	reads(fh, 10, 10, "00000001.\n");
	settle();
	fake_fail(c, FAKE_COMMIT, -EIO, "Broker: no", -1);
	r = flush_begin(fh);
	advance(1000); /* it may have come after the first refusal: then it waits for the next */
	IS_ERR(r, -EIO);
	fake_fail(c, FAKE_COMMIT, 0, NULL, 0);
	reads(open_file("t/0", O_RDONLY), 0, 10, "00000001.\n"); /* tried again before it began */
	ck_assert_int_eq(committed(), 1);
}
END_TEST

START_TEST(a_failed_commit_is_repeated)
{
	uint64_t fh = ten();

	reads(fh, 0, 10, "00000000.\n");
	fake_fail(c, FAKE_COMMIT, -EIO, "Broker: no", 1);
	reads(fh, 10, 10, "00000001.\n");
	settle();
	ck_assert_int_eq(committed(), BFS_NO_OFFSET);
	advance(1000);
	ck_assert_int_eq(committed(), 1);
}
END_TEST

/* A commit that timed out may still arrive; ours after it is known as ours. */
START_TEST(a_late_commit_is_our_own)
{
	uint64_t fh = ten();

	reads(fh, 0, 10, "00000000.\n");
	fake_late_commits(c, true);
	fake_freeze(c, true);
	reads(fh, 10, 10, "00000001.\n");
	advance(5000);
	fake_freeze(c, false);
	settle();
	ck_assert_int_eq(committed(), 1);
	reads(fh, 20, 10, "00000002.\n");
	advance(1000);
	ck_assert_int_eq(committed(), 2);
	ck_assert_int_eq(close_file(fh), 0);
}
END_TEST

/* --- one reader ---------------------------------------------------------------------- */

START_TEST(the_second_reader_is_busy)
{
	uint64_t a = ten(), b = open_file("t/0", O_RDONLY);
	struct fake_reply *r;

	reads(a, 0, 10, "00000000.\n");
	r = read_begin(b, 0, 10);
	advance(BFS_CLAIM_WAIT - 1);
	ck_assert(!fake_answered(r));
	advance(1);
	IS_ERR(r, -EBUSY);
	reads(a, 10, 10, "00000001.\n");
	reads(open_file("t/1", O_RDONLY), 0, 10, ""); /* another partition */
}
END_TEST

/* A handle that waits for the claim of an ended session is told; the next session gets it. */
START_TEST(the_claim_is_handed_over)
{
	uint64_t a = ten(), b = open_file("t/0", O_RDONLY), next;
	struct fake_reply *r;

	reads(a, 0, 10, "00000000.\n");
	reads(a, 10, 10, "00000001.\n");
	r = read_begin(b, 0, 10);
	NOT_YET(r);
	fake_commit(c, "g", "t", 0, 5, "another mount");
	reads(a, 20, 10, "00000002.\n");
	advance(BFS_COMMIT_EVERY);
	IS_ERR(read_begin(a, 30, 10), -EBUSY); /* its session is over, and its claim */
	IS_ERR(r, -ESTALE);
	next = open_file("t/0", O_RDONLY);
	reads(next, 0, 10, "00000005.\n");
	IS_ERR(read_begin(a, 30, 10), -ESTALE);
	release(a);
	reads(next, 10, 10, "00000006.\n");
}
END_TEST

/* Another name's session, in which nobody has read yet, goes on behind what was acknowledged here:
 * who opened beside a reader and then waits for it is served. */
START_TEST(who_waits_under_another_name_reads_on)
{
	uint64_t a, b, ino;
	struct fake_reply *r;

	append_many(100, 10);
	mount_it();
	a = open_file("t/0@..", O_RDONLY);
	reads(a, 0, 10, "00000000.\n");
	ino = walk("t/0");
	b = open_ino(ino, O_RDONLY);
	ck_assert_int_eq(stat_size(stat_begin(ino, b)), 1000);
	if (_i) /* else it began in the right place */
		reads(a, 10, 10, "00000001.\n");
	r = read_begin(b, 0, 10);
	NOT_YET(r);
	release(a);
	is_data(r, _i ? "00000001.\n" : "00000000.\n");
	reads(b, 10, 10, _i ? "00000002.\n" : "00000001.\n");
	ck_assert_int_eq(committed_soon(), _i ? 2 : 1);
	ck_assert_int_eq(stat_size(stat_begin(ino, b)), 1000 - 10 * _i);
	ck_assert_int_eq(close_file(b), 0);
}
END_TEST

/* The same, when its question where the group stands is still on its way. */
START_TEST(who_opens_beside_a_close_begins_behind_it)
{
	uint64_t a, b;
	struct fake_reply *r;

	append_many(100, 10);
	mount_it();
	a = open_file("t/0@..", O_RDONLY);
	reads(a, 0, 20, "00000000.\n00000001.\n");
	fake_delay(c, FAKE_COMMITTED, 100);
	r = open_begin(walk("t/0"), O_RDONLY);
	NOT_YET(r);
	reads(a, 20, 10, "00000002.\n");
	release(a);
	advance(100);
	b = opened(r);
	reads(b, 0, 10, "00000002.\n");
	reads(b, 10, 10, "00000003.\n");
	ck_assert_int_eq(committed_soon(), 3);
}
END_TEST

START_TEST(close_ends_the_session)
{
	uint64_t ino, a = ten(), idle;

	ino = walk("t/0");
	idle = open_ino(ino, O_RDONLY);
	reads(a, 0, 20, "00000000.\n00000001.\n");
	reads(a, 20, 10, "00000002.\n");
	ck_assert_int_eq(fake_finish(flush_begin(a)), 0); /* RELEASE comes later */
	ck_assert_uint_ne(walk("t/0"), ino);
	reads(open_file("t/0", O_RDONLY), 0, 10, "00000002.\n");
	IS_ERR(read_begin(idle, 0, 10), -ESTALE);
	release(a);
	IS_ERR(open_begin(ino, O_RDONLY), -ESTALE);
}
END_TEST

START_TEST(a_close_that_is_not_the_last_ends_nothing)
{
	uint64_t a = ten();

	held_says = 1;
	reads(a, 0, 20, "00000000.\n00000001.\n");
	ck_assert_int_eq(fake_finish(flush_begin(a)), 0);
	ck_assert_int_eq(held_asked, 1);
	reads(a, 20, 10, "00000002.\n");
	release(a); /* told by the release */
	ck_assert_int_eq(committed_soon(), 2);
	reads(open_file("t/0", O_RDONLY), 0, 10, "00000002.\n");
}
END_TEST

/* The session goes on until RELEASE, but what was acknowledged is waited for. */
START_TEST(a_close_that_may_be_the_last_reports)
{
	uint64_t a = ten();

	held_says = -1;
	reads(a, 0, 100,
	      "00000000.\n00000001.\n00000002.\n00000003.\n00000004.\n"
	      "00000005.\n00000006.\n00000007.\n00000008.\n00000009.\n");
	fake_commit(c, "g", "t", 0, 7, "another mount");
	fake_delay(c, FAKE_COMMIT, 50);
	reads(a, 100, 10, "");
	fake_delay(c, FAKE_COMMIT, 0);
	advance(60);
	ck_assert_int_eq(fake_finish(flush_begin(a)), -EBUSY);
	release(a);
	ck_assert_int_eq(committed(), 7);
}
END_TEST

/* A child that has ended read it; its parent may have the descriptor. */
START_TEST(parents_of_readers_may_hold_the_file)
{
	uint64_t a = ten();

	who.pid = 55;
	reads(a, 0, 10, "00000000.\n");
	reads(a, 10, 10, "00000001.\n");
	who.pid = 56;
	reads(a, 20, 10, "00000002.\n");
	who.pid = 100;
	ck_assert_int_eq(fake_finish(flush_begin(a)), 0);
	ck_assert_str_eq(held_pids, "55 1055 56 1056 ");
}
END_TEST

/* What others do to the group in the meantime counts. */
START_TEST(an_idle_handle_pins_nothing)
{
	uint64_t idle = ten(), fh;

	advance(BFS_JOIN + 1);
	fake_commit(c, "g", "t", 0, 5, "another mount");
	IS_ERR(open_begin(walk("t/0"), O_RDONLY), -ESTALE); /* the kernel looks it up again */
	fh = open_file("t/0", O_RDONLY);
	reads(fh, 0, 10, "00000005.\n");
	reads(fh, 10, 10, "00000006.\n");
	ck_assert_int_eq(committed_soon(), 6);
	IS_ERR(read_begin(idle, 0, 10), -ESTALE);
}
END_TEST

/* A reader that is never at rest, with a slow broker, keeps nobody from opening. */
START_TEST(an_open_beside_a_busy_reader)
{
	uint64_t fh;
	struct fake_reply *r;

	append_many(1000, 10);
	mount_it();
	fh = open_file("t/0", O_RDONLY);
	fake_delay(c, FAKE_COMMIT, 100);
	for (int i = 0; i < 20; i++) {
		fake_reply_free(waited(read_begin(fh, 10 * i, 10)));
		advance(40);
	}
	r = open_begin(walk("t/0.json"), O_RDONLY);
	settle();
	ck_assert(fake_answered(r));
	opened(r);
	fake_delay(c, FAKE_COMMIT, 0);
	advance(200);
}
END_TEST

START_TEST(close_can_be_repeated)
{
	uint64_t a = ten();

	reads(a, 0, 10, "00000000.\n");
	reads(a, 10, 10, "00000001.\n");
	ck_assert_int_eq(fake_finish(flush_begin(a)), 0);
	ck_assert_int_eq(fake_finish(flush_begin(a)), 0);
	ck_assert_int_eq(close_file(a), 0);
	ck_assert_int_eq(committed(), 1);
}
END_TEST

START_TEST(opens_without_reads_share_a_session)
{
	uint64_t ino, a = ten(), b;

	ino = walk("t/0");
	b = open_ino(ino, O_RDONLY);
	ck_assert_int_eq(close_file(b), 0);
	ck_assert_uint_eq(walk("t/0"), ino);
	ck_assert_int_eq(fake_feeds(c), 1);
	ck_assert_int_eq(close_file(a), 0); /* nobody has it open */
	settle();
	ck_assert_int_eq(fake_feeds(c), 0);
	ck_assert_uint_ne(walk("t/0"), ino);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("fs_ack");
	TCase *tc;

	RIG_CASE(s, "read", each_line_when_the_next_is_asked_for,
		 opening_and_looking_acknowledge_nothing, one_read_acknowledges_nothing,
		 half_a_record_is_none, acknowledgement_is_contiguous,
		 reading_back_takes_nothing_back, an_idle_follower_acknowledges,
		 a_follower_that_is_not_at_the_end_does_not, ack_next_ignores_looks,
		 ack_read_acknowledges_at_once);
	tc = tcase_create("never");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, never_and_ro_commit_nothing, 0, 2);
	suite_add_tcase(s, tc);
	RIG_CASE(s, "commit", commits_are_coalesced, one_commit_in_flight,
		 close_waits_for_the_commit, a_close_that_fails_says_so,
		 a_failed_commit_is_repeated, a_late_commit_is_our_own);
	RIG_CASE(s, "claim", the_second_reader_is_busy, the_claim_is_handed_over,
		 close_ends_the_session, a_close_that_is_not_the_last_ends_nothing,
		 close_can_be_repeated, opens_without_reads_share_a_session,
		 a_close_that_may_be_the_last_reports, parents_of_readers_may_hold_the_file,
		 an_idle_handle_pins_nothing, an_open_beside_a_busy_reader,
		 who_opens_beside_a_close_begins_behind_it);
	tc = tcase_create("rivals");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, who_waits_under_another_name_reads_on, 0, 2);
	suite_add_tcase(s, tc);
	return s;
}

TEST_MAIN(suite)
