/* test_kafka_admin.c - the cluster described and changed, as far as the mock can.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/kafka_rig.h"

#include "kafka/describe.h"

static void up(void)
{
	rig_up(3);
}

static void up_embedded(void)
{
	rig_broker(1);
	rig_options.embedded = true;
	rig_connect();
}

/* What came, as words. */
struct told {
	struct rig_answer a;
	char text[512];
};

static void tell(struct told *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void tell(struct told *t, const char *fmt, ...)
{
	size_t len = strlen(t->text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t->text + len, sizeof(t->text) - len, fmt, ap);
	va_end(ap);
}

static void on_brokers(void *arg, int err, const struct bfs_why *why,
		       const struct bfs_broker_info *brokers, size_t n)
{
	struct told *t = arg;

	for (size_t i = 0; i < n; i++)
		tell(t, "%s%d%s%s", i ? " " : "", (int)brokers[i].id,
		     *brokers[i].host && brokers[i].port > 0 ? "" : "?",
		     brokers[i].rack ? brokers[i].rack : "");
	rig_answered(&t->a, err, why);
}

static void on_partitions(void *arg, int err, const struct bfs_why *why,
			  const struct bfs_partition_info *partitions, size_t n)
{
	struct told *t = arg;

	for (size_t i = 0; i < n; i++)
		tell(t, "%s%d/%d/%d", i ? " " : "", (int)partitions[i].leader,
		     partitions[i].n_replicas, partitions[i].n_isr);
	rig_answered(&t->a, err, why);
}

static void on_names(void *arg, int err, const struct bfs_why *why, const char *const *names,
		     size_t n)
{
	struct told *t = arg;

	for (size_t i = 0; i < n; i++)
		tell(t, "%s ", names[i]);
	rig_answered(&t->a, err, why);
}

static void on_group(void *arg, int err, const struct bfs_why *why, const struct bfs_group_info *g)
{
	struct told *t = arg;

	if (g)
		tell(t, "%s/%s/%zu", g->state ? g->state : "-", g->assignor, g->n_members);
	rig_answered(&t->a, err, why);
}

static void on_places(void *arg, int err, const struct bfs_why *why, const struct bfs_place *places,
		      size_t n)
{
	struct told *t = arg;

	for (size_t i = 0; i < n; i++)
		tell(t, "%d@%lld ", (int)places[i].partition, (long long)places[i].offset);
	rig_answered(&t->a, err, why);
}

static void on_settings(void *arg, int err, const struct bfs_why *why,
			const struct bfs_setting *settings, size_t n)
{
	(void)settings;
	(void)n;
	rig_answered(&((struct told *)arg)->a, err, why);
}

static void on_done(void *arg, int err, const struct bfs_why *why)
{
	rig_answered(&((struct told *)arg)->a, err, why);
}

static int reset(const struct bfs_place *places, size_t n, int ms)
{
	struct told t = { 0 };

	rig->ops->group_reset(rig, rig_group, places, n, rig_in(ms), on_done, &t);
	return rig_await(&t.a);
}

static int create(const char *topic, int32_t partitions, int32_t replicas)
{
	struct told t = { 0 };

	rig->ops->topic_create(rig, topic, partitions, replicas, rig_in(5000), on_done, &t);
	return rig_await(&t.a);
}

/* --- described -------------------------------------------------------------------------------- */

START_TEST(brokers)
{
	struct told t = { 0 };

	if (!rig_faults())
		return;
	rig->ops->brokers(rig, rig_in(5000), on_brokers, &t);
	ck_assert_int_eq(rig_await(&t.a), 0);
	ck_assert_str_eq(t.text, "1 2 3");
}
END_TEST

/* The mock has three replicas of everything. */
START_TEST(partitions)
{
	struct told t = { 0 }, u = { 0 };

	if (!rig_faults())
		return;
	for (int i = 0; i < 4; i++)
		rd_kafka_mock_partition_set_leader(rig_mock, rig_topic, i, i ? 2 : 3);
	rd_kafka_mock_partition_set_leader(rig_mock, rig_topic, 1, -1);
	rig->ops->partitions(rig, rig_topic, rig_in(5000), on_partitions, &t);
	ck_assert_int_eq(rig_await(&t.a), 0);
	ck_assert_str_eq(t.text, "3/3/3 -1/3/3 2/3/3 2/3/3");
	rig->ops->partitions(rig, "no-such-topic", rig_in(5000), on_partitions, &u);
	ck_assert_int_eq(rig_await(&u.a), -ENOENT);
	ck_assert_str_eq(u.a.why.text, "topic no-such-topic: Broker: Unknown topic or partition");
}
END_TEST

/* The bytes of two topics: "t" with partitions 1 and 258, "uu" with none; version 1, user data. */
static const unsigned char assignment[] = {
	0, 1, 0, 0, 0, 2, 0,   1,   't', 0, 0, 0, 2, 0, 0, 0, 1,
	0, 0, 1, 2, 0, 2, 'u', 'u', 0,   0, 0, 0, 0, 0, 0, 1, 'x',
};

static void free_held(struct bfs_place *held, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free((void *)held[i].topic);
	free(held);
}

START_TEST(held)
{
	struct bfs_place *got = NULL;
	size_t n = bfs_describe_held(assignment, sizeof(assignment), &got);

	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(got[0].topic, "t");
	ck_assert_int_eq(got[0].partition, 1);
	ck_assert_str_eq(got[1].topic, "t");
	ck_assert_int_eq(got[1].partition, 258);
	ck_assert_int_eq(got[1].offset, BFS_NO_OFFSET);
	free_held(got, n);
	ck_assert_uint_eq(bfs_describe_held(NULL, 0, &got), 0);
}
END_TEST

/* Cut anywhere, or with any byte changed, it is read no further than it goes. */
START_TEST(held_broken)
{
	uint64_t seed = test_seed();
	struct bfs_place *got;
	size_t n;

	for (size_t len = 0; len < 29; len++) {
		unsigned char *cut = bfs_alloc(len);

		memcpy(cut, assignment, len);
		n = bfs_describe_held(cut, len, &got);
		ck_assert_uint_eq(n, 0);
		ck_assert_ptr_null(got);
		free(cut);
	}
	for (int i = 0; i < test_rounds(20000); i++) {
		unsigned char *odd = bfs_alloc(sizeof(assignment));

		memcpy(odd, assignment, sizeof(assignment));
		odd[test_below(&seed, sizeof(assignment))] = (unsigned char)test_random(&seed);
		n = bfs_describe_held(odd, sizeof(assignment), &got);
		free_held(got, n);
		free(odd);
	}
}
END_TEST

static void describe(const struct rd_kafka_group_info *g, struct told *t)
{
	struct rd_kafka_group_list list = { (struct rd_kafka_group_info *)g, g ? 1 : 0 };
	struct bfs_why why = { "" };

	*t = (struct told){ 0 };
	bfs_describe_answer(&list, "g", 0, &why, on_group, t);
}

START_TEST(kinds_of_groups)
{
	struct rd_kafka_group_member_info m = { .member_id = (char *)"m" };
	struct rd_kafka_group_info g = {
		.group = (char *)"g",
		.state = (char *)"Stable",
		.protocol_type = (char *)"consumer",
		.protocol = (char *)"range",
		.members = &m,
		.member_cnt = 1,
	};
	struct told t;

	describe(&g, &t);
	ck_assert_str_eq(t.text, "Stable/range/1");
	describe(NULL, &t);
	ck_assert_str_eq(t.text, "Dead//0");
	/* Listed, and then said to be dead: of a kind that nobody can describe. */
	g.state = (char *)"Dead";
	g.protocol = (char *)"";
	describe(&g, &t);
	ck_assert_str_eq(t.text, "-//0");
	g.err = RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND;
	ck_assert_int_eq(bfs_describe_error(&g), 0);
	describe(&g, &t);
	ck_assert_str_eq(t.text, "-//0");
	g.err = RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED;
	ck_assert_int_eq(bfs_describe_error(&g), RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED);
}
END_TEST

/* --- groups ----------------------------------------------------------------------------------- */

START_TEST(resets)
{
	struct bfs_place to[] = { { rig_topic, 0, 5 }, { rig_topic, 3, 7 } };
	struct bfs_place wrong[] = { { "no-such-topic", 0, 5 } };

	ck_assert_int_eq(reset(to, 2, 5000), 0);
	ck_assert_int_eq(rig_committed(0).commit.offset, 5);
	ck_assert_int_eq(rig_committed(3).commit.offset, 7);
	ck_assert_int_eq(rig_committed(1).commit.offset, BFS_NO_OFFSET);
	ck_assert_int_eq(reset(wrong, 1, 5000), -ENOENT);
}
END_TEST

START_TEST(reset_refused)
{
	struct bfs_place to[] = { { rig_topic, 0, 5 } };
	struct told t = { 0 };

	if (!rig_faults())
		return;
	rd_kafka_mock_push_request_errors(rig_mock, API_OFFSET_COMMIT, 3,
					  RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID,
					  RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID,
					  RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID);
	rig->ops->group_reset(rig, rig_group, to, 1, rig_in(5000), on_done, &t);
	ck_assert_int_eq(rig_await(&t.a), -EBUSY);
	ck_assert_ptr_nonnull(strstr(t.a.why.text, "has live members (Broker: Unknown member)"));
}
END_TEST

/* Who is not the coordinator, or not yet, says so, and is asked again. */
START_TEST(reset_finds_the_coordinator)
{
	struct bfs_place to[] = { { rig_topic, 2, 9 } };

	if (!rig_faults())
		return;
	rd_kafka_mock_push_request_errors(
		rig_mock, API_OFFSET_COMMIT, 5, RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
		RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
		RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE);
	ck_assert_int_eq(reset(to, 1, 5000), 0);
	ck_assert_int_eq(rig_committed(2).commit.offset, 9);
}
END_TEST

/* --- deadlines -------------------------------------------------------------------------------- */

static void silence(bool silent)
{
	for (int i = 1; i <= 3; i++)
		rd_kafka_mock_broker_set_rtt(rig_mock, i, silent ? 20000 : 0);
}

/* Every question to brokers that are silent ends at its deadline. Not asked for: groups and
 * settings, of which librdkafka 2.0.2 leaks memory when a broker does not know the request. */
START_TEST(silent_brokers)
{
	struct bfs_place to[] = { { rig_topic, 0, 5 } };
	const struct bfs_cluster_ops *ops = rig->ops;
	struct told t[9] = { 0 };
	int64_t until;

	if (!rig_faults())
		return;
	silence(true);
	until = rig_in(400);
	ops->brokers(rig, until, on_brokers, &t[0]);
	ops->partitions(rig, rig_topic, until, on_partitions, &t[1]);
	ops->group_reset(rig, rig_group, to, 1, until, on_done, &t[2]);
	ops->group_offsets(rig, rig_group, NULL, until, on_places, &t[3]);
	ops->group(rig, "some", until, on_group, &t[4]);
	ops->group_delete(rig, rig_group, until, on_done, &t[5]);
	ops->topic_create(rig, "new", 1, 1, until, on_done, &t[6]);
	ops->topic_delete(rig, rig_topic, until, on_done, &t[7]);
	ops->topic_grow(rig, rig_topic, 9, until, on_done, &t[8]);
	for (int i = 0; i < 9; i++) {
		rig_await(&t[i].a);
		/* What the mock does not know is refused at once. */
		ck_assert_msg(t[i].a.err == -ETIMEDOUT || t[i].a.err == -EOPNOTSUPP,
			      "question %d: %d %s", i, t[i].a.err, t[i].a.why.text);
		ck_assert_int_lt(t[i].a.ms, until + 250);
	}
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(t[i].a.err, -ETIMEDOUT);
	silence(false);
}
END_TEST

START_TEST(alive)
{
	struct told t = { 0 }, u = { 0 }, v = { 0 };
	int64_t begun;

	rig->ops->alive(rig, 100, on_done, &t);
	ck_assert_int_eq(rig_await(&t.a), 0);
	if (!rig_faults())
		return;
	silence(true);
	begun = t.a.ms;
	TEST_WAIT(bfs_clock_ms() > begun + 1000); /* what it said lately is old then */
	begun = bfs_clock_ms();
	rig->ops->alive(rig, 150, on_done, &u);
	ck_assert_int_eq(rig_await(&u.a), -ETIMEDOUT);
	ck_assert_int_ge(u.a.ms, begun + 150);
	ck_assert_int_lt(u.a.ms, begun + 400);
	silence(false);
	rig->ops->alive(rig, 25000, on_done, &v);
	ck_assert_int_eq(rig_await(&v.a), 0);
}
END_TEST

/* The end answers what waits, and what it is still asked. */
START_TEST(end_while_asking)
{
	struct bfs_place to[] = { { rig_topic, 0, 5 } };
	struct told t[4] = { 0 };

	if (!rig_faults())
		return;
	silence(true);
	rig->ops->brokers(rig, rig_in(60000), on_brokers, &t[0]);
	rig->ops->group_reset(rig, rig_group, to, 1, rig_in(60000), on_done, &t[1]);
	rig->ops->group_offsets(rig, rig_group, NULL, rig_in(60000), on_places, &t[2]);
	rig->ops->group(rig, "some", rig_in(60000), on_group, &t[3]);
	bfs_kafka_stop(rig, bfs_clock_ms() + 500);
	ck_assert_int_eq(t[0].a.err, -ENODEV);
	ck_assert_int_eq(t[1].a.err, -ENODEV);
	ck_assert_int_eq(t[2].a.err, -ENODEV);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(t[i].a.times, 1);
	bfs_kafka_free(rig);
	rig = NULL;
	silence(false);
}
END_TEST

/* --- the embedded broker -----------------------------------------------------------------------
 */

START_TEST(embedded_topics)
{
	struct told t = { 0 };

	ck_assert_int_eq(create("new", 3, BFS_UNKNOWN), 0);
	rig->ops->partitions(rig, "new", rig_in(5000), on_partitions, &t);
	ck_assert_int_eq(rig_await(&t.a), 0);
	ck_assert_str_eq(t.text, "1/1/1 1/1/1 1/1/1");
	ck_assert_int_eq(create("new", 3, 1), -EEXIST);
	ck_assert_int_eq(create("other", BFS_UNKNOWN, 1), 0);
	ck_assert_int_eq(create("third", 0, 1), -EINVAL);
	ck_assert_int_eq(create("third", 1, 3), -EINVAL);
}
END_TEST

START_TEST(embedded_offsets)
{
	struct told t = { 0 };
	struct bfs_place to[] = { { "new", 2, 5 }, { "new", 0, 7 } };

	ck_assert_int_eq(create("new", 3, 1), 0);
	ck_assert_int_eq(reset(to, 2, 5000), 0);
	rig->ops->group_offsets(rig, rig_group, NULL, rig_in(5000), on_places, &t);
	ck_assert_int_eq(rig_await(&t.a), 0);
	ck_assert_msg(!strcmp(t.text, "0@7 2@5 ") || !strcmp(t.text, "2@5 0@7 "), "%s", t.text);
}
END_TEST

/* At once, not at the deadline, and with a sentence. */
START_TEST(embedded_can_not)
{
	const struct bfs_cluster_ops *ops = rig->ops;
	struct told t[7] = { 0 };
	int64_t begun;

	ck_assert_int_eq(create("new", 1, 1), 0);
	begun = bfs_clock_ms();
	ops->groups(rig, rig_in(5000), on_names, &t[0]);
	ops->group(rig, "g", rig_in(5000), on_group, &t[1]);
	ops->group_delete(rig, "g", rig_in(5000), on_done, &t[2]);
	ops->topic_delete(rig, "new", rig_in(5000), on_done, &t[3]);
	ops->topic_grow(rig, "new", 2, rig_in(5000), on_done, &t[4]);
	ops->topic_settings(rig, "new", rig_in(5000), on_settings, &t[5]);
	ops->topic_set(rig, "new", "retention.ms", "1", rig_in(5000), on_done, &t[6]);
	for (int i = 0; i < 7; i++) {
		ck_assert_int_eq(rig_await(&t[i].a), -EOPNOTSUPP);
		ck_assert_str_ne(t[i].a.why.text, "");
		ck_assert_int_lt(t[i].a.ms, begun + 1000);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("kafka admin");
	TCase *three = tcase_create("described"), *own = tcase_create("embedded");
	TCase *pure = tcase_create("groups");

	tcase_add_checked_fixture(three, up, rig_down);
	tcase_set_timeout(three, 60);
	tcase_add_test(three, brokers);
	tcase_add_test(three, partitions);
	tcase_add_test(three, resets);
	tcase_add_test(three, reset_refused);
	tcase_add_test(three, reset_finds_the_coordinator);
	tcase_add_test(three, silent_brokers);
	tcase_add_test(three, alive);
	tcase_add_test(three, end_while_asking);
	tcase_add_checked_fixture(own, up_embedded, rig_down);
	tcase_set_timeout(own, 60);
	tcase_add_test(own, embedded_topics);
	tcase_add_test(own, embedded_offsets);
	tcase_add_test(own, embedded_can_not);
	tcase_add_test(pure, held);
	tcase_add_test(pure, held_broken);
	tcase_add_test(pure, kinds_of_groups);
	suite_add_tcase(s, three);
	suite_add_tcase(s, own);
	suite_add_tcase(s, pure);
	return s;
}

TEST_MAIN(suite)
