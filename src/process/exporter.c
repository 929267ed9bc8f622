/* exporter.c - the metrics over HTTP, for a Prometheus to scrape.
 *
 * SPDX-License-Identifier: MIT */
#include "process/exporter.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <microhttpd.h>

#include "base/buf.h"
#include "base/log.h"

#define CONNECTIONS 16
#define SILENCE     10 /* seconds */
#define LAST        1  /* second for the last answers to leave */

struct bfs_exporter {
	struct bfs_fs *fs;
	struct MHD_Daemon *daemon;
	int fd; /* it listens; -1 once the server has it */
	char *address;
	pthread_mutex_t lock;
	pthread_cond_t idle;
	int scrapes; /* begun and not completed; protected by lock */
};

/* From the request's first line to the end of its connection's interest in it. The answer comes
 * from another thread while the connection sleeps. */
struct scrape {
	struct bfs_ticket ticket;
	struct MHD_Connection *connection;
	struct bfs_buf text;
	int err;
	bool done; /* set before the connection is woken */
};

static struct scrape *scrape_of(struct bfs_ticket *t)
{
	return bfs_container(t, struct scrape, ticket);
}

/* --- the ticket's side --------------------------------------------------------------- */

static void wake(struct scrape *s, int err)
{
	s->err = err;
	s->done = true;
	MHD_resume_connection(s->connection);
}

static void answer_error(struct bfs_ticket *t, int err)
{
	wake(scrape_of(t), err);
}

static void answer_data(struct bfs_ticket *t, const struct iovec *iov, int n)
{
	struct scrape *s = scrape_of(t);

	for (int i = 0; i < n; i++)
		bfs_buf_append(&s->text, iov[i].iov_base, iov[i].iov_len);
	wake(s, 0);
}

/* Nobody interrupts a scrape. */
static void watch(struct bfs_ticket *t)
{
	(void)t;
}

static void free_scrape(struct bfs_ticket *t)
{
	bfs_buf_fini(&scrape_of(t)->text);
	free(scrape_of(t));
}

static const struct bfs_answers answers = {
	.error = answer_error,
	.data = answer_data,
	.watch = watch,
	.unwatch = watch,
	.free = free_scrape,
};

/* --- the connection's side ----------------------------------------------------------- */

static enum MHD_Result respond(struct MHD_Connection *c, unsigned status, const char *type,
			       const char *text, size_t len)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(len, (void *)(uintptr_t)text,
								 MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;

	if (!r)
		return MHD_NO;
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	result = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return result;
}

static enum MHD_Result say(struct MHD_Connection *c, unsigned status, const char *text)
{
	return respond(c, status, "text/plain; charset=utf-8", text, strlen(text));
}

static enum MHD_Result answer(struct scrape *s)
{
	if (s->err)
		return say(s->connection, MHD_HTTP_SERVICE_UNAVAILABLE, "brokerfs is ending\n");
	return respond(s->connection, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8",
		       s->text.data, s->text.len);
}

static void count(struct bfs_exporter *x, int by)
{
	pthread_mutex_lock(&x->lock);
	x->scrapes += by;
	if (!x->scrapes)
		pthread_cond_signal(&x->idle);
	pthread_mutex_unlock(&x->lock);
}

static enum MHD_Result begin(struct bfs_exporter *x, struct MHD_Connection *c, void **memory)
{
	struct scrape *s = bfs_zalloc(sizeof(*s));

