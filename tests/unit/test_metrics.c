/* test_metrics.c - what is counted, and the text that tells it.
 *
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "kafka/statistics.h"
#include "tests/unit/control_rig.h"

static bool line_in(const char *text, const char *line)
{
	const char *at = strstr(text, line);

	while (at && ((at != text && at[-1] != '\n') || at[strlen(line)] != '\n'))
		at = strstr(at + 1, line);
	return at != NULL;
}

#define HAS(text, line) ck_assert_msg(line_in(text, line), "no '%s' in:\n%.2000s", line, text)

/* --- counting and showing ------------------------------------------------------------ */

static const char *counted(struct bfs_metrics *x)
{
	static struct bfs_buf text;

	bfs_buf_fini(&text);
	bfs_metrics_counted(&text, x);
	return text.data;
}

START_TEST(counters)
{
	struct bfs_metrics x = { 0 };
	const char *text;

	bfs_metrics_init(&x);
	HAS(counted(&x), "brokerfs_fetched_records_total 0");
	bfs_metrics_add(&x, BFS_METRIC_FETCHED_RECORDS, 3);
	bfs_metrics_add(&x, BFS_METRIC_FETCHED_RECORDS, 1000000000000);
	text = counted(&x);
	HAS(text, "# TYPE brokerfs_fetched_records_total counter");
	HAS(text, "brokerfs_fetched_records_total 1000000000003");
	bfs_metrics_fini(&x);
}
END_TEST

START_TEST(histograms)
{
	struct bfs_metrics x = { 0 };
	const char *text;

	bfs_metrics_init(&x);
	bfs_metrics_took(&x, BFS_METRIC_COMMIT_SECONDS, 500, 1);
	bfs_metrics_took(&x, BFS_METRIC_COMMIT_SECONDS, 501, 2);
	bfs_metrics_took(&x, BFS_METRIC_COMMIT_SECONDS, 10000000, 1);
	bfs_metrics_took(&x, BFS_METRIC_COMMIT_SECONDS, 10000001, 1);
	bfs_metrics_took(&x, BFS_METRIC_COMMIT_SECONDS, -1, 1);
	text = counted(&x);
	HAS(text, "# TYPE brokerfs_commit_duration_seconds histogram");
	HAS(text, "brokerfs_commit_duration_seconds_bucket{le=\"0.0005\"} 2");
	HAS(text, "brokerfs_commit_duration_seconds_bucket{le=\"0.001\"} 4");
	HAS(text, "brokerfs_commit_duration_seconds_bucket{le=\"5\"} 4");
	HAS(text, "brokerfs_commit_duration_seconds_bucket{le=\"10\"} 5");
	HAS(text, "brokerfs_commit_duration_seconds_bucket{le=\"+Inf\"} 6");
	HAS(text, "brokerfs_commit_duration_seconds_count 6");
	HAS(text, "brokerfs_commit_duration_seconds_sum 20.001503");
	HAS(text, "brokerfs_read_duration_seconds_count 0");
	bfs_metrics_fini(&x);
}
END_TEST

START_TEST(errors)
{
	struct bfs_metrics x = { 0 };
	const char *text;

	bfs_metrics_init(&x);
	bfs_metrics_failed(&x, "read", -ETIMEDOUT);
	bfs_metrics_failed(&x, "read", -ETIMEDOUT);
	bfs_metrics_failed(&x, "open", -ETIMEDOUT);
	bfs_metrics_failed(&x, "read", -EBUSY);
	text = counted(&x);
	HAS(text, "brokerfs_errors_total{operation=\"read\",error=\"ETIMEDOUT\"} 2");
	HAS(text, "brokerfs_errors_total{operation=\"open\",error=\"ETIMEDOUT\"} 1");
	HAS(text, "brokerfs_errors_total{operation=\"read\",error=\"EBUSY\"} 1");
	for (int err = 1000; err < 1000 + 2 * BFS_METRICS_ERRORS; err++)
		bfs_metrics_failed(&x, "read", -err);
	text = counted(&x);
	HAS(text, "brokerfs_errors_total{operation=\"other\",error=\"unknown error\"} 132");
	HAS(text, "brokerfs_errors_total{operation=\"read\",error=\"EBUSY\"} 1");
	bfs_metrics_fini(&x);
}
END_TEST

