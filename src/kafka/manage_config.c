/* manage_config.c - a topic's settings: read, and changed one at a time.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "core/value.h"
#include "kafka/error.h"
#include "kafka/manage_inner.h"

/* --- reading ---------------------------------------------------------------------------------- */

static void no_mock(struct bfs_task *t)
{
	struct bfs_why why;

	bfs_fail(&why, -EOPNOTSUPP, "topic %s: the embedded broker has no settings", t->subject);
	bfs_task_finish(t, -EOPNOTSUPP, &why);
}

static void describe(struct bfs_manage *m, struct bfs_task *t)
{
	rd_kafka_AdminOptions_t *o =
		bfs_manage_options(m, t, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, WHO_ALONE, BFS_UNKNOWN);
	rd_kafka_ConfigResource_t *r =
		rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, t->subject);

	rd_kafka_DescribeConfigs(m->control->rk, &r, 1, o, m->results);
	rd_kafka_ConfigResource_destroy(r);
	rd_kafka_AdminOptions_destroy(o);
}

/* The topic's entries; NULL when the task is over, or pauses. */
static const rd_kafka_ConfigEntry_t **described(struct bfs_task *t, rd_kafka_event_t *ev,
						size_t *ret_n)
{
	const rd_kafka_DescribeConfigs_result_t *result = rd_kafka_event_DescribeConfigs_result(ev);
	const rd_kafka_ConfigResource_t **resources = NULL;
	rd_kafka_resp_err_t err = rd_kafka_event_error(ev);
	const char *words = rd_kafka_event_error_string(ev);
	size_t n = 0;

	if (!err)
		resources = rd_kafka_DescribeConfigs_result_resources(result, &n);
	if (!err && !n) {
		err = RD_KAFKA_RESP_ERR__BAD_MSG;
	} else if (!err) {
		err = rd_kafka_ConfigResource_error(resources[0]);
		words = rd_kafka_ConfigResource_error_string(resources[0]);
	}
	if (!err)
		return rd_kafka_ConfigResource_configs(resources[0], ret_n);
	if (bfs_kafka_passing(err))
		bfs_task_pause(t, PAUSE_MS);
	else
		bfs_task_fail(t, err, words);
	return NULL;
}

/* Set for this topic. Brokers before 1.1 don't say where a value is from. */
static bool is_own(const rd_kafka_ConfigEntry_t *e)
{
	return rd_kafka_ConfigEntry_source(e) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG;
}

static const char *value_of(const rd_kafka_ConfigEntry_t *e)
{
	return rd_kafka_ConfigEntry_is_sensitive(e) ? NULL : rd_kafka_ConfigEntry_value(e);
}

static void settings_start(struct bfs_manage *m, struct bfs_task *t)
{
	if (m->mock)
		no_mock(t);
	else
		describe(m, t);
}

static void settings_event(struct bfs_manage *m, struct bfs_task *t, rd_kafka_event_t *ev,
			   unsigned who)
{
	static const struct bfs_why nothing;
	const rd_kafka_ConfigEntry_t **entries;
	struct bfs_setting *list;
	size_t n;

	(void)m;
	(void)who;
	entries = described(t, ev, &n);
	if (!entries)
		return;
	list = bfs_zalloc((n + 1) * sizeof(*list));
	for (size_t i = 0; i < n; i++)
		list[i] = (struct bfs_setting){
			.name = rd_kafka_ConfigEntry_name(entries[i]),
			.value = value_of(entries[i]),
			.own = is_own(entries[i]),
			.read_only = rd_kafka_ConfigEntry_is_read_only(entries[i]),
		};
	bfs_list_del(&t->node);
	t->on_settings(t->arg, 0, &nothing, list, n);
	free(list);
	bfs_task_free(t);
}

static const struct bfs_task_kind settings_kind = {
	.what = "topic",
	.start = settings_start,
	.event = settings_event,
};

void bfs_manage_settings(struct bfs_manage *m, const char *topic, int64_t deadline,
			 bfs_settings_fn *done, void *arg)
{
	struct bfs_task *t = bfs_task_new(&settings_kind, topic, deadline, arg);

	t->on_settings = done;
	bfs_task_post(m, t);
}

