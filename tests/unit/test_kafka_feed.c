/* test_kafka_feed.c - feeds: records in order from where they are asked for, on private lanes and
 * the shared one.
 *
 * SPDX-License-Identifier: MIT */
#include <dirent.h>

#include "tests/unit/feed_rig.h"

#define PRIVATE 7 /* feeds with a lane of their own */

static void up(void)
{
	rig_up(1);
}

/* Lanes poll as on real Kafka unless embedded; tests with many feeds are quicker so. */
static void up_quick(void)
{
	rig_broker(1);
	rig_options.embedded = false;
	rig_options.properties = (char *[]){ "fetch.wait.max.ms=10", NULL };
	rig_options.n_properties = 1;
	rig_connect();
}

/* --- one feed --------------------------------------------------------------------------------- */

START_TEST(from_the_beginning)
{
	struct seen s;

	rig_fill(0, 100);
	feed_from(&s, 0, 0);
	TEST_WAIT(s.records == 100);
	ck_assert_str_eq(s.last, "record 99");
	TEST_WAIT(s.reached == 100);
	ck_assert_int_eq(s.begins, 1);
	ck_assert_int_ge(s.dries, 1);
	feed_close(&s);
}
END_TEST

START_TEST(from_the_middle_then_follow)
{
	struct seen s;

	rig_fill(0, 100);
	feed_from(&s, 0, 60);
	TEST_WAIT(s.records == 40);
	rig_fill(0, 5);
	TEST_WAIT(s.records == 45);
	TEST_WAIT(s.reached == 105);
	feed_close(&s);
}
END_TEST

START_TEST(empty_partition)
{
	struct seen s;

	feed_from(&s, 3, 0);
	TEST_WAIT(s.reached == 0);
	ck_assert_int_eq(s.records, 0);
	feed_close(&s);
}
END_TEST

START_TEST(never_started)
{
	struct seen s;

	feed_open(&s, 0);
	feed_close(&s);
	ck_assert_int_eq(s.begins, 0);
}
END_TEST

START_TEST(restarted)
{
	struct seen s;

	rig_fill(0, 50);
	feed_from(&s, 0, 0);
	TEST_WAIT(s.records == 50);
	for (int i = 1; i <= 10; i++) {
		rig->ops->feed_start(s.feed, 50 - i);
		TEST_WAIT(s.begins == i + 1);
		TEST_WAIT(s.next == 50);
	}
	ck_assert_int_eq(s.records, 50 + 55);
	feed_close(&s);
}
END_TEST

/* Starts that overtake each other: the last one counts. */
START_TEST(restarted_in_haste)
{
	struct seen s;

	rig_fill(0, 50);
	feed_open(&s, 0);
	for (int i = 0; i < 50; i++)
		rig->ops->feed_start(s.feed, 49 - i);
	TEST_WAIT(s.begins > 0 && s.next == 50 && s.reached == 50);
	usleep(50000);
	ck_assert_int_ge(s.records, 50);
	feed_close(&s);
}
END_TEST

START_TEST(full_and_resumed)
{
	struct seen s;

	rig_fill(0, 1000);
	feed_open(&s, 0);
	s.limit = 10;
	rig->ops->feed_start(s.feed, 0);
	TEST_WAIT(s.records == 10);
	for (int limit = 20; limit <= 990; limit += 97) {
		usleep(2000);
		ck_assert_int_eq(s.records, s.limit);
		s.limit = limit;
		rig->ops->feed_resume(s.feed);
		TEST_WAIT(s.records == limit);
	}
	s.limit = -1;
	rig->ops->feed_resume(s.feed);
	TEST_WAIT(s.records == 1000);
	ck_assert_int_eq(s.begins, 1);
	feed_close(&s);
}
END_TEST

START_TEST(out_of_range)
{
	struct seen s;

	rig_fill(0, 10);
	feed_from(&s, 0, 500);
	TEST_WAIT(s.troubles == 1);
	ck_assert_int_eq(s.err, -ERANGE);
	rig->ops->feed_start(s.feed, 9);
	TEST_WAIT(s.records == 1);
	feed_close(&s);
}
END_TEST

