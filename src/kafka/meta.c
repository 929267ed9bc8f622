/* meta.c - questions that librdkafka answers by blocking: who asks whom, and until when.
 *
 * A question is in one list at a time: waiting, or asked (of one worker). Whoever unlinks it under
 * the lock answers it: the worker with what came back, or the dispatcher at its deadline.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "kafka/describe.h"
#include "kafka/error.h"
#include "kafka/meta_inner.h"

static void *dispatch(void *arg);

/* --- answers ---------------------------------------------------------------------------------- */

static void answer_brokers(struct bfs_question *q, const struct bfs_roster *roster)
{
	size_t n = 0;
	struct bfs_broker_info *list = q->err ? NULL : bfs_roster_brokers(roster, &n);

	q->on_brokers(q->arg, q->err, &q->why, list, n);
	free(list);
}

static void answer_partitions(struct bfs_question *q, const struct bfs_roster *roster)
{
	const struct rd_kafka_metadata_topic *t;
	struct bfs_partition_info *list;

	if (q->err) {
		q->on_partitions(q->arg, q->err, &q->why, NULL, 0);
		return;
	}
	t = bfs_roster_topic(roster, q->topic);
	list = bfs_roster_partitions(t);
	q->on_partitions(q->arg, 0, &q->why, list, (size_t)t->partition_cnt);
	free(list);
}

static void answer(struct bfs_question *q, const struct bfs_roster *roster)
{
	if (q->on_topics)
		q->on_topics(q->arg, q->err, &q->why, q->err ? NULL : roster->infos,
			     q->err ? 0 : roster->n);
	else if (q->on_committed)
		q->on_committed(q->arg, q->err, &q->why, q->err ? NULL : &q->found);
	else if (q->on_offset)
		q->on_offset(q->arg, q->err, &q->why, q->err ? BFS_NO_OFFSET : q->low);
	else if (q->on_members)
		q->on_members(q->arg, q->err, &q->why, q->members);
	else if (q->on_brokers)
		answer_brokers(q, roster);
	else if (q->on_partitions)
		answer_partitions(q, roster);
	else if (q->on_group)
		bfs_describe_answer(q->groups, q->group, q->err, &q->why, q->on_group, q->arg);
	else
		q->on_ends(q->arg, q->err, &q->why, q->err ? BFS_NO_OFFSET : q->low,
			   q->err ? BFS_NO_OFFSET : q->end);
	if (q->groups)
		rd_kafka_group_list_destroy(q->groups);
	bfs_handle_put(q->handle);
	free(q->group);
	free(q->topic);
	free(q);
}

void bfs_question_answer_all(struct bfs_list *ready, const struct bfs_roster *roster)
{
	struct bfs_list *n;

	while ((n = bfs_list_pop(ready)))
		answer(bfs_container(n, struct bfs_question, node), roster);
}

void bfs_question_name(const struct bfs_question *q, char *ret, size_t size)
{
	if (q->on_members)
		snprintf(ret, size, "members of group %s", q->group);
	else if (q->on_group)
		snprintf(ret, size, "group %s", q->group);
	else if (q->on_partitions)
		snprintf(ret, size, "topic %s", q->topic);
	else if (q->group)
		snprintf(ret, size, "group %s, %s/%d", q->group, q->topic, (int)q->partition);
	else if (q->topic)
		snprintf(ret, size, "%s/%d", q->topic, (int)q->partition);
	else
		snprintf(ret, size, "list of topics");
}

/* --- questions -------------------------------------------------------------------------------- */

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

static void post(struct bfs_meta *m, struct bfs_question *q)
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
	struct bfs_question *q = bfs_zalloc(sizeof(*q));

	q->on_topics = done;
	q->arg = arg;
	q->deadline = deadline;
	post(m, q);
}

void bfs_meta_ends(struct bfs_meta *m, const char *topic, int32_t partition, int64_t deadline,
		   bfs_ends_fn *done, void *arg)
{
	struct bfs_question *q = bfs_zalloc(sizeof(*q));

	q->on_ends = done;
	q->arg = arg;
	q->topic = bfs_strdup(topic);
	q->partition = partition;
	q->deadline = deadline;
	post(m, q);
}

void bfs_meta_offset_at(struct bfs_meta *m, const char *topic, int32_t partition, int64_t time,
			int64_t deadline, bfs_offset_fn *done, void *arg)
{
	struct bfs_question *q = bfs_zalloc(sizeof(*q));

	q->on_offset = done;
	q->arg = arg;
	q->topic = bfs_strdup(topic);
	q->partition = partition;
	q->time = time;
	q->alone = true; /* two may ask for two times of a partition */
	q->deadline = deadline;
	post(m, q);
}

