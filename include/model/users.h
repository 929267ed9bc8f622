/* users.h - the processes that used an open file, as far as they matter: who may still hold it when
 * one closes it.
 *
 * Locks: its owner's. Zeroed memory is nobody.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_MODEL_USERS_H
#define BFS_MODEL_USERS_H

#include <stdbool.h>
#include <string.h>
#include <sys/types.h>

#define BFS_USERS_MAX 8   /* remembered; a further one takes the place of an earlier */
#define BFS_NAME_MAX  512 /* "TOPIC/FILE" */

struct bfs_users {
	pid_t pids[BFS_USERS_MAX];
	int n;
};

static inline bool bfs_users_has(const struct bfs_users *u, pid_t pid)
{
	for (int i = 0; i < u->n; i++)
		if (u->pids[i] == pid)
			return true;
	return false;
}

static inline void bfs_users_add(struct bfs_users *u, pid_t pid)
{
	if (bfs_users_has(u, pid))
		return;
	if (u->n < BFS_USERS_MAX)
		u->pids[u->n++] = pid;
	else
		u->pids[(unsigned)pid % BFS_USERS_MAX] = pid;
}

#endif
