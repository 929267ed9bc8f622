/* stream.h - one partition in one format as a file of bytes: a reading session.
 *
 * What it shows is a range (core/range.h). Without one, byte 0 is the first byte of the record at
 * the group's committed offset (where there is none: at `start=`), and reading it consumes: there
 * is a claim. With one it is a view: it begins at FROM, has no claim and commits nothing. While the
 * session lasts, byte N is byte N.
 *
 * Life: new -> start (asks for the positions that the range names) -> running (a feed fills the
 * window) -> failed or over. It is over when the handle that read closes (a view: stays), or nobody
 * has it open; it never comes back.
 *
 * A view of a whole topic is one of a merge of its partitions (model/merge.h), which looks like one
 * partition.
 *
 * A fixed range (FROM..TO) is complete when all before TO has been taken in; then its size is
 * exact and stays, and nothing is asked for any more. A blocking one (FROM.., ..) has no end: reads
 * there wait, and its size is a page more than what was delivered.
 *
 * Spaces of identifiers: *byte* positions of this session; Kafka *offsets*, which have gaps. From
 * byte to offset: the window's chunks exactly, the index nearly (core/index.h). From offset to
 * byte: never needed.
 *
 *   first   offset at byte 0                    ahead   all before this offset was taken in, once
 *   size    bytes known so far, up to `ahead`   end     the partition's end, as last learnt
 *   caught up: ahead >= end. doubt: the end may have moved, ask the broker before saying "end of
 * file".
 *
 * The window follows the reader: filling stops at `limit`, about three quarters of the window ahead
 * of the lowest waiting read, and a quarter stays behind it. A read below the window moves the feed
 * back to the nearest mark.
 *
 * A read is answered with all it asks for, or up to the end where that is known; it is short in
 * mid-file only when the rest has not come within `timeout`.
 *
 * Rebased: a session whose first act is lseek(SEEK_END), on a backlog larger than the window, is
 * laid over the last window only, at a multiple of 4096; what lies below reads as ESTALE, and it
 * acknowledges nothing.
 *
 * Threads: requests from FUSE workers, records from the feed's lane, answers from the cluster's
 * threads. Locks: STREAM (40) protects all but what only the lane touches. Counted.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_MODEL_STREAM_H
#define BFS_MODEL_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "core/name.h"
#include "core/options.h"
#include "model/claim.h"
#include "model/clerk.h"
#include "model/cluster.h"
#include "model/kernel.h"
#include "model/merge.h"
#include "model/ticket.h"
#include "model/window.h"

#define BFS_JOIN     1000          /* ms */
#define BFS_PREFETCH (128 * 1024)  /* bytes fetched for an open, before anyone asks */
#define BFS_CATCH_UP 250           /* ms: the longest a stat waits, once per session */
#define BFS_PROMISE  (3 * 4096)    /* the least size shown that is not exact: see seen.c */
#define BFS_SMALL    (1024 * 1024) /* bytes of a fixed range that an open waits for, */
#define BFS_WHOLE    1000          /* ms: so long at most */

struct bfs_reader;
struct bfs_stream;

/* What all streams of a mount share; outlives them. */
struct bfs_streams {
	const struct bfs_options *options;
	struct bfs_cluster *cluster;
	struct bfs_clerk *clerk;
	struct bfs_kernel *kernel;
	struct bfs_pool pool;
	struct bfs_merger merger;
	_Atomic int active;  /* streams with a feed: they share options->memory */
	_Atomic bool ending; /* the mount is: sessions end for no other reason */

	/* Bytes [off, off+n) are about to be returned to t->handle. Under the stream's lock. */
	void (*returned)(struct bfs_ticket *t, int64_t off, size_t n);
	/* The same, just before the answer, holding no lock. */
	void (*answering)(struct bfs_ticket *t);
	/* A read of t->handle is about to be answered with an error; holding no lock. */
	void (*failing)(struct bfs_ticket *t, const struct bfs_why *why);
};

/* `group` lives as long as the mount; `claim` is NULL for a view; `ino` is the node the kernel
 * knows it by; the topic has so many `partitions`. */
struct bfs_stream *bfs_stream_new(struct bfs_streams *all, const char *group, const char *topic,
				  int32_t partitions, const struct bfs_name *name,
				  struct bfs_claim *claim, uint64_t ino);
struct bfs_stream *bfs_stream_get(struct bfs_stream *s);
void bfs_stream_put(struct bfs_stream *s);

/* Begins the session. */
void bfs_stream_start(struct bfs_stream *s);

/* Before that: the log reached from `low` to before `high` when it was asked last. A range between
 * two offsets in there begins without asking anew. learnt: what this session knows of it; false:
 * nothing yet. */
void bfs_stream_trust(struct bfs_stream *s, int64_t low, int64_t high);
bool bfs_stream_learnt(struct bfs_stream *s, int64_t *ret_low, int64_t *ret_high);

/* It is over: whoever waits or asks from now on gets -ESTALE. Harmless when repeated. Returns who
 * had claimed the partition for it until now, or NULL. */
const struct bfs_reader *bfs_stream_over(struct bfs_stream *s);
bool bfs_stream_is_over(struct bfs_stream *s);

/* Another session of the partition has ended, and the group stands at `offset` now (BFS_NO_OFFSET:
 * as before). If nobody has read in this one it begins there instead; false: it can't, and must
 * end. */
bool bfs_stream_begin_behind(struct bfs_stream *s, int64_t offset);

/* May one more handle share this session? Not if it is over, or failed, or if nobody has read in it
 * for BFS_JOIN: an idle handle pins nothing. */
