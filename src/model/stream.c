/* stream.c - one partition as a file of bytes: requests and their answers.
 *
 * How a session begins is in begin.c, what its feed brings in feeding.c.
 *
 * SPDX-License-Identifier: MIT */
#include "model/stream.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "model/stream_inner.h"

void bfs_stream_lock(struct bfs_stream *s)
{
	bfs_mutex_lock(&s->lock);
}

void bfs_stream_unlock(struct bfs_stream *s)
{
	bfs_mutex_unlock(&s->lock);
}

/* --- what is known; all under the lock ----------------------------------------------- */

/* The lowest byte somebody waits for, or where the last read ended. */
static int64_t lowest_wanted(const struct bfs_stream *s)
{
	int64_t low = bfs_list_empty(&s->reads) ? s->last_read : INT64_MAX;
	struct bfs_list *n, *tmp;

	bfs_list_each(n, tmp, &s->reads) {
		struct bfs_ticket *t = bfs_container(n, struct bfs_ticket, link);

		if (t->off < low)
			low = t->off;
	}
	return low;
}

void bfs_stream_make_room(struct bfs_stream *s)
{
	int64_t window = bfs_stream_window(s);

	if (s->scanning)
		bfs_window_drop(&s->window, s->window.end, window);
	else if (!bfs_stream_fixed(s) || s->window.end > window)
		bfs_window_drop(&s->window, lowest_wanted(s), window / 4);
}

/* Sets how far the feed may fill. */
static void set_limit(struct bfs_stream *s)
{
	int64_t window = bfs_stream_window(s);
	int64_t limit = bfs_stream_fixed(s) ? BFS_SMALL : BFS_PREFETCH;

	if (s->scanning)
		limit = INT64_MAX;
	else if (s->opened)
		limit = lowest_wanted(s) + window * 3 / 4;
	if (bfs_stream_fixed(s) && s->opened && limit < window)
		limit = window;
	atomic_store(&s->limit, limit);
}

/* --- what must be done so that those who wait are answered --- */

struct todo {
	bool start, resume, ask_end;
	int64_t offset;
};

/* A reader that takes small bites must not wake the feed for each. */
static bool worth_resuming(const struct bfs_stream *s)
{
	int64_t room = atomic_load(&s->limit) - s->window.fill;

	return room >= bfs_stream_window(s) / 4 ||
	       (room > 0 && !(bfs_list_empty(&s->reads) && bfs_list_empty(&s->sizes)));
}

/* Under the lock. */
static void plan_feed(struct bfs_stream *s, struct todo *do_)
{
	int64_t low = lowest_wanted(s);
	struct bfs_mark m;

	if (s->lay && !s->moving) {
		s->lay = false;
		s->moving = s->feeding = do_->start = true;
		s->target = (struct bfs_mark){ s->base, s->ahead };
		do_->offset = s->ahead;
		s->full = false;
	} else if (!bfs_list_empty(&s->reads) && low < s->window.begin && low < s->size &&
		   !s->moving && bfs_index_at_byte(&s->index, low, &m)) {
		s->moving = s->feeding = do_->start = true;
		s->target = m;
		do_->offset = m.offset;
		s->full = false;
	} else if (!s->feeding && !s->moving && !bfs_stream_done(s) &&
		   (s->opened || s->probing || s->ahead < s->end)) {
		s->moving = s->feeding = do_->start = true;
		s->target = (struct bfs_mark){ s->window.end, s->window.next };
		do_->offset = s->window.next;
	}
	/* Many streams share memory: who asks for the size of a range gets it all the same. */
	if (bfs_stream_fixed(s) && s->full && !bfs_list_empty(&s->sizes) &&
	    s->size < s->all->options->memory)
		s->scanning = true;
	set_limit(s);
	if (s->full && !bfs_stream_done(s) && worth_resuming(s)) {
		s->full = false;
		do_->resume = !s->moving;
		/* nobody looked meanwhile */
		s->doubt = s->doubt || (bfs_stream_caught_up(s) && !bfs_stream_fixed(s));
	}
}

