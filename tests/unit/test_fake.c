/* test_fake.c - the fake reply and the fake kernel keep their contracts, and notice who doesn't.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/test.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "model/clerk.h"
#include "tests/fake/fake.h"
#include "tests/fake/kernel.h"
#include "tests/fake/reply.h"

/* --- reply --------------------------------------------------------------------------------------
 */

START_TEST(answers_are_kept)
{
	struct fake_reply *r = fake_request("read");
	struct iovec iov[] = { { "ab", 2 }, { "", 0 }, { "c", 1 } };

	ck_assert(!fake_answered(r));
	fake_wait_not(r, 5);
	bfs_answer_data(r->ticket, iov, 3);
	fake_wait(r);
	ck_assert_int_eq(r->kind, FAKE_DATA);
	ck_assert_uint_eq(r->len, 3);
	ck_assert_str_eq(r->data, "abc");
	ck_assert_int_eq(r->err, 0);
	fake_interrupt(r); /* too late: nothing happens */
	fake_reply_free(r);

	r = fake_request("open");
	bfs_answer_opened(r->ticket, &(struct bfs_opened){ .fh = 7, .direct_io = true });
	ck_assert_int_eq(r->kind, FAKE_OPENED);
	ck_assert_uint_eq(r->opened.fh, 7);
	ck_assert_int_eq(fake_finish(r), 0);

	r = fake_request("lookup");
	bfs_answer_error(r->ticket, -ENOENT);
	ck_assert_int_eq(fake_finish(r), -ENOENT);
	fake_replies_check();
}
END_TEST

START_TEST(answers_have_an_order)
{
	struct fake_reply *a = fake_request("read"), *b = fake_request("read");

	bfs_answer_error(b->ticket, 0);
	bfs_answer_written(a->ticket, 5);
	ck_assert_uint_lt(b->order, a->order);
	ck_assert_uint_eq(a->len, 5);
	fake_reply_free(a);
	fake_reply_free(b);
}
END_TEST

START_TEST(second_answer_aborts)
{
	struct fake_reply *r = fake_request("read");

	bfs_ticket_get(r->ticket);
	bfs_answer_error(r->ticket, 0);
	r->ticket->answers->error(r->ticket, 0);
}
END_TEST

START_TEST(no_answer_aborts)
{
	fake_reply_free(fake_request("read"));
}
END_TEST

START_TEST(lost_ticket_aborts)
{
	bfs_ticket_put(fake_request("read")->ticket);
}
END_TEST

START_TEST(forgotten_request_aborts)
{
	struct fake_reply *r = fake_request("read");

	bfs_answer_error(r->ticket, 0);
	fake_replies_check();
}
END_TEST

#ifndef NDEBUG
START_TEST(answer_under_lock_aborts)
{
	struct bfs_mutex m;

	bfs_mutex_init(&m, BFS_RANK_STREAM);
	bfs_mutex_lock(&m);
	bfs_answer_error(fake_request("read")->ticket, 0);
}
END_TEST
#endif

/* A place where tickets wait, as the model has them. */
static struct bfs_mutex place_lock;
static struct bfs_list waiting;
static _Atomic int kept, released;

static void place_cancel(struct bfs_ticket *t, void *place, int err)
{
	bool mine;

	bfs_mutex_lock(&place_lock);
	mine = bfs_ticket_claim(t, place, err);
	bfs_mutex_unlock(&place_lock);
	if (mine)
		bfs_answer_error(t, err);
}

static void keep(void *owner)
{
	ck_assert_ptr_eq(owner, &waiting);
	kept++;
}

static void release(void *owner)
{
	ck_assert_ptr_eq(owner, &waiting);
	released++;
}

static const struct bfs_keeper keeper = { keep, release };

static void park(struct bfs_clerk *clerk, struct bfs_ticket *t, int64_t deadline)
{
	bool parked;

	bfs_ticket_arm(t, clerk, deadline, place_cancel, &waiting, &waiting, &keeper);
	bfs_mutex_lock(&place_lock);
	parked = bfs_ticket_park(t, &waiting);
	bfs_mutex_unlock(&place_lock);
	if (!parked)
		bfs_answer_error(t, t->cancelled);
}

START_TEST(parked_requests_end)
{
	struct bfs_clerk *clerk = bfs_clerk_new();
	struct fake_reply *slow = fake_request("read"), *late = fake_request("read"),
			  *early = fake_request("read");

	bfs_mutex_init(&place_lock, BFS_RANK_STREAM);
	bfs_list_init(&waiting);
	fake_interrupt(early); /* before anyone watches */
	park(clerk, early->ticket, BFS_NEVER);
	park(clerk, slow->ticket, bfs_clock_ms() + 20);
	park(clerk, late->ticket, BFS_NEVER);
	ck_assert_int_eq(fake_finish(early), -EINTR);
	ck_assert_int_eq(fake_finish(slow), -ETIMEDOUT);
	fake_wait_not(late, 5);
	fake_interrupt(late);
	fake_interrupt(late);
	ck_assert_int_eq(fake_finish(late), -EINTR);
	ck_assert_int_eq(kept, 3);
	ck_assert_int_eq(released, 3);
	bfs_clerk_free(clerk);
	bfs_mutex_fini(&place_lock);
	fake_replies_check();
}
END_TEST

