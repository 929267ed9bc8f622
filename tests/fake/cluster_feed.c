/* cluster_feed.c - the fake cluster's feeds: one step at a time, on the lane.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "tests/fake/cluster_inner.h"
#include "tests/fake/fake.h"

struct bfs_feed {
	struct fake_cluster *c;
	struct bfs_list link;
	char *topic;
	int32_t partition;
	bool headers;
	const struct bfs_sink *sink;
	void *owner;
	struct fake_job pump;

	/* Protected by the cluster's lock. */
	bool starting, running, closing, closed;
	bool stopped;     /* closed by the stop, not by the model */
	bool trailing;    /* a start waits until more of the earlier one came */
	int late;         /* so many steps of it */
	bool full;        /* record() said false, and nobody resumed */
	unsigned resumes; /* so far: one may come between record()'s decision and its return */
	int64_t start;    /* where to, when starting */
	int64_t next;     /* offset of the next record at least */
	int64_t told_hint, told_end; /* -1: not yet */
};

/* A start that is late leaves time for more to arrive before it. */
static void next_step(struct bfs_feed *f)
{
	int delay = f->starting && f->late > 0 ? f->c->delay[FAKE_FETCH] : 0;

	fake_post(f->c, FAKE_LANE, &f->pump, bfs_clock_ms() + delay);
}

/* Each step runs under the lock, and comes back with it after its callback. */

static void call_begin(struct bfs_feed *f)
{
	int64_t offset = f->start;

	f->starting = f->full = false;
	f->running = true;
	f->next = offset;
	f->told_hint = f->told_end = -1;
	bfs_mutex_unlock(&f->c->lock);
	f->sink->begin(f->owner, offset);
	fake_came_back("begin");
	bfs_mutex_lock(&f->c->lock);
	fake_post(f->c, FAKE_LANE, &f->pump, bfs_clock_ms() + f->c->delay[FAKE_FETCH]);
}

static void call_closed(struct bfs_feed *f)
{
	f->stopped = !f->closing;
	f->closed = f->closing = true;
	bfs_mutex_unlock(&f->c->lock);
	f->sink->closed(f->owner);
	fake_came_back("closed");
	bfs_mutex_lock(&f->c->lock);
}

static void call_trouble(struct bfs_feed *f, int err, const struct bfs_why *why)
{
	f->running = false;
	bfs_mutex_unlock(&f->c->lock);
	f->sink->trouble(f->owner, err, why);
	fake_came_back("trouble");
	bfs_mutex_lock(&f->c->lock);
}

/* A start that came meanwhile is not undone. */
static void call_dry(struct bfs_feed *f)
{
	bool more;

	bfs_mutex_unlock(&f->c->lock);
	more = f->sink->dry(f->owner);
	fake_came_back("dry");
	bfs_mutex_lock(&f->c->lock);
	if (more)
		return;
	f->running = false;
	f->c->let_go++;
}

static void call_end(struct bfs_feed *f, int64_t end, bool reached)
{
	bfs_mutex_unlock(&f->c->lock);
	f->sink->end(f->owner, end, reached);
	fake_came_back("end");
	bfs_mutex_lock(&f->c->lock);
	if (reached)
		call_dry(f);
	next_step(f);
}

/* Hands over one record in blocks of its own. */
static bool call_record(struct bfs_feed *f, const struct fake_record *r)
{
	struct bfs_record copy = fake_record_copy(r, f->headers);
	bool more;

	f->next = r->offset + 1;
	f->c->fetched++;
	bfs_mutex_unlock(&f->c->lock);
	more = f->sink->record(f->owner, &copy);
	fake_came_back("record");
	fake_record_free(&copy);
	bfs_mutex_lock(&f->c->lock);
	return more;
}

static const struct fake_record *at_hand(struct bfs_feed *f)
{
	const struct fake_partition *p = fake_find(f->c, f->topic, f->partition);

	if (!p || f->closing || (f->starting && !f->trailing) || !f->running || f->full ||
	    f->c->frozen)
		return NULL;
	return fake_record_at(p, f->next);
}

static void burst(struct bfs_feed *f)
{
	const struct fake_record *r;
	int n;

	for (n = 0; n < f->c->burst_max && (r = at_hand(f)); n++) {
		unsigned resumes = f->resumes;

		if (!call_record(f, r) && f->resumes == resumes)
			f->full = true;
	}
	call_dry(f);
	fake_post(f->c, FAKE_LANE, &f->pump, bfs_clock_ms() + f->c->burst_gap);
}

/* What a fetch that can't go on ends with, or 0. */
static int broken(struct bfs_feed *f, const struct fake_partition *p, struct bfs_why *ret_why)
{
	int err = fake_take_failure(f->c, FAKE_FETCH, ret_why);

	if (err)
		return err;
	if (!p)
		return bfs_fail(ret_why, -ENOENT, "Broker: Unknown topic or partition");
	if (f->next < p->low || f->next > p->end)
		return bfs_fail(ret_why, -ERANGE, "Broker: Offset out of range");
	return 0;
}

