/* merge_place.c - a topic's partitions as one: where it begins and ends in each of them.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "model/merge_inner.h"

#define MARKS_BYTES  (512 * 1024) /* of the way's marks */
#define MARKS_MIN    16
#define MARK_SPACING 256       /* merged offsets */
#define TURNS_MAX    (1 << 16) /* of arrivals that can be shown again */

static const struct bfs_position *position(const struct bfs_merge *m, int which)
{
	return which == BFS_FROM ? &m->conf.range.from : &m->conf.range.to;
}

static bool is_time(const struct bfs_merge *m, int which)
{
	enum bfs_position_kind kind = position(m, which)->kind;

	return (which == BFS_FROM || m->fixed) && (kind == BFS_AT_TIME || kind == BFS_AT_AGO);
}

/* --- the questions ------------------------------------------------------------------- */

/* Under the lock, the last thing of an answer. */
static void answered(struct bfs_merge *m, int err, const struct bfs_why *why)
{
	if (err && !m->ask_err) {
		m->ask_err = err;
		m->ask_why = why ? *why : (struct bfs_why){ "" };
	}
	if (--m->missing == 0)
		bfs_merge_kick(m);
	bfs_mutex_unlock(&m->lock);
	bfs_merge_put(m);
}

static void got_ends(void *arg, int err, const struct bfs_why *why, int64_t low, int64_t end)
{
	struct bfs_merge_lane *l = arg;

	bfs_mutex_lock(&l->merge->lock);
	if (!err) {
		l->low = low;
		l->end = end > l->end ? end : l->end;
	}
	answered(l->merge, err, why);
}

static void got_time(struct bfs_merge_lane *l, int which, int err, const struct bfs_why *why,
		     int64_t offset)
{
	bfs_mutex_lock(&l->merge->lock);
	l->place[which] = offset == BFS_NO_OFFSET ? INT64_MAX : offset; /* none is that young */
	answered(l->merge, err, why);
}

static void got_from(void *arg, int err, const struct bfs_why *why, int64_t offset)
{
	got_time(arg, BFS_FROM, err, why, offset);
}

static void got_to(void *arg, int err, const struct bfs_why *why, int64_t offset)
{
	got_time(arg, BFS_TO, err, why, offset);
}

void bfs_merge_ask(struct bfs_merge *m, int64_t deadline)
{
	static bfs_offset_fn *const got[] = { got_from, got_to };
	struct bfs_cluster *c = m->conf.cluster;
	int64_t now = bfs_clock_wall_ms();
	bool times[2];
	int each = 1;

	bfs_mutex_lock(&m->lock);
	for (int i = BFS_FROM; i <= BFS_TO; i++) {
		times[i] = m->stage == PLACE_NONE && is_time(m, i) && !c->finds_no_times;
		each += times[i];
	}
	m->missing = each * m->conf.partitions;
	if (!m->missing)
		bfs_merge_kick(m);
	atomic_fetch_add(&m->refs, m->missing);
	bfs_mutex_unlock(&m->lock);
	for (int32_t p = 0; p < m->conf.partitions; p++) {
		for (int i = BFS_FROM; i <= BFS_TO; i++)
			if (times[i])
				c->ops->offset_at(c, m->topic, p,
						  bfs_position_time(position(m, i), now), deadline,
						  got[i], &m->lanes[p]);
		c->ops->ends(c, m->topic, p, deadline, got_ends, &m->lanes[p]);
	}
}

int64_t bfs_merge_end(const struct bfs_merge *m)
{
	int64_t sum = 0;

	if (m->fixed)
		return m->trail.total;
	for (int32_t i = 0; i < m->conf.partitions; i++)
		sum += m->lanes[i].end - m->trail.from[i];
	return sum;
}

/* --- places; all under the lock ------------------------------------------------------ */

