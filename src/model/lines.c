/* lines.c - one open-for-write: its bytes to records, and those to the producer.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "core/parse.h"
#include "model/writer_inner.h"

#define BATCH        512   /* records handed to the producer in one call */
#define QUOTED       60    /* bytes of a bad line that are shown */
#define SMALL        4096  /* bytes of a write that may be gathered, */
#define GATHERED_MAX 65536 /* and of all that are */

/* The lines of a feed that are handed over together. */
struct batch {
	int n;
	struct bfs_record records[BATCH];
	struct bfs_parsed
		parsed[BATCH]; /* what the records point into; only where lines are JSON */
	size_t begins[BATCH];  /* where in the feed their lines begin */
	bool own; /* the one line was put together in the frame's own buffer: it is not taken yet */
	int stop; /* why there is no next line: 0 the feed is used up, else -errno */
	size_t stopped; /* where that one begins */
};

void bfs_lines_init(struct bfs_writer *w)
{
	struct bfs_cluster *c = w->out->all->cluster;

	bfs_frame_init(&w->frame, bfs_parse_line_max(w->format, c->ops->message_max(c)));
	w->frame.whole = w->format == BFS_FORMAT_RAW;
}

/* --- what is refused -------------------------------------------------------------------------- */

static void refuse_long(struct bfs_writer *w, struct bfs_handed *h)
{
	struct bfs_cluster *c = w->out->all->cluster;

	h->err = bfs_fail(&h->why, -EMSGSIZE,
			  "%s%s: %s is longer than %zu bytes; "
			  "the longest message has %zu (message.max.bytes)",
			  w->out->name, bfs_format_suffix(w->format),
			  w->frame.whole ? "the message" : "a line", w->frame.max,
			  c->ops->message_max(c));
}

/* The beginning of a line as text: what moves a terminal's cursor is written out. */
static void quote(const struct bfs_line *line, char ret[QUOTED * 4 + 4])
{
	size_t len = line->len < QUOTED ? line->len : QUOTED;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)line->data[i];

		if (c < ' ' || c == 0x7f)
			ret += sprintf(ret, "\\x%02x", c);
		else
			*ret++ = (char)c;
	}
	strcpy(ret, len < line->len ? "..." : "");
}

static int parse(const struct bfs_writer *w, const struct bfs_line *line, struct bfs_parsed *ret,
		 struct bfs_why *ret_why)
{
	struct bfs_why why;
	char quoted[QUOTED * 4 + 4];
	int err = bfs_parse(w->format, line->data, line->len, ret, &why);

	if (!err)
		return 0;
	quote(line, quoted);
	bfs_fail(ret_why, err, "%s%s: '%s': %s", w->out->name, bfs_format_suffix(w->format), quoted,
		 why.text);
	bfs_warn("%s", ret_why->text);
	return err;
}

/* --- handing over ----------------------------------------------------------------------------- */

static void forget(const struct bfs_writer *w, struct batch *b)
{
	for (int i = 0; w->format == BFS_FORMAT_JSON && i < b->n; i++)
		bfs_parsed_fini(&b->parsed[i]);
}

/* Collects complete lines as records. A line that was put together from earlier writes lies in the
 * frame's own buffer: it goes alone. */
static void collect(struct bfs_writer *w, struct batch *b, struct bfs_why *ret_why)
{
	struct bfs_frame *f = &w->frame;
	struct bfs_line line;
	int r;

	b->own = bfs_frame_pending(f);
	b->stop = 0;
	for (b->n = 0; b->n < BATCH;) {
		struct bfs_parsed *p = &b->parsed[b->n];

		b->stopped = bfs_frame_used(f);
		r = bfs_frame_next(f, &line);
		b->stop = r == 1 ? parse(w, &line, p, ret_why) : r;
		if (r != 1 || b->stop)
			return;
		b->records[b->n] = p->record;
		b->begins[b->n] = b->stopped;
		b->n++;
		if (b->own)
			return;
		bfs_frame_taken(f);
	}
}

/* The producer did not take record `from`: the feed is given back from its line on. One that it
 * will never take is refused as a whole, with what earlier writes had brought of it. */
static void give_back(struct bfs_writer *w, const struct batch *b, int from, struct bfs_handed *h)
{
	h->used = b->begins[from];
	bfs_frame_abandon(&w->frame);
	if (!b->own || h->err == -EMSGSIZE)
		bfs_frame_drop(&w->frame);
}

/* The next line is too long, or says no record, and was not taken. What a write was refused was not
 * written, so it leaves no trace; but if earlier writes had brought the beginning of a long line,
 * the rest of it is refused too, and so is all that comes behind a long message. */
