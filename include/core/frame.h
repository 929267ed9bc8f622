/* frame.h - written bytes to lines.
 *
 * Each line, without its newline, is one message; a line cut over several writes is put together.
 * Only the unterminated rest is copied: complete lines are handed out as pointers into the
 * caller's bytes (or, for the first line of a feed that completes a rest, into the frame's own
 * buffer), valid until the next call on this frame.
 *
 *	bfs_frame_feed(&f, data, len);
 *	while ((r = bfs_frame_next(&f, &line)) == 1)
 *		... take line ...	then bfs_frame_taken(&f): it is ours now, or
 *					bfs_frame_abandon(&f): forget this feed from this line on
 *
 * A line over `max` bytes is refused as a whole: next returns -EMSGSIZE once for it, and the rest
 * of that line, however many feeds it takes, is skipped without a further error.
 *
 * A frame that is `whole` does not look at newlines: everything fed is one line, which only
 * bfs_frame_rest() hands out.
 *
 * Pure: no lock, no I/O. One owner at a time.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_CORE_FRAME_H
#define BFS_CORE_FRAME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct bfs_line {
	const char *data; /* not NUL-terminated; may be NULL when len is 0 */
	size_t len;
};

struct bfs_frame {
	struct bfs_buf rest; /* the unterminated line so far */
	size_t max;          /* longest line, bytes */
	bool whole;          /* nothing but the end ends a line; set it after init */
	bool skipping;       /* inside a line that was refused */
	const char *feed;    /* the caller's bytes */
	size_t feed_len;
	size_t taken;    /* of feed: up to here lines were taken, or stored as rest */
	size_t line_end; /* of feed: just behind the line handed out last */
};

void bfs_frame_init(struct bfs_frame *f, size_t max);
void bfs_frame_fini(struct bfs_frame *f);

/* Gives the frame `len` more bytes to cut; `data` must stay valid until the feed is used up or
 * abandoned. All of the previous feed must have been used up or abandoned. */
void bfs_frame_feed(struct bfs_frame *f, const char *data, size_t len);

/* The next complete line of the feed: 1 and the line, or 0 when the feed is used up (what is
 * left over has been copied to the rest), or -EMSGSIZE for a line that is too long (skipped; the
 * call after this goes on behind it). Repeats the same line until it is taken. */
int bfs_frame_next(struct bfs_frame *f, struct bfs_line *ret_line);

/* The line handed out last now belongs to the writer's reader: moves past it. */
void bfs_frame_taken(struct bfs_frame *f);

/* Forgets the feed from the line handed out last on, as if those bytes had not been written.
 * A rest from an earlier feed stays. Returns the bytes of this feed that were taken. */
size_t bfs_frame_abandon(struct bfs_frame *f);

/* Bytes of this feed taken so far (equals its length when it is used up). */
size_t bfs_frame_used(const struct bfs_frame *f);

/* The unterminated rest as a line, for the last close: true and the line (valid until the next
 * call) if there is one. It stays until it is dropped, which also ends the skipping. Not while a
 * feed is under way. */
bool bfs_frame_rest(const struct bfs_frame *f, struct bfs_line *ret_line);
void bfs_frame_drop(struct bfs_frame *f);

/* True while there is an unterminated rest. */
bool bfs_frame_pending(const struct bfs_frame *f);

#endif
