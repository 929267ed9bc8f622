/* claim_inner.h - the fields of a claim, and what claim.c and commit.c share.
 *
 * claim.c: holders and sessions. commit.c: what is acknowledged and how it gets to the group.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_MODEL_CLAIM_INNER_H
#define BFS_MODEL_CLAIM_INNER_H

#include "model/claim.h"

struct bfs_claim {
	struct bfs_claims *all;
	struct bfs_party *party;
	char *topic;
	int32_t partition;
	char metadata[BFS_METADATA_MAX]; /* of our commits; another claim's are another's */

	struct bfs_mutex lock; /* protects all below */
	int refs;
	const void *holder;
	bool retired;              /* its session is over */
	bool superseded;           /* its topic is another one now: nothing is committed any more */
	struct bfs_list waiting;   /* first reads; t->handle wants to be the holder */
	struct bfs_list first;     /* reads of the holder's that wait until the roll is called */
	bool called;               /* the roll was called for this holder: it may read */
	struct bfs_roll_call call; /* holds a reference while out */
	bool calling;
	struct bfs_list starts;  /* sessions that wait until nothing is on its way */
	struct bfs_list flushes; /* closes that wait until nothing is on its way */

	struct bfs_commit known; /* what the group has, as far as we know */
	int64_t acked;           /* to be committed when above known.offset */
	bool dirty;              /* acked is to be committed */
	bool lost;               /* a commit was refused: the group is somewhere else */
	bool committing;
	int64_t sent_at;        /* clock us */
	bool hurry;             /* the next commit does not wait for its turn */
	bool counted;           /* in all->pending */
	struct bfs_commit sent; /* the commit in flight */
	bool repeating;         /* it says again what is committed */
	int64_t repeat_at;      /* when that is due; BFS_NEVER: it is not ours to say */
	struct bfs_list link;   /* in all->repeated, with a reference; all->lock */
	bool listed;
	int64_t next_commit;    /* not before; clock ms */
	struct bfs_timer timer; /* holds a reference while set */
	int trouble;            /* -errno to tell the holder once */
	struct bfs_why why;
	int flush_err; /* how the last commit ended */
};

/* What became possible when a commit ended; collected under the lock, acted on after it. */
struct bfs_outcome {
	struct bfs_list flushes;
	struct bfs_list starts;
	int err;
};

void bfs_outcome_collect(struct bfs_claim *c, struct bfs_outcome *o); /* under the lock */
void bfs_outcome_act(struct bfs_outcome *o);

/* commit.c; under the lock: whether there is nothing to commit, and none in flight. */
bool bfs_commit_idle(const struct bfs_claim *c);

/* Under the lock, after what bfs_commit_idle() looks at has changed: keeps the count of claims with
 * work. */
void bfs_commit_count(struct bfs_claim *c);

/* Sends the commit if one is due and none is in flight; else sets the timer for it. Without the
 * lock. */
void bfs_commit_soon(struct bfs_claim *c, bool now);

/* Somebody begins to read: what the group has committed is kept alive from now on. */
void bfs_commit_keep_alive(struct bfs_claim *c);

/* For timers: of a claim, of all. */
void bfs_commit_timer(void *claim);
void bfs_commit_repeat_all(void *claims);

#endif
