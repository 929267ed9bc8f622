/* ask.c - a worker: the calls that block, and what is made of their answers.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "kafka/describe.h"
#include "kafka/error.h"
#include "kafka/meta_inner.h"

#define PAUSE_MS 100 /* before another try */

/* --- the calls that block --------------------------------------------------------------------- */

struct request {
	struct bfs_handle *handle;
	int64_t until;
	rd_kafka_topic_partition_list_t *low, *end; /* low is also what groups are asked for */
	int64_t time; /* of the one partition in `low`; 0: its ends are asked for */
	struct bfs_roster *roster;
	char *group; /* whose members */
	int members;
	const struct rd_kafka_group_list *groups;
	rd_kafka_resp_err_t err;
};

static int time_left(const struct request *r)
{
	int64_t left = r->until - bfs_clock_ms();

	return left < 1 ? 1 : left > INT32_MAX ? INT32_MAX : (int)left;
}

static void ask_topics(struct request *r)
{
	const struct rd_kafka_metadata *md;

	r->err = rd_kafka_metadata(r->handle->rk, 1, NULL, &md, time_left(r));
	if (!r->err)
		r->roster = bfs_roster_new(md);
}

/* The "time" of ListOffsets may also be a logical offset; by it the end respects the isolation
 * level. */
static rd_kafka_resp_err_t ask_offsets(struct request *r, rd_kafka_topic_partition_list_t *list,
				       int64_t logical)
{
	for (int i = 0; i < list->cnt; i++)
		list->elems[i].offset = logical;
	return rd_kafka_offsets_for_times(r->handle->rk, list, time_left(r));
}

static void ask_ends(struct request *r)
{
	r->err = ask_offsets(r, r->low, RD_KAFKA_OFFSET_BEGINNING);
	if (!r->err)
		r->err = ask_offsets(r, r->end, RD_KAFKA_OFFSET_END);
}

/* Every broker is asked for its groups and then, if it has this one, for its members. Kinds of
 * groups that librdkafka 2.0.2 does not know are shown without any. */
static void ask_members(struct request *r)
{
	const struct rd_kafka_group_list *list = NULL;

	if (!r->group)
		return;
	r->err = rd_kafka_list_groups(r->handle->rk, r->group, &list, time_left(r));
	if (r->err && r->err != RD_KAFKA_RESP_ERR__PARTIAL)
		return;
	/* Some brokers did not answer, but the group's own did. */
	r->err = RD_KAFKA_RESP_ERR_NO_ERROR;
	for (int i = 0; i < list->group_cnt; i++) {
		if (list->groups[i].err)
			r->err = list->groups[i].err;
		r->members += list->groups[i].member_cnt;
	}
	rd_kafka_group_list_destroy(list);
}

/* A broker that is silent makes it a time-out when nobody else has the group. */
static void ask_group(struct request *r)
{
	if (!r->group)
		return;
	r->err = rd_kafka_list_groups(r->handle->rk, r->group, &r->groups, time_left(r));
	if (r->err == RD_KAFKA_RESP_ERR__PARTIAL)
		r->err = RD_KAFKA_RESP_ERR_NO_ERROR;
}

static void ask(int32_t who, struct request *r)
{
	if (who == ANYBODY)
		ask_topics(r);
	else if (who <= DESCRIBE)
		ask_group(r);
	else if (who <= MEMBERS)
		ask_members(r);
	else if (who <= GROUPS)
		r->err = rd_kafka_committed(r->handle->rk, r->low, time_left(r));
	else if (r->time)
		r->err = ask_offsets(r, r->low, r->time);
	else
		ask_ends(r);
}

static void prepare(struct bfs_worker *w, struct request *r)
{
	struct bfs_list *n;

	memset(r, 0, sizeof(*r));
	r->handle = w->handle;
	r->until = w->until;
	if (w->whom == ANYBODY)
		return;
	if (w->whom <= MEMBERS) {
		if (!bfs_list_empty(&w->asked)) /* else nobody waits any more */
			r->group = bfs_strdup(
				bfs_container(w->asked.next, struct bfs_question, node)->group);
		return;
	}
	r->low = rd_kafka_topic_partition_list_new(4);
	for (n = w->asked.next; n != &w->asked; n = n->next) {
		struct bfs_question *q = bfs_container(n, struct bfs_question, node);

		if (!rd_kafka_topic_partition_list_find(r->low, q->topic, q->partition))
			rd_kafka_topic_partition_list_add(r->low, q->topic, q->partition);
		if (q->on_offset)
			r->time = q->time > 0 ? q->time : 1;
	}
	r->end = rd_kafka_topic_partition_list_copy(r->low);
}

