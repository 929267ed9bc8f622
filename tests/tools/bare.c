/* bare.c - librdkafka alone, at its quickest: what brokerfs' latencies are measured against.
 *
 * `bare produce BROKERS TOPIC PARTITION N` sends records, each after the acknowledgement of the one
 * before it; `bare pair ...` each after a consumer has had the one before it: a line a record,
 * microseconds. linger 0, acks=all, idempotent.
 *
 * `bare write ... N` sends N lines of the standard input, and flushes: microseconds. `bare first
 * ... N` looks for so many places of a partition by a warm handle: microseconds to the first record
 * of each.
 *
 * `bare read ... N` takes a whole partition of N records by callbacks, and does nothing with them:
 * microseconds, and bytes with a newline for each record.
 *
 * SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <librdkafka/rdkafka.h>

#define WARM 50 /* records first, that do not count */

static const char *brokers, *topic;
static int partition;
static int acknowledged;

static void die(const char *what, const char *why)
{
	fprintf(stderr, "bare: %s: %s\n", what, why);
	exit(1);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static void delivered(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
	(void)rk;
	(void)opaque;
	if (m->err)
		die("produce", rd_kafka_err2str(m->err));
	acknowledged++;
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
	char words[256];

	if (rd_kafka_conf_set(conf, name, value, words, sizeof(words)) != RD_KAFKA_CONF_OK)
		die(name, words);
}

static rd_kafka_t *client(rd_kafka_type_t type)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char words[256];
	rd_kafka_t *rk;

	set(conf, "bootstrap.servers", brokers);
	if (type == RD_KAFKA_PRODUCER) {
		set(conf, "linger.ms", "0");
		set(conf, "enable.idempotence", "true");
		rd_kafka_conf_set_dr_msg_cb(conf, delivered);
	} else {
		set(conf, "group.id", "bare");
		set(conf, "enable.auto.commit", "false");
		set(conf, "fetch.wait.max.ms", "100");
		set(conf, "queued.min.messages", "10000000");
	}
	rk = rd_kafka_new(type, conf, words, sizeof(words));
	if (!rk)
		die("client", words);
	return rk;
}

static void send_one(rd_kafka_t *rk, int i)
{
	char line[32];
	rd_kafka_resp_err_t err;

	snprintf(line, sizeof(line), "x%d", i);
	err = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
				RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
				RD_KAFKA_V_VALUE(line, strlen(line)), RD_KAFKA_V_END);
	if (err)
		die("produce", rd_kafka_err2str(err));
}

static void produce(int n)
{
	rd_kafka_t *rk = client(RD_KAFKA_PRODUCER);

	for (int i = 0; i < n + WARM; i++) {
		double began = now();

		send_one(rk, i);
		while (acknowledged <= i)
			rd_kafka_poll(rk, 100);
		if (i >= WARM)
			printf("%.1f\n", now() - began);
	}
	rd_kafka_destroy(rk);
}

/* --- lines ------------------------------------------------------------------------------------ */

#define CHUNK 128 /* lines a call */

/* So many lines from `at`; what is behind them. */
static const char *send_lines(rd_kafka_topic_t *rkt, const char *at, const char *end, int *left)
{
	rd_kafka_message_t chunk[CHUNK];
	const char *newline;
	int n, sent;

	memset(chunk, 0, sizeof(chunk));
	for (n = 0; n < CHUNK && n < *left; n++) {
		newline = memchr(at, '\n', (size_t)(end - at));
		if (!newline)
			break;
		chunk[n].payload = (void *)at;
		chunk[n].len = (size_t)(newline - at);
		at = newline + 1;
	}
	for (sent = 0; sent < n;) {
		sent += rd_kafka_produce_batch(rkt, partition, RD_KAFKA_MSG_F_COPY, chunk + sent,
					       n - sent);
		if (sent < n)
			usleep(1000); /* the queue is full */
	}
	*left -= n;
	return n ? at : NULL;
}

static void *report(void *arg)
{
	for (;;)
		rd_kafka_poll(arg, 1000);
	return NULL;
}

static void write_lines(int n)
{
	rd_kafka_t *rk = client(RD_KAFKA_PRODUCER);
	rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, topic, NULL);
	const char *at, *end;
	struct stat st;
	pthread_t thread;
	double began;
	int left = n;

	if (fstat(0, &st) ||
	    (at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, 0, 0)) == MAP_FAILED)
		die("standard input", "not a file");
	end = at + st.st_size;
	send_one(rk, 0); /* connections are made */
	rd_kafka_flush(rk, 10000);
	pthread_create(&thread, NULL, report, rk);
	began = now();
	while (left && (at = send_lines(rkt, at, end, &left)))
		;
	rd_kafka_flush(rk, 100000);
	printf("%.1f\n", now() - began);
}

