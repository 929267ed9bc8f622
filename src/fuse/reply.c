/* reply.c - a kernel request as a ticket, and how its answer leaves.
 *
 * An open or a look-up whose answer the kernel does not take any more (-ENOENT: the caller was
 * killed) will never be closed or forgotten by it, so that is done here.
 *
 * SPDX-License-Identifier: MIT */
#include "fuse/reply.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "fuse/notify.h"

struct request {
	struct bfs_ticket ticket;
	fuse_req_t req; /* NULL: nobody waits for the answer */
	struct bfs_fs *fs;
	struct bfs_notifier *notifier; /* of hold */
	struct bfs_hold hold;
};

static const struct bfs_answers answers;

static struct request *request(struct bfs_ticket *t)
{
	return bfs_container(t, struct request, ticket);
}

static struct bfs_ticket *new_ticket(fuse_req_t req, struct bfs_fs *fs, const char *op)
{
	struct request *r = bfs_zalloc(sizeof(*r));

	r->req = req;
	r->fs = fs;
	bfs_ticket_init(&r->ticket, &answers, op);
	return &r->ticket;
}

struct bfs_ticket *bfs_request_new(fuse_req_t req, const char *op)
{
	const struct bfs_front *front = fuse_req_userdata(req);

	return new_ticket(req, front->fs, op);
}

struct bfs_ticket *bfs_request_holding(fuse_req_t req, const char *op, fuse_ino_t ino)
{
	const struct bfs_front *front = fuse_req_userdata(req);
	struct bfs_ticket *t = new_ticket(req, front->fs, op);

	request(t)->notifier = front->notifier;
	bfs_notifier_hold(front->notifier, &request(t)->hold, ino);
	return t;
}

static void answer_error(struct bfs_ticket *t, int err)
{
	struct request *r = request(t);

	assert(err <= 0 && err > -1000);
	if (!r->req)
		return;
	if (err)
		bfs_fs_count_error(r->fs, t->op, err);
	if (err)
		bfs_debug("%s by %d: %s", t->op, (int)fuse_req_ctx(r->req)->pid, bfs_err_name(err));
	fuse_reply_err(r->req, -err);
}

static void answer_entry(struct bfs_ticket *t, const struct bfs_entry *e)
{
	struct request *r = request(t);
	const struct fuse_entry_param param = {
		.ino = e->ino,
		.generation = e->generation,
		.attr = e->attr,
		.attr_timeout = e->attr_timeout,
		.entry_timeout = e->entry_timeout,
	};

	if (r->req && fuse_reply_entry(r->req, &param) == -ENOENT && e->ino)
		bfs_fs_forget(r->fs, e->ino, 1);
}

static void answer_attr(struct bfs_ticket *t, const struct stat *st, double timeout)
{
	if (request(t)->req)
		fuse_reply_attr(request(t)->req, st, timeout);
}

/* The close of a handle that its opener will never see. */
static void close_unseen(const struct request *r, uint64_t fh)
{
	struct bfs_ticket *t = new_ticket(NULL, r->fs, "release");

	if (!strcmp(r->ticket.op, "opendir"))
		bfs_fs_releasedir(r->fs, t, fh);
	else
		bfs_fs_release(r->fs, t, fh);
}

static void answer_opened(struct bfs_ticket *t, const struct bfs_opened *o)
{
	struct request *r = request(t);
	struct fuse_file_info fi = { 0 };

	if (!r->req)
		return;
	fi.fh = o->fh;
	fi.direct_io = o->direct_io;
	fi.keep_cache = o->keep_cache;
	fi.cache_readdir = o->cache_readdir;
	fi.nonseekable = o->nonseekable;
	if (fuse_reply_open(r->req, &fi) == -ENOENT)
		close_unseen(r, o->fh);
}

static void answer_data(struct bfs_ticket *t, const struct iovec *iov, int n)
{
	if (!request(t)->req)
		return;
	if (n > 0)
		fuse_reply_iov(request(t)->req, iov, n);
	else
		fuse_reply_buf(request(t)->req, NULL, 0);
}

static void answer_written(struct bfs_ticket *t, size_t n)
{
	if (request(t)->req)
		fuse_reply_write(request(t)->req, n);
}

static void answer_position(struct bfs_ticket *t, int64_t off)
{
	if (request(t)->req)
		fuse_reply_lseek(request(t)->req, off);
}

static void answer_size(struct bfs_ticket *t, size_t n)
{
	if (request(t)->req)
		fuse_reply_xattr(request(t)->req, n);
}

static void answer_statfs(struct bfs_ticket *t, const struct statvfs *st)
{
	if (request(t)->req)
		fuse_reply_statfs(request(t)->req, st);
}

static void answer_poll(struct bfs_ticket *t, unsigned ready)
{
	if (request(t)->req)
		fuse_reply_poll(request(t)->req, ready);
}

/* libfuse calls this holding a lock of the request, perhaps from inside fuse_req_interrupt_func():
 * it may only leave a note. */
static void interrupted(fuse_req_t req, void *ticket)
{
	(void)req;
	bfs_ticket_interrupt(ticket);
}

static void watch(struct bfs_ticket *t)
{
	if (request(t)->req)
		fuse_req_interrupt_func(request(t)->req, interrupted, t);
}

/* Takes the request's lock, so it waits for a hook that is running. */
static void unwatch(struct bfs_ticket *t)
{
	if (request(t)->req)
		fuse_req_interrupt_func(request(t)->req, NULL, NULL);
}

static void free_request(struct bfs_ticket *t)
{
	struct request *r = request(t);

	if (r->hold.ino)
		bfs_notifier_release(r->notifier, &r->hold);
	free(r);
}

static const struct bfs_answers answers = {
	.error = answer_error,
	.entry = answer_entry,
	.attr = answer_attr,
	.opened = answer_opened,
	.data = answer_data,
	.written = answer_written,
	.position = answer_position,
	.size = answer_size,
	.statfs = answer_statfs,
	.poll = answer_poll,
	.watch = watch,
	.unwatch = unwatch,
	.free = free_request,
};
