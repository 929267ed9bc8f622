/* test_sync.c - lock ranks, named threads, mailboxes.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/test.h"

#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "base/buf.h"
#include "base/sync.h"

static struct bfs_mutex low, middle, high;

static void setup(void)
{
	bfs_mutex_init(&low, BFS_RANK_NODE);
	bfs_mutex_init(&middle, BFS_RANK_STREAM);
	bfs_mutex_init(&high, BFS_RANK_MAILBOX);
}

static void teardown(void)
{
	bfs_mutex_fini(&low);
	bfs_mutex_fini(&middle);
	bfs_mutex_fini(&high);
}

START_TEST(rising_ranks)
{
	bfs_assert_unlocked();
	bfs_mutex_lock(&low);
	bfs_mutex_lock(&middle);
	bfs_mutex_lock(&high);
	bfs_mutex_unlock(&high);
	bfs_mutex_unlock(&middle);
	bfs_mutex_lock(&middle);
	bfs_mutex_unlock(&middle);
	bfs_mutex_unlock(&low);
	bfs_assert_unlocked();
}
END_TEST

/* Hand over hand: unlocking in another order is allowed, and what stays held still counts. */
START_TEST(unlock_in_any_order)
{
	bfs_mutex_lock(&low);
	bfs_mutex_lock(&middle);
	bfs_mutex_unlock(&low);
	bfs_mutex_lock(&high);
	bfs_mutex_unlock(&middle);
	bfs_mutex_unlock(&high);
	bfs_assert_unlocked();
	bfs_mutex_lock(&low);
	bfs_mutex_unlock(&low);
}
END_TEST

#ifndef NDEBUG
START_TEST(falling_rank_aborts)
{
	bfs_mutex_lock(&middle);
	bfs_mutex_lock(&low);
}
END_TEST

START_TEST(same_rank_aborts)
{
	struct bfs_mutex twin;

	bfs_mutex_init(&twin, BFS_RANK_STREAM);
	bfs_mutex_lock(&middle);
	bfs_mutex_lock(&twin);
}
END_TEST

START_TEST(unlock_of_free_aborts)
{
	bfs_mutex_unlock(&low);
}
END_TEST

START_TEST(held_lock_aborts)
{
	bfs_mutex_lock(&low);
	bfs_assert_unlocked();
}
END_TEST

START_TEST(kept_lock_counts_after_another_went)
{
	bfs_mutex_lock(&low);
	bfs_mutex_lock(&middle);
	bfs_mutex_unlock(&low);
	bfs_mutex_lock(&low);
}
END_TEST
#endif

static _Atomic int running;
static char seen_name[16];
static sigset_t seen_mask;

static void *look(void *arg)
{
	pthread_getname_np(pthread_self(), seen_name, sizeof(seen_name));
	pthread_sigmask(SIG_SETMASK, NULL, &seen_mask);
	bfs_assert_unlocked();
	return arg;
}

START_TEST(thread_name_and_signals)
{
	pthread_t t;
	sigset_t mine;
	void *ret;

	/* What the creator holds is not what the thread holds. */
	bfs_mutex_lock(&low);
	ck_assert_int_eq(bfs_thread_start(&t, "a-name-that-is-too-long", look, &running), 0);
	pthread_join(t, &ret);
	bfs_mutex_unlock(&low);
	ck_assert_ptr_eq(ret, &running);
	ck_assert_str_eq(seen_name, "a-name-that-is-");
	ck_assert_int_eq(sigismember(&seen_mask, SIGTERM), 1);
	ck_assert_int_eq(sigismember(&seen_mask, SIGINT), 1);
	pthread_sigmask(SIG_SETMASK, NULL, &mine);
	ck_assert_int_eq(sigismember(&mine, SIGTERM), 0);
}
END_TEST

struct letter {
	struct bfs_list link;
	int from, n;
};

static bool readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

START_TEST(mailbox_order)
{
	struct bfs_list got = BFS_LIST_INIT(got);
	struct letter l[3] = { { .n = 0 }, { .n = 1 }, { .n = 2 } };
	struct bfs_mailbox b;
	int i;

	ck_assert_int_eq(bfs_mailbox_init(&b), 0);
	ck_assert(!readable(b.fd));
	bfs_mailbox_take(&b, &got);
	ck_assert(bfs_list_empty(&got));

	for (i = 0; i < 3; i++)
		bfs_mailbox_post(&b, &l[i].link);
	ck_assert(readable(b.fd));
	bfs_mailbox_take(&b, &got);
	ck_assert(!readable(b.fd));
	for (i = 0; i < 3; i++)
		ck_assert_ptr_eq(bfs_list_pop(&got), &l[i].link);
	ck_assert_ptr_null(bfs_list_pop(&got));

	bfs_mailbox_kick(&b);
	bfs_mailbox_kick(&b);
	ck_assert(readable(b.fd));
	bfs_mailbox_take(&b, &got);
	ck_assert(bfs_list_empty(&got));
	ck_assert(!readable(b.fd));
	bfs_mailbox_fini(&b);
}
END_TEST

enum { SENDERS = 4, LETTERS = 5000 };
static struct bfs_mailbox box;

static void *sender(void *arg)
{
	int from = (int)(intptr_t)arg, i;

	for (i = 0; i < LETTERS; i++) {
		struct letter *l = bfs_zalloc(sizeof(*l));

		l->from = from;
		l->n = i;
		bfs_mailbox_post(&box, &l->link);
	}
	return NULL;
}

/* No letter is lost, none overtakes another of its sender, and the reader never sleeps beside one.
 */
START_TEST(mailbox_many_senders)
{
	struct bfs_list got = BFS_LIST_INIT(got), *n;
	int next[SENDERS] = { 0 }, total = 0, i;
	pthread_t t[SENDERS];

	ck_assert_int_eq(bfs_mailbox_init(&box), 0);
	for (i = 0; i < SENDERS; i++)
		ck_assert_int_eq(bfs_thread_start(&t[i], "sender", sender, (void *)(intptr_t)i), 0);
	while (total < SENDERS * LETTERS) {
		struct pollfd p = { .fd = box.fd, .events = POLLIN };

		ck_assert_int_eq(poll(&p, 1, 5000), 1);
		bfs_mailbox_take(&box, &got);
		while ((n = bfs_list_pop(&got))) {
			struct letter *l = bfs_container(n, struct letter, link);

			ck_assert_int_eq(l->n, next[l->from]++);
			total++;
			free(l);
		}
	}
	for (i = 0; i < SENDERS; i++)
		pthread_join(t[i], NULL);
	bfs_mailbox_fini(&box);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("sync");
	TCase *ranks = tcase_create("ranks");

	tcase_add_checked_fixture(ranks, setup, teardown);
	tcase_add_test(ranks, rising_ranks);
	tcase_add_test(ranks, unlock_in_any_order);
	tcase_add_test(ranks, thread_name_and_signals);
#ifndef NDEBUG
	tcase_add_test_raise_signal(ranks, falling_rank_aborts, SIGABRT);
	tcase_add_test_raise_signal(ranks, same_rank_aborts, SIGABRT);
	tcase_add_test_raise_signal(ranks, unlock_of_free_aborts, SIGABRT);
	tcase_add_test_raise_signal(ranks, held_lock_aborts, SIGABRT);
	tcase_add_test_raise_signal(ranks, kept_lock_counts_after_another_went, SIGABRT);
#endif
	suite_add_tcase(s, ranks);
	TEST_CASE(s, "mailbox", mailbox_order, mailbox_many_senders);
	return s;
}

TEST_MAIN(suite)
