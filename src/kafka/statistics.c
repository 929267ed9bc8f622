/* statistics.c - what librdkafka's statistics say of its connections.
 *
 * SPDX-License-Identifier: MIT */
#include "kafka/statistics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/buf.h"
#include "kafka/handle.h"

void bfs_statistics_init(struct bfs_statistics *s, struct bfs_metrics *metrics)
{
	memset(s, 0, sizeof(*s));
	s->metrics = metrics;
	bfs_mutex_init(&s->lock, BFS_RANK_LAST_WORD);
}

void bfs_statistics_fini(struct bfs_statistics *s)
{
	free(s->connections);
	bfs_mutex_fini(&s->lock);
}

static int64_t whole(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static const char *text(const json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));

	return value ? value : "";
}

/* Under the lock. */
static struct bfs_broker_statistics *find(struct bfs_statistics *s, const char *client, int32_t id)
{
	struct bfs_broker_statistics *b;

	for (size_t i = 0; i < s->n; i++) {
		b = &s->connections[i];
		if (b->id == id && b->client == client)
			return b;
	}
	s->connections = bfs_realloc(s->connections, (s->n + 1) * sizeof(*s->connections));
	b = &s->connections[s->n++];
	memset(b, 0, sizeof(*b));
	b->client = client;
	b->id = id;
	return b;
}

/* Of the last interval only, and in microseconds; a sum is made of them here. */
static void take_round_trips(struct bfs_broker_statistics *b, const json_t *rtt)
{
	static const char *const quantiles[] = { "p50", "p90", "p99" };
	int64_t n = whole(rtt, "cnt");

	for (int i = 0; i < 3; i++)
		b->round_trip[i] = n > 0 ? (double)whole(rtt, quantiles[i]) / 1e6 : NAN;
	if (n > 0) {
		b->round_trips += (uint64_t)n;
		b->round_trip_sum += (double)whole(rtt, "sum") / 1e6;
	}
}

static void take_broker(struct bfs_broker_statistics *b, const json_t *json)
{
	snprintf(b->address, sizeof(b->address), "%s", text(json, "nodename"));
	b->connected = !strcmp(text(json, "state"), "UP");
	b->requests = (uint64_t)whole(json, "tx");
	b->responses = (uint64_t)whole(json, "rx");
	b->sent = (uint64_t)whole(json, "txbytes");
	b->received = (uint64_t)whole(json, "rxbytes");
	b->errors = (uint64_t)(whole(json, "txerrs") + whole(json, "rxerrs"));
	b->timeouts = (uint64_t)whole(json, "req_timeouts");
	b->retries = (uint64_t)whole(json, "txretries");
	b->queued = whole(json, "outbuf_cnt");
	b->awaited = whole(json, "waitresp_cnt");
	take_round_trips(b, json_object_get(json, "rtt"));
}

void bfs_statistics_parse(struct bfs_statistics *s, enum bfs_role role, const char *json)
{
	const char *client = role == BFS_ROLE_PRODUCER ? "producer" : "control", *key;
	json_t *all = json_loads(json, 0, NULL), *broker;

	bfs_mutex_lock(&s->lock);
	json_object_foreach(json_object_get(all, "brokers"), key, broker)
	{
		/* Bootstrap addresses and the coordinator's alias have no id of their own. */
		if (whole(broker, "nodeid") >= 0 && strcmp(text(broker, "source"), "logical") != 0)
			take_broker(find(s, client, (int32_t)whole(broker, "nodeid")), broker);
	}
	if (all && role == BFS_ROLE_PRODUCER) {
		s->queue.records = whole(all, "msg_cnt");
		s->queue.bytes = whole(all, "msg_size");
	}
	bfs_mutex_unlock(&s->lock);
	json_decref(all);
}

bool bfs_statistics_take(struct bfs_statistics *s, enum bfs_role role, rd_kafka_event_t *ev)
{
	if (rd_kafka_event_type(ev) != RD_KAFKA_EVENT_STATS)
		return false;
	bfs_statistics_parse(s, role, rd_kafka_event_stats(ev));
	return true;
}

size_t bfs_statistics_copy(struct bfs_statistics *s, struct bfs_broker_statistics *ret, size_t max,
			   struct bfs_queue_statistics *ret_queue)
{
	size_t n;

	bfs_mutex_lock(&s->lock);
	for (n = 0; n < s->n && n < max; n++)
		ret[n] = s->connections[n];
	n = s->n;
	*ret_queue = s->queue;
	bfs_mutex_unlock(&s->lock);
	return n;
}
