/* cluster_member.c - the fake cluster's members of a group, and their coordinator.
 *
 * Each joining and leaving takes all partitions of the topic away from all its members, and gives
 * them out anew, in turn, in the order in which the members joined.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "tests/fake/cluster_inner.h"
#include "tests/fake/fake.h"

#define COMMIT_EVERY 200 /* ms */
#define ASK_EVERY    10  /* ms between two calls of revoking() */

struct part {
	bool ours;
	int64_t next, acked, committed;
};

struct bfs_member {
	struct fake_cluster *c;
	struct bfs_list link; /* in c->all_members, in order of joining */
	char *topic;
	bool headers;
	const struct bfs_member_sink *sink;
	void *owner;
	struct fake_job pump, commit;

	/* Protected by the cluster's lock. */
	bool joined, closing, closed, full;
	struct part parts[FAKE_PARTITIONS];
};

struct settle {
	struct fake_job job;
	bfs_done_fn *done;
	void *arg;
};

static struct bfs_member *member_at(struct bfs_list *n)
{
	return bfs_container(n, struct bfs_member, link);
}

static int32_t partitions_of(struct fake_cluster *c, const char *topic)
{
	int32_t n = 0;

	while (n < FAKE_PARTITIONS && fake_find(c, topic, n))
		n++;
	return n;
}

/* Each of these runs under the lock, and comes back with it after its callback. */

static void commit_parts(struct bfs_member *m)
{
	struct fake_cluster *c = m->c;

	for (int32_t p = 0; p < FAKE_PARTITIONS; p++) {
		struct part *q = &m->parts[p];

		if (!q->ours || q->acked <= q->committed)
			continue;
		q->committed = q->acked;
		fake_position(c, FAKE_GROUP, m->topic, p)->commit.offset = q->acked;
	}
}

static bool call_revoking(struct bfs_member *m)
{
	int32_t list[FAKE_PARTITIONS];
	bool ready;
	int n = 0;

	for (int32_t p = 0; p < FAKE_PARTITIONS; p++)
		if (m->parts[p].ours)
			list[n++] = p;
	if (!n)
		return true;
	bfs_mutex_unlock(&m->c->lock);
	ready = m->sink->revoking(m->owner, list, n);
	fake_came_back("revoking");
	bfs_mutex_lock(&m->c->lock);
	return ready;
}

static void take_all(struct bfs_member *m)
{
	commit_parts(m);
	for (int32_t p = 0; p < FAKE_PARTITIONS; p++) {
		if (!m->parts[p].ours)
			continue;
		m->parts[p].ours = false;
		bfs_mutex_unlock(&m->c->lock);
		m->sink->revoked(m->owner, p);
		fake_came_back("revoked");
		bfs_mutex_lock(&m->c->lock);
	}
	m->full = false;
}

static void give(struct bfs_member *m, int32_t p)
{
	struct fake_cluster *c = m->c;
	int64_t at = fake_position(c, FAKE_GROUP, m->topic, p)->commit.offset, next;

	if (at == BFS_NO_OFFSET)
		at = fake_must_find(c, m->topic, p)->low;
	bfs_mutex_unlock(&c->lock);
	next = m->sink->assigned(m->owner, p, at);
	fake_came_back("assigned");
	bfs_mutex_lock(&c->lock);
	m->parts[p] = (struct part){ true, next, at, at };
	fake_post(c, FAKE_LANE, &m->pump, bfs_clock_ms() + c->delay[FAKE_FETCH]);
}

static void call_closed(struct bfs_member *m)
{
	m->closed = true;
	bfs_mutex_unlock(&m->c->lock);
	m->sink->closed(m->owner);
	fake_came_back("closed");
	bfs_mutex_lock(&m->c->lock);
}

/* True when nobody holds anything back, or time is up. */
static bool all_ready(struct fake_cluster *c)
{
	bool ready = true;

	for (struct bfs_list *n = c->all_members.next; n != &c->all_members; n = n->next)
		if (!member_at(n)->closed && !call_revoking(member_at(n)))
			ready = false;
	return ready || bfs_clock_ms() >= c->balance_until;
}

