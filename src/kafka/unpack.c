/* unpack.c - librdkafka's message as a record.
 *
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/buf.h"
#include "base/log.h"
#include "kafka/unpack.h"

void bfs_unpack_fini(struct bfs_unpack *u)
{
	free(u->headers);
	u->headers = NULL;
	u->room = 0;
}

static void unpack_headers(struct bfs_unpack *u, struct bfs_record *r,
			   const rd_kafka_headers_t *list)
{
	size_t n = rd_kafka_header_cnt(list);

	if (n > u->room) {
		u->headers = bfs_realloc(u->headers, n * sizeof(*u->headers));
		u->room = n;
	}
	for (size_t i = 0; i < n; i++) {
		struct bfs_header *h = &u->headers[i];

		rd_kafka_header_get_all(list, i, &h->name, &h->value, &h->value_len);
	}
	r->headers = u->headers;
	r->n_headers = n;
}

static void add_headers(struct bfs_unpack *u, const rd_kafka_message_t *m, struct bfs_record *r)
{
	rd_kafka_headers_t *list;
	rd_kafka_resp_err_t err = rd_kafka_message_headers(m, &list);

	if (!err)
		unpack_headers(u, r, list);
	else if (err != RD_KAFKA_RESP_ERR__NOENT)
		bfs_warn("%s/%d: the headers of the record at offset %lld are not shown: %s",
			 rd_kafka_topic_name(m->rkt), (int)m->partition, (long long)m->offset,
			 rd_kafka_err2str(err));
}

void bfs_unpack(struct bfs_unpack *u, const rd_kafka_message_t *m, bool headers,
		struct bfs_record *ret)
{
	rd_kafka_timestamp_type_t type;

	*ret = (struct bfs_record){
		.offset = m->offset,
		.timestamp = rd_kafka_message_timestamp(m, &type),
		.key = m->key,
		.value = m->payload,
		.key_len = m->key_len,
		.value_len = m->len,
	};
	if (headers)
		add_headers(u, m, ret);
}
