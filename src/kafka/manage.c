/* manage.c - the cluster changed, by librdkafka's admin API: tasks, their thread, its life.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "kafka/error.h"
#include "kafka/manage_inner.h"

/* --- tasks ------------------------------------------------------------------------------------ */

struct bfs_task *bfs_task_new(const struct bfs_task_kind *kind, const char *subject,
			      int64_t deadline, void *arg)
{
	struct bfs_task *t = bfs_zalloc(sizeof(*t));

	t->kind = kind;
	t->subject = subject ? bfs_strdup(subject) : NULL;
	t->deadline = deadline;
	t->arg = arg;
	return t;
}

void bfs_task_post(struct bfs_manage *m, struct bfs_task *t)
{
	bfs_mailbox_post(&m->mail, &t->node);
}

void bfs_task_unwant(struct bfs_task *t)
{
	for (size_t i = 0; i < t->n_wanted; i++) {
		free((void *)t->wanted[i].name);
		free((void *)t->wanted[i].value);
	}
	free(t->wanted);
	t->wanted = NULL;
	t->n_wanted = 0;
}

void bfs_task_free(struct bfs_task *t)
{
	bfs_list_del(&t->node);
	bfs_task_unwant(t);
	if (t->places)
		rd_kafka_topic_partition_list_destroy(t->places);
	free(t->asked);
	free(t->subject);
	free(t->name);
	free(t->value);
	free(t);
}

void bfs_task_finish(struct bfs_task *t, int err, const struct bfs_why *why)
{
	static const struct bfs_why nothing;

	bfs_list_del(&t->node);
	if (!why)
		why = &nothing;
	if (t->on_groups)
		t->on_groups(t->arg, err, why, NULL, 0);
	else if (t->on_places)
		t->on_places(t->arg, err, why, NULL, 0);
	else if (t->on_settings)
		t->on_settings(t->arg, err, why, NULL, 0);
	else
		t->on_done(t->arg, err, why);
	bfs_task_free(t);
}

void bfs_task_fail(struct bfs_task *t, rd_kafka_resp_err_t err, const char *words)
{
	struct bfs_why why;
	int no = bfs_kafka_fail(&why, err, words, "%s%s%s", t->kind->what, t->subject ? " " : "",
				t->subject ? t->subject : "");

	bfs_task_finish(t, no, &why);
}

bool bfs_manage_unsent(rd_kafka_resp_err_t err)
{
	return err == RD_KAFKA_RESP_ERR_NOT_CONTROLLER || err == RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE;
}

void bfs_task_pause(struct bfs_task *t, int ms)
{
	t->not_before = bfs_clock_ms() + ms;
}

void bfs_task_look(struct bfs_manage *m, struct bfs_task *t)
{
	t->not_before = BFS_NEVER;
	t->looking = true;
	t->after = m->lists;
}

int bfs_manage_time_left(const struct bfs_task *t)
{
	int64_t left = t->deadline - bfs_clock_ms();

	return left < 1 ? 1 : left > 3600000 ? 3600000 : (int)left;
}

rd_kafka_AdminOptions_t *bfs_manage_options(struct bfs_manage *m, const struct bfs_task *t,
					    rd_kafka_admin_op_t op, unsigned who, int32_t broker)
{
	rd_kafka_AdminOptions_t *o = rd_kafka_AdminOptions_new(m->control->rk, op);
	char words[200];

	rd_kafka_AdminOptions_set_request_timeout(o, bfs_manage_time_left(t), words, sizeof(words));
	if (broker != BFS_UNKNOWN)
		rd_kafka_AdminOptions_set_broker(o, broker, words, sizeof(words));
	rd_kafka_AdminOptions_set_opaque(o, (void *)(t->number << 16 | who));
	return o;
}

/* --- lists of topics -------------------------------------------------------------------------- */

/* On a thread of meta's, or inside the call when that is stopped. */
static void on_list(void *arg, int err, const struct bfs_why *why,
		    const struct bfs_topic_info *topics, size_t n)
{
	struct bfs_manage *m = arg;

	(void)topics;
	(void)n;
	bfs_mutex_lock(&m->lock);
	m->listed = true;
	m->list_err = err;
	m->list_why = *why;
	bfs_mutex_unlock(&m->lock);
	bfs_mailbox_kick(&m->mail);
}

