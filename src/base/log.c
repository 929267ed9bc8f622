/* log.c - levelled, rate-limited log, whose last lines are kept.
 *
 * SPDX-License-Identifier: MIT */
#include "base/log.h"

#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/sync.h"

#define KEPT       1000 /* lines in the ring */
#define LONGEST    1000 /* bytes of a line; the rest is cut */
#define PER_SECOND 10

static const struct {
	const char *word;   /* in the ring */
	const char *prefix; /* on stderr */
	int priority;       /* for syslog */
} levels[] = {
	[BFS_LOG_ERROR] = { "error", "error: ", LOG_ERR },
	[BFS_LOG_WARN] = { "warning", "warning: ", LOG_WARNING },
	[BFS_LOG_INFO] = { "info", "", LOG_INFO },
	[BFS_LOG_DEBUG] = { "debug", "debug: ", LOG_DEBUG },
};

struct mask {
	struct mask *next;
	size_t len;
	char text[];
};

static _Atomic int most = BFS_LOG_INFO;
static _Atomic bool background;

static struct bfs_mutex lock = { PTHREAD_MUTEX_INITIALIZER, BFS_RANK_LOG };
static struct {
	int64_t wall_ms;
	enum bfs_level level;
	char *text;
} ring[KEPT];          /* protected by lock */
static size_t written; /* lines ever; the next goes to ring[written % KEPT]; protected by lock */
static struct mask *masks; /* longest first; protected by lock */

void bfs_log_level(enum bfs_level level)
{
	atomic_store(&most, (int)level);
}

void bfs_log_to_syslog(const char *ident)
{
	static char kept[64]; /* openlog() keeps the pointer */

	snprintf(kept, sizeof(kept), "%s", ident);
	openlog(kept, LOG_PID, LOG_DAEMON);
	atomic_store(&background, true);
}

/* Longest first, so that a secret which holds another is masked whole. */
void bfs_log_mask(const char *text)
{
	size_t len = strlen(text);
	struct mask *m, **at;

	if (!len)
		return;
	m = bfs_alloc(sizeof(*m) + len + 1);
	m->len = len;
	memcpy(m->text, text, len + 1);
	bfs_mutex_lock(&lock);
	for (at = &masks; *at && (*at)->len >= len; at = &(*at)->next)
		;
	m->next = *at;
	*at = m;
	bfs_mutex_unlock(&lock);
}

/* Under the lock: takes every secret out of the text. */
static void hide(struct bfs_buf *b)
{
	const struct mask *m;

	for (m = masks; m; m = m->next) {
		struct bfs_buf clean = { 0 };
		size_t from = 0;
		char *hit;

		while ((hit = memmem(b->data + from, b->len - from, m->text, m->len))) {
			size_t at = (size_t)(hit - b->data);

			bfs_buf_append(&clean, b->data + from, at - from);
			bfs_buf_append(&clean, "***", 3);
			from = at + m->len;
		}
		bfs_buf_append(&clean, b->data + from, b->len - from);
		bfs_buf_fini(b);
		*b = clean;
	}
}

/* Under the lock: one line, whatever others sent us; cut last, so that no half of a secret stays.
 */
static char *tidy(struct bfs_buf *b, unsigned left_out)
{
	char *text;
	size_t i;

	if (b->len)
		hide(b);
	if (b->len > LONGEST)
		b->len = LONGEST;
	if (left_out)
		bfs_buf_printf(b, " (%u more like this left out)", left_out);
	text = bfs_alloc(b->len + 1);
	for (i = 0; i < b->len; i++) {
		unsigned char c = (unsigned char)b->data[i];

		text[i] = c < ' ' || c == 127 ? ' ' : (char)c;
	}
	text[b->len] = '\0';
	return text;
}

/* Under the lock: whether this site may log now; tells how many of its lines were left out. */
static bool admit(struct bfs_log_site *site, unsigned *ret_left_out)
{
	int64_t second = bfs_clock_ms() / 1000;

	if (site->second != second) {
		site->second = second;
		site->count = 0;
	}
	if (site->count == PER_SECOND) {
		site->left_out++;
		return false;
	}
	site->count++;
	*ret_left_out = site->left_out;
	site->left_out = 0;
	return true;
}

static void keep(enum bfs_level level, const char *text)
{
	size_t at = written++ % KEPT;

	free(ring[at].text);
	ring[at].text = bfs_strdup(text);
	ring[at].level = level;
	ring[at].wall_ms = bfs_clock_wall_ms();
}

/* Holding no lock of the log. A stderr whose reader has stopped must not stop us: such lines are in
 * the ring only. */
static void emit(enum bfs_level level, const char *text)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
	char line[LONGEST + 128];
	int len;

	if (atomic_load(&background)) {
		syslog(levels[level].priority, "%s", text);
		return;
	}
	len = snprintf(line, sizeof(line), "brokerfs: %s%s\n", levels[level].prefix, text);
	if (poll(&p, 1, 0) == 1 && p.revents == POLLOUT &&
	    write(STDERR_FILENO, line, (size_t)len) < 0)
		return; /* there is nowhere to complain to */
}

void bfs_log_at(struct bfs_log_site *site, enum bfs_level level, const char *fmt, ...)
{
	struct bfs_buf b = { 0 };
	unsigned left_out = 0;
	char *text = NULL;
	va_list ap;

	if ((int)level > atomic_load(&most))
		return;
	va_start(ap, fmt);
	bfs_buf_vprintf(&b, fmt, ap);
	va_end(ap);

	bfs_mutex_lock(&lock);
	if (admit(site, &left_out)) {
		text = tidy(&b, left_out);
		keep(level, text);
	}
	bfs_mutex_unlock(&lock);

	if (text)
		emit(level, text);
	free(text);
	bfs_buf_fini(&b);
}

static void copy_line(struct bfs_buf *ret, int64_t wall_ms, enum bfs_level level, const char *text)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	char when[32];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
	bfs_buf_printf(ret, "%s.%03dZ %s %s\n", when, (int)(wall_ms % 1000), levels[level].word,
		       text);
}

void bfs_log_copy(struct bfs_buf *ret)
{
	size_t i;

	bfs_mutex_lock(&lock);
	for (i = written > KEPT ? written - KEPT : 0; i < written; i++)
		copy_line(ret, ring[i % KEPT].wall_ms, ring[i % KEPT].level, ring[i % KEPT].text);
	bfs_mutex_unlock(&lock);
}
