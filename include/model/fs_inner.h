/* fs_inner.h - what fs.c, fs_name.c and fs_file.c share; for nobody else.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_MODEL_FS_INNER_H
#define BFS_MODEL_FS_INNER_H

#include <sys/stat.h>

#include "model/catalog.h"
#include "model/claim.h"
#include "model/clerk.h"
#include "model/fs.h"
#include "model/node.h"
#include "model/reader.h"
#include "model/share.h"
#include "model/stream.h"
#include "model/writer.h"

struct bfs_fs {
	const struct bfs_options *options;
	struct bfs_cluster *cluster;
	struct bfs_kernel *kernel;
	struct bfs_holders holders;
	struct bfs_clerk *clerk;
	struct bfs_catalog *catalog; /* topics */
	struct bfs_catalog *groups;
	struct bfs_claims claims;
	struct bfs_streams streams;
	struct bfs_writers writers;
	struct bfs_shares shares;
	struct bfs_tree tree;
	int64_t mounted;     /* wall ms */
	bfs_usage_fn *usage; /* or NULL */
	uid_t uid;
	gid_t gid;
	_Atomic int open_files;
	_Atomic bool silent;    /* the last question was not answered in time: see report.h */
	_Atomic int64_t probed; /* when one waited for BFS_REPORT_IMPATIENT; clock ms */
	struct bfs_mutex handles_lock;
	struct bfs_list handles; /* open files; protected by handles_lock */
};

/* The fs a node belongs to. */
struct bfs_fs *bfs_fs_of(struct bfs_node *n);

/* fs_file.c, at the end: unterminated rests are sent; what the kernel never closed is freed. */
void bfs_fs_finish_files(struct bfs_fs *fs);
void bfs_fs_free_files(struct bfs_fs *fs);

/* fs_name.c: the node that `name` in `parent` leads to, counted, with one look-up more; NULL if the
 * newest snapshot knows none. And the answer with it, which takes the reference. */
struct bfs_node *bfs_fs_find(struct bfs_fs *fs, struct bfs_node *parent, const char *name);
void bfs_fs_answer_entry(struct bfs_fs *fs, struct bfs_ticket *t, struct bfs_node *n);
void bfs_fs_entry(struct bfs_fs *fs, struct bfs_node *n, struct bfs_entry *ret);

/* fs_control.c: a write to a control file, which is a command. */
void bfs_fs_command(struct bfs_fs *fs, struct bfs_ticket *t, struct bfs_node *n, const char *data,
		    size_t len);

/* fs_file.c: is this how much was written through `fh`? Cutting the file there changes nothing, and
 * programs that write in place do it when they are done (rsync --inplace). */
bool bfs_fs_ends_at(uint64_t fh, int64_t size);

/* What stat shows of a node, as known now. */
void bfs_fs_attr(struct bfs_fs *fs, struct bfs_node *n, struct stat *ret);
double bfs_fs_attr_timeout(const struct bfs_node *n); /* s that the kernel may keep them */

/* The same for a name that has no node (listings). */
void bfs_fs_attr_of(struct bfs_fs *fs, bool directory, uint64_t st_ino, struct stat *ret);

#endif
