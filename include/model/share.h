/* share.h - one open `any`: this reader's share of a topic, as a member of the mount's group.
 *
 * The first read (or poll) joins the group. Its coordinator gives the member partitions, whose
 * records become the bytes of the file as they come, each partition's in order. Bytes are counted
 * from the open on. Where nothing is there a read waits, or is -EAGAIN.
 *
 * A read acknowledges the records that end at or before the place where it starts (ack=read: those
 * it returns; ack=never: none). What is not acknowledged is kept, so that a reader may go back, as
 * bash does: below is -ESTALE, and past what was returned -EINVAL, because nobody knows yet what
 * will be there.
 *
 * Before partitions are given up, what was not returned yet is forgotten, for the next member gets
 * it, and the reader has BFS_HANDOVER to come back and acknowledge what it holds. A partition that
 * comes back with its committed offset untouched goes on behind what was returned. Else it goes on
 * at the committed offset, and what is held of it is not acknowledged any more: somebody else has
 * it.
 *
 * A member that holds records and does not read on for the cluster's member_idle leaves the group,
 * so that others get them. Its next read joins again.
 *
 * Threads: requests on any; the sink's functions on the member's. Locks: STREAM (40) protects a
 * share, STREAMS (30) the list of all. No other lock is held with them, but the clerk's.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_MODEL_SHARE_H
#define BFS_MODEL_SHARE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/format.h"
#include "core/options.h"
#include "model/clerk.h"
#include "model/cluster.h"
#include "model/kernel.h"
#include "model/ticket.h"

struct bfs_share;

/* What all shares of a mount share; outlives them. */
struct bfs_shares {
	const struct bfs_options *options;
	struct bfs_cluster *cluster;
	struct bfs_clerk *clerk;
	struct bfs_kernel *kernel;
	/* The sentence behind an error. No lock held. */
	void (*failed)(void *arg, const char *topic, int32_t partition, const struct bfs_why *why);
	/* Is a partition of this topic being read as a file? No lock held. */
	bool (*claimed)(void *arg, const char *topic);
	void *arg;

	struct bfs_mutex lock; /* STREAMS */
	struct bfs_list list;  /* protected by lock: all shares */
	_Atomic int joined;    /* shares that have read */
};

void bfs_shares_init(struct bfs_shares *all); /* after the fields above are set */
void bfs_shares_fini(struct bfs_shares *all);

/* Has a share of this topic been read, and is it open? Then its partitions are not for files. */
bool bfs_shares_read(struct bfs_shares *all, const char *topic);

/* One more open `any`; `ino` is its node, whose size `shown` rises: always more than was returned.
 * It must outlive the handle. NULL with errno EMFILE: max_members are open. */
struct bfs_share *bfs_share_open(struct bfs_shares *all, const char *topic, enum bfs_format format,
				 uint64_t ino, _Atomic int64_t *shown);

/* The handle is gone: what is acknowledged is committed, the member leaves. */
void bfs_share_release(struct bfs_share *s);

/* Answers with data, waits, or fails: -EBUSY (a partition of the topic is read as a file here, or
 * the member_id is somebody else's), -ESTALE, -EINVAL, -EAGAIN, -EACCES. `owner`, `keeper` as for
 * bfs_ticket_arm; they must keep `s` open. */
void bfs_share_read(struct bfs_share *s, struct bfs_ticket *t, int64_t off, size_t size,
		    bool nonblock, void *owner, const struct bfs_keeper *keeper);

/* Would a read behind the last one not wait? If it would, `handle` (or NULL) is told when it would
 * not; see kernel.h, wake. Takes the handle. */
bool bfs_share_poll(struct bfs_share *s, void *handle);

/* Answers when what is acknowledged is committed, or `timeout` has passed. */
void bfs_share_flush(struct bfs_share *s, struct bfs_ticket *t, void *owner,
		     const struct bfs_keeper *keeper);

#endif
