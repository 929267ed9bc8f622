/* session.h - the mount: from an empty directory to the kernel's requests, and back.
 *
 *	s = bfs_session_new(options, helper)
 *	fs = bfs_fs_new(..., bfs_session_kernel(s), ...)
 *	bfs_session_mount(s, path)		requests wait from now on
 *	bfs_session_start(s, fs, events)	requests are served
 *	...
 *	bfs_fs_stop(fs)			requests are still taken, and refused
 *	bfs_session_stop(s)			the loop ends, the mount goes
 *	bfs_fs_free(fs)
 *	bfs_session_free(s)
 *
 * libfuse's loop runs on a thread of ours, `session`, with its workers, so that the main thread can
 * wait for signals and the fs can be stopped while requests are answered (a page that an unread
 * request holds would keep the notifier from ending).
 *
 * Threads: main calls these functions; events come on others.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_FUSE_SESSION_H
#define BFS_FUSE_SESSION_H

#include "base/err.h"
#include "core/options.h"
#include "fuse/notify.h"
#include "model/fs.h"
#include "model/kernel.h"

struct bfs_session;

struct bfs_session_events {
	void (*ready)(void *arg); /* the mount answers; on a FUSE worker */
	void (*ended)(void *arg); /* the loop has ended: somebody unmounted; on thread `session` */
	void *arg;
};

struct bfs_session *bfs_session_new(const struct bfs_options *o, const struct bfs_helper *helper,
				    struct bfs_why *why);

/* `path` is absolute. 0 or -errno; nothing is mounted then. */
int bfs_session_mount(struct bfs_session *s, const char *path, struct bfs_why *why);

struct bfs_kernel *bfs_session_kernel(struct bfs_session *s);

int bfs_session_start(struct bfs_session *s, struct bfs_fs *fs,
		      const struct bfs_session_events *events, struct bfs_why *why);

/* No request comes any more: the loop and the notifier have ended. Replies may still leave. */
void bfs_session_quiet(struct bfs_session *s);

/* Ends the notifier, then the loop, then the mount; a mount that is in use is detached, and what
 * uses it gets errors. 0, or -errno if the loop had failed by itself. Can be repeated. */
int bfs_session_stop(struct bfs_session *s);

void bfs_session_free(struct bfs_session *s); /* stopped; the fs is gone */

/* libfuse's version, for --version. */
const char *bfs_session_library(void);

#endif
