/* committed.c - prints a group's committed offset, or "none", for the shell cases.
 *
 *	committed BROKERS GROUP TOPIC PARTITION
 *
 * kcat can't tell: it commits what it consumes from a stored offset.
 *
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include <librdkafka/rdkafka.h>

#define TIMEOUT 10000 /* ms */

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "committed: %s\n", what);
	exit(1);
}

static rd_kafka_t *connect_to(const char *brokers, const char *group)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char why[256];
	rd_kafka_t *rk;

	if (rd_kafka_conf_set(conf, "bootstrap.servers", brokers, why, sizeof(why)) ||
	    rd_kafka_conf_set(conf, "group.id", group, why, sizeof(why)))
		die(why);
	rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof(why));
	if (!rk)
		die(why);
	return rk;
}

int main(int argc, char *argv[])
{
	rd_kafka_topic_partition_list_t *list;
	rd_kafka_resp_err_t err;
	rd_kafka_t *rk;

	if (argc != 5)
		die("usage: committed BROKERS GROUP TOPIC PARTITION");
	rk = connect_to(argv[1], argv[2]);
	list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_topic_partition_list_add(list, argv[3], atoi(argv[4]));
	err = rd_kafka_committed(rk, list, TIMEOUT);
	if (err || list->elems[0].err)
		die(rd_kafka_err2str(err ? err : list->elems[0].err));
	if (list->elems[0].offset < 0)
		printf("none\n");
	else
		printf("%lld\n", (long long)list->elems[0].offset);
	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_destroy(rk);
	return 0;
}
