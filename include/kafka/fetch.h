/* fetch.h - feeds: partitions' records to sinks, on lanes.
 *
 * A lane is a consumer handle with a thread (`lane-N`) that polls its eventfd and its mailbox, and
 * runs the sinks of its feeds. Lane 0 is shared: any number of partitions, long polls. Lanes 1 to 7
 * are private: one feed at a time, short polls, a deep queue; made when needed, kept warm for a
 * minute, reused.
 *
 * A feed begins on a private lane if there is one. It moves to the shared lane when it is quiet at
 * its end for two seconds, unless it is the only one there is; or when its sink has been
 * full for one, which also gives back what librdkafka had queued (up to 16 MiB). A full feed on
 * the shared lane is not assigned there until it has room again.
 *
 * A handle has one position per partition. On the shared lane feeds of one partition that are near
 * each other (all its followers) are served by one assignment; one that is far from it goes to
 * another lane, or waits for one. While somebody waits, a private lane is given up after a second.
 *
 * Partitions are assigned by the simple consumer API (rd_kafka_consume_start_queue), not by
 * incremental_assign: it needs no group and so no coordinator connection per handle, and creating
 * its topic object asks for the leader at once, where assign waits 500 ms for an unknown one.
 *
 * Nothing here waits for a broker: starting and stopping are messages to librdkafka's main thread.
 *
 * librdkafka unpacks a record's headers when it is asked for them, with an allocation for each, so
 * it is asked only for feeds that want them. It gives up on more than 100,000: such a record comes
 * without headers, and a warning.
 *
 * On the mock cluster a fetch returns one message set per partition and waits the whole
 * fetch.wait.max.ms when there is none, so lanes poll every 10 ms when embedded; it keeps the last
 * 5 MiB of a partition.
 *
 * Threads: any. Locks: KAFKA (55).
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_KAFKA_FETCH_H
#define BFS_KAFKA_FETCH_H

#include "kafka/handle.h"
#include "kafka/meta.h"
#include "model/cluster.h"

struct bfs_fetch;

struct bfs_fetch *bfs_fetch_new(const struct bfs_conf *conf, struct bfs_meta *meta,
				struct bfs_last_word *word, struct bfs_reaper *reaper,
				struct bfs_metrics *metrics);

/* See struct bfs_cluster_ops. */
struct bfs_feed *bfs_feed_open(struct bfs_fetch *f, const char *topic, int32_t partition,
			       bool headers, const struct bfs_sink *sink, void *owner);
void bfs_feed_start(struct bfs_feed *d, int64_t offset);
void bfs_feed_resume(struct bfs_feed *d);
void bfs_feed_close(struct bfs_feed *d);

/* Joins the lanes, closes what is open (sink->closed), frees. Never blocks on a broker. */
void bfs_fetch_free(struct bfs_fetch *f);

#endif