	bfs_ticket_init(&s->ticket, &answers, "metrics");
	bfs_ticket_get(&s->ticket); /* the connection's */
	s->connection = c;
	*memory = s;
	count(x, 1);
	MHD_suspend_connection(c);
	bfs_fs_metrics(x->fs, &s->ticket);
	return MHD_YES;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *c, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_size, void **memory)
{
	struct scrape *s = *memory;

	(void)version;
	(void)upload;
	*upload_size = 0;
	if (s)
		return s->done ? answer(s) : MHD_YES;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return say(c, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET\n");
	if (!strcmp(url, "/"))
		return say(c, MHD_HTTP_OK, "brokerfs: see /metrics\n");
	if (strcmp(url, "/metrics") != 0)
		return say(c, MHD_HTTP_NOT_FOUND, "not found: see /metrics\n");
	return begin(arg, c, memory);
}

static void on_completed(void *arg, struct MHD_Connection *c, void **memory,
			 enum MHD_RequestTerminationCode how)
{
	struct scrape *s = *memory;

	(void)c;
	(void)how;
	*memory = NULL;
	if (!s)
		return;
	bfs_ticket_put(&s->ticket);
	count(arg, -1);
}

static void on_log(void *arg, const char *fmt, va_list ap)
{
	char line[256];

	(void)arg;
	vsnprintf(line, sizeof(line), fmt, ap);
	line[strcspn(line, "\n")] = '\0';
	bfs_debug("metrics: %s", line);
}

/* --- life ---------------------------------------------------------------------------- */

/* Cuts ADDRESS:PORT in two; false if it is not that. */
static bool cut(char *address, char **ret_host, char **ret_port)
{
	char *colon = strrchr(address, ':');

	if (!colon || colon == address || !colon[1])
		return false;
	*colon = '\0';
	*ret_port = colon + 1;
	*ret_host = address;
	if (*address == '[' && colon[-1] == ']') {
		colon[-1] = '\0';
		*ret_host = address + 1;
	} else if (strchr(address, ':')) {
		return false;
	}
	return **ret_host && strspn(*ret_port, "0123456789") == strlen(*ret_port);
}

static int bind_to(const struct addrinfo *a)
{
	static const int yes = 1;
	int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol), err;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (!bind(fd, a->ai_addr, a->ai_addrlen) && !listen(fd, CONNECTIONS))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* The listening socket, or -errno with the sentence. */
static int listen_at(const char *address, struct bfs_why *why)
{
	const struct addrinfo hints = { .ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM };
	char *copy = bfs_strdup(address), *host, *port;
	struct addrinfo *list = NULL;
	int fd = -EINVAL, err;

	if (!cut(copy, &host, &port)) {
		bfs_fail(why, fd, "metrics=%s: not ADDRESS:PORT", address);
	} else if ((err = getaddrinfo(host, port, &hints, &list))) {
		bfs_fail(why, fd, "metrics=%s: %s", address, gai_strerror(err));
	} else {
		fd = bind_to(list);
		if (fd < 0)
			bfs_fail(why, fd, "metrics=%s: %s", address, strerror(-fd));
	}
	if (list)
		freeaddrinfo(list);
	free(copy);
	return fd;
}

static char *name_of(int fd)
{
	struct sockaddr_storage at;
	socklen_t len = sizeof(at);
	char host[NI_MAXHOST] = "?", port[NI_MAXSERV] = "?";
	struct bfs_buf name = { 0 };

	if (!getsockname(fd, (struct sockaddr *)&at, &len))
		getnameinfo((struct sockaddr *)&at, len, host, sizeof(host), port, sizeof(port),
			    NI_NUMERICHOST | NI_NUMERICSERV);
	bfs_buf_printf(&name, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
	return name.data;
}

struct bfs_exporter *bfs_exporter_open(const char *address, struct bfs_why *why)
{
	int fd = listen_at(address, why);
	struct bfs_exporter *x;
	pthread_condattr_t attr;

	if (fd < 0)
		return NULL;
	x = bfs_zalloc(sizeof(*x));
	x->fd = fd;
	x->address = name_of(fd);
	pthread_mutex_init(&x->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&x->idle, &attr);
	pthread_condattr_destroy(&attr);
	return x;
}

int bfs_exporter_start(struct bfs_exporter *x, struct bfs_fs *fs, struct bfs_why *why)
{
	unsigned how = MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD | MHD_ALLOW_SUSPEND_RESUME |
		       MHD_USE_ERROR_LOG;

	x->fs = fs;
	x->daemon = MHD_start_daemon(how, 0, NULL, NULL, on_request, x, MHD_OPTION_LISTEN_SOCKET,
				     x->fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
				     MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SILENCE,
				     MHD_OPTION_NOTIFY_COMPLETED, on_completed, x,
				     MHD_OPTION_EXTERNAL_LOGGER, on_log, x, MHD_OPTION_END);
	if (!x->daemon)
		return bfs_fail(why, -EIO, "metrics=%s: the server does not start", x->address);
	x->fd = -1; /* the server's now */
	return 0;
}

/* All scrapes have been answered by now, but their connections have yet to say so. */
static void await_last(struct bfs_exporter *x)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += LAST;
	pthread_mutex_lock(&x->lock);
	while (x->scrapes && !pthread_cond_timedwait(&x->idle, &x->lock, &until))
		;
	pthread_mutex_unlock(&x->lock);
}

void bfs_exporter_stop(struct bfs_exporter *x)
{
	if (!x)
		return;
	if (x->daemon) {
		x->fd = MHD_quiesce_daemon(x->daemon); /* nobody new */
		await_last(x);
		MHD_stop_daemon(x->daemon);
	}
	if (x->fd >= 0)
		close(x->fd);
	pthread_cond_destroy(&x->idle);
	pthread_mutex_destroy(&x->lock);
	free(x->address);
	free(x);
}

const char *bfs_exporter_address(const struct bfs_exporter *x)
{
	return x->address;
}
