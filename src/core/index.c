/* index.c - from byte positions to record offsets, sparse.
 *
 * SPDX-License-Identifier: MIT */
#include "core/index.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define CAP_MIN 4 /* thinning out needs something to leave */

void bfs_index_init(struct bfs_index *ix, int64_t spacing, size_t cap)
{
	memset(ix, 0, sizeof(*ix));
	ix->spacing = spacing > 0 ? spacing : 1;
	ix->cap = cap > CAP_MIN ? cap : CAP_MIN;
}

void bfs_index_fini(struct bfs_index *ix)
{
	if (!ix)
		return;
	free(ix->marks);
	ix->marks = NULL;
	ix->len = ix->room = 0;
}

/* How many marks are at or below a byte: the place behind the one looked for. */
static size_t upto_byte(const struct bfs_index *ix, int64_t byte)
{
	size_t lo = 0, hi = ix->len;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (ix->marks[mid].byte <= byte)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static size_t upto_offset(const struct bfs_index *ix, int64_t offset)
{
	size_t lo = 0, hi = ix->len;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (ix->marks[mid].offset <= offset)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Whether (byte, offset) fits between the marks around it. Nearly always it is behind the last one.
 */
static bool fits(const struct bfs_index *ix, int64_t byte, int64_t offset)
{
	size_t at = ix->len;

	if (at && byte < ix->marks[at - 1].byte)
		at = upto_byte(ix, byte);
	if (at > 0) {
		const struct bfs_mark *below = &ix->marks[at - 1];

		if (below->byte == byte ? below->offset != offset : below->offset >= offset)
			return false;
	}
	return at == ix->len || ix->marks[at].offset > offset;
}

/* Keeps the first, the third, ... and from now on half as many. */
static void thin(struct bfs_index *ix)
{
	size_t i;

	for (i = 1; 2 * i < ix->len; i++)
		ix->marks[i] = ix->marks[2 * i];
	ix->len = i;
	if (ix->spacing <= INT64_MAX / 2)
		ix->spacing *= 2;
}

static void make_room(struct bfs_index *ix)
{
	if (ix->len < ix->room)
		return;
	ix->room = ix->room ? ix->room * 2 : 16;
	if (ix->room > ix->cap)
		ix->room = ix->cap;
	ix->marks = bfs_realloc(ix->marks, ix->room * sizeof(*ix->marks));
}

bool bfs_index_add(struct bfs_index *ix, int64_t byte, int64_t offset)
{
	const struct bfs_mark *last = ix->len ? &ix->marks[ix->len - 1] : NULL;

	if (!fits(ix, byte, offset))
		return false;
	if (last && byte - last->byte < ix->spacing)
		return true;
	if (ix->len == ix->cap) {
		thin(ix);
		last = &ix->marks[ix->len - 1];
		if (byte - last->byte < ix->spacing)
			return true;
	}
	make_room(ix);
	ix->marks[ix->len++] = (struct bfs_mark){ byte, offset };
	return true;
}

bool bfs_index_at_byte(const struct bfs_index *ix, int64_t byte, struct bfs_mark *ret)
{
	size_t n = upto_byte(ix, byte);

	if (n)
		*ret = ix->marks[n - 1];
	return n > 0;
}

bool bfs_index_at_offset(const struct bfs_index *ix, int64_t offset, struct bfs_mark *ret)
{
	size_t n = upto_offset(ix, offset);

	if (n)
		*ret = ix->marks[n - 1];
	return n > 0;
}

bool bfs_index_above_byte(const struct bfs_index *ix, int64_t byte, struct bfs_mark *ret)
{
	size_t n = upto_byte(ix, byte);

	if (n < ix->len)
		*ret = ix->marks[n];
	return n < ix->len;
}
