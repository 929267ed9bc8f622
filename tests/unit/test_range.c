/* test_range.c - positions, times and ranges, as they are typed.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/test.h"
#include "tests/unit/range_text.h"

#include <errno.h>

#include "core/range.h"

#define COUNT_OF(a) (sizeof(a) / sizeof(*(a)))
#define MAX         INT64_MAX

/* What failures must leave as it is. */
static const struct bfs_range untouched = { BFS_RANGE_FIXED,
					    { BFS_AT_COUNT, 77 },
					    { BFS_AT_COUNT, 88 } };

/* --- positions ---------------------------------------------------------------------- */

static const struct {
	const char *text;
	struct bfs_position p;
} positions[] = {
	{ "0", { BFS_AT_OFFSET, 0 } },
	{ "1000", { BFS_AT_OFFSET, 1000 } },
	{ "2026", { BFS_AT_OFFSET, 2026 } },
	{ "9223372036854775807", { BFS_AT_OFFSET, MAX } },
	{ "-1", { BFS_AT_LAST, 1 } },
	{ "-10", { BFS_AT_LAST, 10 } },
	{ "-2026", { BFS_AT_LAST, 2026 } },
	{ "-9223372036854775807", { BFS_AT_LAST, MAX } },
	{ "earliest", { BFS_AT_EARLIEST, 0 } },
	{ "latest", { BFS_AT_LATEST, 0 } },
	{ "committed", { BFS_AT_COMMITTED, 0 } },
	{ "-0s", { BFS_AT_AGO, 0 } },
	{ "-1ms", { BFS_AT_AGO, 1 } },
	{ "-1s", { BFS_AT_AGO, 1000 } },
	{ "-30m", { BFS_AT_AGO, 1800000 } },
	{ "-1h", { BFS_AT_AGO, 3600000 } },
	{ "-7d", { BFS_AT_AGO, 604800000 } },
	{ "-2w", { BFS_AT_AGO, 1209600000 } },
	{ "-9223372036854775807ms", { BFS_AT_AGO, MAX } },
	{ "-9223372036854775s", { BFS_AT_AGO, INT64_C(9223372036854775000) } },
	{ "-15250284452w", { BFS_AT_AGO, INT64_C(15250284452) * 604800000 } },
};

static const char *const not_positions[] = {
	"",
	" ",
	"..",
	"-",
	"+",
	"@",
	"-0",
	"-00",
	"-01",
	"00",
	"01",
	"0010",
	"--1",
	"-+1",
	"+-1",
	"1 ",
	" 1",
	"-1 ",
	"- 1",
	"1\n",
	"1.",
	"1.5",
	"1e3",
	"0x10",
	"1K",
	"1h",
	"+1h",
	"-1H",
	"-1y",
	"-1M",
	"-1hh",
	"-1h30m",
	"-1.5h",
	"-h",
	"-01h",
	"-00s",
	"-1mss",
	"-ms",
	"9223372036854775808",
	"-9223372036854775808",
	"18446744073709551616",
	"99999999999999999999999999999999",
	"-9223372036854775808ms",
	"-9223372036854776s",
	"-153722867280913m",
	"-2562047788016h",
	"-106751991168d",
	"-15250284453w",
	"-9223372036854775807w",
	"Latest",
	"LATEST",
	"lates",
	"latestt",
	"latest ",
	"latest-1",
	"earliest+1",
	"commit",
	"committed.",
	"end",
	"now",
	"-earliest",
	"any",
	"\xd9\xa1",
	"1\xc3\xa4",
};

START_TEST(each_position)
{
	struct bfs_position p;
	size_t i;
	int to;

	for (i = 0; i < COUNT_OF(positions); i++)
		for (to = 0; to < 2; to++) {
			p = untouched.from;
			ck_assert_msg(!bfs_position_parse(positions[i].text, to, &p), "%s",
				      positions[i].text);
			ck_assert_msg(p.kind == positions[i].p.kind && p.n == positions[i].p.n,
				      "%s: kind %d, %lld", positions[i].text, (int)p.kind,
				      (long long)p.n);
		}
}
END_TEST

START_TEST(no_positions)
{
	struct bfs_position p = untouched.from;
	size_t i;
	int to;

	for (i = 0; i < COUNT_OF(not_positions); i++)
		for (to = 0; to < 2; to++)
			ck_assert_msg(bfs_position_parse(not_positions[i], to, &p) == -ENOENT, "%s",
				      not_positions[i]);
	ck_assert(p.kind == untouched.from.kind && p.n == untouched.from.n);
}
END_TEST

