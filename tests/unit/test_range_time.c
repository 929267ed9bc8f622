/* test_range_time.c - times in file names: forms, zones, and what summer time does to them.
 *
 * The seconds of the tables are those that date(1) gives.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/test.h"
#include "tests/unit/range_text.h"

#include <errno.h>

#include "core/range.h"

#define COUNT_OF(a) (sizeof(a) / sizeof(*(a)))
#define T10         INT64_C(1795341600000) /* 2026-11-22T10:00:00Z */
#define NONE        INT64_MIN              /* does not parse */

static void set_zone(const char *tz)
{
	setenv("TZ", tz, 1);
	tzset();
}

/* Skips nothing: a machine without the zone would pass half of the tests for the wrong reason. */
static void need_zone(const char *tz)
{
	char path[128];

	snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", tz);
	ck_assert_msg(!strcmp(tz, "UTC") || access(path, R_OK) == 0, "%s: install tzdata", path);
	set_zone(tz);
}

/* ms, or NONE. */
static int64_t parse(const char *text)
{
	struct bfs_position p = { BFS_AT_COUNT, 77 };
	int err = bfs_position_parse(text, false, &p);

	if (err) {
		ck_assert_int_eq(err, -ENOENT);
		ck_assert(p.kind == BFS_AT_COUNT && p.n == 77);
		return NONE;
	}
	ck_assert_int_eq(p.kind, BFS_AT_TIME);
	return p.n;
}

static void expect(const char *tz, const char *text, int64_t ms)
{
	int64_t got = parse(text);

	ck_assert_msg(got == ms, "TZ=%s %s: %lld, not %lld", tz, text, (long long)got,
		      (long long)ms);
}

/* --- with a zone: the same everywhere -------------------------------------------------- */

static const struct {
	const char *text;
	int64_t ms;
} zoned[] = {
	{ "2026-11-22T10:00:00Z", T10 },
	{ "2026-11-22T10:00Z", T10 },
	{ "2026-11-22T10:00:00.000Z", T10 },
	{ "2026-11-22T10:00:00.1Z", T10 + 100 },
	{ "2026-11-22T10:00:00.02Z", T10 + 20 },
	{ "2026-11-22T10:00:00.123Z", T10 + 123 },
	{ "2026-11-22T10:00:00.1239999999999999999999999999999Z", T10 + 123 },
	{ "2026-11-22T10:00:00.0009Z", T10 },
	{ "2026-11-22T10:00+00:00", T10 },
	{ "2026-11-22T10:00-00:00", T10 },
	{ "2026-11-22T11:00+01:00", T10 },
	{ "2026-11-22T11:00:00.5+01:00", T10 + 500 },
	{ "2026-11-22T15:30:00+05:30", T10 },
	{ "2026-11-22T06:30-03:30", T10 },
	{ "2026-11-23T00:00+14:00", T10 },
	{ "2026-11-21T22:00-12:00", T10 },
	{ "2026-11-21T20:00-14:00", T10 },
	{ "1970-01-01T00:00Z", 0 },
	{ "1970-01-01T00:00:00.001Z", 1 },
	{ "1969-12-31T23:59:59.999Z", 0 }, /* -1 would be Kafka's word for the end */
	{ "1970-01-01T00:00:00.5+01:00", 0 },
	{ "0000-01-01T00:00Z", 0 },
	{ "0001-01-01T00:00Z", 0 },
	{ "1999-12-31T23:59:59.999Z", INT64_C(946684799999) },
	{ "2000-02-29T00:00Z", INT64_C(951782400000) },
	{ "2000-03-01T00:00Z", INT64_C(951868800000) },
	{ "2024-02-29T12:00Z", INT64_C(1709208000000) },
	{ "2024-12-31T00:00Z", INT64_C(1735603200000) },
	{ "2100-03-01T00:00Z", INT64_C(4107542400000) },
	{ "9999-12-31T23:59:59.999Z", INT64_C(253402300799999) },
};

