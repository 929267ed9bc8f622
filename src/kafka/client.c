/* client.c - the cluster, by librdkafka: putting the modules together.
 *
 * SPDX-License-Identifier: MIT */
#include "kafka/client.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "kafka/admin.h"
#include "kafka/error.h"
#include "kafka/fetch.h"
#include "kafka/group.h"
#include "kafka/manage.h"
#include "kafka/member.h"
#include "kafka/meta.h"
#include "kafka/mock.h"
#include "kafka/produce.h"

#define LOOK_MS  20   /* between two looks for a refused login */
#define LEAVE_MS 1000 /* for members to commit and leave */
#define REAP_MS  500  /* for librdkafka's threads to end, at least */
#define MOCK_MS  100  /* for the mock cluster's */

struct bfs_kafka {
	struct bfs_cluster cluster; /* the wall's view */
	struct bfs_mock *mock;
	struct bfs_conf *conf;
	struct bfs_last_word word;
	struct bfs_statistics statistics;
	struct bfs_reaper *reaper;
	struct bfs_handle *control; /* its events are drained by the group thread */
	struct bfs_meta *meta;
	struct bfs_members *members;
	struct bfs_group *group;
	struct bfs_manage *manage;
	struct bfs_fetch *fetch;
	struct bfs_producer *producer;
};

static struct bfs_kafka *kafka_of(struct bfs_cluster *c)
{
	return bfs_container(c, struct bfs_kafka, cluster);
}

/* --- the table -------------------------------------------------------------------------------- */

static void op_topics(struct bfs_cluster *c, int64_t deadline, bfs_topics_fn *done, void *arg)
{
	bfs_meta_topics(kafka_of(c)->meta, deadline, done, arg);
}

static void op_offset_at(struct bfs_cluster *c, const char *topic, int32_t partition, int64_t time,
			 int64_t deadline, bfs_offset_fn *done, void *arg)
{
	bfs_meta_offset_at(kafka_of(c)->meta, topic, partition, time, deadline, done, arg);
}

static void op_ends(struct bfs_cluster *c, const char *topic, int32_t partition, int64_t deadline,
		    bfs_ends_fn *done, void *arg)
{
	bfs_meta_ends(kafka_of(c)->meta, topic, partition, deadline, done, arg);
}

static void op_committed(struct bfs_cluster *c, const char *group, const char *topic,
			 int32_t partition, int64_t deadline, bfs_committed_fn *done, void *arg)
{
	bfs_group_committed(kafka_of(c)->group, group, topic, partition, deadline, done, arg);
}

static void op_commit(struct bfs_cluster *c, const char *group, const char *topic,
		      int32_t partition, const struct bfs_commit *expect,
		      const struct bfs_commit *to, int64_t deadline, bfs_done_fn *done, void *arg)
{
	bfs_group_commit(kafka_of(c)->group, group, topic, partition, expect, to, deadline, done,
			 arg);
}

static void op_members(struct bfs_cluster *c, const char *group, int64_t deadline,
		       bfs_members_fn *done, void *arg)
{
	bfs_group_members(kafka_of(c)->group, group, deadline, done, arg);
}

static struct bfs_feed *op_feed_open(struct bfs_cluster *c, const char *topic, int32_t partition,
				     bool headers, const struct bfs_sink *sink, void *owner)
{
	return bfs_feed_open(kafka_of(c)->fetch, topic, partition, headers, sink, owner);
}

static struct bfs_member *op_member_open(struct bfs_cluster *c, const char *topic,
					 const char *instance, bool headers,
					 const struct bfs_member_sink *sink, void *owner)
{
	return bfs_member_open(kafka_of(c)->members, topic, instance, headers, sink, owner);
}

static struct bfs_outlet *op_outlet_open(struct bfs_cluster *c, const char *topic,
					 int32_t partition, bfs_delivered_fn *delivered, void *arg)
{
	return bfs_outlet_open(kafka_of(c)->producer, topic, partition, delivered, arg);
}

static void op_brokers(struct bfs_cluster *c, int64_t deadline, bfs_brokers_fn *done, void *arg)
{
	bfs_meta_brokers(kafka_of(c)->meta, deadline, done, arg);
}

