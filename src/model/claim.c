/* claim.c - who reads (group, topic, partition): holders, and the sessions they begin.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "model/claim_inner.h"

static void roll_called(void *arg, int members);

void bfs_claims_init(struct bfs_claims *all)
{
	bfs_mutex_init(&all->lock, BFS_RANK_CLAIM);
	bfs_list_init(&all->parties);
	bfs_list_init(&all->repeated);
	all->timer.fire = bfs_commit_repeat_all;
	all->timer.arg = all;
}

void bfs_claims_fini(struct bfs_claims *all)
{
	struct bfs_list *n;

	while ((n = bfs_list_pop(&all->repeated)))
		bfs_claim_put(bfs_container(n, struct bfs_claim, link));
	while ((n = bfs_list_pop(&all->parties))) {
		struct bfs_party *p = bfs_container(n, struct bfs_party, link);

		bfs_roll_fini(&p->roll);
		free(p->group);
		free(p);
	}
	bfs_mutex_fini(&all->lock);
}

/* Under the lock. */
static struct bfs_party *find_party(struct bfs_claims *all, const char *group)
{
	struct bfs_list *n, *tmp;

	bfs_list_each(n, tmp, &all->parties) {
		struct bfs_party *p = bfs_container(n, struct bfs_party, link);

		if (!strcmp(p->group, group))
			return p;
	}
	return NULL;
}

struct bfs_party *bfs_claims_party(struct bfs_claims *all, const char *group)
{
	struct bfs_party *p;

	bfs_mutex_lock(&all->lock);
	p = find_party(all, group);
	if (!p) {
		p = bfs_zalloc(sizeof(*p));
		p->all = all;
		p->group = bfs_strdup(group);
		bfs_roll_init(&p->roll, all->cluster, p->group, all->timeout);
		bfs_list_add(&all->parties, &p->link);
	}
	bfs_mutex_unlock(&all->lock);
	return p;
}

const char *bfs_claim_group(const struct bfs_claim *c)
{
	return c->party->group;
}

struct bfs_claim *bfs_claim_new(struct bfs_party *party, const char *topic, int32_t partition)
{
	struct bfs_claims *all = party->all;
	struct bfs_claim *c = bfs_zalloc(sizeof(*c));

