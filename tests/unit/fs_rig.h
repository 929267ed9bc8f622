/* fs_rig.h - a file system on fakes, with a held clock: what the tests of the model stand on.
 *
 * A test changes the options `o` and fills the cluster `c` (topic t, two partitions), then calls
 * mount_it(). Requests are made by name: x_begin() hands one over and returns it unanswered, x()
 * waits for its answer. The clock stands still but for advance(). The fixture unmounts as main.c
 * does, after releasing what the test left open.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_TESTS_UNIT_FS_RIG_H
#define BFS_TESTS_UNIT_FS_RIG_H

#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "model/fs_inner.h"
#include "tests/fake/cluster.h"
#include "tests/fake/fake.h"
#include "tests/fake/kernel.h"
#include "tests/fake/reply.h"

#define RIG_FILES 256
#define UNUSED    __attribute__((unused))

static struct bfs_options o;
static struct fake_cluster *c;
static struct fake_kernel kernel;
static struct bfs_fs *fs;
static _Atomic int64_t now;
static _Atomic int held_says; /* what the holders function answers */
static _Atomic int held_asked;
static bool held_alone; /* what it was told */
static bool held_apart; /* what the apart function answers */
static char held_openers[100];
static char held_pids[100];       /* of whom it was asked last */
static uint64_t files[RIG_FILES]; /* open handles */

static int64_t held_clock(void)
{
	return now;
}

static int holders(void *arg, uint64_t st_ino, const char *name, bool writing, bool alone,
		   pid_t closing, const pid_t *pids, int n_pids)
{
	size_t len = 0;

	(void)arg, (void)st_ino, (void)name, (void)writing, (void)closing;
	held_alone = alone;
	ck_assert_int_le(n_pids, BFS_USERS_MAX);
	for (int i = 0; i < n_pids; i++)
		len += (size_t)snprintf(held_pids + len, sizeof(held_pids) - len, "%d ",
					(int)pids[i]);
	bfs_assert_unlocked();
	held_asked++;
	return held_says;
}

static bool apart(void *arg, pid_t closing, const pid_t *pids, int n_pids, const pid_t *openers,
		  int n_openers)
{
	size_t len = 0;

	(void)arg, (void)closing, (void)pids, (void)n_pids;
	for (int i = 0; i < n_openers; i++)
		len += (size_t)snprintf(held_openers + len, sizeof(held_openers) - len, "%d ",
					(int)openers[i]);
	bfs_assert_unlocked();
	return held_apart;
}

static pid_t parent(void *arg, pid_t pid)
{
	(void)arg;
	return pid + 1000;
}

/* --- life ---------------------------------------------------------------------------- */

static void setup(void)
{
	now = 100000;
	bfs_clock_override(held_clock);
	bfs_log_level(BFS_LOG_ERROR);
	c = fake_cluster_new();
	fake_topic(c, "t", 2);
	fake_kernel_init(&kernel, false);
	o = (struct bfs_options){
		.group = (char *)"g",
		.timeout_ms = 5000,
		.write_timeout_ms = 10000,
		.refresh_ms = 5000,
		.memory = 256 << 20,
		.window = 16 << 20,
		.max_open = 65536,
		.max_members = 16,
		.uid = (uid_t)-1,
		.gid = (gid_t)-1,
		.umask = 022,
	};
	held_says = held_asked = 0;
	held_alone = held_apart = false;
	held_openers[0] = '\0';
	memset(files, 0, sizeof(files));
	fs = NULL;
}

static void mount_it(void)
{
	const struct bfs_holders h = { .held = holders, .apart = apart, .parent = parent };

	fs = bfs_fs_new(&o, fake_cluster(c), &kernel.kernel, &h);
	ck_assert_ptr_nonnull(fs);
	if (!o.lazy)
		bfs_fs_await_topics(fs); /* in vain in tests of a cluster that is silent */
}

static void rang(void *flag)
{
	atomic_store((_Atomic bool *)flag, true);
}

/* Waits until the clerk has done what is due. */
static void clerk_done(struct bfs_clerk *k)
{
	_Atomic bool flag = false;
	struct bfs_timer tm = { .fire = rang, .arg = &flag };

	bfs_timer_set(k, &tm, now);
	bfs_clerk_kick(k);
	TEST_WAIT(atomic_load(&flag));
}

/* Waits until nobody has anything to do at this time. */
static UNUSED void settle(void)
{
	int i;

	for (i = 0; i < 3; i++) {
		clerk_done(fs->clerk);
		fake_settle(c);
	}
}

/* Lets time pass, all at once. */
static UNUSED void advance(int64_t ms)
{
	now += ms;
	settle();
}

