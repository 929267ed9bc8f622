/* fs_xattr.c - the operations of the file system: extended attributes.
 *
 * One table says which there are, of what, and how each is asked for.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "core/value.h"
#include "model/errand.h"
#include "model/report_inner.h"

#define PREFIX "user.kafka."
#define CONFIG PREFIX "config."

static const char *group_of(const struct bfs_report *r)
{
	return r->node->partition->party->group;
}

/* --- a partition's ------------------------------------------------------------------- */

static void print_number(struct bfs_report *r, int64_t n)
{
	if (n < 0)
		bfs_buf_printf(&r->text, "-");
	else
		bfs_buf_printf(&r->text, "%" PRId64, n);
}

static void print_ids(struct bfs_report *r, const int32_t *ids, int n)
{
	for (int i = 0; i < n; i++)
		bfs_buf_printf(&r->text, "%s%" PRId32, i ? "," : "", ids[i]);
}

/* What is asked for is in `mark`: the attribute's last word. */
static void got_partitions(void *arg, int err, const struct bfs_why *why,
			   const struct bfs_partition_info *partitions, size_t n)
{
	struct bfs_report *r = arg;
	size_t id = (size_t)r->node->what.partition;
	const struct bfs_partition_info *p = partitions + id;

	if (!err && id >= n)
		err = -ENODATA;
	else if (!err && !strcmp(r->word, "leader"))
		print_number(r, p->leader);
	else if (!err && !strcmp(r->word, "replicas"))
		print_ids(r, p->replicas, p->n_replicas);
	else if (!err)
		print_ids(r, p->isr, p->n_isr);
	bfs_report_answered(r, err, why);
}

static void ask_partitions(struct bfs_report *r)
{
	struct bfs_cluster *c = r->fs->cluster;

	bfs_report_asks(r);
	c->ops->partitions(c, r->node->partition->topic, r->deadline, got_partitions, r);
}

static void row_of_partition(struct bfs_report *r)
{
	bfs_report_rows(r, 1);
	r->rows[0].topic = bfs_strdup(r->node->partition->topic);
	r->rows[0].partition = r->node->what.partition;
}

static void print_end(struct bfs_report *r)
{
	const struct bfs_row *row = &r->rows[0];

	if (row->end == BFS_NO_OFFSET)
		r->err = -ETIMEDOUT;
	else if (!strcmp(r->word, "low"))
		print_number(r, row->low);
	else if (!strcmp(r->word, "high"))
		print_number(r, row->end);
	else if (row->committed == BFS_NO_OFFSET)
		print_number(r, BFS_UNKNOWN);
	else
		print_number(r, row->end > row->committed ? row->end - row->committed : 0);
}

static void ask_ends(struct bfs_report *r)
{
	row_of_partition(r);
	r->print = print_end;
	bfs_report_ask_ends(&r->rows[0]);
}

static void print_committed(struct bfs_report *r)
{
	print_number(r, r->rows[0].committed);
}

static void ask_committed(struct bfs_report *r)
{
	row_of_partition(r);
	r->print = print_committed;
	bfs_report_ask_offsets(r, group_of(r));
}

static void ask_lag(struct bfs_report *r)
{
	ask_ends(r);
	bfs_report_ask_offsets(r, group_of(r));
}

/* --- a topic's ----------------------------------------------------------------------- */

static void known(struct bfs_report *r)
{
	struct bfs_snapshot *s = bfs_catalog_get(r->fs->catalog);
	const struct bfs_topic *topic = bfs_snapshot_find(s, r->node->topic);

	if (topic)
		print_number(r,
			     !strcmp(r->word, "partitions") ? topic->partitions : topic->replicas);
	else
		r->err = -ENODATA;
	bfs_snapshot_put(s);
}

static void got_setting(void *arg, int err, const struct bfs_why *why,
			const struct bfs_setting *settings, size_t n)
{
	struct bfs_report *r = arg;
	size_t i = 0;

	while (!err && i < n && strcmp(settings[i].name, r->word) != 0)
		i++;
	if (!err && (i == n || !settings[i].value))
		err = -ENODATA; /* no such setting, or a secret */
	else if (!err)
		bfs_buf_printf(&r->text, "%s", settings[i].value);
	bfs_report_answered(r, err, why);
}

static void ask_setting(struct bfs_report *r)
{
	struct bfs_cluster *c = r->fs->cluster;

	bfs_report_asks(r);
	c->ops->topic_settings(c, r->node->topic, r->deadline, got_setting, r);
}

