/* line.h - a group's own handle, and a commit that is under way on it; for group.c only.
 *
 * librdkafka speaks to the coordinator of the handle's group only, so each group has a line, for as
 * long as it is used: each takes threads and connections. A
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
	int64_t until;          /* clock ms; the last deadline of what was asked on it */
};

/* All lines. */
struct bfs_board {
	struct bfs_list list;
	const struct bfs_conf *conf;
	struct bfs_handle *control; /* of the mount's own group: its line is never idle */
	int wake;                   /* eventfd of their queues */
	int opened;                 /* ever */
};

/* `own` is the group of `control`. */
void bfs_board_init(struct bfs_board *b, const struct bfs_conf *conf, struct bfs_handle *control,
		    const char *own, int wake);
void bfs_board_fini(struct bfs_board *b);

/* The group's, opened if there is none; NULL with the sentence. */
struct bfs_line *bfs_board_get(struct bfs_board *b, const char *group, struct bfs_why *why);

/* Something was asked on it, until this deadline; then it is kept for BFS_LINE_IDLE. */
void bfs_line_used(struct bfs_line *l, int64_t deadline);

#define BFS_LINE_IDLE 60000 /* ms */

/* Closes those that are not used any more: nothing is under way on them. When the next may be due:
 * clock ms, BFS_NEVER if there is none. */
void bfs_board_close_idle(struct bfs_board *b);
int64_t bfs_board_next(const struct bfs_board *b);

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
