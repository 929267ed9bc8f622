/* writer.c - one open-for-write: lines to records, and who waits for what.
 *
 * SPDX-License-Identifier: MIT */
#include "model/writer.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/sync.h"
#include "model/writer_inner.h"

#define RETRY 20 /* ms until a full producer queue is tried again */

/* What is sent: a write's bytes, or before a flush what was gathered, or also an unterminated rest.
 */
enum what { DATA, GATHERED, REST };

/* What a parked write brought along: the kernel's buffer is gone once the request is parked. */
struct held {
	struct bfs_writer *writer;
	bool sync;
	enum what what;
	size_t len;
	char data[];
};

/* --- gathering ----------------------------------------------------------------------- */

/* Under the lock: what was handed over is in flight. */
static void account(struct bfs_writer *w, struct bfs_parcel *p, const struct bfs_handed *h)
{
	struct bfs_out *o = w->out;

	p->bytes = h->record_bytes;
	o->bytes += p->bytes;
	atomic_fetch_add(&o->all->in_flight, (int64_t)p->bytes);
	if (h->lost && !w->err) {
		w->err = h->lost;
		w->why = h->lost_why;
	}
}

static bool has_gathered(struct bfs_writer *w)
{
	bool yes;

	bfs_mutex_lock(&w->frame_lock);
	yes = w->gathered.len;
	bfs_mutex_unlock(&w->frame_lock);
	return yes;
}

/* Nobody waits for what was gathered; what the producer has no room for is tried again. */
static void send_gathered(struct bfs_writer *w)
{
	struct bfs_out *o = w->out;
	struct bfs_parcel *p = bfs_parcel_new(w);
	struct bfs_handed h = { .err = 0 };

	bfs_mutex_lock(&w->frame_lock);
	bfs_lines_hand_gathered(w, p, &h);
	bfs_mutex_unlock(&w->frame_lock);
	bfs_mutex_lock(&o->lock);
	account(w, p, &h);
	if (h.err && bfs_timer_set(o->all->clerk, &w->gather, bfs_clock_ms() + RETRY))
		w->refs++;
	bfs_mutex_unlock(&o->lock);
	bfs_parcel_done(o, p, BFS_BIAS - h.records, 0, NULL);
}

static void gather_due(void *arg)
{
	struct bfs_writer *w = arg;

	send_gathered(w);
	bfs_writer_put(w);
}

/* A small write that nobody waits for, right behind another: it goes with the next ones. Sending
 * each by itself would cost client and broker five times as much. */
static bool gather(struct bfs_writer *w, const char *data, size_t len)
{
	struct bfs_out *o = w->out;
	int64_t due;
	bool taken;

	bfs_mutex_lock(&w->frame_lock);
	taken = bfs_lines_gather(w, data, len);
	due = w->handed + BFS_GATHER;
	bfs_mutex_unlock(&w->frame_lock);
	if (!taken)
		return false;
	bfs_mutex_lock(&o->lock);
	w->taken += len;
	if (bfs_timer_set(o->all->clerk, &w->gather, due))
		w->refs++;
	bfs_mutex_unlock(&o->lock);
	return true;
}

/* --- life --------------------------------------------------------------------------- */

struct bfs_writer *bfs_writer_new(struct bfs_out *o, enum bfs_format format)
{
	struct bfs_writer *w = bfs_zalloc(sizeof(*w));

	w->out = bfs_out_get(o);
	w->format = format;
	w->refs = 1;
	bfs_list_init(&w->parcels);
	bfs_list_init(&w->flushes);
	bfs_mutex_init(&w->frame_lock, BFS_RANK_WRITER);
	bfs_lines_init(w);
	w->gather = (struct bfs_timer){ .fire = gather_due, .arg = w };
	return w;
}

