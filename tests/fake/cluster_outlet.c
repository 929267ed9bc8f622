/* cluster_outlet.c - the fake cluster's outlets: records in flight, their reports.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "core/name.h"
#include "tests/fake/cluster_inner.h"
#include "tests/fake/fake.h"

struct bfs_outlet {
	struct fake_cluster *c;
	struct bfs_list link;
	char *topic;
	int32_t partition;
	bfs_delivered_fn *delivered;
	void *arg;
	struct fake_job pump;

	/* Protected by the cluster's lock. */
	struct bfs_list in_flight; /* struct pending */
	bool closing;
	int released; /* of the records that are held */
};

struct pending {
	struct bfs_list link;
	struct bfs_record record;
	void *parcel;
	int64_t due;
	bool decided; /* partition, offset, err, why are set */
	int32_t partition;
	int64_t offset;
	int err;
	struct bfs_why why;
};

/* Under the lock: a key's first byte says where it goes; without one it is partition 0. */
static int32_t choose(struct bfs_outlet *o, const struct bfs_record *r)
{
	int32_t n = 0;

	if (o->partition != BFS_ANY)
		return o->partition;
	while (fake_find(o->c, o->topic, n))
		n++;
	return r->key_len && n ? *(const unsigned char *)r->key % n : 0;
}

/* Under the lock: the broker takes the record, or not. */
static void decide(struct bfs_outlet *o, struct pending *q)
{
	struct fake_cluster *c = o->c;
	struct fake_partition *p;

	if (q->decided)
		return;
	q->decided = true;
	q->partition = choose(o, &q->record);
	p = fake_find(c, o->topic, q->partition);
	q->offset = BFS_NO_OFFSET;
	q->err = fake_take_failure(c, FAKE_DELIVERY, &q->why);
	if (!q->err && !p)
		q->err = bfs_fail(&q->why, -ENOENT, "Broker: Unknown topic or partition");
	if (q->err)
		return;
	q->offset = fake_store(p, &q->record);
	fake_feeds_wake(c);
	fake_members_wake(c);
}

/* Under the lock: the first record in flight if its report may go now. */
static struct pending *first_ready(struct bfs_outlet *o)
{
	struct pending *q;

	if (bfs_list_empty(&o->in_flight) || o->c->frozen || (o->c->hold_acks && !o->released))
		return NULL;
	q = bfs_container(o->in_flight.next, struct pending, link);
	return q->due <= bfs_clock_ms() ? q : NULL;
}

static void drop(struct bfs_outlet *o, struct pending *q)
{
	bfs_list_del(&q->link);
	o->c->in_flight--;
	if (o->released > 0)
		o->released--;
	free((void *)q->record.key);
	free((void *)q->record.value);
	fake_free_headers((struct bfs_header *)q->record.headers, q->record.n_headers);
	free(q);
}

/* Under the lock; gives it up for the callback. Reports the first one and those after it that
 * share its parcel and fate. */
static void report(struct bfs_outlet *o, struct pending *q)
{
	void *parcel = q->parcel;
	int64_t last = BFS_NO_OFFSET;
	struct bfs_why why;
	int n = 0, err;
	int32_t partition;

	decide(o, q);
	partition = q->partition;
	err = q->err;
	why = q->why;
	do {
		last = q->offset;
		drop(o, q);
		n++;
		q = first_ready(o);
		if (q)
			decide(o, q);
	} while (q && q->parcel == parcel && q->err == err && q->partition == partition &&
		 n < o->c->report_max);
	if (o->c->hide_offsets)
		last = BFS_NO_OFFSET;
	bfs_mutex_unlock(&o->c->lock);
	o->delivered(o->arg, parcel, n, err, &why, partition, last);
	fake_came_back("delivered");
	bfs_mutex_lock(&o->c->lock);
}

static void pump(struct fake_cluster *c, struct fake_job *j, int err)
{
	struct bfs_outlet *o = bfs_container(j, struct bfs_outlet, pump);
	struct pending *q;

	bfs_mutex_lock(&c->lock);
	while ((q = first_ready(o)))
		report(o, q);
	if (!err && !bfs_list_empty(&o->in_flight)) {
		q = bfs_container(o->in_flight.next, struct pending, link);
		if (q->due > bfs_clock_ms())
			fake_post(c, FAKE_PRODUCER, &o->pump, q->due);
	}
	bfs_mutex_unlock(&c->lock);
}

struct bfs_outlet *fake_outlet_open(struct bfs_cluster *cluster, const char *topic,
				    int32_t partition, bfs_delivered_fn *delivered, void *arg)
{
	struct fake_cluster *c = fake_enter(cluster);
	struct bfs_outlet *o = bfs_zalloc(sizeof(*o));

	if (!*topic || partition < BFS_ANY || !delivered)
		fake_die("outlet_open with senseless arguments");
	o->c = c;
	o->topic = bfs_strdup(topic);
	o->partition = partition;
	o->delivered = delivered;
	o->arg = arg;
	o->pump.run = pump;
	o->pump.deadline = BFS_NEVER;
	bfs_list_init(&o->in_flight);
	bfs_list_add(&c->all_outlets, &o->link);
	fake_leave(c);
	return o;
}

static void enter(struct bfs_outlet *o, const char *what)
{
	fake_enter(&o->c->cluster);
	if (o->closing)
		fake_die("%s on the outlet of %s/%d, which was closed", what, o->topic,
			 (int)o->partition);
}

