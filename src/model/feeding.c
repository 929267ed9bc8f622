/* feeding.c - one partition as a growing file of bytes: how a session begins, what its feed brings.
 *
 * SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "core/name.h"
#include "model/stream_inner.h"

#define PUBLISH_EVERY (64 * 1024) /* bytes taken in before readers see them, within a burst */
#define PAGE          4096

/* --- the feed, which may be closed while somebody is about to call it
 * ------------------------------ */

static bool feed_enter(struct bfs_stream *s)
{
	int n = atomic_load(&s->feed_users);

	while (n > 0)
		if (atomic_compare_exchange_weak(&s->feed_users, &n, n + 1))
			return true;
	return false;
}

static void feed_leave(struct bfs_stream *s)
{
	if (atomic_fetch_sub(&s->feed_users, 1) == 1)
		s->all->cluster->ops->feed_close(s->feed);
}

void bfs_stream_feed(struct bfs_stream *s, int64_t offset)
{
	if (!feed_enter(s))
		return;
	s->all->cluster->ops->feed_start(s->feed, offset);
	feed_leave(s);
}

void bfs_stream_feed_resume(struct bfs_stream *s)
{
	if (!feed_enter(s))
		return;
	s->all->cluster->ops->feed_resume(s->feed);
	feed_leave(s);
}

/* --- failing and ending
 * ----------------------------------------------------------------------------- */

/* Under the lock. */
static void fail(struct bfs_stream *s, int err, const char *fmt, ...)
{
	va_list ap;

	if (s->phase >= STREAM_FAILED)
		return;
	s->phase = STREAM_FAILED;
	s->err = err;
	va_start(ap, fmt);
	vsnprintf(s->why.text, sizeof(s->why.text), fmt, ap);
	va_end(ap);
	bfs_warn("%s/%d: %s", s->topic, s->partition, s->why.text);
}

void bfs_stream_over(struct bfs_stream *s)
{
	bool close;

	bfs_mutex_lock(&s->lock);
	close = s->feed && s->phase != STREAM_OVER;
	if (s->phase != STREAM_OVER) {
		s->phase = STREAM_OVER;
		s->err = -ESTALE;
	}
	bfs_mutex_unlock(&s->lock);
	bfs_stream_settle(s);
	if (close)
		feed_leave(s);
}

/* --- what the feed brings; on its lane ----------------------------------------------- */

/* Under the lock: where what was read before ends and what is new begins. */
static void note_edge(struct bfs_stream *s)
{
	s->edge = (struct bfs_mark){ s->size, s->ahead };
}

/* A record that was read before begins below the edge, a new one at or behind it; else records
 * went meanwhile (compaction), and byte N would be another. */
static void check_edge(struct bfs_stream *s, int64_t offset)
{
	if ((s->window.fill < s->edge.byte) == (offset < s->edge.offset))
		return;
	bfs_mutex_lock(&s->lock);
	fail(s, -ESTALE, "the log changed under the reader: offset %" PRId64 " has moved", offset);
	bfs_mutex_unlock(&s->lock);
}

/* Under the lock, after what it looks at has changed: whoever wanted the end has it. */
static void end_scan(struct bfs_stream *s)
{
	int64_t half = bfs_stream_window(s) / 2;

	if (!s->scanning || !bfs_stream_caught_up(s) || s->doubt || s->asking_end)
		return;
	s->scanning = false;
	if (s->size - s->last_read > half)
		s->last_read = s->size - half;
}

/* Under the lock: what was taken in becomes visible. */
static void publish_locked(struct bfs_stream *s)
{
	struct bfs_window *w = &s->window;

	bfs_window_publish(w);
	s->published = w->fill;
	if (s->laying)
		return;
	if (s->has_mark && !bfs_index_add(&s->index, s->mark.byte, s->mark.offset))
		fail(s, -ESTALE, "the log changed under the reader: offset %" PRId64 " has moved",
		     s->mark.offset);
	s->has_mark = false;
	s->live = s->live || bfs_stream_caught_up(s);
	if (w->end > s->size) {
		s->arrived = s->live;
		s->size = w->end;
		s->mtime = bfs_clock_wall_ms();
	}
	if (w->end == s->size)
		s->partial = s->within;
	if (w->end == s->size && w->next > s->ahead)
		s->ahead = w->next;
	if (s->ahead > s->end)
		s->end = s->ahead;
	note_edge(s);
	end_scan(s);
}

