/* test_kafka_produce.c - records to partitions: order, reports, errors, the death of a producer.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/kafka_rig.h"

static void up(void)
{
	rig_up(1);
}

static void up_with(char *property)
{
	rig_broker(1);
	rig_options.properties = (char *[]){ property, NULL };
	rig_options.n_properties = 1;
	rig_connect();
}

/* A full queue is quick to reach. */
static void up_small_queue(void)
{
	up_with("queue.buffering.max.messages=500");
}

static void up_lingering(void)
{
	up_with("linger.ms=50");
}

static struct bfs_outlet *outlet(struct rig_reports *r, int32_t partition)
{
	memset(r, 0, sizeof(*r));
	return rig->ops->outlet_open(rig, rig_topic, partition, rig_delivered, r);
}

/* What a feed reads: numbers that must rise by one. */
struct reader {
	atomic_int n, wrong, closed;
};

static void read_begin(void *owner, int64_t offset)
{
	(void)owner;
	(void)offset;
}

static bool read_record(void *owner, const struct bfs_record *r)
{
	struct reader *x = owner;
	int number;

	memcpy(&number, r->value, sizeof(number));
	if (r->value_len != sizeof(number) || number != x->n)
		x->wrong++;
	x->n++;
	return true;
}

static bool read_dry(void *owner)
{
	(void)owner;
	return true;
}

static void read_end(void *owner, int64_t end, bool reached)
{
	(void)owner;
	(void)end;
	(void)reached;
}

static void read_trouble(void *owner, int err, const struct bfs_why *why)
{
	(void)err;
	(void)why;
	((struct reader *)owner)->wrong++;
}

static void read_closed(void *owner)
{
	((struct reader *)owner)->closed++;
}

static const struct bfs_sink sink = { read_begin, read_record,  read_dry,
				      read_end,   read_trouble, read_closed };

static void expect_numbers(int32_t partition, int n)
{
	struct reader x = { 0 };
	struct bfs_feed *f = rig->ops->feed_open(rig, rig_topic, partition, false, &sink, &x);

	rig->ops->feed_start(f, 0);
	TEST_WAIT(x.n >= n);
	rig->ops->feed_close(f);
	TEST_WAIT(x.closed == 1);
	ck_assert_int_eq(x.wrong, 0);
	ck_assert_int_eq(x.n, n);
}

/* Numbers first..first+n-1 in calls of up to 100, waiting when the queue is full; how often it was.
 */
static int put_numbers(struct bfs_outlet *o, int first, int n)
{
	int numbers[100], taken, full = 0;
	struct bfs_record m[100];
	struct bfs_why why;

	for (int done = 0; done < n; done += taken) {
		int k = n - done < 100 ? n - done : 100;

		for (int i = 0; i < k; i++) {
			numbers[i] = first + done + i;
			m[i] = (struct bfs_record){ .value = &numbers[i],
						    .value_len = sizeof(int) };
		}
		taken = rig->ops->produce(o, m, k, o, &why);
		if (taken == -EAGAIN) {
			full++;
			usleep(1000);
			taken = 0;
		}
		ck_assert_msg(taken >= 0, "%s", why.text);
	}
	return full;
}

/* --- what goes well --------------------------------------------------------------------------- */

START_TEST(one_record)
{
	struct rig_reports r;
	struct bfs_outlet *o = outlet(&r, 0);

	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(rig_put(o, "hello"), 1);
		rig->ops->hurry(rig);
		TEST_WAIT(r.good == i + 1);
		ck_assert_int_eq(r.last_offset, i);
		ck_assert_ptr_eq(r.parcel, o);
	}
	rig->ops->outlet_close(o);
	ck_assert_int_eq(rig_ends(rig_topic, 0, 5000).end, 5);
}
END_TEST

/* Linger is kept without hurry, and cut short by it. */
START_TEST(hurry)
{
	struct rig_reports r;
	struct bfs_outlet *o = outlet(&r, 0);
	int64_t begun;

	rig_put(o, "warm");
	rig->ops->hurry(rig);
	TEST_WAIT(r.good == 1);
	begun = bfs_clock_ms();
	for (int i = 0; i < 100; i++) {
		rig_put(o, "x");
		rig->ops->hurry(rig);
		TEST_WAIT(r.good == i + 2);
	}
	/* A hundred times linger.ms would be 5000. */
	ck_assert_int_lt(bfs_clock_ms() - begun, rig_faults() ? 450 : 4000);
	rig->ops->outlet_close(o);
}
END_TEST

