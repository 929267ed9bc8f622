/* holders.h - does some process still hold a descriptor of this file?
 *
 * The kernel sends a FLUSH for every close of every copy of a descriptor, and does not say which is
 * the last; the RELEASE that would say so comes too late to report an error. At a FLUSH the
 * closed descriptor is gone from /proc/PID/fd already, so what is still listed there, and in the
 * ancestors' (a shell that redirected a whole group of commands), tells.
 *
 * Descriptors are looked at with readlink() only: a stat() through such a link would come back to
 * us as a request and wait for ourselves.
 *
 * Threads: any; keeps nothing.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_PROCESS_HOLDERS_H
#define BFS_PROCESS_HOLDERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Looks at the process of thread `closing`, its ancestors, and the `pids`, for descriptors of
 * "TOPIC/FILE". A descriptor counts when its path ends in FILE and its inode number is `st_ino`,
 * or, where the kernel does not tell inode numbers, when its path ends in TOPIC/FILE. Paths marked
 * "(deleted)" are older nodes of that name: they don't count while our node is the `current` one.
 *
 * 1 yes, 0 no, -1 it can't be told (no /proc, other pid namespace, not permitted). An ancestor that
 * we may not look into is ignored if it is of another session (init, sshd, login). Fits struct
 * bfs_holders; `arg` is unused. */
int bfs_holders_held(void *arg, uint64_t st_ino, const char *name, bool current, pid_t closing,
		     const pid_t *pids, int n_pids);

#endif
