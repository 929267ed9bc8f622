/* cluster.c - a Kafka cluster in memory: its life, its threads, its answers to questions.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/fake/cluster.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "tests/fake/cluster_inner.h"
#include "tests/fake/fake.h"

/* --- threads ------------------------------------------------------------------------------------
 */

void fake_post(struct fake_cluster *c, int loop, struct fake_job *j, int64_t due)
{
	if (!bfs_list_linked(&j->link)) {
		bfs_list_add(&c->loops[loop].jobs, &j->link);
		j->due = due;
	} else if (due < j->due) {
		j->due = due;
	}
	bfs_mailbox_kick(&c->loops[loop].bell);
}

/* Under the lock: whether the job runs now, and how. */
bool fake_ready(const struct fake_cluster *c, const struct fake_job *j, int64_t now, int *ret_err)
{
	*ret_err = j->deadline <= now ? -ETIMEDOUT : 0;
	return *ret_err || (j->due <= now && !(j->broker && c->frozen));
}

/* Under the lock: the first job that can run, taken off its list. */
static struct fake_job *take_job(struct fake_loop *l, int *ret_err)
{
	int64_t now = bfs_clock_ms();
	struct bfs_list *n, *tmp;

	bfs_list_each(n, tmp, &l->jobs) {
		struct fake_job *j = bfs_container(n, struct fake_job, link);

		if (fake_ready(l->c, j, now, ret_err)) {
			bfs_list_del(n);
			return j;
		}
	}
	return NULL;
}

/* While jobs wait for their time, looks often: the clock may be one that a test moves. */
static void *loop_run(void *arg)
{
	struct bfs_list none = BFS_LIST_INIT(none);
	struct fake_loop *l = arg;
	struct fake_cluster *c = l->c;
	bool quit = false;

	while (!quit) {
		struct pollfd p = { .fd = l->bell.fd, .events = POLLIN };
		struct fake_job *j;
		bool waiting;
		int err;

		bfs_mutex_lock(&c->lock);
		j = take_job(l, &err);
		l->busy = j;
		waiting = !bfs_list_empty(&l->jobs);
		quit = c->quit;
		bfs_mutex_unlock(&c->lock);
		if (j) {
			j->run(c, j, err);
		} else if (!quit) {
			poll(&p, 1, waiting ? 2 : -1);
			bfs_mailbox_take(&l->bell, &none);
		}
	}
	l->busy = false; /* the one who joins us looks next */
	return NULL;
}

static void loops_start(struct fake_cluster *c)
{
	static const char *const names[] = { "fake-ask", "fake-lane", "fake-producer" };
	int i;

	for (i = 0; i < FAKE_LOOPS; i++) {
		struct fake_loop *l = &c->loops[i];

		l->c = c;
		bfs_list_init(&l->jobs);
		if (bfs_mailbox_init(&l->bell) ||
		    bfs_thread_start(&l->thread, names[i], loop_run, l))
			fake_die("no thread for the cluster");
	}
}

static void loops_join(struct fake_cluster *c)
{
	int i;

	bfs_mutex_lock(&c->lock);
	c->quit = true;
	bfs_mutex_unlock(&c->lock);
	for (i = 0; i < FAKE_LOOPS; i++) {
		bfs_mailbox_kick(&c->loops[i].bell);
		pthread_join(c->loops[i].thread, NULL);
	}
}

/* Runs what is left, on the thread that stops the cluster; a callback may leave more. */
static void run_rest(struct fake_cluster *c)
{
	struct bfs_list *n = NULL;
	int i;

	for (i = 0; i < FAKE_LOOPS; i++) {
		bfs_mutex_lock(&c->lock);
		n = bfs_list_pop(&c->loops[i].jobs);
		bfs_mutex_unlock(&c->lock);
		if (n) {
			struct fake_job *j = bfs_container(n, struct fake_job, link);

			j->run(c, j, -ENODEV);
			i = -1;
		}
	}
}

