/* kafka_rig.h - what the tests of the kafka floor share: a broker, a client, answers to wait for.
 *
 * The broker is librdkafka's mock cluster in the test's process, or real Kafka when BROKERS is set
 * (tests that need faults or a fresh cluster then pass without testing: rig_faults()). Topics and
 * groups have fresh names.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_TESTS_UNIT_KAFKA_RIG_H
#define BFS_TESTS_UNIT_KAFKA_RIG_H

#include "tests/unit/test.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/sync.h"
#include "kafka/client.h"

/* Keys of requests, for rd_kafka_mock_push_request_errors. */
enum {
	API_PRODUCE = 0,
	API_LIST_OFFSETS = 2,
	API_OFFSET_COMMIT = 8,
	API_OFFSET_FETCH = 9,
	API_INIT_PRODUCER_ID = 22
};

static rd_kafka_t *rig_host;
static rd_kafka_mock_cluster_t *rig_mock; /* NULL: real Kafka */
static struct bfs_options rig_options;
static struct bfs_create rig_create;
static char rig_topic[64], rig_group[64];
static struct bfs_cluster *rig;

static inline bool rig_faults(void)
{
	return rig_mock != NULL;
}

/* A broker (mock: of `nodes`), options for it, a fresh topic with four partitions; no client yet.
 */
static inline void rig_broker(int nodes)
{
	char words[200];
	rd_kafka_conf_t *conf;
	static int count;

	bfs_log_level(getenv("DEBUG") ? BFS_LOG_DEBUG : BFS_LOG_ERROR);
	snprintf(rig_topic, sizeof(rig_topic), "t-%d-%d", (int)getpid(), ++count);
	snprintf(rig_group, sizeof(rig_group), "g-%d-%d", (int)getpid(), count);
	rig_create = (struct bfs_create){ rig_topic, 4, 1 };
	rig_options = (struct bfs_options){
		.brokers = getenv("BROKERS"),
		.group = rig_group,
		.timeout_ms = 5000,
		.write_timeout_ms = 10000,
		.create = &rig_create,
		.n_create = 1,
	};
	if (rig_options.brokers)
		return;
	conf = rd_kafka_conf_new();
	rd_kafka_conf_set_log_cb(conf, NULL);
	rig_host = rd_kafka_new(RD_KAFKA_PRODUCER, conf, words, sizeof(words));
	rig_mock = rd_kafka_mock_cluster_new(rig_host, nodes);
	rd_kafka_mock_topic_create(rig_mock, rig_topic, 4, 1);
	rig_options.brokers = (char *)rd_kafka_mock_cluster_bootstraps(rig_mock);
	rig_options.n_create = 0;
}

static inline void rig_connect(void)
{
	struct bfs_why why = { 0 };

	rig = bfs_kafka_new(&rig_options, &why);
	ck_assert_msg(rig != NULL, "%s", why.text);
}

static inline void rig_up(int nodes)
{
	rig_broker(nodes);
	rig_connect();
}

/* Some tests end the client themselves. */
static inline void rig_down(void)
{
	if (rig)
		bfs_kafka_stop(rig, bfs_clock_ms() + 3000);
	bfs_kafka_free(rig);
	rig = NULL;
	if (rig_mock)
		rd_kafka_mock_cluster_destroy(rig_mock);
	if (rig_host)
		rd_kafka_destroy(rig_host);
	rig_mock = NULL;
	rig_host = NULL;
}

/* Errors that a test makes need not be read by anybody. */
static inline void rig_quiet(void)
{
	if (!getenv("DEBUG"))
		bfs_log_level((enum bfs_level) - 1);
}

static inline int64_t rig_in(int ms)
{
	return bfs_clock_ms() + ms;
}

/* --- answers ---------------------------------------------------------------------------------- */

struct rig_answer {
	atomic_int times;
	int err;
	struct bfs_why why;
	int64_t low, end, ms;
	struct bfs_commit commit;
	int32_t partitions; /* of rig_topic, 0: not listed */
	size_t topics;
};

