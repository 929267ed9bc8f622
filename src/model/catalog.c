/* catalog.c - immutable, counted snapshots of the cluster's topics.
 *
 * SPDX-License-Identifier: MIT */
#include "model/catalog.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/sync.h"
#include "core/name.h"
#include "model/control.h"

#define ENTRY_MAX 1024 /* bytes of a name in a FUSE listing */
#define FRESH     1000 /* ms: a snapshot younger than this is believed when it lacks a name */

struct bfs_catalog {
	struct bfs_cluster *cluster;
	struct bfs_clerk *clerk;
	bool internal;
	bool groups; /* these are asked for, not topics */
	int64_t refresh, timeout;

	struct bfs_mutex lock;
	struct bfs_snapshot *newest; /* protected by lock, never NULL */
	uint64_t last_incarnation;   /* protected by lock */
	bool asking;                 /* a refresh is under way; protected by lock */
	bool outdated;               /* it began before a change of ours; protected by lock */
	int64_t asked;               /* when it began; protected by lock */
	int64_t failed;           /* when the last one failed, 0: it did not; protected by lock */
	struct bfs_list waiting;  /* look-ups of unknown names; protected by lock */
	bool answered_once;       /* protected by lock */
	struct bfs_mailbox first; /* rung at the first answer */
	char **added;             /* names that are always there; protected by lock */
	size_t n_added;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct bfs_topic *)a)->name, ((const struct bfs_topic *)b)->name);
}

static struct bfs_snapshot *snapshot_new(size_t n)
{
	struct bfs_snapshot *s = bfs_zalloc(sizeof(*s));

	atomic_init(&s->refs, 1);
	s->topics = bfs_zalloc((n ? n : 1) * sizeof(*s->topics));
	return s;
}

void bfs_snapshot_put(struct bfs_snapshot *s)
{
	if (!s || atomic_fetch_sub(&s->refs, 1) != 1)
		return;
	for (size_t i = 0; i < s->n; i++)
		free(s->topics[i].name);
	free(s->topics);
	free(s);
}

const struct bfs_topic *bfs_snapshot_find(const struct bfs_snapshot *s, const char *name)
{
	struct bfs_topic key = { .name = (char *)name };

	return bsearch(&key, s->topics, s->n, sizeof(key), by_name);
}

/* The kernel takes no name of nothing, and one that is too long spoils the whole listing. */
static bool group_shown(const char *name)
{
	struct bfs_buf b = { 0 };
	bool fits;

	bfs_name_encode(name, &b); /* puts a NUL behind */
	fits = b.len && b.len <= ENTRY_MAX;
	if (!fits)
		bfs_warn("group \"%.40s\" is hidden: its name is %s", b.data,
			 *name ? "too long" : "empty");
	bfs_buf_fini(&b);
	return fits;
}

/* What a directory can't show is left out: names Kafka would refuse, and internal topics. */
static bool shown(const struct bfs_catalog *c, const char *name)
{
	if (c->groups)
		return group_shown(name);
	if (bfs_name_topic(name)) {
		bfs_warn("topic \"%s\" is hidden: its name is not one that Kafka allows", name);
		return false;
	}
	if (!strcmp(name, BFS_CONTROL_NAME)) {
		bfs_warn("topic \"%s\" is hidden: the name is taken by the control tree", name);
		return false;
	}
	return c->internal || !bfs_name_internal(name);
}

static struct bfs_snapshot *snapshot_make(const struct bfs_catalog *c,
					  const struct bfs_topic_info *info, size_t n)
{
	struct bfs_snapshot *s = snapshot_new(n);

	for (size_t i = 0; i < n; i++) {
		if (!shown(c, info[i].name))
			continue;
		s->topics[s->n].name = bfs_strdup(info[i].name);
		s->topics[s->n].partitions = info[i].partitions;
		s->topics[s->n].replicas = info[i].replicas;
		s->n++;
	}
	qsort(s->topics, s->n, sizeof(*s->topics), by_name);
	s->taken = bfs_clock_ms();
	return s;
}

