/* fs_name.c - the operations of the file system: look-ups and listings.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "core/name.h"
#include "model/fs_inner.h"

#define DIR_TIMEOUT  1.0 /* s the kernel may keep a topic's entry; files: 0, their nodes change */
#define ATTR_TIMEOUT 1.0 /* s, of directories */

/* --- look-ups ------------------------------------------------------------------------ */

static void answer_entry(struct bfs_fs *fs, struct bfs_ticket *t, struct bfs_node *n)
{
	bool dir = n->kind != BFS_PARTITION_FILE;
	struct bfs_entry e = {
		.ino = n->ino,
		.generation = 1,
		.attr_timeout = dir ? ATTR_TIMEOUT : 0,
		.entry_timeout = dir ? DIR_TIMEOUT : 0,
	};

	bfs_fs_attr(fs, n, &e.attr);
	bfs_answer_entry(t, &e);
	bfs_node_put(n);
}

/* The node that `name` in `parent` leads to, counted, with one look-up more; NULL if the newest
 * snapshot knows none. */
static struct bfs_node *find(struct bfs_fs *fs, struct bfs_node *parent, const char *name)
{
	struct bfs_snapshot *s = bfs_catalog_get(fs->catalog);
	const struct bfs_topic *topic;
	struct bfs_node *n = NULL;
	struct bfs_name file;

	if (parent->kind == BFS_ROOT) {
		topic = bfs_snapshot_find(s, name);
		if (topic)
			n = bfs_tree_topic(&fs->tree, topic->name, topic->incarnation);
	} else {
		topic = bfs_snapshot_find(s, parent->topic);
		if (topic && topic->incarnation == parent->incarnation &&
		    !bfs_name_parse(name, &file) && file.partition < topic->partitions)
			n = bfs_tree_file(&fs->tree, topic->name, topic->incarnation,
					  topic->partitions, name, &file);
	}
	bfs_snapshot_put(s);
	return n;
}

/* Could there ever be such a name? Then asking the cluster again is worth it. */
static bool possible(const struct bfs_node *parent, const char *name)
{
	struct bfs_name file;

	if (parent->kind == BFS_ROOT)
		return !bfs_name_topic(name);
	return !bfs_name_parse(name, &file);
}

/* A look-up that waits for a refresh. */
struct look {
	struct bfs_node *parent; /* counted */
	char name[];
};

static void look_free(void *look)
{
	bfs_node_put(((struct look *)look)->parent);
	free(look);
}

static void look_get(void *look)
{
	(void)look; /* the ticket's reference is the only one */
}

static const struct bfs_keeper look_keeper = { look_get, look_free };

static void look_again(struct bfs_ticket *t)
{
	struct look *l = t->owner;
	struct bfs_fs *fs = bfs_fs_of(l->parent);
	struct bfs_node *n = find(fs, l->parent, l->name);

	if (n)
		answer_entry(fs, t, n);
	else
		bfs_answer_error(t, bfs_catalog_absent(fs->catalog));
}

static void look_later(struct bfs_fs *fs, struct bfs_ticket *t, struct bfs_node *parent,
		       const char *name)
{
	struct look *l = bfs_alloc(sizeof(*l) + strlen(name) + 1);

	l->parent = bfs_node_get(parent);
	strcpy(l->name, name);
	if (bfs_catalog_await(fs->catalog, t, look_again, l, &look_keeper))
		return;
	look_free(l);
	bfs_answer_error(t, bfs_catalog_absent(fs->catalog));
}

void bfs_fs_lookup(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t parent, const char *name)
{
	struct bfs_node *dir = bfs_tree_get(&fs->tree, parent), *n;

	if (!dir || dir->kind == BFS_PARTITION_FILE) {
		bfs_answer_error(t, dir ? -ENOTDIR : -ESTALE);
		bfs_node_put(dir);
		return;
	}
	n = find(fs, dir, name);
	if (n)
		answer_entry(fs, t, n);
	else if (strlen(name) > NAME_MAX)
		bfs_answer_error(t, -ENAMETOOLONG); /* the kernel lets up to 1024 through */
	else if (possible(dir, name))
		look_later(fs, t, dir, name);
	else
		bfs_answer_error(t, -ENOENT);
	bfs_node_put(dir);
}

