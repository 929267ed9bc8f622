/* share.c - one open `any`: requests, and what they acknowledge.
 *
 * SPDX-License-Identifier: MIT */
#include "model/share.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "core/name.h"
#include "model/share_inner.h"

#define PAGE 4096

/* --- life ------------------------------------------------------------------------------------- */

void bfs_shares_init(struct bfs_shares *all)
{
	bfs_mutex_init(&all->lock, BFS_RANK_STREAMS);
	bfs_list_init(&all->list);
}

void bfs_shares_fini(struct bfs_shares *all)
{
	bfs_mutex_fini(&all->lock);
}

bool bfs_shares_read(struct bfs_shares *all, const char *topic)
{
	struct bfs_list *n, *tmp;
	bool found = false;

	if (!atomic_load(&all->joined))
		return false;
	bfs_mutex_lock(&all->lock);
	bfs_list_each(n, tmp, &all->list) {
		const struct bfs_share *s = bfs_container(n, struct bfs_share, link);

		found = found || (atomic_load(&s->reads) && !strcmp(s->topic, topic));
	}
	bfs_mutex_unlock(&all->lock);
	return found;
}

/* Under the list's lock: the lowest number that no open share has, or -1. */
static int free_slot(const struct bfs_shares *all)
{
	for (int slot = 0; slot < all->options->max_members; slot++) {
		bool taken = false;

		for (const struct bfs_list *n = all->list.next; n != &all->list; n = n->next)
			taken = taken || bfs_container(n, struct bfs_share, link)->slot == slot;
		if (!taken)
			return slot;
	}
	return -1;
}

static bool enlist(struct bfs_share *s)
{
	bfs_mutex_lock(&s->all->lock);
	s->slot = free_slot(s->all);
	if (s->slot >= 0)
		bfs_list_add(&s->all->list, &s->link);
	bfs_mutex_unlock(&s->all->lock);
	return s->slot >= 0;
}

static void delist(struct bfs_share *s)
{
	bfs_mutex_lock(&s->all->lock);
	bfs_list_del(&s->link);
	bfs_mutex_unlock(&s->all->lock);
}

/* The member's own id, where the mount has one for all. */
static struct bfs_member *open_member(struct bfs_share *s)
{
	struct bfs_cluster *c = s->all->cluster;
	struct bfs_buf id = { 0 };
	struct bfs_member *m;

	if (s->all->options->member_id)
		bfs_buf_printf(&id, "%s-%d", s->all->options->member_id, s->slot);
	m = c->ops->member_open(c, s->topic, id.data, bfs_format_wants_headers(s->format),
				&bfs_share_sink, s);
	bfs_buf_fini(&id);
	return m;
}

struct bfs_share *bfs_share_open(struct bfs_shares *all, const char *topic, enum bfs_format format,
				 uint64_t ino, _Atomic int64_t *shown)
{
	struct bfs_share *s = bfs_zalloc(sizeof(*s));
	int err;

	s->all = all;
	s->topic = bfs_strdup(topic);
	s->name = bfs_name_format(topic, BFS_ANY);
	s->format = format;
	s->ino = ino;
	s->shown = shown;
	if (!atomic_load(shown))
		atomic_store(shown, PAGE);
	s->refs = 2; /* the handle's, the member's */
	s->dry = true;
	s->idle.fire = bfs_share_idle;
	s->idle.arg = s;
	bfs_list_init(&s->entries);
	bfs_list_init(&s->waiting);
	bfs_list_init(&s->flushes);
	bfs_mutex_init(&s->lock, BFS_RANK_STREAM);
	errno = EMFILE;
	if (enlist(s))
		s->member = open_member(s);
	if (s->member)
		return s;
	err = errno;
	if (s->slot >= 0)
		delist(s);
	s->refs = 1;
	bfs_share_put(s);
	errno = err;
	return NULL;
}

void bfs_share_put(struct bfs_share *s)
{
	struct bfs_list *n;
	bool last;

	bfs_mutex_lock(&s->lock);
	last = !--s->refs;
	bfs_mutex_unlock(&s->lock);
	if (!last)
		return;
	while ((n = bfs_list_pop(&s->entries)))
		free(bfs_container(n, struct bfs_held, link));
	bfs_buf_fini(&s->scratch);
	bfs_mutex_fini(&s->lock);
	free(s->parts);
	free(s->name);
	free(s->topic);
	free(s);
}

void bfs_share_release(struct bfs_share *s)
{
	struct bfs_cluster *c = s->all->cluster;
	bool gone, was_set = bfs_timer_stop(s->all->clerk, &s->idle);
	void *poll;

	bfs_mutex_lock(&s->lock);
	gone = s->closed;
	s->released = true;
	s->refs -= was_set;
	poll = s->poll;
	s->poll = NULL;
	bfs_mutex_unlock(&s->lock);
	if (poll)
		s->all->kernel->ops->unpoll(s->all->kernel, poll);
	delist(s);
	if (atomic_load(&s->reads))
		atomic_fetch_sub(&s->all->joined, 1);
	if (!gone)
		c->ops->member_close(s->member);
	bfs_share_put(s);
}

