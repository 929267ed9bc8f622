/* claim.c - who reads (group, topic, partition), what is acknowledged, what is committed.
 *
 * SPDX-License-Identifier: MIT */
#include "model/claim.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/sync.h"

#define RETRY_EVERY 1000 /* ms until a commit that failed is tried again */

struct bfs_claim {
	struct bfs_claims *all;
	char *topic;
	int32_t partition;

	struct bfs_mutex lock; /* protects all below */
	int refs;
	const void *holder;
	struct bfs_list waiting; /* first reads; t->handle wants to be the holder */
	struct bfs_list starts;  /* sessions that wait until nothing is on its way */
	struct bfs_list flushes; /* t->mark is the acknowledged offset they wait for */

	struct bfs_commit known; /* what the group has, as far as we know */
	int64_t acked;           /* to be committed when above known.offset */
	bool dirty;              /* acked is to be committed */
	bool committing;
	bool counted;           /* in all->pending */
	struct bfs_commit sent; /* the commit in flight */
	int64_t next_commit;    /* not before; clock ms */
	int failures;           /* since the last success */
	struct bfs_timer timer; /* holds a reference while set */
	int trouble;            /* -errno to tell the holder once */
	struct bfs_why why;
	int flush_err; /* how the last commit ended */
};

static void commit_timer(void *arg);

struct bfs_claim *bfs_claim_new(struct bfs_claims *all, const char *topic, int32_t partition)
{
	struct bfs_claim *c = bfs_zalloc(sizeof(*c));

	c->all = all;
	c->topic = bfs_strdup(topic);
	c->partition = partition;
	c->refs = 1;
	c->known.offset = c->acked = BFS_NO_OFFSET;
	c->timer.fire = commit_timer;
	c->timer.arg = c;
	bfs_list_init(&c->waiting);
	bfs_list_init(&c->starts);
	bfs_list_init(&c->flushes);
	bfs_mutex_init(&c->lock, BFS_RANK_CLAIM);
	return c;
}

struct bfs_claim *bfs_claim_get(struct bfs_claim *c)
{
	bfs_mutex_lock(&c->lock);
	c->refs++;
	bfs_mutex_unlock(&c->lock);
	return c;
}

void bfs_claim_put(struct bfs_claim *c)
{
	bool last;

	if (!c)
		return;
	bfs_mutex_lock(&c->lock);
	last = !--c->refs;
	bfs_mutex_unlock(&c->lock);
	if (!last)
		return;
	bfs_mutex_fini(&c->lock);
	free(c->topic);
	free(c);
}

/* --- commits ---------------------------------------------------------------------------------- */

static bool idle(const struct bfs_claim *c)
{
	return !c->dirty && !c->committing;
}

/* Under the lock, after what idle() looks at has changed: keeps the count of claims with work. */
static void count(struct bfs_claim *c)
{
	bool pending = !idle(c);

	if (pending == c->counted)
		return;
	c->counted = pending;
	if (pending)
		atomic_fetch_add(&c->all->pending, 1);
	else if (atomic_fetch_sub(&c->all->pending, 1) == 1)
		bfs_mailbox_kick(&c->all->idle);
}

/* What became possible when a commit ended; collected under the lock, acted on after it. */
struct outcome {
	struct bfs_list flushes;
	struct bfs_list starts;
	int err;
};

static void outcome_collect(struct bfs_claim *c, struct outcome *o)
{
	struct bfs_ticket *t;

	bfs_list_init(&o->flushes);
	bfs_list_init(&o->starts);
	o->err = c->flush_err;
	if (!c->committing && (c->flush_err || !c->dirty)) {
		while ((t = bfs_ticket_pop(&c->flushes)))
			bfs_list_add(&o->flushes, &t->link);
	}
	if (!c->committing && (!c->dirty || c->flush_err))
		bfs_list_splice(&o->starts, &c->starts);
}

static void outcome_act(struct outcome *o)
{
	struct bfs_list *l;

	while ((l = bfs_list_pop(&o->flushes)))
		bfs_answer_error(bfs_container(l, struct bfs_ticket, link), o->err);
	while ((l = bfs_list_pop(&o->starts))) {
		struct bfs_claim_start *s = bfs_container(l, struct bfs_claim_start, link);

		s->start(s->arg);
	}
}

