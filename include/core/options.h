/* options.h - the one table of options: parser, --help, and the check of the man page.
 *
 * Every option stands once, in the table in options.c: its form on the command line or after -o,
 * its type, default, one line of help, and where its value goes. Unknown options are refused by
 * name. Options of mount(8) and fstab(5) that mean nothing to a daemon (noauto, _netdev, x-*...)
 * are accepted and dropped; those that the kernel or libfuse want (nosuid, allow_other, fsname=...)
 * are collected for it in `fuse_args`. A comma separates options and can't be quoted.
 *
 * Pure: no lock, no I/O; properties files are read elsewhere (kafka/client).
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_CORE_OPTIONS_H
#define BFS_CORE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

enum bfs_start { BFS_START_EARLIEST, BFS_START_LATEST };
enum bfs_ack { BFS_ACK_FOLLOW, BFS_ACK_NEXT, BFS_ACK_READ, BFS_ACK_NEVER };
enum bfs_inotify { BFS_INOTIFY_ON, BFS_INOTIFY_OFF };
enum bfs_isolation { BFS_READ_COMMITTED, BFS_READ_UNCOMMITTED };

struct bfs_create { /* create=TOPIC:PARTITIONS:REPLICAS */
	char *topic;
	int partitions;
	int replicas; /* -1: the broker's default */
};

struct bfs_options {
	/* what to do */
	bool help, version, list_properties; /* -h, -V, -X list */
	bool foreground, debug;              /* -f, -d (implies -f) */
	bool embedded;                       /* --embedded: a broker inside */

	/* what to mount, and where; owned */
	char *brokers; /* NULL when embedded */
	char *mountpoint;
	char *properties_file; /* -F or properties=, or NULL */
	char **properties;     /* -X prop=value, NULL-terminated, in order */
	int n_properties;

	/* -o */
	char *group; /* consumer group; default brokerfs-USER-HOST is filled in by the caller */
	enum bfs_start start;
	enum bfs_ack ack;
	enum bfs_isolation isolation;
	enum bfs_inotify inotify;
	int timeout_ms; /* given in seconds, fractions allowed */
	int write_timeout_ms;
	int refresh_ms;
	int64_t memory; /* bytes of windows in all; K, M, G suffixes */
	int64_t window; /* bytes of window per stream */
	int max_members;
	char *member_id; /* NULL: members come and go */
	int max_open;    /* open files */
	char *metrics;   /* ADDRESS:PORT, or NULL */
	bool internal, ro, lazy, allow_other, allow_delete;
	uid_t uid; /* (uid_t)-1: whoever mounts */
	gid_t gid;
	mode_t umask; /* octal; default 022 */
	struct bfs_create *create;
	int n_create;

	char **fuse_args; /* mount options for libfuse, one each, unescaped, NULL-terminated */
	int n_fuse_args;
};

/* Parses argv. 0, or -EINVAL with one sentence in `ret_why` that quotes the argument. After
 * success either one of help, version, list_properties is set, or mountpoint and (brokers or
 * embedded) are. The caller ends it with bfs_options_fini() in every case. */
int bfs_options_parse(struct bfs_options *o, int argc, char *const argv[], struct bfs_why *ret_why);
void bfs_options_fini(struct bfs_options *o);

/* The text of --help, made from the table. */
void bfs_options_help(struct bfs_buf *ret, const char *program);

/* The options in effect and the properties of -X, "NAME=VALUE" each on a line of its own. */
void bfs_options_show(const struct bfs_options *o, struct bfs_buf *ret);

/* The name of the n-th entry of the table as it is typed ("-f", "--embedded", "group=", ...), or
 * NULL past the end: for the check that the man page describes every option and no other. */
const char *bfs_options_name(int n);

/* Whether the value of this librdkafka property is a secret: not taken from the command line, and
 * never shown. */
bool bfs_options_secret(const char *property);

#endif