START_TEST(labels_are_quoted)
{
	struct bfs_buf labels = { 0 };

	bfs_metrics_label(&labels, "a", "x\"y\\z\nw");
	bfs_metrics_label(&labels, "b", "gr\xc3\xbc\xc3\x9f");
	bfs_metrics_label(&labels, "c", "no\xffutf");
	ck_assert_str_eq(labels.data,
			 "a=\"x\\\"y\\\\z\\nw\",b=\"gr\xc3\xbc\xc3\x9f\",c=\"no?utf\"");
	bfs_buf_fini(&labels);
}
END_TEST

/* --- the file ------------------------------------------------------------------------ */

static void usage(struct bfs_usage *ret)
{
	*ret = (struct bfs_usage){ 1.5, 4096, 7, -1, 3 };
}

START_TEST(of_the_mount)
{
	const struct bfs_broker_statistics b = { .client = "producer",
						 .id = 7,
						 .address = "h:9092",
						 .connected = true,
						 .round_trip = { .001, .002, NAN },
						 .round_trip_sum = 2.5,
						 .round_trips = 1000,
						 .requests = 12,
						 .awaited = 2 };
	const struct bfs_queue_statistics q = { 5, 500 };
	const char *text;

	append_many(10, 10);
	fake_commit(c, "g", "t", 0, 3, "");
	fake_connection(c, &b, &q);
	mount_it();
	bfs_fs_set_usage(fs, usage);
	text = shows(B "metrics");
	HAS(text, "brokerfs_build_info{version=\"" BFS_VERSION "\"} 1");
	HAS(text, "brokerfs_up 1");
	HAS(text, "brokerfs_parked_requests 0");
	HAS(text, "brokerfs_group_committed_offset{group=\"g\",topic=\"t\",partition=\"0\"} 3");
	HAS(text, "brokerfs_partition_end_offset{topic=\"t\",partition=\"0\"} 10");
	HAS(text, "brokerfs_group_lag_records{group=\"g\",topic=\"t\",partition=\"0\"} 7");
	ck_assert_ptr_null(strstr(text, "partition=\"1\""));
#define BROKER "client=\"producer\",broker=\"7\",address=\"h:9092\""
	HAS(text, "brokerfs_broker_connected{" BROKER "} 1");
	HAS(text, "brokerfs_broker_requests_total{" BROKER "} 12");
	HAS(text, "brokerfs_broker_awaited_responses{" BROKER "} 2");
	HAS(text, "brokerfs_broker_round_trip_seconds{" BROKER ",quantile=\"0.5\"} 0.001");
	HAS(text, "brokerfs_broker_round_trip_seconds{" BROKER ",quantile=\"0.9\"} 0.002");
	ck_assert_ptr_null(strstr(text, "quantile=\"0.99\""));
	HAS(text, "brokerfs_broker_round_trip_seconds_sum{" BROKER "} 2.5");
	HAS(text, "brokerfs_broker_round_trip_seconds_count{" BROKER "} 1000");
	HAS(text, "brokerfs_producer_queue_bytes 500");
	HAS(text, "process_cpu_seconds_total 1.5");
	HAS(text, "process_resident_memory_bytes 4096");
	ck_assert_ptr_null(strstr(text, "process_max_fds"));
}
END_TEST

START_TEST(reads_and_writes_are_counted)
{
	uint64_t fh;
	const char *text;

	append_many(10, 10);
	mount_it();
	fh = open_ino(find("t/0"), O_RDONLY);
	fake_reply_free(waited(read_begin(fh, 0, 4096)));
	fake_reply_free(waited(read_begin(fh, 100, 4096)));
	close_file(fh); /* which waits for the commit */
	fh = open_ino(find("t/1"), O_WRONLY);
	ck_assert_int_eq(fake_finish(write_begin(fh, "abc\n", 0)), 0);
	close_file(fh);
	text = shows(B "metrics");
	HAS(text, "brokerfs_written_bytes_total 4");
	HAS(text, "brokerfs_read_duration_seconds_count 2");
	HAS(text, "brokerfs_commit_duration_seconds_count 1");
	HAS(text, "brokerfs_read_bytes_total 100");
	ck_assert_ptr_null(strstr(text, "brokerfs_window_bytes 0\n"));
}
END_TEST

/* Nobody answers: what can be said is said, soon. */
START_TEST(of_a_silent_cluster)
{
	struct fake_reply *r;
	uint64_t ino;

	append_many(10, 10);
	fake_commit(c, "g", "t", 0, 3, "");
	mount_it();
	ino = find(B "metrics");
	fake_freeze(c, true);
	r = open_begin(ino, O_RDONLY);
	NOT_YET(r);
	advance(1000);
	r = waited(read_begin(opened(r), 0, 1 << 20));
	HAS(r->data, "brokerfs_up 0");
	HAS(r->data, "brokerfs_fetched_records_total 0");
	ck_assert_ptr_null(strstr(r->data, "brokerfs_group_lag_records{"));
	fake_reply_free(r);
	fake_freeze(c, false);
	HAS(shows(B "metrics"), "brokerfs_up 1");
}
END_TEST

