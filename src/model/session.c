/* session.c - reading sessions: when a node's begins, and what ends with it.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "model/node_inner.h"

#define RESTING_MAX 64

/* Under the lock: the session of this node, made if there is none. */
static struct bfs_stream *make_stream(struct bfs_node *n)
{
	struct bfs_partition *p = n->partition;
	bool view = bfs_node_is_view(n);

	if (!view && !p->claim) {
		bfs_partition_supersede(n->tree, p);
		p->claim = bfs_claim_new(p->party, p->topic, p->id);
	}
	n->stream = bfs_stream_new(n->tree->streams, p->party->group, p->topic, n->partitions,
				   &n->what, view ? NULL : p->claim, n->ino);
	bfs_stream_trust(n->stream, p->low, p->high);
	bfs_list_add(&p->sessions, &n->session);
	return n->stream;
}

/* Under the lock. Was it resting? */
static bool stop_resting(struct bfs_node *n)
{
	if (!bfs_list_linked(&n->resting))
		return false;
	bfs_list_del(&n->resting);
	n->tree->n_resting--;
	return true;
}

/* Under the lock: one more rests, or for lack of room the oldest no longer does, which is returned,
 * counted. */
static struct bfs_node *begin_resting(struct bfs_node *n)
{
	struct bfs_tree *tr = n->tree;
	struct bfs_node *oldest;

	bfs_list_add(&tr->resting, &n->resting);
	if (++tr->n_resting <= RESTING_MAX)
		return NULL;
	oldest = bfs_container(tr->resting.next, struct bfs_node, resting);
	stop_resting(oldest);
	oldest->refs++;
	return oldest;
}

int bfs_node_add_reader(struct bfs_node *n)
{
	struct bfs_stream *fresh = NULL;
	bool rested;
	int err = 0;

	bfs_mutex_lock(&n->tree->lock);
	if (n->tree->closed)
		err = -ENODEV;
	else if ((n->place && *n->place != n) || (n->stream && !bfs_stream_joinable(n->stream)))
		err = -ESTALE;
	else if (!n->stream)
		fresh = make_stream(n);
	if (!err)
		n->readers++;
	rested = !err && stop_resting(n);
	bfs_mutex_unlock(&n->tree->lock);
	if (fresh)
		bfs_stream_start(fresh);
	if (rested)
		bfs_stream_wake(n->stream);
	if (err)
		bfs_node_end_session(n);
	return err ? err : rested;
}

static const struct bfs_reader *end_one(struct bfs_node *n)
{
	bfs_mutex_lock(&n->tree->lock);
	if (n->place && *n->place == n && n->stream)
		*n->place = NULL;
	bfs_mutex_unlock(&n->tree->lock);
	return n->stream ? bfs_stream_over(n->stream) : NULL;
}

/* The sessions of the partition's other names began before what this one acknowledged: they would
 * show it once more. Where nobody has read yet they begin behind it: a program that is killed may
 * have left the file to a child for a moment, and whoever opens it meanwhile is to be served. */
static void end_rivals(struct bfs_node *of)
{
	struct bfs_node **place = of->partition->current[0], *n;
	int64_t acked;
	bool known = bfs_claim_place(of->partition->claim, &acked);
	struct bfs_stream *s;

	for (int i = 0; i < 2 * BFS_FORMATS; i++) {
		bfs_mutex_lock(&of->tree->lock);
		n = place[i];
		if (n)
			n->refs++;
		bfs_mutex_unlock(&of->tree->lock);
		s = n ? bfs_node_stream(n) : NULL;
		if (s && !(known && bfs_stream_begin_behind(s, acked)))
			end_one(n);
		bfs_node_put(n);
	}
}

void bfs_node_end_session(struct bfs_node *n)
{
	const struct bfs_reader *claimer = end_one(n);

	if (!claimer)
		return;
	end_rivals(n);
	bfs_claim_retire(n->partition->claim, claimer);
}

