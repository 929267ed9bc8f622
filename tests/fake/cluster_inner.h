/* cluster_inner.h - what the files of the fake cluster share.
 *
 * cluster.c: life, threads, questions. cluster_knobs.c: behaviour. cluster_log.c: topics, records,
 * commits. cluster_state.c, cluster_describe.c, cluster_admin.c: brokers, groups, settings.
 * cluster_feed.c, cluster_outlet.c: those. One lock protects everything; it ranks as the real
 * cluster's, and no callback runs under it.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_TESTS_FAKE_CLUSTER_INNER_H
#define BFS_TESTS_FAKE_CLUSTER_INNER_H

#include <pthread.h>

#include "base/list.h"
#include "base/sync.h"
#include "tests/fake/cluster.h"

#define FAKE_PARTITIONS 16  /* of topics that members read */
#define FAKE_GROUP      "g" /* theirs */

#define FAKE_RANK ((enum bfs_rank)55) /* kafka/handle.h has the same */

/* --- jobs: what a thread does when its time has come ------------------------------------------ */

struct fake_job {
	struct bfs_list link;
	int64_t due;      /* not before */
	int64_t deadline; /* at the latest, then with -ETIMEDOUT */
	bool broker;      /* takes an answer of a broker: waits while frozen */
	/* Runs without the lock. `err`: 0, -ETIMEDOUT, or -ENODEV when the cluster is stopped. */
	void (*run)(struct fake_cluster *c, struct fake_job *j, int err);
};

struct fake_loop {
	struct fake_cluster *c;
	struct bfs_list jobs;    /* in order of posting */
	bool busy;               /* a job is running */
	struct bfs_mailbox bell; /* carries no letters */
	pthread_t thread;
};

enum { FAKE_ASK, FAKE_LANE, FAKE_PRODUCER, FAKE_LOOPS };

/* Under the lock: to run when `due`. One that is posted already runs at the earlier time. */
void fake_post(struct fake_cluster *c, int loop, struct fake_job *j, int64_t due);

/* Under the lock: whether the job runs now, and with which error. */
bool fake_ready(const struct fake_cluster *c, const struct fake_job *j, int64_t now, int *ret_err);

/* Under the lock: the end of commits that timed out while frozen; `apply`: they take effect. */
void fake_late_end(struct fake_cluster *c, bool apply);

/* --- the log ---------------------------------------------------------------------------------- */

struct fake_record {
	int64_t offset, timestamp;
	char *key, *value;
	size_t key_len, value_len;
	struct bfs_header *headers;
	size_t n_headers;
};

struct fake_partition {
	struct fake_record *records; /* rising offsets */
	size_t n, room;
	int64_t low, end;
	int64_t unstable; /* -1: all is stable */
	bool told;        /* of its health: */
	int32_t leader;
	int n_isr;
};

struct fake_setting {
	struct bfs_list link;
	char *name, *value; /* NULL: a secret */
};

struct fake_topic {
	struct bfs_list link;
	char *name;
	struct fake_partition *partitions;
	int32_t n, replicas;
	struct bfs_list settings; /* its own */
};

struct fake_position {
	struct bfs_list link;
	char *group, *topic;
	int32_t partition;
	struct bfs_commit commit;
	bool in_flight; /* a commit of the model's */
};

struct fake_failure {
	int err, times;
	struct bfs_why why;
};

struct fake_cluster {
	struct bfs_cluster cluster;
	struct bfs_mutex lock; /* protects all below */
	struct fake_loop loops[FAKE_LOOPS];
	bool quit, stopped;

	struct bfs_broker_statistics connection; /* client NULL: none */
	struct bfs_queue_statistics queue;

	struct bfs_list topics, positions;
	struct bfs_list groups;                 /* those the test told of: struct fake_group */
	struct bfs_list brokers;                /* by their ids */
	struct bfs_list all_feeds, all_outlets; /* the closed ones stay, to be recognised */
	struct bfs_list all_members;            /* the same */
	struct fake_job balance;
	int64_t balance_until; /* clock ms */
	char instance[64];     /* of the member opened last */
	struct bfs_list late;  /* commits to apply at the thaw */

	int delay[FAKE_CALLS];
	struct fake_failure failure[FAKE_CALLS];
	bool frozen, late_commits, hold_acks, hide_offsets;
	int queue_max, report_max, burst_max, feeds_max, late_starts;
	size_t message_max;
	int burst_gap;

	int calls[FAKE_CALLS];
	int hurries, in_flight, feeds;
	int64_t fetched;
	int let_go;
};

struct fake_group {
	struct bfs_list link;
	char *name;
	bool alive; /* as fake_members() said */
	bool described;
	char *state, *assignor;
	struct bfs_member_info *members;
	size_t n;
};

struct fake_broker {
	struct bfs_list link;
	int32_t id;
	char *host, *rack;
	int port;
};

/* All of these under the lock. */
struct fake_partition *fake_find(struct fake_cluster *c, const char *topic, int32_t partition);
struct fake_partition *fake_must_find(struct fake_cluster *c, const char *topic, int32_t partition);
struct fake_position *fake_position(struct fake_cluster *c, const char *group, const char *topic,
				    int32_t partition); /* made if need be */
int64_t fake_stable_end(const struct fake_partition *p);
int64_t fake_store(struct fake_partition *p, const struct bfs_record *r);
/* The first record at or past `offset` and before the stable end, or NULL. */
const struct fake_record *fake_record_at(const struct fake_partition *p, int64_t offset);
struct fake_topic *fake_find_topic(struct fake_cluster *c, const char *name);
void fake_topic_grow(struct fake_cluster *c, const char *name, int32_t partitions);
void fake_topic_drop(struct fake_cluster *c, struct fake_topic *t);
bool fake_group_lives(struct fake_cluster *c, const char *group);
struct fake_group *fake_group_find(struct fake_cluster *c, const char *name);
struct fake_group *fake_group_make(struct fake_cluster *c, const char *name);
void fake_group_drop(struct fake_group *g);
void fake_settings_drop(struct fake_topic *t);
void fake_log_fini(struct fake_cluster *c);

