/* mountpoint.h - is this a place to mount on?
 *
 * Asked before anything is started, so that the common mistakes cost no time and get a sentence
 * of their own. What only mount(2) knows is still reported by it.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_PROCESS_MOUNTPOINT_H
#define BFS_PROCESS_MOUNTPOINT_H

#include "base/err.h"

/* 0 and the absolute path without symbolic links (to be freed), or -errno and a sentence: it is
 * missing, no directory, not writable, FUSE is mounted there already, or a dead mount is in the
 * way. */
int bfs_mountpoint_check(const char *path, char **ret_path, struct bfs_why *why);

#endif
