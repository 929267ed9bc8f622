/* log.h - levelled, rate-limited log, whose last lines are kept.
 *
 * One line an event, a sentence with the topic, partition or file it is about. Lines go to
 * stderr in the foreground and to syslog in the background; the last ones also stay in a ring.
 * The same call site logs at most 10 lines a second; what is left out is counted in its next line.
 *
 * Threads: any. Locks: LOG (70), so logging is allowed under any other lock.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_BASE_LOG_H
#define BFS_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum bfs_level {
	BFS_LOG_ERROR, /* something the user asked for failed */
	BFS_LOG_WARN,  /* something is odd, and was dealt with */
	BFS_LOG_INFO,  /* life cycle: mounted, connected, ended */
	BFS_LOG_DEBUG,
};

/* Per call site; zeroed at the start. */
struct bfs_log_site {
	int64_t second;
	unsigned count;
	unsigned left_out;
};

void bfs_log_level(enum bfs_level most);   /* lines above `most` are dropped; default INFO */
void bfs_log_to_syslog(const char *ident); /* from now on, instead of stderr */

/* Secrets: `text` is replaced by *** in every later line. The string is copied. */
void bfs_log_mask(const char *text);

/* Appends the kept lines, oldest first, each "TIME LEVEL text\n". */
void bfs_log_copy(struct bfs_buf *ret);

void bfs_log_at(struct bfs_log_site *site, enum bfs_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#define bfs_log(level, ...)                                                                        \
	do {                                                                                       \
		static struct bfs_log_site bfs_site_;                                              \
		bfs_log_at(&bfs_site_, (level), __VA_ARGS__);                                      \
	} while (0)
#define bfs_error(...) bfs_log(BFS_LOG_ERROR, __VA_ARGS__)
#define bfs_warn(...)  bfs_log(BFS_LOG_WARN, __VA_ARGS__)
#define bfs_info(...)  bfs_log(BFS_LOG_INFO, __VA_ARGS__)
#define bfs_debug(...) bfs_log(BFS_LOG_DEBUG, __VA_ARGS__)

#endif