	c->all = all;
	c->party = party;
	c->topic = bfs_strdup(topic);
	c->partition = partition;
	c->refs = 1;
	c->known.offset = c->acked = BFS_NO_OFFSET;
	snprintf(c->metadata, sizeof(c->metadata), "%.100s.%" PRIu64, all->metadata,
		 atomic_fetch_add(&all->serial, 1));
	c->repeat_at = BFS_NEVER;
	c->timer.fire = bfs_commit_timer;
	c->timer.arg = c;
	c->call.done = roll_called;
	c->call.arg = c;
	bfs_list_init(&c->waiting);
	bfs_list_init(&c->first);
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

/* --- holders and sessions -------------------------------------------------------------------- */

/* Under the lock: `holder` is, or can be, the one. */
static bool open_to(const struct bfs_claim *c, const void *holder)
{
	return !c->holder || c->holder == holder;
}

static bool no_members(struct bfs_claim *c)
{
	return c->all->passive || bfs_roll_empty(&c->party->roll);
}

bool bfs_claim_take(struct bfs_claim *c, const void *holder)
{
	bool ready, taken;

	bfs_mutex_lock(&c->lock);
	ready = c->holder == holder && c->called;
	bfs_mutex_unlock(&c->lock);
	if (ready || !no_members(c))
		return ready;
	bfs_mutex_lock(&c->lock);
	taken = open_to(c, holder);
	if (taken) {
		c->holder = holder;
		c->called = true;
	}
	bfs_mutex_unlock(&c->lock);
	if (taken)
		bfs_commit_keep_alive(c);
	return taken;
}

/* Nobody answered for a while, or the request was interrupted. */
static void wait_over(struct bfs_claim *c, struct bfs_ticket *t, int err)
{
	bool mine, let_go;

	bfs_mutex_lock(&c->lock);
	mine = c->holder == t->handle;
	if (mine && err == -ETIMEDOUT)
		c->called = true;
	let_go = mine && !c->called && bfs_list_empty(&c->first);
	bfs_mutex_unlock(&c->lock);
	if (let_go)
		bfs_claim_release(c, t->handle);
	t->state = err != -ETIMEDOUT ? err : mine ? 0 : -EBUSY;
	t->again(t);
}

static void wait_cancel(struct bfs_ticket *t, void *place, int err)
{
	struct bfs_claim *c = place;
	bool mine;

	bfs_mutex_lock(&c->lock);
	mine = bfs_ticket_claim(t, c, err);
	bfs_mutex_unlock(&c->lock);
	if (mine)
		wait_over(c, t, err);
}

/* Answers come on the cluster's thread, or inside the call. */
static void roll_called(void *arg, int members)
{
	struct bfs_list ready = BFS_LIST_INIT(ready), *n;
	struct bfs_claim *c = arg;
	struct bfs_ticket *t;

	bfs_mutex_lock(&c->lock);
	c->calling = false;
	while ((t = bfs_ticket_pop(&c->first)))
		bfs_list_add(&ready, &t->link);
	if (!members)
		c->called = true;
	else if (!bfs_list_empty(&ready))
		c->trouble = bfs_fail(&c->why, -EBUSY,
				      "%s/%d: the group %s has %d live member%s, reading this "
				      "file would not count",
				      c->topic, c->partition, c->party->group, members,
				      members == 1 ? "" : "s");
	bfs_mutex_unlock(&c->lock);
	if (!members)
		bfs_commit_keep_alive(c);
	while ((n = bfs_list_pop(&ready))) {
		t = bfs_container(n, struct bfs_ticket, link);
		t->again(t);
	}
	bfs_claim_put(c);
}

/* `t`, armed for the claim and parked nowhere, is a read of the holder's: it goes on once the roll
 * is called. */
static void come_in(struct bfs_claim *c, struct bfs_ticket *t)
{
	bool ready, parked = false, call = false;

	bfs_mutex_lock(&c->lock);
	ready = c->called;
	if (ready)
		bfs_ticket_pass(t);
	else
		parked = bfs_ticket_park(t, &c->first);
	if (parked && !c->calling) {
		c->calling = call = true;
		c->refs++;
	}
	bfs_mutex_unlock(&c->lock);
	if (ready)
		t->again(t);
	else if (!parked)
		wait_over(c, t, t->cancelled);
	if (call)
		bfs_roll_ask(&c->party->roll, &c->call);
}

void bfs_claim_wait(struct bfs_claim *c, struct bfs_ticket *t, void *owner,
		    const struct bfs_keeper *keeper)
{
	bool parked = false, mine;

	bfs_ticket_arm(t, c->all->clerk, bfs_clock_ms() + BFS_CLAIM_WAIT, wait_cancel, c, owner,
		       keeper);
	bfs_mutex_lock(&c->lock);
	mine = open_to(c, t->handle);
	if (mine)
		c->holder = t->handle;
	else
		parked = bfs_ticket_park(t, &c->waiting);
	bfs_mutex_unlock(&c->lock);
	if (mine)
		come_in(c, t);
	else if (!parked)
		wait_over(c, t, t->cancelled);
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
	c->called = next && c->all->passive;
	c->retired = false;
	bfs_mutex_unlock(&c->lock);
	bfs_commit_soon(c, true);
	if (!next)
		return;
	bfs_ticket_arm(next, c->all->clerk, bfs_clock_ms() + BFS_CLAIM_WAIT, wait_cancel, c, NULL,
		       NULL);
	come_in(c, next);
}

bool bfs_claim_is_held(struct bfs_claim *c)
{
	bool held;

	bfs_mutex_lock(&c->lock);
	held = c->holder && !c->retired;
	bfs_mutex_unlock(&c->lock);
	return held;
}

void bfs_claim_retire(struct bfs_claim *c, const void *holder)
{
	bfs_mutex_lock(&c->lock);
	c->retired = c->holder && c->holder == holder;
	bfs_mutex_unlock(&c->lock);
}

void bfs_claim_supersede(struct bfs_claim *c)
{
	bfs_mutex_lock(&c->lock);
	c->superseded = true;
	c->repeat_at = BFS_NEVER;
	c->dirty = false;
	bfs_commit_count(c);
	bfs_mutex_unlock(&c->lock);
}

void bfs_claim_when_idle(struct bfs_claim *c, struct bfs_claim_start *s)
{
	bool now;

	bfs_mutex_lock(&c->lock);
	/* Beside a reader, who may never come to rest, what is found does not count. */
	now = bfs_commit_idle(c) || (c->holder && !c->retired);
	if (!now)
		bfs_list_add(&c->starts, &s->link);
	bfs_mutex_unlock(&c->lock);
	if (now)
		s->start(s->arg);
	else
		bfs_commit_soon(c, true);
}

void bfs_claim_found(struct bfs_claim *c, const struct bfs_commit *found)
{
	struct bfs_outcome o;

	bfs_mutex_lock(&c->lock);
	if (c->holder && !c->retired) { /* another session reads: what it acknowledges is newer */
		bfs_mutex_unlock(&c->lock);
		return;
	}
	if (found->offset != c->known.offset && strcmp(found->metadata, c->metadata) != 0)
		c->repeat_at = BFS_NEVER; /* somebody else's, until it is read here */
	c->known = *found;
	c->acked = found->offset;
	c->dirty = c->lost = false;
	c->trouble = 0;
	bfs_commit_count(c);
	bfs_outcome_collect(c, &o); /* those who waited for what is dropped now */
	c->flush_err = 0;
	bfs_mutex_unlock(&c->lock);
	bfs_outcome_act(&o);
}

bool bfs_claim_place(struct bfs_claim *c, int64_t *ret_offset)
{
	bool known;

	bfs_mutex_lock(&c->lock);
	*ret_offset = c->acked;
	known = !c->lost;
	bfs_mutex_unlock(&c->lock);
	return known;
}

void bfs_claim_begin_anew(struct bfs_claim *c, int64_t offset)
{
	bfs_mutex_lock(&c->lock);
	c->acked = offset;
	bfs_mutex_unlock(&c->lock);
}
