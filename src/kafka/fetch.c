/* fetch.c - feeds from the outside: opening, commands, and which lane is whose.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "kafka/lane.h"

/* --- lanes ------------------------------------------------------------------------------------ */

static int lane_start(struct bfs_lane *l)
{
	char name[16];
	int err;

	if (l->joinable)
		pthread_join(l->thread, NULL); /* at its very end already */
	l->joinable = false;
	snprintf(name, sizeof(name), "lane-%d", l->number);
	err = bfs_thread_start(&l->thread, name, bfs_lane_run, l);
	l->alive = l->joinable = !err;
	return err;
}

/* The lane that has been idle longest. */
static struct bfs_lane *idle_lane(struct bfs_fetch *f)
{
	struct bfs_lane *best = NULL, *l;

	for (int i = 1; i < BFS_LANES; i++) {
		l = &f->lanes[i];
		if (l->alive && !l->feed && (!best || l->idle_since < best->idle_since))
			best = l;
	}
	return best;
}

static struct bfs_lane *cold_lane(struct bfs_fetch *f)
{
	for (int i = 1; i < BFS_LANES; i++)
		if (!f->lanes[i].alive)
			return &f->lanes[i];
	return NULL;
}

/* A lane just left still has a long poll in flight, which a fetch would have to wait out; a new one
 * is faster. */
bool bfs_feed_take_private(struct bfs_feed *d)
{
	struct bfs_fetch *f = d->fetch;
	struct bfs_lane *l = idle_lane(f), *cold = cold_lane(f);
	bool rested = l && bfs_clock_ms() - l->idle_since >= bfs_conf_fetch_wait(f->conf);

	if (!rested && cold && lane_start(cold) == 0)
		l = cold;
	if (!l)
		return false;
	l->feed = d;
	d->lane = l;
	return true;
}

void bfs_lane_release(struct bfs_lane *l)
{
	struct bfs_list *n = bfs_list_pop(&l->fetch->waiting);
	struct bfs_feed *d = l->feed;

	l->idle_since = bfs_clock_ms();
	if (!d->left_poll)
		l->idle_since -= bfs_conf_fetch_wait(l->fetch->conf);
	l->feed = NULL;
	if (!n)
		return;
	d = bfs_container(n, struct bfs_feed, queued);
	l->feed = d;
	d->lane = l;
	bfs_feed_post(d);
}

void bfs_feed_unwait(struct bfs_fetch *f, const struct bfs_feed *gone)
{
	struct bfs_list *n, *tmp;

	bfs_list_each(n, tmp, &f->waiting) {
		struct bfs_feed *d = bfs_container(n, struct bfs_feed, queued);

		if (d->partition != gone->partition || strcmp(d->topic, gone->topic) != 0)
			continue;
		bfs_list_del(n);
		bfs_feed_post(d);
		return;
	}
}

/* --- feeds ------------------------------------------------------------------------------------ */

void bfs_feed_post(struct bfs_feed *d)
{
	if (d->posted)
		return;
	d->posted = true;
	bfs_mailbox_post(&d->lane->mail, &d->letter);
}

struct bfs_feed *bfs_feed_open(struct bfs_fetch *f, const char *topic, int32_t partition,
			       bool headers, const struct bfs_sink *sink, void *owner)
{
	struct bfs_feed *d = bfs_zalloc(sizeof(*d));
	int err = 0;

	d->fetch = f;
	d->topic = bfs_strdup(topic);
	d->partition = partition;
	d->headers = headers;
	d->sink = sink;
	d->owner = owner;
	bfs_list_init(&d->peers);
	bfs_mutex_lock(&f->lock);
	/* The shared lane's thread must be there for what has no other; its handle can wait. */
	if (!f->lanes[0].alive)
		err = lane_start(&f->lanes[0]);
	if (!err)
		bfs_list_add(&f->feeds, &d->node);
	bfs_mutex_unlock(&f->lock);
	if (!err)
		return d;
	bfs_feed_free(d);
	errno = EMFILE;
	return NULL;
}

void bfs_feed_free(struct bfs_feed *d)
{
	free(d->topic);
	free(d);
}

void bfs_feed_start(struct bfs_feed *d, int64_t offset)
{
	struct bfs_fetch *f = d->fetch;

	bfs_mutex_lock(&f->lock);
	d->want_start = true;
	d->start_at = offset;
	d->want_adopt = d->want_resume = false;
	if (!d->lane && !bfs_feed_take_private(d))
		d->lane = &f->lanes[0];
	bfs_feed_post(d);
	bfs_mutex_unlock(&f->lock);
}

void bfs_feed_resume(struct bfs_feed *d)
{
	bfs_mutex_lock(&d->fetch->lock);
	d->want_resume = true;
	if (d->lane)
		bfs_feed_post(d);
	bfs_mutex_unlock(&d->fetch->lock);
}

void bfs_feed_close(struct bfs_feed *d)
{
	struct bfs_fetch *f = d->fetch;

	bfs_mutex_lock(&f->lock);
	d->want_close = true;
	if (!d->lane)
		d->lane = &f->lanes[0];
	bfs_feed_post(d);
	bfs_mutex_unlock(&f->lock);
}

/* --- life cycle ------------------------------------------------------------------------------- */

static int lane_init(struct bfs_lane *l, struct bfs_fetch *f, int number)
{
	l->fetch = f;
	l->number = number;
	bfs_list_init(&l->burst);
	l->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->wake < 0)
		return -errno;
	return bfs_mailbox_init(&l->mail);
}

static void lane_fini(struct bfs_lane *l)
{
	struct bfs_list letters;

	bfs_list_init(&letters);
	bfs_mailbox_take(&l->mail, &letters);
	while (bfs_list_pop(&letters))
		;
	bfs_mailbox_fini(&l->mail);
	close(l->wake);
}

struct bfs_fetch *bfs_fetch_new(const struct bfs_conf *conf, struct bfs_meta *meta,
				struct bfs_last_word *word, struct bfs_reaper *reaper,
				struct bfs_metrics *metrics)
{
	struct bfs_fetch *f = bfs_zalloc(sizeof(*f));

	f->conf = conf;
	f->meta = meta;
	f->word = word;
	f->reaper = reaper;
	f->metrics = metrics;
	bfs_list_init(&f->feeds);
	bfs_list_init(&f->waiting);
	for (int i = 0; i < BFS_LANES; i++) {
		if (!lane_init(&f->lanes[i], f, i))
			continue;
		while (i--)
			lane_fini(&f->lanes[i]);
		free(f);
		return NULL;
	}
	bfs_mutex_init(&f->lock, BFS_RANK_KAFKA);
	return f;
}

void bfs_fetch_free(struct bfs_fetch *f)
{
	struct bfs_list *n;
	bool joinable;

	if (!f)
		return;
	atomic_store(&f->quit, true);
	for (int i = 0; i < BFS_LANES; i++) {
		bfs_mutex_lock(&f->lock);
		joinable = f->lanes[i].joinable;
		bfs_mutex_unlock(&f->lock);
		bfs_mailbox_kick(&f->lanes[i].mail);
		if (joinable)
			pthread_join(f->lanes[i].thread, NULL);
	}
	for (int i = 0; i < BFS_LANES; i++)
		lane_fini(&f->lanes[i]);
	while ((n = bfs_list_pop(&f->feeds))) {
		struct bfs_feed *d = bfs_container(n, struct bfs_feed, node);

		d->sink->closed(d->owner);
		bfs_feed_free(d);
	}
	bfs_mutex_fini(&f->lock);
	free(f);
}
