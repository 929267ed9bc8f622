/* stream_inner.h - what stream.c and feeding.c share of a stream; for nobody else.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_MODEL_STREAM_INNER_H
#define BFS_MODEL_STREAM_INNER_H

#include <stdatomic.h>

#include "base/buf.h"
#include "core/index.h"
#include "core/search.h"
#include "model/stream.h"

enum phase { STREAM_STARTING, STREAM_RUNNING, STREAM_FAILED, STREAM_OVER };

struct bfs_stream {
	struct bfs_streams *all;
	const char *group;
	struct bfs_cluster *cluster; /* the mount's; or of a whole topic, the merge's */
	struct bfs_merge *merge;     /* NULL: one partition */
	char *topic;
	char *title; /* "TOPIC/PARTITION", for people */
	int32_t partition;
	enum bfs_format format;
	struct bfs_range range;
	struct bfs_claim *claim; /* NULL: a view */
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
	int64_t first, ahead, end, size; /* see stream.h; a fixed range's end is its TO */
	int64_t delivered;               /* byte behind the last one ever returned */
	int64_t told;                    /* the largest size that the kernel surely knows */
	int64_t base;                    /* bytes below are not there (rebased) */
	int64_t shown;                   /* the largest size a stat was given */
	int64_t promised;                /* the last one given that was not exact */
	struct bfs_reader *claimer;      /* the reader whose session it is, once it has read */
	int64_t last_read;               /* byte behind the last one returned */
	int64_t mtime;                   /* wall ms */
	int64_t catch_up;                /* clock ms until which stats wait; 0: none came yet */
	int64_t end_learnt;              /* clock ms */
	int64_t began;                   /* clock ms */
	bool opened;                     /* the window is open: somebody asked for size or data */
	bool answered;                   /* a read was */
	bool was_caught_up;
	bool live;    /* it was caught up: what comes from now on is an arrival */
	bool arrived; /* something is, and the kernel was not told yet */
	bool doubt, asking_end;
	bool partial;           /* the last bytes are the beginning of a record */
	bool scanning;          /* on the way to the end: keep only the last window */
	bool rebased;           /* acknowledges nothing */
	bool lay, laying;       /* to be rebased; rebased, and the feed has not begun there yet */
	bool probing;           /* committed beyond the end we were told: only a fetch can tell */
	bool trusting;          /* it began by what an earlier session had learnt of the log */
	bool feeding;           /* the feed was started and has not ended */
	bool moving;            /* started anew: what comes until begin() is of the past */
	bool full;              /* the feed waits for resume */
	struct bfs_mark target; /* where it was started */
	int64_t sure; /* bytes from here on are fetched anew, and not known yet to be the same */
	struct bfs_feed *feed;
	bool resting; /* finished, and nobody has it open */
	bool rested;  /* it was: the kernel has its bytes, or had */
	struct bfs_list opens, completes, sizes, reads; /* parked tickets */
	struct bfs_list pollers;

	/* the beginning: questions, and perhaps a search; see begin.c */
	int questions;
	struct bfs_commit found;
	int64_t least;     /* the group stands at this offset at least */
	int64_t low, high; /* the log, as it was when the questions were answered */
	int64_t place[2];  /* of FROM and TO: an offset, or BFS_NO_OFFSET */
	struct bfs_claim_start when_idle;
	bool searching;
	int sought; /* which of `place` */
	struct bfs_search search;

	/* lane only, once the feed runs */
	int64_t stop;           /* the offset a fixed range ends before, else INT64_MAX */
	int64_t left;           /* of TO = +COUNT: records still to come; else 0 */
	struct bfs_buf scratch; /* of the format */
	bool busy;              /* within a burst */
	bool within;            /* within a record */
	bool stale;             /* what comes belongs to an earlier start */
	bool verifying;         /* what comes was fetched before */
	struct bfs_mark verify; /* the next mark that it must meet */
	bool has_mark;
	struct bfs_mark mark; /* first record begun since the last publishing */
	int64_t published;
	struct bfs_mark edge; /* size and ahead, as of the last publishing */
};

/* stream.c and seen.c; lock held */
static inline bool bfs_stream_fixed(const struct bfs_stream *s)
{
	return s->range.kind == BFS_RANGE_FIXED;
}
bool bfs_stream_caught_up(const struct bfs_stream *s);
bool bfs_stream_done(const struct bfs_stream *s);      /* nothing more is to be fetched */
int64_t bfs_stream_window(const struct bfs_stream *s); /* bytes it may hold now */
void bfs_stream_make_room(struct bfs_stream *s);       /* lock held */
void bfs_stream_settle(struct bfs_stream *s); /* answers who can be answered; no lock held */

/* seen.c */
int64_t bfs_stream_shown(struct bfs_stream *s); /* what stat shows; lock held */
/* Answers a read with the pins, when the kernel knows the size; no lock held. */
void bfs_stream_tell_first(struct bfs_stream *s, struct bfs_ticket *t, const struct bfs_pins *pins,
			   int64_t size, char last);
void bfs_stream_wake_pollers(struct bfs_stream *s); /* no lock held */

/* feeding.c; no lock held, but for fail and seek_end */
extern const struct bfs_sink bfs_stream_sink;
void bfs_stream_fail(struct bfs_stream *s, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void bfs_stream_feed(struct bfs_stream *s, int64_t offset);
void bfs_stream_feed_resume(struct bfs_stream *s);
void bfs_stream_ask_end(struct bfs_stream *s);
void bfs_stream_seek_end(struct bfs_stream *s);

/* begin.c; no lock held. What the feed brings while a search is on; false: no more of it. */
bool bfs_stream_search_record(struct bfs_stream *s, const struct bfs_record *r);
void bfs_stream_search_end(struct bfs_stream *s, int64_t end);
void bfs_stream_begin_anew(struct bfs_stream *s); /* the committed offset is not in the log */

#endif
