/* settle.c - a member's commits, and who waits for them.
 *
 * One commit is under way at a time, of all partitions with something new. What failed is tried
 * again as long as the partition is the member's: the acknowledged offset stays ahead of the
 * committed one.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "kafka/error.h"
#include "kafka/member_inner.h"

#define EVERY_MS 200 /* between two commits */
#define PAUSE_MS 50  /* before another try that somebody waits for */

struct errand {
	struct bfs_list node;
	int64_t deadline;
	bfs_done_fn *done;
	void *arg;
	int64_t *goals; /* by partition: what must be committed, or BFS_NO_OFFSET */
	int n;
};

void bfs_member_settle(struct bfs_member *m, int64_t deadline, bfs_done_fn *done, void *arg)
{
	struct errand *e = bfs_zalloc(sizeof(*e));

	e->deadline = deadline;
	e->done = done;
	e->arg = arg;
	bfs_mutex_lock(&m->all->lock);
	bfs_list_add(&m->errands, &e->node);
	bfs_mutex_unlock(&m->all->lock);
	bfs_mailbox_kick(&m->mail);
}

static void answer(struct errand *e, int err, const struct bfs_why *why)
{
	static const struct bfs_why nothing;

	bfs_list_del(&e->node);
	e->done(e->arg, err, why ? why : &nothing);
	free(e->goals);
	free(e);
}

static bool is_settled(const struct bfs_member *m, const struct errand *e)
{
	for (int i = 0; i < e->n; i++)
		if (e->goals[i] != BFS_NO_OFFSET && m->holdings[i].committed < e->goals[i])
			return false;
	return true;
}

static void answer_settled(struct bfs_member *m)
{
	struct bfs_list *n, *tmp;

	bfs_list_each(n, tmp, &m->waiting) {
		struct errand *e = bfs_container(n, struct errand, node);

		if (is_settled(m, e))
			answer(e, 0, NULL);
	}
}

static bool is_new(const struct bfs_holding *s)
{
	return s->held && s->acknowledged > s->committed;
}

/* With the lock held: what is acknowledged so far. */
static void set_goals(const struct bfs_member *m, struct errand *e)
{
	e->n = m->n_holdings;
	e->goals = bfs_zalloc((size_t)(e->n + 1) * sizeof(*e->goals));
	for (int i = 0; i < e->n; i++)
		e->goals[i] = is_new(&m->holdings[i]) ? m->holdings[i].acknowledged : BFS_NO_OFFSET;
}

void bfs_settle_read(struct bfs_member *m)
{
	struct bfs_list *n;
	bool some = false;

	bfs_mutex_lock(&m->all->lock);
	while ((n = bfs_list_pop(&m->errands))) {
		set_goals(m, bfs_container(n, struct errand, node));
		bfs_list_add(&m->waiting, n);
		some = true;
	}
	bfs_mutex_unlock(&m->all->lock);
	if (!some)
		return;
	m->commit_at = 0;
	answer_settled(m);
}

void bfs_settle_forget(struct bfs_member *m, int32_t partition)
{
	for (struct bfs_list *n = m->waiting.next; n != &m->waiting; n = n->next) {
		struct errand *e = bfs_container(n, struct errand, node);

		if (partition < e->n)
			e->goals[partition] = BFS_NO_OFFSET;
	}
	answer_settled(m);
}

void bfs_settle_fail(struct bfs_member *m, int err, const struct bfs_why *why)
{
	struct bfs_list *n;

	bfs_settle_read(m);
	while ((n = m->waiting.next) != &m->waiting)
		answer(bfs_container(n, struct errand, node), err, why);
}

/* --- committing ------------------------------------------------------------------------------- */

static void mark_dirty(struct bfs_member *m)
{
	bfs_mutex_lock(&m->all->lock);
	m->dirty = true;
	bfs_mutex_unlock(&m->all->lock);
}

/* What is new, or NULL. */
static rd_kafka_topic_partition_list_t *gather(struct bfs_member *m)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(4);

	bfs_mutex_lock(&m->all->lock);
	for (int i = 0; m->dirty && i < m->n_holdings; i++)
		if (is_new(&m->holdings[i]))
			rd_kafka_topic_partition_list_add(list, m->topic, i)->offset =
				m->holdings[i].acknowledged;
	m->dirty = false;
	bfs_mutex_unlock(&m->all->lock);
	if (list->cnt)
		return list;
	rd_kafka_topic_partition_list_destroy(list);
	return NULL;
}

