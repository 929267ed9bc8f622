/* feed_rig.h - a feed whose sink remembers what it saw.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_TESTS_UNIT_FEED_RIG_H
#define BFS_TESTS_UNIT_FEED_RIG_H

#include "tests/unit/kafka_rig.h"

/* What a feed's sink saw. Its functions run on the feed's lane; counters are read by the test. */
struct seen {
	atomic_int begins, records, dries, troubles, closes;
	atomic_long next;          /* offset expected next */
	atomic_long reached, high; /* the last end() of each kind, or -1 */
	atomic_int limit;          /* room: record() says false at this count */
	atomic_long enough;        /* dry() says false from this offset on */
	int err;
	struct bfs_why why;
	bool broken; /* an offset that does not rise, or a call after closed() */
	int64_t first_ms;
	char last[32];
	struct bfs_feed *feed;
};

static void on_begin(void *owner, int64_t offset)
{
	struct seen *s = owner;

	s->broken |= s->closes > 0;
	s->next = offset;
	s->begins++;
}

static bool on_record(void *owner, const struct bfs_record *r)
{
	struct seen *s = owner;
	size_t len = r->value_len < sizeof(s->last) ? r->value_len : sizeof(s->last) - 1;

	bfs_assert_unlocked();
	s->broken |= r->offset < s->next || s->closes > 0 || r->timestamp <= 0;
	s->next = r->offset + 1;
	memcpy(s->last, r->value, len);
	s->last[len] = '\0';
	if (!s->first_ms)
		s->first_ms = bfs_clock_ms();
	return atomic_fetch_add(&s->records, 1) + 1 != s->limit;
}

static bool on_dry(void *owner)
{
	struct seen *s = owner;

	s->dries++;
	return s->next < s->enough;
}

static void on_end(void *owner, int64_t end, bool reached)
{
	struct seen *s = owner;

	if (reached)
		s->reached = end;
	else
		s->high = end;
}

static void on_trouble(void *owner, int err, const struct bfs_why *why)
{
	struct seen *s = owner;

	s->err = err;
	s->why = *why;
	s->troubles++;
}

static void on_closed(void *owner)
{
	((struct seen *)owner)->closes++;
}

static const struct bfs_sink sink = { on_begin, on_record, on_dry, on_end, on_trouble, on_closed };

static void feed_open(struct seen *s, int32_t partition)
{
	*s = (struct seen){ .reached = -1, .high = -1, .limit = -1, .enough = INT32_MAX };
	s->feed = rig->ops->feed_open(rig, rig_topic, partition, false, &sink, s);
	ck_assert_ptr_nonnull(s->feed);
}

static void feed_from(struct seen *s, int32_t partition, int64_t offset)
{
	feed_open(s, partition);
	rig->ops->feed_start(s->feed, offset);
}

static void feed_close(struct seen *s)
{
	rig->ops->feed_close(s->feed);
	TEST_WAIT(s->closes == 1);
	ck_assert(!s->broken);
}

#endif
