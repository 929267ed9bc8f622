/* manage_inner.h - a task, its kinds, and who does them; for manage.c and manage_*.c only.
 *
 * A task is taken by the thread, which calls its kind's functions until one of them finishes it. A
 * request of librdkafka's carries the task's number, not its address: the answer may come after
 * the task's deadline.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_KAFKA_MANAGE_INNER_H
#define BFS_KAFKA_MANAGE_INNER_H

#include <pthread.h>
#include <stdatomic.h>

#include "kafka/manage.h"

#define PAUSE_MS  100  /* before another try */
#define LOOK_MS   50   /* between two looks whether a change shows */
#define ALIVE_MS  1000 /* a broker that answered so lately is alive */
#define WHO_ALONE 0xffff

struct bfs_task;

struct bfs_task_kind {
	const char *what; /* "topic", "group": before the subject, in sentences */
	/* Begins, and after not_before begins again. */
	void (*start)(struct bfs_manage *m, struct bfs_task *t);
	/* An answer; `who` is what was given to bfs_manage_options(). */
	void (*event)(struct bfs_manage *m, struct bfs_task *t, rd_kafka_event_t *ev, unsigned who);
	/* A list of topics (err 0) that was asked for after the task began to look. */
	void (*listed)(struct bfs_manage *m, struct bfs_task *t, int err,
		       const struct bfs_why *why);
};

/* A broker that a group's request went to. */
struct bfs_asked {
	int32_t broker;
	bool out;           /* no answer yet */
	int64_t not_before; /* of the next time */
};

struct bfs_task {
	struct bfs_list node;
	const struct bfs_task_kind *kind;
	uintptr_t number;
	int64_t deadline;
	int64_t not_before; /* start() when it has passed; BFS_NEVER: something is under way */
	bool looking;       /* for a list later than: */
	long after;
	const char *stage; /* how far it has come, for the deadline's sentence; or NULL */

	char *subject; /* the topic, the group, or NULL */
	char *name, *value;
	int32_t partitions, replicas;
	rd_kafka_topic_partition_list_t *places;
	struct bfs_asked *asked;
	size_t n_asked;
	struct bfs_setting *wanted; /* own settings, as they shall be; names and values are ours */
	size_t n_wanted;

	void *arg;
	bfs_done_fn *on_done; /* one of these */
	bfs_groups_fn *on_groups;
	bfs_places_fn *on_places;
	bfs_settings_fn *on_settings;
};

struct bfs_manage {
	struct bfs_handle *control;
	struct bfs_meta *meta;
	struct bfs_mock *mock;
	struct bfs_last_word *word;
	struct bfs_mailbox mail; /* tasks */
	int wake;                /* eventfd of `results` */
	rd_kafka_queue_t *results;
	pthread_t thread;
	atomic_bool quit;
	struct bfs_list tasks; /* the thread's, like the rest */
	uintptr_t number;      /* of the last task */

	long lists;            /* asked for so far */
	bool listing;          /* one is under way */
	int64_t relist;        /* not before */
	struct bfs_mutex lock; /* rank KAFKA: protects what its answer brings */
	bool listed;           /* it is there */
	int list_err;
	struct bfs_why list_why;
};

/* manage.c: for the kinds, on the thread. */

/* The task's end: with an error, or as a bfs_done_fn has it. */
void bfs_task_finish(struct bfs_task *t, int err, const struct bfs_why *why);
void bfs_task_fail(struct bfs_task *t, rd_kafka_resp_err_t err, const char *words);
void bfs_task_free(struct bfs_task *t); /* after its answer was given otherwise */
/* Nothing was changed: it went to a broker that is not the controller, or it was never sent. */
bool bfs_manage_unsent(rd_kafka_resp_err_t err);
void bfs_task_unwant(struct bfs_task *t); /* no settings are wanted any more */
/* Another start() after a pause. */
void bfs_task_pause(struct bfs_task *t, int ms);
/* listed() for a list asked for from now on. */
void bfs_task_look(struct bfs_manage *m, struct bfs_task *t);
/* Options of a request: its time limit, its task, which broker it goes to (or BFS_UNKNOWN). */
rd_kafka_AdminOptions_t *bfs_manage_options(struct bfs_manage *m, const struct bfs_task *t,
					    rd_kafka_admin_op_t op, unsigned who, int32_t broker);
int bfs_manage_time_left(const struct bfs_task *t);

/* From any thread: a task to fill and to post. */
struct bfs_task *bfs_task_new(const struct bfs_task_kind *kind, const char *subject,
			      int64_t deadline, void *arg);
void bfs_task_post(struct bfs_manage *m, struct bfs_task *t);

#endif
