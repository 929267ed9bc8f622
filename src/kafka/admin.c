/* admin.c - topics made at the start (create=).
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "kafka/admin.h"
#include "kafka/error.h"
#include "kafka/roster.h"

#define LOOK_MS 50 /* between two looks whether the topics are there */

static int time_left(int64_t deadline)
{
	int64_t left = deadline - bfs_clock_ms();

	return left < 1 ? 1 : left > 3600000 ? 3600000 : (int)left;
}

/* A broker whose own time was up has made the topic, but not all others know it yet: whether they
 * come to know it we look for ourselves. */
static int topic_error(const rd_kafka_topic_result_t *r, struct bfs_why *why)
{
	rd_kafka_resp_err_t err = rd_kafka_topic_result_error(r);

	if (!err || err == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS ||
	    err == RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT)
		return 0;
	return bfs_kafka_fail(why, err, rd_kafka_topic_result_error_string(r), "create=%s",
			      rd_kafka_topic_result_name(r));
}

static int read_result(rd_kafka_event_t *ev, const char *topic, struct bfs_why *why)
{
	const rd_kafka_topic_result_t **topics;
	size_t n;
	int err = 0;

	if (!ev)
		return bfs_fail(why, -ETIMEDOUT, "create=%s: no answer in time", topic);
	if (rd_kafka_event_error(ev))
		return bfs_kafka_fail(why, rd_kafka_event_error(ev),
				      rd_kafka_event_error_string(ev), "create=%s", topic);
	topics = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(ev), &n);
	for (size_t i = 0; !err && i < n; i++)
		err = topic_error(topics[i], why);
	return err;
}

static int new_topics(const struct bfs_create *topics, int n, rd_kafka_NewTopic_t **list,
		      struct bfs_why *why)
{
	char words[200];

	for (int i = 0; i < n; i++) {
		list[i] = rd_kafka_NewTopic_new(topics[i].topic, topics[i].partitions,
						topics[i].replicas, words, sizeof(words));
		if (list[i])
			continue;
		rd_kafka_NewTopic_destroy_array(list, (size_t)i);
		return bfs_fail(why, -EINVAL, "create=%s: %s", topics[i].topic, words);
	}
	return 0;
}

static int request(struct bfs_handle *h, const struct bfs_create *topics, int n, int64_t deadline,
		   struct bfs_why *why)
{
	rd_kafka_NewTopic_t **list = bfs_zalloc((size_t)n * sizeof(*list));
	rd_kafka_AdminOptions_t *options;
	rd_kafka_queue_t *queue;
	rd_kafka_event_t *ev;
	char words[200];
	int err = new_topics(topics, n, list, why);

	if (err) {
		free(list);
		return err;
	}
	options = rd_kafka_AdminOptions_new(h->rk, RD_KAFKA_ADMIN_OP_CREATETOPICS);
	rd_kafka_AdminOptions_set_request_timeout(options, time_left(deadline), words,
						  sizeof(words));
	queue = rd_kafka_queue_new(h->rk);
	rd_kafka_CreateTopics(h->rk, list, (size_t)n, options, queue);
	ev = rd_kafka_queue_poll(queue, time_left(deadline) + 100);
	err = read_result(ev, topics[0].topic, why);
	if (ev)
		rd_kafka_event_destroy(ev);
	rd_kafka_queue_destroy(queue);
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_NewTopic_destroy_array(list, (size_t)n);
	free(list);
	return err;
}

/* The first of the topics that is not there, with all its leaders; NULL: none. */
static const struct bfs_create *missing(const struct bfs_roster *r, const struct bfs_create *topics,
					int n)
{
	for (int i = 0; i < n; i++)
		for (int p = 0; p < topics[i].partitions; p++) {
			int32_t leader = bfs_roster_leader(r, topics[i].topic, p);

			/* One that existed before may have fewer partitions than asked for. */
			if (leader == BFS_LEADER_NONE || (leader == BFS_LEADER_UNKNOWN && p == 0))
				return &topics[i];
		}
	return NULL;
}

static const struct bfs_create *look(struct bfs_handle *h, const struct bfs_create *topics, int n,
				     int64_t deadline)
{
	const struct rd_kafka_metadata *md;
	const struct bfs_create *absent = topics;
	struct bfs_roster *r;

	if (!rd_kafka_metadata(h->rk, 1, NULL, &md, time_left(deadline))) {
		r = bfs_roster_new(md);
		absent = missing(r, topics, n);
		bfs_roster_put(r);
	}
	return absent;
}

int bfs_admin_create(struct bfs_handle *h, const struct bfs_create *topics, int n, int64_t deadline,
		     struct bfs_why *why)
{
	const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };
	const struct bfs_create *absent;
	int err;

	/* Brokers are not troubled with what is there: it may be more than we have the right to
	 * ask. */
	if (!n || !look(h, topics, n, deadline))
		return 0;
	err = request(h, topics, n, deadline, why);
	while (!err && (absent = look(h, topics, n, deadline))) {
		if (bfs_clock_ms() >= deadline)
			return bfs_fail(why, -ETIMEDOUT,
					"create=%s: not shown by the brokers in time",
					absent->topic);
		nanosleep(&pause, NULL);
	}
	return err;
}
