/* commit.c - what is acknowledged, and how it gets to the group: checked, coalesced, repeated.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "model/claim_inner.h"

#define RETRY_EVERY 1000 /* ms until a commit that failed is tried again */

/* --- commits ---------------------------------------------------------------------------------- */

bool bfs_commit_idle(const struct bfs_claim *c)
{
	return !c->dirty && !c->committing;
}

void bfs_commit_count(struct bfs_claim *c)
{
	bool pending = !bfs_commit_idle(c);

	if (pending == c->counted)
		return;
	c->counted = pending;
	if (pending)
		atomic_fetch_add(&c->all->pending, 1);
	else if (atomic_fetch_sub(&c->all->pending, 1) == 1)
		bfs_mailbox_kick(&c->all->idle);
}

void bfs_outcome_collect(struct bfs_claim *c, struct bfs_outcome *o)
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

void bfs_outcome_act(struct bfs_outcome *o)
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
	c->lost = true;
}

static void commit_answer(void *arg, int err, const struct bfs_why *why);
static void list_repeated(struct bfs_claim *c);

/* Under the lock: the commit of `offset` is on its way, and has a reference. */
static void begin_commit(struct bfs_claim *c, int64_t offset)
{
	c->committing = true;
	c->sent_at = bfs_clock_us();
	c->sent.offset = offset;
	memcpy(c->sent.metadata, c->metadata, sizeof(c->sent.metadata));
	c->refs++;
	bfs_commit_count(c);
}

static void send_commit(struct bfs_claim *c, const struct bfs_commit *expect,
			const struct bfs_commit *to)
{
	c->all->cluster->ops->commit(c->all->cluster, c->party->group, c->topic, c->partition,
				     expect, to, bfs_clock_ms() + c->all->timeout, commit_answer,
				     c);
}

void bfs_commit_soon(struct bfs_claim *c, bool now)
{
	struct bfs_commit expect, to;
	int64_t t = bfs_clock_ms();
	bool send = false;

	bfs_mutex_lock(&c->lock);
	if (c->dirty && atomic_load(&c->all->closed)) {
		c->dirty = false;
		bfs_commit_count(c);
	} else if (c->dirty && c->committing) {
		c->hurry = c->hurry || now;
	} else if (c->dirty) {
		if (now || t >= c->next_commit) {
			send = true;
			c->dirty = false;
			c->next_commit = t + BFS_COMMIT_EVERY;
			begin_commit(c, c->acked);
		} else if (bfs_timer_set(c->all->clerk, &c->timer, c->next_commit)) {
			c->refs++;
		}
	}
	expect = c->known;
	to = c->sent;
	bfs_mutex_unlock(&c->lock);
	if (send)
		send_commit(c, &expect, &to);
}

void bfs_commit_timer(void *arg)
{
	bfs_commit_soon(arg, false);
	bfs_claim_put(arg);
}

static bool passing(int err)
{
	return err == -ETIMEDOUT || err == -EIO || err == -ENODEV;
}

/* Under the lock. */
static void commit_ended(struct bfs_claim *c, int err, const struct bfs_why *why)
{
	c->flush_err = err == -ENOENT ? -ESTALE : err; /* the topic has gone */
	if (!err) {
		c->known = c->sent;
		c->repeat_at = c->superseded ? BFS_NEVER : bfs_clock_ms() + BFS_REPEAT_AFTER;
	} else if (!passing(err)) {
		c->repeat_at = BFS_NEVER;
		give_way(c, err, why); /* another try would fare no better */
	} else {
		c->dirty = err != -ENODEV && !c->superseded;
		c->next_commit = bfs_clock_ms() + RETRY_EVERY;
	}
}

/* The same for one that said again what is committed. Where nobody reads there is nobody to tell;
 * one that failed for a moment is due at the next look. */
static void repeat_ended(struct bfs_claim *c, int err, const struct bfs_why *why)
{
	c->repeating = false;
	c->flush_err = 0;
	if (!err || (c->holder && !passing(err)))
		commit_ended(c, err, why);
	else if (!passing(err))
		c->repeat_at = BFS_NEVER;
}

static void count(struct bfs_cluster *c, int err, int64_t us)
{
	bfs_metrics_took(&c->metrics, BFS_METRIC_COMMIT_SECONDS, us, 1);
	if (err)
		bfs_metrics_add(&c->metrics, BFS_METRIC_COMMIT_FAILURES, 1);
}

