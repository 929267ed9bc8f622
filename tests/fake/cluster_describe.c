/* cluster_describe.c - what the fake cluster tells about itself.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "tests/fake/cluster_request.h"
#include "tests/fake/fake.h"

static void request_free(struct request *r)
{
	for (size_t i = 0; i < r->n_places; i++)
		free((void *)r->places[i].topic);
	free(r->places);
	free(r->subject);
	free(r->name);
	free(r->value);
	free(r);
}

static void run(struct fake_cluster *c, struct fake_job *j, int err)
{
	struct request *r = bfs_container(j, struct request, job);
	struct bfs_why why = { "" };

	err = fake_outcome(c, r->call, err, &why);
	r->answer(c, r, err, &why);
	fake_came_back("done");
	request_free(r);
}

struct request *fake_question(struct bfs_cluster *cluster, enum fake_call call, const char *subject,
			      int64_t deadline,
			      void (*answer)(struct fake_cluster *c, struct request *r, int err,
					     struct bfs_why *why),
			      void *arg)
{
	struct request *r = bfs_zalloc(sizeof(*r));

	fake_enter(cluster)->calls[call]++;
	if (subject && !*subject)
		fake_die("a question about nothing");
	r->job.run = run;
	r->job.broker = true;
	r->job.deadline = deadline;
	r->call = call;
	r->answer = answer;
	r->subject = fake_text(subject);
	r->arg = arg;
	return r;
}

void fake_question_ask(struct bfs_cluster *cluster, struct request *r)
{
	struct fake_cluster *c = bfs_container(cluster, struct fake_cluster, cluster);

	fake_post(c, FAKE_ASK, &r->job, bfs_clock_ms() + c->delay[r->call]);
	fake_leave(c);
}

struct fake_topic *fake_topic_of(struct fake_cluster *c, const struct request *r, int *err,
				 struct bfs_why *why)
{
	struct fake_topic *t = *err ? NULL : fake_find_topic(c, r->subject);

	if (!*err && !t)
		*err = bfs_fail(why, -ENOENT, "Broker: Unknown topic or partition");
	return t;
}

/* --- what an answer lends: freed right after it ------------------------------------------------
 */

struct loan {
	void **blocks;
	size_t n;
};

static void *lend(struct loan *l, const void *data, size_t len)
{
	void *block = fake_copy(data, len);

	l->blocks = bfs_realloc(l->blocks, (l->n + 1) * sizeof(*l->blocks));
	l->blocks[l->n++] = block;
	return block;
}

static char *lend_text(struct loan *l, const char *s)
{
	return s ? lend(l, s, strlen(s) + 1) : NULL;
}

static void loan_end(struct loan *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->blocks[i]);
	free(l->blocks);
}

/* --- what is described -------------------------------------------------------------------------
 */

static void answer_brokers(struct fake_cluster *c, struct request *r, int err, struct bfs_why *why)
{
	struct bfs_broker_info *infos = NULL;
	struct loan loan = { NULL, 0 };
	size_t n = 0;

	bfs_mutex_lock(&c->lock);
	for (struct bfs_list *at = c->brokers.next; !err && at != &c->brokers; at = at->next) {
		const struct fake_broker *b = bfs_container(at, struct fake_broker, link);

		infos = bfs_realloc(infos, (n + 1) * sizeof(*infos));
		infos[n++] = (struct bfs_broker_info){
			.id = b->id,
			.host = lend_text(&loan, b->host),
			.port = b->port,
			.rack = lend_text(&loan, b->rack),
		};
	}
	bfs_mutex_unlock(&c->lock);
	r->to.brokers(r->arg, err, why, infos, n);
	free(infos);
	loan_end(&loan);
}

/* Under the lock. */
static struct bfs_partition_info describe(struct fake_cluster *c, const struct fake_topic *t,
					  int32_t partition, struct loan *loan)
{
	const struct fake_partition *p = &t->partitions[partition];
	int32_t *ids = bfs_alloc((size_t)t->replicas * sizeof(*ids));
	struct bfs_partition_info info;

	for (int i = 0; i < t->replicas; i++)
		ids[i] = fake_replica(c, partition, i);
	info = (struct bfs_partition_info){
		.leader = p->told ? p->leader : ids[0],
		.n_replicas = t->replicas,
		.n_isr = p->told ? p->n_isr : t->replicas,
	};
	info.replicas = lend(loan, ids, (size_t)info.n_replicas * sizeof(*ids));
	info.isr = lend(loan, ids, (size_t)info.n_isr * sizeof(*ids));
	free(ids);
	return info;
}

