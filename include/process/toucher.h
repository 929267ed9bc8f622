/* toucher.h - the inotify helper: a process that sets mtimes through the mount.
 *
 * Programs that wait for inotify instead of asking again are not woken by what comes from the
 * broker: the kernel raises IN_MODIFY only for what is done through the mount. So somebody has to
 * do something to the file, and that can't be the daemon: were its own request to wait for a lock
 * that a request it has not answered holds, not even kill -9 would end it, because it would keep
 * the /dev/fuse descriptor that keeps the lock. This process has no such descriptor: when the
 * daemon goes, the connection goes, and whatever the helper waits for ends.
 *
 * It is forked before any thread and any handle, reads names (struct bfs_touch) from a pipe, and
 * keeps nothing else open: no descriptor of the mount, of the caller's output, or of a pipe to the
 * daemon's parent; its directory is /. It ends with the daemon, however that ends, and is deaf to
 * the signals that end the daemon.
 *
 * If it dies, is stopped or hangs, nobody waits for it.
 *
 * Threads: fork and stop on the main thread, lost on any, not at the same time as stop.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_PROCESS_TOUCHER_H
#define BFS_PROCESS_TOUCHER_H

#include <stdbool.h>
#include <sys/types.h>

struct bfs_toucher {
	int fd;    /* the pipe, non-blocking; -1: there is no helper */
	pid_t pid; /* 0: it is gone, and reaped */
};

/* `mountpoint` is absolute, and nothing of ours is mounted there yet. In the background the helper
 * has nothing to say; in the foreground it keeps stderr. Logs why there is no helper, if so. */
void bfs_toucher_fork(struct bfs_toucher *t, const char *mountpoint, bool background);

/* Its end of the pipe is closed: it has died. */
void bfs_toucher_lost(struct bfs_toucher *t);

/* Ends it, and waits for that a second at most. Can be repeated. */
void bfs_toucher_stop(struct bfs_toucher *t);

#endif