/* The same in steps, for what sets a new timer when one has fired. */
static UNUSED void advance_by(int64_t ms, int64_t step)
{
	for (; ms > 0; ms -= step)
		advance(ms < step ? ms : step);
}

/* --- requests ------------------------------------------------------------------------ */

static struct bfs_caller who = { .pid = 100, .lock_owner = 1 };

static UNUSED struct fake_reply *lookup_begin(uint64_t parent, const char *name)
{
	struct fake_reply *r = fake_request("lookup");

	bfs_fs_lookup(fs, r->ticket, parent, name);
	return r;
}

/* The node a name leads to; fails the test if there is none. */
static UNUSED uint64_t lookup(uint64_t parent, const char *name)
{
	struct fake_reply *r = lookup_begin(parent, name);
	uint64_t ino;

	fake_wait(r);
	ck_assert_msg(r->kind == FAKE_ENTRY, "no %s: %d", name, r->err);
	ino = r->entry.ino;
	fake_reply_free(r);
	return ino;
}

/* The node of a partition's file, "t/0"; the directory's look-up is forgotten again. */
static UNUSED uint64_t walk(const char *path)
{
	const char *slash = strchr(path, '/');
	char *topic = strndup(path, (size_t)(slash - path));
	uint64_t dir = lookup(BFS_ROOT_INO, topic), ino = lookup(dir, slash + 1);

	bfs_fs_forget(fs, dir, 1);
	free(topic);
	return ino;
}

static void file_add(uint64_t fh)
{
	int i;

	for (i = 0; files[i]; i++)
		ck_assert_int_lt(i, RIG_FILES - 1);
	files[i] = fh;
}

static void file_drop(uint64_t fh)
{
	int i;

	for (i = 0; i < RIG_FILES; i++)
		if (files[i] == fh)
			break;
	for (; i < RIG_FILES - 1; i++)
		files[i] = files[i + 1];
}

static struct fake_reply *open_begin(uint64_t ino, int flags)
{
	struct fake_reply *r = fake_request("open");

	bfs_fs_open(fs, r->ticket, ino, flags, who.pid);
	return r;
}

/* Takes the answer of an open: the handle, which the fixture releases if the test does not. */
static UNUSED uint64_t opened(struct fake_reply *r)
{
	uint64_t fh;

	fake_wait(r);
	ck_assert_msg(r->kind == FAKE_OPENED, "open: %d", r->err);
	fh = r->opened.fh;
	ck_assert(r->opened.direct_io && !r->opened.nonseekable);
	fake_reply_free(r);
	file_add(fh);
	return fh;
}

static UNUSED uint64_t open_ino(uint64_t ino, int flags)
{
	return opened(open_begin(ino, flags));
}

static UNUSED uint64_t open_file(const char *path, int flags)
{
	return open_ino(walk(path), flags);
}

static UNUSED struct fake_reply *read_begin(uint64_t fh, int64_t off, size_t size)
{
	struct fake_reply *r = fake_request("read");

	bfs_fs_read(fs, r->ticket, fh, off, size, 0, &who);
	return r;
}

static UNUSED struct fake_reply *write_at(uint64_t fh, const char *text, int64_t off, int flags)
{
	struct fake_reply *r = fake_request("write");
	size_t len = strlen(text);
	char *copy = memcpy(malloc(len + 1), text, len); /* the kernel's buffer goes at once */

	bfs_fs_write(fs, r->ticket, fh, copy, len, off, flags, &who);
	free(copy);
	return r;
}

static UNUSED struct fake_reply *write_begin(uint64_t fh, const char *text, int flags)
{
	return write_at(fh, text, 0, flags);
}

static UNUSED struct fake_reply *flush_begin(uint64_t fh)
{
	struct fake_reply *r = fake_request("flush");

	bfs_fs_flush(fs, r->ticket, fh, &who);
	return r;
}

static UNUSED struct fake_reply *fsync_begin(uint64_t fh)
{
	struct fake_reply *r = fake_request("fsync");

	bfs_fs_fsync(fs, r->ticket, fh);
	return r;
}

static void release(uint64_t fh)
{
	struct fake_reply *r = fake_request("release");

	file_drop(fh);
	bfs_fs_release(fs, r->ticket, fh);
	ck_assert_int_eq(fake_finish(r), 0);
}

/* What close(2) of the last descriptor does; returns the flush's error. */
static UNUSED int close_file(uint64_t fh)
{
	int err = fake_finish(flush_begin(fh));

	release(fh);
	return err;
}

