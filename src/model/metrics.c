/* metrics.c - what is counted, and how it is told: Prometheus' text format.
 *
 * SPDX-License-Identifier: MIT */
#include "model/metrics.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "core/json.h"

/* --- the table ----------------------------------------------------------------------- */

static const struct {
	const char *name, *type, *help;
} table[BFS_N_METRICS] = {
	[BFS_METRIC_BUILD] = { "brokerfs_build_info", "gauge", "Always 1; what is running here." },
	[BFS_METRIC_UP] = { "brokerfs_up", "gauge", "Whether a broker answers now." },
	[BFS_METRIC_FETCHED_RECORDS] = { "brokerfs_fetched_records_total", "counter",
					 "Records that brokers sent." },
	[BFS_METRIC_FETCHED_BYTES] = { "brokerfs_fetched_bytes_total", "counter",
				       "Bytes of their keys and values." },
	[BFS_METRIC_READ_BYTES] = { "brokerfs_read_bytes_total", "counter",
				    "Bytes that programs read from files of topics." },
	[BFS_METRIC_WRITTEN_BYTES] = { "brokerfs_written_bytes_total", "counter",
				       "Bytes of writes to files of topics that were taken." },
	[BFS_METRIC_PRODUCED_RECORDS] = { "brokerfs_produced_records_total", "counter",
					  "Records that brokers acknowledged." },
	[BFS_METRIC_PRODUCED_BYTES] = { "brokerfs_produced_bytes_total", "counter",
					"Bytes of their keys and values." },
	[BFS_METRIC_UNCONFIRMED_RECORDS] = { "brokerfs_unconfirmed_records_total", "counter",
					     "Records that brokers refused, or did not confirm." },
	[BFS_METRIC_COMMIT_FAILURES] = { "brokerfs_commit_failures_total", "counter",
					 "Commits of offsets that failed." },
	[BFS_METRIC_READ_SECONDS] = { "brokerfs_read_duration_seconds", "histogram",
				      "Reads of files of topics, but for those that wait for "
				      "records to come." },
	[BFS_METRIC_PRODUCE_SECONDS] = { "brokerfs_produce_duration_seconds", "histogram",
					 "From handing a record to the producer until it was "
					 "acknowledged." },
	[BFS_METRIC_COMMIT_SECONDS] = { "brokerfs_commit_duration_seconds", "histogram",
					"Commits of offsets, with the check before them." },
	[BFS_METRIC_ERRORS] = { "brokerfs_errors_total", "counter",
				"Requests answered with an error." },
	[BFS_METRIC_OPEN_FILES] = { "brokerfs_open_files", "gauge", "Files that are open." },
	[BFS_METRIC_PARKED] = { "brokerfs_parked_requests", "gauge",
				"Requests that wait for an answer." },
	[BFS_METRIC_WINDOW_BYTES] = { "brokerfs_window_bytes", "gauge",
				      "Memory of the windows of files that are being read." },
	[BFS_METRIC_WINDOW_LIMIT] = { "brokerfs_window_limit_bytes", "gauge",
				      "What they may take in all." },
	[BFS_METRIC_IN_FLIGHT_BYTES] = { "brokerfs_in_flight_bytes", "gauge",
					 "Memory of records that are not acknowledged yet." },
	[BFS_METRIC_COMMITTED] = { "brokerfs_group_committed_offset", "gauge",
				   "What the mount's group has committed." },
	[BFS_METRIC_END] = { "brokerfs_partition_end_offset", "gauge",
			     "Where the partitions end that the group has committed in." },
	[BFS_METRIC_LAG] = { "brokerfs_group_lag_records", "gauge",
			     "Records from there to the end." },
	[BFS_METRIC_BROKER_CONNECTED] = { "brokerfs_broker_connected", "gauge",
					  "Whether this client is connected to the broker." },
	[BFS_METRIC_BROKER_ROUND_TRIP] = { "brokerfs_broker_round_trip_seconds", "summary",
					   "From a request to its response." },
	[BFS_METRIC_BROKER_REQUESTS] = { "brokerfs_broker_requests_total", "counter",
					 "Requests sent." },
	[BFS_METRIC_BROKER_RESPONSES] = { "brokerfs_broker_responses_total", "counter",
					  "Responses received." },
	[BFS_METRIC_BROKER_SENT] = { "brokerfs_broker_sent_bytes_total", "counter", "Bytes sent." },
	[BFS_METRIC_BROKER_RECEIVED] = { "brokerfs_broker_received_bytes_total", "counter",
					 "Bytes received." },
	[BFS_METRIC_BROKER_ERRORS] = { "brokerfs_broker_errors_total", "counter",
				       "Requests and responses that broke off." },
	[BFS_METRIC_BROKER_TIMEOUTS] = { "brokerfs_broker_timeouts_total", "counter",
					 "Requests that were not answered in time." },
	[BFS_METRIC_BROKER_RETRIES] = { "brokerfs_broker_retries_total", "counter",
					"Requests sent again." },
	[BFS_METRIC_BROKER_QUEUED] = { "brokerfs_broker_queued_requests", "gauge",
				       "Requests to be sent." },
	[BFS_METRIC_BROKER_AWAITED] = { "brokerfs_broker_awaited_responses", "gauge",
					"Requests sent and not answered yet." },
	[BFS_METRIC_PRODUCER_QUEUE_RECORDS] = { "brokerfs_producer_queue_records", "gauge",
						"Records in the producer, to be sent or sent." },
	[BFS_METRIC_PRODUCER_QUEUE_BYTES] = { "brokerfs_producer_queue_bytes", "gauge",
					      "Their bytes." },
	[BFS_METRIC_CPU] = { "process_cpu_seconds_total", "counter",
			     "User and system time of the daemon." },
	[BFS_METRIC_RESIDENT] = { "process_resident_memory_bytes", "gauge",
				  "Resident memory of the daemon." },
	[BFS_METRIC_FDS] = { "process_open_fds", "gauge", "Its open descriptors." },
	[BFS_METRIC_MAX_FDS] = { "process_max_fds", "gauge", "How many it may have." },
	[BFS_METRIC_THREADS] = { "process_threads", "gauge", "Its threads." },
	[BFS_METRIC_START] = { "process_start_time_seconds", "gauge",
			       "When it was mounted, since the epoch." },
};