/* False when there is nothing new. */
static bool send_new(struct bfs_member *m)
{
	rd_kafka_topic_partition_list_t *list = gather(m);
	rd_kafka_resp_err_t err;

	if (!list)
		return false;
	err = rd_kafka_commit_queue(m->handle->rk, list, m->results, NULL, NULL);
	rd_kafka_topic_partition_list_destroy(list);
	m->flight = !err;
	m->flight_at = bfs_clock_us();
	m->commit_at = bfs_clock_ms() + EVERY_MS;
	if (err) {
		bfs_warn("%s: commit: %s", m->topic, rd_kafka_err2str(err));
		mark_dirty(m);
	}
	return true;
}

static rd_kafka_resp_err_t take_in(struct bfs_member *m,
				   const rd_kafka_topic_partition_list_t *list,
				   rd_kafka_resp_err_t all)
{
	rd_kafka_resp_err_t err = all;

	for (int i = 0; list && i < list->cnt; i++) {
		const rd_kafka_topic_partition_t *p = &list->elems[i];

		if (p->err)
			err = p->err;
		else if (!all && p->partition < m->n_holdings && m->holdings[p->partition].held &&
			 m->holdings[p->partition].committed < p->offset)
			m->holdings[p->partition].committed = p->offset;
	}
	return err;
}

static void land(struct bfs_member *m, rd_kafka_event_t *ev)
{
	rd_kafka_resp_err_t err =
		take_in(m, rd_kafka_event_topic_partition_list(ev), rd_kafka_event_error(ev));
	struct bfs_why why;

	m->flight = false;
	bfs_metrics_took(m->all->metrics, BFS_METRIC_COMMIT_SECONDS, bfs_clock_us() - m->flight_at,
			 1);
	bfs_metrics_add(m->all->metrics, BFS_METRIC_COMMIT_FAILURES, err ? 1 : 0);
	if (!err)
		bfs_last_word_clear(m->all->word);
	else
		mark_dirty(m);
	answer_settled(m);
	if (!bfs_list_empty(&m->waiting))
		m->commit_at = bfs_clock_ms() + (err ? PAUSE_MS : 0);
	if (!err)
		return;
	bfs_debug("%s: commit: %s", m->topic, rd_kafka_err2str(err));
	if (bfs_kafka_errno(err) != -EACCES)
		return;
	bfs_kafka_fail(&why, err, NULL, "%s: commit", m->topic);
	bfs_member_trouble(m, -EACCES, &why);
}

/* Waits for the next answer, at most. */
static void land_next(struct bfs_member *m, int ms)
{
	rd_kafka_event_t *ev = rd_kafka_queue_poll(m->results, ms);

	if (!ev)
		return;
	if (rd_kafka_event_type(ev) == RD_KAFKA_EVENT_OFFSET_COMMIT)
		land(m, ev);
	rd_kafka_event_destroy(ev);
}

void bfs_settle_drain(struct bfs_member *m)
{
	size_t n = m->results ? rd_kafka_queue_length(m->results) : 0;

	while (n--)
		land_next(m, 0);
}

static bool is_dirty(const struct bfs_member *m)
{
	bool dirty;

	bfs_mutex_lock(&m->all->lock);
	dirty = m->dirty && m->n_held;
	bfs_mutex_unlock(&m->all->lock);
	return dirty;
}

bool bfs_settle_now(struct bfs_member *m, int64_t until)
{
	int64_t left;

	while (!m->dead && (m->flight || send_new(m))) {
		left = until - bfs_clock_ms();
		if (left <= 0)
			return false;
		if (m->flight)
			land_next(m, (int)left);
		/* Dirty again at once: it failed. */
		if (!m->flight && is_dirty(m))
			poll(NULL, 0, left < PAUSE_MS ? (int)left : PAUSE_MS);
	}
	return !m->dead;
}

/* --- when it is time -------------------------------------------------------------------------- */

static void expire(struct bfs_member *m, int64_t now)
{
	struct bfs_list *n, *tmp;
	struct bfs_why why;

	bfs_list_each(n, tmp, &m->waiting) {
		struct errand *e = bfs_container(n, struct errand, node);
		int err;

		if (e->deadline > now)
			continue;
		err = bfs_last_word_fail(m->all->word, &why, "%s: commit", m->topic);
		answer(e, err, &why);
	}
}

void bfs_settle_work(struct bfs_member *m)
{
	int64_t now = bfs_clock_ms();

	if (m->handle && !m->dead && !m->flight && now >= m->commit_at)
		send_new(m);
	expire(m, now);
}

int64_t bfs_settle_next(const struct bfs_member *m)
{
	int64_t next = !m->flight && is_dirty(m) ? m->commit_at : BFS_NEVER;

	for (const struct bfs_list *n = m->waiting.next; n != &m->waiting; n = n->next) {
		int64_t deadline = bfs_container(n, struct errand, node)->deadline;

		next = deadline < next ? deadline : next;
	}
	return next;
}
