/* merge_run.c - a topic's partitions as one: the merging; on the merger's thread.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "model/merge_inner.h"

/* --- which record is next; all under the lock ---------------------------------------- */

enum bfs_pick bfs_merge_pick(const struct bfs_merge *m, int32_t *ret_who)
{
	const struct bfs_queued *best = NULL;

	for (int32_t i = 0; i < m->conf.partitions; i++) {
		const struct bfs_merge_lane *l = &m->lanes[i];
		const struct bfs_queued *q = bfs_merge_head(l);

		if (q && q->record.offset < l->edge) {
			if (best && best->record.timestamp <= q->record.timestamp)
				continue;
			best = q;
			*ret_who = i;
		} else if (l->fetched < l->edge) {
			return BFS_PICK_WAIT;
		}
	}
	return best ? BFS_PICK_RECORD : BFS_PICK_EDGE;
}

/* Behind the edge, for the first time: of what is at hand. */
static enum bfs_pick pick_arrival(const struct bfs_merge *m, int32_t *ret_who)
{
	const struct bfs_queued *best = NULL;

	for (int32_t i = 0; i < m->conf.partitions; i++) {
		const struct bfs_queued *q = bfs_merge_head(&m->lanes[i]);

		if (!q || (best && best->record.timestamp <= q->record.timestamp))
			continue;
		best = q;
		*ret_who = i;
	}
	return best ? BFS_PICK_RECORD : BFS_PICK_EDGE;
}

/* Behind the edge, once more: in the order in which it came. */
static enum bfs_pick pick_turn(struct bfs_merge *m, const struct bfs_turn *turn, int32_t *ret_who)
{
	const struct bfs_merge_lane *l = &m->lanes[turn->who];
	const struct bfs_queued *q = bfs_merge_head(l);

	if (q && q->record.offset < turn->to) {
		*ret_who = turn->who;
		return BFS_PICK_RECORD;
	}
	if (l->fetched < turn->to)
		return BFS_PICK_WAIT;
	bfs_trail_step(&m->trail, &m->walk, turn->who, turn->to); /* a gap */
	return BFS_PICK_EDGE;
}

static enum bfs_pick changed(struct bfs_merge *m)
{
	m->err = bfs_fail(&m->why, -ESTALE, "the log changed under the reader: records are gone");
	return BFS_PICK_WAIT;
}

static enum bfs_pick pick(struct bfs_merge *m, int32_t *ret_who)
{
	const struct bfs_turn *turn;
	enum bfs_pick p;

	if (m->walk.at < m->trail.total) {
		p = bfs_merge_pick(m, ret_who);
		if (p != BFS_PICK_EDGE)
			return p;
		m->gap = true;
		if (!bfs_trail_reach_edge(&m->trail, &m->walk))
			return changed(m);
	}
	if (m->fixed)
		return BFS_PICK_EDGE;
	while (!bfs_trail_fresh(&m->trail, &m->walk, &turn)) {
		if (!turn) {
			m->err = bfs_fail(&m->why, -ESTALE, "the order of arrival is forgotten");
			return BFS_PICK_WAIT;
		}
		p = pick_turn(m, turn, ret_who);
		if (p != BFS_PICK_EDGE)
			return p;
	}
	return pick_arrival(m, ret_who);
}

/* --- what the sink is told; called with the lock, come back without ------------------ */

static void give(struct bfs_merge *m, int32_t who)
{
	struct bfs_queued *q = bfs_merge_take(&m->lanes[who]);
	struct bfs_merged_record r = { q->record, who, q->record.offset };
	int64_t at = m->walk.at + r.offset - m->walk.next[who];
	unsigned resumes = m->resumes;
	bool more;

	if (!bfs_trail_step(&m->trail, &m->walk, who, r.offset + 1))
		changed(m);
	if (m->err || at < m->start) {
		bfs_mutex_unlock(&m->lock);
		free(q);
		return;
	}
	m->wet = true;
	bfs_mutex_unlock(&m->lock);
	r.record.offset = at;
	more = m->sink->record(m->owner, &r.record);
	free(q);
	bfs_mutex_lock(&m->lock);
	/* It may have been resumed, or started anew, before it returned. */
	if (!more && m->resumes == resumes && !m->begins)
		m->full = true;
	bfs_mutex_unlock(&m->lock);
}

