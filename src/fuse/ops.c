/* ops.c - the kernel's requests, handed to the model.
 *
 * SPDX-License-Identifier: MIT */
#include "fuse/ops.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"

static struct bfs_fs *fs_of(fuse_req_t req)
{
	return ((const struct bfs_front *)fuse_req_userdata(req))->fs;
}

static struct bfs_caller caller(fuse_req_t req, const struct fuse_file_info *fi)
{
	return (struct bfs_caller){
		.pid = fuse_req_ctx(req)->pid,
		.lock_owner = fi ? fi->lock_owner : 0,
	};
}

/* --- life ------------------------------------------------------------------------------------ */

/* The kernel's defaults are right as they are: no writeback cache (an append would be written with
 * what stands before it), O_TRUNC as a flag of OPEN, and writes as they come, up to 1 MiB. */
static void op_init(void *userdata, struct fuse_conn_info *conn)
{
	const struct bfs_front *front = userdata;

	(void)conn;
	front->ready(front->arg);
}

/* --- names ----------------------------------------------------------------------------------- */

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	bfs_fs_lookup(fs_of(req), bfs_request_new(req, "lookup"), parent, name);
}

static void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t n)
{
	bfs_fs_forget(fs_of(req), ino, n);
	fuse_reply_none(req);
}

static void op_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets)
{
	for (size_t i = 0; i < count; i++)
		bfs_fs_forget(fs_of(req), forgets[i].ino, forgets[i].nlookup);
	fuse_reply_none(req);
}

/* The kernel sends a handle for lseek(SEEK_END) only; fstat() comes without. */
static void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	const struct bfs_caller who = caller(req, fi);
	struct bfs_ticket *t =
		fi ? bfs_request_holding(req, "getattr", ino) : bfs_request_new(req, "getattr");

	bfs_fs_getattr(fs_of(req), t, ino, fi ? fi->fh : 0, &who);
}

static unsigned what_is_set(int to_set)
{
	unsigned what = 0;

	if (to_set & FUSE_SET_ATTR_MODE)
		what |= BFS_SET_MODE;
	if (to_set & (FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID))
		what |= BFS_SET_OWNER;
	if (to_set & FUSE_SET_ATTR_SIZE)
		what |= BFS_SET_SIZE;
	if (to_set & (FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_ATIME_NOW | FUSE_SET_ATTR_MTIME |
		      FUSE_SET_ATTR_MTIME_NOW | FUSE_SET_ATTR_CTIME))
		what |= BFS_SET_TIMES;
	return what;
}

static void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
		       struct fuse_file_info *fi)
{
	bfs_fs_setattr(fs_of(req), bfs_request_new(req, "setattr"), ino, fi ? fi->fh : 0,
		       what_is_set(to_set), attr->st_size);
}

static void op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	(void)ino;
	bfs_fs_statfs(fs_of(req), bfs_request_new(req, "statfs"));
}

/* --- directories ----------------------------------------------------------------------------- */

static void op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)fi;
	bfs_fs_opendir(fs_of(req), bfs_request_new(req, "opendir"), ino);
}

struct listing {
	fuse_req_t req;
	char *buf;
	size_t len, room;
};

static bool add_entry(void *arg, const char *name, const struct stat *st, int64_t next)
{
	struct listing *l = arg;
	size_t left = l->room - l->len;
	size_t n = fuse_add_direntry(l->req, l->buf + l->len, left, name, st, next);

	if (n > left)
		return false;
	l->len += n;
	return true;
}

static void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		       struct fuse_file_info *fi)
{
	struct listing l = { .req = req, .buf = bfs_alloc(size), .room = size };
	int err = bfs_fs_readdir(fs_of(req), fi->fh, off, add_entry, &l);

	(void)ino;
	if (err)
		fuse_reply_err(req, -err);
	else
		fuse_reply_buf(req, l.buf, l.len);
	free(l.buf);
}

struct plus {
	struct listing listing;
	fuse_ino_t *inos; /* looked up for this answer */
	size_t n;
};

static bool add_plus(void *arg, const char *name, const struct bfs_entry *e, int64_t next)
{
	struct plus *p = arg;
	struct listing *l = &p->listing;
	size_t left = l->room - l->len, n;
	const struct fuse_entry_param param = {
		.ino = e->ino,
		.generation = e->generation,
		.attr = e->attr,
		.attr_timeout = e->attr_timeout,
		.entry_timeout = e->entry_timeout,
	};

	n = fuse_add_direntry_plus(l->req, l->buf + l->len, left, name, &param, next);
	if (n > left)
		return false;
	l->len += n;
	if (e->ino)
		p->inos[p->n++] = e->ino;
	return true;
}

/* A listing with the look-ups that ls -l would make for each. */
static void op_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
			   struct fuse_file_info *fi)
{
	/* an entry takes 152 bytes at least */
	struct plus p = { .inos = bfs_alloc((size / 152 + 1) * sizeof(*p.inos)) };
	struct bfs_fs *fs = fs_of(req);
	int err;

	(void)ino;
	p.listing = (struct listing){ .req = req, .buf = bfs_alloc(size), .room = size };
	err = bfs_fs_readdirplus(fs, fi->fh, off, add_plus, &p);
	if (err)
		fuse_reply_err(req, -err);
	else if (fuse_reply_buf(req, p.listing.buf, p.listing.len) == -ENOENT)
		while (p.n) /* nobody waits for it any more */
			bfs_fs_forget(fs, p.inos[--p.n], 1);
	free(p.listing.buf);
	free(p.inos);
}

static void op_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	bfs_fs_releasedir(fs_of(req), bfs_request_new(req, "releasedir"), fi->fh);
}

