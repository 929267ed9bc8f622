/* fs.c - the operations of the file system: its life, attributes, and what is refused.
 *
 * SPDX-License-Identifier: MIT */
#include "model/fs.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "model/fs_inner.h"

#define BLOCK   512
#define FOREVER 86400.0 /* s: a directory's attributes never change */

/* --- life ---------------------------------------------------------------------------- */

/* Our commits are known again by this: which mount made them. */
static void make_metadata(char *ret, size_t size)
{
	char host[64] = "";

	gethostname(host, sizeof(host) - 1);
	snprintf(ret, size, "brokerfs %s %d %llx", host, (int)getpid(),
		 (unsigned long long)bfs_clock_wall_ms());
}

static void wrote(void *arg, const char *topic, int32_t partition, int64_t offset)
{
	bfs_tree_wrote(arg, topic, partition, offset);
}

static void failed(void *arg, const char *topic, int32_t partition, const struct bfs_why *why)
{
	bfs_tree_set_error(arg, NULL, topic, partition, why);
}

static void not_committed(void *arg, const char *group, const char *topic, int32_t partition,
			  const struct bfs_why *why)
{
	bfs_tree_set_error(arg, group, topic, partition, why);
}

static bool claimed(void *arg, const char *topic)
{
	return bfs_tree_claimed(arg, topic);
}

static void wire(struct bfs_fs *fs)
{
	const struct bfs_options *o = fs->options;

	fs->claims.cluster = fs->cluster;
	fs->claims.clerk = fs->clerk;
	fs->claims.timeout = o->timeout_ms;
	fs->claims.passive = o->ro || o->ack == BFS_ACK_NEVER;
	make_metadata(fs->claims.metadata, sizeof(fs->claims.metadata));
	fs->claims.failed = not_committed;
	fs->claims.arg = &fs->tree;
	bfs_claims_init(&fs->claims);

	fs->streams.options = o;
	fs->streams.cluster = fs->cluster;
	fs->streams.clerk = fs->clerk;
	fs->streams.kernel = fs->kernel;
	fs->streams.returned = bfs_reader_returned;
	fs->streams.answering = bfs_reader_answering;
	fs->streams.failing = bfs_reader_failing;
	bfs_pool_init(&fs->streams.pool);

	fs->writers.options = o;
	fs->writers.cluster = fs->cluster;
	fs->writers.clerk = fs->clerk;
	fs->writers.wrote = wrote;
	fs->writers.failed = failed;
	fs->writers.arg = &fs->tree;
	fs->shares = (struct bfs_shares){
		.options = o,
		.cluster = fs->cluster,
		.clerk = fs->clerk,
		.kernel = fs->kernel,
		.failed = failed,
		.claimed = claimed,
		.arg = &fs->tree,
	};
	bfs_shares_init(&fs->shares);
	bfs_tree_init(&fs->tree, bfs_claims_party(&fs->claims, o->group), &fs->streams,
		      &fs->writers);
}

struct bfs_fs *bfs_fs_new(const struct bfs_options *options, struct bfs_cluster *cluster,
			  struct bfs_kernel *kernel, const struct bfs_holders *holders)
{
	struct bfs_fs *fs = bfs_zalloc(sizeof(*fs));

	fs->options = options;
	fs->cluster = cluster;
	fs->kernel = kernel;
	fs->holders = *holders;
	bfs_mutex_init(&fs->handles_lock, BFS_RANK_HANDLES);
	bfs_list_init(&fs->handles);
	fs->mounted = bfs_clock_wall_ms();
	fs->uid = options->uid == (uid_t)-1 ? getuid() : options->uid;
	fs->gid = options->gid == (gid_t)-1 ? getgid() : options->gid;
	if (bfs_mailbox_init(&fs->claims.idle)) {
		free(fs);
		return NULL;
	}
	fs->clerk = bfs_clerk_new();
	if (!fs->clerk || bfs_merger_init(&fs->streams.merger)) {
		bfs_clerk_free(fs->clerk);
		bfs_mailbox_fini(&fs->claims.idle);
		free(fs);
		return NULL;
	}
	wire(fs);
	fs->catalog = bfs_catalog_new(cluster, fs->clerk, options->internal, options->refresh_ms,
				      options->timeout_ms);
	fs->groups = bfs_catalog_new_groups(cluster, fs->clerk, options->refresh_ms,
					    options->timeout_ms);
	bfs_catalog_add(fs->groups, options->group);
	return fs;
}

