/* node.c - inode numbers, look-up counts, and what the mount keeps of a partition.
 *
 * SPDX-License-Identifier: MIT */
#include "model/node_inner.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "model/fs.h"

/* --- identifiers ------------------------------------------------------------------------------ */

static uint64_t group_hash(const char *group)
{
	return bfs_hash_str(group, 1);
}

static uint64_t party_hash(const struct bfs_party *party)
{
	return party ? group_hash(party->group) : 0;
}

uint64_t bfs_ino_topic(const struct bfs_tree *tr, const struct bfs_party *party, const char *topic,
		       uint64_t incarnation)
{
	uint64_t seed = bfs_hash_u64(incarnation);

	if (party != tr->home)
		seed ^= party_hash(party);
	return bfs_hash_str(topic, seed) | 2; /* never 0, nor the root's 1 */
}

uint64_t bfs_ino_partition(const struct bfs_tree *tr, const struct bfs_party *party,
			   const char *topic, uint64_t incarnation, int32_t partition)
{
	return bfs_hash_u64(bfs_ino_topic(tr, party, topic, incarnation) + (uint64_t)partition +
			    1) |
	       2;
}

static uint64_t control_ino(enum bfs_control control, uint64_t group, const char *topic,
			    int32_t partition)
{
	uint64_t seed = group + (uint64_t)control * 1000003 + (uint64_t)partition;

	return bfs_hash_str(topic ? topic : ".", bfs_hash_u64(seed)) | 2;
}

uint64_t bfs_ino_control(enum bfs_control control, const struct bfs_party *party, const char *topic,
			 int32_t partition)
{
	return control_ino(control, party_hash(party), topic, partition);
}

uint64_t bfs_ino_group(const char *group)
{
	return control_ino(BFS_CONTROL_GROUP, group_hash(group), NULL, BFS_ANY);
}

bool bfs_kind_is_dir(enum bfs_kind kind)
{
	return kind == BFS_ROOT || kind == BFS_TOPIC_DIR || kind == BFS_CONTROL_DIR;
}

/* --- tables; all under the lock ------------------------------------------------------ */

static struct bfs_node *node_new(struct bfs_tree *tr, enum bfs_kind kind, uint64_t st_ino)
{
	struct bfs_node *n = bfs_zalloc(sizeof(*n));

	n->tree = tr;
	n->kind = kind;
	n->ino = ++tr->last_ino;
	n->st_ino = st_ino;
	bfs_map_add(&tr->nodes, &n->link, bfs_hash_u64(n->ino));
	return n;
}

static struct bfs_node *find_node(const struct bfs_tree *tr, uint64_t ino)
{
	struct bfs_maplink *l;

	for (l = bfs_map_first(&tr->nodes, bfs_hash_u64(ino)); l; l = bfs_map_next(l)) {
		struct bfs_node *n = bfs_container(l, struct bfs_node, link);

		if (n->ino == ino)
			return n;
	}
	return NULL;
}

static struct bfs_node *find_dir(const struct bfs_tree *tr, const struct bfs_party *party,
				 const char *topic, uint64_t incarnation)
{
	struct bfs_maplink *l;

	for (l = bfs_map_first(&tr->dirs, bfs_hash_str(topic, 0)); l; l = bfs_map_next(l)) {
		struct bfs_node *n = bfs_container(l, struct bfs_node, dir_link);

		if (n->incarnation == incarnation && n->party == party && !strcmp(n->topic, topic))
			return n;
	}
	return NULL;
}

static struct bfs_node *find_control(const struct bfs_tree *tr, enum bfs_control control,
				     const struct bfs_party *party, const char *topic,
				     int32_t partition)
{
	uint64_t hash = bfs_ino_control(control, party, topic, partition);
	struct bfs_maplink *l;

	for (l = bfs_map_first(&tr->controls, hash); l; l = bfs_map_next(l)) {
		struct bfs_node *n = bfs_container(l, struct bfs_node, dir_link);

		if (n->control == control && n->party == party && n->about == partition &&
		    !n->topic == !topic && (!topic || !strcmp(n->topic, topic)))
			return n;
	}
	return NULL;
}