/* Under the lock. A read that waits at the end of a blocking range gets what comes, wherever the
 * end is; one that must not wait has to know. */
static bool end_is_wanted(const struct bfs_stream *s)
{
	struct bfs_list *n, *tmp;

	bfs_list_each(n, tmp, &s->reads)
		if (!bfs_range_blocks(&s->range) ||
		    bfs_container(n, struct bfs_ticket, link)->mark & BFS_READ_NONBLOCK)
			return true;
	return !bfs_list_empty(&s->sizes);
}

static void plan(struct bfs_stream *s, struct todo *do_)
{
	memset(do_, 0, sizeof(*do_));
	if (s->phase != STREAM_RUNNING)
		return;
	plan_feed(s, do_);
	if (s->doubt && !s->asking_end && bfs_stream_caught_up(s) && end_is_wanted(s)) {
		s->asking_end = do_->ask_end = true;
		s->doubt = false;
	}
}

static void carry_out(struct bfs_stream *s, const struct todo *do_)
{
	if (do_->start)
		bfs_stream_feed(s, do_->offset);
	if (do_->resume)
		bfs_stream_feed_resume(s);
	if (do_->ask_end)
		bfs_stream_ask_end(s);
}

/* --- answering those who wait --- */

enum verdict { WAIT, DATA, END, FAIL };

struct outcome {
	struct bfs_ticket *t;
	enum verdict verdict;
	int err;
	int64_t tell; /* the size to tell first, or 0 */
	char last;
	struct bfs_pins pins;
};

/* Under the lock: caught up, with nothing that makes the end we know doubtful. */
static bool end_is_sure(const struct bfs_stream *s)
{
	if (bfs_stream_fixed(s))
		return bfs_stream_caught_up(s);
	return bfs_stream_caught_up(s) && !s->doubt && !s->asking_end && !s->full;
}

/* Under the lock: how many bytes a read gets that can't have more. */
static int64_t there(const struct bfs_stream *s, const struct bfs_ticket *t)
{
	int64_t end = s->window.end;

	/* In a small window marks may be too far from each other to wait for the next. */
	if (s->sure < end && !(s->full && s->sure - t->off < bfs_stream_window(s) / 2))
		end = s->sure;
	if (s->phase != STREAM_RUNNING || s->moving || s->laying || t->off < s->window.begin)
		return 0;
	return t->off < end ? end - t->off : 0;
}

/* Under the lock: is this enough, though the read asks for more? A short answer in mid-file is
 * taken for the end by some programs. Where reads wait at the end they take what is there. */
static bool enough(const struct bfs_stream *s, const struct bfs_ticket *t, int64_t n)
{
	int64_t most = bfs_stream_window(s) / 2;

	if (n >= (int64_t)t->size || n >= most)
		return true;
	if (bfs_range_blocks(&s->range))
		return n > 0 && atomic_load(&s->dry);
	return n > 0 && s->window.end == s->size && end_is_sure(s);
}

/* Under the lock: until when it waits. What reaches to the end as it was last learnt is not kept
 * back for long by the question whether that has moved: the broker may be silent. */
static int64_t patience(const struct bfs_stream *s, const struct bfs_ticket *t)
{
	if (there(s, t) > 0 && s->window.end == s->size && bfs_stream_caught_up(s))
		return bfs_clock_ms() + BFS_CATCH_UP;
	return t->since + s->all->options->timeout_ms;
}

/* Under the lock: what a read gets now. */
static enum verdict judge_read(struct bfs_stream *s, struct bfs_ticket *t, struct outcome *o)
{
	if (s->phase == STREAM_FAILED || s->phase == STREAM_OVER) {
		o->err = s->err;
		return FAIL;
	}
	if (t->off < s->base) {
		o->err = -ESTALE;
		return FAIL;
	}
	if (t->off >= s->size && end_is_sure(s) && !bfs_range_blocks(&s->range))
		return END;
	if (t->off >= s->size && end_is_sure(s) && t->mark & BFS_READ_NONBLOCK) {
		o->err = -EAGAIN;
		return FAIL;
	}
	return enough(s, t, there(s, t)) ? DATA : WAIT;
}