void bfs_fs_set_usage(struct bfs_fs *fs, bfs_usage_fn *usage)
{
	fs->usage = usage;
}

void bfs_fs_count_error(struct bfs_fs *fs, const char *op, int err)
{
	bfs_metrics_failed(&fs->cluster->metrics, op, err);
}

int bfs_fs_await_topics(struct bfs_fs *fs)
{
	return bfs_catalog_wait_first(fs->catalog, bfs_clock_ms() + fs->options->timeout_ms);
}

/* Waits until nothing acknowledged is left to commit. */
static void await_commits(struct bfs_fs *fs, int64_t deadline)
{
	struct bfs_list none = BFS_LIST_INIT(none);

	while (atomic_load(&fs->claims.pending) > 0) {
		struct pollfd p = { .fd = fs->claims.idle.fd, .events = POLLIN };
		int64_t left = deadline - bfs_clock_ms();

		if (left <= 0) {
			bfs_warn("offsets of %d partitions were not committed",
				 atomic_load(&fs->claims.pending));
			return;
		}
		poll(&p, 1, left > 1000 ? 1000 : (int)left);
		bfs_mailbox_take(&fs->claims.idle, &none);
	}
}

void bfs_fs_stop(struct bfs_fs *fs, int64_t deadline)
{
	bfs_tree_end_sessions(&fs->tree);
	bfs_fs_finish_files(fs);
	await_commits(fs, deadline);
	atomic_store(&fs->claims.closed, true); /* a late timer would find no cluster */
	bfs_clerk_close(fs->clerk);
}

void bfs_fs_quiet(struct bfs_fs *fs)
{
	bfs_clerk_close(fs->clerk);
}

void bfs_fs_free(struct bfs_fs *fs)
{
	if (!fs)
		return;
	bfs_fs_free_files(fs);
	bfs_merger_fini(&fs->streams.merger);
	bfs_mutex_fini(&fs->handles_lock);
	bfs_tree_fini(&fs->tree);
	bfs_clerk_free(fs->clerk);
	bfs_catalog_free(fs->catalog);
	bfs_catalog_free(fs->groups);
	bfs_pool_fini(&fs->streams.pool);
	bfs_shares_fini(&fs->shares);
	bfs_claims_fini(&fs->claims);
	bfs_mailbox_fini(&fs->claims.idle);
	free(fs);
}

struct bfs_fs *bfs_fs_of(struct bfs_node *n)
{
	return bfs_container(n->tree, struct bfs_fs, tree);
}

/* --- attributes ---------------------------------------------------------------------- */

