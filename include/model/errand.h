/* errand.h - a change to the cluster that a request waits for.
 *
 * WRITE, MKDIR, RMDIR and SETXATTR hold a lock of the kernel's while they wait, so the cluster must
 * show that it is alive first; if it does not, the errand fails at once (-ETIMEDOUT), and nothing
 * was asked for. An interrupted request leaves; the errand goes on.
 *
 * Threads: any; the cluster's for answers. Locks: REPORT (46) protects an errand while answers
 * come.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_MODEL_ERRAND_H
#define BFS_MODEL_ERRAND_H

#include "model/fs_inner.h"

#define BFS_ALIVE_WAIT 1000 /* ms in which a cluster that is alive answers */

/* Where a group's offset is to go. */
struct bfs_move {
	bool relative; /* from where it stands, */
	int64_t by;    /* by so many; else: */
	struct bfs_position to;
};

struct bfs_errand_place {
	struct bfs_errand *errand;
	int32_t partition;
	int64_t committed, low, end, found;
};

struct bfs_errand {
	struct bfs_fs *fs;
	struct bfs_node *node; /* counted: what it is about */
	void (*act)(struct bfs_errand *e);
	void (*answer)(struct bfs_errand *e, struct bfs_ticket *t); /* when it is done */
	_Atomic int refs;

	struct bfs_mutex lock; /* protects all below, while answers come */
	struct bfs_list waiting;
	int pending;
	int err;
	struct bfs_why why;

	/* what it is about; set before it starts */
	char *topic, *name, *value;
	int32_t partitions, replicas;
	size_t len; /* of the write */
	struct bfs_move move;
	struct bfs_errand_place *places;
	size_t n_places;
};

struct bfs_errand *bfs_errand_new(struct bfs_fs *fs, struct bfs_node *n,
				  void (*act)(struct bfs_errand *e),
				  void (*answer)(struct bfs_errand *e, struct bfs_ticket *t));

/* Takes both: answers t, and frees e, now or later. */
void bfs_errand_start(struct bfs_errand *e, struct bfs_ticket *t);

int64_t bfs_errand_deadline(const struct bfs_errand *e);

/* A bfs_done_fn: it is done, or failed. */
void bfs_errand_done(void *errand, int err, const struct bfs_why *why);

/* The places of partitions `first` to `last`; then an act that sets the group's offsets there by
 * e->move, all or none. */
void bfs_errand_places(struct bfs_errand *e, int32_t first, int32_t last);
void bfs_errand_reset(struct bfs_errand *e);

#endif
