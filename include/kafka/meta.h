/* meta.h - questions that librdkafka answers by blocking: topics, ends, committed offsets, groups.
 *
 * rd_kafka_metadata, rd_kafka_offsets_for_times, rd_kafka_committed and rd_kafka_list_groups block,
 * within their time limits. So a dispatcher thread (`ask-0`) sorts waiting questions by who must
 * answer: any broker (topics, brokers, partitions), the partition's leader as the last metadata had
 * it (ends), the group's coordinator, all brokers together (members, groups). For each of these at
 * most one worker
 * (`ask-1..8`, made when needed) is blocked, and takes all questions waiting for it in one request.
 * A frozen broker thus holds up only questions to itself. The dispatcher also ends questions at
 * their deadlines, while workers may still wait for the answer.
 *
 * Nothing here creates a topic: only lists of all topics are asked for, and a partition's end only
 * when such a list has it (brokers, and the mock, may create what is asked for by name).
 *
 * The last list is kept, for bfs_meta_known().
 *
 * Threads: any. Locks: KAFKA (55). Workers may outlive bfs_meta_free(), blocked in a call that ends
 * by itself; what they use is counted.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_KAFKA_META_H
#define BFS_KAFKA_META_H

#include "kafka/handle.h"
#include "model/cluster.h"

struct bfs_meta;

struct bfs_meta *bfs_meta_new(struct bfs_handle *control, struct bfs_last_word *word);

/* See struct bfs_cluster_ops. */
void bfs_meta_topics(struct bfs_meta *m, int64_t deadline, bfs_topics_fn *done, void *arg);
void bfs_meta_ends(struct bfs_meta *m, const char *topic, int32_t partition, int64_t deadline,
		   bfs_ends_fn *done, void *arg);
void bfs_meta_offset_at(struct bfs_meta *m, const char *topic, int32_t partition, int64_t time,
			int64_t deadline, bfs_offset_fn *done, void *arg);

/* What a group has committed. `handle` is the group's, `key` (>= 0) tells groups apart. `done` may
 * run inside the call once stopped. */
void bfs_meta_committed(struct bfs_meta *m, struct bfs_handle *handle, int key, const char *group,
			const char *topic, int32_t partition, int64_t deadline,
			bfs_committed_fn *done, void *arg);

/* How many live members a group has. Every broker is asked; one that is silent makes it last until
 * the deadline, and matters only if it is the group's own. Not asked again when it failed. */
void bfs_meta_members(struct bfs_meta *m, struct bfs_handle *handle, int key, const char *group,
		      int64_t deadline, bfs_members_fn *done, void *arg);

/* See struct bfs_cluster_ops. Brokers and partitions are read off a list of all topics. A group is
 * described by rd_kafka_list_groups, which tells no group.instance.id; describe.h has more. Of
 * groups at most two are asked for at a time, as a silent broker makes each last. */
void bfs_meta_brokers(struct bfs_meta *m, int64_t deadline, bfs_brokers_fn *done, void *arg);
void bfs_meta_partitions(struct bfs_meta *m, const char *topic, int64_t deadline,
			 bfs_partitions_fn *done, void *arg);
void bfs_meta_group(struct bfs_meta *m, const char *group, int64_t deadline, bfs_group_fn *done,
		    void *arg);

/* Whether the last list of topics had the partition. */
bool bfs_meta_known(struct bfs_meta *m, const char *topic, int32_t partition);

/* How many partitions the topic had in the last list (0: not there), and how many of them had a
 * leader. */
int32_t bfs_meta_shown(struct bfs_meta *m, const char *topic, int32_t *ret_led);

/* The ids of the brokers in the last list, to be freed. */
int32_t *bfs_meta_broker_ids(struct bfs_meta *m, size_t *ret_n);

/* Every partition of the last list. */
rd_kafka_topic_partition_list_t *bfs_meta_everything(struct bfs_meta *m);

/* Answers what waits with -ENODEV, ends the dispatcher, waits for idle and (until `deadline`) for
 * busy workers. What is asked later is answered -ENODEV at once. */
void bfs_meta_stop(struct bfs_meta *m, int64_t deadline);
void bfs_meta_free(struct bfs_meta *m);

#endif
