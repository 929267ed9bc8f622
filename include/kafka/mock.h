/* mock.h - the embedded broker: librdkafka's mock cluster, real TCP on loopback, one broker.
 *
 * Memory only; it keeps the last 5 MiB (or 100,000 message sets) of a partition, answers fetches
 * with one message set at a time, and knows no admin requests: topics are made from inside.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_KAFKA_MOCK_H
#define BFS_KAFKA_MOCK_H

#include "base/err.h"

struct bfs_mock;

struct bfs_mock *bfs_mock_new(struct bfs_why *why);
const char *bfs_mock_brokers(const struct bfs_mock *m);
int bfs_mock_topic_create(struct bfs_mock *m, const char *topic, int partitions,
			  struct bfs_why *why);

/* After all clients of it. */
void bfs_mock_free(struct bfs_mock *m);

#endif
