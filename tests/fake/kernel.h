/* kernel.h - a kernel that remembers the sizes it is told.
 *
 * Answers opens inside the call, or (`threaded`) later from a thread of its own, as fuse/notify
 * does; then opens can be held back. Ends the test when an open comes with a ranked lock held,
 * tells a negative size, takes a poll handle twice, or is answered after the end.
 *
 * Threads: any.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_TESTS_FAKE_KERNEL_H
#define BFS_TESTS_FAKE_KERNEL_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/sync.h"
#include "model/kernel.h"

struct fake_kernel {
	struct bfs_kernel kernel; /* first: &k->kernel is what the model gets */
	pthread_mutex_t lock;
	struct fake_inode *inodes; /* protected by lock */
	size_t n_inodes, room;     /* protected by lock */
	unsigned opens, news;      /* calls so far; protected by lock */
	unsigned arrivals;         /* the same */
	char arrived[512];         /* the last one's name; protected by lock */
	struct bfs_buf stored;     /* all that ops->store brought; protected by lock */
	bool threaded, held, quit; /* held, quit: protected by lock */
	struct bfs_mailbox opening;
	pthread_t thread;
};

void fake_kernel_init(struct fake_kernel *k, bool threaded);
void fake_kernel_fini(struct fake_kernel *k); /* answers what is held back */

/* The largest size told for `ino` since it was last forgotten; -1: none. `ret_last` may be NULL. */
int64_t fake_kernel_size(struct fake_kernel *k, uint64_t ino, char *ret_last);

/* How often ops->tell, ops->grown and ops->arrived were called. */
unsigned fake_kernel_opens(struct fake_kernel *k);
unsigned fake_kernel_news(struct fake_kernel *k);
unsigned fake_kernel_arrivals(struct fake_kernel *k);

/* Whether `ino` was forgotten and nothing was told about it since. */
bool fake_kernel_forgot(struct fake_kernel *k, uint64_t ino);

/* A poll handle for bfs_fs_poll: what the model did with it, once. */
struct fake_poll {
	_Atomic int woken, dropped;
};

/* Threaded only: opens are not answered while held. */
void fake_kernel_hold(struct fake_kernel *k, bool held);

#endif
