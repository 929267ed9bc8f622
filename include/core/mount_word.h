/* mount_word.h - options of mount(8), fstab(5) and libfuse that are not ours.
 *
 * Pure: const tables.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_CORE_MOUNT_WORD_H
#define BFS_CORE_MOUNT_WORD_H

#include <stdbool.h>

/* The kernel or libfuse wants it: nosuid, auto_unmount, fsname=... */
bool bfs_mount_word_passed(const char *item);

/* It means nothing to a daemon, and is accepted: noauto, _netdev, x-..., and an empty one. */
bool bfs_mount_word_dropped(const char *item);

#endif