/* --- what every call begins and ends with -------------------------------------------------------
 */

struct fake_cluster *fake_enter(struct bfs_cluster *cluster)
{
	struct fake_cluster *c = bfs_container(cluster, struct fake_cluster, cluster);

	bfs_mutex_lock(&c->lock);
	if (c->stopped)
		fake_die("the cluster is called after its stop");
	return c;
}

void fake_leave(struct fake_cluster *c)
{
	bfs_mutex_unlock(&c->lock);
}

/* A lock that was left locked by a callback shows here, not much later. */
void fake_came_back(const char *what)
{
	(void)what;
	bfs_assert_unlocked();
}

bool fake_same(const char *a, const char *b)
{
	return !strcmp(a, b);
}

void *fake_copy(const void *data, size_t len)
{
	void *copy;

	if (!data)
		return NULL;
	copy = bfs_alloc(len);
	memcpy(copy, data, len);
	return copy;
}

int fake_take_failure(struct fake_cluster *c, enum fake_call call, struct bfs_why *ret_why)
{
	struct fake_failure *f = &c->failure[call];

	if (!f->times)
		return 0;
	if (f->times > 0)
		f->times--;
	if (ret_why)
		*ret_why = f->why;
	return f->err;
}

/* --- questions ----------------------------------------------------------------------------------
 */

struct question {
	struct fake_job job;
	enum fake_call call;
	char *group, *topic; /* or NULL */
	int32_t partition;
	struct bfs_commit expect, to;
	void *arg;
	bfs_topics_fn *topics_done;
	bfs_ends_fn *ends_done;
	int64_t time;
	bfs_offset_fn *offset_done;
	bfs_committed_fn *committed_done;
	bfs_done_fn *commit_done;
	bfs_members_fn *members_done;
};

static void question_free(struct question *q)
{
	free(q->group);
	free(q->topic);
	free(q);
}

static void answer_topics(struct fake_cluster *c, struct question *q, int err,
			  const struct bfs_why *why)
{
	struct bfs_topic_info *infos = NULL;
	struct bfs_list *at, *tmp;
	size_t n = 0, i;

	bfs_mutex_lock(&c->lock);
	if (!err) {
		bfs_list_each(at, tmp, &c->topics) {
			const struct fake_topic *t = bfs_container(at, struct fake_topic, link);

			infos = bfs_realloc(infos, (n + 1) * sizeof(*infos));
			infos[n].name = bfs_strdup(t->name);
			infos[n].replicas = t->replicas;
			infos[n++].partitions = t->n;
		}
	}
	bfs_mutex_unlock(&c->lock);
	q->topics_done(q->arg, err, why, infos, n);
	for (i = 0; i < n; i++)
		free((void *)infos[i].name);
	free(infos);
}

static void answer_ends(struct fake_cluster *c, struct question *q, int err, struct bfs_why *why)
{
	int64_t low = BFS_NO_OFFSET, end = BFS_NO_OFFSET;
	const struct fake_partition *p;

	bfs_mutex_lock(&c->lock);
	p = fake_find(c, q->topic, q->partition);
	if (!err && !p)
		err = bfs_fail(why, -ENOENT, "Broker: Unknown topic or partition");
	if (!err) {
		low = p->low;
		end = fake_stable_end(p);
	}
	bfs_mutex_unlock(&c->lock);
	q->ends_done(q->arg, err, why, low, end);
}

static void answer_offset_at(struct fake_cluster *c, struct question *q, int err,
			     struct bfs_why *why)
{
	int64_t offset = BFS_NO_OFFSET;
	const struct fake_partition *p;

	bfs_mutex_lock(&c->lock);
	p = fake_find(c, q->topic, q->partition);
	if (!err && !p)
		err = bfs_fail(why, -ENOENT, "Broker: Unknown topic or partition");
	for (size_t i = 0; !err && i < p->n && offset == BFS_NO_OFFSET; i++)
		if (p->records[i].timestamp >= q->time)
			offset = p->records[i].offset;
	bfs_mutex_unlock(&c->lock);
	q->offset_done(q->arg, err, why, offset);
}

