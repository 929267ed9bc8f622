/* range.c - positions and ranges, as they are typed in file names.
 *
 * One production, one function. Each moves the cursor behind what it has taken; where it returns
 * false, the cursor and the result are nobody's any more.
 *
 * SPDX-License-Identifier: MIT */
#include "core/range.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "core/value.h"

#define SECOND INT64_C(1000) /* ms */
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define WEEK   (7 * DAY)

#define ZONE_MAX (14 * HOUR) /* no clock on earth is further from UTC */

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool take(const char **s, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*s, word, len))
		return false;
	*s += len;
	return true;
}

static bool number(const char **s, int64_t *ret)
{
	return bfs_value_decimal(*s, ret, s);
}

/* Exactly `n` digits, leading zeros and all. */
static bool digits(const char **s, int n, int min, int max, int *ret)
{
	int v = 0;

	for (; n; n--, ++*s) {
		if (!digit(**s))
			return false;
		v = v * 10 + (**s - '0');
	}
	*ret = v;
	return v >= min && v <= max;
}

/* --- times ---------------------------------------------------------------------------------- */

static bool leap(int year)
{
	return year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);
}

static int month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && leap(year));
}

/* ms from the epoch to the beginning of the day, in UTC. Not timegm(): that counts leap seconds
 * where TZ does, and normalizes what it should refuse. */
static int64_t day_start(int year, int month, int day)
{
	/* Whole years since the year -399, so that no division sees a minus. */
	int64_t y = year + 399, days = 365 * y + y / 4 - y / 100 + y / 400 + day - 1;

	while (--month)
		days += month_days(year, month);
	return (days - 865259) * DAY; /* 1970-01-01 */
}

/* What the clock on the wall shows, taken for UTC. */
static int64_t shown(const struct tm *tm)
{
	return day_start(tm->tm_year + 1900, tm->tm_mon + 1, tm->tm_mday) + tm->tm_hour * HOUR +
	       tm->tm_min * MINUTE + tm->tm_sec * SECOND;
}

/* When do clocks here show `wall`? Takes it for UTC and corrects by what they really show then.
 * A wall time that was skipped is never met. Of one that comes twice, the walk meets the second
 * in Greenwich and east of it, the first west of it, as date(1) does; not mktime(), whose choice
 * depends on what it was asked before. */
static bool local_time(int64_t wall, int64_t *ret_ms)
{
	int64_t ms = wall, off;
	struct tm tm;
	time_t t;
	int i;

	tzset(); /* localtime_r() need not */
	for (i = 0; i < 5; i++) {
		t = (time_t)(ms / SECOND);
		if (!localtime_r(&t, &tm))
			return false;
		off = shown(&tm) - wall;
		if (!off) {
			*ret_ms = ms;
			return true;
		}
		ms -= off;
	}
	return false;
}

/* YYYY-MM-DD */
static bool date(const char **s, int64_t *ret_ms)
{
	int y, m, d;

	if (!digits(s, 4, 0, 9999, &y) || !take(s, "-") || !digits(s, 2, 1, 12, &m) ||
	    !take(s, "-") || !digits(s, 2, 1, month_days(y, m), &d))
		return false;
	*ret_ms = day_start(y, m, d);
	return true;
}

/* HH:MM, up to `max` hours */
static bool hours(const char **s, int max, int64_t *ret_ms)
{
	int h, m;

	if (!digits(s, 2, 0, max, &h) || !take(s, ":") || !digits(s, 2, 0, 59, &m))
		return false;
	*ret_ms = h * HOUR + m * MINUTE;
	return true;
}

/* HH:MM [ ":" SS [ "." FRACTION ] ]: adds to the whole seconds and to the ms behind them. */
static bool wall_clock(const char **s, int64_t *wall, int64_t *ms)
{
	int64_t minutes, unit = SECOND / 10;
	int sec;

	if (!hours(s, 23, &minutes))
		return false;
	*wall += minutes;
	if (!take(s, ":"))
		return true;
	if (!digits(s, 2, 0, 59, &sec))
		return false;
	*wall += sec * SECOND;
	if ((*s)[0] == '.' && digit((*s)[1])) /* the dots of ".." are no fraction's */
		for (++*s; digit(**s); ++*s, unit /= 10)
			*ms += (**s - '0') * unit;
	return true;
}

