/* control_rig.h - the control tree on fakes: paths of any depth, what files show, commands.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_TESTS_UNIT_CONTROL_RIG_H
#define BFS_TESTS_UNIT_CONTROL_RIG_H

#include "model/errand.h"
#include "tests/unit/fs_rig.h"

/* The node of a path from the root, however deep. */
static UNUSED uint64_t find(const char *path)
{
	char *copy = strdup(path), *save = NULL, *name;
	uint64_t ino = BFS_ROOT_INO;

	for (name = strtok_r(copy, "/", &save); name; name = strtok_r(NULL, "/", &save))
		ino = lookup(ino, name);
	free(copy);
	return ino;
}

#define B ".brokerfs/"
#define G B "groups/billing/"

/* What a file shows; freed by the next call. */
static UNUSED const char *shows(const char *path)
{
	static char *text;
	uint64_t ino = find(path), fh = open_ino(ino, O_RDONLY);
	struct fake_reply *r = waited(read_begin(fh, 0, 1 << 20));

	ck_assert_int_eq(r->kind, FAKE_DATA);
	free(text);
	text = strndup(r->len ? r->data : "", r->len);
	ck_assert_int_eq(stat_size(stat_begin(ino, 0)), (int64_t)r->len);
	fake_reply_free(r);
	ck_assert_int_eq(close_file(fh), 0);
	return text;
}

/* Writes a command; 0, or what is wrong with it. */
static UNUSED int says(const char *path, const char *text)
{
	uint64_t fh = open_ino(find(path), O_WRONLY);
	int err = fake_finish(write_begin(fh, text, 0));

	ck_assert_int_eq(close_file(fh), 0);
	return err;
}

static UNUSED int64_t stands_at(int32_t partition)
{
	return fake_committed(c, "billing", "t", partition).offset;
}

/* The names in a directory. */
static bool add(void *arg, const char *name, const struct stat *st, int64_t next)
{
	(void)next;
	ck_assert_uint_ne(st->st_ino, 0);
	strcat(strcat(arg, name), " ");
	return true;
}

static UNUSED const char *lists(const char *path)
{
	static char text[4096];
	struct fake_reply *r = fake_request("opendir");
	uint64_t fh;

	bfs_fs_opendir(fs, r->ticket, find(path));
	fake_wait(r);
	ck_assert_msg(r->kind == FAKE_OPENED, "opendir %s: %d", path, r->err);
	fh = r->opened.fh;
	fake_reply_free(r);
	*text = '\0';
	bfs_fs_readdir(fs, fh, 2, add, text);
	r = fake_request("releasedir");
	bfs_fs_releasedir(fs, r->ticket, fh);
	IS_ERR(r, 0);
	return text;
}

/* Group billing has committed 3 of the 10 records in t/0, and nothing in t/1. */
static UNUSED void billing(void)
{
	append_many(10, 10);
	fake_commit(c, "billing", "t", 0, 3, "");
	mount_it();
}

#endif