/* --- which there are ----------------------------------------------------------------- */

static const struct attribute {
	enum bfs_kind kind;
	const char *word; /* behind "user.kafka." */
	bfs_report_fn *ask;
} attributes[] = {
	{ BFS_PARTITION_FILE, "leader", ask_partitions },
	{ BFS_PARTITION_FILE, "replicas", ask_partitions },
	{ BFS_PARTITION_FILE, "isr", ask_partitions },
	{ BFS_PARTITION_FILE, "low", ask_ends },
	{ BFS_PARTITION_FILE, "high", ask_ends },
	{ BFS_PARTITION_FILE, "committed", ask_committed },
	{ BFS_PARTITION_FILE, "lag", ask_lag },
	{ BFS_TOPIC_DIR, "partitions", known },
	{ BFS_TOPIC_DIR, "replication", known },
};

#define N_ATTRIBUTES (sizeof(attributes) / sizeof(attributes[0]))

/* Of `any` nothing but its error is known. */
static bool has(const struct bfs_node *n, const struct attribute *a)
{
	return n->kind == a->kind && (!n->partition || n->what.partition != BFS_ANY);
}

/* How the attribute is asked for; NULL: there is no such. */
static bfs_report_fn *find(const struct bfs_node *n, const char *name, const char **ret_word)
{
	if (n->kind == BFS_TOPIC_DIR && !strncmp(name, CONFIG, sizeof(CONFIG) - 1)) {
		*ret_word = name + sizeof(CONFIG) - 1;
		return ask_setting;
	}
	if (strncmp(name, PREFIX, sizeof(PREFIX) - 1) != 0)
		return NULL;
	*ret_word = name + sizeof(PREFIX) - 1;
	for (size_t i = 0; i < N_ATTRIBUTES; i++)
		if (has(n, &attributes[i]) && !strcmp(attributes[i].word, *ret_word))
			return attributes[i].ask;
	return NULL;
}

/* --- reading ------------------------------------------------------------------------- */

static void answer_bytes(struct bfs_ticket *t, const void *data, size_t len, size_t size)
{
	struct iovec iov = { (void *)data, len };

	if (!size)
		bfs_answer_size(t, len);
	else if (size < len)
		bfs_answer_error(t, -ERANGE);
	else
		bfs_answer_data(t, &iov, 1);
}

static void ready(struct bfs_ticket *t, struct bfs_text *text, int err, const struct bfs_why *why)
{
	(void)why;
	if (err)
		bfs_answer_error(t, err);
	else
		answer_bytes(t, text->buf.data, text->buf.len, t->size);
	bfs_text_put(text);
}

void bfs_fs_getxattr(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t ino, const char *name,
		     size_t size)
{
	struct bfs_node *n = bfs_tree_get(&fs->tree, ino);
	const char *word = NULL;
	bfs_report_fn *ask = n ? find(n, name, &word) : NULL;
	struct bfs_why why = { "" };

	t->size = size;
	if (n && !strcmp(name, PREFIX "error"))
		bfs_node_error(n, &why);
	if (*why.text)
		answer_bytes(t, why.text, strlen(why.text), size);
	else if (ask)
		bfs_report_attribute(fs, n, ask, word, t, ready);
	else if (strncmp(name, "user.", 5) != 0) /* ls -l asks no other file for its ACL then */
		bfs_answer_error(t, -EOPNOTSUPP);
	else
		bfs_answer_error(t, -ENODATA);
	bfs_node_put(n);
}

static void add_name(struct bfs_buf *b, const char *prefix, const char *word)
{
	bfs_buf_printf(b, "%s%s", prefix, word);
	bfs_buf_append(b, "", 1);
}

static void list_known(const struct bfs_node *n, struct bfs_buf *b)
{
	for (size_t i = 0; i < N_ATTRIBUTES; i++)
		if (has(n, &attributes[i]))
			add_name(b, PREFIX, attributes[i].word);
}

static void list_at_hand(struct bfs_node *n, struct bfs_buf *b)
{
	struct bfs_why why = { "" };

	list_known(n, b);
	bfs_node_error(n, &why);
	if (*why.text)
		add_name(b, PREFIX, "error");
}

