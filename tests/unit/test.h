/* test.h - what every Check program needs: its main, a random source, a bounded wait.
 *
 * A program defines `static Suite *suite(void)` and ends with TEST_MAIN(suite). Check's own
 * variables select and report: CK_RUN_CASE, CK_RUN_SUITE, CK_VERBOSITY, CK_FORK=no for a debugger.
 * SEED= repeats a random run.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_TESTS_UNIT_TEST_H
#define BFS_TESTS_UNIT_TEST_H

#include <check.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define TEST_MAIN(suite)                                                                           \
	int main(void)                                                                             \
	{                                                                                          \
		SRunner *runner = srunner_create(suite());                                         \
		int failed;                                                                        \
                                                                                                   \
		srunner_run_all(runner, CK_ENV);                                                   \
		failed = srunner_ntests_failed(runner);                                            \
		srunner_free(runner);                                                              \
		return failed ? EXIT_FAILURE : EXIT_SUCCESS;                                       \
	}

/* Adds a case of the given name with its tests, NULL at the end. */
static inline void test_case(Suite *s, const char *name, const TTest *const *tests)
{
	TCase *tc = tcase_create(name);

	for (; *tests; tests++)
		tcase_add_test(tc, *tests);
	suite_add_tcase(s, tc);
}
#define TEST_CASE(s, name, ...) test_case(s, name, (const TTest *const[]){ __VA_ARGS__, NULL })

/* The same for tests that must end by abort(). */
static inline void test_aborts(Suite *s, const char *name, const TTest *const *tests)
{
	TCase *tc = tcase_create(name);

	for (; *tests; tests++)
		tcase_add_test_raise_signal(tc, *tests, SIGABRT);
	suite_add_tcase(s, tc);
}
#define TEST_ABORTS(s, name, ...) test_aborts(s, name, (const TTest *const[]){ __VA_ARGS__, NULL })

/* A random run: the seed is SEED, or new each time; a failure prints it (Check shows stderr). */
static inline uint64_t test_seed(void)
{
	const char *given = getenv("SEED");
	struct timespec ts;
	uint64_t seed;

	clock_gettime(CLOCK_REALTIME, &ts);
	seed = given ? strtoull(given, NULL, 0)
		     : ((uint64_t)ts.tv_nsec << 20 ^ (uint64_t)getpid() ^ (uint64_t)ts.tv_sec);
	return seed ? seed : 1;
}

/* xorshift64: same seed, same numbers, everywhere. */
static inline uint64_t test_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* From 0 to n-1. */
static inline uint64_t test_below(uint64_t *state, uint64_t n)
{
	return (test_random(state) >> 11) % n;
}

/* How many rounds a random test makes: N, or `usual`. */
static inline int test_rounds(int usual)
{
	const char *given = getenv("N");

	return given ? atoi(given) : usual;
}

/* Waits until the condition holds, 5 s at most (times 10 in slow builds), then fails the test. */
#define TEST_WAIT(condition)                                                                       \
	do {                                                                                       \
		int test_tries_ = 0;                                                               \
                                                                                                   \
		while (!(condition)) {                                                             \
			ck_assert_msg(++test_tries_ < 20000, "never: %s", #condition);             \
			usleep(250);                                                               \
		}                                                                                  \
	} while (0)

#endif