static void request_fini(struct request *r)
{
	free(r->group);
	if (r->groups)
		rd_kafka_group_list_destroy(r->groups);
	if (r->low)
		rd_kafka_topic_partition_list_destroy(r->low);
	if (r->end)
		rd_kafka_topic_partition_list_destroy(r->end);
}

/* --- what came back --------------------------------------------------------------------------- */

static void fail(struct bfs_question *q, rd_kafka_resp_err_t err)
{
	char name[560];

	bfs_question_name(q, name, sizeof(name));
	q->err = bfs_kafka_fail(&q->why, err, NULL, "%s", name);
}

static void try_again(struct bfs_meta *m, struct bfs_question *q, int pause)
{
	q->not_before = pause ? bfs_clock_ms() + pause : 0;
	bfs_list_add(&m->waiting, &q->node);
}

/* To the list of questions ready for their answer, or back to those waiting. */
static void settle_failed(struct bfs_meta *m, struct bfs_question *q, rd_kafka_resp_err_t err,
			  struct bfs_list *ready)
{
	bool unknown = bfs_kafka_errno(err) == -ENOENT;

	if (bfs_kafka_passing(err) || (unknown && !q->relisted)) {
		q->relist = true;
		try_again(m, q, unknown ? 0 : PAUSE_MS);
		return;
	}
	fail(q, err);
	bfs_list_add(ready, &q->node);
}

static void settle_listed(struct bfs_meta *m, struct bfs_question *q, const struct request *r,
			  struct bfs_list *ready)
{
	if (r->err) {
		settle_failed(m, q, r->err, ready);
		return;
	}
	if (q->on_topics || q->on_brokers ||
	    (q->on_partitions && bfs_roster_topic(r->roster, q->topic))) {
		bfs_list_add(ready, &q->node);
		return;
	}
	q->relist = false;
	q->relisted = true;
	if (bfs_roster_leader(r->roster, q->topic, q->partition) != BFS_LEADER_UNKNOWN) {
		try_again(m, q, 0);
		return;
	}
	fail(q, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
	bfs_list_add(ready, &q->node);
}

static void settle_ends(struct bfs_meta *m, struct bfs_question *q, const struct request *r,
			struct bfs_list *ready)
{
	const rd_kafka_topic_partition_t *low, *end;
	rd_kafka_resp_err_t err = r->err;

	/* One bad partition spoils the whole answer in librdkafka 2.0.2. */
	if (err && err != RD_KAFKA_RESP_ERR__TIMED_OUT && r->low->cnt > 1) {
		q->alone = true;
		try_again(m, q, 0);
		return;
	}
	low = rd_kafka_topic_partition_list_find(r->low, q->topic, q->partition);
	end = rd_kafka_topic_partition_list_find(r->end, q->topic, q->partition);
	if (!err)
		err = low->err ? low->err : end->err;
	if (!err && (low->offset < 0 || end->offset < 0))
		err = RD_KAFKA_RESP_ERR__FAIL;
	if (err) {
		settle_failed(m, q, err, ready);
		return;
	}
	q->low = low->offset;
	q->end = end->offset < low->offset ? low->offset : end->offset;
	bfs_list_add(ready, &q->node);
}

/* The offset is END where no record is that young. */
static void settle_offset(struct bfs_meta *m, struct bfs_question *q, const struct request *r,
			  struct bfs_list *ready)
{
	const rd_kafka_topic_partition_t *p = &r->low->elems[0];
	rd_kafka_resp_err_t err = r->err ? r->err : p->err;

