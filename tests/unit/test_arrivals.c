/* test_arrivals.c - which files inotify is told of, and when.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/test.h"

#include <string.h>

#include "base/clock.h"
#include "fuse/arrivals.h"

#define GATHER BFS_ARRIVALS_GATHER
#define REST   BFS_ARRIVALS_REST

static struct bfs_arrivals a;

/* The name of what is due at `now`, or "" and *ret_when. */
static const char *next(int64_t now, int64_t *ret_when)
{
	static struct bfs_touch t;
	uint64_t ino;

	if (!bfs_arrivals_next(&a, now, &ino, &t, ret_when))
		return "";
	return t.name;
}

#define due(now, wanted)                                                                           \
	do {                                                                                       \
		int64_t when_;                                                                     \
		ck_assert_str_eq(next((now), &when_), (wanted));                                   \
	} while (0)

#define nothing(now, until)                                                                        \
	do {                                                                                       \
		int64_t when_;                                                                     \
		ck_assert_str_eq(next((now), &when_), "");                                         \
		ck_assert_int_eq(when_, (until));                                                  \
	} while (0)

START_TEST(a_burst_is_one_touch)
{
	bfs_arrivals_init(&a, true);
	nothing(0, BFS_NEVER);
	ck_assert(bfs_arrivals_note(&a, 7, "t/0", 1000));
	ck_assert(!bfs_arrivals_note(&a, 7, "t/0", 1001));
	ck_assert(!bfs_arrivals_note(&a, 7, "t/0", 1009));
	nothing(1009, 1000 + GATHER);
	due(1010, "t/0");
	nothing(1010, 1010 + REST);
	nothing(1010 + REST, BFS_NEVER);
	ck_assert(bfs_arrivals_note(&a, 7, "t/0", 2000));
	due(2010, "t/0");
	bfs_arrivals_fini(&a);
}
END_TEST

START_TEST(the_last_arrival_is_told)
{
	int64_t now, when = 0, last = 0;
	int touches = 0;

	bfs_arrivals_init(&a, true);
	/* something every millisecond, for a second */
	for (now = 0; now <= 1000; now++) {
		bfs_arrivals_note(&a, 7, "t/0", now);
		if (*next(now, &when)) {
			touches++;
			ck_assert(touches == 1 || now - last >= REST);
			last = now;
		}
	}
	ck_assert_int_ge(touches, 9);
	ck_assert_int_le(touches, 11);
	/* its last was after the last touch, or with it */
	ck_assert_int_lt(last, 1000);
	nothing(1000, last + REST);
	due(last + REST, "t/0");
	nothing(last + REST, last + 2 * REST);
	nothing(last + 2 * REST, BFS_NEVER);
	bfs_arrivals_fini(&a);
}
END_TEST

START_TEST(files_do_not_wait_for_each_other)
{
	bfs_arrivals_init(&a, true);
	bfs_arrivals_note(&a, 1, "t/1", 0);
	ck_assert(bfs_arrivals_note(&a, 2, "t/2", 5));
	due(10, "t/1");
	nothing(10, 15);
	due(15, "t/2");
	bfs_arrivals_note(&a, 2, "t/2", 20);
	ck_assert(bfs_arrivals_note(&a, 3, "u/3.json", 30));
	due(40, "u/3.json");
	nothing(109, 110); /* t/1's rest ends, with nothing new */
	nothing(110, 115);
	due(115, "t/2");
	bfs_arrivals_fini(&a);
}
END_TEST

START_TEST(a_held_file_waits)
{
	struct bfs_hold h = { .ino = 0 }, other = { .ino = 0 }, third = { .ino = 0 };

	bfs_arrivals_init(&a, true);
	bfs_arrivals_hold(&a, &h, 1);
	bfs_arrivals_note(&a, 1, "t/1", 0);
	bfs_arrivals_note(&a, 2, "t/2", 0);
	due(10, "t/2");
	nothing(10, 10 + REST); /* only of t/2 */
	ck_assert(!bfs_arrivals_note(&a, 1, "t/1", 50));
	bfs_arrivals_hold(&a, &other, 1);
	bfs_arrivals_hold(&a, &third, 2);
	nothing(5000, BFS_NEVER);
	ck_assert(!bfs_arrivals_release(&a, &h, 5000));
	ck_assert(!bfs_arrivals_release(&a, &third, 5000));
	nothing(5000, BFS_NEVER);
	ck_assert(bfs_arrivals_release(&a, &other, 6000));
	ck_assert_uint_eq(other.ino, 0);
	nothing(6000, 6000 + GATHER);
	due(6000 + GATHER, "t/1");
	bfs_arrivals_fini(&a);
}
END_TEST

