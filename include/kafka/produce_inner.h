/* produce_inner.h - the producer's parts; for produce.c and delivery.c only.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_KAFKA_PRODUCE_INNER_H
#define BFS_KAFKA_PRODUCE_INNER_H

#include <pthread.h>
#include <stdatomic.h>

#include "kafka/produce.h"

#define PURGE_MS 500 /* a dead handle has this long to report what it purged */

/* A producer handle, from its creation to the last report. */
struct bfs_generation {
	struct bfs_list node; /* in generations, protected by lock */
	struct bfs_handle *handle;
	rd_kafka_queue_t *queue; /* delivery reports, errors, log */
	struct bfs_list batches; /* not reported in full; protected by lock */
	struct bfs_list outlets; /* with a topic handle of this one; protected by lock */
	int callers;             /* inside rd_kafka_produce_batch; protected by lock */
	bool warm;               /* protected by lock; a record was delivered */
	bool dead;               /* protected by lock; takes no more records */
	bool purged;             /* producer thread */
	int64_t until;           /* producer thread; when reports of a dead one are given up */
	int err;                 /* when dead: what its records are reported with */
	struct bfs_why why;
};

struct bfs_outlet {
	struct bfs_producer *p;
	struct bfs_list node; /* in p->outlets */
	char *topic;
	int32_t partition; /* or BFS_ANY, which is RD_KAFKA_PARTITION_UA */
	char *name;        /* for people */
	bfs_delivered_fn *delivered;
	void *arg;
	atomic_bool known;          /* the topic was in a list of topics */
	struct bfs_generation *gen; /* whose topic handle this is; protected by lock */
	struct bfs_list bound;      /* in gen->outlets */
	rd_kafka_topic_t *rkt;
	long unreported; /* records taken and not reported; protected by lock */
	int callers;     /* protected by lock */
	bool closed;     /* protected by lock */
};

/* The records of one produce() call. */
struct bfs_batch {
	struct bfs_list node; /* in gen->batches, protected by lock */
	struct bfs_outlet *outlet;
	void *parcel;
	int left; /* not reported yet, or not handed over; protected by lock */
};

struct bfs_producer {
	struct bfs_mutex lock; /* rank KAFKA */
	const struct bfs_conf *conf;
	struct bfs_meta *meta;
	struct bfs_last_word *word;
	struct bfs_reaper *reaper;
	struct bfs_statistics *statistics;
	struct bfs_mailbox mail; /* kicks the producer thread */
	int wake;                /* eventfd of the queues */
	pthread_t thread;
	struct bfs_list generations; /* protected by lock; removed by the producer thread only */
	struct bfs_generation
		*now;      /* protected by lock; NULL before the first outlet and in a pause */
	int64_t born;      /* protected by lock; when `now` was made */
	int64_t reborn_at; /* protected by lock; the end of the pause */
	int pause;         /* protected by lock */
	int err;           /* protected by lock; why there is no handle */
	struct bfs_why why;
	struct bfs_list outlets; /* protected by lock */
	atomic_bool stopping;    /* no more records */
	atomic_bool quit;        /* ends the thread once all generations are gone */
	long lost;               /* producer thread; records not delivered at the end */

	pthread_t hurrier;
	pthread_cond_t hurry;
	bool hurrying; /* protected by lock; the thread runs */
	bool hurried;  /* protected by lock; somebody waits for an acknowledgement */
	bool outdated; /* protected by lock; a partition is missing in the handle's metadata */
};

/* delivery.c, with the lock held: */
void bfs_outlet_unbind(struct bfs_outlet *o);
void bfs_outlet_free(struct bfs_outlet *o);
void bfs_outlet_settle(struct bfs_outlet *o);      /* frees it after its last report */
void bfs_batch_settle(struct bfs_batch *b, int n); /* n of its records are done with */

/* delivery.c, without: */
void bfs_generation_new(struct bfs_producer *p);
void bfs_generation_die(struct bfs_producer *p, struct bfs_generation *g);
void *bfs_producer_run(void *producer);

#endif
