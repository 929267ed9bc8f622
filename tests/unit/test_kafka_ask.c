/* test_kafka_ask.c - questions to the cluster: topics, ends, committed offsets, commits.
 *
 * SPDX-License-Identifier: MIT */
#include <time.h>

#include "kafka/line.h"
#include "process/usage.h"
#include "tests/unit/kafka_rig.h"

static void up(void)
{
	rig_up(3);
}

static void up_one(void)
{
	rig_up(1);
}

/* --- topics ----------------------------------------------------------------------------------- */

START_TEST(topics)
{
	struct rig_answer a = { 0 };

	rig->ops->topics(rig, rig_in(5000), rig_on_topics, &a);
	ck_assert_int_eq(rig_await(&a), 0);
	ck_assert_int_eq(a.partitions, 4);
}
END_TEST

/* A topic made after an earlier list, and questions at the same time: all see it. */
START_TEST(topics_are_fresh)
{
	struct rig_answer a[50] = { 0 };

	if (!rig_faults())
		return;
	snprintf(rig_topic, sizeof(rig_topic), "later-%d", (int)getpid());
	rd_kafka_mock_topic_create(rig_mock, rig_topic, 7, 1);
	for (int i = 0; i < 50; i++)
		rig->ops->topics(rig, rig_in(5000), rig_on_topics, &a[i]);
	for (int i = 0; i < 50; i++) {
		ck_assert_int_eq(rig_await(&a[i]), 0);
		ck_assert_int_eq(a[i].partitions, 7);
	}
}
END_TEST

/* --- ends ------------------------------------------------------------------------------------- */

START_TEST(ends)
{
	struct rig_answer a = rig_ends(rig_topic, 1, 5000);

	ck_assert_int_eq(a.err, 0);
	ck_assert_int_eq(a.low, 0);
	ck_assert_int_eq(a.end, 0);
	rig_fill(1, 10);
	a = rig_ends(rig_topic, 1, 5000);
	ck_assert_int_eq(a.low, 0);
	ck_assert_int_eq(a.end, 10);
}
END_TEST

/* Asking for what does not exist says so, and creates nothing. */
START_TEST(ends_unknown)
{
	struct rig_answer a = rig_ends("no-such-topic", 0, 5000), b = { 0 };

	ck_assert_int_eq(a.err, -ENOENT);
	ck_assert_str_eq(a.why.text, "no-such-topic/0: Broker: Unknown topic or partition");
	a = rig_ends(rig_topic, 4, 5000);
	ck_assert_int_eq(a.err, -ENOENT);
	if (!rig_faults())
		return;
	rig->ops->topics(rig, rig_in(5000), rig_on_topics, &b);
	rig_await(&b);
	ck_assert_uint_eq(b.topics, 1);
}
END_TEST

START_TEST(ends_of_many)
{
	struct rig_answer a[200] = { 0 };

	rig_fill(2, 3);
	for (int i = 0; i < 200; i++)
		rig->ops->ends(rig, rig_topic, i % 4, rig_in(5000), rig_on_ends, &a[i]);
	for (int i = 0; i < 200; i++) {
		ck_assert_int_eq(rig_await(&a[i]), 0);
		ck_assert_int_eq(a[i].end, i % 4 == 2 ? 3 : 0);
	}
}
END_TEST

/* In one request with others, one partition's error must not become theirs. */
START_TEST(ends_one_bad)
{
	struct rig_answer a[4] = { 0 };
	int refused = 0;

	if (!rig_faults())
		return;
	rd_kafka_mock_push_request_errors(rig_mock, API_LIST_OFFSETS, 1,
					  RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
	for (int i = 0; i < 4; i++)
		rig->ops->ends(rig, rig_topic, i, rig_in(5000), rig_on_ends, &a[i]);
	for (int i = 0; i < 4; i++)
		refused += rig_await(&a[i]) == -EACCES;
	ck_assert_int_le(refused, 1);
}
END_TEST

/* The leader moves: the question follows it. */
START_TEST(ends_leader_moved)
{
	struct rig_answer a;

	if (!rig_faults())
		return;
	for (int broker = 1; broker <= 3; broker++) {
		rd_kafka_mock_partition_set_leader(rig_mock, rig_topic, 0, broker);
		a = rig_ends(rig_topic, 0, 5000);
		ck_assert_msg(!a.err, "%s", a.why.text);
	}
}
END_TEST

/* One broker is silent: questions to it end at their deadlines, others are answered at once. */
START_TEST(ends_broker_silent)
{
	struct rig_answer slow[20] = { 0 }, quick;
	int64_t begun;

	if (!rig_faults())
		return;
	rd_kafka_mock_partition_set_leader(rig_mock, rig_topic, 0, 1);
	rd_kafka_mock_partition_set_leader(rig_mock, rig_topic, 1, 2);
	ck_assert_int_eq(rig_ends(rig_topic, 0, 5000).err, 0);
	ck_assert_int_eq(rig_ends(rig_topic, 1, 5000).err, 0);
	rd_kafka_mock_broker_set_rtt(rig_mock, 1, 20000);
	begun = bfs_clock_ms();
	for (int i = 0; i < 20; i++)
		rig->ops->ends(rig, rig_topic, 0, begun + 300 + 20 * i, rig_on_ends, &slow[i]);
	usleep(50000);
	quick = rig_ends(rig_topic, 1, 5000);
	ck_assert_int_eq(quick.err, 0);
	ck_assert_int_lt(quick.ms - begun, 250);
	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(rig_await(&slow[i]), -ETIMEDOUT);
		ck_assert_int_ge(slow[i].ms, begun + 300 + 20 * i);
		ck_assert_int_lt(slow[i].ms, begun + 300 + 20 * i + 150);
	}
	rd_kafka_mock_broker_set_rtt(rig_mock, 1, 0);
}
END_TEST

