/* begin.c - one partition as a file of bytes: where it begins, and where a fixed range ends.
 *
 * All that the range names is asked for at once: the log's ends, the committed offset, the offsets
 * of times. What no broker can tell, the place of the last n readable records (offsets have gaps),
 * is searched with the feed (core/search.h). So are times where the cluster does not know them.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "model/stream_inner.h"

#define INDEX_SPACING (64 * 1024)
#define INDEX_MAX     65536

enum { FROM, TO };

/* --- life ---------------------------------------------------------------------------- */

/* The partitions as one. */
static void merge(struct bfs_stream *s, int32_t partitions)
{
	const struct bfs_merge_config conf = {
		.merger = &s->all->merger,
		.cluster = s->all->cluster,
		.memory = s->all->options->memory,
		.sharers = &s->all->active,
		.topic = s->topic,
		.partitions = partitions,
		.headers = bfs_format_wants_headers(s->format),
		.range = s->range,
	};

	s->merge = bfs_merge_new(&conf);
	s->cluster = bfs_merge_cluster(s->merge);
	s->range = bfs_merge_range(&s->range);
}

struct bfs_stream *bfs_stream_new(struct bfs_streams *all, const char *group, const char *topic,
				  int32_t partitions, const struct bfs_name *name,
				  struct bfs_claim *claim, uint64_t ino)
{
	struct bfs_stream *s = bfs_zalloc(sizeof(*s));

	s->all = all;
	s->group = group;
	s->topic = bfs_strdup(topic);
	s->partition = name->partition;
	s->format = name->format;
	s->range = name->range;
	s->title = bfs_name_format(topic, name->partition);
	s->cluster = all->cluster;
	if (name->partition == BFS_ANY)
		merge(s, partitions);
	s->claim = claim ? bfs_claim_get(claim) : NULL;
	s->ino = ino;
	s->stop = s->sure = INT64_MAX;
	atomic_init(&s->refs, 1);
	atomic_init(&s->limit, bfs_stream_fixed(s) ? BFS_SMALL : BFS_PREFETCH);
	atomic_init(&s->dry, true);
	s->mtime = bfs_clock_wall_ms();
	s->began = bfs_clock_ms();
	bfs_mutex_init(&s->lock, BFS_RANK_STREAM);
	bfs_list_init(&s->opens);
	bfs_list_init(&s->completes);
	bfs_list_init(&s->pollers);
	bfs_list_init(&s->sizes);
	bfs_list_init(&s->reads);
	bfs_window_init(&s->window, &all->pool, 0, 0);
	bfs_index_init(&s->index, INDEX_SPACING, INDEX_MAX);
	return s;
}

struct bfs_stream *bfs_stream_get(struct bfs_stream *s)
{
	atomic_fetch_add(&s->refs, 1);
	return s;
}

void bfs_stream_put(struct bfs_stream *s)
{
	if (!s || atomic_fetch_sub(&s->refs, 1) != 1)
		return;
	bfs_window_fini(&s->window);
	bfs_index_fini(&s->index);
	bfs_mutex_fini(&s->lock);
	bfs_claim_put(s->claim);
	bfs_buf_fini(&s->scratch);
	bfs_merge_put(s->merge);
	free(s->title);
	free(s->topic);
	free(s);
}

/* --- what it shows ------------------------------------------------------------------- */

static const struct bfs_position *position(const struct bfs_stream *s, int which)
{
	return which == FROM ? &s->range.from : &s->range.to;
}

static bool uses(const struct bfs_stream *s, enum bfs_position_kind kind)
{
	return !bfs_range_consumes(&s->range) &&
	       (s->range.from.kind == kind || (bfs_stream_fixed(s) && s->range.to.kind == kind));
}

/* --- the beginning; under the lock --------------------------------------------------- */

/* Byte 0 is the record at `first` or the next one behind it; fetching begins at `start`. */
static void begin_at(struct bfs_stream *s, int64_t first, int64_t start)
{
	s->first = first;
	s->ahead = start;
	if (s->end < start)
		s->end = start;
	bfs_window_reset(&s->window, 0, start);
	s->edge = (struct bfs_mark){ 0, start };
	s->phase = STREAM_RUNNING;
}

/* Where a group begins that committed nothing. */
static int64_t start_option(const struct bfs_stream *s)
{
	return s->all->options->start == BFS_START_LATEST ? s->end : s->low;
}

static void begin_group(struct bfs_stream *s)
{
	int64_t first = s->found.offset;

	if (first == BFS_NO_OFFSET) {
		first = start_option(s);
	} else if (first < s->low) {
		bfs_warn("%s: %" PRId64 " records expired before group %s read them", s->title,
			 s->low - first, s->group);
		first = s->low;
	} else {
		s->probing = first > s->end;
	}
	if (first < s->least)
		first = s->least;
	begin_at(s, first, first);
}

