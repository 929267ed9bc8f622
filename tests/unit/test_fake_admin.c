/* test_fake_admin.c - the fake cluster describes itself, and lets itself be administered.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/fake_seen.h"

static void words(const char *name, int err, const struct bfs_why *why)
{
	saw("%s:%d%s%s;", name, err, err ? " " : "", err ? why->text : "");
}

static void on_done(void *arg, int err, const struct bfs_why *why)
{
	words(arg, err, why);
}

static void on_topics(void *arg, int err, const struct bfs_why *why,
		      const struct bfs_topic_info *topics, size_t n)
{
	words(arg, err, why);
	for (size_t i = 0; i < n; i++)
		saw(" %s/%d/%d", topics[i].name, (int)topics[i].partitions,
		    (int)topics[i].replicas);
}

static void on_brokers(void *arg, int err, const struct bfs_why *why,
		       const struct bfs_broker_info *brokers, size_t n)
{
	words(arg, err, why);
	for (size_t i = 0; i < n; i++)
		saw(" %d=%s:%d/%s", (int)brokers[i].id, brokers[i].host, brokers[i].port,
		    brokers[i].rack ? brokers[i].rack : "-");
}

static void ids(const int32_t *list, int n)
{
	for (int i = 0; i < n; i++)
		saw("%s%d", i ? "," : "/", (int)list[i]);
}

static void on_partitions(void *arg, int err, const struct bfs_why *why,
			  const struct bfs_partition_info *partitions, size_t n)
{
	words(arg, err, why);
	for (size_t i = 0; i < n; i++) {
		saw(" %d", (int)partitions[i].leader);
		ids(partitions[i].replicas, partitions[i].n_replicas);
		ids(partitions[i].isr, partitions[i].n_isr);
	}
}

static void on_groups(void *arg, int err, const struct bfs_why *why, const char *const *names,
		      size_t n)
{
	words(arg, err, why);
	for (size_t i = 0; i < n; i++)
		saw(" %s", names[i]);
}

static void on_group(void *arg, int err, const struct bfs_why *why,
		     const struct bfs_group_info *group)
{
	words(arg, err, why);
	if (!group)
		return;
	saw(" %s/%s", group->state ? group->state : "-", group->assignor);
	for (size_t i = 0; i < group->n_members; i++) {
		const struct bfs_member_info *m = &group->members[i];

		saw(" %s(%s@%s)%s", m->id, m->client, m->host, m->instance ? m->instance : "");
		for (size_t k = 0; k < m->n_held; k++)
			saw(" %s/%d", m->held[k].topic, (int)m->held[k].partition);
	}
}

static void on_places(void *arg, int err, const struct bfs_why *why, const struct bfs_place *places,
		      size_t n)
{
	words(arg, err, why);
	for (size_t i = 0; i < n; i++)
		saw(" %s/%d@%lld", places[i].topic, (int)places[i].partition,
		    (long long)places[i].offset);
}

/* Only its own settings, and how many there are. */
static void on_settings(void *arg, int err, const struct bfs_why *why,
			const struct bfs_setting *settings, size_t n)
{
	words(arg, err, why);
	saw(" %zu", n);
	for (size_t i = 0; i < n; i++)
		if (settings[i].own)
			saw(" %s=%s", settings[i].name,
			    settings[i].value ? settings[i].value : "?");
}

static int64_t soon(void)
{
	return now + 100;
}

START_TEST(brokers_and_partitions)
{
	ops->brokers(cl, soon(), on_brokers, "b");
	EXPECT("b:0; 1=fake-1:9092/-");
	fake_broker(c, 2, "two", 9093, "attic");
	fake_broker(c, 3, "three", 9094, NULL);
	ops->brokers(cl, soon(), on_brokers, "b");
	EXPECT("b:0; 1=fake-1:9092/- 2=two:9093/attic 3=three:9094/-");
	fake_replicas(c, "t", 2);
	ops->partitions(cl, "t", soon(), on_partitions, "p");
	EXPECT("p:0; 1/1,2/1,2 2/2,3/2,3");
	fake_health(c, "t", 1, BFS_UNKNOWN, 1);
	ops->partitions(cl, "t", soon(), on_partitions, "p");
	ops->topics(cl, soon(), on_topics, " t");
	EXPECT("p:0; 1/1,2/1,2 -1/2,3/2 t:0; t/2/2");
	ops->partitions(cl, "none", soon(), on_partitions, "p");
	EXPECT("p:-2 Broker: Unknown topic or partition;");
}
END_TEST

