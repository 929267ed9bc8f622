/* fs_dir.c - the operations of the file system: listings.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "core/name.h"
#include "model/errand.h"
#include "model/fs_inner.h"

/* An open directory lists the snapshots it was opened with. */
struct dir {
	struct bfs_node *node;
	struct bfs_snapshot *names;    /* topics, or groups; NULL: it has none */
	const struct bfs_topic *topic; /* of a topic's directory */
};

static bool lists_topics(const struct bfs_node *n)
{
	return n->kind == BFS_ROOT || n->kind == BFS_TOPIC_DIR || n->control == BFS_CONTROL_GROUP;
}

static struct bfs_catalog *names_of(struct bfs_fs *fs, const struct bfs_node *n)
{
	if (lists_topics(n))
		return fs->catalog;
	return n->control == BFS_CONTROL_GROUPS ? fs->groups : NULL;
}

/* Takes the node. */
static void open_dir(struct bfs_fs *fs, struct bfs_ticket *t, struct bfs_node *n)
{
	struct bfs_catalog *names = names_of(fs, n);
	struct bfs_opened o = { .fh = 0 };
	struct dir *d = bfs_zalloc(sizeof(*d));

	d->node = n;
	if (names)
		d->names = bfs_catalog_get(names);
	if (n->kind == BFS_TOPIC_DIR) {
		d->topic = bfs_snapshot_find(d->names, n->topic);
		if (d->topic && d->topic->incarnation != n->incarnation)
			d->topic = NULL;
	}
	o.fh = (uint64_t)(uintptr_t)d;
	if (d->topic) { /* its list is as long as it has partitions */
		o.cache_readdir = true;
		o.keep_cache =
			atomic_exchange(&n->listed, d->topic->partitions) == d->topic->partitions;
	}
	bfs_answer_opened(t, &o);
}

static void open_known(struct bfs_ticket *t)
{
	struct bfs_node *n = t->handle;
	struct bfs_fs *fs = bfs_fs_of(n);

	if (bfs_catalog_absent(names_of(fs, n)) == -ETIMEDOUT)
		bfs_answer_error(t, -ETIMEDOUT); /* not known is not empty */
	else
		open_dir(fs, t, bfs_node_get(n));
}

void bfs_fs_opendir(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t ino)
{
	struct bfs_node *n = bfs_tree_get(&fs->tree, ino);
	struct bfs_catalog *names;

	if (!n || !bfs_kind_is_dir(n->kind)) {
		bfs_answer_error(t, n ? -ENOTDIR : -ESTALE);
		bfs_node_put(n);
		return;
	}
	names = names_of(fs, n);
	if (!names || bfs_catalog_absent(names) != -ETIMEDOUT) {
		open_dir(fs, t, n);
		return;
	}
	bfs_snapshot_put(bfs_catalog_get(names)); /* asks anew */
	t->handle = n;
	if (!bfs_catalog_await(names, t, open_known, n, &bfs_node_keeper))
		bfs_answer_error(t, -ETIMEDOUT);
	bfs_node_put(n);
}

void bfs_fs_releasedir(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t fh)
{
	struct dir *d = (struct dir *)(uintptr_t)fh;

	(void)fs;
	bfs_snapshot_put(d->names);
	bfs_node_put(d->node);
	free(d);
	bfs_answer_error(t, 0);
}

/* --- entries; at the position `at` behind "." and "..": false past the end ----------- */

/* A topic's partitions. */
static bool partition_at(struct bfs_fs *fs, const struct dir *d, int64_t at, struct bfs_buf *name,
			 struct stat *ret_st)
{
	const struct bfs_topic *topic = d->topic;

	if (!topic || at >= topic->partitions)
		return false;
	bfs_buf_printf(name, "%d", (int)at);
	bfs_fs_attr_of(fs, false,
		       bfs_ino_partition(&fs->tree, fs->tree.home, topic->name, topic->incarnation,
					 (int32_t)at),
		       ret_st);
	return true;
}

/* Below a group only their offsets are listed: reading a partition's file consumes for that group,
 * which nobody means who walks through the tree (grep -r, tar, a backup). */
static bool offset_at(struct bfs_fs *fs, const struct dir *d, int64_t at, struct bfs_buf *name,
		      struct stat *ret_st)
{
	const struct bfs_topic *topic = d->topic;
	int32_t id;

	if (!topic || at > topic->partitions)
		return false;
	id = at < topic->partitions ? (int32_t)at : BFS_ANY;
	if (id != BFS_ANY)
		bfs_buf_printf(name, "%d", (int)id);
	bfs_buf_printf(name, ".offset");
	bfs_fs_attr_of(fs, false,
		       bfs_ino_control(BFS_CONTROL_OFFSET, d->node->party, topic->name, id),
		       ret_st);
	return true;
}