static void await(rd_kafka_t *consumer)
{
	rd_kafka_message_t *m;

	while (!(m = rd_kafka_consumer_poll(consumer, 1000)))
		;
	if (m->err)
		die("consume", rd_kafka_message_errstr(m));
	rd_kafka_message_destroy(m);
}

/* At the end of the partition before anything is sent: else the first ones are missed. */
static rd_kafka_t *consumer_at_end(rd_kafka_t *producer)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_t *rk = client(RD_KAFKA_CONSUMER);
	int64_t low, end;

	if (rd_kafka_query_watermark_offsets(producer, topic, partition, &low, &end, 10000))
		die(topic, "no offsets");
	rd_kafka_topic_partition_list_add(list, topic, partition)->offset = end;
	rd_kafka_poll_set_consumer(rk);
	if (rd_kafka_assign(rk, list))
		die(topic, "no assignment");
	rd_kafka_topic_partition_list_destroy(list);
	return rk;
}

static void pair(int n)
{
	rd_kafka_t *producer = client(RD_KAFKA_PRODUCER), *consumer = consumer_at_end(producer);

	for (int i = 0; i < n + WARM; i++) {
		double began = now();

		send_one(producer, i);
		await(consumer);
		if (i >= WARM)
			printf("%.1f\n", now() - began);
		rd_kafka_poll(producer, 0);
	}
	rd_kafka_flush(producer, 10000);
	rd_kafka_destroy(producer);
	rd_kafka_consumer_close(consumer);
	rd_kafka_destroy(consumer);
}

/* --- reading ---------------------------------------------------------------------------------- */

static long left; /* records still to come */

static void consumed(rd_kafka_message_t *m, void *opaque)
{
	size_t *bytes = opaque;

	if (m->err)
		return;
	*bytes += m->len + 1;
	left--;
}

/* All of a partition, which has so many records. */
static void all(int n)
{
	rd_kafka_t *rk = client(RD_KAFKA_CONSUMER);
	rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, topic, NULL);
	rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
	double began = now();
	size_t bytes = 0;

	left = n;
	if (rd_kafka_consume_start_queue(rkt, partition, RD_KAFKA_OFFSET_BEGINNING, queue))
		die(topic, rd_kafka_err2str(rd_kafka_last_error()));
	while (left > 0)
		rd_kafka_consume_callback_queue(queue, 100, consumed, &bytes);
	printf("%.1f %zu\n", now() - began, bytes);
	rd_kafka_consume_stop(rkt, partition);
	rd_kafka_queue_destroy(queue);
	rd_kafka_topic_destroy(rkt);
	rd_kafka_destroy(rk);
}

/* --- places ----------------------------------------------------------------------------------- */

static void first(int n)
{
	rd_kafka_t *rk = client(RD_KAFKA_CONSUMER);
	rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, topic, NULL);
	rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);

	for (int i = 0; i < n; i++) {
		int64_t at = 1000 + 37 * i;
		rd_kafka_message_t *m;
		double began = now();

		if (rd_kafka_consume_start_queue(rkt, partition, at, queue))
			die(topic, rd_kafka_err2str(rd_kafka_last_error()));
		while (!(m = rd_kafka_consume_queue(queue, 1000)) || m->err || m->offset != at)
			if (m)
				rd_kafka_message_destroy(m);
		printf("%.1f\n", now() - began);
		rd_kafka_message_destroy(m);
		rd_kafka_consume_stop(rkt, partition);
		while ((m = rd_kafka_consume_queue(queue, 0)))
			rd_kafka_message_destroy(m);
		usleep(20000);
	}
	rd_kafka_queue_destroy(queue);
	rd_kafka_topic_destroy(rkt);
	rd_kafka_destroy(rk);
}

int main(int argc, char *argv[])
{
	if (argc != 6)
		die("usage", "bare produce|pair|write|first|read BROKERS TOPIC PARTITION N");
	brokers = argv[2];
	topic = argv[3];
	partition = atoi(argv[4]);
	if (!strcmp(argv[1], "produce"))
		produce(atoi(argv[5]));
	else if (!strcmp(argv[1], "pair"))
		pair(atoi(argv[5]));
	else if (!strcmp(argv[1], "read"))
		all(atoi(argv[5]));
	else if (!strcmp(argv[1], "write"))
		write_lines(atoi(argv[5]));
	else if (!strcmp(argv[1], "first"))
		first(atoi(argv[5]));
	else
		die(argv[1], "no such thing");
	return 0;
}