static void answer_partitions(struct fake_cluster *c, struct request *r, int err,
			      struct bfs_why *why)
{
	struct bfs_partition_info *infos = NULL;
	struct loan loan = { NULL, 0 };
	const struct fake_topic *t;
	size_t n = 0;

	bfs_mutex_lock(&c->lock);
	t = fake_topic_of(c, r, &err, why);
	if (!err)
		infos = bfs_alloc((size_t)t->n * sizeof(*infos));
	while (!err && n < (size_t)t->n) {
		infos[n] = describe(c, t, (int32_t)n, &loan);
		n++;
	}
	bfs_mutex_unlock(&c->lock);
	r->to.partitions(r->arg, err, why, infos, n);
	free(infos);
	loan_end(&loan);
}

struct names {
	const char **names;
	size_t n;
	struct loan loan;
};

static void name_once(struct names *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->names[i], name))
			return;
	list->names = bfs_realloc(list->names, (list->n + 1) * sizeof(*list->names));
	list->names[list->n++] = lend_text(&list->loan, name);
}

static void answer_groups(struct fake_cluster *c, struct request *r, int err, struct bfs_why *why)
{
	struct names list = { NULL, 0, { NULL, 0 } };
	struct bfs_list *n;

	bfs_mutex_lock(&c->lock);
	for (n = c->groups.next; !err && n != &c->groups; n = n->next) {
		const struct fake_group *g = bfs_container(n, struct fake_group, link);

		if (fake_group_is(c, g->name))
			name_once(&list, g->name);
	}
	for (n = c->positions.next; !err && n != &c->positions; n = n->next) {
		const struct fake_position *at = bfs_container(n, struct fake_position, link);

		if (at->commit.offset != BFS_NO_OFFSET)
			name_once(&list, at->group);
	}
	bfs_mutex_unlock(&c->lock);
	r->to.groups(r->arg, err, why, list.names, list.n);
	free(list.names);
	loan_end(&list.loan);
}

static struct bfs_member_info lend_member(struct loan *l, const struct bfs_member_info *m)
{
	struct bfs_place *held = lend(l, m->held, m->n_held * sizeof(*held));

	for (size_t i = 0; i < m->n_held; i++) {
		held[i].topic = lend_text(l, m->held[i].topic);
		held[i].offset = BFS_NO_OFFSET;
	}
	return (struct bfs_member_info){
		.id = lend_text(l, m->id),
		.client = lend_text(l, m->client),
		.host = lend_text(l, m->host),
		.instance = lend_text(l, m->instance),
		.held = held,
		.n_held = m->n_held,
	};
}

/* Under the lock. */
static struct bfs_group_info lend_group(struct fake_cluster *c, const char *group, struct loan *l)
{
	static const struct bfs_member_info somebody = { .id = "somebody-1",
							 .client = "somebody",
							 .host = "/127.0.0.1" };
	const struct fake_group *g = fake_group_find(c, group);
	bool alone = g && g->alive && !g->described;
	const struct bfs_member_info *from = alone ? &somebody : g ? g->members : NULL;
	struct bfs_group_info info = { .assignor = lend_text(l, alone ? "range" : "") };
	struct bfs_member_info *members;

	if (g && g->described) {
		info.state = lend_text(l, g->state);
		info.assignor = lend_text(l, g->assignor);
	} else {
		info.state = lend_text(l, alone                     ? "Stable"
					  : fake_group_is(c, group) ? "Empty"
								    : "Dead");
	}
	info.n_members = alone ? 1 : g ? g->n : 0;
	info.members = members = lend(l, from, info.n_members * sizeof(*members));
	for (size_t i = 0; i < info.n_members; i++)
		members[i] = lend_member(l, &from[i]);
	return info;
}

static void answer_group(struct fake_cluster *c, struct request *r, int err, struct bfs_why *why)
{
	struct loan loan = { NULL, 0 };
	struct bfs_group_info info;

	bfs_mutex_lock(&c->lock);
	info = lend_group(c, r->subject, &loan);
	bfs_mutex_unlock(&c->lock);
	r->to.group(r->arg, err, why, err ? NULL : &info);
	loan_end(&loan);
}

static void answer_offsets(struct fake_cluster *c, struct request *r, int err, struct bfs_why *why)
{
	struct bfs_place *places = NULL;
	struct loan loan = { NULL, 0 };
	size_t n = 0;

	bfs_mutex_lock(&c->lock);
	for (struct bfs_list *at = c->positions.next; !err && at != &c->positions; at = at->next) {
		const struct fake_position *p = bfs_container(at, struct fake_position, link);

		if (p->commit.offset == BFS_NO_OFFSET || strcmp(p->group, r->subject) != 0)
			continue;
		if (r->name && strcmp(p->topic, r->name) != 0)
			continue;
		places = bfs_realloc(places, (n + 1) * sizeof(*places));
		places[n++] = (struct bfs_place){
			.topic = lend_text(&loan, p->topic),
			.partition = p->partition,
			.offset = p->commit.offset,
		};
	}
	bfs_mutex_unlock(&c->lock);
	r->to.places(r->arg, err, why, places, n);
	free(places);
	loan_end(&loan);
}

