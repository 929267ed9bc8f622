/* roll.h - does the group have live members? Asked for all claims of a mount together.
 *
 * Kafka takes commits from outside a group only while it has no live members. Who begins to read
 * wants to know before the first byte, not at the close. So the group is asked, at most once a
 * second, and the answer serves all who ask within that second.
 *
 * No answer, or one that says nothing, counts as no members: the commit itself finds out. After one
 * of these nobody asks for a while, so that a silent broker delays one first read and not each.
 *
 * Threads: any. Locks: CLAIM (45), never together with a claim's own. Nothing here calls out with
 * the lock held.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_MODEL_ROLL_H
#define BFS_MODEL_ROLL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/sync.h"
#include "model/cluster.h"

#define BFS_ROLL_EVERY 1000  /* ms between two questions */
#define BFS_ROLL_WAIT  1000  /* ms for an answer, at most */
#define BFS_ROLL_PAUSE 10000 /* ms without a question after one that nobody answered */

struct bfs_roll {
	struct bfs_cluster *cluster;
	const char *group;
	int64_t timeout; /* ms */

	struct bfs_mutex lock; /* protects all below */
	bool asking;
	int64_t next;            /* before that no other question; clock ms */
	int members;             /* what the last answer was */
	struct bfs_list waiting; /* struct bfs_roll_call */
};

void bfs_roll_init(struct bfs_roll *r, struct bfs_cluster *cluster, const char *group,
		   int64_t timeout);
void bfs_roll_fini(struct bfs_roll *r);

/* True if it is known now that the group has no live members, or that asking is no use. */
bool bfs_roll_empty(struct bfs_roll *r);

/* `done(arg, members)` runs once, inside the call or later, within BFS_ROLL_WAIT and
 * half the timeout. */
struct bfs_roll_call {
	struct bfs_list link;
	void (*done)(void *arg, int members);
	void *arg;
};
void bfs_roll_ask(struct bfs_roll *r, struct bfs_roll_call *call);

#endif
