/* report_group.c - what control files show of a group: its state, members, offsets and lag.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "model/report_inner.h"

/* .brokerfs/lag is of the mount's own. */
static const char *group_of(const struct bfs_report *r)
{
	return r->node->party ? r->node->party->group : r->fs->tree.home->group;
}

/* --- lag ----------------------------------------------------------------------------- */

int64_t bfs_report_lag_of(const struct bfs_row *row)
{
	if (row->end == BFS_NO_OFFSET || row->committed == BFS_NO_OFFSET)
		return BFS_UNKNOWN;
	return row->end > row->committed ? row->end - row->committed : 0;
}

static int by_place(const void *a, const void *b)
{
	const struct bfs_row *x = a, *y = b;
	int order = strcmp(x->topic, y->topic);

	return order ? order : (x->partition > y->partition) - (x->partition < y->partition);
}

void bfs_report_sort(struct bfs_report *r)
{
	qsort(r->rows, r->n_rows, sizeof(*r->rows), by_place);
}

static void print_lag(struct bfs_report *r)
{
	struct bfs_table t;

	bfs_report_sort(r);
	bfs_table_init(&t, "TOPIC PARTITION COMMITTED END LAG");
	for (size_t i = 0; i < r->n_rows; i++) {
		const struct bfs_row *row = &r->rows[i];

		if (row->committed == BFS_NO_OFFSET)
			continue;
		bfs_table_text(&t, row->topic);
		bfs_table_number(&t, row->partition);
		bfs_table_number(&t, row->committed);
		bfs_table_number(&t, row->end);
		bfs_table_number(&t, bfs_report_lag_of(row));
	}
	bfs_table_print(&t, &r->text);
	bfs_table_fini(&t);
}

static void take_places(struct bfs_report *r, const struct bfs_place *places, size_t n)
{
	bfs_report_rows(r, n);
	for (size_t i = 0; i < n; i++) {
		r->rows[i].topic = bfs_strdup(places[i].topic);
		r->rows[i].partition = places[i].partition;
		r->rows[i].committed = places[i].offset;
	}
}

static void got_committed(void *arg, int err, const struct bfs_why *why, const struct bfs_commit *c)
{
	struct bfs_row *row = arg;

	atomic_store(&row->report->fs->silent, err == -ETIMEDOUT);
	if (!err)
		row->committed = c->offset;
	bfs_report_answered(row->report, row->report->lenient ? 0 : err, why);
}

static void ask_committed(struct bfs_row *row, const char *group)
{
	struct bfs_report *r = row->report;
	struct bfs_cluster *c = r->fs->cluster;

	bfs_report_asks(r);
	c->ops->committed(c, group, row->topic, row->partition, r->deadline, got_committed, row);
}

/* Some brokers (the embedded one) can't list them: then all partitions are asked for. */
static void ask_each(struct bfs_report *r)
{
	struct bfs_snapshot *s = bfs_catalog_get(r->fs->catalog);
	size_t n = 0, at = 0;

	for (size_t i = 0; i < s->n; i++)
		n += (size_t)s->topics[i].partitions;
	bfs_report_rows(r, n);
	for (size_t i = 0; i < s->n; i++)
		for (int32_t p = 0; p < s->topics[i].partitions; p++, at++) {
			r->rows[at].topic = bfs_strdup(s->topics[i].name);
			r->rows[at].partition = p;
		}
	for (at = 0; at < n; at++) {
		ask_committed(&r->rows[at], group_of(r));
		bfs_report_ask_ends(&r->rows[at]);
	}
	bfs_snapshot_put(s);
}

static void got_places(void *arg, int err, const struct bfs_why *why,
		       const struct bfs_place *places, size_t n)
{
	struct bfs_report *r = arg;

	atomic_store(&r->fs->silent, err == -ETIMEDOUT);
	r->up = r->up && err != -ETIMEDOUT; /* it may have been heard of just before */
	if (err == -EOPNOTSUPP) {
		ask_each(r);
		err = 0;
	} else if (!err) {
		take_places(r, places, n);
		for (size_t i = 0; i < n; i++)
			bfs_report_ask_ends(&r->rows[i]);
	}
	bfs_report_answered(r, r->lenient ? 0 : err, why);
}

void bfs_report_ask_lag(struct bfs_report *r)
{
	struct bfs_cluster *c = r->fs->cluster;

	bfs_report_asks(r);
	c->ops->group_offsets(c, group_of(r), NULL, r->deadline, got_places, r);
}

void bfs_report_lag(struct bfs_report *r)
{
	r->print = print_lag;
	bfs_report_ask_lag(r);
}

/* --- offsets ------------------------------------------------------------------------- */

static void take_committed(struct bfs_report *r, const struct bfs_place *places, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t at = 0; at < r->n_rows; at++)
			if (places[i].partition == r->rows[at].partition &&
			    !strcmp(places[i].topic, r->rows[at].topic))
				r->rows[at].committed = places[i].offset;
}

static void ask_rows(struct bfs_report *r)
{
	for (size_t i = 0; i < r->n_rows; i++)
		ask_committed(&r->rows[i], r->group);
}

static void got_offsets(void *arg, int err, const struct bfs_why *why,
			const struct bfs_place *places, size_t n)
{
	struct bfs_report *r = arg;

	atomic_store(&r->fs->silent, err == -ETIMEDOUT);
	if (err == -EOPNOTSUPP) {
		ask_rows(r);
		err = 0;
	} else if (!err) {
		take_committed(r, places, n);
	}
	bfs_report_answered(r, err, why);
}

