/* fake_seen.h - a fake cluster with a held clock, and what its callbacks saw, as one line of words.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_TESTS_UNIT_FAKE_SEEN_H
#define BFS_TESTS_UNIT_FAKE_SEEN_H

#include "tests/unit/test.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/sync.h"
#include "tests/fake/cluster.h"
#include "tests/fake/fake.h"

static struct fake_cluster *c;
static const struct bfs_cluster_ops *ops;
static struct bfs_cluster *cl;

static pthread_mutex_t seen_lock = PTHREAD_MUTEX_INITIALIZER;
static struct bfs_buf seen; /* what callbacks saw, as words; protected by seen_lock */

static void saw(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void saw(const char *fmt, ...)
{
	va_list ap;

	bfs_assert_unlocked();
	pthread_mutex_lock(&seen_lock);
	va_start(ap, fmt);
	bfs_buf_vprintf(&seen, fmt, ap);
	va_end(ap);
	pthread_mutex_unlock(&seen_lock);
}

/* Waits for the cluster, then compares what was seen since the last time. */
#define EXPECT(want)                                                                               \
	do {                                                                                       \
		fake_settle(c);                                                                    \
		pthread_mutex_lock(&seen_lock);                                                    \
		bfs_buf_append(&seen, "", 1);                                                      \
		ck_assert_str_eq(seen.data, want);                                                 \
		seen.len = 0;                                                                      \
		pthread_mutex_unlock(&seen_lock);                                                  \
	} while (0)

static _Atomic int64_t now;

static int64_t held_clock(void)
{
	return now;
}

static void setup(void)
{
	now = 1000;
	bfs_clock_override(held_clock);
	c = fake_cluster_new();
	cl = fake_cluster(c);
	ops = cl->ops;
	fake_topic(c, "t", 2);
}

static void teardown(void)
{
	fake_cluster_free(c);
	bfs_buf_fini(&seen);
}

/* Adds a case with the fixture: tests, and tests that must end by abort(). */
static void add(Suite *s, const char *name, const TTest *const *good, const TTest *const *aborting)
{
	TCase *tc = tcase_create(name);

	tcase_add_checked_fixture(tc, setup, teardown);
	for (; *good; good++)
		tcase_add_test(tc, *good);
	for (; *aborting; aborting++)
		tcase_add_test_raise_signal(tc, *aborting, SIGABRT);
	suite_add_tcase(s, tc);
}
/* clang-format off */
#define TESTS(...) (const TTest *const[]){ __VA_ARGS__, NULL }
/* clang-format on */

#endif