START_TEST(counts_only_behind)
{
	static const char *const bad[] = {
		"+",  "+01", "++1",     "+1 ",        "+9223372036854775808",
		"+a", "+1s", "+latest", "+2026-11-22"
	};
	struct bfs_position p = untouched.from;
	size_t i;

	ck_assert_int_eq(bfs_position_parse("+50", false, &p), -ENOENT);
	ck_assert_int_eq(bfs_position_parse("+0", false, &p), -ENOENT);
	for (i = 0; i < COUNT_OF(bad); i++)
		ck_assert_msg(bfs_position_parse(bad[i], true, &p) == -ENOENT, "%s", bad[i]);
	ck_assert_int_eq(p.n, untouched.from.n);

	ck_assert_int_eq(bfs_position_parse("+50", true, &p), 0);
	ck_assert(p.kind == BFS_AT_COUNT && p.n == 50);
	ck_assert_int_eq(bfs_position_parse("+0", true, &p), 0);
	ck_assert(p.kind == BFS_AT_COUNT && p.n == 0);
	ck_assert_int_eq(bfs_position_parse("+9223372036854775807", true, &p), 0);
	ck_assert(p.kind == BFS_AT_COUNT && p.n == MAX);
}
END_TEST

/* --- ranges ------------------------------------------------------------------------- */

#define T10 INT64_C(1795341600000) /* 2026-11-22T10:00:00Z */

static const struct {
	const char *text;
	struct bfs_range r;
} ranges[] = {
	{ "..", { .kind = BFS_RANGE_GROUP_BLOCKING } },
	{ "0", { BFS_RANGE_GROWING, { BFS_AT_OFFSET, 0 }, { 0 } } },
	{ "-10", { BFS_RANGE_GROWING, { BFS_AT_LAST, 10 }, { 0 } } },
	{ "earliest", { BFS_RANGE_GROWING, { BFS_AT_EARLIEST, 0 }, { 0 } } },
	{ "2026-11-22T10:00:00Z", { BFS_RANGE_GROWING, { BFS_AT_TIME, T10 }, { 0 } } },
	{ "latest..", { BFS_RANGE_BLOCKING, { BFS_AT_LATEST, 0 }, { 0 } } },
	{ "5..", { BFS_RANGE_BLOCKING, { BFS_AT_OFFSET, 5 }, { 0 } } },
	{ "-1h..", { BFS_RANGE_BLOCKING, { BFS_AT_AGO, 3600000 }, { 0 } } },
	{ "-3..", { BFS_RANGE_BLOCKING, { BFS_AT_LAST, 3 }, { 0 } } },
	{ "2026-11-22T10:00Z..", { BFS_RANGE_BLOCKING, { BFS_AT_TIME, T10 }, { 0 } } },
	{ "2026-11-22T10:00:00Z..", { BFS_RANGE_BLOCKING, { BFS_AT_TIME, T10 }, { 0 } } },
	{ "2026-11-22T10:00:00.5Z..", { BFS_RANGE_BLOCKING, { BFS_AT_TIME, T10 + 500 }, { 0 } } },
	{ "1000..2000", { BFS_RANGE_FIXED, { BFS_AT_OFFSET, 1000 }, { BFS_AT_OFFSET, 2000 } } },
	{ "2000..1000", { BFS_RANGE_FIXED, { BFS_AT_OFFSET, 2000 }, { BFS_AT_OFFSET, 1000 } } },
	{ "0..0", { BFS_RANGE_FIXED, { BFS_AT_OFFSET, 0 }, { BFS_AT_OFFSET, 0 } } },
	{ "0..+0", { BFS_RANGE_FIXED, { BFS_AT_OFFSET, 0 }, { BFS_AT_COUNT, 0 } } },
	{ "100..+50", { BFS_RANGE_FIXED, { BFS_AT_OFFSET, 100 }, { BFS_AT_COUNT, 50 } } },
	{ "-10..+5", { BFS_RANGE_FIXED, { BFS_AT_LAST, 10 }, { BFS_AT_COUNT, 5 } } },
	{ "-10..-5", { BFS_RANGE_FIXED, { BFS_AT_LAST, 10 }, { BFS_AT_LAST, 5 } } },
	{ "-2h..-30m", { BFS_RANGE_FIXED, { BFS_AT_AGO, 7200000 }, { BFS_AT_AGO, 1800000 } } },
	{ "earliest..latest", { BFS_RANGE_FIXED, { BFS_AT_EARLIEST, 0 }, { BFS_AT_LATEST, 0 } } },
	{ "committed..latest", { BFS_RANGE_FIXED, { BFS_AT_COMMITTED, 0 }, { BFS_AT_LATEST, 0 } } },
	{ "latest..earliest", { BFS_RANGE_FIXED, { BFS_AT_LATEST, 0 }, { BFS_AT_EARLIEST, 0 } } },
	{ "2026-11-22T10:00Z..+1", { BFS_RANGE_FIXED, { BFS_AT_TIME, T10 }, { BFS_AT_COUNT, 1 } } },
	{ "2026-11-22T10:00:00.25+00:00..2026-11-22T11:00+01:00",
	  { BFS_RANGE_FIXED, { BFS_AT_TIME, T10 + 250 }, { BFS_AT_TIME, T10 } } },
	{ "2026-11-22T10:00:00-00:00..-1ms",
	  { BFS_RANGE_FIXED, { BFS_AT_TIME, T10 }, { BFS_AT_AGO, 1 } } },
};

