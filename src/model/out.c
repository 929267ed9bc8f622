/* out.c - one partition's way out: its outlet, the parcels in flight, its health.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/sync.h"
#include "core/name.h"
#include "model/writer_inner.h"

static void delivered(void *arg, void *parcel, int n, int err, const struct bfs_why *why,
		      int32_t partition, int64_t last_offset);

/* --- life ---------------------------------------------------------------------------- */

struct bfs_out *bfs_out_new(struct bfs_writers *all, const char *topic, int32_t partition)
{
	struct bfs_out *o = bfs_zalloc(sizeof(*o));

	o->all = all;
	o->topic = bfs_strdup(topic);
	o->partition = partition;
	o->name = bfs_name_format(topic, partition);
	o->refs = 1;
	o->retry.fire = bfs_out_retry_space;
	o->retry.arg = o;
	bfs_list_init(&o->flight);
	bfs_list_init(&o->acks);
	bfs_list_init(&o->space);
	bfs_mutex_init(&o->lock, BFS_RANK_OUT);
	o->outlet = all->cluster->ops->outlet_open(all->cluster, topic, partition, delivered, o);
	return o;
}

struct bfs_out *bfs_out_get(struct bfs_out *o)
{
	bfs_mutex_lock(&o->lock);
	o->refs++;
	bfs_mutex_unlock(&o->lock);
	return o;
}

void bfs_out_put(struct bfs_out *o)
{
	bool last;

	if (!o)
		return;
	bfs_mutex_lock(&o->lock);
	last = !--o->refs;
	bfs_mutex_unlock(&o->lock);
	if (!last)
		return;
	o->all->cluster->ops->outlet_close(o->outlet);
	bfs_mutex_fini(&o->lock);
	free(o->name);
	free(o->topic);
	free(o);
}

/* --- errors -------------------------------------------------------------------------- */

/* Under the lock: the failure nobody was told yet, which now somebody is. */
void bfs_writer_keep_error(struct bfs_writer *w, const struct bfs_ticket *t, int err,
			   const struct bfs_why *why)
{
	if (!t->mark || w->err || !err || err == -EAGAIN || err == -EINTR)
		return;
	w->err = err;
	w->why = *why;
}

int bfs_writer_take_error(struct bfs_writer *w, struct bfs_why *ret_why)
{
	int err = w->err;

	if (err)
		*ret_why = w->why;
	w->err = 0;
	return err;
}

/* Leaves the sentence where people look for it, then answers. */
void bfs_out_answer(struct bfs_out *o, struct bfs_ticket *t, int err, const struct bfs_why *why)
{
	if (*why->text)
		o->all->failed(o->all->arg, o->topic, o->partition, why);
	bfs_answer_error(t, err);
}

/* --- parcels ------------------------------------------------------------------------- */

struct bfs_parcel *bfs_parcel_new(struct bfs_writer *w)
{
	struct bfs_out *o = w->out;
	struct bfs_parcel *p = bfs_zalloc(sizeof(*p));

	p->writer = w;
	p->outstanding = BFS_BIAS;
	p->sent = bfs_clock_ms();
	bfs_mutex_lock(&o->lock);
	p->seq = ++w->last_seq;
	w->refs++;
	bfs_list_add(&o->flight, &p->out_link);
	bfs_list_add(&w->parcels, &p->writer_link);
	bfs_mutex_unlock(&o->lock);
	return p;
}

/* Under the lock: the oldest parcel of the writer that is still in flight. */
uint64_t bfs_writer_oldest(const struct bfs_writer *w)
{
	if (bfs_list_empty(&w->parcels))
		return UINT64_MAX;
	return bfs_container(w->parcels.next, struct bfs_parcel, writer_link)->seq;
}

