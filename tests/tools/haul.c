/* haul.c - records through librdkafka to an embedded broker, or from there, for counting
 * instructions.
 *
 * haul produce|fetch N; prints "N records". tests/bench/instructions.py counts what the kafka floor
 * takes, on all threads. Nothing is taken down at the end.
 *
 * SPDX-License-Identifier: MIT */
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "kafka/client.h"

#define MOST    45000 /* records of 107 bytes; the broker keeps 5 MiB of a partition */
#define BATCH   512   /* as many as the model hands over in one call */
#define LINE    99
#define PATIENT 300 /* s, under callgrind */

static struct bfs_cluster *c;
static sem_t all_there;
static atomic_int awaited; /* records */

static void arrived(int n)
{
	if (atomic_fetch_sub(&awaited, n) == n)
		sem_post(&all_there);
}

static void fail(const char *why)
{
	fprintf(stderr, "haul: %s\n", why);
	_exit(1);
}

static void delivered(void *arg, void *parcel, int n, int err, const struct bfs_why *why,
		      int32_t partition, int64_t last_offset)
{
	(void)arg, (void)parcel, (void)partition, (void)last_offset;
	if (err)
		fail(why ? why->text : "not delivered");
	arrived(n);
}

/* All are in the broker's log when it returns. */
static void produce(int32_t partition, int n)
{
	static char line[LINE];
	struct bfs_record batch[BATCH];
	struct bfs_outlet *o = c->ops->outlet_open(c, "t", partition, delivered, NULL);
	struct bfs_why why = { "" };

	if (!n)
		return;
	atomic_store(&awaited, n);
	for (int i = 0; i < BATCH; i++)
		batch[i] = (struct bfs_record){ .value = line, .value_len = LINE };
	for (int k, took; n > 0; n -= took) {
		k = n < BATCH ? n : BATCH;
		took = c->ops->produce(o, batch, k, line, &why);
		if (took != k)
			fail(*why.text ? why.text : "the queue is full");
	}
	c->ops->hurry(c);
	sem_wait(&all_there);
}

static void on_begin(void *owner, int64_t offset)
{
	(void)owner, (void)offset;
}

static bool on_record(void *owner, const struct bfs_record *r)
{
	(void)owner;
	if (r->value_len != LINE)
		fail("a record is another");
	arrived(1);
	return true;
}

static bool on_dry(void *owner)
{
	(void)owner;
	return true;
}

static void on_closed(void *owner)
{
	(void)owner;
}

static void on_end(void *owner, int64_t end, bool reached)
{
	(void)owner, (void)end, (void)reached;
}

static void on_trouble(void *owner, int err, const struct bfs_why *why)
{
	(void)owner, (void)err;
	fail(why->text);
}

static const struct bfs_sink sink = {
	.begin = on_begin,
	.record = on_record,
	.dry = on_dry,
	.end = on_end,
	.trouble = on_trouble,
	.closed = on_closed,
};

static void fetch(int n)
{
	atomic_store(&awaited, n);
	c->ops->feed_start(c->ops->feed_open(c, "t", 0, false, &sink, NULL), 0);
	sem_wait(&all_there);
}

int main(int argc, char **argv)
{
	struct bfs_create topic = { (char *)"t", 2, 1 };
	const struct bfs_options options = {
		.embedded = true,
		.group = (char *)"g",
		.timeout_ms = PATIENT * 1000,
		.write_timeout_ms = PATIENT * 1000,
		.create = &topic,
		.n_create = 1,
		.memory = 256 << 20,
		.window = 16 << 20,
	};
	int n = argc == 3 ? atoi(argv[2]) : 0;
	bool fetches = n && !strcmp(argv[1], "fetch");
	struct bfs_why why = { "" };

	if (n <= 0 || n > MOST || (!fetches && strcmp(argv[1], "produce") != 0))
		fail("usage: haul produce|fetch N");
	alarm(PATIENT);
	sem_init(&all_there, 0, 0);
	bfs_log_level(BFS_LOG_WARN);
	c = bfs_kafka_new(&options, &why);
	if (!c)
		fail(why.text);
	produce(0, n);
	if (fetches) {
		produce(1, MOST - n); /* the same number of them in all, whatever is fetched */
		fetch(n);
	}
	printf("%d records\n", n);
	fflush(stdout);
	_exit(0);
}
