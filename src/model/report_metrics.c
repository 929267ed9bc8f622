/* report_metrics.c - the text of metrics: what is counted, and how things stand.
 *
 * It is never refused: what a silent broker does not say is left out, and brokerfs_up is 0.
 *
 * SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "model/report_inner.h"

#define PATIENCE    1000 /* ms for the question whether anybody answers, and as much for the lag */
#define BROKERS_MAX 1024 /* connections shown */

/* --- gauges -------------------------------------------------------------------------- */

static void print_build(struct bfs_buf *b)
{
	struct bfs_buf labels = { 0 };

	bfs_metrics_label(&labels, "version", BFS_VERSION);
	bfs_metrics_head(b, BFS_METRIC_BUILD);
	bfs_metrics_sample(b, BFS_METRIC_BUILD, "", labels.data, 1);
	bfs_buf_fini(&labels);
}

static void print_gauges(struct bfs_fs *fs, struct bfs_buf *b)
{
	size_t waiting = bfs_clerk_waiting(fs->clerk);

	bfs_metrics_one(b, BFS_METRIC_OPEN_FILES, atomic_load(&fs->open_files));
	/* but for the one that asks */
	bfs_metrics_one(b, BFS_METRIC_PARKED, waiting ? (double)(waiting - 1) : 0);
	bfs_metrics_one(b, BFS_METRIC_WINDOW_BYTES,
			(double)atomic_load(&fs->streams.pool.chunks) * BFS_CHUNK_SIZE);
	bfs_metrics_one(b, BFS_METRIC_WINDOW_LIMIT, (double)fs->options->memory);
	bfs_metrics_one(b, BFS_METRIC_IN_FLIGHT_BYTES, (double)atomic_load(&fs->writers.in_flight));
}

static void print_usage(struct bfs_fs *fs, struct bfs_buf *b)
{
	struct bfs_usage u;

	bfs_metrics_one(b, BFS_METRIC_START, (double)fs->mounted / 1000);
	if (!fs->usage)
		return;
	fs->usage(&u);
	bfs_metrics_one(b, BFS_METRIC_CPU, u.cpu);
	if (u.resident >= 0)
		bfs_metrics_one(b, BFS_METRIC_RESIDENT, (double)u.resident);
	if (u.fds >= 0)
		bfs_metrics_one(b, BFS_METRIC_FDS, u.fds);
	if (u.max_fds >= 0)
		bfs_metrics_one(b, BFS_METRIC_MAX_FDS, u.max_fds);
	if (u.threads >= 0)
		bfs_metrics_one(b, BFS_METRIC_THREADS, u.threads);
}

/* --- the mount's group --------------------------------------------------------------- */

static void label_place(struct bfs_buf *ret, const struct bfs_row *row, const char *group)
{
	char partition[16];

	snprintf(partition, sizeof(partition), "%" PRId32, row->partition);
	if (group)
		bfs_metrics_label(ret, "group", group);
	bfs_metrics_label(ret, "topic", row->topic);
	bfs_metrics_label(ret, "partition", partition);
}

static int64_t value_of(enum bfs_metric m, const struct bfs_row *row)
{
	if (m == BFS_METRIC_LAG)
		return bfs_report_lag_of(row);
	return m == BFS_METRIC_END ? row->end : row->committed;
}

static void print_places(struct bfs_report *r, enum bfs_metric m)
{
	const char *group = m == BFS_METRIC_END ? NULL : r->fs->tree.home->group;

	bfs_metrics_head(&r->text, m);
	for (size_t i = 0; i < r->n_rows; i++) {
		struct bfs_buf labels = { 0 };

		if (r->rows[i].committed == BFS_NO_OFFSET || value_of(m, &r->rows[i]) < 0)
			continue;
		label_place(&labels, &r->rows[i], group);
		bfs_metrics_sample(&r->text, m, "", labels.data, (double)value_of(m, &r->rows[i]));
		bfs_buf_fini(&labels);
	}
}

/* --- connections --------------------------------------------------------------------- */

static double figure(enum bfs_metric m, const struct bfs_broker_statistics *s)
{
	switch (m) {
	case BFS_METRIC_BROKER_CONNECTED: return s->connected;
	case BFS_METRIC_BROKER_REQUESTS: return (double)s->requests;
	case BFS_METRIC_BROKER_RESPONSES: return (double)s->responses;
	case BFS_METRIC_BROKER_SENT: return (double)s->sent;
	case BFS_METRIC_BROKER_RECEIVED: return (double)s->received;
	case BFS_METRIC_BROKER_ERRORS: return (double)s->errors;
	case BFS_METRIC_BROKER_TIMEOUTS: return (double)s->timeouts;
	case BFS_METRIC_BROKER_RETRIES: return (double)s->retries;
	case BFS_METRIC_BROKER_QUEUED: return (double)s->queued;
	default: return (double)s->awaited;
	}
}

