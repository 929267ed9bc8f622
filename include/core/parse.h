/* parse.h - a line of a file as the record it says: format.h the other way round.
 *
 *	(none)  the value
 *
 *	.kv     key, TAB, value, up to the first TAB; without TAB, or with nothing before it, no
 * key: so what .kv shows of a record without key comes back as one
 *
 *	.json   the object of core/format.h
 *
 *	.raw    the value: here all that was written is the line
 *
 * What is missing in an object, or null, is: no key, a tombstone, no headers, the time of sending;
 * "topic", "partition", "offset" are ignored. A member of any other name is refused: "vaule" would
 * be a tombstone.
 *
 * Pure: no lock.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_CORE_PARSE_H
#define BFS_CORE_PARSE_H

#include <stddef.h>

#include "base/err.h"
#include "core/format.h"
#include "core/record.h"

struct bfs_parsed {
	/* Points into the line, and into what follows; offset 0, timestamp -1 if the line says
	 * none. */
	struct bfs_record record;
	void *json, *memory; /* owned, or NULL */
};

/* The record of a line, given without its newline. 0, or -EINVAL with what is wrong with it; then
 * there is nothing to give back. */
int bfs_parse(enum bfs_format format, const char *line, size_t len, struct bfs_parsed *ret,
	      struct bfs_why *ret_why);
void bfs_parsed_fini(struct bfs_parsed *p);

/* Bytes of the longest line whose record may have key and value of `message_max` bytes together. */
size_t bfs_parse_line_max(enum bfs_format format, size_t message_max);

#endif
