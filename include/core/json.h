/* json.h - JSON, written by hand.
 *
 * A byte string becomes a string where it is valid UTF-8, {"base64":"..."} where it is not (forms
 * longer than need be, surrogates, code points past U+10FFFF, cut sequences), and null where it is
 * NULL, so every byte string comes back from its JSON. In strings only what RFC 8259 asks for is
 * escaped: the quote, the backslash, control characters as \n \t \r \b \f or \u00XX. All else is
 * copied as it is, so nothing written here holds a newline but the one that ends a line.
 *
 * Appends to `out`, which grows as needed. Pure: no lock.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_CORE_JSON_H
#define BFS_CORE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "core/record.h"

/* Would it become a string? */
bool bfs_json_is_utf8(const void *data, size_t len);

/* How many of the first bytes stand for themselves in a string: ASCII without control characters,
 * quote and backslash. */
size_t bfs_json_plain(const void *data, size_t len);

void bfs_json_bytes(struct bfs_buf *out, const void *data, size_t len);
void bfs_json_number(struct bfs_buf *out, int64_t n);

/* A record as one line, as core/format.h describes it; all its headers are shown. */
void bfs_json_record(struct bfs_buf *out, const char *topic, int32_t partition,
		     const struct bfs_record *r);

#endif
