/* mock.c - the embedded broker: librdkafka's mock cluster.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "base/buf.h"
#include "kafka/error.h"
#include "kafka/mock.h"

struct bfs_mock {
	rd_kafka_t *host; /* the mock lives in a handle, which itself talks to nobody */
	rd_kafka_mock_cluster_t *cluster;
};

struct bfs_mock *bfs_mock_new(struct bfs_why *why)
{
	struct bfs_mock *m = bfs_zalloc(sizeof(*m));
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char words[200] = "";

	/* Nobody drains its log. */
	rd_kafka_conf_set_log_cb(conf, NULL);
	m->host = rd_kafka_new(RD_KAFKA_PRODUCER, conf, words, sizeof(words));
	if (!m->host)
		rd_kafka_conf_destroy(conf);
	else
		m->cluster = rd_kafka_mock_cluster_new(m->host, 1);
	if (m->cluster)
		return m;
	bfs_fail(why, -EIO, "the embedded broker does not start: %s", words);
	bfs_mock_free(m);
	return NULL;
}

const char *bfs_mock_brokers(const struct bfs_mock *m)
{
	return rd_kafka_mock_cluster_bootstraps(m->cluster);
}

int bfs_mock_topic_create(struct bfs_mock *m, const char *topic, int partitions,
			  struct bfs_why *why)
{
	rd_kafka_resp_err_t err = rd_kafka_mock_topic_create(m->cluster, topic, partitions, 1);

	if (!err || err == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
		return 0;
	return bfs_kafka_fail(why, err, NULL, "topic %s", topic);
}

void bfs_mock_free(struct bfs_mock *m)
{
	if (!m)
		return;
	if (m->cluster)
		rd_kafka_mock_cluster_destroy(m->cluster);
	if (m->host)
		rd_kafka_destroy(m->host);
	free(m);
}
