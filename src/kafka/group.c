/* group.c - committed offsets: reading, and committing without membership.
 *
 * Everything but the mailbox is the group thread's own, so there is no lock. An errand is in one list:
 * fresh (from the mailbox), to fetch, fetching or altering (of a flight), or pausing before another try.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "kafka/error.h"
#include "kafka/group.h"

#define PAUSE_MS 100	/* before another try */
#define RENEW_MS 1000	/* between two control handles */

struct errand {
	struct bfs_list node;
	char *group, *topic;
	int32_t partition;
	int64_t deadline;
	int64_t not_before;
	bfs_committed_fn *on_committed;	/* one of these two */
	bfs_done_fn *on_done;
	void *arg;
	struct bfs_commit expect, to;
};

/* The control handle with our queues; an older one stays until its last flight has landed. */
struct line {
	struct bfs_list node;
	struct bfs_handle *handle;
	rd_kafka_queue_t *main;	/* log and error events */
	rd_kafka_queue_t *results;
	int flights;
};

/* One admin request and the errands that wait for it; fewer of them after deadlines, maybe none. */
struct flight {
	struct bfs_list node;
	struct bfs_list errands;
	struct line *line;
	bool altering;
};

struct bfs_group {
	struct bfs_control *control;
	struct bfs_last_word *word;
	struct bfs_mailbox mail;	/* errands */
	int wake;	/* eventfd of librdkafka's queues */
	pthread_t thread;
	atomic_bool quit;
	struct bfs_list lines;	/* the newest is last */
	struct bfs_list flights;
	struct bfs_list waiting;
	int64_t renewed;	/* when the control handle was replaced last */
};

/* --- answers -------------------------------------------------------------------------------------- */

static void finish(struct errand *e, int err, const struct bfs_why *why,
		   const struct bfs_commit *found)
{
	static const struct bfs_why nothing;

	bfs_list_del(&e->node);
	if (!why)
		why = &nothing;
	if (e->on_committed)
		e->on_committed(e->arg, err, why, found);
	else
		e->on_done(e->arg, err, why);
	free(e->group);
	free(e->topic);
	free(e);
}

static void fail(struct errand *e, rd_kafka_resp_err_t err)
{
	struct bfs_why why;
	int no = bfs_kafka_errno(err);

	if (no == -EBUSY)
		bfs_fail(&why, no, "the group %s has live members (%s)", e->group,
			 rd_kafka_err2str(err));
	else
		bfs_kafka_fail(&why, err, NULL, "group %s, %s/%d", e->group, e->topic,
			       (int)e->partition);
	finish(e, no, &why, NULL);
}

/* Another try after a pause, or the end. */
static void settle_failed(struct bfs_group *g, struct errand *e, rd_kafka_resp_err_t err)
{
	if (!bfs_kafka_passing(err)) {
		fail(e, err);
		return;
	}
	bfs_list_del(&e->node);
	e->not_before = bfs_clock_ms() + PAUSE_MS;
	bfs_list_add(&g->waiting, &e->node);
}

static void settle_all_failed(struct bfs_group *g, struct flight *f, rd_kafka_resp_err_t err)
{
	struct bfs_list *n, *tmp;

	bfs_list_each(n, tmp, &f->errands)
		settle_failed(g, bfs_container(n, struct errand, node), err);
}

/* --- lines ---------------------------------------------------------------------------------------- */

static struct line *newest(struct bfs_group *g)
{
	return bfs_container(g->lines.prev, struct line, node);
}

static void line_open(struct bfs_group *g)
{
	struct line *l = bfs_zalloc(sizeof(*l));

	l->handle = bfs_control_get(g->control);
	l->main = rd_kafka_queue_get_main(l->handle->rk);
	l->results = rd_kafka_queue_new(l->handle->rk);
	bfs_queue_wake(l->main, g->wake);
	bfs_queue_wake(l->results, g->wake);
	bfs_list_add(&g->lines, &l->node);
}

