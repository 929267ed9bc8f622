/* map.h - intrusive hash table.
 *
 * A link is embedded in its object; the table owns only its buckets and grows as it fills. Keys are
 * the caller's business: it hands in a hash and compares the candidates itself:
 *
 *	for (l = bfs_map_first(&m, hash); l; l = bfs_map_next(l))
 *		if (same(bfs_container(l, struct thing, link), key)) ...
 *
 * Locks: none here; protected by its owner's lock.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_BASE_MAP_H
#define BFS_BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

struct bfs_maplink {
	struct bfs_maplink *next;
	uint64_t hash;
};

struct bfs_map {
	struct bfs_maplink **buckets;
	size_t n_buckets; /* a power of two, or 0 */
	size_t len;
};

void bfs_map_init(struct bfs_map *m);
void bfs_map_fini(struct bfs_map *m); /* must be empty of what still matters */

void bfs_map_add(struct bfs_map *m, struct bfs_maplink *l, uint64_t hash);
void bfs_map_del(struct bfs_map *m, struct bfs_maplink *l); /* must be in it */

/* The first and the next entry with exactly this hash, or NULL. */
struct bfs_maplink *bfs_map_first(const struct bfs_map *m, uint64_t hash);
struct bfs_maplink *bfs_map_next(const struct bfs_maplink *l);

uint64_t bfs_hash_u64(uint64_t x);
uint64_t bfs_hash_str(const char *s, uint64_t seed);

#endif
