/* reader.c - one open-for-reading: what it returned, what that acknowledges.
 *
 * SPDX-License-Identifier: MIT */
#include "model/reader.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "core/extent.h"
#include "model/stream_inner.h"

struct bfs_reader {
	struct bfs_node *node;     /* counted */
	struct bfs_stream *stream; /* the node's */
	struct bfs_claim *claim;   /* the stream's; NULL of a view */
	bool acks;                 /* neither ack=never nor ro */
	enum bfs_ack ack;
	bool at_latest; /* start=latest: a session without a commit makes one */
	/* protected by the stream's lock */
	bool claimed, closed;
	struct bfs_extent seen;
	int64_t last_end;  /* byte behind the last one returned */
	size_t last_size;  /* what the last read asked for */
	int64_t last_read; /* clock ms */
	bool at_end;       /* the last read found the end */
	pid_t last_tid;
	int looks; /* stats by that thread since */
	struct bfs_users users;
	struct bfs_poller poller;
};

struct bfs_reader *bfs_reader_new(struct bfs_node *node, const struct bfs_options *options)
{
	struct bfs_reader *r = bfs_zalloc(sizeof(*r));

	r->node = bfs_node_get(node);
	r->stream = bfs_node_stream(node);
	r->claim = r->stream->claim;
	r->ack = options->ack;
	r->acks = r->claim && options->ack != BFS_ACK_NEVER && !options->ro;
	r->at_latest = options->start == BFS_START_LATEST;
	return r;
}

/* --- acknowledging; under the stream's lock
 * ------------------------------------------------------- */

/* The offset that reading up to `byte` acknowledges, or BFS_NO_OFFSET. */
static int64_t acknowledges(struct bfs_reader *r, int64_t byte)
{
	struct bfs_stream *s = r->stream;
	int64_t offset;

	if (!r->acks || !r->claimed)
		return BFS_NO_OFFSET;
	offset = bfs_stream_boundary(s, byte < r->seen.prefix ? byte : r->seen.prefix);
	if (offset > s->first ||
	    (offset == s->first && r->at_latest && s->found.offset == BFS_NO_OFFSET))
		return offset;
	return BFS_NO_OFFSET;
}

void bfs_reader_returned(struct bfs_ticket *t, int64_t off, size_t n)
{
	struct bfs_reader *r = t->handle;

	bfs_extent_add(&r->seen, off, off + (int64_t)n);
	r->last_end = off + (int64_t)n;
	r->last_read = bfs_clock_ms();
	r->at_end = bfs_stream_at_end(r->stream, r->last_end);
	r->looks = 0;
}

/* The handle reads no more: its session is over, the claim goes to whoever waits. */
static void end(struct bfs_reader *r)
{
	struct bfs_stream *s = r->stream;
	bool mine;

	bfs_stream_lock(s);
	mine = r->claimed && !r->closed;
	r->closed = r->closed || mine;
	bfs_stream_unlock(s);
	if (mine)
		bfs_node_end_session(r->node);
	bfs_claim_release(r->claim, r);
}

/* The group is not ours to read for now: the session is over, read or not. */
static void give_up(struct bfs_reader *r)
{
	bfs_stream_lock(r->stream);
	r->closed = true;
	bfs_stream_unlock(r->stream);
	bfs_node_end_session(r->node);
	bfs_claim_release(r->claim, r);
}

/* --- reading ------------------------------------------------------------------------- */

static void fail_read(struct bfs_reader *r, struct bfs_ticket *t, int err,
		      const struct bfs_why *why)
{
	bfs_node_set_error(r->node, why);
	bfs_answer_error(t, err);
}

static void fail_over(struct bfs_reader *r, struct bfs_ticket *t)
{
	struct bfs_why why;

	bfs_fail(&why, -ESTALE, "%s: this reading session has ended; open the file again",
		 r->stream->title);
	fail_read(r, t, -ESTALE, &why);
}

