/* roster.h - one list of all topics, as metadata had it: names, partitions, leaders. Immutable,
 * counted.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_KAFKA_ROSTER_H
#define BFS_KAFKA_ROSTER_H

#include <librdkafka/rdkafka.h>

#include "model/cluster.h"

#define BFS_LEADER_NONE    (-1) /* the partition has no leader now */
#define BFS_LEADER_UNKNOWN (-2) /* there is no such partition */

struct bfs_roster {
	struct bfs_topic_info *infos; /* sorted by name */
	size_t n;
	const struct rd_kafka_metadata_topic **topics; /* beside infos */
	const struct rd_kafka_metadata *md;
	int refs; /* protected by its holder's lock */
};

/* Takes `md` over. Topics with names Kafka would not allow, and those being deleted, are left out.
 */
struct bfs_roster *bfs_roster_new(const struct rd_kafka_metadata *md);
void bfs_roster_put(struct bfs_roster *r); /* NULL is fine */

/* A broker id, or BFS_LEADER_*. `r` may be NULL: nothing is known. */
int32_t bfs_roster_leader(const struct bfs_roster *r, const char *topic, int32_t partition);

/* The topic, or NULL. `r` may be NULL. */
const struct rd_kafka_metadata_topic *bfs_roster_topic(const struct bfs_roster *r,
						       const char *topic);

/* A topic's partitions by their ids, and the brokers; to be freed, and valid as long as the list.
 */
struct bfs_partition_info *bfs_roster_partitions(const struct rd_kafka_metadata_topic *t);
struct bfs_broker_info *bfs_roster_brokers(const struct bfs_roster *r, size_t *ret_n);

#endif
