/* feeding.c - one partition as a file of bytes: what its feed brings, and where the end is.
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
		s->cluster->ops->feed_close(s->feed);
}

void bfs_stream_feed(struct bfs_stream *s, int64_t offset)
{
	if (!feed_enter(s))
		return;
	s->cluster->ops->feed_start(s->feed, offset);
	feed_leave(s);
}

void bfs_stream_feed_resume(struct bfs_stream *s)
{
	if (!feed_enter(s))
		return;
	s->cluster->ops->feed_resume(s->feed);
	feed_leave(s);
}

/* --- failing and ending
 * ----------------------------------------------------------------------------- */

/* Under the lock. */
void bfs_stream_fail(struct bfs_stream *s, int err, const char *fmt, ...)
{
	va_list ap;

	if (s->phase >= STREAM_FAILED)
		return;
	s->phase = STREAM_FAILED;
	s->err = err;
	va_start(ap, fmt);
	vsnprintf(s->why.text, sizeof(s->why.text), fmt, ap);
	va_end(ap);
	bfs_warn("%s: %s", s->title, s->why.text);
}

const struct bfs_reader *bfs_stream_over(struct bfs_stream *s)
{
	const struct bfs_reader *claimer;
	bool close;

	bfs_stream_wake(s);
	bfs_mutex_lock(&s->lock);
	claimer = s->claimer;
	s->claimer = NULL;
	close = s->feed && s->phase != STREAM_OVER;
	if (s->phase != STREAM_OVER) {
		s->phase = STREAM_OVER;
		s->err = atomic_load(&s->all->ending) ? -ENODEV : -ESTALE;
	}
	bfs_mutex_unlock(&s->lock);
	bfs_stream_settle(s);
	if (s->merge)
		bfs_merge_stop(s->merge);
	if (close)
		feed_leave(s);
	return claimer;
}

/* --- what the feed brings; on its lane ----------------------------------------------- */

/* Under the lock: where what was read before ends and what is new begins. */
static void note_edge(struct bfs_stream *s)
{
	s->edge = (struct bfs_mark){ s->size, s->ahead };
}

/* A record that was read before begins below the edge, a new one at or behind it; else records
 * went meanwhile (compaction), and byte N would be another. One without bytes may stand at the
 * edge. */
static void check_edge(struct bfs_stream *s, int64_t offset, size_t len)
{
	if ((s->window.fill < s->edge.byte) == (offset < s->edge.offset) ||
	    (!len && s->window.fill == s->edge.byte))
		return;
	bfs_mutex_lock(&s->lock);
	bfs_stream_fail(s, -ESTALE,
			"the log changed under the reader: offset %" PRId64 " has moved", offset);
	bfs_mutex_unlock(&s->lock);
}

/* Under the lock: all that is in the window is what it was. */
static void all_sure(struct bfs_stream *s)
{
	s->verifying = false;
	s->sure = INT64_MAX;
}

static void verify_from(struct bfs_stream *s, int64_t byte)
{
	s->sure = byte;
	if (!bfs_index_above_byte(&s->index, byte, &s->verify))
		s->verify = (struct bfs_mark){ INT64_MAX, INT64_MAX }; /* the edge will tell */
}

/* What is fetched anew is shown only up to the last place where it is known to be what it was:
 * records may have gone meanwhile (compaction), and then all behind them has moved. */
static void check_mark(struct bfs_stream *s, int64_t offset, size_t len)
{
	int64_t at = s->window.fill;

	if (at < s->edge.byte && at < s->verify.byte && offset < s->verify.offset)
		return;
	if (!len && at == s->verify.byte && offset < s->verify.offset)
		return;
	bfs_mutex_lock(&s->lock);
	if (at >= s->edge.byte)
		all_sure(s);
	else if (at == s->verify.byte && offset == s->verify.offset)
		verify_from(s, at);
	else
		bfs_stream_fail(s, -ESTALE,
				"the log changed under the reader: offset %" PRId64 " has moved",
				offset);
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
		bfs_stream_fail(s, -ESTALE,
				"the log changed under the reader: offset %" PRId64 " has moved",
				s->mark.offset);
	s->has_mark = false;
	s->live = s->live || bfs_stream_caught_up(s);
	if (w->end > s->size) {
		s->arrived = s->live;
		s->size = w->end;
		s->mtime = bfs_clock_wall_ms();
	}
	if (w->end >= s->size)
		all_sure(s); /* nothing is missing */
	if (w->end == s->size)
		s->partial = s->within;
	if (w->end == s->size && w->next > s->ahead)
		s->ahead = w->next;
	if (s->ahead > s->end)
		s->end = s->ahead;
	note_edge(s);
	end_scan(s);
}

