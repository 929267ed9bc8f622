/* test_trail.c - the way of a merge is found again, from wherever one goes back to.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/test.h"

#include <string.h>

#include "core/trail.h"

#define N     4
#define STEPS 3000

static struct bfs_trail t;
static struct bfs_walk w;
static uint64_t seed;

/* The way that was gone: step i went from `at` by log `who` up to `to`. */
static struct {
	int64_t at, vector[N], to;
	int32_t who;
} way[STEPS];
static int n_way, edge_at;

static void begin(size_t marks, size_t turns)
{
	int64_t from[N], edge[N];

	seed = test_seed();
	fprintf(stderr, "SEED=%llu\n", (unsigned long long)seed);
	for (int i = 0; i < N; i++) {
		from[i] = (int64_t)test_below(&seed, 100);
		edge[i] = from[i] + 500 + (int64_t)test_below(&seed, 300);
	}
	bfs_trail_init(&t, N, from, edge, 8, marks, turns);
	w.next = malloc(sizeof(from));
	ck_assert(bfs_trail_back(&t, 0, &w));
	ck_assert_int_eq(w.at, 0);
	n_way = 0;
}

static void step(int32_t who, int64_t to)
{
	way[n_way].at = w.at;
	memcpy(way[n_way].vector, w.next, sizeof(way->vector));
	way[n_way].who = who;
	way[n_way++].to = to;
	ck_assert(bfs_trail_step(&t, &w, who, to));
}

static void go(int steps)
{
	const struct bfs_turn *turn;

	while (w.at < t.total) {
		int32_t who = (int32_t)test_below(&seed, N);
		int64_t to = w.next[who] + 1 + (int64_t)test_below(&seed, 4);

		if (to > t.edge[who] || t.total - w.at < 20)
			break;
		step(who, to);
	}
	ck_assert(bfs_trail_reach_edge(&t, &w));
	edge_at = n_way;
	while (n_way < edge_at + steps) {
		int32_t who = (int32_t)test_below(&seed, N);

		ck_assert(bfs_trail_fresh(&t, &w, &turn));
		step(who, w.next[who] + 1 + (int64_t)test_below(&seed, 4));
	}
}

static void finish(void)
{
	bfs_trail_fini(&t);
	free(w.next);
}

START_TEST(back_before_the_edge)
{
	begin(16, 100);
	go(0);
	for (int i = edge_at - 1; i >= 0; i -= 1 + (int)test_below(&seed, 20)) {
		int k;

		ck_assert(bfs_trail_back(&t, way[i].at, &w));
		ck_assert_int_le(w.at, way[i].at);
		ck_assert_int_le(way[i].at - w.at, 2 * t.spacing);
		for (k = i; way[k].at > w.at; k--)
			;
		ck_assert_int_eq(way[k].at, w.at);
		ck_assert(!memcmp(way[k].vector, w.next, sizeof(way->vector)));
		for (; k < edge_at; k++)
			ck_assert(bfs_trail_step(&t, &w, way[k].who, way[k].to));
		ck_assert(bfs_trail_reach_edge(&t, &w));
		ck_assert_int_eq(w.at, t.total);
	}
	finish();
}
END_TEST

/* Behind it: to the very place, and on by the turns that were taken. */
START_TEST(back_behind_the_edge)
{
	const struct bfs_turn *turn;

	begin(16, 10000);
	go(800);
	for (int i = n_way - 1; i >= edge_at; i -= 1 + (int)test_below(&seed, 20)) {
		ck_assert(bfs_trail_back(&t, way[i].at, &w));
		ck_assert_int_eq(w.at, way[i].at);
		ck_assert(!memcmp(way[i].vector, w.next, sizeof(way->vector)));
		for (int k = i; k < n_way; k++) {
			ck_assert(!bfs_trail_fresh(&t, &w, &turn));
			ck_assert_int_eq(turn->who, way[k].who);
			ck_assert_int_ge(turn->to, way[k].to);
			ck_assert(bfs_trail_step(&t, &w, way[k].who, way[k].to));
		}
		ck_assert(bfs_trail_fresh(&t, &w, &turn));
	}
	finish();
}
END_TEST

START_TEST(old_turns_are_forgotten)
{
	const struct bfs_turn *turn;
	int oldest;

	begin(16, 64);
	go(800);
	ck_assert_int_le(t.n_turns, 64);
	ck_assert_int_ge(t.n_turns, 32);
	ck_assert(!bfs_trail_back(&t, t.total, &w));
	for (oldest = edge_at; !bfs_trail_back(&t, way[oldest].at, &w); oldest++)
		;
	ck_assert_int_lt(oldest, n_way - 30);
	for (int i = oldest; i < n_way; i++) {
		ck_assert(bfs_trail_back(&t, way[i].at, &w));
		ck_assert(!memcmp(way[i].vector, w.next, sizeof(way->vector)));
	}
	/* and whoever comes from before the edge finds no way on */
	ck_assert(bfs_trail_back(&t, 0, &w));
	for (int k = 0; k < edge_at; k++)
		ck_assert(bfs_trail_step(&t, &w, way[k].who, way[k].to));
	ck_assert(bfs_trail_reach_edge(&t, &w));
	ck_assert(!bfs_trail_fresh(&t, &w, &turn));
	ck_assert_ptr_null(turn);
	finish();
}
END_TEST

START_TEST(another_way_is_noticed)
{
	bool same = true;

	begin(64, 100);
	go(0);
	ck_assert(bfs_trail_back(&t, 0, &w));
	for (int k = 0; k < edge_at && same; k++)
		same = bfs_trail_step(&t, &w, (way[k].who + 1) % N,
				      w.next[(way[k].who + 1) % N] + 1);
	ck_assert(!same);
	finish();
}
END_TEST

START_TEST(nothing_before_the_edge)
{
	const int64_t at[N] = { 5, 0, 7, 0 };
	const struct bfs_turn *turn;

	bfs_trail_init(&t, N, at, at, 8, 16, 16);
	w.next = malloc(sizeof(at));
	ck_assert_int_eq(t.total, 0);
	ck_assert(bfs_trail_back(&t, 0, &w));
	ck_assert(!memcmp(at, w.next, sizeof(at)));
	ck_assert(bfs_trail_fresh(&t, &w, &turn));
	ck_assert(bfs_trail_step(&t, &w, 2, 9));
	ck_assert(bfs_trail_step(&t, &w, 2, 10));
	ck_assert(bfs_trail_back(&t, 1, &w));
	ck_assert_int_eq(w.next[2], 8);
	ck_assert(!bfs_trail_fresh(&t, &w, &turn));
	ck_assert_int_eq(turn->to, 10);
	finish();
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("trail");

	TEST_CASE(s, "all", back_before_the_edge, back_behind_the_edge, old_turns_are_forgotten,
		  another_way_is_noticed, nothing_before_the_edge);
	return s;
}

TEST_MAIN(suite)