static struct timespec wall_time(int64_t ms)
{
	return (struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
}

static void set_mode(struct bfs_fs *fs, mode_t mode, struct stat *ret)
{
	/* Others can't come here unless let in, so the mode says so. That also makes tar look: a
	 * file of size 0 which all may read it takes for empty, unopened. */
	if (!fs->options->allow_other)
		mode &= ~(mode_t)07;
	if (fs->options->ro)
		mode &= ~(mode_t)0222;
	ret->st_mode = (ret->st_mode & S_IFMT) | (mode & ~fs->options->umask);
}

void bfs_fs_attr_of(struct bfs_fs *fs, bool directory, uint64_t st_ino, struct stat *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->st_ino = st_ino;
	ret->st_mode = directory ? S_IFDIR : S_IFREG;
	set_mode(fs, directory ? 0777 : 0666, ret);
	ret->st_nlink = directory ? 2 : 1;
	ret->st_uid = fs->uid;
	ret->st_gid = fs->gid;
	ret->st_blksize = 128 * 1024;
	ret->st_mtim = ret->st_ctim = ret->st_atim = wall_time(fs->mounted);
}

double bfs_fs_attr_timeout(const struct bfs_node *n)
{
	return bfs_kind_is_dir(n->kind) ? FOREVER : 0;
}

void bfs_fs_attr(struct bfs_fs *fs, struct bfs_node *n, struct stat *ret)
{
	struct bfs_stream *s = n->partition ? bfs_node_stream(n) : NULL;

	bfs_fs_attr_of(fs, bfs_kind_is_dir(n->kind), n->st_ino, ret);
	if (n->kind == BFS_CONTROL_FILE) {
		set_mode(fs, bfs_control_mode(n->control) & BFS_CONTROL_WRITE ? 0666 : 0444, ret);
		ret->st_size = atomic_load(&n->shown);
	}
	if (n->partition && bfs_node_is_view(n))
		ret->st_mode &= ~(mode_t)0222;
	if (n->partition && n->what.partition == BFS_ANY)
		ret->st_size = atomic_load(&n->shown);
	if (s) {
		ret->st_size = bfs_stream_size(s);
		ret->st_mtim = ret->st_ctim = wall_time(bfs_stream_mtime(s));
	}
	ret->st_blocks = (ret->st_size + BLOCK - 1) / BLOCK;
}

/* splice(2) stops at the size the kernel knows. When what may be shown is less than what is there,
 * it is told again. */
static void push_size(struct bfs_fs *fs, struct bfs_node *n, int64_t shown)
{
	int64_t readable;
	char last;

	if (!n->partition || !bfs_node_stream(n))
		return;
	readable = bfs_stream_readable(n->stream, &last);
	if (readable > shown)
		fs->kernel->ops->grown(fs->kernel, n->ino, readable, last);
}

static void answer_attr(struct bfs_ticket *t)
{
	struct bfs_node *n = t->handle;
	struct bfs_fs *fs = bfs_fs_of(n);
	struct stat st;
	int64_t size;
	char last;

	if (t->state == -EINTR || t->state == -ENODEV || (t->mark == 0 && t->state == -ETIMEDOUT)) {
		bfs_answer_error(t, t->state);
		return;
	}
	if (t->mark == 0 && !bfs_stream_told_all(bfs_node_stream(n))) {
		/* lseek(SEEK_END) takes the size the kernel has: it must be this one, not one of
		 * the news that are under way. The ticket holds the node. */
		t->mark = 1;
		size = bfs_stream_readable(n->stream, &last);
		fs->kernel->ops->tell(fs->kernel, t, n->ino, size, last);
		return;
	}
	bfs_fs_attr(fs, n, &st);
	bfs_node_get(n);
	bfs_answer_attr(t, &st, bfs_fs_attr_timeout(n));
	push_size(fs, n, st.st_size);
	bfs_node_put(n);
}

void bfs_fs_getattr(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t ino, uint64_t fh,
		    const struct bfs_caller *who)
{
	struct bfs_node *n = bfs_tree_get(&fs->tree, ino);
	struct bfs_stream *s;

	if (!n) {
		bfs_answer_error(t, -ESTALE);
		return;
	}
	t->handle = n;
	t->state = 0;
	t->mark = 1;
	t->again = answer_attr;
	s = n->partition ? bfs_node_stream(n) : NULL;
	if (!s || bfs_stream_is_over(s)) {
		answer_attr(t);
	} else {
		if (!fh)
			bfs_reader_looked(s, who->pid);
		bfs_stream_await_size(s, t, fh != 0, n, &bfs_node_keeper);
	}
	bfs_node_put(n);
}

/* Times may be "set" (touch), to no effect; nothing else of a log can be changed. The kernel holds
 * the inode's lock meanwhile, so it is answered with what is known; nor is it a look at the file,
 * which could acknowledge. */
void bfs_fs_setattr(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t ino, uint64_t fh,
		    unsigned what, int64_t size)
{
	struct bfs_node *n = bfs_tree_get(&fs->tree, ino);

	if (what & BFS_SET_SIZE && fh && bfs_fs_ends_at(fh, size))
		what &= ~BFS_SET_SIZE;
	if (fs->options->ro) {
		bfs_answer_error(t, -EROFS);
	} else if (what & (BFS_SET_MODE | BFS_SET_OWNER | BFS_SET_SIZE)) {
		bfs_answer_error(t, -EPERM);
	} else if (!n) {
		bfs_answer_error(t, -ESTALE);
	} else {
		t->handle = n;
		t->state = 0;
		t->mark = 1;
		answer_attr(t);
	}
	bfs_node_put(n);
}

void bfs_fs_statfs(struct bfs_fs *fs, struct bfs_ticket *t)
{
	struct statvfs st = { .f_bsize = 4096, .f_frsize = 4096, .f_namemax = 255 };

	if (fs->options->ro)
		st.f_flag = ST_RDONLY;
	bfs_answer_statfs(t, &st);
}

/* --- what is refused
 * ------------------------------------------------------------------------------ */

void bfs_fs_refuse(struct bfs_fs *fs, struct bfs_ticket *t, const char *op, uint64_t parent,
		   const char *name)
{
	bfs_debug("%s of \"%s\" in node %llu refused", op, name, (unsigned long long)parent);
	bfs_answer_error(t, fs->options->ro ? -EROFS : -EPERM);
}
