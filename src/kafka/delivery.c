/* delivery.c - the producer thread: delivery reports, and the replacing of dead handles.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "kafka/error.h"
#include "kafka/produce_inner.h"

#define PAUSE_MIN 100 /* between deaths, doubling */
#define PAUSE_MAX 10000
#define QUIET_MS  60000 /* a handle that lived so long died of something new */

/* --- counting --------------------------------------------------------------------------------- */

void bfs_outlet_unbind(struct bfs_outlet *o)
{
	if (!o->gen)
		return;
	rd_kafka_topic_destroy(o->rkt);
	bfs_list_del(&o->bound);
	o->gen = NULL;
	o->rkt = NULL;
}

void bfs_outlet_free(struct bfs_outlet *o)
{
	bfs_outlet_unbind(o);
	bfs_list_del(&o->node);
	free(o->name);
	free(o->topic);
	free(o);
}

/* With the lock held: frees the outlet after its last report. */
void bfs_outlet_settle(struct bfs_outlet *o)
{
	if (o->closed && !o->unreported && !o->callers)
		bfs_outlet_free(o);
}

void bfs_batch_settle(struct bfs_batch *b, int n)
{
	b->left -= n;
	if (b->left)
		return;
	bfs_list_del(&b->node);
	free(b);
}

/* --- generations ------------------------------------------------------------------------------ */

/* Creates the handle; called without the lock, takes it to publish. */
void bfs_generation_new(struct bfs_producer *p)
{
	struct bfs_generation *g = bfs_zalloc(sizeof(*g));
	struct bfs_why why;
	bool extra;

	bfs_list_init(&g->batches);
	bfs_list_init(&g->outlets);
	g->handle = bfs_handle_new(p->conf, BFS_ROLE_PRODUCER, p->reaper, &why);
	if (g->handle) {
		g->queue = rd_kafka_queue_get_main(g->handle->rk);
		bfs_queue_wake(g->queue, p->wake);
	}
	bfs_mutex_lock(&p->lock);
	extra = p->now || p->stopping || !g->handle;
	if (!g->handle) {
		p->err = -EIO;
		p->why = why;
		p->reborn_at = bfs_clock_ms() + PAUSE_MAX;
	} else if (!extra) {
		p->now = g;
		p->born = bfs_clock_ms();
		p->reborn_at = 0;
		bfs_list_add(&p->generations, &g->node);
	}
	bfs_mutex_unlock(&p->lock);
	if (!extra)
		return;
	if (g->handle) {
		rd_kafka_queue_io_event_enable(g->queue, -1, NULL, 0);
		rd_kafka_queue_destroy(g->queue);
		bfs_handle_put(g->handle);
	}
	free(g);
}

/* Why its records fail: Kafka's own words, with the remedy where there is one. */
static void explain_death(struct bfs_generation *g)
{
	char words[160];
	rd_kafka_resp_err_t err = rd_kafka_fatal_error(g->handle->rk, words, sizeof(words));

	if (bfs_kafka_errno(err) == -EACCES)
		g->err = bfs_fail(&g->why, -EACCES,
				  "%s: idempotent writing needs the IdempotentWrite right on the "
				  "cluster (or Write on the topic, brokers from 2.8 on)",
				  rd_kafka_err2str(err));
	else
		g->err = bfs_fail(&g->why, -EIO,
				  "the producer failed, records in flight may be in the log: %s",
				  err ? rd_kafka_err2str(err) : "unknown reason");
}

/* With the lock held. */
static void set_pause(struct bfs_producer *p)
{
	int64_t now = bfs_clock_ms();

	if (now - p->born > QUIET_MS)
		p->pause = 0;
	p->reborn_at = now + p->pause;
	p->pause = p->pause ? p->pause * 2 : PAUSE_MIN;
	if (p->pause > PAUSE_MAX)
		p->pause = PAUSE_MAX;
}

void bfs_generation_die(struct bfs_producer *p, struct bfs_generation *g)
{
	bfs_mutex_lock(&p->lock);
	if (!g->dead) {
		g->dead = true;
		explain_death(g);
		p->err = g->err;
		p->why = g->why;
		if (p->now == g) {
			p->now = NULL;
			set_pause(p);
		}
	}
	bfs_mutex_unlock(&p->lock);
	bfs_mailbox_kick(&p->mail);
}

/* --- delivery reports ------------------------------------------------------------------------- */

/* Consecutive records of one parcel with one verdict. */
struct verdict {
	struct bfs_outlet *outlet;
	void *parcel;
	rd_kafka_resp_err_t err;
	int n;
	int32_t partition;
	int64_t last_offset;
};