START_TEST(held_while_it_rests)
{
	struct bfs_hold h = { .ino = 0 };

	bfs_arrivals_init(&a, true);
	bfs_arrivals_note(&a, 1, "t/1", 0);
	due(10, "t/1");
	bfs_arrivals_note(&a, 1, "t/1", 20);
	bfs_arrivals_hold(&a, &h, 1);
	nothing(110, BFS_NEVER);
	ck_assert(bfs_arrivals_release(&a, &h, 200));
	due(210, "t/1");
	/* a hold that came and went in time changes nothing */
	bfs_arrivals_note(&a, 1, "t/1", 220);
	bfs_arrivals_hold(&a, &h, 1);
	ck_assert(!bfs_arrivals_release(&a, &h, 230));
	nothing(300, 310);
	due(310, "t/1");
	bfs_arrivals_fini(&a);
}
END_TEST

START_TEST(closed_it_is_forgotten)
{
	struct bfs_hold h = { .ino = 0 };

	bfs_arrivals_init(&a, true);
	bfs_arrivals_note(&a, 1, "t/1", 0);
	bfs_arrivals_forget(&a, 1);
	nothing(10, BFS_NEVER);
	bfs_arrivals_hold(&a, &h, 1);
	bfs_arrivals_note(&a, 1, "t/1", 0);
	nothing(10, BFS_NEVER);
	bfs_arrivals_forget(&a, 1);
	ck_assert(!bfs_arrivals_release(&a, &h, 20));
	nothing(1000, BFS_NEVER);
	bfs_arrivals_forget(&a, 1);
	bfs_arrivals_fini(&a);
}
END_TEST

START_TEST(unsent_it_comes_again)
{
	struct bfs_touch t;
	uint64_t ino;
	int64_t when;

	bfs_arrivals_init(&a, true);
	bfs_arrivals_note(&a, 9, "t/0", 0);
	ck_assert(bfs_arrivals_next(&a, 10, &ino, &t, &when));
	ck_assert_uint_eq(ino, 9);
	bfs_arrivals_unsent(&a, ino);
	nothing(10, 10 + REST);
	due(10 + REST, "t/0");
	nothing(10 + 2 * REST, BFS_NEVER);
	bfs_arrivals_unsent(&a, ino); /* closed meanwhile */
	nothing(1000, BFS_NEVER);
	bfs_arrivals_fini(&a);
}
END_TEST

START_TEST(off_it_takes_nothing)
{
	struct bfs_hold h = { .ino = 0 }, late = { .ino = 0 };

	bfs_arrivals_init(&a, true);
	bfs_arrivals_hold(&a, &h, 1);
	bfs_arrivals_note(&a, 1, "t/1", 0);
	bfs_arrivals_note(&a, 2, "t/2", 0);
	bfs_arrivals_off(&a);
	nothing(10, BFS_NEVER);
	ck_assert(!bfs_arrivals_note(&a, 3, "t/3", 10));
	bfs_arrivals_hold(&a, &late, 2);
	ck_assert(!bfs_arrivals_release(&a, &late, 10));
	ck_assert(!bfs_arrivals_release(&a, &h, 10));
	nothing(1000, BFS_NEVER);
	bfs_arrivals_fini(&a);
}
END_TEST

START_TEST(names_that_fit)
{
	char name[sizeof(((struct bfs_touch *)0)->name) + 1];

	bfs_arrivals_init(&a, true);
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	ck_assert(!bfs_arrivals_note(&a, 1, name, 0));
	name[sizeof(name) - 2] = '\0';
	ck_assert(bfs_arrivals_note(&a, 1, name, 0));
	due(10, name);
	bfs_arrivals_fini(&a);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("arrivals");

	TEST_CASE(s, "arrivals", a_burst_is_one_touch, the_last_arrival_is_told,
		  files_do_not_wait_for_each_other, a_held_file_waits, held_while_it_rests,
		  closed_it_is_forgotten, unsent_it_comes_again, off_it_takes_nothing,
		  names_that_fit);
	return s;
}

TEST_MAIN(suite)