/* --- changing --------------------------------------------------------------------------------- */

/* A change has two or three requests: read (not with the incremental call), send, read back. */
static const char reading_back[] = "changed, but not shown by the brokers";

static void alter_result(struct bfs_manage *m, struct bfs_task *t, rd_kafka_event_t *ev,
			 const rd_kafka_ConfigResource_t **resources, size_t n)
{
	rd_kafka_resp_err_t err = rd_kafka_event_error(ev);
	const char *words = rd_kafka_event_error_string(ev);

	if (!err && n) {
		err = rd_kafka_ConfigResource_error(resources[0]);
		words = rd_kafka_ConfigResource_error_string(resources[0]);
	}
	if (bfs_manage_unsent(err)) {
		bfs_task_pause(t, PAUSE_MS);
	} else if (err) {
		bfs_task_fail(t, err, words);
	} else {
		t->stage = reading_back;
		describe(m, t);
	}
}

#ifdef RD_KAFKA_EVENT_INCREMENTALALTERCONFIGS_RESULT

static void set_start(struct bfs_manage *m, struct bfs_task *t)
{
	rd_kafka_AlterConfigOpType_t op =
		t->value ? RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET : RD_KAFKA_ALTER_CONFIG_OP_TYPE_DELETE;
	rd_kafka_ConfigResource_t *r;
	rd_kafka_AdminOptions_t *o;

	if (m->mock) {
		no_mock(t);
		return;
	}
	if (t->stage) {
		describe(m, t);
		return;
	}
	r = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, t->subject);
	rd_kafka_error_destroy(
		rd_kafka_ConfigResource_add_incremental_config(r, t->name, op, t->value));
	o = bfs_manage_options(m, t, RD_KAFKA_ADMIN_OP_INCREMENTALALTERCONFIGS, WHO_ALONE,
			       BFS_UNKNOWN);
	rd_kafka_IncrementalAlterConfigs(m->control->rk, &r, 1, o, m->results);
	rd_kafka_ConfigResource_destroy(r);
	rd_kafka_AdminOptions_destroy(o);
}

/* Of what was sent only the one setting is known. */
static bool as_wanted(const struct bfs_task *t, const rd_kafka_ConfigEntry_t **entries, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *value = rd_kafka_ConfigEntry_value(entries[i]);

		if (strcmp(rd_kafka_ConfigEntry_name(entries[i]), t->name) != 0)
			continue;
		if (rd_kafka_ConfigEntry_is_sensitive(entries[i]))
			return is_own(entries[i]) == (t->value != NULL);
		return t->value ? value && bfs_value_alike(value, t->value) : !is_own(entries[i]);
	}
	return !t->value;
}

static void set_event(struct bfs_manage *m, struct bfs_task *t, rd_kafka_event_t *ev, unsigned who)
{
	const rd_kafka_ConfigEntry_t **entries;
	size_t n = 0;

	(void)who;
	if (rd_kafka_event_type(ev) == RD_KAFKA_EVENT_INCREMENTALALTERCONFIGS_RESULT) {
		const rd_kafka_ConfigResource_t **resources = NULL;

		if (!rd_kafka_event_error(ev))
			resources = rd_kafka_IncrementalAlterConfigs_result_resources(
				rd_kafka_event_IncrementalAlterConfigs_result(ev), &n);
		alter_result(m, t, ev, resources, n);
		return;
	}
	entries = described(t, ev, &n);
	if (entries && as_wanted(t, entries, n))
		bfs_task_finish(t, 0, NULL);
	else if (entries)
		bfs_task_pause(t, LOOK_MS);
}

#else /* AlterConfigs resets what is not named */

static void set_start(struct bfs_manage *m, struct bfs_task *t)
{
	if (m->mock)
		no_mock(t);
	else
		describe(m, t);
}

static void want(struct bfs_task *t, const char *name, const char *value)
{
	t->wanted = bfs_realloc(t->wanted, (t->n_wanted + 1) * sizeof(*t->wanted));
	t->wanted[t->n_wanted++] =
		(struct bfs_setting){ .name = bfs_strdup(name), .value = bfs_strdup(value) };
}

/* What the topic's own settings shall be. False, and the task is over: one of them is secret, and
 * would be lost. */
