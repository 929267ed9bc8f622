/* format.h - a record as the bytes of a file: the table of formats.
 *
 * Each format is a suffix of file names and a way to lay a record out. What a record becomes is
 * given as a few pieces, which point into the record where they can, so that a plain value is
 * never copied on its way.
 *
 *	(none)  value, newline
 *	.json   one object a line; see below
 *	.kv     key (none: empty), TAB, value, newline
 *	.raw    the value's bytes, nothing between them
 *
 * .json: {"topic":T,"partition":P,"offset":O,"timestamp":MS,"key":K,"value":V,"headers":[[N,V]...]}
 * where K and V are a string, null (no key, tombstone) or {"base64":"..."} when the bytes are not
 * valid UTF-8. A header's name is a string; its value like V. Header names that are not valid
 * UTF-8 are {"base64":"..."} too. Every byte of a record comes back from it.
 *
 * Pure: no lock. The pieces are valid as long as the record and the scratch buffer are.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_CORE_FORMAT_H
#define BFS_CORE_FORMAT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/buf.h"
#include "core/record.h"

enum bfs_format { BFS_FORMAT_PLAIN, BFS_FORMAT_JSON, BFS_FORMAT_KV, BFS_FORMAT_RAW, BFS_FORMATS };

#define BFS_PIECES_MAX 4

/* The suffix with its dot; "" for BFS_FORMAT_PLAIN. */
const char *bfs_format_suffix(enum bfs_format format);

/* Does it show headers? Fetching them costs, so only who needs them asks for them. */
bool bfs_format_wants_headers(enum bfs_format format);

/* Lays the record out: returns the number of pieces. `scratch` is emptied and may be used. */
int bfs_format_pieces(enum bfs_format format, const char *topic, int32_t partition,
		      const struct bfs_record *r, struct bfs_buf *scratch,
		      struct iovec ret_pieces[BFS_PIECES_MAX]);

#endif
