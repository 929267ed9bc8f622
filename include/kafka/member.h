/* member.h - members of the mount's group: consumers that the coordinator gives partitions to.
 *
 * A member is a consumer handle and a thread (`member-N`). Its partitions' queues are forwarded to
 * one of ours, beside the one with rebalances and errors: a full sink leaves the records' alone, so
 * that nothing has to be paused, and the group is served all the same. librdkafka fetches about
 * 4 MiB ahead then, and stops.
 *
 * Where a partition begins is asked for when it is assigned: the group's committed offset, or the
 * place that start= says. That of `latest` is committed at once: what arrives between two runs is
 * not skipped. librdkafka's own reset is for offsets out of range only, and goes to the oldest
 * record.
 *
 * Kafka refuses commits without membership to a group with members. The group thread, which makes
 * those, goes through a live member's handle then.
 *
 * Threads: any. Locks: KAFKA (55).
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_KAFKA_MEMBER_H
#define BFS_KAFKA_MEMBER_H

#include "kafka/handle.h"
#include "model/cluster.h"

struct bfs_members;

struct bfs_members *bfs_members_new(const struct bfs_conf *conf, struct bfs_last_word *word,
				    struct bfs_reaper *reaper, struct bfs_metrics *metrics);

/* A live member's handle, with a reference for the caller, or NULL. */
struct bfs_handle *bfs_members_handle(struct bfs_members *ms);

/* Whether one is alive, or was until a moment ago: brokers may not know yet that it left. */
bool bfs_members_present(struct bfs_members *ms);

/* See struct bfs_cluster_ops. */
struct bfs_member *bfs_member_open(struct bfs_members *ms, const char *topic, const char *instance,
				   bool headers, const struct bfs_member_sink *sink, void *owner);
void bfs_member_join(struct bfs_member *m);
void bfs_member_leave(struct bfs_member *m);
void bfs_member_resume(struct bfs_member *m);
void bfs_member_acknowledge(struct bfs_member *m, int32_t partition, int64_t offset);
void bfs_member_settle(struct bfs_member *m, int64_t deadline, bfs_done_fn *done, void *arg);
void bfs_member_close(struct bfs_member *m);

/* Closes those that are open (sink->closed), which is given up at the deadline. No new ones from
 * then on; what the group asks is answered until bfs_members_free(). */
void bfs_members_stop(struct bfs_members *ms, int64_t deadline);
void bfs_members_free(struct bfs_members *ms);

#endif
