/* records.c - random records of every kind, and records as lines of hex, for the shell cases.
 *
 *	records produce BROKERS TOPIC PARTITION N SEED
 *	records show BROKERS TOPIC PARTITION
 *
 * A line is: timestamp key value name=value...; - is null.
 *
 * By librdkafka alone, so that it is somebody else who says what is in a topic.
 *
 * SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <librdkafka/rdkafka.h>

#define TIMEOUT     30000 /* ms */
#define HEADERS_MAX 4
#define HOUR        3600000 /* ms */

static uint64_t rnd;
static int64_t started; /* ms: brokers drop what is too old, and refuse what is of the future */
static bool failed;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "records: %s\n", what);
	exit(1);
}

static void delivered(rd_kafka_t *rk, const rd_kafka_message_t *m, void *arg)
{
	(void)rk;
	(void)arg;
	if (m->err)
		failed = true;
}

static rd_kafka_t *connect_to(const char *brokers, rd_kafka_type_t type)
{
	static const char *const props[][2] = {
		{ "group.id", "records" },
		{ "enable.auto.commit", "false" },
		{ "enable.partition.eof", "true" },
		{ "fetch.wait.max.ms", "10" },
		{ "linger.ms", "5" },
		{ "enable.idempotence", "true" },
	};
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char why[256];
	rd_kafka_t *rk;

	if (rd_kafka_conf_set(conf, "bootstrap.servers", brokers, why, sizeof(why)))
		die(why);
	for (size_t i = type == RD_KAFKA_CONSUMER ? 0 : 4; i < (type == RD_KAFKA_CONSUMER ? 4 : 6);
	     i++)
		if (rd_kafka_conf_set(conf, props[i][0], props[i][1], why, sizeof(why)))
			die(why);
	if (type == RD_KAFKA_PRODUCER)
		rd_kafka_conf_set_dr_msg_cb(conf, delivered);
	rk = rd_kafka_new(type, conf, why, sizeof(why));
	if (!rk)
		die(why);
	return rk;
}

/* --- produce ---------------------------------------------------------------------------------- */

static uint64_t below(uint64_t n)
{
	rnd ^= rnd << 13;
	rnd ^= rnd >> 7;
	rnd ^= rnd << 17;
	return rnd % n;
}

/* Nothing, no bytes, ASCII with all its control characters, UTF-8, or any bytes. */
static const char *bytes(char *to, size_t max, size_t *ret_len)
{
	static const char *const words[] = { "\303\274", "\346\227\245", "\360\237\230\200",
					     "\"\\/",    "\n",           "\t",
					     "x" };
	uint64_t kind = below(5);
	size_t len = below(8) ? below(60) : below(max), n = 0;

	*ret_len = 0;
	if (kind == 0)
		return NULL;
	while (kind > 1 && n < len) {
		const char *w = words[below(7)];

		if (kind == 3 && n + strlen(w) <= len)
			n += strlen(strcpy(to + n, w));
		else
			to[n++] = (char)below(kind == 4 ? 256 : 128);
	}
	*ret_len = n;
	return to;
}

static rd_kafka_headers_t *headers(void)
{
	static const char *const names[] = { "a", "b", "", "\320\272", "a\"b\\" };
	rd_kafka_headers_t *all = rd_kafka_headers_new(HEADERS_MAX);
	char value[1000];
	size_t len;

	for (uint64_t n = below(3) ? 0 : below(HEADERS_MAX + 1); n; n--) {
		const char *v = bytes(value, sizeof(value), &len);

		rd_kafka_header_add(all, names[below(5)], -1, v, (ssize_t)len);
	}
	return all;
}

static void produce_one(rd_kafka_t *rk, const char *topic, int32_t partition)
{
	static char key[4000], value[4000];
	int64_t when = below(2) ? started - (int64_t)below(HOUR) : 0;
	size_t key_len, value_len;
	const char *k = bytes(key, sizeof(key), &key_len);
	const char *v = bytes(value, sizeof(value), &value_len);
	rd_kafka_headers_t *h = headers();
	rd_kafka_resp_err_t err;

	do {
		err = rd_kafka_producev(
			rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
			RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(k, key_len),
			RD_KAFKA_V_VALUE((void *)v, value_len), RD_KAFKA_V_TIMESTAMP(when),
			RD_KAFKA_V_HEADERS(h), RD_KAFKA_V_END);
		rd_kafka_poll(rk, err ? 10 : 0);
	} while (err == RD_KAFKA_RESP_ERR__QUEUE_FULL);
	if (err)
		die(rd_kafka_err2str(err));
}

static void produce(rd_kafka_t *rk, const char *topic, int32_t partition, long n)
{
	while (n--)
		produce_one(rk, topic, partition);
	if (rd_kafka_flush(rk, TIMEOUT) || failed)
		die("not all was delivered");
}

/* --- show ------------------------------------------------------------------------------------- */

static void hex(const void *data, size_t len)
{
	const unsigned char *p = data;

	if (!p)
		putchar('-');
	for (size_t i = 0; p && i < len; i++)
		printf("%02x", p[i]);
}

static void show_one(const rd_kafka_message_t *m)
{
	rd_kafka_headers_t *all;
	const char *name;
	const void *value;
	size_t len;

	printf("%lld ", (long long)rd_kafka_message_timestamp(m, NULL));
	hex(m->key, m->key_len);
	putchar(' ');
	hex(m->payload, m->len);
	if (!rd_kafka_message_headers(m, &all))
		for (size_t i = 0; !rd_kafka_header_get_all(all, i, &name, &value, &len); i++) {
			putchar(' ');
			hex(name, strlen(name));
			putchar('=');
			hex(value, len);
		}
	putchar('\n');
}

static void show(rd_kafka_t *rk, const char *topic, int32_t partition)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_message_t *m;
	bool end = false;

	rd_kafka_topic_partition_list_add(list, topic, partition)->offset =
		RD_KAFKA_OFFSET_BEGINNING;
	if (rd_kafka_assign(rk, list))
		die("assign");
	rd_kafka_topic_partition_list_destroy(list);
	while (!end) {
		m = rd_kafka_consumer_poll(rk, TIMEOUT);
		if (!m)
			die("no answer in time");
		end = m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
		if (!m->err)
			show_one(m);
		else if (!end && m->err != RD_KAFKA_RESP_ERR__TRANSPORT)
			die(rd_kafka_message_errstr(m));
		rd_kafka_message_destroy(m);
	}
	rd_kafka_consumer_close(rk);
}

int main(int argc, char *argv[])
{
	bool making = argc == 7 && !strcmp(argv[1], "produce");
	rd_kafka_t *rk;

	if (!making && (argc != 5 || strcmp(argv[1], "show") != 0))
		die("usage: records produce BROKERS TOPIC PARTITION N SEED | "
		    "show BROKERS TOPIC PARTITION");
	rk = connect_to(argv[2], making ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER);
	if (making) {
		started = (int64_t)time(NULL) * 1000;
		rnd = strtoull(argv[6], NULL, 10) * 2654435761u + 88172645463325252u;
		produce(rk, argv[3], atoi(argv[4]), atol(argv[5]));
	} else {
		show(rk, argv[3], atoi(argv[4]));
	}
	rd_kafka_destroy(rk);
	return 0;
}
