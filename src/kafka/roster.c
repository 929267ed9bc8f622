/* roster.c - one list of all topics, as metadata had it: names, partitions, leaders.
 *
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "core/name.h"
#include "kafka/roster.h"

static int by_name(const void *a, const void *b)
{
	const struct rd_kafka_metadata_topic *const *x = a, *const *y = b;

	return strcmp((*x)->topic, (*y)->topic);
}

static bool listed(const struct rd_kafka_metadata_topic *t)
{
	return t->partition_cnt > 0 && t->err != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART &&
	       bfs_name_topic(t->topic) == 0;
}

struct bfs_roster *bfs_roster_new(const struct rd_kafka_metadata *md)
{
	struct bfs_roster *r = bfs_zalloc(sizeof(*r));

	r->md = md;
	r->refs = 1;
	r->topics = bfs_zalloc((size_t)(md->topic_cnt + 1) * sizeof(*r->topics));
	for (int i = 0; i < md->topic_cnt; i++)
		if (listed(&md->topics[i]))
			r->topics[r->n++] = &md->topics[i];
	qsort(r->topics, r->n, sizeof(*r->topics), by_name);
	r->infos = bfs_zalloc((r->n + 1) * sizeof(*r->infos));
	for (size_t i = 0; i < r->n; i++) {
		r->infos[i].name = r->topics[i]->topic;
		r->infos[i].partitions = r->topics[i]->partition_cnt;
		r->infos[i].replicas = r->topics[i]->partitions[0].replica_cnt;
	}
	return r;
}

void bfs_roster_put(struct bfs_roster *r)
{
	if (!r || --r->refs)
		return;
	rd_kafka_metadata_destroy(r->md);
	free(r->topics);
	free(r->infos);
	free(r);
}

static int key_to_info(const void *key, const void *info)
{
	return strcmp(key, ((const struct bfs_topic_info *)info)->name);
}

const struct rd_kafka_metadata_topic *bfs_roster_topic(const struct bfs_roster *r,
						       const char *topic)
{
	const struct bfs_topic_info *info;

	if (!r || !r->n)
		return NULL;
	info = bsearch(topic, r->infos, r->n, sizeof(*r->infos), key_to_info);
	return info ? r->topics[info - r->infos] : NULL;
}

struct bfs_partition_info *bfs_roster_partitions(const struct rd_kafka_metadata_topic *t)
{
	struct bfs_partition_info *list = bfs_zalloc((size_t)t->partition_cnt * sizeof(*list));

	for (int i = 0; i < t->partition_cnt; i++)
		list[i].leader = BFS_UNKNOWN;
	for (int i = 0; i < t->partition_cnt; i++) {
		const struct rd_kafka_metadata_partition *p = &t->partitions[i];

		if (p->id < 0 || p->id >= t->partition_cnt)
			continue;
		list[p->id] = (struct bfs_partition_info){
			.leader = p->leader,
			.replicas = p->replicas,
			.isr = p->isrs,
			.n_replicas = p->replica_cnt,
			.n_isr = p->isr_cnt,
		};
	}
	return list;
}

struct bfs_broker_info *bfs_roster_brokers(const struct bfs_roster *r, size_t *ret_n)
{
	size_t n = (size_t)r->md->broker_cnt;
	struct bfs_broker_info *list = bfs_zalloc((n + 1) * sizeof(*list));

	for (size_t i = 0; i < n; i++)
		list[i] = (struct bfs_broker_info){
			.id = r->md->brokers[i].id,
			.host = r->md->brokers[i].host,
			.port = r->md->brokers[i].port,
		};
	*ret_n = n;
	return list;
}

int32_t bfs_roster_leader(const struct bfs_roster *r, const char *topic, int32_t partition)
{
	const struct rd_kafka_metadata_topic *t = bfs_roster_topic(r, topic);

	if (!t || partition < 0 || partition >= t->partition_cnt)
		return BFS_LEADER_UNKNOWN;
	/* Brokers list partitions in any order; mostly rising. */
	if (t->partitions[partition].id == partition)
		return t->partitions[partition].leader;
	for (int i = 0; i < t->partition_cnt; i++)
		if (t->partitions[i].id == partition)
			return t->partitions[i].leader;
	return BFS_LEADER_NONE;
}