static void fetch(struct bfs_feed *f)
{
	const struct fake_partition *p = fake_find(f->c, f->topic, f->partition);
	struct bfs_why why = { "" };
	int err = broken(f, p, &why);

	if (err) {
		call_trouble(f, err, &why);
	} else if (f->told_hint != p->end) {
		f->told_hint = p->end;
		call_end(f, p->end, false);
	} else if (fake_record_at(p, f->next)) {
		burst(f);
	} else if (f->told_end != fake_stable_end(p)) {
		f->told_end = fake_stable_end(p);
		if (f->next < f->told_end)
			f->next = f->told_end;
		call_end(f, f->told_end, true);
	}
}

static bool flows(const struct bfs_feed *f)
{
	return f->running && !f->full && !f->c->frozen;
}

/* What the lane had at hand when the start was ordered. */
static void trail(struct bfs_feed *f)
{
	f->late--;
	f->trailing = true;
	if (at_hand(f))
		burst(f);
	else
		fetch(f);
	f->trailing = false;
	next_step(f);
}

static void pump(struct fake_cluster *c, struct fake_job *j, int err)
{
	struct bfs_feed *f = bfs_container(j, struct bfs_feed, pump);

	bfs_mutex_lock(&c->lock);
	if (f->closed)
		; /* by the stop */
	else if (f->closing || err)
		call_closed(f);
	else if (f->starting && f->late > 0 && flows(f))
		trail(f);
	else if (f->starting)
		call_begin(f);
	else if (flows(f))
		fetch(f);
	bfs_mutex_unlock(&c->lock);
}

/* While the cluster stops, it closes feeds that the model may be about to use. */
static void enter(struct bfs_feed *f, const char *what)
{
	fake_enter(&f->c->cluster);
	if (f->closing && !f->stopped)
		fake_die("%s on the feed of %s/%d, which was closed", what, f->topic,
			 (int)f->partition);
}

static void post_and_leave(struct bfs_feed *f)
{
	next_step(f);
	fake_leave(f->c);
}

struct bfs_feed *fake_feed_open(struct bfs_cluster *cluster, const char *topic, int32_t partition,
				bool headers, const struct bfs_sink *sink, void *owner)
{
	struct fake_cluster *c = fake_enter(cluster);
	struct bfs_feed *f = NULL;

	if (!*topic || partition < 0 || !sink)
		fake_die("feed_open with senseless arguments");
	if (c->feeds_max < 0 || c->feeds < c->feeds_max) {
		f = bfs_zalloc(sizeof(*f));
		f->c = c;
		f->topic = bfs_strdup(topic);
		f->partition = partition;
		f->headers = headers;
		f->sink = sink;
		f->owner = owner;
		f->pump.run = pump;
		f->pump.deadline = BFS_NEVER;
		bfs_list_add(&c->all_feeds, &f->link);
		c->feeds++;
	}
	fake_leave(c);
	if (!f)
		errno = EMFILE;
	return f;
}

void fake_feed_start(struct bfs_feed *f, int64_t offset)
{
	enter(f, "feed_start");
	if (offset < 0)
		fake_die("feed_start at offset %lld", (long long)offset);
	f->c->calls[FAKE_FETCH]++;
	f->starting = true;
	f->late = f->running ? f->c->late_starts : 0;
	f->start = offset;
	post_and_leave(f);
}

void fake_feed_resume(struct bfs_feed *f)
{
	enter(f, "feed_resume");
	f->full = false;
	f->resumes++;
	post_and_leave(f);
}

void fake_feed_close(struct bfs_feed *f)
{
	enter(f, "feed_close");
	f->closing = true;
	f->late = 0;
	f->stopped = false;
	f->c->feeds--;
	post_and_leave(f);
}

void fake_feeds_wake(struct fake_cluster *c)
{
	int64_t due = bfs_clock_ms() + c->delay[FAKE_FETCH];
	struct bfs_list *n, *tmp;

	bfs_list_each(n, tmp, &c->all_feeds) {
		struct bfs_feed *f = bfs_container(n, struct bfs_feed, link);

		if (f->running && !f->closing)
			fake_post(c, FAKE_LANE, &f->pump, due);
	}
}

void fake_feeds_stop(struct fake_cluster *c)
{
	struct bfs_list *n, *tmp;

	bfs_mutex_lock(&c->lock);
	bfs_list_each(n, tmp, &c->all_feeds) {
		struct bfs_feed *f = bfs_container(n, struct bfs_feed, link);

		if (!f->closed)
			call_closed(f);
	}
	bfs_mutex_unlock(&c->lock);
}

void fake_feeds_fini(struct fake_cluster *c)
{
	struct bfs_list *n;

	while ((n = bfs_list_pop(&c->all_feeds))) {
		struct bfs_feed *f = bfs_container(n, struct bfs_feed, link);

		free(f->topic);
		free(f);
	}
}
