/* seat.c - which partitions a lane's handle is assigned, and for which feeds.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>

#include "base/clock.h"
#include "kafka/error.h"
#include "kafka/lane.h"

#define NEAR 10000 /* offsets: so far apart, two feeds can share an assignment */

/* --- assignment ------------------------------------------------------------------------------- */

static uint64_t slot_hash(const rd_kafka_topic_t *rkt, int32_t partition)
{
	return bfs_hash_u64((uint64_t)(uintptr_t)rkt + (uint64_t)(uint32_t)partition);
}

struct bfs_feed *bfs_lane_find(const struct bfs_lane *l, const rd_kafka_topic_t *rkt,
			       int32_t partition)
{
	struct bfs_maplink *k = bfs_map_first(&l->slots, slot_hash(rkt, partition));

	for (; k; k = bfs_map_next(k)) {
		struct bfs_feed *d = bfs_container(k, struct bfs_feed, slot);

		if (d->rkt == rkt && d->partition == partition)
			return d;
	}
	return NULL;
}

static int lane_open(struct bfs_lane *l, struct bfs_why *why)
{
	struct bfs_fetch *f = l->fetch;

	if (l->handle)
		return 0;
	l->handle = bfs_handle_new(f->conf, bfs_lane_shared(l) ? BFS_ROLE_SHARED : BFS_ROLE_PRIVATE,
				   f->reaper, why);
	if (!l->handle)
		return -EIO;
	l->room = bfs_conf_queued(l->handle->rk);
	l->brimming = false;
	l->queue = rd_kafka_queue_new(l->handle->rk);
	l->main = rd_kafka_queue_get_main(l->handle->rk);
	bfs_queue_wake(l->queue, l->wake);
	bfs_queue_wake(l->main, l->wake);
	return 0;
}

void bfs_lane_close(struct bfs_lane *l)
{
	if (!l->handle)
		return;
	rd_kafka_queue_io_event_enable(l->queue, -1, NULL, 0);
	rd_kafka_queue_io_event_enable(l->main, -1, NULL, 0);
	rd_kafka_queue_destroy(l->queue);
	rd_kafka_queue_destroy(l->main);
	bfs_handle_put(l->handle);
	l->handle = NULL;
}

static bool first_of_peers(const struct bfs_lane *l, const struct bfs_feed *d)
{
	return bfs_lane_find(l, d->rkt, d->partition) == d;
}

/* Its peers are served on. */
static void leave_peers(struct bfs_lane *l, struct bfs_feed *d)
{
	struct bfs_feed *heir = bfs_container(d->peers.next, struct bfs_feed, peers);
	bool first = first_of_peers(l, d);

	bfs_list_del(&d->peers);
	bfs_list_init(&d->peers);
	if (!first)
		return;
	bfs_map_del(&l->slots, &d->slot);
	bfs_map_add(&l->slots, &heir->slot, slot_hash(heir->rkt, heir->partition));
}

/* A fetch from within the log is answered at once; one from its end is a long poll. What is queued
 * was fetched already. */
static bool polls(const struct bfs_lane *l, const struct bfs_feed *d)
{
	int64_t low, high, fetched = d->next + (int64_t)rd_kafka_queue_length(l->queue);

	return d->at_end ||
	       rd_kafka_get_watermark_offsets(l->handle->rk, d->topic, d->partition, &low, &high) ||
	       fetched >= high;
}

/* Takes the feed off the handle; records of it still queued are dropped by librdkafka. */
void bfs_lane_unassign(struct bfs_lane *l, struct bfs_feed *d)
{
	if (!d->rkt)
		return;
	d->left_poll = polls(l, d);
	if (bfs_list_empty(&d->peers)) {
		rd_kafka_consume_stop(d->rkt, d->partition);
		bfs_map_del(&l->slots, &d->slot);
	} else {
		leave_peers(l, d);
	}
	rd_kafka_topic_destroy(d->rkt);
	d->rkt = NULL;
	if (l->last == d)
		l->last = NULL;
	if (l->full == d)
		l->full = NULL;
	bfs_list_del(&d->burst);
	if (!bfs_lane_shared(l))
		return;
	bfs_mutex_lock(&l->fetch->lock);
	bfs_feed_unwait(l->fetch, d);
	bfs_mutex_unlock(&l->fetch->lock);
}

void bfs_feed_trouble(struct bfs_feed *d, int err, const struct bfs_why *why)
{
	d->state = BFS_FEED_IDLE;
	d->sink->trouble(d->owner, err, why);
}

/* With the lock held: what the next lane has to do, unless a newer start says it. `begin`: the sink
 * was not told of its start yet. */
void bfs_feed_want_on(struct bfs_feed *d, bool begin)
{
	if (d->want_start)
		return;
	d->want_start = begin;
	d->want_adopt = !begin;
	d->start_at = d->next;
}

/* To another private lane, if there is one to be had. */
bool bfs_lane_move_up(struct bfs_lane *l, struct bfs_feed *d, bool begin)
{
	struct bfs_fetch *f = d->fetch;
	bool moved;

	bfs_mutex_lock(&f->lock);
	moved = bfs_feed_take_private(d);
	if (moved) {
		bfs_feed_want_on(d, begin);
		bfs_feed_post(d);
		if (!bfs_lane_shared(l))
			bfs_lane_release(l);
	}
	bfs_mutex_unlock(&f->lock);
	return moved;
}