static void answer_committed(struct fake_cluster *c, struct question *q, int err,
			     const struct bfs_why *why)
{
	struct bfs_commit commit = { .offset = BFS_NO_OFFSET };

	bfs_mutex_lock(&c->lock);
	if (!err)
		commit = fake_position(c, q->group, q->topic, q->partition)->commit;
	bfs_mutex_unlock(&c->lock);
	q->committed_done(q->arg, err, why, &commit);
}

/* Under the lock: what the group's coordinator says to a commit. */
static int try_commit(struct fake_cluster *c, struct question *q, struct bfs_why *why)
{
	struct fake_position *at = fake_position(c, q->group, q->topic, q->partition);

	if (fake_group_lives(c, q->group))
		return bfs_fail(why, -EBUSY, "Broker: Unknown member");
	if (at->commit.offset != q->expect.offset && at->commit.offset == BFS_NO_OFFSET)
		return bfs_fail(why, -ENOENT, "the group's offset is gone");
	if (at->commit.offset != q->expect.offset && strcmp(at->commit.metadata, q->to.metadata))
		return bfs_fail(why, -EBUSY, "the group was moved to %lld by somebody else",
				(long long)at->commit.offset);
	at->commit = q->to;
	return 0;
}

/* Under the lock: the broker has it, and will act on it when it thaws. */
static void keep_late(struct fake_cluster *c, const struct question *q)
{
	struct question *late = bfs_zalloc(sizeof(*late));

	late->group = bfs_strdup(q->group);
	late->topic = bfs_strdup(q->topic);
	late->partition = q->partition;
	late->to = q->to;
	bfs_list_add(&c->late, &late->job.link);
}

static void answer_commit(struct fake_cluster *c, struct question *q, int err, struct bfs_why *why)
{
	bfs_mutex_lock(&c->lock);
	fake_position(c, q->group, q->topic, q->partition)->in_flight = false;
	if (!err)
		err = try_commit(c, q, why);
	if (err == -ETIMEDOUT && c->frozen && c->late_commits)
		keep_late(c, q);
	bfs_mutex_unlock(&c->lock);
	q->commit_done(q->arg, err, why);
}

static void answer_members(struct fake_cluster *c, struct question *q, int err,
			   const struct bfs_why *why)
{
	bool lives;

	bfs_mutex_lock(&c->lock);
	lives = fake_group_lives(c, q->group);
	bfs_mutex_unlock(&c->lock);
	q->members_done(q->arg, err, why, !err && lives);
}

int fake_outcome(struct fake_cluster *c, enum fake_call call, int err, struct bfs_why *ret_why)
{
	if (err == -ETIMEDOUT)
		return bfs_fail(ret_why, err, "Local: Timed out");
	if (err)
		return bfs_fail(ret_why, err, "Local: Broker handle destroyed");
	bfs_mutex_lock(&c->lock);
	err = fake_take_failure(c, call, ret_why);
	bfs_mutex_unlock(&c->lock);
	return err;
}

static void answer(struct fake_cluster *c, struct fake_job *j, int err)
{
	struct question *q = bfs_container(j, struct question, job);
	struct bfs_why why = { "" };

	err = fake_outcome(c, q->call, err, &why);
	switch (q->call) {
	case FAKE_TOPICS: answer_topics(c, q, err, &why); break;
	case FAKE_ENDS: answer_ends(c, q, err, &why); break;
	case FAKE_OFFSET_AT: answer_offset_at(c, q, err, &why); break;
	case FAKE_COMMITTED: answer_committed(c, q, err, &why); break;
	case FAKE_MEMBERS: answer_members(c, q, err, &why); break;
	default: answer_commit(c, q, err, &why); break;
	}
	fake_came_back("done");
	question_free(q);
}

