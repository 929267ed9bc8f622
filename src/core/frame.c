/* frame.c - written bytes to lines.
 *
 * A line is handed out while line_end > taken: feed[taken .. line_end-1) and its newline. If there
 * was a rest it has been completed with these bytes, and is the line; abandoning takes them off
 * again.
 *
 * SPDX-License-Identifier: MIT */
#include "core/frame.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define REST_KEPT 65536 /* bytes of buffer kept for the next rest */

void bfs_frame_init(struct bfs_frame *f, size_t max)
{
	memset(f, 0, sizeof(*f));
	f->max = max;
}

void bfs_frame_fini(struct bfs_frame *f)
{
	if (!f)
		return;
	bfs_buf_fini(&f->rest);
	bfs_frame_init(f, f->max);
}

void bfs_frame_feed(struct bfs_frame *f, const char *data, size_t len)
{
	assert(f->taken == f->feed_len);
	f->feed = data;
	f->feed_len = len;
	f->taken = f->line_end = 0;
}

static bool handed_out(const struct bfs_frame *f)
{
	return f->line_end > f->taken;
}

static void drop_rest(struct bfs_frame *f)
{
	f->rest.len = 0;
	if (f->rest.cap > REST_KEPT)
		bfs_buf_fini(&f->rest);
}

/* Moves past feed[.. to); what was handed out or put together before it is gone. */
static void move_to(struct bfs_frame *f, size_t to)
{
	drop_rest(f);
	f->taken = f->line_end = to;
}

/* The next newline that ends a line, or NULL. */
static const char *find_end(const struct bfs_frame *f)
{
	return f->whole ? NULL : memchr(f->feed + f->taken, '\n', f->feed_len - f->taken);
}

/* Moves behind the newline of a line that was refused. False if the feed ends before. */
static bool skip(struct bfs_frame *f)
{
	const char *nl = find_end(f);

	f->skipping = !nl;
	move_to(f, nl ? (size_t)(nl - f->feed) + 1 : f->feed_len);
	return nl;
}

static int hand_out(const struct bfs_frame *f, struct bfs_line *ret_line)
{
	if (f->rest.len)
		*ret_line = (struct bfs_line){ f->rest.data, f->rest.len };
	else
		*ret_line = (struct bfs_line){ f->feed + f->taken, f->line_end - 1 - f->taken };
	return 1;
}

int bfs_frame_next(struct bfs_frame *f, struct bfs_line *ret_line)
{
	const char *from, *nl;
	size_t len;

	if (handed_out(f))
		return hand_out(f, ret_line);
	if (f->taken == f->feed_len || (f->skipping && (!skip(f) || f->taken == f->feed_len)))
		return 0;

	from = f->feed + f->taken;
	nl = find_end(f);
	len = nl ? (size_t)(nl - from) : f->feed_len - f->taken;
	if (len > f->max || f->rest.len > f->max - len) {
		skip(f);
		return -EMSGSIZE;
	}
	if (!nl || f->rest.len)
		bfs_buf_append(&f->rest, from, len);
	if (!nl) {
		f->taken = f->line_end = f->feed_len;
		return 0;
	}
	f->line_end = f->taken + len + 1;
	return hand_out(f, ret_line);
}

void bfs_frame_taken(struct bfs_frame *f)
{
	assert(handed_out(f));
	move_to(f, f->line_end);
}

size_t bfs_frame_abandon(struct bfs_frame *f)
{
	if (handed_out(f) && f->rest.len)
		f->rest.len -= f->line_end - 1 - f->taken;
	f->feed_len = f->line_end = f->taken;
	return f->taken;
}

size_t bfs_frame_used(const struct bfs_frame *f)
{
	return f->taken;
}

bool bfs_frame_rest(const struct bfs_frame *f, struct bfs_line *ret_line)
{
	assert(f->taken == f->feed_len);
	*ret_line = (struct bfs_line){ f->rest.data, f->rest.len };
	return f->rest.len > 0;
}

void bfs_frame_drop(struct bfs_frame *f)
{
	assert(f->taken == f->feed_len);
	f->skipping = false;
	drop_rest(f);
}

bool bfs_frame_pending(const struct bfs_frame *f)
{
	return f->rest.len > 0;
}