static void *interrupter(void *arg)
{
	struct fake_reply *r = arg;

	usleep((useconds_t)((uintptr_t)arg / 64 % 300));
	fake_interrupt(r);
	return NULL;
}

/* Interruptions race with parking and with answers: each request is answered once all the same. */
START_TEST(interruptions_race)
{
	struct bfs_clerk *clerk = bfs_clerk_new();
	int i, rounds = test_rounds(300);

	bfs_mutex_init(&place_lock, BFS_RANK_STREAM);
	bfs_list_init(&waiting);
	for (i = 0; i < rounds; i++) {
		struct fake_reply *r = fake_request("read");
		struct bfs_ticket *mine;
		pthread_t t;

		ck_assert_int_eq(bfs_thread_start(&t, "interrupter", interrupter, r), 0);
		park(clerk, r->ticket, BFS_NEVER);
		usleep((useconds_t)(i % 200));
		bfs_mutex_lock(&place_lock);
		mine = bfs_ticket_pop(&waiting);
		bfs_mutex_unlock(&place_lock);
		if (mine)
			bfs_answer_error(mine, 0);
		fake_wait(r);
		pthread_join(t, NULL);
		fake_reply_free(r);
	}
	bfs_clerk_free(clerk);
	bfs_mutex_fini(&place_lock);
}
END_TEST

/* --- kernel -------------------------------------------------------------------------------------
 */

static void answer_open(struct bfs_ticket *t)
{
	bfs_answer_opened(t, &(struct bfs_opened){ .fh = 3 });
}

START_TEST(kernel_at_once)
{
	struct fake_reply *r = fake_request("open");
	struct fake_kernel k;
	char last;

	fake_kernel_init(&k, false);
	r->ticket->again = answer_open;
	k.kernel.ops->tell(&k.kernel, r->ticket, 5, 10, 'x');
	ck_assert(fake_answered(r));
	ck_assert_uint_eq(r->opened.fh, 3);
	ck_assert_int_eq(fake_kernel_size(&k, 5, &last), 10);
	ck_assert_int_eq(last, 'x');
	ck_assert_int_eq(fake_kernel_size(&k, 6, NULL), -1);
	k.kernel.ops->grown(&k.kernel, 5, 20, 'y');
	k.kernel.ops->grown(&k.kernel, 5, 15, 'z');
	ck_assert_int_eq(fake_kernel_size(&k, 5, &last), 20);
	ck_assert_int_eq(last, 'y');
	ck_assert_uint_eq(fake_kernel_opens(&k), 1);
	ck_assert_uint_eq(fake_kernel_news(&k), 2);
	k.kernel.ops->forget(&k.kernel, 5);
	ck_assert(fake_kernel_forgot(&k, 5));
	ck_assert_int_eq(fake_kernel_size(&k, 5, NULL), -1);
	fake_kernel_fini(&k);
	fake_reply_free(r);
}
END_TEST

START_TEST(kernel_later)
{
	struct fake_reply *a = fake_request("open"), *b = fake_request("open");
	struct fake_kernel k;

	fake_kernel_init(&k, true);
	fake_kernel_hold(&k, true);
	a->ticket->again = b->ticket->again = answer_open;
	k.kernel.ops->tell(&k.kernel, a->ticket, 5, 0, 0);
	fake_wait_not(a, 5);
	ck_assert_int_eq(fake_kernel_size(&k, 5, NULL), -1); /* a size of 0 is not told */
	fake_kernel_hold(&k, false);
	ck_assert_int_eq(fake_finish(a), 0);
	fake_kernel_hold(&k, true);
	k.kernel.ops->tell(&k.kernel, b->ticket, 5, 1, 0);
	fake_kernel_fini(&k);
	ck_assert_int_eq(fake_finish(b), 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("fake");

	TEST_CASE(s, "reply", answers_are_kept, answers_have_an_order, parked_requests_end,
		  interruptions_race);
	TEST_ABORTS(s, "reply", second_answer_aborts, no_answer_aborts, lost_ticket_aborts,
		    forgotten_request_aborts);
#ifndef NDEBUG
	TEST_ABORTS(s, "locks", answer_under_lock_aborts);
#endif
	TEST_CASE(s, "kernel", kernel_at_once, kernel_later);
	return s;
}

TEST_MAIN(suite)