static void node_unlink(struct bfs_node *n)
{
	bfs_map_del(&n->tree->nodes, &n->link);
	if (n->kind == BFS_TOPIC_DIR)
		bfs_map_del(&n->tree->dirs, &n->dir_link);
	if (n->control)
		bfs_map_del(&n->tree->controls, &n->dir_link);
	if (n->place && *n->place == n)
		*n->place = NULL;
	bfs_list_del(&n->session);
	if (bfs_list_linked(&n->resting)) {
		bfs_list_del(&n->resting);
		n->tree->n_resting--;
	}
}

/* Drops references; the last one takes the node along. Called without the lock. */
static void drop(struct bfs_node *n, uint64_t lookups, int refs)
{
	struct bfs_tree *tr = n->tree;
	struct bfs_partition *p = NULL;
	bool last;

	bfs_mutex_lock(&tr->lock);
	assert(lookups <= n->lookups);
	n->lookups -= lookups;
	if (lookups && !n->lookups)
		refs++;
	n->refs -= refs;
	last = !n->refs;
	if (last) {
		node_unlink(n);
		if (n->partition && bfs_partition_drop(tr, n->partition))
			p = n->partition;
	}
	bfs_mutex_unlock(&tr->lock);
	if (!last)
		return;
	if (n->stream)
		bfs_stream_over(n->stream);
	bfs_stream_put(n->stream);
	if (p)
		bfs_partition_free(p);
	bfs_text_put(n->text);
	free(n->error);
	free(n->topic);
	free(n->name);
	free(n);
}

/* --- life ---------------------------------------------------------------------------- */

void bfs_tree_init(struct bfs_tree *tr, struct bfs_party *home, struct bfs_streams *streams,
		   struct bfs_writers *writers)
{
	bfs_mutex_init(&tr->lock, BFS_RANK_NODE);
	bfs_map_init(&tr->nodes);
	bfs_map_init(&tr->dirs);
	bfs_map_init(&tr->controls);
	bfs_map_init(&tr->partitions);
	bfs_list_init(&tr->resting);
	tr->last_ino = BFS_ROOT_INO - 1;
	tr->home = home;
	tr->streams = streams;
	tr->writers = writers;
	tr->root = node_new(tr, BFS_ROOT, BFS_ROOT_INO);
	tr->root->refs = tr->root->lookups = 1;
}

/* The kernel sends no forgets when it unmounts: what it still knew goes here. */
void bfs_tree_fini(struct bfs_tree *tr)
{
	for (size_t i = 0; i < tr->nodes.n_buckets; i++) {
		while (tr->nodes.buckets[i]) {
			struct bfs_node *n =
				bfs_container(tr->nodes.buckets[i], struct bfs_node, link);

			drop(n, 0, n->refs);
		}
	}
	for (size_t i = 0; i < tr->partitions.n_buckets; i++) {
		while (tr->partitions.buckets[i]) {
			struct bfs_maplink *l = tr->partitions.buckets[i];

			bfs_map_del(&tr->partitions, l);
			bfs_partition_free(bfs_container(l, struct bfs_partition, link));
		}
	}
	bfs_map_fini(&tr->nodes);
	bfs_map_fini(&tr->dirs);
	bfs_map_fini(&tr->controls);
	bfs_map_fini(&tr->partitions);
	bfs_mutex_fini(&tr->lock);
}

/* Under the lock: a node with a session that is not over, counted; NULL if there is none. */
static struct bfs_node *live_session(struct bfs_tree *tr)
{
	for (size_t i = 0; i < tr->nodes.n_buckets; i++) {
		for (struct bfs_maplink *l = tr->nodes.buckets[i]; l; l = l->next) {
			struct bfs_node *n = bfs_container(l, struct bfs_node, link);

			if (n->stream && !bfs_stream_is_over(n->stream)) {
				n->refs++;
				return n;
			}
		}
	}
	return NULL;
}

