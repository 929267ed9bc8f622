/* lane.h - a consumer handle, its thread, and the feeds it serves; for fetch.c, lane.c and seat.c
 * only.
 *
 * A feed belongs to one lane at a time. Commands to it (start, resume, close, adopt) are flags
 * under the lock, and its letter is posted to its lane; the lane's thread takes the flags. A letter
 * that finds the feed on another lane is sent after it. What is marked `lane` is touched only by
 * the feed's present lane thread, handed over by the mailbox.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_KAFKA_LANE_H
#define BFS_KAFKA_LANE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/map.h"
#include "kafka/fetch.h"
#include "kafka/unpack.h"

#define BFS_LANES 8 /* the shared one and the private ones */

enum bfs_feed_state {
	BFS_FEED_IDLE, /* not started, or ended by itself */
	BFS_FEED_RUNNING,
	BFS_FEED_FULL, /* running, its sink wants no more; the private lane's queue is left alone */
	BFS_FEED_PARKED,  /* full, and not assigned */
	BFS_FEED_WAITING, /* for a lane where its partition is free */
};

struct bfs_feed {
	struct bfs_fetch *fetch;
	char *topic;
	int32_t partition;
	bool headers; /* it wants them */
	const struct bfs_sink *sink;
	void *owner;

	/* protected by lock */
	struct bfs_list node;   /* in fetch->feeds */
	struct bfs_lane *lane;  /* NULL before the first start */
	struct bfs_list letter; /* in the lane's mailbox while `posted` */
	bool posted;
	bool want_start, want_adopt, want_resume, want_close;
	int64_t start_at;
	struct bfs_list queued; /* in fetch->waiting while it waits */

	/* lane */
	enum bfs_feed_state state;
	struct bfs_maplink slot; /* in lane->slots while assigned, and the first of its peers */
	struct bfs_list peers;   /* the others that are served by the same assignment: a ring */
	rd_kafka_topic_t *rkt;   /* while assigned */
	struct bfs_list burst;   /* in lane->burst: had records since the last dry, or trouble */
	int64_t next;            /* offset of the next record expected */
	int64_t high;            /* the high watermark told last */
	bool at_end;
	bool left_poll;   /* when it was unassigned, a long poll may have been in flight */
	int64_t since;    /* ms of the last record, start, or of becoming full */
	int64_t assigned; /* ms */
	rd_kafka_resp_err_t trouble;
	struct bfs_why why;
};

struct bfs_lane {
	struct bfs_fetch *fetch;
	int number;
	struct bfs_mailbox mail;
	int wake;
	pthread_t thread;

	/* protected by lock */
	bool alive;            /* the thread runs and takes feeds */
	bool joinable;         /* it ran, and was not joined */
	struct bfs_feed *feed; /* private: whose it is, NULL: idle */
	int64_t idle_since;    /* private, while idle */

	/* lane */
	struct bfs_handle *handle; /* made with the first start */
	rd_kafka_queue_t *queue;   /* records */
	rd_kafka_queue_t *main;    /* errors, log */
	struct bfs_map slots;      /* assigned feeds by topic handle and partition */
	struct bfs_list burst;
	struct bfs_feed *last; /* whose record came last */
	struct bfs_feed *full; /* private: its queue is not served */
	struct bfs_unpack unpack;
	int left_in_burst;
	uint64_t records, bytes; /* of the burst */
	uint64_t average;        /* bytes a record, of the burst before */
	uint64_t room;           /* bytes that librdkafka may queue */
	bool brimming;           /* the queue was nearly full, and is not known to be fetched on */
	int64_t next_tick;
};

struct bfs_fetch {
	struct bfs_mutex lock; /* rank KAFKA */
	const struct bfs_conf *conf;
	struct bfs_meta *meta;
	struct bfs_last_word *word;
	struct bfs_reaper *reaper;
	struct bfs_metrics *metrics;
	struct bfs_lane lanes[BFS_LANES];
	struct bfs_list feeds;   /* protected by lock */
	struct bfs_list waiting; /* protected by lock */
	atomic_bool quit;
};

/* lane.c */
void *bfs_lane_run(void *lane);

/* seat.c; on the lane's thread, without the lock, but for want_on */
static inline bool bfs_lane_shared(const struct bfs_lane *l)
{
	return l->number == 0;
}
struct bfs_feed *bfs_lane_find(const struct bfs_lane *l, const rd_kafka_topic_t *rkt,
			       int32_t partition); /* the first of those it is assigned for */
void bfs_lane_close(struct bfs_lane *l);
void bfs_lane_assign(struct bfs_lane *l, struct bfs_feed *d, bool begin);
void bfs_lane_unassign(struct bfs_lane *l, struct bfs_feed *d);
void bfs_lane_touch(struct bfs_lane *l, struct bfs_feed *d); /* into the burst */
bool bfs_lane_move_up(struct bfs_lane *l, struct bfs_feed *d, bool begin);
void bfs_lane_move_down(struct bfs_lane *l, struct bfs_feed *d);
void bfs_feed_want_on(struct bfs_feed *d, bool begin);
void bfs_feed_trouble(struct bfs_feed *d, int err, const struct bfs_why *why);

/* fetch.c, all with the lock held: */
void bfs_feed_post(struct bfs_feed *d);         /* its letter to its lane */
bool bfs_feed_take_private(struct bfs_feed *d); /* makes an idle or new private lane its own */
void bfs_lane_release(struct bfs_lane *l); /* private: idle now; the next in need of it gets it */
void bfs_feed_unwait(struct bfs_fetch *f,
		     const struct bfs_feed *gone); /* its partition is free here */

/* Frees a feed that no lane serves. */
void bfs_feed_free(struct bfs_feed *d);

#endif
