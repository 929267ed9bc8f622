/* manage_group.c - groups listed, their offsets read and reset, and groups deleted.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "kafka/error.h"
#include "kafka/manage_inner.h"

#define ASK_AGAIN_MS 250 /* a broker that was not the coordinator */

/* --- the list --------------------------------------------------------------------------------- */

/* librdkafka's mock cluster, ours or another process's, lists no groups; and librdkafka 2.0.2 loses
 * a reference to its own queue each time a broker can't, so it is not asked. */
static bool lists_groups(struct bfs_manage *m)
{
	char *id;
	bool mock;

	if (m->mock)
		return false;
	id = rd_kafka_clusterid(m->control->rk, 0);
	mock = id && !strncmp(id, "mockCluster", strlen("mockCluster"));
	if (id)
		rd_kafka_mem_free(m->control->rk, id);
	return !mock;
}

static void list_start(struct bfs_manage *m, struct bfs_task *t)
{
	rd_kafka_AdminOptions_t *o;
	struct bfs_why why;

	if (!lists_groups(m)) {
		bfs_fail(&why, -EOPNOTSUPP, "a mock broker does not list groups");
		bfs_task_finish(t, -EOPNOTSUPP, &why);
		return;
	}
	o = bfs_manage_options(m, t, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS, WHO_ALONE, BFS_UNKNOWN);
	rd_kafka_ListConsumerGroups(m->control->rk, o, m->results);
	rd_kafka_AdminOptions_destroy(o);
}

static void answer_groups(struct bfs_task *t, const rd_kafka_ConsumerGroupListing_t **groups,
			  size_t n)
{
	static const struct bfs_why nothing;
	const char **names = bfs_zalloc((n + 1) * sizeof(*names));

	for (size_t i = 0; i < n; i++)
		names[i] = rd_kafka_ConsumerGroupListing_group_id(groups[i]);
	bfs_list_del(&t->node);
	t->on_groups(t->arg, 0, &nothing, names, n);
	free(names);
	bfs_task_free(t);
}

static size_t count_brokers(struct bfs_manage *m)
{
	size_t n;

	free(bfs_meta_broker_ids(m->meta, &n));
	return n ? n : 1;
}

static void list_event(struct bfs_manage *m, struct bfs_task *t, rd_kafka_event_t *ev, unsigned who)
{
	const rd_kafka_ListConsumerGroups_result_t *r =
		rd_kafka_event_ListConsumerGroups_result(ev);
	const rd_kafka_ConsumerGroupListing_t **groups;
	const rd_kafka_error_t **errors;
	rd_kafka_resp_err_t err = rd_kafka_event_error(ev);
	size_t n = 0, bad = 0;

	(void)who;
	if (err || !r) {
		bfs_task_fail(t, err, rd_kafka_event_error_string(ev));
		return;
	}
	groups = rd_kafka_ListConsumerGroups_result_valid(r, &n);
	errors = rd_kafka_ListConsumerGroups_result_errors(r, &bad);
	if (n || bad < count_brokers(m)) {
		answer_groups(t, groups, n);
		return;
	}
	err = rd_kafka_error_code(errors[0]);
	if (bfs_kafka_passing(err) && err != RD_KAFKA_RESP_ERR__TIMED_OUT)
		bfs_task_pause(t, PAUSE_MS);
	else
		bfs_task_fail(t, err, rd_kafka_error_string(errors[0]));
}

static const struct bfs_task_kind list_kind = {
	.what = "list of groups",
	.start = list_start,
	.event = list_event,
};

void bfs_manage_groups(struct bfs_manage *m, int64_t deadline, bfs_groups_fn *done, void *arg)
{
	struct bfs_task *t = bfs_task_new(&list_kind, NULL, deadline, arg);

	t->on_groups = done;
	bfs_task_post(m, t);
}

/* --- what only the coordinator does -------------------------------------------------------------
 */

