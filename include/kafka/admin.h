/* admin.h - topics made at the start (create=).
 *
 * Blocks, within its deadline: for the start only, before the mount answers.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_KAFKA_ADMIN_H
#define BFS_KAFKA_ADMIN_H

#include <stdint.h>

#include "core/options.h"
#include "kafka/handle.h"

/* Makes the topics that don't exist and waits until metadata shows a leader for each partition. 0,
 * or -errno with the sentence that names the topic. */
int bfs_admin_create(struct bfs_handle *h, const struct bfs_create *topics, int n, int64_t deadline,
		     struct bfs_why *why);

#endif
