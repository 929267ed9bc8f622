/* exporter.h - the metrics over HTTP, for a Prometheus to scrape.
 *
 * A small server (libmicrohttpd) on the address that the option metrics= names: GET /metrics
 * answers with the text of .brokerfs/metrics. Nobody is asked who he is, so the address should be
 * one that only those can reach who may know.
 *
 * A scrape is a ticket like any request of the kernel's: its connection sleeps until the text is
 * there. 16 connections at a time; one that says nothing for 10 s is closed.
 *
 * Threads: the server has one (`exporter`). bfs_exporter_stop() comes after bfs_fs_stop(), which
 * answers the scrapes that wait, and before bfs_fs_free().
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_PROCESS_EXPORTER_H
#define BFS_PROCESS_EXPORTER_H

#include "base/err.h"
#include "model/fs.h"

struct bfs_exporter;

/* Listens, and answers nobody yet. `address` is ADDRESS:PORT, [ADDRESS]:PORT for IPv6; port 0 is
 * one that is free. NULL with the sentence. */
struct bfs_exporter *bfs_exporter_open(const char *address, struct bfs_why *why);
int bfs_exporter_start(struct bfs_exporter *x, struct bfs_fs *fs, struct bfs_why *why);
void bfs_exporter_stop(struct bfs_exporter *x); /* and frees it; NULL is none */

/* ADDRESS:PORT, as it came to be. */
const char *bfs_exporter_address(const struct bfs_exporter *x);

#endif