/* All rows are of one topic. A group of which nothing but this is wanted gets no consumer of its
 * own: each has threads and descriptors, there are many groups, and all that it has committed is
 * one question, too. */
void bfs_report_ask_offsets(struct bfs_report *r, const char *group)
{
	struct bfs_cluster *c = r->fs->cluster;

	r->group = group;
	if (!r->n_rows)
		return;
	if (!strcmp(group, r->fs->tree.home->group)) {
		ask_rows(r);
		return;
	}
	bfs_report_asks(r);
	c->ops->group_offsets(c, group, r->rows[0].topic, r->deadline, got_offsets, r);
}

static void print_offset(struct bfs_report *r)
{
	if (r->rows[0].committed == BFS_NO_OFFSET)
		bfs_buf_printf(&r->text, "-\n");
	else
		bfs_buf_printf(&r->text, "%" PRId64 "\n", r->rows[0].committed);
}

void bfs_report_offset(struct bfs_report *r)
{
	r->print = print_offset;
	bfs_report_rows(r, 1);
	r->rows[0].topic = bfs_strdup(r->node->topic);
	r->rows[0].partition = r->node->about;
	bfs_report_ask_offsets(r, group_of(r));
}

static void print_offsets(struct bfs_report *r)
{
	struct bfs_table t;

	bfs_table_init(&t, "PARTITION COMMITTED");
	for (size_t i = 0; i < r->n_rows; i++) {
		bfs_table_number(&t, r->rows[i].partition);
		bfs_table_number(&t, r->rows[i].committed);
	}
	bfs_table_print(&t, &r->text);
	bfs_table_fini(&t);
}

void bfs_report_offsets(struct bfs_report *r)
{
	struct bfs_snapshot *s = bfs_catalog_get(r->fs->catalog);
	const struct bfs_topic *topic = bfs_snapshot_find(s, r->node->topic);

	r->print = print_offsets;
	bfs_report_rows(r, topic ? (size_t)topic->partitions : 0);
	for (size_t i = 0; i < r->n_rows; i++) {
		r->rows[i].topic = bfs_strdup(r->node->topic);
		r->rows[i].partition = (int32_t)i;
	}
	bfs_report_ask_offsets(r, group_of(r));
	bfs_snapshot_put(s);
}

/* --- state, members ------------------------------------------------------------------ */

static void print_state(struct bfs_report *r, const struct bfs_group_info *g)
{
	struct bfs_table t;

	bfs_table_init(&t, "STATE ASSIGNOR MEMBERS");
	bfs_table_text(&t, g->state ? g->state : "unknown");
	bfs_table_text(&t, g->assignor);
	bfs_table_number(&t, g->state ? (int64_t)g->n_members : BFS_UNKNOWN);
	bfs_table_print(&t, &r->text);
	bfs_table_fini(&t);
}

/* "orders:0,1 payments:2", as far as it is known. */
static void print_held(const struct bfs_member_info *m, struct bfs_buf *ret)
{
	const char *topic = "";

	for (size_t i = 0; i < m->n_held; i++) {
		const struct bfs_place *p = &m->held[i];

		if (strcmp(topic, p->topic) != 0)
			bfs_buf_printf(ret, "%s%s:%" PRId32, i ? ";" : "", p->topic, p->partition);
		else
			bfs_buf_printf(ret, ",%" PRId32, p->partition);
		topic = p->topic;
	}
	bfs_buf_append(ret, "", 1);
}

static void print_members(struct bfs_report *r, const struct bfs_group_info *g)
{
	struct bfs_table t;

	bfs_table_init(&t, "MEMBER INSTANCE CLIENT HOST PARTITIONS");
	for (size_t i = 0; i < g->n_members; i++) {
		const struct bfs_member_info *m = &g->members[i];
		struct bfs_buf held = { 0 };

		print_held(m, &held);
		bfs_table_text(&t, m->id);
		bfs_table_text(&t, m->instance);
		bfs_table_text(&t, m->client);
		bfs_table_text(&t, m->host);
		bfs_table_text(&t, held.data);
		bfs_buf_fini(&held);
	}
	if (g->state)
		bfs_table_print(&t, &r->text);
	else
		bfs_buf_printf(&r->text, "unknown\n");
	bfs_table_fini(&t);
}

/* As one of a kind that librdkafka can't describe: brokers that describe none, like the embedded.
 */
static const struct bfs_group_info undescribed = { .assignor = "" };

static void got_state(void *arg, int err, const struct bfs_why *why, const struct bfs_group_info *g)
{
	struct bfs_report *r = arg;

	atomic_store(&r->fs->silent, err == -ETIMEDOUT);
	if (err == -EOPNOTSUPP)
		g = &undescribed;
	if (!err || g == &undescribed)
		print_state(r, g);
	bfs_report_answered(r, g == &undescribed ? 0 : err, why);
}

static void got_members(void *arg, int err, const struct bfs_why *why,
			const struct bfs_group_info *g)
{
	struct bfs_report *r = arg;

	atomic_store(&r->fs->silent, err == -ETIMEDOUT);
	if (err == -EOPNOTSUPP)
		g = &undescribed;
	if (!err || g == &undescribed)
		print_members(r, g);
	bfs_report_answered(r, g == &undescribed ? 0 : err, why);
}

void bfs_report_state(struct bfs_report *r)
{
	struct bfs_cluster *c = r->fs->cluster;

	bfs_report_asks(r);
	c->ops->group(c, group_of(r), r->deadline, got_state, r);
}

void bfs_report_members(struct bfs_report *r)
{
	struct bfs_cluster *c = r->fs->cluster;

	bfs_report_asks(r);
	c->ops->group(c, group_of(r), r->deadline, got_members, r);
}
