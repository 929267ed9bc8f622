/* claim.h - who reads (group, topic, partition), what is acknowledged, what is committed.
 *
 * One holder at a time: the handle whose read claimed the partition. Others wait up to
 * BFS_CLAIM_WAIT (the holder's close may still be under way), then get -EBUSY. A new holder's first
 * read then waits until it is known that the group has no live members (roll.h); if it has, that
 * read is -EBUSY, by bfs_claim_trouble().
 *
 * Acknowledged offsets only rise while a session lasts; they are committed at most five times a
 * second, one commit in flight (a late one must not move the offset back), each after a check that
 * nobody else moved the group (cluster.h, commit). When somebody did, or the group has live
 * members, what was acknowledged is dropped, and the holder is told once, by bfs_claim_trouble().
 * Our commits carry our own metadata, by which they are known again.
 *
 * Brokers forget the offsets of a group without members after a week. So what was committed here,
 * or found by a holder, is committed again every day, after the same check. If somebody else moved
 * the group meanwhile that ends, and only a holder is told.
 *
 * Threads: any. Locks: CLAIM (45). Counted; nothing here calls out with the lock held.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_MODEL_CLAIM_H
#define BFS_MODEL_CLAIM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/sync.h"
#include "model/clerk.h"
#include "model/cluster.h"
#include "model/roll.h"
#include "model/ticket.h"

#define BFS_CLAIM_WAIT   1000                        /* ms */
#define BFS_COMMIT_EVERY 200                         /* ms between two commits of a partition */
#define BFS_REPEAT_AFTER (24 * 3600 * INT64_C(1000)) /* ms until a commit is repeated */
#define BFS_REPEAT_LOOK  (3600 * INT64_C(1000))      /* ms between looks for such */

struct bfs_claim;

/* What all claims of a mount share, whatever their group; outlives them. */
struct bfs_claims {
	struct bfs_cluster *cluster;
	struct bfs_clerk *clerk;
	char metadata[BFS_METADATA_MAX]; /* begins that of our commits; short */
	_Atomic uint64_t serial;         /* of claims: ends it */
	int64_t timeout;                 /* ms, for a commit */
	_Atomic bool closed;             /* the end: nothing is committed any more */
	_Atomic int pending;     /* claims with something to commit, or a commit in flight */
	struct bfs_mailbox idle; /* rung when there is none any more; carries no letters */
	/* A commit was refused, or failed: the sentence behind it. No lock held. May be NULL. */
	void (*failed)(void *arg, const char *group, const char *topic, int32_t partition,
		       const struct bfs_why *why);
	void *arg;
	bool passive; /* readers acknowledge nothing: they mind no members */

	struct bfs_mutex lock; /* CLAIM; protects the lists only */
	struct bfs_list parties;
	struct bfs_list repeated; /* claims that have ever had something to repeat */
	struct bfs_timer timer;   /* set once there is one */
};

/* A group as the mount reads in it: its own, or another under .brokerfs/groups. */
struct bfs_party {
	struct bfs_list link; /* in all->parties; stays to the end */
	struct bfs_claims *all;
	char *group;
	struct bfs_roll roll;
};

/* What is not set by the user: lock, the lists, timer. The end comes after the clerk's. */
void bfs_claims_init(struct bfs_claims *all);
void bfs_claims_fini(struct bfs_claims *all);

/* The group's, made at the first call. */
struct bfs_party *bfs_claims_party(struct bfs_claims *all, const char *group);

struct bfs_claim *bfs_claim_new(struct bfs_party *party, const char *topic, int32_t partition);
const char *bfs_claim_group(const struct bfs_claim *c);
struct bfs_claim *bfs_claim_get(struct bfs_claim *c);
void bfs_claim_put(struct bfs_claim *c);

/* Makes `holder` the holder, if there is none or it is already. False: somebody else is, or the
 * roll must be called first: bfs_claim_wait(). */
bool bfs_claim_take(struct bfs_claim *c, const void *holder);

/* Parks `t` until the claim is free for t->handle, which is then the holder, and the roll called;
 * t->again(t) goes on with it, holding no lock; t->state is 0, else -EBUSY after BFS_CLAIM_WAIT, or
 * why else it must end (then t->handle is not the holder). `owner`, `keeper` as for bfs_ticket_arm.
 */
void bfs_claim_wait(struct bfs_claim *c, struct bfs_ticket *t, void *owner,
		    const struct bfs_keeper *keeper);

/* Gives it up (if `holder` is the holder), commits what is acknowledged, and lets the next waiter
 * have it. */
void bfs_claim_release(struct bfs_claim *c, const void *holder);

bool bfs_claim_is_held(struct bfs_claim *c);

/* The holder's session is over, though its handle is still open. */
void bfs_claim_retire(struct bfs_claim *c, const void *holder);

/* A session begins: it must ask for the committed position only when nothing of an earlier one is
 * on its way. `start(arg)` runs then, now or later. */
struct bfs_claim_start {
	struct bfs_list link;
	void (*start)(void *arg);
	void *arg;
};
void bfs_claim_when_idle(struct bfs_claim *c, struct bfs_claim_start *s);

/* What the session found committed: later commits are checked against it. */
void bfs_claim_found(struct bfs_claim *c, const struct bfs_commit *found);

/* What was found is past the log's end: the session begins at `offset` instead, and what is
 * acknowledged from there on counts. */
void bfs_claim_begin_anew(struct bfs_claim *c, int64_t offset);

/* The topic was deleted, and there is another of its name, with claims of its own. */
void bfs_claim_supersede(struct bfs_claim *c);

/* All before `offset` is acknowledged, if `holder` is the holder, and its session not over. */
void bfs_claim_ack(struct bfs_claim *c, const void *holder, int64_t offset);

/* All before this offset was acknowledged, or committed when the session began (BFS_NO_OFFSET:
 * nothing). False: the group stands somewhere else now. */
bool bfs_claim_place(struct bfs_claim *c, int64_t *ret_offset);

/* 0, or why commits were refused; told once. */
int bfs_claim_trouble(struct bfs_claim *c, struct bfs_why *ret_why);

/* Answers `t` (error 0 or -errno) when all that is acknowledged now is committed, or can't be. */
void bfs_claim_flush(struct bfs_claim *c, struct bfs_ticket *t, void *owner,
		     const struct bfs_keeper *keeper);

/* Begins the commit of what is acknowledged without waiting for its turn. True if there is anything
 * to wait for. */
bool bfs_claim_hurry(struct bfs_claim *c);

#endif
