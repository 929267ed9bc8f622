/* meta.c - questions that librdkafka answers by blocking: who asks whom, and until when.
 *
 * A question is in one list at a time: waiting, or asked (of one worker). Whoever unlinks it under
 * the lock answers it: the worker with what came back, or the dispatcher at its deadline.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "kafka/error.h"
#include "kafka/meta.h"
#include "kafka/roster.h"

#define WORKERS_MAX 8
#define PAUSE_MS 100	/* before another try */
#define ANYBODY (-3) /* a list of topics, which every broker can give */
#define GROUPS (-1000) /* and below: a group's coordinator */

struct question {
	struct bfs_list node;
	bfs_topics_fn *on_topics; /* one of these three */
	bfs_ends_fn *on_ends;
	bfs_committed_fn *on_committed;
	void *arg;
	char *topic; /* ends, committed: of which partition */
	int32_t partition;
	char *group; /* committed */
	struct bfs_handle *handle; /* committed: the group's */
	int32_t key; /* committed: the group's, among those who are asked */
	int64_t deadline;
	int64_t not_before;	/* a pause before another try */
	bool alone;	/* asked with others it failed, and the answer does not say whose fault it was */
	bool relist;	/* its leader is not who we thought */
	bool relisted;	/* a list made since said the same */

	/* the answer, once it is ready */
	int err;
	struct bfs_why why;
	int64_t low, end;
	struct bfs_commit found;
};

struct worker {
	struct bfs_meta *m;
	pthread_t thread;
	pthread_cond_t wake;
	struct bfs_list asked;	/* protected by lock */
	bool busy;	/* protected by lock; set by the dispatcher, cleared by the worker */
	int32_t whom; /* while busy: a broker, BFS_LEADER_NONE, ANYBODY, or a group */
	int64_t until;	/* while busy: the last deadline */
	struct bfs_handle *handle;	/* while busy */
	bool gone;	/* protected by lock; the thread has left */
};

struct bfs_meta {
	struct bfs_mutex lock;	/* rank KAFKA */
	pthread_cond_t changed;	/* a worker has answered, or left */
	struct bfs_handle *control;
	struct bfs_last_word *word;
	struct bfs_mailbox mail;	/* kicks the dispatcher */
	pthread_t dispatcher;
	bool running;	/* protected by lock; the dispatcher was started */
	bool stopped;	/* protected by lock */
	struct bfs_list waiting;	/* protected by lock */
	struct worker workers[WORKERS_MAX];
	int n_workers;	/* protected by lock; started ones */
	int answering;	/* protected by lock; workers inside a done function */
	struct bfs_roster *roster;	/* protected by lock; the newest list, or NULL */
	int refs;	/* protected by lock; the owner and each worker */
};

static void *dispatch(void *arg);
static void *work(void *arg);

/* --- answers -------------------------------------------------------------------------------------- */

static void answer(struct question *q, const struct bfs_roster *roster)
{
	if (q->on_topics)
		q->on_topics(q->arg, q->err, &q->why, q->err ? NULL : roster->infos,
			     q->err ? 0 : roster->n);
	else if (q->on_committed)
		q->on_committed(q->arg, q->err, &q->why, q->err ? NULL : &q->found);
	else
		q->on_ends(q->arg, q->err, &q->why, q->err ? BFS_NO_OFFSET : q->low,
			   q->err ? BFS_NO_OFFSET : q->end);
	bfs_handle_put(q->handle);
	free(q->group);
	free(q->topic);
	free(q);
}

static void answer_all(struct bfs_list *ready, const struct bfs_roster *roster)
{
	struct bfs_list *n;

	while ((n = bfs_list_pop(ready)))
		answer(bfs_container(n, struct question, node), roster);
}

static void name_of(const struct question *q, char *ret, size_t size)
{
	if (q->group)
		snprintf(ret, size, "group %s, %s/%d", q->group, q->topic, (int)q->partition);
	else if (q->topic)
		snprintf(ret, size, "%s/%d", q->topic, (int)q->partition);
	else
		snprintf(ret, size, "list of topics");
}

static void fail(struct question *q, rd_kafka_resp_err_t err)
{
	char name[560];

	name_of(q, name, sizeof(name));
	q->err = bfs_kafka_fail(&q->why, err, NULL, "%s", name);
}

/* --- questions ------------------------------------------------------------------------------------ */

/* -errno when no thread could be had. */
static int start_dispatcher(struct bfs_meta *m)
{
	int err = 0;

	if (m->running)
		return 0;
	err = bfs_thread_start(&m->dispatcher, "ask-0", dispatch, m);
	m->running = !err;
	return err;
}