static void tell_arrival(const struct bfs_stream *s)
{
	char name[BFS_TOPIC_MAX + 16];

	snprintf(name, sizeof(name), "%s/%" PRId32, s->topic, s->partition);
	s->all->kernel->ops->arrived(s->all->kernel, s->ino, name);
}

static void publish(struct bfs_stream *s)
{
	int64_t size;
	bool grown, arrived;
	char last;

	bfs_mutex_lock(&s->lock);
	size = s->size;
	publish_locked(s);
	grown = s->size > size && s->opened && s->phase == STREAM_RUNNING;
	arrived = s->arrived && s->opened && s->phase == STREAM_RUNNING;
	s->arrived = false;
	size = s->window.end;
	last = bfs_window_last(&s->window);
	bfs_mutex_unlock(&s->lock);
	if (grown)
		s->all->kernel->ops->grown(s->all->kernel, s->ino, size, last);
	if (arrived)
		tell_arrival(s);
	bfs_stream_settle(s);
}

/* The last chunk is full: the next one, after forgetting what nobody needs. */
static void turn(struct bfs_stream *s)
{
	publish(s);
	bfs_mutex_lock(&s->lock);
	bfs_stream_make_room(s);
	bfs_window_add_chunk(&s->window);
	bfs_mutex_unlock(&s->lock);
}

static void append(struct bfs_stream *s, const char *data, size_t len)
{
	for (;;) {
		size_t n = bfs_window_append(&s->window, data, len);

		if (n == len)
			return;
		data += n;
		len -= n;
		turn(s);
	}
}

/* Behind the limit: is it so, now that we look with the lock? */
static bool still_room(struct bfs_stream *s)
{
	bool room;

	publish(s);
	bfs_mutex_lock(&s->lock);
	room = s->window.fill < atomic_load(&s->limit);
	s->full = !room;
	bfs_mutex_unlock(&s->lock);
	if (!room)
		bfs_stream_settle(s);
	return room;
}

static bool on_record(void *owner, const struct bfs_record *r)
{
	struct bfs_stream *s = owner;

	if (s->stale)
		return true;
	if (!s->busy) {
		s->busy = true;
		atomic_store(&s->dry, false);
	}
	check_edge(s, r->offset);
	if (!s->has_mark) {
		s->has_mark = true;
		s->mark = (struct bfs_mark){ s->window.fill, r->offset };
	}
	s->within = true;
	append(s, r->value, r->value ? r->value_len : 0);
	append(s, "\n", 1);
	s->within = false;
	if (!bfs_window_record(&s->window, r->offset) ||
	    s->window.fill - s->published >= PUBLISH_EVERY)
		publish(s);
	if (s->window.fill < atomic_load_explicit(&s->limit, memory_order_relaxed))
		return true;
	return still_room(s);
}

static void on_dry(void *owner)
{
	struct bfs_stream *s = owner;

	s->busy = false;
	atomic_store(&s->dry, true);
	publish(s);
}

static void on_begin(void *owner, int64_t offset)
{
	struct bfs_stream *s = owner;

	bfs_mutex_lock(&s->lock);
	s->stale = !s->moving || offset != s->target.offset;
	if (!s->stale) {
		bfs_window_reset(&s->window, s->target.byte, s->target.offset);
		s->moving = s->laying = s->full = false;
		note_edge(s);
	}
	bfs_mutex_unlock(&s->lock);
	s->has_mark = s->busy = false;
	atomic_store(&s->dry, true);
	s->published = s->window.fill;
	bfs_stream_settle(s);
}

static void on_end(void *owner, int64_t end, bool reached)
{
	struct bfs_stream *s = owner;

	bfs_mutex_lock(&s->lock);
	if (s->stale || s->moving) {
		; /* of an earlier start */
	} else if (reached) {
		publish_locked(s);
		if (s->window.end != s->size)
			fail(s, -ESTALE, "the log changed under the reader: records are gone");
		else if (end > s->ahead)
			s->ahead = end;
		/* It may be older than what was learnt otherwise: the end does not fall by it. */
		if (end > s->end)
			s->end = end;
		if (s->probing || s->end == s->ahead)
			s->end_learnt = bfs_clock_ms();
		s->probing = false;
		note_edge(s);
		end_scan(s);
	} else if (end > s->end) {
		if (s->all->options->isolation == BFS_READ_UNCOMMITTED)
			s->end = end;
		else
			s->doubt = true; /* the last stable offset may stand lower */
	}
	bfs_mutex_unlock(&s->lock);
	bfs_stream_settle(s);
}

static void ask_low(struct bfs_stream *s);

