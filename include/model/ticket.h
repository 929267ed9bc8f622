/* ticket.h - a kernel request awaiting its answer: the wall in front of FUSE.
 *
 * fuse/ops (or a test's fake) embeds a ticket in its own request, hands it to a bfs_fs_ function,
 * and the model answers it exactly once with one bfs_answer_ function, at once or later, from any
 * thread, holding no lock. After that the ticket is gone.
 *
 * Waiting. A request that can't be answered at once is parked on a wait list of some place (a
 * stream, a claim, the catalog...). It is done in this order, so that deadlines and interruptions
 * are never lost and nobody answers twice:
 *
 *	bfs_ticket_arm(t, clerk, deadline, cancel, place, owner, keeper);	holding no lock
 *	lock(place);
 *	if (it can be answered after all)
 *		unlock, answer;
 *	else if (bfs_ticket_park(t, &place->waiting))	linked: now others see it
 *		unlock, return;
 *	else
 *		unlock, answer t->cancelled;		interrupted or expired meanwhile
 *
 * Whoever takes a parked ticket off its list, under the place's lock, answers it (or arms and parks
 * it elsewhere). The clerk, one thread, ends what waits too long or was interrupted: it calls
 * cancel(t, place, err), err being -ETIMEDOUT, -EINTR or -ENODEV, holding no lock, and that
 * function does, under the place's lock: `if (bfs_ticket_claim(t, place, err))` unlock and answer.
 *
 * A ticket is counted: the model holds one reference (given up by answering), the clerk takes one
 * while it calls cancel. `owner` keeps the places alive: arming takes a reference on it (by
 * `keeper`, unless NULL), and it is given back when the ticket's last reference goes.
 *
 * Locks: the wait list belongs to its place's lock. CLERK (65) protects the clerk's own list.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_MODEL_TICKET_H
#define BFS_MODEL_TICKET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "base/list.h"
#include "base/sync.h"

struct bfs_ticket;
struct bfs_clerk;   /* clerk.h */
struct bfs_metrics; /* metrics.h */

/* How an object is kept alive by those who point to it. */
struct bfs_keeper {
	void (*get)(void *object);
	void (*put)(void *object);
};

/* Ends a ticket that was armed for `place` and is perhaps parked there. */
typedef void bfs_cancel_fn(struct bfs_ticket *t, void *place, int err);

struct bfs_entry {    /* answer to a look-up; counts one look-up of `ino` */
	uint64_t ino; /* node id */
	uint64_t generation;
	struct stat attr;
	double attr_timeout, entry_timeout; /* seconds */
};

struct bfs_opened {
	uint64_t fh;
	bool direct_io;
	bool keep_cache;    /* what the page cache has of it is right */
	bool cache_readdir; /* a directory's list may stay in the page cache */
	bool nonseekable;
};

/* How answers leave. Implemented by fuse/reply and tests/fake (which also closes what an opener
 * that is gone will never close, and forgets what it looked up); each is called once per ticket and
 * consumes the request, not the ticket's memory, which `free` takes when the last reference goes.
 */
struct bfs_answers {
	void (*error)(struct bfs_ticket *t, int err); /* 0 or -errno */
	void (*entry)(struct bfs_ticket *t, const struct bfs_entry *e);
	void (*attr)(struct bfs_ticket *t, const struct stat *st, double timeout);
	void (*opened)(struct bfs_ticket *t, const struct bfs_opened *o);
	void (*data)(struct bfs_ticket *t, const struct iovec *iov, int n);
	void (*written)(struct bfs_ticket *t, size_t n);
	void (*position)(struct bfs_ticket *t, int64_t off);
	void (*size)(struct bfs_ticket *t, size_t n); /* xattr: how large it is */
	void (*statfs)(struct bfs_ticket *t, const struct statvfs *st);
	void (*poll)(struct bfs_ticket *t, unsigned ready); /* POLLIN... */