static int explain(struct bfs_producer *p, const struct bfs_generation *g, const struct verdict *v,
		   struct bfs_why *why)
{
	const struct bfs_outlet *o = v->outlet;
	bool dead;

	why->text[0] = '\0';
	if (!v->err)
		return 0;
	bfs_mutex_lock(&p->lock);
	dead = g->dead;
	bfs_mutex_unlock(&p->lock);
	if (dead)
		return bfs_fail(why, g->err, "%s: %s", o->name, g->why.text);
	if (v->err == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT)
		return bfs_last_word_fail(p->word, why, "%s", o->name);
	if (v->err == RD_KAFKA_RESP_ERR__FATAL)
		return bfs_fail(why, -EIO, "%s: the producer failed", o->name);
	return bfs_kafka_fail(why, v->err, NULL, "%s", o->name);
}

static void deliver(struct bfs_producer *p, struct bfs_generation *g, const struct verdict *v)
{
	struct bfs_outlet *o = v->outlet;
	struct bfs_why why;
	int err;

	if (!v->n)
		return;
	err = explain(p, g, v, &why);
	if (err && p->stopping)
		p->lost += v->n;
	o->delivered(o->arg, v->parcel, v->n, err, &why, v->partition, v->last_offset);
	bfs_mutex_lock(&p->lock);
	g->warm |= !err;
	o->unreported -= v->n;
	bfs_outlet_settle(o);
	bfs_mutex_unlock(&p->lock);
}

static bool same(const struct verdict *v, const struct bfs_batch *b, const rd_kafka_message_t *m)
{
	return v->n && v->outlet == b->outlet && v->parcel == b->parcel && v->err == m->err &&
	       v->partition == m->partition;
}

static void settle_run(struct bfs_producer *p, struct bfs_batch *b, int n)
{
	if (!b)
		return;
	bfs_mutex_lock(&p->lock);
	bfs_batch_settle(b, n);
	bfs_mutex_unlock(&p->lock);
}

/* What is counted of an event's reports. */
struct tally {
	uint64_t records, bytes, failed;
	int64_t latency; /* us, of those that were handed over together */
	uint64_t together;
};

static void tally_latency(struct bfs_metrics *x, struct tally *t)
{
	if (t->together)
		bfs_metrics_took(x, BFS_METRIC_PRODUCE_SECONDS, t->latency, t->together);
	t->together = 0;
}

/* `first` of its batch: asking librdkafka for each record's latency would cost as many looks at the
 * clock. */
static void tally_add(struct bfs_metrics *x, struct tally *t, const rd_kafka_message_t *m,
		      bool first)
{
	if (first) {
		tally_latency(x, t);
		t->latency = rd_kafka_message_latency(m);
	}
	if (m->err) {
		t->failed++;
		return;
	}
	t->records++;
	t->together++;
	t->bytes += m->len + m->key_len;
}

/* Before an answer leaves: who got it may look at once. */
static void tally_show(struct bfs_metrics *x, struct tally *t)
{
	tally_latency(x, t);
	bfs_metrics_add(x, BFS_METRIC_PRODUCED_RECORDS, t->records);
	bfs_metrics_add(x, BFS_METRIC_PRODUCED_BYTES, t->bytes);
	bfs_metrics_add(x, BFS_METRIC_UNCONFIRMED_RECORDS, t->failed);
	t->records = t->bytes = t->failed = 0;
}

static void report(struct bfs_producer *p, struct bfs_generation *g, rd_kafka_event_t *ev)
{
	struct bfs_metrics *x = p->statistics->metrics;
	struct tally tally = { 0 };
	struct verdict v = { 0 };
	const rd_kafka_message_t *m;
	struct bfs_batch *run = NULL;
	int run_n = 0;

	while ((m = rd_kafka_event_message_next(ev))) {
		struct bfs_batch *b = m->_private;

		if (!same(&v, b, m)) {
			tally_show(x, &tally);
			deliver(p, g, &v);
			v = (struct verdict){ b->outlet, b->parcel,    m->err,
					      0,         m->partition, BFS_NO_OFFSET };
		}
		v.n++;
		tally_add(x, &tally, m, b != run);
		if (!m->err && m->offset > v.last_offset)
			v.last_offset = m->offset;
		if (b != run) {
			settle_run(p, run, run_n);
			run = b;
			run_n = 0;
		}
		run_n++;
	}
	settle_run(p, run, run_n);
	tally_show(x, &tally);
	deliver(p, g, &v);
}

/* --- the thread ------------------------------------------------------------------------------- */

