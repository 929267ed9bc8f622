/* test_extent.c - which bytes were returned, against an array of bytes.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/test.h"

#include <string.h>

#include "core/extent.h"

START_TEST(in_order)
{
	struct bfs_extent e = { 0 };

	bfs_extent_add(&e, 0, 10);
	bfs_extent_add(&e, 10, 20);
	bfs_extent_add(&e, 5, 15);
	bfs_extent_add(&e, 20, 20);
	bfs_extent_add(&e, 30, 25);
	ck_assert_int_eq(e.prefix, 20);
	ck_assert_int_eq(e.n, 0);
}
END_TEST

START_TEST(joins)
{
	struct bfs_extent e = { 0 };

	bfs_extent_add(&e, 10, 20);
	bfs_extent_add(&e, 30, 40);
	ck_assert_int_eq(e.prefix, 0);
	ck_assert_int_eq(e.n, 2);
	bfs_extent_add(&e, 20, 30); /* touches both */
	ck_assert_int_eq(e.n, 1);
	bfs_extent_add(&e, 50, 60);
	bfs_extent_add(&e, 0, 10);
	ck_assert_int_eq(e.prefix, 40);
	ck_assert_int_eq(e.n, 1);
	bfs_extent_add(&e, 35, 100);
	ck_assert_int_eq(e.prefix, 100);
	ck_assert_int_eq(e.n, 0);
}
END_TEST

START_TEST(farthest_is_forgotten)
{
	struct bfs_extent e = { 0 };
	int64_t i;

	for (i = 1; i <= BFS_EXTENT_MAX; i++)
		bfs_extent_add(&e, i * 10, i * 10 + 5);
	ck_assert_int_eq(e.n, BFS_EXTENT_MAX);
	bfs_extent_add(&e, 10000, 10001); /* farther than all */
	ck_assert_int_eq(e.ranges[e.n - 1].from, BFS_EXTENT_MAX * 10);
	bfs_extent_add(&e, 6, 7); /* nearer than all */
	ck_assert_int_eq(e.n, BFS_EXTENT_MAX);
	ck_assert_int_eq(e.ranges[0].from, 6);
	ck_assert_int_eq(e.ranges[e.n - 1].from, (BFS_EXTENT_MAX - 1) * 10);
	/* When full, what joins still joins. */
	bfs_extent_add(&e, 0, 1000);
	ck_assert_int_eq(e.prefix, 1000);
	ck_assert_int_eq(e.n, 0);
}
END_TEST

START_TEST(far_numbers)
{
	struct bfs_extent e = { 0 };

	bfs_extent_add(&e, INT64_MAX - 1, INT64_MAX);
	ck_assert_int_eq(e.prefix, 0);
	bfs_extent_add(&e, 0, INT64_MAX - 1);
	ck_assert_int_eq(e.prefix, INT64_MAX);
}
END_TEST

enum { BYTES = 400 };

/* The set must say of each byte at most what the array says, and the same while nothing was
 * forgotten. */
static bool agrees(const struct bfs_extent *e, const char *bytes, bool exact)
{
	char said[BYTES] = { 0 };
	int64_t last = e->prefix;
	int i;

	memset(said, 1, (size_t)e->prefix);
	for (i = 0; i < e->n; i++) {
		if (e->ranges[i].from <= last || e->ranges[i].to <= e->ranges[i].from)
			return false;
		last = e->ranges[i].to;
		memset(said + e->ranges[i].from, 1, (size_t)(last - e->ranges[i].from));
	}
	for (i = 0; i < BYTES; i++)
		if (said[i] > bytes[i] || (exact && said[i] != bytes[i]))
			return false;
	return true;
}

START_TEST(random_ranges)
{
	uint64_t seed = test_seed(), r = seed;
	int round, rounds = test_rounds(2000), i;

	for (round = 0; round < rounds; round++) {
		int adds = (int)test_below(&r, 250);
		uint64_t longest = 1 + test_below(&r, 20);
		struct bfs_extent e = { 0 };
		char bytes[BYTES] = { 0 };
		bool exact = true;

		for (i = 0; i < adds; i++) {
			int64_t from = (int64_t)test_below(&r, BYTES);
			int64_t to = from + (int64_t)test_below(&r, longest);

			if (to > BYTES)
				to = BYTES;
			bfs_extent_add(&e, from, to);
			memset(bytes + from, 1, (size_t)(to - from));
			if (e.n == BFS_EXTENT_MAX)
				exact = false;
			ck_assert_msg(agrees(&e, bytes, exact), "SEED=%llu round %d",
				      (unsigned long long)seed, round);
		}
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("extent");

	TEST_CASE(s, "extent", in_order, joins, farthest_is_forgotten, far_numbers, random_ranges);
	return s;
}

TEST_MAIN(suite)
