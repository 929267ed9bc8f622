/* line.h - a group's own handle, and a commit that is under way on it; for group.c only.
 *
 * librdkafka speaks to the coordinator of the handle's group only, so each group has a line. A
 * flight is one commit request. It may go by another handle, a member's of the group, and has a
 * queue of its own for the answer.
 *
 * Queues wake the eventfd they are given, until they are freed.
 *
 * Threads: the owner's. Locks: none.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_KAFKA_LINE_H
#define BFS_KAFKA_LINE_H

#include "kafka/handle.h"

struct bfs_line {
	struct bfs_list node;
	int key; /* for meta */
	char *group;
	struct bfs_handle *handle;
	rd_kafka_queue_t *main; /* log and error events */
};

/* Takes the reference to the handle. */
struct bfs_line *bfs_line_new(const char *group, struct bfs_handle *h, int key, int wake);
void bfs_line_free(struct bfs_line *l);

struct bfs_flight {
	struct bfs_list node;
	struct bfs_list errands; /* that wait for it; fewer after deadlines, maybe none */
	struct bfs_handle *handle;
	rd_kafka_queue_t *results;
};

/* Takes the reference to the handle. */
struct bfs_flight *bfs_flight_new(struct bfs_handle *h, int wake);
void bfs_flight_free(struct bfs_flight *f);

#endif