/* Called without the lock. */
void bfs_writer_put(struct bfs_writer *w)
{
	struct bfs_out *o = w->out;
	bool last;

	bfs_mutex_lock(&o->lock);
	last = !--w->refs;
	bfs_mutex_unlock(&o->lock);
	if (!last)
		return;
	bfs_frame_fini(&w->frame);
	bfs_buf_fini(&w->gathered);
	bfs_mutex_fini(&w->frame_lock);
	free(w);
	bfs_out_put(o);
}

/* --- writes that wait
 * ------------------------------------------------------------------------------ */

static void unconfirmed(const struct bfs_out *o, int err, struct bfs_why *ret)
{
	bfs_fail(ret, err, "%s: not confirmed within %d ms; it may still arrive", o->name,
		 o->all->options->write_timeout_ms);
}

/* A write waited for its acknowledgement in vain, or was interrupted: its records are with the
 * producer in any case. */
static void ack_cancel(struct bfs_ticket *t, void *place, int err)
{
	struct bfs_out *o = place;
	struct bfs_why why;
	bool mine;

	bfs_mutex_lock(&o->lock);
	mine = bfs_ticket_claim(t, o, err);
	if (mine) {
		struct bfs_parcel *p = t->handle;

		p->ticket = NULL;
		p->reported = err == -ETIMEDOUT;
		o->timed_out = o->timed_out || err == -ETIMEDOUT;
		unconfirmed(o, err, &why);
		bfs_writer_keep_error(p->writer, t, err, &why);
	}
	bfs_mutex_unlock(&o->lock);
	if (mine && err == -EINTR)
		bfs_answer_written(t, t->size);
	else if (mine)
		bfs_out_answer(o, t, err, &why);
}

/* The write's lines are with the producer: wait for them. Answers t. */
static void await_ack(struct bfs_writer *w, struct bfs_parcel *p, struct bfs_ticket *t, void *owner,
		      const struct bfs_keeper *keeper)
{
	struct bfs_out *o = w->out;
	int64_t deadline = p->sent + o->all->options->write_timeout_ms;
	struct bfs_why why;

	t->handle = p;
	bfs_ticket_arm(t, o->all->clerk, deadline, ack_cancel, o, owner, keeper);
	bfs_mutex_lock(&o->lock);
	if (bfs_ticket_park(t, &o->acks)) {
		p->ticket = t;
		t = NULL;
	} else {
		p->reported = t->cancelled == -ETIMEDOUT;
		unconfirmed(o, t->cancelled, &why);
		bfs_writer_keep_error(w, t, t->cancelled, &why);
	}
	bfs_mutex_unlock(&o->lock);
	if (t && t->cancelled == -EINTR)
		bfs_answer_written(t, t->size);
	else if (t)
		bfs_answer_error(t, t->cancelled);
	o->all->cluster->ops->hurry(o->all->cluster);
}

static void flush_now(struct bfs_writer *w, struct bfs_ticket *t, void *owner,
		      const struct bfs_keeper *keeper);

static void space_cancel(struct bfs_ticket *t, void *place, int err)
{
	struct bfs_out *o = place;
	struct held *h = NULL;
	struct bfs_why why;
	bool mine;

	bfs_mutex_lock(&o->lock);
	mine = bfs_ticket_claim(t, o, err);
	if (mine) {
		h = t->handle;
		bfs_fail(&why, err, "%s: %zu bytes are in flight, none was confirmed in time",
			 o->name, o->bytes);
		bfs_writer_keep_error(h->writer, t, err, &why);
	}
	bfs_mutex_unlock(&o->lock);
	if (!mine)
		return;
	free(h);
	bfs_out_answer(o, t, err, &why);
}

/* Parks t with a copy of its data until something in flight has been delivered; one that comes back
 * keeps its deadline. */