/* Nobody has read here: what was taken in is dropped, and byte 0 is another record. */
static void begin_again_at(struct bfs_stream *s, int64_t offset)
{
	s->first = s->ahead = offset;
	if (s->end < offset)
		s->end = offset;
	s->doubt = true;
	s->size = s->base = s->shown = s->promised = s->told = 0;
	s->lay = s->laying = true;
	bfs_index_fini(&s->index);
}

bool bfs_stream_begin_behind(struct bfs_stream *s, int64_t offset)
{
	bool can;

	bfs_mutex_lock(&s->lock);
	can = s->phase == STREAM_STARTING ||
	      (s->phase == STREAM_RUNNING && !s->answered && !s->rebased &&
	       (offset == BFS_NO_OFFSET || s->first <= offset));
	if (can && offset > s->least)
		s->least = offset;
	if (can && s->phase == STREAM_RUNNING && s->first < offset)
		begin_again_at(s, offset);
	bfs_mutex_unlock(&s->lock);
	if (can)
		bfs_stream_settle(s);
	return can;
}

/* What lies outside the log is not there; what is back to front is empty. */
static void begin_view(struct bfs_stream *s)
{
	int64_t from = s->place[FROM], to = s->place[TO], start;

	if (from < s->low)
		from = s->low;
	start = from < s->end ? from : s->end;
	s->stop = INT64_MAX;
	if (bfs_stream_fixed(s)) {
		if (s->range.to.kind == BFS_AT_COUNT) {
			s->left = s->range.to.n;
			to = s->left ? s->end : start;
		}
		s->end = to < start ? start : to < s->end ? to : s->end;
		s->stop = s->end;
	}
	begin_at(s, from, start);
}

/* --- the search ---------------------------------------------------------------------- */

/* Fetches for the search. */
static void look_on(struct bfs_stream *s)
{
	int64_t start;

	bfs_mutex_lock(&s->lock);
	start = s->search.start;
	s->moving = s->feeding = true;
	s->target = (struct bfs_mark){ 0, start };
	bfs_mutex_unlock(&s->lock);
	bfs_stream_feed(s, start);
}

static void settle_places(struct bfs_stream *s);

static void found_place(struct bfs_stream *s)
{
	bfs_mutex_lock(&s->lock);
	s->place[s->sought] = s->search.place;
	s->searching = s->feeding = false;
	s->stale = true;
	bfs_mutex_unlock(&s->lock);
	settle_places(s);
}

static bool go_on(struct bfs_stream *s, enum bfs_search_state state)
{
	if (state == BFS_SEARCH_ANEW)
		look_on(s);
	else if (state == BFS_SEARCH_DONE)
		found_place(s);
	return state == BFS_SEARCH_ON;
}

bool bfs_stream_search_record(struct bfs_stream *s, const struct bfs_record *r)
{
	return go_on(s, bfs_search_record(&s->search, r->offset, r->timestamp));
}

void bfs_stream_search_end(struct bfs_stream *s, int64_t end)
{
	go_on(s, bfs_search_end(&s->search, end));
}

/* Under the lock: the next place to search for, if there is one. */
static bool plan_search(struct bfs_stream *s)
{
	for (int i = FROM; i <= TO; i++) {
		const struct bfs_position *p = position(s, i);

		if (s->place[i] != BFS_NO_OFFSET || (i == TO && !bfs_stream_fixed(s)))
			continue;
		if (p->kind == BFS_AT_TIME || p->kind == BFS_AT_AGO)
			bfs_search_time(&s->search, s->low, s->end,
					bfs_position_time(p, bfs_clock_wall_ms()));
		else if (p->kind == BFS_AT_LAST)
			bfs_search_last(&s->search, s->low, s->end, p->n);
		else
			continue;
		s->sought = i;
		return s->searching = true;
	}
	return false;
}

/* Begins the next search that is needed, or the session itself. */
static void settle_places(struct bfs_stream *s)
{
	bool search = false;

	bfs_mutex_lock(&s->lock);
	if (s->phase == STREAM_STARTING && !bfs_range_consumes(&s->range))
		search = plan_search(s);
	if (!search && s->phase == STREAM_STARTING) {
		if (bfs_range_consumes(&s->range))
			begin_group(s);
		else
			begin_view(s);
	}
	bfs_mutex_unlock(&s->lock);
	if (search)
		look_on(s);
	else
		bfs_stream_settle(s);
}

/* --- the questions ------------------------------------------------------------------- */

