/* member.c - members from the outside, and the thread of each.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "kafka/error.h"
#include "kafka/member_inner.h"

#define TICK_MS     500  /* librdkafka is polled at least so often: max.poll.interval.ms */
#define HANDOVER_MS 10   /* between two revoking() */
#define ECHO_MS     3000 /* brokers may still believe in a member that left */

/* --- handles ---------------------------------------------------------------------------------- */

static int member_connect(struct bfs_member *m, struct bfs_why *why)
{
	struct bfs_members *ms = m->all;
	struct bfs_handle *h = bfs_handle_new_member(ms->conf, m->instance, ms->reaper, why);

	if (!h)
		return -EIO;
	rd_kafka_poll_set_consumer(h->rk);
	m->events = rd_kafka_queue_get_consumer(h->rk);
	m->records = rd_kafka_queue_new(h->rk);
	m->results = rd_kafka_queue_new(h->rk);
	bfs_queue_wake(m->events, m->wake);
	bfs_queue_wake(m->records, m->wake);
	bfs_queue_wake(m->results, m->wake);
	bfs_mutex_lock(&ms->lock);
	m->handle = h;
	bfs_mutex_unlock(&ms->lock);
	return 0;
}

static void queue_close(rd_kafka_queue_t **q)
{
	rd_kafka_queue_io_event_enable(*q, -1, NULL, 0);
	rd_kafka_queue_destroy(*q);
	*q = NULL;
}

static void member_disconnect(struct bfs_member *m)
{
	struct bfs_handle *h = m->handle;

	if (!h)
		return;
	bfs_mutex_lock(&m->all->lock);
	m->handle = NULL;
	bfs_mutex_unlock(&m->all->lock);
	queue_close(&m->events);
	queue_close(&m->records);
	queue_close(&m->results);
	bfs_handle_put(h);
}

/* --- in and out ------------------------------------------------------------------------------- */

static void set_live(struct bfs_member *m, bool live)
{
	struct bfs_members *ms = m->all;

	bfs_mutex_lock(&ms->lock);
	if (m->live && !live)
		ms->left_at = bfs_clock_ms();
	m->live = live;
	bfs_mutex_unlock(&ms->lock);
}

