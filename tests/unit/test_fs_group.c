/* test_fs_group.c - others in the group: who moved it, who lives in it; what is kept alive in it.
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

/* --- others in the group ------------------------------------------------------------- */

START_TEST(a_moved_group_is_busy_once)
{
	uint64_t fh = ten(), ino = walk("t/0");

	reads(fh, 0, 10, "00000000.\n");
	reads(fh, 10, 10, "00000001.\n");
	settle();
	fake_commit(c, "g", "t", 0, 7, "another mount");
	reads(fh, 20, 10, "00000002.\n");
	advance(BFS_COMMIT_EVERY);
	ck_assert_int_eq(committed(), 7); /* dropped */
	IS_ERR(read_begin(fh, 30, 10), -EBUSY);
	ck_assert_ptr_nonnull(strstr(error_of_file(ino), "moved"));
	IS_ERR(read_begin(fh, 30, 10), -ESTALE);
	ck_assert_int_eq(close_file(fh), 0);
	fh = open_file("t/0", O_RDONLY);
	reads(fh, 0, 10, "00000007.\n");
	reads(fh, 10, 10, "00000008.\n");
	ck_assert_int_eq(committed_soon(), 8);
}
END_TEST

START_TEST(a_moved_group_is_busy_at_close)
{
	uint64_t fh = ten();

	reads(fh, 0, 10, "00000000.\n");
	fake_commit(c, "g", "t", 0, 7, "another mount");
	reads(fh, 100, 10, "");
	ck_assert_int_eq(close_file(fh), -EBUSY);
	ck_assert_int_eq(committed(), 7);
	reads(open_file("t/0", O_RDONLY), 0, 10, "00000007.\n");
}
END_TEST

START_TEST(live_members_are_busy)
{
	uint64_t fh = ten();

	reads(fh, 0, 10, "00000000.\n");
	fake_members(c, "g", true); /* one joins */
	reads(fh, 10, 10, "00000001.\n");
	settle();
	IS_ERR(read_begin(fh, 20, 10), -EBUSY);
	ck_assert_int_eq(committed(), BFS_NO_OFFSET);
}
END_TEST

/* Told by the first read, before a byte; the session is over, for members move the offset. */
START_TEST(live_members_are_busy_at_once)
{
	uint64_t fh, ino;

	fake_members(c, "g", true);
	fh = ten();
	ino = walk("t/0");
	IS_ERR(read_begin(fh, 0, 10), -EBUSY);
	ck_assert_ptr_nonnull(strstr(error_of_file(ino), "group g has 1 live member,"));
	IS_ERR(read_begin(fh, 0, 10), -ESTALE);
	IS_ERR(read_begin(open_file("t/1", O_RDONLY), 0, 10), -EBUSY);
	ck_assert_int_eq(fake_calls(c, FAKE_MEMBERS), 1);
	fake_members(c, "g", false);
	fake_commit(c, "g", "t", 0, 6, "a member");
	advance(BFS_ROLL_EVERY);
	reads(open_file("t/0", O_RDONLY), 0, 10, "00000006.\n"); /* fh is open and pins nothing */
	ck_assert_int_eq(fake_calls(c, FAKE_MEMBERS), 2);
}
END_TEST

/* Once a second for all partitions, and never for a handle that reads already. */
START_TEST(the_roll_is_called_once_a_second)
{
	uint64_t a = ten(), b = open_file("t/1", O_RDONLY);
	struct fake_reply *r, *q;

	settle();
	ck_assert_int_eq(fake_calls(c, FAKE_MEMBERS), 0); /* not for an open */
	fake_delay(c, FAKE_MEMBERS, 300);
	r = read_begin(a, 0, 10);
	q = read_begin(b, 0, 10);
	NOT_YET(r);
	NOT_YET(q);
	advance(300);
	is_data(r, "00000000.\n");
	is_data(q, "");
	ck_assert_int_eq(close_file(b), 0);
	advance(BFS_ROLL_EVERY - 301);
	reads(open_file("t/1", O_RDONLY), 0, 10, "");
	advance(60000);
	reads(a, 10, 10, "00000001.\n");
	ck_assert_int_eq(fake_calls(c, FAKE_MEMBERS), 1);
}
END_TEST

