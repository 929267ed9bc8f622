/* clerk.c - one thread that keeps deadlines.
 *
 * SPDX-License-Identifier: MIT */
#include "model/clerk.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/sync.h"

#define CLOSE_MS 1000 /* the longest a close waits for what it cancels */

struct bfs_clerk {
	struct bfs_mutex lock;
	struct bfs_list tickets;  /* entered; protected by lock */
	struct bfs_list timers;   /* set; protected by lock */
	int64_t wake;             /* when the thread looks next; protected by lock */
	bool closed, quit;        /* protected by lock */
	uint64_t asked, served;   /* rounds wanted and made, for closing; protected by lock */
	struct bfs_mailbox quiet; /* rung when a round that was asked for is made */
	struct bfs_mailbox bell;  /* carries no letters */
	pthread_t thread;
};

/* Why a ticket must end now, or 0. */
static int overdue(const struct bfs_clerk *k, struct bfs_ticket *t, int64_t now)
{
	if (k->closed)
		return -ENODEV;
	if (atomic_load(&t->interrupted))
		return -EINTR;
	return t->deadline <= now ? -ETIMEDOUT : 0;
}

/* Takes one ticket that is due off the list, with a reference; notes the earliest time to come. */
static struct bfs_ticket *due_ticket(struct bfs_clerk *k, int64_t now, int *ret_err,
				     bfs_cancel_fn **ret_cancel, void **ret_place)
{
	struct bfs_list *n, *tmp;

	bfs_list_each(n, tmp, &k->tickets) {
		struct bfs_ticket *t = bfs_container(n, struct bfs_ticket, clerk_link);

		*ret_err = overdue(k, t, now);
		if (*ret_err) {
			bfs_list_del(n);
			bfs_ticket_get(t);
			*ret_cancel = t->cancel;
			*ret_place = t->armed_at;
			return t;
		}
		if (t->deadline < k->wake)
			k->wake = t->deadline;
	}
	return NULL;
}

static struct bfs_timer *due_timer(struct bfs_clerk *k, int64_t now)
{
	struct bfs_list *n, *tmp;

	bfs_list_each(n, tmp, &k->timers) {
		struct bfs_timer *tm = bfs_container(n, struct bfs_timer, link);

		if (tm->when <= now) {
			bfs_list_del(n);
			return tm;
		}
		if (tm->when < k->wake)
			k->wake = tm->when;
	}
	return NULL;
}

/* Ends one ticket or fires one timer that is due; false when there is none. */
static bool serve_one(struct bfs_clerk *k, int64_t now)
{
	bfs_cancel_fn *cancel;
	void *place;
	struct bfs_ticket *t;
	struct bfs_timer *tm = NULL;
	int err;

	bfs_mutex_lock(&k->lock);
	k->wake = BFS_NEVER;
	t = due_ticket(k, now, &err, &cancel, &place);
	if (!t)
		tm = due_timer(k, now);
	bfs_mutex_unlock(&k->lock);

	if (t) {
		cancel(t, place, err);
		bfs_ticket_put(t);
	} else if (tm) {
		tm->fire(tm->arg);
	}
	return t || tm;
}

/* How long to sleep, as poll wants it. */
static int pause_ms(struct bfs_clerk *k, bool *ret_quit)
{
	int64_t wait = -1;

	bfs_mutex_lock(&k->lock);
	*ret_quit = k->quit;
	if (k->quit) {
		wait = 0;
	} else if (k->wake != BFS_NEVER) {
		wait = k->wake - bfs_clock_ms();
		wait = wait < 0 ? 0 : wait > 60000 ? 60000 : wait;
	}
	bfs_mutex_unlock(&k->lock);
	return (int)wait;
}

static uint64_t rounds_asked(struct bfs_clerk *k)
{
	uint64_t asked;

	bfs_mutex_lock(&k->lock);
	asked = k->asked;
	bfs_mutex_unlock(&k->lock);
	return asked;
}

/* All that was entered before round `asked` was asked for has been served. */
static void tell_served(struct bfs_clerk *k, uint64_t asked)
{
	bool news;

	bfs_mutex_lock(&k->lock);
	news = k->served != asked;
	k->served = asked;
	bfs_mutex_unlock(&k->lock);
	if (news)
		bfs_mailbox_kick(&k->quiet);
}

static void *clerk_run(void *arg)
{
	struct bfs_clerk *k = arg;
	struct bfs_list none = BFS_LIST_INIT(none);
	bool quit = false;

	while (!quit) {
		struct pollfd p = { .fd = k->bell.fd, .events = POLLIN };

		uint64_t asked = rounds_asked(k);

		while (serve_one(k, bfs_clock_ms()))
			;
		tell_served(k, asked);
		poll(&p, 1, pause_ms(k, &quit));
		bfs_mailbox_take(&k->bell, &none);
	}
	return NULL;
}