static void post(struct bfs_meta *m, struct question *q)
{
	int err;

	/* Without a dispatcher nobody could answer later; a machine out of threads is past help. */
	bfs_mutex_lock(&m->lock);
	if (m->stopped) {
		bfs_mutex_unlock(&m->lock);
		q->err = bfs_fail(&q->why, -ENODEV, "brokerfs is ending");
		answer(q, NULL);
		return;
	}
	err = start_dispatcher(m);
	bfs_list_add(&m->waiting, &q->node);
	bfs_mutex_unlock(&m->lock);
	if (err)
		bfs_error("thread ask-0: %s", strerror(-err));
	bfs_mailbox_kick(&m->mail);
}

void bfs_meta_topics(struct bfs_meta *m, int64_t deadline, bfs_topics_fn *done, void *arg)
{
	struct question *q = bfs_zalloc(sizeof(*q));

	q->on_topics = done;
	q->arg = arg;
	q->deadline = deadline;
	post(m, q);
}

void bfs_meta_ends(struct bfs_meta *m, const char *topic, int32_t partition, int64_t deadline,
		   bfs_ends_fn *done, void *arg)
{
	struct question *q = bfs_zalloc(sizeof(*q));

	q->on_ends = done;
	q->arg = arg;
	q->topic = bfs_strdup(topic);
	q->partition = partition;
	q->deadline = deadline;
	post(m, q);
}

void bfs_meta_committed(struct bfs_meta *m, struct bfs_handle *handle, int key, const char *group,
			const char *topic, int32_t partition, int64_t deadline,
			bfs_committed_fn *done, void *arg)
{
	struct question *q = bfs_zalloc(sizeof(*q));

	q->on_committed = done;
	q->arg = arg;
	q->handle = bfs_handle_get(handle);
	q->key = GROUPS - key;
	q->group = bfs_strdup(group);
	q->topic = bfs_strdup(topic);
	q->partition = partition;
	q->deadline = deadline;
	post(m, q);
}

bool bfs_meta_known(struct bfs_meta *m, const char *topic, int32_t partition)
{
	bool known;

	bfs_mutex_lock(&m->lock);
	known = bfs_roster_leader(m->roster, topic, partition) != BFS_LEADER_UNKNOWN;
	bfs_mutex_unlock(&m->lock);
	return known;
}

/* --- dispatcher ----------------------------------------------------------------------------------- */

static int32_t whom(const struct bfs_meta *m, const struct question *q)
{
	int32_t leader;

	if (q->on_committed)
		return q->key;
	if (q->on_topics || q->relist)
		return ANYBODY;
	leader = bfs_roster_leader(m->roster, q->topic, q->partition);
	return leader == BFS_LEADER_UNKNOWN ? ANYBODY : leader;
}

static void expire(struct bfs_meta *m, struct bfs_list *list, int64_t now,
		   struct bfs_list *ret_expired)
{
	struct bfs_list *n, *tmp;
	char name[560];

	bfs_list_each(n, tmp, list) {
		struct question *q = bfs_container(n, struct question, node);

		if (q->deadline > now)
			continue;
		bfs_list_del(n);
		name_of(q, name, sizeof(name));
		q->err = bfs_last_word_fail(m->word, &q->why, "%s", name);
		bfs_list_add(ret_expired, n);
	}
}

/* The worker that is asking `who` already, else an idle one, else a new one; NULL when all are busy. */
static struct worker *worker_for(struct bfs_meta *m, int32_t who)
{
	struct worker *idle = NULL, *w;
	char name[16];

	for (int i = 0; i < m->n_workers; i++) {
		w = &m->workers[i];
		if (w->busy && w->whom == who)
			return NULL;
		if (!w->busy)
			idle = w;
	}
	if (idle || m->n_workers == WORKERS_MAX)
		return idle;
	w = &m->workers[m->n_workers];
	snprintf(name, sizeof(name), "ask-%d", m->n_workers + 1);
	if (bfs_thread_start(&w->thread, name, work, w) < 0)
		return NULL;
	m->n_workers++;
	m->refs++;
	return w;
}

/* Gives worker `w` all that waits for `who`; or one question, when it is to be asked alone. */
static void hand_over(struct bfs_meta *m, struct worker *w, struct question *first, int32_t who,
		      int64_t now)
{
	struct bfs_list *n, *tmp;

	w->whom = who;
	w->until = first->deadline;
	w->busy = true;
	bfs_list_del(&first->node);
	bfs_list_add(&w->asked, &first->node);
	bfs_list_each(n, tmp, &m->waiting) {
		struct question *q = bfs_container(n, struct question, node);

		if (first->alone || q->alone || q->not_before > now || whom(m, q) != who)
			continue;
		if (q->deadline > w->until)
			w->until = q->deadline;
		bfs_list_del(n);
		bfs_list_add(&w->asked, n);
	}
	pthread_cond_signal(&w->wake);
}