/* Looks at the records of all partitions, or knows the place already. */
static void begin_place(struct bfs_merge *m)
{
	const struct bfs_position *p = position(m, m->which);
	bool time = is_time(m, m->which), search = p->kind == BFS_AT_LAST;
	int64_t now = bfs_clock_wall_ms();

	search = search || (time && m->conf.cluster->finds_no_times);
	m->stage = PLACE_SEARCH;
	for (int32_t i = 0; i < m->conf.partitions; i++) {
		struct bfs_merge_lane *l = &m->lanes[i];

		if (p->kind == BFS_AT_EARLIEST)
			l->place[m->which] = l->low;
		else if (!time || search)
			l->place[m->which] = l->end;
		l->search.count = 0;
		if (!search || l->low >= l->end)
			continue;
		if (time)
			bfs_search_time(&l->search, l->low, l->end, bfs_position_time(p, now));
		else
			bfs_search_last(&l->search, l->low, l->end, p->n);
		bfs_merge_lane_search(l);
	}
}

/* The last n of each partition were found: merges them up to the last n of all. False if there are
 * not more. */
static bool begin_sift(struct bfs_merge *m)
{
	const struct bfs_position *p = position(m, m->which);
	int64_t n = 0;

	if (p->kind != BFS_AT_LAST)
		return false;
	for (int32_t i = 0; i < m->conf.partitions; i++)
		n += m->lanes[i].search.count;
	if (n <= p->n)
		return false;
	m->sift = n - p->n;
	m->stage = PLACE_SIFT;
	for (int32_t i = 0; i < m->conf.partitions; i++) {
		m->walk.next[i] = m->lanes[i].place[m->which];
		m->lanes[i].edge = m->lanes[i].end;
	}
	bfs_merge_start(m);
	return true;
}

/* True when all that is older was passed over. */
static bool sifted(struct bfs_merge *m)
{
	struct bfs_queued *q;
	enum bfs_pick pick;
	int32_t who;

	if (m->beginning)
		return false;
	for (; m->sift > 0; m->sift--) {
		pick = bfs_merge_pick(m, &who);
		if (pick == BFS_PICK_WAIT)
			return false;
		if (pick == BFS_PICK_EDGE)
			break; /* records went meanwhile */
		q = bfs_merge_take(&m->lanes[who]);
		m->walk.next[who] = q->record.offset + 1;
		free(q);
	}
	for (int32_t i = 0; i < m->conf.partitions; i++)
		m->lanes[i].place[m->which] = m->walk.next[i];
	return true;
}

static int64_t between(int64_t low, int64_t n, int64_t high)
{
	return n < low ? low : n > high ? high : n;
}

static void all_found(struct bfs_merge *m)
{
	int32_t n = m->conf.partitions;
	size_t marks = MARKS_BYTES / sizeof(int64_t) / (size_t)(n + 1);
	int64_t *edge = bfs_alloc((size_t)n * sizeof(*edge));

	for (int32_t i = 0; i < n; i++) {
		struct bfs_merge_lane *l = &m->lanes[i];

		l->deaf = true;
		m->walk.next[i] = between(l->low, l->place[BFS_FROM], l->end);
		edge[i] = l->edge = l->end;
		if (m->fixed)
			edge[i] = l->edge = between(m->walk.next[i], l->place[BFS_TO], l->end);
	}
	bfs_trail_init(&m->trail, n, m->walk.next, edge, MARK_SPACING,
		       marks < MARKS_MIN ? MARKS_MIN : marks, TURNS_MAX);
	m->stage = PLACE_READY;
	free(edge);
}

bool bfs_merge_find_places(struct bfs_merge *m)
{
	while (!m->ask_err && m->stage != PLACE_READY) {
		if (m->stage == PLACE_NONE) {
			m->ask_err = bfs_merge_open_feeds(m);
			m->which = BFS_FROM;
			begin_place(m);
			continue;
		}
		if (m->stage == PLACE_SEARCH && m->searching)
			return false;
		if (m->stage == PLACE_SEARCH && begin_sift(m))
			continue;
		if (m->stage == PLACE_SIFT && !sifted(m))
			return false;
		if (m->which == BFS_TO || !m->fixed) {
			all_found(m);
		} else {
			m->which = BFS_TO;
			begin_place(m);
		}
	}
	return true;
}
