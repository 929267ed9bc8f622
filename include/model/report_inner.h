/* report_inner.h - a report in the making, for those who ask and print.
 *
 * report.c: life. report_cluster.c: brokers, topics, partitions. report_group.c: groups.
 * report_metrics.c: metrics.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_MODEL_REPORT_INNER_H
#define BFS_MODEL_REPORT_INNER_H

#include "core/table.h"
#include "model/fs_inner.h"
#include "model/report.h"

/* A partition of which something is asked. */
struct bfs_row {
	struct bfs_report *report;
	char *topic;
	int32_t partition;
	int64_t committed, low, end; /* BFS_NO_OFFSET: not known, or none */
	bool late;                   /* its ends were not told in time */
};

struct bfs_report {
	struct bfs_fs *fs;
	struct bfs_node *node; /* counted */
	bool keep;
	bool lenient; /* what can't be had is left out */
	char *word;   /* of an attribute: which */
	const char *group;
	int64_t deadline;
	bfs_report_ready_fn *ready;
	void (*print)(struct bfs_report *r); /* when all answers are there; NULL: `text` is it */
	struct bfs_snapshot *snapshot;       /* of topics; counted, or NULL */
	_Atomic int refs;

	struct bfs_mutex lock; /* protects all below, while answers come */
	struct bfs_list waiting;
	int pending; /* answers to come, and 1 while asking */
	int err;
	struct bfs_why why;
	struct bfs_buf text;
	struct bfs_row *rows;
	size_t n_rows;
	bool up; /* metrics: a broker answers */
};

/* One answer more to come, or one less. `err` fails the report. */
void bfs_report_asks(struct bfs_report *r);
void bfs_report_answered(struct bfs_report *r, int err, const struct bfs_why *why);

/* Rows for so many partitions; each to be filled in by the caller. */
void bfs_report_rows(struct bfs_report *r, size_t n);

/* Asks where a row's log begins and ends; without an answer it is not known. */
void bfs_report_ask_ends(struct bfs_row *row);

/* Asks what a group (which outlives the report) has committed at the rows. */
void bfs_report_ask_offsets(struct bfs_report *r, const char *group);

/* The same as bfs_report_start, of an attribute: `word` (copied) is for `ask`. */
void bfs_report_attribute(struct bfs_fs *fs, struct bfs_node *n, bfs_report_fn *ask,
			  const char *word, struct bfs_ticket *t, bfs_report_ready_fn *ready);

/* What can be asked for. */
bfs_report_fn bfs_report_brokers, bfs_report_topics, bfs_report_lag, bfs_report_state,
	bfs_report_members, bfs_report_offsets, bfs_report_offset, bfs_report_metrics;

/* Asks for what a group has committed, and for the ends of those partitions: rows. */
void bfs_report_ask_lag(struct bfs_report *r);
int64_t bfs_report_lag_of(const struct bfs_row *row); /* BFS_UNKNOWN if it is */
void bfs_report_sort(struct bfs_report *r);           /* the rows, by topic and partition */

#endif