/* --- acknowledging ---------------------------------------------------------------------------- */

/* Under the lock: lets go of what ends at or before `off` and was returned; notes how far each
 * partition is acknowledged. */
static void acknowledge(struct bfs_share *s, int64_t off)
{
	struct bfs_list *n, *tmp;

	bfs_list_each(n, tmp, &s->entries) {
		struct bfs_held *e = bfs_container(n, struct bfs_held, link);
		struct bfs_part *p = &s->parts[e->partition];

		if (e->begin + (int64_t)e->len > (off < s->returned ? off : s->returned))
			break;
		if (!e->dead && p->ours && s->all->options->ack != BFS_ACK_NEVER) {
			p->acked = e->offset + 1;
			p->tell = true;
		}
		s->begin = e->begin + (int64_t)e->len;
		bfs_list_del(n);
		free(e);
	}
}

/* Under the lock: the next partition to tell of, and how far it is acknowledged; -1: none. */
static int32_t next_to_tell(struct bfs_share *s, int64_t *ret_offset)
{
	for (int32_t i = 0; i < s->n_parts; i++) {
		if (!s->parts[i].tell)
			continue;
		s->parts[i].tell = false;
		*ret_offset = s->parts[i].acked;
		return i;
	}
	return -1;
}

bool bfs_share_take_room(struct bfs_share *s)
{
	bool again = !s->closed && s->full && s->end - s->begin < s->all->options->window / 2;

	s->full = s->full && !again;
	return again;
}

/* Tells the member, and that there is room again. */
static void tell_member(struct bfs_share *s)
{
	struct bfs_cluster *c = s->all->cluster;
	int64_t offset = 0;
	int32_t partition;
	bool resume;

	do {
		bfs_mutex_lock(&s->lock);
		partition = s->closed ? -1 : next_to_tell(s, &offset);
		resume = bfs_share_take_room(s);
		bfs_mutex_unlock(&s->lock);
		if (partition >= 0)
			c->ops->member_acknowledge(s->member, partition, offset);
		if (resume)
			c->ops->member_resume(s->member);
	} while (partition >= 0);
}

/* --- answering -------------------------------------------------------------------------------- */

enum verdict { WAIT, DATA, FAIL };

struct outcome {
	struct bfs_ticket *t;
	enum verdict verdict;
	int err;
	struct bfs_why why;
	char *data; /* owned */
	size_t len;
	int64_t tell; /* the size to tell first, or 0 */
};

/* Under the lock: the size to show is always a page more than was returned, so that tools which
 * splice(2) up to the size try, are refused, and read. 0: it is so already. */
static int64_t raise_size(struct bfs_share *s)
{
	int64_t size = ((s->returned + PAGE - 1) / PAGE + 1) * PAGE;

	if (size <= atomic_load(s->shown))
		return 0;
	atomic_store(s->shown, size);
	return size;
}

/* Under the lock: from now on it counts how long nobody reads on. */
static void watch(struct bfs_share *s)
{
	s->last_read = bfs_clock_ms();
	if (bfs_timer_set(s->all->clerk, &s->idle, s->last_read + s->all->cluster->member_idle))
		s->refs++;
}

/* Under the lock: copies what is there, and remembers that it was returned. */
static void take(struct bfs_share *s, struct outcome *o)
{
	int64_t at = o->t->off, until;
	struct bfs_list *n, *tmp;

	o->len = (size_t)(s->end - at);
	if (o->len > o->t->size)
		o->len = o->t->size;
	o->data = bfs_alloc(o->len);
	until = at + (int64_t)o->len;
	bfs_list_each(n, tmp, &s->entries) {
		struct bfs_held *e = bfs_container(n, struct bfs_held, link);
		int64_t end = e->begin + (int64_t)e->len;
		int64_t from = e->begin > at ? e->begin : at, to = end < until ? end : until;

		if (from < to)
			memcpy(o->data + (from - at), e->data + (from - e->begin),
			       (size_t)(to - from));
		if (end <= until && !e->dead && e->offset >= s->parts[e->partition].next)
			s->parts[e->partition].next = e->offset + 1;
	}
	if (until > s->returned)
		s->returned = until;
	o->tell = raise_size(s);
	watch(s);
	if (s->all->options->ack == BFS_ACK_READ)
		acknowledge(s, until);
}

/* Under the lock. */
static enum verdict judge(struct bfs_share *s, const struct bfs_ticket *t, struct outcome *o)
{
	int64_t there = s->end - t->off;

