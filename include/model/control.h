/* control.h - the files of .brokerfs: what there is, by name.
 *
 * A table says of each entry where it stands, how it is called, and whether it is read or written.
 * Below groups/GROUP stand the topics, too: directories of ordinary partition files (node.h), which
 * are read for that group, with files that show and set its offsets.
 *
 * Pure: no lock.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_MODEL_CONTROL_H
#define BFS_MODEL_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

#define BFS_CONTROL_NAME ".brokerfs"

enum bfs_control {
	BFS_CONTROL_NONE,
	/* directories */
	BFS_CONTROL_ROOT,
	BFS_CONTROL_GROUPS,
	BFS_CONTROL_GROUP,
	/* of .brokerfs */
	BFS_CONTROL_README,
	BFS_CONTROL_BROKERS,
	BFS_CONTROL_TOPICS,
	BFS_CONTROL_CREATE,
	BFS_CONTROL_LAG,
	BFS_CONTROL_METRICS,
	BFS_CONTROL_LOG,
	BFS_CONTROL_CONFIG,
	/* of groups/GROUP */
	BFS_CONTROL_STATE,
	BFS_CONTROL_MEMBERS,
	BFS_CONTROL_GROUP_LAG,
	/* of groups/GROUP/TOPIC: N.offset and .offset */
	BFS_CONTROL_OFFSET,
};

bool bfs_control_is_dir(enum bfs_control c);

enum { BFS_CONTROL_READ = 1, BFS_CONTROL_WRITE = 2 };
unsigned bfs_control_mode(enum bfs_control c);

/* The entry of this name in a directory of the control tree, or BFS_CONTROL_NONE: there, groups and
 * topics are to be looked for. */
enum bfs_control bfs_control_find(enum bfs_control dir, const char *name);

/* The n-th entry of a directory that has a name of its own; NULL past the last. */
const char *bfs_control_entry(enum bfs_control dir, size_t n, enum bfs_control *ret);

#endif
