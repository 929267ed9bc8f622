/* group.c - a group: its committed offsets, committing without membership, its members.
 *
 * Everything but the mailbox is the group thread's own, so there is no lock. An errand is in the
 * mailbox, or waiting (fresh, or pausing before another try), or out with meta, which asks what is
 * committed, or among the errands of a flight (a commit under way).
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
#include "kafka/line.h"

#define PAUSE_MS 100 /* before another try */

struct errand {
	struct bfs_list node;
	char *group, *topic; /* topic: NULL for members */
	int32_t partition;
	int64_t deadline;
	int64_t not_before;
	bfs_committed_fn *on_committed; /* one of these three */
	bfs_done_fn *on_done;
	bfs_members_fn *on_members;
	void *arg;
	struct bfs_commit expect, to;

	/* from meta */
	struct bfs_group *home;
	bool asked; /* what follows is the answer */
	int err;
	struct bfs_why why;
	struct bfs_commit found;
};

struct bfs_group {
	const struct bfs_conf *conf;
	struct bfs_handle *control; /* the mount's own group has this one */
	struct bfs_meta *meta;
	struct bfs_members *members; /* of the mount's own group */
	char *own;                   /* its name */
	struct bfs_last_word *word;
	struct bfs_statistics *statistics;
	struct bfs_mailbox mail; /* errands */
	int wake;                /* eventfd of librdkafka's queues */
	pthread_t thread;
	atomic_bool quit;
	struct bfs_board board;
	struct bfs_list flights;
	struct bfs_list waiting;
};

/* --- answers ---------------------------------------------------------------------------------- */

static void errand_free(struct errand *e)
{
	free(e->group);
	free(e->topic);
	free(e);
}

static void finish(struct errand *e, int err, const struct bfs_why *why,
		   const struct bfs_commit *found)
{
	static const struct bfs_why nothing;

	bfs_list_del(&e->node);
	if (!why)
		why = &nothing;
	if (e->on_committed)
		e->on_committed(e->arg, err, why, found);
	else if (e->on_members)
		e->on_members(e->arg, err, why, 0);
	else
		e->on_done(e->arg, err, why);
	errand_free(e);
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

static bool has_member(struct bfs_group *g, const struct errand *e)
{
	return !strcmp(e->group, g->own) && bfs_members_present(g->members);
}

/* Members of ours come and go: refused for one now, it may be taken through it soon, or without. */
static bool may_pass(struct bfs_group *g, const struct errand *e, rd_kafka_resp_err_t err)
{
	int no = bfs_kafka_errno(err);

	if (bfs_kafka_passing(err))
		return true;
	return (no == -EBUSY || no == -ENODEV || err == RD_KAFKA_RESP_ERR__FATAL) &&
	       has_member(g, e);
}

/* Another try after a pause, or the end. */
static void settle_failed(struct bfs_group *g, struct errand *e, rd_kafka_resp_err_t err)
{
	if (!may_pass(g, e, err)) {
		fail(e, err);
		return;
	}
	bfs_list_del(&e->node);
	e->not_before = bfs_clock_ms() + PAUSE_MS;
	bfs_list_add(&g->waiting, &e->node);
}

/* --- committing ------------------------------------------------------------------------------- */

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

/* By a member's handle, which commits for all of the group's topics, or else the line's. */
static struct bfs_flight *flight_open(struct bfs_group *g, const char *group)
{
	bool own = !strcmp(group, g->own);
	struct bfs_handle *h = own ? bfs_members_handle(g->members) : NULL;
	struct bfs_flight *f;

	if (!h) /* the line is there since it was asked */
		h = bfs_handle_get(bfs_board_get(&g->board, group, NULL)->handle);
	f = bfs_flight_new(h, g->wake);
	bfs_list_add(&g->flights, &f->node);
	return f;
}

/* Sends what can go in one request with the first: of the same group, and a partition once, so that
 * a second commit of the same one waits for the next. */
static void send_one(struct bfs_group *g, struct bfs_list *from)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(4);
	const char *group = bfs_container(from->next, struct errand, node)->group;
	struct bfs_flight *f = flight_open(g, group);
	rd_kafka_resp_err_t err;
	struct bfs_list *n, *tmp;

	bfs_list_each(n, tmp, from) {
		struct errand *e = bfs_container(n, struct errand, node);

		if (strcmp(e->group, group) != 0 ||
		    rd_kafka_topic_partition_list_find(list, e->topic, e->partition))
			continue;
		add_commit(list, e);
		bfs_list_del(n);
		bfs_list_add(&f->errands, n);
	}
	err = rd_kafka_commit_queue(f->handle->rk, list, f->results, NULL, NULL);
	rd_kafka_topic_partition_list_destroy(list);
	if (!err)
		return;
	bfs_list_each(n, tmp, &f->errands)
		settle_failed(g, bfs_container(n, struct errand, node), err);
	bfs_flight_free(f);
}