static void subscribe(struct bfs_member *m)
{
	rd_kafka_topic_partition_list_t *list;
	rd_kafka_resp_err_t err;
	struct bfs_why why;

	if (!m->handle && member_connect(m, &why)) {
		bfs_member_trouble(m, -EIO, &why);
		return;
	}
	list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_topic_partition_list_add(list, m->topic, RD_KAFKA_PARTITION_UA);
	err = rd_kafka_subscribe(m->handle->rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	if (err) {
		bfs_kafka_fail(&why, err, NULL, "%s: subscribe", m->topic);
		bfs_member_trouble(m, -EIO, &why);
		return;
	}
	m->in = true;
	m->joins_until = bfs_clock_ms() + BFS_JOIN_MS;
	set_live(m, true);
}

static void unsubscribe(struct bfs_member *m)
{
	m->in = false;
	m->joins_until = 0;
	rd_kafka_unsubscribe(m->handle->rk);
}

void bfs_member_trouble(struct bfs_member *m, int err, const struct bfs_why *why)
{
	if (m->dead)
		return;
	m->dead = true;
	if (err != -EACCES && err != -EBUSY)
		err = -EIO;
	if (m->in)
		unsubscribe(m);
	/* Fenced: what was acknowledged is another member's business. */
	if (err != -EBUSY)
		bfs_settle_fail(m, err, why);
	bfs_holding_drop_all(m);
	m->sink->trouble(m->owner, err, why);
}

/* --- events ----------------------------------------------------------------------------------- */

/* Errors after which waiting does not help. */
static bool is_final(rd_kafka_resp_err_t err)
{
	switch (err) {
	case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL:
	case RD_KAFKA_RESP_ERR_INVALID_GROUP_ID:
	case RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT:
	case RD_KAFKA_RESP_ERR_GROUP_MAX_SIZE_REACHED:
	case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID: return true;
	default: return false;
	}
}

static void on_error(struct bfs_member *m, rd_kafka_event_t *ev, bool fatal)
{
	rd_kafka_resp_err_t err = rd_kafka_event_error(ev);
	struct bfs_why why;
	char text[256] = "";

	if (fatal)
		err = rd_kafka_fatal_error(m->handle->rk, text, sizeof(text));
	else if (!is_final(err))
		return;
	bfs_kafka_fail(&why, err, *text ? text : rd_kafka_event_error_string(ev),
		       "%s: the group's member", m->topic);
	bfs_member_trouble(m, bfs_kafka_errno(err), &why);
}

/* One at a time: what is given or taken is dealt with first. */
static bool read_event(struct bfs_member *m, int ms)
{
	rd_kafka_event_t *ev;
	bool fatal;

	if (!m->handle || m->given || m->taken)
		return false;
	ev = rd_kafka_queue_poll(m->events, ms);
	if (!ev)
		return false;
	fatal = bfs_handle_event(m->handle, m->all->word, ev);
	if (rd_kafka_event_type(ev) == RD_KAFKA_EVENT_REBALANCE)
		bfs_holding_rebalance(m, ev);
	else if (rd_kafka_event_type(ev) == RD_KAFKA_EVENT_ERROR)
		on_error(m, ev, fatal);
	rd_kafka_event_destroy(ev);
	return true;
}

static void work_on_rebalance(struct bfs_member *m)
{
	if (m->given && bfs_clock_ms() >= m->give_at)
		bfs_holding_give(m);
	if (m->taken)
		bfs_holding_hand_over(m);
}

static void read_events(struct bfs_member *m)
{
	int left = 100;

	do
		work_on_rebalance(m);
	while (left-- && read_event(m, 0));
}

/* --- the thread ------------------------------------------------------------------------------- */

/* A leave while the coordinator's answer to a join is awaited leaves a member behind that nobody
 * speaks for (librdkafka 2.0.2), and the group waits for it. */
static bool is_joining(const struct bfs_member *m)
{
	return m->in && bfs_clock_ms() < m->joins_until;
}

static void read_mail(struct bfs_member *m)
{
	struct bfs_list none = BFS_LIST_INIT(none);
	bool in, resume;

	bfs_mailbox_take(&m->mail, &none);
	bfs_mutex_lock(&m->all->lock);
	in = m->want_in;
	resume = m->want_resume;
	m->closing = m->want_close;
	m->want_resume = false;
	bfs_mutex_unlock(&m->all->lock);
	if (resume)
		m->full = false;
	if (m->closing)
		return;
	if (in && !m->in && !m->dead)
		subscribe(m);
	else if (!in && m->in && !is_joining(m))
		unsubscribe(m);
}

static int poll_time(const struct bfs_member *m)
{
	int64_t now = bfs_clock_ms(), next = now + TICK_MS, commit = bfs_settle_next(m);

	next = commit < next ? commit : next;
	if (m->given && m->give_at < next)
		next = m->give_at;
	if (m->taken)
		next = now + HANDOVER_MS;
	return next < now ? 0 : (int)(next - now);
}

static void drain_wake(struct bfs_member *m)
{
	uint64_t count;

	if (read(m->wake, &count, sizeof(count)) < 0 && errno != EAGAIN)
		bfs_error("eventfd: %s", strerror(errno));
}

/* The last commit, and out of the group; what is not done in time is left to the session timeout
 * of the group. */
static void depart(struct bfs_member *m)
{
	struct bfs_members *ms = m->all;
	int64_t until = bfs_clock_ms() + BFS_LEAVE_MS;
	rd_kafka_error_t *error;
	struct bfs_why why;
	int err;

	bfs_mutex_lock(&ms->lock);
	if (ms->stopping && ms->until < until)
		until = ms->until;
	bfs_mutex_unlock(&ms->lock);
	if (!m->dead && !rd_kafka_assignment_lost(m->handle->rk))
		bfs_settle_now(m, until);
	err = bfs_last_word_fail(ms->word, &why, "%s: the last commit", m->topic);
	bfs_settle_fail(m, err, &why);
	while (is_joining(m) && !m->dead && bfs_clock_ms() < until) {
		work_on_rebalance(m);
		read_event(m, 20);
	}
	error = rd_kafka_consumer_close_queue(m->handle->rk, m->events);
	if (error) {
		rd_kafka_error_destroy(error);
		return;
	}
	while (!rd_kafka_consumer_closed(m->handle->rk) && bfs_clock_ms() < until) {
		work_on_rebalance(m);
		read_event(m, 20);
	}
}

static void end_member(struct bfs_member *m)
{
	struct bfs_members *ms = m->all;

	bfs_settle_read(m);
	if (m->handle)
		depart(m);
	bfs_holding_drop_all(m);
	set_live(m, false);
	member_disconnect(m);
	if (m->given)
		rd_kafka_topic_partition_list_destroy(m->given);
	if (m->taken)
		rd_kafka_topic_partition_list_destroy(m->taken);
	bfs_unpack_fini(&m->unpack);
	m->sink->closed(m->owner);
	bfs_mutex_lock(&ms->lock);
	if (bfs_list_linked(&m->node)) { /* else it is being joined */
		bfs_list_del(&m->node);
		bfs_list_add(&ms->gone, &m->node);
	}
	bfs_mutex_unlock(&ms->lock);
}

static void *run(void *arg)
{
	struct bfs_member *m = arg;
	struct pollfd pfds[2] = {
		{ .fd = m->mail.fd, .events = POLLIN },
		{ .fd = m->wake, .events = POLLIN },
	};
	bool more = false;

	while (!m->closing) {
		poll(pfds, 2, more ? 0 : poll_time(m));
		if (pfds[1].revents)
			drain_wake(m);
		read_mail(m);
		bfs_settle_read(m);
		bfs_settle_drain(m);
		read_events(m);
		more = bfs_holding_serve(m);
		bfs_settle_work(m);
		if (m->live && !m->in && !m->n_held && !m->taken)
			set_live(m, false);
	}
	end_member(m);
	return NULL;
}

/* --- from any thread -------------------------------------------------------------------------- */

static void member_free(struct bfs_member *m)
{
	bfs_mailbox_fini(&m->mail);
	close(m->wake);
	free(m->holdings);
	free(m->topic);
	free(m->instance);
	free(m);
}

/* Joins those that ended by themselves. */
static void join_gone(struct bfs_members *ms)
{
	struct bfs_list gone = BFS_LIST_INIT(gone), *n;

	bfs_mutex_lock(&ms->lock);
	bfs_list_splice(&gone, &ms->gone);
	bfs_mutex_unlock(&ms->lock);
	while ((n = bfs_list_pop(&gone))) {
		struct bfs_member *m = bfs_container(n, struct bfs_member, node);

		pthread_join(m->thread, NULL); /* at its very end already */
		member_free(m);
	}
}

static int member_start(struct bfs_member *m)
{
	struct bfs_members *ms = m->all;
	char name[16];
	int err;

	/* Its first look at itself waits for the list. */
	bfs_mutex_lock(&ms->lock);
	snprintf(name, sizeof(name), "member-%d", ms->count++ % 1000);
	err = ms->stopping ? -EMFILE : bfs_thread_start(&m->thread, name, run, m);
	if (!err)
		bfs_list_add(&ms->open, &m->node);
	bfs_mutex_unlock(&ms->lock);
	return err;
}

struct bfs_member *bfs_member_open(struct bfs_members *ms, const char *topic, const char *instance,
				   bool headers, const struct bfs_member_sink *sink, void *owner)
{
	struct bfs_member *m = bfs_zalloc(sizeof(*m));
	int err;

	join_gone(ms);
	m->all = ms;
	m->topic = bfs_strdup(topic);
	m->instance = instance ? bfs_strdup(instance) : NULL;
	m->headers = headers;
	m->sink = sink;
	m->owner = owner;
	bfs_list_init(&m->errands);
	bfs_list_init(&m->waiting);
	m->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = m->wake < 0 ? -errno : bfs_mailbox_init(&m->mail);
	if (!err) {
		err = member_start(m);
		if (!err)
			return m;
		bfs_mailbox_fini(&m->mail);
	}
	if (m->wake >= 0)
		close(m->wake);
	free(m->topic);
	free(m->instance);
	free(m);
	errno = err == -ENOMEM ? ENOMEM : EMFILE;
	return NULL;
}

static void want_in(struct bfs_member *m, bool in)
{
	bfs_mutex_lock(&m->all->lock);
	m->want_in = in;
	bfs_mutex_unlock(&m->all->lock);
	bfs_mailbox_kick(&m->mail);
}

void bfs_member_join(struct bfs_member *m)
{
	want_in(m, true);
}

void bfs_member_leave(struct bfs_member *m)
{
	want_in(m, false);
}

void bfs_member_resume(struct bfs_member *m)
{
	bfs_mutex_lock(&m->all->lock);
	m->want_resume = true;
	bfs_mutex_unlock(&m->all->lock);
	bfs_mailbox_kick(&m->mail);
}

void bfs_member_acknowledge(struct bfs_member *m, int32_t partition, int64_t offset)
{
	bool first = false;

	bfs_mutex_lock(&m->all->lock);
	if (partition < m->n_holdings && m->holdings[partition].held &&
	    offset > m->holdings[partition].acknowledged) {
		m->holdings[partition].acknowledged = offset;
		first = !m->dirty;
		m->dirty = true;
	}
	bfs_mutex_unlock(&m->all->lock);
	if (first)
		bfs_mailbox_kick(&m->mail);
}

void bfs_member_close(struct bfs_member *m)
{
	/* Within the lock: once it is told, it may be gone. */
	bfs_mutex_lock(&m->all->lock);
	m->want_close = true;
	bfs_mailbox_kick(&m->mail);
	bfs_mutex_unlock(&m->all->lock);
}

/* --- all of them ------------------------------------------------------------------------------ */

struct bfs_members *bfs_members_new(const struct bfs_conf *conf, struct bfs_last_word *word,
				    struct bfs_reaper *reaper, struct bfs_metrics *metrics)
{
	struct bfs_members *ms = bfs_zalloc(sizeof(*ms));

	bfs_mutex_init(&ms->lock, BFS_RANK_KAFKA);
	ms->conf = conf;
	ms->word = word;
	ms->reaper = reaper;
	ms->metrics = metrics;
	ms->left_at = -ECHO_MS;
	bfs_list_init(&ms->open);
	bfs_list_init(&ms->gone);
	return ms;
}

struct bfs_handle *bfs_members_handle(struct bfs_members *ms)
{
	struct bfs_handle *h = NULL;

	bfs_mutex_lock(&ms->lock);
	for (struct bfs_list *n = ms->open.next; !h && n != &ms->open; n = n->next) {
		struct bfs_member *m = bfs_container(n, struct bfs_member, node);

		if (m->live && m->handle)
			h = bfs_handle_get(m->handle);
	}
	bfs_mutex_unlock(&ms->lock);
	return h;
}

bool bfs_members_present(struct bfs_members *ms)
{
	bool present;

	bfs_mutex_lock(&ms->lock);
	present = bfs_clock_ms() - ms->left_at < ECHO_MS;
	for (struct bfs_list *n = ms->open.next; !present && n != &ms->open; n = n->next)
		present = bfs_container(n, struct bfs_member, node)->live;
	bfs_mutex_unlock(&ms->lock);
	return present;
}

void bfs_members_stop(struct bfs_members *ms, int64_t deadline)
{
	struct bfs_list *n;

	if (!ms)
		return;
	bfs_mutex_lock(&ms->lock);
	ms->stopping = true;
	ms->until = deadline;
	for (n = ms->open.next; n != &ms->open; n = n->next) {
		struct bfs_member *m = bfs_container(n, struct bfs_member, node);

		m->want_close = true;
		bfs_mailbox_kick(&m->mail);
	}
	while ((n = bfs_list_pop(&ms->open))) {
		struct bfs_member *m = bfs_container(n, struct bfs_member, node);

		bfs_mutex_unlock(&ms->lock);
		pthread_join(m->thread, NULL);
		member_free(m);
		bfs_mutex_lock(&ms->lock);
	}
	bfs_mutex_unlock(&ms->lock);
	join_gone(ms);
}

void bfs_members_free(struct bfs_members *ms)
{
	if (!ms)
		return;
	bfs_mutex_fini(&ms->lock);
	free(ms);
}
