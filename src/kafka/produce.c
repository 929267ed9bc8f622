/* produce.c - records to partitions, and what became of them.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "kafka/error.h"
#include "kafka/produce.h"

#define CHUNK 128	/* records a call of rd_kafka_produce_batch */
#define PURGE_MS 500	/* a dead handle has this long to report what it purged */
#define PAUSE_MIN 100	/* between deaths, doubling */
#define PAUSE_MAX 10000
#define QUIET_MS 60000	/* a handle that lived so long died of something new */
#define FLUSH_MS 2

/* A producer handle, from its creation to the last report. */
struct generation {
	struct bfs_list node;	/* in generations, protected by lock */
	struct bfs_handle *handle;
	rd_kafka_queue_t *queue;	/* delivery reports, errors, log */
	struct bfs_list batches;	/* not reported in full; protected by lock */
	struct bfs_list outlets;	/* with a topic handle of this one; protected by lock */
	int callers;	/* inside rd_kafka_produce_batch; protected by lock */
	bool dead;	/* protected by lock; takes no more records */
	bool purged;	/* producer thread */
	int64_t until;	/* producer thread; when reports of a dead one are given up */
	int err;	/* when dead: what its records are reported with */
	struct bfs_why why;
};

struct bfs_outlet {
	struct bfs_producer *p;
	struct bfs_list node;	/* in p->outlets */
	char *topic;
	int32_t partition;
	bfs_delivered_fn *delivered;
	void *arg;
	atomic_bool known;	/* the topic was in a list of topics */
	struct generation *gen;	/* whose topic handle this is; protected by lock */
	struct bfs_list bound;	/* in gen->outlets */
	rd_kafka_topic_t *rkt;
	long unreported;	/* records taken and not reported; protected by lock */
	int callers;	/* protected by lock */
	bool closed;	/* protected by lock */
};

/* The records of one produce() call. */
struct batch {
	struct bfs_list node;	/* in gen->batches, protected by lock */
	struct bfs_outlet *outlet;
	void *parcel;
	int left;	/* not reported yet, or not handed over; protected by lock */
};

struct bfs_producer {
	struct bfs_mutex lock;	/* rank KAFKA */
	const struct bfs_conf *conf;
	struct bfs_meta *meta;
	struct bfs_last_word *word;
	struct bfs_reaper *reaper;
	struct bfs_mailbox mail;	/* kicks the producer thread */
	int wake;	/* eventfd of the queues */
	pthread_t thread;
	struct bfs_list generations;	/* protected by lock; removed by the producer thread only */
	struct generation *now;	/* protected by lock; NULL before the first outlet and in a pause */
	int64_t born;	/* protected by lock; when `now` was made */
	int64_t reborn_at;	/* protected by lock; the end of the pause */
	int pause;	/* protected by lock */
	int err;	/* protected by lock; why there is no handle */
	struct bfs_why why;
	struct bfs_list outlets;	/* protected by lock */
	atomic_bool stopping;	/* no more records */
	atomic_bool quit;	/* ends the thread once all generations are gone */
	long lost;	/* producer thread; records not delivered at the end */

	pthread_t hurrier;
	pthread_cond_t hurry;
	bool hurrying;	/* protected by lock; the thread runs */
	bool hurried;	/* protected by lock; somebody waits for an acknowledgement */
};

static void *run(void *arg);

/* --- outlets and batches: counting ------------------------------------------------------------------ */

static void unbind(struct bfs_outlet *o)
{
	if (!o->gen)
		return;
	rd_kafka_topic_destroy(o->rkt);
	bfs_list_del(&o->bound);
	o->gen = NULL;
	o->rkt = NULL;
}

static void outlet_free(struct bfs_outlet *o)
{
	unbind(o);
	bfs_list_del(&o->node);
	free(o->topic);
	free(o);
}

/* With the lock held: frees the outlet after its last report. */
static void outlet_settle(struct bfs_outlet *o)
{
	if (o->closed && !o->unreported && !o->callers)
		outlet_free(o);
}

