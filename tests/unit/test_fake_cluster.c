/* test_fake_cluster.c - the fake cluster answers questions as the real one, and notices misuse.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/fake_seen.h"

static void on_topics(void *arg, int err, const struct bfs_why *why,
		      const struct bfs_topic_info *topics, size_t n)
{
	size_t i;

	saw("%s:%d%s", (char *)arg, err, err ? why->text : "");
	for (i = 0; i < n; i++)
		saw(" %s/%d", topics[i].name, (int)topics[i].partitions);
	saw("; ");
}

static void on_ends(void *arg, int err, const struct bfs_why *why, int64_t low, int64_t end)
{
	(void)why;
	saw("%s:%d %lld-%lld; ", (char *)arg, err, (long long)low, (long long)end);
}

static void on_committed(void *arg, int err, const struct bfs_why *why, const struct bfs_commit *at)
{
	(void)why;
	saw("%s:%d %lld '%s'; ", (char *)arg, err, (long long)at->offset, at->metadata);
}

static void on_done(void *arg, int err, const struct bfs_why *why)
{
	(void)why;
	saw("%s:%d; ", (char *)arg, err);
}

static void commit(int64_t expect, int64_t to, const char *metadata)
{
	struct bfs_commit e = { .offset = expect }, t = { .offset = to };

	strcpy(t.metadata, metadata);
	ops->commit(cl, "g", "t", 0, &e, &t, now + 100, on_done, "commit");
}

START_TEST(topics_and_ends)
{
	ops->topics(cl, now + 100, on_topics, "all");
	EXPECT("all:0 t/2; ");
	fake_topic(c, "t", 3);
	fake_topic(c, "u", 1);
	ops->topics(cl, now + 100, on_topics, "all");
	EXPECT("all:0 t/3 u/1; ");

	ck_assert_int_eq(fake_append(c, "t", 1, "a"), 0);
	fake_gap(c, "t", 1, 2);
	ck_assert_int_eq(fake_append(c, "t", 1, "b"), 3);
	fake_expire(c, "t", 1, 1);
	ops->ends(cl, "t", 1, now + 100, on_ends, "ends");
	EXPECT("ends:0 1-4; ");
	fake_unstable(c, "t", 1, 3);
	ops->ends(cl, "t", 1, now + 100, on_ends, "ends");
	EXPECT("ends:0 1-3; ");
	ops->ends(cl, "t", 3, now + 100, on_ends, "ends");
	ops->ends(cl, "none", 0, now + 100, on_ends, "ends");
	EXPECT("ends:-2 -1--1; ends:-2 -1--1; ");
	fake_topic_delete(c, "u");
	ops->topics(cl, now + 100, on_topics, "all");
	EXPECT("all:0 t/3; ");
	ck_assert_int_eq(fake_calls(c, FAKE_TOPICS), 3);
	ck_assert_int_eq(fake_calls(c, FAKE_ENDS), 4);
}
END_TEST

START_TEST(commits)
{
	ops->committed(cl, "g", "t", 0, now + 100, on_committed, "at");
	EXPECT("at:0 -1 ''; ");
	commit(BFS_NO_OFFSET, 5, "me");
	EXPECT("commit:0; ");
	ops->committed(cl, "g", "t", 0, now + 100, on_committed, "at");
	EXPECT("at:0 5 'me'; ");
	commit(5, 6, "other"); /* the offset is the expected one */
	EXPECT("commit:0; ");
	commit(4, 7, "me");
	EXPECT("commit:-16; ");
}
END_TEST

START_TEST(commit_moved_by_others)
{
	struct bfs_commit at;

	fake_commit(c, "g", "t", 0, 9, "they");
	commit(5, 6, "me");
	EXPECT("commit:-16; ");
	commit(9, 10, "me");
	EXPECT("commit:0; ");
	commit(5, 11, "me"); /* not what we expected, but ours */
	EXPECT("commit:0; ");
	fake_members(c, "g", true);
	commit(11, 12, "me");
	EXPECT("commit:-16; ");
	fake_members(c, "g", false);
	at = fake_committed(c, "g", "t", 0);
	ck_assert_int_eq(at.offset, 11);
	fake_topic_delete(c, "t");
	at = fake_committed(c, "g", "t", 0);
	ck_assert_int_eq(at.offset, BFS_NO_OFFSET);
}
END_TEST

