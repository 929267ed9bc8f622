/* test_fake_flow.c - the fake cluster's feeds and outlets keep their contract, and notice misuse.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/fake_seen.h"

/* --- feeds --------------------------------------------------------------------------------------
 */

struct eater {
	int room; /* records to take before saying false; protected by seen_lock */
	struct bfs_feed *feed;
	bool resume_early; /* resumes inside record(), before it says false */
};

static void on_begin(void *owner, int64_t offset)
{
	(void)owner;
	saw("begin%lld ", (long long)offset);
}

static bool on_record(void *owner, const struct bfs_record *r)
{
	struct eater *e = owner;
	bool more;

	saw("%lld=%.*s ", (long long)r->offset, (int)r->value_len,
	    r->value ? (const char *)r->value : "");
	pthread_mutex_lock(&seen_lock);
	more = --e->room > 0;
	pthread_mutex_unlock(&seen_lock);
	if (!more && e->resume_early)
		ops->feed_resume(e->feed);
	return more;
}

static bool on_dry(void *owner)
{
	(void)owner;
	saw("dry ");
	return true;
}

static void on_end(void *owner, int64_t end, bool reached)
{
	(void)owner;
	saw("%s%lld ", reached ? "end" : "hint", (long long)end);
}

static void on_trouble(void *owner, int err, const struct bfs_why *why)
{
	(void)owner;
	(void)why;
	saw("trouble%d ", err);
}

static void on_closed(void *owner)
{
	(void)owner;
	saw("closed ");
}

static const struct bfs_sink sink = { on_begin, on_record, on_dry, on_end, on_trouble, on_closed };

static void saw_bytes(const char *before, const void *bytes, size_t len)
{
	if (bytes)
		saw("%s'%.*s'", before, (int)len, (const char *)bytes);
	else
		saw("%snull", before);
}

static bool on_whole_record(void *owner, const struct bfs_record *r)
{
	(void)owner;
	saw("%lld ", (long long)r->timestamp);
	saw_bytes("", r->key, r->key_len);
	saw_bytes("=", r->value, r->value_len);
	for (size_t i = 0; i < r->n_headers; i++) {
		saw(" %s", r->headers[i].name);
		saw_bytes(":", r->headers[i].value, r->headers[i].value_len);
	}
	saw("; ");
	return true;
}

static const struct bfs_sink whole_sink = { on_begin, on_whole_record, on_dry,
					    on_end,   on_trouble,      on_closed };

static struct eater eater;

static struct bfs_feed *open_feed(int room)
{
	eater = (struct eater){ .room = room };
	eater.feed = ops->feed_open(cl, "t", 0, false, &sink, &eater);
	ck_assert_ptr_nonnull(eater.feed);
	return eater.feed;
}

START_TEST(feed_follows)
{
	struct bfs_feed *f = open_feed(1000);

	fake_append(c, "t", 0, "a");
	fake_gap(c, "t", 0, 1);
	fake_append(c, "t", 0, "b");
	EXPECT("");
	ops->feed_start(f, 0);
	EXPECT("begin0 hint3 0=a 2=b dry end3 dry ");
	fake_append(c, "t", 0, "c");
	EXPECT("hint4 3=c dry end4 dry ");
	fake_gap(c, "t", 0, 2);
	EXPECT("hint6 end6 dry ");
	ops->feed_start(f, 2);
	EXPECT("begin2 hint6 2=b 3=c dry end6 dry ");
	ops->feed_start(f, 6);
	EXPECT("begin6 hint6 end6 dry ");
	ck_assert_int_eq(fake_fetched(c), 5);
	ck_assert_int_eq(fake_calls(c, FAKE_FETCH), 3);
	ck_assert_int_eq(fake_feeds(c), 1);
	ops->feed_close(f);
	ck_assert_int_eq(fake_feeds(c), 0);
	fake_append(c, "t", 0, "d");
	EXPECT("closed ");
}
END_TEST

