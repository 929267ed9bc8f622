/* fs.h - the operations of the file system, FUSE-free.
 *
 * One function per kernel request. Each takes a ticket and answers it exactly once, now or later
 * (see ticket.h); none blocks. Node ids are what look-ups answered; BFS_ROOT_INO is the root.
 * Handles (`fh`) are what opens answered. Arguments are copied where they are needed after the
 * call.
 *
 * LOOKUP and READDIR answer from memory (an unknown name waits at most 100 ms for one shared
 * refresh).
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_MODEL_FS_H
#define BFS_MODEL_FS_H

#include <stdint.h>
#include <sys/types.h>

#include "core/options.h"
#include "model/cluster.h"
#include "model/kernel.h"
#include "model/ticket.h"

#define BFS_ROOT_INO 1

struct bfs_fs;

/* Who asks: the thread and process of the request (as the daemon sees them; 0 when it can't), and
 * the kernel's lock owner (0: the request comes through the page cache, see FACTS in read). */
struct bfs_caller {
	pid_t pid; /* thread id of the caller */
	uint64_t lock_owner;
};

/* Tells whether some process still holds a descriptor of a file, other than the one just closed:
 * process/holders, or a test's own. It must be one for writing, or for reading. `pids` are further
 * processes to look at; `alone`: no other node with this st_ino is open. 1 yes, 0 no, -1 it can't
 * be told. */
struct bfs_holders {
	int (*held)(void *arg, uint64_t st_ino, const char *name, bool writing, bool alone,
		    pid_t closing, const pid_t *pids, int n_pids);
	/* The parent of a process that is in a request of ours, or 0. It may have given it its
	 * descriptor, and outlive it. May be NULL. */
	pid_t (*parent)(void *arg, pid_t pid);
	/* Can none of `openers` (threads) have given a descriptor to those processes: the one of
	 * thread `closing`, its ancestors, the `pids`? May be NULL: that can't be told. */
	bool (*apart)(void *arg, pid_t closing, const pid_t *pids, int n_pids, const pid_t *openers,
		      int n_openers);
	/* Is it on its way out? Then nobody sees what its close returns. May be NULL. */
	bool (*leaving)(void *arg, pid_t pid);
	void *arg;
};

/* `options`, `cluster`, `kernel` must outlive the fs. Starts the clerk and the first catalog
 * refresh. */
struct bfs_fs *bfs_fs_new(const struct bfs_options *options, struct bfs_cluster *cluster,
			  struct bfs_kernel *kernel, const struct bfs_holders *holders);

/* Before there are requests: where .brokerfs/metrics has the daemon's own figures from. */
void bfs_fs_set_usage(struct bfs_fs *fs, bfs_usage_fn *usage);

/* Waits until the topics are known, for as long as the option `timeout` says; for start-up only,
 * before there are requests: those never wait for it. 0 or -ETIMEDOUT. */
int bfs_fs_await_topics(struct bfs_fs *fs);

/* The end, in this order. bfs_fs_stop(): ends the sessions, commits what was acknowledged (until
 * `deadline`), sends unterminated rests, answers what is parked and what would be with -ENODEV.
 * bfs_fs_quiet(): no request comes any more; those parked since are answered. Then the cluster is
 * stopped by its owner, who says in the log what was not delivered, and bfs_fs_free(). */
void bfs_fs_stop(struct bfs_fs *fs, int64_t deadline);
void bfs_fs_quiet(struct bfs_fs *fs);
void bfs_fs_free(struct bfs_fs *fs);

void bfs_fs_lookup(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t parent, const char *name);
void bfs_fs_forget(struct bfs_fs *fs, uint64_t ino, uint64_t n); /* no answer */
/* `fh` is 0 for stat and fstat; set, it is lseek(SEEK_END) (FACTS 4.8). */
void bfs_fs_getattr(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t ino, uint64_t fh,
		    const struct bfs_caller *who);

enum { BFS_SET_MODE = 1, BFS_SET_OWNER = 2, BFS_SET_SIZE = 4, BFS_SET_TIMES = 8 };
/* `size` is the wanted one, with BFS_SET_SIZE; `fh` is 0 but for ftruncate(2). */
void bfs_fs_setattr(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t ino, uint64_t fh,
		    unsigned what, int64_t size);

void bfs_fs_opendir(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t ino);
/* Calls add(arg, name, st, next) for each entry from position `off` on until it returns false; then
 * the caller answers. `next` is the position behind that entry. 0 or -errno. */
typedef bool bfs_dirent_fn(void *arg, const char *name, const struct stat *st, int64_t next);
int bfs_fs_readdir(struct bfs_fs *fs, uint64_t fh, int64_t off, bfs_dirent_fn *add, void *arg);

/* The same with what a look-up of each would have answered; an ino of 0 where there was none. Those
 * that were added are looked up; `forget` what does not reach the kernel. */
typedef bool bfs_direntry_fn(void *arg, const char *name, const struct bfs_entry *e, int64_t next);
int bfs_fs_readdirplus(struct bfs_fs *fs, uint64_t fh, int64_t off, bfs_direntry_fn *add,
		       void *arg);
void bfs_fs_releasedir(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t fh);

/* `opener`: the thread that opens; 0 if that can't be told. */
void bfs_fs_open(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t ino, int flags, pid_t opener);
void bfs_fs_read(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t fh, int64_t off, size_t size,
		 int flags, const struct bfs_caller *who);
/* `off` is where the writer believes to be: it may not leave a hole. */
void bfs_fs_write(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t fh, const char *data,
		  size_t len, int64_t off, int flags, const struct bfs_caller *who);
/* `handle` is what the kernel gave to be woken by, or NULL; kernel.h has what becomes of it. */
void bfs_fs_poll(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t fh, void *handle);
void bfs_fs_lseek(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t fh, int64_t off, int whence);
void bfs_fs_flush(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t fh,
		  const struct bfs_caller *who);
void bfs_fs_fsync(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t fh);
void bfs_fs_release(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t fh);

/* A topic, or a group's name that is used from now on; answers with its entry. */
void bfs_fs_mkdir(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t parent, const char *name);
/* A topic or a group; only with the option allow_delete. */
void bfs_fs_rmdir(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t parent, const char *name);

/* size 0 asks how large the value (or the list) is. */
void bfs_fs_getxattr(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t ino, const char *name,
		     size_t size);
void bfs_fs_listxattr(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t ino, size_t size);
/* `value` is copied; NULL: it is removed. */
void bfs_fs_setxattr(struct bfs_fs *fs, struct bfs_ticket *t, uint64_t ino, const char *name,
		     const char *value, size_t len);
void bfs_fs_statfs(struct bfs_fs *fs, struct bfs_ticket *t);

/* Answers with the text of .brokerfs/metrics as data: for an exporter. Never blocks. */
void bfs_fs_metrics(struct bfs_fs *fs, struct bfs_ticket *t);

/* A request was answered with an error: it is counted. `op` must last. */
void bfs_fs_count_error(struct bfs_fs *fs, const char *op, int err);

/* create, unlink, rename, link, symlink...: what can't be done to a log
 * fails at once. `op` is the request's name; `parent` and `name` tell what it was tried on. */
void bfs_fs_refuse(struct bfs_fs *fs, struct bfs_ticket *t, const char *op, uint64_t parent,
		   const char *name);

#endif
