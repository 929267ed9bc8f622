/* describe.h - a group as librdkafka lists it, as the model sees it.
 *
 * rd_kafka_list_groups asks every broker for its groups (ListGroups), and who has the group for its
 * state and members (DescribeGroups). The partitions that a member of protocol type "consumer"
 * holds are in bytes of the group's own protocol, which are parsed here: int16 version; an array of
 * { string topic; array of int32 partitions }; bytes for the assignor. What does not parse, or is
 * of another type, is a member that holds nothing.
 *
 * Kinds of groups that DescribeGroups does not know (KIP-848's, share groups) are listed, and then
 * described as "Dead", or as not found: of these nothing is known, state NULL. A group that is not
 * listed is "Dead".
 *
 * Threads: any. Locks: none.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_KAFKA_DESCRIBE_H
#define BFS_KAFKA_DESCRIBE_H

#include <librdkafka/rdkafka.h>

#include "model/cluster.h"

/* Why the group is not described, if that is an error. */
rd_kafka_resp_err_t bfs_describe_error(const struct rd_kafka_group_info *g);

/* The partitions in `size` bytes of assignment; to be freed, each topic too. 0 when there are none
 * or the bytes are not what they should be. */
size_t bfs_describe_held(const void *assignment, size_t size, struct bfs_place **ret_places);

/* Calls `done` with the first group of the list, or the one that is not there. */
void bfs_describe_answer(const struct rd_kafka_group_list *list, const char *group, int err,
			 const struct bfs_why *why, bfs_group_fn *done, void *arg);

#endif
