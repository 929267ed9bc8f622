/* test_search.c - places found by looking at records, against logs with gaps.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/test.h"

#include "core/search.h"

static struct {
	bool there[64]; /* by offset */
	int64_t low, end, times[64];
} log_;

static int64_t fetched;
static uint64_t seed;

/* Fetches as a feed would, with a record behind the end that came meanwhile. */
static void search(struct bfs_search *s)
{
	enum bfs_search_state state = BFS_SEARCH_ANEW;

	for (int round = 0; state == BFS_SEARCH_ANEW; round++) {
		int64_t at = s->start;

		ck_assert_int_le(round, 20);
		ck_assert(at >= log_.low && at <= log_.end);
		for (state = BFS_SEARCH_ON; at < log_.end && state == BFS_SEARCH_ON; at++) {
			if (!log_.there[at])
				continue;
			state = bfs_search_record(s, at, log_.times[at]);
			fetched++;
		}
		if (state != BFS_SEARCH_ON)
			continue;
		if (round % 2)
			state = bfs_search_record(s, log_.end + 3, 0);
		else
			state = bfs_search_end(s, log_.end);
		ck_assert_int_ne(state, BFS_SEARCH_ON);
	}
}

static void random_log(void)
{
	uint64_t one_in = 1 + test_below(&seed, 6);

	log_.low = (int64_t)test_below(&seed, 10);
	log_.end = log_.low + (int64_t)test_below(&seed, 50);

	for (int i = 0; i < 64; i++) {
		log_.there[i] = test_below(&seed, one_in) == 0;
		log_.times[i] = (int64_t)test_below(&seed, 100);
	}
}

START_TEST(the_last_n)
{
	struct bfs_search s;

	seed = test_seed();
	fprintf(stderr, "SEED=%llu\n", (unsigned long long)seed);
	for (int i = 0; i < 3000; i++) {
		int64_t n, at, count = 0;

		random_log();
		n = 1 + (int64_t)test_below(&seed, 40);
		bfs_search_last(&s, log_.low, log_.end, n);
		search(&s);
		for (at = log_.end; at > log_.low && count < n; at--)
			count += log_.there[at - 1];
		ck_assert_int_eq(s.count, count);
		/* gaps before it may be counted in or out */
		ck_assert_int_ge(s.place, log_.low);
		for (; at < s.place; at++)
			ck_assert(!log_.there[at]);
		for (at = s.place, count = 0; at < log_.end; at++)
			count += log_.there[at];
		ck_assert_int_eq(count, s.count);
	}
}
END_TEST

START_TEST(a_time)
{
	struct bfs_search s;

	seed = test_seed();
	fprintf(stderr, "SEED=%llu\n", (unsigned long long)seed);
	for (int i = 0; i < 3000; i++) {
		int64_t time = (int64_t)test_below(&seed, 110), at;

		random_log();
		bfs_search_time(&s, log_.low, log_.end, time);
		search(&s);
		for (at = log_.low; at < log_.end; at++)
			if (log_.there[at] && log_.times[at] >= time)
				break;
		ck_assert_int_eq(s.place, at);
	}
}
END_TEST

/* Without gaps the guess is right: each record is looked at once. */
START_TEST(no_more_than_needed)
{
	struct bfs_search s;

	log_.low = 0;
	log_.end = 60;
	for (int i = 0; i < 64; i++)
		log_.there[i] = true;
	fetched = 0;
	bfs_search_last(&s, 0, 60, 10);
	search(&s);
	ck_assert_int_eq(s.place, 50);
	ck_assert_int_eq(fetched, 10);
	bfs_search_last(&s, 0, 60, INT64_MAX);
	search(&s);
	ck_assert_int_eq(s.place, 0);
	ck_assert_int_eq(s.count, 60);
}
END_TEST

/* It reached less far than the end: more is to come. */
START_TEST(an_end_that_is_not_the_end)
{
	struct bfs_search s;

	bfs_search_last(&s, 0, 10, 3);
	ck_assert_int_eq(bfs_search_end(&s, 9), BFS_SEARCH_ON);
	ck_assert_int_eq(bfs_search_record(&s, 9, 0), BFS_SEARCH_ON);
	ck_assert_int_eq(bfs_search_end(&s, 11), BFS_SEARCH_ANEW);
	ck_assert_int_lt(s.start, 7);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("search");

	TEST_CASE(s, "all", the_last_n, a_time, no_more_than_needed, an_end_that_is_not_the_end);
	return s;
}

TEST_MAIN(suite)