static void commit_answer(void *arg, int err, const struct bfs_why *why)
{
	struct bfs_claim *c = arg;
	struct bfs_outcome o;
	int64_t sent_at;
	bool hurry;

	bfs_mutex_lock(&c->lock);
	sent_at = c->sent_at;
	c->committing = false;
	hurry = c->hurry && !err; /* after a failure the pause is for the broker's sake */
	c->hurry = false;
	if (c->repeating)
		repeat_ended(c, err, why);
	else
		commit_ended(c, err, why);
	bfs_commit_count(c);
	bfs_outcome_collect(c, &o);
	bfs_mutex_unlock(&c->lock);
	count(c->all->cluster, err, bfs_clock_us() - sent_at);
	if (err && c->all->failed && why && *why->text)
		c->all->failed(c->all->arg, c->party->group, c->topic, c->partition, why);
	if (err)
		bfs_warn("%s/%d: offset %lld of group %s not committed: %s", c->topic, c->partition,
			 (long long)c->sent.offset, c->party->group,
			 why && *why->text ? why->text : bfs_err_name(err));
	else
		list_repeated(c);
	bfs_outcome_act(&o);
	bfs_commit_soon(c, hurry);
	bfs_claim_put(c);
}

void bfs_claim_ack(struct bfs_claim *c, const void *holder, int64_t offset)
{
	bool fresh = false, counts;

	bfs_mutex_lock(&c->lock);
	counts = c->holder == holder && !c->retired && !c->superseded && !c->trouble;
	if (counts && offset > c->acked) {
		c->acked = offset;
		c->dirty = fresh = true;
		bfs_commit_count(c);
	}
	bfs_mutex_unlock(&c->lock);
	if (fresh)
		bfs_commit_soon(c, false);
}

bool bfs_claim_hurry(struct bfs_claim *c)
{
	bool wait;

	bfs_commit_soon(c, true);
	bfs_mutex_lock(&c->lock);
	wait = !bfs_commit_idle(c);
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
	if (bfs_commit_idle(c)) {
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

/* --- what is committed, said again ---------------------------------------------------------------
 */

/* If it is due. Called without the lock. */
static void repeat(struct bfs_claim *c)
{
	struct bfs_commit expect, to;
	bool send;

	bfs_mutex_lock(&c->lock);
	send = bfs_commit_idle(c) && c->repeat_at <= bfs_clock_ms() &&
	       !atomic_load(&c->all->closed);
	if (send) {
		c->repeating = true;
		begin_commit(c, c->known.offset);
	}
	expect = c->known;
	to = c->sent;
	bfs_mutex_unlock(&c->lock);
	if (send)
		send_commit(c, &expect, &to);
}

/* The list holds a reference on each, and nobody leaves it. */
void bfs_commit_repeat_all(void *arg)
{
	struct bfs_claims *all = arg;
	struct bfs_list *n;

	if (atomic_load(&all->closed))
		return;
	bfs_mutex_lock(&all->lock);
	n = all->repeated.next;
	bfs_mutex_unlock(&all->lock);
	while (n != &all->repeated) {
		repeat(bfs_container(n, struct bfs_claim, link));
		bfs_mutex_lock(&all->lock);
		n = n->next;
		bfs_mutex_unlock(&all->lock);
	}
	bfs_timer_set(all->clerk, &all->timer, bfs_clock_ms() + BFS_REPEAT_LOOK);
}

static void list_repeated(struct bfs_claim *c)
{
	bool fresh, first = false;

	bfs_mutex_lock(&c->lock);
	fresh = !c->listed && c->repeat_at != BFS_NEVER;
	if (fresh) {
		c->listed = true;
		c->refs++;
	}
	bfs_mutex_unlock(&c->lock);
	if (!fresh)
		return;
	bfs_mutex_lock(&c->all->lock);
	first = bfs_list_empty(&c->all->repeated);
	bfs_list_add(&c->all->repeated, &c->link);
	bfs_mutex_unlock(&c->all->lock);
	if (first)
		bfs_timer_set(c->all->clerk, &c->all->timer, bfs_clock_ms() + BFS_REPEAT_LOOK);
}

void bfs_commit_keep_alive(struct bfs_claim *c)
{
	bfs_mutex_lock(&c->lock);
	if (!c->all->passive && !c->superseded && c->known.offset != BFS_NO_OFFSET &&
	    c->repeat_at == BFS_NEVER)
		c->repeat_at = bfs_clock_ms() + BFS_REPEAT_AFTER;
	bfs_mutex_unlock(&c->lock);
	list_repeated(c);
}