/* One at a time, for all tasks that look. */
static void list(struct bfs_manage *m, int64_t now)
{
	int64_t until = 0;

	for (struct bfs_list *n = m->tasks.next; n != &m->tasks; n = n->next) {
		const struct bfs_task *t = bfs_container(n, struct bfs_task, node);

		if (t->looking && t->deadline > until)
			until = t->deadline;
	}
	if (!until || m->listing || m->relist > now)
		return;
	m->listing = true;
	m->lists++;
	m->relist = now + LOOK_MS;
	bfs_meta_topics(m->meta, until, on_list, m);
}

static void take_list(struct bfs_manage *m)
{
	struct bfs_list *n, *tmp;
	struct bfs_why why;
	bool listed;
	int err;

	bfs_mutex_lock(&m->lock);
	listed = m->listed;
	err = m->list_err;
	why = m->list_why;
	m->listed = false;
	bfs_mutex_unlock(&m->lock);
	if (!listed)
		return;
	m->listing = false;
	bfs_list_each(n, tmp, &m->tasks) {
		struct bfs_task *t = bfs_container(n, struct bfs_task, node);

		if (!t->looking || t->after >= m->lists)
			continue;
		t->looking = false;
		t->kind->listed(m, t, err, &why);
	}
}

/* --- the thread ------------------------------------------------------------------------------- */

static void take_mail(struct bfs_manage *m)
{
	struct bfs_list *n, mail = BFS_LIST_INIT(mail);

	bfs_mailbox_take(&m->mail, &mail);
	while ((n = bfs_list_pop(&mail))) {
		bfs_container(n, struct bfs_task, node)->number = ++m->number;
		bfs_list_add(&m->tasks, n);
	}
}

static struct bfs_task *task_of(struct bfs_manage *m, uintptr_t number)
{
	for (struct bfs_list *n = m->tasks.next; n != &m->tasks; n = n->next) {
		struct bfs_task *t = bfs_container(n, struct bfs_task, node);

		if (t->number == number)
			return t;
	}
	return NULL;
}

/* Has a broker said it? With requests to several, what failed here is inside the result: its codes
 * are below zero. */
static bool is_from_broker(rd_kafka_event_t *ev)
{
	const rd_kafka_ListConsumerGroups_result_t *list =
		rd_kafka_event_ListConsumerGroups_result(ev);
	const rd_kafka_DeleteGroups_result_t *gone = rd_kafka_event_DeleteGroups_result(ev);
	const rd_kafka_error_t **errors = NULL, *error = NULL;
	size_t n = 0;

	if (rd_kafka_event_error(ev))
		return false;
	if (list)
		errors = rd_kafka_ListConsumerGroups_result_errors(list, &n);
	if (n)
		error = errors[0];
	else if (gone && rd_kafka_DeleteGroups_result_groups(gone, &n) && n)
		error = rd_kafka_group_result_error(
			rd_kafka_DeleteGroups_result_groups(gone, &n)[0]);
	return !error || rd_kafka_error_code(error) >= 0;
}

static void take_results(struct bfs_manage *m)
{
	rd_kafka_event_t *ev;
	uint64_t count;

	if (read(m->wake, &count, sizeof(count)) < 0 && errno != EAGAIN)
		bfs_error("eventfd: %s", strerror(errno));
	while ((ev = rd_kafka_queue_poll(m->results, 0))) {
		uintptr_t mark = (uintptr_t)rd_kafka_event_opaque(ev);
		struct bfs_task *t = task_of(m, mark >> 16);

		if (t && is_from_broker(ev))
			bfs_last_word_clear(m->word);
		if (t)
			t->kind->event(m, t, ev, mark & 0xffff);
		rd_kafka_event_destroy(ev);
	}
}

static void expire(struct bfs_manage *m, int64_t now)
{
	struct bfs_list *n, *tmp;
	struct bfs_why why;

	bfs_list_each(n, tmp, &m->tasks) {
		struct bfs_task *t = bfs_container(n, struct bfs_task, node);
		int err;

		if (t->deadline > now)
			continue;
		err = bfs_last_word_fail(m->word, &why, "%s%s%s%s%s", t->kind->what,
					 t->subject ? " " : "", t->subject ? t->subject : "",
					 t->stage ? " " : "", t->stage ? t->stage : "");
		bfs_task_finish(t, err, &why);
	}
}

