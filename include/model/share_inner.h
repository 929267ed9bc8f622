/* share_inner.h - what share.c and sharing.c share of a share; for nobody else.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_MODEL_SHARE_INNER_H
#define BFS_MODEL_SHARE_INNER_H

#include "base/buf.h"
#include "base/sync.h"
#include "model/share.h"

/* A record's bytes, from their arrival until they are acknowledged. */
struct bfs_held {
	struct bfs_list link;
	int32_t partition;
	int64_t offset;
	int64_t begin; /* byte of the file */
	size_t len;
	bool dead; /* somebody else has the record now: acknowledging it means nothing */
	char data[];
};

/* A partition, as far as it was ever the member's. */
struct bfs_part {
	bool known, ours, tell;
	int64_t acked; /* offset: all before it is acknowledged, or was when it was given to us */
	int64_t next;  /* behind the last record that was returned whole */
};

struct bfs_share {
	struct bfs_shares *all;
	struct bfs_list link; /* in all->list */
	int slot;
	char *topic, *name;
	enum bfs_format format;
	uint64_t ino;
	_Atomic int64_t *shown; /* the node's size; not once the handle is released */
	struct bfs_member *member;
	_Atomic bool reads; /* it was read: it has joined the group, at least once */

	struct bfs_mutex lock; /* STREAM; protects all below */
	int refs;              /* the handle, the member until closed, timer, settlings */
	bool joined, released, closed;
	int err; /* the member is gone */
	struct bfs_why why;
	struct bfs_list entries; /* oldest first */
	int64_t begin, end;      /* bytes that are kept: from the oldest unacknowledged one on */
	int64_t returned;        /* byte behind the last one returned */
	bool dry;                /* no burst of records is under way */
	bool full;               /* the member waits for resume */
	struct bfs_part *parts;  /* by partition */
	int32_t n_parts;
	int64_t last_read; /* clock ms */
	struct bfs_timer idle;
	struct bfs_list waiting;      /* reads */
	struct bfs_list flushes;      /* t->mark: which settling they wait for */
	uint64_t last_flush, settled; /* settlings that were asked for, and that have ended */
	int settle_err;               /* how the last one did */
	void *poll;                   /* told when more has come than poll_at */
	int64_t poll_at;              /* byte */
	struct bfs_buf scratch;       /* member's thread only */
};

void bfs_share_put(struct bfs_share *s);    /* no lock held */
void bfs_share_settle(struct bfs_share *s); /* answers who can be answered; no lock held */
void bfs_share_idle(void *share);           /* a timer's */

/* Under the lock: is there room again? Then the caller must tell the member. */
bool bfs_share_take_room(struct bfs_share *s);

/* sharing.c */
extern const struct bfs_member_sink bfs_share_sink;

#endif