/* The commit will find out. Nobody is made to wait again soon. */
START_TEST(a_roll_without_answer_is_no_trouble)
{
	uint64_t a = ten(), b = open_file("t/1", O_RDONLY);
	struct fake_reply *r;

	if (_i)
		fake_fail(c, FAKE_MEMBERS, -EACCES, "Broker: Group authorization failed", -1);
	else
		fake_delay(c, FAKE_MEMBERS, 100000);
	fake_members(c, "g", true);
	r = read_begin(a, 0, 10);
	if (!_i)
		NOT_YET(r);
	advance(BFS_ROLL_WAIT);
	is_data(r, "00000000.\n");
	reads(b, 0, 10, "");
	ck_assert_int_eq(fake_calls(c, FAKE_MEMBERS), 1);
	reads(a, 10, 10, "00000001.\n");
	settle();
	IS_ERR(read_begin(a, 20, 10), -EBUSY);
}
END_TEST

/* Who only looks disturbs no members, and minds none. */
START_TEST(passive_readers_mind_no_members)
{
	if (_i)
		o.ro = true;
	else
		o.ack = BFS_ACK_NEVER;
	fake_members(c, "g", true);
	reads(ten(), 0, 10, "00000000.\n");
	ck_assert_int_eq(fake_calls(c, FAKE_MEMBERS), 0);
}
END_TEST

START_TEST(a_first_read_is_interrupted)
{
	uint64_t a = ten(), b = open_file("t/0", O_RDONLY);
	struct fake_reply *r;

	fake_delay(c, FAKE_MEMBERS, 500);
	r = read_begin(a, 0, 10);
	NOT_YET(r);
	fake_interrupt(r);
	IS_ERR(r, -EINTR);
	r = read_begin(b, 0, 10); /* the claim is free */
	advance(500);
	is_data(r, "00000000.\n");
}
END_TEST

/* Its turn comes with a roll call of its own. */
START_TEST(who_takes_over_meets_members)
{
	uint64_t a = ten(), b;
	struct fake_reply *r;

	reads(a, 0, 10, "00000000.\n");
	ck_assert_int_eq(fake_finish(flush_begin(a)), 0); /* its release is on the way */
	b = open_file("t/0", O_RDONLY);
	reads(b, 0, 10, "00000000.\n");
	r = read_begin(open_file("t/0", O_RDONLY), 0, 10);
	NOT_YET(r);
	fake_members(c, "g", true);
	advance(BFS_ROLL_EVERY - 1);
	ck_assert(!fake_answered(r));
	release(b);
	settle();
	ck_assert(fake_answered(r));
	fake_reply_free(r);
	release(a);
}
END_TEST

/* --- kept alive ---------------------------------------------------------------------- */

START_TEST(commits_are_repeated_daily)
{
	uint64_t fh = ten();
	int before, day;

	reads(fh, 0, 10, "00000000.\n");
	reads(fh, 10, 10, "00000001.\n");
	ck_assert_int_eq(close_file(fh), 0);
	before = fake_calls(c, FAKE_COMMIT);
	for (day = 1; day <= 2; day++) {
		advance_by(BFS_REPEAT_AFTER - 2 * BFS_REPEAT_LOOK, BFS_REPEAT_LOOK);
		ck_assert_int_eq(fake_calls(c, FAKE_COMMIT), before + day - 1);
		advance_by(3 * BFS_REPEAT_LOOK, BFS_REPEAT_LOOK);
		ck_assert_int_eq(fake_calls(c, FAKE_COMMIT), before + day);
		ck_assert_int_eq(committed(), 1);
	}
	reads(open_file("t/0", O_RDONLY), 0, 10, "00000001.\n");
}
END_TEST

/* What an earlier mount committed lives on with who reads here; an open alone keeps nothing. */
START_TEST(found_commits_are_repeated)
{
	uint64_t fh;

	fake_commit(c, "g", "t", 0, 4, "an earlier mount");
	fake_commit(c, "g", "t", 1, 0, "an earlier mount");
	fh = ten();
	open_file("t/1", O_RDONLY);
	reads(fh, 0, 10, "00000004.\n");
	advance_by(2 * BFS_REPEAT_AFTER, BFS_REPEAT_LOOK);
	ck_assert_int_ge(fake_calls(c, FAKE_COMMIT), 1);
	ck_assert_int_le(fake_calls(c, FAKE_COMMIT), 2);
	ck_assert_str_ne(fake_committed(c, "g", "t", 0).metadata, "an earlier mount");
	ck_assert_int_eq(committed(), 4);
	ck_assert_str_eq(fake_committed(c, "g", "t", 1).metadata, "an earlier mount");
}
END_TEST