START_TEST(ends_broker_down)
{
	struct rig_answer a;
	int64_t begun;

	if (!rig_faults())
		return;
	rd_kafka_mock_broker_set_down(rig_mock, 1);
	begun = bfs_clock_ms();
	a = rig_ends(rig_topic, 0, 600);
	ck_assert_int_eq(a.err, -ETIMEDOUT);
	ck_assert_int_lt(a.ms - begun, 800);
	ck_assert_ptr_nonnull(strstr(a.why.text, "no answer in time ("));
	rd_kafka_mock_broker_set_up(rig_mock, 1);
	a = rig_ends(rig_topic, 0, 5000);
	ck_assert_msg(!a.err, "%s", a.why.text);
}
END_TEST

/* --- committed, commit ------------------------------------------------------------------------ */

START_TEST(commits)
{
	struct rig_answer a = rig_committed(0);

	ck_assert_int_eq(a.err, 0);
	ck_assert_int_eq(a.commit.offset, BFS_NO_OFFSET);
	ck_assert_str_eq(a.commit.metadata, "");
	a = rig_commit(0, BFS_NO_OFFSET, 5, "me \xc3\xa9 \"1\"", 5000);
	ck_assert_msg(!a.err, "%s", a.why.text);
	a = rig_committed(0);
	ck_assert_int_eq(a.commit.offset, 5);
	ck_assert_str_eq(a.commit.metadata, "me \xc3\xa9 \"1\"");
	ck_assert_int_eq(rig_commit(0, 5, 0, "me", 5000).err, 0);
	ck_assert_int_eq(rig_committed(0).commit.offset, 0);
	ck_assert_int_eq(rig_committed(1).commit.offset, BFS_NO_OFFSET);
}
END_TEST

/* Somebody else's commit stays, and is reported; our own earlier one (same metadata) is not
 * somebody else's. */
START_TEST(commit_moved)
{
	struct rig_answer a;

	ck_assert_int_eq(rig_commit(0, BFS_NO_OFFSET, 5, "you", 5000).err, 0);
	a = rig_commit(0, 3, 4, "me", 5000);
	ck_assert_int_eq(a.err, -EBUSY);
	ck_assert_ptr_nonnull(strstr(a.why.text, "somebody else moved the group"));
	ck_assert_int_eq(rig_committed(0).commit.offset, 5);
	ck_assert_int_eq(rig_commit(0, 3, 7, "you", 5000).err, 0);
	ck_assert_int_eq(rig_committed(0).commit.offset, 7);
	ck_assert_int_eq(rig_commit(0, BFS_NO_OFFSET, 1, "me", 5000).err, -EBUSY);
	ck_assert_int_eq(rig_commit(1, 5, 6, "me", 5000).err, -ENOENT); /* nothing is there */
}
END_TEST

START_TEST(commit_members)
{
	struct rig_answer a;

	if (!rig_faults())
		return;
	rd_kafka_mock_push_request_errors(rig_mock, API_OFFSET_COMMIT, 1,
					  RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID);
	a = rig_commit(0, BFS_NO_OFFSET, 5, "me", 5000);
	ck_assert_int_eq(a.err, -EBUSY);
	ck_assert_ptr_nonnull(strstr(a.why.text, "has live members"));
}
END_TEST

static void on_members(void *arg, int err, const struct bfs_why *why, int members)
{
	struct rig_answer *a = arg;

	a->end = members;
	rig_answered(a, err, why);
}