static void await_space(struct bfs_writer *w, struct bfs_ticket *t, const char *data, size_t len,
			bool sync, enum what what, void *owner, const struct bfs_keeper *keeper)
{
	struct bfs_out *o = w->out;
	struct bfs_cluster *c = o->all->cluster; /* parked, t keeps w and o alive no longer */
	struct held *h = bfs_alloc(sizeof(*h) + len);
	bool parked;

	*h = (struct held){ .writer = w, .sync = sync, .what = what, .len = len };
	if (len)
		memcpy(h->data, data, len);
	t->handle = h;
	if (!t->since)
		t->since = bfs_clock_ms();
	bfs_ticket_arm(t, o->all->clerk, t->since + o->all->options->write_timeout_ms, space_cancel,
		       o, owner, keeper);
	bfs_mutex_lock(&o->lock);
	parked = bfs_ticket_park(t, &o->space);
	if (parked && bfs_timer_set(o->all->clerk, &o->retry, bfs_clock_ms() + RETRY))
		o->refs++;
	bfs_mutex_unlock(&o->lock);
	c->ops->hurry(c);
	if (!parked) {
		free(h);
		bfs_answer_error(t, t->cancelled);
	}
}

/* Cuts the bytes into records and sends them, or what is there before a flush (no bytes); answers
 * or parks t (t->state: it must not wait for room). False: there is no room. */
static bool submit(struct bfs_writer *w, struct bfs_ticket *t, const char *data, size_t len,
		   bool sync, enum what what, void *owner, const struct bfs_keeper *keeper)
{
	struct bfs_out *o = w->out;
	struct bfs_parcel *p = bfs_parcel_new(w);
	struct bfs_handed h = { .err = 0 };
	bool wait, room;

	bfs_mutex_lock(&w->frame_lock);
	if (what == REST)
		bfs_lines_hand_rest(w, p, &h);
	else if (what == GATHERED)
		bfs_lines_hand_gathered(w, p, &h);
	else
		bfs_lines_hand(w, p, data, len, &h);
	bfs_mutex_unlock(&w->frame_lock);

	bfs_mutex_lock(&o->lock);
	account(w, p, &h);
	wait = h.records && what == DATA && (sync || !w->waited) && (h.err != -EAGAIN || h.used);
	w->waited = w->waited || h.records;
	w->taken += h.used;
	if (h.err && h.err != -EAGAIN && h.used && !w->err) {
		w->err = h.err;
		w->why = h.why;
	}
	if (h.err && !h.used && what == DATA)
		bfs_writer_keep_error(w, t, h.err, &h.why);
	bfs_mutex_unlock(&o->lock);

	t->size = h.used;
	room = wait || h.err != -EAGAIN || h.used;
	if (wait)
		await_ack(w, p, t, owner, keeper);
	else if (!room && t->state)
		bfs_answer_error(t, -EAGAIN);
	else if (!room)
		await_space(w, t, data, len, sync, what, owner, keeper);
	else if (h.err && !h.used)
		bfs_out_answer(o, t, h.err, &h.why);
	else if (what != DATA)
		flush_now(w, t, owner, keeper);
	else
		bfs_answer_written(t, h.used);
	bfs_parcel_done(o, p, BFS_BIAS - h.records, 0, NULL);
	return room;
}

/* Under the lock: all partitions together have too much in flight, and this one has its share. */
static bool crowded(const struct bfs_out *o)
{
	return o->bytes > 0 && atomic_load(&o->all->in_flight) >= o->all->options->memory;
}

/* Something was delivered: those who wait for room go on, in order. */
void bfs_out_serve_space(struct bfs_out *o)
{
	for (bool room = true; room;) {
		struct bfs_ticket *t = NULL;
		struct held *h;

		bfs_mutex_lock(&o->lock);
		if (o->bytes < BFS_IN_FLIGHT / 2 && !crowded(o))
			t = bfs_ticket_pop(&o->space);
		bfs_mutex_unlock(&o->lock);
		if (!t)
			return;
		h = t->handle;
		room = submit(h->writer, t, h->data, h->len, h->sync, h->what, t->owner, t->keeper);
		free(h);
	}
}