/* Begins the commits of all partitions. */
static void hurry_claims(struct bfs_tree *tr)
{
	struct bfs_claim **claims;
	size_t n = 0;

	bfs_mutex_lock(&tr->lock);
	claims = bfs_alloc((tr->partitions.len + 1) * sizeof(*claims));
	for (size_t i = 0; i < tr->partitions.n_buckets; i++) {
		for (struct bfs_maplink *l = tr->partitions.buckets[i]; l; l = l->next) {
			struct bfs_partition *p = bfs_container(l, struct bfs_partition, link);

			if (p->claim)
				claims[n++] = bfs_claim_get(p->claim);
		}
	}
	bfs_mutex_unlock(&tr->lock);
	for (size_t i = 0; i < n; i++) {
		bfs_claim_hurry(claims[i]);
		bfs_claim_put(claims[i]);
	}
	free(claims);
}

void bfs_tree_end_sessions(struct bfs_tree *tr)
{
	struct bfs_node *n;

	atomic_store(&tr->streams->ending, true);
	for (;;) {
		bfs_mutex_lock(&tr->lock);
		tr->closed = true;
		n = live_session(tr);
		bfs_mutex_unlock(&tr->lock);
		if (!n)
			break;
		bfs_node_end_session(n);
		bfs_node_put(n);
	}
	hurry_claims(tr);
}

struct bfs_node *bfs_tree_get(struct bfs_tree *tr, uint64_t ino)
{
	struct bfs_node *n;

	bfs_mutex_lock(&tr->lock);
	n = find_node(tr, ino);
	if (n)
		n->refs++;
	bfs_mutex_unlock(&tr->lock);
	return n;
}

struct bfs_node *bfs_node_get(struct bfs_node *n)
{
	bfs_mutex_lock(&n->tree->lock);
	n->refs++;
	bfs_mutex_unlock(&n->tree->lock);
	return n;
}

void bfs_node_put(struct bfs_node *n)
{
	if (n)
		drop(n, 0, 1);
}

static void keeper_get(void *node)
{
	bfs_node_get(node);
}

static void keeper_put(void *node)
{
	bfs_node_put(node);
}

const struct bfs_keeper bfs_node_keeper = { keeper_get, keeper_put };

/* Under the lock: one look-up more, and the caller's reference. */
static void looked_up(struct bfs_node *n)
{
	if (!n->lookups++)
		n->refs++;
	n->refs++;
}

struct bfs_node *bfs_tree_topic(struct bfs_tree *tr, struct bfs_party *party, const char *topic,
				uint64_t incarnation)
{
	struct bfs_node *n;

	bfs_mutex_lock(&tr->lock);
	n = find_dir(tr, party, topic, incarnation);
	if (!n) {
		n = node_new(tr, BFS_TOPIC_DIR, bfs_ino_topic(tr, party, topic, incarnation));
		n->party = party;
		n->topic = bfs_strdup(topic);
		n->incarnation = incarnation;
		bfs_map_add(&tr->dirs, &n->dir_link, bfs_hash_str(topic, 0));
	}
	looked_up(n);
	bfs_mutex_unlock(&tr->lock);
	return n;
}

struct bfs_node *bfs_tree_control(struct bfs_tree *tr, enum bfs_control control,
				  struct bfs_party *party, const char *topic, int32_t partition)
{
	uint64_t ino = bfs_ino_control(control, party, topic, partition);
	struct bfs_node *n;

	bfs_mutex_lock(&tr->lock);
	n = find_control(tr, control, party, topic, partition);
	if (!n) {
		n = node_new(tr, bfs_control_is_dir(control) ? BFS_CONTROL_DIR : BFS_CONTROL_FILE,
			     ino);
		n->control = control;
		n->party = party;
		n->topic = topic ? bfs_strdup(topic) : NULL;
		n->about = partition;
		bfs_map_add(&tr->controls, &n->dir_link, ino);
	}
	looked_up(n);
	bfs_mutex_unlock(&tr->lock);
	return n;
}

