/* rebalance.c - a member's partitions: given, read, taken away.
 *
 * librdkafka waits for our word on both ways: what is given is started when its places are known,
 * and what is taken is let go when it was handed over. Until then it tells of no other rebalance,
 * but that the partitions are lost by now.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "kafka/error.h"
#include "kafka/member_inner.h"

#define BURST    4096 /* records between two looks at anything else, and two dry() */
#define ASK_MS   1000 /* for each question about a place */
#define PAUSE_MS 200  /* before another try */

/* --- librdkafka's side ------------------------------------------------------------------------ */

static bool cooperative(const struct bfs_member *m)
{
	const char *protocol = rd_kafka_rebalance_protocol(m->handle->rk);

	return protocol && !strcmp(protocol, "COOPERATIVE");
}

static void check(const struct bfs_member *m, rd_kafka_error_t *error, const char *what)
{
	if (!error)
		return;
	bfs_warn("%s: member of the group: %s: %s", m->topic, what, rd_kafka_error_string(error));
	rd_kafka_error_destroy(error);
}

static void assign(struct bfs_member *m, const rd_kafka_topic_partition_list_t *list)
{
	if (cooperative(m))
		check(m, rd_kafka_incremental_assign(m->handle->rk, list), "assign");
	else
		rd_kafka_assign(m->handle->rk, list);
}

static void unassign(struct bfs_member *m, const rd_kafka_topic_partition_list_t *list)
{
	if (cooperative(m))
		check(m, rd_kafka_incremental_unassign(m->handle->rk, list), "unassign");
	else
		rd_kafka_assign(m->handle->rk, NULL);
}

/* Its records come through our queue, which can be left alone. Anew for each assignment: its end
 * takes that away. */
static void forward(struct bfs_member *m, int32_t partition)
{
	rd_kafka_queue_t *q = rd_kafka_queue_get_partition(m->handle->rk, m->topic, partition);

	if (!q)
		return;
	rd_kafka_queue_forward(q, m->records);
	rd_kafka_queue_destroy(q);
}

/* --- given ------------------------------------------------------------------------------------ */

/* Where the group has no place: the one that start= says. */
static rd_kafka_resp_err_t ask_starts(struct bfs_member *m, rd_kafka_topic_partition_list_t *all)
{
	bool latest = bfs_conf_start(m->all->conf) == BFS_START_LATEST;
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(all->cnt);
	rd_kafka_resp_err_t err = RD_KAFKA_RESP_ERR_NO_ERROR;

	for (int i = 0; i < all->cnt; i++)
		if (all->elems[i].offset < 0)
			rd_kafka_topic_partition_list_add(list, m->topic, all->elems[i].partition)
				->offset = latest ? RD_KAFKA_OFFSET_END : RD_KAFKA_OFFSET_BEGINNING;
	if (list->cnt)
		err = rd_kafka_offsets_for_times(m->handle->rk, list, ASK_MS);
	for (int i = 0; !err && i < list->cnt; i++) {
		const rd_kafka_topic_partition_t *p = &list->elems[i];

		err = p->err ? p->err : p->offset < 0 ? RD_KAFKA_RESP_ERR__FAIL : p->err;
		rd_kafka_topic_partition_list_set_offset(all, p->topic, p->partition, p->offset);
	}
	rd_kafka_topic_partition_list_destroy(list);
	return err;
}

static rd_kafka_resp_err_t ask_committed(struct bfs_member *m,
					 rd_kafka_topic_partition_list_t *list)
{
	rd_kafka_resp_err_t err = rd_kafka_committed(m->handle->rk, list, ASK_MS);

	for (int i = 0; !err && i < list->cnt; i++)
		err = list->elems[i].err;
	return err;
}

/* The group has no place there yet, and must not lose the one that `latest` meant. */
static bool is_new(const struct bfs_member *m, const rd_kafka_topic_partition_t *committed)
{
	return committed->offset < 0 && bfs_conf_start(m->all->conf) == BFS_START_LATEST;
}