/* Until its partition is free on the shared lane, or a private lane is idle. */
static void wait_for_lane(struct bfs_feed *d, bool begin)
{
	struct bfs_fetch *f = d->fetch;

	d->state = BFS_FEED_WAITING;
	bfs_mutex_lock(&f->lock);
	bfs_feed_want_on(d, begin);
	if (bfs_feed_take_private(d))
		bfs_feed_post(d);
	else
		bfs_list_add(&f->waiting, &d->queued);
	bfs_mutex_unlock(&f->lock);
}

static void assigned(struct bfs_feed *d, rd_kafka_topic_t *rkt)
{
	d->rkt = rkt;
	d->state = BFS_FEED_RUNNING;
	d->trouble = RD_KAFKA_RESP_ERR_NO_ERROR;
	d->high = BFS_NO_OFFSET;
	d->at_end = false;
	d->since = d->assigned = bfs_clock_ms();
}

/* Is it worth sharing an assignment? Only the shared lane has followers. */
static bool may_join(const struct bfs_lane *l, const struct bfs_feed *d, const struct bfs_feed *o)
{
	int64_t apart = d->next < o->next ? o->next - d->next : d->next - o->next;

	return bfs_lane_shared(l) && apart <= NEAR;
}

void bfs_lane_touch(struct bfs_lane *l, struct bfs_feed *d)
{
	if (!bfs_list_linked(&d->burst))
		bfs_list_add(&l->burst, &d->burst);
}

/* The assignment that d shares could not begin anew. */
static void all_in_trouble(struct bfs_lane *l, struct bfs_feed *d)
{
	rd_kafka_resp_err_t err = rd_kafka_last_error();
	struct bfs_feed *o = d;

	do {
		o->trouble = err;
		bfs_kafka_fail(&o->why, err, NULL, "%s/%d", o->topic, (int)o->partition);
		bfs_lane_touch(l, o);
		o = bfs_container(o->peers.next, struct bfs_feed, peers);
	} while (o != d);
}

/* What the farthest behind of the peers needs next. */
static int64_t lowest_next(const struct bfs_feed *d)
{
	const struct bfs_feed *o = d;
	int64_t low = d->next;

	do {
		if (o->next < low)
			low = o->next;
		o = bfs_container(o->peers.next, struct bfs_feed, peers);
	} while (o != d);
	return low;
}

/* Has the feed served by the assignment of `o`, which begins anew where the feed is behind it: at
 * what the farthest of all needs, who may still be waiting for it since the last time. Takes rkt.
 */
static void join(struct bfs_lane *l, struct bfs_feed *d, struct bfs_feed *o, rd_kafka_topic_t *rkt,
		 bool begin)
{
	if (begin)
		d->sink->begin(d->owner, d->next);
	assigned(d, rkt);
	bfs_list_add(&o->peers, &d->peers);
	if (d->next < o->next) {
		rd_kafka_consume_stop(rkt, d->partition);
		if (rd_kafka_consume_start_queue(rkt, d->partition, lowest_next(d), l->queue) < 0)
			all_in_trouble(l, d);
	} else if (d->next == o->next && o->at_end) {
		d->at_end = true;
		d->sink->end(d->owner, d->next, true);
		bfs_lane_touch(l, d);
	}
}

/* Assigns the feed at d->next. */
void bfs_lane_assign(struct bfs_lane *l, struct bfs_feed *d, bool begin)
{
	struct bfs_why why;
	rd_kafka_topic_t *rkt;
	struct bfs_feed *o;
	int err = lane_open(l, &why);

	if (!err && !bfs_meta_known(l->fetch->meta, d->topic, d->partition))
		err = bfs_kafka_fail(&why, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, NULL, "%s/%d",
				     d->topic, (int)d->partition);
	if (err) {
		bfs_feed_trouble(d, err, &why);
		return;
	}
	rkt = rd_kafka_topic_new(l->handle->rk, d->topic, NULL);
	o = rkt ? bfs_lane_find(l, rkt, d->partition) : NULL;
	if (o && may_join(l, d, o)) {
		join(l, d, o, rkt, begin);
		return;
	}
	if (o) {
		rd_kafka_topic_destroy(rkt);
		wait_for_lane(d, begin);
		return;
	}
	if (begin)
		d->sink->begin(d->owner, d->next);
	if (!rkt || rd_kafka_consume_start_queue(rkt, d->partition, d->next, l->queue) < 0) {
		err = bfs_kafka_fail(&why, rd_kafka_last_error(), NULL, "%s/%d", d->topic,
				     (int)d->partition);
		if (rkt)
			rd_kafka_topic_destroy(rkt);
		bfs_feed_trouble(d, err, &why);
		return;
	}
	assigned(d, rkt);
	bfs_map_add(&l->slots, &d->slot, slot_hash(rkt, d->partition));
}

/* From a private lane, which becomes idle, to the shared one. */
void bfs_lane_move_down(struct bfs_lane *l, struct bfs_feed *d)
{
	struct bfs_fetch *f = d->fetch;
	bool full = d->state == BFS_FEED_FULL;

	bfs_lane_unassign(l, d);
	d->state = full ? BFS_FEED_PARKED : BFS_FEED_IDLE;
	bfs_mutex_lock(&f->lock);
	d->lane = &f->lanes[0];
	if (!full)
		bfs_feed_want_on(d, false);
	bfs_lane_release(l);
	bfs_feed_post(d);
	bfs_mutex_unlock(&f->lock);
}
