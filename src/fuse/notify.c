/* notify.c - tells the kernel how large files are and what arrived, off the request path.
 *
 * News of a node is in one of two queues, both in order of time: `fresh` is to be told now,
 * `resting` was told less than BFS_NOTIFY_MS ago, and is told again after that if it grew, else
 * dropped. So a node has one entry at most, and none when nothing happens.
 *
 * SPDX-License-Identifier: MIT */
#include "fuse/notify.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/sync.h"

#define BUCKETS 256

struct size {
	uint64_t ino;
	int64_t size;
	char last;
};

/* Either a ticket that goes on when a size was told, or a poll handle to be woken. */
struct telling {
	struct bfs_list link; /* notifier.first */
	struct bfs_ticket *ticket;
	struct size size;
	struct fuse_pollhandle *poll;
};

struct news {
	struct bfs_list link; /* notifier.fresh or .resting */
	struct bfs_list hash; /* notifier.buckets[] */
	struct size size;
	bool grew; /* since it was told */
	int64_t told;
};

struct bfs_notifier {
	struct bfs_kernel kernel;
	struct fuse_session *se;
	long page;
	int fd; /* wakes the thread */
	pthread_t thread;
	bool joined;
	struct bfs_arrivals arrivals;
	struct bfs_helper helper; /* the thread's; fd is -1 when it is lost */
	bool full;                /* the pipe to it was, when last looked at; the thread's */

	struct bfs_mutex lock;
	/* protected by lock */
	bool stopped;
	struct bfs_list first, storing, fresh, resting;
	struct bfs_list buckets[BUCKETS];
};

static struct bfs_notifier *notifier(struct bfs_kernel *k)
{
	return bfs_container(k, struct bfs_notifier, kernel);
}

static void wake(struct bfs_notifier *n)
{
	uint64_t one = 1;

	if (write(n->fd, &one, sizeof(one)) < 0 && errno != EAGAIN) /* full is awake too */
		bfs_error("can't wake the notifier: %s", bfs_err_name(errno));
}

/* --- telling --------------------------------------------------------------------------------- */

static void tell(struct bfs_notifier *n, const struct size *s)
{
	struct fuse_bufvec buf = FUSE_BUFVEC_INIT(1);
	char last = s->last;
	int64_t at = s->size - 1;
	int err;

	buf.buf[0].mem = &last;
	err = fuse_lowlevel_notify_store(n->se, s->ino, at, &buf, 0);
	/* A byte at the start of a page that ends the file makes the kernel take the whole page for
	 * read, with zeros behind the byte: splice would see those when the file grows. */
	if (!err && at % n->page == 0)
		err = fuse_lowlevel_notify_inval_inode(n->se, s->ino, at, n->page);
	if (err && err != -ENOENT) /* ENOENT: the kernel has forgotten the node */
		bfs_debug("size of node %llu not told: %s", (unsigned long long)s->ino,
			  bfs_err_name(err));
}

static void go_on(struct telling *o)
{
	if (o->ticket)
		o->ticket->again(o->ticket);
	if (o->poll)
		fuse_pollhandle_destroy(o->poll);
	free(o);
}

static void tell_first(struct bfs_notifier *n, struct telling *o)
{
	int err;

	if (o->ticket) {
		tell(n, &o->size);
		return;
	}
	err = fuse_lowlevel_notify_poll(o->poll);
	if (err && err != -ENOENT) /* ENOENT: nobody polls any more */
		bfs_debug("poll not woken: %s", bfs_err_name(err));
}