START_TEST(in_order)
{
	struct rig_reports r;
	struct bfs_outlet *o = outlet(&r, 1);

	put_numbers(o, 0, 50000);
	rig->ops->hurry(rig);
	TEST_WAIT(r.good == 50000);
	/* One parcel: far fewer reports than records. */
	ck_assert_int_lt(r.calls, 5000);
	rig->ops->outlet_close(o);
	expect_numbers(1, 50000);
}
END_TEST

START_TEST(queue_full)
{
	struct rig_reports r;
	struct bfs_outlet *o = outlet(&r, 1);

	ck_assert_int_gt(put_numbers(o, 0, 5000), 0);
	TEST_WAIT(r.good == 5000);
	rig->ops->outlet_close(o);
	expect_numbers(1, 5000);
}
END_TEST

/* Outlets of the same partition, one closed with records in flight: each has its own reports. */
START_TEST(outlets)
{
	struct rig_reports a, b, c;
	struct bfs_outlet *x = outlet(&a, 0), *y = outlet(&b, 0), *z = outlet(&c, 2);

	for (int i = 0; i < 50; i++) {
		ck_assert_int_eq(rig_put(x, "x"), 1);
		ck_assert_int_eq(rig_put(y, "y"), 1);
		ck_assert_int_eq(rig_put(z, "z"), 1);
	}
	rig->ops->outlet_close(x);
	TEST_WAIT(a.good == 50 && b.good == 50 && c.good == 50);
	ck_assert_ptr_eq(b.parcel, y);
	ck_assert_int_eq(rig_put(y, "y"), 1);
	TEST_WAIT(b.good == 51);
	rig->ops->outlet_close(y);
	rig->ops->outlet_close(z);
	ck_assert_int_eq(rig_ends(rig_topic, 0, 5000).end, 101);
}
END_TEST

/* --- what is refused -------------------------------------------------------------------------- */

START_TEST(too_large)
{
	size_t max = rig->ops->message_max(rig);
	char *bytes = bfs_zalloc(max + 1);
	struct bfs_record m[3] = { { .value = bytes, .value_len = 10 },
				   { .value = bytes, .value_len = max + 1 },
				   { .value = bytes, .value_len = 10 } };
	struct rig_reports r;
	struct bfs_outlet *o = outlet(&r, 0);
	struct bfs_why why;

	ck_assert_int_eq(rig->ops->produce(o, m, 3, o, &why), 1);
	ck_assert_int_eq(rig->ops->produce(o, m + 1, 2, o, &why), -EMSGSIZE);
	m[1].value_len = max;
	ck_assert_int_eq(rig->ops->produce(o, m + 1, 2, o, &why), 2);
	TEST_WAIT(r.good == 3);
	rig->ops->outlet_close(o);
	free(bytes);
}
END_TEST

START_TEST(unknown_topic)
{
	struct rig_answer b = { 0 };
	struct rig_reports r;
	struct bfs_outlet *o;

	snprintf(rig_topic, sizeof(rig_topic), "no-such-topic");
	o = outlet(&r, 0);
	ck_assert_int_eq(rig_put(o, "x"), -ENOENT);
	rig->ops->outlet_close(o);
	rig->ops->topics(rig, rig_in(5000), rig_on_topics, &b);
	rig_await(&b);
	ck_assert_int_eq(b.partitions, 0);
}
END_TEST

