/* clerk.h - one thread that keeps deadlines.
 *
 * Parked tickets (ticket.h) and timers are entered here. The clerk ends a ticket whose deadline has
 * come or whose request was interrupted, by calling its cancel function, and fires timers. Doing
 * this in one place means that no owner of a wait list has to keep time.
 *
 * Threads: any thread enters and leaves; cancel and fire run on the clerk's own, holding no lock,
 * and must not block. Locks: CLERK (65), so entering is allowed under any model lock.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_MODEL_CLERK_H
#define BFS_MODEL_CLERK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "model/ticket.h"

/* Starts the thread. NULL with errno set. */
struct bfs_clerk *bfs_clerk_new(void);

/* From now on every ticket that is armed, and every one that will be, is cancelled with -ENODEV.
 * Waits (a second at most) until those that were armed have been answered. May be repeated. Not
 * from the clerk's own thread. */
void bfs_clerk_close(struct bfs_clerk *k);

/* Joins the thread. No ticket may be entered any more; timers that are still set fire now, and set
 * none again. */
void bfs_clerk_free(struct bfs_clerk *k);

/* A timer calls fire(arg) once, at or soon after its time. Zero-initialised except fire and arg. */
struct bfs_timer {
	struct bfs_list link; /* clerk's lock */
	int64_t when;
	void (*fire)(void *arg);
	void *arg;
};

/* Sets the timer, or moves it. Returns true if it was not set before (so the caller can count). */
bool bfs_timer_set(struct bfs_clerk *k, struct bfs_timer *tm, int64_t when);

/* True if it was set and will not fire now; false if it was not set, is firing or has fired. */
bool bfs_timer_stop(struct bfs_clerk *k, struct bfs_timer *tm);

/* How many tickets are armed. */
size_t bfs_clerk_waiting(struct bfs_clerk *k);

/* For ticket.c. Entering a ticket again gives it another deadline and cancel function. */
void bfs_clerk_enter(struct bfs_clerk *k, struct bfs_ticket *t, int64_t deadline,
		     bfs_cancel_fn *cancel, void *place);
void bfs_clerk_leave(struct bfs_clerk *k, struct bfs_ticket *t);
void bfs_clerk_kick(struct bfs_clerk *k); /* async-signal-safe */

#endif