static const char *const not_times[] = {
	"2026-",
	"2026-1",
	"2026-11",
	"2026-11-",
	"2026-11-2",
	"2026-1-22",
	"2026-11-022",
	"226-11-22",
	"02026-11-22",
	"12026-11-22",
	"+2026-11-22",
	"2026-00-22",
	"2026-13-22",
	"2026-11-00",
	"2026-11-31",
	"2026-12-32",
	"2026-02-29",
	"2026-02-30",
	"2024-02-30",
	"1900-02-29T00:00Z",
	"2100-02-29T00:00Z",
	"2026/11/22",
	"20261122T1000Z",
	"2026-11-22T",
	"2026-11-22T1",
	"2026-11-22T10",
	"2026-11-22T10Z",
	"2026-11-22T10:",
	"2026-11-22T10:0",
	"2026-11-22T10:000",
	"2026-11-22T1:00",
	"2026-11-22T10:00:",
	"2026-11-22T10:00:0",
	"2026-11-22T10:00:0Z",
	"2026-11-22T10:00:00.",
	"2026-11-22T10:00:00.Z",
	"2026-11-22T10:00:00,5Z",
	"2026-11-22T10:00:00.5.5Z",
	"2026-11-22T10:00.5Z",
	"2026-11-22T24:00",
	"2026-11-22T24:00Z",
	"2026-11-22T25:00",
	"2026-11-22T10:60",
	"2026-11-22T10:00:60",
	"2016-12-31T23:59:60Z",
	"2026-11-22T-1:00",
	"2026-11-22T+1:00",
	"2026-11-22t10:00Z",
	"2026-11-22T10:00z",
	"2026-11-22 10:00",
	"2026-11-22T10:00 Z",
	"2026-11-22T10:00ZZ",
	"2026-11-22T10:00Z+01:00",
	"2026-11-22Z",
	"2026-11-22+01:00",
	"2026-11-22T10:00+",
	"2026-11-22T10:00+1",
	"2026-11-22T10:00+01",
	"2026-11-22T10:00+0100",
	"2026-11-22T10:00+01:0",
	"2026-11-22T10:00+01:60",
	"2026-11-22T10:00+14:01",
	"2026-11-22T10:00-14:01",
	"2026-11-22T10:00+14:59",
	"2026-11-22T10:00+15:00",
	"2026-11-22T10:00-15:00",
	"2026-11-22T10:00+24:00",
	"2026-11-22T10:00+-1:00",
	"2026-11-22T10:00CET",
	"2026-11-22T10:00:00.5h",
	"-2026-11-22",
};

static const char *const zones[] = { "UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns" };

START_TEST(times_with_a_zone)
{
	size_t i, z;

	for (z = 0; z < COUNT_OF(zones); z++) {
		need_zone(zones[z]);
		for (i = 0; i < COUNT_OF(zoned); i++)
			expect(zones[z], zoned[i].text, zoned[i].ms);
	}
}
END_TEST

START_TEST(no_times)
{
	size_t i, z;

	for (z = 0; z < COUNT_OF(zones); z++) {
		need_zone(zones[z]);
		for (i = 0; i < COUNT_OF(not_times); i++)
			expect(zones[z], not_times[i], NONE);
	}
}
END_TEST

/* --- without one: local ---------------------------------------------------------------- */