/* Somebody else moved the group, or lives in it, or we may not commit: our acknowledgements are
 * void. */
static void give_way(struct bfs_claim *c, int err, const struct bfs_why *why)
{
	c->trouble = err == -ENOENT ? -ESTALE : err;
	if (why)
		c->why = *why;
	c->dirty = false;
}

static void commit_answer(void *arg, int err, const struct bfs_why *why);

/* Sends the commit if one is due and none is in flight; else sets the timer for it. Called without
 * the lock. */
static void commit_soon(struct bfs_claim *c, bool now)
{
	struct bfs_commit expect, to;
	int64_t t = bfs_clock_ms();
	bool send = false;

	bfs_mutex_lock(&c->lock);
	if (c->dirty && atomic_load(&c->all->closed)) {
		c->dirty = false;
		count(c);
	} else if (c->dirty && !c->committing) {
		if (now || t >= c->next_commit) {
			send = c->committing = true;
			c->dirty = false;
			c->next_commit = t + BFS_COMMIT_EVERY;
			c->sent.offset = c->acked;
			memcpy(c->sent.metadata, c->all->metadata, sizeof(c->sent.metadata));
			c->refs++;
		} else if (bfs_timer_set(c->all->clerk, &c->timer, c->next_commit)) {
			c->refs++;
		}
	}
	expect = c->known;
	to = c->sent;
	bfs_mutex_unlock(&c->lock);
	if (send)
		c->all->cluster->ops->commit(c->all->cluster, c->all->group, c->topic, c->partition,
					     &expect, &to, t + c->all->timeout, commit_answer, c);
}

static void commit_timer(void *arg)
{
	commit_soon(arg, false);
	bfs_claim_put(arg);
}

static void commit_answer(void *arg, int err, const struct bfs_why *why)
{
	struct bfs_claim *c = arg;
	struct outcome o;

	bfs_mutex_lock(&c->lock);
	c->committing = false;
	c->flush_err = err;
	if (!err) {
		c->known = c->sent;
		c->failures = 0;
	} else if (err != -ETIMEDOUT && err != -EIO && err != -ENODEV) {
		give_way(c, err, why); /* another try would fare no better */
	} else {
		c->dirty = err != -ENODEV;
		c->failures++;
		c->next_commit = bfs_clock_ms() + RETRY_EVERY;
	}
	count(c);
	outcome_collect(c, &o);
	bfs_mutex_unlock(&c->lock);
	if (err)
		bfs_warn("%s/%d: offset %lld of group %s not committed: %s", c->topic, c->partition,
			 (long long)c->sent.offset, c->all->group,
			 why && *why->text ? why->text : bfs_err_name(err));
	outcome_act(&o);
	commit_soon(c, false);
	bfs_claim_put(c);
}

void bfs_claim_ack(struct bfs_claim *c, int64_t offset)
{
	bool fresh = false;

	bfs_mutex_lock(&c->lock);
	if (offset > c->acked && !c->trouble) {
		c->acked = offset;
		c->dirty = fresh = true;
		count(c);
	}
	bfs_mutex_unlock(&c->lock);
	if (fresh)
		commit_soon(c, false);
}

bool bfs_claim_hurry(struct bfs_claim *c)
{
	bool wait;

	commit_soon(c, true);
	bfs_mutex_lock(&c->lock);
	wait = !idle(c);
	bfs_mutex_unlock(&c->lock);
	return wait;
}

int bfs_claim_trouble(struct bfs_claim *c, struct bfs_why *ret_why)
{
	int err;

	bfs_mutex_lock(&c->lock);
	err = c->trouble;
	*ret_why = c->why;
	c->trouble = 0;
	bfs_mutex_unlock(&c->lock);
	return err;
}

static void flush_cancel(struct bfs_ticket *t, void *place, int err)
{
	struct bfs_claim *c = place;
	bool mine;

	bfs_mutex_lock(&c->lock);
	mine = bfs_ticket_claim(t, c, err);
	bfs_mutex_unlock(&c->lock);
	if (mine)
		bfs_answer_error(t, err);
}

