/* cluster_state.c - the fake cluster's brokers, groups and settings.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "tests/fake/cluster_request.h"
#include "tests/fake/fake.h"

/* clang-format off */
const struct fake_default fake_defaults[FAKE_DEFAULTS] = {
	{ "cleanup.policy",      "delete",     false },
	{ "compression.type",    "producer",   false },
	{ "max.message.bytes",   "1048588",    true },
	{ "min.insync.replicas", "1",          true },
	{ "retention.bytes",     "-1",         true },
	{ "retention.ms",        "604800000",  true },
	{ "segment.bytes",       "1073741824", true },
};
/* clang-format on */

char *fake_text(const char *s)
{
	return s ? bfs_strdup(s) : NULL;
}

/* --- what it holds ------------------------------------------------------------------------------
 */

static void broker_free(struct fake_broker *b)
{
	free(b->host);
	free(b->rack);
	free(b);
}

void fake_broker(struct fake_cluster *c, int32_t id, const char *host, int port, const char *rack)
{
	struct fake_broker *b = bfs_zalloc(sizeof(*b));
	struct bfs_list *n, *tmp;

	b->id = id;
	b->host = bfs_strdup(host);
	b->port = port;
	b->rack = fake_text(rack);
	bfs_mutex_lock(&c->lock);
	bfs_list_each(n, tmp, &c->brokers) {
		struct fake_broker *old = bfs_container(n, struct fake_broker, link);

		if (old->id != id)
			continue;
		bfs_list_del(n);
		broker_free(old);
	}
	bfs_list_add(&c->brokers, &b->link);
	bfs_mutex_unlock(&c->lock);
}

int fake_count_brokers(const struct fake_cluster *c)
{
	int count = 0;

	for (const struct bfs_list *n = c->brokers.next; n != &c->brokers; n = n->next)
		count++;
	return count;
}

int32_t fake_replica(const struct fake_cluster *c, int32_t partition, int i)
{
	const struct bfs_list *n = c->brokers.next;

	for (int left = (partition + i) % fake_count_brokers(c); left > 0; left--)
		n = n->next;
	return bfs_container(n, struct fake_broker, link)->id;
}

void fake_replicas(struct fake_cluster *c, const char *topic, int32_t replicas)
{
	bfs_mutex_lock(&c->lock);
	fake_must_find(c, topic, 0);
	if (replicas < 1 || replicas > fake_count_brokers(c))
		fake_die("%s can't have %d replicas", topic, (int)replicas);
	fake_find_topic(c, topic)->replicas = replicas;
	bfs_mutex_unlock(&c->lock);
}

void fake_health(struct fake_cluster *c, const char *topic, int32_t partition, int32_t leader,
		 int n_isr)
{
	struct fake_partition *p;

	bfs_mutex_lock(&c->lock);
	p = fake_must_find(c, topic, partition);
	p->told = true;
	p->leader = leader;
	p->n_isr = n_isr;
	bfs_mutex_unlock(&c->lock);
}

/* --- groups ------------------------------------------------------------------------------------
 */

struct fake_group *fake_group_find(struct fake_cluster *c, const char *name)
{
	struct bfs_list *n, *tmp;

	bfs_list_each(n, tmp, &c->groups) {
		struct fake_group *g = bfs_container(n, struct fake_group, link);

		if (!strcmp(g->name, name))
			return g;
	}
	return NULL;
}

struct fake_group *fake_group_make(struct fake_cluster *c, const char *name)
{
	struct fake_group *g = fake_group_find(c, name);

	if (!g) {
		g = bfs_zalloc(sizeof(*g));
		g->name = bfs_strdup(name);
		bfs_list_add(&c->groups, &g->link);
	}
	return g;
}

static void free_members(struct fake_group *g)
{
	for (size_t i = 0; i < g->n; i++) {
		struct bfs_member_info *m = &g->members[i];

		for (size_t k = 0; k < m->n_held; k++)
			free((void *)m->held[k].topic);
		free((void *)m->held);
		free((void *)m->id);
		free((void *)m->client);
		free((void *)m->host);
		free((void *)m->instance);
	}
	free(g->members);
	free(g->state);
	free(g->assignor);
}

void fake_group_drop(struct fake_group *g)
{
	bfs_list_del(&g->link);
	free_members(g);
	free(g->name);
	free(g);
}

