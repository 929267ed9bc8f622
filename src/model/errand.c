/* errand.c - a change to the cluster that a request waits for.
 *
 * SPDX-License-Identifier: MIT */
#include "model/errand.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"

/* --- life ---------------------------------------------------------------------------- */

static void errand_get(void *errand)
{
	atomic_fetch_add(&((struct bfs_errand *)errand)->refs, 1);
}

static void errand_put(void *errand)
{
	struct bfs_errand *e = errand;

	if (atomic_fetch_sub(&e->refs, 1) != 1)
		return;
	bfs_mutex_fini(&e->lock);
	bfs_node_put(e->node);
	free(e->places);
	free(e->topic);
	free(e->name);
	free(e->value);
	free(e);
}

static const struct bfs_keeper keeper = { errand_get, errand_put };

struct bfs_errand *bfs_errand_new(struct bfs_fs *fs, struct bfs_node *n,
				  void (*act)(struct bfs_errand *e),
				  void (*answer)(struct bfs_errand *e, struct bfs_ticket *t))
{
	struct bfs_errand *e = bfs_zalloc(sizeof(*e));

	e->fs = fs;
	e->node = bfs_node_get(n);
	e->act = act;
	e->answer = answer;
	atomic_init(&e->refs, 1);
	bfs_mutex_init(&e->lock, BFS_RANK_REPORT);
	bfs_list_init(&e->waiting);
	return e;
}

int64_t bfs_errand_deadline(const struct bfs_errand *e)
{
	return bfs_clock_ms() + e->fs->options->timeout_ms;
}

/* Takes the reference of the start. */
void bfs_errand_done(void *errand, int err, const struct bfs_why *why)
{
	struct bfs_errand *e = errand;
	struct bfs_ticket *t;

	if (err && why && *why->text) {
		bfs_warn("%s", why->text);
		bfs_node_set_error(e->node, why);
	}
	bfs_mutex_lock(&e->lock);
	t = bfs_ticket_pop(&e->waiting);
	bfs_mutex_unlock(&e->lock);
	if (t && err)
		bfs_answer_error(t, err);
	else if (t)
		e->answer(e, t);
	errand_put(e);
}

static void alive(void *errand, int err, const struct bfs_why *why)
{
	struct bfs_errand *e = errand;

	atomic_store(&e->fs->silent, err == -ETIMEDOUT);
	if (err)
		bfs_errand_done(e, err, why);
	else
		e->act(e);
}

static void cancel(struct bfs_ticket *t, void *place, int err)
{
	struct bfs_errand *e = place;
	bool mine;

	bfs_mutex_lock(&e->lock);
	mine = bfs_ticket_claim(t, e, err);
	bfs_mutex_unlock(&e->lock);
	if (mine)
		bfs_answer_error(t, err);
}

void bfs_errand_start(struct bfs_errand *e, struct bfs_ticket *t)
{
	struct bfs_cluster *c = e->fs->cluster;
	bool parked;

	bfs_ticket_arm(t, e->fs->clerk, BFS_NEVER, cancel, e, e, &keeper);
	bfs_mutex_lock(&e->lock);
	parked = bfs_ticket_park(t, &e->waiting);
	bfs_mutex_unlock(&e->lock);
	if (parked) {
		c->ops->alive(c, BFS_ALIVE_WAIT, alive, e);
		return;
	}
	bfs_answer_error(t, t->cancelled);
	errand_put(e);
}

/* --- a group's offsets --------------------------------------------------------------- */

void bfs_errand_places(struct bfs_errand *e, int32_t first, int32_t last)
{
	e->n_places = last < first ? 0 : (size_t)(last - first) + 1;
	e->places = bfs_zalloc((e->n_places + 1) * sizeof(*e->places));
	for (size_t i = 0; i < e->n_places; i++) {
		e->places[i].errand = e;
		e->places[i].partition = first + (int32_t)i;
		e->places[i].committed = e->places[i].found = BFS_NO_OFFSET;
	}
}

/* Where the place is to go; an error, where that is not in the log. */
static int target(const struct bfs_errand *e, const struct bfs_errand_place *p, int64_t *ret,
		  struct bfs_why *why)
{
	const struct bfs_move *m = &e->move;

