/* manage_topic.c - topics made, deleted and grown.
 *
 * A change is sent once; then lists of topics are asked for until it shows. A broker whose own time
 * was up (REQUEST_TIMED_OUT) may have done it all the same: whether it has shows too.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "kafka/error.h"
#include "kafka/manage_inner.h"

/* Brokers with ZooKeeper report a deletion when nobody sees the topic any more; its name is free a
 * moment later. Only the words tell it from a topic that is there. */
static bool is_going(rd_kafka_resp_err_t err, const char *words)
{
	return err == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS && words &&
	       strstr(words, "marked for deletion");
}

static void topic_result(struct bfs_manage *m, struct bfs_task *t, rd_kafka_event_t *ev,
			 const rd_kafka_topic_result_t **results, size_t n)
{
	rd_kafka_resp_err_t err = rd_kafka_event_error(ev);
	const char *words = rd_kafka_event_error_string(ev);

	if (!err && n) {
		err = rd_kafka_topic_result_error(results[0]);
		words = rd_kafka_topic_result_error_string(results[0]);
	}
	if (bfs_manage_unsent(err)) {
		bfs_task_pause(t, PAUSE_MS);
	} else if (is_going(err, words)) {
		t->stage = "the topic of that name is still being deleted";
		bfs_task_pause(t, PAUSE_MS);
	} else if (err && err != RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT) {
		bfs_task_fail(t, err, words);
	} else {
		t->stage = "changed, but not shown by the brokers";
		bfs_task_look(m, t);
	}
}

static rd_kafka_AdminOptions_t *options(struct bfs_manage *m, struct bfs_task *t,
					rd_kafka_admin_op_t op)
{
	rd_kafka_AdminOptions_t *o = bfs_manage_options(m, t, op, WHO_ALONE, BFS_UNKNOWN);
	char words[200];

	rd_kafka_AdminOptions_set_operation_timeout(o, bfs_manage_time_left(t), words,
						    sizeof(words));
	return o;
}

static void refuse(struct bfs_task *t, const char *words)
{
	bfs_task_fail(t, RD_KAFKA_RESP_ERR__INVALID_ARG, words);
}

static void no_mock(struct bfs_task *t)
{
	struct bfs_why why;

	bfs_fail(&why, -EOPNOTSUPP, "%s %s: the embedded broker can't do this", t->kind->what,
		 t->subject);
	bfs_task_finish(t, -EOPNOTSUPP, &why);
}

/* --- create ----------------------------------------------------------------------------------- */

static void create_in_mock(struct bfs_manage *m, struct bfs_task *t)
{
	struct bfs_why why;
	int32_t led;
	int err;

	if (bfs_meta_shown(m->meta, t->subject, &led)) {
		bfs_task_fail(t, RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS, NULL);
		return;
	}
	if (t->partitions == 0 || t->replicas == 0 || t->replicas > 1) {
		bfs_fail(&why, -EINVAL, "topic %s: one partition or more, one replica", t->subject);
		bfs_task_finish(t, -EINVAL, &why);
		return;
	}
	err = bfs_mock_topic_create(m->mock, t->subject, t->partitions < 0 ? 1 : t->partitions,
				    &why);
	if (err)
		bfs_task_finish(t, err, &why);
	else
		bfs_task_look(m, t);
}

static void create_start(struct bfs_manage *m, struct bfs_task *t)
{
	rd_kafka_AdminOptions_t *o;
	rd_kafka_NewTopic_t *topic;
	char words[200];

	if (m->mock) {
		create_in_mock(m, t);
		return;
	}
	topic = rd_kafka_NewTopic_new(t->subject, t->partitions, t->replicas, words, sizeof(words));
	if (!topic) {
		refuse(t, words);
		return;
	}
	o = options(m, t, RD_KAFKA_ADMIN_OP_CREATETOPICS);
	rd_kafka_CreateTopics(m->control->rk, &topic, 1, o, m->results);
	rd_kafka_AdminOptions_destroy(o);
	rd_kafka_NewTopic_destroy(topic);
}

static void create_event(struct bfs_manage *m, struct bfs_task *t, rd_kafka_event_t *ev,
			 unsigned who)
{
	const rd_kafka_CreateTopics_result_t *r = rd_kafka_event_CreateTopics_result(ev);
	const rd_kafka_topic_result_t **topics = NULL;
	size_t n = 0;

	(void)who;
	if (r)
		topics = rd_kafka_CreateTopics_result_topics(r, &n);
	topic_result(m, t, ev, topics, n);
}