static void hold(struct bfs_member *m, int32_t partition, int64_t place, bool is_committed)
{
	struct bfs_holding *s;

	bfs_mutex_lock(&m->all->lock);
	if (partition >= m->n_holdings) {
		int n = partition + 1;

		m->holdings = bfs_realloc(m->holdings, (size_t)n * sizeof(*m->holdings));
		memset(m->holdings + m->n_holdings, 0,
		       (size_t)(n - m->n_holdings) * sizeof(*m->holdings));
		m->n_holdings = n;
	}
	s = &m->holdings[partition];
	m->n_held += !s->held;
	s->held = true;
	s->acknowledged = place;
	s->committed = is_committed ? place : BFS_NO_OFFSET;
	m->dirty |= !is_committed;
	bfs_mutex_unlock(&m->all->lock);
	s->next = m->sink->assigned(m->owner, partition, place);
}

/* The places are known. */
static void start(struct bfs_member *m, const rd_kafka_topic_partition_list_t *committed,
		  const rd_kafka_topic_partition_list_t *places)
{
	rd_kafka_topic_partition_list_t *list = m->given;

	m->given = NULL;
	m->full = false;
	for (int i = 0; i < list->cnt; i++) {
		int32_t partition = list->elems[i].partition;

		hold(m, partition, places->elems[i].offset, !is_new(m, &committed->elems[i]));
		list->elems[i].offset = m->holdings[partition].next;
		forward(m, partition);
	}
	assign(m, list);
	m->commit_at = 0;
	bfs_debug("%s: given %d partitions by the group", m->topic, list->cnt);
	rd_kafka_topic_partition_list_destroy(list);
}

/* They are not wanted any more, or lost, before they were started. */
static void decline(struct bfs_member *m)
{
	for (int i = 0; i < m->given->cnt; i++)
		m->given->elems[i].offset = RD_KAFKA_OFFSET_END;
	if (cooperative(m))
		assign(m, m->given);
	else
		rd_kafka_assign(m->handle->rk, NULL);
	rd_kafka_topic_partition_list_destroy(m->given);
	m->given = NULL;
}

void bfs_holding_give(struct bfs_member *m)
{
	rd_kafka_topic_partition_list_t *committed, *places;
	rd_kafka_resp_err_t err;
	struct bfs_why why;

	if (m->closing || m->dead || !m->in || rd_kafka_assignment_lost(m->handle->rk)) {
		decline(m);
		return;
	}
	committed = rd_kafka_topic_partition_list_copy(m->given);
	err = ask_committed(m, committed);
	places = rd_kafka_topic_partition_list_copy(committed);
	if (!err)
		err = ask_starts(m, places);
	if (!err) {
		start(m, committed, places);
	} else if (bfs_kafka_errno(err) == -EACCES) {
		bfs_kafka_fail(&why, err, NULL, "%s: the group's offsets", m->topic);
		bfs_member_trouble(m, -EACCES, &why);
	} else {
		bfs_log(bfs_kafka_passing(err) ? BFS_LOG_DEBUG : BFS_LOG_WARN,
			"%s: the group's offsets: %s, asking again", m->topic,
			rd_kafka_err2str(err));
		m->give_at = bfs_clock_ms() + PAUSE_MS;
	}
	rd_kafka_topic_partition_list_destroy(committed);
	rd_kafka_topic_partition_list_destroy(places);
}

/* --- taken ------------------------------------------------------------------------------------ */

void bfs_holding_drop(struct bfs_member *m, int32_t partition)
{
	if (partition >= m->n_holdings || !m->holdings[partition].held)
		return;
	bfs_mutex_lock(&m->all->lock);
	m->holdings[partition].held = false;
	bfs_mutex_unlock(&m->all->lock);
	m->n_held--;
	bfs_settle_forget(m, partition);
	m->sink->revoked(m->owner, partition);
}

void bfs_holding_drop_all(struct bfs_member *m)
{
	for (int32_t i = 0; i < m->n_holdings; i++)
		bfs_holding_drop(m, i);
}

static int64_t commit_time(const struct bfs_member *m)
{
	int timeout = bfs_conf_timeout_ms(m->all->conf);

	return bfs_clock_ms() + (timeout < BFS_LEAVE_MS ? timeout : BFS_LEAVE_MS);
}

static void let_go(struct bfs_member *m)
{
	rd_kafka_topic_partition_list_t *list = m->taken;

	m->taken = NULL;
	if (m->n_held && !m->closing && !rd_kafka_assignment_lost(m->handle->rk) &&
	    !bfs_settle_now(m, commit_time(m)))
		bfs_warn("%s: partitions are given up before all that was read could be committed",
			 m->topic);
	unassign(m, list);
	for (int i = 0; i < list->cnt; i++)
		bfs_holding_drop(m, list->elems[i].partition);
	bfs_debug("%s: gave %d partitions back to the group", m->topic, list->cnt);
	rd_kafka_topic_partition_list_destroy(list);
}

