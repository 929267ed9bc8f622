/* writer_inner.h - what lines.c, out.c and writer.c share; for nobody else.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_MODEL_WRITER_INNER_H
#define BFS_MODEL_WRITER_INNER_H

#include <limits.h>

#include "core/frame.h"
#include "model/writer.h"

#define BFS_BIAS (INT_MAX / 2) /* a parcel that is still being filled can't be complete */

struct bfs_out {
	struct bfs_writers *all;
	char *topic;
	int32_t partition; /* or BFS_ANY */
	char *name;        /* TOPIC/PARTITION */
	struct bfs_outlet *outlet;

	struct bfs_mutex lock; /* OUT; protects all below and every writer's and parcel's fields */
	int refs;
	struct bfs_list flight; /* parcels, oldest first */
	size_t bytes;           /* in flight */
	bool timed_out;         /* somebody waited in vain since the last success */
	struct bfs_list acks;   /* writes that wait for their parcel: t->handle */
	struct bfs_list space;  /* writes that wait for room: t->handle is a held */
	struct bfs_timer retry; /* holds a reference while set */
};

struct bfs_writer {
	struct bfs_out *out;
	enum bfs_format format;
	struct bfs_mutex frame_lock; /* WRITER */
	struct bfs_frame frame;
	struct bfs_users users;  /* protected by frame_lock */
	struct bfs_buf gathered; /* lines of small writes; protected by frame_lock */
	int64_t handed;          /* clock ms, the last time; protected by frame_lock */
	struct bfs_timer gather; /* hands over what is gathered; holds a reference while set */
	/* protected by out->lock */
	int refs;                /* the handle, and each parcel */
	struct bfs_list parcels; /* in flight, oldest first */
	struct bfs_list flushes; /* t->mark is the last parcel they wait for */
	uint64_t last_seq;
	uint64_t taken; /* bytes of writes */
	bool waited;    /* a first write has been sent: later ones are pipelined */
	int err;        /* the first failure nobody was told yet */
	struct bfs_why why;
};

struct bfs_parcel {
	struct bfs_list out_link, writer_link;
	struct bfs_writer *writer;
	uint64_t seq;
	int64_t sent; /* clock ms */
	size_t bytes;
	int outstanding; /* records not reported yet */
	int err;         /* the first failure */
	struct bfs_why why;
	struct bfs_ticket *ticket; /* the write that waits for it */
	bool reported;             /* its failure was told already */
};

/* What became of a write's bytes. */
struct bfs_handed {
	int records;         /* with the producer */
	size_t record_bytes; /* what they take there */
	size_t used;         /* bytes of the write that are taken care of */
	int err;             /* why it is not all; -EAGAIN: there was no room */
	struct bfs_why why;
	int lost; /* why lines of earlier writes, that were gathered, are not with the producer */
	struct bfs_why lost_why;
};

#define BFS_GATHER 5 /* ms: lines that nobody waits for are handed over so often at most */

/* lines.c; under the frame's lock, `ret` zeroed. Hands the complete lines of the feed to the
 * producer, or the unterminated rest; before them what was gathered, or only that (false: there was
 * no room for all of it). gather: keeps a small write's lines for later, if that is worth it. */
void bfs_lines_init(struct bfs_writer *w);
bool bfs_lines_gather(struct bfs_writer *w, const char *data, size_t len);
bool bfs_lines_hand_gathered(struct bfs_writer *w, struct bfs_parcel *p, struct bfs_handed *ret);
void bfs_lines_hand(struct bfs_writer *w, struct bfs_parcel *p, const char *data, size_t len,
		    struct bfs_handed *ret);
void bfs_lines_hand_rest(struct bfs_writer *w, struct bfs_parcel *p, struct bfs_handed *ret);

/* out.c; no lock held, but for those marked */
struct bfs_parcel *bfs_parcel_new(struct bfs_writer *w);

/* Records of a parcel are done (n of them), or it has been filled (n = BFS_BIAS - how many were
 * sent). */
void bfs_parcel_done(struct bfs_out *o, struct bfs_parcel *p, int n, int err,
		     const struct bfs_why *why);

uint64_t bfs_writer_oldest(const struct bfs_writer *w); /* lock held: oldest parcel in flight */
bool bfs_out_unhealthy(const struct bfs_out *o);        /* lock held */
int bfs_writer_take_error(struct bfs_writer *w, struct bfs_why *ret_why); /* lock held */

/* Lock held: a write's error is about to be answered. If that write may be a further part of one
 * write(2) (t->mark), the program may never hear of it: it is told again by the next call. */
void bfs_writer_keep_error(struct bfs_writer *w, const struct bfs_ticket *t, int err,
			   const struct bfs_why *why);

/* Leaves the sentence where people look for it, then answers. */
void bfs_out_answer(struct bfs_out *o, struct bfs_ticket *t, int err, const struct bfs_why *why);

/* writer.c; no lock held */
void bfs_writer_put(struct bfs_writer *w);
void bfs_out_serve_space(struct bfs_out *o); /* those who wait for room go on */
void bfs_out_retry_space(void *out);         /* a timer's */

#endif