	if (err) {
		settle_failed(m, q, err, ready);
		return;
	}
	q->low = p->offset < 0 ? BFS_NO_OFFSET : p->offset;
	bfs_list_add(ready, &q->node);
}

static void read_commit(const rd_kafka_topic_partition_t *p, struct bfs_commit *ret)
{
	size_t len = p->metadata ? p->metadata_size : 0;

	ret->offset = p->offset < 0 ? BFS_NO_OFFSET : p->offset;
	if (len >= sizeof(ret->metadata))
		len = sizeof(ret->metadata) - 1;
	if (len)
		memcpy(ret->metadata, p->metadata, len);
	ret->metadata[len] = '\0';
}

static void settle_committed(struct bfs_meta *m, struct bfs_question *q, const struct request *r,
			     struct bfs_list *ready)
{
	const rd_kafka_topic_partition_t *p =
		rd_kafka_topic_partition_list_find(r->low, q->topic, q->partition);
	rd_kafka_resp_err_t err = r->err ? r->err : p->err;

	if (bfs_kafka_passing(err)) {
		try_again(m, q, PAUSE_MS);
		return;
	}
	if (err)
		fail(q, err);
	else
		read_commit(p, &q->found);
	bfs_list_add(ready, &q->node);
}

static void settle_members(struct bfs_question *q, const struct request *r, struct bfs_list *ready)
{
	if (r->err)
		fail(q, r->err);
	else
		q->members = r->members;
	bfs_list_add(ready, &q->node);
}

static void settle_group(struct bfs_meta *m, struct bfs_question *q, struct request *r,
			 struct bfs_list *ready)
{
	rd_kafka_resp_err_t err = r->err;

	if (!err && r->groups->group_cnt)
		err = bfs_describe_error(&r->groups->groups[0]);
	if (bfs_kafka_passing(err)) {
		try_again(m, q, PAUSE_MS);
		return;
	}
	if (err) {
		fail(q, err);
	} else {
		q->groups = r->groups;
		r->groups = NULL;
	}
	bfs_list_add(ready, &q->node);
}

static void settle(struct bfs_worker *w, struct request *r, struct bfs_list *ready)
{
	struct bfs_meta *m = w->m;
	struct bfs_list *n;

	if (r->roster) {
		bfs_roster_put(m->roster);
		m->roster = r->roster;
		r->roster->refs++;
	}
	if (!r->err)
		bfs_last_word_clear(m->word);
	while ((n = bfs_list_pop(&w->asked))) {
		struct bfs_question *q = bfs_container(n, struct bfs_question, node);

		if (w->whom == ANYBODY)
			settle_listed(m, q, r, ready);
		else if (w->whom <= DESCRIBE)
			settle_group(m, q, r, ready);
		else if (w->whom <= MEMBERS)
			settle_members(q, r, ready);
		else if (w->whom <= GROUPS)
			settle_committed(m, q, r, ready);
		else if (q->on_offset)
			settle_offset(m, q, r, ready);
		else
			settle_ends(m, q, r, ready);
	}
}

/* With the lock held at entry and exit. */
static void work_once(struct bfs_worker *w)
{
	struct bfs_meta *m = w->m;
	struct bfs_list ready;
	struct request r;

	prepare(w, &r);
	bfs_mutex_unlock(&m->lock);
	ask(w->whom, &r);
	bfs_handle_put(r.handle);

	bfs_mutex_lock(&m->lock);
	bfs_list_init(&ready);
	if (!m->stopped)
		settle(w, &r, &ready);
	w->busy = false;
	m->answering++;
	bfs_mutex_unlock(&m->lock);
	bfs_question_answer_all(&ready, r.roster);
	request_fini(&r);
	bfs_mutex_lock(&m->lock);
	bfs_roster_put(r.roster);
	m->answering--;
	pthread_cond_broadcast(&m->changed);
	if (!m->stopped)
		bfs_mailbox_kick(&m->mail);
}

void *bfs_ask_run(void *arg)
{
	struct bfs_worker *w = arg;
	struct bfs_meta *m = w->m;

	bfs_mutex_lock(&m->lock);
	while (!m->stopped) {
		if (w->busy)
			work_once(w);
		else
			pthread_cond_wait(&w->wake, &m->lock.mutex);
	}
	w->gone = true;
	pthread_cond_broadcast(&m->changed);
	bfs_meta_put(m);
	return NULL;
}
