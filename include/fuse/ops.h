/* ops.h - the kernel's requests, handed to the model.
 *
 * Adapters: each copies its arguments, makes a ticket, and calls one bfs_fs_ function. Whatever is
 * not in the table is answered ENOSYS by libfuse, which the kernel remembers and handles itself:
 * access, poll, flock, copy_file_range.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_FUSE_OPS_H
#define BFS_FUSE_OPS_H

#include "fuse/reply.h"

extern const struct fuse_lowlevel_ops bfs_fuse_ops; /* its userdata is a struct bfs_front */

#endif
