/* window.h - the bytes of a stream that are in memory: a run of chunks, with the ends of the
 * records in them.
 *
 * One side fills, the other reads. Filling (the lane's thread) appends record bytes to the last
 * chunk without a lock: what lies behind `end` belongs to the filler. Publishing, under the
 * stream's lock, moves `end` up and enters the record ends collected meanwhile. Readers, under that
 * lock, pin what they reply from, and reply without it.
 *
 * Each chunk knows where its records end (4 bytes a record) and their offsets (runs, so that gaps
 * cost only themselves), because an acknowledgement needs the exact boundary at or below any byte,
 * and values may hold newlines.
 *
 * Locks: the stream's, except for the functions marked "filler".
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_MODEL_WINDOW_H
#define BFS_MODEL_WINDOW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/list.h"
#include "base/sync.h"

#define BFS_CHUNK_SIZE (256 * 1024)
#define BFS_STAGE_MAX  4096 /* record ends between two publishings */
#define BFS_PINS_MAX   8    /* chunks one read can touch: 1 MiB, and a piece at each end */

#define BFS_SPARE_MAX 32

struct bfs_chunk;

/* Chunks come and go by the thousand a second, and a fresh one costs 64 page faults: a few are
 * kept. Shared by all windows of a mount; must outlive every pin. */
struct bfs_pool {
	struct bfs_mutex lock; /* rank POOL */
	struct bfs_chunk *spare[BFS_SPARE_MAX];
	int n;
	_Atomic size_t chunks; /* that there are, spare or in use */
};

void bfs_pool_init(struct bfs_pool *p);
void bfs_pool_fini(struct bfs_pool *p);

struct bfs_window {
	struct bfs_pool *pool;
	struct bfs_list chunks; /* oldest first */
	int64_t begin, end;     /* bytes [begin, end) can be read */
	int64_t next;           /* offset behind the last record that was published whole */

	/* filler */
	struct bfs_chunk *tail; /* where it appends, or NULL */
	int64_t fill;           /* byte behind what was appended; >= end */
	int64_t fill_next;      /* offset behind the last record appended whole */
	unsigned staged;
	struct {
		uint32_t end; /* within tail */
		int64_t offset;
	} * stage;
};

/* An empty window in which the next record begins at `byte` and has offset >= `offset`. */
void bfs_window_init(struct bfs_window *w, struct bfs_pool *pool, int64_t byte, int64_t offset);
void bfs_window_fini(struct bfs_window *w);

/* Drops everything and begins anew elsewhere. Filler, with the lock. */
void bfs_window_reset(struct bfs_window *w, int64_t byte, int64_t offset);

/* Filler. Appends as much as the last chunk takes; returns how much that was. When it is less than
 * `len`, publish and add a chunk, and go on. */
size_t bfs_window_append(struct bfs_window *w, const void *data, size_t len);

/* Filler. The record with this offset is now appended whole (there must be a chunk, even if it has
 * no bytes). False: the stage is full, publish. */
bool bfs_window_record(struct bfs_window *w, int64_t offset);

/* Filler. The record with this offset is passed over: it has no bytes here. */
void bfs_window_skip(struct bfs_window *w, int64_t offset);

/* Filler, with the lock: what was appended can be read from now on. */
void bfs_window_publish(struct bfs_window *w);

/* Filler, with the lock: an empty chunk behind the last (which must be published). */
void bfs_window_add_chunk(struct bfs_window *w);

/* With the lock: forgets whole chunks that end at or below `byte` while more than `keep` bytes are
 * held. */
void bfs_window_drop(struct bfs_window *w, int64_t byte, int64_t keep);

/* With the lock: what is in memory of [byte, byte+len), as pieces that stay valid until unpinned.
 * Returns the number of bytes; 0 if `byte` is not in the window. */
struct bfs_pins {
	int n;
	struct iovec iov[BFS_PINS_MAX];
	struct bfs_chunk *chunks[BFS_PINS_MAX];
};
size_t bfs_window_pin(struct bfs_window *w, int64_t byte, size_t len, struct bfs_pins *ret);
void bfs_pins_release(struct bfs_pins *p); /* needs no lock */

/* With the lock: the offset behind the last record that ends at or below `byte`, or -1 if `byte` is
 * not within [begin, end]. */
int64_t bfs_window_boundary(const struct bfs_window *w, int64_t byte);

/* The last published byte, or 0 when there is none. With the lock. */
char bfs_window_last(const struct bfs_window *w);

#endif