/* Upper bounds, in microseconds: from a page in memory to a broker that is nearly given up. */
static const int64_t bounds[BFS_METRICS_BUCKETS] = {
	500,    1000,   2500,   5000,    10000,   25000,   50000,
	100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000,
};

/* --- counting ------------------------------------------------------------------------ */

void bfs_metrics_took(struct bfs_metrics *x, enum bfs_metric m, int64_t us, uint64_t n)
{
	struct bfs_histogram *h = &x->histograms[m - BFS_METRIC_READ_SECONDS];
	int i = 0;

	if (us < 0)
		us = 0;
	while (i < BFS_METRICS_BUCKETS && us > bounds[i])
		i++;
	atomic_fetch_add_explicit(&h->buckets[i], n, memory_order_relaxed);
	atomic_fetch_add_explicit(&h->sum, (uint64_t)us * n, memory_order_relaxed);
}

/* The pair's place, or a new one; the last place takes what finds none. */
static struct bfs_error_count *error_of(struct bfs_metrics *x, const char *operation, int err)
{
	struct bfs_error_count *c = x->errors;

	for (; c->operation && c < x->errors + BFS_METRICS_ERRORS - 1; c++)
		if (c->err == err && !strcmp(c->operation, operation))
			return c;
	if (!c->operation) {
		c->operation = c < x->errors + BFS_METRICS_ERRORS - 1 ? operation : "other";
		c->err = err;
	}
	return c;
}

void bfs_metrics_failed(struct bfs_metrics *x, const char *operation, int err)
{
	bfs_mutex_lock(&x->lock);
	error_of(x, operation, err)->n++;
	bfs_mutex_unlock(&x->lock);
}

/* --- showing ------------------------------------------------------------------------- */

void bfs_metrics_head(struct bfs_buf *ret, enum bfs_metric m)
{
	bfs_buf_printf(ret, "# HELP %s %s\n# TYPE %s %s\n", table[m].name, table[m].help,
		       table[m].name, table[m].type);
}

