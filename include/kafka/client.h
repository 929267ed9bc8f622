/* client.h - the cluster, by librdkafka: handles, configuration, errors.
 *
 * bfs_kafka_new() makes the struct bfs_cluster that the model uses. It must run after the daemon's
 * fork (librdkafka starts threads). None of the model's code runs on librdkafka's threads: events
 * go to queues with an eventfd, drained by named threads of ours (lane-N, producer, group, admin,
 * ask-N).
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_KAFKA_CLIENT_H
#define BFS_KAFKA_CLIENT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "core/options.h"
#include "model/cluster.h"

/* Checks the properties (-F, -X) and, unless o->lazy, waits up to o->timeout_ms for a broker's
 * metadata. With o->embedded the mock cluster is started first. Topics of o->create are made. NULL
 * and one sentence in `ret_why` on failure; nothing is left behind then. */
struct bfs_cluster *bfs_kafka_new(const struct bfs_options *o, struct bfs_why *ret_why);

/* "host:port[,...]" of the brokers in use (the mock's when embedded); owned by the cluster. */
const char *bfs_kafka_brokers(const struct bfs_cluster *c);

/* The end, in two steps. Stop ends every thread: pending questions and commits are answered with
 * -ENODEV, feeds are closed, the producer is flushed until `deadline` (clock ms) and what was not
 * delivered is reported to its outlets (and logged, counted). After it no function of the model is
 * called any more, and the model may only close its outlets. Free frees everything; NULL is fine.
 */
void bfs_kafka_stop(struct bfs_cluster *c, int64_t deadline);
void bfs_kafka_free(struct bfs_cluster *c);

/* -X list: librdkafka's properties, as a table. */
void bfs_kafka_list_properties(struct bfs_buf *ret);

/* Reads FILE (-F) into "prop=value" strings: refused unless it is a plain file of the user's or
 * root's, and closed to group and others when it holds a secret. 0 or -errno, why quotes file and
 * line. */
int bfs_kafka_properties_file(const char *path, char ***ret_list, int *ret_n, struct bfs_why *why);

#endif
