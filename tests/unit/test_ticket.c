/* test_ticket.c - parked requests and the clerk: each is answered once, whatever races for it.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/test.h"

#include <errno.h>
#include <pthread.h>

#include "base/clock.h"
#include "model/clerk.h"
#include "tests/fake/reply.h"

static struct place {
	struct bfs_mutex lock;
	struct bfs_list waiting;
} here, there;
static struct bfs_clerk *clerk;
static _Atomic int64_t now;
static _Atomic int owners; /* references on the owner */

static int64_t held_clock(void)
{
	return now;
}

static void owner_get(void *o)
{
	(void)o;
	owners++;
}

static void owner_put(void *o)
{
	(void)o;
	owners--;
}

static const struct bfs_keeper keeper = { owner_get, owner_put };

static void setup(void)
{
	now = 1000;
	bfs_clock_override(held_clock);
	clerk = bfs_clerk_new();
	bfs_mutex_init(&here.lock, BFS_RANK_STREAM);
	bfs_mutex_init(&there.lock, BFS_RANK_CLAIM);
	bfs_list_init(&here.waiting);
	bfs_list_init(&there.waiting);
}

static void teardown(void)
{
	bfs_clerk_free(clerk);
	bfs_mutex_fini(&here.lock);
	bfs_mutex_fini(&there.lock);
	fake_replies_check();
	ck_assert_int_eq(owners, 0);
}

static void cancel(struct bfs_ticket *t, void *place, int err)
{
	struct place *p = place;
	bool mine;

	bfs_assert_unlocked();
	bfs_mutex_lock(&p->lock);
	mine = bfs_ticket_claim(t, p, err);
	bfs_mutex_unlock(&p->lock);
	if (mine)
		bfs_answer_error(t, err);
}

/* The pattern of ticket.h; true if it is parked now. */
static bool park(struct bfs_ticket *t, struct place *p, int64_t deadline)
{
	bool parked;

	bfs_ticket_arm(t, clerk, deadline, cancel, p, &owners, &keeper);
	bfs_mutex_lock(&p->lock);
	parked = bfs_ticket_park(t, &p->waiting);
	bfs_mutex_unlock(&p->lock);
	if (!parked)
		bfs_answer_error(t, t->cancelled);
	return parked;
}

static struct bfs_ticket *pop(struct place *p)
{
	struct bfs_ticket *t;

	bfs_mutex_lock(&p->lock);
	t = bfs_ticket_pop(&p->waiting);
	bfs_mutex_unlock(&p->lock);
	return t;
}

static struct fake_reply *parked(int64_t deadline)
{
	struct fake_reply *r = fake_request("read");

	ck_assert(park(r->ticket, &here, deadline));
	return r;
}

START_TEST(answered_without_waiting)
{
	struct fake_reply *r = fake_request("read");

	bfs_answer_written(r->ticket, 7);
	ck_assert_int_eq(r->kind, FAKE_WRITTEN);
	fake_reply_free(r);
}
END_TEST

START_TEST(popped_in_order)
{
	struct fake_reply *a = parked(BFS_NEVER), *b = parked(BFS_NEVER);

	ck_assert_int_eq(owners, 2);
	bfs_answer_error(pop(&here), 0);
	ck_assert(fake_answered(a) && !fake_answered(b));
	bfs_answer_error(pop(&here), -EIO);
	ck_assert_ptr_null(pop(&here));
	ck_assert_int_eq(fake_finish(a), 0);
	ck_assert_int_eq(fake_finish(b), -EIO);
}
END_TEST

START_TEST(ended_at_its_deadline)
{
	struct fake_reply *early = parked(1500), *late = parked(2000), *past;

	now = 1499;
	bfs_clerk_kick(clerk);
	fake_wait_not(early, 5);
	now = 1500;
	bfs_clerk_kick(clerk);
	ck_assert_int_eq(fake_finish(early), -ETIMEDOUT);
	ck_assert(!fake_answered(late));
	past = fake_request("read");
	park(past->ticket, &here, 1000);
	ck_assert_int_eq(fake_finish(past), -ETIMEDOUT);
	now = 2000;
	bfs_clerk_kick(clerk);
	ck_assert_int_eq(fake_finish(late), -ETIMEDOUT);
}
END_TEST

/* Without a test's clock: the clerk wakes up by itself. */
START_TEST(the_clerk_keeps_time)
{
	int64_t began;
	struct fake_reply *r;

	bfs_clerk_free(clerk);
	bfs_clock_override(NULL);
	clerk = bfs_clerk_new();
	began = bfs_clock_ms();
	r = parked(began + 30);
	ck_assert_int_eq(fake_finish(r), -ETIMEDOUT);
	ck_assert_int_ge(bfs_clock_ms() - began, 30);
}
END_TEST

START_TEST(ended_by_an_interruption)
{
	struct fake_reply *r = parked(BFS_NEVER), *q = fake_request("read");

	fake_interrupt(r);
	ck_assert_int_eq(fake_finish(r), -EINTR);
	fake_interrupt(q); /* before it waits */
	park(q->ticket, &here, BFS_NEVER);
	ck_assert_int_eq(fake_finish(q), -EINTR);
	q = parked(BFS_NEVER);
	bfs_answer_error(pop(&here), 0);
	fake_interrupt(q); /* after its answer */
	ck_assert_int_eq(fake_finish(q), 0);
}
END_TEST