static void take_read(struct bfs_stream *s, struct bfs_ticket *t, struct outcome *o)
{
	int64_t most = there(s, t);
	size_t n = 0;

	if (o->verdict == DATA)
		n = bfs_window_pin(&s->window, t->off,
				   most < (int64_t)t->size ? (size_t)most : t->size, &o->pins);
	o->tell = 0;
	if (o->verdict == FAIL)
		return;
	s->answered = true;
	s->last_read = t->off + (int64_t)n < s->size ? t->off + (int64_t)n : s->size;
	if (s->last_read > s->delivered)
		s->delivered = s->last_read;
	o->last = bfs_window_last(&s->window);
	if (n && !(t->mark & BFS_READ_CACHED)) {
		if (bfs_range_blocks(&s->range) && s->last_read >= s->told)
			o->tell = bfs_stream_shown(s);
		else if (s->last_read > s->told)
			o->tell = s->window.end;
	}
	s->all->returned(t, t->off, n);
}

static bool next_read(struct bfs_stream *s, struct outcome *o)
{
	struct bfs_list *n, *tmp;

	bfs_list_each(n, tmp, &s->reads) {
		o->t = bfs_container(n, struct bfs_ticket, link);
		o->verdict = judge_read(s, o->t, o);
		if (o->verdict != WAIT) {
			bfs_ticket_unpark(o->t);
			take_read(s, o->t, o);
			return true;
		}
	}
	return false;
}

/* Under the lock: is what an OPEN waits for there? The size that is shown next must be true, or
 * large enough to betray who trusts it: an empty file is not read at all. */
static bool open_ready(struct bfs_stream *s)
{
	return s->phase >= STREAM_FAILED || bfs_stream_caught_up(s) ||
	       s->size >= (bfs_range_blocks(&s->range) ? 1 : BFS_PROMISE);
}

static bool complete_ready(struct bfs_stream *s)
{
	return s->phase >= STREAM_FAILED || bfs_stream_caught_up(s) || s->size >= BFS_SMALL;
}

static bool size_exact(struct bfs_stream *s)
{
	return s->phase >= STREAM_FAILED || end_is_sure(s) || bfs_range_blocks(&s->range);
}

/* A stat of a fixed range that is larger than memory does not wait for its end; SEEK_END does, and
 * has it scanned. */
static bool size_ready(struct bfs_stream *s)
{
	return size_exact(s) || (bfs_stream_fixed(s) && s->full && s->opened && !s->scanning &&
				 s->size >= s->all->options->memory);
}

static bool next_outcome(struct bfs_stream *s, struct outcome *o)
{
	o->t = NULL;
	if (!bfs_list_empty(&s->opens) && open_ready(s))
		o->t = bfs_ticket_pop(&s->opens);
	else if (!bfs_list_empty(&s->completes) && complete_ready(s))
		o->t = bfs_ticket_pop(&s->completes);
	else if (!bfs_list_empty(&s->sizes) && size_ready(s))
		o->t = bfs_ticket_pop(&s->sizes);
	if (o->t) {
		o->verdict = WAIT;
		o->t->state = s->phase >= STREAM_FAILED ? s->err : 0;
		return true;
	}
	return next_read(s, o);
}

/* The sentence first: who sees the error looks for it. */
static void fail_read(struct bfs_stream *s, struct bfs_ticket *t, int err)
{
	struct bfs_why why = { "" };

	if (err == -ETIMEDOUT)
		bfs_fail(&why, err, "%s: what is known to be there did not come within %d ms",
			 s->title, s->all->options->timeout_ms);
	else if (err != -EINTR && err != -ENODEV)
		bfs_stream_why(s, &why);
	s->all->failing(t, &why);
	bfs_answer_error(t, err);
}

