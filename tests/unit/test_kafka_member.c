/* test_kafka_member.c - members of the group: partitions, records, acknowledgements, the end.
 *
 * The mock cluster gives a group's first member its partitions after some three seconds, and a
 * second one's often never; so there is one member in each group here.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/kafka_rig.h"

#define PARTITIONS 4
#define EACH       25 /* records in each partition */
#define ALL        (PARTITIONS * EACH)

/* What a member's sink saw. Its functions run on the member's thread. */
struct seen {
	atomic_int assigned, revoked, revoking, records, dries, troubles, closes;
	atomic_int limit; /* room: record() says false at this count */
	atomic_long next[PARTITIONS], committed[PARTITIONS];
	atomic_bool held[PARTITIONS], broken;
	struct bfs_member *member;
};

static int64_t on_assigned(void *owner, int32_t partition, int64_t committed)
{
	struct seen *s = owner;

	bfs_assert_unlocked();
	s->broken |= s->held[partition] || s->closes > 0;
	s->held[partition] = true;
	s->committed[partition] = s->next[partition] = committed;
	s->assigned++;
	return committed;
}

static bool on_record(void *owner, int32_t partition, const struct bfs_record *r)
{
	struct seen *s = owner;

	bfs_assert_unlocked();
	s->broken |= !s->held[partition] || r->offset < s->next[partition] || s->closes > 0;
	s->next[partition] = r->offset + 1;
	return atomic_fetch_add(&s->records, 1) + 1 != s->limit;
}

static void on_dry(void *owner)
{
	((struct seen *)owner)->dries++;
}

static bool on_revoking(void *owner, const int32_t *partitions, int n)
{
	ck_assert_int_ge(n, 1);
	ck_assert_int_ge(partitions[0], 0);
	return atomic_fetch_add(&((struct seen *)owner)->revoking, 1) >= 2;
}

static void on_revoked(void *owner, int32_t partition)
{
	struct seen *s = owner;

	s->broken |= !s->held[partition] || s->closes > 0;
	s->held[partition] = false;
	s->revoked++;
}

static void on_trouble(void *owner, int err, const struct bfs_why *why)
{
	(void)err;
	(void)why;
	((struct seen *)owner)->troubles++;
}

static void on_closed(void *owner)
{
	((struct seen *)owner)->closes++;
}

static const struct bfs_member_sink sink = {
	on_assigned, on_record, on_dry, on_revoking, on_revoked, on_trouble, on_closed,
};

static void on_members(void *arg, int err, const struct bfs_why *why, int members)
{
	((struct rig_answer *)arg)->low = members;
	rig_answered(arg, err, why);
}

static void open_member(struct seen *s)
{
	s->member = rig->ops->member_open(rig, rig_topic, NULL, true, &sink, s);
	ck_assert_ptr_nonnull(s->member);
}

static void close_member(struct seen *s)
{
	rig->ops->member_close(s->member);
	TEST_WAIT(s->closes == 1);
	ck_assert_int_eq(s->revoked, s->assigned);
	ck_assert_int_eq(s->troubles, 0);
	ck_assert(!s->broken);
}

static void acknowledge(struct seen *s)
{
	for (int32_t p = 0; p < PARTITIONS; p++)
		rig->ops->member_acknowledge(s->member, p, s->next[p]);
}

static void settle(struct seen *s)
{
	struct rig_answer a = { 0 };

	rig->ops->member_settle(s->member, rig_in(5000), rig_on_done, &a);
	ck_assert_int_eq(rig_await(&a), 0);
}

static void fill(void)
{
	for (int32_t p = 0; p < PARTITIONS; p++)
		rig_fill(p, EACH);
}

static void up(void)
{
	rig_up(1);
}

static void up_latest(void)
{
	rig_broker(1);
	rig_options.start = BFS_START_LATEST;
	rig_connect();
}

/* --- tests ------------------------------------------------------------------------------------ */

START_TEST(reads_and_commits)
{
	struct seen s = { 0 };

	fill();
	open_member(&s);
	rig->ops->member_join(s.member);
	TEST_WAIT(s.records == ALL && s.dries > 0);
	ck_assert_int_eq(s.assigned, PARTITIONS);
	ck_assert_int_eq(rig_committed(1).commit.offset, BFS_NO_OFFSET);
	acknowledge(&s);
	settle(&s);
	ck_assert_int_eq(rig_committed(1).commit.offset, EACH);
	rig_fill(2, 1);
	TEST_WAIT(s.records == ALL + 1);
	acknowledge(&s);
	TEST_WAIT(rig_committed(2).commit.offset == EACH + 1);
	close_member(&s);
}
END_TEST

