/* report.c - a text that is made when it is asked for: its life, and what needs no question.
 *
 * SPDX-License-Identifier: MIT */
#include "model/report.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "model/cheat_sheet.h"
#include "model/report_inner.h"

/* --- texts --------------------------------------------------------------------------- */

struct bfs_text *bfs_text_new(struct bfs_buf *take)
{
	struct bfs_text *x = bfs_zalloc(sizeof(*x));

	atomic_init(&x->refs, 1);
	x->made = bfs_clock_ms();
	x->buf = *take;
	*take = (struct bfs_buf){ 0 };
	return x;
}

struct bfs_text *bfs_text_get(struct bfs_text *x)
{
	atomic_fetch_add(&x->refs, 1);
	return x;
}

void bfs_text_put(struct bfs_text *x)
{
	if (!x || atomic_fetch_sub(&x->refs, 1) != 1)
		return;
	bfs_buf_fini(&x->buf);
	free(x);
}

/* --- life ---------------------------------------------------------------------------- */

static void report_get(void *report)
{
	atomic_fetch_add(&((struct bfs_report *)report)->refs, 1);
}

static void report_put(void *report)
{
	struct bfs_report *r = report;

	if (atomic_fetch_sub(&r->refs, 1) != 1)
		return;
	for (size_t i = 0; i < r->n_rows; i++)
		free(r->rows[i].topic);
	free(r->rows);
	bfs_snapshot_put(r->snapshot);
	free(r->word);
	bfs_buf_fini(&r->text);
	bfs_mutex_fini(&r->lock);
	bfs_node_put(r->node);
	free(r);
}

static const struct bfs_keeper keeper = { report_get, report_put };

int64_t bfs_report_deadline(struct bfs_fs *fs)
{
	int64_t now = bfs_clock_ms(), last, patience = BFS_REPORT_HASTY;

	if (!atomic_load(&fs->silent))
		return now + fs->options->timeout_ms;
	last = atomic_load(&fs->probed);
	if (now - last >= BFS_REPORT_PROBE &&
	    atomic_compare_exchange_strong(&fs->probed, &last, now))
		patience = BFS_REPORT_IMPATIENT;
	if (patience > fs->options->timeout_ms)
		patience = fs->options->timeout_ms;
	return now + patience;
}

/* With what was known last, where there is something. */
static struct bfs_text *last_known(struct bfs_report *r)
{
	struct bfs_text *last = r->keep ? bfs_node_text(r->node) : NULL, *text;
	struct bfs_buf b = { 0 };

	if (!last)
		return NULL;
	bfs_buf_printf(&b, "# %lld s old: %s\n", (long long)(bfs_clock_ms() - last->made) / 1000,
		       *r->why.text ? r->why.text : bfs_err_name(r->err));
	bfs_buf_append(&b, last->buf.data, last->buf.len);
	text = bfs_text_new(&b);
	bfs_text_put(last);
	return text;
}

/* All answers are there. */
static void finish(struct bfs_report *r)
{
	struct bfs_text *text;
	struct bfs_ticket *t;

	if (!r->err && r->print)
		r->print(r); /* which may find that it can't */
	if (!r->err) {
		text = bfs_text_new(&r->text);
		if (r->keep)
			bfs_node_set_text(r->node, text);
	} else {
		text = last_known(r);
	}
	bfs_mutex_lock(&r->lock);
	t = bfs_ticket_pop(&r->waiting);
	bfs_mutex_unlock(&r->lock);
	if (t)
		r->ready(t, text, text ? 0 : r->err, &r->why);
	else
		bfs_text_put(text);
}

void bfs_report_asks(struct bfs_report *r)
{
	report_get(r);
	bfs_mutex_lock(&r->lock);
	r->pending++;
	bfs_mutex_unlock(&r->lock);
}

void bfs_report_answered(struct bfs_report *r, int err, const struct bfs_why *why)
{
	bool last;

	bfs_mutex_lock(&r->lock);
	if (err && !r->err) {
		r->err = err;
		r->why = why ? *why : (struct bfs_why){ "" };
	}
	last = !--r->pending;
	bfs_mutex_unlock(&r->lock);
	if (last)
		finish(r);
	report_put(r);
}

static void cancel(struct bfs_ticket *t, void *place, int err)
{
	struct bfs_report *r = place;
	struct bfs_why none = { "" };
	bool mine;

	bfs_mutex_lock(&r->lock);
	mine = bfs_ticket_claim(t, r, err);
	bfs_mutex_unlock(&r->lock);
	if (mine)
		r->ready(t, NULL, err, &none);
}