static struct bfs_member_info copy_member(const struct bfs_member_info *m)
{
	struct bfs_place *held = fake_copy(m->held, m->n_held * sizeof(*held));

	for (size_t i = 0; i < m->n_held; i++)
		held[i].topic = bfs_strdup(m->held[i].topic);
	return (struct bfs_member_info){
		.id = bfs_strdup(m->id),
		.client = bfs_strdup(m->client),
		.host = bfs_strdup(m->host),
		.instance = fake_text(m->instance),
		.held = held,
		.n_held = m->n_held,
	};
}

void fake_group(struct fake_cluster *c, const char *name, const char *state, const char *assignor,
		const struct bfs_member_info *members, size_t n)
{
	struct fake_group *g;

	bfs_mutex_lock(&c->lock);
	g = fake_group_make(c, name);
	free_members(g);
	g->described = true;
	g->state = fake_text(state);
	g->assignor = bfs_strdup(assignor);
	g->members = bfs_alloc(n * sizeof(*g->members));
	for (size_t i = 0; i < n; i++)
		g->members[i] = copy_member(&members[i]);
	g->n = n;
	bfs_mutex_unlock(&c->lock);
}

bool fake_group_lives(struct fake_cluster *c, const char *group)
{
	const struct fake_group *g = fake_group_find(c, group);

	return g && (g->alive || g->n);
}

static bool has_committed(const struct fake_cluster *c, const char *group)
{
	for (const struct bfs_list *n = c->positions.next; n != &c->positions; n = n->next) {
		const struct fake_position *at = bfs_container(n, struct fake_position, link);

		if (at->commit.offset != BFS_NO_OFFSET && !strcmp(at->group, group))
			return true;
	}
	return false;
}

/* One that fake_members() ended and nobody described is as good as untold. */
bool fake_group_is(struct fake_cluster *c, const char *group)
{
	const struct fake_group *g = fake_group_find(c, group);

	return (g && (g->described || g->alive)) || has_committed(c, group);
}

/* --- settings ----------------------------------------------------------------------------------
 */

struct fake_setting *fake_setting_own(const struct fake_topic *t, const char *name)
{
	const struct bfs_list *n;

	for (n = t->settings.next; n != &t->settings; n = n->next) {
		struct fake_setting *s = bfs_container(n, struct fake_setting, link);

		if (!strcmp(s->name, name))
			return s;
	}
	return NULL;
}

static void setting_drop(struct fake_setting *s)
{
	bfs_list_del(&s->link);
	free(s->name);
	free(s->value);
	free(s);
}

void fake_settings_drop(struct fake_topic *t)
{
	while (!bfs_list_empty(&t->settings))
		setting_drop(bfs_container(t->settings.next, struct fake_setting, link));
}

void fake_setting_put(struct fake_topic *t, const char *name, const char *value, bool gone)
{
	struct fake_setting *s = fake_setting_own(t, name);

	if (s)
		setting_drop(s);
	if (gone)
		return;
	s = bfs_zalloc(sizeof(*s));
	s->name = bfs_strdup(name);
	s->value = fake_text(value);
	bfs_list_add(&t->settings, &s->link);
}

static void setting_told(struct fake_cluster *c, const char *topic, const char *name,
			 const char *value, bool gone)
{
	bfs_mutex_lock(&c->lock);
	fake_must_find(c, topic, 0);
	fake_setting_put(fake_find_topic(c, topic), name, value, gone);
	bfs_mutex_unlock(&c->lock);
}

void fake_setting(struct fake_cluster *c, const char *topic, const char *name, const char *value)
{
	setting_told(c, topic, name, value, !value);
}

void fake_secret(struct fake_cluster *c, const char *topic, const char *name)
{
	setting_told(c, topic, name, NULL, false);
}

/* --- life --------------------------------------------------------------------------------------
 */

void fake_admin_init(struct fake_cluster *c)
{
	bfs_list_init(&c->brokers);
	fake_broker(c, 1, "fake-1", 9092, NULL);
}

void fake_admin_fini(struct fake_cluster *c)
{
	struct bfs_list *n;

	while ((n = bfs_list_pop(&c->brokers)))
		broker_free(bfs_container(n, struct fake_broker, link));
	while (!bfs_list_empty(&c->groups))
		fake_group_drop(bfs_container(c->groups.next, struct fake_group, link));
}