/* One that was popped is the popper's, also when it moves on to another place. */
START_TEST(an_interruption_follows_to_the_next_place)
{
	struct fake_reply *r = parked(BFS_NEVER);
	struct bfs_ticket *t = pop(&here);

	fake_interrupt(r);
	fake_wait_not(r, 5);
	if (park(t, &there, BFS_NEVER))
		fake_wait(r);
	ck_assert_int_eq(fake_finish(r), -EINTR);
	ck_assert_ptr_null(pop(&there));
}
END_TEST

START_TEST(a_move_has_a_new_deadline)
{
	struct fake_reply *r = parked(1500);
	struct bfs_ticket *t = pop(&here);

	ck_assert(park(t, &there, 3000));
	ck_assert_int_eq(owners, 1);
	now = 2000;
	bfs_clerk_kick(clerk);
	fake_wait_not(r, 5);
	now = 3000;
	bfs_clerk_kick(clerk);
	ck_assert_int_eq(fake_finish(r), -ETIMEDOUT);
}
END_TEST

START_TEST(a_closed_clerk_ends_all)
{
	struct fake_reply *r = parked(BFS_NEVER), *q = fake_request("read");

	bfs_clerk_close(clerk);
	ck_assert_int_eq(fake_finish(r), -ENODEV);
	park(q->ticket, &here, BFS_NEVER);
	ck_assert_int_eq(fake_finish(q), -ENODEV);
}
END_TEST

/* --- timers -------------------------------------------------------------------------- */

static void count(void *arg)
{
	++*(_Atomic int *)arg;
}

START_TEST(timers_fire_once)
{
	_Atomic int fired = 0;
	struct bfs_timer tm = { .fire = count, .arg = &fired };

	ck_assert(bfs_timer_set(clerk, &tm, 1500));
	ck_assert(!bfs_timer_set(clerk, &tm, 2000)); /* moved */
	now = 1999;
	bfs_clerk_kick(clerk);
	usleep(2000);
	ck_assert_int_eq(fired, 0);
	now = 2000;
	bfs_clerk_kick(clerk);
	TEST_WAIT(fired == 1);
	ck_assert(!bfs_timer_stop(clerk, &tm));
	ck_assert(bfs_timer_set(clerk, &tm, 3000));
	ck_assert(bfs_timer_stop(clerk, &tm));
	now = 4000;
	ck_assert(bfs_timer_set(clerk, &tm, 3500));
	TEST_WAIT(fired == 2);
	ck_assert(bfs_timer_set(clerk, &tm, 9000));
	bfs_clerk_free(clerk); /* at the end, whenever */
	ck_assert_int_eq(fired, 3);
	clerk = bfs_clerk_new();
}
END_TEST

/* --- races --------------------------------------------------------------------------- */

static _Atomic bool quit;

static void *popper(void *arg)
{
	uint64_t rnd = 77;

	(void)arg;
	while (!quit) {
		struct bfs_ticket *t = pop(test_below(&rnd, 2) ? &here : &there);

		if (t && test_below(&rnd, 3) == 0)
			park(t, &there, now + (int64_t)test_below(&rnd, 2));
		else if (t)
			bfs_answer_error(t, 0);
	}
	return NULL;
}

/* The fake reply ends the test at a second answer, fake_finish() at none. */
START_TEST(everybody_races)
{
	int n = test_rounds(3000), i;
	struct fake_reply *r[8];
	pthread_t a, b;
	uint64_t rnd = test_seed();

	quit = false;
	ck_assert_int_eq(pthread_create(&a, NULL, popper, NULL), 0);
	ck_assert_int_eq(pthread_create(&b, NULL, popper, NULL), 0);
	for (i = 0; i < n; i++) {
		int k;

		for (k = 0; k < 8; k++) {
			r[k] = fake_request("read");
			if (test_below(&rnd, 4) == 0)
				fake_interrupt(r[k]);
			park(r[k]->ticket, k % 2 ? &here : &there, now + 1);
		}
		for (k = 0; k < 8; k += 1 + (int)test_below(&rnd, 3))
			fake_interrupt(r[k]);
		now++;
		bfs_clerk_kick(clerk);
		for (k = 0; k < 8; k++) {
			int err = fake_finish(r[k]);

			ck_assert(err == 0 || err == -EINTR || err == -ETIMEDOUT);
		}
	}
	quit = true;
	pthread_join(a, NULL);
	pthread_join(b, NULL);
}
END_TEST

static void add(Suite *s, const char *name, const TTest *const *tests)
{
	TCase *tc = tcase_create(name);

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 20);
	for (; *tests; tests++)
		tcase_add_test(tc, *tests);
	suite_add_tcase(s, tc);
}
#define ADD(s, name, ...) add(s, name, (const TTest *const[]){ __VA_ARGS__, NULL })

static Suite *suite(void)
{
	Suite *s = suite_create("ticket");

	ADD(s, "wait", answered_without_waiting, popped_in_order, ended_at_its_deadline,
	    the_clerk_keeps_time, ended_by_an_interruption,
	    an_interruption_follows_to_the_next_place, a_move_has_a_new_deadline,
	    a_closed_clerk_ends_all);
	ADD(s, "timer", timers_fire_once);
	ADD(s, "race", everybody_races);
	return s;
}

TEST_MAIN(suite)
