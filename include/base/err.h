/* err.h - errors: 0 or -errno, and the sentence behind one.
 *
 * Inside the program an error is a negative errno value. Where a person should learn more than
 * the errno says, a struct bfs_why goes along: a short sentence, Kafka's own words where there are
 * some.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_BASE_ERR_H
#define BFS_BASE_ERR_H

struct bfs_why {
	char text[512]; /* NUL-terminated, no newline; empty when there is nothing to say */
};

/* Writes the sentence (cut at the size) and returns `err`, so that a failing function can end
 * with `return bfs_fail(why, -EINVAL, "...", ...)`. `why` may be NULL. */
int bfs_fail(struct bfs_why *why, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The name of a positive or negative errno ("ETIMEDOUT"), for logs; never NULL. */
const char *bfs_err_name(int err);

#endif