/* A view's name leads to another node each time: nobody could be told by it. */
static void tell_arrival(const struct bfs_stream *s)
{
	struct bfs_buf name = { 0 };

	if (!s->claim)
		return;
	if (strcmp(s->group, s->all->options->group) != 0) {
		bfs_buf_printf(&name, ".brokerfs/groups/");
		bfs_name_encode(s->group, &name);
		bfs_buf_printf(&name, "/");
	}
	bfs_buf_printf(&name, "%s/%" PRId32 "%s%s", s->topic, s->partition,
		       bfs_format_suffix(s->format), bfs_range_blocks(&s->range) ? "@.." : "");
	s->all->kernel->ops->arrived(s->all->kernel, s->ino, name.data);
	bfs_buf_fini(&name);
}

static void publish(struct bfs_stream *s)
{
	int64_t size;
	bool grown, arrived;
	char last;

	bfs_mutex_lock(&s->lock);
	size = s->size;
	publish_locked(s);
	grown = s->size > size && s->opened && s->phase == STREAM_RUNNING &&
		!bfs_range_blocks(&s->range);
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

/* The record as bytes behind what is there. */
static void take(struct bfs_stream *s, const struct bfs_record *r)
{
	struct iovec pieces[BFS_PIECES_MAX];
	struct bfs_record shown = *r;
	int32_t partition = s->partition;
	size_t len = 0;
	int n;

	if (s->merge) {
		const struct bfs_merged_record *m =
			bfs_container(r, struct bfs_merged_record, record);

		shown.offset = m->offset;
		partition = m->partition;
	}
	n = bfs_format_pieces(s->format, s->topic, partition, &shown, &s->scratch, pieces);
	for (int i = 0; i < n; i++)
		len += pieces[i].iov_len;
	check_edge(s, r->offset, len);
	if (s->verifying)
		check_mark(s, r->offset, len);
	if (len && !s->has_mark && !s->verifying) {
		s->has_mark = true;
		s->mark = (struct bfs_mark){ s->window.fill, r->offset };
	}
	if (!s->window.tail)
		turn(s);
	s->within = true;
	for (int i = 0; i < n; i++)
		append(s, pieces[i].iov_base, pieces[i].iov_len);
	s->within = false;
	if (!bfs_window_record(&s->window, r->offset) ||
	    s->window.fill - s->published >= PUBLISH_EVERY)
		publish(s);
}

/* A fixed range has all it can have. Under the lock, published. */
static void complete(struct bfs_stream *s)
{
	if (s->window.end != s->size) {
		bfs_stream_fail(s, -ESTALE, "the log changed under the reader: records are gone");
		return;
	}
	s->ahead = s->end = s->stop;
	note_edge(s);
	end_scan(s);
}

/* The next record is behind a fixed range: nothing more of it. */
static bool past_stop(struct bfs_stream *s)
{
	publish(s);
	bfs_mutex_lock(&s->lock);
	complete(s);
	s->full = true;
	bfs_mutex_unlock(&s->lock);
	bfs_stream_settle(s);
	return false;
}

/* Of FROM..+COUNT: this was the last record. */
static bool was_last(struct bfs_stream *s, int64_t offset, bool fresh)
{
	if (!s->left || !fresh || --s->left)
		return false;
	s->stop = offset + 1;
	return true;
}

static bool on_record(void *owner, const struct bfs_record *r)
{
	struct bfs_stream *s = owner;
	bool fresh;

	if (s->stale)
		return true;
	if (s->searching) /* what comes until a new start is of the count that has ended */
		return s->moving || bfs_stream_search_record(s, r);
	if (r->offset >= s->stop)
		return past_stop(s);
	fresh = r->offset >= s->edge.offset;
	if (!s->busy) {
		s->busy = true;
		atomic_store(&s->dry, false);
	}
	if (r->offset < s->first)
		bfs_window_skip(&s->window, r->offset);
	else
		take(s, r);
	if (was_last(s, r->offset, fresh))
		return past_stop(s);
	if (s->window.fill < atomic_load_explicit(&s->limit, memory_order_relaxed))
		return true;
	return still_room(s);
}

/* Nobody fetches for a range that is complete, or while it is asked how far the log reaches. */
static bool wants_more(struct bfs_stream *s)
{
	bool done, asking;

	bfs_mutex_lock(&s->lock);
	done = bfs_stream_done(s);
	if (done)
		s->feeding = s->full = false;
	asking = s->probing && bfs_stream_fixed(s) && !s->moving;
	bfs_mutex_unlock(&s->lock);
	return !done && !asking;
}

static bool on_dry(void *owner)
{
	struct bfs_stream *s = owner;

	s->busy = false;
	atomic_store(&s->dry, true);
	publish(s);
	return wants_more(s);
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
		all_sure(s);
		s->verifying = s->target.byte < s->size;
		if (s->verifying)
			verify_from(s, s->target.byte);
	}
	bfs_mutex_unlock(&s->lock);
	s->has_mark = s->busy = false;
	atomic_store(&s->dry, true);
	s->published = s->window.fill;
	bfs_stream_settle(s);
}

