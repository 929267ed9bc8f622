/* handle.c - the life of a librdkafka handle, and what it says.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "kafka/error.h"
#include "kafka/handle.h"

/* --- last word -------------------------------------------------------------------------------- */

void bfs_last_word_init(struct bfs_last_word *w)
{
	memset(w, 0, sizeof(*w));
	bfs_mutex_init(&w->lock, BFS_RANK_LAST_WORD);
}

void bfs_last_word_fini(struct bfs_last_word *w)
{
	bfs_mutex_fini(&w->lock);
}

void bfs_last_word_clear(struct bfs_last_word *w)
{
	bfs_mutex_lock(&w->lock);
	w->text[0] = '\0';
	w->refused = false;
	w->heard = bfs_clock_ms();
	bfs_mutex_unlock(&w->lock);
}

int64_t bfs_last_word_heard(struct bfs_last_word *w)
{
	int64_t heard;

	bfs_mutex_lock(&w->lock);
	heard = w->heard;
	bfs_mutex_unlock(&w->lock);
	return heard;
}

bool bfs_last_word_copy(struct bfs_last_word *w, char *ret, size_t size)
{
	bool refused;

	bfs_mutex_lock(&w->lock);
	snprintf(ret, size, "%.*s", (int)size - 1, w->text);
	refused = w->refused;
	bfs_mutex_unlock(&w->lock);
	return refused;
}

int bfs_last_word_fail(struct bfs_last_word *w, struct bfs_why *why, const char *what, ...)
{
	char about[160], last[200];
	bool refused = bfs_last_word_copy(w, last, sizeof(last));
	va_list ap;

	va_start(ap, what);
	vsnprintf(about, sizeof(about), what, ap);
	va_end(ap);
	if (refused)
		return bfs_fail(why, -EACCES, "%s: %s", about, last);
	return bfs_fail(why, -ETIMEDOUT, "%s: no answer in time%s%s%s", about, *last ? " (" : "",
			last, *last ? ")" : "");
}

static void say(struct bfs_last_word *w, rd_kafka_resp_err_t err, const char *text)
{
	bool login = err == RD_KAFKA_RESP_ERR__AUTHENTICATION ||
		     err == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED;

	/* "3/3 brokers are down" says less than the complaint before it. */
	bfs_mutex_lock(&w->lock);
	if (login || (!w->refused && (err != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || !w->text[0]))) {
		snprintf(w->text, sizeof(w->text), "%s", text);
		w->refused = login;
	}
	bfs_mutex_unlock(&w->lock);
}

/* --- events ----------------------------------------------------------------------------------- */

/* librdkafka puts timings and hints after the sentence: "host:9092/bootstrap: Connect to ipv4#...
 * failed: Connection refused (after 0ms in state CONNECT, 1 identical error(s) suppressed)". */
static void cut_hint(char *text)
{
	char *hint = strstr(text, " (after "), *name = strstr(text, "/bootstrap: ");

	if (hint)
		*hint = '\0';
	if (name)
		memmove(name, name + strlen("/bootstrap"), strlen(name + strlen("/bootstrap")) + 1);
	for (char *c = text; *c; c++)
		if (*c == '\n')
			*c = ' ';
}

/* Every handle meets the same broken connection: the control handle's and the producer's word is
 * enough. Of its group, and of offsets out of range, only a member knows. */
static bool repeats(const struct bfs_handle *h, const char *fac)
{
	if (h->role == BFS_ROLE_MEMBER)
		return !strcmp(fac, "FAIL") || !strcmp(fac, "ERROR") || !strcmp(fac, "REQTMOUT");
	return h->role == BFS_ROLE_PRIVATE || h->role == BFS_ROLE_SHARED;
}

static void log_line(const struct bfs_handle *h, rd_kafka_event_t *ev)
{
	const char *fac, *text;
	int level;

	if (rd_kafka_event_log(ev, &fac, &text, &level))
		return;
	/* The mock is no Kafka 0.11; what is asked for by name there is known to exist. */
	if (!strcmp(fac, "AUTOCREATE"))
		level = LOG_DEBUG;
	if (level <= LOG_CRIT)
		bfs_error("librdkafka %s: %s", fac, text);
	else if (level <= LOG_WARNING && !repeats(h, fac))
		bfs_warn("librdkafka %s: %s", fac, text);
	else
		bfs_debug("librdkafka %s: %s", fac, text);
}

bool bfs_handle_event(const struct bfs_handle *h, struct bfs_last_word *w, rd_kafka_event_t *ev)
{
	rd_kafka_resp_err_t err;
	char text[256];

	if (rd_kafka_event_type(ev) == RD_KAFKA_EVENT_LOG) {
		log_line(h, ev);
		return false;
	}
	if (rd_kafka_event_type(ev) != RD_KAFKA_EVENT_ERROR)
		return false;
	err = rd_kafka_event_error(ev);
	if (rd_kafka_event_error_is_fatal(ev))
		return true;
	snprintf(text, sizeof(text), "%s", rd_kafka_event_error_string(ev));
	cut_hint(text);
	say(w, err, text);
	bfs_debug("librdkafka error %s: %s", rd_kafka_err2name(err), text);
	return false;
}

