/* arrivals.c - which files inotify is to be told of, and when.
 *
 * SPDX-License-Identifier: MIT */
#include "fuse/arrivals.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"

struct news {
	struct bfs_maplink hash;
	struct bfs_list link; /* in gathering or resting; in neither while it is held back */
	uint64_t ino;
	int64_t due;
	bool fresh; /* something came since the last touch */
	char *name;
};

void bfs_arrivals_init(struct bfs_arrivals *a, bool on)
{
	bfs_mutex_init(&a->lock, BFS_RANK_MAILBOX);
	bfs_map_init(&a->news);
	bfs_map_init(&a->holds);
	bfs_list_init(&a->gathering);
	bfs_list_init(&a->resting);
	a->on = on;
}

/* --- all under the lock ---------------------------------------------------------------------- */

static struct news *find(struct bfs_arrivals *a, uint64_t ino)
{
	struct bfs_maplink *l = bfs_map_first(&a->news, bfs_hash_u64(ino));

	for (; l; l = bfs_map_next(l)) {
		struct news *n = bfs_container(l, struct news, hash);

		if (n->ino == ino)
			return n;
	}
	return NULL;
}

static bool is_held(struct bfs_arrivals *a, uint64_t ino)
{
	struct bfs_maplink *l = bfs_map_first(&a->holds, bfs_hash_u64(ino));

	for (; l; l = bfs_map_next(l)) {
		if (bfs_container(l, struct bfs_hold, link)->ino == ino)
			return true;
	}
	return false;
}

static void queue(struct bfs_list *list, struct news *n, int64_t due)
{
	bfs_list_del(&n->link);
	bfs_list_add(list, &n->link);
	n->due = due;
}

static void drop(struct bfs_arrivals *a, struct news *n)
{
	bfs_list_del(&n->link);
	bfs_map_del(&a->news, &n->hash);
	free(n->name);
	free(n);
}

static struct news *add(struct bfs_arrivals *a, uint64_t ino, const char *name)
{
	struct news *n = bfs_zalloc(sizeof(*n));

	n->ino = ino;
	n->name = bfs_strdup(name);
	bfs_list_init(&n->link);
	bfs_map_add(&a->news, &n->hash, bfs_hash_u64(ino));
	return n;
}

/* The first of a queue, if it is due; lowers *when to its time if not. */
static struct news *first_due(struct bfs_list *list, int64_t now, int64_t *when)
{
	struct news *n = bfs_container(list->next, struct news, link);

	if (bfs_list_empty(list))
		return NULL;
	if (n->due <= now)
		return n;
	if (n->due < *when)
		*when = n->due;
	return NULL;
}

/* --- what others call ------------------------------------------------------------------------ */

bool bfs_arrivals_note(struct bfs_arrivals *a, uint64_t ino, const char *name, int64_t now)
{
	struct news *n;
	bool first = false;

	if (strlen(name) >= sizeof(((struct bfs_touch *)0)->name))
		return false;
	bfs_mutex_lock(&a->lock);
	n = a->on ? find(a, ino) : NULL;
	if (!n && a->on) {
		n = add(a, ino, name);
		queue(&a->gathering, n, now + BFS_ARRIVALS_GATHER);
		first = true;
	}
	if (n)
		n->fresh = true;
	bfs_mutex_unlock(&a->lock);
	return first;
}

void bfs_arrivals_forget(struct bfs_arrivals *a, uint64_t ino)
{
	struct news *n;

	bfs_mutex_lock(&a->lock);
	n = find(a, ino);
	if (n)
		drop(a, n);
	bfs_mutex_unlock(&a->lock);
}

void bfs_arrivals_hold(struct bfs_arrivals *a, struct bfs_hold *h, uint64_t ino)
{
	bfs_mutex_lock(&a->lock);
	if (a->on) {
		h->ino = ino;
		bfs_map_add(&a->holds, &h->link, bfs_hash_u64(ino));
	}
	bfs_mutex_unlock(&a->lock);
}

bool bfs_arrivals_release(struct bfs_arrivals *a, struct bfs_hold *h, int64_t now)
{
	struct news *n = NULL;
	bool due = false;

	if (!h->ino)
		return false;
	bfs_mutex_lock(&a->lock);
	bfs_map_del(&a->holds, &h->link);
	if (a->news.len && !is_held(a, h->ino))
		n = find(a, h->ino);
	if (n && !bfs_list_linked(&n->link)) {
		queue(&a->gathering, n, now + BFS_ARRIVALS_GATHER);
		due = true;
	}
	h->ino = 0;
	bfs_mutex_unlock(&a->lock);
	return due;
}

bool bfs_arrivals_next(struct bfs_arrivals *a, int64_t now, uint64_t *ret_ino,
		       struct bfs_touch *ret_touch, int64_t *ret_when)
{
	struct news *n;
	bool some = false;

	*ret_when = BFS_NEVER;
	bfs_mutex_lock(&a->lock);
	while (!some && ((n = first_due(&a->gathering, now, ret_when)) ||
			 (n = first_due(&a->resting, now, ret_when)))) {
		if (!n->fresh) {
			drop(a, n);
		} else if (is_held(a, n->ino)) {
			bfs_list_del(&n->link);
		} else {
			n->fresh = false;
			queue(&a->resting, n, now + BFS_ARRIVALS_REST);
			*ret_ino = n->ino;
			memset(ret_touch, 0, sizeof(*ret_touch));
			memcpy(ret_touch->name, n->name, strlen(n->name));
			some = true;
		}
	}
	bfs_mutex_unlock(&a->lock);
	return some;
}

void bfs_arrivals_unsent(struct bfs_arrivals *a, uint64_t ino)
{
	struct news *n;

	bfs_mutex_lock(&a->lock);
	n = find(a, ino);
	if (n)
		n->fresh = true;
	bfs_mutex_unlock(&a->lock);
}

/* --- the end --------------------------------------------------------------------------------- */

void bfs_arrivals_off(struct bfs_arrivals *a)
{
	bfs_mutex_lock(&a->lock);
	a->on = false;
	for (size_t i = 0; i < a->news.n_buckets; i++) {
		while (a->news.buckets[i])
			drop(a, bfs_container(a->news.buckets[i], struct news, hash));
	}
	bfs_mutex_unlock(&a->lock);
}

void bfs_arrivals_fini(struct bfs_arrivals *a)
{
	bfs_arrivals_off(a);
	bfs_map_fini(&a->news);
	bfs_map_fini(&a->holds);
	bfs_mutex_fini(&a->lock);
}
