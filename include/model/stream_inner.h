/* stream_inner.h - what stream.c and feeding.c share of a stream; for nobody else.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_MODEL_STREAM_INNER_H
#define BFS_MODEL_STREAM_INNER_H

#include <stdatomic.h>

#include "core/index.h"
#include "model/stream.h"

enum phase { STREAM_STARTING, STREAM_RUNNING, STREAM_FAILED, STREAM_OVER };

struct bfs_stream {
	struct bfs_streams *all;
	char *topic;
	int32_t partition;
	struct bfs_claim *claim;
	uint64_t ino;
	_Atomic int refs;
	_Atomic int64_t limit;  /* the feed may fill up to this byte */
	_Atomic bool dry;       /* no burst of records is under way */
	_Atomic int feed_users; /* calls into the feed under way, and 1 while it is open */

	struct bfs_mutex lock; /* protects all below, but the window's filler part */
	enum phase phase;
	int err; /* why it failed */
	struct bfs_why why;
	struct bfs_window window;
	struct bfs_index index;
	int64_t first, ahead, end, size; /* see stream.h */
	int64_t base;                    /* bytes below are not there (rebased) */
	int64_t shown;                   /* the largest size a stat was given */
	struct bfs_reader *claimer;      /* the reader whose session it is, once it has read */
	int64_t last_read;               /* byte behind the last one returned */
	int64_t mtime;                   /* wall ms */
	int64_t catch_up;                /* clock ms until which stats wait; 0: none came yet */
	int64_t end_learnt;              /* clock ms */
	bool opened;                     /* the window is open: somebody asked for size or data */
	bool was_caught_up;
	bool live;    /* it was caught up: what comes from now on is an arrival */
	bool arrived; /* something is, and the kernel was not told yet */
	bool doubt, asking_end;
	bool partial;           /* the last bytes are the beginning of a record */
	bool scanning;          /* on the way to the end: keep only the last window */
	bool rebased;           /* acknowledges nothing */
	bool lay, laying;       /* to be rebased; rebased, and the feed has not begun there yet */
	bool probing;           /* committed beyond the end we were told: only a fetch can tell */
	bool feeding;           /* the feed was started and has not ended */
	bool moving;            /* started anew: what comes until begin() is of the past */
	bool full;              /* the feed waits for resume */
	struct bfs_mark target; /* where it was started */
	struct bfs_feed *feed;
	struct bfs_list opens, sizes, reads; /* parked tickets */

	/* the beginning: two questions */
	int questions;
	struct bfs_commit found;
	int64_t low;
	struct bfs_claim_start when_idle;

	/* lane only */
	bool busy;   /* within a burst */
	bool within; /* within a record */
	bool stale;  /* what comes belongs to an earlier start */
	bool has_mark;
	struct bfs_mark mark; /* first record begun since the last publishing */
	int64_t published;
	struct bfs_mark edge; /* size and ahead, as of the last publishing */
};

/* stream.c */
bool bfs_stream_caught_up(const struct bfs_stream *s); /* lock held */
int64_t bfs_stream_window(const struct bfs_stream *s); /* bytes it may hold now */
void bfs_stream_make_room(struct bfs_stream *s);       /* lock held */
void bfs_stream_settle(struct bfs_stream *s); /* answers who can be answered; no lock held */

/* feeding.c; no lock held, but for seek_end */
void bfs_stream_feed(struct bfs_stream *s, int64_t offset);
void bfs_stream_feed_resume(struct bfs_stream *s);
void bfs_stream_ask_end(struct bfs_stream *s);
void bfs_stream_seek_end(struct bfs_stream *s);

#endif
