/* holders.h - does some process still hold a descriptor of this file?
 *
 * The kernel sends a FLUSH for every close of every copy of a descriptor, and does not say which is
 * the last; the RELEASE that would say so comes too late to report an error. At a FLUSH the
 * closed descriptor is gone from the process's table already, so what is still listed there, and in
 * the ancestors' (a shell that redirected a whole group of commands), tells.
 *
 * Only /proc/PID/status and /proc/PID/fdinfo are read. A stat() through /proc/PID/fd would come
 * back to us as a request; /proc/PID/stat and readlink() there wait for a process that is in
 * execve(2), which may be waiting for us (measured: Linux 6.18).
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
 * "TOPIC/FILE". A descriptor counts when its inode number is `st_ino`, or, where the kernel does
 * not tell inode numbers, when its path ends in TOPIC/FILE; but only
 * one that can be written (or read, unless `writing`). When our node is not `alone`, another
 * node of that name (an earlier session's) is open too, with the same number: then what is found
 * could be that one's.
 *
 * 1 yes, 0 no, -1 it can't be told (no /proc, other pid namespace, not permitted). An ancestor that
 * we may not look into is ignored if it is of another session (init, sshd, login). Fits struct
 * bfs_holders; `arg` is unused. */
int bfs_holders_held(void *arg, uint64_t st_ino, const char *name, bool writing, bool alone,
		     pid_t closing, const pid_t *pids, int n_pids);

/* Can none of the threads `openers` have given a descriptor to the process of thread `closing`, one
 * of its ancestors, or one of `pids`? They got none if no opener is among them or their ancestors.
 * One that has gone has nothing any more: its descriptor has mostly gone with it, and only the
 * RELEASE is still to come. False if it can't be told. */
bool bfs_holders_apart(void *arg, pid_t closing, const pid_t *pids, int n_pids,
		       const pid_t *openers, int n_openers);

/* Is `pid` about to end, its descriptors being closed by the kernel? */
bool bfs_holders_leaving(void *arg, pid_t pid);

/* The parent of `pid`, or 0 if that can't be told. */
pid_t bfs_holders_parent(void *arg, pid_t pid);

#endif
