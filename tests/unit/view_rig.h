/* view_rig.h - what the tests of views share: opening, reading and checking them by name.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_TESTS_UNIT_VIEW_RIG_H
#define BFS_TESTS_UNIT_VIEW_RIG_H

#include <inttypes.h>

#include "tests/unit/fs_rig.h"

static bool cached; /* the last view opened may be read through the page cache */

/* Appends records to t/0 whose values are their offsets. */
static UNUSED void fill(int n)
{
	char text[24];

	while (n--) {
		snprintf(text, sizeof(text), "%" PRId64, fake_end(c, "t", 0));
		fake_append(c, "t", 0, text);
	}
}

/* Takes the answer of a view's open, which may have direct_io or not. */
static UNUSED uint64_t view_opened(struct fake_reply *r)
{
	uint64_t fh;

	fake_wait(r);
	ck_assert_msg(r->kind == FAKE_OPENED, "open: %d", r->err);
	fh = r->opened.fh;
	cached = !r->opened.direct_io;
	fake_reply_free(r);
	file_add(fh);
	return fh;
}

static UNUSED uint64_t open_view(const char *path)
{
	return view_opened(open_begin(walk(path), O_RDONLY));
}

static UNUSED struct fake_reply *read_with(uint64_t fh, int64_t off, size_t size, int flags,
					   uint64_t lock_owner)
{
	struct bfs_caller by = { .pid = 100, .lock_owner = lock_owner };
	struct fake_reply *r = fake_request("read");

	bfs_fs_read(fs, r->ticket, fh, off, size, flags, &by);
	return r;
}

/* What the name shows from its first byte to its end. */
static UNUSED void shows(const char *path, const char *want)
{
	uint64_t fh = open_view(path);

	reads(fh, 0, 65536, want);
	reads(fh, (int64_t)strlen(want), 65536, "");
	ck_assert_int_eq(close_file(fh), 0);
}

/* The same of a range that waits at its end. */
static UNUSED void shows_now(const char *path, const char *want)
{
	uint64_t fh = open_view(path);

	if (*want)
		is_data(read_with(fh, 0, 65536, O_NONBLOCK, 1), want);
	IS_ERR(read_with(fh, (int64_t)strlen(want), 65536, O_NONBLOCK, 1), -EAGAIN);
	ck_assert_int_eq(close_file(fh), 0);
}

#endif
