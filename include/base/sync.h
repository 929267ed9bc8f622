/* sync.h - rank-checked mutex, named thread, mailbox.
 *
 * A mutex has a rank. A thread may take a mutex only when all it holds have a lower rank; debug
 * builds (no NDEBUG) assert it, so a lock-order mistake fails in the first test that meets it.
 *
 * A mailbox is a list with an eventfd: any thread posts, one thread polls the fd and takes all.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_BASE_SYNC_H
#define BFS_BASE_SYNC_H

#include <pthread.h>
#include <stdbool.h>

#include "base/list.h"

enum bfs_rank {
	BFS_RANK_HANDLES = 5, /* the list of open files */
	BFS_RANK_NODE = 10,   /* the tree: nodes, names, handles */
	BFS_RANK_CATALOG = 20,
	BFS_RANK_STREAMS = 30, /* the table of streams and the memory they share */
	BFS_RANK_STREAM = 40,
	BFS_RANK_CLAIM = 45,
	BFS_RANK_REPORT = 46, /* a text in the making */
	BFS_RANK_MERGE = 47,  /* a topic's partitions read as one */
	BFS_RANK_WRITER = 50, /* one open-for-write: its frame */
	BFS_RANK_OUT = 52,    /* one partition's way out: what is in flight */
	BFS_RANK_POOL = 55,   /* spare chunks */
	BFS_RANK_MAILBOX = 60,
	BFS_RANK_CLERK = 65,   /* deadlines and interruptions */
	BFS_RANK_METRICS = 68, /* counts of errors */
	BFS_RANK_LOG = 70,
};

struct bfs_mutex {
	pthread_mutex_t mutex;
	int rank;
};

void bfs_mutex_init(struct bfs_mutex *m, enum bfs_rank rank);
void bfs_mutex_fini(struct bfs_mutex *m);
void bfs_mutex_lock(struct bfs_mutex *m);
void bfs_mutex_unlock(struct bfs_mutex *m);

/* Asserts (debug builds) that the calling thread holds no ranked mutex: law 4, before a reply,
 * a notification, or a call that can block. */
void bfs_assert_unlocked(void);

/* Starts a thread under `name` (at most 15 characters, shown by ps -L), with every signal
 * blocked: signals belong to the main thread. Returns 0 or -errno. */
int bfs_thread_start(pthread_t *ret_thread, const char *name, void *(*run)(void *), void *arg);

struct bfs_mailbox {
	struct bfs_mutex lock;   /* rank MAILBOX */
	struct bfs_list letters; /* protected by lock */
	int fd;                  /* readable while letters may be waiting */
};

int bfs_mailbox_init(struct bfs_mailbox *b); /* 0 or -errno */
void bfs_mailbox_fini(struct bfs_mailbox *b);

/* Appends `letter` (ownership passes to the reader) and makes fd readable. */
void bfs_mailbox_post(struct bfs_mailbox *b, struct bfs_list *letter);

/* Makes fd readable without a letter. Async-signal-safe, takes no lock. */
void bfs_mailbox_kick(struct bfs_mailbox *b);

/* Moves all letters to the end of `ret_letters`, in order of posting, and drains fd. */
void bfs_mailbox_take(struct bfs_mailbox *b, struct bfs_list *ret_letters);

#endif