START_TEST(groups)
{
	struct bfs_place held[] = { { "t", 0, BFS_NO_OFFSET }, { "t", 1, BFS_NO_OFFSET } };
	struct bfs_member_info m[] = {
		{ .id = "m-1", .client = "app", .host = "/::1", .held = held, .n_held = 2 },
		{ .id = "m-2", .client = "app", .host = "/::1", .instance = "i" },
	};

	ops->group(cl, "nobody", soon(), on_group, "g");
	EXPECT("g:0; Dead/");
	fake_commit(c, "past", "t", 1, 7, "");
	fake_group(c, "new", NULL, "", NULL, 0);
	fake_group(c, "live", "Stable", "range", m, 2);
	fake_members(c, "some", true);
	ops->groups(cl, soon(), on_groups, "gs");
	EXPECT("gs:0; new live some past");
	ops->group(cl, "past", soon(), on_group, "g");
	ops->group(cl, "new", soon(), on_group, " g");
	ops->group(cl, "live", soon(), on_group, " g");
	ops->group(cl, "some", soon(), on_group, " g");
	EXPECT("g:0; Empty/ g:0; -/ g:0; Stable/range m-1(app@/::1) t/0 t/1 m-2(app@/::1)i"
	       " g:0; Stable/range somebody-1(somebody@/127.0.0.1)");
	fake_group(c, "live", "Empty", "", NULL, 0);
	ops->group(cl, "live", soon(), on_group, "g");
	EXPECT("g:0; Empty/");
}
END_TEST

START_TEST(offsets_of_a_group)
{
	struct bfs_place places[] = { { "t", 0, 3 }, { "t", 1, 4 } };
	struct bfs_place wrong[] = { { "t", 0, 9 }, { "t", 2, 9 } };

	ops->group_offsets(cl, "g", NULL, soon(), on_places, "o");
	ops->group_reset(cl, "g", places, 2, soon(), on_done, " r");
	ops->group_offsets(cl, "g", NULL, soon(), on_places, " o");
	EXPECT("o:0; r:0; o:0; t/0@3 t/1@4");
	fake_members(c, "g", true);
	ops->group_reset(cl, "g", wrong, 2, soon(), on_done, "r");
	ops->group_reset(cl, "g", wrong, 1, soon(), on_done, " r");
	EXPECT("r:-16 Broker: Unknown member; r:-16 Broker: Unknown member;");
	fake_members(c, "g", false);
	ops->group_reset(cl, "g", wrong, 2, soon(), on_done, "r");
	ops->group_offsets(cl, "g", NULL, soon(), on_places, " o");
	EXPECT("r:-2 Broker: Unknown topic or partition; o:0; t/0@3 t/1@4");
}
END_TEST

START_TEST(group_ends)
{
	struct bfs_member_info m = { .id = "m", .client = "c", .host = "h" };

	ops->group_delete(cl, "g", soon(), on_done, "d");
	EXPECT("d:-2 Broker: The group id does not exist;");
	fake_commit(c, "g", "t", 0, 7, "");
	fake_group(c, "g", "Stable", "range", &m, 1);
	ops->group_delete(cl, "g", soon(), on_done, "d");
	EXPECT("d:-16 Broker: The group is not empty;");
	fake_group(c, "g", "Empty", "", NULL, 0);
	ops->group_delete(cl, "g", soon(), on_done, "d");
	ops->groups(cl, soon(), on_groups, " gs");
	ops->group_offsets(cl, "g", NULL, soon(), on_places, " o");
	EXPECT("d:0; gs:0; o:0;");
}
END_TEST

START_TEST(topics)
{
	ops->topic_create(cl, "u", 3, BFS_UNKNOWN, soon(), on_done, "c");
	ops->topic_create(cl, "v", BFS_UNKNOWN, 1, soon(), on_done, " c");
	ops->topic_grow(cl, "v", 2, soon(), on_done, " g");
	ops->topics(cl, soon(), on_topics, " t");
	EXPECT("c:0; c:0; g:0; t:0; t/2/1 u/3/1 v/2/1");
	ck_assert_int_eq(fake_append(c, "u", 2, "x"), 0);
	ops->topic_delete(cl, "u", soon(), on_done, "d");
	ops->topic_delete(cl, "u", soon(), on_done, " d");
	ops->topics(cl, soon(), on_topics, " t");
	EXPECT("d:0; d:-2 Broker: Unknown topic or partition; t:0; t/2/1 v/2/1");
}
END_TEST

