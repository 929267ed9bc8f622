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

int32_t bfs_roster_leader(const struct bfs_roster *r, const char *topic, int32_t partition)
{
	const struct bfs_topic_info *info;
	const struct rd_kafka_metadata_topic *t;

	if (!r || !r->n)
		return BFS_LEADER_UNKNOWN;
	info = bsearch(topic, r->infos, r->n, sizeof(*r->infos), key_to_info);
	if (!info || partition < 0 || partition >= info->partitions)
		return BFS_LEADER_UNKNOWN;
	t = r->topics[info - r->infos];
	/* Brokers list partitions in any order; mostly rising. */
	if (t->partitions[partition].id == partition)
		return t->partitions[partition].leader;
	for (int i = 0; i < t->partition_cnt; i++)
		if (t->partitions[i].id == partition)
			return t->partitions[i].leader;
	return BFS_LEADER_NONE;
}
