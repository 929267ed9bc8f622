/* reply.h - a kernel request that a test makes, and the answer it got.
 *
 *	struct fake_reply *r = fake_request("read");
 *	bfs_fs_read(fs, r->ticket, fh, 0, 4096, 0, &who);
 *	fake_wait(r);
 *	ck_assert_int_eq(r->kind, FAKE_DATA);
 *	fake_reply_free(r);
 *
 * Ends the test when a request is answered twice or with a ranked lock held. fake_reply_free()
 * demands that it was answered and that nobody holds the ticket any more; the ticket itself is
 * freed when its last reference goes, so that a sanitizer sees who touches it later.
 *
 * Interruptions behave like libfuse's: one that came before the model watches for it is told inside
 * watch, and unwatch waits for one that is being told.
 *
 * Threads: answers come from any; everything else is for the test's own. After fake_wait() the
 * fields stay as they are.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_TESTS_FAKE_REPLY_H
#define BFS_TESTS_FAKE_REPLY_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "model/ticket.h"

enum fake_kind {
	FAKE_NONE,
	FAKE_ERROR,
	FAKE_ENTRY,
	FAKE_ATTR,
	FAKE_OPENED,
	FAKE_DATA,
	FAKE_WRITTEN,
	FAKE_POSITION,
	FAKE_SIZE,
	FAKE_STATFS,
	FAKE_POLLED,
};

struct fake_reply {
	struct bfs_ticket *ticket; /* to hand over once; not the test's after that */
	const char *op;

	/* The answer. */
	enum fake_kind kind;
	unsigned order; /* 1, 2, ... in which all requests of the process were answered */
	int64_t when;   /* fake_now() */
	int err;        /* 0 or -errno; 0 for all kinds but FAKE_ERROR */
	struct bfs_entry entry;
	struct stat attr;
	double attr_timeout;
	struct bfs_opened opened;
	char *data; /* with a NUL behind */
	size_t len; /* of data; or what was written; or the xattr's size */
	int64_t position;
	struct statvfs statfs;
	unsigned ready; /* to poll */

	/* Inside. */
	_Atomic bool answered, freed;
	pthread_mutex_t hook; /* held while an interruption is told, as libfuse holds req->lock */
	bool watched, interrupted; /* protected by hook */
};

/* A new request with a ticket for it. */
struct fake_reply *fake_request(const char *op);

bool fake_answered(const struct fake_reply *r);

/* Waits until it is answered, in real time; ends the test after 10 s. */
void fake_wait(struct fake_reply *r);

/* The same for at most `ms`; false if it was not answered. */
bool fake_wait_ms(struct fake_reply *r, int ms);

/* Fails the test unless nothing is answered within `ms`. */
void fake_wait_not(struct fake_reply *r, int ms);

/* The caller of the system call got a signal. May come at any time, also after the answer. */
void fake_interrupt(struct fake_reply *r);

/* Demands that it was answered and that the ticket is gone (waits for the clerk's reference). */
void fake_reply_free(struct fake_reply *r);

/* Shorthand: waits for the answer, frees the request, returns err (0 for any good answer). */
int fake_finish(struct fake_reply *r);

/* Demands that every request of the process was freed; for the end of a test. */
void fake_replies_check(void);

#endif