static void label_broker(struct bfs_buf *ret, const struct bfs_broker_statistics *s)
{
	char id[16];

	snprintf(id, sizeof(id), "%" PRId32, s->id);
	bfs_metrics_label(ret, "client", s->client);
	bfs_metrics_label(ret, "broker", id);
	bfs_metrics_label(ret, "address", s->address);
}

static void print_round_trip(struct bfs_buf *b, const struct bfs_broker_statistics *s)
{
	static const char *const quantiles[] = { "0.5", "0.9", "0.99" };
	struct bfs_buf labels = { 0 }, more = { 0 };

	label_broker(&labels, s);
	for (int i = 0; i < 3; i++) {
		if (isnan(s->round_trip[i]))
			continue;
		more.len = 0;
		label_broker(&more, s);
		bfs_metrics_label(&more, "quantile", quantiles[i]);
		bfs_metrics_sample(b, BFS_METRIC_BROKER_ROUND_TRIP, "", more.data,
				   s->round_trip[i]);
	}
	bfs_metrics_sample(b, BFS_METRIC_BROKER_ROUND_TRIP, "_sum", labels.data, s->round_trip_sum);
	bfs_metrics_sample(b, BFS_METRIC_BROKER_ROUND_TRIP, "_count", labels.data,
			   (double)s->round_trips);
	bfs_buf_fini(&labels);
	bfs_buf_fini(&more);
}

static void print_connections(struct bfs_cluster *c, struct bfs_buf *b)
{
	struct bfs_broker_statistics *s = bfs_zalloc(BROKERS_MAX * sizeof(*s));
	struct bfs_queue_statistics queue;
	size_t n = c->ops->statistics(c, s, BROKERS_MAX, &queue);

	n = n < BROKERS_MAX ? n : BROKERS_MAX;
	for (enum bfs_metric m = BFS_METRIC_BROKER_CONNECTED; m <= BFS_METRIC_BROKER_AWAITED; m++) {
		bfs_metrics_head(b, m);
		for (size_t i = 0; i < n; i++) {
			struct bfs_buf labels = { 0 };

			if (m == BFS_METRIC_BROKER_ROUND_TRIP) {
				print_round_trip(b, &s[i]);
				continue;
			}
			label_broker(&labels, &s[i]);
			bfs_metrics_sample(b, m, "", labels.data, figure(m, &s[i]));
			bfs_buf_fini(&labels);
		}
	}
	bfs_metrics_one(b, BFS_METRIC_PRODUCER_QUEUE_RECORDS, (double)queue.records);
	bfs_metrics_one(b, BFS_METRIC_PRODUCER_QUEUE_BYTES, (double)queue.bytes);
	free(s);
}

/* --- all ----------------------------------------------------------------------------- */

static void print(struct bfs_report *r)
{
	struct bfs_fs *fs = r->fs;

	print_build(&r->text);
	bfs_metrics_one(&r->text, BFS_METRIC_UP, r->up);
	bfs_metrics_counted(&r->text, &fs->cluster->metrics);
	print_gauges(fs, &r->text);
	bfs_report_sort(r);
	for (enum bfs_metric m = BFS_METRIC_COMMITTED; m <= BFS_METRIC_LAG; m++)
		print_places(r, m);
	print_connections(fs->cluster, &r->text);
	print_usage(fs, &r->text);
}

static void got_life(void *arg, int err, const struct bfs_why *why)
{
	struct bfs_report *r = arg;

	(void)why;
	r->up = !err;
	if (!err)
		bfs_report_ask_lag(r);
	bfs_report_answered(r, 0, NULL);
}

void bfs_report_metrics(struct bfs_report *r)
{
	struct bfs_cluster *c = r->fs->cluster;
	int64_t patience = r->deadline - bfs_clock_ms();

	r->print = print;
	r->lenient = true;
	patience = patience < PATIENCE ? patience : PATIENCE;
	if (r->deadline > bfs_clock_ms() + 2 * PATIENCE)
		r->deadline = bfs_clock_ms() + 2 * PATIENCE;
	bfs_report_asks(r);
	c->ops->alive(c, patience > 0 ? patience : 0, got_life, r);
}

static void ready(struct bfs_ticket *t, struct bfs_text *text, int err, const struct bfs_why *why)
{
	struct iovec iov;

	(void)why;
	if (err) {
		bfs_answer_error(t, err);
		return;
	}
	iov = (struct iovec){ text->buf.data, text->buf.len };
	bfs_answer_data(t, &iov, 1);
	bfs_text_put(text);
}

void bfs_fs_metrics(struct bfs_fs *fs, struct bfs_ticket *t)
{
	struct bfs_node *root = bfs_tree_get(&fs->tree, BFS_ROOT_INO);

	bfs_report_attribute(fs, root, bfs_report_metrics, "", t, ready);
	bfs_node_put(root);
}