static void hand_out(struct bfs_meta *m, struct bfs_handle *h, int64_t now)
{
	struct bfs_list *n, *next;

	for (n = m->waiting.next; n != &m->waiting; n = next) {
		struct question *q = bfs_container(n, struct question, node);
		int32_t who = whom(m, q);
		struct worker *w;

		next = n->next;
		if (q->not_before > now || !(w = worker_for(m, who)))
			continue;
		w->handle = bfs_handle_get(q->handle ? q->handle : h);
		hand_over(m, w, q, who, now);
		next = m->waiting.next;
	}
}

static int64_t next_moment(const struct bfs_meta *m, const struct bfs_list *list, int64_t now)
{
	int64_t next = BFS_NEVER;

	for (const struct bfs_list *n = list->next; n != list; n = n->next) {
		const struct question *q = bfs_container(n, struct question, node);

		if (q->deadline < next)
			next = q->deadline;
		if (list == &m->waiting && q->not_before > now && q->not_before < next)
			next = q->not_before;
	}
	return next;
}

/* One round; returns when to look again. */
static int64_t dispatch_once(struct bfs_meta *m)
{
	struct bfs_handle *h = bfs_handle_get(m->control);
	struct bfs_list expired;
	int64_t now = bfs_clock_ms(), next, moment;

	bfs_list_init(&expired);
	bfs_mutex_lock(&m->lock);
	expire(m, &m->waiting, now, &expired);
	for (int i = 0; i < m->n_workers; i++)
		expire(m, &m->workers[i].asked, now, &expired);
	hand_out(m, h, now);
	next = next_moment(m, &m->waiting, now);
	for (int i = 0; i < m->n_workers; i++) {
		moment = next_moment(m, &m->workers[i].asked, now);
		next = moment < next ? moment : next;
	}
	bfs_mutex_unlock(&m->lock);
	bfs_handle_put(h);
	answer_all(&expired, NULL);
	return next;
}

