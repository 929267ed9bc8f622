/* admin.c - asks and changes a cluster the way the mount does, for the shell cases.
 *
 *	admin BROKERS <COMMANDS		or: admin --embedded
 *
 * A command a line, an answer each: the error (0, or its name and sentence), then a line for each
 * thing it brought. MS in the environment: how long each may take. TIMES set: how long it took.
 *
 *	topics | brokers | partitions T | groups | group G | offsets G
 *	reset G T P OFFSET [T P OFFSET...] | forget G
 *	create T [PARTITIONS [REPLICAS]] | delete T | grow T PARTITIONS
 *	settings T | set T NAME VALUE | unset T NAME | alive
 *
 * SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "kafka/client.h"

#define WORDS 64

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t answered = PTHREAD_COND_INITIALIZER;
static bool done;
static int64_t began;

static void result(int err, const struct bfs_why *why)
{
	if (getenv("TIMES"))
		printf("[%d ms] ", (int)(bfs_clock_ms() - began));
	if (err)
		printf("%s: %s\n", bfs_err_name(err), why->text);
	else
		printf("0\n");
}

static void end(void)
{
	pthread_mutex_lock(&lock);
	done = true;
	pthread_cond_signal(&answered);
	pthread_mutex_unlock(&lock);
}

static void on_done(void *arg, int err, const struct bfs_why *why)
{
	(void)arg;
	result(err, why);
	end();
}

static void on_topics(void *arg, int err, const struct bfs_why *why,
		      const struct bfs_topic_info *topics, size_t n)
{
	(void)arg;
	result(err, why);
	for (size_t i = 0; i < n; i++)
		printf("%s %d %d\n", topics[i].name, (int)topics[i].partitions,
		       (int)topics[i].replicas);
	end();
}

static void on_brokers(void *arg, int err, const struct bfs_why *why,
		       const struct bfs_broker_info *brokers, size_t n)
{
	(void)arg;
	result(err, why);
	for (size_t i = 0; i < n; i++)
		printf("%d %s:%d %s\n", (int)brokers[i].id, brokers[i].host, brokers[i].port,
		       brokers[i].rack ? brokers[i].rack : "-");
	end();
}

static void ids(const char *what, const int32_t *list, int n)
{
	printf(" %s ", what);
	for (int i = 0; i < n; i++)
		printf("%s%d", i ? "," : "", (int)list[i]);
}

static void on_partitions(void *arg, int err, const struct bfs_why *why,
			  const struct bfs_partition_info *partitions, size_t n)
{
	(void)arg;
	result(err, why);
	for (size_t i = 0; i < n; i++) {
		printf("%zu leader %d", i, (int)partitions[i].leader);
		ids("replicas", partitions[i].replicas, partitions[i].n_replicas);
		ids("isr", partitions[i].isr, partitions[i].n_isr);
		printf("\n");
	}
	end();
}

static void on_groups(void *arg, int err, const struct bfs_why *why, const char *const *names,
		      size_t n)
{
	(void)arg;
	result(err, why);
	for (size_t i = 0; i < n; i++)
		printf("%s\n", names[i]);
	end();
}

static void on_group(void *arg, int err, const struct bfs_why *why, const struct bfs_group_info *g)
{
	(void)arg;
	result(err, why);
	if (g)
		printf("state %s assignor %s\n", g->state ? g->state : "unknown",
		       *g->assignor ? g->assignor : "-");
	for (size_t i = 0; g && i < g->n_members; i++) {
		const struct bfs_member_info *m = &g->members[i];

		printf("%s %s %s", m->id, m->client, m->host);
		for (size_t k = 0; k < m->n_held; k++)
			printf(" %s/%d", m->held[k].topic, (int)m->held[k].partition);
		printf("\n");
	}
	end();
}

static void on_places(void *arg, int err, const struct bfs_why *why, const struct bfs_place *places,
		      size_t n)
{
	(void)arg;
	result(err, why);
	for (size_t i = 0; i < n; i++)
		printf("%s %d %lld\n", places[i].topic, (int)places[i].partition,
		       (long long)places[i].offset);
	end();
}

static void on_settings(void *arg, int err, const struct bfs_why *why,
			const struct bfs_setting *settings, size_t n)
{
	(void)arg;
	result(err, why);
	for (size_t i = 0; i < n; i++)
		printf("%s=%s%s%s\n", settings[i].name,
		       settings[i].value ? settings[i].value : "(secret)",
		       settings[i].own ? " own" : "", settings[i].read_only ? " read-only" : "");
	end();
}

static int number(char **word, int n, int i)
{
	return i < n ? atoi(word[i]) : BFS_UNKNOWN;
}

static void reset(struct bfs_cluster *c, char **word, int n, int64_t until)
{
	struct bfs_place places[WORDS];
	size_t count = 0;

	for (int i = 2; i + 2 < n; i += 3)
		places[count++] = (struct bfs_place){ word[i], atoi(word[i + 1]),
						      strtoll(word[i + 2], NULL, 10) };
	c->ops->group_reset(c, word[1], places, count, until, on_done, NULL);
}

/* What has no subject, and what is about a topic or a group. */
static bool ask_one(struct bfs_cluster *c, const char *verb, const char *of, int64_t until)
{
	const struct bfs_cluster_ops *ops = c->ops;

	if (!strcmp(verb, "topics"))
		ops->topics(c, until, on_topics, NULL);
	else if (!strcmp(verb, "brokers"))
		ops->brokers(c, until, on_brokers, NULL);
	else if (!strcmp(verb, "groups"))
		ops->groups(c, until, on_groups, NULL);
	else if (!strcmp(verb, "alive"))
		ops->alive(c, until - bfs_clock_ms(), on_done, NULL);
	else if (of && !strcmp(verb, "partitions"))
		ops->partitions(c, of, until, on_partitions, NULL);
	else if (of && !strcmp(verb, "group"))
		ops->group(c, of, until, on_group, NULL);
	else if (of && !strcmp(verb, "offsets"))
		ops->group_offsets(c, of, NULL, until, on_places, NULL);
	else if (of && !strcmp(verb, "settings"))
		ops->topic_settings(c, of, until, on_settings, NULL);
	else
		return false;
	return true;
}