/* Under the lock. A topic that was there before is the same topic; another is a new one. */
static void keep_incarnations(struct bfs_catalog *c, struct bfs_snapshot *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct bfs_topic *old = bfs_snapshot_find(c->newest, s->topics[i].name);

		s->topics[i].incarnation = old ? old->incarnation : ++c->last_incarnation;
	}
}

/* Under the lock: what was added here and the brokers don't know. */
static void put_added(const struct bfs_catalog *c, struct bfs_snapshot *s)
{
	size_t known = s->n;

	s->topics = bfs_realloc(s->topics, (s->n + c->n_added + 1) * sizeof(*s->topics));
	for (size_t i = 0; i < c->n_added; i++) {
		struct bfs_topic key = { .name = c->added[i] };

		if (!bsearch(&key, s->topics, known, sizeof(key), by_name))
			s->topics[s->n++] = (struct bfs_topic){ .name = bfs_strdup(c->added[i]) };
	}
	qsort(s->topics, s->n, sizeof(*s->topics), by_name);
}

static struct bfs_ticket *take_waiting(struct bfs_catalog *c)
{
	struct bfs_ticket *t;

	bfs_mutex_lock(&c->lock);
	t = bfs_ticket_pop(&c->waiting);
	bfs_mutex_unlock(&c->lock);
	return t;
}

static void ask(struct bfs_catalog *c);

/* Is the answer older than what was changed meanwhile? Then it would show what has gone, or not
 * what is new, and be believed. */
static bool is_outdated(struct bfs_catalog *c, int err)
{
	bool outdated;

	bfs_mutex_lock(&c->lock);
	outdated = c->outdated && !err;
	c->outdated = false;
	if (outdated)
		c->asked = bfs_clock_ms();
	bfs_mutex_unlock(&c->lock);
	return outdated;
}

static void catalog_answer(void *arg, int err, const struct bfs_why *why,
			   const struct bfs_topic_info *info, size_t n)
{
	struct bfs_catalog *c = arg;
	struct bfs_snapshot *s, *old = NULL;
	struct bfs_ticket *t;

	if (is_outdated(c, err)) {
		ask(c);
		return;
	}
	s = err ? NULL : snapshot_make(c, info, n);
	if (err)
		bfs_warn("%s can't be listed anew: %s", c->groups ? "groups" : "topics",
			 why ? why->text : bfs_err_name(err));
	bfs_mutex_lock(&c->lock);
	if (s) {
		put_added(c, s);
		keep_incarnations(c, s);
		old = c->newest;
		c->newest = s;
	}
	c->failed = err ? bfs_clock_ms() : 0;
	c->asking = false;
	c->answered_once = c->answered_once || s;
	bfs_mutex_unlock(&c->lock);

	if (s)
		bfs_mailbox_kick(&c->first);
	bfs_snapshot_put(old);
	while ((t = take_waiting(c)))
		t->again(t);
}

/* Under the lock: true if the caller must ask after unlocking. */
static bool begin_asking(struct bfs_catalog *c)
{
	if (c->asking)
		return false;
	c->asking = true;
	c->asked = bfs_clock_ms();
	return true;
}

static void groups_answer(void *arg, int err, const struct bfs_why *why, const char *const *names,
			  size_t n)
{
	struct bfs_topic_info *info = bfs_zalloc((n + 1) * sizeof(*info));

	if (err == -EOPNOTSUPP) {
		bfs_info("the brokers list no groups: only those that are named are shown");
		err = 0;
	}
	for (size_t i = 0; i < n; i++)
		info[i].name = names[i];
	catalog_answer(arg, err, why, info, n);
	free(info);
}

static void ask(struct bfs_catalog *c)
{
	if (c->groups) {
		c->cluster->ops->groups(c->cluster, bfs_clock_ms() + c->timeout, groups_answer, c);
		return;
	}
	c->cluster->ops->topics(c->cluster, bfs_clock_ms() + c->timeout, catalog_answer, c);
}