/* Sends the task's request to a broker. */
typedef void send_fn(struct bfs_manage *m, struct bfs_task *t, unsigned who, int32_t broker);

static void find_brokers(struct bfs_manage *m, struct bfs_task *t)
{
	int32_t *ids;

	ids = bfs_meta_broker_ids(m->meta, &t->n_asked);
	if (t->n_asked > WHO_ALONE)
		t->n_asked = WHO_ALONE;
	t->asked = bfs_zalloc((t->n_asked + 1) * sizeof(*t->asked));
	for (size_t i = 0; i < t->n_asked; i++)
		t->asked[i].broker = ids[i];
	free(ids);
}

/* Asks all that are due, and says when the next one is. */
static void ask_all(struct bfs_manage *m, struct bfs_task *t, send_fn *send)
{
	int64_t now = bfs_clock_ms(), next = BFS_NEVER;

	if (!t->n_asked)
		find_brokers(m, t);
	if (!t->n_asked) {
		bfs_task_look(m, t);
		return;
	}
	for (size_t i = 0; i < t->n_asked; i++) {
		struct bfs_asked *a = &t->asked[i];

		if (a->out)
			continue;
		if (a->not_before <= now) {
			a->out = true;
			send(m, t, (unsigned)i, a->broker);
		} else if (a->not_before < next) {
			next = a->not_before;
		}
	}
	t->not_before = next;
}

/* No broker was known; now some may be. */
static void group_listed(struct bfs_manage *m, struct bfs_task *t, int err,
			 const struct bfs_why *why)
{
	(void)m;
	(void)err;
	(void)why;
	free(t->asked);
	t->asked = NULL;
	bfs_task_pause(t, 0);
}

/* False: this broker is not the one, or not now. */
static bool answered(struct bfs_task *t, unsigned who, rd_kafka_resp_err_t err)
{
	struct bfs_asked *a = &t->asked[who];

	if (!bfs_kafka_passing(err))
		return true;
	a->out = false;
	a->not_before = bfs_clock_ms() + ASK_AGAIN_MS;
	if (a->not_before < t->not_before)
		t->not_before = a->not_before;
	return false;
}

static void fail_group(struct bfs_task *t, rd_kafka_resp_err_t err, const char *words)
{
	struct bfs_why why;

	if (bfs_kafka_errno(err) != -EBUSY) {
		bfs_task_fail(t, err, words);
		return;
	}
	bfs_fail(&why, -EBUSY, "the group %s has live members (%s)", t->subject,
		 rd_kafka_err2str(err));
	bfs_task_finish(t, -EBUSY, &why);
}

/* --- offsets ---------------------------------------------------------------------------------- */

/* NULL is all. The mock knows no request for that. */
static rd_kafka_topic_partition_list_t *wanted_offsets(struct bfs_manage *m, struct bfs_task *t)
{
	rd_kafka_topic_partition_list_t *list;
	int32_t led, n = t->name ? bfs_meta_shown(m->meta, t->name, &led) : 0;

	if (!n)
		return m->mock ? bfs_meta_everything(m->meta) : NULL;
	list = rd_kafka_topic_partition_list_new(n);
	rd_kafka_topic_partition_list_add_range(list, t->name, 0, n - 1);
	return list;
}

static void offsets_send(struct bfs_manage *m, struct bfs_task *t, unsigned who, int32_t broker)
{
	rd_kafka_AdminOptions_t *o =
		bfs_manage_options(m, t, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, who, broker);
	rd_kafka_topic_partition_list_t *list = wanted_offsets(m, t);
	rd_kafka_ListConsumerGroupOffsets_t *q =
		rd_kafka_ListConsumerGroupOffsets_new(t->subject, list);

	rd_kafka_ListConsumerGroupOffsets(m->control->rk, &q, 1, o, m->results);
	rd_kafka_ListConsumerGroupOffsets_destroy(q);
	if (list)
		rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_AdminOptions_destroy(o);
}

static void offsets_start(struct bfs_manage *m, struct bfs_task *t)
{
	ask_all(m, t, offsets_send);
}

