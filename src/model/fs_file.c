/* fs_file.c - the operations of the file system: open files.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "model/fs_inner.h"

#define OPENERS_MAX 64
#define PART_MIN    ((1 << 20) - 4096) /* the least the kernel cuts from a larger write(2) */

/* An open file: what a `fh` is. */
struct handle {
	struct bfs_list link;      /* in fs->handles */
	struct bfs_node *node;     /* counted */
	struct bfs_reader *reader; /* open for reading */
	struct bfs_writer *writer; /* open for writing */
	struct bfs_share *share;   /* any, open for reading */
	struct bfs_text *text;     /* of a control file, open for reading */
	int flags;                 /* of open(2) */
	bool cached;               /* read through the page cache: a finished range */
	pid_t opener;              /* a thread */
	_Atomic pid_t user;        /* who used it last */
	_Atomic int64_t end;       /* byte behind the last write, as its writer counts */
	_Atomic int64_t next;      /* the same of the last request, */
	_Atomic size_t last_len;   /* which brought so many */
};

static struct handle *handle_of(uint64_t fh)
{
	return (struct handle *)(uintptr_t)fh;
}

static void handle_free(struct handle *h)
{
	struct bfs_fs *fs = bfs_fs_of(h->node);

	bfs_mutex_lock(&fs->handles_lock);
	bfs_list_del(&h->link);
	bfs_mutex_unlock(&fs->handles_lock);
	if (h->reader)
		bfs_reader_release(h->reader);
	if (h->share)
		bfs_share_release(h->share);
	if (h->writer)
		bfs_writer_release(h->writer);
	bfs_text_put(h->text);
	atomic_fetch_sub(&fs->open_files, 1);
	bfs_node_count_handle(h->node, -1);
	bfs_node_put(h->node);
	free(h);
}

/* What was written to files that are still open is delivered too. */
void bfs_fs_finish_files(struct bfs_fs *fs)
{
	struct bfs_list *n, *tmp;

	bfs_mutex_lock(&fs->handles_lock);
	bfs_list_each(n, tmp, &fs->handles) {
		struct handle *h = bfs_container(n, struct handle, link);

		if (h->writer)
			bfs_writer_finish(h->writer);
	}
	bfs_mutex_unlock(&fs->handles_lock);
}

void bfs_fs_free_files(struct bfs_fs *fs)
{
	while (!bfs_list_empty(&fs->handles))
		handle_free(bfs_container(fs->handles.next, struct handle, link));
}

/* --- open
 * ----------------------------------------------------------------------------------------- */

static void fill_opened(struct bfs_opened *o, struct handle *h)
{
	*o = (struct bfs_opened){
		.fh = (uint64_t)(uintptr_t)h,
		.direct_io = !h->cached,
		.keep_cache = h->cached,
	};
}

static void answer_open(struct bfs_ticket *t)
{
	struct handle *h = t->handle;
	struct bfs_opened o;

	if (h->cached)
		bfs_stream_told(bfs_node_stream(h->node));
	fill_opened(&o, h);
	bfs_answer_opened(t, &o);
}

/* The session has begun, or could not. */
static void open_done(struct bfs_ticket *t)
{
	struct handle *h = t->handle;
	struct bfs_fs *fs = bfs_fs_of(h->node);
	struct bfs_stream *s = bfs_node_stream(h->node);
	struct bfs_why why;
	int64_t size;
	char last;

	if (t->state) {
		bfs_stream_why(s, &why);
		if (!*why.text && t->state == -ETIMEDOUT)
			bfs_fail(&why, t->state, "%s/%s: open: no answer in time",
				 h->node->partition->topic, h->node->name);
		bfs_node_set_error(h->node, &why);
		handle_free(h);
		bfs_answer_error(t, t->state);
		return;
	}
	h->cached = bfs_stream_complete(s);
	if (h->cached && bfs_stream_rested(s)) { /* the kernel knows its size */
		answer_open(t);
		return;
	}
	size = bfs_stream_readable(s, &last);
	t->again = answer_open;
	fs->kernel->ops->tell(fs->kernel, t, h->node->ino, size, last);
}