/* Headers come only to who wants them. */
START_TEST(feed_of_whole_records)
{
	const struct bfs_header headers[] = { { "a", "1", 1 }, { "a", "", 0 }, { "a", NULL, 0 } };
	const struct bfs_record records[] = {
		{ .timestamp = 5, .key = "k", .key_len = 1, .headers = headers, .n_headers = 3 },
		{ .timestamp = -1, .key = "", .value = "v", .value_len = 1 },
	};
	struct bfs_feed *f;

	fake_append_record(c, "t", 0, &records[0]);
	fake_append_record(c, "t", 0, &records[1]);
	f = ops->feed_open(cl, "t", 0, true, &whole_sink, NULL);
	ops->feed_start(f, 0);
	EXPECT("begin0 hint2 5 'k'=null a:'1' a:'' a:null; -1 ''='v'; dry end2 dry ");
	ops->feed_close(f);
	f = ops->feed_open(cl, "t", 0, false, &whole_sink, NULL);
	ops->feed_start(f, 0);
	EXPECT("closed begin0 hint2 5 'k'=null; -1 ''='v'; dry end2 dry ");
	ops->feed_close(f);
	EXPECT("closed ");
}
END_TEST

START_TEST(feed_stops_when_full)
{
	struct bfs_feed *f = open_feed(2);
	int i;

	for (i = 0; i < 5; i++)
		fake_append(c, "t", 0, "x");
	ops->feed_start(f, 0);
	EXPECT("begin0 hint5 0=x 1=x dry ");
	fake_append(c, "t", 0, "y");
	EXPECT("");
	ops->feed_resume(f); /* still no room: one more, and full again */
	EXPECT("hint6 2=x dry ");
	/* A start makes room, whoever was full before. */
	eater.room = 2;
	ops->feed_start(f, 4);
	EXPECT("begin4 hint6 4=x 5=y dry ");
	ops->feed_resume(f);
	EXPECT("end6 dry ");
	ops->feed_close(f);
	EXPECT("closed ");
}
END_TEST

START_TEST(resume_before_false_counts)
{
	struct bfs_feed *f = open_feed(1);

	eater.resume_early = true;
	fake_append(c, "t", 0, "a");
	fake_append(c, "t", 0, "b");
	ops->feed_start(f, 0);
	EXPECT("begin0 hint2 0=a 1=b dry end2 dry ");
	ops->feed_close(f);
	EXPECT("closed ");
}
END_TEST

START_TEST(feed_bursts)
{
	struct bfs_feed *f = open_feed(1000);
	int i;

	fake_burst_max(c, 2);
	for (i = 0; i < 3; i++)
		fake_append(c, "t", 0, "x");
	ops->feed_start(f, 0);
	EXPECT("begin0 hint3 0=x 1=x dry 2=x dry end3 dry ");
	ops->feed_close(f);
	EXPECT("closed ");
}
END_TEST

START_TEST(feed_troubles)
{
	struct bfs_feed *f = open_feed(1000);

	fake_append(c, "t", 0, "a");
	fake_append(c, "t", 0, "b");
	ops->feed_start(f, 3);
	EXPECT("begin3 trouble-34 ");
	fake_append(c, "t", 0, "c");
	EXPECT("");
	fake_expire(c, "t", 0, 1);
	ops->feed_start(f, 0);
	EXPECT("begin0 trouble-34 ");
	ops->feed_start(f, 1);
	EXPECT("begin1 hint3 1=b 2=c dry end3 dry ");
	fake_fail(c, FAKE_FETCH, -EACCES, NULL, 1);
	EXPECT("trouble-13 ");
	ops->feed_start(f, 3);
	EXPECT("begin3 hint3 end3 dry ");
	fake_topic_delete(c, "t");
	EXPECT("trouble-2 ");
	ops->feed_close(f);
	EXPECT("closed ");
}
END_TEST

START_TEST(feed_waits)
{
	struct bfs_feed *f = open_feed(1000);

	fake_delay(c, FAKE_FETCH, 30);
	fake_append(c, "t", 0, "a");
	ops->feed_start(f, 0);
	EXPECT("begin0 ");
	now += 30;
	EXPECT("hint1 0=a dry end1 dry ");
	fake_freeze(c, true);
	fake_delay(c, FAKE_FETCH, 0);
	fake_append(c, "t", 0, "b");
	EXPECT("");
	fake_freeze(c, false);
	EXPECT("hint2 1=b dry end2 dry ");
	fake_freeze(c, true);
	ops->feed_close(f);
	EXPECT("closed ");
}
END_TEST