static bool change_one(struct bfs_cluster *c, char **word, int n, int64_t until)
{
	const struct bfs_cluster_ops *ops = c->ops;
	const char *verb = word[0];

	if (n > 4 && !strcmp(verb, "reset"))
		reset(c, word, n, until);
	else if (n == 2 && !strcmp(verb, "forget"))
		ops->group_delete(c, word[1], until, on_done, NULL);
	else if (n >= 2 && !strcmp(verb, "create"))
		ops->topic_create(c, word[1], number(word, n, 2), number(word, n, 3), until,
				  on_done, NULL);
	else if (n == 2 && !strcmp(verb, "delete"))
		ops->topic_delete(c, word[1], until, on_done, NULL);
	else if (n == 3 && !strcmp(verb, "grow"))
		ops->topic_grow(c, word[1], atoi(word[2]), until, on_done, NULL);
	else if (n == 4 && !strcmp(verb, "set"))
		ops->topic_set(c, word[1], word[2], word[3], until, on_done, NULL);
	else if (n == 3 && !strcmp(verb, "unset"))
		ops->topic_set(c, word[1], word[2], NULL, until, on_done, NULL);
	else
		return false;
	return true;
}

static void command(struct bfs_cluster *c, char *line)
{
	const char *ms = getenv("MS");
	char *word[WORDS], *rest = NULL;
	int n = 0;

	for (char *w = strtok_r(line, " \n", &rest); w && n < WORDS;
	     w = strtok_r(NULL, " \n", &rest))
		word[n++] = w;
	if (!n)
		return;
	done = false;
	began = bfs_clock_ms();
	if (!ask_one(c, word[0], n > 1 ? word[1] : NULL, began + (ms ? atoi(ms) : 5000)) &&
	    !change_one(c, word, n, began + (ms ? atoi(ms) : 5000))) {
		printf("what is %s?\n", word[0]);
		return;
	}
	pthread_mutex_lock(&lock);
	while (!done)
		pthread_cond_wait(&answered, &lock);
	pthread_mutex_unlock(&lock);
}

int main(int argc, char *argv[])
{
	struct bfs_options o = { .group = (char *)"admin", .timeout_ms = 10000 };
	char line[4096];
	struct bfs_cluster *c;
	struct bfs_why why;

	if (argc != 2) {
		fprintf(stderr, "usage: admin BROKERS|--embedded\n");
		return 1;
	}
	o.embedded = !strcmp(argv[1], "--embedded");
	o.brokers = argv[1];
	bfs_log_level(getenv("DEBUG") ? BFS_LOG_DEBUG : BFS_LOG_ERROR);
	setvbuf(stdout, NULL, _IOLBF, 0);
	c = bfs_kafka_new(&o, &why);
	if (!c) {
		fprintf(stderr, "admin: %s\n", why.text);
		return 1;
	}
	while (fgets(line, sizeof(line), stdin))
		command(c, line);
	began = bfs_clock_ms();
	bfs_kafka_stop(c, bfs_clock_ms() + 1000);
	bfs_kafka_free(c);
	if (getenv("TIMES"))
		printf("[%d ms] the end\n", (int)(bfs_clock_ms() - began));
	return 0;
}
