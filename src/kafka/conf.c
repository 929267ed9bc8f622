/* conf.c - from options and properties to the configuration of each handle.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "kafka/client.h"
#include "kafka/conf.h"

/* Room librdkafka wants in message.max.bytes beside key and value (36 in 2.0.2), and some. */
#define MESSAGE_OVERHEAD 64

struct property {
	char *name, *value;
	char scope; /* C consumer, P producer, * both */
};

struct bfs_conf {
	struct property *props; /* the user's, -F first, so that -X wins */
	int n;
	char *brokers, *group;
	const char *isolation;
	bool embedded;
	int timeout_ms, write_timeout_ms;
	enum bfs_start start;
	int64_t memory;
	size_t message_max;
};

static const struct {
	const char *name; /* with a final dot: all that begin so */
	const char *why;
} refused[] = {
	{ "bootstrap.servers", "brokers are given as an argument" },
	{ "metadata.broker.list", "brokers are given as an argument" },
	{ "group.id", "use -o group=" },
	{ "group.instance.id", "each member of a group needs one of its own" },
	{ "isolation.level", "use -o isolation=" },
	{ "transactional.id", "writes are not transactions" },
	{ "acks", "a write is acknowledged by all in-sync replicas" },
	{ "request.required.acks", "a write is acknowledged by all in-sync replicas" },
	{ "enable.idempotence", "retries must not duplicate or reorder records" },
	{ "message.timeout.ms", "use -o write_timeout=" },
	{ "delivery.timeout.ms", "use -o write_timeout=" },
	{ "delivery.report.only.error", "every record's verdict is needed" },
	{ "queuing.strategy", "records are in order" },
	{ "enable.auto.commit", "only what was read on is committed" },
	{ "auto.commit.enable", "only what was read on is committed" },
	{ "enable.auto.offset.store", "only what was read on is committed" },
	{ "offset.store.", "offsets are kept by the group" },
	{ "auto.offset.reset", "use -o start=" },
	{ "enable.partition.eof", "files need to know their end" },
	{ "allow.auto.create.topics", "looking never creates a topic" },
	{ "plugin.library.paths", "it would load foreign code" },
	{ "ssl.engine.", "it would load foreign code" },
	{ "log.queue", "brokerfs sets it" },
	{ "internal.termination.signal", "brokerfs sets it" },
	{ "test.mock.num.brokers", "use --embedded" },
};

static bool contains(const char *s, const char *part)
{
	return strstr(s, part) != NULL;
}

bool bfs_conf_secret(const char *name)
{
	return contains(name, "password") || contains(name, "secret") ||
	       contains(name, "key.pem") || !strcmp(name, "ssl_key") ||
	       !strcmp(name, "sasl.oauthbearer.config");
}

static bool refused_by(const char *rule, const char *name)
{
	size_t len = strlen(rule);

	return rule[len - 1] == '.' ? !strncmp(rule, name, len) : !strcmp(rule, name);
}

static int check_allowed(const char *name, struct bfs_why *why)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (refused_by(refused[i].name, name))
			return bfs_fail(why, -EINVAL, "property %s is not for you to set: %s", name,
					refused[i].why);
	return 0;
}

/* The C/P column of librdkafka's own table: whom the property is for. `table` is its text. */
static char scope_of(const char *table, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = table; line && *line; line = strchr(line, '\n')) {
		const char *bar;

		line += *line == '\n';
		if (strncmp(line, name, len) || line[len] != ' ')
			continue;
		bar = strchr(line, '|');
		while (bar && (*bar == '|' || *bar == ' '))
			bar++;
		return bar && (*bar == 'C' || *bar == 'P') ? *bar : '*';
	}
	return '*';
}

/* librdkafka's own verdict on name and value. */
static int check_value(const char *name, const char *value, struct bfs_why *why)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char words[200];
	rd_kafka_conf_res_t res = rd_kafka_conf_set(conf, name, value, words, sizeof(words));

	rd_kafka_conf_destroy(conf);
	if (res == RD_KAFKA_CONF_OK)
		return 0;
	if (res == RD_KAFKA_CONF_UNKNOWN)
		return bfs_fail(why, -EINVAL, "property %s is not known to librdkafka %s", name,
				rd_kafka_version_str());
	if (bfs_conf_secret(name))
		return bfs_fail(why, -EINVAL, "property %s: the value is not valid", name);
	return bfs_fail(why, -EINVAL, "property %s: %s", name, words);
}

