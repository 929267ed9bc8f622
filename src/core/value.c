/* value.c - numbers, times, sizes and words, as they are typed.
 *
 * SPDX-License-Identifier: MIT */
#include "core/value.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* strtoll() alone would take signs and blanks. */
bool bfs_value_number(const char *text, int base, int64_t *ret, const char **ret_end)
{
	char *end;
	long long v;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	v = strtoll(text, &end, base);
	if (errno)
		return false;
	*ret = v;
	*ret_end = end;
	return true;
}

bool bfs_value_decimal(const char *text, int64_t *ret, const char **ret_end)
{
	if (text[0] == '0' && text[1] >= '0' && text[1] <= '9')
		return false;
	return bfs_value_number(text, 10, ret, ret_end);
}

bool bfs_value_seconds(const char *text, int64_t *ret_ms)
{
	const char *end;
	int64_t whole, ms = 0, unit = 100;

	if (!bfs_value_number(text, 10, &whole, &end) || whole > INT_MAX)
		return false;
	if (*end == '.') {
		if (!*++end)
			return false;
		for (; *end >= '0' && *end <= '9'; end++, unit /= 10)
			ms += (*end - '0') * unit;
	}
	if (*end)
		return false;
	*ret_ms = whole * 1000 + ms;
	return true;
}

bool bfs_value_size(const char *text, int64_t *ret)
{
	const char *end;
	int64_t n, unit = 1;

	if (!bfs_value_number(text, 10, &n, &end))
		return false;
	switch (*end) {
	case 'K':
	case 'k': unit = INT64_C(1) << 10; break;
	case 'M':
	case 'm': unit = INT64_C(1) << 20; break;
	case 'G':
	case 'g': unit = INT64_C(1) << 30; break;
	}
	if (unit > 1)
		end++;
	if (*end || n > INT64_MAX / unit)
		return false;
	*ret = n * unit;
	return true;
}

int bfs_value_choice(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (int i = 0;; i++) {
		size_t n = strcspn(words, "|");

		if (n == len && !memcmp(words, word, n))
			return i;
		if (!words[n])
			return -1;
		words += n + 1;
	}
}

/* Whole numbers are too large for a double to tell them apart. */
static bool same_number(const char *a, const char *b)
{
	char *end_a, *end_b;
	long long x, y;
	double u, v;

	if (!*a || !*b)
		return false;
	x = strtoll(a, &end_a, 10);
	y = strtoll(b, &end_b, 10);
	if (!*end_a && !*end_b)
		return x == y;
	u = strtod(a, &end_a);
	v = strtod(b, &end_b);
	return !*end_a && !*end_b && u >= v && u <= v;
}

static const char *skip_blanks(const char *at)
{
	while (isspace((unsigned char)*at))
		at++;
	return at;
}

static bool same_letters(const char *a, const char *b)
{
	do {
		a = skip_blanks(a);
		b = skip_blanks(b);
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
	} while (*a++ && *b++);
	return true;
}

bool bfs_value_alike(const char *a, const char *b)
{
	return same_letters(a, b) || same_number(skip_blanks(a), skip_blanks(b));
}
