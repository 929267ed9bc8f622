/* ticket.c - a kernel request awaiting its answer.
 *
 * SPDX-License-Identifier: MIT */
#include "model/ticket.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "model/clerk.h"
#include "model/metrics.h"

void bfs_ticket_init(struct bfs_ticket *t, const struct bfs_answers *answers, const char *op)
{
	memset(t, 0, sizeof(*t));
	t->answers = answers;
	t->op = op;
	atomic_init(&t->refs, 1);
	bfs_list_init(&t->link);
	bfs_list_init(&t->clerk_link);
}

void bfs_ticket_get(struct bfs_ticket *t)
{
	atomic_fetch_add(&t->refs, 1);
}

void bfs_ticket_put(struct bfs_ticket *t)
{
	if (atomic_fetch_sub(&t->refs, 1) != 1)
		return;
	if (t->keeper)
		t->keeper->put(t->owner);
	t->answers->free(t);
}

/* Entered with the clerk before it is watched: an interruption that comes first of all finds it
 * there. */
void bfs_ticket_arm(struct bfs_ticket *t, struct bfs_clerk *clerk, int64_t deadline,
		    bfs_cancel_fn *cancel, void *place, void *owner,
		    const struct bfs_keeper *keeper)
{
	bool first = !t->clerk;
	int late = -ETIMEDOUT;

	assert(!t->answered && !bfs_list_linked(&t->link));
	/* An earlier deadline, which came when it mattered no more, is not this one. */
	atomic_compare_exchange_strong(&t->cancelled, &late, 0);
	if (first) {
		t->clerk = clerk;
		t->owner = owner;
		t->keeper = keeper;
		if (keeper)
			keeper->get(owner);
	}
	atomic_store(&t->place, place);
	bfs_clerk_enter(clerk, t, deadline, cancel, place);
	if (first)
		t->answers->watch(t);
}

bool bfs_ticket_park(struct bfs_ticket *t, struct bfs_list *waiting)
{
	assert(t->clerk && !bfs_list_linked(&t->link));
	if (atomic_load(&t->cancelled))
		return false;
	bfs_list_add(waiting, &t->link);
	return true;
}

void bfs_ticket_unpark(struct bfs_ticket *t)
{
	bfs_list_del(&t->link);
	atomic_store(&t->place, NULL);
}

struct bfs_ticket *bfs_ticket_pop(struct bfs_list *waiting)
{
	struct bfs_ticket *t;

	if (bfs_list_empty(waiting))
		return NULL;
	t = bfs_container(waiting->next, struct bfs_ticket, link);
	bfs_ticket_unpark(t);
	return t;
}

void bfs_ticket_pass(struct bfs_ticket *t)
{
	assert(!bfs_list_linked(&t->link));
	atomic_store(&t->place, NULL);
}

/* A ticket that moved on is linked under another lock: the place tells before the link is looked
 * at. Such a one is with the clerk again, who will see what ended it. */
bool bfs_ticket_claim(struct bfs_ticket *t, void *place, int err)
{
	if (atomic_load(&t->place) != place)
		return false;
	if (!bfs_list_linked(&t->link)) {
		atomic_store(&t->cancelled, err);
		return false;
	}
	bfs_ticket_unpark(t);
	return true;
}

void bfs_ticket_interrupt(struct bfs_ticket *t)
{
	atomic_store(&t->interrupted, true);
	bfs_clerk_kick(t->clerk);
}

/* What comes before every answer: nobody else may end the ticket, and no hook may run on it. */
static void finish(struct bfs_ticket *t)
{
	assert(!t->answered && !bfs_list_linked(&t->link));
	bfs_assert_unlocked();
	t->answered = true;
	if (t->clerk) {
		bfs_clerk_leave(t->clerk, t);
		t->answers->unwatch(t);
	}
}

void bfs_answer_error(struct bfs_ticket *t, int err)
{
	finish(t);
	t->answers->error(t, err);
	bfs_ticket_put(t);
}

void bfs_answer_entry(struct bfs_ticket *t, const struct bfs_entry *e)
{
	finish(t);
	t->answers->entry(t, e);
	bfs_ticket_put(t);
}

void bfs_answer_attr(struct bfs_ticket *t, const struct stat *st, double timeout)
{
	finish(t);
	t->answers->attr(t, st, timeout);
	bfs_ticket_put(t);
}

void bfs_answer_opened(struct bfs_ticket *t, const struct bfs_opened *o)
{
	finish(t);
	t->answers->opened(t, o);
	bfs_ticket_put(t);
}

static void count_read(struct bfs_ticket *t, const struct iovec *iov, int n)
{
	uint64_t bytes = 0;

	for (int i = 0; i < n; i++)
		bytes += iov[i].iov_len;
	bfs_metrics_add(t->metrics, BFS_METRIC_READ_BYTES, bytes);
	if (t->began)
		bfs_metrics_took(t->metrics, BFS_METRIC_READ_SECONDS, bfs_clock_us() - t->began, 1);
}

void bfs_answer_data(struct bfs_ticket *t, const struct iovec *iov, int n)
{
	finish(t);
	if (t->metrics)
		count_read(t, iov, n);
	t->answers->data(t, iov, n);
	bfs_ticket_put(t);
}

void bfs_answer_written(struct bfs_ticket *t, size_t n)
{
	finish(t);
	if (t->metrics)
		bfs_metrics_add(t->metrics, BFS_METRIC_WRITTEN_BYTES, n);
	t->answers->written(t, n);
	bfs_ticket_put(t);
}

void bfs_answer_position(struct bfs_ticket *t, int64_t off)
{
	finish(t);
	t->answers->position(t, off);
	bfs_ticket_put(t);
}

void bfs_answer_size(struct bfs_ticket *t, size_t n)
{
	finish(t);
	t->answers->size(t, n);
	bfs_ticket_put(t);
}

void bfs_answer_statfs(struct bfs_ticket *t, const struct statvfs *st)
{
	finish(t);
	t->answers->statfs(t, st);
	bfs_ticket_put(t);
}

void bfs_answer_poll(struct bfs_ticket *t, unsigned ready)
{
	finish(t);
	t->answers->poll(t, ready);
	bfs_ticket_put(t);
}
