/* writer.h - one open-for-write: lines to records, what is in flight, what failed.
 *
 * A *writer* belongs to one open file. Each WRITE that completes lines makes a *parcel*: the
 * records it handed to the producer. A partition's *way out* (struct bfs_out) has one outlet at the
 * cluster, the parcels in flight of all its writers in order, and its health.
 *
 * What was not confirmed is reported exactly once: to the WRITE that waits for its parcel (the
 * first of a handle, and each with O_SYNC), else to the next write, fsync or flush on that handle.
 * Where the kernel may have swallowed that report it is made again.
 *
 * The kernel holds the inode's lock during a WRITE, so one that waits for a dead broker would make
 * others queue behind it: when the oldest record of the partition is unacknowledged for
 * BFS_UNHEALTHY, or one has timed out, waiting writes fail at once (-ETIMEDOUT, nothing taken)
 * until a delivery succeeds.
 *
 * Threads: WRITE, FLUSH, FSYNC from FUSE workers; reports from the cluster's producer thread.
 * Locks: WRITER (50) protects a writer's frame and keeps its lines in order (produce never blocks,
 * so it is held across it); OUT (52) protects all the rest.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_MODEL_WRITER_H
#define BFS_MODEL_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/format.h"
#include "core/options.h"
#include "model/clerk.h"
#include "model/cluster.h"
#include "model/ticket.h"
#include "model/users.h"

#define BFS_UNHEALTHY 1000 /* ms */

/* Bytes of a partition in flight; then writers park. Room for the request that is under way
 * (librdkafka 2.0 has one a partition where the producer is idempotent) and the ones behind it;
 * what waits longer has left the processor's caches when its turn comes: of a million lines 64 MiB
 * made 1.0 s, 8 MiB 0.8. */
#define BFS_IN_FLIGHT   (8 << 20)
#define BFS_RECORD_COST 200 /* bytes a record in flight takes beside its value */

struct bfs_writer;
struct bfs_out;

/* What all writers of a mount share; outlives them. */
struct bfs_writers {
	const struct bfs_options *options;
	struct bfs_cluster *cluster;
	struct bfs_clerk *clerk;
	_Atomic int64_t
		in_flight; /* bytes of all partitions; beyond options->memory writers park */
	/* A record was acknowledged; something failed. No lock held. */
	void (*wrote)(void *arg, const char *topic, int32_t partition, int64_t offset);
	void (*failed)(void *arg, const char *topic, int32_t partition, const struct bfs_why *why);
	void *arg;
};

struct bfs_out *bfs_out_new(struct bfs_writers *all, const char *topic, int32_t partition);
struct bfs_out *bfs_out_get(struct bfs_out *o);
void bfs_out_put(struct bfs_out *o); /* NULL is fine */

/* `format`: what its bytes are. */
struct bfs_writer *bfs_writer_new(struct bfs_out *o, enum bfs_format format);

/* An unterminated rest is sent now; nobody waits for it. The mount ends, or no flush saw it. */
void bfs_writer_finish(struct bfs_writer *w);

/* The handle is gone: an unterminated rest that no flush saw is sent now, and said so in the
 * log. */
void bfs_writer_release(struct bfs_writer *w);

/* Answers with the bytes taken. BFS_WRITE_SYNC: wait for the acknowledgement whichever write it is.
 * BFS_WRITE_PART: it may be a further part of a write(2) whose first part was taken; the kernel
 * cuts them, and an error of a further part ends in a short count, unheard. `owner` and `keeper` as
 * for bfs_ticket_arm; they must keep `w` alive. */
enum { BFS_WRITE_SYNC = 1, BFS_WRITE_NONBLOCK = 2, BFS_WRITE_PART = 4 };
void bfs_writer_write(struct bfs_writer *w, struct bfs_ticket *t, const char *data, size_t len,
		      unsigned how, void *owner, const struct bfs_keeper *keeper);

/* Waits until all that was written on this handle is confirmed, and answers with the first failure.
 * `finish`: this is the last close; an unterminated rest becomes a record. */
void bfs_writer_flush(struct bfs_writer *w, struct bfs_ticket *t, bool finish, void *owner,
		      const struct bfs_keeper *keeper);

/* A process wrote through this handle; those that did. */
void bfs_writer_used_by(struct bfs_writer *w, pid_t pid);
void bfs_writer_users(struct bfs_writer *w, struct bfs_users *ret);

/* How many bytes it has taken so far. */
uint64_t bfs_writer_taken(struct bfs_writer *w);

/* An unterminated rest is waiting for its newline. */
bool bfs_writer_pending(struct bfs_writer *w);

#endif
