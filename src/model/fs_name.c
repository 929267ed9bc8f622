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

#define DIR_TIMEOUT 1.0 /* s the kernel may keep a topic's entry; files: 0, their nodes change */

/* --- look-ups ------------------------------------------------------------------------ */

void bfs_fs_entry(struct bfs_fs *fs, struct bfs_node *n, struct bfs_entry *ret)
{
	bool dir = bfs_kind_is_dir(n->kind);

	*ret = (struct bfs_entry){
		.ino = n->ino,
		.generation = 1,
		.attr_timeout = bfs_fs_attr_timeout(n),
		.entry_timeout = dir ? DIR_TIMEOUT : 0,
	};
	bfs_fs_attr(fs, n, &ret->attr);
}

void bfs_fs_answer_entry(struct bfs_fs *fs, struct bfs_ticket *t, struct bfs_node *n)
{
	struct bfs_entry e;

	bfs_fs_entry(fs, n, &e);
	bfs_answer_entry(t, &e);
	bfs_node_put(n);
}

/* A topic, as seen from the root or from a group. */
static struct bfs_node *find_topic(struct bfs_fs *fs, struct bfs_party *party, const char *name)
{
	struct bfs_snapshot *s = bfs_catalog_get(fs->catalog);
	const struct bfs_topic *topic = bfs_snapshot_find(s, name);
	struct bfs_node *n = NULL;

	if (topic)
		n = bfs_tree_topic(&fs->tree, party, topic->name, topic->incarnation);
	bfs_snapshot_put(s);
	return n;
}

static struct bfs_node *find_file(struct bfs_fs *fs, const struct bfs_node *parent,
				  const char *name)
{
	struct bfs_snapshot *s = bfs_catalog_get(fs->catalog);
	const struct bfs_topic *topic = bfs_snapshot_find(s, parent->topic);
	struct bfs_party *party = parent->party ? parent->party : fs->tree.home;
	struct bfs_node *n = NULL;
	struct bfs_name file;
	int32_t partition;

	if (!topic || topic->incarnation != parent->incarnation)
		;
	else if (bfs_name_offset(name, &partition) && parent->party &&
		 partition < topic->partitions)
		n = bfs_tree_control(&fs->tree, BFS_CONTROL_OFFSET, party, topic->name, partition);
	else if (!bfs_name_parse(name, &file) && file.partition < topic->partitions &&
		 (!parent->party || file.partition != BFS_ANY))
		n = bfs_tree_file(&fs->tree, party, topic->name, topic->incarnation,
				  topic->partitions, name, &file);
	bfs_snapshot_put(s);
	return n;
}

static struct bfs_node *find_group(struct bfs_fs *fs, const char *name)
{
	struct bfs_snapshot *s = bfs_catalog_get(fs->groups);
	char *group = bfs_name_decode(name);
	struct bfs_node *n = NULL;

	if (group && bfs_snapshot_find(s, group))
		n = bfs_tree_control(&fs->tree, BFS_CONTROL_GROUP,
				     bfs_claims_party(&fs->claims, group), NULL, BFS_ANY);
	free(group);
	bfs_snapshot_put(s);
	return n;
}

struct bfs_node *bfs_fs_find(struct bfs_fs *fs, struct bfs_node *parent, const char *name)
{
	enum bfs_control control;

	if (parent->kind == BFS_TOPIC_DIR)
		return find_file(fs, parent, name);
	control = bfs_control_find(parent->control, name);
	if (control == BFS_CONTROL_GROUPS) /* they will be asked for next */
		bfs_snapshot_put(bfs_catalog_get(fs->groups));
	if (control)
		return bfs_tree_control(&fs->tree, control, parent->party, NULL, BFS_ANY);
	if (parent->kind == BFS_ROOT || parent->control == BFS_CONTROL_GROUP)
		return find_topic(fs, parent->party, name);
	return parent->control == BFS_CONTROL_GROUPS ? find_group(fs, name) : NULL;
}

/* Could there ever be such a name? Then asking the cluster again is worth it. */
static bool possible(const struct bfs_node *parent, const char *name)
{
	struct bfs_name file;
	int32_t partition;
	char *group;

	if (parent->kind == BFS_TOPIC_DIR)
		return !bfs_name_parse(name, &file) || bfs_name_offset(name, &partition);
	if (parent->kind == BFS_ROOT || parent->control == BFS_CONTROL_GROUP)
		return !bfs_name_topic(name);
	if (parent->control != BFS_CONTROL_GROUPS)
		return false;
	group = bfs_name_decode(name);
	free(group);
	return group;
}

/* Where it would be known from. */
static struct bfs_catalog *catalog_of(struct bfs_fs *fs, const struct bfs_node *parent)
{
	return parent->control == BFS_CONTROL_GROUPS ? fs->groups : fs->catalog;
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
	struct bfs_node *n = bfs_fs_find(fs, l->parent, l->name);

	if (n)
		bfs_fs_answer_entry(fs, t, n);
	else
		bfs_answer_error(t, bfs_catalog_absent(catalog_of(fs, l->parent)));
}

static void look_later(struct bfs_fs *fs, struct bfs_ticket *t, struct bfs_node *parent,
		       const char *name)
{
	struct look *l = bfs_alloc(sizeof(*l) + strlen(name) + 1);
	struct bfs_node *n;

	l->parent = bfs_node_get(parent);
	strcpy(l->name, name);
	if (bfs_catalog_await(catalog_of(fs, parent), t, look_again, l, &look_keeper))
		return;
	look_free(l);
	n = bfs_fs_find(fs, parent, name); /* a refresh may have ended meanwhile */
	if (n)
		bfs_fs_answer_entry(fs, t, n);
	else
		bfs_answer_error(t, bfs_catalog_absent(catalog_of(fs, parent)));
}

void bfs_fs_lookup(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t parent, const char *name)
{
	struct bfs_node *dir = bfs_tree_get(&fs->tree, parent), *n;

	if (!dir || !bfs_kind_is_dir(dir->kind)) {
		bfs_answer_error(t, dir ? -ENOTDIR : -ESTALE);
		bfs_node_put(dir);
		return;
	}
	n = bfs_fs_find(fs, dir, name);
	if (n)
		bfs_fs_answer_entry(fs, t, n);
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
