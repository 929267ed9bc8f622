/* conf.h - from options and properties to the configuration of each handle.
 *
 * A property is either ours alone (our guarantees hang on it: refused by name), or a default of
 * ours that the user may override, or the user's. Properties for producers are not set on consumers
 * and the other way round. The values of secrets are masked in the log.
 *
 * Ours alone, and why:
 *   where and who      bootstrap.servers, metadata.broker.list, group.id, group.instance.id,
 *                      isolation.level, transactional.id: options say it
 *   nothing lost       acks, request.required.acks, enable.idempotence, enable.auto.commit,
 *                      auto.commit.enable, enable.auto.offset.store, auto.offset.reset,
 *                      offset.store.*, message.timeout.ms, delivery.timeout.ms,
 *                      delivery.report.only.error, queuing.strategy, enable.partition.eof
 *   looking is free    allow.auto.create.topics
 *   foreign code       plugin.library.paths, ssl.engine.location, ssl.engine.id
 *   our event loops    log.queue, internal.termination.signal, test.mock.num.brokers
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_KAFKA_CONF_H
#define BFS_KAFKA_CONF_H

#include <stddef.h>

#include <librdkafka/rdkafka.h>

#include "base/err.h"
#include "core/options.h"

enum bfs_role {
	BFS_ROLE_CONTROL, /* metadata, offsets, groups; never fetches */
	BFS_ROLE_SHARED,  /* lane 0: many partitions */
	BFS_ROLE_PRIVATE, /* a lane for one feed */
	BFS_ROLE_MEMBER,  /* of the group, by subscription */
	BFS_ROLE_PRODUCER,
};

struct bfs_conf;

/* Takes what it needs from `o` (copied) and reads o->properties_file. NULL with the sentence in
 * `why`. */
struct bfs_conf *bfs_conf_new(const struct bfs_options *o, const char *brokers,
			      struct bfs_why *why);
void bfs_conf_free(struct bfs_conf *c);

/* A new handle for a role, its events enabled; NULL with the sentence. May take some milliseconds.
 * `group`: for a control handle of another group than the mount's (NULL). */
rd_kafka_t *bfs_conf_handle(const struct bfs_conf *c, enum bfs_role role, const char *group,
			    struct bfs_why *why);

/* The same for a member of the mount's group, with its group.instance.id or NULL. */
rd_kafka_t *bfs_conf_member(const struct bfs_conf *c, const char *instance, struct bfs_why *why);

/* What it was made from. */
const char *bfs_conf_brokers(const struct bfs_conf *c);
int bfs_conf_timeout_ms(const struct bfs_conf *c);
enum bfs_start bfs_conf_start(const struct bfs_conf *c);
int bfs_conf_fetch_wait(const struct bfs_conf *c);    /* ms a private lane's fetch may be out */
int bfs_conf_poll_interval(const struct bfs_conf *c); /* ms; max.poll.interval.ms */
bool bfs_conf_lingers(const struct bfs_conf *c);      /* records do: the user wants them to */
size_t bfs_conf_queued(rd_kafka_t *rk);               /* bytes a consumer may fetch ahead */
size_t bfs_conf_message_max(const struct bfs_conf *c);

/* True when the value of a property of this name must not be shown. */
bool bfs_conf_secret(const char *name);

#endif
