/* error.h - librdkafka's error codes as errno values: the one table.
 *
 * A code that is not in the table is -EIO. The sentence is Kafka's own, after what it is about.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_KAFKA_ERROR_H
#define BFS_KAFKA_ERROR_H

#include <stdbool.h>

#include <librdkafka/rdkafka.h>

#include "base/err.h"

/* 0 for NO_ERROR, else -errno. */
int bfs_kafka_errno(rd_kafka_resp_err_t err);

/* Worth another try within the deadline: leader or coordinator on the move, connection lost. */
bool bfs_kafka_passing(rd_kafka_resp_err_t err);

/* Writes "WHAT: Kafka's words" and returns bfs_kafka_errno(err). `words` NULL: those of the code.
 */
int bfs_kafka_fail(struct bfs_why *why, rd_kafka_resp_err_t err, const char *words,
		   const char *what, ...) __attribute__((format(printf, 4, 5)));

#endif