	if (m->relative && p->committed == BFS_NO_OFFSET)
		return bfs_fail(why, -EINVAL, "%s/%d: group %s has committed nothing to count from",
				e->topic, (int)p->partition, e->node->party->group);
	if (m->relative && m->by > INT64_MAX - p->committed)
		*ret = INT64_MAX;
	else if (m->relative)
		*ret = p->committed + m->by;
	else if (m->to.kind == BFS_AT_OFFSET)
		*ret = m->to.n;
	else if (m->to.kind == BFS_AT_EARLIEST)
		*ret = p->low;
	else
		*ret = p->found == BFS_NO_OFFSET ? p->end : p->found;
	if (*ret >= p->low && *ret <= p->end)
		return 0;
	return bfs_fail(why, -EINVAL, "%s/%d: %lld is not between %lld and %lld, where the log is",
			e->topic, (int)p->partition, (long long)*ret, (long long)p->low,
			(long long)p->end);
}

static void reset_done(void *errand, int err, const struct bfs_why *why)
{
	struct bfs_errand *e = errand;

	for (size_t i = 0; i < e->n_places && !err; i++)
		bfs_tree_disown(&e->fs->tree, e->node->party, e->topic, e->places[i].partition);
	bfs_errand_done(e, err, why);
}

/* All that has to be known is. */
static void reset(struct bfs_errand *e)
{
	struct bfs_cluster *c = e->fs->cluster;
	struct bfs_place *to = bfs_zalloc((e->n_places + 1) * sizeof(*to));

	for (size_t i = 0; i < e->n_places && !e->err; i++) {
		to[i].topic = e->topic;
		to[i].partition = e->places[i].partition;
		e->err = target(e, &e->places[i], &to[i].offset, &e->why);
	}
	if (e->err)
		bfs_errand_done(e, e->err, &e->why);
	else
		c->ops->group_reset(c, e->node->party->group, to, e->n_places,
				    bfs_errand_deadline(e), reset_done, e);
	free(to);
}

static void answered(struct bfs_errand *e, int err, const struct bfs_why *why)
{
	bool last;

	bfs_mutex_lock(&e->lock);
	if (err && !e->err) {
		e->err = err;
		e->why = *why;
	}
	last = !--e->pending;
	bfs_mutex_unlock(&e->lock);
	if (last)
		reset(e);
}

static void got_ends(void *arg, int err, const struct bfs_why *why, int64_t low, int64_t end)
{
	struct bfs_errand_place *p = arg;

	p->low = low;
	p->end = end;
	answered(p->errand, err, why);
}

static void got_committed(void *arg, int err, const struct bfs_why *why, const struct bfs_commit *c)
{
	struct bfs_errand_place *p = arg;

	if (!err)
		p->committed = c->offset;
	answered(p->errand, err, why);
}

static void got_offset(void *arg, int err, const struct bfs_why *why, int64_t offset)
{
	struct bfs_errand_place *p = arg;

	p->found = offset;
	answered(p->errand, err, why);
}

static bool by_time(const struct bfs_errand *e)
{
	return !e->move.relative &&
	       (e->move.to.kind == BFS_AT_TIME || e->move.to.kind == BFS_AT_AGO);
}

static void ask(struct bfs_errand *e, struct bfs_errand_place *p)
{
	struct bfs_cluster *c = e->fs->cluster;
	int64_t deadline = bfs_errand_deadline(e);

	c->ops->ends(c, e->topic, p->partition, deadline, got_ends, p);
	if (e->move.relative)
		c->ops->committed(c, e->node->party->group, e->topic, p->partition, deadline,
				  got_committed, p);
	if (by_time(e))
		c->ops->offset_at(c, e->topic, p->partition,
				  bfs_position_time(&e->move.to, bfs_clock_wall_ms()), deadline,
				  got_offset, p);
}

/* A partition that is being read here is not moved under its reader. */
static int held(struct bfs_errand *e, struct bfs_why *why)
{
	for (size_t i = 0; i < e->n_places; i++)
		if (bfs_tree_disown(&e->fs->tree, e->node->party, e->topic, e->places[i].partition))
			return bfs_fail(why, -EBUSY, "%s/%d is being read here for group %s",
					e->topic, (int)e->places[i].partition,
					e->node->party->group);
	return 0;
}

void bfs_errand_reset(struct bfs_errand *e)
{
	struct bfs_why why;
	int err = held(e, &why);

	if (err) {
		bfs_errand_done(e, err, &why);
		return;
	}
	e->pending = 1 + (int)e->n_places * (1 + (e->move.relative || by_time(e)));
	for (size_t i = 0; i < e->n_places; i++)
		ask(e, &e->places[i]);
	answered(e, 0, NULL);
}