/* The mock has no such request: an answer that says nothing, but one, and at once. */
START_TEST(members)
{
	struct rig_answer a = { 0 };
	int64_t began = bfs_clock_ms();

	rig->ops->members(rig, rig_group, rig_in(5000), on_members, &a);
	ck_assert_int_eq(rig_await(&a), rig_faults() ? -EOPNOTSUPP : 0);
	ck_assert_int_eq(a.end, 0);
	ck_assert_int_lt(a.ms - began, 4000);
}
END_TEST

START_TEST(commit_retried)
{
	static const rd_kafka_resp_err_t errors[] = {
		RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
		RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
		RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
	};
	struct rig_answer a;

	if (!rig_faults())
		return;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		rd_kafka_mock_push_request_errors(rig_mock, API_OFFSET_COMMIT, 1, errors[i]);
		rd_kafka_mock_push_request_errors(rig_mock, API_OFFSET_FETCH, 1, errors[i]);
		a = rig_commit(0, (int64_t)i - 1, (int64_t)i, "me", 5000);
		ck_assert_msg(!a.err, "%s", a.why.text);
	}
	ck_assert_int_eq(rig_committed(0).commit.offset, 2);
}
END_TEST

/* librdkafka's admin requests never ask again who coordinates: we have to make them. */
START_TEST(commit_coordinator_moved)
{
	struct rig_answer a;
	int64_t last = BFS_NO_OFFSET;

	if (!rig_faults())
		return;
	for (int i = 0; i < 4; i++) {
		rd_kafka_mock_coordinator_set(rig_mock, "group", rig_group, i % 3 + 1);
		a = rig_commit(0, last, i, "me", 5000);
		ck_assert_msg(!a.err, "move %d: %s", i, a.why.text);
		last = i;
	}
}
END_TEST

START_TEST(commits_of_many)
{
	struct bfs_commit from = { .offset = BFS_NO_OFFSET }, to = { .metadata = "me" };
	struct rig_answer a[4] = { 0 };

	for (int i = 0; i < 4; i++) {
		to.offset = 10 + i;
		rig->ops->commit(rig, rig_group, rig_topic, i, &from, &to, rig_in(5000),
				 rig_on_done, &a[i]);
	}
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(rig_await(&a[i]), 0);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(rig_committed(i).commit.offset, 10 + i);
}
END_TEST

START_TEST(commit_deadline)
{
	struct rig_answer a;
	int64_t begun;

	if (!rig_faults())
		return;
	ck_assert_int_eq(rig_commit(0, BFS_NO_OFFSET, 1, "me", 5000).err, 0);
	rd_kafka_mock_broker_set_rtt(rig_mock, 1, 20000);
	begun = bfs_clock_ms();
	a = rig_commit(0, 1, 2, "me", 400);
	ck_assert_int_eq(a.err, -ETIMEDOUT);
	ck_assert_int_lt(a.ms - begun, 550);
	rd_kafka_mock_broker_set_rtt(rig_mock, 1, 0);
}
END_TEST

/* A slow coordinator is waited for, and a silent one holds up its own groups only. */
START_TEST(commit_slow)
{
	struct rig_answer a;

	if (!rig_faults())
		return;
	ck_assert_int_eq(rig_commit(0, BFS_NO_OFFSET, 1, "me", 5000).err, 0);
	rd_kafka_mock_broker_set_rtt(rig_mock, 1, 800);
	a = rig_commit(0, 1, 2, "me", 5000);
	ck_assert_msg(!a.err, "%s", a.why.text);
	rd_kafka_mock_broker_set_rtt(rig_mock, 1, 0);
}
END_TEST

START_TEST(commit_other_group)
{
	struct bfs_commit c = { .offset = 1, .metadata = "me" };
	struct rig_answer slow = { 0 }, quick;
	int64_t begun;

	if (!rig_faults())
		return;
	rd_kafka_mock_coordinator_set(rig_mock, "group", "slow", 1);
	rd_kafka_mock_coordinator_set(rig_mock, "group", "quick", 2);
	strcpy(rig_group, "slow");
	ck_assert_int_eq(rig_committed(0).err, 0);
	strcpy(rig_group, "quick");
	ck_assert_int_eq(rig_committed(0).err, 0);
	rd_kafka_mock_broker_set_rtt(rig_mock, 1, 20000);
	begun = bfs_clock_ms();
	rig->ops->commit(rig, "slow", rig_topic, 0, &c, &c, begun + 1000, rig_on_done, &slow);
	usleep(20000);
	quick = rig_commit(0, BFS_NO_OFFSET, 1, "me", 5000);
	ck_assert_msg(!quick.err, "%s", quick.why.text);
	ck_assert_int_lt(quick.ms - begun, 500);
	ck_assert_int_eq(rig_await(&slow), -ETIMEDOUT);
	ck_assert_int_lt(slow.ms - begun, 1200);
	rd_kafka_mock_broker_set_rtt(rig_mock, 1, 0);
}
END_TEST