static const char *const not_ranges[] = {
	"",
	".",
	"...",
	"....",
	"..10",
	"..latest",
	"..+5",
	"+5",
	"+5..",
	"+5..10",
	"5.",
	"5...",
	"5....",
	"5.6",
	"5..6.",
	"5..6..",
	"5..6..7",
	"5.. 6",
	"5 ..6",
	"5..6 ",
	"5-6",
	"5:6",
	"5,6",
	"5..x",
	"x..5",
	"5..-0",
	"-0..5",
	"-0",
	"5..01",
	"01..5",
	"5..9223372036854775808",
	"latest.",
	"latest...",
	"latestearliest",
	"..latest..",
	"earliest..latest..",
	"@",
	"5@",
	"5..6@7",
	"5..6.json",
	"2026-11-22T10:00:00.Z..",
	"2026-11-22T10:00:00...",
	"2026-11-22T10:00:00....5",
	"2026-11-22T10:00:00.5.",
	"2026-11-22T10:00:00.5.5",
	"2026-11-22..2026-02-30",
	"2026-02-30..",
	"2026-11-22T10:00..T11:00",
};

START_TEST(each_range)
{
	struct bfs_range r;
	size_t i;

	for (i = 0; i < COUNT_OF(ranges); i++) {
		r = untouched;
		ck_assert_msg(!bfs_range_parse(ranges[i].text, &r), "%s", ranges[i].text);
		ck_assert_msg(range_same(&r, &ranges[i].r), "%s: kind %d, %d %lld, %d %lld",
			      ranges[i].text, (int)r.kind, (int)r.from.kind, (long long)r.from.n,
			      (int)r.to.kind, (long long)r.to.n);
	}
}
END_TEST

START_TEST(no_ranges)
{
	struct bfs_range r = untouched;
	size_t i;

	for (i = 0; i < COUNT_OF(not_ranges); i++)
		ck_assert_msg(bfs_range_parse(not_ranges[i], &r) == -ENOENT, "%s", not_ranges[i]);
	for (i = 0; i < COUNT_OF(not_positions); i++)
		if (strcmp(not_positions[i], ".."))
			ck_assert_msg(bfs_range_parse(not_positions[i], &r) == -ENOENT, "%s",
				      not_positions[i]);
	ck_assert(range_same(&r, &untouched));
}
END_TEST

START_TEST(what_consumes_and_blocks)
{
	static const struct {
		enum bfs_range_kind kind;
		bool consumes, blocks;
	} expected[] = { { BFS_RANGE_GROUP, true, false },
			 { BFS_RANGE_GROUP_BLOCKING, true, true },
			 { BFS_RANGE_GROWING, false, false },
			 { BFS_RANGE_BLOCKING, false, true },
			 { BFS_RANGE_FIXED, false, false } };
	size_t i;

	for (i = 0; i < COUNT_OF(expected); i++) {
		struct bfs_range r = { .kind = expected[i].kind };

		ck_assert_int_eq(bfs_range_consumes(&r), expected[i].consumes);
		ck_assert_int_eq(bfs_range_blocks(&r), expected[i].blocks);
	}
}
END_TEST

static struct bfs_position random_position(uint64_t *r, bool as_to)
{
	struct bfs_position p = { .kind = (enum bfs_position_kind)test_below(r, 7 + as_to) };
	int64_t n = (int64_t)(test_random(r) >> 1 >> test_below(r, 63));

	switch (p.kind) {
	case BFS_AT_EARLIEST:
	case BFS_AT_LATEST:
	case BFS_AT_COMMITTED: break;
	case BFS_AT_LAST: p.n = n ? n : 1; break;
	case BFS_AT_TIME: p.n = n % INT64_C(253402300800000); break; /* 9999 and its last ms */
	default: p.n = n;
	}
	return p;
}

START_TEST(round_trip)
{
	uint64_t seed = test_seed(), x = seed;
	int i, rounds = test_rounds(20000);
	char text[RANGE_TEXT_MAX];

	for (i = 0; i < rounds; i++) {
		struct bfs_range r = { .kind = (enum bfs_range_kind)(1 + test_below(&x, 4)) };
		struct bfs_range back = untouched;

		if (!bfs_range_consumes(&r))
			r.from = random_position(&x, false);
		if (r.kind == BFS_RANGE_FIXED)
			r.to = random_position(&x, true);
		range_text(text, &r);
		ck_assert_msg(!bfs_range_parse(text, &back) && range_same(&r, &back),
			      "%s SEED=%llu", text, (unsigned long long)seed);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("range");

	TEST_CASE(s, "position", each_position, no_positions, counts_only_behind);
	TEST_CASE(s, "range", each_range, no_ranges, what_consumes_and_blocks, round_trip);
	return s;
}

TEST_MAIN(suite)
