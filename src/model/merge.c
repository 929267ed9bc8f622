/* merge.c - a topic's partitions as one: life, the thread, and what the stream asks.
 *
 * SPDX-License-Identifier: MIT */
#include "model/merge.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "base/buf.h"
#include "model/merge_inner.h"

#define TURN 4096 /* steps for one merge while others wait */

/* --- the thread ---------------------------------------------------------------------- */

void bfs_merge_kick(struct bfs_merge *m)
{
	if (m->posted)
		return;
	m->posted = true;
	bfs_merge_get(m);
	bfs_mailbox_post(&m->conf.merger->mail, &m->letter);
}

/* Answers the stream's question, if it can be. */
static bool answer(struct bfs_merge *m)
{
	bfs_ends_fn *done;
	struct bfs_why why;
	int64_t end;
	void *arg;
	int err;

	bfs_mutex_lock(&m->lock);
	if (m->asked && !m->missing && (m->stopped || m->cut) && !m->ask_err)
		m->ask_err = bfs_fail(&m->ask_why, -ENODEV, "%s/any: no more", m->topic);
	if (!m->asked || m->missing || !bfs_merge_find_places(m)) {
		bfs_mutex_unlock(&m->lock);
		return false;
	}
	m->asked = false;
	done = m->done;
	arg = m->done_arg;
	err = m->ask_err;
	why = m->ask_why;
	end = err ? 0 : bfs_merge_end(m);
	bfs_mutex_unlock(&m->lock);
	done(arg, err, &why, 0, end);
	return true;
}

static void serve(struct bfs_merge *m)
{
	int left = TURN;

	bfs_mutex_lock(&m->lock);
	m->posted = false;
	bfs_mutex_unlock(&m->lock);
	while (left > 0 && (answer(m) || bfs_merge_run(m)))
		left--;
	if (left > 0)
		return;
	bfs_mutex_lock(&m->lock);
	bfs_merge_kick(m);
	bfs_mutex_unlock(&m->lock);
}

static bool serve_mail(struct bfs_merger *r)
{
	struct bfs_list letters, *n;
	bool any = false;

	bfs_list_init(&letters);
	bfs_mailbox_take(&r->mail, &letters);
	while ((n = bfs_list_pop(&letters))) {
		struct bfs_merge *m = bfs_container(n, struct bfs_merge, letter);

		serve(m);
		bfs_merge_put(m);
		any = true;
	}
	return any;
}

static void *run(void *arg)
{
	struct bfs_merger *r = arg;
	struct pollfd p = { .fd = r->mail.fd, .events = POLLIN };

	while (!atomic_load(&r->quit)) {
		poll(&p, 1, -1);
		serve_mail(r);
	}
	return NULL;
}

int bfs_merger_init(struct bfs_merger *r)
{
	int err = bfs_mailbox_init(&r->mail);

	if (err)
		return err;
	atomic_init(&r->quit, false);
	err = bfs_thread_start(&r->thread, "merger", run, r);
	if (err)
		bfs_mailbox_fini(&r->mail);
	return err;
}

void bfs_merger_fini(struct bfs_merger *r)
{
	atomic_store(&r->quit, true);
	bfs_mailbox_kick(&r->mail);
	pthread_join(r->thread, NULL);
	while (serve_mail(r))
		;
	bfs_mailbox_fini(&r->mail);
}

/* --- what the stream asks ------------------------------------------------------------ */

static struct bfs_merge *of_cluster(struct bfs_cluster *c)
{
	return bfs_container(c, struct bfs_merge, cluster);
}

/* There is one feed, so the merge itself stands for it. */
static struct bfs_merge *of_feed(struct bfs_feed *f)
{
	return (struct bfs_merge *)(void *)f;
}

static void ends(struct bfs_cluster *c, const char *topic, int32_t partition, int64_t deadline,
		 bfs_ends_fn *done, void *arg)
{
	struct bfs_merge *m = of_cluster(c);

	(void)topic, (void)partition;
	bfs_mutex_lock(&m->lock);
	assert(!m->asked);
	m->asked = true;
	m->done = done;
	m->done_arg = arg;
	m->ask_err = 0;
	bfs_mutex_unlock(&m->lock);
	bfs_merge_ask(m, deadline);
}