static int add_property(struct bfs_conf *c, const char *text, const char *table,
			struct bfs_why *why)
{
	const char *eq = strchr(text, '=');
	struct property *p;
	char *name;
	int err;

	if (!eq || eq == text)
		return bfs_fail(why, -EINVAL, "property '%s' is not of the form prop=value", text);
	name = bfs_strdup(text);
	name[eq - text] = '\0';
	err = check_allowed(name, why);
	if (!err)
		err = check_value(name, eq + 1, why);
	if (err) {
		free(name);
		return err;
	}
	c->props = bfs_realloc(c->props, (size_t)(c->n + 1) * sizeof(*c->props));
	p = &c->props[c->n++];
	p->name = name;
	p->value = bfs_strdup(eq + 1);
	p->scope = scope_of(table, name);
	if (bfs_conf_secret(name) && *p->value)
		bfs_log_mask(p->value);
	return 0;
}

static int add_properties(struct bfs_conf *c, char *const *list, int n, struct bfs_why *why)
{
	struct bfs_buf table = { 0 };
	int err = 0;

	bfs_kafka_list_properties(&table);
	bfs_buf_append(&table, "", 1);
	for (int i = 0; !err && i < n; i++)
		err = add_property(c, list[i], table.data, why);
	bfs_buf_fini(&table);
	return err;
}

static int add_file(struct bfs_conf *c, const char *path, struct bfs_why *why)
{
	char **list;
	int n, err = bfs_kafka_properties_file(path, &list, &n, why);

	if (err)
		return err;
	err = add_properties(c, list, n, why);
	for (int i = 0; i < n; i++) {
		explicit_bzero(list[i], strlen(list[i]));
		free(list[i]);
	}
	free(list);
	return err;
}

static rd_kafka_t *make(const struct bfs_conf *c, enum bfs_role role, const char *group,
			const char *instance, const char *brokers, struct bfs_why *why);

static const char *user_value(const struct bfs_conf *c, const char *name)
{
	const char *value = NULL;

	for (int i = 0; i < c->n; i++)
		if (!strcmp(c->props[i].name, name))
			value = c->props[i].value;
	return value;
}

/* Properties that are each fine may not go together, which librdkafka says when it makes a handle.
 * Lanes and the producer are made later: they are tried now, without brokers, so that a mistake is
 * an error at the start. */
static int try_handles(const struct bfs_conf *c, struct bfs_why *why)
{
	static const enum bfs_role roles[] = { BFS_ROLE_SHARED, BFS_ROLE_PRIVATE, BFS_ROLE_MEMBER,
					       BFS_ROLE_PRODUCER };
	rd_kafka_t *rk;

	for (int i = 0; c->n && i < 4; i++) {
		rk = make(c, roles[i], NULL, NULL, NULL, why);
		if (!rk)
			return -EINVAL;
		rd_kafka_destroy(rk);
	}
	return 0;
}

struct bfs_conf *bfs_conf_new(const struct bfs_options *o, const char *brokers, struct bfs_why *why)
{
	struct bfs_conf *c = bfs_zalloc(sizeof(*c));
	const char *max;
	int err = 0;

	c->brokers = bfs_strdup(brokers);
	c->group = bfs_strdup(o->group);
	c->isolation = o->isolation == BFS_READ_UNCOMMITTED ? "read_uncommitted" : "read_committed";
	c->embedded = o->embedded;
	c->timeout_ms = o->timeout_ms;
	c->start = o->start;
	c->write_timeout_ms = o->write_timeout_ms;
	c->memory = o->memory;
	if (o->properties_file)
		err = add_file(c, o->properties_file, why);
	if (!err)
		err = add_properties(c, o->properties, o->n_properties, why);
	if (!err)
		err = try_handles(c, why);
	if (err) {
		bfs_conf_free(c);
		return NULL;
	}
	max = user_value(c, "message.max.bytes");
	c->message_max = (max ? strtoul(max, NULL, 10) : 1000000) - MESSAGE_OVERHEAD;
	return c;
}