/* Also grown: all its partitions are there, and have leaders. */
static void made_listed(struct bfs_manage *m, struct bfs_task *t, int err,
			const struct bfs_why *why)
{
	int32_t led, n = bfs_meta_shown(m->meta, t->subject, &led);

	(void)why;
	if (!err && n && led == n && n >= t->partitions)
		bfs_task_finish(t, 0, NULL);
	else
		bfs_task_look(m, t);
}

static const struct bfs_task_kind create_kind = {
	.what = "topic",
	.start = create_start,
	.event = create_event,
	.listed = made_listed,
};

void bfs_manage_create(struct bfs_manage *m, const char *topic, int32_t partitions,
		       int32_t replicas, int64_t deadline, bfs_done_fn *done, void *arg)
{
	struct bfs_task *t = bfs_task_new(&create_kind, topic, deadline, arg);

	t->partitions = partitions;
	t->replicas = replicas;
	t->on_done = done;
	bfs_task_post(m, t);
}

/* --- delete ----------------------------------------------------------------------------------- */

static void delete_start(struct bfs_manage *m, struct bfs_task *t)
{
	rd_kafka_AdminOptions_t *o;
	rd_kafka_DeleteTopic_t *topic;

	if (m->mock) {
		no_mock(t);
		return;
	}
	topic = rd_kafka_DeleteTopic_new(t->subject);
	o = options(m, t, RD_KAFKA_ADMIN_OP_DELETETOPICS);
	rd_kafka_DeleteTopics(m->control->rk, &topic, 1, o, m->results);
	rd_kafka_AdminOptions_destroy(o);
	rd_kafka_DeleteTopic_destroy(topic);
}

static void delete_event(struct bfs_manage *m, struct bfs_task *t, rd_kafka_event_t *ev,
			 unsigned who)
{
	const rd_kafka_DeleteTopics_result_t *r = rd_kafka_event_DeleteTopics_result(ev);
	const rd_kafka_topic_result_t **topics = NULL;
	size_t n = 0;

	(void)who;
	if (r)
		topics = rd_kafka_DeleteTopics_result_topics(r, &n);
	topic_result(m, t, ev, topics, n);
}

static void gone_listed(struct bfs_manage *m, struct bfs_task *t, int err,
			const struct bfs_why *why)
{
	int32_t led;

	(void)why;
	if (!err && !bfs_meta_shown(m->meta, t->subject, &led))
		bfs_task_finish(t, 0, NULL);
	else
		bfs_task_look(m, t);
}

static const struct bfs_task_kind delete_kind = {
	.what = "topic",
	.start = delete_start,
	.event = delete_event,
	.listed = gone_listed,
};

void bfs_manage_delete(struct bfs_manage *m, const char *topic, int64_t deadline, bfs_done_fn *done,
		       void *arg)
{
	struct bfs_task *t = bfs_task_new(&delete_kind, topic, deadline, arg);

	t->on_done = done;
	bfs_task_post(m, t);
}

/* --- grow ------------------------------------------------------------------------------------- */

static void grow_start(struct bfs_manage *m, struct bfs_task *t)
{
	rd_kafka_NewPartitions_t *more;
	rd_kafka_AdminOptions_t *o;
	char words[200];

	if (m->mock) {
		no_mock(t);
		return;
	}
	more = rd_kafka_NewPartitions_new(t->subject, (size_t)t->partitions, words, sizeof(words));
	if (!more) {
		refuse(t, words);
		return;
	}
	o = options(m, t, RD_KAFKA_ADMIN_OP_CREATEPARTITIONS);
	rd_kafka_CreatePartitions(m->control->rk, &more, 1, o, m->results);
	rd_kafka_AdminOptions_destroy(o);
	rd_kafka_NewPartitions_destroy(more);
}

static void grow_event(struct bfs_manage *m, struct bfs_task *t, rd_kafka_event_t *ev, unsigned who)
{
	const rd_kafka_CreatePartitions_result_t *r = rd_kafka_event_CreatePartitions_result(ev);
	const rd_kafka_topic_result_t **topics = NULL;
	size_t n = 0;

	(void)who;
	if (r)
		topics = rd_kafka_CreatePartitions_result_topics(r, &n);
	topic_result(m, t, ev, topics, n);
}

static const struct bfs_task_kind grow_kind = {
	.what = "topic",
	.start = grow_start,
	.event = grow_event,
	.listed = made_listed,
};

void bfs_manage_grow(struct bfs_manage *m, const char *topic, int32_t partitions, int64_t deadline,
		     bfs_done_fn *done, void *arg)
{
	struct bfs_task *t = bfs_task_new(&grow_kind, topic, deadline, arg);

	t->partitions = partitions;
	t->on_done = done;
	bfs_task_post(m, t);
}