/* Whole numbers stay whole: offsets are exact up to 2^53, and so is what Prometheus keeps. */
static void number(struct bfs_buf *ret, double value)
{
	if (value == floor(value) && fabs(value) < 9007199254740992.0)
		bfs_buf_printf(ret, " %" PRId64 "\n", (int64_t)value);
	else
		bfs_buf_printf(ret, " %.15g\n", value);
}

void bfs_metrics_sample(struct bfs_buf *ret, enum bfs_metric m, const char *suffix,
			const char *labels, double value)
{
	if (*labels)
		bfs_buf_printf(ret, "%s%s{%s}", table[m].name, suffix, labels);
	else
		bfs_buf_printf(ret, "%s%s", table[m].name, suffix);
	number(ret, value);
}

void bfs_metrics_one(struct bfs_buf *ret, enum bfs_metric m, double value)
{
	bfs_metrics_head(ret, m);
	bfs_metrics_sample(ret, m, "", "", value);
}

void bfs_metrics_label(struct bfs_buf *ret, const char *name, const char *value)
{
	bool utf8 = bfs_json_is_utf8(value, strlen(value));

	bfs_buf_printf(ret, "%s%s=\"", ret->len ? "," : "", name);
	for (const char *c = value; *c; c++) {
		if (*c == '\n')
			bfs_buf_append(ret, "\\n", 2);
		else if (*c == '"' || *c == '\\')
			bfs_buf_printf(ret, "\\%c", *c);
		else
			bfs_buf_append(ret, utf8 || !(*c & 0x80) ? c : "?", 1);
	}
	bfs_buf_printf(ret, "\"");
}

static void show_histogram(struct bfs_buf *ret, struct bfs_metrics *x, enum bfs_metric m)
{
	struct bfs_histogram *h = &x->histograms[m - BFS_METRIC_READ_SECONDS];
	double sum = (double)atomic_load(&h->sum) / 1e6;
	uint64_t n = 0;
	char le[32];

	bfs_metrics_head(ret, m);
	for (int i = 0; i < BFS_METRICS_BUCKETS; i++) {
		n += atomic_load(&h->buckets[i]);
		snprintf(le, sizeof(le), "le=\"%g\"", (double)bounds[i] / 1e6);
		bfs_metrics_sample(ret, m, "_bucket", le, (double)n);
	}
	n += atomic_load(&h->buckets[BFS_METRICS_BUCKETS]);
	bfs_metrics_sample(ret, m, "_bucket", "le=\"+Inf\"", (double)n);
	bfs_metrics_sample(ret, m, "_sum", "", sum);
	bfs_metrics_sample(ret, m, "_count", "", (double)n);
}

static void show_errors(struct bfs_buf *ret, struct bfs_metrics *x)
{
	bfs_metrics_head(ret, BFS_METRIC_ERRORS);
	bfs_mutex_lock(&x->lock);
	for (int i = 0; i < BFS_METRICS_ERRORS && x->errors[i].operation; i++) {
		struct bfs_buf labels = { 0 };

		bfs_metrics_label(&labels, "operation", x->errors[i].operation);
		bfs_metrics_label(&labels, "error", bfs_err_name(x->errors[i].err));
		bfs_metrics_sample(ret, BFS_METRIC_ERRORS, "", labels.data, (double)x->errors[i].n);
		bfs_buf_fini(&labels);
	}
	bfs_mutex_unlock(&x->lock);
}

void bfs_metrics_counted(struct bfs_buf *ret, struct bfs_metrics *x)
{
	for (enum bfs_metric m = BFS_METRIC_FETCHED_RECORDS; m < BFS_METRIC_READ_SECONDS; m++)
		bfs_metrics_one(ret, m, (double)atomic_load(&x->counters[m]));
	for (enum bfs_metric m = BFS_METRIC_READ_SECONDS; m <= BFS_METRIC_COMMIT_SECONDS; m++)
		show_histogram(ret, x, m);
	show_errors(ret, x);
}

/* --- life ---------------------------------------------------------------------------- */

void bfs_metrics_init(struct bfs_metrics *x)
{
	bfs_mutex_init(&x->lock, BFS_RANK_METRICS);
}

void bfs_metrics_fini(struct bfs_metrics *x)
{
	bfs_mutex_fini(&x->lock);
}