/* --- files ----------------------------------------------------------------------------------- */

static void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	bfs_fs_open(fs_of(req), bfs_request_new(req, "open"), ino, fi->flags,
		    fuse_req_ctx(req)->pid);
}

static void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    struct fuse_file_info *fi)
{
	const struct bfs_caller who = caller(req, fi);

	(void)ino;
	bfs_fs_read(fs_of(req), bfs_request_new(req, "read"), fi->fh, off, size, fi->flags, &who);
}

static void op_poll(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		    struct fuse_pollhandle *handle)
{
	(void)ino;
	bfs_fs_poll(fs_of(req), bfs_request_new(req, "poll"), fi->fh, handle);
}

static void op_write(fuse_req_t req, fuse_ino_t ino, const char *data, size_t len, off_t off,
		     struct fuse_file_info *fi)
{
	const struct bfs_caller who = caller(req, fi);

	bfs_fs_write(fs_of(req), bfs_request_holding(req, "write", ino), fi->fh, data, len, off,
		     fi->flags, &who);
}

static void op_lseek(fuse_req_t req, fuse_ino_t ino, off_t off, int whence,
		     struct fuse_file_info *fi)
{
	(void)ino;
	bfs_fs_lseek(fs_of(req), bfs_request_new(req, "lseek"), fi->fh, off, whence);
}

static void op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	const struct bfs_caller who = caller(req, fi);

	(void)ino;
	bfs_fs_flush(fs_of(req), bfs_request_new(req, "flush"), fi->fh, &who);
}

static void op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi)
{
	(void)datasync;
	bfs_fs_fsync(fs_of(req), bfs_request_holding(req, "fsync", ino), fi->fh);
}

static void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	bfs_fs_release(fs_of(req), bfs_request_new(req, "release"), fi->fh);
}

/* --- extended attributes --------------------------------------------------------------------- */

static void op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
	bfs_fs_getxattr(fs_of(req), bfs_request_new(req, "getxattr"), ino, name, size);
}

static void op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
	bfs_fs_listxattr(fs_of(req), bfs_request_new(req, "listxattr"), ino, size);
}

/* --- what can't be done to a log ----------------------------------------------------------- */

static void refuse(fuse_req_t req, const char *op, fuse_ino_t parent, const char *name)
{
	bfs_fs_refuse(fs_of(req), bfs_request_new(req, op), op, parent, name);
}

static void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t rdev)
{
	(void)mode;
	(void)rdev;
	refuse(req, "mknod", parent, name);
}

static void op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
		      struct fuse_file_info *fi)
{
	(void)mode;
	(void)fi;
	refuse(req, "create", parent, name);
}

static void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	(void)mode;
	bfs_fs_mkdir(fs_of(req), bfs_request_new(req, "mkdir"), parent, name);
}

static void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	refuse(req, "unlink", parent, name);
}

static void op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	bfs_fs_rmdir(fs_of(req), bfs_request_new(req, "rmdir"), parent, name);
}

static void op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
	(void)target;
	refuse(req, "symlink", parent, name);
}

static void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t new_parent,
		      const char *new_name, unsigned int flags)
{
	(void)new_parent;
	(void)new_name;
	(void)flags;
	refuse(req, "rename", parent, name);
}

static void op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t new_parent, const char *new_name)
{
	(void)ino;
	refuse(req, "link", new_parent, new_name);
}

static void op_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name, const char *value,
			size_t size, int flags)
{
	(void)flags;
	bfs_fs_setxattr(fs_of(req), bfs_request_new(req, "setxattr"), ino, name, value, size);
}

static void op_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name)
{
	bfs_fs_setxattr(fs_of(req), bfs_request_new(req, "removexattr"), ino, name, NULL, 0);
}

static void op_ioctl(fuse_req_t req, fuse_ino_t ino, unsigned int cmd, void *arg,
		     struct fuse_file_info *fi, unsigned int flags, const void *in, size_t in_len,
		     size_t out_len)
{
	(void)ino, (void)cmd, (void)arg, (void)fi;
	(void)flags, (void)in, (void)in_len, (void)out_len;
	bfs_answer_error(bfs_request_new(req, "ioctl"), -ENOTTY);
}

static void op_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t off, off_t len,
			 struct fuse_file_info *fi)
{
	(void)ino, (void)mode, (void)off, (void)len, (void)fi;
	/* EOPNOTSUPP would make posix_fallocate(3) write zeros itself. */
	bfs_answer_error(bfs_request_new(req, "fallocate"), -EPERM);
}

const struct fuse_lowlevel_ops bfs_fuse_ops = {
	.init = op_init,

	.lookup = op_lookup,
	.forget = op_forget,
	.forget_multi = op_forget_multi,
	.getattr = op_getattr,
	.setattr = op_setattr,
	.statfs = op_statfs,

	.opendir = op_opendir,
	.readdir = op_readdir,
	.readdirplus = op_readdirplus,
	.releasedir = op_releasedir,

	.open = op_open,
	.read = op_read,
	.poll = op_poll,
	.write = op_write,
	.lseek = op_lseek,
	.flush = op_flush,
	.fsync = op_fsync,
	.release = op_release,

	.getxattr = op_getxattr,
	.listxattr = op_listxattr,

	.mknod = op_mknod,
	.create = op_create,
	.mkdir = op_mkdir,
	.unlink = op_unlink,
	.rmdir = op_rmdir,
	.symlink = op_symlink,
	.rename = op_rename,
	.link = op_link,
	.setxattr = op_setxattr,
	.removexattr = op_removexattr,
	.ioctl = op_ioctl,
	.fallocate = op_fallocate,
};
