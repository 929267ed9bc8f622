/* reply.h - a kernel request as a ticket, and how its answer leaves.
 *
 * The errno boundary: inside errors are negative, the kernel is given positive ones.
 *
 * fuse/ is the only floor that includes <fuse_lowlevel.h>; it does so here, once, with the version
 * of the interface that it is written for.
 *
 * Threads: any. A request is answered once, by whoever holds its ticket.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_FUSE_REPLY_H
#define BFS_FUSE_REPLY_H

#ifndef FUSE_USE_VERSION
#define FUSE_USE_VERSION 312
#endif
#include <fuse_lowlevel.h>

#include "model/fs.h"
#include "model/ticket.h"

struct bfs_notifier;

/* What libfuse hands to every operation (its `userdata`). */
struct bfs_front {
	struct bfs_notifier *notifier;
	struct bfs_fs *fs;        /* set before requests come */
	void (*ready)(void *arg); /* INIT was done: requests are answered from now on */
	void *arg;
};

/* A new ticket for `req`, called `op` in the log. */
struct bfs_ticket *bfs_request_new(fuse_req_t req, const char *op);

/* The same for a request during which the kernel holds the lock of inode `ino`. */
struct bfs_ticket *bfs_request_holding(fuse_req_t req, const char *op, fuse_ino_t ino);

#endif
