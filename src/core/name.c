/* name.c - the grammar of file names.
 *
 * SPDX-License-Identifier: MIT */
#include "core/name.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* <ctype.h> depends on the locale; Kafka's rule does not. */
static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool topic_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || digit(c) || c == '.' ||
	       c == '_' || c == '-';
}

int bfs_name_topic(const char *name)
{
	size_t len = 0;

	if (!strcmp(name, "") || !strcmp(name, ".") || !strcmp(name, ".."))
		return -EINVAL;
	for (; name[len]; len++)
		if (!topic_char(name[len]))
			return -EINVAL;
	return len > BFS_TOPIC_MAX ? -ENAMETOOLONG : 0;
}

bool bfs_name_internal(const char *topic)
{
	return !strncmp(topic, "__", 2);
}

/* NUMBER: "0", or digits that begin with another one, up to INT32_MAX. */
static bool parse_number(const char *s, int32_t *ret)
{
	int64_t n = 0;

	if (!digit(s[0]) || (s[0] == '0' && s[1]))
		return false;
	for (; digit(*s); s++) {
		n = n * 10 + (*s - '0');
		if (n > INT32_MAX)
			return false;
	}
	if (*s)
		return false;
	*ret = (int32_t)n;
	return true;
}

int bfs_name_parse(const char *name, struct bfs_name *ret_name)
{
	int32_t partition;

	if (!parse_number(name, &partition))
		return -ENOENT;
	ret_name->partition = partition;
	return 0;
}