static const struct {
	const char *tz, *text;
	int64_t s;
} local[] = {
	{ "UTC", "2026-11-22T10:00", 1795341600 },
	{ "UTC", "2026-11-22", 1795305600 },
	{ "UTC", "2026-03-29T02:30", 1774751400 },
	{ "UTC", "1970-01-01", 0 },

	{ "Europe/Berlin", "2026-11-22T10:00", 1795338000 },
	{ "Europe/Berlin", "2026-11-22", 1795302000 },
	{ "Europe/Berlin", "2026-07-01T00:00:00", 1782856800 },
	{ "Europe/Berlin", "1970-01-01", 0 }, /* still 1969 in UTC */
	{ "Europe/Berlin", "2026-03-29", 1774738800 },
	{ "Europe/Berlin", "2026-03-29T01:59:59", 1774745999 },
	{ "Europe/Berlin", "2026-03-29T02:00", NONE },
	{ "Europe/Berlin", "2026-03-29T02:30", NONE },
	{ "Europe/Berlin", "2026-03-29T02:59:59.999", NONE },
	{ "Europe/Berlin", "2026-03-29T03:00", 1774746000 },
	{ "Europe/Berlin", "2026-03-30", 1774821600 },
	{ "Europe/Berlin", "2026-10-25", 1792879200 },
	{ "Europe/Berlin", "2026-10-25T01:59:59", 1792886399 },
	{ "Europe/Berlin", "2026-10-25T02:00", 1792890000 }, /* the second */
	{ "Europe/Berlin", "2026-10-25T02:30", 1792891800 },
	{ "Europe/Berlin", "2026-10-25T02:59:59", 1792893599 },
	{ "Europe/Berlin", "2026-10-25T03:00", 1792893600 },
	{ "Europe/Berlin", "2026-10-26", 1792969200 },

	{ "Asia/Kolkata", "2026-11-22T10:00", 1795321800 },
	{ "Asia/Kolkata", "2026-11-22", 1795285800 },
	{ "Asia/Kolkata", "2026-03-29T02:30", 1774731600 },
	{ "Asia/Kolkata", "2026-10-25T02:30", 1792875600 },

	{ "America/St_Johns", "2026-11-22T10:00", 1795354200 },
	{ "America/St_Johns", "2026-11-22", 1795318200 },
	{ "America/St_Johns", "2026-03-29T02:30", 1774760400 },
	{ "America/St_Johns", "2026-03-08T01:59:59", 1772947799 },
	{ "America/St_Johns", "2026-03-08T02:00", NONE },
	{ "America/St_Johns", "2026-03-08T02:59:59", NONE },
	{ "America/St_Johns", "2026-03-08T03:00", 1772947800 },
	{ "America/St_Johns", "2026-11-01T00:59:59", 1793503799 },
	{ "America/St_Johns", "2026-11-01T01:00", 1793503800 }, /* the first */
	{ "America/St_Johns", "2026-11-01T01:30", 1793505600 },
	{ "America/St_Johns", "2026-11-01T02:00", 1793511000 },

	/* Before 1970 is 1970, back to where localtime_r() leads into the year 0. */
	{ "America/St_Johns", "0001-01-01", 0 },
	{ "Asia/Kolkata", "0000-01-01", 0 },

	/* A midnight, and a whole day, that were skipped. */
	{ "America/Sao_Paulo", "2017-10-15", NONE },
	{ "America/Sao_Paulo", "2017-10-15T01:00", 1508036400 },
	{ "Pacific/Apia", "2011-12-30", NONE },
	{ "Pacific/Apia", "2011-12-30T12:00", NONE },
	{ "Pacific/Apia", "2011-12-31", 1325239200 },
	/* Summer time of half an hour. */
	{ "Australia/Lord_Howe", "2026-10-04T01:59:59", 1791041399 },
	{ "Australia/Lord_Howe", "2026-10-04T02:00", NONE },
	{ "Australia/Lord_Howe", "2026-10-04T02:30", 1791041400 },
};

START_TEST(local_times)
{
	size_t i;

	for (i = 0; i < COUNT_OF(local); i++) {
		need_zone(local[i].tz);
		expect(local[i].tz, local[i].text, local[i].s == NONE ? NONE : local[i].s * 1000);
	}
}
END_TEST

/* What the wall shows at `t`. */
static void wall_text(time_t t, char text[32])
{
	struct tm tm;

	localtime_r(&t, &tm);
	strftime(text, 32, "%Y-%m-%dT%H:%M:%S", &tm);
}

/* What a time was asked before changes nothing: mktime() remembers, this must not. */
START_TEST(doubled_hours_have_no_memory)
{
	int i;

	need_zone("Europe/Berlin");
	for (i = 0; i < 3; i++) {
		expect("Berlin", "2026-07-01T12:00", INT64_C(1782900000000));
		expect("Berlin", "2026-10-25T02:30", INT64_C(1792891800000));
		expect("Berlin", "2026-12-01T12:00", INT64_C(1796122800000));
		expect("Berlin", "2026-10-25T02:30", INT64_C(1792891800000));
	}
}
END_TEST