/* Those that were set; all others are the broker's. What it does not tell in time is not listed. */
static void got_settings(void *arg, int err, const struct bfs_why *why,
			 const struct bfs_setting *settings, size_t n)
{
	struct bfs_report *r = arg;

	(void)why;
	for (size_t i = 0; i < n && !err; i++)
		if (settings[i].own && settings[i].value)
			add_name(&r->text, CONFIG, settings[i].name);
	bfs_report_answered(r, 0, NULL);
}

static void list_settings(struct bfs_report *r)
{
	struct bfs_cluster *c = r->fs->cluster;

	list_at_hand(r->node, &r->text);
	bfs_report_asks(r);
	c->ops->topic_settings(c, r->node->topic, r->deadline, got_settings, r);
}

void bfs_fs_listxattr(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t ino, size_t size)
{
	struct bfs_node *n = bfs_tree_get(&fs->tree, ino);
	struct bfs_buf b = { 0 };

	t->size = size;
	if (n && n->kind == BFS_TOPIC_DIR) {
		bfs_report_attribute(fs, n, list_settings, "", t, ready);
		bfs_node_put(n);
		return;
	}
	if (n)
		list_at_hand(n, &b);
	answer_bytes(t, b.data, b.len, size);
	bfs_buf_fini(&b);
	bfs_node_put(n);
}

/* --- writing ------------------------------------------------------------------------- */

static void done(struct bfs_errand *e, struct bfs_ticket *t)
{
	(void)e;
	bfs_answer_error(t, 0);
}

static void listed(struct bfs_ticket *t)
{
	bfs_answer_error(t, 0);
}

/* The list that look-ups go by shall have the new partitions. */
static void grown(struct bfs_errand *e, struct bfs_ticket *t)
{
	bfs_catalog_expire(e->fs->catalog);
	if (!bfs_catalog_await(e->fs->catalog, t, listed, e, NULL))
		listed(t);
}

static void do_grow(struct bfs_errand *e)
{
	struct bfs_cluster *c = e->fs->cluster;

	c->ops->topic_grow(c, e->topic, e->partitions, bfs_errand_deadline(e), bfs_errand_done, e);
}

static void do_set(struct bfs_errand *e)
{
	struct bfs_cluster *c = e->fs->cluster;

	c->ops->topic_set(c, e->topic, e->name, e->value, bfs_errand_deadline(e), bfs_errand_done,
			  e);
}

/* What setting it does; NULL, if it can't be set to that. */
static struct bfs_errand *change(struct bfs_fs *fs, struct bfs_node *n, const char *name,
				 char *value, int *ret_err)
{
	const char *word, *end;
	struct bfs_errand *e = NULL;
	struct bfs_why why;
	int64_t number;

	*ret_err = -EPERM;
	if (!find(n, name, &word) && strcmp(name, PREFIX "error") != 0)
		*ret_err = value ? -EOPNOTSUPP : -ENODATA;
	if (n->kind != BFS_TOPIC_DIR)
		return NULL;
	if (!strncmp(name, CONFIG, sizeof(CONFIG) - 1)) {
		e = bfs_errand_new(fs, n, do_set, done);
		e->name = bfs_strdup(name + sizeof(CONFIG) - 1);
		e->value = value ? bfs_strdup(value) : NULL;
	} else if (!strcmp(name, PREFIX "partitions") && value) {
		if (!bfs_value_decimal(value, &number, &end) || *end || number < 1 ||
		    number > 1000000) {
			*ret_err = bfs_fail(&why, -EINVAL, "%s: '%.80s' is no number of partitions",
					    n->topic, value);
			bfs_node_set_error(n, &why);
			return NULL;
		}
		e = bfs_errand_new(fs, n, do_grow, grown);
		e->partitions = (int32_t)number;
	}
	if (e)
		e->topic = bfs_strdup(n->topic);
	return e;
}

void bfs_fs_setxattr(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t ino, const char *name,
		     const char *value, size_t len)
{
	struct bfs_node *n = bfs_tree_get(&fs->tree, ino);
	char *text = value ? bfs_zalloc(len + 1) : NULL;
	struct bfs_errand *e = NULL;
	int err = -ESTALE;

	if (text)
		memcpy(text, value, len);
	if (fs->options->ro)
		err = -EROFS;
	else if (n && text && strlen(text) != len)
		err = -EINVAL;
	else if (n)
		e = change(fs, n, name, text, &err);
	if (e)
		bfs_errand_start(e, t);
	else
		bfs_answer_error(t, err);
	free(text);
	bfs_node_put(n);
}
