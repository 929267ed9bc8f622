/* group.h - committed offsets: reading, and committing without membership.
 *
 * Thread `group` sends asynchronous admin requests (ListConsumerGroupOffsets, AlterConsumerGroupOffsets: an
 * OffsetCommit of generation -1) on the control handle, for any group, and collects the answers. What waits for the
 * same group goes out in one request. Each question has its own deadline, whatever librdkafka does.
 *
 * A commit is: fetch, compare, alter. After an answer that says nothing about the outcome all three are done again,
 * which is safe: the metadata tells our own commit from somebody else's.
 *
 * The thread also drains the control handle's log and error events.
 *
 * Threads: any. Locks: the mailbox only.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_KAFKA_GROUP_H
#define BFS_KAFKA_GROUP_H

#include "kafka/handle.h"
#include "model/cluster.h"

struct bfs_group;

/* Starts the thread. NULL with the sentence. */
struct bfs_group *bfs_group_new(struct bfs_control *control, struct bfs_last_word *word,
				struct bfs_why *why);

/* See struct bfs_cluster_ops. */
void bfs_group_committed(struct bfs_group *g, const char *group, const char *topic,
			 int32_t partition, int64_t deadline, bfs_committed_fn *done, void *arg);
void bfs_group_commit(struct bfs_group *g, const char *group, const char *topic,
		      int32_t partition, const struct bfs_commit *expect,
		      const struct bfs_commit *to, int64_t deadline, bfs_done_fn *done, void *arg);

/* Answers what waits with -ENODEV, joins the thread, frees. Never blocks on a broker. */
void bfs_group_free(struct bfs_group *g);

#endif