static inline void rig_answered(struct rig_answer *a, int err, const struct bfs_why *why)
{
	bfs_assert_unlocked();
	a->err = err;
	a->why = *why;
	a->ms = bfs_clock_ms();
	atomic_fetch_add(&a->times, 1);
}

static inline void rig_on_topics(void *arg, int err, const struct bfs_why *why,
				 const struct bfs_topic_info *topics, size_t n)
{
	struct rig_answer *a = arg;

	for (size_t i = 0; i < n; i++)
		if (!strcmp(topics[i].name, rig_topic))
			a->partitions = topics[i].partitions;
	a->topics = n;
	rig_answered(a, err, why);
}

static inline void rig_on_ends(void *arg, int err, const struct bfs_why *why, int64_t low,
			       int64_t end)
{
	struct rig_answer *a = arg;

	a->low = low;
	a->end = end;
	rig_answered(a, err, why);
}

static inline void rig_on_committed(void *arg, int err, const struct bfs_why *why,
				    const struct bfs_commit *c)
{
	struct rig_answer *a = arg;

	if (!err)
		a->commit = *c;
	rig_answered(a, err, why);
}

static inline void rig_on_done(void *arg, int err, const struct bfs_why *why)
{
	rig_answered(arg, err, why);
}

static inline int rig_await(struct rig_answer *a)
{
	TEST_WAIT(atomic_load(&a->times) > 0);
	return a->err;
}

static inline struct rig_answer rig_ends(const char *topic, int32_t partition, int ms)
{
	struct rig_answer a = { 0 };

	rig->ops->ends(rig, topic, partition, rig_in(ms), rig_on_ends, &a);
	rig_await(&a);
	return a;
}

static inline struct rig_answer rig_committed(int32_t partition)
{
	struct rig_answer a = { 0 };

	rig->ops->committed(rig, rig_group, rig_topic, partition, rig_in(5000), rig_on_committed,
			    &a);
	rig_await(&a);
	return a;
}

static inline struct rig_answer rig_commit(int32_t partition, int64_t expect, int64_t offset,
					   const char *metadata, int ms)
{
	struct bfs_commit from = { .offset = expect }, to = { .offset = offset };
	struct rig_answer a = { 0 };

	snprintf(to.metadata, sizeof(to.metadata), "%s", metadata);
	rig->ops->commit(rig, rig_group, rig_topic, partition, &from, &to, rig_in(ms), rig_on_done,
			 &a);
	rig_await(&a);
	return a;
}

/* --- producing -------------------------------------------------------------------------------- */

struct rig_reports {
	atomic_int good, bad, calls;
	int err; /* the last bad one's */
	struct bfs_why why;
	int32_t partition;
	int64_t last_offset;
	void *parcel;
};

static inline void rig_delivered(void *arg, void *parcel, int n, int err, const struct bfs_why *why,
				 int32_t partition, int64_t last_offset)
{
	struct rig_reports *r = arg;

	bfs_assert_unlocked();
	r->parcel = parcel;
	if (err) {
		r->err = err;
		r->why = *why;
	} else {
		r->partition = partition;
		r->last_offset = last_offset;
	}
	atomic_fetch_add(&r->calls, 1);
	atomic_fetch_add(err ? &r->bad : &r->good, n);
}

/* One message; what produce() said. */
static inline int rig_put(struct bfs_outlet *o, const char *value)
{
	struct bfs_record m = { .value = value, .value_len = strlen(value) };
	struct bfs_why why;

	return rig->ops->produce(o, &m, 1, o, &why);
}

/* `n` records "PREFIX0", "PREFIX1", ... into a partition, acknowledged. */
static inline void rig_fill(int32_t partition, int n)
{
	struct rig_reports reports = { 0 };
	struct bfs_outlet *o =
		rig->ops->outlet_open(rig, rig_topic, partition, rig_delivered, &reports);
	char value[32];

	for (int i = 0; i < n; i++) {
		snprintf(value, sizeof(value), "record %d", i);
		ck_assert_int_eq(rig_put(o, value), 1);
	}
	rig->ops->hurry(rig);
	TEST_WAIT(atomic_load(&reports.good) == n);
	rig->ops->outlet_close(o);
}

#endif
