/* report_cluster.c - what control files show of the cluster: its brokers and topics.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/report_inner.h"

/* --- brokers ------------------------------------------------------------------------- */

/* [PROTOCOL://]HOST[:PORT], the host perhaps in brackets. */
static void print_server(struct bfs_table *t, const char *server, size_t len)
{
	char *text = strndup(server, len), *host = strstr(text, "://"), *port;

	host = host ? host + strlen("://") : text;
	port = strrchr(host, ':');
	if (port && strchr(port, ']'))
		port = NULL; /* of the address */
	if (port)
		*port++ = '\0';
	if (*host == '[' && host[strlen(host) - 1] == ']') {
		host[strlen(host) - 1] = '\0';
		host++;
	}
	bfs_table_text(t, "bootstrap");
	bfs_table_text(t, host);
	bfs_table_text(t, port && *port ? port : "9092");
	bfs_table_text(t, NULL);
	free(text);
}

/* What the mount was given to begin with: HOST:PORT,... */
static void print_bootstrap(struct bfs_table *t, const char *servers)
{
	while (servers && *servers) {
		size_t len = strcspn(servers, ",");

		if (len)
			print_server(t, servers, len);
		servers += len + (servers[len] == ',');
	}
}

static void got_brokers(void *arg, int err, const struct bfs_why *why,
			const struct bfs_broker_info *brokers, size_t n)
{
	struct bfs_report *r = arg;
	struct bfs_table t;

	atomic_store(&r->fs->silent, err == -ETIMEDOUT);
	bfs_table_init(&t, "ID HOST PORT RACK");
	if (!err)
		print_bootstrap(&t, r->fs->options->brokers);
	for (size_t i = 0; i < n && !err; i++) {
		bfs_table_number(&t, brokers[i].id);
		bfs_table_text(&t, brokers[i].host);
		bfs_table_number(&t, brokers[i].port);
		bfs_table_text(&t, brokers[i].rack);
	}
	bfs_table_print(&t, &r->text);
	bfs_table_fini(&t);
	bfs_report_answered(r, err, why);
}

void bfs_report_brokers(struct bfs_report *r)
{
	struct bfs_cluster *c = r->fs->cluster;

	bfs_report_asks(r);
	c->ops->brokers(c, r->deadline, got_brokers, r);
}

/* --- topics -------------------------------------------------------------------------- */

/* Rows of one topic follow each other. */
static int64_t messages(const struct bfs_report *r, size_t *at, int32_t partitions)
{
	int64_t sum = 0;

	for (; partitions > 0; partitions--, (*at)++) {
		const struct bfs_row *row = &r->rows[*at];

		if (row->end == BFS_NO_OFFSET || sum < 0)
			sum = BFS_UNKNOWN;
		else
			sum += row->end - row->low;
	}
	return sum;
}

/* Of some partitions nothing may be known; not one answer is no news. */
static bool none_answered(const struct bfs_report *r)
{
	size_t late = 0;

	while (late < r->n_rows && r->rows[late].late)
		late++;
	return r->n_rows && late == r->n_rows;
}

static void print_topics(struct bfs_report *r)
{
	struct bfs_snapshot *s = r->snapshot;
	struct bfs_table t;
	size_t at = 0;

	if (none_answered(r)) {
		r->err = bfs_fail(&r->why, -ETIMEDOUT, "topics: no answer in time");
		return;
	}
	bfs_table_init(&t, "TOPIC PARTITIONS REPLICATION MESSAGES");
	for (size_t i = 0; i < s->n; i++) {
		bfs_table_text(&t, s->topics[i].name);
		bfs_table_number(&t, s->topics[i].partitions);
		bfs_table_number(&t, s->topics[i].replicas);
		bfs_table_number(&t, messages(r, &at, s->topics[i].partitions));
	}
	bfs_table_print(&t, &r->text);
	bfs_table_fini(&t);
}

/* Messages as the offsets count them: what compaction or transactions took is among them. */
void bfs_report_topics(struct bfs_report *r)
{
	struct bfs_snapshot *s = bfs_catalog_get(r->fs->catalog);
	size_t n = 0, at = 0;

	r->snapshot = s;
	r->print = print_topics;
	for (size_t i = 0; i < s->n; i++)
		n += (size_t)s->topics[i].partitions;
	bfs_report_rows(r, n);
	for (size_t i = 0; i < s->n; i++)
		for (int32_t p = 0; p < s->topics[i].partitions; p++, at++) {
			r->rows[at].topic = bfs_strdup(s->topics[i].name);
			r->rows[at].partition = p;
			bfs_report_ask_ends(&r->rows[at]);
		}
}