/* The broker's verdicts on one batch, each reported once, and what comes after is fine. */
START_TEST(refused)
{
	static const struct {
		rd_kafka_resp_err_t code;
		int err;
	} cases[] = {
		{ RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, -EMSGSIZE },
		{ RD_KAFKA_RESP_ERR_POLICY_VIOLATION, -EINVAL },
		{ RD_KAFKA_RESP_ERR_INVALID_RECORD, -EINVAL },
		{ RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, -EACCES },
	};
	struct rig_reports r;
	struct bfs_outlet *o;

	if (!rig_faults())
		return;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		o = outlet(&r, 0);
		rd_kafka_mock_push_request_errors(rig_mock, API_PRODUCE, 1, cases[i].code);
		ck_assert_int_eq(rig_put(o, "x"), 1);
		rig->ops->hurry(rig);
		TEST_WAIT(r.bad + r.good == 1);
		ck_assert_int_eq(r.err, cases[i].err);
		ck_assert_ptr_nonnull(strstr(r.why.text, "Broker: "));
		ck_assert_int_eq(rig_put(o, "x"), 1);
		rig->ops->hurry(rig);
		TEST_WAIT(r.good == 1);
		ck_assert_int_eq(r.bad, 1);
		rig->ops->outlet_close(o);
	}
}
END_TEST

START_TEST(retried)
{
	static const rd_kafka_resp_err_t codes[] = {
		RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
		RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
		RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
		RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
	};
	struct rig_reports r;
	struct bfs_outlet *o;
	int n = (int)(sizeof(codes) / sizeof(codes[0]));

	if (!rig_faults())
		return;
	o = outlet(&r, 0);
	for (int i = 0; i < n; i++) {
		rd_kafka_mock_push_request_errors(rig_mock, API_PRODUCE, 1, codes[i]);
		put_numbers(o, i, 1);
		TEST_WAIT(r.good == i + 1);
	}
	rig->ops->outlet_close(o);
	expect_numbers(0, n);
}
END_TEST

/* --- fatal errors ----------------------------------------------------------------------------- */

static void kill_producer(void)
{
	rig_quiet();
	rd_kafka_mock_push_request_errors(rig_mock, API_PRODUCE, 1,
					  RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER);
}

/* In flight: failed once each. After: on a new handle, without anybody's doing. */
START_TEST(fatal)
{
	struct rig_reports a, b;
	struct bfs_record lost[10];
	struct bfs_outlet *x, *y;
	struct bfs_why why;

	if (!rig_faults())
		return;
	x = outlet(&a, 0);
	y = outlet(&b, 1);
	rig_put(x, "first");
	rig_put(y, "first");
	TEST_WAIT(a.good == 1 && b.good == 1);
	kill_producer();
	for (int i = 0; i < 10; i++)
		lost[i] = (struct bfs_record){ .value = "lost", .value_len = 4 };
	ck_assert_int_eq(rig->ops->produce(x, lost, 10, x, &why), 10);
	TEST_WAIT(a.bad == 10);
	ck_assert_int_eq(a.err, -EIO);
	ck_assert_ptr_nonnull(strstr(a.why.text, "the producer failed"));
	TEST_WAIT(rig_put(x, "second") == 1);
	TEST_WAIT(rig_put(y, "second") == 1);
	TEST_WAIT(a.good == 2 && b.good == 2);
	ck_assert_int_eq(a.bad, 10);
	ck_assert_int_eq(b.bad, 0);
	rig->ops->outlet_close(x);
	rig->ops->outlet_close(y);
	ck_assert_int_eq(rig_ends(rig_topic, 0, 5000).end, 2);
}
END_TEST

/* One death after the other: every record is still reported once. */
START_TEST(fatal_again)
{
	struct rig_reports r;
	struct bfs_outlet *o;
	int taken = 0, no;

	if (!rig_faults())
		return;
	o = outlet(&r, 0);
	for (int i = 0; i < 4; i++) {
		kill_producer();
		for (int k = 0; k < 200; k++) {
			no = rig_put(o, "x");
			ck_assert(no == 1 || no == -EIO || no == -EAGAIN);
			taken += no == 1;
		}
		usleep(150000);
	}
	TEST_WAIT(rig_put(o, "last") == 1);
	taken++;
	TEST_WAIT(r.good + r.bad == taken);
	ck_assert_int_gt(r.bad, 0);
	usleep(20000);
	ck_assert_int_eq(r.good + r.bad, taken);
	rig->ops->outlet_close(o);
}
END_TEST