/* "Z" | ("+" | "-") HH:MM: how far its clocks are ahead of UTC */
static bool zone(const char **s, int64_t *ret_ms)
{
	bool west = **s == '-';

	*ret_ms = 0;
	if (take(s, "Z"))
		return true;
	if (!take(s, west ? "-" : "+") || !hours(s, 23, ret_ms) || *ret_ms > ZONE_MAX)
		return false;
	if (west)
		*ret_ms = -*ret_ms;
	return true;
}

/* TIME. Before 1970 there are no records, and a negative time means something else to Kafka. */
static bool absolute(const char **s, int64_t *ret_ms)
{
	int64_t wall, ms = 0, ahead;
	bool timed;

	if (!date(s, &wall))
		return false;
	timed = take(s, "T");
	if (timed && !wall_clock(s, &wall, &ms))
		return false;
	if (timed && **s && strchr("Z+-", **s)) {
		if (!zone(s, &ahead))
			return false;
		wall -= ahead;
	} else if (!local_time(wall, &wall)) {
		return false;
	}
	*ret_ms = wall < 0 ? 0 : wall + ms;
	return true;
}

/* --- positions ------------------------------------------------------------------------------ */

/* What stands behind the "-": COUNT, or NUMBER and a unit. */
static bool relative(const char **s, struct bfs_position *p)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = { { "ms", 1 },   { "s", SECOND }, { "m", MINUTE },
		      { "h", HOUR }, { "d", DAY },    { "w", WEEK } };
	size_t i;

	if (!number(s, &p->n))
		return false;
	for (i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (take(s, units[i].name)) {
			p->kind = BFS_AT_AGO;
			return !__builtin_mul_overflow(p->n, units[i].ms, &p->n);
		}
	p->kind = BFS_AT_LAST;
	return p->n > 0;
}

static bool named(const char **s, struct bfs_position *p)
{
	static const struct {
		const char *name;
		enum bfs_position_kind kind;
	} names[] = { { "earliest", BFS_AT_EARLIEST },
		      { "latest", BFS_AT_LATEST },
		      { "committed", BFS_AT_COMMITTED } };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (take(s, names[i].name)) {
			p->kind = names[i].kind;
			p->n = 0;
			return true;
		}
	return false;
}

/* FROM or TO */
static bool position(const char **s, bool as_to, struct bfs_position *p)
{
	if (take(s, "-"))
		return relative(s, p);
	if (as_to && take(s, "+")) {
		p->kind = BFS_AT_COUNT;
		return number(s, &p->n);
	}
	if (strspn(*s, "0123456789") == 4 && (*s)[4] == '-') {
		p->kind = BFS_AT_TIME;
		return absolute(s, &p->n);
	}
	if (named(s, p))
		return true;
	p->kind = BFS_AT_OFFSET;
	return number(s, &p->n);
}

int bfs_position_parse(const char *text, bool as_to, struct bfs_position *ret)
{
	struct bfs_position p;

	if (!position(&text, as_to, &p) || *text)
		return -ENOENT;
	*ret = p;
	return 0;
}

/* --- ranges --------------------------------------------------------------------------------- */

int bfs_range_parse(const char *text, struct bfs_range *ret)
{
	struct bfs_range r = { .kind = BFS_RANGE_GROUP_BLOCKING };

	if (!strcmp(text, "..")) {
		*ret = r;
		return 0;
	}
	if (!position(&text, false, &r.from))
		return -ENOENT;
	if (!*text)
		r.kind = BFS_RANGE_GROWING;
	else if (!take(&text, ".."))
		return -ENOENT;
	else if (!*text)
		r.kind = BFS_RANGE_BLOCKING;
	else if (!position(&text, true, &r.to) || *text)
		return -ENOENT;
	else
		r.kind = BFS_RANGE_FIXED;
	*ret = r;
	return 0;
}

int64_t bfs_position_time(const struct bfs_position *p, int64_t now)
{
	if (p->kind == BFS_AT_TIME)
		return p->n;
	return p->n < now ? now - p->n : 0;
}

bool bfs_range_consumes(const struct bfs_range *r)
{
	return r->kind == BFS_RANGE_GROUP || r->kind == BFS_RANGE_GROUP_BLOCKING;
}

bool bfs_range_blocks(const struct bfs_range *r)
{
	return r->kind == BFS_RANGE_GROUP_BLOCKING || r->kind == BFS_RANGE_BLOCKING;
}