/* Takes one failure that was asked for: its error (and why), or 0. */
int fake_take_failure(struct fake_cluster *c, enum fake_call call, struct bfs_why *ret_why);

/* What a question ends with, before it is looked at: `err` as its job has it, or a failure that
 * was asked for. Without the lock. */
int fake_outcome(struct fake_cluster *c, enum fake_call call, int err, struct bfs_why *ret_why);

/* Begins a call of the model: locks, counts, demands that the cluster runs. */
struct fake_cluster *fake_enter(struct bfs_cluster *cluster);
void fake_leave(struct fake_cluster *c);

bool fake_same(const char *a, const char *b);

/* A copy in a block of its own size, NULL for NULL. */
void *fake_copy(const void *data, size_t len);

/* A record as the model sees it, in blocks of its own. */
struct bfs_record fake_record_copy(const struct fake_record *r, bool headers);
void fake_record_free(struct bfs_record *r);

struct bfs_header *fake_copy_headers(const struct bfs_header *headers, size_t n);
void fake_free_headers(struct bfs_header *headers, size_t n);

/* After a callback. */
void fake_came_back(const char *what);

/* --- what is described and administered ------------------------------------------------------- */

void fake_brokers(struct bfs_cluster *c, int64_t deadline, bfs_brokers_fn *done, void *arg);
void fake_partitions(struct bfs_cluster *c, const char *topic, int64_t deadline,
		     bfs_partitions_fn *done, void *arg);
void fake_groups(struct bfs_cluster *c, int64_t deadline, bfs_groups_fn *done, void *arg);
void fake_group_describe(struct bfs_cluster *c, const char *group, int64_t deadline,
			 bfs_group_fn *done, void *arg);
void fake_group_offsets(struct bfs_cluster *c, const char *group, const char *topic,
			int64_t deadline, bfs_places_fn *done, void *arg);
void fake_group_reset(struct bfs_cluster *c, const char *group, const struct bfs_place *places,
		      size_t n, int64_t deadline, bfs_done_fn *done, void *arg);
void fake_group_delete(struct bfs_cluster *c, const char *group, int64_t deadline,
		       bfs_done_fn *done, void *arg);
void fake_create(struct bfs_cluster *c, const char *topic, int32_t partitions, int32_t replicas,
		 int64_t deadline, bfs_done_fn *done, void *arg);
void fake_delete(struct bfs_cluster *c, const char *topic, int64_t deadline, bfs_done_fn *done,
		 void *arg);
void fake_grow(struct bfs_cluster *c, const char *topic, int32_t partitions, int64_t deadline,
	       bfs_done_fn *done, void *arg);
void fake_settings(struct bfs_cluster *c, const char *topic, int64_t deadline,
		   bfs_settings_fn *done, void *arg);
void fake_set(struct bfs_cluster *c, const char *topic, const char *name, const char *value,
	      int64_t deadline, bfs_done_fn *done, void *arg);
void fake_alive(struct bfs_cluster *c, int64_t patience, bfs_done_fn *done, void *arg);
size_t fake_statistics(struct bfs_cluster *c, struct bfs_broker_statistics *ret, size_t max,
		       struct bfs_queue_statistics *ret_queue);
void fake_admin_init(struct fake_cluster *c);
void fake_admin_fini(struct fake_cluster *c);

/* --- feeds and outlets ------------------------------------------------------------------------ */

struct bfs_feed *fake_feed_open(struct bfs_cluster *c, const char *topic, int32_t partition,
				bool headers, const struct bfs_sink *sink, void *owner);
void fake_feed_start(struct bfs_feed *f, int64_t offset);
void fake_feed_resume(struct bfs_feed *f);
void fake_feed_close(struct bfs_feed *f);
void fake_feeds_wake(struct fake_cluster *c); /* under the lock: something changed */
void fake_feeds_stop(struct fake_cluster *c); /* threads are gone */
void fake_feeds_fini(struct fake_cluster *c);

struct bfs_outlet *fake_outlet_open(struct bfs_cluster *c, const char *topic, int32_t partition,
				    bfs_delivered_fn *delivered, void *arg);
int fake_produce(struct bfs_outlet *o, const struct bfs_record *records, int n, void *parcel,
		 struct bfs_why *ret_why);
void fake_outlet_close(struct bfs_outlet *o);
void fake_outlets_wake(struct fake_cluster *c); /* under the lock */
void fake_outlets_stop(struct fake_cluster *c);
void fake_outlets_fini(struct fake_cluster *c);

/* --- members ---------------------------------------------------------------------------------- */

struct bfs_member *fake_member_open(struct bfs_cluster *c, const char *topic, const char *instance,
				    bool headers, const struct bfs_member_sink *sink, void *owner);
void fake_member_join(struct bfs_member *m);
void fake_member_leave(struct bfs_member *m);
void fake_member_resume(struct bfs_member *m);
void fake_member_acknowledge(struct bfs_member *m, int32_t partition, int64_t offset);
void fake_member_settle(struct bfs_member *m, int64_t deadline, bfs_done_fn *done, void *arg);
void fake_member_close(struct bfs_member *m);
void fake_members_wake(struct fake_cluster *c); /* under the lock */
void fake_members_stop(struct fake_cluster *c);
void fake_members_fini(struct fake_cluster *c);

#endif