void bfs_queue_wake(rd_kafka_queue_t *queue, int fd)
{
	static const uint64_t one = 1;

	rd_kafka_queue_io_event_enable(queue, fd, &one, sizeof(one));
	/* Only an empty queue's first event is told, and the queue may not be empty by now. */
	if (write(fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		bfs_error("eventfd: %s", strerror(errno));
}

/* --- reaper ----------------------------------------------------------------------------------- */

struct bfs_reaper {
	pthread_mutex_t lock;
	pthread_cond_t done;
	int busy; /* protected by lock */
	int refs; /* protected by lock */
};

struct bfs_reaper *bfs_reaper_new(void)
{
	struct bfs_reaper *r = bfs_zalloc(sizeof(*r));
	pthread_condattr_t attr;

	pthread_mutex_init(&r->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&r->done, &attr);
	pthread_condattr_destroy(&attr);
	r->refs = 1;
	return r;
}

/* Unlocks; the last one out frees. */
static void leave(struct bfs_reaper *r)
{
	bool last = --r->refs == 0;

	pthread_cond_broadcast(&r->done);
	pthread_mutex_unlock(&r->lock);
	if (!last)
		return;
	pthread_cond_destroy(&r->done);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

struct bfs_reaper *bfs_reaper_get(struct bfs_reaper *r)
{
	pthread_mutex_lock(&r->lock);
	r->refs++;
	pthread_mutex_unlock(&r->lock);
	return r;
}

void bfs_reaper_put(struct bfs_reaper *r)
{
	pthread_mutex_lock(&r->lock);
	leave(r);
}

int bfs_reaper_wait(struct bfs_reaper *r, int64_t deadline)
{
	int64_t left = deadline - bfs_clock_ms();
	struct timespec until;
	int busy;

	if (left < 0)
		left = 0;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += left / 1000;
	until.tv_nsec += left % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&r->lock);
	while (r->busy && pthread_cond_timedwait(&r->done, &r->lock, &until) == 0)
		;
	busy = r->busy;
	pthread_mutex_unlock(&r->lock);
	return busy;
}

struct corpse {
	struct bfs_reaper *r;
	void (*bury)(void *what);
	void *what;
};

static void *reap(void *arg)
{
	struct corpse *c = arg;
	struct bfs_reaper *r = c->r;

	c->bury(c->what);
	free(c);
	pthread_mutex_lock(&r->lock);
	r->busy--;
	leave(r);
	return NULL;
}

void bfs_reaper_take(struct bfs_reaper *r, void (*bury)(void *what), void *what)
{
	struct corpse *c = bfs_zalloc(sizeof(*c));
	pthread_t thread;

	c->r = r;
	c->bury = bury;
	c->what = what;
	pthread_mutex_lock(&r->lock);
	r->busy++;
	r->refs++;
	pthread_mutex_unlock(&r->lock);
	if (bfs_thread_start(&thread, "reaper", reap, c) == 0)
		pthread_detach(thread);
	else
		reap(c);
}

static void bury_handle(void *rk)
{
	rd_kafka_destroy_flags(rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

/* --- handles ---------------------------------------------------------------------------------- */

static struct bfs_handle *wrap(rd_kafka_t *rk, enum bfs_role role, struct bfs_reaper *reaper)
{
	struct bfs_handle *h;

	if (!rk)
		return NULL;
	/* Log lines go to the main queue, beside the errors. */
	rd_kafka_set_log_queue(rk, NULL);
	h = bfs_zalloc(sizeof(*h));
	h->rk = rk;
	h->role = role;
	h->reaper = bfs_reaper_get(reaper);
	atomic_init(&h->refs, 1);
	return h;
}

struct bfs_handle *bfs_handle_new(const struct bfs_conf *conf, enum bfs_role role,
				  struct bfs_reaper *reaper, struct bfs_why *why)
{
	return wrap(bfs_conf_handle(conf, role, NULL, why), role, reaper);
}

struct bfs_handle *bfs_handle_new_group(const struct bfs_conf *conf, enum bfs_role role,
					const char *group, struct bfs_reaper *reaper,
					struct bfs_why *why)
{
	return wrap(bfs_conf_handle(conf, role, group, why), role, reaper);
}

struct bfs_handle *bfs_handle_new_member(const struct bfs_conf *conf, const char *instance,
					 struct bfs_reaper *reaper, struct bfs_why *why)
{
	return wrap(bfs_conf_member(conf, instance, why), BFS_ROLE_MEMBER, reaper);
}

struct bfs_handle *bfs_handle_get(struct bfs_handle *h)
{
	atomic_fetch_add(&h->refs, 1);
	return h;
}

void bfs_handle_put(struct bfs_handle *h)
{
	if (!h || atomic_fetch_sub(&h->refs, 1) != 1)
		return;
	bfs_reaper_take(h->reaper, bury_handle, h->rk);
	bfs_reaper_put(h->reaper);
	free(h);
}