START_TEST(closing_commits)
{
	struct seen s = { 0 };

	fill();
	open_member(&s);
	rig->ops->member_join(s.member);
	TEST_WAIT(s.records == ALL);
	acknowledge(&s);
	close_member(&s);
	ck_assert_int_eq(s.revoking, 0);
	for (int32_t p = 0; p < PARTITIONS; p++)
		ck_assert_int_eq(rig_committed(p).commit.offset, EACH);
}
END_TEST

START_TEST(leaving_hands_over)
{
	struct seen s = { 0 };

	fill();
	open_member(&s);
	rig->ops->member_join(s.member);
	TEST_WAIT(s.records == ALL);
	acknowledge(&s);
	rig->ops->member_leave(s.member);
	TEST_WAIT(s.revoked == PARTITIONS);
	ck_assert_int_ge(s.revoking, 3);
	ck_assert_int_eq(rig_committed(3).commit.offset, EACH);
	settle(&s);
	close_member(&s);
}
END_TEST

START_TEST(begins_at_the_commit)
{
	struct seen s = { 0 };

	fill();
	ck_assert_int_eq(rig_commit(0, BFS_NO_OFFSET, 20, "", 5000).err, 0);
	open_member(&s);
	rig->ops->member_join(s.member);
	TEST_WAIT(s.records == ALL - 20);
	ck_assert_int_eq(s.committed[0], 20);
	close_member(&s);
	ck_assert_int_eq(rig_committed(0).commit.offset, 20);
}
END_TEST

/* Its place is committed at once: what comes until the next run is not skipped. */
START_TEST(begins_at_the_latest)
{
	struct seen s = { 0 };

	fill();
	open_member(&s);
	rig->ops->member_join(s.member);
	TEST_WAIT(s.assigned == PARTITIONS);
	TEST_WAIT(rig_committed(1).commit.offset == EACH);
	rig_fill(0, 1);
	TEST_WAIT(s.records == 1);
	close_member(&s);
	ck_assert_int_eq(rig_committed(0).commit.offset, EACH);
}
END_TEST

START_TEST(full_and_resumed)
{
	struct seen s = { .limit = 7 };

	fill();
	open_member(&s);
	rig->ops->member_join(s.member);
	TEST_WAIT(s.records == 7);
	usleep(300000);
	ck_assert_int_eq(s.records, 7);
	s.limit = 0;
	rig->ops->member_resume(s.member);
	TEST_WAIT(s.records == ALL);
	close_member(&s);
}
END_TEST

/* A commit of another kind, to a group that has a member of ours. */
START_TEST(commits_beside_it)
{
	struct seen s = { 0 };
	struct rig_answer a = { 0 };

	open_member(&s);
	rig->ops->member_join(s.member);
	TEST_WAIT(s.assigned == PARTITIONS);
	ck_assert_int_eq(rig_commit(0, BFS_NO_OFFSET, 5, "mine", 5000).err, 0);
	ck_assert_int_eq(rig_committed(0).commit.offset, 5);
	rig->ops->members(rig, rig_group, rig_in(5000), on_members, &a);
	ck_assert_int_eq(rig_await(&a), 0);
	ck_assert_int_eq(a.low, 0);
	close_member(&s);
}
END_TEST

START_TEST(never_joined)
{
	struct seen s = { 0 };

	open_member(&s);
	settle(&s);
	close_member(&s);
}
END_TEST

/* The end of the cluster closes it. */
START_TEST(left_open)
{
	struct seen s = { 0 };
	int64_t began;

	fill();
	open_member(&s);
	rig->ops->member_join(s.member);
	TEST_WAIT(s.records == ALL);
	acknowledge(&s);
	began = bfs_clock_ms();
	bfs_kafka_stop(rig, bfs_clock_ms() + 3000);
	ck_assert_int_lt(bfs_clock_ms() - began, 3000);
	ck_assert_int_eq(s.closes, 1);
	ck_assert_int_eq(s.revoked, PARTITIONS);
	bfs_kafka_free(rig);
	rig_connect();
	ck_assert_int_eq(rig_committed(1).commit.offset, EACH);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("kafka_member");
	TCase *one = tcase_create("one member"), *latest = tcase_create("start=latest");

	tcase_add_checked_fixture(one, up, rig_down);
	tcase_add_checked_fixture(latest, up_latest, rig_down);
	tcase_set_timeout(one, 60);
	tcase_set_timeout(latest, 60);
	tcase_add_test(one, reads_and_commits);
	tcase_add_test(one, closing_commits);
	tcase_add_test(one, leaving_hands_over);
	tcase_add_test(one, begins_at_the_commit);
	tcase_add_test(latest, begins_at_the_latest);
	tcase_add_test(one, full_and_resumed);
	tcase_add_test(one, commits_beside_it);
	tcase_add_test(one, never_joined);
	tcase_add_test(one, left_open);
	suite_add_tcase(s, one);
	suite_add_tcase(s, latest);
	return s;
}

TEST_MAIN(suite)