static bool plan(struct bfs_task *t, const rd_kafka_ConfigEntry_t **entries, size_t n)
{
	struct bfs_why why;

	bfs_task_unwant(t);
	for (size_t i = 0; i < n; i++) {
		const char *name = rd_kafka_ConfigEntry_name(entries[i]);
		const char *value = value_of(entries[i]);

		if (!is_own(entries[i]) || !strcmp(name, t->name))
			continue;
		if (!value) {
			bfs_fail(&why, -EOPNOTSUPP,
				 "topic %s: its setting %s is secret and would be lost (this "
				 "librdkafka changes all settings or none)",
				 t->subject, name);
			bfs_task_finish(t, -EOPNOTSUPP, &why);
			return false;
		}
		want(t, name, value);
	}
	if (t->value)
		want(t, t->name, t->value);
	return true;
}

static void alter(struct bfs_manage *m, struct bfs_task *t)
{
	rd_kafka_AdminOptions_t *o =
		bfs_manage_options(m, t, RD_KAFKA_ADMIN_OP_ALTERCONFIGS, WHO_ALONE, BFS_UNKNOWN);
	rd_kafka_ConfigResource_t *r =
		rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, t->subject);

	for (size_t i = 0; i < t->n_wanted; i++)
		rd_kafka_ConfigResource_set_config(r, t->wanted[i].name, t->wanted[i].value);
	rd_kafka_AlterConfigs(m->control->rk, &r, 1, o, m->results);
	rd_kafka_ConfigResource_destroy(r);
	rd_kafka_AdminOptions_destroy(o);
}

static const struct bfs_setting *wanted(const struct bfs_task *t, const char *name)
{
	for (size_t i = 0; i < t->n_wanted; i++)
		if (!strcmp(t->wanted[i].name, name))
			return &t->wanted[i];
	return NULL;
}

/* The own settings are those wanted, each with its value (a secret's can't be compared), as brokers
 * write it. A value that is the default's too may be shown as such. */
static bool as_wanted(const struct bfs_task *t, const rd_kafka_ConfigEntry_t **entries, size_t n)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++) {
		const struct bfs_setting *s = wanted(t, rd_kafka_ConfigEntry_name(entries[i]));
		const char *value = rd_kafka_ConfigEntry_value(entries[i]);

		if (!s && is_own(entries[i]))
			return false;
		if (!s)
			continue;
		if (!rd_kafka_ConfigEntry_is_sensitive(entries[i]) &&
		    (!value || !bfs_value_alike(value, s->value)))
			return false;
		found++;
	}
	return found == t->n_wanted;
}

static void set_event(struct bfs_manage *m, struct bfs_task *t, rd_kafka_event_t *ev, unsigned who)
{
	const rd_kafka_ConfigResource_t **resources = NULL;
	const rd_kafka_ConfigEntry_t **entries;
	size_t n = 0;

	(void)who;
	if (rd_kafka_event_type(ev) == RD_KAFKA_EVENT_ALTERCONFIGS_RESULT) {
		if (!rd_kafka_event_error(ev))
			resources = rd_kafka_AlterConfigs_result_resources(
				rd_kafka_event_AlterConfigs_result(ev), &n);
		alter_result(m, t, ev, resources, n);
		return;
	}
	entries = described(t, ev, &n);
	if (!entries)
		return;
	if (!t->stage) {
		if (plan(t, entries, n))
			alter(m, t);
	} else if (as_wanted(t, entries, n)) {
		bfs_task_finish(t, 0, NULL);
	} else {
		bfs_task_pause(t, LOOK_MS);
	}
}

#endif

static const struct bfs_task_kind set_kind = {
	.what = "topic",
	.start = set_start,
	.event = set_event,
};

void bfs_manage_set(struct bfs_manage *m, const char *topic, const char *name, const char *value,
		    int64_t deadline, bfs_done_fn *done, void *arg)
{
	struct bfs_task *t = bfs_task_new(&set_kind, topic, deadline, arg);

	t->name = bfs_strdup(name);
	t->value = value ? bfs_strdup(value) : NULL;
	t->on_done = done;
	bfs_task_post(m, t);
}