/* The next piece of a file for the page cache; the others have their turn in between. */
static void store(struct bfs_notifier *n, struct bfs_storing *g)
{
	struct fuse_bufvec *vec;
	struct iovec *iov;
	int64_t off;
	int count, err;

	if (!g->next(g, &off, &iov, &count)) {
		g->done(g);
		return;
	}
	vec = bfs_zalloc(sizeof(*vec) + (size_t)count * sizeof(vec->buf[0]));
	vec->count = (size_t)count;
	for (int i = 0; i < count; i++) {
		vec->buf[i].mem = iov[i].iov_base;
		vec->buf[i].size = iov[i].iov_len;
	}
	err = fuse_lowlevel_notify_store(n->se, g->ino, off, vec, 0);
	free(vec);
	if (err) { /* ENOENT: the kernel has forgotten the node */
		g->done(g);
		return;
	}
	bfs_mutex_lock(&n->lock);
	bfs_list_add(&n->storing, &g->link);
	bfs_mutex_unlock(&n->lock);
}

/* --- news, under the lock -------------------------------------------------------------------- */

static struct bfs_list *bucket(struct bfs_notifier *n, uint64_t ino)
{
	return &n->buckets[ino * UINT64_C(0x9e3779b97f4a7c15) >> 56];
}

static struct news *find(struct bfs_notifier *n, uint64_t ino)
{
	struct bfs_list *head = bucket(n, ino), *i, *tmp;

	bfs_list_each(i, tmp, head) {
		struct news *news = bfs_container(i, struct news, hash);

		if (news->size.ino == ino)
			return news;
	}
	return NULL;
}

static void drop(struct news *news)
{
	bfs_list_del(&news->link);
	bfs_list_del(&news->hash);
	free(news);
}

/* The next size to tell, or false and the time to come back. */
static bool next_size(struct bfs_notifier *n, int64_t now, struct size *ret, int64_t *ret_when)
{
	for (;;) {
		bool fresh = !bfs_list_empty(&n->fresh);
		struct bfs_list *first = fresh ? n->fresh.next : n->resting.next;
		struct news *news = bfs_container(first, struct news, link);

		*ret_when = BFS_NEVER;
		if (first == &n->resting)
			return false;
		*ret_when = news->told + BFS_NOTIFY_MS;
		if (!fresh && *ret_when > now)
			return false;
		if (!news->grew) {
			drop(news);
			continue;
		}
		*ret = news->size;
		news->grew = false;
		news->told = now;
		bfs_list_del(&news->link);
		bfs_list_add(&n->resting, &news->link);
		return true;
	}
}

/* --- arrivals, on the thread ----------------------------------------------------------------- */

static void lose_helper(struct bfs_notifier *n)
{
	n->helper.fd = -1;
	n->full = false;
	bfs_arrivals_off(&n->arrivals);
	n->helper.lost(n->helper.arg);
}

/* Sends a touch that is due; false: none is, or there is no room: then when to look again. */
static bool send_touch(struct bfs_notifier *n, int64_t *ret_when)
{
	struct bfs_touch t;
	uint64_t ino;

	*ret_when = BFS_NEVER;
	if (n->full || !bfs_arrivals_next(&n->arrivals, bfs_clock_ms(), &ino, &t, ret_when))
		return false;
	if (write(n->helper.fd, &t, sizeof(t)) == (ssize_t)sizeof(t))
		return true;
	if (errno != EAGAIN) {
		lose_helper(n);
		return true;
	}
	bfs_arrivals_unsent(&n->arrivals, ino);
	n->full = true;
	return false;
}

/* --- the thread ------------------------------------------------------------------------------ */

/* One piece of work, or none: then when to look again. False at the end. */
static bool step(struct bfs_notifier *n, int64_t *ret_when)
{
	struct bfs_list *first, *piece = NULL;
	struct size size;
	int64_t touch_when;
	bool some = false;

	*ret_when = 0;
	bfs_mutex_lock(&n->lock);
	if (n->stopped) {
		bfs_mutex_unlock(&n->lock);
		return false;
	}
	first = bfs_list_pop(&n->first);
	if (!first)
		some = next_size(n, bfs_clock_ms(), &size, ret_when);
	if (!first && !some)
		piece = bfs_list_pop(&n->storing);
	bfs_mutex_unlock(&n->lock);

	if (first) {
		struct telling *o = bfs_container(first, struct telling, link);

		tell_first(n, o);
		go_on(o);
	} else if (some) {
		*ret_when = 0;
		tell(n, &size);
	} else if (piece) {
		*ret_when = 0;
		store(n, bfs_container(piece, struct bfs_storing, link));
	} else if (send_touch(n, &touch_when)) {
		*ret_when = 0;
	} else if (touch_when < *ret_when) {
		*ret_when = touch_when;
	}
	return true;
}

