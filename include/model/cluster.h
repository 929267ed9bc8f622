/* cluster.h - what the model needs from a Kafka cluster: the wall in front of librdkafka.
 *
 * Implemented by kafka/ (librdkafka) and by tests/fake. Everything that can take time is
 * asynchronous: a call returns at once and its `done` runs exactly once, later, on a thread of
 * the implementation (never inside the call), holding no lock. `done` may lock the model's mutexes
 * and answer requests; it may call back into the cluster; it must not block.
 *
 * Every question ends within the deadline it is given, whatever the brokers do (-ETIMEDOUT); one
 * frozen broker does not delay questions to another.
 *
 * Strings and records passed in either direction are valid during the call only; the receiver
 * copies what it keeps. Errors are 0 or -errno, with Kafka's own words in a struct bfs_why: -ENOENT
 * unknown topic or partition          -EACCES  authorisation, login -ETIMEDOUT  no answer in time
 * -EBUSY   group has live members, or was moved -EMSGSIZE   record too large -EINVAL  refused by
 * policy -EAGAIN     queue full (produce)                -EIO     anything else
 *
 * Units: offsets are Kafka offsets, times are milliseconds (deadlines on bfs_clock_ms()).
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_MODEL_CLUSTER_H
#define BFS_MODEL_CLUSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "core/record.h"
#include "model/metrics.h"

#define BFS_NO_OFFSET    INT64_C(-1) /* nothing committed; not known */
#define BFS_METADATA_MAX 128         /* bytes of commit metadata kept, with the NUL */

struct bfs_cluster;
struct bfs_feed;
struct bfs_member;
struct bfs_outlet;

/* --- names ------------------------------------------------------------------------------------ */

/* What metadata said, handed over by `on_topics`. Names are valid, each once, in no order. */
struct bfs_topic_info {
	const char *name;
	int32_t partitions; /* their ids are 0 .. partitions-1 */
	int32_t replicas;   /* of each, as of partition 0 */
};

typedef void bfs_topics_fn(void *arg, int err, const struct bfs_why *why,
			   const struct bfs_topic_info *topics, size_t n);

/* --- positions -------------------------------------------------------------------------------- */

/* A committed position of a group in a partition. */
struct bfs_commit {
	int64_t offset;                  /* BFS_NO_OFFSET: none */
	char metadata[BFS_METADATA_MAX]; /* cut if longer */
};

typedef void bfs_ends_fn(void *arg, int err, const struct bfs_why *why, int64_t low, int64_t end);
typedef void bfs_offset_fn(void *arg, int err, const struct bfs_why *why, int64_t offset);
typedef void bfs_committed_fn(void *arg, int err, const struct bfs_why *why,
			      const struct bfs_commit *c);
typedef void bfs_done_fn(void *arg, int err, const struct bfs_why *why);
typedef void bfs_members_fn(void *arg, int err, const struct bfs_why *why, int members);

/* --- the cluster as it is described ----------------------------------------------------------- */

/* What the library can't tell is NULL, or BFS_UNKNOWN. */
#define BFS_UNKNOWN (-1)

struct bfs_broker_info {
	int32_t id;
	const char *host;
	int port;
	const char *rack;
};

struct bfs_partition_info {
	int32_t leader; /* BFS_UNKNOWN: there is none */
	const int32_t *replicas, *isr;
	int n_replicas, n_isr;
};

/* A place in a partition. */
struct bfs_place {
	const char *topic;
	int32_t partition;
	int64_t offset; /* BFS_NO_OFFSET where there is none */
};

struct bfs_member_info {
	const char *id, *client, *host;
	const char *instance; /* group.instance.id, or NULL */
	const struct bfs_place *held;
	size_t n_held; /* offsets are not set */
};

struct bfs_group_info {
	const char *state; /* Kafka's word for it (Stable, Empty, Dead...); NULL: not known, which
			    * counts as live */
	const char *assignor; /* "" if there is none */
	const struct bfs_member_info *members;
	size_t n_members;
};

/* A setting of a topic. */
struct bfs_setting {
	const char *name;
	const char *value; /* NULL: the broker does not say (secret) */
	bool own;          /* set for this topic, not a default */
	bool read_only;
};

/* A client's connection to a broker; what counts grows as long as the client lives. */
struct bfs_broker_statistics {
	const char *client; /* "producer", "control": a constant */
	int32_t id;
	char address[128];
	bool connected;
	double round_trip[3];  /* seconds: median, 90 %, 99 % of the last ones; NAN: there were none
				*/
	double round_trip_sum; /* seconds */
	uint64_t round_trips;
	uint64_t requests, responses, sent, received, errors, timeouts, retries;
	int64_t queued, awaited; /* requests: to be sent, sent and not answered */
};

