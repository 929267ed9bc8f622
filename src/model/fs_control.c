/* fs_control.c - the operations of the file system: commands written to control files.
 *
 * Each write is one command, whole: what a shell's echo sends. It is answered when it is done.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "core/name.h"
#include "core/value.h"
#include "model/errand.h"
#include "model/fs_inner.h"

#define COMMAND_MAX 512 /* bytes */

static void refuse(struct bfs_ticket *t, struct bfs_node *n, int err, const struct bfs_why *why)
{
	bfs_info("%s", why->text);
	bfs_node_set_error(n, why);
	bfs_answer_error(t, err);
}

static void written(struct bfs_errand *e, struct bfs_ticket *t)
{
	bfs_answer_written(t, e->len);
}

/* --- create -------------------------------------------------------------------------- */

static bool is_listed(const struct bfs_errand *e)
{
	struct bfs_snapshot *s = bfs_catalog_get(e->fs->catalog);
	bool is = bfs_snapshot_find(s, e->topic);

	bfs_snapshot_put(s);
	return is;
}

static void look(struct bfs_errand *e, struct bfs_ticket *t);

static void looked(struct bfs_ticket *t)
{
	struct bfs_errand *e = t->handle;

	if (is_listed(e) || bfs_clock_ms() >= t->since + e->fs->options->timeout_ms)
		written(e, t);
	else
		look(e, t);
}

/* Answered when the next listing has it, too. The ticket holds the errand. */
static void look(struct bfs_errand *e, struct bfs_ticket *t)
{
	bfs_catalog_expire(e->fs->catalog);
	t->handle = e;
	if (!bfs_catalog_await(e->fs->catalog, t, looked, e, NULL))
		written(e, t);
}

static void created(struct bfs_errand *e, struct bfs_ticket *t)
{
	t->since = bfs_clock_ms();
	look(e, t);
}

static void do_create(struct bfs_errand *e)
{
	struct bfs_cluster *c = e->fs->cluster;

	c->ops->topic_create(c, e->topic, e->partitions, e->replicas, bfs_errand_deadline(e),
			     bfs_errand_done, e);
}

/* [:PARTITIONS[:REPLICAS]] */
static bool parse_numbers(const char *at, int32_t ret[2])
{
	int64_t n;

	ret[0] = ret[1] = BFS_UNKNOWN;
	for (int i = 0; i < 2 && *at == ':'; i++) {
		if (!bfs_value_decimal(at + 1, &n, &at) || n < 1 || n > (i ? INT16_MAX : 1000000))
			return false;
		ret[i] = (int32_t)n;
	}
	return !*at;
}

static void create(struct bfs_fs *fs, struct bfs_ticket *t, struct bfs_node *n, char *word,
		   size_t len)
{
	size_t name = strcspn(word, ":");
	struct bfs_errand *e;
	struct bfs_why why;
	int32_t numbers[2];
	int err;

	if (!parse_numbers(word + name, numbers)) {
		refuse(t, n,
		       bfs_fail(&why, -EINVAL, "create: '%s' is not TOPIC[:PARTITIONS[:REPLICAS]]",
				word),
		       &why);
		return;
	}
	word[name] = '\0';
	err = bfs_name_topic(word);
	if (err) {
		refuse(t, n,
		       bfs_fail(&why, err, "create: '%s' is not a name that Kafka allows", word),
		       &why);
		return;
	}
	if (!strcmp(word, BFS_CONTROL_NAME)) {
		refuse(t, n,
		       bfs_fail(&why, -EEXIST, "create: '%s' is the control tree's name here",
				word),
		       &why);
		return;
	}
	e = bfs_errand_new(fs, n, do_create, created);
	e->topic = bfs_strdup(word);
	e->partitions = numbers[0];
	e->replicas = numbers[1];
	e->len = len;
	bfs_errand_start(e, t);
}

/* --- offsets ------------------------------------------------------------------------- */

/* What is to be set, as it is typed: a position, or "+N" and "-N", from where the group stands. */
static bool parse_move(const char *word, struct bfs_move *ret)
{
	const char *end;

	*ret = (struct bfs_move){ .relative = *word == '+' || *word == '-' };
	if (ret->relative && bfs_value_decimal(word + 1, &ret->by, &end) && !*end) {
		if (*word == '-')
			ret->by = -ret->by;
		return true;
	}
	ret->relative = false;
	return !bfs_position_parse(word, false, &ret->to) && ret->to.kind != BFS_AT_COMMITTED &&
	       ret->to.kind != BFS_AT_LAST;
}

static void set_offset(struct bfs_fs *fs, struct bfs_ticket *t, struct bfs_node *n,
		       const char *word, size_t len)
{
	struct bfs_snapshot *s;
	const struct bfs_topic *topic;
	struct bfs_move move;
	struct bfs_errand *e;
	struct bfs_why why;
	int32_t last;

	if (!parse_move(word, &move)) {
		refuse(t, n,
		       bfs_fail(&why, -EINVAL,
				"%s: '%s' is no place: an offset, earliest, latest, +N, -N, or a "
				"time",
				n->topic, word),
		       &why);
		return;
	}
	s = bfs_catalog_get(fs->catalog);
	topic = bfs_snapshot_find(s, n->topic);
	last = n->about != BFS_ANY ? n->about : topic ? topic->partitions - 1 : -1;
	bfs_snapshot_put(s);
	e = bfs_errand_new(fs, n, bfs_errand_reset, written);
	e->topic = bfs_strdup(n->topic);
	e->len = len;
	e->move = move;
	bfs_errand_places(e, n->about != BFS_ANY ? n->about : 0, last);
	bfs_errand_start(e, t);
}

/* --- all ----------------------------------------------------------------------------- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void bfs_fs_command(struct bfs_fs *fs, struct bfs_ticket *t, struct bfs_node *n, const char *data,
		    size_t len)
{
	char word[COMMAND_MAX];
	struct bfs_why why;
	size_t from = 0, to = len;

	while (from < len && is_blank(data[from]))
		from++;
	while (to > from && is_blank(data[to - 1]))
		to--;
	if (from == to) { /* nothing said */
		bfs_answer_written(t, len);
		return;
	}
	if (to - from >= sizeof(word) || memchr(data + from, '\n', to - from) ||
	    memchr(data + from, '\0', to - from)) {
		refuse(t, n,
		       bfs_fail(&why, -EINVAL, "one command a write, up to %d bytes",
				COMMAND_MAX - 1),
		       &why);
		return;
	}
	memcpy(word, data + from, to - from);
	word[to - from] = '\0';
	if (n->control == BFS_CONTROL_CREATE)
		create(fs, t, n, word, len);
	else
		set_offset(fs, t, n, word, len);
}