/* The mock keeps 5 MiB of a partition. */
START_TEST(expired)
{
	struct rig_answer a;
	char *big = bfs_zalloc(900001);
	struct rig_reports reports = { 0 };
	struct bfs_outlet *o;
	struct seen s;

	if (!rig_faults())
		return;
	memset(big, 'x', 900000);
	o = rig->ops->outlet_open(rig, rig_topic, 0, rig_delivered, &reports);
	for (int i = 0; i < 10; i++) {
		ck_assert_int_eq(rig_put(o, big), 1);
		rig->ops->hurry(rig);
		TEST_WAIT(reports.good == i + 1);
	}
	rig->ops->outlet_close(o);
	free(big);
	a = rig_ends(rig_topic, 0, 5000);
	ck_assert_int_gt(a.low, 0);
	feed_from(&s, 0, 0);
	TEST_WAIT(s.troubles == 1);
	ck_assert_int_eq(s.err, -ERANGE);
	rig->ops->feed_start(s.feed, a.low);
	TEST_WAIT(s.records == 10 - a.low);
	feed_close(&s);
}
END_TEST

START_TEST(unknown)
{
	struct seen s;
	struct rig_answer b = { 0 };

	snprintf(rig_topic, sizeof(rig_topic), "no-such-topic");
	feed_from(&s, 0, 0);
	TEST_WAIT(s.troubles == 1);
	ck_assert_int_eq(s.err, -ENOENT);
	feed_close(&s);
	rig->ops->topics(rig, rig_in(5000), rig_on_topics, &b);
	rig_await(&b);
	ck_assert_int_eq(b.partitions, 0);
}
END_TEST

/* A cold lane, a rested one, and one just left: all in a few milliseconds. Generous for slow
 * builds. */
START_TEST(begins_soon)
{
	struct seen s;
	int64_t begun;

	rig_fill(0, 10);
	for (int i = 0; i < 6; i++) {
		begun = bfs_clock_ms();
		feed_from(&s, 0, 5);
		TEST_WAIT(s.records == 5);
		ck_assert_int_lt(s.first_ms - begun, 400);
		feed_close(&s);
	}
}
END_TEST

START_TEST(broker_away)
{
	struct seen s;

	if (!rig_faults())
		return;
	rig_fill(0, 10);
	feed_from(&s, 0, 0);
	TEST_WAIT(s.records == 10);
	rd_kafka_mock_broker_set_down(rig_mock, 1);
	usleep(300000);
	ck_assert_int_eq(s.troubles, 0);
	rd_kafka_mock_broker_set_up(rig_mock, 1);
	rig_fill(0, 1);
	TEST_WAIT(s.records == 11);
	feed_close(&s);
}
END_TEST

static int lanes(void)
{
	DIR *d = opendir("/proc/self/task");
	struct dirent *e;
	char path[300], name[32];
	int n = 0;

	while ((e = readdir(d))) {
		FILE *f;

		snprintf(path, sizeof(path), "/proc/self/task/%s/comm", e->d_name);
		f = fopen(path, "r");
		n += f && fgets(name, sizeof(name), f) && !strncmp(name, "lane-", 5);
		if (f)
			fclose(f);
	}
	closedir(d);
	return n;
}

/* Who has enough gives its lane to others, and gets one again. */
START_TEST(enough)
{
	static struct seen s[2 * PRIVATE];
	long had[2 * PRIVATE];
	int n = 2 * PRIVATE;

	rig_fill(0, 100);
	for (int i = 0; i < n; i++) {
		feed_open(&s[i], 0);
		s[i].enough = 20;
		rig->ops->feed_start(s[i].feed, 10);
		TEST_WAIT(s[i].next >= 20);
		usleep(50000); /* until that lane is rested */
	}
	for (int i = 0; i < n; i++)
		had[i] = s[i].next;
	ck_assert_int_le(lanes(), 5); /* not 8 */
	rig_fill(0, 1);
	usleep(100000);
	for (int i = 0; i < n; i++) {
		ck_assert_int_eq(s[i].next, had[i]);
		s[i].enough = INT32_MAX;
		rig->ops->feed_start(s[i].feed, 5);
	}
	for (int i = 0; i < n; i++) {
		TEST_WAIT(s[i].begins == 2 && s[i].next == 101);
		feed_close(&s[i]);
	}
}
END_TEST

/* --- many ------------------------------------------------------------------------------------- */