static void land(struct bfs_group *g, struct bfs_flight *f, rd_kafka_event_t *ev)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_event_topic_partition_list(ev);
	rd_kafka_resp_err_t all = rd_kafka_event_error(ev), err;
	struct bfs_list *n, *tmp;

	bfs_list_each(n, tmp, &f->errands) {
		struct errand *e = bfs_container(n, struct errand, node);
		const rd_kafka_topic_partition_t *p =
			list ? rd_kafka_topic_partition_list_find(list, e->topic, e->partition)
			     : NULL;

		err = p && p->err ? p->err : all;
		if (err) {
			settle_failed(g, e, err);
		} else {
			bfs_last_word_clear(g->word);
			finish(e, 0, NULL, NULL);
		}
	}
}

/* --- asking ----------------------------------------------------------------------------------- */

/* The rule of cluster.h: ours by offset or by metadata, else somebody moved it. */
static bool moved(const struct errand *e, const struct bfs_commit *found)
{
	return found->offset != e->expect.offset && strcmp(found->metadata, e->to.metadata) != 0;
}

/* On a thread of meta's, which the errand was out with. */
static void on_asked(void *arg, int err, const struct bfs_why *why, const struct bfs_commit *found)
{
	struct errand *e = arg;

	e->asked = true;
	e->err = err;
	e->why = *why;
	if (!err)
		e->found = *found;
	bfs_mailbox_post(&e->home->mail, &e->node);
}

static void ask(struct bfs_group *g, struct errand *e)
{
	struct bfs_why why;
	struct bfs_line *l;

	if (e->on_members && has_member(g, e)) {
		finish(e, 0, NULL, NULL);
		return;
	}
	l = bfs_board_get(&g->board, e->group, &why);
	if (!l) {
		finish(e, -EIO, &why, NULL);
		return;
	}
	bfs_line_used(l, e->deadline);
	bfs_list_del(&e->node);
	if (e->on_members) { /* meta answers for itself */
		bfs_meta_members(g->meta, l->handle, l->key, e->group, e->deadline, e->on_members,
				 e->arg);
		errand_free(e);
		return;
	}
	bfs_meta_committed(g->meta, l->handle, l->key, e->group, e->topic, e->partition,
			   e->deadline, on_asked, e);
}

/* What is committed is known: the answer, or what the commit waited for. */
static void settle_asked(struct errand *e, struct bfs_list *to_commit)
{
	struct bfs_why why;

	e->asked = false;
	if (e->err || e->on_committed) {
		finish(e, e->err, &e->why, e->err ? NULL : &e->found);
		return;
	}
	if (moved(e, &e->found) && e->found.offset == BFS_NO_OFFSET) {
		bfs_fail(&why, -ENOENT,
			 "%s/%d: the group %s has no offset any more: it was deleted, or the topic",
			 e->topic, (int)e->partition, e->group);
		finish(e, -ENOENT, &why, NULL);
		return;
	}
	if (moved(e, &e->found)) {
		bfs_fail(&why, -EBUSY, "%s/%d: somebody else moved the group %s to offset %lld",
			 e->topic, (int)e->partition, e->group, (long long)e->found.offset);
		finish(e, -EBUSY, &why, NULL);
		return;
	}
	bfs_list_add(to_commit, &e->node);
}

static void read_mail(struct bfs_group *g)
{
	struct bfs_list *n, mail = BFS_LIST_INIT(mail), to_commit = BFS_LIST_INIT(to_commit);

	bfs_mailbox_take(&g->mail, &mail);
	while ((n = bfs_list_pop(&mail))) {
		struct errand *e = bfs_container(n, struct errand, node);

		if (e->asked)
			settle_asked(e, &to_commit);
		else
			bfs_list_add(&g->waiting, n);
	}
	while (!bfs_list_empty(&to_commit))
		send_one(g, &to_commit);
}

/* --- the thread ------------------------------------------------------------------------------- */

static void drain_line(struct bfs_group *g, struct bfs_line *l)
{
	rd_kafka_event_t *ev;

	while ((ev = rd_kafka_queue_poll(l->main, 0))) {
		if (l->handle != g->control ||
		    !bfs_statistics_take(g->statistics, BFS_ROLE_CONTROL, ev))
			bfs_handle_event(l->handle, g->word, ev);
		rd_kafka_event_destroy(ev);
	}
}

static void drain_flight(struct bfs_group *g, struct bfs_flight *f)
{
	rd_kafka_event_t *ev = rd_kafka_queue_poll(f->results, 0);

	if (!ev)
		return;
	if (rd_kafka_event_type(ev) == RD_KAFKA_EVENT_OFFSET_COMMIT)
		land(g, f, ev);
	rd_kafka_event_destroy(ev);
	bfs_flight_free(f);
}