struct bfs_snapshot *bfs_catalog_get(struct bfs_catalog *c)
{
	struct bfs_snapshot *s;
	bool must_ask = false;
	int64_t now = bfs_clock_ms();

	bfs_mutex_lock(&c->lock);
	s = c->newest;
	atomic_fetch_add(&s->refs, 1);
	if (now - s->taken >= c->refresh && now - c->failed >= FRESH)
		must_ask = begin_asking(c);
	bfs_mutex_unlock(&c->lock);
	if (must_ask)
		ask(c);
	return s;
}

/* Under the lock. Is it worth waiting for a refresh? Not while one is late, nor just after one
 * failed: with a frozen broker every look-up of an unknown name would hold its directory's lock for
 * the whole wait. */
static bool worth_waiting(const struct bfs_catalog *c, int64_t now)
{
	if (now - c->newest->taken < FRESH && c->answered_once)
		return false;
	if (c->asking && now - c->asked > BFS_UNKNOWN_WAIT)
		return false;
	return c->asking || !c->failed || now - c->failed >= FRESH;
}

int bfs_catalog_absent(struct bfs_catalog *c)
{
	bool known;

	bfs_mutex_lock(&c->lock);
	known = c->answered_once;
	bfs_mutex_unlock(&c->lock);
	return known ? -ENOENT : -ETIMEDOUT;
}

/* In the clerk's thread: the wait is over, without news or for another reason. */
static void await_cancel(struct bfs_ticket *t, void *place, int err)
{
	struct bfs_catalog *c = place;
	bool mine;

	bfs_mutex_lock(&c->lock);
	mine = bfs_ticket_claim(t, c, err);
	bfs_mutex_unlock(&c->lock);
	if (mine && err == -ETIMEDOUT)
		t->again(t);
	else if (mine)
		bfs_answer_error(t, err);
}

bool bfs_catalog_await(struct bfs_catalog *c, struct bfs_ticket *t,
		       void (*again)(struct bfs_ticket *t), void *owner,
		       const struct bfs_keeper *keeper)
{
	int64_t now = bfs_clock_ms();
	bool worth, parked = true, must_ask = false;

	bfs_mutex_lock(&c->lock);
	worth = worth_waiting(c, now);
	bfs_mutex_unlock(&c->lock);
	if (!worth)
		return false;

	t->again = again;
	bfs_ticket_arm(t, c->clerk, now + BFS_UNKNOWN_WAIT, await_cancel, c, owner, keeper);
	bfs_mutex_lock(&c->lock);
	parked = bfs_ticket_park(t, &c->waiting);
	if (parked)
		must_ask = begin_asking(c);
	bfs_mutex_unlock(&c->lock);
	if (must_ask)
		ask(c);
	if (!parked)
		bfs_answer_error(t,
				 t->cancelled == -ETIMEDOUT ? bfs_catalog_absent(c) : t->cancelled);
	return true;
}

void bfs_catalog_expire(struct bfs_catalog *c)
{
	bfs_mutex_lock(&c->lock);
	c->newest->taken = INT64_MIN / 2;
	c->outdated = c->asking;
	bfs_mutex_unlock(&c->lock);
}

int bfs_catalog_wait_first(struct bfs_catalog *c, int64_t deadline)
{
	struct bfs_list none = BFS_LIST_INIT(none);

	for (;;) {
		struct pollfd p = { .fd = c->first.fd, .events = POLLIN };
		int64_t left = deadline - bfs_clock_ms();
		bool done;

		bfs_mutex_lock(&c->lock);
		done = c->answered_once;
		bfs_mutex_unlock(&c->lock);
		if (done)
			return 0;
		if (left <= 0)
			return -ETIMEDOUT;
		poll(&p, 1, left > 1000 ? 1000 : (int)left);
		bfs_mailbox_take(&c->first, &none);
		bfs_snapshot_put(bfs_catalog_get(c));
	}
}