/* Begins a question; the caller adds what is special about it, then asks. */
static struct question *question(struct bfs_cluster *cluster, enum fake_call call,
				 const char *group, const char *topic, int32_t partition,
				 int64_t deadline, void *arg)
{
	struct question *q = bfs_zalloc(sizeof(*q));

	fake_enter(cluster)->calls[call]++;
	if ((topic && (!*topic || partition < 0)) || (group && !*group))
		fake_die("a question with senseless arguments");
	q->job.run = answer;
	q->job.broker = true;
	q->job.deadline = deadline;
	q->call = call;
	q->group = group ? bfs_strdup(group) : NULL;
	q->topic = topic ? bfs_strdup(topic) : NULL;
	q->partition = partition;
	q->arg = arg;
	return q;
}

static void ask(struct bfs_cluster *cluster, struct question *q)
{
	struct fake_cluster *c = bfs_container(cluster, struct fake_cluster, cluster);

	fake_post(c, FAKE_ASK, &q->job, bfs_clock_ms() + c->delay[q->call]);
	fake_leave(c);
}

static void op_topics(struct bfs_cluster *c, int64_t deadline, bfs_topics_fn *done, void *arg)
{
	struct question *q = question(c, FAKE_TOPICS, NULL, NULL, 0, deadline, arg);

	q->topics_done = done;
	ask(c, q);
}

static void op_ends(struct bfs_cluster *c, const char *topic, int32_t partition, int64_t deadline,
		    bfs_ends_fn *done, void *arg)
{
	struct question *q = question(c, FAKE_ENDS, NULL, topic, partition, deadline, arg);

	q->ends_done = done;
	ask(c, q);
}

static void op_offset_at(struct bfs_cluster *c, const char *topic, int32_t partition, int64_t time,
			 int64_t deadline, bfs_offset_fn *done, void *arg)
{
	struct question *q = question(c, FAKE_OFFSET_AT, NULL, topic, partition, deadline, arg);

	q->time = time;
	q->offset_done = done;
	ask(c, q);
}

static void op_committed(struct bfs_cluster *c, const char *group, const char *topic,
			 int32_t partition, int64_t deadline, bfs_committed_fn *done, void *arg)
{
	struct question *q = question(c, FAKE_COMMITTED, group, topic, partition, deadline, arg);

	q->committed_done = done;
	ask(c, q);
}

static void op_commit(struct bfs_cluster *cluster, const char *group, const char *topic,
		      int32_t partition, const struct bfs_commit *expect,
		      const struct bfs_commit *to, int64_t deadline, bfs_done_fn *done, void *arg)
{
	struct fake_cluster *c = bfs_container(cluster, struct fake_cluster, cluster);
	struct question *q = question(cluster, FAKE_COMMIT, group, topic, partition, deadline, arg);
	struct fake_position *at = fake_position(c, group, topic, partition);

	if (at->in_flight)
		fake_die("a second commit of %s in %s/%d while one is in flight", group, topic,
			 (int)partition);
	if (to->offset < 0)
		fake_die("a commit of offset %lld", (long long)to->offset);
	at->in_flight = true;
	q->expect = *expect;
	q->to = *to;
	q->commit_done = done;
	ask(cluster, q);
}

static void op_members(struct bfs_cluster *c, const char *group, int64_t deadline,
		       bfs_members_fn *done, void *arg)
{
	struct question *q = question(c, FAKE_MEMBERS, group, NULL, 0, deadline, arg);

	q->members_done = done;
	ask(c, q);
}

static void op_hurry(struct bfs_cluster *cluster)
{
	struct fake_cluster *c = fake_enter(cluster);

	c->hurries++;
	fake_leave(c);
}

static size_t op_message_max(struct bfs_cluster *cluster)
{
	struct fake_cluster *c = fake_enter(cluster);
	size_t max = c->message_max;

	fake_leave(c);
	return max;
}