/* An entry that has a name of its own. */
static bool control_at(struct bfs_fs *fs, const struct dir *d, size_t at, struct bfs_buf *name,
		       struct stat *ret_st)
{
	enum bfs_control control;
	const char *entry = bfs_control_entry(d->node->control, at, &control);

	if (!entry)
		return false;
	bfs_buf_printf(name, "%s", entry);
	bfs_fs_attr_of(fs, bfs_control_is_dir(control),
		       bfs_ino_control(control, d->node->party, NULL, BFS_ANY), ret_st);
	return true;
}

/* A topic, or a group. */
static bool name_at(struct bfs_fs *fs, const struct dir *d, size_t at, struct bfs_buf *name,
		    struct stat *ret_st)
{
	const struct bfs_topic *topic;
	uint64_t ino;

	if (!d->names || at >= d->names->n)
		return false;
	topic = &d->names->topics[at];
	if (d->node->control == BFS_CONTROL_GROUPS) {
		bfs_name_encode(topic->name, name);
		ino = bfs_ino_group(topic->name);
	} else {
		bfs_buf_printf(name, "%s", topic->name);
		ino = bfs_ino_topic(&fs->tree, d->node->party, topic->name, topic->incarnation);
	}
	bfs_fs_attr_of(fs, true, ino, ret_st);
	return true;
}

/* How many entries of their own come before topics or groups. */
static size_t count_own(const struct dir *d)
{
	enum bfs_control control;
	size_t own = 0;

	while (bfs_control_entry(d->node->control, own, &control))
		own++;
	return own;
}

static bool entry_at(struct bfs_fs *fs, const struct dir *d, int64_t at, struct bfs_buf *name,
		     struct stat *ret_st)
{
	size_t own;

	if (d->node->kind == BFS_TOPIC_DIR)
		return d->node->party ? offset_at(fs, d, at, name, ret_st)
				      : partition_at(fs, d, at, name, ret_st);
	own = count_own(d);
	if ((size_t)at < own)
		return control_at(fs, d, (size_t)at, name, ret_st);
	return name_at(fs, d, (size_t)at - own, name, ret_st);
}

int bfs_fs_readdir(struct bfs_fs *fs, uint64_t fh, int64_t off, bfs_dirent_fn *add, void *arg)
{
	const struct dir *d = (const struct dir *)(uintptr_t)fh;
	struct bfs_buf name = { 0 };
	struct stat st;

	for (; off < 2; off++) {
		bfs_fs_attr_of(fs, true, off == 0 ? d->node->st_ino : BFS_ROOT_INO, &st);
		if (!add(arg, off == 0 ? "." : "..", &st, off + 1))
			return 0;
	}
	for (; entry_at(fs, d, off - 2, &name, &st); off++) {
		if (!add(arg, name.data, &st, off + 1))
			break;
		name.len = 0;
	}
	bfs_buf_fini(&name);
	return 0;
}

/* Topics only: files' nodes change from open to open, so the kernel would ask again anyway. */
static struct bfs_node *look_up_at(struct bfs_fs *fs, const struct dir *d, int64_t at)
{
	const struct bfs_topic *topic;

	if (d->node->kind != BFS_ROOT || (size_t)at < count_own(d))
		return NULL;
	topic = &d->names->topics[(size_t)at - count_own(d)];
	return bfs_tree_topic(&fs->tree, d->node->party, topic->name, topic->incarnation);
}

/* False: the caller has no room for it. */
static bool add_looked_up(struct bfs_fs *fs, struct bfs_node *n, const char *name, int64_t next,
			  bfs_direntry_fn *add, void *arg)
{
	struct bfs_entry e;
	bool added;

	bfs_fs_entry(fs, n, &e);
	added = add(arg, name, &e, next);
	if (!added)
		bfs_tree_forget(&fs->tree, n->ino, 1);
	bfs_node_put(n);
	return added;
}

int bfs_fs_readdirplus(struct bfs_fs *fs, uint64_t fh, int64_t off, bfs_direntry_fn *add, void *arg)
{
	const struct dir *d = (const struct dir *)(uintptr_t)fh;
	struct bfs_buf name = { 0 };
	struct bfs_entry e = { .ino = 0 };
	bool room = true;

	for (; off < 2 && room; off += room) {
		bfs_fs_attr_of(fs, true, off == 0 ? d->node->st_ino : BFS_ROOT_INO, &e.attr);
		room = add(arg, off == 0 ? "." : "..", &e, off + 1);
	}
	for (; room && entry_at(fs, d, off - 2, &name, &e.attr); off++) {
		struct bfs_node *n = look_up_at(fs, d, off - 2);

		room = n ? add_looked_up(fs, n, name.data, off + 1, add, arg)
			 : add(arg, name.data, &e, off + 1);
		name.len = 0;
	}
	bfs_buf_fini(&name);
	return 0;
}

/* --- made and removed ---------------------------------------------------------------- */

