/* reader.h - one open-for-reading: what it returned, what that acknowledges.
 *
 * Of a view: nothing of all this; it reads. Else the first read claims (group, topic, partition)
 * for this handle until it closes. A record is acknowledged when a later read on the handle starts
 * at or past its end (ack=next and follow), or when it is returned (ack=read); with ack=follow also
 * when the reader, having reached the end, only looks: the same thread stats the file twice, a
 * second or more after its last read, with no read in between (what an idle `tail -f` does).
 * Acknowledgement is contiguous: it never passes a byte that no read returned.
 *
 * A close is told as the last one by FLUSH, when no process that used the handle, nor the closing
 * one, nor an ancestor of it, still holds a descriptor of the file; else by RELEASE. Either ends
 * the session.
 *
 * Locks: the stream's protects a reader's fields.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_MODEL_READER_H
#define BFS_MODEL_READER_H

#include "model/fs.h"
#include "model/node.h"
#include "model/users.h"

#define BFS_IDLE_FOLLOWER 1000 /* ms without a read until looking acknowledges */

struct bfs_reader;

/* `node` must have been given one more reader (bfs_node_add_reader); the reader gives it back. */
struct bfs_reader *bfs_reader_new(struct bfs_node *node, const struct bfs_options *options);
void bfs_reader_release(struct bfs_reader *r);

void bfs_reader_read(struct bfs_reader *r, struct bfs_ticket *t, int64_t off, size_t size,
		     unsigned how, pid_t pid); /* BFS_READ_... */

/* A process that read through this handle, or may have given it to one. */
void bfs_reader_used_by(struct bfs_reader *r, pid_t pid);

/* Would a read behind the last one not wait? If it would, `handle` (or NULL) is told when it would
 * not; see kernel.h, wake. Takes the handle. */
bool bfs_reader_poll(struct bfs_reader *r, void *handle);

/* The last close of a handle that read: commits, ends the claim and the session, answers. Another
 * close answers at once. */
void bfs_reader_flush(struct bfs_reader *r, struct bfs_ticket *t, const struct bfs_holders *holders,
		      pid_t pid);

/* The same for a handle that is also open for writing, whose flush answers: commits and ends,
 * without waiting. */
void bfs_reader_close(struct bfs_reader *r, const struct bfs_holders *holders, pid_t pid);

/* Has a read of this handle claimed the partition? */
bool bfs_reader_claimed(struct bfs_reader *r);

/* Thread `tid` stats the file whose session this is. */
void bfs_reader_looked(struct bfs_stream *s, pid_t tid);

/* For struct bfs_streams. */
void bfs_reader_returned(struct bfs_ticket *t, int64_t off, size_t n);
void bfs_reader_answering(struct bfs_ticket *t);
void bfs_reader_failing(struct bfs_ticket *t, const struct bfs_why *why);

#endif
