/* txn.c - a transactional producer that obeys, for the shell cases.
 *
 *	txn BROKERS TRANSACTIONAL_ID
 *
 * A command a line on stdin, with one line of reply each, "ok" or "error: ...":
 *
 *	begin      produce TOPIC PARTITION FROM TO PREFIX      commit      abort
 *
 * produce sends the values "PREFIX FROM" .. "PREFIX TO" and waits until the brokers have them, so
 * that they are in the log though the transaction is open. Ends with its input; an open transaction
 * is left open then, as by a producer that died.
 *
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <librdkafka/rdkafka.h>

#define TIMEOUT 20000 /* ms */

static rd_kafka_t *rk;
static int refused; /* records of the current command */

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "txn: %s\n", what);
	exit(1);
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
	char why[256];

	if (rd_kafka_conf_set(conf, name, value, why, sizeof(why)))
		die(why);
}

static void on_delivery(rd_kafka_t *producer, const rd_kafka_message_t *m, void *arg)
{
	(void)producer, (void)arg;
	refused += m->err != 0;
}

static void connect_to(const char *brokers, const char *id)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_error_t *err;
	char why[256];

	set(conf, "bootstrap.servers", brokers);
	set(conf, "transactional.id", id);
	set(conf, "transaction.timeout.ms", "60000");
	set(conf, "linger.ms", "5");
	rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
	rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
	if (!rk)
		die(why);
	err = rd_kafka_init_transactions(rk, TIMEOUT);
	if (err)
		die(rd_kafka_error_string(err));
}

static void said(rd_kafka_error_t *err)
{
	if (err)
		printf("error: %s\n", rd_kafka_error_string(err));
	else
		printf("ok\n");
	if (err)
		rd_kafka_error_destroy(err);
	fflush(stdout);
}

static rd_kafka_error_t *produce(const char *args)
{
	char topic[250], prefix[100], value[130];
	rd_kafka_resp_err_t err = 0;
	int partition, from, to;

	if (sscanf(args, "%249s %d %d %d %99s", topic, &partition, &from, &to, prefix) != 5)
		return rd_kafka_error_new(RD_KAFKA_RESP_ERR__INVALID_ARG, "what? %s", args);
	refused = 0;
	for (int i = from; i <= to && !err; i++) {
		int len = snprintf(value, sizeof(value), "%s %d", prefix, i);

		err = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic),
					RD_KAFKA_V_PARTITION(partition),
					RD_KAFKA_V_VALUE(value, (size_t)len),
					RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
		rd_kafka_poll(rk, 0);
	}
	if (!err)
		err = rd_kafka_flush(rk, TIMEOUT);
	if (err || refused)
		return rd_kafka_error_new(err ? err : RD_KAFKA_RESP_ERR__FAIL, "%d refused, %s",
					  refused, rd_kafka_err2str(err));
	return NULL;
}

int main(int argc, char *argv[])
{
	char line[600];

	if (argc != 3)
		die("usage: txn BROKERS TRANSACTIONAL_ID");
	connect_to(argv[1], argv[2]);
	said(NULL);
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strcmp(line, "begin"))
			said(rd_kafka_begin_transaction(rk));
		else if (!strncmp(line, "produce ", 8))
			said(produce(line + 8));
		else if (!strcmp(line, "commit"))
			said(rd_kafka_commit_transaction(rk, TIMEOUT));
		else if (!strcmp(line, "abort"))
			said(rd_kafka_abort_transaction(rk, TIMEOUT));
		else
			said(rd_kafka_error_new(RD_KAFKA_RESP_ERR__INVALID_ARG, "what? %s", line));
	}
	return 0; /* rd_kafka_destroy() would abort what is open */
}