static void answer_places(struct bfs_task *t, const rd_kafka_topic_partition_list_t *list)
{
	static const struct bfs_why nothing;
	struct bfs_place *places = bfs_zalloc((size_t)(list ? list->cnt + 1 : 1) * sizeof(*places));
	size_t n = 0;

	for (int i = 0; list && i < list->cnt; i++)
		if (list->elems[i].offset >= 0)
			places[n++] = (struct bfs_place){
				.topic = list->elems[i].topic,
				.partition = list->elems[i].partition,
				.offset = list->elems[i].offset,
			};
	bfs_list_del(&t->node);
	t->on_places(t->arg, 0, &nothing, places, n);
	free(places);
	bfs_task_free(t);
}

/* The error of the whole, of the group, or of the first partition that has one. */
static rd_kafka_resp_err_t result_error(rd_kafka_event_t *ev, const rd_kafka_group_result_t *g,
					const rd_kafka_topic_partition_t **ret_part)
{
	const rd_kafka_topic_partition_list_t *list =
		g ? rd_kafka_group_result_partitions(g) : NULL;

	*ret_part = NULL;
	if (rd_kafka_event_error(ev))
		return rd_kafka_event_error(ev);
	if (g && rd_kafka_group_result_error(g))
		return rd_kafka_error_code(rd_kafka_group_result_error(g));
	for (int i = 0; list && i < list->cnt; i++) {
		*ret_part = &list->elems[i];
		if (list->elems[i].err)
			return list->elems[i].err;
	}
	return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static void offsets_event(struct bfs_manage *m, struct bfs_task *t, rd_kafka_event_t *ev,
			  unsigned who)
{
	const rd_kafka_ListConsumerGroupOffsets_result_t *r =
		rd_kafka_event_ListConsumerGroupOffsets_result(ev);
	const rd_kafka_group_result_t **groups = NULL;
	const rd_kafka_topic_partition_t *part;
	rd_kafka_resp_err_t err;
	size_t n = 0;

	(void)m;
	if (r)
		groups = rd_kafka_ListConsumerGroupOffsets_result_groups(r, &n);
	err = result_error(ev, n ? groups[0] : NULL, &part);
	if (!answered(t, who, err))
		return;
	if (err)
		fail_group(t, err, NULL);
	else
		answer_places(t, n ? rd_kafka_group_result_partitions(groups[0]) : NULL);
}

static const struct bfs_task_kind offsets_kind = {
	.what = "group",
	.start = offsets_start,
	.event = offsets_event,
	.listed = group_listed,
};

void bfs_manage_offsets(struct bfs_manage *m, const char *group, const char *topic,
			int64_t deadline, bfs_places_fn *done, void *arg)
{
	struct bfs_task *t = bfs_task_new(&offsets_kind, group, deadline, arg);

	t->name = topic ? bfs_strdup(topic) : NULL;

	t->on_places = done;
	bfs_task_post(m, t);
}

/* --- reset ------------------------------------------------------------------------------------ */

static void reset_send(struct bfs_manage *m, struct bfs_task *t, unsigned who, int32_t broker)
{
	rd_kafka_AdminOptions_t *o =
		bfs_manage_options(m, t, RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS, who, broker);
	rd_kafka_AlterConsumerGroupOffsets_t *q =
		rd_kafka_AlterConsumerGroupOffsets_new(t->subject, t->places);

	rd_kafka_AlterConsumerGroupOffsets(m->control->rk, &q, 1, o, m->results);
	rd_kafka_AlterConsumerGroupOffsets_destroy(q);
	rd_kafka_AdminOptions_destroy(o);
}

static void reset_start(struct bfs_manage *m, struct bfs_task *t)
{
	ask_all(m, t, reset_send);
}

static void reset_event(struct bfs_manage *m, struct bfs_task *t, rd_kafka_event_t *ev,
			unsigned who)
{
	const rd_kafka_AlterConsumerGroupOffsets_result_t *r =
		rd_kafka_event_AlterConsumerGroupOffsets_result(ev);
	const rd_kafka_group_result_t **groups = NULL;
	const rd_kafka_topic_partition_t *part;
	rd_kafka_resp_err_t err;
	struct bfs_why why;
	size_t n = 0;
	int no;

	(void)m;
	if (r)
		groups = rd_kafka_AlterConsumerGroupOffsets_result_groups(r, &n);
	err = result_error(ev, n ? groups[0] : NULL, &part);
	if (!answered(t, who, err))
		return;
	if (err && part && bfs_kafka_errno(err) != -EBUSY) {
		no = bfs_kafka_fail(&why, err, NULL, "group %s, %s/%d", t->subject, part->topic,
				    (int)part->partition);
		bfs_task_finish(t, no, &why);
	} else if (err) {
		fail_group(t, err, NULL);
	} else {
		bfs_task_finish(t, 0, NULL);
	}
}

static const struct bfs_task_kind reset_kind = {
	.what = "group",
	.start = reset_start,
	.event = reset_event,
	.listed = group_listed,
};

void bfs_manage_reset(struct bfs_manage *m, const char *group, const struct bfs_place *places,
		      size_t n, int64_t deadline, bfs_done_fn *done, void *arg)
{
	struct bfs_task *t = bfs_task_new(&reset_kind, group, deadline, arg);

	t->places = rd_kafka_topic_partition_list_new((int)n);
	for (size_t i = 0; i < n; i++)
		rd_kafka_topic_partition_list_add(t->places, places[i].topic, places[i].partition)
			->offset = places[i].offset;
	t->on_done = done;
	bfs_task_post(m, t);
}

/* --- delete ----------------------------------------------------------------------------------- */

static void forget_send(struct bfs_manage *m, struct bfs_task *t, unsigned who, int32_t broker)
{
	rd_kafka_AdminOptions_t *o =
		bfs_manage_options(m, t, RD_KAFKA_ADMIN_OP_DELETEGROUPS, who, broker);
	rd_kafka_DeleteGroup_t *q = rd_kafka_DeleteGroup_new(t->subject);

	rd_kafka_DeleteGroups(m->control->rk, &q, 1, o, m->results);
	rd_kafka_DeleteGroup_destroy(q);
	rd_kafka_AdminOptions_destroy(o);
}

static void forget_start(struct bfs_manage *m, struct bfs_task *t)
{
	struct bfs_why why;

	if (!m->mock) {
		ask_all(m, t, forget_send);
		return;
	}
	bfs_fail(&why, -EOPNOTSUPP, "group %s: the embedded broker can't delete it", t->subject);
	bfs_task_finish(t, -EOPNOTSUPP, &why);
}

static void forget_event(struct bfs_manage *m, struct bfs_task *t, rd_kafka_event_t *ev,
			 unsigned who)
{
	const rd_kafka_DeleteGroups_result_t *r = rd_kafka_event_DeleteGroups_result(ev);
	const rd_kafka_group_result_t **groups = NULL;
	const rd_kafka_topic_partition_t *part;
	rd_kafka_resp_err_t err;
	size_t n = 0;

	(void)m;
	if (r)
		groups = rd_kafka_DeleteGroups_result_groups(r, &n);
	err = result_error(ev, n ? groups[0] : NULL, &part);
	if (!answered(t, who, err))
		return;
	if (err)
		fail_group(t, err, NULL);
	else
		bfs_task_finish(t, 0, NULL);
}

static const struct bfs_task_kind forget_kind = {
	.what = "group",
	.start = forget_start,
	.event = forget_event,
	.listed = group_listed,
};

void bfs_manage_forget(struct bfs_manage *m, const char *group, int64_t deadline, bfs_done_fn *done,
		       void *arg)
{
	struct bfs_task *t = bfs_task_new(&forget_kind, group, deadline, arg);

	t->on_done = done;
	bfs_task_post(m, t);
}