void bfs_fs_forget(struct bfs_fs *fs, uint64_t ino, uint64_t n)
{
	bfs_tree_forget(&fs->tree, ino, n);
}

/* --- listings ------------------------------------------------------------------------ */

/* An open directory lists the snapshot it was opened with. */
struct dir {
	struct bfs_node *node;
	struct bfs_snapshot *snapshot;
	const struct bfs_topic *topic; /* of a topic's directory */
};

void bfs_fs_opendir(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t ino)
{
	struct bfs_node *n = bfs_tree_get(&fs->tree, ino);
	struct bfs_opened o = { .fh = 0 };
	struct dir *d;

	if (!n || n->kind == BFS_PARTITION_FILE) {
		bfs_answer_error(t, n ? -ENOTDIR : -ESTALE);
		bfs_node_put(n);
		return;
	}
	if (bfs_catalog_absent(fs->catalog) == -ETIMEDOUT) {
		bfs_snapshot_put(bfs_catalog_get(fs->catalog)); /* asks anew */
		bfs_answer_error(t, -ETIMEDOUT);                /* not known is not empty */
		bfs_node_put(n);
		return;
	}
	d = bfs_zalloc(sizeof(*d));
	d->node = n;
	d->snapshot = bfs_catalog_get(fs->catalog);
	if (n->kind == BFS_TOPIC_DIR) {
		d->topic = bfs_snapshot_find(d->snapshot, n->topic);
		if (d->topic && d->topic->incarnation != n->incarnation)
			d->topic = NULL;
	}
	o.fh = (uint64_t)(uintptr_t)d;
	bfs_answer_opened(t, &o);
}

void bfs_fs_releasedir(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t fh)
{
	struct dir *d = (struct dir *)(uintptr_t)fh;

	(void)fs;
	bfs_snapshot_put(d->snapshot);
	bfs_node_put(d->node);
	free(d);
	bfs_answer_error(t, 0);
}

/* The entry at position `at` behind "." and "..". False past the end. */
static bool entry_at(struct bfs_fs *fs, const struct dir *d, int64_t at, char number[16],
		     const char **ret_name, struct stat *ret_st)
{
	const struct bfs_topic *topic;

	if (d->node->kind == BFS_ROOT) {
		if (at >= (int64_t)d->snapshot->n)
			return false;
		topic = &d->snapshot->topics[at];
		*ret_name = topic->name;
		bfs_fs_attr_of(fs, true, bfs_ino_topic(topic->name, topic->incarnation), ret_st);
		return true;
	}
	if (!d->topic || at >= d->topic->partitions)
		return false;
	snprintf(number, 16, "%d", (int)at);
	*ret_name = number;
	bfs_fs_attr_of(fs, false,
		       bfs_ino_partition(d->topic->name, d->topic->incarnation, (int32_t)at),
		       ret_st);
	return true;
}

int bfs_fs_readdir(struct bfs_fs *fs, uint64_t fh, int64_t off, bfs_dirent_fn *add, void *arg)
{
	const struct dir *d = (const struct dir *)(uintptr_t)fh;
	const char *name;
	char number[16];
	struct stat st;

	for (; off < 2; off++) {
		bfs_fs_attr_of(fs, true, off == 0 ? d->node->st_ino : BFS_ROOT_INO, &st);
		if (!add(arg, off == 0 ? "." : "..", &st, off + 1))
			return 0;
	}
	for (; entry_at(fs, d, off - 2, number, &name, &st); off++)
		if (!add(arg, name, &st, off + 1))
			return 0;
	return 0;
}