static void op_partitions(struct bfs_cluster *c, const char *topic, int64_t deadline,
			  bfs_partitions_fn *done, void *arg)
{
	bfs_meta_partitions(kafka_of(c)->meta, topic, deadline, done, arg);
}

static void op_groups(struct bfs_cluster *c, int64_t deadline, bfs_groups_fn *done, void *arg)
{
	bfs_manage_groups(kafka_of(c)->manage, deadline, done, arg);
}

static void op_group(struct bfs_cluster *c, const char *group, int64_t deadline, bfs_group_fn *done,
		     void *arg)
{
	bfs_meta_group(kafka_of(c)->meta, group, deadline, done, arg);
}

static void op_group_offsets(struct bfs_cluster *c, const char *group, const char *topic,
			     int64_t deadline, bfs_places_fn *done, void *arg)
{
	bfs_manage_offsets(kafka_of(c)->manage, group, topic, deadline, done, arg);
}

static void op_group_reset(struct bfs_cluster *c, const char *group, const struct bfs_place *places,
			   size_t n, int64_t deadline, bfs_done_fn *done, void *arg)
{
	bfs_manage_reset(kafka_of(c)->manage, group, places, n, deadline, done, arg);
}

static void op_group_delete(struct bfs_cluster *c, const char *group, int64_t deadline,
			    bfs_done_fn *done, void *arg)
{
	bfs_manage_forget(kafka_of(c)->manage, group, deadline, done, arg);
}

static void op_topic_create(struct bfs_cluster *c, const char *topic, int32_t partitions,
			    int32_t replicas, int64_t deadline, bfs_done_fn *done, void *arg)
{
	bfs_manage_create(kafka_of(c)->manage, topic, partitions, replicas, deadline, done, arg);
}

static void op_topic_delete(struct bfs_cluster *c, const char *topic, int64_t deadline,
			    bfs_done_fn *done, void *arg)
{
	bfs_manage_delete(kafka_of(c)->manage, topic, deadline, done, arg);
}

static void op_topic_grow(struct bfs_cluster *c, const char *topic, int32_t partitions,
			  int64_t deadline, bfs_done_fn *done, void *arg)
{
	bfs_manage_grow(kafka_of(c)->manage, topic, partitions, deadline, done, arg);
}

static void op_topic_settings(struct bfs_cluster *c, const char *topic, int64_t deadline,
			      bfs_settings_fn *done, void *arg)
{
	bfs_manage_settings(kafka_of(c)->manage, topic, deadline, done, arg);
}

static void op_topic_set(struct bfs_cluster *c, const char *topic, const char *name,
			 const char *value, int64_t deadline, bfs_done_fn *done, void *arg)
{
	bfs_manage_set(kafka_of(c)->manage, topic, name, value, deadline, done, arg);
}

static void op_alive(struct bfs_cluster *c, int64_t patience, bfs_done_fn *done, void *arg)
{
	bfs_manage_alive(kafka_of(c)->manage, patience, done, arg);
}

static size_t op_statistics(struct bfs_cluster *c, struct bfs_broker_statistics *ret, size_t max,
			    struct bfs_queue_statistics *ret_queue)
{
	return bfs_statistics_copy(&kafka_of(c)->statistics, ret, max, ret_queue);
}

static void op_hurry(struct bfs_cluster *c)
{
	bfs_producer_hurry(kafka_of(c)->producer);
}

static size_t op_message_max(struct bfs_cluster *c)
{
	return bfs_conf_message_max(kafka_of(c)->conf);
}

static const struct bfs_cluster_ops ops = {
	.topics = op_topics,
	.ends = op_ends,
	.offset_at = op_offset_at,
	.committed = op_committed,
	.commit = op_commit,
	.members = op_members,
	.feed_open = op_feed_open,
	.feed_start = bfs_feed_start,
	.feed_resume = bfs_feed_resume,
	.feed_close = bfs_feed_close,
	.member_open = op_member_open,
	.member_join = bfs_member_join,
	.member_leave = bfs_member_leave,
	.member_resume = bfs_member_resume,
	.member_acknowledge = bfs_member_acknowledge,
	.member_settle = bfs_member_settle,
	.member_close = bfs_member_close,
	.outlet_open = op_outlet_open,
	.produce = bfs_outlet_produce,
	.hurry = op_hurry,
	.outlet_close = bfs_outlet_close,
	.message_max = op_message_max,
	.brokers = op_brokers,
	.partitions = op_partitions,
	.groups = op_groups,
	.group = op_group,
	.group_offsets = op_group_offsets,
	.group_reset = op_group_reset,
	.group_delete = op_group_delete,
	.topic_create = op_topic_create,
	.topic_delete = op_topic_delete,
	.topic_grow = op_topic_grow,
	.topic_settings = op_topic_settings,
	.topic_set = op_topic_set,
	.alive = op_alive,
	.statistics = op_statistics,
};