static void act(struct bfs_stream *s, struct outcome *o)
{
	if (o->verdict == DATA || o->verdict == END)
		s->all->answering(o->t);
	switch (o->verdict) {
	case WAIT: o->t->again(o->t); break;
	case DATA:
		if (o->tell) {
			bfs_stream_tell_first(s, o->t, &o->pins, o->tell, o->last);
			break;
		}
		bfs_answer_data(o->t, o->pins.iov, o->pins.n);
		bfs_pins_release(&o->pins);
		break;
	case END: bfs_answer_data(o->t, NULL, 0); break;
	case FAIL: fail_read(s, o->t, o->err); break;
	}
}

void bfs_stream_settle(struct bfs_stream *s)
{
	struct outcome o;
	struct todo do_;
	bool more, polled;

	do {
		bfs_mutex_lock(&s->lock);
		more = next_outcome(s, &o);
		polled = !bfs_list_empty(&s->pollers);
		plan(s, &do_);
		bfs_mutex_unlock(&s->lock);
		carry_out(s, &do_);
		if (more)
			act(s, &o);
	} while (more);
	if (polled)
		bfs_stream_wake_pollers(s);
}

/* --- requests --- */

enum { FAILS, GOES_ON, OPENS }; /* t->mark: how a wait ends in time; OPENS goes on with a byte */

/* Under the lock: how a wait goes on that was cancelled. */
static int state_late(const struct bfs_stream *s, const struct bfs_ticket *t, int err)
{
	bool no_error = t->mark == GOES_ON || (t->mark == OPENS && s->size > 0);

	return err == -ETIMEDOUT && no_error ? 0 : err;
}

/* An OPEN or a size that waited long enough goes on with what there is. */
static void await_cancel(struct bfs_ticket *t, void *place, int err)
{
	struct bfs_stream *s = place;
	bool mine;

	bfs_mutex_lock(&s->lock);
	mine = bfs_ticket_claim(t, s, err);
	if (mine)
		t->state = state_late(s, t, err);
	if (mine && bfs_list_empty(&s->sizes) && !bfs_stream_fixed(s))
		s->scanning = false; /* nobody wants the end any more */
	bfs_mutex_unlock(&s->lock);
	if (mine)
		t->again(t);
}

/* Parks t in `list` unless `ready` says that it need not wait. */
static void await(struct bfs_stream *s, struct bfs_ticket *t, struct bfs_list *list,
		  bool (*ready)(struct bfs_stream *), int64_t deadline, void *owner,
		  const struct bfs_keeper *keeper)
{
	struct todo do_;
	bool parked = false;

	bfs_stream_get(s); /* once parked, t keeps us alive no longer */
	bfs_ticket_arm(t, s->all->clerk, deadline, await_cancel, s, owner, keeper);
	bfs_mutex_lock(&s->lock);
	if (ready(s))
		t->state = s->phase >= STREAM_FAILED ? s->err : 0;
	else if (bfs_ticket_park(t, list))
		parked = true;
	else
		t->state = state_late(s, t, t->cancelled);
	plan(s, &do_);
	bfs_mutex_unlock(&s->lock);
	carry_out(s, &do_);
	bfs_stream_put(s);
	if (!parked)
		t->again(t);
}

void bfs_stream_await_open(struct bfs_stream *s, struct bfs_ticket *t, int64_t deadline,
			   void *owner, const struct bfs_keeper *keeper)
{
	t->mark = OPENS;
	await(s, t, &s->opens, open_ready, deadline, owner, keeper);
}

void bfs_stream_await_complete(struct bfs_stream *s, struct bfs_ticket *t, void *owner,
			       const struct bfs_keeper *keeper)
{
	t->mark = GOES_ON;
	await(s, t, &s->completes, complete_ready, t->since + BFS_WHOLE, owner, keeper);
}

