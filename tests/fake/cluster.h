/* cluster.h - a Kafka cluster in memory, as the model sees one.
 *
 * The test fills it, says how it shall behave (slow, refusing, frozen, holding acknowledgements
 * back), and looks at what the model did to it. Answers come, as the real one's do, never inside
 * the call and from three threads: "fake-ask" (questions, commits), "fake-lane" (feeds),
 * "fake-producer" (delivery reports). Times are bfs_clock_ms(), so a test that holds the clock
 * still also holds these.
 *
 * Ends the test where the model breaks the contract of model/cluster.h: two commits in flight for
 * a group and partition, a feed or outlet used after its close, a call with a lock held that ranks
 * above the cluster's (55), a callback that comes back with a lock held, calls after the stop,
 * senseless arguments. Strings and records that callbacks get are freed right after, for a
 * sanitizer to see.
 *
 * Threads: any, for all functions.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_TESTS_FAKE_CLUSTER_H
#define BFS_TESTS_FAKE_CLUSTER_H

#include <stdbool.h>
#include <stdint.h>

#include "model/cluster.h"

struct fake_cluster;

/* --- life ------------------------------------------------------------------------------------- */

struct fake_cluster *fake_cluster_new(void);
struct bfs_cluster *fake_cluster(struct fake_cluster *c); /* for the model */

/* What bfs_kafka_free() does, short of freeing: questions and commits under way are answered with
 * -ENODEV, records in flight are delivered, or reported -ETIMEDOUT while frozen or held, feeds are
 * closed; then no function of the model is called any more, and of the cluster's only outlet_close
 * may be. */
void fake_cluster_stop(struct fake_cluster *c);
void fake_cluster_free(struct fake_cluster *c); /* stops it first if need be */

/* --- what it holds ---------------------------------------------------------------------------- */

void fake_topic(struct fake_cluster *c, const char *name, int32_t partitions); /* creates, grows */
void fake_topic_delete(struct fake_cluster *c, const char *name); /* its commits go with it */

/* Appends a record; returns its offset. The partition must exist. The short form has a string as
 * its value, no key, no headers, and the time of day; the long form all that r says. */
int64_t fake_append(struct fake_cluster *c, const char *topic, int32_t partition,
		    const char *value);
int64_t fake_append_record(struct fake_cluster *c, const char *topic, int32_t partition,
			   const struct bfs_record *r); /* r->offset is ignored */

/* `n` offsets at the end that hold no record: transaction markers, aborted records. */
void fake_gap(struct fake_cluster *c, const char *topic, int32_t partition, int n);

/* One record goes, its offset stays: compaction. */
void fake_compact(struct fake_cluster *c, const char *topic, int32_t partition, int64_t offset);

/* The log begins at `low` now: retention. */
void fake_expire(struct fake_cluster *c, const char *topic, int32_t partition, int64_t low);

/* An open transaction: nothing from `offset` on is stable, read_committed ends there. -1: no more.
 */
void fake_unstable(struct fake_cluster *c, const char *topic, int32_t partition, int64_t offset);

int64_t fake_low(struct fake_cluster *c, const char *topic, int32_t partition);
int64_t fake_end(struct fake_cluster *c, const char *topic, int32_t partition);

/* The value at an offset, to be freed, with a NUL behind; NULL: no record there, or a tombstone. */
char *fake_value(struct fake_cluster *c, const char *topic, int32_t partition, int64_t offset,
		 size_t *ret_len);

/* Somebody else commits, or resets with BFS_NO_OFFSET. */
void fake_commit(struct fake_cluster *c, const char *group, const char *topic, int32_t partition,
		 int64_t offset, const char *metadata);
struct bfs_commit fake_committed(struct fake_cluster *c, const char *group, const char *topic,
				 int32_t partition);

/* The group has live members (one), so that commits from outside are refused. */
void fake_members(struct fake_cluster *c, const char *group, bool alive);

/* A group with these members (copied); with one or more, commits and resets from outside are
 * refused. `state` NULL: of a kind that the library can't describe. A group nobody told of is
 * "Empty" when it has committed something, else "Dead"; after fake_members() "Stable". */
void fake_group(struct fake_cluster *c, const char *name, const char *state, const char *assignor,
		const struct bfs_member_info *members, size_t n);

/* A broker more, or what it is called now; `rack` may be NULL. There is one from the start: 1,
 * "fake-1", 9092. */
void fake_broker(struct fake_cluster *c, int32_t id, const char *host, int port, const char *rack);

