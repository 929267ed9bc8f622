/* cluster_admin.c - changing the fake cluster: groups, topics, settings.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "core/name.h"
#include "tests/fake/cluster_request.h"
#include "tests/fake/fake.h"

/* Under the lock; all or none. */
static int try_reset(struct fake_cluster *c, const struct request *r, struct bfs_why *why)
{
	if (fake_group_lives(c, r->subject))
		return bfs_fail(why, -EBUSY, "Broker: Unknown member");
	for (size_t i = 0; i < r->n_places; i++)
		if (!fake_find(c, r->places[i].topic, r->places[i].partition))
			return bfs_fail(why, -ENOENT, "Broker: Unknown topic or partition");
	for (size_t i = 0; i < r->n_places; i++)
		fake_position(c, r->subject, r->places[i].topic, r->places[i].partition)->commit =
			(struct bfs_commit){ .offset = r->places[i].offset };
	return 0;
}

static int try_group_delete(struct fake_cluster *c, const struct request *r, struct bfs_why *why)
{
	struct fake_group *g = fake_group_find(c, r->subject);

	if (fake_group_lives(c, r->subject))
		return bfs_fail(why, -EBUSY, "Broker: The group is not empty");
	if (!fake_group_is(c, r->subject))
		return bfs_fail(why, -ENOENT, "Broker: The group id does not exist");
	for (struct bfs_list *n = c->positions.next; n != &c->positions; n = n->next) {
		struct fake_position *at = bfs_container(n, struct fake_position, link);

		if (!strcmp(at->group, r->subject))
			at->commit = (struct bfs_commit){ .offset = BFS_NO_OFFSET };
	}
	if (g)
		fake_group_drop(g);
	return 0;
}

static int try_create(struct fake_cluster *c, const struct request *r, struct bfs_why *why)
{
	int32_t partitions = r->partitions == BFS_UNKNOWN ? 1 : r->partitions;
	int32_t replicas = r->replicas == BFS_UNKNOWN ? 1 : r->replicas;

	if (bfs_name_topic(r->subject))
		return bfs_fail(why, -EINVAL, "Topic name '%s' is illegal", r->subject);
	if (fake_find_topic(c, r->subject))
		return bfs_fail(why, -EEXIST, "Topic '%s' already exists.", r->subject);
	if (partitions < 1)
		return bfs_fail(why, -EINVAL,
				"Number of partitions was set to an invalid non-positive value.");
	if (replicas < 1 || replicas > fake_count_brokers(c))
		return bfs_fail(why, -EINVAL,
				"Replication factor: %d larger than available brokers: %d.",
				(int)replicas, fake_count_brokers(c));
	fake_topic_grow(c, r->subject, partitions);
	fake_find_topic(c, r->subject)->replicas = replicas;
	return 0;
}

static int try_delete(struct fake_cluster *c, const struct request *r, struct bfs_why *why)
{
	int err = 0;
	struct fake_topic *t = fake_topic_of(c, r, &err, why);

	if (!err)
		fake_topic_drop(c, t);
	return err;
}

static int try_grow(struct fake_cluster *c, const struct request *r, struct bfs_why *why)
{
	int err = 0;
	const struct fake_topic *t = fake_topic_of(c, r, &err, why);

	if (!err && r->partitions <= t->n)
		err = bfs_fail(why, -EINVAL, "Topic already has %d partitions.", (int)t->n);
	if (!err)
		fake_topic_grow(c, r->subject, r->partitions);
	return err;
}

static bool is_number(const char *s)
{
	char *end;

	strtoll(s, &end, 10);
	return *s && !*end;
}

static int try_set(struct fake_cluster *c, const struct request *r, struct bfs_why *why)
{
	int err = 0;
	struct fake_topic *t = fake_topic_of(c, r, &err, why);
	size_t i = 0;

	while (i < FAKE_DEFAULTS && strcmp(fake_defaults[i].name, r->name) != 0)
		i++;
	for (struct bfs_list *n = err ? NULL : t->settings.next; n && n != &t->settings;
	     n = n->next) {
		const struct fake_setting *s = bfs_container(n, struct fake_setting, link);

		if (!s->value && strcmp(s->name, r->name) != 0)
			err = bfs_fail(why, -EOPNOTSUPP, "%s would be lost: it is secret", s->name);
	}
	if (err)
		return err;
	if (i == FAKE_DEFAULTS)
		return bfs_fail(why, -EINVAL, "Unknown topic config name: %s", r->name);
	if (r->value && (fake_defaults[i].number ? !is_number(r->value) : !*r->value))
		return bfs_fail(why, -EINVAL, "Invalid value %s for configuration %s", r->value,
				r->name);
	fake_setting_put(t, r->name, r->value, !r->value);
	return 0;
}

