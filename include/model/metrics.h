/* metrics.h - what is counted, and how it is told: Prometheus' text format.
 *
 * One table has each metric's name, type and help. What only grows (counters, histograms) is
 * counted where it happens, by whoever it happens to; what goes up and down is asked for when it is
 * shown (report_metrics.c). Names and units are by Prometheus' conventions: base units, seconds and
 * bytes, and _total behind counters.
 *
 * The struct is part of the cluster's (cluster.h), so that both sides of that wall count into the
 * same one.
 *
 * Threads: any. Locks: none for counters and histograms (atomics); METRICS (68) for errors.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_MODEL_METRICS_H
#define BFS_MODEL_METRICS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/sync.h"

/* In the order in which they are shown. */
enum bfs_metric {
	BFS_METRIC_BUILD,
	BFS_METRIC_UP,
	/* counters */
	BFS_METRIC_FETCHED_RECORDS,
	BFS_METRIC_FETCHED_BYTES,
	BFS_METRIC_READ_BYTES,
	BFS_METRIC_WRITTEN_BYTES,
	BFS_METRIC_PRODUCED_RECORDS,
	BFS_METRIC_PRODUCED_BYTES,
	BFS_METRIC_UNCONFIRMED_RECORDS,
	BFS_METRIC_COMMIT_FAILURES,
	/* histograms */
	BFS_METRIC_READ_SECONDS,
	BFS_METRIC_PRODUCE_SECONDS,
	BFS_METRIC_COMMIT_SECONDS,
	/* by operation and errno */
	BFS_METRIC_ERRORS,
	/* gauges */
	BFS_METRIC_OPEN_FILES,
	BFS_METRIC_PARKED,
	BFS_METRIC_WINDOW_BYTES,
	BFS_METRIC_WINDOW_LIMIT,
	BFS_METRIC_IN_FLIGHT_BYTES,
	/* of the mount's group, by topic and partition */
	BFS_METRIC_COMMITTED,
	BFS_METRIC_END,
	BFS_METRIC_LAG,
	/* what librdkafka says of each broker */
	BFS_METRIC_BROKER_CONNECTED,
	BFS_METRIC_BROKER_ROUND_TRIP,
	BFS_METRIC_BROKER_REQUESTS,
	BFS_METRIC_BROKER_RESPONSES,
	BFS_METRIC_BROKER_SENT,
	BFS_METRIC_BROKER_RECEIVED,
	BFS_METRIC_BROKER_ERRORS,
	BFS_METRIC_BROKER_TIMEOUTS,
	BFS_METRIC_BROKER_RETRIES,
	BFS_METRIC_BROKER_QUEUED,
	BFS_METRIC_BROKER_AWAITED,
	BFS_METRIC_PRODUCER_QUEUE_RECORDS,
	BFS_METRIC_PRODUCER_QUEUE_BYTES,
	/* of the daemon's process, called as Prometheus' client libraries do */
	BFS_METRIC_CPU,
	BFS_METRIC_RESIDENT,
	BFS_METRIC_FDS,
	BFS_METRIC_MAX_FDS,
	BFS_METRIC_THREADS,
	BFS_METRIC_START,
	BFS_N_METRICS
};

#define BFS_METRICS_BUCKETS 14  /* of a histogram, and one for all that takes longer */
#define BFS_METRICS_ERRORS  128 /* pairs of operation and errno */

struct bfs_histogram {
	_Atomic uint64_t buckets[BFS_METRICS_BUCKETS + 1];
	_Atomic uint64_t sum; /* microseconds */
};

struct bfs_error_count {
	const char *operation; /* a constant */
	int err;
	uint64_t n;
};

struct bfs_metrics {
	_Atomic uint64_t counters[BFS_N_METRICS];
	struct bfs_histogram histograms[BFS_METRIC_COMMIT_SECONDS - BFS_METRIC_READ_SECONDS + 1];
	struct bfs_mutex lock; /* protects errors */
	struct bfs_error_count errors[BFS_METRICS_ERRORS];
};

void bfs_metrics_init(struct bfs_metrics *x); /* of zeroed memory */
void bfs_metrics_fini(struct bfs_metrics *x);

/* Counter m grows by n. */
static inline void bfs_metrics_add(struct bfs_metrics *x, enum bfs_metric m, uint64_t n)
{
	atomic_fetch_add_explicit(&x->counters[m], n, memory_order_relaxed);
}

/* Histogram m: one more, which took so long. Many of the same at once: n. */
void bfs_metrics_took(struct bfs_metrics *x, enum bfs_metric m, int64_t us, uint64_t n);

/* A request failed. `operation` must last. When there are too many kinds of errors the further ones
 * are counted as operation "other". */
void bfs_metrics_failed(struct bfs_metrics *x, const char *operation, int err);

/* --- showing ------------------------------------------------------------------------- */

/* HELP and TYPE, before the first sample of a metric. */
void bfs_metrics_head(struct bfs_buf *ret, enum bfs_metric m);

/* A sample. `labels` is "" or as bfs_metrics_label() made it; `suffix` is "" but for parts of a
 * summary. */
void bfs_metrics_sample(struct bfs_buf *ret, enum bfs_metric m, const char *suffix,
			const char *labels, double value);

/* Head and sample of one without labels. */
void bfs_metrics_one(struct bfs_buf *ret, enum bfs_metric m, double value);

/* Appends NAME="VALUE" to the labels in `ret`, which stays a string. */
void bfs_metrics_label(struct bfs_buf *ret, const char *name, const char *value);

/* All that is counted. */
void bfs_metrics_counted(struct bfs_buf *ret, struct bfs_metrics *x);

/* --- the daemon's process ------------------------------------------------------------ */

struct bfs_usage {
	double cpu;       /* seconds */
	int64_t resident; /* bytes */
	int fds, max_fds, threads;
};

/* What the process takes; what can't be had is -1. process/usage.h, or a test's own. */
typedef void bfs_usage_fn(struct bfs_usage *ret);

#endif