static void give_out(struct fake_cluster *c, struct bfs_member *first)
{
	int32_t n = partitions_of(c, first->topic), p = 0;

	while (p < n) {
		int32_t before = p;

		for (struct bfs_list *l = c->all_members.next; l != &c->all_members && p < n;
		     l = l->next)
			if (member_at(l)->joined && !member_at(l)->closed &&
			    fake_same(member_at(l)->topic, first->topic))
				give(member_at(l), p++);
		if (p == before)
			return;
	}
}

static void balance(struct fake_cluster *c, struct fake_job *j, int err)
{
	(void)j;
	bfs_mutex_lock(&c->lock);
	if (!err && !all_ready(c)) {
		fake_post(c, FAKE_LANE, &c->balance, bfs_clock_ms() + ASK_EVERY);
		bfs_mutex_unlock(&c->lock);
		return;
	}
	for (struct bfs_list *n = c->all_members.next; n != &c->all_members; n = n->next) {
		if (member_at(n)->closed)
			continue;
		take_all(member_at(n));
		if (member_at(n)->closing || err)
			call_closed(member_at(n));
	}
	/* The topics of tests have one name each. */
	for (struct bfs_list *n = c->all_members.next; n != &c->all_members && !err; n = n->next) {
		if (!member_at(n)->joined || member_at(n)->closed)
			continue;
		give_out(c, member_at(n));
		break;
	}
	bfs_mutex_unlock(&c->lock);
}

static void rebalance(struct fake_cluster *c)
{
	c->balance_until = bfs_clock_ms() + BFS_HANDOVER;
	fake_post(c, FAKE_LANE, &c->balance, bfs_clock_ms());
}

static const struct fake_record *next_record(struct bfs_member *m, int32_t *ret)
{
	for (int32_t p = 0; p < FAKE_PARTITIONS; p++) {
		struct fake_partition *log = fake_find(m->c, m->topic, p);
		const struct fake_record *r =
			m->parts[p].ours && log ? fake_record_at(log, m->parts[p].next) : NULL;

		*ret = p;
		if (r)
			return r;
	}
	return NULL;
}

static void hand(struct bfs_member *m, int32_t p, const struct fake_record *r)
{
	struct bfs_record copy = fake_record_copy(r, m->headers);
	bool more;

	m->parts[p].next = r->offset + 1;
	m->c->fetched++;
	bfs_mutex_unlock(&m->c->lock);
	more = m->sink->record(m->owner, p, &copy);
	fake_came_back("record");
	fake_record_free(&copy);
	bfs_mutex_lock(&m->c->lock);
	m->full = m->full || !more;
}

static void pump(struct fake_cluster *c, struct fake_job *j, int err)
{
	struct bfs_member *m = bfs_container(j, struct bfs_member, pump);
	const struct fake_record *r;
	bool some = false;
	int32_t p;

	bfs_mutex_lock(&c->lock);
	while (!err && !m->closed && !m->full && !c->frozen && (r = next_record(m, &p))) {
		hand(m, p, r);
		some = true;
	}
	bfs_mutex_unlock(&c->lock);
	if (some)
		m->sink->dry(m->owner);
}

static void commit_soon(struct fake_cluster *c, struct fake_job *j, int err)
{
	struct bfs_member *m = bfs_container(j, struct bfs_member, commit);

	(void)err;
	bfs_mutex_lock(&c->lock);
	if (!m->closed)
		commit_parts(m);
	bfs_mutex_unlock(&c->lock);
}

/* --- the model's calls --------------------------------------------------------------- */

struct bfs_member *fake_member_open(struct bfs_cluster *cluster, const char *topic,
				    const char *instance, bool headers,
				    const struct bfs_member_sink *sink, void *owner)
{
	struct fake_cluster *c = fake_enter(cluster);
	struct bfs_member *m = bfs_zalloc(sizeof(*m));

	snprintf(c->instance, sizeof(c->instance), "%s", instance ? instance : "");
	m->c = c;
	m->topic = bfs_strdup(topic);
	m->headers = headers;
	m->sink = sink;
	m->owner = owner;
	m->pump.run = pump;
	m->commit.run = commit_soon;
	m->pump.deadline = m->commit.deadline = BFS_NEVER;
	bfs_list_add(&c->all_members, &m->link);
	c->balance.run = balance;
	c->balance.deadline = BFS_NEVER;
	fake_leave(c);
	return m;
}

