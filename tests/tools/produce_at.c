/* produce_at.c - produces messages with given times, for the shell cases.
 *
 *	produce_at BROKERS TOPIC PARTITION
 *
 * A message for each line "MILLISECONDS VALUE" of stdin. kcat can't set times.
 *
 * SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <librdkafka/rdkafka.h>

#define TIMEOUT 10000 /* ms */

static bool failed;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "produce_at: %s\n", what);
	exit(1);
}

static void delivered(rd_kafka_t *rk, const rd_kafka_message_t *m, void *arg)
{
	(void)rk;
	(void)arg;
	if (m->err)
		failed = true;
}

static rd_kafka_t *connect_to(const char *brokers)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char why[256];
	rd_kafka_t *rk;

	if (rd_kafka_conf_set(conf, "bootstrap.servers", brokers, why, sizeof(why)))
		die(why);
	rd_kafka_conf_set_dr_msg_cb(conf, delivered);
	rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
	if (!rk)
		die(why);
	return rk;
}

int main(int argc, char *argv[])
{
	char line[4096], *value;
	rd_kafka_resp_err_t err;
	rd_kafka_t *rk;

	if (argc != 4)
		die("usage: produce_at BROKERS TOPIC PARTITION");
	rk = connect_to(argv[1]);
	while (fgets(line, sizeof(line), stdin)) {
		int64_t time = strtoll(line, &value, 10);

		value += *value == ' ';
		err = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(argv[2]),
					RD_KAFKA_V_PARTITION(atoi(argv[3])),
					RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
					RD_KAFKA_V_VALUE(value, strcspn(value, "\n")),
					RD_KAFKA_V_TIMESTAMP(time), RD_KAFKA_V_END);
		if (err)
			die(rd_kafka_err2str(err));
	}
	if (rd_kafka_flush(rk, TIMEOUT) || failed)
		die("not delivered");
	rd_kafka_destroy(rk);
	return 0;
}