static struct bfs_feed *feed_open(struct bfs_cluster *c, const char *topic, int32_t partition,
				  bool headers, const struct bfs_sink *sink, void *owner)
{
	struct bfs_merge *m = of_cluster(c);

	(void)topic, (void)partition, (void)headers;
	bfs_mutex_lock(&m->lock);
	m->sink = sink;
	m->owner = owner;
	bfs_mutex_unlock(&m->lock);
	return (struct bfs_feed *)(void *)m;
}

static void feed_start(struct bfs_feed *f, int64_t offset)
{
	struct bfs_merge *m = of_feed(f);

	bfs_mutex_lock(&m->lock);
	m->running = m->full = m->end_news = false;
	m->gap = m->fixed;
	m->err = 0;
	m->told_hint = -1;
	m->begins = true;
	m->start = offset;
	if (bfs_trail_back(&m->trail, offset, &m->walk))
		bfs_merge_start(m);
	else
		m->err = bfs_fail(&m->why, -ESTALE, "the order of arrival is remembered no more");
	bfs_merge_kick(m);
	bfs_mutex_unlock(&m->lock);
}

static void feed_resume(struct bfs_feed *f)
{
	struct bfs_merge *m = of_feed(f);

	bfs_mutex_lock(&m->lock);
	m->full = false;
	m->resumes++;
	bfs_merge_kick(m);
	bfs_mutex_unlock(&m->lock);
}

void bfs_merge_stop(struct bfs_merge *m)
{
	bfs_mutex_lock(&m->lock);
	if (!m->stopped) {
		m->stopped = true;
		bfs_merge_close_feeds(m);
		bfs_merge_kick(m);
	}
	bfs_mutex_unlock(&m->lock);
}

static void feed_close(struct bfs_feed *f)
{
	struct bfs_merge *m = of_feed(f);

	bfs_merge_stop(m);
	bfs_mutex_lock(&m->lock);
	m->closing = true;
	bfs_merge_kick(m);
	bfs_mutex_unlock(&m->lock);
}

static const struct bfs_cluster_ops ops = {
	.ends = ends,
	.feed_open = feed_open,
	.feed_start = feed_start,
	.feed_resume = feed_resume,
	.feed_close = feed_close,
};

struct bfs_cluster *bfs_merge_cluster(struct bfs_merge *m)
{
	return &m->cluster;
}

struct bfs_range bfs_merge_range(const struct bfs_range *r)
{
	struct bfs_range merged = { .kind = r->kind, .from.kind = BFS_AT_EARLIEST };

	if (r->kind == BFS_RANGE_FIXED)
		merged.to = r->to.kind == BFS_AT_COUNT
				    ? r->to
				    : (struct bfs_position){ .kind = BFS_AT_LATEST };
	return merged;
}

/* --- life ---------------------------------------------------------------------------- */

struct bfs_merge *bfs_merge_new(const struct bfs_merge_config *conf)
{
	struct bfs_merge *m = bfs_zalloc(sizeof(*m));

	m->cluster.ops = &ops;
	m->conf = *conf;
	m->conf.topic = m->topic = bfs_strdup(conf->topic);
	m->fixed = conf->range.kind == BFS_RANGE_FIXED;
	atomic_init(&m->refs, 1);
	bfs_mutex_init(&m->lock, BFS_RANK_MERGE);
	m->lanes = bfs_zalloc((size_t)conf->partitions * sizeof(*m->lanes));
	m->walk.next = bfs_zalloc((size_t)conf->partitions * sizeof(int64_t));
	for (int32_t i = 0; i < conf->partitions; i++) {
		m->lanes[i].merge = m;
		m->lanes[i].partition = i;
		m->lanes[i].deaf = true;
		bfs_list_init(&m->lanes[i].queue);
	}
	return m;
}

struct bfs_merge *bfs_merge_get(struct bfs_merge *m)
{
	atomic_fetch_add(&m->refs, 1);
	return m;
}

void bfs_merge_put(struct bfs_merge *m)
{
	if (!m || atomic_fetch_sub(&m->refs, 1) != 1)
		return;
	for (int32_t i = 0; i < m->conf.partitions; i++)
		bfs_merge_drop_queue(&m->lanes[i]);
	bfs_trail_fini(&m->trail);
	bfs_mutex_fini(&m->lock);
	free(m->walk.next);
	free(m->lanes);
	free(m->topic);
	free(m);
}