static void answer_settings(struct fake_cluster *c, struct request *r, int err, struct bfs_why *why)
{
	struct bfs_setting *list = NULL;
	struct loan loan = { NULL, 0 };
	const struct fake_topic *t;
	size_t n = 0;

	bfs_mutex_lock(&c->lock);
	t = fake_topic_of(c, r, &err, why);
	for (size_t i = 0; !err && i < FAKE_DEFAULTS; i++) {
		if (fake_setting_own(t, fake_defaults[i].name))
			continue;
		list = bfs_realloc(list, (n + 1) * sizeof(*list));
		list[n++] = (struct bfs_setting){
			.name = lend_text(&loan, fake_defaults[i].name),
			.value = lend_text(&loan, fake_defaults[i].value),
		};
	}
	for (struct bfs_list *at = err ? NULL : t->settings.next; at && at != &t->settings;
	     at = at->next) {
		const struct fake_setting *s = bfs_container(at, struct fake_setting, link);

		list = bfs_realloc(list, (n + 1) * sizeof(*list));
		list[n++] = (struct bfs_setting){
			.name = lend_text(&loan, s->name),
			.value = lend_text(&loan, s->value),
			.own = true,
		};
	}
	bfs_mutex_unlock(&c->lock);
	r->to.settings(r->arg, err, why, list, n);
	free(list);
	loan_end(&loan);
}

void fake_brokers(struct bfs_cluster *c, int64_t deadline, bfs_brokers_fn *done, void *arg)
{
	struct request *r = fake_question(c, FAKE_BROKERS, NULL, deadline, answer_brokers, arg);

	r->to.brokers = done;
	fake_question_ask(c, r);
}

void fake_partitions(struct bfs_cluster *c, const char *topic, int64_t deadline,
		     bfs_partitions_fn *done, void *arg)
{
	struct request *r =
		fake_question(c, FAKE_PARTITIONS_OF, topic, deadline, answer_partitions, arg);

	r->to.partitions = done;
	fake_question_ask(c, r);
}

void fake_groups(struct bfs_cluster *c, int64_t deadline, bfs_groups_fn *done, void *arg)
{
	struct request *r = fake_question(c, FAKE_GROUPS, NULL, deadline, answer_groups, arg);

	r->to.groups = done;
	fake_question_ask(c, r);
}

void fake_group_describe(struct bfs_cluster *c, const char *group, int64_t deadline,
			 bfs_group_fn *done, void *arg)
{
	struct request *r = fake_question(c, FAKE_GROUP_STATE, group, deadline, answer_group, arg);

	r->to.group = done;
	fake_question_ask(c, r);
}

void fake_group_offsets(struct bfs_cluster *c, const char *group, const char *topic,
			int64_t deadline, bfs_places_fn *done, void *arg)
{
	struct request *r =
		fake_question(c, FAKE_GROUP_OFFSETS, group, deadline, answer_offsets, arg);

	r->name = topic ? bfs_strdup(topic) : NULL;
	r->to.places = done;
	fake_question_ask(c, r);
}

void fake_settings(struct bfs_cluster *c, const char *topic, int64_t deadline,
		   bfs_settings_fn *done, void *arg)
{
	struct request *r = fake_question(c, FAKE_SETTINGS, topic, deadline, answer_settings, arg);

	r->to.settings = done;
	fake_question_ask(c, r);
}

/* One connection, as it was set. */
size_t fake_statistics(struct bfs_cluster *c, struct bfs_broker_statistics *ret, size_t max,
		       struct bfs_queue_statistics *ret_queue)
{
	struct fake_cluster *f = bfs_container(c, struct fake_cluster, cluster);
	size_t n;

	bfs_mutex_lock(&f->lock);
	*ret_queue = f->queue;
	n = f->connection.client != NULL;
	if (max && n)
		*ret = f->connection;
	bfs_mutex_unlock(&f->lock);
	return n;
}

void fake_connection(struct fake_cluster *c, const struct bfs_broker_statistics *connection,
		     const struct bfs_queue_statistics *queue)
{
	bfs_mutex_lock(&c->lock);
	c->connection = *connection;
	c->queue = *queue;
	bfs_mutex_unlock(&c->lock);
}