START_TEST(feed_ends_at_the_stable_offset)
{
	struct bfs_feed *f = open_feed(1000);

	fake_append(c, "t", 0, "a");
	fake_append(c, "t", 0, "b");
	fake_unstable(c, "t", 0, 1);
	ops->feed_start(f, 0);
	EXPECT("begin0 hint2 0=a dry end1 dry ");
	fake_unstable(c, "t", 0, -1);
	EXPECT("1=b dry end2 dry ");
	fake_compact(c, "t", 0, 0);
	ops->feed_start(f, 0);
	EXPECT("begin0 hint2 1=b dry end2 dry ");
	ops->feed_close(f);
	EXPECT("closed ");
}
END_TEST

START_TEST(feeds_are_limited)
{
	fake_feeds_max(c, 1);
	open_feed(1);
	ck_assert_ptr_null(ops->feed_open(cl, "t", 1, false, &sink, NULL));
	ck_assert_int_eq(errno, EMFILE);
	ops->feed_close(eater.feed);
	EXPECT("closed ");
}
END_TEST

START_TEST(stop_closes_feeds)
{
	ops->feed_start(open_feed(1), 0);
	EXPECT("begin0 hint0 end0 dry ");
	fake_cluster_stop(c);
	EXPECT("closed ");
}
END_TEST

START_TEST(use_of_closed_feed_aborts)
{
	struct bfs_feed *f = open_feed(1);

	ops->feed_close(f);
	ops->feed_resume(f);
}
END_TEST

/* --- outlets ------------------------------------------------------------------------------------
 */

static void on_delivered(void *arg, void *parcel, int n, int err, const struct bfs_why *why,
			 int32_t partition, int64_t last_offset)
{
	(void)arg;
	(void)partition;
	saw("%s:%d err%d%s @%lld; ", (char *)parcel, n, err, err ? why->text : "",
	    (long long)last_offset);
}

static int produce(struct bfs_outlet *o, char *parcel, const char *values)
{
	struct bfs_record m[16];
	struct bfs_why why;
	int n = 0;

	for (; values[n]; n++)
		m[n] = (struct bfs_record){ .value = values + n, .value_len = 1 };
	return ops->produce(o, m, n, parcel, &why);
}

static char p1[] = "p1", p2[] = "p2";

START_TEST(outlet_delivers)
{
	struct bfs_outlet *o = ops->outlet_open(cl, "t", 0, on_delivered, NULL);
	size_t len;
	char *v;

	ck_assert_int_eq(produce(o, p1, "abc"), 3);
	EXPECT("p1:3 err0 @2; ");
	ck_assert_int_eq(fake_in_flight(c), 0);
	v = fake_value(c, "t", 0, 1, &len);
	ck_assert_str_eq(v, "b");
	free(v);
	fake_hide_offsets(c, true);
	ck_assert_int_eq(produce(o, p1, "d"), 1);
	EXPECT("p1:1 err0 @-1; ");
	ops->hurry(cl);
	ck_assert_int_eq(fake_hurries(c), 1);
	ck_assert_int_eq(fake_outlets(c), 1);
	ops->outlet_close(o);
	ck_assert_int_eq(fake_outlets(c), 0);
}
END_TEST

START_TEST(outlet_groups_reports)
{
	struct bfs_outlet *o = ops->outlet_open(cl, "t", 0, on_delivered, NULL);

	fake_hold_acks(c, true);
	produce(o, p1, "ab");
	produce(o, p2, "c");
	produce(o, p1, "d");
	EXPECT("");
	ck_assert_int_eq(fake_in_flight(c), 4);
	fake_release_acks(c, "t", 0, 1);
	EXPECT("p1:1 err0 @0; ");
	fake_fail(c, FAKE_DELIVERY, -EIO, "no", 1);
	fake_release_acks(c, "t", 0, -1);
	EXPECT("p1:1 err-5no @-1; p2:1 err0 @1; p1:1 err0 @2; ");
	fake_report_max(c, 2);
	produce(o, p1, "efgh");
	ops->outlet_close(o);
	ck_assert_int_eq(fake_outlets(c), 1);
	fake_hold_acks(c, false);
	EXPECT("p1:2 err0 @4; p1:2 err0 @6; ");
	ck_assert_int_eq(fake_outlets(c), 0);
}
END_TEST

