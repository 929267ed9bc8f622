/* kernel.h - what the model tells the kernel unasked.
 *
 * Arrivals. Who waits for inotify hears only of what is done through the mount, so it is told what
 * came from the broker too.
 *
 * Sizes. splice(2) and sendfile(2) read a FUSE file only up to the size the kernel last heard of,
 * so it is told before an OPEN is answered and whenever the file grew past it. Telling may wait
 * for page locks, so it happens on a thread of its own (fuse/notify), never on a request's path.
 *
 * Implemented by fuse/notify and tests/fake. Threads: any; calls return at once.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_MODEL_KERNEL_H
#define BFS_MODEL_KERNEL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "model/ticket.h"

struct bfs_kernel;

/* A file's bytes on their way to the page cache, piece by piece. */
struct bfs_storing {
	struct bfs_list link; /* the kernel's */
	uint64_t ino;         /* the same */

	/* The next piece, valid until the next call; false: there is none. */
	bool (*next)(struct bfs_storing *g, int64_t *ret_off, struct iovec **ret_iov, int *ret_n);
	void (*done)(struct bfs_storing *g); /* once: all was stored, or the rest is not wanted */
};

struct bfs_kernel_ops {
	/* Tells that node `ino` is `size` bytes long (its last byte is `last`), then calls
	 * t->again(t), which answers it. A size of 0 is not told. An answer that carries a size may
	 * come to nothing: the kernel drops it when other news of the node came meanwhile. */
	void (*tell)(struct bfs_kernel *k, struct bfs_ticket *t, uint64_t ino, int64_t size,
		     char last);

	/* Node `ino` grew to `size`. Coalesced: only the newest size of a node is told, not more
	 * than about 20 times a second. */
	void (*grown)(struct bfs_kernel *k, uint64_t ino, int64_t size, char last);

	/* Something came to node `ino`, which somebody reads and had read up to its end, and it can
	 * be read by now. `name` (copied) leads to the node from the root: a topic, a slash, a
	 * file's name. Coalesced; the last arrival is always told. */
	void (*arrived)(struct bfs_kernel *k, uint64_t ino, const char *name);

	/* Node `ino` is complete, and nobody has it open: the kernel may keep its bytes. */
	void (*store)(struct bfs_kernel *k, uint64_t ino, struct bfs_storing *g);

	/* Node `ino` is closed: pending news of it is dropped. */
	void (*forget)(struct bfs_kernel *k, uint64_t ino);

	/* What a poll waited for has come; or nobody wants to know any more. Either takes the poll
	 * handle (fuse/ops gave it to bfs_fs_poll). */
	void (*wake)(struct bfs_kernel *k, void *poll);
	void (*unpoll)(struct bfs_kernel *k, void *poll);
};

struct bfs_kernel {
	const struct bfs_kernel_ops *ops;
};

#endif