/* A walk through the control tree meets all groups' files: with a silent cluster they take it no
 * longer than the texts there. */
static int64_t open_deadline(const struct handle *h, int64_t since)
{
	struct bfs_fs *fs = bfs_fs_of(h->node);

	if (h->node->partition->party != fs->tree.home)
		return bfs_report_deadline(fs);
	return since + fs->options->timeout_ms;
}

/* A small fixed range was waited for as a whole; one that is not complete now goes the way of other
 * files. */
static void open_range(struct bfs_ticket *t)
{
	struct handle *h = t->handle;

	t->again = open_done;
	if (t->state)
		open_done(t);
	else
		bfs_stream_await_open(bfs_node_stream(h->node), t, open_deadline(h, t->since),
				      h->node, &bfs_node_keeper);
}

static void open_for_reading(struct bfs_fs *fs, struct bfs_ticket *t, struct handle *h)
{
	int err = bfs_node_add_reader(h->node);

	if (err < 0) {
		handle_free(h);
		bfs_answer_error(t, err);
		return;
	}
	h->reader = bfs_reader_new(h->node, fs->options);
	t->handle = h;
	t->state = 0;
	t->since = bfs_clock_ms();
	t->again = open_range;
	if (err)
		bfs_stream_recheck(bfs_node_stream(h->node), t);
	else if (h->node->what.range.kind == BFS_RANGE_FIXED)
		bfs_stream_await_complete(bfs_node_stream(h->node), t, h->node, &bfs_node_keeper);
	else
		open_range(t);
}

/* A member of the group, which joins when it is read. */
static void open_share(struct bfs_fs *fs, struct bfs_ticket *t, struct handle *h)
{
	const struct bfs_node *n = h->node;
	struct bfs_opened o;
	int err;

	h->share = bfs_share_open(&fs->shares, n->partition->topic, n->what.format, n->ino,
				  &h->node->shown);
	if (h->share) {
		fill_opened(&o, h);
		bfs_answer_opened(t, &o);
		return;
	}
	err = -errno;
	handle_free(h);
	bfs_answer_error(t, err);
}

/* A control file's text is there, or can't be had. */
static void text_ready(struct bfs_ticket *t, struct bfs_text *text, int err,
		       const struct bfs_why *why)
{
	struct handle *h = t->handle;

	if (err) {
		bfs_node_set_error(h->node, why);
		handle_free(h);
		bfs_answer_error(t, err);
		return;
	}
	h->text = text;
	atomic_store(&h->node->shown, (int64_t)text->buf.len);
	answer_open(t);
}

/* Views are for looking. */
static int may_open(const struct bfs_fs *fs, const struct bfs_node *n, int mode)
{
	if (n->kind == BFS_CONTROL_FILE)
		return mode == O_RDONLY || bfs_control_mode(n->control) & BFS_CONTROL_WRITE
			       ? 0
			       : -EPERM;
	if (bfs_node_is_view(n))
		return mode == O_RDONLY ? 0 : -EPERM;
	/* a member of the group takes from the others */
	return fs->options->ro && n->what.partition == BFS_ANY ? -EROFS : 0;
}

void bfs_fs_open(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t ino, int flags, pid_t opener)
{
	int mode = flags & O_ACCMODE;
	struct bfs_opened o;
	struct bfs_node *n;
	struct handle *h;
	int err;

	if (fs->options->ro && mode != O_RDONLY) {
		bfs_answer_error(t, -EROFS);
		return;
	}
	n = bfs_tree_get(&fs->tree, ino);
	if (!n || bfs_kind_is_dir(n->kind)) {
		bfs_answer_error(t, n ? -EISDIR : -ESTALE);
		bfs_node_put(n);
		return;
	}
	err = may_open(fs, n, mode);
	if (err) {
		bfs_answer_error(t, err);
		bfs_node_put(n);
		return;
	}
	if (atomic_fetch_add(&fs->open_files, 1) >= fs->options->max_open) {
		atomic_fetch_sub(&fs->open_files, 1);
		bfs_node_put(n);
		bfs_answer_error(t, -ENFILE);
		return;
	}
	h = bfs_zalloc(sizeof(*h));
	h->node = n;
	bfs_node_count_handle(n, 1);
	h->flags = flags;
	h->opener = opener;
	if (mode != O_RDONLY && n->partition)
		h->writer = bfs_writer_new(bfs_node_out(n), n->what.format);
	bfs_mutex_lock(&fs->handles_lock);
	bfs_list_add(&fs->handles, &h->link);
	bfs_mutex_unlock(&fs->handles_lock);
	if (mode != O_WRONLY && !n->partition) {
		t->handle = h;
		bfs_report_start(fs, n, bfs_report_of(n), t, text_ready);
		return;
	}
	if (mode != O_WRONLY && n->what.partition == BFS_ANY && !bfs_node_is_view(n)) {
		open_share(fs, t, h);
		return;
	}
	if (mode != O_WRONLY) {
		open_for_reading(fs, t, h);
		return;
	}
	fill_opened(&o, h);
	bfs_answer_opened(t, &o);
}