static void give_dry(struct bfs_merge *m)
{
	bool more;

	m->wet = false;
	bfs_mutex_unlock(&m->lock);
	more = m->sink->dry(m->owner);
	bfs_mutex_lock(&m->lock);
	if (!more && !m->begins)
		m->running = false;
	bfs_mutex_unlock(&m->lock);
}

static void give_end(struct bfs_merge *m, int64_t end, bool reached)
{
	bfs_mutex_unlock(&m->lock);
	m->sink->end(m->owner, end, reached);
}

static void give_begin(struct bfs_merge *m)
{
	int64_t start = m->start;

	m->begins = false;
	m->running = true;
	bfs_mutex_unlock(&m->lock);
	m->sink->begin(m->owner, start);
}

static void give_trouble(struct bfs_merge *m)
{
	struct bfs_why why = m->why;
	int err = m->err;

	m->running = m->begins = false;
	m->err = 0;
	bfs_mutex_unlock(&m->lock);
	m->sink->trouble(m->owner, err, &why);
}

/* --- what there is to tell; all under the lock --------------------------------------- */

/* All was handed over up to the ends of all partitions: passes the gaps there. */
static bool at_all_ends(struct bfs_merge *m)
{
	if (m->fixed || m->walk.at < m->trail.total || !m->end_news)
		return false;
	for (int32_t i = 0; i < m->conf.partitions; i++)
		if (!m->lanes[i].reached)
			return false;
	for (int32_t i = 0; i < m->conf.partitions; i++)
		if (m->lanes[i].fetched > m->walk.next[i])
			bfs_trail_step(&m->trail, &m->walk, i, m->lanes[i].fetched);
	m->end_news = false;
	return true;
}

/* The ends as the feeds heard of them. */
static int64_t hint(const struct bfs_merge *m)
{
	int64_t sum = 0;

	if (m->fixed || m->walk.at < m->trail.total)
		return -1;
	for (int32_t i = 0; i < m->conf.partitions; i++) {
		int64_t end = m->lanes[i].hint, next = m->walk.next[i];

		sum += (end > next ? end : next) - m->trail.from[i];
	}
	return sum > m->walk.at ? sum : -1;
}

/* Nothing can be taken now. False: nothing to tell either. */
static bool tell_rest(struct bfs_merge *m)
{
	int64_t far;

	if (m->wet) {
		give_dry(m);
		return true;
	}
	if (m->full)
		return false;
	if (m->gap || at_all_ends(m)) {
		m->gap = false;
		give_end(m, m->walk.at, true);
		return true;
	}
	far = hint(m);
	if (far < 0 || far == m->told_hint)
		return false;
	m->told_hint = far;
	give_end(m, far, false);
	return true;
}

static bool tell(struct bfs_merge *m)
{
	int32_t who;

	if (m->err) {
		give_trouble(m);
		return true;
	}
	if (m->begins && m->wet) { /* of the past, but it must not end within a record */
		give_dry(m);
		return true;
	}
	if (m->begins && !m->beginning) {
		give_begin(m);
		return true;
	}
	if (!m->running)
		return false;
	if (m->full || pick(m, &who) != BFS_PICK_RECORD)
		return tell_rest(m);
	give(m, who);
	return true;
}

bool bfs_merge_run(struct bfs_merge *m)
{
	bfs_mutex_lock(&m->lock);
	if (m->sink && !m->open && !m->told_closed && (m->closing || m->cut)) {
		m->told_closed = true;
		bfs_mutex_unlock(&m->lock);
		m->sink->closed(m->owner);
		return false;
	}
	if (m->sink && !m->stopped && !m->told_closed && tell(m))
		return true;
	bfs_mutex_unlock(&m->lock);
	return false;
}