/* The brokers have it; it is answered when our list has it, too. The ticket holds the errand. */
static void look(struct bfs_errand *e, struct bfs_ticket *t);

static void listed(struct bfs_ticket *t)
{
	struct bfs_errand *e = t->handle;
	struct bfs_node *n = bfs_fs_find(e->fs, e->node, e->topic);

	if (n)
		bfs_fs_answer_entry(e->fs, t, n);
	else if (bfs_clock_ms() < t->since + e->fs->options->timeout_ms)
		look(e, t);
	else
		bfs_answer_error(t, -ETIMEDOUT);
}

static void look(struct bfs_errand *e, struct bfs_ticket *t)
{
	struct bfs_node *n;

	bfs_catalog_expire(e->fs->catalog);
	t->handle = e;
	if (bfs_catalog_await(e->fs->catalog, t, listed, e, NULL))
		return;
	n = bfs_fs_find(e->fs, e->node, e->topic);
	if (n)
		bfs_fs_answer_entry(e->fs, t, n);
	else
		bfs_answer_error(t, -ETIMEDOUT); /* made, but not listed */
}

static void made(struct bfs_errand *e, struct bfs_ticket *t)
{
	t->since = bfs_clock_ms();
	look(e, t);
}

static void do_make(struct bfs_errand *e)
{
	struct bfs_cluster *c = e->fs->cluster;

	c->ops->topic_create(c, e->topic, BFS_UNKNOWN, BFS_UNKNOWN, bfs_errand_deadline(e),
			     bfs_errand_done, e);
}

static void make_topic(struct bfs_fs *fs, struct bfs_ticket *t, struct bfs_node *dir,
		       const char *name)
{
	struct bfs_errand *e;
	struct bfs_why why;
	int err = bfs_name_topic(name);

	if (err) {
		bfs_fail(&why, err, "mkdir: '%s' is not a name that Kafka allows", name);
		bfs_info("%s", why.text);
		bfs_node_set_error(dir, &why);
		bfs_answer_error(t, err);
		return;
	}
	e = bfs_errand_new(fs, dir, do_make, made);
	e->topic = bfs_strdup(name);
	bfs_errand_start(e, t);
}

static void make_group(struct bfs_fs *fs, struct bfs_ticket *t, struct bfs_node *dir,
		       const char *name)
{
	char *group = bfs_name_decode(name);

	if (!group || !*group)
		bfs_answer_error(t, -EINVAL);
	else if (!bfs_catalog_add(fs->groups, group))
		bfs_answer_error(t, -EEXIST);
	else
		bfs_fs_lookup(fs, t, dir->ino, name);
	free(group);
}

void bfs_fs_mkdir(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t parent, const char *name)
{
	struct bfs_node *dir = bfs_tree_get(&fs->tree, parent);

	if (!dir)
		bfs_answer_error(t, -ESTALE);
	else if (fs->options->ro)
		bfs_answer_error(t, -EROFS);
	else if (dir->kind == BFS_ROOT)
		make_topic(fs, t, dir, name);
	else if (dir->control == BFS_CONTROL_GROUPS)
		make_group(fs, t, dir, name);
	else
		bfs_answer_error(t, -EPERM);
	bfs_node_put(dir);
}

static void removed(struct bfs_errand *e, struct bfs_ticket *t)
{
	if (e->name)
		bfs_catalog_remove(e->fs->groups, e->name);
	else
		bfs_catalog_remove(e->fs->catalog, e->topic);
	bfs_answer_error(t, 0);
}

/* One that was only named here, or has gone meanwhile: the name goes. */
static void group_gone(void *errand, int err, const struct bfs_why *why)
{
	bfs_errand_done(errand, err == -ENOENT ? 0 : err, why);
}

static void do_remove(struct bfs_errand *e)
{
	struct bfs_cluster *c = e->fs->cluster;

	if (e->name)
		c->ops->group_delete(c, e->name, bfs_errand_deadline(e), group_gone, e);
	else
		c->ops->topic_delete(c, e->topic, bfs_errand_deadline(e), bfs_errand_done, e);
}

void bfs_fs_rmdir(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t parent, const char *name)
{
	struct bfs_node *dir = bfs_tree_get(&fs->tree, parent);
	bool topic = dir && dir->kind == BFS_ROOT && bfs_control_find(0, name) == 0;
	bool group = dir && dir->control == BFS_CONTROL_GROUPS;
	struct bfs_errand *e;

	if (!dir || fs->options->ro || !fs->options->allow_delete || !(topic || group)) {
		bfs_answer_error(t, !dir ? -ESTALE : fs->options->ro ? -EROFS : -EPERM);
		bfs_node_put(dir);
		return;
	}
	e = bfs_errand_new(fs, dir, do_remove, removed);
	e->topic = bfs_strdup(name);
	e->name = group ? bfs_name_decode(name) : NULL;
	bfs_errand_start(e, t);
	bfs_node_put(dir);
}
