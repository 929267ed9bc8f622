/* cluster_knobs.c - how the fake cluster is told to behave, and what it tells about itself.
 *
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "tests/fake/cluster_inner.h"
#include "tests/fake/fake.h"

/* Sets a field under the lock. */
#define SET(c, field, value)                                                                       \
	do {                                                                                       \
		bfs_mutex_lock(&(c)->lock);                                                        \
		(c)->field = (value);                                                              \
		bfs_mutex_unlock(&(c)->lock);                                                      \
	} while (0)

void fake_delay(struct fake_cluster *c, enum fake_call call, int ms)
{
	SET(c, delay[call], ms);
}

void fake_fail(struct fake_cluster *c, enum fake_call call, int err, const char *sentence,
	       int times)
{
	struct fake_failure f = { .err = err, .times = times };

	bfs_fail(&f.why, err, "%s", sentence ? sentence : bfs_err_name(err));
	bfs_mutex_lock(&c->lock);
	c->failure[call] = f;
	if (call == FAKE_FETCH) {
		fake_feeds_wake(c);
		fake_members_wake(c);
	}
	bfs_mutex_unlock(&c->lock);
}

void fake_freeze(struct fake_cluster *c, bool frozen)
{
	bfs_mutex_lock(&c->lock);
	c->frozen = frozen;
	if (!frozen) {
		fake_late_end(c, true);
		fake_feeds_wake(c);
		fake_members_wake(c);
		fake_outlets_wake(c);
		bfs_mailbox_kick(&c->loops[FAKE_ASK].bell);
	}
	bfs_mutex_unlock(&c->lock);
}

void fake_late_commits(struct fake_cluster *c, bool late)
{
	SET(c, late_commits, late);
}

void fake_hold_acks(struct fake_cluster *c, bool held)
{
	bfs_mutex_lock(&c->lock);
	c->hold_acks = held;
	if (!held)
		fake_outlets_wake(c);
	bfs_mutex_unlock(&c->lock);
}

void fake_queue_max(struct fake_cluster *c, int records)
{
	SET(c, queue_max, records);
}

void fake_burst_gap(struct fake_cluster *c, int ms)
{
	SET(c, burst_gap, ms);
}

void fake_message_max(struct fake_cluster *c, size_t size)
{
	SET(c, message_max, size);
}

void fake_report_max(struct fake_cluster *c, int records)
{
	SET(c, report_max, records);
}

void fake_burst_max(struct fake_cluster *c, int records)
{
	SET(c, burst_max, records);
}

void fake_feeds_max(struct fake_cluster *c, int feeds)
{
	SET(c, feeds_max, feeds);
}

void fake_late_starts(struct fake_cluster *c, int steps)
{
	SET(c, late_starts, steps);
}

void fake_hide_offsets(struct fake_cluster *c, bool hidden)
{
	SET(c, hide_offsets, hidden);
}

static int64_t look(struct fake_cluster *c, const int *at, const int64_t *at64)
{
	int64_t n;

	bfs_mutex_lock(&c->lock);
	n = at ? *at : *at64;
	bfs_mutex_unlock(&c->lock);
	return n;
}

int fake_calls(struct fake_cluster *c, enum fake_call call)
{
	return (int)look(c, &c->calls[call], NULL);
}

int fake_hurries(struct fake_cluster *c)
{
	return (int)look(c, &c->hurries, NULL);
}

int fake_feeds(struct fake_cluster *c)
{
	return (int)look(c, &c->feeds, NULL);
}

int fake_in_flight(struct fake_cluster *c)
{
	return (int)look(c, &c->in_flight, NULL);
}

int64_t fake_fetched(struct fake_cluster *c)
{
	return look(c, NULL, &c->fetched);
}

int fake_let_go(struct fake_cluster *c)
{
	return (int)look(c, &c->let_go, NULL);
}

static bool idle(void *arg)
{
	struct fake_cluster *c = arg;
	int64_t now = bfs_clock_ms();
	bool busy = false;
	int i, err;

	bfs_mutex_lock(&c->lock);
	for (i = 0; i < FAKE_LOOPS; i++) {
		struct bfs_list *n, *tmp;

		busy |= c->loops[i].busy;
		bfs_list_each(n, tmp, &c->loops[i].jobs)
			busy |= fake_ready(c, bfs_container(n, struct fake_job, link), now, &err);
	}
	bfs_mutex_unlock(&c->lock);
	return !busy;
}

void fake_settle(struct fake_cluster *c)
{
	if (!fake_wait_until(idle, c, 10000))
		fake_die("the cluster never settles");
}