static uint64_t file_ino(const struct bfs_partition *p, const char *name,
			 const struct bfs_name *what)
{
	if (what->format == BFS_FORMAT_PLAIN && what->range.kind == BFS_RANGE_GROUP)
		return p->st_ino; /* the one that listings show */
	return bfs_hash_str(name, p->st_ino) | 2;
}

/* Under the lock. */
static struct bfs_node *file_new(struct bfs_tree *tr, struct bfs_partition *p, const char *name,
				 const struct bfs_name *what, struct bfs_node **place)
{
	struct bfs_node *n = node_new(tr, BFS_PARTITION_FILE, file_ino(p, name, what));

	n->incarnation = p->incarnation;
	n->partition = p;
	n->what = *what;
	n->name = bfs_strdup(name);
	n->place = place;
	if (place)
		*place = n;
	p->refs++;
	return n;
}

/* Under the lock: a view of this name that shows the same to whoever opens it. */
static struct bfs_node *lasting_view(const struct bfs_partition *p, const char *name)
{
	struct bfs_list *l, *tmp;

	bfs_list_each(l, tmp, &p->sessions) {
		struct bfs_node *n = bfs_container(l, struct bfs_node, session);

		if (!strcmp(n->name, name) && bfs_node_lasts(n))
			return n;
	}
	return NULL;
}

struct bfs_node *bfs_tree_file(struct bfs_tree *tr, struct bfs_party *party, const char *topic,
			       uint64_t incarnation, int32_t partitions, const char *name,
			       const struct bfs_name *what)
{
	struct bfs_partition *p, *old = NULL;
	struct bfs_node *n, **place = NULL;

	bfs_mutex_lock(&tr->lock);
	p = bfs_partition_find(tr, party, topic, incarnation, what->partition);
	if (!p) {
		old = bfs_partition_outdated(tr, party, topic, incarnation, what->partition);
		p = bfs_partition_new(tr, party, topic, incarnation, what->partition);
	}
	if (bfs_range_consumes(&what->range))
		place = &p->current[what->format][bfs_range_blocks(&what->range)];
	n = place ? *place : lasting_view(p, name);
	if (!n)
		n = file_new(tr, p, name, what, place);
	n->partitions = partitions;
	looked_up(n);
	bfs_mutex_unlock(&tr->lock);
	if (old)
		bfs_partition_free(old);
	return n;
}

void bfs_tree_forget(struct bfs_tree *tr, uint64_t ino, uint64_t lookups)
{
	struct bfs_node *n = bfs_tree_get(tr, ino);

	if (n)
		drop(n, n == tr->root ? 0 : lookups, 1);
}

/* --- what is kept with a node -------------------------------------------------------- */

struct bfs_text *bfs_node_text(struct bfs_node *n)
{
	struct bfs_text *text;

	bfs_mutex_lock(&n->tree->lock);
	text = n->text ? bfs_text_get(n->text) : NULL;
	bfs_mutex_unlock(&n->tree->lock);
	return text;
}

void bfs_node_set_text(struct bfs_node *n, struct bfs_text *text)
{
	struct bfs_text *old;

	bfs_text_get(text);
	bfs_mutex_lock(&n->tree->lock);
	old = n->text;
	n->text = text;
	bfs_mutex_unlock(&n->tree->lock);
	bfs_text_put(old);
}

void bfs_node_set_error(struct bfs_node *n, const struct bfs_why *why)
{
	if (!*why->text)
		return;
	bfs_mutex_lock(&n->tree->lock);
	if (n->partition) {
		n->partition->error = *why;
	} else {
		if (!n->error)
			n->error = bfs_alloc(sizeof(*n->error));
		*n->error = *why;
	}
	bfs_mutex_unlock(&n->tree->lock);
}

void bfs_node_error(struct bfs_node *n, struct bfs_why *ret_why)
{
	ret_why->text[0] = '\0';
	bfs_mutex_lock(&n->tree->lock);
	if (n->partition)
		*ret_why = n->partition->error;
	else if (n->error)
		*ret_why = *n->error;
	bfs_mutex_unlock(&n->tree->lock);
}
