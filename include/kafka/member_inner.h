/* member_inner.h - a member, its partitions, and who waits for commits; for member.c, rebalance.c
 * and settle.c only.
 *
 * What is marked `thread` is touched by the member's thread alone. The holdings are changed by it
 * alone, with the lock held, and may be read by it without.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_KAFKA_MEMBER_INNER_H
#define BFS_KAFKA_MEMBER_INNER_H

#include <pthread.h>

#include "kafka/member.h"
#include "kafka/unpack.h"

#define BFS_JOIN_MS  5000 /* for joining, before a leave */
#define BFS_LEAVE_MS 2000 /* for the last commit, and for leaving */

/* A partition, assigned or not. */
struct bfs_holding {
	bool held;
	int64_t acknowledged; /* protected by lock; what `committed` is to be */
	int64_t committed;    /* thread */
	int64_t next;         /* thread; offset of the next record expected */
};

struct bfs_member {
	struct bfs_members *all;
	char *topic, *instance;
	bool headers;
	const struct bfs_member_sink *sink;
	void *owner;
	struct bfs_mailbox mail; /* kicked, never posted to */
	int wake;
	pthread_t thread;

	/* protected by lock */
	struct bfs_list node; /* in all->open, then all->gone */
	bool want_in, want_resume, want_close;
	bool live;                    /* the group may have it */
	bool dirty;                   /* something may be there to commit */
	struct bfs_list errands;      /* new ones */
	struct bfs_holding *holdings; /* by partition */
	int n_holdings;
	struct bfs_handle *handle; /* made with the first join; changed by the thread */

	/* thread */
	rd_kafka_queue_t *events;  /* rebalances, errors, log */
	rd_kafka_queue_t *records; /* of all partitions */
	rd_kafka_queue_t *results; /* of commits */
	bool in;                   /* subscribed */
	int64_t joins_until;       /* ms: till then, an assignment is waited for; 0: there is one */
	bool full, burst;
	bool dead; /* it was in trouble */
	bool closing;
	int n_held;
	int left_in_burst;
	struct bfs_unpack unpack;
	rd_kafka_topic_partition_list_t *given; /* to be started at their places, or NULL */
	int64_t give_at;                        /* ms of the next try */
	rd_kafka_topic_partition_list_t *taken; /* to be handed over, or NULL */
	int64_t handover_until;
	bool flight;       /* a commit is under way, */
	int64_t flight_at; /* clock us: since then */
	int64_t commit_at;
	struct bfs_list waiting; /* errands */
};

struct bfs_members {
	struct bfs_mutex lock; /* rank KAFKA */
	const struct bfs_conf *conf;
	struct bfs_last_word *word;
	struct bfs_reaper *reaper;
	struct bfs_metrics *metrics;
	struct bfs_list open; /* protected by lock */
	struct bfs_list gone; /* protected by lock; threads to be joined */
	int count;            /* protected by lock; members ever opened */
	int64_t left_at;      /* protected by lock; ms when the last live one ended */
	bool stopping;        /* protected by lock */
	int64_t until;        /* protected by lock; ms of the end, once stopping */
};

/* All of these run on the member's thread, without the lock. */

/* member.c */
void bfs_member_trouble(struct bfs_member *m, int err, const struct bfs_why *why);

/* rebalance.c */
void bfs_holding_rebalance(struct bfs_member *m, rd_kafka_event_t *ev);
void bfs_holding_give(struct bfs_member *m);                    /* tries to start what was given */
void bfs_holding_hand_over(struct bfs_member *m);               /* or waits on */
void bfs_holding_drop(struct bfs_member *m, int32_t partition); /* and says so */
void bfs_holding_drop_all(struct bfs_member *m);
bool bfs_holding_serve(struct bfs_member *m); /* a burst of records; false when there was none */

/* settle.c */
void bfs_settle_read(struct bfs_member *m);          /* new errands */
void bfs_settle_drain(struct bfs_member *m);         /* answers to commits */
void bfs_settle_work(struct bfs_member *m);          /* commits and deadlines, when it is time */
int64_t bfs_settle_next(const struct bfs_member *m); /* ms when it will be time */
bool bfs_settle_now(struct bfs_member *m, int64_t until); /* waits; all is committed */
void bfs_settle_forget(struct bfs_member *m, int32_t partition);
void bfs_settle_fail(struct bfs_member *m, int err, const struct bfs_why *why);

#endif
