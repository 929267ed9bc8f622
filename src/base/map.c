/* map.c - intrusive hash table.
 *
 * SPDX-License-Identifier: MIT */
#include "base/map.h"

#include <assert.h>
#include <stdlib.h>

#include "base/buf.h"

void bfs_map_init(struct bfs_map *m)
{
	m->buckets = NULL;
	m->n_buckets = 0;
	m->len = 0;
}

void bfs_map_fini(struct bfs_map *m)
{
	free(m->buckets);
	bfs_map_init(m);
}

static void grow(struct bfs_map *m)
{
	size_t n = m->n_buckets ? m->n_buckets * 2 : 16;
	struct bfs_maplink **to = bfs_zalloc(n * sizeof(struct bfs_maplink *));

	for (size_t i = 0; i < m->n_buckets; i++) {
		struct bfs_maplink *l = m->buckets[i], *next;

		for (; l; l = next) {
			next = l->next;
			l->next = to[l->hash & (n - 1)];
			to[l->hash & (n - 1)] = l;
		}
	}
	free(m->buckets);
	m->buckets = to;
	m->n_buckets = n;
}

void bfs_map_add(struct bfs_map *m, struct bfs_maplink *l, uint64_t hash)
{
	struct bfs_maplink **b;

	if (m->len >= m->n_buckets)
		grow(m);
	b = &m->buckets[hash & (m->n_buckets - 1)];
	l->hash = hash;
	l->next = *b;
	*b = l;
	m->len++;
}

void bfs_map_del(struct bfs_map *m, struct bfs_maplink *l)
{
	struct bfs_maplink **b = &m->buckets[l->hash & (m->n_buckets - 1)];

	while (*b && *b != l)
		b = &(*b)->next;
	assert(*b);
	*b = l->next;
	m->len--;
}

static struct bfs_maplink *same_hash(struct bfs_maplink *l, uint64_t hash)
{
	while (l && l->hash != hash)
		l = l->next;
	return l;
}

struct bfs_maplink *bfs_map_first(const struct bfs_map *m, uint64_t hash)
{
	return m->n_buckets ? same_hash(m->buckets[hash & (m->n_buckets - 1)], hash) : NULL;
}

struct bfs_maplink *bfs_map_next(const struct bfs_maplink *l)
{
	return same_hash(l->next, l->hash);
}

/* The finalizer of splitmix64: cheap, and every bit of x reaches every bit of the result. */
uint64_t bfs_hash_u64(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

/* FNV-1a, finished as above: names are short. */
uint64_t bfs_hash_str(const char *s, uint64_t seed)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325) ^ seed;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
	return bfs_hash_u64(h);
}