/* Under the lock. */
static int try_change(struct fake_cluster *c, const struct request *r, struct bfs_why *why)
{
	switch (r->call) {
	case FAKE_GROUP_RESET: return try_reset(c, r, why);
	case FAKE_GROUP_DELETE: return try_group_delete(c, r, why);
	case FAKE_TOPIC_CREATE: return try_create(c, r, why);
	case FAKE_TOPIC_DELETE: return try_delete(c, r, why);
	case FAKE_TOPIC_GROW: return try_grow(c, r, why);
	case FAKE_SET: return try_set(c, r, why);
	default: return 0; /* FAKE_ALIVE */
	}
}

static void answer_change(struct fake_cluster *c, struct request *r, int err, struct bfs_why *why)
{
	bfs_mutex_lock(&c->lock);
	if (!err)
		err = try_change(c, r, why);
	bfs_mutex_unlock(&c->lock);
	r->to.done(r->arg, err, why);
}

static struct request *change(struct bfs_cluster *c, enum fake_call call, const char *subject,
			      int64_t deadline, bfs_done_fn *done, void *arg)
{
	struct request *r = fake_question(c, call, subject, deadline, answer_change, arg);

	r->to.done = done;
	return r;
}

void fake_group_reset(struct bfs_cluster *c, const char *group, const struct bfs_place *places,
		      size_t n, int64_t deadline, bfs_done_fn *done, void *arg)
{
	struct request *r = change(c, FAKE_GROUP_RESET, group, deadline, done, arg);

	if (!n)
		fake_die("%s is reset nowhere", group);
	r->places = fake_copy(places, n * sizeof(*places));
	r->n_places = n;
	for (size_t i = 0; i < n; i++) {
		if (places[i].offset < 0)
			fake_die("%s is reset to offset %lld", group, (long long)places[i].offset);
		r->places[i].topic = bfs_strdup(places[i].topic);
	}
	fake_question_ask(c, r);
}

void fake_group_delete(struct bfs_cluster *c, const char *group, int64_t deadline,
		       bfs_done_fn *done, void *arg)
{
	fake_question_ask(c, change(c, FAKE_GROUP_DELETE, group, deadline, done, arg));
}

void fake_create(struct bfs_cluster *c, const char *topic, int32_t partitions, int32_t replicas,
		 int64_t deadline, bfs_done_fn *done, void *arg)
{
	struct request *r = change(c, FAKE_TOPIC_CREATE, topic, deadline, done, arg);

	r->partitions = partitions;
	r->replicas = replicas;
	fake_question_ask(c, r);
}

void fake_delete(struct bfs_cluster *c, const char *topic, int64_t deadline, bfs_done_fn *done,
		 void *arg)
{
	fake_question_ask(c, change(c, FAKE_TOPIC_DELETE, topic, deadline, done, arg));
}

void fake_grow(struct bfs_cluster *c, const char *topic, int32_t partitions, int64_t deadline,
	       bfs_done_fn *done, void *arg)
{
	struct request *r = change(c, FAKE_TOPIC_GROW, topic, deadline, done, arg);

	r->partitions = partitions;
	fake_question_ask(c, r);
}

void fake_set(struct bfs_cluster *c, const char *topic, const char *name, const char *value,
	      int64_t deadline, bfs_done_fn *done, void *arg)
{
	struct request *r = change(c, FAKE_SET, topic, deadline, done, arg);

	r->name = bfs_strdup(name);
	r->value = fake_text(value);
	fake_question_ask(c, r);
}

void fake_alive(struct bfs_cluster *c, int64_t patience, bfs_done_fn *done, void *arg)
{
	fake_question_ask(c, change(c, FAKE_ALIVE, NULL, bfs_clock_ms() + patience, done, arg));
}