/* As an exporter asks. */
START_TEST(without_a_file)
{
	struct fake_reply *r = fake_request("metrics");

	mount_it();
	bfs_fs_metrics(fs, r->ticket);
	fake_wait(r);
	ck_assert_int_eq(r->kind, FAKE_DATA);
	ck_assert_ptr_nonnull(memmem(r->data, r->len, "brokerfs_up 1\n", 14));
	fake_reply_free(r);
	bfs_fs_stop(fs, bfs_clock_ms());
	r = fake_request("metrics");
	bfs_fs_metrics(fs, r->ticket);
	IS_ERR(r, -ENODEV);
}
END_TEST

/* --- librdkafka's statistics ---------------------------------------------------------- */

#define RTT(cnt, sum)                                                                              \
	"\"rtt\":{\"cnt\":" cnt ",\"sum\":" sum ",\"p50\":100,\"p90\":2000,\"p99\":30000}"
#define JSON(tx, rtt)                                                                              \
	"{\"msg_cnt\":4,\"msg_size\":44,\"brokers\":{"                                             \
	"\"h:1/1\":{\"nodeid\":1,\"nodename\":\"h:1\",\"source\":\"learned\",\"state\":\"UP\","    \
	"\"tx\":" tx ",\"rx\":9,\"txbytes\":1000,\"rxbytes\":2000,\"txerrs\":1,\"rxerrs\":2,"      \
	"\"req_timeouts\":3,\"txretries\":5,\"outbuf_cnt\":6,\"waitresp_cnt\":7," rtt "},"         \
	"\"GroupCoordinator\":{\"nodeid\":1,\"nodename\":\"h:1\",\"source\":\"logical\"},"         \
	"\"h:1/bootstrap\":{\"nodeid\":-1,\"source\":\"configured\",\"state\":\"INIT\"}}}"

START_TEST(statistics)
{
	struct bfs_broker_statistics b[4];
	struct bfs_queue_statistics q;
	struct bfs_statistics s;

	bfs_statistics_init(&s, NULL);
	bfs_statistics_parse(&s, BFS_ROLE_PRODUCER, "no JSON {");
	ck_assert_uint_eq(bfs_statistics_copy(&s, b, 4, &q), 0);
	bfs_statistics_parse(&s, BFS_ROLE_PRODUCER, JSON("10", RTT("2", "3000")));
	bfs_statistics_parse(&s, BFS_ROLE_PRODUCER, JSON("20", RTT("1", "500")));
	bfs_statistics_parse(&s, BFS_ROLE_CONTROL, JSON("30", RTT("0", "0")));
	ck_assert_uint_eq(bfs_statistics_copy(&s, b, 1, &q), 2);
	ck_assert_uint_eq(bfs_statistics_copy(&s, b, 4, &q), 2);
	ck_assert_str_eq(b[0].client, "producer");
	ck_assert_str_eq(b[0].address, "h:1");
	ck_assert_int_eq(b[0].id, 1);
	ck_assert(b[0].connected);
	ck_assert_uint_eq(b[0].requests, 20);
	ck_assert_uint_eq(b[0].responses, 9);
	ck_assert_uint_eq(b[0].errors, 3);
	ck_assert_uint_eq(b[0].timeouts, 3);
	ck_assert_uint_eq(b[0].retries, 5);
	ck_assert_int_eq(b[0].queued, 6);
	ck_assert_int_eq(b[0].awaited, 7);
	ck_assert_uint_eq(b[0].round_trips, 3);
	ck_assert_double_eq_tol(b[0].round_trip_sum, .0035, 1e-9);
	ck_assert_double_eq_tol(b[0].round_trip[2], .03, 1e-9);
	ck_assert_str_eq(b[1].client, "control");
	ck_assert(isnan(b[1].round_trip[0]));
	ck_assert_int_eq(q.records, 4);
	ck_assert_int_eq(q.bytes, 44);
	bfs_statistics_fini(&s);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("metrics");

	RIG_CASE(s, "counting", counters, histograms, errors, labels_are_quoted);
	RIG_CASE(s, "file", of_the_mount, reads_and_writes_are_counted, of_a_silent_cluster,
		 without_a_file);
	RIG_CASE(s, "librdkafka", statistics);
	return s;
}

TEST_MAIN(suite)