/* Never a silent prefix. */
static bool trusted_too_early(struct bfs_reader *r, const struct bfs_ticket *t)
{
	bool too_early;

	bfs_stream_lock(r->stream);
	too_early = t->off == r->last_end &&
		    bfs_stream_trusted_too_early(r->stream, t->off, t->size, r->last_size);
	r->last_size = t->size;
	bfs_stream_unlock(r->stream);
	return too_early;
}

static void read_stream(struct bfs_reader *r, struct bfs_ticket *t)
{
	struct bfs_why why;

	if (trusted_too_early(r, t)) {
		bfs_fail(&why, -ESTALE,
			 "%s/%s: there is more than the size that was known when it was asked for; "
			 "read to the end, or copy a fixed range: %d%s@committed..latest",
			 r->node->partition->topic, r->node->name, r->stream->partition,
			 bfs_format_suffix(r->stream->format));
		fail_read(r, t, -ESTALE, &why);
		return;
	}
	bfs_stream_read(r->stream, t, t->off, t->size, (unsigned)t->mark, r->node,
			&bfs_node_keeper);
}

/* Nothing to claim, nothing to acknowledge. */
static void read_view(struct bfs_reader *r, struct bfs_ticket *t)
{
	bool first;

	bfs_stream_lock(r->stream);
	first = !r->claimed;
	r->claimed = true;
	bfs_stream_unlock(r->stream);
	if (first)
		bfs_stream_refresh_end(r->stream);
	read_stream(r, t);
}

/* The claim is ours. */
static void read_on(struct bfs_ticket *t)
{
	struct bfs_reader *r = t->handle;
	struct bfs_stream *s = r->stream;
	struct bfs_why why = { "" };
	int64_t offset;
	bool first, over;
	int err;

	if (t->state) {
		if (t->state == -EBUSY)
			bfs_fail(&why, -EBUSY, "%s/%d: another handle is reading it for this group",
				 s->topic, s->partition);
		fail_read(r, t, t->state, &why);
		return;
	}
	err = bfs_claim_trouble(r->claim, &why);
	if (err) {
		give_up(r); /* a reopen begins where the group stands now */
		fail_read(r, t, err, &why);
		return;
	}
	bfs_stream_lock(s);
	over = s->phase == STREAM_OVER;
	first = !r->claimed;
	r->claimed = !over;
	if (!over)
		s->claimer = r;
	offset = acknowledges(r, t->off);
	bfs_stream_unlock(s);
	if (over) {
		bfs_claim_release(r->claim, r);
		fail_over(r, t);
		return;
	}
	if (first)
		bfs_stream_refresh_end(s);
	if (offset != BFS_NO_OFFSET)
		bfs_claim_ack(r->claim, r, offset);
	read_stream(r, t);
}

void bfs_reader_read(struct bfs_reader *r, struct bfs_ticket *t, int64_t off, size_t size,
		     unsigned how, pid_t pid)
{
	t->off = off;
	t->size = size;
	t->handle = r;
	t->state = 0;
	t->since = bfs_clock_ms();
	t->mark = how;
	if (!r->claim) {
		read_view(r, t);
		return;
	}
	t->again = read_on;
	bfs_stream_lock(r->stream);
	r->last_tid = pid;
	bfs_stream_unlock(r->stream);
	if (bfs_claim_take(r->claim, r))
		read_on(t);
	else if (bfs_stream_is_over(r->stream))
		fail_over(r, t); /* who has it now reads another session */
	else
		bfs_claim_wait(r->claim, t, r->node, &bfs_node_keeper);
}

void bfs_reader_used_by(struct bfs_reader *r, pid_t pid)
{
	bfs_stream_lock(r->stream);
	bfs_users_add(&r->users, pid);
	bfs_stream_unlock(r->stream);
}

/* ack=read: what a read returns is acknowledged with it. */
void bfs_reader_answering(struct bfs_ticket *t)
{
	struct bfs_reader *r = t->handle;
	int64_t offset;

	if (r->ack != BFS_ACK_READ)
		return;
	bfs_stream_lock(r->stream);
	offset = acknowledges(r, r->last_end);
	bfs_stream_unlock(r->stream);
	if (offset != BFS_NO_OFFSET)
		bfs_claim_ack(r->claim, r, offset);
}

