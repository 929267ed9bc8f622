/* unpack.h - librdkafka's message as a record.
 *
 * Threads: the owner's. Locks: none.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_KAFKA_UNPACK_H
#define BFS_KAFKA_UNPACK_H

#include <stdbool.h>

#include <librdkafka/rdkafka.h>

#include "core/record.h"

/* The headers of the record at hand; kept for the next. Zeroed at the start. */
struct bfs_unpack {
	struct bfs_header *headers;
	size_t room;
};

void bfs_unpack_fini(struct bfs_unpack *u);

/* The record points into the message, and to the headers, if they are wanted. */
void bfs_unpack(struct bfs_unpack *u, const rd_kafka_message_t *m, bool headers,
		struct bfs_record *ret);

#endif