static void start(struct bfs_manage *m, int64_t now)
{
	struct bfs_list *n, *tmp;

	bfs_list_each(n, tmp, &m->tasks) {
		struct bfs_task *t = bfs_container(n, struct bfs_task, node);

		if (t->not_before > now)
			continue;
		t->not_before = BFS_NEVER;
		t->kind->start(m, t);
	}
}

static int poll_time(const struct bfs_manage *m)
{
	int64_t next = BFS_NEVER, left;

	for (const struct bfs_list *n = m->tasks.next; n != &m->tasks; n = n->next) {
		const struct bfs_task *t = bfs_container(n, struct bfs_task, node);

		if (t->deadline < next)
			next = t->deadline;
		if (t->not_before < next)
			next = t->not_before;
		if (t->looking && !m->listing && m->relist < next)
			next = m->relist;
	}
	if (next == BFS_NEVER)
		return -1;
	left = next - bfs_clock_ms();
	return left < 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

static void *run(void *arg)
{
	struct bfs_manage *m = arg;
	struct pollfd pfds[2] = {
		{ .fd = m->mail.fd, .events = POLLIN },
		{ .fd = m->wake, .events = POLLIN },
	};
	struct bfs_why why;

	while (!atomic_load(&m->quit)) {
		poll(pfds, 2, poll_time(m));
		take_mail(m);
		take_results(m);
		take_list(m);
		expire(m, bfs_clock_ms());
		start(m, bfs_clock_ms());
		list(m, bfs_clock_ms());
	}
	take_mail(m);
	bfs_fail(&why, -ENODEV, "brokerfs is ending");
	while (!bfs_list_empty(&m->tasks))
		bfs_task_finish(bfs_container(m->tasks.next, struct bfs_task, node), -ENODEV, &why);
	return NULL;
}

/* --- alive ------------------------------------------------------------------------------------ */

static void alive_start(struct bfs_manage *m, struct bfs_task *t)
{
	int64_t heard = bfs_last_word_heard(m->word);

	if (heard && bfs_clock_ms() - heard < ALIVE_MS)
		bfs_task_finish(t, 0, NULL);
	else
		bfs_task_look(m, t);
}

static void alive_listed(struct bfs_manage *m, struct bfs_task *t, int err,
			 const struct bfs_why *why)
{
	(void)m;
	bfs_task_finish(t, err, why);
}

static const struct bfs_task_kind alive_kind = {
	.what = "brokers",
	.start = alive_start,
	.listed = alive_listed,
};

void bfs_manage_alive(struct bfs_manage *m, int64_t patience, bfs_done_fn *done, void *arg)
{
	struct bfs_task *t = bfs_task_new(&alive_kind, NULL, bfs_clock_ms() + patience, arg);

	t->on_done = done;
	bfs_task_post(m, t);
}

/* --- life ------------------------------------------------------------------------------------- */

/* A late event must not write to an fd that is somebody else's by then. */
static void fini(struct bfs_manage *m)
{
	rd_kafka_queue_io_event_enable(m->results, -1, NULL, 0);
	rd_kafka_queue_destroy(m->results);
	bfs_handle_put(m->control);
	bfs_mailbox_fini(&m->mail);
	bfs_mutex_fini(&m->lock);
	close(m->wake);
	free(m);
}

struct bfs_manage *bfs_manage_new(struct bfs_handle *control, struct bfs_meta *meta,
				  struct bfs_mock *mock, struct bfs_last_word *word,
				  struct bfs_why *why)
{
	struct bfs_manage *m = bfs_zalloc(sizeof(*m));
	int err;

	m->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = m->wake < 0 ? -errno : bfs_mailbox_init(&m->mail);
	if (err) {
		bfs_fail(why, err, "eventfd: %s", strerror(-err));
		free(m);
		return NULL;
	}
	m->control = bfs_handle_get(control);
	m->meta = meta;
	m->mock = mock;
	m->word = word;
	bfs_list_init(&m->tasks);
	bfs_mutex_init(&m->lock, BFS_RANK_KAFKA);
	m->results = rd_kafka_queue_new(control->rk);
	bfs_queue_wake(m->results, m->wake);
	err = bfs_thread_start(&m->thread, "admin", run, m);
	if (!err)
		return m;
	bfs_fail(why, err, "thread admin: %s", strerror(-err));
	fini(m);
	return NULL;
}

void bfs_manage_free(struct bfs_manage *m)
{
	if (!m)
		return;
	atomic_store(&m->quit, true);
	bfs_mailbox_kick(&m->mail);
	pthread_join(m->thread, NULL);
	fini(m);
}
