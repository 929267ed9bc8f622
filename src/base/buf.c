/* buf.c - growable bytes, and memory that is there or the process ends.
 *
 * SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *must(void *p)
{
	if (!p) {
		fputs("brokerfs: error: out of memory\n", stderr);
		abort();
	}
	return p;
}

/* malloc(0) may return NULL, which is not a lack of memory: one byte instead. */
void *bfs_alloc(size_t len)
{
	return must(malloc(len ? len : 1));
}

void *bfs_zalloc(size_t len)
{
	return must(calloc(1, len ? len : 1));
}

void *bfs_realloc(void *p, size_t len)
{
	return must(realloc(p, len ? len : 1));
}

char *bfs_strdup(const char *s)
{
	return must(strdup(s));
}

void bfs_buf_fini(struct bfs_buf *b)
{
	if (!b)
		return;
	free(b->data);
	memset(b, 0, sizeof(*b));
}

void bfs_buf_reserve(struct bfs_buf *b, size_t more)
{
	size_t cap = b->cap ? b->cap : 64;

	if (more <= b->cap - b->len)
		return;
	if (more > SIZE_MAX / 2 - b->len)
		must(NULL);
	while (cap - b->len < more)
		cap *= 2;
	b->data = bfs_realloc(b->data, cap);
	b->cap = cap;
}

void bfs_buf_append(struct bfs_buf *b, const void *data, size_t len)
{
	if (!len)
		return;
	bfs_buf_reserve(b, len);
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

void bfs_buf_vprintf(struct bfs_buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		return;
	/* vsnprintf wants to write a NUL, which is no part of the buffer. */
	bfs_buf_reserve(b, (size_t)n + 1);
	vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	b->len += (size_t)n;
}

void bfs_buf_printf(struct bfs_buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	bfs_buf_vprintf(b, fmt, ap);
	va_end(ap);
}

void bfs_buf_drop(struct bfs_buf *b, size_t len)
{
	if (!len)
		return;
	if (len > b->len)
		len = b->len;
	memmove(b->data, b->data + len, b->len - len);
	b->len -= len;
}
