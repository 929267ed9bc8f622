/* group.h - a group: its committed offsets, committing without membership, its members.
 *
 * Thread `group` asks and commits through a consumer handle of the group that never subscribes: an
 * OffsetCommit of generation -1. What waits for the same group goes out in one request. A commit
 * is: fetch, compare, commit. After an answer that says nothing about the outcome all three are
 * done again, which is safe: the metadata tells our own commit from somebody else's.
 *
 * While the mount has a member in its own group, commits go through that member's handle, and the
 * group counts as having none: brokers refuse the others, and ours are no strangers.
 *
 * Fetching, and counting members, are questions to meta.h. Not by the admin API
 * (ListConsumerGroupOffsets, DescribeConsumerGroups), which is asynchronous: librdkafka aborts the
 * process when a coordinator accepts a connection and answers nothing (2.0.2, and issue 4605 of
 * librdkafka says later ones too; measured with a stopped broker); manage.h avoids it.
 *
 * The thread also drains those handles' log and error events, the control handle's too: it is the
 * mount's own group's.
 *
 * Threads: any. Locks: the mailbox only.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_KAFKA_GROUP_H
#define BFS_KAFKA_GROUP_H

#include "kafka/handle.h"
#include "kafka/member.h"
#include "kafka/meta.h"
#include "kafka/statistics.h"
#include "model/cluster.h"

struct bfs_group;

/* Starts the thread. NULL with the sentence. */
struct bfs_group *bfs_group_new(const struct bfs_conf *conf, struct bfs_handle *control,
				struct bfs_meta *meta, struct bfs_members *members,
				const char *group, struct bfs_last_word *word,
				struct bfs_statistics *statistics, struct bfs_why *why);

/* See struct bfs_cluster_ops. */
void bfs_group_committed(struct bfs_group *g, const char *group, const char *topic,
			 int32_t partition, int64_t deadline, bfs_committed_fn *done, void *arg);
void bfs_group_commit(struct bfs_group *g, const char *group, const char *topic, int32_t partition,
		      const struct bfs_commit *expect, const struct bfs_commit *to,
		      int64_t deadline, bfs_done_fn *done, void *arg);

void bfs_group_members(struct bfs_group *g, const char *group, int64_t deadline,
		       bfs_members_fn *done, void *arg);

/* Answers what waits with -ENODEV, joins the thread, frees; `meta` must be stopped. Never blocks on
 * a broker. */
void bfs_group_free(struct bfs_group *g);

#endif
