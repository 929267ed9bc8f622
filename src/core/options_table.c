/* options_table.c - the one table of options.
 *
 * SPDX-License-Identifier: MIT */
#include <stddef.h>

#include "core/options_inner.h"

#define AT(field) offsetof(struct bfs_options, field)
#define KIB       INT64_C(1024)
#define MIB       (KIB * KIB)
#define GIB       (KIB * MIB)

const struct option bfs_options_table[] = {
	{ "-f", NULL, NULL, FLAG, AT(foreground), NULL, 0, 0, "stay in the foreground" },
	{ "-d", NULL, NULL, FLAG, AT(debug), NULL, 0, 0, "debug: log every request (implies -f)" },
	{ "-h", "--help", NULL, FLAG, AT(help), NULL, 0, 0, "print this text" },
	{ "-V", "--version", NULL, FLAG, AT(version), NULL, 0, 0, "print versions" },
	{ "--embedded", NULL, NULL, FLAG, AT(embedded), NULL, 0, 0,
	  "run a small broker inside, in memory, for trying things" },
	{ "-F", NULL, "FILE", TEXT, AT(properties_file), NULL, 0, 0,
	  "librdkafka properties, one a line; the place for passwords" },
	{ "-X", NULL, "PROP=VALUE", PROPERTY, 0, NULL, 0, 0,
	  "one librdkafka property; -X list prints them all" },
	{ "-o", NULL, "OPT[,OPT...]", LIST, 0, NULL, 0, 0, "one or more of:" },

	{ "group=", NULL, "NAME", TEXT, AT(group), NULL, 0, 0,
	  "consumer group (default brokerfs-USER-HOST)" },
	{ "start=", NULL, "earliest|latest", CHOICE, AT(start), "earliest", 0, 0,
	  "where a group that never committed begins" },
	{ "ack=", NULL, "follow|next|read|never", CHOICE, AT(ack), "follow", 0, 0,
	  "what counts as read" },
	{ "isolation=", NULL, "read_committed|read_uncommitted", CHOICE, AT(isolation),
	  "read_committed", 0, 0, "whether records of open transactions are seen" },
	{ "timeout=", NULL, "SECONDS", SECONDS, AT(timeout_ms), "5", 100, 3600000,
	  "deadline of opens, first reads, and commits at close" },
	{ "write_timeout=", NULL, "SECONDS", SECONDS, AT(write_timeout_ms), "10", 100, 3600000,
	  "deadline of writes, fsync, and close of a writer" },
	{ "refresh=", NULL, "SECONDS", SECONDS, AT(refresh_ms), "5", 100, 3600000,
	  "age at which the list of topics is asked for again" },
	{ "memory=", NULL, "SIZE", SIZE, AT(memory), "256M", MIB, 1024 * GIB,
	  "bytes of read windows in all" },
	{ "window=", NULL, "SIZE", SIZE, AT(window), "16M", 64 * KIB, 64 * GIB,
	  "bytes of window per file being read" },
	{ "inotify=", NULL, "on|off", CHOICE, AT(inotify), "on", 0, 0,
	  "wake programs that wait for inotify when messages arrive" },
	{ "max_open=", NULL, "N", COUNT, AT(max_open), "65536", 1, 1 << 24, "open files at once" },
	{ "max_members=", NULL, "N", COUNT, AT(max_members), "16", 1, 1024,
	  "open files 'any' at once, each a member of the group" },
	{ "member_id=", NULL, "NAME", TEXT, AT(member_id), NULL, 0, 0,
	  "static membership: their group.instance.id is NAME-0, NAME-1..." },
	{ "metrics=", NULL, "ADDRESS:PORT", TEXT, AT(metrics), NULL, 0, 0,
	  "serve .brokerfs/metrics there over HTTP, for a Prometheus" },
	{ "create=", NULL, "TOPIC:PARTITIONS[:REPLICAS]", CREATE, 0, NULL, 0, 0,
	  "make a topic when mounting; may be repeated" },
	{ "internal", NULL, NULL, FLAG, AT(internal), NULL, 0, 0,
	  "show internal topics (those whose names begin with __)" },
	{ "lazy", NULL, NULL, FLAG, AT(lazy), NULL, 0, 0, "mount though no broker answers yet" },
	{ "ro", NULL, NULL, FLAG, AT(ro), NULL, 0, 0, "read only; commits nothing either" },
	{ "allow_delete", NULL, NULL, FLAG, AT(allow_delete), NULL, 0, 0,
	  "let rmdir delete topics and groups" },
	{ "uid=", NULL, "N", ID, AT(uid), NULL, 0, 0, "owner of the files (default: who mounts)" },
	{ "gid=", NULL, "N", ID, AT(gid), NULL, 0, 0, "group of the files (default: who mounts)" },
	{ "umask=", NULL, "OCTAL", OCTAL, AT(umask), "022", 0, 0777,
	  "permission bits the files do not have" },
	{ "allow_other", NULL, NULL, FLAG, AT(allow_other), NULL, 0, 0,
	  "let other users in, as the permission bits say" },
	{ "properties=", NULL, "FILE", TEXT, AT(properties_file), NULL, 0, 0,
	  "the same as -F FILE, for fstab" },
	{ 0 },
};
