/* name.h - the grammar of file names.
 *
 * A topic name, as Kafka allows it: 1 to 249 of [a-zA-Z0-9._-], not "." or "..".
 *
 *	FILE       ::=  ( PARTITION | "any" ) [ FORMAT ] [ "@" RANGE ]
 *	PARTITION  ::=  decimal, without sign or leading zeros, up to 2147483647
 *	FORMAT     ::=  ".json" | ".kv" | ".raw"                   core/format.h
 *	RANGE      ::=  FROM | FROM ".." TO | FROM ".." | ".."     core/range.h
 *
 * Formats before ranges, each at most once: "0.json@-10". "0" and "0@.." are the group's own
 * position, every other name is a view. "any" is the whole topic: its partitions have no offsets in
 * common, so there is none in its ranges, nor "any@.." (any itself waits at the end). A name that
 * does not parse does not exist (ENOENT); it is never an error of another kind.
 *
 * Source: apache/kafka, org.apache.kafka.common.internals.Topic.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_CORE_NAME_H
#define BFS_CORE_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include "core/format.h"
#include "core/range.h"

#define BFS_TOPIC_MAX 249 /* bytes, without the NUL */

/* 0, -EINVAL (empty, ".", "..", an illegal byte) or -ENAMETOOLONG. */
int bfs_name_topic(const char *name);

/* Internal topics (__consumer_offsets and the like) are hidden unless asked for. */
bool bfs_name_internal(const char *topic);

#define BFS_ANY INT32_C(-1) /* instead of a partition: the whole topic */

/* A group may be called anything. As a file's name: what can't stand there ('/', '%', control
 * bytes, the names "." and "..") as %XX. Appends to `ret`. */
struct bfs_buf;
void bfs_name_encode(const char *group, struct bfs_buf *ret);

/* The other way round; the caller frees it. NULL: no group can be written like that. */
char *bfs_name_decode(const char *name);

/* "N.offset", or ".offset" for all partitions (BFS_ANY). False: it is neither. */
bool bfs_name_offset(const char *name, int32_t *ret_partition);

/* A file of a topic's directory. */
struct bfs_name {
	int32_t partition; /* or BFS_ANY */
	enum bfs_format format;
	struct bfs_range range; /* kind BFS_RANGE_GROUP when there is none */
};

/* "TOPIC/PARTITION", or "TOPIC/any", for people. The caller frees it. */
char *bfs_name_format(const char *topic, int32_t partition);

/* Parses the name of a file below a topic. 0, or -ENOENT for what no file can be called; then
 * *ret_name is untouched. */
int bfs_name_parse(const char *name, struct bfs_name *ret_name);

#endif
