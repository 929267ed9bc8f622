/* table.c - rows of words as aligned text, one line each.
 *
 * SPDX-License-Identifier: MIT */
#include "core/table.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void cell(struct bfs_table *t, const char *text, size_t len)
{
	char *at;

	bfs_buf_append(&t->cells, text, len);
	at = t->cells.data + t->cells.len - len;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)at[i] <= ' ' || at[i] == 0x7f)
			at[i] = '?';
	bfs_buf_append(&t->cells, "", 1);
	if (t->width[t->at] < len)
		t->width[t->at] = len;
	t->at = (t->at + 1) % t->columns;
}

void bfs_table_init(struct bfs_table *t, const char *head)
{
	memset(t, 0, sizeof(*t));
	t->columns = BFS_TABLE_COLUMNS;
	while (*head) {
		size_t len = strcspn(head, " ");

		assert(t->at < BFS_TABLE_COLUMNS - 1);
		cell(t, head, len);
		head += len;
		head += strspn(head, " ");
	}
	t->columns = t->at;
	t->at = 0;
}

void bfs_table_fini(struct bfs_table *t)
{
	bfs_buf_fini(&t->cells);
}

void bfs_table_text(struct bfs_table *t, const char *text)
{
	if (!text || !*text)
		text = "-";
	cell(t, text, strlen(text));
}

void bfs_table_number(struct bfs_table *t, int64_t n)
{
	char text[24] = "";

	if (n >= 0)
		snprintf(text, sizeof(text), "%" PRId64, n);
	bfs_table_text(t, text);
}

void bfs_table_print(const struct bfs_table *t, struct bfs_buf *ret)
{
	const char *at = t->cells.data;
	int column = 0;

	assert(!t->at);
	for (; at < t->cells.data + t->cells.len; at += strlen(at) + 1) {
		if (column == t->columns - 1)
			bfs_buf_printf(ret, "%s\n", at);
		else
			bfs_buf_printf(ret, "%-*s", (int)t->width[column] + 2, at);
		column = (column + 1) % t->columns;
	}
}