static void on_trouble(void *owner, int err, const struct bfs_why *why)
{
	struct bfs_stream *s = owner;
	const char *text = why && *why->text ? why->text : bfs_err_name(err);
	bool again = false;

	bfs_mutex_lock(&s->lock);
	s->feeding = false;
	if (s->stale)
		;
	else if (err == -ERANGE && !s->size && !s->moving)
		again = s->questions == 0;
	else if (err == -ERANGE)
		fail(s, -ESTALE, "records expired under the reader: %s", text);
	else if (err == -ENOENT)
		fail(s, -ESTALE, "the topic was deleted under the reader: %s", text);
	else
		fail(s, err, "%s", text);
	if (again) {
		s->questions = 1;
		s->probing = s->feeding =
			true; /* nothing is known, and no other start until it is */
	}
	bfs_mutex_unlock(&s->lock);
	if (again)
		ask_low(s);
	else
		bfs_stream_settle(s);
}

static void on_closed(void *owner)
{
	struct bfs_stream *s = owner;

	atomic_fetch_sub(&s->all->active, 1);
	bfs_stream_put(s);
}

static const struct bfs_sink sink = {
	.begin = on_begin,
	.record = on_record,
	.dry = on_dry,
	.end = on_end,
	.trouble = on_trouble,
	.closed = on_closed,
};

/* --- where the session begins -------------------------------------------------------- */

/* Under the lock: the group's place, or `start=`. */
static int64_t choose_first(struct bfs_stream *s)
{
	if (s->found.offset == BFS_NO_OFFSET)
		return s->all->options->start == BFS_START_LATEST ? s->end : s->low;
	if (s->found.offset < s->low) {
		bfs_warn("%s/%d: %" PRId64 " records expired before group %s read them", s->topic,
			 s->partition, s->low - s->found.offset, s->all->options->group);
		return s->low;
	}
	s->probing = s->found.offset > s->end;
	return s->found.offset;
}

/* Under the lock: byte 0 is the record at `first` or the next one behind it. */
static void begin_at(struct bfs_stream *s, int64_t first)
{
	s->first = s->ahead = first;
	if (s->end < first)
		s->end = first;
	bfs_window_reset(&s->window, 0, first);
	s->phase = STREAM_RUNNING;
}

/* Both answers are here. */
static void begin_session(struct bfs_stream *s)
{
	struct bfs_feed *feed = NULL;
	bool failed, over;

	bfs_mutex_lock(&s->lock);
	failed = s->phase != STREAM_STARTING;
	bfs_mutex_unlock(&s->lock);
	if (!failed) {
		bfs_claim_found(s->claim, &s->found);
		bfs_stream_get(s);
		feed = s->all->cluster->ops->feed_open(s->all->cluster, s->topic, s->partition,
						       &sink, s);
		if (!feed)
			bfs_stream_put(s);
	}
	bfs_mutex_lock(&s->lock);
	over = s->phase != STREAM_STARTING;
	if (feed && !over) {
		atomic_fetch_add(&s->all->active, 1);
		s->feed = feed;
		atomic_store(&s->feed_users, 1);
		begin_at(s, choose_first(s));
	} else if (!feed && !failed) {
		fail(s, -EMFILE, "too many partitions are being read");
	}
	bfs_mutex_unlock(&s->lock);
	if (feed && over) {
		atomic_fetch_add(&s->all->active, 1);
		s->all->cluster->ops->feed_close(feed);
	}
	bfs_stream_settle(s);
}

/* Under the lock: true if it was the last question. */
static bool answered(struct bfs_stream *s, int err, const struct bfs_why *why)
{
	if (err)
		fail(s, err, "%s", why && *why->text ? why->text : bfs_err_name(err));
	return --s->questions == 0;
}

static void got_committed(void *arg, int err, const struct bfs_why *why, const struct bfs_commit *c)
{
	struct bfs_stream *s = arg;
	bool last;

	bfs_mutex_lock(&s->lock);
	if (!err)
		s->found = *c;
	last = answered(s, err, why);
	bfs_mutex_unlock(&s->lock);
	if (last)
		begin_session(s);
	bfs_stream_put(s);
}

static void got_ends(void *arg, int err, const struct bfs_why *why, int64_t low, int64_t end)
{
	struct bfs_stream *s = arg;
	bool last;

	bfs_mutex_lock(&s->lock);
	if (!err) {
		s->low = low;
		s->end = end;
		s->end_learnt = bfs_clock_ms();
	}
	last = answered(s, err, why);
	bfs_mutex_unlock(&s->lock);
	if (last)
		begin_session(s);
	bfs_stream_put(s);
}