static void batch_settle(struct batch *b, int n)
{
	b->left -= n;
	if (b->left)
		return;
	bfs_list_del(&b->node);
	free(b);
}

/* --- generations -------------------------------------------------------------------------------------- */

/* Creates the handle; called without the lock, takes it to publish. */
static void generation_new(struct bfs_producer *p)
{
	struct generation *g = bfs_zalloc(sizeof(*g));
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
static void explain_death(struct generation *g)
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

static void generation_die(struct bfs_producer *p, struct generation *g)
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

/* --- opening, producing ------------------------------------------------------------------------------- */

struct bfs_outlet *bfs_outlet_open(struct bfs_producer *p, const char *topic, int32_t partition,
				   bfs_delivered_fn *delivered, void *arg)
{
	struct bfs_outlet *o = bfs_zalloc(sizeof(*o));
	bool first;

	o->p = p;
	o->topic = bfs_strdup(topic);
	o->partition = partition;
	o->delivered = delivered;
	o->arg = arg;
	atomic_init(&o->known, bfs_meta_known(p->meta, topic, partition));
	bfs_mutex_lock(&p->lock);
	bfs_list_add(&p->outlets, &o->node);
	first = !p->now && !p->reborn_at;
	bfs_mutex_unlock(&p->lock);
	if (first)
		generation_new(p);
	return o;
}

/* With the lock held: gives the outlet a topic handle of the present generation. */
static int bind_outlet(struct bfs_outlet *o, struct bfs_why *why)
{
	struct bfs_producer *p = o->p;

	if (p->stopping)
		return bfs_fail(why, -ENODEV, "brokerfs is ending");
	if (!p->now)
		return bfs_fail(why, p->err, "%s/%d: %s", o->topic, (int)o->partition, p->why.text);
	if (o->gen == p->now)
		return 0;
	/* The topic handle of a dead generation is still in use by another call. */
	if (o->gen && o->callers)
		return bfs_fail(why, -EAGAIN, "%s/%d: the producer is being replaced", o->topic,
				(int)o->partition);
	unbind(o);
	o->rkt = rd_kafka_topic_new(p->now->handle->rk, o->topic, NULL);
	if (!o->rkt)
		return bfs_kafka_fail(why, rd_kafka_last_error(), NULL, "%s", o->topic);
	o->gen = p->now;
	bfs_list_add(&o->gen->outlets, &o->bound);
	return 0;
}

/* Hands over up to CHUNK records; how many were taken, and why not the next one. */
static int hand_chunk(struct bfs_outlet *o, const struct bfs_message *messages, int n,
		      struct batch *b, rd_kafka_resp_err_t *ret_err)
{
	size_t max = bfs_conf_message_max(o->p->conf);
	rd_kafka_message_t chunk[CHUNK];
	int i, fit;

	*ret_err = RD_KAFKA_RESP_ERR_NO_ERROR;
	for (fit = 0; fit < n && fit < CHUNK; fit++) {
		const struct bfs_message *m = &messages[fit];

		if (m->key_len + m->value_len > max) {
			*ret_err = RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
			break;
		}
		chunk[fit] = (rd_kafka_message_t){
			.payload = (void *)m->value, .len = m->value_len,
			.key = (void *)m->key, .key_len = m->key_len,
			._private = b,
		};
	}
	if (fit)
		rd_kafka_produce_batch(o->rkt, o->partition, RD_KAFKA_MSG_F_COPY, chunk, fit);
	/* Sizes were checked, so what failed is a tail: queue full, or something that concerns all. */
	for (i = 0; i < fit && !chunk[i].err; i++)
		;
	if (i < fit)
		*ret_err = chunk[i].err;
	return i;
}

static int hand_all(struct bfs_outlet *o, const struct bfs_message *messages, int n,
		    struct batch *b, rd_kafka_resp_err_t *ret_err)
{
	int taken = 0, part;

	*ret_err = RD_KAFKA_RESP_ERR_NO_ERROR;
	while (taken < n && !*ret_err) {
		part = hand_chunk(o, messages + taken, n - taken, b, ret_err);
		taken += part;
	}
	return taken;
}

static bool known(struct bfs_outlet *o)
{
	if (!atomic_load(&o->known))
		atomic_store(&o->known, bfs_meta_known(o->p->meta, o->topic, o->partition));
	return atomic_load(&o->known);
}

/* One try with the present generation. *ret_dead: it turned out to be dead, the next may take them. */
static int produce(struct bfs_outlet *o, const struct bfs_message *messages, int n, void *parcel,
		   struct bfs_why *ret_why, bool *ret_dead)
{
	struct bfs_producer *p = o->p;
	struct batch *b = bfs_zalloc(sizeof(*b));
	struct generation *g;
	rd_kafka_resp_err_t err;
	int taken, no;

	b->outlet = o;
	b->parcel = parcel;
	b->left = n + 1;	/* one for this call: all may be reported before it ends */

	bfs_mutex_lock(&p->lock);
	no = bind_outlet(o, ret_why);
	if (no) {
		bfs_mutex_unlock(&p->lock);
		free(b);
		return no;
	}
	g = o->gen;
	g->callers++;
	o->callers++;
	o->unreported += n;
	bfs_list_add(&g->batches, &b->node);
	bfs_mutex_unlock(&p->lock);

	taken = hand_all(o, messages, n, b, &err);
	no = taken;
	if (!taken)
		no = bfs_kafka_fail(ret_why, err, NULL, "%s/%d", o->topic, (int)o->partition);
	*ret_dead = err == RD_KAFKA_RESP_ERR__FATAL;
	if (*ret_dead)
		generation_die(p, g);

	bfs_mutex_lock(&p->lock);
	batch_settle(b, n - taken + 1);
	o->unreported -= n - taken;
	o->callers--;
	g->callers--;
	outlet_settle(o);
	bfs_mutex_unlock(&p->lock);
	return no;
}

int bfs_outlet_produce(struct bfs_outlet *o, const struct bfs_message *messages, int n,
		       void *parcel, struct bfs_why *ret_why)
{
	struct bfs_producer *p = o->p;
	bool dead = false, due;
	int no;

	if (n <= 0)
		return 0;
	if (!known(o))
		return bfs_kafka_fail(ret_why, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, NULL,
				      "%s/%d", o->topic, (int)o->partition);
	no = produce(o, messages, n, parcel, ret_why, &dead);
	if (no > 0 || !dead)
		return no;
	bfs_mutex_lock(&p->lock);
	due = !p->now && p->reborn_at <= bfs_clock_ms();
	bfs_mutex_unlock(&p->lock);
	if (due)
		generation_new(p);
	return produce(o, messages, n, parcel, ret_why, &dead);
}

void bfs_outlet_close(struct bfs_outlet *o)
{
	struct bfs_producer *p = o->p;

	bfs_mutex_lock(&p->lock);
	o->closed = true;
	outlet_settle(o);
	bfs_mutex_unlock(&p->lock);
}

/* --- hurry ---------------------------------------------------------------------------------------------- */

/* rd_kafka_flush() makes brokers' threads ignore linger.ms while it waits; its wait ends early when all is reported. */
static void *hurry(void *arg)
{
	struct bfs_producer *p = arg;
	struct bfs_handle *h;

	bfs_mutex_lock(&p->lock);
	while (!p->stopping) {
		if (!p->hurried || !p->now) {
			p->hurried = false;
			pthread_cond_wait(&p->hurry, &p->lock.mutex);
			continue;
		}
		p->hurried = false;
		h = bfs_handle_get(p->now->handle);
		bfs_mutex_unlock(&p->lock);
		rd_kafka_flush(h->rk, FLUSH_MS);
		bfs_handle_put(h);
		bfs_mutex_lock(&p->lock);
	}
	bfs_mutex_unlock(&p->lock);
	return NULL;
}

void bfs_producer_hurry(struct bfs_producer *p)
{
	bfs_mutex_lock(&p->lock);
	if (!p->hurrying && !p->stopping)
		p->hurrying = bfs_thread_start(&p->hurrier, "hurry", hurry, p) == 0;
	p->hurried = true;
	pthread_cond_signal(&p->hurry);
	bfs_mutex_unlock(&p->lock);
}

/* --- delivery reports ----------------------------------------------------------------------------------- */

/* Consecutive records of one parcel with one verdict. */
struct verdict {
	struct bfs_outlet *outlet;
	void *parcel;
	rd_kafka_resp_err_t err;
	int n;
	int64_t last_offset;
};

static int explain(struct bfs_producer *p, const struct generation *g, const struct verdict *v,
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
		return bfs_fail(why, g->err, "%s/%d: %s", o->topic, (int)o->partition, g->why.text);
	if (v->err == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT)
		return bfs_last_word_fail(p->word, why, "%s/%d", o->topic, (int)o->partition);
	if (v->err == RD_KAFKA_RESP_ERR__FATAL)
		return bfs_fail(why, -EIO, "%s/%d: the producer failed", o->topic,
				(int)o->partition);
	return bfs_kafka_fail(why, v->err, NULL, "%s/%d", o->topic, (int)o->partition);
}

static void deliver(struct bfs_producer *p, const struct generation *g, const struct verdict *v)
{
	struct bfs_outlet *o = v->outlet;
	struct bfs_why why;
	int err;

	if (!v->n)
		return;
	err = explain(p, g, v, &why);
	if (err && p->stopping)
		p->lost += v->n;
	o->delivered(o->arg, v->parcel, v->n, err, &why, v->last_offset);
	bfs_mutex_lock(&p->lock);
	o->unreported -= v->n;
	outlet_settle(o);
	bfs_mutex_unlock(&p->lock);
}

static bool same(const struct verdict *v, const struct batch *b, rd_kafka_resp_err_t err)
{
	return v->n && v->outlet == b->outlet && v->parcel == b->parcel && v->err == err;
}

static void settle_run(struct bfs_producer *p, struct batch *b, int n)
{
	if (!b)
		return;
	bfs_mutex_lock(&p->lock);
	batch_settle(b, n);
	bfs_mutex_unlock(&p->lock);
}

static void report(struct bfs_producer *p, struct generation *g, rd_kafka_event_t *ev)
{
	struct verdict v = { 0 };
	const rd_kafka_message_t *m;
	struct batch *run = NULL;
	int run_n = 0;

	while ((m = rd_kafka_event_message_next(ev))) {
		struct batch *b = m->_private;

		if (!same(&v, b, m->err)) {
			deliver(p, g, &v);
			v = (struct verdict){ b->outlet, b->parcel, m->err, 0, BFS_NO_OFFSET };
		}
		v.n++;
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
	deliver(p, g, &v);
}

/* --- the thread -------------------------------------------------------------------------------------------- */

static void drain(struct bfs_producer *p, struct generation *g)
{
	rd_kafka_event_t *ev;

	while ((ev = rd_kafka_queue_poll(g->queue, 0))) {
		if (rd_kafka_event_type(ev) == RD_KAFKA_EVENT_DR)
			report(p, g, ev);
		else if (bfs_handle_event(g->handle, p->word, ev))
			generation_die(p, g);
		rd_kafka_event_destroy(ev);
	}
}

/* What a dead handle never reported. */
static void report_rest(struct bfs_producer *p, struct generation *g)
{
	struct bfs_list *n;

	bfs_mutex_lock(&p->lock);
	while ((n = bfs_list_pop(&g->batches))) {
		struct batch *b = bfs_container(n, struct batch, node);
		struct verdict v = { b->outlet, b->parcel, RD_KAFKA_RESP_ERR__FATAL, b->left,
				     BFS_NO_OFFSET };

		free(b);
		bfs_mutex_unlock(&p->lock);
		deliver(p, g, &v);
		bfs_mutex_lock(&p->lock);
	}
	while ((n = bfs_list_pop(&g->outlets)))
		unbind(bfs_container(n, struct bfs_outlet, bound));
	bfs_list_del(&g->node);
	bfs_mutex_unlock(&p->lock);
}

/* Purges a dead generation, and buries it once all is reported. */
static void bury(struct bfs_producer *p, struct generation *g)
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

/* One generation after the other; a dead one may be gone after its turn. False when there is none. */
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
		struct generation *g = bfs_container(n, struct generation, node);

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

/* How long to sleep: dying generations are looked at often, a pause has its end. Creates the next one when it is over. */
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
		generation_new(p);
	if (dying)
		return 10;
	return at && !due ? (int)left + 1 : -1;
}

static void *run(void *arg)
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

/* --- life cycle ----------------------------------------------------------------------------------------------- */

struct bfs_producer *bfs_producer_new(const struct bfs_conf *conf, struct bfs_meta *meta,
				      struct bfs_last_word *word, struct bfs_reaper *reaper,
				      struct bfs_why *why)
{
	struct bfs_producer *p = bfs_zalloc(sizeof(*p));
	int err;

	p->conf = conf;
	p->meta = meta;
	p->word = word;
	p->reaper = reaper;
	bfs_list_init(&p->generations);
	bfs_list_init(&p->outlets);
	bfs_mutex_init(&p->lock, BFS_RANK_KAFKA);
	pthread_cond_init(&p->hurry, NULL);
	p->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = p->wake < 0 ? -errno : bfs_mailbox_init(&p->mail);
	if (!err) {
		err = bfs_thread_start(&p->thread, "producer", run, p);
		if (!err)
			return p;
		bfs_mailbox_fini(&p->mail);
	}
	bfs_fail(why, err, "thread producer: %s", strerror(-err));
	if (p->wake >= 0)
		close(p->wake);
	pthread_cond_destroy(&p->hurry);
	bfs_mutex_fini(&p->lock);
	free(p);
	return NULL;
}

static void stop_taking(struct bfs_producer *p)
{
	bfs_mutex_lock(&p->lock);
	p->stopping = true;
	pthread_cond_signal(&p->hurry);
	bfs_mutex_unlock(&p->lock);
	if (p->hurrying)
		pthread_join(p->hurrier, NULL);
}

/* Delivers what was accepted while there is time, then declares the handle dead. */
static void last_flush(struct bfs_producer *p, int64_t deadline)
{
	struct generation *g;
	int64_t left;

	bfs_mutex_lock(&p->lock);
	g = p->now;
	bfs_mutex_unlock(&p->lock);
	if (!g)
		return;
	left = deadline - bfs_clock_ms() - PURGE_MS / 2;
	rd_kafka_flush(g->handle->rk, left < 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left);
	bfs_mutex_lock(&p->lock);
	if (p->now == g) {
		p->now = NULL;
		g->dead = true;
		g->err = bfs_fail(&g->why, -ETIMEDOUT, "not acknowledged before the end");
	}
	bfs_mutex_unlock(&p->lock);
}

void bfs_producer_stop(struct bfs_producer *p, int64_t deadline)
{
	if (!p)
		return;
	stop_taking(p);
	last_flush(p, deadline);
	atomic_store(&p->quit, true);
	bfs_mailbox_kick(&p->mail);
	pthread_join(p->thread, NULL);
	if (p->lost)
		bfs_error("%ld records were not confirmed before the end", p->lost);
}

void bfs_producer_free(struct bfs_producer *p)
{
	if (!p)
		return;
	while (!bfs_list_empty(&p->outlets))
		outlet_free(bfs_container(p->outlets.next, struct bfs_outlet, node));
	bfs_mailbox_fini(&p->mail);
	close(p->wake);
	pthread_cond_destroy(&p->hurry);
	bfs_mutex_fini(&p->lock);
	free(p);
}