/* stat, or with a handle lseek(SEEK_END). */
static UNUSED struct fake_reply *stat_begin(uint64_t ino, uint64_t fh)
{
	struct fake_reply *r = fake_request("getattr");

	bfs_fs_getattr(fs, r->ticket, ino, fh, &who);
	return r;
}

static UNUSED int64_t stat_size(struct fake_reply *r)
{
	int64_t size;

	fake_wait(r);
	ck_assert_msg(r->kind == FAKE_ATTR, "getattr: %d", r->err);
	size = r->attr.st_size;
	ck_assert_int_eq(r->attr.st_blocks, (size + 511) / 512);
	fake_reply_free(r);
	return size;
}

static UNUSED struct fake_reply *waited(struct fake_reply *r)
{
	fake_wait(r);
	return r;
}

/* --- what is expected ---------------------------------------------------------------- */

/* The answer is data, and these. */
static UNUSED void is_data(struct fake_reply *r, const char *want)
{
	fake_wait(r);
	ck_assert_msg(r->kind == FAKE_DATA, "read: %d", r->err);
	ck_assert_str_eq(r->data, want);
	ck_assert_uint_eq(r->len, strlen(want));
	fake_reply_free(r);
}

static UNUSED void is_written(struct fake_reply *r, size_t n)
{
	fake_wait(r);
	ck_assert_msg(r->kind == FAKE_WRITTEN, "write: %d", r->err);
	ck_assert_uint_eq(r->len, n);
	fake_reply_free(r);
}

#define IS_ERR(reply, want) ck_assert_int_eq(fake_finish(reply), want)
#define NOT_YET(reply)                                                                             \
	do {                                                                                       \
		settle();                                                                          \
		ck_assert(!fake_answered(reply));                                                  \
	} while (0)

static UNUSED void reads(uint64_t fh, int64_t off, size_t size, const char *want)
{
	is_data(read_begin(fh, off, size), want);
}

static UNUSED void writes(uint64_t fh, const char *text)
{
	is_written(write_begin(fh, text, 0), strlen(text));
}

static UNUSED int64_t committed(void)
{
	return fake_committed(c, "g", "t", 0).offset;
}

/* All acknowledgements given so far reach the cluster. */
static UNUSED int64_t committed_soon(void)
{
	settle();
	advance(BFS_COMMIT_EVERY);
	return committed();
}

/* The values of t/0, each followed by '|'. */
static UNUSED const char *log_of_t0(void)
{
	static char text[4096];
	int64_t at, end = fake_end(c, "t", 0);
	size_t len = 0;

	text[0] = '\0';
	for (at = 0; at < end; at++) {
		char *value = fake_value(c, "t", 0, at, NULL);

		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s|", value ? value : "");
		free(value);
	}
	return text;
}

/* user.kafka.error of a node, freed by the next call. */
static UNUSED const char *error_of_file(uint64_t ino)
{
	static char text[300];
	struct fake_reply *r = fake_request("getxattr");

	bfs_fs_getxattr(fs, r->ticket, ino, "user.kafka.error", 256);
	fake_wait(r);
	snprintf(text, sizeof(text), "%s", r->kind == FAKE_DATA ? r->data : "");
	fake_reply_free(r);
	return text;
}

/* Appends `n` records of `len` bytes (with the newline) that begin with their offset. */
static UNUSED void append_many(int n, int len)
{
	char *text = malloc((size_t)len);
	int i;

	for (i = 0; i < n; i++) {
		memset(text, 'a' + i % 26, (size_t)len - 1);
		text[len - 1] = '\0';
		text[snprintf(text, (size_t)len, "%08lld", (long long)fake_end(c, "t", 0))] = '.';
		fake_append(c, "t", 0, text);
	}
	free(text);
}

/* --- the fixture --------------------------------------------------------------------- */

/* As main.c ends. Nothing may be stuck. */
static void unmount(void)
{
	if (!fs)
		return;
	fake_freeze(c, false);
	bfs_fs_stop(fs, now + 5000);
	while (files[0])
		release(files[0]);
	fake_cluster_stop(c);
	bfs_fs_free(fs);
	fs = NULL;
}

static void teardown(void)
{
	unmount();
	fake_cluster_free(c);
	fake_kernel_fini(&kernel);
	fake_replies_check();
}

/* Adds a case with the fixture. */
static UNUSED void rig_case(Suite *s, const char *name, const TTest *const *tests)
{
	TCase *tc = tcase_create(name);

	tcase_add_checked_fixture(tc, setup, teardown);
	for (; *tests; tests++)
		tcase_add_test(tc, *tests);
	suite_add_tcase(s, tc);
}
#define RIG_CASE(s, name, ...) rig_case(s, name, (const TTest *const[]){ __VA_ARGS__, NULL })

#endif