struct bfs_clerk *bfs_clerk_new(void)
{
	struct bfs_clerk *k = bfs_zalloc(sizeof(*k));
	int err;

	bfs_mutex_init(&k->lock, BFS_RANK_CLERK);
	bfs_list_init(&k->tickets);
	bfs_list_init(&k->timers);
	k->wake = BFS_NEVER;
	k->bell.fd = k->quiet.fd = -1;
	err = bfs_mailbox_init(&k->bell);
	if (!err)
		err = bfs_mailbox_init(&k->quiet);
	if (!err)
		err = bfs_thread_start(&k->thread, "clerk", clerk_run, k);
	if (err) {
		if (k->bell.fd >= 0)
			bfs_mailbox_fini(&k->bell);
		if (k->quiet.fd >= 0)
			bfs_mailbox_fini(&k->quiet);
		bfs_mutex_fini(&k->lock);
		free(k);
		errno = -err;
		return NULL;
	}
	return k;
}

void bfs_clerk_close(struct bfs_clerk *k)
{
	struct pollfd p = { .fd = k->quiet.fd, .events = POLLIN };
	struct bfs_list none = BFS_LIST_INIT(none);
	int64_t until = bfs_clock_ms() + CLOSE_MS;
	uint64_t want;
	bool served;

	bfs_mutex_lock(&k->lock);
	k->closed = true;
	want = ++k->asked;
	bfs_mutex_unlock(&k->lock);
	bfs_clerk_kick(k);
	do {
		poll(&p, 1, CLOSE_MS / 10);
		bfs_mailbox_take(&k->quiet, &none);
		bfs_mutex_lock(&k->lock);
		served = k->served >= want;
		bfs_mutex_unlock(&k->lock);
	} while (!served && bfs_clock_ms() < until);
}

void bfs_clerk_free(struct bfs_clerk *k)
{
	struct bfs_list *l;

	if (!k)
		return;
	bfs_mutex_lock(&k->lock);
	k->quit = true;
	bfs_mutex_unlock(&k->lock);
	bfs_clerk_kick(k);
	pthread_join(k->thread, NULL);
	assert(bfs_list_empty(&k->tickets));
	while ((l = bfs_list_pop(&k->timers))) { /* they hold references */
		struct bfs_timer *tm = bfs_container(l, struct bfs_timer, link);

		tm->fire(tm->arg);
	}
	bfs_mailbox_fini(&k->bell);
	bfs_mailbox_fini(&k->quiet);
	bfs_mutex_fini(&k->lock);
	free(k);
}

void bfs_clerk_kick(struct bfs_clerk *k)
{
	bfs_mailbox_kick(&k->bell);
}

/* Under the lock: the thread must look again by `when`. True if it sleeps past that. */
static bool hasten(struct bfs_clerk *k, int64_t when)
{
	if (when >= k->wake)
		return false;
	k->wake = when;
	return true;
}

void bfs_clerk_enter(struct bfs_clerk *k, struct bfs_ticket *t, int64_t deadline,
		     bfs_cancel_fn *cancel, void *place)
{
	bool kick;

	bfs_mutex_lock(&k->lock);
	t->deadline = deadline;
	t->cancel = cancel;
	t->armed_at = place;
	if (!bfs_list_linked(&t->clerk_link))
		bfs_list_add(&k->tickets, &t->clerk_link);
	kick = hasten(k, deadline) || k->closed || atomic_load(&t->interrupted);
	bfs_mutex_unlock(&k->lock);
	if (kick)
		bfs_clerk_kick(k);
}

void bfs_clerk_leave(struct bfs_clerk *k, struct bfs_ticket *t)
{
	bfs_mutex_lock(&k->lock);
	bfs_list_del(&t->clerk_link);
	bfs_mutex_unlock(&k->lock);
}

size_t bfs_clerk_waiting(struct bfs_clerk *k)
{
	struct bfs_list *n, *tmp;
	size_t count = 0;

	bfs_mutex_lock(&k->lock);
	bfs_list_each(n, tmp, &k->tickets)
		count++;
	bfs_mutex_unlock(&k->lock);
	return count;
}

bool bfs_timer_set(struct bfs_clerk *k, struct bfs_timer *tm, int64_t when)
{
	bool fresh, kick;

	bfs_mutex_lock(&k->lock);
	fresh = !bfs_list_linked(&tm->link);
	tm->when = when;
	if (fresh)
		bfs_list_add(&k->timers, &tm->link);
	kick = hasten(k, when);
	bfs_mutex_unlock(&k->lock);
	if (kick)
		bfs_clerk_kick(k);
	return fresh;
}

bool bfs_timer_stop(struct bfs_clerk *k, struct bfs_timer *tm)
{
	bool was;

	bfs_mutex_lock(&k->lock);
	was = bfs_list_linked(&tm->link);
	bfs_list_del(&tm->link);
	bfs_mutex_unlock(&k->lock);
	return was;
}