static void line_close(struct line *l)
{
	bfs_list_del(&l->node);
	/* A late answer must not write to an fd that is somebody else's by then. */
	rd_kafka_queue_io_event_enable(l->results, -1, NULL, 0);
	rd_kafka_queue_io_event_enable(l->main, -1, NULL, 0);
	rd_kafka_queue_destroy(l->results);
	rd_kafka_queue_destroy(l->main);
	bfs_handle_put(l->handle);
	free(l);
}

static void renew(struct bfs_group *g, struct line *stale)
{
	int64_t now = bfs_clock_ms();

	if (stale != newest(g) || now < g->renewed + RENEW_MS)
		return;
	g->renewed = now;
	bfs_control_renew(g->control, stale->handle);
	line_open(g);
}

/* --- requests ------------------------------------------------------------------------------------- */

static struct flight *flight_new(struct bfs_group *g, bool altering)
{
	struct flight *f = bfs_zalloc(sizeof(*f));

	bfs_list_init(&f->errands);
	f->altering = altering;
	f->line = newest(g);
	f->line->flights++;
	bfs_list_add(&g->flights, &f->node);
	return f;
}

static void flight_free(struct flight *f)
{
	f->line->flights--;
	bfs_list_del(&f->node);
	free(f);
}

static rd_kafka_AdminOptions_t *options_for(const struct flight *f, rd_kafka_admin_op_t op)
{
	rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(f->line->handle->rk, op);
	int64_t until = 0, left;
	char words[128];

	for (struct bfs_list *n = f->errands.next; n != &f->errands; n = n->next)
		if (bfs_container(n, struct errand, node)->deadline > until)
			until = bfs_container(n, struct errand, node)->deadline;
	left = until - bfs_clock_ms();
	left = left < 1 ? 1 : left > 3600000 ? 3600000 : left;
	rd_kafka_AdminOptions_set_request_timeout(options, (int)left, words, sizeof(words));
	rd_kafka_AdminOptions_set_opaque(options, (void *)f);
	return options;
}

static const char *group_of(const struct flight *f)
{
	return bfs_container(f->errands.next, struct errand, node)->group;
}

static void send_fetch(struct flight *f, const rd_kafka_topic_partition_list_t *list)
{
	rd_kafka_AdminOptions_t *options = options_for(f, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS);
	rd_kafka_ListConsumerGroupOffsets_t *req =
		rd_kafka_ListConsumerGroupOffsets_new(group_of(f), list);

	rd_kafka_ListConsumerGroupOffsets(f->line->handle->rk, &req, 1, options, f->line->results);
	rd_kafka_ListConsumerGroupOffsets_destroy(req);
	rd_kafka_AdminOptions_destroy(options);
}

static void send_alter(struct flight *f, const rd_kafka_topic_partition_list_t *list)
{
	rd_kafka_AdminOptions_t *options =
		options_for(f, RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS);
	rd_kafka_AlterConsumerGroupOffsets_t *req =
		rd_kafka_AlterConsumerGroupOffsets_new(group_of(f), list);

	rd_kafka_AlterConsumerGroupOffsets(f->line->handle->rk, &req, 1, options,
					   f->line->results);
	rd_kafka_AlterConsumerGroupOffsets_destroy(req);
	rd_kafka_AdminOptions_destroy(options);
}

static void add_commit(rd_kafka_topic_partition_list_t *list, const struct errand *e)
{
	rd_kafka_topic_partition_t *p =
		rd_kafka_topic_partition_list_add(list, e->topic, e->partition);
	size_t len = strnlen(e->to.metadata, sizeof(e->to.metadata));

	p->offset = e->to.offset;
	p->metadata = bfs_alloc(len + 1);
	memcpy(p->metadata, e->to.metadata, len);
	p->metadata_size = len;
}

/* Moves what can go in one request with the first of `from` into a flight, and sends it. A request takes
 * a partition once, so a second alter of the same one stays for the next. */
