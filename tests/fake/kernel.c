/* kernel.c - a kernel that remembers the sizes it is told.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/fake/kernel.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "tests/fake/fake.h"

struct fake_inode {
	uint64_t ino;
	int64_t size; /* -1: nothing told */
	char last;
	bool forgotten;
};

struct opening {
	struct bfs_list link;
	struct bfs_ticket *ticket;
};

/* Under the lock. */
static struct fake_inode *inode(struct fake_kernel *k, uint64_t ino)
{
	size_t i;

	for (i = 0; i < k->n_inodes; i++)
		if (k->inodes[i].ino == ino)
			return &k->inodes[i];
	if (k->n_inodes == k->room) {
		k->room = k->room ? k->room * 2 : 16;
		k->inodes = bfs_realloc(k->inodes, k->room * sizeof(*k->inodes));
	}
	k->inodes[k->n_inodes] = (struct fake_inode){ .ino = ino, .size = -1 };
	return &k->inodes[k->n_inodes++];
}

/* Under the lock. News may overtake each other on their way here; the kernel keeps the largest. */
static void tell(struct fake_kernel *k, uint64_t ino, int64_t size, char last)
{
	struct fake_inode *i = inode(k, ino);

	if (size < 0)
		fake_die("the kernel is told a size of %lld", (long long)size);
	i->forgotten = false;
	if (size && size > i->size) {
		i->size = size;
		i->last = last;
	}
}

static void op_tell(struct bfs_kernel *kernel, struct bfs_ticket *t, uint64_t ino, int64_t size,
		    char last)
{
	struct fake_kernel *k = bfs_container(kernel, struct fake_kernel, kernel);
	struct opening *g;

	bfs_assert_unlocked();
	pthread_mutex_lock(&k->lock);
	k->opens++;
	tell(k, ino, size, last);
	pthread_mutex_unlock(&k->lock);
	if (!k->threaded) {
		t->again(t);
		return;
	}
	g = bfs_zalloc(sizeof(*g));
	g->ticket = t;
	bfs_mailbox_post(&k->opening, &g->link);
}

static void op_grown(struct bfs_kernel *kernel, uint64_t ino, int64_t size, char last)
{
	struct fake_kernel *k = bfs_container(kernel, struct fake_kernel, kernel);

	pthread_mutex_lock(&k->lock);
	k->news++;
	tell(k, ino, size, last);
	pthread_mutex_unlock(&k->lock);
}

static void op_arrived(struct bfs_kernel *kernel, uint64_t ino, const char *name)
{
	struct fake_kernel *k = bfs_container(kernel, struct fake_kernel, kernel);

	bfs_assert_unlocked();
	(void)ino;
	pthread_mutex_lock(&k->lock);
	k->arrivals++;
	snprintf(k->arrived, sizeof(k->arrived), "%s", name);
	pthread_mutex_unlock(&k->lock);
}

static void op_store(struct bfs_kernel *kernel, uint64_t ino, struct bfs_storing *g)
{
	struct fake_kernel *k = bfs_container(kernel, struct fake_kernel, kernel);
	struct iovec *iov;
	int64_t off, at = 0;
	int n;

	(void)ino;
	while (g->next(g, &off, &iov, &n)) {
		if (off != at)
			fake_die("byte %lld is stored behind byte %lld", (long long)off,
				 (long long)at);
		pthread_mutex_lock(&k->lock);
		for (int i = 0; i < n; at += (int64_t)iov[i].iov_len, i++)
			bfs_buf_append(&k->stored, iov[i].iov_base, iov[i].iov_len);
		pthread_mutex_unlock(&k->lock);
	}
	g->done(g);
}

static void op_forget(struct bfs_kernel *kernel, uint64_t ino)
{
	struct fake_kernel *k = bfs_container(kernel, struct fake_kernel, kernel);
	struct fake_inode *i;

	pthread_mutex_lock(&k->lock);
	i = inode(k, ino);
	i->size = -1;
	i->forgotten = true;
	pthread_mutex_unlock(&k->lock);
}

