/* produce.c - records to partitions, and what became of them.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "core/name.h"
#include "kafka/error.h"
#include "kafka/produce_inner.h"

#define CHUNK         128 /* records a call of rd_kafka_produce_batch */
#define FLUSH_MS      10  /* how long hurry goes on while records are in flight, */
#define COLD_FLUSH_MS 250 /* and before the first was delivered: connections take their time */
#define UPDATE_MS     500 /* how long it waits for metadata */

/* Has it been in a list of topics? */
static bool topic_known(const struct bfs_outlet *o)
{
	return bfs_meta_known(o->p->meta, o->topic, o->partition == BFS_ANY ? 0 : o->partition);
}

/* --- hurry ------------------------------------------------------------------------------------ */

/* Asks for the topics that the handle knows, which is how it learns of their new partitions. */
static void update(struct bfs_handle *h)
{
	const struct rd_kafka_metadata *md;

	if (!rd_kafka_metadata(h->rk, 0, NULL, &md, UPDATE_MS))
		rd_kafka_metadata_destroy(md);
}

/* rd_kafka_flush() makes brokers' threads ignore linger.ms while it waits; its wait ends early when
 * all is reported. With the lock held, which it gives up meanwhile. */
static void flush(struct bfs_producer *p)
{
	struct bfs_handle *h = bfs_handle_get(p->now->handle);
	int ms = p->now->warm ? FLUSH_MS : COLD_FLUSH_MS;
	bool outdated = p->outdated;

	p->outdated = false;
	bfs_mutex_unlock(&p->lock);
	if (outdated)
		update(h);
	rd_kafka_flush(h->rk, ms);
	bfs_handle_put(h);
	bfs_mutex_lock(&p->lock);
}

static void *hurry(void *arg)
{
	struct bfs_producer *p = arg;

	bfs_mutex_lock(&p->lock);
	while (!p->stopping) {
		bool due = p->hurried && p->now;

		p->hurried = false;
		if (due)
			flush(p);
		else
			pthread_cond_wait(&p->hurry, &p->lock.mutex);
	}
	bfs_mutex_unlock(&p->lock);
	return NULL;
}

static void call_hurry(struct bfs_producer *p)
{
	bfs_mutex_lock(&p->lock);
	p->hurried = true;
	if (!p->hurrying && !p->stopping)
		p->hurrying = bfs_thread_start(&p->hurrier, "hurry", hurry, p) == 0;
	pthread_cond_signal(&p->hurry);
	bfs_mutex_unlock(&p->lock);
}

void bfs_producer_hurry(struct bfs_producer *p)
{
	if (bfs_conf_lingers(p->conf))
		call_hurry(p);
}

/* --- opening, producing ----------------------------------------------------------------------- */

struct bfs_outlet *bfs_outlet_open(struct bfs_producer *p, const char *topic, int32_t partition,
				   bfs_delivered_fn *delivered, void *arg)
{
	struct bfs_outlet *o = bfs_zalloc(sizeof(*o));
	bool first;

	o->p = p;
	o->topic = bfs_strdup(topic);
	o->partition = partition;
	o->name = bfs_name_format(topic, partition);
	o->delivered = delivered;
	o->arg = arg;
	atomic_init(&o->known, topic_known(o));
	bfs_mutex_lock(&p->lock);
	bfs_list_add(&p->outlets, &o->node);
	first = !p->now && !p->reborn_at;
	bfs_mutex_unlock(&p->lock);
	if (first)
		bfs_generation_new(p);
	return o;
}

/* With the lock held: gives the outlet a topic handle of the present generation. */
static int bind_outlet(struct bfs_outlet *o, struct bfs_why *why)
{
	struct bfs_producer *p = o->p;

	if (p->stopping)
		return bfs_fail(why, -ENODEV, "brokerfs is ending");
	if (!p->now)
		return bfs_fail(why, p->err, "%s: %s", o->name, p->why.text);
	if (o->gen == p->now)
		return 0;
	/* The topic handle of a dead generation is still in use by another call. */
	if (o->gen && o->callers)
		return bfs_fail(why, -EAGAIN, "%s: the producer is being replaced", o->name);
	bfs_outlet_unbind(o);
	o->rkt = rd_kafka_topic_new(p->now->handle->rk, o->topic, NULL);
	if (!o->rkt)
		return bfs_kafka_fail(why, rd_kafka_last_error(), NULL, "%s", o->topic);
	o->gen = p->now;
	bfs_list_add(&o->gen->outlets, &o->bound);
	return 0;
}