static int poll_time(int64_t next)
{
	int64_t left;

	if (next == BFS_NEVER)
		return -1;
	left = next - bfs_clock_ms();
	return left < 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

static void *dispatch(void *arg)
{
	struct bfs_meta *m = arg;
	struct pollfd pfd = { .fd = m->mail.fd, .events = POLLIN };
	struct bfs_list none;
	bool stopped = false;

	while (!stopped) {
		poll(&pfd, 1, poll_time(dispatch_once(m)));
		bfs_list_init(&none);
		bfs_mailbox_take(&m->mail, &none);
		bfs_mutex_lock(&m->lock);
		stopped = m->stopped;
		bfs_mutex_unlock(&m->lock);
	}
	return NULL;
}

/* --- workers: the calls that block ------------------------------------------------------------------ */

struct request {
	struct bfs_handle *handle;
	int64_t until;
	rd_kafka_topic_partition_list_t *low, *end; /* low is also what groups are asked for */
	struct bfs_roster *roster;
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

/* The "time" of ListOffsets may also be a logical offset; by it the end respects the isolation level. */
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

static void ask(int32_t who, struct request *r)
{
	if (who == ANYBODY)
		ask_topics(r);
	else if (who <= GROUPS)
		r->err = rd_kafka_committed(r->handle->rk, r->low, time_left(r));
	else
		ask_ends(r);
}

static void prepare(struct worker *w, struct request *r)
{
	struct bfs_list *n;

	memset(r, 0, sizeof(*r));
	r->handle = w->handle;
	r->until = w->until;
	if (w->whom == ANYBODY)
		return;
	r->low = rd_kafka_topic_partition_list_new(4);
	for (n = w->asked.next; n != &w->asked; n = n->next) {
		struct question *q = bfs_container(n, struct question, node);

		if (!rd_kafka_topic_partition_list_find(r->low, q->topic, q->partition))
			rd_kafka_topic_partition_list_add(r->low, q->topic, q->partition);
	}
	r->end = rd_kafka_topic_partition_list_copy(r->low);
}

static void request_fini(struct request *r)
{
	if (r->low)
		rd_kafka_topic_partition_list_destroy(r->low);
	if (r->end)
		rd_kafka_topic_partition_list_destroy(r->end);
}

/* --- workers: what came back ------------------------------------------------------------------------ */

static void try_again(struct bfs_meta *m, struct question *q, int pause)
{
	q->not_before = pause ? bfs_clock_ms() + pause : 0;
	bfs_list_add(&m->waiting, &q->node);
}

/* To the list of questions ready for their answer, or back to those waiting. */
static void settle_failed(struct bfs_meta *m, struct question *q, rd_kafka_resp_err_t err,
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

static void settle_listed(struct bfs_meta *m, struct question *q, const struct request *r,
			  struct bfs_list *ready)
{
	if (r->err) {
		settle_failed(m, q, r->err, ready);
		return;
	}
	if (q->on_topics) {
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

static void settle_ends(struct bfs_meta *m, struct question *q, const struct request *r,
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

static void settle_committed(struct bfs_meta *m, struct question *q, const struct request *r,
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

static void settle(struct worker *w, struct request *r, struct bfs_list *ready)
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
		struct question *q = bfs_container(n, struct question, node);

		if (w->whom == ANYBODY)
			settle_listed(m, q, r, ready);
		else if (w->whom <= GROUPS)
			settle_committed(m, q, r, ready);
		else
			settle_ends(m, q, r, ready);
	}
}

/* With the lock held at entry and exit. */
static void work_once(struct worker *w)
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
	answer_all(&ready, r.roster);
	request_fini(&r);
	bfs_mutex_lock(&m->lock);
	bfs_roster_put(r.roster);
	m->answering--;
	pthread_cond_broadcast(&m->changed);
	if (!m->stopped)
		bfs_mailbox_kick(&m->mail);
}

static void meta_put(struct bfs_meta *m);

static void *work(void *arg)
{
	struct worker *w = arg;
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
	meta_put(m);
	return NULL;
}

/* --- life cycle ------------------------------------------------------------------------------------- */

struct bfs_meta *bfs_meta_new(struct bfs_handle *control, struct bfs_last_word *word)
{
	struct bfs_meta *m = bfs_zalloc(sizeof(*m));
	pthread_condattr_t attr;

	if (bfs_mailbox_init(&m->mail) < 0) {
		free(m);
		return NULL;
	}
	bfs_mutex_init(&m->lock, BFS_RANK_KAFKA);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&m->changed, &attr);
	pthread_condattr_destroy(&attr);
	bfs_list_init(&m->waiting);
	for (int i = 0; i < WORKERS_MAX; i++) {
		m->workers[i].m = m;
		bfs_list_init(&m->workers[i].asked);
		pthread_cond_init(&m->workers[i].wake, NULL);
	}
	m->control = control;
	m->word = word;
	m->refs = 1;
	return m;
}

/* Called with the lock held, which it releases. */
static void meta_put(struct bfs_meta *m)
{
	bool last = --m->refs == 0;

	bfs_mutex_unlock(&m->lock);
	if (!last)
		return;
	for (int i = 0; i < WORKERS_MAX; i++)
		pthread_cond_destroy(&m->workers[i].wake);
	pthread_cond_destroy(&m->changed);
	bfs_roster_put(m->roster);
	bfs_mailbox_fini(&m->mail);
	bfs_mutex_fini(&m->lock);
	free(m);
}

static void give_up(struct bfs_list *from, struct bfs_list *to)
{
	struct bfs_list *n;

	while ((n = bfs_list_pop(from))) {
		struct question *q = bfs_container(n, struct question, node);

		q->err = bfs_fail(&q->why, -ENODEV, "brokerfs is ending");
		bfs_list_add(to, n);
	}
}

static bool all_gone(const struct bfs_meta *m)
{
	for (int i = 0; i < m->n_workers; i++)
		if (!m->workers[i].gone)
			return false;
	return true;
}

/* Answers in the making are waited for in any case: done functions don't block. */
static void wait_workers(struct bfs_meta *m, int64_t deadline)
{
	int64_t left = deadline - bfs_clock_ms();
	struct timespec until;
	int late = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	if (left > 0) {
		until.tv_sec += left / 1000;
		until.tv_nsec += left % 1000 * 1000000;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
	}
	while (!late && !all_gone(m))
		late = pthread_cond_timedwait(&m->changed, &m->lock.mutex, &until);
	while (m->answering)
		pthread_cond_wait(&m->changed, &m->lock.mutex);
}

void bfs_meta_stop(struct bfs_meta *m, int64_t deadline)
{
	struct bfs_list left;
	bool running;

	if (!m)
		return;
	bfs_list_init(&left);
	bfs_mutex_lock(&m->lock);
	if (m->stopped) {
		bfs_mutex_unlock(&m->lock);
		return;
	}
	m->stopped = true;
	running = m->running;
	give_up(&m->waiting, &left);
	for (int i = 0; i < m->n_workers; i++) {
		give_up(&m->workers[i].asked, &left);
		pthread_cond_signal(&m->workers[i].wake);
		pthread_detach(m->workers[i].thread);
	}
	bfs_mutex_unlock(&m->lock);
	bfs_mailbox_kick(&m->mail);
	if (running)
		pthread_join(m->dispatcher, NULL);
	answer_all(&left, NULL);
	bfs_mutex_lock(&m->lock);
	wait_workers(m, deadline);
	bfs_mutex_unlock(&m->lock);
}

void bfs_meta_free(struct bfs_meta *m)
{
	if (!m)
		return;
	bfs_mutex_lock(&m->lock);
	meta_put(m);
}