/* --- start ------------------------------------------------------------------------------------ */

/* The first list of topics: proof that a broker answers. */
struct greeting {
	pthread_mutex_t lock;
	pthread_cond_t heard;
	bool done;
	int err;
	struct bfs_why why;
};

static void greeted(void *arg, int err, const struct bfs_why *why,
		    const struct bfs_topic_info *topics, size_t n)
{
	struct greeting *g = arg;

	(void)topics;
	(void)n;
	pthread_mutex_lock(&g->lock);
	g->done = true;
	g->err = err;
	g->why = *why;
	pthread_cond_signal(&g->heard);
	pthread_mutex_unlock(&g->lock);
}

static void wait_a_little(struct greeting *g)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += LOOK_MS * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	pthread_cond_timedwait(&g->heard, &g->lock, &until);
}

/* A refused login is an answer: it does not get better until the deadline. */
static int greet(struct bfs_kafka *k, int64_t deadline, struct bfs_why *why)
{
	struct greeting *g = bfs_zalloc(sizeof(*g));
	const char *brokers = bfs_conf_brokers(k->conf);
	char last[200] = "";
	bool refused = false;
	int err;

	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->heard, NULL);
	bfs_meta_topics(k->meta, deadline, greeted, g);
	pthread_mutex_lock(&g->lock);
	while (!g->done && !refused) {
		wait_a_little(g);
		refused = bfs_last_word_copy(&k->word, last, sizeof(last));
	}
	if (refused && !g->done) {
		/* The question is still out: ending it is what frees g's user. */
		pthread_mutex_unlock(&g->lock);
		bfs_meta_stop(k->meta, bfs_clock_ms() + REAP_MS);
		pthread_mutex_lock(&g->lock);
		g->err = -EACCES;
	}
	err = g->err;
	if (err && !strncmp(last, brokers, strlen(brokers)))
		bfs_fail(why, err, "%s", last);
	else if (err && *last)
		bfs_fail(why, err, "%s: %s", brokers, last);
	else if (err)
		bfs_fail(why, err, "%s: %s", brokers, g->why.text);
	pthread_mutex_unlock(&g->lock);
	pthread_cond_destroy(&g->heard);
	pthread_mutex_destroy(&g->lock);
	free(g);
	return err;
}

static int create_topics(struct bfs_kafka *k, const struct bfs_options *o, int64_t deadline,
			 struct bfs_why *why)
{
	int err = 0;

	for (int i = 0; k->mock && !err && i < o->n_create; i++)
		err = bfs_mock_topic_create(k->mock, o->create[i].topic, o->create[i].partitions,
					    why);
	if (!k->mock)
		err = bfs_admin_create(k->control, o->create, o->n_create, deadline, why);
	if (err == -ETIMEDOUT && o->lazy) {
		bfs_warn("%s", why->text);
		return 0;
	}
	/* So that they are in the list of topics that lanes and outlets go by. */
	return err || o->lazy ? err : greet(k, deadline, why);
}

static int start_modules(struct bfs_kafka *k, const struct bfs_options *o, struct bfs_why *why)
{
	k->control = bfs_handle_new(k->conf, BFS_ROLE_CONTROL, k->reaper, why);
	if (!k->control)
		return -EIO;
	k->meta = bfs_meta_new(k->control, &k->word);
	if (!k->meta)
		return bfs_fail(why, -EMFILE, "too many open files");
	k->members = bfs_members_new(k->conf, &k->word, k->reaper, &k->cluster.metrics);
	k->group = bfs_group_new(k->conf, k->control, k->meta, k->members, o->group, &k->word,
				 &k->statistics, why);
	if (!k->group)
		return -EIO;
	k->manage = bfs_manage_new(k->control, k->meta, k->mock, &k->word, why);
	if (!k->manage)
		return -EIO;
	k->fetch = bfs_fetch_new(k->conf, k->meta, &k->word, k->reaper, &k->cluster.metrics);
	if (!k->fetch)
		return bfs_fail(why, -EMFILE, "too many open files");
	k->producer = bfs_producer_new(k->conf, k->meta, &k->word, k->reaper, &k->statistics, why);
	return k->producer ? 0 : -EIO;
}

