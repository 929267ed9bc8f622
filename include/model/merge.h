/* merge.h - a topic's partitions as one: a cluster of one log, for a stream to show.
 *
 * The log is the partitions' records from the range's FROM on, merged: the oldest timestamp first,
 * ties by partition, each partition's own order kept (a record older than its predecessor simply
 * follows it). That is so up to the edge, where the partitions ended when the range was looked up,
 * or its TO; there a record goes out when every partition that is not at its edge has its next one
 * at hand. What lies behind the edge goes out as it comes.
 *
 * Spaces of identifiers: Kafka *offsets*, of each partition, and *merged offsets*, the sum of what
 * was passed of all (core/trail.h). The log's are the merged ones: it begins at 0, and its records
 * are told as struct bfs_merged_record. It can be fetched again from any merged offset that was
 * delivered: up to the edge always, behind it as far back as the order of arrival is remembered
 * (-ESTALE).
 *
 * Life: new -> ends() asks for the places that the range names, in all partitions, searches those
 * which no broker can tell, and answers -> feed_open, _start, _resume, _close, as of any cluster;
 * later ends() ask the partitions' ends. Other calls it has none; one feed at a time, and one
 * question. Stopped, it closes the partitions' feeds and answers -ENODEV.
 *
 * A range's -N are the newest N of this merge: the last N of each partition are merged, and all but
 * the last N passed over. +N is the stream's business.
 *
 * Errors: as the partitions' feeds and questions have them; the first one ends it. -ESTALE: the
 * order could not be found again, for records are gone.
 *
 * Memory: a queue for each partition, filled up to its share of the mount's memory, but at least
 * one record.
 *
 * Threads: the feeds' lanes fill the queues; the merger, one thread for all merges of a mount, does
 * the merging, and all calls of the stream's sink. Locks: MERGE (47), held across feed_start,
 * feed_resume and feed_close of the partitions' feeds, which only post. Counted.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_MODEL_MERGE_H
#define BFS_MODEL_MERGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/sync.h"
#include "core/range.h"
#include "model/cluster.h"

struct bfs_merge;

/* The thread that merges. */
struct bfs_merger {
	struct bfs_mailbox mail; /* merges that have something to do */
	_Atomic bool quit;
	pthread_t thread;
};

/* 0 or -errno. */
int bfs_merger_init(struct bfs_merger *r);

/* When the cluster was stopped: nothing comes any more. */
void bfs_merger_fini(struct bfs_merger *r);

/* What the sink's record() gets a pointer to the first member of. */
struct bfs_merged_record {
	struct bfs_record record; /* its offset is the merged one */
	int32_t partition;        /* where it really is */
	int64_t offset;
};

struct bfs_merge_config {
	struct bfs_merger *merger;
	struct bfs_cluster *cluster;
	int64_t memory;       /* bytes, of the mount */
	_Atomic int *sharers; /* so many share it */
	const char *topic;
	int32_t partitions;
	bool headers; /* are wanted */
	struct bfs_range range;
};

struct bfs_merge *bfs_merge_new(const struct bfs_merge_config *conf);
void bfs_merge_put(struct bfs_merge *m);

/* What the stream asks instead of the real one. */
struct bfs_cluster *bfs_merge_cluster(struct bfs_merge *m);

/* The same range, of the merged log. */
struct bfs_range bfs_merge_range(const struct bfs_range *r);

/* Nothing is wanted any more. Harmless when repeated. */
void bfs_merge_stop(struct bfs_merge *m);

#endif