void bfs_meta_committed(struct bfs_meta *m, struct bfs_handle *handle, int key, const char *group,
			const char *topic, int32_t partition, int64_t deadline,
			bfs_committed_fn *done, void *arg)
{
	struct bfs_question *q = bfs_zalloc(sizeof(*q));

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

void bfs_meta_members(struct bfs_meta *m, struct bfs_handle *handle, int key, const char *group,
		      int64_t deadline, bfs_members_fn *done, void *arg)
{
	struct bfs_question *q = bfs_zalloc(sizeof(*q));

	q->on_members = done;
	q->arg = arg;
	q->handle = bfs_handle_get(handle);
	q->key = MEMBERS - key;
	q->group = bfs_strdup(group);
	q->deadline = deadline;
	post(m, q);
}

void bfs_meta_brokers(struct bfs_meta *m, int64_t deadline, bfs_brokers_fn *done, void *arg)
{
	struct bfs_question *q = bfs_zalloc(sizeof(*q));

	q->on_brokers = done;
	q->arg = arg;
	q->deadline = deadline;
	post(m, q);
}

void bfs_meta_partitions(struct bfs_meta *m, const char *topic, int64_t deadline,
			 bfs_partitions_fn *done, void *arg)
{
	struct bfs_question *q = bfs_zalloc(sizeof(*q));

	q->on_partitions = done;
	q->arg = arg;
	q->topic = bfs_strdup(topic);
	q->deadline = deadline;
	post(m, q);
}

/* By the name's first letter: which of the two it is does not matter, only that they are two. */
void bfs_meta_group(struct bfs_meta *m, const char *group, int64_t deadline, bfs_group_fn *done,
		    void *arg)
{
	struct bfs_question *q = bfs_zalloc(sizeof(*q));

	q->on_group = done;
	q->arg = arg;
	q->group = bfs_strdup(group);
	q->key = DESCRIBE - (unsigned char)group[0] % 2;
	q->alone = true;
	q->deadline = deadline;
	post(m, q);
}

int32_t bfs_meta_shown(struct bfs_meta *m, const char *topic, int32_t *ret_led)
{
	const struct rd_kafka_metadata_topic *t;
	int32_t n = 0;

	*ret_led = 0;
	bfs_mutex_lock(&m->lock);
	t = bfs_roster_topic(m->roster, topic);
	for (n = 0; t && n < t->partition_cnt; n++)
		*ret_led += t->partitions[n].leader >= 0;
	bfs_mutex_unlock(&m->lock);
	return n;
}

int32_t *bfs_meta_broker_ids(struct bfs_meta *m, size_t *ret_n)
{
	int32_t *ids = NULL;

	*ret_n = 0;
	bfs_mutex_lock(&m->lock);
	if (m->roster) {
		*ret_n = (size_t)m->roster->md->broker_cnt;
		ids = bfs_zalloc((*ret_n + 1) * sizeof(*ids));
		for (size_t i = 0; i < *ret_n; i++)
			ids[i] = m->roster->md->brokers[i].id;
	}
	bfs_mutex_unlock(&m->lock);
	return ids;
}

rd_kafka_topic_partition_list_t *bfs_meta_everything(struct bfs_meta *m)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);

	bfs_mutex_lock(&m->lock);
	for (size_t i = 0; m->roster && i < m->roster->n; i++)
		rd_kafka_topic_partition_list_add_range(list, m->roster->infos[i].name, 0,
							m->roster->infos[i].partitions - 1);
	bfs_mutex_unlock(&m->lock);
	return list;
}

bool bfs_meta_known(struct bfs_meta *m, const char *topic, int32_t partition)
{
	bool known;

	bfs_mutex_lock(&m->lock);
	known = bfs_roster_leader(m->roster, topic, partition) != BFS_LEADER_UNKNOWN;
	bfs_mutex_unlock(&m->lock);
	return known;
}

/* --- dispatcher ------------------------------------------------------------------------------- */

static int32_t whom(const struct bfs_meta *m, const struct bfs_question *q)
{
	int32_t leader;

	if (q->on_committed || q->on_members || q->on_group)
		return q->key;
	if (q->on_topics || q->on_brokers || q->on_partitions || q->relist)
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
		struct bfs_question *q = bfs_container(n, struct bfs_question, node);

		if (q->deadline > now)
			continue;
		bfs_list_del(n);
		bfs_question_name(q, name, sizeof(name));
		q->err = bfs_last_word_fail(m->word, &q->why, "%s", name);
		bfs_list_add(ret_expired, n);
	}
}

/* The worker that is asking `who` already, else an idle one, else a new one; NULL when all are
 * busy. */
static struct bfs_worker *worker_for(struct bfs_meta *m, int32_t who)
{
	struct bfs_worker *idle = NULL, *w;
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
	if (bfs_thread_start(&w->thread, name, bfs_ask_run, w) < 0)
		return NULL;
	m->n_workers++;
	m->refs++;
	return w;
}

/* Gives worker `w` all that waits for `who`; or one question, when it is to be asked alone. */
static void hand_over(struct bfs_meta *m, struct bfs_worker *w, struct bfs_question *first,
		      int32_t who, int64_t now)
{
	struct bfs_list *n, *tmp;

	w->whom = who;
	w->until = first->deadline;
	w->busy = true;
	bfs_list_del(&first->node);
	bfs_list_add(&w->asked, &first->node);
	bfs_list_each(n, tmp, &m->waiting) {
		struct bfs_question *q = bfs_container(n, struct bfs_question, node);

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
		struct bfs_question *q = bfs_container(n, struct bfs_question, node);
		int32_t who = whom(m, q);
		struct bfs_worker *w;

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
		const struct bfs_question *q = bfs_container(n, struct bfs_question, node);

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
	bfs_question_answer_all(&expired, NULL);
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

/* --- life cycle ------------------------------------------------------------------------------- */

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
void bfs_meta_put(struct bfs_meta *m)
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
		struct bfs_question *q = bfs_container(n, struct bfs_question, node);

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
	bfs_question_answer_all(&left, NULL);
	bfs_mutex_lock(&m->lock);
	wait_workers(m, deadline);
	bfs_mutex_unlock(&m->lock);
}

void bfs_meta_free(struct bfs_meta *m)
{
	if (!m)
		return;
	bfs_mutex_lock(&m->lock);
	bfs_meta_put(m);
}