/* rd_kafka_produce_batch() knows neither headers nor times. */
static bool is_simple(const struct bfs_record *r)
{
	return !r->n_headers && r->timestamp <= 0;
}

/* Hands over up to CHUNK simple records; how many were taken, and why not the next one. */
static int hand_chunk(struct bfs_outlet *o, const struct bfs_record *records, int n,
		      struct bfs_batch *b, rd_kafka_resp_err_t *ret_err)
{
	rd_kafka_message_t chunk[CHUNK];
	int i, fit;

	for (fit = 0; fit < n && fit < CHUNK && is_simple(&records[fit]); fit++) {
		const struct bfs_record *r = &records[fit];

		if (r->key_len + r->value_len > bfs_conf_message_max(o->p->conf)) {
			*ret_err = RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
			break;
		}
		chunk[fit] = (rd_kafka_message_t){
			.payload = (void *)r->value,
			.len = r->value_len,
			.key = (void *)r->key,
			.key_len = r->key_len,
			._private = b,
		};
	}
	if (fit)
		rd_kafka_produce_batch(o->rkt, o->partition, RD_KAFKA_MSG_F_COPY, chunk, fit);
	/* Sizes were checked, so what failed is a tail: queue full, or something that concerns all.
	 */
	for (i = 0; i < fit && !chunk[i].err; i++)
		;
	if (i < fit)
		*ret_err = chunk[i].err;
	return i;
}

static rd_kafka_headers_t *headers_of(const struct bfs_record *r)
{
	rd_kafka_headers_t *headers = rd_kafka_headers_new(r->n_headers);

	for (size_t i = 0; i < r->n_headers; i++) {
		const struct bfs_header *h = &r->headers[i];

		rd_kafka_header_add(headers, h->name, -1, h->value, (ssize_t)h->value_len);
	}
	return headers;
}

/* Hands over one record with all it has; whether it was taken. The key's and value's NULL stay what
 * they are. */
static int hand_full(struct bfs_outlet *o, const struct bfs_record *r, struct bfs_batch *b,
		     rd_kafka_resp_err_t *ret_err)
{
	rd_kafka_headers_t *headers = headers_of(r);
	int64_t when = r->timestamp > 0 ? r->timestamp : 0;

	*ret_err = RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
	if (r->key_len + r->value_len <= bfs_conf_message_max(o->p->conf))
		*ret_err =
			rd_kafka_producev(o->gen->handle->rk, RD_KAFKA_V_RKT(o->rkt),
					  RD_KAFKA_V_PARTITION(o->partition),
					  RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
					  RD_KAFKA_V_VALUE((void *)r->value, r->value_len),
					  RD_KAFKA_V_KEY(r->key, r->key_len),
					  RD_KAFKA_V_TIMESTAMP(when), RD_KAFKA_V_HEADERS(headers),
					  RD_KAFKA_V_OPAQUE(b), RD_KAFKA_V_END);
	if (*ret_err)
		rd_kafka_headers_destroy(headers);
	return !*ret_err;
}

static int hand_all(struct bfs_outlet *o, const struct bfs_record *records, int n,
		    struct bfs_batch *b, rd_kafka_resp_err_t *ret_err)
{
	int taken = 0;

	*ret_err = RD_KAFKA_RESP_ERR_NO_ERROR;
	while (taken < n && !*ret_err) {
		if (is_simple(&records[taken]))
			taken += hand_chunk(o, records + taken, n - taken, b, ret_err);
		else
			taken += hand_full(o, &records[taken], b, ret_err);
	}
	return taken;
}

static bool known(struct bfs_outlet *o)
{
	if (!atomic_load(&o->known))
		atomic_store(&o->known, topic_known(o));
	return atomic_load(&o->known);
}

/* The topic has grown: lists show the partition, but the producer's own metadata is older, and it
 * would ask by itself only after minutes. Thread `hurry` asks; the record waits as if for room. */
static int learn(struct bfs_outlet *o, struct bfs_why *why)
{
	struct bfs_producer *p = o->p;

	if (!topic_known(o))
		return bfs_kafka_fail(why, RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, NULL, "%s",
				      o->name);
	bfs_mutex_lock(&p->lock);
	p->outdated = true;
	bfs_mutex_unlock(&p->lock);
	call_hurry(p);
	return bfs_fail(why, -EAGAIN, "%s: the producer has not heard of it yet", o->name);
}

