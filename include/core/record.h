/* record.h - one Kafka record, as it was read.
 *
 * The pointers belong to whoever hands the record over, and are valid during that call only.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_CORE_RECORD_H
#define BFS_CORE_RECORD_H

#include <stddef.h>
#include <stdint.h>

struct bfs_header {
	const char *name;  /* NUL-terminated; may repeat among the headers of a record */
	const void *value; /* NULL: none */
	size_t value_len;
};

struct bfs_record {
	int64_t offset;
	int64_t timestamp;       /* ms since the epoch, or -1 */
	const void *key, *value; /* NULL: none, tombstone */
	size_t key_len, value_len;
	const struct bfs_header *headers; /* in order; only where they were asked for */
	size_t n_headers;
};

#endif
