/* lane.c - a consumer handle, its thread, and the feeds it serves.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "kafka/error.h"
#include "kafka/lane.h"

#define BURST    4096  /* records between two looks at the mailbox, and two dry(), */
#define BURST_KB 4096  /* or so much */
#define QUIET_MS 2000  /* at its end without a record: to the shared lane */
#define FULL_MS  1000  /* full: gives the private lane up */
#define WARM_MS  60000 /* an idle private lane is kept: the first, */
#define COOL_MS  10000 /* the others */
#define TICK_MS  500
#define SLICE_MS 1000 /* a private lane is left to one who waits */
#define NUDGE_MS 2

/* --- commands --------------------------------------------------------------------------------- */

static void close_feed(struct bfs_lane *l, struct bfs_feed *d)
{
	struct bfs_fetch *f = l->fetch;

	bfs_lane_unassign(l, d);
	bfs_mutex_lock(&f->lock);
	bfs_list_del(&d->node);
	if (!bfs_lane_shared(l))
		bfs_lane_release(l);
	bfs_mutex_unlock(&f->lock);
	d->sink->closed(d->owner);
	bfs_feed_free(d);
}

/* A feed that waits at its end has a long poll in flight, so a private lane is left for a rested
 * one. */
static void start_feed(struct bfs_lane *l, struct bfs_feed *d, bool begin)
{
	bool at_end = d->rkt && (d->at_end || d->next == d->high);

	bfs_lane_unassign(l, d);
	if ((!bfs_lane_shared(l) && !at_end) || !bfs_lane_move_up(l, d, begin))
		bfs_lane_assign(l, d, begin);
}

static void resume_feed(struct bfs_lane *l, struct bfs_feed *d)
{
	if (d->state == BFS_FEED_FULL) {
		d->state = BFS_FEED_RUNNING;
		d->since = bfs_clock_ms();
		l->full = NULL;
	} else if (d->state == BFS_FEED_PARKED) {
		start_feed(l, d, false);
	}
}

static void read_letter(struct bfs_lane *l, struct bfs_feed *d)
{
	struct bfs_fetch *f = l->fetch;
	bool start, adopt, resume, close;

	bfs_mutex_lock(&f->lock);
	d->posted = false;
	if (d->lane != l) {
		bfs_feed_post(d);
		bfs_mutex_unlock(&f->lock);
		return;
	}
	start = d->want_start;
	adopt = d->want_adopt;
	resume = d->want_resume;
	close = d->want_close;
	d->want_start = d->want_adopt = d->want_resume = false;
	if (start || adopt)
		d->next = d->start_at;
	bfs_list_del(&d->queued);
	bfs_mutex_unlock(&f->lock);

	if (close)
		close_feed(l, d);
	else if (start)
		start_feed(l, d, true);
	else if (adopt)
		bfs_lane_assign(l, d, false);
	else if (resume)
		resume_feed(l, d);
}

static void read_mail(struct bfs_lane *l)
{
	struct bfs_list letters, *n;

	bfs_list_init(&letters);
	bfs_mailbox_take(&l->mail, &letters);
	while ((n = bfs_list_pop(&letters)))
		read_letter(l, bfs_container(n, struct bfs_feed, letter));
}

/* --- records ---------------------------------------------------------------------------------- */

static struct bfs_feed *feed_of(struct bfs_lane *l, const rd_kafka_message_t *m)
{
	struct bfs_feed *d = l->last;

	if (d && d->rkt == m->rkt && d->partition == m->partition)
		return d;
	d = m->rkt ? bfs_lane_find(l, m->rkt, m->partition) : NULL;
	if (d)
		l->last = d;
	return d;
}

static void on_record(struct bfs_lane *l, struct bfs_feed *d, const rd_kafka_message_t *m)
{
	struct bfs_record r;

	/* After a restart the first messages of a batch may lie before the offset asked for. */
	if (d->state != BFS_FEED_RUNNING || m->offset < d->next)
		return;
	d->next = m->offset + 1;
	d->at_end = false;
	bfs_lane_touch(l, d);
	bfs_unpack(&l->unpack, m, d->headers, &r);
	l->records++;
	l->bytes += m->len + m->key_len;
	if (!d->sink->record(d->owner, &r)) {
		d->state = BFS_FEED_FULL;
		if (!bfs_lane_shared(l)) {
			l->full = d;
			rd_kafka_yield(l->handle->rk);
		}
	}
}

