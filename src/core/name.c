/* name.c - the grammar of file names.
 *
 * SPDX-License-Identifier: MIT */
#include "core/name.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "core/value.h"

static const char any[] = "any";

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

char *bfs_name_format(const char *topic, int32_t partition)
{
	struct bfs_buf b = { 0 };

	if (partition == BFS_ANY)
		bfs_buf_printf(&b, "%s/%s", topic, any);
	else
		bfs_buf_printf(&b, "%s/%d", topic, (int)partition);
	return b.data;
}

/* --- groups -------------------------------------------------------------------------- */

static bool plain(const char *group, const char *at)
{
	if (at == group && (!strcmp(group, ".") || !strcmp(group, "..")))
		return false;
	return (unsigned char)*at > ' ' && *at != 0x7f && *at != '/' && *at != '%';
}

void bfs_name_encode(const char *group, struct bfs_buf *ret)
{
	for (const char *at = group; *at; at++) {
		if (plain(group, at))
			bfs_buf_append(ret, at, 1);
		else
			bfs_buf_printf(ret, "%%%02X", (unsigned char)*at);
	}
	bfs_buf_printf(ret, "%s", ""); /* a NUL behind */
}

static int hex(char c)
{
	if (digit(c))
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *bfs_name_decode(const char *name)
{
	char *group = bfs_alloc(strlen(name) + 1), *to = group;

	for (; *name; name++) {
		int high, low;

		*to = *name;
		if (*name == '%') {
			high = hex(name[1]);
			low = high < 0 ? -1 : hex(name[2]);
			if (low < 0 || !(high || low)) {
				free(group);
				return NULL;
			}
			*to = (char)(high * 16 + low);
			name += 2;
		}
		to++;
	}
	*to = '\0';
	return group;
}

bool bfs_name_offset(const char *name, int32_t *ret_partition)
{
	int64_t n = BFS_ANY;

	if (*name != '.' && (!bfs_value_decimal(name, &n, &name) || n > INT32_MAX))
		return false;
	if (strcmp(name, ".offset") != 0)
		return false;
	*ret_partition = (int32_t)n;
	return true;
}

/* --- files of a topic ---------------------------------------------------------------- */

/* PARTITION | "any" */
static bool parse_partition(const char **s, int32_t *ret)
{
	int64_t n;

	if (!strncmp(*s, any, sizeof(any) - 1)) {
		*s += sizeof(any) - 1;
		*ret = BFS_ANY;
		return true;
	}
	if (!bfs_value_decimal(*s, &n, s) || n > INT32_MAX)
		return false;
	*ret = (int32_t)n;
	return true;
}

/* [ FORMAT ]: takes nothing where there is none. What is neither a format nor a range stays, and
 * is refused by whoever comes next. */
static enum bfs_format parse_format(const char **s)
{
	enum bfs_format f;

	for (f = BFS_FORMAT_PLAIN + 1; f < BFS_FORMATS; f++) {
		const char *suffix = bfs_format_suffix(f);
		size_t len = strlen(suffix);

		if (!strncmp(*s, suffix, len)) {
			*s += len;
			return f;
		}
	}
	return BFS_FORMAT_PLAIN;
}

/* What says something of a whole topic: a time, a number of records, its beginning and end. */
static bool fits_topic(const struct bfs_range *r)
{
	return r->kind != BFS_RANGE_GROUP_BLOCKING && r->from.kind != BFS_AT_COMMITTED &&
	       r->to.kind != BFS_AT_COMMITTED &&
	       (r->kind == BFS_RANGE_GROUP || r->from.kind != BFS_AT_OFFSET) &&
	       (r->kind != BFS_RANGE_FIXED || r->to.kind != BFS_AT_OFFSET);
}

int bfs_name_parse(const char *name, struct bfs_name *ret_name)
{
	struct bfs_name n = { .range.kind = BFS_RANGE_GROUP };

	if (!parse_partition(&name, &n.partition))
		return -ENOENT;
	n.format = parse_format(&name);
	if (*name == '@' ? bfs_range_parse(name + 1, &n.range) : *name)
		return -ENOENT;
	if (n.partition == BFS_ANY && !fits_topic(&n.range))
		return -ENOENT;
	*ret_name = n;
	return 0;
}