static void send_one(struct bfs_group *g, struct bfs_list *from, bool altering)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(4);
	struct flight *f = flight_new(g, altering);
	const char *group = bfs_container(from->next, struct errand, node)->group;
	struct bfs_list *n, *tmp;

	bfs_list_each(n, tmp, from) {
		struct errand *e = bfs_container(n, struct errand, node);
		bool there = rd_kafka_topic_partition_list_find(list, e->topic, e->partition);

		if (strcmp(e->group, group) != 0 || (altering && there))
			continue;
		if (altering)
			add_commit(list, e);
		else if (!there)
			rd_kafka_topic_partition_list_add(list, e->topic, e->partition);
		bfs_list_del(n);
		bfs_list_add(&f->errands, n);
	}
	if (altering)
		send_alter(f, list);
	else
		send_fetch(f, list);
	rd_kafka_topic_partition_list_destroy(list);
}

static void send_all(struct bfs_group *g, struct bfs_list *from, bool altering)
{
	while (!bfs_list_empty(from))
		send_one(g, from, altering);
}

/* --- results -------------------------------------------------------------------------------------- */

static void read_commit(const rd_kafka_topic_partition_t *p, struct bfs_commit *ret)
{
	size_t len = p->metadata ? p->metadata_size : 0;

	ret->offset = p->offset < 0 ? BFS_NO_OFFSET : p->offset;
	if (len >= sizeof(ret->metadata))
		len = sizeof(ret->metadata) - 1;
	memset(ret->metadata, 0, sizeof(ret->metadata));
	if (len)
		memcpy(ret->metadata, p->metadata, len);
}

/* The rule of cluster.h: ours by offset or by metadata, else somebody moved it. */
static bool moved(const struct errand *e, const struct bfs_commit *found)
{
	return found->offset != e->expect.offset && strcmp(found->metadata, e->to.metadata) != 0;
}

static void fetched(struct errand *e, const struct bfs_commit *found, struct bfs_list *to_alter)
{
	struct bfs_why why;

	if (e->on_committed) {
		finish(e, 0, NULL, found);
		return;
	}
	if (moved(e, found)) {
		bfs_fail(&why, -EBUSY, "%s/%d: somebody else moved the group %s to offset %lld",
			 e->topic, (int)e->partition, e->group, (long long)found->offset);
		finish(e, -EBUSY, &why, NULL);
		return;
	}
	bfs_list_del(&e->node);
	bfs_list_add(to_alter, &e->node);
}

static void land_list(struct bfs_group *g, struct flight *f,
		      const rd_kafka_topic_partition_list_t *list, struct bfs_list *to_alter)
{
	struct bfs_list *n, *tmp;

	bfs_list_each(n, tmp, &f->errands) {
		struct errand *e = bfs_container(n, struct errand, node);
		const rd_kafka_topic_partition_t *p = rd_kafka_topic_partition_list_find(
			(rd_kafka_topic_partition_list_t *)list, e->topic, e->partition);
		struct bfs_commit found = { .offset = BFS_NO_OFFSET };

		if (p && p->err) {
			settle_failed(g, e, p->err);
		} else if (f->altering) {
			finish(e, 0, NULL, NULL);
		} else {
			if (p)
				read_commit(p, &found);
			fetched(e, &found, to_alter);
		}
	}
}

static const rd_kafka_group_result_t **groups_of(rd_kafka_event_t *ev, bool altering, size_t *ret_n)
{
	if (altering)
		return rd_kafka_AlterConsumerGroupOffsets_result_groups(
			rd_kafka_event_AlterConsumerGroupOffsets_result(ev), ret_n);
	return rd_kafka_ListConsumerGroupOffsets_result_groups(
		rd_kafka_event_ListConsumerGroupOffsets_result(ev), ret_n);
}