/* Under the lock. */
static struct bfs_node *unread_session(struct bfs_tree *tr, const struct bfs_party *party,
				       const char *topic, int32_t partition, int *ret_err)
{
	struct bfs_partition *p = bfs_partition_find(tr, party, topic, 0, partition);

	if (p && p->claim && bfs_claim_is_held(p->claim)) {
		*ret_err = -EBUSY;
		return NULL;
	}
	for (int f = 0; p && f < BFS_FORMATS; f++)
		for (int blocks = 0; blocks < 2; blocks++)
			if (p->current[f][blocks] && p->current[f][blocks]->stream)
				return p->current[f][blocks];
	return NULL;
}

int bfs_tree_disown(struct bfs_tree *tr, struct bfs_party *party, const char *topic,
		    int32_t partition)
{
	struct bfs_node *n;
	int err = 0;

	do {
		bfs_mutex_lock(&tr->lock);
		n = unread_session(tr, party, topic, partition, &err);
		if (n)
			n->refs++;
		bfs_mutex_unlock(&tr->lock);
		if (n)
			bfs_node_end_session(n);
		bfs_node_put(n);
	} while (n);
	return err;
}

void bfs_node_drop_reader(struct bfs_node *n)
{
	struct bfs_kernel *k = n->tree->streams->kernel;
	struct bfs_node *oldest = NULL;
	bool last, rests;

	bfs_mutex_lock(&n->tree->lock);
	last = !--n->readers;
	if (last && n->stream)
		bfs_stream_learnt(n->stream, &n->partition->low, &n->partition->high);
	rests = last && !n->tree->closed && n->stream && bfs_stream_rest(n->stream);
	if (rests)
		oldest = begin_resting(n);
	bfs_mutex_unlock(&n->tree->lock);
	if (oldest) {
		bfs_node_end_session(oldest);
		bfs_node_put(oldest);
	}
	if (!last)
		return;
	if (!rests)
		bfs_node_end_session(n);
	k->ops->forget(k, n->ino);
}

bool bfs_node_lasts(struct bfs_node *n)
{
	return n->stream && bfs_stream_joinable(n->stream) && bfs_stream_lasts(n->stream);
}

bool bfs_node_is_view(const struct bfs_node *n)
{
	return n->kind == BFS_PARTITION_FILE && !bfs_range_consumes(&n->what.range);
}

void bfs_node_count_handle(struct bfs_node *n, int change)
{
	bfs_mutex_lock(&n->tree->lock);
	n->handles += change;
	bfs_mutex_unlock(&n->tree->lock);
}

/* A node that another took the place of had a session, and is listed by that. */
bool bfs_node_is_alone(struct bfs_node *n)
{
	struct bfs_list *l, *tmp;
	bool alone = true;

	bfs_mutex_lock(&n->tree->lock);
	bfs_list_each(l, tmp, &n->partition->sessions) {
		struct bfs_node *o = bfs_container(l, struct bfs_node, session);

		if (o != n && o->handles && o->st_ino == n->st_ino)
			alone = false;
	}
	if (n->place && *n->place && *n->place != n && (*n->place)->handles)
		alone = false;
	bfs_mutex_unlock(&n->tree->lock);
	return alone;
}

struct bfs_stream *bfs_node_stream(struct bfs_node *n)
{
	struct bfs_stream *s;

	bfs_mutex_lock(&n->tree->lock);
	s = n->stream;
	bfs_mutex_unlock(&n->tree->lock);
	return s;
}

struct bfs_out *bfs_node_out(struct bfs_node *n)
{
	struct bfs_partition *p = n->partition;
	struct bfs_out *out;

	bfs_mutex_lock(&n->tree->lock);
	if (!p->out)
		p->out = bfs_out_new(n->tree->writers, p->topic, p->id);
	out = p->out;
	bfs_mutex_unlock(&n->tree->lock);
	return out;
}