/* What waits in the producer. */
struct bfs_queue_statistics {
	int64_t records, bytes;
};

typedef void bfs_brokers_fn(void *arg, int err, const struct bfs_why *why,
			    const struct bfs_broker_info *brokers, size_t n);
typedef void bfs_partitions_fn(void *arg, int err, const struct bfs_why *why,
			       const struct bfs_partition_info *partitions, size_t n);
typedef void bfs_groups_fn(void *arg, int err, const struct bfs_why *why, const char *const *names,
			   size_t n);
typedef void bfs_group_fn(void *arg, int err, const struct bfs_why *why,
			  const struct bfs_group_info *group);
typedef void bfs_places_fn(void *arg, int err, const struct bfs_why *why,
			   const struct bfs_place *places, size_t n);
typedef void bfs_settings_fn(void *arg, int err, const struct bfs_why *why,
			     const struct bfs_setting *settings, size_t n);

/* --- fetching --------------------------------------------------------------------------------- */

/* Where a feed's records go. All functions run on the feed's current lane (one thread at a time,
 * in order); `owner` is what feed_open was given. */
struct bfs_sink {
	/* A feed_start() takes effect: from here on records have offset >= `offset`, rising. What
	 * was delivered for an earlier start is no longer continued. */
	void (*begin)(void *owner, int64_t offset);

	/* The next record. Returns true while there is room for more; after false nothing comes
	 * until feed_resume(). The record was taken in both cases. */
	bool (*record)(void *owner, const struct bfs_record *r);

	/* Nothing more is at hand: publish what was taken. Runs after every burst of record(), and
	 * after the end was reached. Returns true while more is wanted; after false nothing is
	 * fetched, and nothing comes until the next feed_start(). */
	bool (*dry)(void *owner);

	/* The end, as the running fetch sees it. `reached`: the partition ends at `end` for this
	 * isolation level and all before it that can be read was delivered (there may be no record
	 * end-1: PARTITION_EOF). Not reached: a hint only, the high watermark, which may lie beyond
	 * the last stable offset; told when it changed. */
	void (*end)(void *owner, int64_t end, bool reached);

	/* The fetch ended by itself: -ERANGE the offset is out of range (expired, or past the end);
	 * -ENOENT topic or partition gone; -EACCES; -EIO. Nothing comes until the next
	 * feed_start(). */
	void (*trouble)(void *owner, int err, const struct bfs_why *why);

	/* The last call after feed_close(): no function of this sink runs again for this owner. */
	void (*closed)(void *owner);
};

/* --- members of a group ----------------------------------------------------------------------- */

/* A member reads a topic in the mount's group: the coordinator gives it partitions, and takes them
 * away again. All functions run on the member's thread, one at a time; none blocks. */
struct bfs_member_sink {
	/* The partition is the member's. `committed`: the group's position in it (where it has
	 * none, the place that start= says). Returns the offset from which on records are wanted.
	 */
	int64_t (*assigned)(void *owner, int32_t partition, int64_t committed);

	/* The next record of a partition. Returns true while there is room for more; after false
	 * nothing more is fetched until member_resume(), but what is at hand still comes. */
	bool (*record)(void *owner, int32_t partition, const struct bfs_record *r);

	/* Nothing more is at hand: publish what was taken. */
	void (*dry)(void *owner);

	/* These partitions are about to be taken away: what was not returned to a reader yet must
	 * not be any more. Runs again and again, for BFS_HANDOVER at most, until it returns true:
	 * all that was returned of them has been acknowledged. Not called for partitions lost. */
	bool (*revoking)(void *owner, const int32_t *partitions, int n);

	/* The partition is gone. What was acknowledged in time has been committed. */
	void (*revoked)(void *owner, int32_t partition);

	/* The member has left the group by itself and will not come back: -EACCES, -EIO, -EBUSY
	 * (fenced: another member has its member_id). */
	void (*trouble)(void *owner, int err, const struct bfs_why *why);

	/* The last call after member_close(). */
	void (*closed)(void *owner);
};

#define BFS_HANDOVER 1000 /* ms that readers have to acknowledge what they hold */

/* --- producing -------------------------------------------------------------------------------- */

/* Delivery report of one or more consecutive records that were produced with the same `parcel`:
 * `n` of them are acknowledged by all in-sync replicas (err 0; they are in `partition`, and
 * `last_offset` is the highest offset if known, else BFS_NO_OFFSET), or failed. Runs on the
 * producer thread. */
