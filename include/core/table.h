/* table.h - rows of words as aligned text, one line each.
 *
 * Columns are separated by two spaces at least, so that awk(1) and sort(1) find them; an empty cell
 * is "-". The last column is not padded.
 *
 * Pure: no lock. One owner.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_CORE_TABLE_H
#define BFS_CORE_TABLE_H

#include <stdint.h>

#include "base/buf.h"

#define BFS_TABLE_COLUMNS 8

struct bfs_table {
	int columns;
	int at; /* the next cell's column */
	size_t width[BFS_TABLE_COLUMNS];
	struct bfs_buf cells; /* each with its NUL */
};

/* `head`: the first row, its words separated by blanks; their number is that of the columns. */
void bfs_table_init(struct bfs_table *t, const char *head);
void bfs_table_fini(struct bfs_table *t);

/* The next cell; NULL or "": none. Blanks and control bytes in it become '?'. */
void bfs_table_text(struct bfs_table *t, const char *text);
/* The same of a number; a negative one is none. */
void bfs_table_number(struct bfs_table *t, int64_t n);

void bfs_table_print(const struct bfs_table *t, struct bfs_buf *ret);

#endif