static struct bfs_report *report_new(struct bfs_fs *fs, struct bfs_node *n,
				     bfs_report_ready_fn *ready)
{
	struct bfs_report *r = bfs_zalloc(sizeof(*r));

	r->fs = fs;
	r->node = bfs_node_get(n);
	r->deadline = bfs_report_deadline(fs);
	r->ready = ready;
	r->pending = 1;
	atomic_init(&r->refs, 1);
	bfs_mutex_init(&r->lock, BFS_RANK_REPORT);
	bfs_list_init(&r->waiting);
	return r;
}

static void start(struct bfs_report *r, bfs_report_fn *ask, struct bfs_ticket *t)
{
	struct bfs_why none = { "" };
	bool parked;

	bfs_ticket_arm(t, r->fs->clerk, BFS_NEVER, cancel, r, r, &keeper);
	bfs_mutex_lock(&r->lock);
	parked = bfs_ticket_park(t, &r->waiting);
	bfs_mutex_unlock(&r->lock);
	if (!parked) {
		r->ready(t, NULL, t->cancelled, &none);
		report_put(r);
		return;
	}
	ask(r);
	bfs_report_answered(r, 0, NULL);
}

void bfs_report_start(struct bfs_fs *fs, struct bfs_node *n, bfs_report_fn *ask,
		      struct bfs_ticket *t, bfs_report_ready_fn *ready)
{
	struct bfs_report *r = report_new(fs, n, ready);

	r->keep = true;
	start(r, ask, t);
}

void bfs_report_attribute(struct bfs_fs *fs, struct bfs_node *n, bfs_report_fn *ask,
			  const char *word, struct bfs_ticket *t, bfs_report_ready_fn *ready)
{
	struct bfs_report *r = report_new(fs, n, ready);

	r->word = bfs_strdup(word);
	start(r, ask, t);
}

/* --- rows ---------------------------------------------------------------------------- */

void bfs_report_rows(struct bfs_report *r, size_t n)
{
	r->rows = bfs_zalloc((n + 1) * sizeof(*r->rows));
	r->n_rows = n;
	for (size_t i = 0; i < n; i++) {
		r->rows[i].report = r;
		r->rows[i].committed = r->rows[i].low = r->rows[i].end = BFS_NO_OFFSET;
	}
}

static void got_ends(void *arg, int err, const struct bfs_why *why, int64_t low, int64_t end)
{
	struct bfs_row *row = arg;

	(void)why;
	row->late = err == -ETIMEDOUT;
	atomic_store(&row->report->fs->silent, row->late);
	if (!err) {
		row->low = low;
		row->end = end;
	}
	bfs_report_answered(row->report, 0, NULL);
}

void bfs_report_ask_ends(struct bfs_row *row)
{
	struct bfs_report *r = row->report;
	struct bfs_cluster *c = r->fs->cluster;

	bfs_report_asks(r);
	c->ops->ends(c, row->topic, row->partition, r->deadline, got_ends, row);
}

/* --- what needs no question ---------------------------------------------------------- */

static void readme(struct bfs_report *r)
{
	bfs_buf_printf(&r->text, "%s", bfs_cheat_sheet);
}

static void config(struct bfs_report *r)
{
	bfs_options_show(r->fs->options, &r->text);
}

static void log_lines(struct bfs_report *r)
{
	bfs_log_copy(&r->text);
}

static void create(struct bfs_report *r)
{
	bfs_buf_printf(&r->text, "# echo TOPIC[:PARTITIONS[:REPLICAS]] >create\n");
}

bfs_report_fn *bfs_report_of(const struct bfs_node *n)
{
	switch (n->control) {
	case BFS_CONTROL_README: return readme;
	case BFS_CONTROL_CONFIG: return config;
	case BFS_CONTROL_LOG: return log_lines;
	case BFS_CONTROL_CREATE: return create;
	case BFS_CONTROL_BROKERS: return bfs_report_brokers;
	case BFS_CONTROL_TOPICS: return bfs_report_topics;
	case BFS_CONTROL_METRICS: return bfs_report_metrics;
	case BFS_CONTROL_LAG:
	case BFS_CONTROL_GROUP_LAG: return bfs_report_lag;
	case BFS_CONTROL_STATE: return bfs_report_state;
	case BFS_CONTROL_MEMBERS: return bfs_report_members;
	case BFS_CONTROL_OFFSET:
		return n->about == BFS_ANY ? bfs_report_offsets : bfs_report_offset;
	default: return NULL;
	}
}