/* Under the lock: what was not asked for is known by now. */
static int64_t known_place(const struct bfs_stream *s, int which)
{
	switch (position(s, which)->kind) {
	case BFS_AT_OFFSET: return position(s, which)->n;
	case BFS_AT_EARLIEST: return s->low;
	case BFS_AT_LATEST: return s->end;
	case BFS_AT_COMMITTED:
		return s->found.offset == BFS_NO_OFFSET ? start_option(s) : s->found.offset;
	case BFS_AT_TIME:
	case BFS_AT_AGO:
		if (s->place[which] == BFS_NO_OFFSET && !s->cluster->finds_no_times)
			return s->end; /* none is that young */
		return s->place[which];
	case BFS_AT_LAST:
	case BFS_AT_COUNT: break;
	}
	return BFS_NO_OFFSET;
}

/* All answers are here. */
static void begin_session(struct bfs_stream *s)
{
	struct bfs_feed *feed = NULL;
	bool failed, over, beside;

	bfs_mutex_lock(&s->lock);
	failed = s->phase != STREAM_STARTING;
	beside = s->least > 0; /* what was found may be older than what the claim knows */
	bfs_mutex_unlock(&s->lock);
	if (!failed) {
		if (s->claim && !beside)
			bfs_claim_found(s->claim, &s->found);
		bfs_stream_get(s);
		feed = s->cluster->ops->feed_open(s->cluster, s->topic, s->partition,
						  bfs_format_wants_headers(s->format),
						  &bfs_stream_sink, s);
		if (!feed)
			bfs_stream_put(s);
	}
	bfs_mutex_lock(&s->lock);
	over = s->phase != STREAM_STARTING;
	if (feed && !over) {
		atomic_fetch_add(&s->all->active, 1);
		s->feed = feed;
		atomic_store(&s->feed_users, 1);
		for (int i = FROM; i <= TO && !s->claim; i++)
			s->place[i] = known_place(s, i);
	} else if (!feed && !failed) {
		bfs_stream_fail(s, -EMFILE, "too many partitions are being read");
	}
	bfs_mutex_unlock(&s->lock);
	if (feed && over) {
		atomic_fetch_add(&s->all->active, 1);
		s->cluster->ops->feed_close(feed);
	}
	settle_places(s);
}

/* Under the lock: true if it was the last question. */
static bool answered(struct bfs_stream *s, int err, const struct bfs_why *why)
{
	if (err)
		bfs_stream_fail(s, err, "%s", why && *why->text ? why->text : bfs_err_name(err));
	return --s->questions == 0;
}

static void got_committed(void *arg, int err, const struct bfs_why *why, const struct bfs_commit *c)
{
	struct bfs_stream *s = arg;
	bool last;

	bfs_mutex_lock(&s->lock);
	if (!err)
		s->found = *c;
	last = answered(s, err, why);
	bfs_mutex_unlock(&s->lock);
	if (last)
		begin_session(s);
	bfs_stream_put(s);
}

static void got_ends(void *arg, int err, const struct bfs_why *why, int64_t low, int64_t end)
{
	struct bfs_stream *s = arg;
	bool last;

	bfs_mutex_lock(&s->lock);
	if (!err) {
		s->low = low;
		s->high = s->end = end;
		s->end_learnt = bfs_clock_ms();
	}
	last = answered(s, err, why);
	bfs_mutex_unlock(&s->lock);
	if (last)
		begin_session(s);
	bfs_stream_put(s);
}

static void got_place(struct bfs_stream *s, int which, int err, const struct bfs_why *why,
		      int64_t offset)
{
	bool last;

	bfs_mutex_lock(&s->lock);
	if (!err)
		s->place[which] = offset;
	last = answered(s, err, why);
	bfs_mutex_unlock(&s->lock);
	if (last)
		begin_session(s);
	bfs_stream_put(s);
}

static void got_from(void *arg, int err, const struct bfs_why *why, int64_t offset)
{
	got_place(arg, FROM, err, why, offset);
}

static void got_to(void *arg, int err, const struct bfs_why *why, int64_t offset)
{
	got_place(arg, TO, err, why, offset);
}

static int64_t deadline(const struct bfs_stream *s)
{
	return bfs_clock_ms() + s->all->options->timeout_ms;
}

static bool ask_for_time(const struct bfs_stream *s, int which)
{
	enum bfs_position_kind kind = position(s, which)->kind;

	return !s->claim && !s->cluster->finds_no_times && (which == FROM || bfs_stream_fixed(s)) &&
	       (kind == BFS_AT_TIME || kind == BFS_AT_AGO);
}