START_TEST(outlet_refuses)
{
	struct bfs_outlet *o = ops->outlet_open(cl, "t", 0, on_delivered, NULL);
	struct bfs_record big = { .value = "abcdef", .value_len = 6 };

	fake_queue_max(c, 2);
	fake_freeze(c, true);
	ck_assert_int_eq(produce(o, p1, "abc"), 2);
	ck_assert_int_eq(produce(o, p1, "c"), -EAGAIN);
	EXPECT("");
	fake_freeze(c, false);
	EXPECT("p1:2 err0 @1; ");
	fake_message_max(c, 5);
	ck_assert_uint_eq(ops->message_max(cl), 5);
	ck_assert_int_eq(ops->produce(o, &big, 1, p1, NULL), -EMSGSIZE);
	fake_fail(c, FAKE_PRODUCE, -EACCES, NULL, 1);
	ck_assert_int_eq(produce(o, p1, "x"), -EACCES);
	fake_topic_delete(c, "t");
	ck_assert_int_eq(produce(o, p1, "x"), 1);
	EXPECT("p1:1 err-2Broker: Unknown topic or partition @-1; ");
	ops->outlet_close(o);
}
END_TEST

START_TEST(outlet_is_slow)
{
	struct bfs_outlet *o = ops->outlet_open(cl, "t", 0, on_delivered, NULL);

	fake_delay(c, FAKE_DELIVERY, 10);
	produce(o, p1, "a");
	now += 5;
	produce(o, p2, "b");
	now += 5;
	EXPECT("p1:1 err0 @0; ");
	now += 5;
	EXPECT("p2:1 err0 @1; ");
	produce(o, p1, "c");
	fake_cluster_stop(c); /* delivers what is on its way */
	EXPECT("p1:1 err0 @2; ");
}
END_TEST

START_TEST(stop_reports_what_is_lost)
{
	struct bfs_outlet *o = ops->outlet_open(cl, "t", 0, on_delivered, NULL);

	fake_freeze(c, true);
	produce(o, p1, "ab");
	fake_cluster_stop(c);
	EXPECT("p1:2 err-110Local: Message timed out @-1; ");
	ck_assert_int_eq(fake_end(c, "t", 0), 0);
}
END_TEST

START_TEST(produced_records_are_fed)
{
	struct bfs_outlet *o = ops->outlet_open(cl, "t", 0, on_delivered, NULL);
	struct bfs_feed *f = open_feed(1000);

	ops->feed_start(f, 0);
	EXPECT("begin0 hint0 end0 dry ");
	produce(o, p1, "ab");
	fake_settle(c);
	ops->feed_close(f);
	fake_settle(c);
	ck_assert_int_eq(fake_fetched(c), 2);
	ops->outlet_close(o);
}
END_TEST

START_TEST(use_of_closed_outlet_aborts)
{
	struct bfs_outlet *o = ops->outlet_open(cl, "t", 0, on_delivered, NULL);

	ops->outlet_close(o);
	produce(o, p1, "a");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("fake flow");

	add(s, "feeds",
	    TESTS(feed_follows, feed_of_whole_records, feed_stops_when_full,
		  resume_before_false_counts, feed_bursts, feed_troubles, feed_waits,
		  feed_ends_at_the_stable_offset, feeds_are_limited, stop_closes_feeds),
	    TESTS(use_of_closed_feed_aborts));
	add(s, "outlets",
	    TESTS(outlet_delivers, outlet_groups_reports, outlet_refuses, outlet_is_slow,
		  stop_reports_what_is_lost, produced_records_are_fed),
	    TESTS(use_of_closed_outlet_aborts));
	return s;
}

TEST_MAIN(suite)
