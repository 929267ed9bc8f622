/* fuzz_frame.c - any bytes, cut in any way, against cutting them in one go.
 *
 * The first byte is the longest line (0 to 63). Then pieces: a byte whose low six bits are the
 * length of the piece and whose top bit says that its second line is abandoned, and the piece.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include <errno.h>

#include "core/frame.h"

static void emit(struct bfs_buf *out, const char *data, size_t len)
{
	bfs_buf_append(out, data, len);
	bfs_buf_append(out, "\n", 1);
}

/* One piece; returns how much of it counts as written. */
static size_t feed(struct bfs_frame *f, const uint8_t *data, size_t len, bool give_up,
		   struct bfs_buf *out)
{
	char *piece = malloc(len ? len : 1);
	struct bfs_line l;
	int got, lines = 0;
	size_t used;

	if (len)
		memcpy(piece, data, len);
	bfs_frame_feed(f, piece, len);
	while ((got = bfs_frame_next(f, &l))) {
		if (got < 0) {
			fuzz_assert(got == -EMSGSIZE);
			emit(out, "!", 1);
			continue;
		}
		fuzz_assert(l.len <= f->max);
		if (give_up && ++lines == 2) {
			bfs_frame_abandon(f);
			break;
		}
		emit(out, l.data, l.len);
		bfs_frame_taken(f);
	}
	used = bfs_frame_used(f);
	fuzz_assert(used <= len);
	free(piece);
	return used;
}

/* The whole in one go; a refused line is "!". */
static void naive(const struct bfs_buf *all, size_t max, struct bfs_buf *out)
{
	size_t from = 0, i;

	for (i = 0; i <= all->len; i++) {
		bool end = i == all->len;

		if (end ? i == from : all->data[i] != '\n')
			continue;
		if (i - from > max)
			emit(out, "!", 1);
		else
			emit(out, all->data + from, i - from);
		from = i + 1;
		if (end)
			break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct bfs_buf all = { 0 }, out = { 0 }, want = { 0 };
	struct bfs_frame f;
	struct bfs_line l;

	if (!len)
		return 0;
	bfs_frame_init(&f, data[0] & 63);
	for (data++, len--; len;) {
		bool give_up = data[0] & 128;
		size_t n = data[0] & 63;

		data++, len--;
		n = n < len ? n : len;
		bfs_buf_append(&all, data, feed(&f, data, n, give_up, &out));
		data += n, len -= n;
	}
	if (bfs_frame_rest(&f, &l))
		emit(&out, l.data, l.len);
	naive(&all, f.max, &want);
	fuzz_assert(out.len == want.len && (!out.len || !memcmp(out.data, want.data, out.len)));
	bfs_frame_fini(&f);
	bfs_buf_fini(&all);
	bfs_buf_fini(&out);
	bfs_buf_fini(&want);
	return 0;
}