void bfs_claim_flush(struct bfs_claim *c, struct bfs_ticket *t, void *owner,
		     const struct bfs_keeper *keeper)
{
	struct bfs_why why;
	bool parked;
	int err;

	if (!bfs_claim_hurry(c)) {
		bfs_answer_error(t, bfs_claim_trouble(c, &why));
		return;
	}
	bfs_ticket_arm(t, c->all->clerk, bfs_clock_ms() + c->all->timeout, flush_cancel, c, owner,
		       keeper);
	bfs_mutex_lock(&c->lock);
	if (idle(c)) {
		parked = false;
		err = c->flush_err;
	} else {
		parked = bfs_ticket_park(t, &c->flushes);
		err = t->cancelled;
	}
	bfs_mutex_unlock(&c->lock);
	if (!parked)
		bfs_answer_error(t, err);
}

/* --- holders and sessions -------------------------------------------------------------------- */

bool bfs_claim_take(struct bfs_claim *c, const void *holder)
{
	bool taken;

	bfs_mutex_lock(&c->lock);
	if (!c->holder)
		c->holder = holder;
	taken = c->holder == holder;
	bfs_mutex_unlock(&c->lock);
	return taken;
}

static void wait_cancel(struct bfs_ticket *t, void *place, int err)
{
	struct bfs_claim *c = place;
	bool mine;

	bfs_mutex_lock(&c->lock);
	mine = bfs_ticket_claim(t, c, err);
	bfs_mutex_unlock(&c->lock);
	if (!mine)
		return;
	t->state = err == -ETIMEDOUT ? -EBUSY : err;
	t->again(t);
}

void bfs_claim_wait(struct bfs_claim *c, struct bfs_ticket *t, void *owner,
		    const struct bfs_keeper *keeper)
{
	bool parked = false, taken;

	bfs_ticket_arm(t, c->all->clerk, bfs_clock_ms() + BFS_CLAIM_WAIT, wait_cancel, c, owner,
		       keeper);
	bfs_mutex_lock(&c->lock);
	taken = !c->holder || c->holder == t->handle;
	if (taken)
		c->holder = t->handle;
	else
		parked = bfs_ticket_park(t, &c->waiting);
	bfs_mutex_unlock(&c->lock);
	if (taken)
		t->again(t);
	else if (!parked) {
		t->state = t->cancelled == -ETIMEDOUT ? -EBUSY : t->cancelled;
		t->again(t);
	}
}

void bfs_claim_release(struct bfs_claim *c, const void *holder)
{
	struct bfs_ticket *next;

	bfs_mutex_lock(&c->lock);
	if (c->holder != holder) {
		bfs_mutex_unlock(&c->lock);
		return;
	}
	next = bfs_ticket_pop(&c->waiting);
	c->holder = next ? next->handle : NULL;
	bfs_mutex_unlock(&c->lock);
	commit_soon(c, true);
	if (next)
		next->again(next);
}

void bfs_claim_when_idle(struct bfs_claim *c, struct bfs_claim_start *s)
{
	bool now;

	bfs_mutex_lock(&c->lock);
	now = idle(c);
	if (!now)
		bfs_list_add(&c->starts, &s->link);
	bfs_mutex_unlock(&c->lock);
	if (now)
		s->start(s->arg);
	else
		commit_soon(c, true);
}

void bfs_claim_found(struct bfs_claim *c, const struct bfs_commit *found)
{
	struct outcome o;

	bfs_mutex_lock(&c->lock);
	c->known = *found;
	c->acked = found->offset;
	c->dirty = false;
	c->trouble = 0;
	count(c);
	outcome_collect(c, &o); /* those who waited for what is dropped now */
	c->flush_err = 0;
	bfs_mutex_unlock(&c->lock);
	outcome_act(&o);
}

void bfs_claim_begin_anew(struct bfs_claim *c, int64_t offset)
{
	bfs_mutex_lock(&c->lock);
	c->acked = offset;
	bfs_mutex_unlock(&c->lock);
}
