/* reply.c - a kernel request that a test makes, and the answer it got.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/fake/reply.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "tests/fake/fake.h"

/* The ticket lives apart from what the test keeps, and goes earlier. */
struct request {
	struct bfs_ticket ticket;
	struct fake_reply *reply;
};

static _Atomic unsigned answers;  /* so far */
static _Atomic int requests_open; /* made and not freed by their test */

static struct fake_reply *reply_of(struct bfs_ticket *t)
{
	return bfs_container(t, struct request, ticket)->reply;
}

/* What every answer begins with; fake_wait() sees it only after answer_end(). */
static struct fake_reply *answer_begin(struct bfs_ticket *t, enum fake_kind kind)
{
	struct fake_reply *r = reply_of(t);

	bfs_assert_unlocked();
	if (r->kind != FAKE_NONE)
		fake_die("%s is answered twice (%d, then %d)", r->op, (int)r->kind, (int)kind);
	r->kind = kind;
	r->when = fake_now();
	r->order = atomic_fetch_add(&answers, 1) + 1;
	return r;
}

static void answer_end(struct fake_reply *r)
{
	pthread_mutex_lock(&r->hook);
	if (r->watched)
		fake_die("%s is answered while its interruption is still watched", r->op);
	pthread_mutex_unlock(&r->hook);
	atomic_store(&r->answered, true);
}

static void answer_error(struct bfs_ticket *t, int err)
{
	struct fake_reply *r = answer_begin(t, FAKE_ERROR);

	if (err > 0)
		fake_die("%s is answered with a positive error %d", r->op, err);
	r->err = err;
	answer_end(r);
}

static void answer_entry(struct bfs_ticket *t, const struct bfs_entry *e)
{
	struct fake_reply *r = answer_begin(t, FAKE_ENTRY);

	r->entry = *e;
	answer_end(r);
}

static void answer_attr(struct bfs_ticket *t, const struct stat *st, double timeout)
{
	struct fake_reply *r = answer_begin(t, FAKE_ATTR);

	r->attr = *st;
	r->attr_timeout = timeout;
	answer_end(r);
}

static void answer_opened(struct bfs_ticket *t, const struct bfs_opened *o)
{
	struct fake_reply *r = answer_begin(t, FAKE_OPENED);

	r->opened = *o;
	answer_end(r);
}

static void answer_data(struct bfs_ticket *t, const struct iovec *iov, int n)
{
	struct fake_reply *r = answer_begin(t, FAKE_DATA);
	struct bfs_buf b = { 0 };
	int i;

	for (i = 0; i < n; i++)
		bfs_buf_append(&b, iov[i].iov_base, iov[i].iov_len);
	r->len = b.len;
	bfs_buf_append(&b, "", 1);
	r->data = b.data;
	answer_end(r);
}

static void answer_written(struct bfs_ticket *t, size_t n)
{
	struct fake_reply *r = answer_begin(t, FAKE_WRITTEN);

	r->len = n;
	answer_end(r);
}

static void answer_position(struct bfs_ticket *t, int64_t off)
{
	struct fake_reply *r = answer_begin(t, FAKE_POSITION);

	r->position = off;
	answer_end(r);
}

static void answer_size(struct bfs_ticket *t, size_t n)
{
	struct fake_reply *r = answer_begin(t, FAKE_SIZE);

	r->len = n;
	answer_end(r);
}

static void answer_statfs(struct bfs_ticket *t, const struct statvfs *st)
{
	struct fake_reply *r = answer_begin(t, FAKE_STATFS);

	r->statfs = *st;
	answer_end(r);
}

static void answer_poll(struct bfs_ticket *t, unsigned ready)
{
	struct fake_reply *r = answer_begin(t, FAKE_POLLED);

	r->ready = ready;
	answer_end(r);
}

static void watch(struct bfs_ticket *t)
{
	struct fake_reply *r = reply_of(t);

	pthread_mutex_lock(&r->hook);
	if (r->watched)
		fake_die("%s is watched twice", r->op);
	r->watched = true;
	if (r->interrupted)
		bfs_ticket_interrupt(t);
	pthread_mutex_unlock(&r->hook);
}

static void unwatch(struct bfs_ticket *t)
{
	struct fake_reply *r = reply_of(t);

	bfs_assert_unlocked();
	pthread_mutex_lock(&r->hook);
	r->watched = false;
	pthread_mutex_unlock(&r->hook);
}

static void ticket_free(struct bfs_ticket *t)
{
	struct fake_reply *r = reply_of(t);

	if (!atomic_load(&r->answered))
		fake_die("%s: the ticket goes without an answer", r->op);
	free(bfs_container(t, struct request, ticket));
	atomic_store(&r->freed, true);
}

static const struct bfs_answers fake_answers = {
	.error = answer_error,
	.entry = answer_entry,
	.attr = answer_attr,
	.opened = answer_opened,
	.data = answer_data,
	.written = answer_written,
	.position = answer_position,
	.size = answer_size,
	.statfs = answer_statfs,
	.poll = answer_poll,
	.watch = watch,
	.unwatch = unwatch,
	.free = ticket_free,
};

struct fake_reply *fake_request(const char *op)
{
	struct fake_reply *r = bfs_zalloc(sizeof(*r));
	struct request *q = bfs_zalloc(sizeof(*q));

	pthread_mutex_init(&r->hook, NULL);
	r->op = op;
	r->ticket = &q->ticket;
	q->reply = r;
	bfs_ticket_init(&q->ticket, &fake_answers, op);
	atomic_fetch_add(&requests_open, 1);
	return r;
}

bool fake_answered(const struct fake_reply *r)
{
	return atomic_load(&r->answered);
}

static bool probe_answered(void *arg)
{
	return fake_answered(arg);
}

static bool probe_freed(void *arg)
{
	return atomic_load(&((struct fake_reply *)arg)->freed);
}

bool fake_wait_ms(struct fake_reply *r, int ms)
{
	return fake_wait_until(probe_answered, r, ms);
}

void fake_wait(struct fake_reply *r)
{
	if (!fake_wait_ms(r, 10000))
		fake_die("%s is never answered", r->op);
}

void fake_wait_not(struct fake_reply *r, int ms)
{
	int64_t end = fake_now() + ms;

	while (fake_now() < end && !fake_answered(r))
		fake_wait_ms(r, 1);
	if (fake_answered(r))
		fake_die("%s is answered too early (kind %d, error %d)", r->op, (int)r->kind,
			 r->err);
}

void fake_interrupt(struct fake_reply *r)
{
	pthread_mutex_lock(&r->hook);
	r->interrupted = true;
	if (r->watched)
		bfs_ticket_interrupt(r->ticket);
	pthread_mutex_unlock(&r->hook);
}

void fake_reply_free(struct fake_reply *r)
{
	if (!r)
		return;
	if (!fake_answered(r))
		fake_die("%s was not answered", r->op);
	if (!fake_wait_until(probe_freed, r, 10000))
		fake_die("%s was answered, but somebody keeps its ticket", r->op);
	pthread_mutex_destroy(&r->hook);
	free(r->data);
	free(r);
	atomic_fetch_sub(&requests_open, 1);
}

int fake_finish(struct fake_reply *r)
{
	int err;

	fake_wait(r);
	err = r->err;
	fake_reply_free(r);
	return err;
}

void fake_replies_check(void)
{
	int n = atomic_load(&requests_open);

	if (n)
		fake_die("%d requests were not freed by their test", n);
}
