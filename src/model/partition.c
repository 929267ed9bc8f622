/* partition.c - what the mount keeps of a partition, whatever its file's nodes are.
 *
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "model/node_inner.h"

static uint64_t file_hash(const char *topic, int32_t partition)
{
	return bfs_hash_str(topic, (uint64_t)partition + 1);
}

/* --- the table; all under the tree's lock --- */

/* With incarnation 0, the newest of that name. */
struct bfs_partition *bfs_partition_find(const struct bfs_tree *tr, const struct bfs_party *party,
					 const char *topic, uint64_t incarnation, int32_t id)
{
	struct bfs_partition *best = NULL;
	struct bfs_maplink *l;

	for (l = bfs_map_first(&tr->partitions, file_hash(topic, id)); l; l = bfs_map_next(l)) {
		struct bfs_partition *p = bfs_container(l, struct bfs_partition, link);

		if (p->id != id || p->party != party || strcmp(p->topic, topic))
			continue;
		if (incarnation ? p->incarnation == incarnation
				: !best || p->incarnation > best->incarnation)
			best = p;
	}
	return best;
}

/* Those of the name's earlier incarnations that nobody knows any more; the caller frees what is
 * returned without the lock, one at a time. */
struct bfs_partition *bfs_partition_outdated(struct bfs_tree *tr, const struct bfs_party *party,
					     const char *topic, uint64_t incarnation, int32_t id)
{
	struct bfs_maplink *l;

	for (l = bfs_map_first(&tr->partitions, file_hash(topic, id)); l; l = bfs_map_next(l)) {
		struct bfs_partition *p = bfs_container(l, struct bfs_partition, link);

		if (!p->refs && p->id == id && p->party == party && p->incarnation < incarnation &&
		    !strcmp(p->topic, topic)) {
			bfs_map_del(&tr->partitions, &p->link);
			return p;
		}
	}
	return NULL;
}

struct bfs_partition *bfs_partition_new(struct bfs_tree *tr, struct bfs_party *party,
					const char *topic, uint64_t incarnation, int32_t id)
{
	struct bfs_partition *p = bfs_zalloc(sizeof(*p));

	p->party = party;
	p->topic = bfs_strdup(topic);
	p->incarnation = incarnation;
	p->id = id;
	p->st_ino = bfs_ino_partition(tr, party, topic, incarnation, id);
	bfs_list_init(&p->sessions);
	bfs_map_add(&tr->partitions, &p->link, file_hash(topic, id));
	return p;
}

/* Takes a partition out of the table when its last node has gone; the caller frees it without the
 * lock. One that was opened stays: a commit may be on its way, its health and last error are
 * remembered. */
bool bfs_partition_drop(struct bfs_tree *tr, struct bfs_partition *p)
{
	if (--p->refs || p->claim || p->out || *p->error.text)
		return false;
	bfs_map_del(&tr->partitions, &p->link);
	return true;
}

void bfs_partition_free(struct bfs_partition *p)
{
	bfs_claim_put(p->claim);
	bfs_out_put(p->out);
	free(p->topic);
	free(p);
}

/* Under the lock: earlier topics of this name must not speak for the group any more. */
void bfs_partition_supersede(struct bfs_tree *tr, const struct bfs_partition *by)
{
	struct bfs_maplink *l;

	for (l = bfs_map_first(&tr->partitions, file_hash(by->topic, by->id)); l;
	     l = bfs_map_next(l)) {
		struct bfs_partition *p = bfs_container(l, struct bfs_partition, link);

		if (p != by && p->party == by->party && p->claim && p->id == by->id &&
		    !strcmp(p->topic, by->topic))
			bfs_claim_supersede(p->claim);
	}
}

/* --- what is told to them --- */

/* Under the lock: whatever group they are of. */
static void tell_sessions(struct bfs_tree *tr, const char *topic, int32_t partition, int64_t offset)
{
	struct bfs_maplink *m;
	struct bfs_list *l, *tmp;

	for (m = bfs_map_first(&tr->partitions, file_hash(topic, partition)); m;
	     m = bfs_map_next(m)) {
		struct bfs_partition *p = bfs_container(m, struct bfs_partition, link);

		if (p->id != partition || strcmp(p->topic, topic) != 0 ||
		    bfs_partition_find(tr, p->party, topic, 0, partition) != p)
			continue;
		bfs_list_each(l, tmp, &p->sessions)
			bfs_stream_wrote(bfs_container(l, struct bfs_node, session)->stream,
					 offset);
	}
}

void bfs_tree_wrote(struct bfs_tree *tr, const char *topic, int32_t partition, int64_t offset)
{
	bfs_mutex_lock(&tr->lock);
	tell_sessions(tr, topic, partition, offset);
	tell_sessions(tr, topic, BFS_ANY, BFS_NO_OFFSET); /* views of the whole topic, too */
	bfs_mutex_unlock(&tr->lock);
}

void bfs_tree_set_error(struct bfs_tree *tr, const char *group, const char *topic,
			int32_t partition, const struct bfs_why *why)
{
	struct bfs_party *party = group ? bfs_claims_party(tr->home->all, group) : tr->home;
	struct bfs_partition *p;

	bfs_mutex_lock(&tr->lock);
	p = bfs_partition_find(tr, party, topic, 0, partition);
	if (p)
		p->error = *why;
	bfs_mutex_unlock(&tr->lock);
}

bool bfs_tree_claimed(struct bfs_tree *tr, const char *topic)
{
	bool claimed = false;

	bfs_mutex_lock(&tr->lock);
	for (size_t i = 0; i < tr->partitions.n_buckets; i++) {
		for (struct bfs_maplink *l = tr->partitions.buckets[i]; l; l = l->next) {
			struct bfs_partition *p = bfs_container(l, struct bfs_partition, link);

			if (p->claim && p->party == tr->home && !strcmp(p->topic, topic))
				claimed = claimed || bfs_claim_is_held(p->claim);
		}
	}
	bfs_mutex_unlock(&tr->lock);
	return claimed;
}