/* What statistics() says from now on; the strings are kept. None at the start. */
void fake_connection(struct fake_cluster *c, const struct bfs_broker_statistics *connection,
		     const struct bfs_queue_statistics *queue);

/* A topic has so many replicas of each partition (1 from the start), on brokers in turn. */
void fake_replicas(struct fake_cluster *c, const char *topic, int32_t replicas);

/* A partition's leader (BFS_UNKNOWN: none) and how many of its replicas are in sync; from the
 * start the first replica, and all. */
void fake_health(struct fake_cluster *c, const char *topic, int32_t partition, int32_t leader,
		 int n_isr);

/* A setting of a topic, as somebody else sets it; NULL: back to the default. A secret one's value
 * is not told, and while a topic has one, topic_set is -EOPNOTSUPP. */
void fake_setting(struct fake_cluster *c, const char *topic, const char *name, const char *value);
void fake_secret(struct fake_cluster *c, const char *topic, const char *name);

/* --- how it behaves --------------------------------------------------------------------------- */

enum fake_call {
	FAKE_TOPICS,
	FAKE_ENDS,
	FAKE_OFFSET_AT,
	FAKE_COMMITTED,
	FAKE_COMMIT,
	FAKE_MEMBERS,
	FAKE_FETCH,    /* what a feed gets: delay before records, failure as trouble() */
	FAKE_PRODUCE,  /* the call itself: refused with this error (no delay) */
	FAKE_DELIVERY, /* the report */
	FAKE_BROKERS,  /* from here on: what is described and administered */
	FAKE_PARTITIONS_OF,
	FAKE_GROUPS,
	FAKE_GROUP_STATE,
	FAKE_GROUP_OFFSETS,
	FAKE_GROUP_RESET,
	FAKE_GROUP_DELETE,
	FAKE_TOPIC_CREATE,
	FAKE_TOPIC_DELETE,
	FAKE_TOPIC_GROW,
	FAKE_SETTINGS,
	FAKE_SET,
	FAKE_ALIVE,
	FAKE_CALLS
};

/* From now on such answers take `ms`. */
void fake_delay(struct fake_cluster *c, enum fake_call call, int ms);

/* The next `times` (-1: all) such answers are `err`; 0 times ends it. `sentence` may be NULL. */
void fake_fail(struct fake_cluster *c, enum fake_call call, int err, const char *sentence,
	       int times);

/* No broker answers: questions end at their deadlines, feeds are silent, records stay in flight. */
void fake_freeze(struct fake_cluster *c, bool frozen);

/* Commits that ended with -ETIMEDOUT while frozen take effect when it thaws, as they would. */
void fake_late_commits(struct fake_cluster *c, bool late);

/* Records are not acknowledged until released: the next n of a partition in order, -1 all. */
void fake_hold_acks(struct fake_cluster *c, bool held);
void fake_release_acks(struct fake_cluster *c, const char *topic, int32_t partition, int n);

void fake_queue_max(struct fake_cluster *c, int records);    /* in flight at most; -1: no limit */
void fake_message_max(struct fake_cluster *c, size_t size);  /* default 1,000,000 */
void fake_report_max(struct fake_cluster *c, int records);   /* in a report; default 1,000 */
void fake_burst_max(struct fake_cluster *c, int records);    /* of a feed; default 500 */
void fake_burst_gap(struct fake_cluster *c, int ms);         /* between two of a feed */
void fake_feeds_max(struct fake_cluster *c, int feeds);      /* then EMFILE; -1: no limit */
void fake_late_starts(struct fake_cluster *c, int steps);    /* what is at hand comes before */
void fake_hide_offsets(struct fake_cluster *c, bool hidden); /* reports know no offsets */

/* All members' partitions are lost: what they acknowledged and did not commit comes to nothing. */
void fake_lose_members(struct fake_cluster *c);

/* --- what happened ---------------------------------------------------------------------------- */

int fake_calls(struct fake_cluster *c, enum fake_call call); /* FAKE_FETCH: feed_start */
int fake_hurries(struct fake_cluster *c);
int fake_joined(struct fake_cluster *c);      /* members */
int fake_feeds(struct fake_cluster *c);       /* open */
int fake_outlets(struct fake_cluster *c);     /* open, or with records in flight */
int fake_in_flight(struct fake_cluster *c);   /* records */
int64_t fake_fetched(struct fake_cluster *c); /* records given to feeds */
int fake_let_go(struct fake_cluster *c);      /* feeds that nothing more was wanted of, so far */

/* Waits until no answer is under way but what is held, frozen, or waits for its time; 10 s at most.
 * All callbacks have returned then. */
void fake_settle(struct fake_cluster *c);

#endif