/* It went with its topic, or was deleted. */
START_TEST(an_offset_that_is_gone_ends_the_session)
{
	uint64_t fh = ten();

	reads(fh, 0, 10, "00000000.\n");
	reads(fh, 10, 10, "00000001.\n");
	settle();
	fake_commit(c, "g", "t", 0, BFS_NO_OFFSET, "");
	reads(fh, 20, 10, "00000002.\n");
	advance(BFS_COMMIT_EVERY);
	IS_ERR(read_begin(fh, 30, 10), -ESTALE);
	ck_assert_int_eq(committed(), BFS_NO_OFFSET);
	ck_assert_int_eq(close_file(fh), 0);
	reads(open_file("t/0", O_RDONLY), 0, 10, "00000000.\n");
}
END_TEST

/* Nobody reads here any more: there is nobody to tell, and no reason to go on. */
START_TEST(a_moved_group_is_left_alone)
{
	uint64_t fh = ten();
	int before;

	reads(fh, 0, 10, "00000000.\n");
	reads(fh, 10, 10, "00000001.\n");
	ck_assert_int_eq(close_file(fh), 0);
	if (_i)
		fake_members(c, "g", true);
	else
		fake_commit(c, "g", "t", 0, 7, "somebody else");
	before = fake_calls(c, FAKE_COMMIT);
	advance_by(3 * BFS_REPEAT_AFTER, BFS_REPEAT_LOOK);
	ck_assert_int_eq(fake_calls(c, FAKE_COMMIT), before + 1);
	ck_assert_int_eq(committed(), _i ? 1 : 7);
	fake_members(c, "g", false);
	fh = open_file("t/0", O_RDONLY);
	reads(fh, 0, 10, _i ? "00000001.\n" : "00000007.\n");
	ck_assert_int_eq(close_file(fh), 0);
}
END_TEST

START_TEST(a_follower_hears_of_it)
{
	uint64_t fh = ten();

	reads(fh, 0, 10, "00000000.\n");
	reads(fh, 10, 10, "00000001.\n");
	settle();
	fake_commit(c, "g", "t", 0, 7, "somebody else");
	advance_by(BFS_REPEAT_AFTER + BFS_REPEAT_LOOK, BFS_REPEAT_LOOK);
	ck_assert_int_eq(committed(), 7);
	IS_ERR(read_begin(fh, 20, 10), -EBUSY);
}
END_TEST

/* The broker is away at that hour: the next look tries again. */
START_TEST(a_repeat_that_failed_is_due_again)
{
	uint64_t fh = ten();
	int before;

	reads(fh, 0, 10, "00000000.\n");
	reads(fh, 10, 10, "00000001.\n");
	ck_assert_int_eq(close_file(fh), 0);
	before = fake_calls(c, FAKE_COMMIT);
	fake_fail(c, FAKE_COMMIT, -EIO, "Broker: no", 2);
	advance_by(BFS_REPEAT_AFTER + 4 * BFS_REPEAT_LOOK, BFS_REPEAT_LOOK);
	ck_assert_int_eq(fake_calls(c, FAKE_COMMIT), before + 3);
	ck_assert_int_eq(committed(), 1);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("fs_group");
	TCase *tc;

	RIG_CASE(s, "others", a_moved_group_is_busy_once, a_moved_group_is_busy_at_close,
		 an_offset_that_is_gone_ends_the_session, live_members_are_busy,
		 live_members_are_busy_at_once, the_roll_is_called_once_a_second,
		 a_first_read_is_interrupted, who_takes_over_meets_members);
	tc = tcase_create("members");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, a_roll_without_answer_is_no_trouble, 0, 2);
	tcase_add_loop_test(tc, passive_readers_mind_no_members, 0, 2);
	tcase_add_loop_test(tc, a_moved_group_is_left_alone, 0, 2);
	suite_add_tcase(s, tc);
	RIG_CASE(s, "repeat", commits_are_repeated_daily, found_commits_are_repeated,
		 a_follower_hears_of_it, a_repeat_that_failed_is_due_again);
	return s;
}

TEST_MAIN(suite)