static void wait_until(struct bfs_notifier *n, int64_t when)
{
	struct pollfd p[2] = {
		{ .fd = n->fd, .events = POLLIN },
		{ .fd = n->helper.fd, .events = n->full ? POLLOUT : 0 },
	};
	int64_t left = when == BFS_NEVER ? -1 : when - bfs_clock_ms();
	uint64_t count;

	if (when != BFS_NEVER && left < 0)
		left = 0;
	if (poll(p, 2, (int)left) <= 0)
		return;
	if (p[0].revents && read(n->fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		bfs_error("notifier: %s", bfs_err_name(errno));
	if (p[1].revents & POLLERR)
		lose_helper(n);
	else if (p[1].revents & POLLOUT)
		n->full = false;
}

static void *run(void *arg)
{
	struct bfs_notifier *n = arg;
	int64_t when;

	while (step(n, &when)) {
		if (when)
			wait_until(n, when);
	}
	return NULL;
}

/* --- what the model calls -------------------------------------------------------------------- */

static void kernel_tell(struct bfs_kernel *k, struct bfs_ticket *t, uint64_t ino, int64_t size,
			char last)
{
	struct bfs_notifier *n = notifier(k);
	struct telling *o = bfs_zalloc(sizeof(*o));
	bool queued = false;

	o->ticket = t;
	o->size = (struct size){ ino, size, last };
	bfs_mutex_lock(&n->lock);
	if (!n->stopped && size > 0) {
		bfs_list_add(&n->first, &o->link);
		queued = true;
	}
	bfs_mutex_unlock(&n->lock);
	if (queued)
		wake(n);
	else
		go_on(o);
}

static void kernel_grown(struct bfs_kernel *k, uint64_t ino, int64_t size, char last)
{
	struct bfs_notifier *n = notifier(k);
	struct news *news;
	bool first = false;

	bfs_mutex_lock(&n->lock);
	news = n->stopped || size <= 0 ? NULL : find(n, ino);
	if (!news && !n->stopped && size > 0) {
		news = bfs_zalloc(sizeof(*news));
		bfs_list_add(bucket(n, ino), &news->hash);
		bfs_list_add(&n->fresh, &news->link);
		first = true;
	}
	if (news) {
		news->size = (struct size){ ino, size, last };
		news->grew = true;
	}
	bfs_mutex_unlock(&n->lock);
	if (first) /* one that rests is looked at in time anyway */
		wake(n);
}

static void kernel_arrived(struct bfs_kernel *k, uint64_t ino, const char *name)
{
	struct bfs_notifier *n = notifier(k);

	if (bfs_arrivals_note(&n->arrivals, ino, name, bfs_clock_ms()))
		wake(n);
}

void bfs_notifier_hold(struct bfs_notifier *n, struct bfs_hold *h, uint64_t ino)
{
	bfs_arrivals_hold(&n->arrivals, h, ino);
}

void bfs_notifier_release(struct bfs_notifier *n, struct bfs_hold *h)
{
	if (bfs_arrivals_release(&n->arrivals, h, bfs_clock_ms()))
		wake(n);
}

static void kernel_store(struct bfs_kernel *k, uint64_t ino, struct bfs_storing *g)
{
	struct bfs_notifier *n = notifier(k);
	bool queued;

	g->ino = ino;
	bfs_mutex_lock(&n->lock);
	queued = !n->stopped;
	if (queued)
		bfs_list_add(&n->storing, &g->link);
	bfs_mutex_unlock(&n->lock);
	if (queued)
		wake(n);
	else
		g->done(g);
}

static void kernel_forget(struct bfs_kernel *k, uint64_t ino)
{
	struct bfs_notifier *n = notifier(k);
	struct news *news;

	bfs_mutex_lock(&n->lock);
	news = find(n, ino);
	if (news)
		drop(news);
	bfs_mutex_unlock(&n->lock);
	bfs_arrivals_forget(&n->arrivals, ino);
}

static void kernel_wake(struct bfs_kernel *k, void *poll)
{
	struct bfs_notifier *n = notifier(k);
	struct telling *o = bfs_zalloc(sizeof(*o));
	bool queued;

	o->poll = poll;
	bfs_mutex_lock(&n->lock);
	queued = !n->stopped;
	if (queued)
		bfs_list_add(&n->first, &o->link);
	bfs_mutex_unlock(&n->lock);
	if (queued)
		wake(n);
	else
		go_on(o);
}

static void kernel_unpoll(struct bfs_kernel *k, void *poll)
{
	(void)k;
	fuse_pollhandle_destroy(poll);
}

static const struct bfs_kernel_ops kernel_ops = {
	.tell = kernel_tell,
	.grown = kernel_grown,
	.arrived = kernel_arrived,
	.store = kernel_store,
	.forget = kernel_forget,
	.wake = kernel_wake,
	.unpoll = kernel_unpoll,
};

/* --- life ------------------------------------------------------------------------------------ */

struct bfs_notifier *bfs_notifier_new(struct fuse_session *se, const struct bfs_helper *helper)
{
	struct bfs_notifier *n = bfs_zalloc(sizeof(*n));
	int err = 0;

	n->kernel.ops = &kernel_ops;
	n->se = se;
	n->page = sysconf(_SC_PAGESIZE);
	n->helper = *helper;
	bfs_arrivals_init(&n->arrivals, helper->fd >= 0);
	bfs_mutex_init(&n->lock, BFS_RANK_MAILBOX);
	bfs_list_init(&n->first);
	bfs_list_init(&n->storing);
	bfs_list_init(&n->fresh);
	bfs_list_init(&n->resting);
	for (int i = 0; i < BUCKETS; i++)
		bfs_list_init(&n->buckets[i]);
	n->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (n->fd < 0)
		err = -errno;
	else
		err = bfs_thread_start(&n->thread, "notifier", run, n);
	if (!err)
		return n;
	n->stopped = n->joined = true;
	bfs_notifier_free(n);
	errno = -err;
	return NULL;
}

struct bfs_kernel *bfs_notifier_kernel(struct bfs_notifier *n)
{
	return &n->kernel;
}

void bfs_notifier_stop(struct bfs_notifier *n)
{
	struct bfs_list *first;

	if (n->joined)
		return;
	bfs_mutex_lock(&n->lock);
	n->stopped = true;
	bfs_mutex_unlock(&n->lock);
	wake(n);
	pthread_join(n->thread, NULL);
	n->joined = true;
	bfs_arrivals_off(&n->arrivals);
	/* Nobody adds to it any more. */
	while ((first = bfs_list_pop(&n->first)))
		go_on(bfs_container(first, struct telling, link));
	while ((first = bfs_list_pop(&n->storing))) {
		struct bfs_storing *g = bfs_container(first, struct bfs_storing, link);

		g->done(g);
	}
}

static void drop_all(struct bfs_list *queue)
{
	struct bfs_list *i, *tmp;

	bfs_list_each(i, tmp, queue)
		drop(bfs_container(i, struct news, link));
}

void bfs_notifier_free(struct bfs_notifier *n)
{
	if (!n)
		return;
	bfs_notifier_stop(n);
	drop_all(&n->fresh);
	drop_all(&n->resting);
	if (n->fd >= 0)
		close(n->fd);
	bfs_arrivals_fini(&n->arrivals);
	bfs_mutex_fini(&n->lock);
	free(n);
}
