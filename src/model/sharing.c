/* sharing.c - one open `any`: what the member brings, and what is taken away from it.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "model/share_inner.h"

static struct bfs_held *entry_at(struct bfs_list *n)
{
	return bfs_container(n, struct bfs_held, link);
}

/* Under the lock. */
static struct bfs_part *part(struct bfs_share *s, int32_t partition)
{
	int32_t n = partition + 1;

	if (n > s->n_parts) {
		s->parts = bfs_realloc(s->parts, (size_t)n * sizeof(*s->parts));
		memset(s->parts + s->n_parts, 0, (size_t)(n - s->n_parts) * sizeof(*s->parts));
		s->n_parts = n;
	}
	return &s->parts[partition];
}

/* Under the lock: what is held of the partition counts no more. */
static void give_up(struct bfs_share *s, int32_t partition)
{
	struct bfs_list *n, *tmp;

	bfs_list_each(n, tmp, &s->entries)
		if (entry_at(n)->partition == partition)
			entry_at(n)->dead = true;
}

static int64_t share_assigned(void *owner, int32_t partition, int64_t committed)
{
	struct bfs_share *s = owner;
	struct bfs_part *p;
	int64_t from;

	bfs_mutex_lock(&s->lock);
	p = part(s, partition);
	if (!p->known || p->acked != committed) {
		give_up(s, partition);
		p->acked = p->next = committed;
	}
	p->known = p->ours = true;
	p->tell = false;
	from = p->next;
	bfs_mutex_unlock(&s->lock);
	return from;
}

/* Under the lock: appends the record as the format has it. */
static void append(struct bfs_share *s, int32_t partition, const struct bfs_record *r)
{
	struct iovec pieces[BFS_PIECES_MAX];
	int n = bfs_format_pieces(s->format, s->topic, partition, r, &s->scratch, pieces);
	struct bfs_held *e;
	size_t len = 0, at = 0;

	for (int i = 0; i < n; i++)
		len += pieces[i].iov_len;
	e = bfs_alloc(sizeof(*e) + len);
	*e = (struct bfs_held){
		.partition = partition, .offset = r->offset, .begin = s->end, .len = len
	};
	for (int i = 0; i < n; i++) {
		memcpy(e->data + at, pieces[i].iov_base, pieces[i].iov_len);
		at += pieces[i].iov_len;
	}
	bfs_list_add(&s->entries, &e->link);
	s->end += (int64_t)len;
}

static bool share_record(void *owner, int32_t partition, const struct bfs_record *r)
{
	struct bfs_share *s = owner;
	bool room;

	bfs_mutex_lock(&s->lock);
	s->dry = false;
	if (part(s, partition)->ours)
		append(s, partition, r);
	room = s->end - s->begin < s->all->options->window;
	s->full = s->full || !room;
	bfs_mutex_unlock(&s->lock);
	return room;
}

static void share_dry(void *owner)
{
	struct bfs_share *s = owner;

	bfs_mutex_lock(&s->lock);
	s->dry = true;
	bfs_mutex_unlock(&s->lock);
	bfs_share_settle(s);
}

static bool among(int32_t partition, const int32_t *partitions, int n)
{
	for (int i = 0; i < n; i++)
		if (partitions[i] == partition)
			return true;
	return false;
}

/* Under the lock: forgets what was not returned of these partitions, and moves up what comes behind
 * it: nobody has seen where that lies. */
static void forget_unreturned(struct bfs_share *s, const int32_t *partitions, int n_partitions)
{
	int64_t end = s->begin;
	struct bfs_list *n, *tmp;

	bfs_list_each(n, tmp, &s->entries) {
		struct bfs_held *e = entry_at(n);

		if (e->begin >= s->returned && among(e->partition, partitions, n_partitions) &&
		    e->offset >= s->parts[e->partition].next) {
			bfs_list_del(n);
			free(e);
			continue;
		}
		e->begin = end;
		end += (int64_t)e->len;
	}
	s->end = end;
	if (s->poll_at > end)
		s->poll_at = end;
}

static bool share_revoking(void *owner, const int32_t *partitions, int n_partitions)
{
	struct bfs_share *s = owner;
	struct bfs_list *n, *tmp;
	bool held = false;

	bfs_mutex_lock(&s->lock);
	forget_unreturned(s, partitions, n_partitions);
	bfs_list_each(n, tmp, &s->entries)
		held = held || among(entry_at(n)->partition, partitions, n_partitions);
	held = held && !s->released; /* else nobody comes back */
	bfs_mutex_unlock(&s->lock);
	return !held;
}

/* What was forgotten makes room, and no read may come that would tell. */
static void share_revoked(void *owner, int32_t partition)
{
	struct bfs_share *s = owner;
	struct bfs_part *p;

	bfs_mutex_lock(&s->lock);
	p = part(s, partition);
	forget_unreturned(s, &partition, 1); /* of one lost, too */
	p->ours = p->tell = false;
	if (bfs_share_take_room(s) && !s->released)
		s->all->cluster->ops->member_resume(s->member);
	bfs_mutex_unlock(&s->lock);
}

static void share_trouble(void *owner, int err, const struct bfs_why *why)
{
	struct bfs_share *s = owner;

	bfs_warn("%s", why->text);
	bfs_mutex_lock(&s->lock);
	s->err = err;
	s->why = *why;
	bfs_mutex_unlock(&s->lock);
	bfs_share_settle(s);
}

static void share_closed(void *owner)
{
	struct bfs_share *s = owner;

	bfs_mutex_lock(&s->lock);
	s->closed = true;
	if (!s->err)
		s->err = bfs_fail(&s->why, -ENODEV, "%s: brokerfs is ending", s->name);
	bfs_mutex_unlock(&s->lock);
	bfs_share_settle(s);
	bfs_share_put(s);
}

const struct bfs_member_sink bfs_share_sink = {
	.assigned = share_assigned,
	.record = share_record,
	.dry = share_dry,
	.revoking = share_revoking,
	.revoked = share_revoked,
	.trouble = share_trouble,
	.closed = share_closed,
};