void bfs_fs_release(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t fh)
{
	struct handle *h = handle_of(fh);

	(void)fs;
	handle_free(h);
	bfs_answer_error(t, 0);
}

/* --- read, write
 * ----------------------------------------------------------------------------------- */

/* Who reads or writes may still hold the file when another closes it, and so may its parent, which
 * a last close would not find once the child is gone. */
static void used_by(struct bfs_fs *fs, struct handle *h, pid_t pid)
{
	pid_t who[2] = { pid, 0 };

	if (atomic_exchange(&h->user, pid) == pid && pid > 0)
		return;
	if (fs->holders.parent)
		who[1] = fs->holders.parent(fs->holders.arg, pid);
	for (int i = 0; i < 2; i++) {
		if (i && who[i] <= 1)
			break;
		if (h->reader)
			bfs_reader_used_by(h->reader, who[i]);
		if (h->writer)
			bfs_writer_used_by(h->writer, who[i]);
	}
}

/* The topic is read as a whole here: its partitions come and go with the group's members. */
static bool taken_by_member(struct bfs_fs *fs, struct handle *h)
{
	const char *topic = h->node->partition->topic;
	struct bfs_why why;

	if (h->node->partition->party != fs->tree.home || bfs_node_is_view(h->node) ||
	    bfs_reader_claimed(h->reader) || !bfs_shares_read(&fs->shares, topic))
		return false;
	bfs_fail(&why, -EBUSY, "%s/%s: the topic is being read as %s/any here", topic,
		 h->node->name, topic);
	bfs_node_set_error(h->node, &why);
	return true;
}

/* The reader may have closed the file before the reply's call returns. */
static void read_text(const struct handle *h, struct bfs_ticket *t, int64_t off, size_t size)
{
	struct bfs_text *text = bfs_text_get(h->text);
	const struct bfs_buf *b = &text->buf;
	size_t at = off < (int64_t)b->len ? (size_t)off : b->len;
	struct iovec iov = { b->data + at, b->len - at < size ? b->len - at : size };

	bfs_answer_data(t, &iov, 1);
	bfs_text_put(text);
}

/* How long one waits for records to come says nothing. */
static void count(struct bfs_fs *fs, struct bfs_ticket *t, const struct handle *h)
{
	bool waits = h->share || bfs_range_blocks(&h->node->what.range);

	t->metrics = &fs->cluster->metrics;
	t->began = waits ? 0 : bfs_clock_us();
}

/* A READ without a lock owner comes through the page cache (splice, sendfile, mmap): it reads
 * ahead, so it would acknowledge what no program took, and it must not wait (it holds the page's
 * lock). Refused, the tools fall back to read(2). A finished range has neither trouble. */
