/* manage.h - the cluster changed, and asked about groups and settings: librdkafka's admin API.
 *
 * Its calls only queue a request (nothing of rdkafka_admin.c that the application calls waits), and
 * answers come as events: thread `admin` drains them, keeps our own deadlines, and asks meta.h for
 * lists of topics until a change shows.
 *
 * What goes to a group's coordinator (ListConsumerGroupOffsets, AlterConsumerGroupOffsets,
 * DeleteGroups) is sent to every broker by its id (rd_kafka_AdminOptions_set_broker), and only the
 * coordinator does it; the others say NOT_COORDINATOR. By itself librdkafka would look for the
 * coordinator in rdkafka_coord.c, where a request that ends before it was sent aborts the process
 * (rd_kafka_admin_coord_request frees the eonce that rd_kafka_coord_req_fail() uses again: issue
 * 4605, pull request 5397, open in 2026). With a broker's id it takes the same path as
 * CreateTopics (WAIT_BROKER), which has none of this. Measured with 2.0.2 and three brokers of
 * Kafka 4.1.0, each stopped in turn while such requests were under way: without the id the
 * assertion in rd_kafka_enq_once_del_source_return fails at once, with it all end in time and go on
 * later.
 *
 * Groups are listed by ListConsumerGroups: those of protocol type "consumer" or none, as
 * kafka-consumer-groups.sh --list does; Connect's and share groups are not. A silent broker makes
 * it last until the deadline (librdkafka answers when all have, or failed).
 *
 * A setting is changed by IncrementalAlterConfigs where the library has it (2.2), else by
 * AlterConfigs, which resets what is not named: so all own settings of the topic are read, sent
 * again with the change, and read back until they are as they should be. Between the reading and
 * the sending somebody else's change can be lost; that is seen when reading back, and said.
 *
 * The embedded mock knows of all these requests only those about offsets; topics are made from
 * inside it (rd_kafka_mock_topic_create). The rest is -EOPNOTSUPP at once, unasked: of
 * ListConsumerGroups and DescribeConfigs librdkafka 2.0.2 leaks some bytes when a broker does not
 * know the request.
 *
 * Threads: any. Locks: the mailbox only.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_KAFKA_MANAGE_H
#define BFS_KAFKA_MANAGE_H

#include "kafka/handle.h"
#include "kafka/meta.h"
#include "kafka/mock.h"
#include "model/cluster.h"

struct bfs_manage;

/* Starts the thread. `mock` is NULL with real brokers. NULL with the sentence. */
struct bfs_manage *bfs_manage_new(struct bfs_handle *control, struct bfs_meta *meta,
				  struct bfs_mock *mock, struct bfs_last_word *word,
				  struct bfs_why *why);

/* See struct bfs_cluster_ops. */
void bfs_manage_groups(struct bfs_manage *m, int64_t deadline, bfs_groups_fn *done, void *arg);
void bfs_manage_offsets(struct bfs_manage *m, const char *group, const char *topic,
			int64_t deadline, bfs_places_fn *done, void *arg);
void bfs_manage_reset(struct bfs_manage *m, const char *group, const struct bfs_place *places,
		      size_t n, int64_t deadline, bfs_done_fn *done, void *arg);
void bfs_manage_forget(struct bfs_manage *m, const char *group, int64_t deadline, bfs_done_fn *done,
		       void *arg);
void bfs_manage_create(struct bfs_manage *m, const char *topic, int32_t partitions,
		       int32_t replicas, int64_t deadline, bfs_done_fn *done, void *arg);
void bfs_manage_delete(struct bfs_manage *m, const char *topic, int64_t deadline, bfs_done_fn *done,
		       void *arg);
void bfs_manage_grow(struct bfs_manage *m, const char *topic, int32_t partitions, int64_t deadline,
		     bfs_done_fn *done, void *arg);
void bfs_manage_settings(struct bfs_manage *m, const char *topic, int64_t deadline,
			 bfs_settings_fn *done, void *arg);
void bfs_manage_set(struct bfs_manage *m, const char *topic, const char *name, const char *value,
		    int64_t deadline, bfs_done_fn *done, void *arg);
void bfs_manage_alive(struct bfs_manage *m, int64_t patience, bfs_done_fn *done, void *arg);

/* Answers what waits with -ENODEV, joins the thread, frees; `meta` must be stopped. Never blocks on
 * a broker. */
void bfs_manage_free(struct bfs_manage *m);

#endif