	o->err = s->err;
	o->why = s->why;
	if (s->err)
		return FAIL;
	if (t->off < s->begin)
		o->err = bfs_fail(&o->why, -ESTALE, "%s: what is before byte %lld is acknowledged",
				  s->name, (long long)s->begin);
	else if (t->off > s->returned)
		o->err = bfs_fail(&o->why, -EINVAL, "%s: reads go on at byte %lld", s->name,
				  (long long)s->returned);
	if (o->err)
		return FAIL;
	return there > 0 && (s->dry || there >= (int64_t)t->size) ? DATA : WAIT;
}

/* Data that wait until the kernel knows the size. */
struct telling {
	char *data;
	size_t len;
};

static void told(struct bfs_ticket *t)
{
	struct telling *g = t->handle;
	struct iovec iov = { g->data, g->len };

	bfs_answer_data(t, &iov, 1);
	free(g->data);
	free(g);
}

static void act(struct bfs_share *s, struct outcome *o)
{
	struct bfs_kernel *k = s->all->kernel;
	struct iovec iov = { o->data, o->len };
	struct telling *g;

	tell_member(s);
	if (o->verdict == FAIL) {
		if (*o->why.text)
			s->all->failed(s->all->arg, s->topic, BFS_ANY, &o->why);
		bfs_answer_error(o->t, o->err);
	} else if (!o->tell) {
		bfs_answer_data(o->t, &iov, 1);
		free(o->data);
	} else {
		g = bfs_alloc(sizeof(*g));
		*g = (struct telling){ o->data, o->len };
		o->t->handle = g;
		o->t->again = told;
		k->ops->tell(k, o->t, s->ino, o->tell, o->data[o->len - 1]);
	}
}

/* Under the lock: the poll handle, if more has come than was there when it polled. */
static void *take_poll(struct bfs_share *s)
{
	void *poll = NULL;

	if (s->err || (s->end > s->poll_at && s->dry)) {
		poll = s->poll;
		s->poll = NULL;
	}
	return poll;
}

void bfs_share_settle(struct bfs_share *s)
{
	struct outcome o;
	void *poll;

	do {
		struct bfs_list *n, *tmp;

		o = (struct outcome){ .t = NULL };
		bfs_mutex_lock(&s->lock);
		bfs_list_each(n, tmp, &s->waiting) {
			struct bfs_ticket *t = bfs_container(n, struct bfs_ticket, link);

			o.verdict = judge(s, t, &o);
			if (o.verdict == WAIT)
				continue;
			bfs_ticket_unpark(t);
			o.t = t;
			break;
		}
		if (o.t && o.verdict == DATA)
			take(s, &o);
		poll = take_poll(s);
		bfs_mutex_unlock(&s->lock);
		if (poll)
			s->all->kernel->ops->wake(s->all->kernel, poll);
		if (o.t)
			act(s, &o);
	} while (o.t);
}

/* --- requests --------------------------------------------------------------------------------- */

/* Joins the group if this is the first read, or the first since it left. 0 or -errno. */
static int join(struct bfs_share *s, struct bfs_why *ret_why)
{
	struct bfs_shares *all = s->all;
	bool first = !atomic_load(&s->reads), must;

	if (first && all->claimed(all->arg, s->topic))
		return bfs_fail(ret_why, -EBUSY,
				"%s: a partition of the topic is being read as a file here",
				s->name);
	bfs_mutex_lock(&s->lock);
	must = !s->joined && !s->err;
	s->joined = s->joined || must;
	bfs_mutex_unlock(&s->lock);
	if (!must)
		return 0;
	if (!atomic_exchange(&s->reads, true))
		atomic_fetch_add(&all->joined, 1);
	all->cluster->ops->member_join(s->member);
	return 0;
}

/* Each return of data begins the time anew: whoever only waits holds nothing, and may. No request
 * is under way here that would keep the handle open, so the member is told under the lock, which
 * its closing has to take first. */
void bfs_share_idle(void *share)
{
	struct bfs_share *s = share;
	struct bfs_cluster *c = s->all->cluster;
	bool leave;

	bfs_mutex_lock(&s->lock);
	leave = s->joined && !s->err && !s->released && bfs_list_empty(&s->waiting) &&
		!bfs_list_empty(&s->entries) && bfs_clock_ms() >= s->last_read + c->member_idle;
	s->joined = s->joined && !leave;
	if (leave)
		c->ops->member_leave(s->member);
	bfs_mutex_unlock(&s->lock);
	bfs_share_put(s);
}

/* A read begins: it acknowledges, and keeps the member in the group. */
static void begin_read(struct bfs_share *s, int64_t off)
{
	bfs_mutex_lock(&s->lock);
	watch(s);
	if (off >= s->begin && off <= s->returned)
		acknowledge(s, off);
	bfs_mutex_unlock(&s->lock);
	tell_member(s);
}