/* One try with the present generation. *ret_dead: it turned out to be dead, the next may take them.
 */
static int produce(struct bfs_outlet *o, const struct bfs_record *records, int n, void *parcel,
		   struct bfs_why *ret_why, bool *ret_dead)
{
	struct bfs_producer *p = o->p;
	struct bfs_batch *b = bfs_zalloc(sizeof(*b));
	struct bfs_generation *g;
	rd_kafka_resp_err_t err;
	int taken, no;

	b->outlet = o;
	b->parcel = parcel;
	b->left = n + 1; /* one for this call: all may be reported before it ends */

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

	taken = hand_all(o, records, n, b, &err);
	no = taken;
	if (!taken)
		no = bfs_kafka_fail(ret_why, err, NULL, "%s", o->name);
	if (err == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION)
		no = learn(o, ret_why);
	*ret_dead = err == RD_KAFKA_RESP_ERR__FATAL;
	if (*ret_dead)
		bfs_generation_die(p, g);

	bfs_mutex_lock(&p->lock);
	bfs_batch_settle(b, n - taken + 1);
	o->unreported -= n - taken;
	o->callers--;
	g->callers--;
	bfs_outlet_settle(o);
	bfs_mutex_unlock(&p->lock);
	return no;
}

int bfs_outlet_produce(struct bfs_outlet *o, const struct bfs_record *records, int n, void *parcel,
		       struct bfs_why *ret_why)
{
	struct bfs_producer *p = o->p;
	bool dead = false, due;
	int no;

	if (n <= 0)
		return 0;
	if (!known(o))
		return bfs_kafka_fail(ret_why, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, NULL, "%s",
				      o->name);
	no = produce(o, records, n, parcel, ret_why, &dead);
	if (no > 0 || !dead)
		return no;
	bfs_mutex_lock(&p->lock);
	due = !p->now && p->reborn_at <= bfs_clock_ms();
	bfs_mutex_unlock(&p->lock);
	if (due)
		bfs_generation_new(p);
	return produce(o, records, n, parcel, ret_why, &dead);
}

void bfs_outlet_close(struct bfs_outlet *o)
{
	struct bfs_producer *p = o->p;

	bfs_mutex_lock(&p->lock);
	o->closed = true;
	bfs_outlet_settle(o);
	bfs_mutex_unlock(&p->lock);
}

/* --- life cycle ------------------------------------------------------------------------------- */

struct bfs_producer *bfs_producer_new(const struct bfs_conf *conf, struct bfs_meta *meta,
				      struct bfs_last_word *word, struct bfs_reaper *reaper,
				      struct bfs_statistics *statistics, struct bfs_why *why)
{
	struct bfs_producer *p = bfs_zalloc(sizeof(*p));
	int err;

	p->conf = conf;
	p->meta = meta;
	p->word = word;
	p->reaper = reaper;
	p->statistics = statistics;
	bfs_list_init(&p->generations);
	bfs_list_init(&p->outlets);
	bfs_mutex_init(&p->lock, BFS_RANK_KAFKA);
	pthread_cond_init(&p->hurry, NULL);
	p->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = p->wake < 0 ? -errno : bfs_mailbox_init(&p->mail);
	if (!err) {
		err = bfs_thread_start(&p->thread, "producer", bfs_producer_run, p);
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
	struct bfs_handle *h = NULL;
	struct bfs_generation *g;
	int64_t left;

	bfs_mutex_lock(&p->lock);
	g = p->now;
	if (g)
		h = bfs_handle_get(g->handle); /* a fatal error may bury g meanwhile */
	bfs_mutex_unlock(&p->lock);
	if (!h)
		return;
	left = deadline - bfs_clock_ms() - PURGE_MS / 2;
	rd_kafka_flush(h->rk, left < 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left);
	bfs_handle_put(h);
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
		bfs_outlet_free(bfs_container(p->outlets.next, struct bfs_outlet, node));
	bfs_mailbox_fini(&p->mail);
	close(p->wake);
	pthread_cond_destroy(&p->hurry);
	bfs_mutex_fini(&p->lock);
	free(p);
}