static void drain(struct bfs_producer *p, struct bfs_generation *g)
{
	rd_kafka_event_t *ev;

	while ((ev = rd_kafka_queue_poll(g->queue, 0))) {
		if (rd_kafka_event_type(ev) == RD_KAFKA_EVENT_DR)
			report(p, g, ev);
		else if (bfs_statistics_take(p->statistics, BFS_ROLE_PRODUCER, ev))
			; /* that was all */
		else if (bfs_handle_event(g->handle, p->word, ev))
			bfs_generation_die(p, g);
		rd_kafka_event_destroy(ev);
	}
}

/* What a dead handle never reported. */
static void report_rest(struct bfs_producer *p, struct bfs_generation *g)
{
	struct bfs_list *n;

	bfs_mutex_lock(&p->lock);
	while ((n = bfs_list_pop(&g->batches))) {
		struct bfs_batch *b = bfs_container(n, struct bfs_batch, node);
		struct verdict v = { b->outlet,
				     b->parcel,
				     RD_KAFKA_RESP_ERR__FATAL,
				     b->left,
				     b->outlet->partition,
				     BFS_NO_OFFSET };

		free(b);
		bfs_mutex_unlock(&p->lock);
		bfs_metrics_add(p->statistics->metrics, BFS_METRIC_UNCONFIRMED_RECORDS,
				(uint64_t)v.n);
		deliver(p, g, &v);
		bfs_mutex_lock(&p->lock);
	}
	while ((n = bfs_list_pop(&g->outlets)))
		bfs_outlet_unbind(bfs_container(n, struct bfs_outlet, bound));
	bfs_list_del(&g->node);
	bfs_mutex_unlock(&p->lock);
}

/* Purges a dead generation, and buries it once all is reported. */
static void bury(struct bfs_producer *p, struct bfs_generation *g)
{
	bool ready;

	if (!g->purged) {
		rd_kafka_purge(g->handle->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
						      RD_KAFKA_PURGE_F_NON_BLOCKING);
		g->purged = true;
		g->until = bfs_clock_ms() + PURGE_MS;
		if (!p->stopping)
			bfs_error("producer replaced: %s", g->why.text);
	}
	bfs_mutex_lock(&p->lock);
	ready = !g->callers && (bfs_list_empty(&g->batches) || bfs_clock_ms() >= g->until);
	bfs_mutex_unlock(&p->lock);
	if (!ready)
		return;
	report_rest(p, g);
	rd_kafka_queue_io_event_enable(g->queue, -1, NULL, 0);
	rd_kafka_queue_destroy(g->queue);
	bfs_handle_put(g->handle);
	free(g);
}

/* One generation after the other; a dead one may be gone after its turn. False when there is none.
 */
static bool serve(struct bfs_producer *p, bool *ret_dying)
{
	struct bfs_list *n, *tmp, all;
	bool dead;

	*ret_dying = false;
	bfs_list_init(&all);
	bfs_mutex_lock(&p->lock);
	bfs_list_splice(&all, &p->generations);
	bfs_mutex_unlock(&p->lock);
	bfs_list_each(n, tmp, &all) {
		struct bfs_generation *g = bfs_container(n, struct bfs_generation, node);

		bfs_list_del(n);
		bfs_mutex_lock(&p->lock);
		bfs_list_add(&p->generations, n);
		dead = g->dead;
		bfs_mutex_unlock(&p->lock);
		drain(p, g);
		if (dead) {
			*ret_dying = true;
			bury(p, g);
		}
	}
	bfs_mutex_lock(&p->lock);
	dead = bfs_list_empty(&p->generations);
	bfs_mutex_unlock(&p->lock);
	return !dead;
}

/* How long to sleep: dying generations are looked at often, a pause has its end. Creates the next
 * one when it is over. */
static int tend(struct bfs_producer *p, bool dying)
{
	int64_t at, left;
	bool due;

	bfs_mutex_lock(&p->lock);
	at = p->now || p->stopping ? 0 : p->reborn_at;
	left = at - bfs_clock_ms();
	due = at && left <= 0;
	bfs_mutex_unlock(&p->lock);
	if (due)
		bfs_generation_new(p);
	if (dying)
		return 10;
	return at && !due ? (int)left + 1 : -1;
}

void *bfs_producer_run(void *arg)
{
	struct bfs_producer *p = arg;
	struct pollfd pfds[2] = {
		{ .fd = p->mail.fd, .events = POLLIN },
		{ .fd = p->wake, .events = POLLIN },
	};
	struct bfs_list none;
	bool dying = false, any = false;
	uint64_t count;

	while (any || !atomic_load(&p->quit)) {
		poll(pfds, 2, tend(p, dying));
		if (read(p->wake, &count, sizeof(count)) < 0 && errno != EAGAIN)
			bfs_error("eventfd: %s", strerror(errno));
		bfs_list_init(&none);
		bfs_mailbox_take(&p->mail, &none);
		any = serve(p, &dying);
	}
	return NULL;
}