static void accept(struct bfs_outlet *o, const struct bfs_record *m, void *parcel, int64_t due)
{
	struct pending *q = bfs_zalloc(sizeof(*q));

	q->record = (struct bfs_record){
		.timestamp = m->timestamp > 0 ? m->timestamp : bfs_clock_wall_ms(),
		.key = fake_copy(m->key, m->key_len),
		.key_len = m->key_len,
		.value = fake_copy(m->value, m->value_len),
		.value_len = m->value_len,
		.headers = fake_copy_headers(m->headers, m->n_headers),
		.n_headers = m->n_headers,
	};
	q->parcel = parcel;
	q->due = due;
	bfs_list_add(&o->in_flight, &q->link);
	o->c->in_flight++;
}

/* Under the lock: 0, or why this record is not taken. */
static int refuse(struct fake_cluster *c, const struct bfs_record *m, struct bfs_why *ret_why)
{
	int err = fake_take_failure(c, FAKE_PRODUCE, ret_why);

	if (err)
		return err;
	if (m->key_len + m->value_len > c->message_max)
		return bfs_fail(ret_why, -EMSGSIZE, "Broker: Message size too large");
	if (c->queue_max >= 0 && c->in_flight >= c->queue_max)
		return bfs_fail(ret_why, -EAGAIN, "Local: Queue full");
	return 0;
}

int fake_produce(struct bfs_outlet *o, const struct bfs_record *records, int n, void *parcel,
		 struct bfs_why *ret_why)
{
	struct fake_cluster *c = o->c;
	int taken, err = 0;
	int64_t due;

	enter(o, "produce");
	if (n <= 0)
		fake_die("produce of %d records", n);
	c->calls[FAKE_PRODUCE]++;
	due = bfs_clock_ms() + c->delay[FAKE_DELIVERY];
	for (taken = 0; taken < n; taken++) {
		const struct bfs_record *m = &records[taken];

		if ((!m->value && m->value_len) || (!m->key && m->key_len))
			fake_die("produce of %zu bytes at NULL", m->key_len + m->value_len);
		err = refuse(c, m, ret_why);
		if (err)
			break;
		accept(o, m, parcel, due);
	}
	if (taken)
		fake_post(c, FAKE_PRODUCER, &o->pump, due);
	fake_leave(c);
	return taken ? taken : err;
}

/* The one call that may come after the stop. */
void fake_outlet_close(struct bfs_outlet *o)
{
	bfs_mutex_lock(&o->c->lock);
	if (o->closing)
		fake_die("outlet_close on the outlet of %s/%d, which was closed", o->topic,
			 (int)o->partition);
	o->closing = true;
	bfs_mutex_unlock(&o->c->lock);
}

void fake_release_acks(struct fake_cluster *c, const char *topic, int32_t partition, int n)
{
	struct bfs_list *at, *tmp;

	bfs_mutex_lock(&c->lock);
	bfs_list_each(at, tmp, &c->all_outlets) {
		struct bfs_outlet *o = bfs_container(at, struct bfs_outlet, link);
		struct bfs_list *q, *next;
		int all = 0;

		if (o->partition != partition || !fake_same(o->topic, topic))
			continue;
		bfs_list_each(q, next, &o->in_flight)
			all++;
		o->released = n < 0 ? all : o->released + n;
		fake_post(c, FAKE_PRODUCER, &o->pump, bfs_clock_ms());
	}
	bfs_mutex_unlock(&c->lock);
}

int fake_outlets(struct fake_cluster *c)
{
	struct bfs_list *at, *tmp;
	int n = 0;

	bfs_mutex_lock(&c->lock);
	bfs_list_each(at, tmp, &c->all_outlets) {
		struct bfs_outlet *o = bfs_container(at, struct bfs_outlet, link);

		n += !o->closing || !bfs_list_empty(&o->in_flight);
	}
	bfs_mutex_unlock(&c->lock);
	return n;
}

void fake_outlets_wake(struct fake_cluster *c)
{
	struct bfs_list *at, *tmp;

	bfs_list_each(at, tmp, &c->all_outlets) {
		struct bfs_outlet *o = bfs_container(at, struct bfs_outlet, link);

		if (!bfs_list_empty(&o->in_flight))
			fake_post(c, FAKE_PRODUCER, &o->pump, bfs_clock_ms());
	}
}

/* Under the lock: nothing waits any more; `lost` records time out. */
static void hasten(struct bfs_outlet *o, bool lost)
{
	struct bfs_list *n, *tmp;

	bfs_list_each(n, tmp, &o->in_flight) {
		struct pending *q = bfs_container(n, struct pending, link);

		q->due = INT64_MIN;
		if (!lost || q->decided)
			continue;
		q->decided = true;
		q->offset = BFS_NO_OFFSET;
		q->err = bfs_fail(&q->why, -ETIMEDOUT, "Local: Message timed out");
	}
}

/* The threads are gone. */
void fake_outlets_stop(struct fake_cluster *c)
{
	struct bfs_list *at, *tmp;
	struct pending *q;
	bool lost;

	bfs_mutex_lock(&c->lock);
	lost = c->frozen || c->hold_acks;
	c->frozen = c->hold_acks = false;
	bfs_list_each(at, tmp, &c->all_outlets) {
		struct bfs_outlet *o = bfs_container(at, struct bfs_outlet, link);

		hasten(o, lost);
		while ((q = first_ready(o)))
			report(o, q);
	}
	bfs_mutex_unlock(&c->lock);
}

void fake_outlets_fini(struct fake_cluster *c)
{
	struct bfs_list *n;

	while ((n = bfs_list_pop(&c->all_outlets))) {
		struct bfs_outlet *o = bfs_container(n, struct bfs_outlet, link);

		free(o->topic);
		free(o);
	}
}
