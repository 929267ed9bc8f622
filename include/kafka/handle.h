/* handle.h - the life of a librdkafka handle, and what it says.
 *
 * A handle is counted. Destroying one joins librdkafka's threads, so the last bfs_handle_put()
 * leaves that to a thread of its own (`reaper`); bfs_reaper_wait() waits for those, bounded.
 *
 * What librdkafka says (log lines, error events) goes to our log. The newest complaint about
 * brokers is kept as the last word, so that a sentence about a missed deadline can say why nobody
 * answered.
 *
 * Threads: any. Locks: KAFKA (55), LAST_WORD (62).
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_KAFKA_HANDLE_H
#define BFS_KAFKA_HANDLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "base/err.h"
#include "base/sync.h"
#include "kafka/conf.h"

/* Ranks of this floor, between the model's locks and the mailboxes it posts to. */
#define BFS_RANK_KAFKA     ((enum bfs_rank)55)
#define BFS_RANK_LAST_WORD ((enum bfs_rank)62)

/* --- last word -------------------------------------------------------------------------------- */

struct bfs_last_word {
	struct bfs_mutex lock;
	char text[256]; /* protected by lock; empty: nothing to complain of */
	bool refused;   /* protected by lock; a login was refused since the last clear */
	int64_t heard;  /* protected by lock; clock ms of the last clear */
};

void bfs_last_word_init(struct bfs_last_word *w);
void bfs_last_word_fini(struct bfs_last_word *w);
void bfs_last_word_clear(struct bfs_last_word *w);                        /* a broker answered */
bool bfs_last_word_copy(struct bfs_last_word *w, char *ret, size_t size); /* true: login refused */

int64_t bfs_last_word_heard(struct bfs_last_word *w); /* when a broker answered; 0: never */

/* -ETIMEDOUT (or -EACCES after a refused login) with a sentence that ends with the last word. */
int bfs_last_word_fail(struct bfs_last_word *w, struct bfs_why *why, const char *what, ...)
	__attribute__((format(printf, 3, 4)));

/* --- handles ---------------------------------------------------------------------------------- */

struct bfs_reaper; /* counts what is being destroyed; counted itself */

struct bfs_reaper *bfs_reaper_new(void);
struct bfs_reaper *bfs_reaper_get(struct bfs_reaper *r);
int bfs_reaper_wait(struct bfs_reaper *r, int64_t deadline); /* how many are left */
void bfs_reaper_put(struct bfs_reaper *r);

/* Runs `bury` on a thread of its own. */
void bfs_reaper_take(struct bfs_reaper *r, void (*bury)(void *what), void *what);

struct bfs_handle {
	rd_kafka_t *rk;
	atomic_int refs;
	struct bfs_reaper *reaper;
	enum bfs_role role;
};

/* NULL with the sentence; one reference is the caller's. */
struct bfs_handle *bfs_handle_new(const struct bfs_conf *conf, enum bfs_role role,
				  struct bfs_reaper *reaper, struct bfs_why *why);
/* The same for another group than the mount's. */
struct bfs_handle *bfs_handle_new_group(const struct bfs_conf *conf, enum bfs_role role,
					const char *group, struct bfs_reaper *reaper,
					struct bfs_why *why);
/* The same for a member of the mount's group, with its group.instance.id or NULL. */
struct bfs_handle *bfs_handle_new_member(const struct bfs_conf *conf, const char *instance,
					 struct bfs_reaper *reaper, struct bfs_why *why);
struct bfs_handle *bfs_handle_get(struct bfs_handle *h);
void bfs_handle_put(struct bfs_handle *h);

/* Logs an event of type LOG or ERROR; true when it was the handle's fatal error. Does not destroy
 * it. */
bool bfs_handle_event(const struct bfs_handle *h, struct bfs_last_word *w, rd_kafka_event_t *ev);

/* Makes `fd` (an eventfd) readable now and whenever the empty queue gets an event. */
void bfs_queue_wake(rd_kafka_queue_t *queue, int fd);

#endif
