/* cluster_request.h - what cluster_state.c, cluster_describe.c and cluster_admin.c share.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_TESTS_FAKE_CLUSTER_REQUEST_H
#define BFS_TESTS_FAKE_CLUSTER_REQUEST_H

#include "tests/fake/cluster_inner.h"

struct request {
	struct fake_job job;
	enum fake_call call;
	/* Answers it; runs without the lock. */
	void (*answer)(struct fake_cluster *c, struct request *r, int err, struct bfs_why *why);
	char *subject; /* the topic or group, or NULL */
	char *name, *value;
	int32_t partitions, replicas;
	struct bfs_place *places;
	size_t n_places;
	void *arg;
	union {
		bfs_brokers_fn *brokers;
		bfs_partitions_fn *partitions;
		bfs_groups_fn *groups;
		bfs_group_fn *group;
		bfs_places_fn *places;
		bfs_settings_fn *settings;
		bfs_done_fn *done;
	} to;
};

/* Begins a question, and takes the lock; the caller adds what is special about it, then asks. */
struct request *fake_question(struct bfs_cluster *cluster, enum fake_call call, const char *subject,
			      int64_t deadline,
			      void (*answer)(struct fake_cluster *c, struct request *r, int err,
					     struct bfs_why *why),
			      void *arg);
void fake_question_ask(struct bfs_cluster *cluster, struct request *r);

/* The settings of a topic that nobody set, and what values they take. */
struct fake_default {
	const char *name, *value;
	bool number;
};
#define FAKE_DEFAULTS 7
extern const struct fake_default fake_defaults[FAKE_DEFAULTS];

char *fake_text(const char *s); /* a copy, NULL for NULL */

/* All of these under the lock. */
struct fake_topic *fake_topic_of(struct fake_cluster *c, const struct request *r, int *err,
				 struct bfs_why *why); /* that the request is about */
int fake_count_brokers(const struct fake_cluster *c);
/* The i-th replica of a partition: brokers in turn, beginning at another for each partition. */
int32_t fake_replica(const struct fake_cluster *c, int32_t partition, int i);
bool fake_group_is(struct fake_cluster *c, const char *group);
struct fake_setting *fake_setting_own(const struct fake_topic *t, const char *name);
void fake_setting_put(struct fake_topic *t, const char *name, const char *value, bool gone);

#endif