/* The producer's queue may be full of other partitions' records, whose reports we don't see. */
void bfs_out_retry_space(void *arg)
{
	struct bfs_out *o = arg;

	bfs_out_serve_space(o);
	bfs_mutex_lock(&o->lock);
	if (!bfs_list_empty(&o->space) &&
	    bfs_timer_set(o->all->clerk, &o->retry, bfs_clock_ms() + RETRY))
		o->refs++;
	bfs_mutex_unlock(&o->lock);
	bfs_out_put(o);
}

void bfs_writer_write(struct bfs_writer *w, struct bfs_ticket *t, const char *data, size_t len,
		      unsigned how, void *owner, const struct bfs_keeper *keeper)
{
	bool sync = how & BFS_WRITE_SYNC, nonblock = how & BFS_WRITE_NONBLOCK, full, waits;
	struct bfs_out *o = w->out;
	struct bfs_why why = { "" };
	int err;

	t->state = nonblock;
	t->mark = !!(how & BFS_WRITE_PART);
	bfs_mutex_lock(&o->lock);
	err = bfs_writer_take_error(w, &why);
	full = o->bytes >= BFS_IN_FLIGHT || crowded(o) || !bfs_list_empty(&o->space);
	if (!err && (sync || !w->waited) && bfs_out_unhealthy(o))
		err = bfs_fail(&why, -ETIMEDOUT,
			       "%s: earlier records are not confirmed yet; "
			       "nothing of this write was sent",
			       o->name);
	else if (!err && full && nonblock)
		err = -EAGAIN;
	bfs_writer_keep_error(w, t, err, &why);
	waits = sync || !w->waited;
	bfs_mutex_unlock(&o->lock);
	if (err)
		bfs_out_answer(o, t, err, &why);
	else if (!waits && !full && gather(w, data, len))
		bfs_answer_written(t, len);
	else if (full)
		await_space(w, t, data, len, sync, DATA, owner, keeper);
	else
		submit(w, t, data, len, sync, DATA, owner, keeper);
}

/* --- flush and release --------------------------------------------------------------- */

static void flush_cancel(struct bfs_ticket *t, void *place, int err)
{
	struct bfs_out *o = place;
	struct bfs_writer *w = t->handle;
	struct bfs_why why = { "" };
	struct bfs_list *n, *tmp;
	bool mine;

	bfs_mutex_lock(&o->lock);
	mine = bfs_ticket_claim(t, o, err);
	if (mine && err == -ETIMEDOUT) {
		bfs_list_each(n, tmp, &w->parcels) {
			struct bfs_parcel *p = bfs_container(n, struct bfs_parcel, writer_link);

			p->reported = p->reported || p->seq <= t->mark;
		}
		o->timed_out = true;
		bfs_fail(&why, err, "%s: not all is confirmed within %d ms; it may still arrive",
			 o->name, o->all->options->write_timeout_ms);
		if (w->err)
			err = bfs_writer_take_error(w, &why);
	}
	bfs_mutex_unlock(&o->lock);
	if (mine)
		bfs_out_answer(o, t, err, &why);
}

/* Under the lock: the newest parcel whose fate was not told yet, or 0. */
static uint64_t newest_untold(const struct bfs_writer *w)
{
	const struct bfs_list *n;

	for (n = w->parcels.prev; n != &w->parcels; n = n->prev) {
		const struct bfs_parcel *p = bfs_container(n, struct bfs_parcel, writer_link);

		if (!p->reported)
			return p->seq;
	}
	return 0;
}