START_TEST(delays_and_errors)
{
	fake_delay(c, FAKE_ENDS, 50);
	ops->ends(cl, "t", 0, now + 100, on_ends, "slow");
	ops->topics(cl, now + 100, on_topics, "fast");
	EXPECT("fast:0 t/2; ");
	now += 49;
	EXPECT("");
	now++;
	EXPECT("slow:0 0-0; ");
	ops->ends(cl, "t", 0, now + 20, on_ends, "late");
	now += 20;
	EXPECT("late:-110 -1--1; ");

	fake_fail(c, FAKE_TOPICS, -EACCES, "Broker: no", 1);
	ops->topics(cl, now + 100, on_topics, "one");
	ops->topics(cl, now + 100, on_topics, "two");
	EXPECT("one:-13Broker: no; two:0 t/2; ");
	fake_fail(c, FAKE_TOPICS, -EIO, NULL, -1);
	ops->topics(cl, now + 100, on_topics, "x");
	ops->topics(cl, now + 100, on_topics, "y");
	EXPECT("x:-5EIO; y:-5EIO; ");
	fake_fail(c, FAKE_TOPICS, 0, NULL, 0);
	ops->topics(cl, now + 100, on_topics, "z");
	EXPECT("z:0 t/2; ");
}
END_TEST

START_TEST(frozen)
{
	fake_freeze(c, true);
	ops->ends(cl, "t", 0, now + 100, on_ends, "a");
	ops->ends(cl, "t", 0, now + 300, on_ends, "b");
	EXPECT("");
	now += 100;
	EXPECT("a:-110 -1--1; ");
	fake_freeze(c, false);
	EXPECT("b:0 0-0; ");
}
END_TEST

START_TEST(late_commit_moves_back)
{
	fake_late_commits(c, true);
	fake_freeze(c, true);
	commit(BFS_NO_OFFSET, 5, "me");
	now += 100;
	EXPECT("commit:-110; ");
	ck_assert_int_eq(fake_committed(c, "g", "t", 0).offset, BFS_NO_OFFSET);
	fake_freeze(c, false);
	ck_assert_int_eq(fake_committed(c, "g", "t", 0).offset, 5);
}
END_TEST

START_TEST(two_commits_abort)
{
	fake_delay(c, FAKE_COMMIT, 50);
	commit(BFS_NO_OFFSET, 5, "me");
	commit(5, 6, "me");
}
END_TEST

START_TEST(call_after_stop_aborts)
{
	fake_cluster_stop(c);
	ops->hurry(cl);
}
END_TEST

#ifndef NDEBUG
START_TEST(call_under_high_lock_aborts)
{
	struct bfs_mutex m;

	bfs_mutex_init(&m, BFS_RANK_CLERK);
	bfs_mutex_lock(&m);
	ops->hurry(cl);
}
END_TEST
#endif

START_TEST(stop_answers_all)
{
	fake_freeze(c, true);
	ops->topics(cl, BFS_NEVER, on_topics, "q");
	commit(BFS_NO_OFFSET, 5, "me");
	fake_cluster_stop(c);
	EXPECT("q:-19Local: Broker handle destroyed; commit:-19; ");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("fake cluster");

	add(s, "questions",
	    TESTS(topics_and_ends, commits, commit_moved_by_others, delays_and_errors, frozen,
		  late_commit_moves_back, stop_answers_all),
	    TESTS(two_commits_abort, call_after_stop_aborts));
#ifndef NDEBUG
	add(s, "locks", TESTS(NULL), TESTS(call_under_high_lock_aborts));
#endif
	return s;
}

TEST_MAIN(suite)