void bfs_reader_failing(struct bfs_ticket *t, const struct bfs_why *why)
{
	struct bfs_reader *r = t->handle;

	bfs_node_set_error(r->node, why);
}

void bfs_reader_looked(struct bfs_stream *s, pid_t tid)
{
	struct bfs_reader *r;
	int64_t offset = BFS_NO_OFFSET;
	struct bfs_claim *claim = NULL;
	const void *holder;

	bfs_stream_lock(s);
	holder = r = s->claimer;
	if (r && r->ack == BFS_ACK_FOLLOW && r->at_end && tid == r->last_tid) {
		int64_t idle = bfs_clock_ms() - r->last_read;

		if (++r->looks >= 2 && idle >= BFS_IDLE_FOLLOWER) {
			offset = acknowledges(r, r->last_end);
			claim = bfs_claim_get(r->claim);
			r->looks = 0;
		}
	}
	bfs_stream_unlock(s);
	if (offset != BFS_NO_OFFSET)
		bfs_claim_ack(claim, holder, offset);
	bfs_claim_put(claim);
}

/* --- closing ------------------------------------------------------------------------- */

bool bfs_reader_claimed(struct bfs_reader *r)
{
	bool claimed;

	if (!r->claim)
		return false;

	bfs_stream_lock(r->stream);
	claimed = r->claimed && !r->closed;
	bfs_stream_unlock(r->stream);
	return claimed;
}

/* 1 yes, 0 no, -1 it can't be told. */
static int last_close(struct bfs_reader *r, const struct bfs_holders *holders, pid_t pid)
{
	struct bfs_users users;
	char name[BFS_NAME_MAX];
	int held;

	bfs_stream_lock(r->stream);
	users = r->users;
	bfs_stream_unlock(r->stream);
	snprintf(name, sizeof(name), "%s/%s", r->node->partition->topic, r->node->name);
	held = holders->held(holders->arg, r->node->st_ino, name, false, bfs_node_is_alone(r->node),
			     pid, users.pids, users.n);
	return held < 0 ? -1 : !held;
}

/* A process that has read, and sees what its close returns. */
static bool wants_to_know(struct bfs_reader *r, const struct bfs_holders *holders, pid_t pid)
{
	bool has;

	bfs_stream_lock(r->stream);
	has = bfs_users_has(&r->users, pid);
	bfs_stream_unlock(r->stream);
	return has && !(holders->leaving && holders->leaving(holders->arg, pid));
}

/* Who has read waits for what it acknowledged, also where another descriptor (perhaps of another
 * open file) is found, or none can be looked for: then the session ends with RELEASE. A child that
 * only inherited the descriptor does not wait. */
void bfs_reader_flush(struct bfs_reader *r, struct bfs_ticket *t, const struct bfs_holders *holders,
		      pid_t pid)
{
	int last = bfs_reader_claimed(r) ? last_close(r, holders, pid) : 0;

	if (last > 0)
		end(r);
	if (last || (bfs_reader_claimed(r) && wants_to_know(r, holders, pid)))
		bfs_claim_flush(r->claim, t, r->node, &bfs_node_keeper);
	else
		bfs_answer_error(t, 0);
}

void bfs_reader_close(struct bfs_reader *r, const struct bfs_holders *holders, pid_t pid)
{
	if (bfs_reader_claimed(r) && last_close(r, holders, pid) > 0)
		end(r);
}

bool bfs_reader_poll(struct bfs_reader *r, void *handle)
{
	int64_t at;

	bfs_stream_lock(r->stream);
	at = r->last_end;
	bfs_stream_unlock(r->stream);
	return bfs_stream_poll(r->stream, &r->poller, at, handle);
}

void bfs_reader_release(struct bfs_reader *r)
{
	bfs_stream_unpoll(r->stream, &r->poller);
	if (r->claim)
		end(r);
	bfs_node_drop_reader(r->node);
	bfs_node_put(r->node);
	free(r);
}
