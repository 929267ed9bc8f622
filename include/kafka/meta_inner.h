/* meta_inner.h - a question, a worker, and who keeps them; for meta.c and ask.c only.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_KAFKA_META_INNER_H
#define BFS_KAFKA_META_INNER_H

#include <pthread.h>

#include "kafka/meta.h"
#include "kafka/roster.h"

#define WORKERS_MAX 8
#define ANYBODY     (-3)       /* a list of topics, which every broker can give */
#define GROUPS      (-1000)    /* and below: a group's coordinator */
#define MEMBERS     (-1000000) /* and below: all brokers, about a group */
#define DESCRIBE    (-2000000) /* and below: all brokers, a group's state and members */

struct bfs_question {
	struct bfs_list node;
	bfs_topics_fn *on_topics; /* one of these */
	bfs_brokers_fn *on_brokers;
	bfs_partitions_fn *on_partitions;
	bfs_group_fn *on_group;
	bfs_ends_fn *on_ends;
	bfs_offset_fn *on_offset;
	bfs_committed_fn *on_committed;
	bfs_members_fn *on_members;
	void *arg;
	int64_t time; /* offset: of the record */
	char *topic;  /* ends, offset, committed: of which partition */
	int32_t partition;
	char *group;               /* committed, members, group */
	struct bfs_handle *handle; /* the first two: the group's */
	int32_t key;               /* all three: the group's, among those who are asked */
	int64_t deadline;
	int64_t not_before; /* a pause before another try */
	bool alone;         /* among others it failed, which may be another's fault */
	bool relist;        /* its leader is not who we thought */
	bool relisted;      /* a list made since said the same */

	/* the answer, once it is ready */
	int err;
	struct bfs_why why;
	int64_t low, end; /* offset: in `low` */
	struct bfs_commit found;
	int members;
	const struct rd_kafka_group_list *groups; /* the group, or empty */
};

struct bfs_worker {
	struct bfs_meta *m;
	pthread_t thread;
	pthread_cond_t wake;
	struct bfs_list asked; /* protected by lock */
	bool busy;             /* protected by lock; set by the dispatcher, cleared by the worker */
	int32_t whom;          /* while busy: a broker, BFS_LEADER_NONE, ANYBODY, or a group */
	int64_t until;         /* while busy: the last deadline */
	struct bfs_handle *handle; /* while busy */
	bool gone;                 /* protected by lock; the thread has left */
};

struct bfs_meta {
	struct bfs_mutex lock;  /* rank KAFKA */
	pthread_cond_t changed; /* a worker has answered, or left */
	struct bfs_handle *control;
	struct bfs_last_word *word;
	struct bfs_mailbox mail; /* kicks the dispatcher */
	pthread_t dispatcher;
	bool running;            /* protected by lock; the dispatcher was started */
	bool stopped;            /* protected by lock */
	struct bfs_list waiting; /* protected by lock */
	struct bfs_worker workers[WORKERS_MAX];
	int n_workers;             /* protected by lock; started ones */
	int answering;             /* protected by lock; workers inside a done function */
	struct bfs_roster *roster; /* protected by lock; the newest list, or NULL */
	int refs;                  /* protected by lock; the owner and each worker */
};

/* meta.c */
void bfs_question_answer_all(struct bfs_list *ready, const struct bfs_roster *roster);
void bfs_question_name(const struct bfs_question *q, char *ret, size_t size);
void bfs_meta_put(struct bfs_meta *m); /* with the lock held, which it releases */

/* ask.c: the thread of a worker */
void *bfs_ask_run(void *worker);

#endif