typedef void bfs_delivered_fn(void *arg, void *parcel, int n, int err, const struct bfs_why *why,
			      int32_t partition, int64_t last_offset);

/* --- the table ------------------------------------------------------------------------------ */

struct bfs_cluster_ops {
	/* All topics of the cluster. Never creates one. */
	void (*topics)(struct bfs_cluster *c, int64_t deadline, bfs_topics_fn *done, void *arg);

	/* Log start and end of a partition (end by isolation level). */
	void (*ends)(struct bfs_cluster *c, const char *topic, int32_t partition, int64_t deadline,
		     bfs_ends_fn *done, void *arg);

	/* The offset of the first record with this timestamp (ms) or a later one; BFS_NO_OFFSET if
	 * there is none. */
	void (*offset_at)(struct bfs_cluster *c, const char *topic, int32_t partition, int64_t time,
			  int64_t deadline, bfs_offset_fn *done, void *arg);

	/* The group's committed position. */
	void (*committed)(struct bfs_cluster *c, const char *group, const char *topic,
			  int32_t partition, int64_t deadline, bfs_committed_fn *done, void *arg);

	/* Commits `to` unless somebody else moved the group: the committed position is fetched
	 * first, and if its offset differs from `expect->offset` and its metadata from
	 * `to->metadata`, nothing is written and the answer is -EBUSY, or -ENOENT if there is none
	 * any more (it goes with its topic). Group members alive: -EBUSY.
	 * At -ETIMEDOUT the outcome is unknown. The caller has one commit in flight per group and
	 * partition. */
	void (*commit)(struct bfs_cluster *c, const char *group, const char *topic,
		       int32_t partition, const struct bfs_commit *expect,
		       const struct bfs_commit *to, int64_t deadline, bfs_done_fn *done, void *arg);

	/* How many live members the group has; 0 while this mount has one itself: then commits go
	 * through that. 0 may also mean that it is of a kind which the
	 * library can't describe: commits to it will tell. */
	void (*members)(struct bfs_cluster *c, const char *group, int64_t deadline,
			bfs_members_fn *done, void *arg);

	/* A feed delivers one partition's records to a sink, from feed_start() on; with their
	 * headers if it wants them. Opening costs nothing at the broker. NULL with errno EMFILE
	 * when there are too many. */
	struct bfs_feed *(*feed_open)(struct bfs_cluster *c, const char *topic, int32_t partition,
				      bool headers, const struct bfs_sink *sink, void *owner);

	/* (Re)starts fetching at `offset` (>= 0). Asynchronous: sink->begin tells when. */
	void (*feed_start)(struct bfs_feed *f, int64_t offset);

	/* There is room again. */
	void (*feed_resume)(struct bfs_feed *f);

	/* Stops and frees the feed; asynchronous: sink->closed is the end. */
	void (*feed_close)(struct bfs_feed *f);

	/* A member of the mount's group that reads this topic, with headers if it wants them; with
	 * an id of its own (group.instance.id) unless that is NULL. It has not joined yet. NULL
	 * with errno EMFILE or ENOMEM. */
	struct bfs_member *(*member_open)(struct bfs_cluster *c, const char *topic,
					  const char *instance, bool headers,
					  const struct bfs_member_sink *sink, void *owner);

	/* Joins the group; leaves it, which takes all partitions away. Asynchronous, and the last
	 * one counts. */
	void (*member_join)(struct bfs_member *m);
	void (*member_leave)(struct bfs_member *m);

	/* There is room again. */
	void (*member_resume)(struct bfs_member *m);

	/* Records before `offset` are acknowledged: committed soon (every 200 ms, while the
	 * partition is the member's), before the partition is given up, and when the member closes.
	 * Cheap. */
	void (*member_acknowledge)(struct bfs_member *m, int32_t partition, int64_t offset);

	/* Commits what is acknowledged so far, now; `done` when the brokers have it, or not. */
	void (*member_settle)(struct bfs_member *m, int64_t deadline, bfs_done_fn *done, void *arg);

	/* Commits, leaves, and frees it; asynchronous: sink->closed is the end. */
	void (*member_close)(struct bfs_member *m);

	/* An outlet is where one partition's records are produced, or with BFS_ANY a topic's, where
	 * the key says which partition (as Java's client does it), and without a key the same one
	 * for a while; cheap, kept while there are writers. */
	struct bfs_outlet *(*outlet_open)(struct bfs_cluster *c, const char *topic,
					  int32_t partition, bfs_delivered_fn *delivered,
					  void *arg);