static void on_error(struct bfs_lane *l, struct bfs_feed *d, const rd_kafka_message_t *m)
{
	if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
		if (d->state != BFS_FEED_RUNNING || m->offset < d->next)
			return;
		if (bfs_list_linked(&d->burst))
			d->sink->dry(d->owner);
		d->at_end = true;
		d->sink->end(d->owner, m->offset, true);
		bfs_lane_touch(l, d);
		return;
	}
	/* Connections that break and leaders that move are librdkafka's business. */
	if (bfs_kafka_passing(m->err))
		return;
	d->trouble = m->err;
	bfs_kafka_fail(&d->why, m->err, rd_kafka_message_errstr(m), "%s/%d", d->topic,
		       (int)d->partition);
	bfs_lane_touch(l, d);
}

/* Nothing is assigned or unassigned in here, so peers stay. */
static void on_message(rd_kafka_message_t *m, void *opaque)
{
	struct bfs_lane *l = opaque;
	struct bfs_feed *d = feed_of(l, m), *first, *next;

	if (--l->left_in_burst <= 0 || l->bytes >= BURST_KB * 1024)
		rd_kafka_yield(l->handle->rk);
	if (!d)
		return;
	for (first = d; d; d = next != first ? next : NULL) {
		next = bfs_container(d->peers.next, struct bfs_feed, peers);
		if (!m->err)
			on_record(l, d, m);
		else
			on_error(l, d, m);
	}
}

/* Its sink wants nothing until it is started anew, which may have been ordered already. */
static void let_go(struct bfs_lane *l, struct bfs_feed *d)
{
	struct bfs_fetch *f = l->fetch;

	bfs_lane_unassign(l, d);
	d->state = BFS_FEED_IDLE;
	bfs_mutex_lock(&f->lock);
	d->lane = d->posted ? &f->lanes[0] : NULL;
	if (!bfs_lane_shared(l))
		bfs_lane_release(l);
	bfs_mutex_unlock(&f->lock);
}

/* After a burst: publish, tell the end, and act on what could not be done among callbacks. */
static void settle_burst(struct bfs_lane *l, struct bfs_feed *d, int64_t now)
{
	int64_t low, high;

	d->since = now;
	if (!d->sink->dry(d->owner)) {
		let_go(l, d);
		return;
	}
	if (!d->at_end &&
	    !rd_kafka_get_watermark_offsets(l->handle->rk, d->topic, d->partition, &low, &high) &&
	    high >= d->next && high != d->high) {
		d->high = high;
		d->sink->end(d->owner, high, false);
	}
	if (d->trouble) {
		bfs_lane_unassign(l, d);
		bfs_feed_trouble(d, bfs_kafka_errno(d->trouble), &d->why);
	} else if (bfs_lane_shared(l) && d->state == BFS_FEED_FULL) {
		bfs_lane_unassign(l, d);
		d->state = BFS_FEED_PARKED;
	}
}

static void count_burst(struct bfs_lane *l)
{
	if (l->records)
		l->average = l->bytes / l->records + 1;
	bfs_metrics_add(l->fetch->metrics, BFS_METRIC_FETCHED_RECORDS, l->records);
	bfs_metrics_add(l->fetch->metrics, BFS_METRIC_FETCHED_BYTES, l->bytes);
	l->records = l->bytes = 0;
}

/* A question to the partition's leader, whose answer nobody needs. */
static void nudge(struct bfs_lane *l, const struct bfs_feed *d)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);

	rd_kafka_topic_partition_list_add(list, d->topic, d->partition)->offset =
		RD_KAFKA_OFFSET_END;
	rd_kafka_offsets_for_times(l->handle->rk, list, NUDGE_MS);
	rd_kafka_topic_partition_list_destroy(list);
}

/* Once its queue is full, librdkafka 2.0 looks at it again after a second, or when its broker's
 * thread is woken by something else [rdkafka_broker.c, rd_kafka_broker_consumer_serve]: so it is,
 * when half of the queue is gone. */
static void keep_coming(struct bfs_lane *l)
{
	uint64_t queued = rd_kafka_queue_length(l->queue) * l->average;

	if (bfs_lane_shared(l) || !l->last)
		return;
	if (queued >= l->room / 4 * 3) {
		l->brimming = true;
	} else if (l->brimming && queued <= l->room / 2) {
		l->brimming = false;
		nudge(l, l->last);
	}
}

/* Takes a burst off the queue; false when there was nothing. */
static bool serve(struct bfs_lane *l)
{
	struct bfs_list *n;
	int64_t now;

	if (!l->handle || l->full)
		return false;
	keep_coming(l);
	l->left_in_burst = BURST;
	if (rd_kafka_consume_callback_queue(l->queue, 0, on_message, l) <= 0 &&
	    bfs_list_empty(&l->burst))
		return false;
	now = bfs_clock_ms();
	count_burst(l);
	while ((n = bfs_list_pop(&l->burst)))
		settle_burst(l, bfs_container(n, struct bfs_feed, burst), now);
	return true;
}

