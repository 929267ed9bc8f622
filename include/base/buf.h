/* buf.h - growable bytes.
 *
 * Zeroed memory is a valid empty buffer. The bytes are owned by the buffer and move when it
 * grows. Out of memory aborts the process: a daemon that can't get a few kilobytes can't keep
 * its promises either (windows, which are large, are bounded and allocated elsewhere).
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_BASE_BUF_H
#define BFS_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct bfs_buf {
	char *data;
	size_t len;
	size_t cap;
};

void bfs_buf_fini(struct bfs_buf *b); /* leaves it empty, usable again */
void bfs_buf_reserve(struct bfs_buf *b, size_t more);
void bfs_buf_append(struct bfs_buf *b, const void *data, size_t len);
void bfs_buf_printf(struct bfs_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void bfs_buf_vprintf(struct bfs_buf *b, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));
void bfs_buf_drop(struct bfs_buf *b, size_t len); /* removes from the front */

/* malloc, calloc, realloc, strdup that abort with a sentence when there is no memory. */
void *bfs_alloc(size_t len);
void *bfs_zalloc(size_t len);
void *bfs_realloc(void *p, size_t len);
char *bfs_strdup(const char *s);

#endif