	/* From watch to unwatch an interruption of the request calls bfs_ticket_interrupt(t).
	 * unwatch returns only when no such call is running. */
	void (*watch)(struct bfs_ticket *t);
	void (*unwatch)(struct bfs_ticket *t);
	void (*free)(struct bfs_ticket *t);
};

struct bfs_ticket {
	const struct bfs_answers *answers;
	const char *op;        /* "read": for the log */
	struct bfs_list link;  /* in the place's wait list; place's lock */
	_Atomic int cancelled; /* -errno: ended while it was not parked */
	void *_Atomic place;   /* where it is parked or about to be; NULL once it was taken off */
	_Atomic int refs;
	_Atomic bool interrupted;
	bool answered; /* asserted */

	/* of reads and writes of topics, which are counted; NULL: not this one */
	struct bfs_metrics *metrics;
	int64_t began; /* clock us; 0: how long it takes says nothing */

	/* set by arm */
	struct bfs_clerk *clerk;
	struct bfs_list clerk_link; /* clerk's lock */
	int64_t deadline;
	bfs_cancel_fn *cancel; /* clerk's lock */
	void *armed_at;        /* the place it was armed for; clerk's lock */
	void *owner;
	const struct bfs_keeper *keeper; /* of owner */

	/* what the waiting request is about; filled in by the model as it needs */
	void (*again)(struct bfs_ticket *t); /* what to do when the wait is over */
	void *handle;
	int64_t off;
	size_t size;
	int64_t since;
	uint64_t mark;
	int state;
};

void bfs_ticket_init(struct bfs_ticket *t, const struct bfs_answers *answers, const char *op);

/* See above. Arming a ticket again moves it: it gets the new deadline, cancel and place, and keeps
 * its owner (so `owner` must keep every place alive that the ticket visits). */
void bfs_ticket_arm(struct bfs_ticket *t, struct bfs_clerk *clerk, int64_t deadline,
		    bfs_cancel_fn *cancel, void *place, void *owner,
		    const struct bfs_keeper *keeper);

/* Under the place's lock. Links t; false (t->cancelled says why) if it was ended before. */
bool bfs_ticket_park(struct bfs_ticket *t, struct bfs_list *waiting);

/* Under the place's lock: takes t off its list; the first of a list, or NULL. The caller must
 * answer it. */
void bfs_ticket_unpark(struct bfs_ticket *t);
struct bfs_ticket *bfs_ticket_pop(struct bfs_list *waiting);

/* Under the place's lock: a ticket that was armed for it needs not wait here, and goes on
 * elsewhere. */
void bfs_ticket_pass(struct bfs_ticket *t);

/* Under the place's lock, by cancel functions: true if t was parked there; it is now off the list
 * and the caller must answer it. Else remembers `err` for a park that is about to happen, and
 * returns false. */
bool bfs_ticket_claim(struct bfs_ticket *t, void *place, int err);

/* By the request's own source only (an interrupt hook): takes no lock, answers nothing. */
void bfs_ticket_interrupt(struct bfs_ticket *t);

/* References, for the clerk. The last put frees the ticket and gives its owner back. */
void bfs_ticket_get(struct bfs_ticket *t);
void bfs_ticket_put(struct bfs_ticket *t);

/* Answers; the ticket must be unlinked, and no ranked lock held. The model's reference goes. */
void bfs_answer_error(struct bfs_ticket *t, int err);
void bfs_answer_entry(struct bfs_ticket *t, const struct bfs_entry *e);
void bfs_answer_attr(struct bfs_ticket *t, const struct stat *st, double timeout);
void bfs_answer_opened(struct bfs_ticket *t, const struct bfs_opened *o);
void bfs_answer_data(struct bfs_ticket *t, const struct iovec *iov, int n);
void bfs_answer_written(struct bfs_ticket *t, size_t n);
void bfs_answer_position(struct bfs_ticket *t, int64_t off);
void bfs_answer_size(struct bfs_ticket *t, size_t n);
void bfs_answer_statfs(struct bfs_ticket *t, const struct statvfs *st);
void bfs_answer_poll(struct bfs_ticket *t, unsigned ready);

#endif
