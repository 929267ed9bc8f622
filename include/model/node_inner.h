/* node_inner.h - the tree's table of partitions, for node.c and partition.c only.
 *
 * All of these under the tree's lock, but for the last.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_MODEL_NODE_INNER_H
#define BFS_MODEL_NODE_INNER_H

#include "model/node.h"

/* With incarnation 0, the newest of that name. */
struct bfs_partition *bfs_partition_find(const struct bfs_tree *tr, const struct bfs_party *party,
					 const char *topic, uint64_t incarnation, int32_t id);

/* One of the name's earlier incarnations that nobody knows any more, taken out of the table, or
 * NULL; the caller frees it without the lock. */
struct bfs_partition *bfs_partition_outdated(struct bfs_tree *tr, const struct bfs_party *party,
					     const char *topic, uint64_t incarnation, int32_t id);

struct bfs_partition *bfs_partition_new(struct bfs_tree *tr, struct bfs_party *party,
					const char *topic, uint64_t incarnation, int32_t id);

/* One node less. True: it was the last, and the partition is out of the table; the caller frees it
 * without the lock. */
bool bfs_partition_drop(struct bfs_tree *tr, struct bfs_partition *p);

/* Earlier topics of this name must not speak for the group any more. */
void bfs_partition_supersede(struct bfs_tree *tr, const struct bfs_partition *by);

void bfs_partition_free(struct bfs_partition *p);

#endif