/* More than there are private lanes, on all partitions, several on each: every feed gets all. */
START_TEST(many)
{
	static struct seen s[PRIVATE + 4];
	int n = PRIVATE + 4;

	for (int p = 0; p < 4; p++)
		rig_fill(p, 300);
	for (int i = 0; i < n; i++)
		feed_from(&s[i], i % 4, 0);
	for (int i = 0; i < n; i++)
		TEST_WAIT(s[i].records == 300);
	rig_fill(1, 7);
	for (int i = 1; i < n; i += 4)
		TEST_WAIT(s[i].records == 307);
	for (int i = 0; i < n; i++)
		feed_close(&s[i]);
}
END_TEST

/* More followers of a partition than there are lanes: one assignment serves them. */
START_TEST(followers_share)
{
	static struct seen s[PRIVATE + 6];
	int n = PRIVATE + 6;

	rig_fill(0, 20);
	for (int i = 0; i < n; i++)
		feed_from(&s[i], 0, i % 3);
	for (int i = 0; i < n; i++)
		TEST_WAIT(s[i].records == 20 - i % 3);
	rig_fill(0, 3);
	for (int i = 0; i < n; i++)
		TEST_WAIT(s[i].records == 23 - i % 3);
	for (int i = 0; i < n; i += 2) /* the first of the peers among them */
		feed_close(&s[i]);
	rig_fill(0, 2);
	for (int i = 1; i < n; i += 2)
		TEST_WAIT(s[i].records == 25 - i % 3);
	for (int i = 1; i < n; i += 2)
		feed_close(&s[i]);
}
END_TEST

/* All lanes hold followers of the partition; one that is far from them waits until a follower has
 * moved to the others. */
START_TEST(distant_gets_a_lane)
{
	static struct seen s[PRIVATE + 2];
	int n = PRIVATE + 1;

	rig_fill(0, 12000);
	for (int i = 0; i < n; i++)
		feed_from(&s[i], 0, 12000);
	for (int i = 0; i < n; i++)
		TEST_WAIT(s[i].begins == 1);
	feed_from(&s[n], 0, 0);
	TEST_WAIT(s[n].records == 12000);
	for (int i = 0; i <= n; i++)
		feed_close(&s[i]);
}
END_TEST

/* On the shared lane a full feed holds up nobody, and goes on where it was. */
START_TEST(full_on_shared)
{
	static struct seen s[PRIVATE + 2];
	struct seen *slow = &s[PRIVATE], *other = &s[PRIVATE + 1];

	rig_fill(0, 500);
	rig_fill(1, 500);
	for (int i = 0; i < PRIVATE; i++)
		feed_from(&s[i], 2, 0);
	feed_open(slow, 0);
	slow->limit = 100;
	rig->ops->feed_start(slow->feed, 0);
	TEST_WAIT(slow->records == 100);
	feed_from(other, 1, 0);
	TEST_WAIT(other->records == 500);
	ck_assert_int_eq(slow->records, 100);
	slow->limit = 300;
	rig->ops->feed_resume(slow->feed);
	TEST_WAIT(slow->records == 300);
	slow->limit = -1;
	rig->ops->feed_resume(slow->feed);
	TEST_WAIT(slow->records == 500);
	ck_assert_int_eq(slow->begins, 1);
	for (int i = 0; i < PRIVATE + 2; i++)
		feed_close(&s[i]);
}
END_TEST

/* Quiet feeds leave their private lanes, without losing or repeating a record, and the lanes take
 * others. */
START_TEST(quiet_ones_move)
{
	static struct seen s[4];

	for (int i = 0; i < 4; i++) {
		rig_fill(i, 10);
		feed_from(&s[i], i, 0);
	}
	for (int i = 0; i < 4; i++)
		TEST_WAIT(s[i].reached == 10);
	for (int round = 1; round <= 8; round++) {
		usleep(450000);
		for (int i = 0; i < 4; i++)
			if (round == 8 || round % 4 == i)
				rig_fill(i, 1);
	}
	for (int i = 0; i < 4; i++) {
		TEST_WAIT(s[i].records == (i == 0 ? 12 : 13));
		ck_assert_int_eq(s[i].begins, 1);
		feed_close(&s[i]);
	}
}
END_TEST

/* A feed that stays full gives its lane up; it still goes on where it was. */
START_TEST(full_ones_move)
{
	struct seen s;

	rig_fill(0, 100);
	feed_open(&s, 0);
	s.limit = 10;
	rig->ops->feed_start(s.feed, 0);
	TEST_WAIT(s.records == 10);
	usleep(6200000);
	s.limit = -1;
	rig->ops->feed_resume(s.feed);
	TEST_WAIT(s.records == 100);
	ck_assert_int_eq(s.begins, 1);
	feed_close(&s);
}
END_TEST