/* Has the reader taken over what it was given of them? */
static bool handed_over(struct bfs_member *m)
{
	int n = m->taken->cnt;
	int32_t *partitions = bfs_alloc((size_t)n * sizeof(*partitions));
	bool done;

	for (int i = 0; i < n; i++)
		partitions[i] = m->taken->elems[i].partition;
	done = m->sink->revoking(m->owner, partitions, n);
	free(partitions);
	return done;
}

void bfs_holding_hand_over(struct bfs_member *m)
{
	if (!m->n_held || m->closing || rd_kafka_assignment_lost(m->handle->rk) || handed_over(m) ||
	    bfs_clock_ms() >= m->handover_until)
		let_go(m);
}

void bfs_holding_rebalance(struct bfs_member *m, rd_kafka_event_t *ev)
{
	const rd_kafka_topic_partition_list_t *list = rd_kafka_event_topic_partition_list(ev);
	rd_kafka_resp_err_t err = rd_kafka_event_error(ev);

	if (err == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
		m->given = rd_kafka_topic_partition_list_copy(list);
		m->give_at = 0;
		m->joins_until = 0;
	} else if (err == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS) {
		m->taken = rd_kafka_topic_partition_list_copy(list);
		m->handover_until = bfs_clock_ms() + BFS_HANDOVER;
		m->joins_until = m->in ? bfs_clock_ms() + BFS_JOIN_MS : 0;
	} else {
		bfs_warn("%s: member of the group: %s", m->topic, rd_kafka_err2str(err));
		rd_kafka_assign(m->handle->rk, NULL);
		bfs_holding_drop_all(m);
	}
}

/* --- records ---------------------------------------------------------------------------------- */

/* Two reasons for a record before the one expected: librdkafka began anew with the oldest, as the
 * partition ends before that; or it delivered a record twice. */
static bool began_anew(struct bfs_member *m, struct bfs_holding *s, const rd_kafka_message_t *msg)
{
	int64_t low, high;

	if (rd_kafka_get_watermark_offsets(m->handle->rk, m->topic, msg->partition, &low, &high) ||
	    high < 0 || high >= s->next)
		return false;
	bfs_warn("%s/%d ends at %lld, before the group's offset %lld: reading from %lld", m->topic,
		 (int)msg->partition, (long long)high, (long long)s->next, (long long)msg->offset);
	bfs_holding_drop(m, msg->partition);
	hold(m, msg->partition, msg->offset, true);
	return msg->offset >= s->next;
}

static void on_message(rd_kafka_message_t *msg, void *opaque)
{
	struct bfs_member *m = opaque;
	struct bfs_record r;
	struct bfs_holding *s;

	if (--m->left_in_burst <= 0)
		rd_kafka_yield(m->handle->rk);
	if (msg->err) {
		if (!bfs_kafka_passing(msg->err))
			bfs_warn("%s/%d: %s", m->topic, (int)msg->partition,
				 rd_kafka_message_errstr(msg));
		return;
	}
	if (msg->partition >= m->n_holdings || !m->holdings[msg->partition].held)
		return;
	s = &m->holdings[msg->partition];
	if (msg->offset < s->next && !began_anew(m, s, msg))
		return;
	s->next = msg->offset + 1;
	m->burst = true;
	bfs_unpack(&m->unpack, msg, m->headers, &r);
	bfs_metrics_add(m->all->metrics, BFS_METRIC_FETCHED_RECORDS, 1);
	bfs_metrics_add(m->all->metrics, BFS_METRIC_FETCHED_BYTES, msg->len + msg->key_len);
	if (!m->sink->record(m->owner, msg->partition, &r)) {
		m->full = true;
		rd_kafka_yield(m->handle->rk);
	}
}

bool bfs_holding_serve(struct bfs_member *m)
{
	if (!m->records || m->full || m->taken)
		return false;
	m->left_in_burst = BURST;
	m->burst = false;
	if (rd_kafka_consume_callback_queue(m->records, 0, on_message, m) <= 0 && !m->burst)
		return false;
	if (m->burst)
		m->sink->dry(m->owner);
	return true;
}