void bfs_conf_free(struct bfs_conf *c)
{
	if (!c)
		return;
	for (int i = 0; i < c->n; i++) {
		free(c->props[i].name);
		explicit_bzero(c->props[i].value, strlen(c->props[i].value));
		free(c->props[i].value);
	}
	free(c->props);
	free(c->brokers);
	free(c->group);
	free(c);
}

const char *bfs_conf_brokers(const struct bfs_conf *c)
{
	return c->brokers;
}

int bfs_conf_timeout_ms(const struct bfs_conf *c)
{
	return c->timeout_ms;
}

enum bfs_start bfs_conf_start(const struct bfs_conf *c)
{
	return c->start;
}

int bfs_conf_poll_interval(const struct bfs_conf *c)
{
	const char *ms = user_value(c, "max.poll.interval.ms");

	return ms ? atoi(ms) : 300000; /* librdkafka's own default */
}

bool bfs_conf_lingers(const struct bfs_conf *c)
{
	const char *ms = user_value(c, "linger.ms"), *old = user_value(c, "queue.buffering.max.ms");

	return (ms && atof(ms) > 0) || (old && atof(old) > 0);
}

size_t bfs_conf_queued(rd_kafka_t *rk)
{
	char kbytes[16] = "";
	size_t size = sizeof(kbytes);

	rd_kafka_conf_get(rd_kafka_conf(rk), "queued.max.messages.kbytes", kbytes, &size);
	return strtoul(kbytes, NULL, 10) * 1000; /* [rdkafka.c, rd_kafka_new] */
}

size_t bfs_conf_message_max(const struct bfs_conf *c)
{
	return c->message_max;
}

/* --- one handle ------------------------------------------------------------------------------- */

/* A value librdkafka does not take is a mistake of ours: user values were checked. */
static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
	char words[200];

	if (rd_kafka_conf_set(conf, name, value, words, sizeof(words)) != RD_KAFKA_CONF_OK)
		bfs_error("property %s=%s: %s", name, value, words);
}

/* Not all librdkafkas know it. */
static void set_if_known(rd_kafka_conf_t *conf, const char *name, const char *value)
{
	rd_kafka_conf_set(conf, name, value, NULL, 0);
}

static void set_int(rd_kafka_conf_t *conf, const char *name, int value)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", value);
	set(conf, name, text);
}

/* The mock answers an empty fetch only after the full wait, even if data arrives meanwhile. */
static int fetch_wait(const struct bfs_conf *c, enum bfs_role role)
{
	if (c->embedded || role == BFS_ROLE_CONTROL)
		return 10;
	return role == BFS_ROLE_PRIVATE ? 100 : 500;
}

int bfs_conf_fetch_wait(const struct bfs_conf *c)
{
	return fetch_wait(c, BFS_ROLE_PRIVATE);
}

/* What librdkafka may fetch ahead of us. It counts payload; small messages take four times as
 * much. More makes nothing faster, since it is woken in time (lane.c): 100 MB were read in 0.52 s
 * with 64 MiB and 0.54 with 16. */
static int queued_kbytes(const struct bfs_conf *c, enum bfs_role role)
{
	int64_t kbytes = c->memory / 1024 / 8;
	int64_t most = role == BFS_ROLE_MEMBER ? 4096 : 16384;

	return (int)(kbytes > most ? most : kbytes < 1024 ? 1024 : kbytes);
}