/* Under the lock: moves the flushes that need wait no more to `ret`. */
static void collect_flushes(struct bfs_writer *w, struct bfs_list *ret, struct bfs_why *ret_why)
{
	uint64_t oldest = bfs_writer_oldest(w);
	struct bfs_list *n, *tmp;

	bfs_list_each(n, tmp, &w->flushes) {
		struct bfs_ticket *t = bfs_container(n, struct bfs_ticket, link);

		if (t->mark >= oldest)
			continue;
		bfs_ticket_unpark(t);
		t->state = bfs_writer_take_error(w, ret_why);
		bfs_list_add(ret, &t->link);
	}
}

/* What a finished parcel leads to; collected under the lock, acted on after it. */
struct outcome {
	struct bfs_ticket *write;
	struct bfs_list flushes;
	struct bfs_why why;
	int err;
};

/* Under the lock: the last report of the parcel has come. */
static void complete(struct bfs_out *o, struct bfs_parcel *p, struct outcome *r)
{
	struct bfs_writer *w = p->writer;

	bfs_list_del(&p->out_link);
	bfs_list_del(&p->writer_link);
	o->bytes -= p->bytes;
	atomic_fetch_sub(&o->all->in_flight, (int64_t)p->bytes);
	r->err = p->err;
	r->why = p->why;
	r->write = p->ticket;
	if (r->write) {
		bfs_ticket_unpark(r->write);
		bfs_writer_keep_error(w, r->write, r->err, &r->why);
	} else if (p->err && !p->reported && !w->err) {
		w->err = p->err;
		w->why = p->why;
	}
	collect_flushes(w, &r->flushes, &r->why);
}

static void outcome_act(struct bfs_out *o, struct outcome *r)
{
	struct bfs_list *l;

	if (r->write && r->err)
		bfs_out_answer(o, r->write, r->err, &r->why);
	else if (r->write)
		bfs_answer_written(r->write, r->write->size);
	while ((l = bfs_list_pop(&r->flushes))) {
		struct bfs_ticket *t = bfs_container(l, struct bfs_ticket, link);

		bfs_out_answer(o, t, t->state, &r->why);
	}
}

/* Records of a parcel are done (n of them), or it has been filled (n = BFS_BIAS - how many were
 * sent). */
void bfs_parcel_done(struct bfs_out *o, struct bfs_parcel *p, int n, int err,
		     const struct bfs_why *why)
{
	struct bfs_writer *w = p->writer;
	struct outcome r = { .write = NULL };
	bool last;

	bfs_list_init(&r.flushes);
	bfs_mutex_lock(&o->lock);
	if (err && !p->err) {
		p->err = err;
		if (why)
			p->why = *why;
	}
	if (!err && n < BFS_BIAS / 2)
		o->timed_out = false;
	p->outstanding -= n;
	last = !p->outstanding;
	if (last)
		complete(o, p, &r);
	bfs_mutex_unlock(&o->lock);
	if (!last)
		return;
	outcome_act(o, &r);
	free(p);
	bfs_writer_put(w);
}

/* Under the lock. */
bool bfs_out_unhealthy(const struct bfs_out *o)
{
	const struct bfs_parcel *oldest;

	if (bfs_list_empty(&o->flight))
		return false;
	oldest = bfs_container(o->flight.next, struct bfs_parcel, out_link);
	return o->timed_out || bfs_clock_ms() - oldest->sent >= BFS_UNHEALTHY;
}

/* On the producer thread. */
static void delivered(void *arg, void *parcel, int n, int err, const struct bfs_why *why,
		      int32_t partition, int64_t last_offset)
{
	struct bfs_out *o = arg;

	if (err) {
		bfs_warn("%s: %d records not delivered: %s", o->name, n,
			 why && *why->text ? why->text : bfs_err_name(err));
		if (why && *why->text)
			o->all->failed(o->all->arg, o->topic, o->partition, why);
	} else {
		o->all->wrote(o->all->arg, o->topic, partition, last_offset);
	}
	bfs_out_get(o);
	bfs_parcel_done(o, parcel, n, err, why);
	bfs_out_serve_space(o);
	bfs_out_put(o);
}