/* --- the thread ------------------------------------------------------------------------------- */

static void drain_main(struct bfs_lane *l)
{
	rd_kafka_event_t *ev;

	while (l->handle && (ev = rd_kafka_queue_poll(l->main, 0))) {
		bfs_handle_event(l->handle, l->fetch->word, ev);
		rd_kafka_event_destroy(ev);
	}
}

/* Somebody may need this lane, or others wait at their ends on the shared one: it has more threads,
 * and polls more often, than one more of them is worth. */
static bool may_move_down(const struct bfs_fetch *f)
{
	struct bfs_list *n, *tmp;
	int busy = 0;

	for (int i = 1; i < BFS_LANES; i++)
		busy += f->lanes[i].feed != NULL;
	if (busy > 1)
		return true;
	bfs_list_each(n, tmp, &f->feeds)
		if (bfs_container(n, struct bfs_feed, node)->lane == &f->lanes[0])
			return true;
	return false;
}

/* Behind those who wait for a lane; the first of them gets this one. */
static void take_turns(struct bfs_lane *l, struct bfs_feed *d)
{
	struct bfs_fetch *f = d->fetch;

	bfs_lane_unassign(l, d);
	d->state = BFS_FEED_WAITING;
	bfs_mutex_lock(&f->lock);
	bfs_feed_want_on(d, false);
	d->lane = &f->lanes[0];
	bfs_list_add(&f->waiting, &d->queued);
	bfs_lane_release(l);
	bfs_mutex_unlock(&f->lock);
}

/* Private: is it time for the feed to move on, or for the lane to go? */
static bool tick(struct bfs_lane *l, int64_t now)
{
	struct bfs_fetch *f = l->fetch;
	struct bfs_feed *d;
	bool go, down, turn;

	if (bfs_lane_shared(l) || now < l->next_tick)
		return false;
	l->next_tick = now + TICK_MS;
	bfs_mutex_lock(&f->lock);
	d = l->feed;
	go = !d && now - l->idle_since >= (l->number == 1 ? WARM_MS : COOL_MS);
	if (go)
		l->alive = false;
	down = d && !d->posted && may_move_down(f);
	turn = d && !d->posted && !bfs_list_empty(&f->waiting);
	bfs_mutex_unlock(&f->lock);
	if (go || !d)
		return go;
	if (down && d->state == BFS_FEED_RUNNING && d->at_end && now - d->since >= QUIET_MS)
		bfs_lane_move_down(l, d);
	else if (d->state == BFS_FEED_FULL && now - d->since >= FULL_MS)
		bfs_lane_move_down(l, d);
	else if (turn && d->state == BFS_FEED_RUNNING && now - d->assigned >= SLICE_MS)
		take_turns(l, d);
	return false;
}

static void drain_wake(struct bfs_lane *l)
{
	uint64_t count;

	if (read(l->wake, &count, sizeof(count)) < 0 && errno != EAGAIN)
		bfs_error("eventfd: %s", strerror(errno));
}

/* Without the lock: whoever starts the lane anew holds it while joining this thread. */
static void end_lane(struct bfs_lane *l)
{
	for (size_t i = 0; i < l->slots.n_buckets; i++) {
		while (l->slots.buckets[i])
			bfs_lane_unassign(l, bfs_container(l->slots.buckets[i], struct bfs_feed,
							   slot));
	}
	bfs_map_fini(&l->slots);
	bfs_unpack_fini(&l->unpack);
	bfs_lane_close(l);
}

void *bfs_lane_run(void *arg)
{
	struct bfs_lane *l = arg;
	struct pollfd pfds[2] = {
		{ .fd = l->mail.fd, .events = POLLIN },
		{ .fd = l->wake, .events = POLLIN },
	};
	bool more = false, go = false;

	bfs_map_init(&l->slots);
	l->last = l->full = NULL;
	while (!go && !atomic_load(&l->fetch->quit)) {
		poll(pfds, 2, more ? 0 : bfs_lane_shared(l) ? -1 : TICK_MS);
		if (pfds[1].revents)
			drain_wake(l);
		if (pfds[0].revents)
			read_mail(l);
		more = serve(l);
		drain_main(l);
		go = tick(l, bfs_clock_ms());
	}
	end_lane(l);
	return NULL;
}