void bfs_fs_read(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t fh, int64_t off, size_t size,
		 int flags, const struct bfs_caller *who)
{
	struct handle *h = handle_of(fh);

	if (h->text && who->lock_owner) {
		read_text(h, t, off, size);
	} else if (h->text) {
		bfs_answer_error(t, -EINVAL); /* its pages would outlive this open */
	} else if (!h->reader && !h->share) {
		bfs_answer_error(t, -EBADF);
	} else if (!who->lock_owner && !h->cached) {
		bfs_answer_error(t, -EINVAL);
	} else if (h->share) {
		count(fs, t, h);
		atomic_store(&h->user, who->pid);
		bfs_share_read(h->share, t, off, size, flags & O_NONBLOCK, h->node,
			       &bfs_node_keeper);
	} else if (taken_by_member(fs, h)) {
		bfs_answer_error(t, -EBUSY);
	} else {
		count(fs, t, h);
		used_by(fs, h, who->pid);
		bfs_reader_read(h->reader, t, off, size,
				(flags & O_NONBLOCK ? BFS_READ_NONBLOCK : 0) |
					(who->lock_owner ? 0 : BFS_READ_CACHED),
				who->pid);
	}
}

/* A file is always ready, but for a range that blocks at its end. */
void bfs_fs_poll(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t fh, void *handle)
{
	struct handle *h = handle_of(fh);
	unsigned ready = POLLOUT | POLLWRNORM;

	if (h->share) {
		if (bfs_share_poll(h->share, handle))
			ready |= POLLIN | POLLRDNORM;
	} else if (!h->reader || !bfs_range_blocks(&h->node->what.range)) {
		if (handle)
			fs->kernel->ops->unpoll(fs->kernel, handle);
		ready |= POLLIN | POLLRDNORM;
	} else if (bfs_reader_poll(h->reader, handle)) {
		ready |= POLLIN | POLLRDNORM;
	}
	bfs_answer_poll(t, ready);
}

/* Where a write lands is the broker's business: at the end. But who writes a file anew and leaves a
 * hole means zeros there (cp does so where its source has holes), and would lose them unheard. One
 * that reads too moves its place by reading. */
static bool leaves_hole(struct handle *h, int64_t off, size_t len, int flags)
{
	struct bfs_stream *s = bfs_node_stream(h->node);
	struct bfs_why why;
	int64_t end;

	if ((h->flags & (O_ACCMODE | O_APPEND | O_TRUNC)) != (O_WRONLY | O_TRUNC))
		return false;
	end = atomic_load(&h->end);
	/* Not one that was set to append since, nor one that went to the end there seems to be. */
	if (off > end && !(flags & O_APPEND) && !(s && off == bfs_stream_size(s))) {
		bfs_fail(&why, -EINVAL,
			 "%s/%s: a write at byte %lld would leave a hole behind byte %lld: a log "
			 "has none",
			 h->node->partition->topic, h->node->name, (long long)off, (long long)end);
		bfs_node_set_error(h->node, &why);
		return true;
	}
	if (off + (int64_t)len > end)
		atomic_store(&h->end, off + (int64_t)len);
	return false;
}

/* May it be a further part of a write(2) that the kernel has cut? */
static bool may_be_part(struct handle *h, int64_t off, size_t len)
{
	bool goes_on = atomic_exchange(&h->next, off + (int64_t)len) == off;

	return atomic_exchange(&h->last_len, len) >= PART_MIN && goes_on;
}

void bfs_fs_write(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t fh, const char *data,
		  size_t len, int64_t off, int flags, const struct bfs_caller *who)
{
	struct handle *h = handle_of(fh);
	unsigned how = 0;

	if (h->node->kind == BFS_CONTROL_FILE && (h->flags & O_ACCMODE) != O_RDONLY) {
		bfs_fs_command(fs, t, h->node, data, len);
		return;
	}
	if (!h->writer) {
		bfs_answer_error(t, -EBADF);
		return;
	}
	if (leaves_hole(h, off, len, flags)) {
		bfs_answer_error(t, -EINVAL);
		return;
	}
	if ((h->flags | flags) & (O_SYNC | O_DSYNC))
		how |= BFS_WRITE_SYNC;
	if (flags & O_NONBLOCK)
		how |= BFS_WRITE_NONBLOCK;
	if (may_be_part(h, off, len))
		how |= BFS_WRITE_PART;
	count(fs, t, h);
	used_by(fs, h, who->pid);
	bfs_writer_write(h->writer, t, data, len, how, h->node, &bfs_node_keeper);
}

bool bfs_fs_ends_at(uint64_t fh, int64_t size)
{
	struct handle *h = handle_of(fh);

	return h->writer && size > 0 && (uint64_t)size == bfs_writer_taken(h->writer);
}