static void refuse(struct bfs_writer *w, const struct batch *b, struct bfs_handed *h)
{
	bool begun_before = b->own && !b->n;

	h->used = b->stopped;
	h->err = b->stop;
	if (b->stop == -EMSGSIZE)
		refuse_long(w, h);
	bfs_frame_abandon(&w->frame);
	if (b->stop != -EMSGSIZE || (!begun_before && !w->frame.whole))
		bfs_frame_drop(&w->frame);
}

static void count(struct bfs_handed *h, const struct bfs_record *r)
{
	h->records++;
	h->record_bytes += r->key_len + r->value_len + BFS_RECORD_COST;
	for (size_t i = 0; i < r->n_headers; i++)
		h->record_bytes += strlen(r->headers[i].name) + r->headers[i].value_len;
}

/* True if there is more to collect. */
static bool hand_batch(struct bfs_writer *w, struct bfs_parcel *p, struct batch *b,
		       struct bfs_handed *h)
{
	struct bfs_cluster *c = w->out->all->cluster;
	int took = 0;

	if (b->n)
		took = c->ops->produce(w->out->outlet, b->records, b->n, p, &h->why);
	for (int i = 0; i < took; i++)
		count(h, &b->records[i]);
	if (took < b->n) {
		h->err = took < 0 ? took : -EAGAIN;
		give_back(w, b, took > 0 ? took : 0, h);
		return false;
	}
	if (b->n && b->own)
		bfs_frame_taken(&w->frame);
	if (b->stop)
		refuse(w, b, h);
	else if (!b->n)
		h->used = bfs_frame_used(&w->frame);
	return !b->stop && b->n;
}

/* The feed's complete lines. */
static void hand_feed(struct bfs_writer *w, struct bfs_parcel *p, struct bfs_handed *ret)
{
	struct batch b;
	bool more = true;

	while (more) {
		collect(w, &b, &ret->why);
		more = hand_batch(w, p, &b, ret);
		forget(w, &b);
	}
}

/* --- gathering -------------------------------------------------------------------------------- */

bool bfs_lines_gather(struct bfs_writer *w, const char *data, size_t len)
{
	bool soon = w->gathered.len || bfs_clock_ms() - w->handed < BFS_GATHER;

	if (!soon || w->format != BFS_FORMAT_PLAIN || !len || data[len - 1] != '\n' ||
	    len > SMALL || len > w->frame.max || w->gathered.len + len > GATHERED_MAX ||
	    bfs_frame_pending(&w->frame) || w->frame.skipping)
		return false;
	bfs_buf_append(&w->gathered, data, len);
	return true;
}

bool bfs_lines_hand_gathered(struct bfs_writer *w, struct bfs_parcel *p, struct bfs_handed *ret)
{
	struct bfs_handed h = { .err = 0 };

	w->handed = bfs_clock_ms();
	if (!w->gathered.len)
		return true;
	bfs_frame_feed(&w->frame, w->gathered.data, w->gathered.len);
	hand_feed(w, p, &h);
	ret->records += h.records;
	ret->record_bytes += h.record_bytes;
	if (h.err == -EAGAIN) {
		ret->err = h.err;
		ret->why = h.why;
		w->gathered.len -= h.used;
		memmove(w->gathered.data, w->gathered.data + h.used, w->gathered.len);
		return false;
	}
	ret->lost = h.err;
	ret->lost_why = h.why;
	w->gathered.len = 0;
	return true;
}

void bfs_lines_hand(struct bfs_writer *w, struct bfs_parcel *p, const char *data, size_t len,
		    struct bfs_handed *ret)
{
	if (!bfs_lines_hand_gathered(w, p, ret))
		return;
	if (w->frame.skipping) {
		refuse_long(w, ret);
		w->frame.skipping = w->frame.whole || !memchr(data, '\n', len);
		return;
	}
	bfs_frame_feed(&w->frame, data, len);
	hand_feed(w, p, ret);
}

void bfs_lines_hand_rest(struct bfs_writer *w, struct bfs_parcel *p, struct bfs_handed *ret)
{
	struct bfs_cluster *c = w->out->all->cluster;
	struct bfs_parsed parsed;
	struct bfs_line line;
	int took;

	if (!bfs_lines_hand_gathered(w, p, ret))
		return;
	if (bfs_frame_rest(&w->frame, &line)) {
		ret->err = parse(w, &line, &parsed, &ret->why);
		if (!ret->err) {
			took = c->ops->produce(w->out->outlet, &parsed.record, 1, p, &ret->why);
			ret->err = took < 0 ? took : 0;
			if (took == 1)
				count(ret, &parsed.record);
			bfs_parsed_fini(&parsed);
		}
	}
	if (ret->err != -EAGAIN)
		bfs_frame_drop(
			&w->frame); /* if it failed, so does the close: never send it later */
}