static void drain(struct bfs_group *g)
{
	struct bfs_list *n, *tmp;
	uint64_t count;

	if (read(g->wake, &count, sizeof(count)) < 0 && errno != EAGAIN)
		bfs_error("eventfd: %s", strerror(errno));
	bfs_list_each(n, tmp, &g->board.list)
		drain_line(g, bfs_container(n, struct bfs_line, node));
	bfs_list_each(n, tmp, &g->flights)
		drain_flight(g, bfs_container(n, struct bfs_flight, node));
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
		err = bfs_last_word_fail(g->word, &why, "group %s, %s/%d", e->group,
					 e->topic ? e->topic : "members", (int)e->partition);
		finish(e, err, &why, NULL);
	}
}

static void expire_all(struct bfs_group *g)
{
	int64_t now = bfs_clock_ms();

	expire(g, &g->waiting, now);
	for (struct bfs_list *n = g->flights.next; n != &g->flights; n = n->next)
		expire(g, &bfs_container(n, struct bfs_flight, node)->errands, now);
}

static void ask_waiting(struct bfs_group *g)
{
	int64_t now = bfs_clock_ms();
	struct bfs_list *n, *tmp;

	bfs_list_each(n, tmp, &g->waiting) {
		struct errand *e = bfs_container(n, struct errand, node);

		if (e->not_before > now)
			continue;
		e->not_before = 0;
		ask(g, e);
	}
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
		one = next_of(&bfs_container(n, struct bfs_flight, node)->errands);
		next = one < next ? one : next;
	}
	one = bfs_board_next(&g->board);
	next = one < next ? one : next;
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
		struct bfs_flight *f = bfs_container(n, struct bfs_flight, node);

		give_up(&f->errands);
		bfs_flight_free(f);
	}
	bfs_board_fini(&g->board);
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
		read_mail(g);
		drain(g);
		expire_all(g);
		ask_waiting(g);
		bfs_board_close_idle(&g->board);
	}
	give_up_all(g);
	return NULL;
}

/* --- from any thread -------------------------------------------------------------------------- */

static struct errand *errand_new(struct bfs_group *g, const char *group, const char *topic,
				 int32_t partition, int64_t deadline, void *arg)
{
	struct errand *e = bfs_zalloc(sizeof(*e));

	e->home = g;
	e->group = bfs_strdup(group);
	e->topic = topic ? bfs_strdup(topic) : NULL;
	e->partition = partition;
	e->deadline = deadline;
	e->arg = arg;
	return e;
}

void bfs_group_committed(struct bfs_group *g, const char *group, const char *topic,
			 int32_t partition, int64_t deadline, bfs_committed_fn *done, void *arg)
{
	struct errand *e = errand_new(g, group, topic, partition, deadline, arg);

	e->on_committed = done;
	bfs_mailbox_post(&g->mail, &e->node);
}

void bfs_group_commit(struct bfs_group *g, const char *group, const char *topic, int32_t partition,
		      const struct bfs_commit *expect, const struct bfs_commit *to,
		      int64_t deadline, bfs_done_fn *done, void *arg)
{
	struct errand *e = errand_new(g, group, topic, partition, deadline, arg);

	e->on_done = done;
	e->expect = *expect;
	e->to = *to;
	bfs_mailbox_post(&g->mail, &e->node);
}

void bfs_group_members(struct bfs_group *g, const char *group, int64_t deadline,
		       bfs_members_fn *done, void *arg)
{
	struct errand *e = errand_new(g, group, NULL, 0, deadline, arg);

	e->on_members = done;
	bfs_mailbox_post(&g->mail, &e->node);
}

struct bfs_group *bfs_group_new(const struct bfs_conf *conf, struct bfs_handle *control,
				struct bfs_meta *meta, struct bfs_members *members,
				const char *group, struct bfs_last_word *word,
				struct bfs_statistics *statistics, struct bfs_why *why)
{
	struct bfs_group *g = bfs_zalloc(sizeof(*g));
	int err;

	g->conf = conf;
	g->control = control;
	g->meta = meta;
	g->members = members;
	g->own = bfs_strdup(group);
	g->word = word;
	g->statistics = statistics;
	bfs_list_init(&g->flights);
	bfs_list_init(&g->waiting);
	g->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = g->wake < 0 ? -errno : bfs_mailbox_init(&g->mail);
	if (err) {
		bfs_fail(why, err, "eventfd: %s", strerror(-err));
		free(g->own);
		free(g);
		return NULL;
	}
	bfs_board_init(&g->board, conf, control, group, g->wake);
	err = bfs_thread_start(&g->thread, "group", run, g);
	if (!err)
		return g;
	bfs_fail(why, err, "thread group: %s", strerror(-err));
	bfs_board_fini(&g->board);
	bfs_mailbox_fini(&g->mail);
	close(g->wake);
	free(g->own);
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
	free(g->own);
	free(g);
}
