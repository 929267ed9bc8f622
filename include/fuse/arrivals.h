/* arrivals.h - which files inotify is to be told of, and when.
 *
 * An arrival on a file that somebody has open becomes a *touch*: the helper process sets the file's
 * mtime through the mount, which raises IN_MODIFY. Arrivals are gathered for BFS_ARRIVALS_GATHER,
 * so that a burst is one touch; after a touch the file rests for BFS_ARRIVALS_REST, and what came
 * meanwhile is one touch at the end of that. So the last arrival is always followed by a touch.
 *
 * The kernel holds an inode's lock while some requests on it wait for their answer (WRITE, FSYNC,
 * SEEK_END), and a touch would wait for that lock, with all touches of other files behind it. Such
 * a request is a *hold*; news of a held node is kept back until the last hold of it is gone.
 *
 * News is kept per node: as many entries as there are open sessions, at most.
 *
 * Threads: any. Locks: MAILBOX rank, its own; calls nobody. Times are the caller's (bfs_clock_ms).
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_FUSE_ARRIVALS_H
#define BFS_FUSE_ARRIVALS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/map.h"
#include "base/sync.h"

#define BFS_ARRIVALS_GATHER 10  /* ms */
#define BFS_ARRIVALS_REST   100 /* ms */

/* What the helper reads: whole ones, because PIPE_BUF is a multiple of its size. */
struct bfs_touch {
	char name[512]; /* below the mount point, with its NUL: a topic, a slash, a file's name */
};

struct bfs_arrivals {
	struct bfs_mutex lock;
	/* protected by lock */
	bool on;
	struct bfs_map news, holds;         /* by node id */
	struct bfs_list gathering, resting; /* news, both in order of when they are due */
};

/* Part of a request. `ino` is 0 when it holds nothing. */
struct bfs_hold {
	struct bfs_maplink link;
	uint64_t ino;
};

void bfs_arrivals_init(struct bfs_arrivals *a, bool on);
void bfs_arrivals_fini(struct bfs_arrivals *a); /* all holds are gone */

/* Nobody can be told any more: drops all news, and takes no more. */
void bfs_arrivals_off(struct bfs_arrivals *a);

/* Something came to node `ino`, whose name is `name`. True if the time given by the last
 * bfs_arrivals_next() may be too late now. */
bool bfs_arrivals_note(struct bfs_arrivals *a, uint64_t ino, const char *name, int64_t now);

/* It is closed. */
void bfs_arrivals_forget(struct bfs_arrivals *a, uint64_t ino);

/* A request that holds the inode begins, and has been answered; true as with note. */
void bfs_arrivals_hold(struct bfs_arrivals *a, struct bfs_hold *h, uint64_t ino);
bool bfs_arrivals_release(struct bfs_arrivals *a, struct bfs_hold *h, int64_t now);

/* A touch that is due now, or false and when to ask again (BFS_NEVER: when there is news). */
bool bfs_arrivals_next(struct bfs_arrivals *a, int64_t now, uint64_t *ret_ino,
		       struct bfs_touch *ret_touch, int64_t *ret_when);

/* That touch could not be sent: it is due again after a rest. */
void bfs_arrivals_unsent(struct bfs_arrivals *a, uint64_t ino);

#endif