/* --- the end ---------------------------------------------------------------------------------- */

/* Everything out is answered once, also with a broker that says nothing, and it does not take long.
 */
START_TEST(end_while_asking)
{
	struct bfs_commit c = { .offset = 1 };
	struct rig_answer a[30] = { 0 };
	int64_t begun;

	if (!rig_faults())
		return;
	ck_assert_int_eq(rig_ends(rig_topic, 0, 5000).err, 0);
	rd_kafka_mock_broker_set_rtt(rig_mock, 1, 20000);
	for (int i = 0; i < 10; i++) {
		rig->ops->topics(rig, rig_in(60000), rig_on_topics, &a[3 * i]);
		rig->ops->ends(rig, rig_topic, i % 4, rig_in(60000), rig_on_ends, &a[3 * i + 1]);
		rig->ops->commit(rig, rig_group, rig_topic, i % 4, &c, &c, rig_in(60000),
				 rig_on_done, &a[3 * i + 2]);
	}
	usleep(20000);
	begun = bfs_clock_ms();
	bfs_kafka_stop(rig, begun + 500);
	bfs_kafka_free(rig);
	ck_assert_int_lt(bfs_clock_ms() - begun, 2000);
	rig = NULL;
	for (int i = 0; i < 30; i++) {
		ck_assert_int_eq(atomic_load(&a[i].times), 1);
		ck_assert_int_eq(a[i].err, -ENODEV);
	}
	rd_kafka_mock_broker_set_rtt(rig_mock, 1, 0);
}
END_TEST

/* --- other groups' consumers ------------------------------------------------------------------ */

static _Atomic int64_t shift;

static int64_t shifted_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000 + atomic_load(&shift);
}

static void up_shifted(void)
{
	atomic_store(&shift, 0);
	bfs_clock_override(shifted_ms);
	rig_up(1);
}

static void down_shifted(void)
{
	rig_down();
	bfs_clock_override(NULL);
}

static int threads(void)
{
	struct bfs_usage u;

	bfs_usage_read(&u);
	return u.threads;
}

static void ask_group(const char *group)
{
	struct rig_answer a = { 0 };

	rig->ops->committed(rig, group, rig_topic, 0, rig_in(5000), rig_on_committed, &a);
	ck_assert_int_eq(rig_await(&a), 0);
}

/* Each has threads of librdkafka's; they go when it is not asked for any more. */
START_TEST(idle_groups_have_no_consumers)
{
	char name[64];
	int few, many;

	ask_group(rig_group);
	few = threads();
	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "other-%d-%d", (int)getpid(), i);
		ask_group(name);
	}
	many = threads();
	ck_assert_int_ge(many, few + 10);
	atomic_fetch_add(&shift, BFS_LINE_IDLE + 5001);
	ask_group(rig_group); /* which goes on as before */
	TEST_WAIT(threads() <= few + 2);
	ask_group(name); /* and so does one that was let go */
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("kafka_ask");
	TCase *three = tcase_create("three brokers"), *one = tcase_create("one broker"),
	      *shifted = tcase_create("later");

	tcase_add_checked_fixture(three, up, rig_down);
	tcase_add_checked_fixture(one, up_one, rig_down);
	tcase_set_timeout(three, 60);
	tcase_set_timeout(one, 60);
	tcase_add_test(three, topics);
	tcase_add_test(three, topics_are_fresh);
	tcase_add_test(three, ends);
	tcase_add_test(three, ends_unknown);
	tcase_add_test(three, ends_of_many);
	tcase_add_test(three, ends_one_bad);
	tcase_add_test(three, ends_leader_moved);
	tcase_add_test(three, ends_broker_silent);
	tcase_add_test(one, ends_broker_down);
	tcase_add_test(three, commits);
	tcase_add_test(three, commit_moved);
	tcase_add_test(three, commit_members);
	tcase_add_test(three, members);
	tcase_add_test(three, commit_retried);
	tcase_add_test(three, commit_coordinator_moved);
	tcase_add_test(three, commits_of_many);
	tcase_add_test(one, commit_deadline);
	tcase_add_test(one, commit_slow);
	tcase_add_test(three, commit_other_group);
	tcase_add_test(one, end_while_asking);
	tcase_add_checked_fixture(shifted, up_shifted, down_shifted);
	tcase_set_timeout(shifted, 60);
	tcase_add_test(shifted, idle_groups_have_no_consumers);
	suite_add_tcase(s, shifted);
	suite_add_tcase(s, three);
	suite_add_tcase(s, one);
	return s;
}

TEST_MAIN(suite)