	/* Hands `n` records to the producer, in order, copying them: key, value, headers, and the
	 * timestamp if it is above 0 (else the time of sending). Returns how many it took (a
	 * prefix; each taken one is reported exactly once to `delivered` with `parcel`), or, when
	 * it took none, -errno: -EAGAIN queue full. Never blocks. */
	int (*produce)(struct bfs_outlet *o, const struct bfs_record *records, int n, void *parcel,
		       struct bfs_why *ret_why);

	/* Sends what lingers now: somebody waits for an acknowledgement. Cheap, never blocks. */
	void (*hurry)(struct bfs_cluster *c);

	/* No further produce. Reports for records in flight still come; the outlet goes after the
	 * last one. */
	void (*outlet_close)(struct bfs_outlet *o);

	/* The brokers. */
	void (*brokers)(struct bfs_cluster *c, int64_t deadline, bfs_brokers_fn *done, void *arg);

	/* A topic's partitions, as of now, by their ids. */
	void (*partitions)(struct bfs_cluster *c, const char *topic, int64_t deadline,
			   bfs_partitions_fn *done, void *arg);

	/* All groups' names. A silent broker's are missing, and make it last until the deadline;
	 * -ETIMEDOUT if none answered. */
	void (*groups)(struct bfs_cluster *c, int64_t deadline, bfs_groups_fn *done, void *arg);

	/* A group's state and members. One that nobody knows is "Dead", without members. */
	void (*group)(struct bfs_cluster *c, const char *group, int64_t deadline,
		      bfs_group_fn *done, void *arg);

	/* All that a group has committed; of one topic, if `topic` is not NULL. */
	void (*group_offsets)(struct bfs_cluster *c, const char *group, const char *topic,
			      int64_t deadline, bfs_places_fn *done, void *arg);

	/* Sets what a group has committed in these partitions, all or none as far as the brokers
	 * can; -EBUSY while it has live members. */
	void (*group_reset)(struct bfs_cluster *c, const char *group,
			    const struct bfs_place *places, size_t n, int64_t deadline,
			    bfs_done_fn *done, void *arg);

	/* -EBUSY while it has live members, -ENOENT if there is no such group. */
	void (*group_delete)(struct bfs_cluster *c, const char *group, int64_t deadline,
			     bfs_done_fn *done, void *arg);

	/* Makes a topic, with the brokers' defaults where the numbers are BFS_UNKNOWN; answers when
	 * every partition has a leader. -EEXIST, -EINVAL (Kafka's sentence), -EACCES. */
	void (*topic_create)(struct bfs_cluster *c, const char *topic, int32_t partitions,
			     int32_t replicas, int64_t deadline, bfs_done_fn *done, void *arg);

	/* Deletes a topic; answers when it has left the metadata. */
	void (*topic_delete)(struct bfs_cluster *c, const char *topic, int64_t deadline,
			     bfs_done_fn *done, void *arg);

	/* So many partitions in all; answers when each has a leader. -EINVAL if it has as many
	 * already, or more. */
	void (*topic_grow)(struct bfs_cluster *c, const char *topic, int32_t partitions,
			   int64_t deadline, bfs_done_fn *done, void *arg);

	/* All settings of a topic. */
	void (*topic_settings)(struct bfs_cluster *c, const char *topic, int64_t deadline,
			       bfs_settings_fn *done, void *arg);

	/* Changes one setting of a topic and no other; NULL: back to the default. -EINVAL with
	 * Kafka's sentence; -EOPNOTSUPP if the library can't without losing others. */
	void (*topic_set)(struct bfs_cluster *c, const char *topic, const char *name,
			  const char *value, int64_t deadline, bfs_done_fn *done, void *arg);

	/* Has a broker answered anything in the last second, or is a question of ours answered
	 * within `patience` ms? What holds a lock of the kernel's asks first. */
	void (*alive)(struct bfs_cluster *c, int64_t patience, bfs_done_fn *done, void *arg);

	/* What the library says of its connections, seconds old; how many there are, of which `max`
	 * are stored. Never blocks. */
	size_t (*statistics)(struct bfs_cluster *c, struct bfs_broker_statistics *ret, size_t max,
			     struct bfs_queue_statistics *ret_queue);

	/* Longest message (key + value bytes) that produce takes. */
	size_t (*message_max)(struct bfs_cluster *c);
};

struct bfs_cluster {
	const struct bfs_cluster_ops *ops;
	int64_t member_idle; /* ms that a member may hold records without reading on */
	bool finds_no_times; /* offset_at() can't be asked: the records have to be looked at */
	struct bfs_metrics metrics; /* both sides of this wall count there */
};

#endif