static int start(struct bfs_kafka *k, const struct bfs_options *o, struct bfs_why *why)
{
	int64_t deadline;
	int err;

	if (o->embedded) {
		k->mock = bfs_mock_new(why);
		if (!k->mock)
			return -EIO;
		k->cluster.finds_no_times = true; /* the mock's ListOffsets knows the ends only */
	}
	k->conf = bfs_conf_new(o, k->mock ? bfs_mock_brokers(k->mock) : o->brokers, why);
	if (!k->conf)
		return -EINVAL;
	k->cluster.member_idle = bfs_conf_poll_interval(k->conf);
	err = start_modules(k, o, why);
	deadline = bfs_clock_ms() + o->timeout_ms;
	if (!err && !o->lazy)
		err = greet(k, deadline, why);
	if (!err && o->n_create)
		err = create_topics(k, o, deadline, why);
	return err;
}

struct bfs_cluster *bfs_kafka_new(const struct bfs_options *o, struct bfs_why *ret_why)
{
	struct bfs_kafka *k = bfs_zalloc(sizeof(*k));

	k->cluster.ops = &ops;
	k->reaper = bfs_reaper_new();
	bfs_last_word_init(&k->word);
	bfs_metrics_init(&k->cluster.metrics);
	bfs_statistics_init(&k->statistics, &k->cluster.metrics);
	if (start(k, o, ret_why)) {
		bfs_kafka_stop(&k->cluster, bfs_clock_ms());
		bfs_kafka_free(&k->cluster);
		return NULL;
	}
	return &k->cluster;
}

const char *bfs_kafka_brokers(const struct bfs_cluster *c)
{
	return bfs_conf_brokers(kafka_of((struct bfs_cluster *)c)->conf);
}

/* --- end -------------------------------------------------------------------------------------- */

void bfs_kafka_stop(struct bfs_cluster *c, int64_t deadline)
{
	struct bfs_kafka *k = kafka_of(c);
	int64_t soon = bfs_clock_ms() + REAP_MS;

	if (deadline < soon)
		deadline = soon;
	bfs_fetch_free(k->fetch);
	bfs_members_stop(k->members, bfs_clock_ms() + LEAVE_MS);
	/* Before the group and the manager, whose questions it answers. */
	bfs_meta_stop(k->meta, bfs_clock_ms() + REAP_MS / 2);
	bfs_manage_free(k->manage);
	bfs_group_free(k->group);
	bfs_members_free(k->members);
	bfs_producer_stop(k->producer, deadline - REAP_MS);
	k->fetch = NULL;
	k->group = NULL;
	k->manage = NULL;
	k->members = NULL;
}

static void bury_mock(void *mock)
{
	bfs_mock_free(mock);
}

void bfs_kafka_free(struct bfs_cluster *c)
{
	struct bfs_kafka *k;
	int left;

	if (!c)
		return;
	k = kafka_of(c);
	bfs_producer_free(k->producer);
	bfs_meta_free(k->meta);
	if (k->control)
		bfs_handle_put(k->control);
	left = bfs_reaper_wait(k->reaper, bfs_clock_ms() + REAP_MS);
	if (left)
		bfs_warn("%d librdkafka handles did not end in time", left);
	/* Ending the mock cluster can take librdkafka a second, which nobody need wait out. */
	if (k->mock)
		bfs_reaper_take(k->reaper, bury_mock, k->mock);
	bfs_reaper_wait(k->reaper, bfs_clock_ms() + MOCK_MS);
	bfs_reaper_put(k->reaper);
	bfs_conf_free(k->conf);
	bfs_last_word_fini(&k->word);
	bfs_statistics_fini(&k->statistics);
	bfs_metrics_fini(&k->cluster.metrics);
	free(k);
}
