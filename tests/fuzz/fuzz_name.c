/* fuzz_name.c - any bytes as a file name.
 *
 * What parses must be what its canonical spelling parses to as well; nothing may be read behind
 * the NUL.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"
#include "tests/unit/range_text.h"

#include <errno.h>

#include "core/name.h"

/* The kind says which of FROM and TO there are, and their numbers are what range.h promises. */
static void sound(const struct bfs_range *r)
{
	static const struct bfs_position none;
	bool from = !bfs_range_consumes(r), to = r->kind == BFS_RANGE_FIXED;

	fuzz_assert(from || !memcmp(&r->from, &none, sizeof(none)));
	fuzz_assert(to || !memcmp(&r->to, &none, sizeof(none)));
	fuzz_assert(r->from.kind != BFS_AT_COUNT);
	fuzz_assert(r->from.n >= (r->from.kind == BFS_AT_LAST));
	fuzz_assert(r->to.n >= (r->to.kind == BFS_AT_LAST));
}

/* Each parsed name has a canonical spelling, which is the same file. */
static void spelt_again(const char *text, const struct bfs_name *name)
{
	char range[RANGE_TEXT_MAX], again[128];
	struct bfs_name back;

	range_text(range, &name->range);
	snprintf(again, sizeof(again), "%d%s%s%s", name->partition, bfs_format_suffix(name->format),
		 strchr(text, '@') ? "@" : "", range);
	fuzz_assert(!bfs_name_parse(again, &back));
	fuzz_assert(back.partition == name->partition && back.format == name->format);
	fuzz_assert(range_same(&back.range, &name->range));
	fuzz_assert(!strncmp(text, again, strcspn(text, "@"))); /* PARTITION and FORMAT: one only */
}

static void file(const char *text)
{
	static const struct bfs_name before = { .partition = -7 };
	struct bfs_name name = before;
	int err = bfs_name_parse(text, &name);

	fuzz_assert(!err || err == -ENOENT);
	if (err) {
		fuzz_assert(!memcmp(&name, &before, sizeof(name)));
		return;
	}
	fuzz_assert(name.partition >= 0 && name.format < BFS_FORMATS);
	fuzz_assert(!strchr(text, '@') == (name.range.kind == BFS_RANGE_GROUP));
	sound(&name.range);
	spelt_again(text, &name);
}

/* `.offset` files take a position without a name around it. */
static void position(const char *text)
{
	struct bfs_position as_from, as_to;
	struct bfs_range r;
	int err = bfs_position_parse(text, false, &as_from);

	fuzz_assert(!err || err == -ENOENT);
	if (err) {
		err = bfs_position_parse(text, true, &as_to);
		fuzz_assert(err == -ENOENT || (!err && as_to.kind == BFS_AT_COUNT));
		return;
	}
	fuzz_assert(!bfs_position_parse(text, true, &as_to));
	fuzz_assert(as_from.kind == as_to.kind && as_from.n == as_to.n);
	fuzz_assert(!bfs_range_parse(text, &r) && r.kind == BFS_RANGE_GROWING);
	fuzz_assert(r.from.kind == as_from.kind && r.from.n == as_from.n);
}

static void topic(const char *text)
{
	int err = bfs_name_topic(text);

	fuzz_assert(!err || err == -EINVAL || err == -ENAMETOOLONG);
	fuzz_assert(err || (strlen(text) <= BFS_TOPIC_MAX && !strpbrk(text, "/@ \n%~")));
	fuzz_assert(!bfs_name_internal(text) || text[1] == '_');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1);

	memcpy(text, data, len);
	text[len] = '\0';
	file(text);
	position(text);
	topic(text);
	free(text);
	return 0;
}