static void enter(struct bfs_member *m, const char *what)
{
	fake_enter(&m->c->cluster);
	if (m->closing)
		fake_die("%s on a member of %s that was closed", what, m->topic);
}

void fake_member_join(struct bfs_member *m)
{
	enter(m, "member_join");
	m->joined = true;
	rebalance(m->c);
	fake_leave(m->c);
}

void fake_member_leave(struct bfs_member *m)
{
	enter(m, "member_leave");
	m->joined = false;
	rebalance(m->c);
	fake_leave(m->c);
}

void fake_member_resume(struct bfs_member *m)
{
	enter(m, "member_resume");
	m->full = false;
	fake_post(m->c, FAKE_LANE, &m->pump, bfs_clock_ms());
	fake_leave(m->c);
}

void fake_member_acknowledge(struct bfs_member *m, int32_t partition, int64_t offset)
{
	enter(m, "member_acknowledge");
	if (m->parts[partition].ours && offset < m->parts[partition].acked)
		fake_die("an acknowledgement falls from %lld to %lld",
			 (long long)m->parts[partition].acked, (long long)offset);
	m->parts[partition].acked = offset;
	fake_post(m->c, FAKE_LANE, &m->commit, bfs_clock_ms() + COMMIT_EVERY);
	fake_leave(m->c);
}

static void settled(struct fake_cluster *c, struct fake_job *j, int err)
{
	struct settle *s = bfs_container(j, struct settle, job);
	struct bfs_why why = { "" };

	(void)c;
	s->done(s->arg, err, &why);
	free(s);
}

void fake_member_settle(struct bfs_member *m, int64_t deadline, bfs_done_fn *done, void *arg)
{
	struct settle *s = bfs_zalloc(sizeof(*s));

	enter(m, "member_settle");
	s->done = done;
	s->arg = arg;
	s->job.run = settled;
	s->job.broker = true;
	s->job.deadline = deadline;
	if (!m->c->frozen)
		commit_parts(m);
	fake_post(m->c, FAKE_ASK, &s->job, bfs_clock_ms() + m->c->delay[FAKE_COMMIT]);
	fake_leave(m->c);
}

void fake_member_close(struct bfs_member *m)
{
	enter(m, "member_close");
	m->closing = true;
	m->joined = false;
	rebalance(m->c);
	fake_leave(m->c);
}

/* --- for tests, and the end ---------------------------------------------------------- */

void fake_lose_members(struct fake_cluster *c)
{
	bfs_mutex_lock(&c->lock);
	for (struct bfs_list *n = c->all_members.next; n != &c->all_members; n = n->next) {
		struct bfs_member *m = member_at(n);

		for (int32_t p = 0; p < FAKE_PARTITIONS; p++)
			m->parts[p].acked = m->parts[p].committed; /* nothing of it counts */
	}
	rebalance(c);
	c->balance_until = 0;
	bfs_mutex_unlock(&c->lock);
}

int fake_joined(struct fake_cluster *c)
{
	int joined = 0;

	bfs_mutex_lock(&c->lock);
	for (struct bfs_list *n = c->all_members.next; n != &c->all_members; n = n->next)
		joined += member_at(n)->joined && !member_at(n)->closed;
	bfs_mutex_unlock(&c->lock);
	return joined;
}

void fake_members_wake(struct fake_cluster *c)
{
	for (struct bfs_list *n = c->all_members.next; n != &c->all_members; n = n->next)
		if (!member_at(n)->closed)
			fake_post(c, FAKE_LANE, &member_at(n)->pump,
				  bfs_clock_ms() + c->delay[FAKE_FETCH]);
}

void fake_members_stop(struct fake_cluster *c)
{
	bfs_mutex_lock(&c->lock);
	for (struct bfs_list *n = c->all_members.next; n != &c->all_members; n = n->next) {
		if (member_at(n)->closed)
			continue;
		take_all(member_at(n));
		call_closed(member_at(n));
	}
	bfs_mutex_unlock(&c->lock);
}

void fake_members_fini(struct fake_cluster *c)
{
	struct bfs_list *n;

	while ((n = bfs_list_pop(&c->all_members))) {
		free(member_at(n)->topic);
		free(member_at(n));
	}
}