bool bfs_stream_joinable(struct bfs_stream *s);

void bfs_stream_lock(struct bfs_stream *s);
void bfs_stream_unlock(struct bfs_stream *s);

/* Calls t->again(t), now or later, when BFS_PROMISE bytes are there (one byte, where reads wait at
 * the end), or all up to the end; or when the deadline has passed and a first byte is there
 * (t->state 0), or none is, or the session failed (t->state -errno). `owner`, `keeper` as for
 * bfs_ticket_arm. */
void bfs_stream_await_open(struct bfs_stream *s, struct bfs_ticket *t, int64_t deadline,
			   void *owner, const struct bfs_keeper *keeper);

/* Before that, of a fixed range: calls t->again(t) when it is complete, or BFS_SMALL bytes are
 * there, or BFS_WHOLE has passed (t->state 0 in any case but -EINTR, -ENODEV). */
void bfs_stream_await_complete(struct bfs_stream *s, struct bfs_ticket *t, void *owner,
			       const struct bfs_keeper *keeper);

/* Opens the window, and calls t->again(t) when the size is known as well as it can be in time:
 * caught up, or BFS_CATCH_UP has passed (t->state 0). With `exact` (SEEK_END) it waits up to
 * `timeout`, then t->state is -ETIMEDOUT. */
void bfs_stream_await_size(struct bfs_stream *s, struct bfs_ticket *t, bool exact, void *owner,
			   const struct bfs_keeper *keeper);

/* Answers a read of [off, off+size): data, 0 bytes at the end, or -errno; parks it as long as data
 * that exist are still to come, up to `timeout`. At the end of a blocking range it waits for what
 * comes, or is -EAGAIN with BFS_READ_NONBLOCK; what was there once, or is more than the window
 * ahead, is waited for in any case: nothing else would bring it. A read is answered when the kernel
 * knows of a size that reaches to its end: who reads on by splice(2) must not find an end there.
 * (Not one that comes through the page cache, BFS_READ_CACHED: its page is locked, and telling
 * waits for that.) */
enum { BFS_READ_NONBLOCK = 1, BFS_READ_CACHED = 2 };
void bfs_stream_read(struct bfs_stream *s, struct bfs_ticket *t, int64_t off, size_t size,
		     unsigned how, void *owner, const struct bfs_keeper *keeper);

/* Somebody polls for bytes behind `at`: true if a read there would not wait. Else `handle` (which
 * may be NULL) is told by kernel->ops->wake when it would not; an earlier one in `p` is dropped. */
struct bfs_poller {
	struct bfs_list link; /* stream's lock; zeroed: polls nothing */
	int64_t at;
	void *handle;
};
bool bfs_stream_poll(struct bfs_stream *s, struct bfs_poller *p, int64_t at, void *handle);
void bfs_stream_unpoll(struct bfs_stream *s, struct bfs_poller *p);

/* What stat shows: never shrinks, exact when caught up, else a multiple of 4096. */
int64_t bfs_stream_size(struct bfs_stream *s);

/* A fixed range, all of which is known, and in memory or to be had again. */
bool bfs_stream_complete(struct bfs_stream *s);

/* A finished range between two offsets shows the same to whoever opens it next, so it may rest: its
 * bytes go to the kernel's page cache, and the window is emptied. A page that the kernel drops is
 * fetched again.
 *
 * lasts: it is such a range, and no record can be added to it, or it rests. rest: nobody has it
 * open; false where it was not read to its end, or is no such range. rested: it was once. wake:
 * somebody opens it. recheck: asks where the log begins and ends, then calls t->again(t), after a
 * second at most; where the range would show other records now, it is over then. */
bool bfs_stream_lasts(struct bfs_stream *s);
bool bfs_stream_rest(struct bfs_stream *s);
bool bfs_stream_rested(struct bfs_stream *s);
void bfs_stream_wake(struct bfs_stream *s);
void bfs_stream_recheck(struct bfs_stream *s, struct bfs_ticket *t);

/* For telling the kernel: bytes that surely can be read, and the last of them. Of a blocking range:
 * what stat shows. */
int64_t bfs_stream_readable(struct bfs_stream *s, char *ret_last);

/* It is complete, and the kernel was told how long it is; told_all: that was so. */
void bfs_stream_told(struct bfs_stream *s);
bool bfs_stream_told_all(struct bfs_stream *s);

/* Wall-clock ms of the last arrival, or of the start. */
int64_t bfs_stream_mtime(struct bfs_stream *s);

/* A record with this offset was written through the mount: the end must be asked for again. */
void bfs_stream_wrote(struct bfs_stream *s, int64_t offset);

/* The first read came: the end must be known as of now. */
void bfs_stream_refresh_end(struct bfs_stream *s);

/* Under the lock: all records that end at or below `byte` have offsets below the result. May be
 * lower than need be, never higher; BFS_NO_OFFSET when nothing is known or the session acknowledges
 * nothing. */
int64_t bfs_stream_boundary(struct bfs_stream *s, int64_t byte);

/* Under the lock: byte is the end, as far as is known. */
bool bfs_stream_at_end(struct bfs_stream *s, int64_t byte);

/* Under the lock: does this read, behind one of `last_size` bytes, stop short for no other reason
 * than that a stat said so before the size was known? (rsync and tar read no further.) */
bool bfs_stream_trusted_too_early(struct bfs_stream *s, int64_t off, size_t size, size_t last_size);

/* Why the session failed, or what a reader should know; empty when nothing. */
void bfs_stream_why(struct bfs_stream *s, struct bfs_why *ret);

#endif