static int64_t deadline(const struct bfs_stream *s)
{
	return bfs_clock_ms() + s->all->options->timeout_ms;
}

static void ask_positions(void *arg)
{
	struct bfs_stream *s = arg;
	struct bfs_cluster *c = s->all->cluster;

	bfs_stream_get(s); /* with the one from start(): one for each question */
	c->ops->committed(c, s->all->options->group, s->topic, s->partition, deadline(s),
			  got_committed, s);
	c->ops->ends(c, s->topic, s->partition, deadline(s), got_ends, s);
}

void bfs_stream_start(struct bfs_stream *s)
{
	s->questions = 2;
	s->found.offset = BFS_NO_OFFSET;
	s->when_idle.start = ask_positions;
	s->when_idle.arg = bfs_stream_get(s);
	bfs_claim_when_idle(s->claim, &s->when_idle);
}

/* The committed offset is not in the log: expired meanwhile, or the topic was made anew. */
static void got_low(void *arg, int err, const struct bfs_why *why, int64_t low, int64_t end)
{
	struct bfs_stream *s = arg;
	int64_t was;

	bfs_mutex_lock(&s->lock);
	answered(s, err, why);
	if (!err && s->phase == STREAM_RUNNING) {
		was = s->first;
		s->low = low;
		s->end = end;
		s->probing = s->feeding = false;
		bfs_index_fini(&s->index);
		begin_at(s, s->all->options->start == BFS_START_LATEST ? end : low);
		bfs_claim_begin_anew(s->claim, s->first);
		bfs_warn("%s/%d: committed offset %" PRId64 " of group %s is not in the log, "
			 "reading goes on at %" PRId64,
			 s->topic, s->partition, was, s->all->options->group, s->first);
	}
	bfs_mutex_unlock(&s->lock);
	bfs_stream_settle(s);
	bfs_stream_put(s);
}

static void ask_low(struct bfs_stream *s)
{
	struct bfs_cluster *c = s->all->cluster;

	bfs_stream_get(s);
	c->ops->ends(c, s->topic, s->partition, deadline(s), got_low, s);
}

/* --- the end ------------------------------------------------------------------------- */

static void got_end(void *arg, int err, const struct bfs_why *why, int64_t low, int64_t end)
{
	struct bfs_stream *s = arg;

	(void)low;
	bfs_mutex_lock(&s->lock);
	s->asking_end = false;
	if (!err) {
		s->end = end > s->ahead ? end : s->ahead;
		s->end_learnt = bfs_clock_ms();
	}
	end_scan(s);
	bfs_mutex_unlock(&s->lock);
	if (err && err != -ENODEV) /* a silent broker leaves the end where it was */
		bfs_warn("%s/%d: end not known anew: %s", s->topic, s->partition,
			 why && *why->text ? why->text : bfs_err_name(err));
	bfs_stream_settle(s);
	bfs_stream_put(s);
}

void bfs_stream_ask_end(struct bfs_stream *s)
{
	struct bfs_cluster *c = s->all->cluster;
	/* Before the reads that wait for it give up: a silent broker leaves the end where it was.
	 */
	int64_t until = bfs_clock_ms() + s->all->options->timeout_ms * 3 / 4;

	bfs_stream_get(s);
	c->ops->ends(c, s->topic, s->partition, until, got_end, s);
}

/* Somebody wants the end, and it is not in the window: go there. Lock held. */
void bfs_stream_seek_end(struct bfs_stream *s)
{
	int64_t window = bfs_stream_window(s), each, start;

	if (s->phase != STREAM_RUNNING || s->scanning)
		return;
	s->scanning = true;
	if (s->ahead <= s->first || s->last_read || !bfs_list_empty(&s->reads))
		return; /* it was read from the beginning: it must stay where it is */
	each = s->size / (s->ahead - s->first) + 1;
	start = s->end - window / 2 / each;
	if (start <= s->ahead)
		return; /* near enough to be read through */
	s->rebased = s->lay = s->laying = true;
	s->base = s->size = (s->shown / PAGE + 1) * PAGE;
	s->ahead = start;
	bfs_index_fini(&s->index);
	snprintf(s->why.text, sizeof(s->why.text),
		 "follows without acknowledging: %" PRId64 " older records unread",
		 start - s->first);
	bfs_info("%s/%d: %s", s->topic, s->partition, s->why.text);
}