/* Defaults of ours that the user's properties may override. */
static void set_defaults(const struct bfs_conf *c, rd_kafka_conf_t *conf, enum bfs_role role)
{
	set(conf, "client.id", "brokerfs");
	if (role == BFS_ROLE_PRODUCER || role == BFS_ROLE_CONTROL)
		set_int(conf, "statistics.interval.ms", 5000);
	set(conf, "socket.keepalive.enable", "true");
	set_int(conf, "reconnect.backoff.max.ms", 1000);
	if (role == BFS_ROLE_PRODUCER) {
		/* What is handed over goes at once: small writes are gathered before (writer.c),
		 * and large ones fill batches all the same: while one is on its way, the next one
		 * gathers. A million lines took 0.84 s, with 200 ms and a flush where somebody
		 * waits 0.80, with 5 ms 0.94; an echo took 1.4 times as long with that flush, for
		 * the threads it wakes. No compression: on a fast network lz4 made a file take 1.1
		 * times as long, snappy 1.4, zstd 1.5. */
		set_int(conf, "linger.ms", 0);
		set(conf, "partitioner", "murmur2_random"); /* Java's, so that keys meet */
		set_int(conf, "queue.buffering.max.messages", 10000000);
		set_int(conf, "queue.buffering.max.kbytes", 256 * 1024);
		return;
	}
	set_int(conf, "fetch.wait.max.ms", fetch_wait(c, role));
	/* A frozen broker is let go while the question can still be put to another one. */
	if (role == BFS_ROLE_CONTROL)
		set_int(conf, "socket.timeout.ms",
			c->timeout_ms / 2 > 2000 ? c->timeout_ms / 2 : 2000);
	/* Only bytes bound it. Once they do, fetching stops for up to a second: see lane.c, and the
	 * property for it of newer ones. */
	set_if_known(conf, "fetch.queue.backoff.ms", "20");
	set_int(conf, "queued.min.messages", 10000000);
	set_int(conf, "queued.max.messages.kbytes", queued_kbytes(c, role));
}

/* What the contract hangs on; the user's properties were refused these names. */
static void set_ours(const struct bfs_conf *c, rd_kafka_conf_t *conf, enum bfs_role role,
		     const char *group)
{
	int events = RD_KAFKA_EVENT_LOG | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_STATS;
	int message_timeout = 10 * c->write_timeout_ms;

	set(conf, "log.queue", "true");
	set(conf, "allow.auto.create.topics", "false");
	if (role == BFS_ROLE_PRODUCER) {
		set(conf, "enable.idempotence", "true");
		set(conf, "acks", "all");
		set_int(conf, "message.timeout.ms",
			message_timeout > 300000 ? message_timeout : 300000);
		events |= RD_KAFKA_EVENT_DR;
	} else {
		set(conf, "isolation.level", c->isolation);
		set(conf, "enable.auto.commit", "false");
		set(conf, "enable.auto.offset.store", "false");
		/* Members begin at offsets; one that expired meanwhile goes on at the oldest. */
		set(conf, "enable.partition.eof", role == BFS_ROLE_MEMBER ? "false" : "true");
		set(conf, "auto.offset.reset", role == BFS_ROLE_MEMBER ? "earliest" : "error");
	}
	/* Lanes assign by the simple API: no group, so no coordinator connection for each. */
	if (role == BFS_ROLE_CONTROL || role == BFS_ROLE_MEMBER)
		set(conf, "group.id", group ? group : c->group);
	if (role == BFS_ROLE_MEMBER)
		events |= RD_KAFKA_EVENT_REBALANCE;
	rd_kafka_conf_set_events(conf, events);
}

static rd_kafka_t *make(const struct bfs_conf *c, enum bfs_role role, const char *group,
			const char *instance, const char *brokers, struct bfs_why *why)
{
	bool producer = role == BFS_ROLE_PRODUCER;
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char words[200];
	rd_kafka_t *rk;

	set_defaults(c, conf, role);
	for (int i = 0; i < c->n; i++)
		if (c->props[i].scope != (producer ? 'C' : 'P'))
			set(conf, c->props[i].name, c->props[i].value);
	set_ours(c, conf, role, group);
	if (instance)
		set(conf, "group.instance.id", instance);
	if (brokers)
		set(conf, "bootstrap.servers", brokers);
	rk = rd_kafka_new(producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, conf, words,
			  sizeof(words));
	if (!rk) {
		rd_kafka_conf_destroy(conf);
		bfs_fail(why, -EINVAL, "librdkafka: %s", words);
	}
	return rk;
}

rd_kafka_t *bfs_conf_handle(const struct bfs_conf *c, enum bfs_role role, const char *group,
			    struct bfs_why *why)
{
	return make(c, role, group, NULL, c->brokers, why);
}

rd_kafka_t *bfs_conf_member(const struct bfs_conf *c, const char *instance, struct bfs_why *why)
{
	return make(c, BFS_ROLE_MEMBER, NULL, instance, c->brokers, why);
}
