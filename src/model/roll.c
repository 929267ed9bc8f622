/* roll.c - does the group have live members? Asked for all claims of a mount together.
 *
 * SPDX-License-Identifier: MIT */
#include "model/roll.h"

#include "base/clock.h"
#include "base/log.h"

void bfs_roll_init(struct bfs_roll *r, struct bfs_cluster *cluster, const char *group,
		   int64_t timeout)
{
	r->cluster = cluster;
	r->group = group;
	r->timeout = timeout;
	r->next = INT64_MIN;
	bfs_list_init(&r->waiting);
	bfs_mutex_init(&r->lock, BFS_RANK_CLAIM);
}

void bfs_roll_fini(struct bfs_roll *r)
{
	bfs_mutex_fini(&r->lock);
}

/* Under the lock. */
static bool fresh(const struct bfs_roll *r)
{
	return !r->asking && bfs_clock_ms() < r->next;
}

bool bfs_roll_empty(struct bfs_roll *r)
{
	bool empty;

	bfs_mutex_lock(&r->lock);
	empty = fresh(r) && !r->members;
	bfs_mutex_unlock(&r->lock);
	return empty;
}

static void answered(void *arg, int err, const struct bfs_why *why, int members)
{
	struct bfs_roll *r = arg;
	struct bfs_list calls = BFS_LIST_INIT(calls), *n;

	bfs_mutex_lock(&r->lock);
	r->asking = false;
	r->members = members = err ? 0 : members;
	if (err)
		r->next = bfs_clock_ms() + BFS_ROLL_PAUSE;
	bfs_list_splice(&calls, &r->waiting);
	bfs_mutex_unlock(&r->lock);
	if (err)
		bfs_debug("members of group %s are not known: %s", r->group, why->text);
	while ((n = bfs_list_pop(&calls))) {
		struct bfs_roll_call *call = bfs_container(n, struct bfs_roll_call, link);

		call->done(call->arg, members);
	}
}

void bfs_roll_ask(struct bfs_roll *r, struct bfs_roll_call *call)
{
	int64_t wait = r->timeout / 2 < BFS_ROLL_WAIT ? r->timeout / 2 : BFS_ROLL_WAIT;
	int64_t now = bfs_clock_ms();
	bool known, ask;
	int members;

	bfs_mutex_lock(&r->lock);
	known = fresh(r);
	ask = !known && !r->asking;
	members = r->members;
	if (!known)
		bfs_list_add(&r->waiting, &call->link);
	if (ask) {
		r->asking = true;
		r->next = now + BFS_ROLL_EVERY;
	}
	bfs_mutex_unlock(&r->lock);
	if (known)
		call->done(call->arg, members);
	else if (ask)
		r->cluster->ops->members(r->cluster, r->group, now + wait, answered, r);
}