/* Closes those that got to record 1999; how many are left. */
static int close_finished(struct seen *s, int n)
{
	int left = 0;

	for (int i = 0; i < n; i++) {
		if (s[i].feed && s[i].begins > 0 && s[i].next == 2000) {
			feed_close(&s[i]);
			s[i].feed = NULL;
		}
		left += s[i].feed != NULL;
	}
	return left;
}

/* Opened, started, resumed and closed at random by several threads' worth of calls; nothing is lost
 * or repeated. */
START_TEST(at_random)
{
	static struct seen s[20];
	uint64_t seed = test_seed();
	int rounds = test_rounds(1500);

	fprintf(stderr, "SEED=%llu\n", (unsigned long long)seed);
	for (int p = 0; p < 4; p++)
		rig_fill(p, 2000);
	memset(s, 0, sizeof(s));
	for (int i = 0; i < rounds; i++) {
		struct seen *one = &s[test_below(&seed, 20)];

		if (!one->feed) {
			feed_open(one, (int32_t)test_below(&seed, 4));
			one->limit = (int)test_below(&seed, 2000);
			continue;
		}
		switch (test_below(&seed, 8)) {
		case 0:
			feed_close(one);
			one->feed = NULL;
			break;
		case 1:
		case 2: rig->ops->feed_start(one->feed, (int64_t)test_below(&seed, 2001)); break;
		default:
			one->limit = one->records + (int)test_below(&seed, 1000);
			rig->ops->feed_resume(one->feed);
		}
		if (test_below(&seed, 4) == 0)
			usleep(2000);
	}
	for (int i = 0; i < 20; i++) {
		if (!s[i].feed)
			continue;
		s[i].limit = -1;
		s[i].begins = 0;
		rig->ops->feed_start(s[i].feed, 1990);
	}
	/* Those that wait for a lane get one when others close. */
	TEST_WAIT(close_finished(s, 20) == 0);
}
END_TEST

/* --- the end ---------------------------------------------------------------------------------- */

START_TEST(end_while_fetching)
{
	static struct seen s[12];
	int64_t begun;

	rig_fill(0, 100);
	for (int i = 0; i < 12; i++)
		feed_from(&s[i], i % 4, 0);
	if (rig_faults())
		rd_kafka_mock_broker_set_rtt(rig_mock, 1, 20000);
	usleep(20000);
	begun = bfs_clock_ms();
	bfs_kafka_stop(rig, begun + 500);
	bfs_kafka_free(rig);
	ck_assert_int_lt(bfs_clock_ms() - begun, 2500);
	rig = NULL;
	for (int i = 0; i < 12; i++)
		ck_assert_int_eq(s[i].closes, 1);
	if (rig_faults())
		rd_kafka_mock_broker_set_rtt(rig_mock, 1, 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("kafka_feed");
	TCase *one = tcase_create("one feed"), *more = tcase_create("many feeds");

	tcase_add_checked_fixture(one, up, rig_down);
	tcase_add_checked_fixture(more, up_quick, rig_down);
	tcase_set_timeout(one, 60);
	tcase_set_timeout(more, 120);
	tcase_add_test(one, from_the_beginning);
	tcase_add_test(one, from_the_middle_then_follow);
	tcase_add_test(one, empty_partition);
	tcase_add_test(one, never_started);
	tcase_add_test(one, restarted);
	tcase_add_test(one, restarted_in_haste);
	tcase_add_test(one, full_and_resumed);
	tcase_add_test(one, out_of_range);
	tcase_add_test(one, expired);
	tcase_add_test(one, unknown);
	tcase_add_test(one, begins_soon);
	tcase_add_test(one, broker_away);
	tcase_add_test(more, enough);
	tcase_add_test(more, many);
	tcase_add_test(more, followers_share);
	tcase_add_test(more, distant_gets_a_lane);
	tcase_add_test(more, full_on_shared);
	tcase_add_test(more, quiet_ones_move);
	tcase_add_test(more, full_ones_move);
	tcase_add_test(more, at_random);
	tcase_add_test(more, end_while_fetching);
	suite_add_tcase(s, one);
	suite_add_tcase(s, more);
	return s;
}

TEST_MAIN(suite)