/* Under the lock: the newest snapshot once more, but for one name. */
static struct bfs_snapshot *copy_without(const struct bfs_catalog *c, const char *name)
{
	const struct bfs_snapshot *old = c->newest;
	struct bfs_snapshot *s = snapshot_new(old->n);

	s->taken = old->taken;
	for (size_t i = 0; i < old->n; i++) {
		if (!strcmp(old->topics[i].name, name))
			continue;
		s->topics[s->n] = old->topics[i];
		s->topics[s->n++].name = bfs_strdup(old->topics[i].name);
	}
	return s;
}

bool bfs_catalog_add(struct bfs_catalog *c, const char *name)
{
	struct bfs_snapshot *old = NULL;

	bfs_mutex_lock(&c->lock);
	if (!bfs_snapshot_find(c->newest, name)) {
		c->added = bfs_realloc(c->added, (c->n_added + 1) * sizeof(*c->added));
		c->added[c->n_added++] = bfs_strdup(name);
		old = c->newest;
		c->newest = copy_without(c, name);
		put_added(c, c->newest);
	}
	bfs_mutex_unlock(&c->lock);
	bfs_snapshot_put(old);
	return old;
}

void bfs_catalog_remove(struct bfs_catalog *c, const char *name)
{
	struct bfs_snapshot *old;

	bfs_mutex_lock(&c->lock);
	for (size_t i = 0; i < c->n_added; i++) {
		if (strcmp(c->added[i], name) != 0)
			continue;
		free(c->added[i]);
		c->added[i--] = c->added[--c->n_added];
	}
	c->outdated = c->asking;
	old = c->newest;
	c->newest = copy_without(c, name);
	bfs_mutex_unlock(&c->lock);
	bfs_snapshot_put(old);
}

static struct bfs_catalog *catalog_new(struct bfs_cluster *cluster, struct bfs_clerk *clerk,
				       int64_t refresh, int64_t timeout)
{
	struct bfs_catalog *c = bfs_zalloc(sizeof(*c));

	c->cluster = cluster;
	c->clerk = clerk;
	c->refresh = refresh;
	c->timeout = timeout;
	/* Another mount's numbers are others: a descriptor found in /proc must not be taken for one
	 * of ours. */
	c->last_incarnation = ((uint64_t)bfs_clock_wall_ms() << 20) ^ (uint64_t)getpid();
	c->newest = snapshot_new(0);
	c->newest->taken = bfs_clock_ms() - refresh;
	bfs_list_init(&c->waiting);
	bfs_mutex_init(&c->lock, BFS_RANK_CATALOG);
	if (bfs_mailbox_init(&c->first)) {
		bfs_catalog_free(c);
		return NULL;
	}
	return c;
}

struct bfs_catalog *bfs_catalog_new(struct bfs_cluster *cluster, struct bfs_clerk *clerk,
				    bool internal, int64_t refresh, int64_t timeout)
{
	struct bfs_catalog *c = catalog_new(cluster, clerk, refresh, timeout);

	if (!c)
		return NULL;
	c->internal = internal;
	bfs_mutex_lock(&c->lock);
	begin_asking(c);
	bfs_mutex_unlock(&c->lock);
	ask(c);
	return c;
}

struct bfs_catalog *bfs_catalog_new_groups(struct bfs_cluster *cluster, struct bfs_clerk *clerk,
					   int64_t refresh, int64_t timeout)
{
	struct bfs_catalog *c = catalog_new(cluster, clerk, refresh, timeout);

	if (c)
		c->groups = true;
	return c;
}

void bfs_catalog_free(struct bfs_catalog *c)
{
	if (!c)
		return;
	bfs_snapshot_put(c->newest);
	for (size_t i = 0; i < c->n_added; i++)
		free(c->added[i]);
	free(c->added);
	bfs_mailbox_fini(&c->first);
	bfs_mutex_fini(&c->lock);
	free(c);
}
