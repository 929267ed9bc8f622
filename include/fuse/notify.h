/* notify.h - tells the kernel how large files are and what arrived, off the request path.
 *
 * One thread, `notifier`. Telling a size writes the file's last byte into the kernel's page cache
 * and may wait for a page that some request holds, so no FUSE worker and no thread of the model
 * does it. Opens go first; growth is told as the newest size of a node, at most once in
 * BFS_NOTIFY_MS for each.
 *
 * Arrivals go to the helper process through a pipe that is never waited for: while it is full they
 * stay in fuse/arrivals, one entry a file.
 *
 * After stop nothing is told any more: opens are answered at once, growth and arrivals are dropped.
 *
 * Locks: MAILBOX rank, its own; held during no call to libfuse.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_FUSE_NOTIFY_H
#define BFS_FUSE_NOTIFY_H

#include "fuse/arrivals.h"
#include "fuse/reply.h"
#include "model/kernel.h"

#define BFS_NOTIFY_MS 50

/* The way to the helper (process/toucher). */
struct bfs_helper {
	int fd; /* a non-blocking pipe that takes struct bfs_touch; -1: there is none */
	void (*lost)(void *arg); /* nobody reads the pipe any more; on the notifier, once */
	void *arg;
};

struct bfs_notifier;

struct bfs_notifier *bfs_notifier_new(struct fuse_session *se,
				      const struct bfs_helper *helper); /* NULL with errno */
struct bfs_kernel *bfs_notifier_kernel(struct bfs_notifier *n);

/* A request that holds the lock of inode `ino` begins, and has been answered. Any thread. */
void bfs_notifier_hold(struct bfs_notifier *n, struct bfs_hold *h, uint64_t ino);
void bfs_notifier_release(struct bfs_notifier *n, struct bfs_hold *h);

/* Joins the thread and answers the opens that wait. Requests must still be served, or the
 * connection be gone, or the thread may wait for a page. Can be repeated. */
void bfs_notifier_stop(struct bfs_notifier *n);
void bfs_notifier_free(struct bfs_notifier *n); /* stops it; the model is gone */

#endif
