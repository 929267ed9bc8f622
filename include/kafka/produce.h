/* produce.h - records to partitions, and what became of them.
 *
 * One idempotent producer handle (acks=all) for all outlets; thread `producer` drains its delivery
 * reports. Records do not linger, unless the user says so (linger.ms): then thread `hurry` (made
 * when first needed) runs the flush that ends it, where somebody waits for an acknowledgement.
 *
 * What one produce() call hands over is a batch: librdkafka carries a pointer to it in every
 * record, it knows outlet and parcel, and counts what is not reported yet. So every record is
 * reported once, even when its handle dies.
 *
 * After a fatal error the handle is replaced (a generation): at once the first time, later after a
 * pause that doubles up to 10 s, during which produce() fails with -EIO. Records in flight on the
 * dead one are reported -EIO and never sent again.
 *
 * An outlet's topic must be in the last list of topics, so that nothing is created by producing
 * (-ENOENT).
 *
 * Threads: any. Locks: KAFKA (55).
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_KAFKA_PRODUCE_H
#define BFS_KAFKA_PRODUCE_H

#include "kafka/handle.h"
#include "kafka/meta.h"
#include "kafka/statistics.h"
#include "model/cluster.h"

struct bfs_producer;

struct bfs_producer *bfs_producer_new(const struct bfs_conf *conf, struct bfs_meta *meta,
				      struct bfs_last_word *word, struct bfs_reaper *reaper,
				      struct bfs_statistics *statistics, struct bfs_why *why);

/* See struct bfs_cluster_ops. */
struct bfs_outlet *bfs_outlet_open(struct bfs_producer *p, const char *topic, int32_t partition,
				   bfs_delivered_fn *delivered, void *arg);
int bfs_outlet_produce(struct bfs_outlet *o, const struct bfs_record *records, int n, void *parcel,
		       struct bfs_why *ret_why);
void bfs_outlet_close(struct bfs_outlet *o);
void bfs_producer_hurry(struct bfs_producer *p);

/* Flushes until `deadline`, reports the rest as not delivered, joins the threads. */
void bfs_producer_stop(struct bfs_producer *p, int64_t deadline);

/* Stopped it must be; outlets still open go too. */
void bfs_producer_free(struct bfs_producer *p);

#endif