static const struct bfs_cluster_ops fake_ops = {
	.topics = op_topics,
	.ends = op_ends,
	.offset_at = op_offset_at,
	.committed = op_committed,
	.commit = op_commit,
	.members = op_members,
	.feed_open = fake_feed_open,
	.feed_start = fake_feed_start,
	.feed_resume = fake_feed_resume,
	.feed_close = fake_feed_close,
	.outlet_open = fake_outlet_open,
	.produce = fake_produce,
	.hurry = op_hurry,
	.outlet_close = fake_outlet_close,
	.message_max = op_message_max,
	.member_open = fake_member_open,
	.member_join = fake_member_join,
	.member_leave = fake_member_leave,
	.member_resume = fake_member_resume,
	.member_acknowledge = fake_member_acknowledge,
	.member_settle = fake_member_settle,
	.member_close = fake_member_close,
	.brokers = fake_brokers,
	.partitions = fake_partitions,
	.groups = fake_groups,
	.group = fake_group_describe,
	.group_offsets = fake_group_offsets,
	.group_reset = fake_group_reset,
	.group_delete = fake_group_delete,
	.topic_create = fake_create,
	.topic_delete = fake_delete,
	.topic_grow = fake_grow,
	.topic_settings = fake_settings,
	.topic_set = fake_set,
	.alive = fake_alive,
	.statistics = fake_statistics,
};

/* --- life ---------------------------------------------------------------------------------------
 */

struct fake_cluster *fake_cluster_new(void)
{
	struct fake_cluster *c = bfs_zalloc(sizeof(*c));

	c->cluster.ops = &fake_ops;
	bfs_metrics_init(&c->cluster.metrics);
	bfs_mutex_init(&c->lock, FAKE_RANK);
	bfs_list_init(&c->topics);
	bfs_list_init(&c->positions);
	bfs_list_init(&c->groups);
	bfs_list_init(&c->all_feeds);
	bfs_list_init(&c->all_outlets);
	bfs_list_init(&c->all_members);
	c->cluster.member_idle = 300000;
	bfs_list_init(&c->late);
	c->queue_max = c->feeds_max = -1;
	c->report_max = 1000;
	c->burst_max = 500;
	c->message_max = 1000000;
	fake_admin_init(c);
	loops_start(c);
	return c;
}

struct bfs_cluster *fake_cluster(struct fake_cluster *c)
{
	return &c->cluster;
}

void fake_cluster_stop(struct fake_cluster *c)
{
	if (c->stopped)
		return;
	loops_join(c);
	run_rest(c);
	fake_outlets_stop(c);
	fake_feeds_stop(c);
	fake_members_stop(c);
	run_rest(c);
	bfs_mutex_lock(&c->lock);
	c->stopped = true;
	bfs_mutex_unlock(&c->lock);
}

/* Under the lock, or alone. `apply`: what the brokers still have of them takes effect. */
void fake_late_end(struct fake_cluster *c, bool apply)
{
	struct bfs_list *n;

	while ((n = bfs_list_pop(&c->late))) {
		struct question *q = bfs_container(n, struct question, job.link);

		if (apply)
			fake_position(c, q->group, q->topic, q->partition)->commit = q->to;
		question_free(q);
	}
}

void fake_cluster_free(struct fake_cluster *c)
{
	int i;

	if (!c)
		return;
	fake_cluster_stop(c);
	fake_late_end(c, false);
	fake_feeds_fini(c);
	fake_members_fini(c);
	fake_outlets_fini(c);
	fake_log_fini(c);
	fake_admin_fini(c);
	bfs_metrics_fini(&c->cluster.metrics);
	for (i = 0; i < FAKE_LOOPS; i++)
		bfs_mailbox_fini(&c->loops[i].bell);
	bfs_mutex_fini(&c->lock);
	free(c);
}