void bfs_fs_lseek(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t fh, int64_t off, int whence)
{
	struct handle *h = handle_of(fh);
	struct bfs_stream *s = h->node->partition ? bfs_node_stream(h->node) : NULL;
	int64_t size = s ? bfs_stream_size(s) : atomic_load(&h->node->shown);

	(void)fs;
	if (whence != SEEK_DATA && whence != SEEK_HOLE)
		bfs_answer_error(t, -EINVAL);
	else if (off < 0 || off >= size)
		bfs_answer_error(t, -ENXIO);
	else
		bfs_answer_position(t, whence == SEEK_DATA ? off : size);
}

/* --- flush, fsync
 * ----------------------------------------------------------------------------------- */

/* Who opened the other nodes of this name that are open for writing, and who used them last; -1:
 * too many. */
static int other_openers(struct bfs_fs *fs, const struct handle *h, pid_t ret[OPENERS_MAX])
{
	struct bfs_list *l, *tmp;
	int n = 0;

	bfs_mutex_lock(&fs->handles_lock);
	bfs_list_each(l, tmp, &fs->handles) {
		struct handle *x = bfs_container(l, struct handle, link);
		pid_t user = atomic_load(&x->user);

		if (!x->writer || x->node == h->node || x->node->st_ino != h->node->st_ino)
			continue;
		if (n + 2 > OPENERS_MAX) {
			n = -1;
			break;
		}
		ret[n++] = x->opener;
		if (user && user != x->opener)
			ret[n++] = user;
	}
	bfs_mutex_unlock(&fs->handles_lock);
	return n;
}

/* A descriptor of this name that is found with those who may hold `h` is one of `h`'s node: no
 * other node is open, or only with processes that have nothing to do with them. */
static bool is_alone(struct bfs_fs *fs, const struct handle *h, pid_t closing,
		     const struct bfs_users *users)
{
	const struct bfs_holders *hold = &fs->holders;
	pid_t openers[OPENERS_MAX];
	int n;

	if (bfs_node_is_alone(h->node))
		return true;
	n = other_openers(fs, h, openers);
	return !n || (n > 0 && hold->apart &&
		      hold->apart(hold->arg, closing, users->pids, users->n, openers, n));
}

/* Only a close with an unterminated rest needs to know whether it is the last. Where that cannot be
 * told it is taken for it: a rest that is sent too early is two messages, one that is sent too late
 * fails unheard. */
static bool last_close(struct bfs_fs *fs, struct handle *h, const struct bfs_caller *who)
{
	struct bfs_users users;
	char name[BFS_NAME_MAX];

	bfs_writer_users(h->writer, &users);
	snprintf(name, sizeof(name), "%s/%s", h->node->partition->topic, h->node->name);
	return fs->holders.held(fs->holders.arg, h->node->st_ino, name, true,
				is_alone(fs, h, who->pid, &users), who->pid, users.pids,
				users.n) <= 0;
}

void bfs_fs_flush(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t fh,
		  const struct bfs_caller *who)
{
	struct handle *h = handle_of(fh);
	bool finish;

	if (!h->node->partition) {
		bfs_answer_error(t, 0);
		return;
	}
	if (!h->writer && h->share) {
		/* A child that only inherited the descriptor does not wait. */
		if (atomic_load(&h->user) == who->pid)
			bfs_share_flush(h->share, t, h->node, &bfs_node_keeper);
		else
			bfs_answer_error(t, 0);
		return;
	}
	if (!h->writer) {
		bfs_reader_flush(h->reader, t, &fs->holders, who->pid);
		return;
	}
	if (h->reader)
		bfs_reader_close(h->reader, &fs->holders, who->pid);
	finish = bfs_writer_pending(h->writer) && last_close(fs, h, who);
	bfs_writer_flush(h->writer, t, finish, h->node, &bfs_node_keeper);
}

void bfs_fs_fsync(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t fh)
{
	struct handle *h = handle_of(fh);

	(void)fs;
	if (h->writer)
		bfs_writer_flush(h->writer, t, false, h->node, &bfs_node_keeper);
	else
		bfs_answer_error(t, 0);
}
