/* catalog.h - immutable, counted snapshots of the cluster's topics, or of its groups.
 *
 * Look-ups and listings answer from the newest snapshot. It is refreshed on use, when it is older
 * than `refresh` (the old one answers meanwhile), or when an unknown name is asked for and it is
 * older than a second; never by a timer, so an idle mount asks nothing. One refresh is under way at
 * a time.
 *
 * A topic has an incarnation: it stays while the topic is in every snapshot, and a topic that was
 * missing in one gets a new one when it comes back. (librdkafka 2.0.2 has no topic ids.)
 *
 * Threads: any. Locks: CATALOG (20); a snapshot is read without a lock.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_MODEL_CATALOG_H
#define BFS_MODEL_CATALOG_H

#include <stddef.h>
#include <stdint.h>

#include "model/clerk.h"
#include "model/cluster.h"
#include "model/ticket.h"

#define BFS_UNKNOWN_WAIT 100 /* ms: the longest a look-up of an unknown name waits */

struct bfs_topic {
	char *name; /* of a group that is all there is */
	int32_t partitions;
	int32_t replicas; /* of each; BFS_UNKNOWN */
	uint64_t incarnation;
};

struct bfs_snapshot {
	_Atomic int refs;
	int64_t taken; /* clock ms */
	size_t n;
	struct bfs_topic *topics; /* sorted by name (strcmp) */
};

struct bfs_catalog;

/* `internal`: also topics whose names begin with "__". `refresh`: ms. */
struct bfs_catalog *bfs_catalog_new(struct bfs_cluster *cluster, struct bfs_clerk *clerk,
				    bool internal, int64_t refresh, int64_t timeout);

/* The same of the groups' names; the first question comes with the first use. */
struct bfs_catalog *bfs_catalog_new_groups(struct bfs_cluster *cluster, struct bfs_clerk *clerk,
					   int64_t refresh, int64_t timeout);

/* From now on the name is in every snapshot. False: it is in the newest. */
bool bfs_catalog_add(struct bfs_catalog *c, const char *name);

/* The name was removed: it is in no later snapshot, unless the cluster says that it has it. */
void bfs_catalog_remove(struct bfs_catalog *c, const char *name);

/* Nothing may be under way any more (the cluster was stopped). */
void bfs_catalog_free(struct bfs_catalog *c);

/* Waits for the first snapshot until `deadline`; for start-up only. 0 or -ETIMEDOUT. */
int bfs_catalog_wait_first(struct bfs_catalog *c, int64_t deadline);

/* What a name is that is in no snapshot: -ENOENT, or -ETIMEDOUT while no broker has ever listed its
 * topics (a lazy mount). */
int bfs_catalog_absent(struct bfs_catalog *c);

/* The newest snapshot, counted; an empty one before the first answer. */
struct bfs_snapshot *bfs_catalog_get(struct bfs_catalog *c);
void bfs_snapshot_put(struct bfs_snapshot *s);

/* NULL if there is no such topic. */
const struct bfs_topic *bfs_snapshot_find(const struct bfs_snapshot *s, const char *name);

/* A name is not in the newest snapshot. False: that is final, answer ENOENT now. True: `t` was
 * parked, and `again(t)` runs with no lock held once a refresh has ended or BFS_UNKNOWN_WAIT has
 * passed: it answers t. `owner` and `keeper` as for bfs_ticket_arm. */
bool bfs_catalog_await(struct bfs_catalog *c, struct bfs_ticket *t,
		       void (*again)(struct bfs_ticket *t), void *owner,
		       const struct bfs_keeper *keeper);

/* Something was changed: what is known is not believed any more. */
void bfs_catalog_expire(struct bfs_catalog *c);

#endif