/* Under the lock. The log is not what we took it for: where it begins and ends is to be asked. */
static bool look_again(struct bfs_stream *s)
{
	s->trusting = false;
	s->questions = 1;
	s->probing = s->feeding = true; /* nothing is known, and no other start until it is */
	return true;
}

static void on_end(void *owner, int64_t end, bool reached)
{
	struct bfs_stream *s = owner;
	bool again = false;

	if (s->searching && !s->stale && !s->moving && reached) {
		bfs_stream_search_end(s, end);
		return;
	}
	bfs_mutex_lock(&s->lock);
	if (s->stale || s->moving || s->searching) {
		; /* of an earlier start */
	} else if (bfs_stream_fixed(s)) {
		publish_locked(s);
		if (reached && end >= s->stop)
			complete(s);
		else if (reached && s->trusting && !s->questions)
			again = s->stale = look_again(s);
	} else if (reached) {
		publish_locked(s);
		if (s->window.end != s->size)
			bfs_stream_fail(s, -ESTALE,
					"the log changed under the reader: records are gone");
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
	if (again)
		bfs_stream_begin_anew(s);
	else
		bfs_stream_settle(s);
}

/* Under the lock: nobody was shown anything yet. */
static bool may_look_again(const struct bfs_stream *s)
{
	return (s->claim || s->trusting) && !s->size && !s->moving && !s->answered && !s->questions;
}

static void on_trouble(void *owner, int err, const struct bfs_why *why)
{
	struct bfs_stream *s = owner;
	const char *text = why && *why->text ? why->text : bfs_err_name(err);
	bool again = false;

	bfs_mutex_lock(&s->lock);
	s->feeding = false;
	if (s->stale)
		;
	else if ((err == -ERANGE || (err == -ENOENT && s->trusting)) && may_look_again(s))
		again = look_again(s); /* the answer says which */
	else if (err == -ERANGE)
		bfs_stream_fail(s, -ESTALE, "records expired under the reader: %s", text);
	else if (err == -ENOENT)
		bfs_stream_fail(s, -ESTALE, "the topic was deleted under the reader: %s", text);
	else
		bfs_stream_fail(s, err, "%s", text);
	bfs_mutex_unlock(&s->lock);
	if (again)
		bfs_stream_begin_anew(s);
	else
		bfs_stream_settle(s);
}

static void on_closed(void *owner)
{
	struct bfs_stream *s = owner;

	atomic_fetch_sub(&s->all->active, 1);
	bfs_stream_put(s);
}

const struct bfs_sink bfs_stream_sink = {
	.begin = on_begin,
	.record = on_record,
	.dry = on_dry,
	.end = on_end,
	.trouble = on_trouble,
	.closed = on_closed,
};

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
		bfs_warn("%s: end not known anew: %s", s->title,
			 why && *why->text ? why->text : bfs_err_name(err));
	bfs_stream_settle(s);
	bfs_stream_put(s);
}

void bfs_stream_ask_end(struct bfs_stream *s)
{
	struct bfs_cluster *c = s->cluster;
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

	if (s->phase != STREAM_RUNNING || s->scanning || bfs_range_blocks(&s->range))
		return;
	s->scanning = true;
	if (bfs_stream_fixed(s) || s->merge || s->ahead <= s->first || s->last_read ||
	    !bfs_list_empty(&s->reads))
		return; /* it is to be, or was, read from the beginning: it must stay where it is */
	each = s->size / (s->ahead - s->first) + 1;
	start = s->end - window / 2 / each;
	if (start <= s->ahead)
		return; /* near enough to be read through */
	s->rebased = s->lay = s->laying = true;
	s->base = s->size = (s->shown / PAGE + 1) * PAGE;
	s->ahead = start;
	bfs_index_fini(&s->index);
	snprintf(s->why.text, sizeof(s->why.text), "%s: %" PRId64 " older records unread",
		 s->claim ? "follows without acknowledging" : "shows the end only",
		 start - s->first);
	if (s->claim)
		bfs_info("%s: %s", s->title, s->why.text);
}
