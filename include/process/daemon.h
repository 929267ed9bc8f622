/* daemon.h - going into the background, and telling the shell how it went.
 *
 * The fork comes before any thread and any handle (librdkafka's threads would not survive it). The
 * parent waits for one word through a pipe: it exits 0 once the mount answers, or prints the one
 * line that says why not and exits 1. A daemon that dies without a word is reported too.
 *
 *	status = bfs_daemon_fork(&d, foreground);
 *	if (status >= 0)
 *		return status;			the parent
 *	... bfs_daemon_fail(&d, "why"), or, once requests are answered, bfs_daemon_ready(&d)
 *
 * Threads: fork and fail on the main thread; ready on any, once.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_PROCESS_DAEMON_H
#define BFS_PROCESS_DAEMON_H

#include <stdbool.h>

struct bfs_daemon {
	bool background;
	int pipe; /* to the parent, or -1 */
};

/* The first thing of all: whoever closed our standard descriptors gets /dev/null there, so that no
 * pipe of ours gets their numbers. */
void bfs_daemon_descriptors(void);

/* Returns -1 in the process that goes on to be the daemon (always, when `foreground`), and in the
 * parent, when the outcome is known, its exit status. The daemon has a session of its own, / as
 * its directory, and logs to syslog. */
int bfs_daemon_fork(struct bfs_daemon *d, bool foreground);

/* The mount answers: lets the parent go, and the terminal. False if there is no parent to tell any
 * more (it was interrupted): nobody wants this mount. */
bool bfs_daemon_ready(struct bfs_daemon *d);

/* The start failed: one line for stderr, without the program's name. */
void bfs_daemon_fail(struct bfs_daemon *d, const char *text);

/* Limits of this process: as many descriptors as it may have; no core dump and no tracing by
 * others, which would show passwords, unless `debug`. */
void bfs_daemon_limits(bool debug);

#endif