START_TEST(idempotence_refused)
{
	struct rig_reports r;
	struct bfs_outlet *o;
	struct bfs_record m = { .value = "x", .value_len = 1 };
	struct bfs_why why;
	int no;

	if (!rig_faults())
		return;
	rig_quiet();
	for (int i = 0; i < 20; i++)
		rd_kafka_mock_push_request_errors(rig_mock, API_INIT_PRODUCER_ID, 1,
						  RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED);
	o = outlet(&r, 0);
	no = rig->ops->produce(o, &m, 1, o, &why);
	if (no == 1) {
		TEST_WAIT(r.bad == 1);
		no = r.err;
		why = r.why;
	}
	ck_assert_int_eq(no, -EACCES);
	ck_assert_msg(strstr(why.text, "IdempotentWrite") != NULL, "%s", why.text);
	rd_kafka_mock_clear_request_errors(rig_mock, API_INIT_PRODUCER_ID);
	TEST_WAIT(rig_put(o, "x") == 1 && (usleep(30000), r.good) > 0);
	rig->ops->outlet_close(o);
}
END_TEST

/* --- the end ---------------------------------------------------------------------------------- */

/* What was accepted is delivered at the end. */
START_TEST(end_delivers)
{
	struct rig_reports r;
	struct bfs_outlet *o = outlet(&r, 0);

	put_numbers(o, 0, 1000);
	bfs_kafka_stop(rig, bfs_clock_ms() + 5000);
	bfs_kafka_free(rig);
	ck_assert_int_eq(r.good, 1000);
	ck_assert_int_eq(r.bad, 0);
	rig_connect();
	expect_numbers(0, 1000);
}
END_TEST

/* With no broker that is bounded, and what was not is said. */
static void end_bounded(bool down)
{
	struct rig_reports r;
	struct bfs_outlet *o;
	int64_t begun;

	if (!rig_faults())
		return;
	o = outlet(&r, 0);
	rig_put(o, "x");
	TEST_WAIT(r.good == 1);
	if (down)
		rd_kafka_mock_broker_set_down(rig_mock, 1);
	else
		rd_kafka_mock_broker_set_rtt(rig_mock, 1, 30000);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(rig_put(o, "x"), 1);
	usleep(50000);
	rig_quiet();
	begun = bfs_clock_ms();
	bfs_kafka_stop(rig, begun + 1000);
	bfs_kafka_free(rig);
	rig = NULL;
	ck_assert_int_lt(bfs_clock_ms() - begun, 2500);
	ck_assert_int_eq(r.good, 1);
	ck_assert_int_eq(r.bad, 20);
	ck_assert_int_eq(r.err, -ETIMEDOUT);
	rd_kafka_mock_broker_set_rtt(rig_mock, 1, 0);
}

START_TEST(end_broker_down)
{
	end_bounded(true);
}
END_TEST

START_TEST(end_broker_silent)
{
	end_bounded(false);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("kafka_produce");
	TCase *all = tcase_create("producer"), *small = tcase_create("small queue");
	TCase *lingering = tcase_create("lingering");

	tcase_add_checked_fixture(all, up, rig_down);
	tcase_add_checked_fixture(small, up_small_queue, rig_down);
	tcase_add_checked_fixture(lingering, up_lingering, rig_down);
	tcase_set_timeout(all, 60);
	tcase_set_timeout(small, 60);
	tcase_set_timeout(lingering, 60);
	tcase_add_test(all, one_record);
	tcase_add_test(lingering, hurry);
	tcase_add_test(all, in_order);
	tcase_add_test(small, queue_full);
	tcase_add_test(all, outlets);
	tcase_add_test(all, too_large);
	tcase_add_test(all, unknown_topic);
	tcase_add_test(all, refused);
	tcase_add_test(all, retried);
	tcase_add_test(all, fatal);
	tcase_add_test(all, fatal_again);
	tcase_add_test(all, idempotence_refused);
	tcase_add_test(all, end_delivers);
	tcase_add_test(all, end_broker_down);
	tcase_add_test(all, end_broker_silent);
	suite_add_tcase(s, all);
	suite_add_tcase(s, small);
	suite_add_tcase(s, lingering);
	return s;
}

TEST_MAIN(suite)