/* Every minute around a change of clocks: whatever a clock shows is found, at a moment when it
 * shows that; what none shows is not. */
START_TEST(each_minute_of_a_change)
{
	static const struct {
		const char *tz;
		time_t change;
		int expected_gap; /* minutes that do not exist */
	} changes[] = {
		{ "UTC", 1774746000, 0 },
		{ "Europe/Berlin", 1774746000, 60 },
		{ "Europe/Berlin", 1792890000, 0 },
		{ "Asia/Kolkata", 1774746000, 0 },
		{ "America/St_Johns", 1772947800, 60 },
		{ "America/St_Johns", 1793507400, 0 },
		{ "Australia/Lord_Howe", 1791041400, 30 },
	};
	char text[32], shown[32];
	struct tm tm;
	size_t i;
	int m;

	for (i = 0; i < COUNT_OF(changes); i++) {
		time_t from = changes[i].change - 4 * 3600, t;
		int gap = 0;

		need_zone(changes[i].tz);
		for (t = from; t < from + 8 * 3600; t += 60) {
			wall_text(t, text);
			ck_assert_msg(parse(text) != NONE, "TZ=%s %s", changes[i].tz, text);
			wall_text((time_t)(parse(text) / 1000), shown);
			ck_assert_str_eq(shown, text);
		}
		/* The wall's own minutes from there on, whether it shows them or not. */
		localtime_r(&from, &tm);
		for (m = 0, t = timegm(&tm); m < 7 * 60; m++, t += 60) {
			gmtime_r(&t, &tm);
			strftime(text, sizeof(text), "%Y-%m-%dT%H:%M", &tm);
			gap += parse(text) == NONE;
		}
		ck_assert_msg(gap == changes[i].expected_gap, "TZ=%s: %d", changes[i].tz, gap);
	}
}
END_TEST

/* Any moment, printed in any zone: with its offset it comes back, without it too, but for the
 * hours that come twice. */
START_TEST(random_moments)
{
	uint64_t seed = test_seed(), x = seed;
	int i, rounds = test_rounds(20000);
	char text[48], wall[32], again[32];

	for (i = 0; i < rounds; i++) {
		const char *tz = zones[test_below(&x, COUNT_OF(zones))];
		int64_t ms = (int64_t)test_below(&x, UINT64_C(253402000000000));
		int zone = (int)test_below(&x, 2 * 840 + 1) - 840; /* minutes */
		time_t t = (time_t)(ms / 1000 + zone * 60);
		struct tm tm;

		set_zone(tz);
		gmtime_r(&t, &tm);
		strftime(wall, sizeof(wall), "%Y-%m-%dT%H:%M:%S", &tm);
		snprintf(text, sizeof(text), "%s.%03d%c%02d:%02d", wall, (int)(ms % 1000),
			 zone < 0 ? '-' : '+', abs(zone) / 60, abs(zone) % 60);
		ck_assert_msg(parse(text) == ms, "%s, not %lld SEED=%llu", text, (long long)ms,
			      (unsigned long long)seed);

		wall_text((time_t)(ms / 1000), wall);
		snprintf(text, sizeof(text), "%s.%03d", wall, (int)(ms % 1000));
		ck_assert_msg(parse(text) != NONE && parse(text) % 1000 == ms % 1000,
			      "TZ=%s %s SEED=%llu", tz, text, (unsigned long long)seed);
		wall_text((time_t)(parse(text) / 1000), again);
		ck_assert_msg(!strcmp(wall, again), "TZ=%s %s: %s SEED=%llu", tz, text, again,
			      (unsigned long long)seed);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("range_time");

	TEST_CASE(s, "zoned", times_with_a_zone, no_times);
	TEST_CASE(s, "local", local_times, doubled_hours_have_no_memory, each_minute_of_a_change,
		  random_moments);
	return s;
}

TEST_MAIN(suite)
