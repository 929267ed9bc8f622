/* statistics.h - what librdkafka's statistics say of its connections.
 *
 * Two handles send them, every five seconds: the producer's and the one for questions. Lanes' are
 * left out: a fetch waits at the broker for records, so its round trip says nothing, and with many
 * partitions their JSON would cost more than it tells. What a handle counts begins anew with its
 * next generation; Prometheus takes that for the restart it is.
 *
 * It also carries the mount's metrics to the modules of this floor that count.
 *
 * Threads: any. Locks: LAST_WORD (62).
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_KAFKA_STATISTICS_H
#define BFS_KAFKA_STATISTICS_H

#include <librdkafka/rdkafka.h>

#include "base/sync.h"
#include "kafka/conf.h"
#include "model/cluster.h"

struct bfs_statistics {
	struct bfs_metrics *metrics;
	struct bfs_mutex lock;                     /* protects all below */
	struct bfs_broker_statistics *connections; /* in the order in which they were seen */
	size_t n;
	struct bfs_queue_statistics queue;
};

void bfs_statistics_init(struct bfs_statistics *s, struct bfs_metrics *metrics);
void bfs_statistics_fini(struct bfs_statistics *s);

/* An event of type STATS, of a handle with this role; false if it is none. */
bool bfs_statistics_take(struct bfs_statistics *s, enum bfs_role role, rd_kafka_event_t *ev);

/* The same, by its text: librdkafka's STATISTICS.md describes it. What is no JSON is left alone. */
void bfs_statistics_parse(struct bfs_statistics *s, enum bfs_role role, const char *json);

/* See struct bfs_cluster_ops. */
size_t bfs_statistics_copy(struct bfs_statistics *s, struct bfs_broker_statistics *ret, size_t max,
			   struct bfs_queue_statistics *ret_queue);

#endif