START_TEST(topics_refused)
{
	ops->topic_create(cl, "t", 1, 1, soon(), on_done, "c");
	ops->topic_create(cl, "a b", 1, 1, soon(), on_done, " c");
	ops->topic_create(cl, "u", 0, 1, soon(), on_done, " c");
	ops->topic_create(cl, "u", 1, 2, soon(), on_done, " c");
	EXPECT("c:-17 Topic 't' already exists.; c:-22 Topic name 'a b' is illegal;"
	       " c:-22 Number of partitions was set to an invalid non-positive value.;"
	       " c:-22 Replication factor: 2 larger than available brokers: 1.;");
	ops->topic_grow(cl, "t", 2, soon(), on_done, "g");
	ops->topic_grow(cl, "none", 2, soon(), on_done, " g");
	EXPECT("g:-22 Topic already has 2 partitions.; g:-2 Broker: Unknown topic or partition;");
}
END_TEST

START_TEST(settings)
{
	ops->topic_settings(cl, "t", soon(), on_settings, "s");
	EXPECT("s:0; 7");
	ops->topic_set(cl, "t", "retention.ms", "60000", soon(), on_done, "set");
	ops->topic_set(cl, "t", "cleanup.policy", "compact", soon(), on_done, " set");
	ops->topic_set(cl, "t", "retention.ms", "soon", soon(), on_done, " set");
	ops->topic_set(cl, "t", "no.such", "1", soon(), on_done, " set");
	EXPECT("set:0; set:0; set:-22 Invalid value soon for configuration retention.ms;"
	       " set:-22 Unknown topic config name: no.such;");
	ops->topic_settings(cl, "t", soon(), on_settings, "s");
	EXPECT("s:0; 7 retention.ms=60000 cleanup.policy=compact");
	ops->topic_set(cl, "t", "retention.ms", NULL, soon(), on_done, "set");
	fake_setting(c, "t", "segment.bytes", "1000");
	ops->topic_settings(cl, "t", soon(), on_settings, " s");
	EXPECT("set:0; s:0; 7 cleanup.policy=compact segment.bytes=1000");
	fake_secret(c, "t", "some.password");
	ops->topic_set(cl, "t", "retention.ms", "1", soon(), on_done, "set");
	ops->topic_settings(cl, "t", soon(), on_settings, " s");
	EXPECT("set:-95 some.password would be lost: it is secret;"
	       " s:0; 8 cleanup.policy=compact segment.bytes=1000 some.password=?");
	ops->topic_settings(cl, "none", soon(), on_settings, "s");
	ops->topic_set(cl, "none", "retention.ms", "1", soon(), on_done, " set");
	EXPECT("s:-2 Broker: Unknown topic or partition; 0"
	       " set:-2 Broker: Unknown topic or partition;");
}
END_TEST

START_TEST(alive)
{
	ops->alive(cl, 50, on_done, "a");
	EXPECT("a:0;");
	fake_freeze(c, true);
	ops->alive(cl, 50, on_done, "a");
	ops->topic_create(cl, "u", 1, 1, soon(), on_done, " c");
	ops->groups(cl, soon(), on_groups, " gs");
	EXPECT("");
	now += 50;
	EXPECT("a:-110 Local: Timed out;");
	now += 50;
	EXPECT(" c:-110 Local: Timed out; gs:-110 Local: Timed out;");
	fake_freeze(c, false);
	ops->topics(cl, soon(), on_topics, "t");
	EXPECT("t:0; t/2/1");
}
END_TEST

START_TEST(knobs)
{
	fake_delay(c, FAKE_TOPIC_DELETE, 30);
	fake_fail(c, FAKE_SETTINGS, -EACCES, "Broker: no", 1);
	ops->topic_delete(cl, "t", soon(), on_done, "d");
	ops->topic_settings(cl, "t", soon(), on_settings, "s");
	ops->topic_settings(cl, "t", soon(), on_settings, " s");
	EXPECT("s:-13 Broker: no; 0 s:0; 7");
	now += 30;
	EXPECT("d:0;");
	ck_assert_int_eq(fake_calls(c, FAKE_SETTINGS), 2);
	fake_freeze(c, true);
	ops->group(cl, "g", BFS_NEVER, on_group, "g");
	ops->group_reset(cl, "g", &(struct bfs_place){ "t", 0, 1 }, 1, BFS_NEVER, on_done, " r");
	fake_cluster_stop(c);
	EXPECT("g:-19 Local: Broker handle destroyed; r:-19 Local: Broker handle destroyed;");
}
END_TEST

START_TEST(reset_to_nowhere_aborts)
{
	ops->group_reset(cl, "g", &(struct bfs_place){ "t", 0, BFS_NO_OFFSET }, 1, soon(), on_done,
			 "r");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("fake admin");

	add(s, "describe", TESTS(brokers_and_partitions, groups, offsets_of_a_group),
	    TESTS(reset_to_nowhere_aborts));
	add(s, "change", TESTS(group_ends, topics, topics_refused, settings, alive, knobs),
	    TESTS(NULL));
	return s;
}

TEST_MAIN(suite)
