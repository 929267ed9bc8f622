/* report.h - a text that is made when it is asked for: what a control file shows, or an attribute.
 *
 * It is the answer to questions to the cluster, perhaps many, all asked at once. A question that
 * the text can't do without fails it; else what is not known is "-". While a request waits for its
 * report it is parked there; when it is interrupted the report goes on without it, and is dropped.
 *
 * What a file showed last is kept with its node. A report that fails is answered with that, under a
 * line that says how old it is and why; where there is none, with the error.
 *
 * After a question that nobody answered in time others wait BFS_REPORT_IMPATIENT only, one every
 * BFS_REPORT_PROBE, and the rest BFS_REPORT_HASTY, until one is answered again: a walk through the
 * whole tree, with its thousands of files, ends in bounded time, too.
 *
 * Threads: any; the cluster's for answers. Locks: REPORT (46) protects a report; no other is taken
 * under it but the ticket's.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_MODEL_REPORT_H
#define BFS_MODEL_REPORT_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "model/ticket.h"

#define BFS_REPORT_IMPATIENT 250 /* ms */
#define BFS_REPORT_HASTY     20
#define BFS_REPORT_PROBE     1000

struct bfs_fs;
struct bfs_node;

struct bfs_text {
	_Atomic int refs;
	int64_t made; /* clock ms */
	struct bfs_buf buf;
};

struct bfs_text *bfs_text_new(struct bfs_buf *take);
struct bfs_text *bfs_text_get(struct bfs_text *x);
void bfs_text_put(struct bfs_text *x);

/* Answers the request: with the text, which it is given a reference on, or because of `err`. */
typedef void bfs_report_ready_fn(struct bfs_ticket *t, struct bfs_text *text, int err,
				 const struct bfs_why *why);

struct bfs_report;

/* What is asked for. */
typedef void bfs_report_fn(struct bfs_report *r);

/* The text of a control file; NULL: it is not read. */
bfs_report_fn *bfs_report_of(const struct bfs_node *n);

/* Makes it, and calls ready(t, ...), now or later, holding no lock. */
void bfs_report_start(struct bfs_fs *fs, struct bfs_node *n, bfs_report_fn *ask,
		      struct bfs_ticket *t, bfs_report_ready_fn *ready);

/* How long a question may take now: a deadline. */
int64_t bfs_report_deadline(struct bfs_fs *fs);

#endif