static void op_wake(struct bfs_kernel *kernel, void *poll)
{
	struct fake_poll *p = poll;

	(void)kernel;
	bfs_assert_unlocked();
	p->woken++;
	if (p->woken + p->dropped != 1)
		fake_die("a poll handle is taken twice");
}

static void op_unpoll(struct bfs_kernel *kernel, void *poll)
{
	struct fake_poll *p = poll;

	(void)kernel;
	p->dropped++;
	if (p->woken + p->dropped != 1)
		fake_die("a poll handle is taken twice");
}

static const struct bfs_kernel_ops fake_ops = {
	.tell = op_tell,
	.grown = op_grown,
	.arrived = op_arrived,
	.store = op_store,
	.forget = op_forget,
	.wake = op_wake,
	.unpoll = op_unpoll,
};

static void answer_all(struct bfs_list *list)
{
	struct bfs_list *n;

	while ((n = bfs_list_pop(list))) {
		struct opening *g = bfs_container(n, struct opening, link);

		g->ticket->again(g->ticket);
		free(g);
	}
}

static void *kernel_run(void *arg)
{
	struct bfs_list list = BFS_LIST_INIT(list);
	struct fake_kernel *k = arg;
	bool quit = false, held;

	while (!quit) {
		struct pollfd p = { .fd = k->opening.fd, .events = POLLIN };

		poll(&p, 1, -1);
		bfs_mailbox_take(&k->opening, &list);
		pthread_mutex_lock(&k->lock);
		quit = k->quit;
		held = k->held;
		pthread_mutex_unlock(&k->lock);
		if (!held || quit)
			answer_all(&list);
	}
	return NULL;
}

void fake_kernel_init(struct fake_kernel *k, bool threaded)
{
	memset(k, 0, sizeof(*k));
	k->kernel.ops = &fake_ops;
	k->threaded = threaded;
	pthread_mutex_init(&k->lock, NULL);
	if (!threaded)
		return;
	if (bfs_mailbox_init(&k->opening) ||
	    bfs_thread_start(&k->thread, "fake-kernel", kernel_run, k))
		fake_die("no thread for the kernel");
}

void fake_kernel_fini(struct fake_kernel *k)
{
	if (k->threaded) {
		pthread_mutex_lock(&k->lock);
		k->quit = true;
		pthread_mutex_unlock(&k->lock);
		bfs_mailbox_kick(&k->opening);
		pthread_join(k->thread, NULL);
		if (!bfs_list_empty(&k->opening.letters))
			fake_die("an open comes after the kernel's end");
		bfs_mailbox_fini(&k->opening);
	}
	pthread_mutex_destroy(&k->lock);
	free(k->inodes);
	bfs_buf_fini(&k->stored);
}

int64_t fake_kernel_size(struct fake_kernel *k, uint64_t ino, char *ret_last)
{
	struct fake_inode *i;
	int64_t size;

	pthread_mutex_lock(&k->lock);
	i = inode(k, ino);
	size = i->size;
	if (ret_last)
		*ret_last = i->last;
	pthread_mutex_unlock(&k->lock);
	return size;
}

static unsigned counter(struct fake_kernel *k, const unsigned *at)
{
	unsigned n;

	pthread_mutex_lock(&k->lock);
	n = *at;
	pthread_mutex_unlock(&k->lock);
	return n;
}

unsigned fake_kernel_opens(struct fake_kernel *k)
{
	return counter(k, &k->opens);
}

unsigned fake_kernel_news(struct fake_kernel *k)
{
	return counter(k, &k->news);
}

unsigned fake_kernel_arrivals(struct fake_kernel *k)
{
	return counter(k, &k->arrivals);
}

bool fake_kernel_forgot(struct fake_kernel *k, uint64_t ino)
{
	bool forgotten;

	pthread_mutex_lock(&k->lock);
	forgotten = inode(k, ino)->forgotten;
	pthread_mutex_unlock(&k->lock);
	return forgotten;
}

void fake_kernel_hold(struct fake_kernel *k, bool held)
{
	pthread_mutex_lock(&k->lock);
	k->held = held;
	pthread_mutex_unlock(&k->lock);
	bfs_mailbox_kick(&k->opening);
}