void bfs_stream_await_size(struct bfs_stream *s, struct bfs_ticket *t, bool exact, void *owner,
			   const struct bfs_keeper *keeper)
{
	int64_t patience = bfs_stream_fixed(s) ? s->all->options->timeout_ms : BFS_CATCH_UP;
	int64_t now = bfs_clock_ms(), deadline;
	bool wait, starting;

	bfs_mutex_lock(&s->lock);
	/* Nobody has it open yet: this is a stat by name, from memory. */
	starting = s->phase == STREAM_STARTING && !exact;
	s->opened = s->opened || !starting;
	if (!s->catch_up && !starting)
		s->catch_up = now + patience;
	deadline = exact ? now + s->all->options->timeout_ms : s->catch_up;
	wait = deadline > now && !starting;
	if (exact && !size_exact(s))
		bfs_stream_seek_end(s);
	bfs_mutex_unlock(&s->lock);
	t->mark = exact ? FAILS : GOES_ON;
	t->state = 0;
	if (wait)
		await(s, t, &s->sizes, size_ready, deadline, owner, keeper);
	else
		t->again(t);
}

static void park_read(struct bfs_stream *s, struct bfs_ticket *t, int64_t deadline, void *owner,
		      const struct bfs_keeper *keeper);

/* Under the lock: what a read gets whose wait is over. */
static enum verdict judge_late(struct bfs_stream *s, struct bfs_ticket *t, struct outcome *o)
{
	bool at_end = t->off >= s->size && bfs_stream_caught_up(s);

	o->err = -ETIMEDOUT;
	if (there(s, t) > 0)
		return DATA;
	if (!bfs_range_blocks(&s->range) || !at_end)
		return FAIL;
	o->err = -EAGAIN;
	/* at the end, where it may stay for ever */
	return t->mark & BFS_READ_NONBLOCK ? FAIL : WAIT;
}

static void read_cancel(struct bfs_ticket *t, void *place, int err)
{
	struct bfs_stream *s = place;
	struct outcome o = { .t = t, .verdict = FAIL, .err = err };
	bool mine;

	bfs_mutex_lock(&s->lock);
	mine = bfs_ticket_claim(t, s, err);
	if (mine && (err == -ETIMEDOUT || (err == -EINTR && there(s, t) > 0)))
		o.verdict = judge_late(s, t, &o);
	if (mine && o.verdict == DATA)
		take_read(s, t, &o);
	bfs_mutex_unlock(&s->lock);
	if (mine && o.verdict == WAIT)
		park_read(s, t, BFS_NEVER, t->owner, t->keeper);
	else if (mine)
		act(s, &o);
}

/* The slow way: the read waits. */
static void park_read(struct bfs_stream *s, struct bfs_ticket *t, int64_t deadline, void *owner,
		      const struct bfs_keeper *keeper)
{
	bool parked;

	bfs_stream_get(s); /* once parked, t keeps us alive no longer */
	bfs_ticket_arm(t, s->all->clerk, deadline, read_cancel, s, owner, keeper);
	bfs_mutex_lock(&s->lock);
	parked = bfs_ticket_park(t, &s->reads);
	bfs_mutex_unlock(&s->lock);
	if (parked)
		bfs_stream_settle(s);
	else
		fail_read(s, t, t->cancelled);
	bfs_stream_put(s);
}

void bfs_stream_read(struct bfs_stream *s, struct bfs_ticket *t, int64_t off, size_t size,
		     unsigned how, void *owner, const struct bfs_keeper *keeper)
{
	struct outcome o = { .t = t };
	struct todo do_;
	int64_t until;

	t->off = off;
	t->size = size;
	bfs_mutex_lock(&s->lock);
	s->opened = true;
	o.verdict = judge_read(s, t, &o);
	if (o.verdict == WAIT && how & BFS_READ_NONBLOCK && bfs_range_blocks(&s->range)) {
		if (there(s, t) > 0)
			o.verdict = DATA;
		else if (off >= s->size && !s->full) /* else only a read that waits brings it */
			o.verdict = FAIL;
		o.err = -EAGAIN;
	}
	if (o.verdict != WAIT)
		take_read(s, t, &o);
	until = patience(s, t);
	plan(s, &do_);
	bfs_mutex_unlock(&s->lock);
	carry_out(s, &do_);
	if (o.verdict == WAIT)
		park_read(s, t, until, owner, keeper);
	else
		act(s, &o);
}
