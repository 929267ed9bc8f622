/* mock.c - librdkafka's mock cluster as a process, for cases that need a broker of their own.
 *
 * usage: mock [NODES]. Prints "BROKERS host:port,...", then obeys a command a line, with one line
 * of reply each, "ok" or "error: ...", and ends with its input:
 *
 *	topic NAME PARTITIONS REPLICAS      down N      up N      rtt N MS
 *	err API CODE [COUNT]                the next COUNT such requests fail (Produce 45 2)
 *	slow API MS                         the next such request is answered late
 *	leader TOPIC PARTITION BROKER       -1: none
 *	coordinator GROUP BROKER            quit
 *
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#define ARGS_MAX 5

static rd_kafka_mock_cluster_t *cluster;

static const struct {
	const char *name;
	int16_t key;
} apis[] = {
	{ "Produce", 0 },          { "Fetch", 1 },        { "ListOffsets", 2 },
	{ "Metadata", 3 },         { "OffsetCommit", 8 }, { "OffsetFetch", 9 },
	{ "FindCoordinator", 10 }, { "JoinGroup", 11 },   { "Heartbeat", 12 },
	{ "LeaveGroup", 13 },      { "SyncGroup", 14 },   { "ApiVersion", 18 },
	{ "InitProducerId", 22 },
};

static int api_key(const char *name)
{
	for (size_t i = 0; i < sizeof(apis) / sizeof(apis[0]); i++)
		if (!strcmp(apis[i].name, name))
			return apis[i].key;
	return -1;
}

static rd_kafka_resp_err_t do_topic(char *const *arg, int n)
{
	rd_kafka_resp_err_t err =
		rd_kafka_mock_topic_create(cluster, arg[1], atoi(arg[2]), n > 3 ? atoi(arg[3]) : 1);

	return err == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS ? RD_KAFKA_RESP_ERR_NO_ERROR : err;
}

static rd_kafka_resp_err_t do_err(char *const *arg, int n)
{
	int key = api_key(arg[1]), count = n > 3 ? atoi(arg[3]) : 1;
	rd_kafka_resp_err_t errors[1024];

	if (key < 0 || count < 1 || count > 1024)
		return RD_KAFKA_RESP_ERR__INVALID_ARG;
	for (int i = 0; i < count; i++)
		errors[i] = (rd_kafka_resp_err_t)atoi(arg[2]);
	rd_kafka_mock_push_request_errors_array(cluster, (int16_t)key, (size_t)count, errors);
	return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t do_slow(char *const *arg, int n)
{
	int key = api_key(arg[1]);

	(void)n;
	if (key < 0)
		return RD_KAFKA_RESP_ERR__INVALID_ARG;
	return rd_kafka_mock_broker_push_request_error_rtts(
		cluster, 1, (int16_t)key, 1, RD_KAFKA_RESP_ERR_NO_ERROR, atoi(arg[2]));
}

static rd_kafka_resp_err_t do_down(char *const *arg, int n)
{
	(void)n;
	return rd_kafka_mock_broker_set_down(cluster, atoi(arg[1]));
}

static rd_kafka_resp_err_t do_up(char *const *arg, int n)
{
	(void)n;
	return rd_kafka_mock_broker_set_up(cluster, atoi(arg[1]));
}

static rd_kafka_resp_err_t do_rtt(char *const *arg, int n)
{
	(void)n;
	return rd_kafka_mock_broker_set_rtt(cluster, atoi(arg[1]), atoi(arg[2]));
}

static rd_kafka_resp_err_t do_leader(char *const *arg, int n)
{
	(void)n;
	return rd_kafka_mock_partition_set_leader(cluster, arg[1], atoi(arg[2]), atoi(arg[3]));
}

static rd_kafka_resp_err_t do_coordinator(char *const *arg, int n)
{
	(void)n;
	return rd_kafka_mock_coordinator_set(cluster, "group", arg[1], atoi(arg[2]));
}

static const struct {
	const char *name;
	int args; /* needed */
	rd_kafka_resp_err_t (*run)(char *const *arg, int n);
} commands[] = {
	{ "topic", 2, do_topic },   { "down", 1, do_down },
	{ "up", 1, do_up },         { "rtt", 2, do_rtt },
	{ "err", 2, do_err },       { "slow", 2, do_slow },
	{ "leader", 3, do_leader }, { "coordinator", 2, do_coordinator },
};

static void obey(char *line)
{
	char *arg[ARGS_MAX], *rest = NULL;
	rd_kafka_resp_err_t err;
	int n = 0;

	for (char *s = strtok_r(line, " \t\n", &rest); s && n < ARGS_MAX;
	     s = strtok_r(NULL, " \t\n", &rest))
		arg[n++] = s;
	for (size_t i = 0; n && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, arg[0]) != 0 || n <= commands[i].args)
			continue;
		err = commands[i].run(arg, n);
		printf(err ? "error: %s\n" : "ok\n", rd_kafka_err2str(err));
		return;
	}
	printf("error: unknown command\n");
}

int main(int argc, char **argv)
{
	char words[200], *line = NULL;
	size_t cap = 0;
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_t *host;

	rd_kafka_conf_set_log_cb(conf, NULL);
	host = rd_kafka_new(RD_KAFKA_PRODUCER, conf, words, sizeof(words));
	if (host)
		cluster = rd_kafka_mock_cluster_new(host, argc > 1 ? atoi(argv[1]) : 1);
	if (!cluster) {
		fprintf(stderr, "mock: no cluster\n");
		return EXIT_FAILURE;
	}
	printf("BROKERS %s\n", rd_kafka_mock_cluster_bootstraps(cluster));
	fflush(stdout);
	while (getline(&line, &cap, stdin) >= 0 && strcmp(line, "quit\n") != 0) {
		obey(line);
		fflush(stdout);
	}
	free(line);
	rd_kafka_mock_cluster_destroy(cluster);
	rd_kafka_destroy(host);
	return EXIT_SUCCESS;
}