static void read_cancel(struct bfs_ticket *t, void *place, int err)
{
	struct bfs_share *s = place;
	bool mine;

	bfs_mutex_lock(&s->lock);
	mine = bfs_ticket_claim(t, s, err);
	bfs_mutex_unlock(&s->lock);
	if (mine)
		bfs_answer_error(t, err);
}

void bfs_share_read(struct bfs_share *s, struct bfs_ticket *t, int64_t off, size_t size,
		    bool nonblock, void *owner, const struct bfs_keeper *keeper)
{
	struct outcome o = { .t = t, .verdict = FAIL };
	bool parked = false;

	t->off = off;
	t->size = size;
	o.err = join(s, &o.why);
	if (o.err) {
		act(s, &o);
		return;
	}
	begin_read(s, off);
	if (!nonblock)
		bfs_ticket_arm(t, s->all->clerk, BFS_NEVER, read_cancel, s, owner, keeper);
	bfs_mutex_lock(&s->lock);
	o.verdict = judge(s, t, &o);
	if (o.verdict == DATA)
		take(s, &o);
	else if (o.verdict == WAIT && !nonblock)
		parked = bfs_ticket_park(t, &s->waiting);
	bfs_mutex_unlock(&s->lock);
	if (parked)
		return;
	if (o.verdict == WAIT) {
		o.verdict = FAIL;
		o.err = nonblock ? -EAGAIN : t->cancelled;
	}
	act(s, &o);
}

/* Who waits for edges asks again only after the next arrival, so the handle stays though there is
 * something; and one who does not wait is no reason to forget one who does. */
bool bfs_share_poll(struct bfs_share *s, void *handle)
{
	struct bfs_kernel *k = s->all->kernel;
	struct bfs_why why;
	bool ready = join(s, &why); /* the read will tell */
	void *gone = handle;

	bfs_mutex_lock(&s->lock);
	ready = ready || s->err || (s->end > s->returned && s->dry);
	if (handle && !s->err) {
		gone = s->poll;
		s->poll = handle;
		s->poll_at = ready ? s->end : s->returned;
	}
	bfs_mutex_unlock(&s->lock);
	if (gone)
		k->ops->unpoll(k, gone);
	return ready;
}

/* --- closing ---------------------------------------------------------------------------------- */

/* What a close waits for. */
struct settling {
	struct bfs_share *share; /* counted */
	uint64_t seq;
};

/* Under the lock: a close that waits for this settling or an earlier one. */
static struct bfs_ticket *pop_settled(struct bfs_share *s, uint64_t seq)
{
	const struct bfs_ticket *first = bfs_container(s->flushes.next, struct bfs_ticket, link);

	if (bfs_list_empty(&s->flushes) || first->mark > seq)
		return NULL;
	return bfs_ticket_pop(&s->flushes);
}

static void settled(void *arg, int err, const struct bfs_why *why)
{
	struct settling *g = arg;
	struct bfs_share *s = g->share;
	struct bfs_ticket *t;

	if (err && *why->text)
		s->all->failed(s->all->arg, s->topic, BFS_ANY, why);
	do {
		bfs_mutex_lock(&s->lock);
		if (g->seq > s->settled) {
			s->settled = g->seq;
			s->settle_err = err;
		}
		t = pop_settled(s, g->seq);
		bfs_mutex_unlock(&s->lock);
		if (t)
			bfs_answer_error(t, err);
	} while (t);
	bfs_share_put(s);
	free(g);
}

/* The member is asked before the close is parked: once it is, it may be interrupted, and the member
 * gone. */
void bfs_share_flush(struct bfs_share *s, struct bfs_ticket *t, void *owner,
		     const struct bfs_keeper *keeper)
{
	struct bfs_cluster *c = s->all->cluster;
	struct settling *g;
	bool parked = false;
	int err;

	if (!atomic_load(&s->reads)) {
		bfs_answer_error(t, 0);
		return;
	}
	g = bfs_alloc(sizeof(*g));
	bfs_mutex_lock(&s->lock);
	s->refs++;
	t->mark = ++s->last_flush;
	*g = (struct settling){ s, t->mark };
	bfs_mutex_unlock(&s->lock);
	bfs_ticket_arm(t, s->all->clerk, BFS_NEVER, read_cancel, s, owner, keeper);
	c->ops->member_settle(s->member, bfs_clock_ms() + s->all->options->timeout_ms, settled, g);
	bfs_mutex_lock(&s->lock);
	err = s->settle_err;
	if (s->settled < t->mark) {
		parked = bfs_ticket_park(t, &s->flushes);
		err = t->cancelled;
	}
	bfs_mutex_unlock(&s->lock);
	if (!parked)
		bfs_answer_error(t, err);
}