static rd_kafka_resp_err_t first_error(const rd_kafka_topic_partition_list_t *list)
{
	for (int i = 0; list && i < list->cnt; i++)
		if (list->elems[i].err)
			return list->elems[i].err;
	return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static void land(struct bfs_group *g, rd_kafka_event_t *ev)
{
	struct flight *f = rd_kafka_event_opaque(ev);
	const rd_kafka_topic_partition_list_t *list = NULL;
	rd_kafka_resp_err_t err = rd_kafka_event_error(ev);
	const rd_kafka_group_result_t **groups;
	struct bfs_list to_alter;
	size_t n = 0;

	bfs_list_init(&to_alter);
	if (!err) {
		groups = groups_of(ev, f->altering, &n);
		if (n == 1) {
			list = rd_kafka_group_result_partitions(groups[0]);
			if (rd_kafka_group_result_error(groups[0]))
				err = rd_kafka_error_code(rd_kafka_group_result_error(groups[0]));
		}
		if (!err && !list)
			err = RD_KAFKA_RESP_ERR__FAIL;
	}
	if (bfs_kafka_wrong_coordinator(err ? err : first_error(list)))
		renew(g, f->line);
	if (err) {
		settle_all_failed(g, f, err);
	} else {
		bfs_last_word_clear(g->word);
		land_list(g, f, list, &to_alter);
	}
	flight_free(f);
	send_all(g, &to_alter, true);
}

/* --- the thread ------------------------------------------------------------------------------------- */

static void drain_line(struct bfs_group *g, struct line *l)
{
	rd_kafka_event_t *ev;

	while ((ev = rd_kafka_queue_poll(l->results, 0))) {
		land(g, ev);
		rd_kafka_event_destroy(ev);
	}
	while ((ev = rd_kafka_queue_poll(l->main, 0))) {
		bfs_handle_event(l->handle, g->word, ev);
		rd_kafka_event_destroy(ev);
	}
}

static void drain(struct bfs_group *g)
{
	struct bfs_list *n, *tmp;
	uint64_t count;

	if (read(g->wake, &count, sizeof(count)) < 0 && errno != EAGAIN)
		bfs_error("eventfd: %s", strerror(errno));
	bfs_list_each(n, tmp, &g->lines) {
		struct line *l = bfs_container(n, struct line, node);

		drain_line(g, l);
		if (l != newest(g) && !l->flights)
			line_close(l);
	}
}

static void expire(struct bfs_group *g, struct bfs_list *list, int64_t now)
{
	struct bfs_list *n, *tmp;
	struct bfs_why why;
	int err;

	bfs_list_each(n, tmp, list) {
		struct errand *e = bfs_container(n, struct errand, node);

		if (e->deadline > now)
			continue;
		err = bfs_last_word_fail(g->word, &why, "group %s, %s/%d", e->group, e->topic,
					 (int)e->partition);
		finish(e, err, &why, NULL);
	}
}

static void expire_all(struct bfs_group *g)
{
	int64_t now = bfs_clock_ms();

	expire(g, &g->waiting, now);
	for (struct bfs_list *n = g->flights.next; n != &g->flights; n = n->next)
		expire(g, &bfs_container(n, struct flight, node)->errands, now);
}

static void send_waiting(struct bfs_group *g)
{
	int64_t now = bfs_clock_ms();
	struct bfs_list *n, *tmp, ready;

	bfs_list_init(&ready);
	bfs_list_each(n, tmp, &g->waiting) {
		if (bfs_container(n, struct errand, node)->not_before > now)
			continue;
		bfs_container(n, struct errand, node)->not_before = 0;
		bfs_list_del(n);
		bfs_list_add(&ready, n);
	}
	send_all(g, &ready, false);
}

static int64_t next_of(const struct bfs_list *list)
{
	int64_t next = BFS_NEVER;

	for (const struct bfs_list *n = list->next; n != list; n = n->next) {
		const struct errand *e = bfs_container(n, struct errand, node);

		if (e->deadline < next)
			next = e->deadline;
		if (e->not_before && e->not_before < next)
			next = e->not_before;
	}
	return next;
}

static int poll_time(const struct bfs_group *g)
{
	int64_t next = next_of(&g->waiting), one, left;

	for (struct bfs_list *n = g->flights.next; n != &g->flights; n = n->next) {
		one = next_of(&bfs_container(n, struct flight, node)->errands);
		next = one < next ? one : next;
	}
	if (next == BFS_NEVER)
		return -1;
	left = next - bfs_clock_ms();
	return left < 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

static void give_up(struct bfs_list *list)
{
	struct bfs_list *n, *tmp;
	struct bfs_why why;

	bfs_fail(&why, -ENODEV, "brokerfs is ending");
	bfs_list_each(n, tmp, list)
		finish(bfs_container(n, struct errand, node), -ENODEV, &why, NULL);
}

static void give_up_all(struct bfs_group *g)
{
	struct bfs_list *n, *tmp;

	bfs_mailbox_take(&g->mail, &g->waiting);
	give_up(&g->waiting);
	bfs_list_each(n, tmp, &g->flights) {
		struct flight *f = bfs_container(n, struct flight, node);

		give_up(&f->errands);
		flight_free(f);
	}
	bfs_list_each(n, tmp, &g->lines)
		line_close(bfs_container(n, struct line, node));
}

static void *run(void *arg)
{
	struct bfs_group *g = arg;
	struct pollfd pfds[2] = {
		{ .fd = g->mail.fd, .events = POLLIN },
		{ .fd = g->wake, .events = POLLIN },
	};

	while (!atomic_load(&g->quit)) {
		poll(pfds, 2, poll_time(g));
		bfs_mailbox_take(&g->mail, &g->waiting);
		drain(g);
		expire_all(g);
		send_waiting(g);
	}
	give_up_all(g);
	return NULL;
}

/* --- from any thread --------------------------------------------------------------------------------- */

static struct errand *errand_new(const char *group, const char *topic, int32_t partition,
				 int64_t deadline, void *arg)
{
	struct errand *e = bfs_zalloc(sizeof(*e));

	e->group = bfs_strdup(group);
	e->topic = bfs_strdup(topic);
	e->partition = partition;
	e->deadline = deadline;
	e->arg = arg;
	return e;
}

void bfs_group_committed(struct bfs_group *g, const char *group, const char *topic,
			 int32_t partition, int64_t deadline, bfs_committed_fn *done, void *arg)
{
	struct errand *e = errand_new(group, topic, partition, deadline, arg);

	e->on_committed = done;
	bfs_mailbox_post(&g->mail, &e->node);
}

void bfs_group_commit(struct bfs_group *g, const char *group, const char *topic,
		      int32_t partition, const struct bfs_commit *expect,
		      const struct bfs_commit *to, int64_t deadline, bfs_done_fn *done, void *arg)
{
	struct errand *e = errand_new(group, topic, partition, deadline, arg);

	e->on_done = done;
	e->expect = *expect;
	e->to = *to;
	bfs_mailbox_post(&g->mail, &e->node);
}

struct bfs_group *bfs_group_new(struct bfs_control *control, struct bfs_last_word *word,
				struct bfs_why *why)
{
	struct bfs_group *g = bfs_zalloc(sizeof(*g));
	int err;

	g->control = control;
	g->word = word;
	bfs_list_init(&g->lines);
	bfs_list_init(&g->flights);
	bfs_list_init(&g->waiting);
	g->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = g->wake < 0 ? -errno : bfs_mailbox_init(&g->mail);
	if (err) {
		bfs_fail(why, err, "eventfd: %s", strerror(-err));
		free(g);
		return NULL;
	}
	line_open(g);
	err = bfs_thread_start(&g->thread, "group", run, g);
	if (!err)
		return g;
	bfs_fail(why, err, "thread group: %s", strerror(-err));
	line_close(newest(g));
	bfs_mailbox_fini(&g->mail);
	close(g->wake);
	free(g);
	return NULL;
}

void bfs_group_free(struct bfs_group *g)
{
	if (!g)
		return;
	atomic_store(&g->quit, true);
	bfs_mailbox_kick(&g->mail);
	pthread_join(g->thread, NULL);
	bfs_mailbox_fini(&g->mail);
	close(g->wake);
	free(g);
}