static void ask_time(struct bfs_stream *s, int which)
{
	static bfs_offset_fn *const done[] = { got_from, got_to };
	struct bfs_cluster *c = s->cluster;

	c->ops->offset_at(c, s->topic, s->partition,
			  bfs_position_time(position(s, which), bfs_clock_wall_ms()), deadline(s),
			  done[which], bfs_stream_get(s));
}

/* Takes the reference of bfs_stream_start(). */
static void ask_positions(void *arg)
{
	struct bfs_stream *s = arg;
	struct bfs_cluster *c = s->cluster;
	bool committed = s->claim || uses(s, BFS_AT_COMMITTED);

	s->questions = 1 + committed + ask_for_time(s, FROM) + ask_for_time(s, TO);
	if (committed)
		c->ops->committed(c, s->group, s->topic, s->partition, deadline(s), got_committed,
				  bfs_stream_get(s));
	for (int i = FROM; i <= TO; i++)
		if (ask_for_time(s, i))
			ask_time(s, i);
	c->ops->ends(c, s->topic, s->partition, deadline(s), got_ends, s);
}

/* A log only grows, but for its beginning: if that has moved, or the topic was made anew, the fetch
 * says so, and then the questions are asked after all. */
void bfs_stream_trust(struct bfs_stream *s, int64_t low, int64_t high)
{
	bool within;

	bfs_mutex_lock(&s->lock);
	within = bfs_stream_fixed(s) && s->range.from.kind == BFS_AT_OFFSET &&
		 s->range.to.kind == BFS_AT_OFFSET && s->range.from.n >= low &&
		 s->range.from.n < s->range.to.n && s->range.to.n <= high && !s->merge;
	if (within) {
		s->trusting = true;
		s->low = low;
		s->high = s->end = high;
		s->end_learnt = bfs_clock_ms();
	}
	bfs_mutex_unlock(&s->lock);
}

bool bfs_stream_learnt(struct bfs_stream *s, int64_t *ret_low, int64_t *ret_high)
{
	bool known;

	bfs_mutex_lock(&s->lock);
	known = s->phase == STREAM_RUNNING && !s->probing;
	if (known) {
		*ret_low = s->low;
		*ret_high = s->high;
	}
	bfs_mutex_unlock(&s->lock);
	return known;
}

void bfs_stream_start(struct bfs_stream *s)
{
	s->questions = 1;
	s->found.offset = s->place[FROM] = s->place[TO] = BFS_NO_OFFSET;
	if (s->trusting) {
		s->questions = 0;
		begin_session(s);
		return;
	}
	bfs_stream_get(s);
	if (!s->claim) {
		ask_positions(s);
		return;
	}
	s->when_idle.start = ask_positions;
	s->when_idle.arg = s;
	bfs_claim_when_idle(s->claim, &s->when_idle);
}

/* --- once more: what it was to begin with is not in the log -------------------------- */

/* Under the lock. What is left of the unread comes first, whatever start= says. */
static void begin_group_anew(struct bfs_stream *s)
{
	int64_t was = s->first;

	s->end = s->high;
	bfs_index_fini(&s->index);
	s->first = was < s->low ? s->low : start_option(s);
	begin_at(s, s->first, s->first);
	bfs_claim_begin_anew(s->claim, s->first);
	bfs_warn("%s: committed offset %" PRId64 " of group %s is not in the log, "
		 "reading goes on at %" PRId64,
		 s->title, was, s->group, s->first);
}

/* Under the lock. */
static void begin_view_anew(struct bfs_stream *s)
{
	if (!s->size) {
		s->end = s->high;
		bfs_index_fini(&s->index);
		begin_view(s);
	} else if (s->high < s->stop) {
		s->end = s->stop = s->high > s->ahead ? s->high : s->ahead;
	}
}

/* Expired meanwhile, or the topic was made anew. (Or the end has fallen for a moment, behind a new
 * leader: it is not told until it has risen again, where the end in a fetch is [KIP-207].) */
static void got_log(void *arg, int err, const struct bfs_why *why, int64_t low, int64_t end)
{
	struct bfs_stream *s = arg;

	bfs_mutex_lock(&s->lock);
	answered(s, err, why);
	if (!err && s->phase == STREAM_RUNNING) {
		s->low = low;
		s->high = end;
		s->probing = s->feeding = false;
		if (s->claim)
			begin_group_anew(s);
		else
			begin_view_anew(s);
	}
	bfs_mutex_unlock(&s->lock);
	bfs_stream_settle(s);
	bfs_stream_put(s);
}

void bfs_stream_begin_anew(struct bfs_stream *s)
{
	struct bfs_cluster *c = s->cluster;

	bfs_stream_get(s);
	c->ops->ends(c, s->topic, s->partition, deadline(s), got_log, s);
}
