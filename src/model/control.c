/* control.c - the files of .brokerfs: what there is, by name.
 *
 * SPDX-License-Identifier: MIT */
#include "model/control.h"

#include <string.h>

enum { R = BFS_CONTROL_READ, W = BFS_CONTROL_WRITE };

static const struct entry {
	enum bfs_control control, dir;
	const char *name; /* NULL: it is called after what it is about */
	unsigned mode;    /* 0: a directory */
} entries[] = {
	{ BFS_CONTROL_ROOT, BFS_CONTROL_NONE, BFS_CONTROL_NAME, 0 },
	{ BFS_CONTROL_README, BFS_CONTROL_ROOT, "README", R },
	{ BFS_CONTROL_BROKERS, BFS_CONTROL_ROOT, "brokers", R },
	{ BFS_CONTROL_TOPICS, BFS_CONTROL_ROOT, "topics", R },
	{ BFS_CONTROL_CREATE, BFS_CONTROL_ROOT, "create", R | W },
	{ BFS_CONTROL_LAG, BFS_CONTROL_ROOT, "lag", R },
	{ BFS_CONTROL_METRICS, BFS_CONTROL_ROOT, "metrics", R },
	{ BFS_CONTROL_LOG, BFS_CONTROL_ROOT, "log", R },
	{ BFS_CONTROL_CONFIG, BFS_CONTROL_ROOT, "config", R },
	{ BFS_CONTROL_GROUPS, BFS_CONTROL_ROOT, "groups", 0 },
	{ BFS_CONTROL_GROUP, BFS_CONTROL_GROUPS, NULL, 0 },
	{ BFS_CONTROL_STATE, BFS_CONTROL_GROUP, "state", R },
	{ BFS_CONTROL_MEMBERS, BFS_CONTROL_GROUP, "members", R },
	{ BFS_CONTROL_GROUP_LAG, BFS_CONTROL_GROUP, "lag", R },
	{ BFS_CONTROL_OFFSET, BFS_CONTROL_NONE, NULL, R | W },
};

#define N_ENTRIES (sizeof(entries) / sizeof(entries[0]))

static const struct entry *entry_of(enum bfs_control c)
{
	size_t i = 0;

	while (entries[i].control != c)
		i++;
	return &entries[i];
}

bool bfs_control_is_dir(enum bfs_control c)
{
	return !entry_of(c)->mode;
}

unsigned bfs_control_mode(enum bfs_control c)
{
	return entry_of(c)->mode;
}

const char *bfs_control_entry(enum bfs_control dir, size_t n, enum bfs_control *ret)
{
	for (size_t i = 0; i < N_ENTRIES; i++) {
		if (entries[i].dir != dir || !entries[i].name || n--)
			continue;
		*ret = entries[i].control;
		return entries[i].name;
	}
	return NULL;
}

enum bfs_control bfs_control_find(enum bfs_control dir, const char *name)
{
	enum bfs_control c;
	const char *entry;

	for (size_t i = 0; (entry = bfs_control_entry(dir, i, &c)); i++)
		if (!strcmp(entry, name))
			return c;
	return BFS_CONTROL_NONE;
}
