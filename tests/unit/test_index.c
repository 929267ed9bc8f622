/* test_index.c - sparse marks, against a naive oracle.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/test.h"

#include "core/index.h"

static struct bfs_index ix;

static void expect_at_byte(int64_t byte, int64_t mark_byte, int64_t mark_offset)
{
	struct bfs_mark m;

	ck_assert(bfs_index_at_byte(&ix, byte, &m));
	ck_assert_int_eq(m.byte, mark_byte);
	ck_assert_int_eq(m.offset, mark_offset);
}

START_TEST(nothing_known)
{
	struct bfs_mark m = { 7, 8 };

	bfs_index_init(&ix, 10, 8);
	ck_assert(!bfs_index_at_byte(&ix, 1000, &m));
	ck_assert(!bfs_index_at_offset(&ix, 1000, &m));
	ck_assert_int_eq(m.byte, 7);
	bfs_index_fini(&ix);
	bfs_index_fini(&ix);
	bfs_index_fini(NULL);
}
END_TEST

START_TEST(nearest_below)
{
	struct bfs_mark m;

	bfs_index_init(&ix, 10, 8);
	ck_assert(bfs_index_add(&ix, 100, 5));
	ck_assert(bfs_index_add(&ix, 110, 50)); /* offsets have gaps */
	ck_assert(!bfs_index_at_byte(&ix, 99, &m));
	ck_assert(!bfs_index_at_offset(&ix, 4, &m));
	expect_at_byte(100, 100, 5);
	expect_at_byte(109, 100, 5);
	expect_at_byte(110, 110, 50);
	expect_at_byte(INT64_MAX, 110, 50);
	ck_assert(bfs_index_at_offset(&ix, 49, &m));
	ck_assert_int_eq(m.byte, 100);
	ck_assert(bfs_index_at_offset(&ix, 50, &m));
	ck_assert_int_eq(m.byte, 110);
	bfs_index_fini(&ix);
}
END_TEST

START_TEST(too_near_is_not_kept)
{
	bfs_index_init(&ix, 10, 8);
	ck_assert(bfs_index_add(&ix, 0, 0));
	ck_assert(bfs_index_add(&ix, 9, 1));
	ck_assert(bfs_index_add(&ix, 10, 2));
	ck_assert_uint_eq(ix.len, 2);
	/* What is already known, or lies before the last mark, is no contradiction. */
	ck_assert(bfs_index_add(&ix, 10, 2));
	ck_assert(bfs_index_add(&ix, 0, 0));
	ck_assert(bfs_index_add(&ix, 5, 1));
	ck_assert_uint_eq(ix.len, 2);
	bfs_index_fini(&ix);
}
END_TEST

START_TEST(contradictions)
{
	bfs_index_init(&ix, 10, 8);
	ck_assert(bfs_index_add(&ix, 0, 100));
	ck_assert(bfs_index_add(&ix, 20, 120));
	ck_assert(!bfs_index_add(&ix, 20, 121)); /* another record there */
	ck_assert(!bfs_index_add(&ix, 0, 99));
	ck_assert(!bfs_index_add(&ix, 30, 120)); /* farther, but not later */
	ck_assert(!bfs_index_add(&ix, 30, 5));
	ck_assert(!bfs_index_add(&ix, 22, 119)); /* even if too near to be kept */
	ck_assert(!bfs_index_add(&ix, 10, 120)); /* between the two, but not so */
	ck_assert(!bfs_index_add(&ix, 10, 100));
	ck_assert(bfs_index_add(&ix, 10, 110));
	ck_assert_uint_eq(ix.len, 2);
	expect_at_byte(500, 20, 120);
	bfs_index_fini(&ix);
}
END_TEST

START_TEST(thins_out)
{
	int64_t i;

	bfs_index_init(&ix, 10, 8);
	for (i = 0; i < 1000; i++)
		ck_assert(bfs_index_add(&ix, 3 + i * 10, 7 + i * 2));
	ck_assert_uint_le(ix.len, 8);
	ck_assert_uint_gt(ix.len, 3);
	ck_assert_uint_le(ix.room, 8);
	expect_at_byte(3, 3, 7);
	expect_at_byte(12, 3, 7);
	/* Look-ups stay close: the marks are spread over all of it. */
	for (i = 1; i < (int64_t)ix.len; i++)
		ck_assert_int_le(ix.marks[i].byte - ix.marks[i - 1].byte, 2 * ix.spacing);
	ck_assert_int_le(9993 - ix.marks[ix.len - 1].byte, 2 * ix.spacing);
	bfs_index_fini(&ix);
}
END_TEST

/* The oracle keeps every record; the index may know less, never anything else. */
enum { RECORDS = 2000, LONGEST = 200 };
static struct bfs_mark all[RECORDS];
static int64_t first_spacing;

static void check_byte(const struct bfs_mark *marks, int n, int64_t byte, uint64_t seed)
{
	struct bfs_mark m;
	int i;

	if (!bfs_index_at_byte(&ix, byte, &m)) {
		ck_assert_int_lt(byte, marks[0].byte);
		return;
	}
	ck_assert_int_le(m.byte, byte);
	for (i = 0; i < n && marks[i].byte != m.byte; i++)
		;
	ck_assert_msg(i < n && marks[i].offset == m.offset, "SEED=%llu", (unsigned long long)seed);
	/* Two marks are at most a spacing and a record apart, and each thinning doubles that. */
	for (; i < n && marks[i].byte <= byte; i++)
		ck_assert_msg(marks[i].byte - m.byte <=
				      2 * ix.spacing / first_spacing * (first_spacing + LONGEST),
			      "SEED=%llu", (unsigned long long)seed);
}

START_TEST(random_marks)
{
	uint64_t seed = test_seed(), r = seed;
	int round, rounds = test_rounds(200), i;

	for (round = 0; round < rounds; round++) {
		int n = 1 + (int)test_below(&r, RECORDS);
		int64_t byte = (int64_t)test_below(&r, 1000),
			offset = (int64_t)test_below(&r, 1000);

		first_spacing = 1 + (int64_t)test_below(&r, 100);
		bfs_index_init(&ix, first_spacing, test_below(&r, 40));
		for (i = 0; i < n; i++) {
			all[i] = (struct bfs_mark){ byte, offset };
			byte += 1 + (int64_t)test_below(&r, LONGEST);
			offset += 1 + (int64_t)(test_below(&r, 5) ? 0 : test_below(&r, 1000));
			ck_assert(bfs_index_add(&ix, all[i].byte, all[i].offset));
			/* A second pass over older records, as after a seek back. */
			if (!test_below(&r, 10)) {
				const struct bfs_mark *again =
					&all[test_below(&r, (uint64_t)i + 1)];

				ck_assert(bfs_index_add(&ix, again->byte, again->offset));
			}
		}
		ck_assert_uint_le(ix.len, ix.cap);
		for (i = 0; i < 20; i++)
			check_byte(all, n, (int64_t)test_below(&r, (uint64_t)byte + 100), seed);
		for (i = 0; i < (int)ix.len; i++) {
			struct bfs_mark m;

			ck_assert(bfs_index_at_offset(&ix, ix.marks[i].offset, &m));
			ck_assert_int_eq(m.byte, ix.marks[i].byte);
		}
		bfs_index_fini(&ix);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("index");

	TEST_CASE(s, "marks", nothing_known, nearest_below, too_near_is_not_kept, contradictions);
	TEST_CASE(s, "many", thins_out, random_marks);
	return s;
}

TEST_MAIN(suite)