/* Answers t when all parcels so far have ended. */
static void flush_now(struct bfs_writer *w, struct bfs_ticket *t, void *owner,
		      const struct bfs_keeper *keeper)
{
	struct bfs_out *o = w->out;
	struct bfs_cluster *c = o->all->cluster; /* parked, t keeps w and o alive no longer */
	struct bfs_why why = { "" };
	bool parked = false;
	int err;

	bfs_mutex_lock(&o->lock);
	t->mark = newest_untold(w);
	err = t->mark ? 0 : bfs_writer_take_error(w, &why);
	bfs_mutex_unlock(&o->lock);
	if (!t->mark) {
		bfs_out_answer(o, t, err, &why);
		return;
	}
	t->handle = w;
	bfs_ticket_arm(t, o->all->clerk, bfs_clock_ms() + o->all->options->write_timeout_ms,
		       flush_cancel, o, owner, keeper);
	bfs_mutex_lock(&o->lock);
	if (t->mark < bfs_writer_oldest(w))
		err = bfs_writer_take_error(w, &why);
	else if (bfs_ticket_park(t, &w->flushes))
		parked = true;
	else
		err = t->cancelled;
	bfs_mutex_unlock(&o->lock);
	if (parked)
		c->ops->hurry(c);
	else
		bfs_out_answer(o, t, err, &why);
}

void bfs_writer_used_by(struct bfs_writer *w, pid_t pid)
{
	bfs_mutex_lock(&w->frame_lock);
	bfs_users_add(&w->users, pid);
	bfs_mutex_unlock(&w->frame_lock);
}

void bfs_writer_users(struct bfs_writer *w, struct bfs_users *ret)
{
	bfs_mutex_lock(&w->frame_lock);
	*ret = w->users;
	bfs_mutex_unlock(&w->frame_lock);
}

uint64_t bfs_writer_taken(struct bfs_writer *w)
{
	uint64_t n;

	bfs_mutex_lock(&w->out->lock);
	n = w->taken;
	bfs_mutex_unlock(&w->out->lock);
	return n;
}

bool bfs_writer_pending(struct bfs_writer *w)
{
	bool pending;

	bfs_mutex_lock(&w->frame_lock);
	pending = bfs_frame_pending(&w->frame);
	bfs_mutex_unlock(&w->frame_lock);
	return pending;
}

void bfs_writer_flush(struct bfs_writer *w, struct bfs_ticket *t, bool finish, void *owner,
		      const struct bfs_keeper *keeper)
{
	if (finish && bfs_writer_pending(w))
		submit(w, t, NULL, 0, false, REST, owner, keeper);
	else if (has_gathered(w))
		submit(w, t, NULL, 0, false, GATHERED, owner, keeper);
	else
		flush_now(w, t, owner, keeper);
}

/* No flush saw this rest (its last holder was killed, or could not be told): nobody waits for
 * it. */
static void send_rest(struct bfs_writer *w)
{
	struct bfs_out *o = w->out;
	struct bfs_parcel *p = bfs_parcel_new(w);
	struct bfs_handed h = { .err = 0 };

	bfs_mutex_lock(&w->frame_lock);
	bfs_lines_hand_rest(w, p, &h);
	bfs_mutex_unlock(&w->frame_lock);
	if (h.err)
		bfs_error("%s: an unterminated last line was lost: %s", o->name,
			  *h.why.text ? h.why.text : bfs_err_name(h.err));
	else
		bfs_info("%s: an unterminated last line was sent after its file was closed",
			 o->name);
	bfs_mutex_lock(&o->lock);
	account(w, p, &h);
	p->reported = true;
	bfs_mutex_unlock(&o->lock);
	bfs_parcel_done(o, p, BFS_BIAS - h.records, 0, NULL);
}

void bfs_writer_finish(struct bfs_writer *w)
{
	if (has_gathered(w))
		send_gathered(w);
	if (bfs_writer_pending(w))
		send_rest(w);
}

void bfs_writer_release(struct bfs_writer *w)
{
	bfs_writer_finish(w);
	bfs_mutex_lock(&w->out->lock);
	if (w->err)
		bfs_error("%s: failed after its file was closed: %s", w->out->name,
			  *w->why.text ? w->why.text : bfs_err_name(w->err));
	bfs_mutex_unlock(&w->out->lock);
	bfs_writer_put(w);
}
