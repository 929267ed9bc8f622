/* sync.c - rank-checked mutex, named thread, mailbox.
 *
 * SPDX-License-Identifier: MIT */
#include "base/sync.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/buf.h"

#ifndef NDEBUG

/* What the thread holds, in order of locking, which the rule makes the order of rank too. */
static _Thread_local struct {
	const struct bfs_mutex *locks[16];
	int n;
} held;

static _Noreturn void broken(const char *rule, int rank)
{
	int i;

	fprintf(stderr, "brokerfs: lock rule broken: %s (rank %d), holding:", rule, rank);
	for (i = 0; i < held.n; i++)
		fprintf(stderr, " %d", held.locks[i]->rank);
	fputc('\n', stderr);
	abort();
}

static void note_locking(const struct bfs_mutex *m)
{
	if (held.n && held.locks[held.n - 1]->rank >= m->rank)
		broken("locked out of order", m->rank);
	if (held.n == (int)(sizeof(held.locks) / sizeof(*held.locks)))
		broken("too many locks", m->rank);
	held.locks[held.n++] = m;
}

static void note_unlocking(const struct bfs_mutex *m)
{
	int i = held.n;

	while (i > 0 && held.locks[i - 1] != m)
		i--;
	if (!i)
		broken("unlocked what it does not hold", m->rank);
	for (; i < held.n; i++)
		held.locks[i - 1] = held.locks[i];
	held.n--;
}

void bfs_assert_unlocked(void)
{
	if (held.n)
		broken("a call that may block or call back", 0);
}

#else

static void note_locking(const struct bfs_mutex *m)
{
	(void)m;
}

static void note_unlocking(const struct bfs_mutex *m)
{
	(void)m;
}

void bfs_assert_unlocked(void)
{
}

#endif

/* A mutex that can't be locked or unlocked is freed or overwritten memory: going on would be worse.
 */
static void must(int err, const char *what)
{
	if (!err)
		return;
	fprintf(stderr, "brokerfs: error: %s: errno %d\n", what, err);
	abort();
}

void bfs_mutex_init(struct bfs_mutex *m, enum bfs_rank rank)
{
	must(pthread_mutex_init(&m->mutex, NULL), "pthread_mutex_init");
	m->rank = (int)rank;
}

void bfs_mutex_fini(struct bfs_mutex *m)
{
	must(pthread_mutex_destroy(&m->mutex), "pthread_mutex_destroy");
}

void bfs_mutex_lock(struct bfs_mutex *m)
{
	note_locking(m);
	must(pthread_mutex_lock(&m->mutex), "pthread_mutex_lock");
}

void bfs_mutex_unlock(struct bfs_mutex *m)
{
	note_unlocking(m);
	must(pthread_mutex_unlock(&m->mutex), "pthread_mutex_unlock");
}

struct start {
	void *(*run)(void *);
	void *arg;
	char name[16];
};

/* The thread names itself: its creator could be too late for a short one. */
static void *begin(void *arg)
{
	struct start s = *(struct start *)arg;

	free(arg);
	pthread_setname_np(pthread_self(), s.name);
	return s.run(s.arg);
}

int bfs_thread_start(pthread_t *ret_thread, const char *name, void *(*run)(void *), void *arg)
{
	struct start *s = bfs_alloc(sizeof(*s));
	sigset_t all, before;
	pthread_t thread;
	int err;

	s->run = run;
	s->arg = arg;
	snprintf(s->name, sizeof(s->name), "%s", name);
	/* A thread inherits the mask; set in the thread itself, a signal could come first. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&thread, NULL, begin, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err) {
		free(s);
		return -err;
	}
	*ret_thread = thread;
	return 0;
}

int bfs_mailbox_init(struct bfs_mailbox *b)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd < 0)
		return -errno;
	b->fd = fd;
	bfs_mutex_init(&b->lock, BFS_RANK_MAILBOX);
	bfs_list_init(&b->letters);
	return 0;
}

void bfs_mailbox_fini(struct bfs_mailbox *b)
{
	close(b->fd);
	b->fd = -1;
	bfs_mutex_fini(&b->lock);
}

void bfs_mailbox_post(struct bfs_mailbox *b, struct bfs_list *letter)
{
	bool first;

	bfs_mutex_lock(&b->lock);
	first = bfs_list_empty(&b->letters);
	bfs_list_add(&b->letters, letter);
	bfs_mutex_unlock(&b->lock);
	/* Behind another letter the reader is already called, or has drained fd and is about to
	 * take all. */
	if (first)
		bfs_mailbox_kick(b);
}

/* The only way to fail is a full counter (EAGAIN), and then fd is readable anyway. */
void bfs_mailbox_kick(struct bfs_mailbox *b)
{
	int saved = errno;
	uint64_t one = 1;

	while (write(b->fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
	errno = saved;
}

/* Drains before it takes: a letter posted in between is taken now, and at worst rings once for
 * nothing. */
void bfs_mailbox_take(struct bfs_mailbox *b, struct bfs_list *ret_letters)
{
	uint64_t count;

	while (read(b->fd, &count, sizeof(count)) < 0 && errno == EINTR)
		;
	bfs_mutex_lock(&b->lock);
	bfs_list_splice(ret_letters, &b->letters);
	bfs_mutex_unlock(&b->lock);
}
