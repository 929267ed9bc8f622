/* session.c - the mount: from an empty directory to the kernel's requests, and back.
 *
 * SPDX-License-Identifier: MIT */
#include "fuse/session.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/sync.h"
#include "fuse/ops.h"
#include "fuse/reply.h"

#define WORKERS     10
#define WAKE_SIGNAL SIGUSR1 /* interrupts the sem_wait() of libfuse's loop */

struct bfs_session {
	struct bfs_front front;
	struct bfs_session_events events;
	struct fuse_session *se;
	struct bfs_notifier *notifier;
	pthread_t thread;
	bool mounted, started;
	int result; /* of the loop; set by its thread, read after the join */
};

/* --- libfuse's words ------------------------------------------------------------------------- */

/* With -d libfuse shows every request; the rest goes where our own messages go. */
static void log_libfuse(enum fuse_log_level level, const char *fmt, va_list ap)
{
	char text[512];

	if (level >= FUSE_LOG_INFO) {
		vfprintf(stderr, fmt, ap);
		return;
	}
	vsnprintf(text, sizeof(text), fmt, ap);
	text[strcspn(text, "\n")] = '\0';
	bfs_log(level <= FUSE_LOG_ERR ? BFS_LOG_ERROR : BFS_LOG_WARN, "%s", text);
}

/* The last line of what was written to fd, without "fuse: " before it. */
static void last_line(int fd, char *ret, size_t room)
{
	ssize_t n = pread(fd, ret, room - 1, 0);
	char *line;

	if (n < 0)
		n = 0;
	while (n > 0 && ret[n - 1] == '\n')
		n--;
	ret[n] = '\0';
	line = strrchr(ret, '\n');
	line = line ? line + 1 : ret;
	if (!strncmp(line, "fuse: ", 6))
		line += 6;
	memmove(ret, line, strlen(line) + 1);
}

/* libfuse and fusermount3 write to stderr why a mount fails; here it becomes the reason. */
static int mount_quietly(struct fuse_session *se, const char *path, char *ret, size_t room)
{
	int mem = memfd_create("stderr", MFD_CLOEXEC);
	int saved = fcntl(2, F_DUPFD_CLOEXEC, 3);
	int err;

	*ret = '\0';
	if (mem >= 0 && saved >= 0)
		dup2(mem, 2);
	err = fuse_session_mount(se, path);
	if (mem >= 0 && saved >= 0) {
		dup2(saved, 2);
		last_line(mem, ret, room);
	}
	if (mem >= 0)
		close(mem);
	if (saved >= 0)
		close(saved);
	return err;
}

/* --- life ------------------------------------------------------------------------------------ */

/* Commas and backslashes mean something to libfuse: a broker list has commas. */
static void add_option(struct fuse_args *args, const char *text)
{
	struct bfs_buf escaped = { 0 };

	for (; *text; text++)
		bfs_buf_printf(&escaped, "%s%c", *text == ',' || *text == '\\' ? "\\" : "", *text);
	if (fuse_opt_add_arg(args, "-o") || fuse_opt_add_arg(args, escaped.data))
		abort(); /* no memory, as everywhere */
	bfs_buf_fini(&escaped);
}

struct bfs_session *bfs_session_new(const struct bfs_options *o, const struct bfs_helper *helper,
				    struct bfs_why *why)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	struct bfs_session *s = bfs_zalloc(sizeof(*s));

	if (fuse_opt_add_arg(&args, "brokerfs"))
		abort();
	for (int i = 0; i < o->n_fuse_args; i++)
		add_option(&args, o->fuse_args[i]);
	if (o->debug && fuse_opt_add_arg(&args, "-d"))
		abort();

	s->se = fuse_session_new(&args, &bfs_fuse_ops, sizeof(bfs_fuse_ops), &s->front);
	fuse_opt_free_args(&args);
	if (s->se)
		s->notifier = bfs_notifier_new(s->se, helper);
	if (s->notifier)
		return s;
	bfs_fail(why, -ENOMEM, s->se ? "can't start a thread" : "libfuse refuses its options");
	bfs_session_free(s);
	return NULL;
}

int bfs_session_mount(struct bfs_session *s, const char *path, struct bfs_why *why)
{
	char text[512];

	if (mount_quietly(s->se, path, text, sizeof(text)))
		return bfs_fail(why, -EPERM, "can't mount on '%s': %s", path,
				*text ? text : "libfuse does not say why");
	if (*text)
		bfs_warn("%s", text);
	fuse_set_log_func(log_libfuse);
	s->mounted = true;
	return 0;
}

struct bfs_kernel *bfs_session_kernel(struct bfs_session *s)
{
	return bfs_notifier_kernel(s->notifier);
}

/* --- the loop -------------------------------------------------------------------------------- */

static void only_wakes(int sig)
{
	(void)sig;
}

static void *loop(void *arg)
{
	struct bfs_session *s = arg;
	struct fuse_loop_config *config = fuse_loop_cfg_create();
	sigset_t wake;

	sigemptyset(&wake);
	sigaddset(&wake, WAKE_SIGNAL);
	pthread_sigmask(SIG_UNBLOCK, &wake, NULL);
	/* None is ended when idle: ending and starting threads costs more than ten of them. */
	fuse_loop_cfg_set_max_threads(config, WORKERS);
	fuse_loop_cfg_set_idle_threads(config, WORKERS);
	fuse_loop_cfg_set_clone_fd(config, 0);
	s->result = fuse_session_loop_mt(s->se, config);
	fuse_loop_cfg_destroy(config);
	s->events.ended(s->events.arg);
	return NULL;
}

int bfs_session_start(struct bfs_session *s, struct bfs_fs *fs,
		      const struct bfs_session_events *events, struct bfs_why *why)
{
	struct sigaction wake = { .sa_handler = only_wakes }; /* no SA_RESTART */
	int err;

	s->events = *events;
	s->front = (struct bfs_front){ s->notifier, fs, events->ready, events->arg };
	sigaction(WAKE_SIGNAL, &wake, NULL);
	err = bfs_thread_start(&s->thread, "session", loop, s);
	if (err)
		return bfs_fail(why, err, "can't start a thread: %s", strerror(-err));
	s->started = true;
	return 0;
}

/* Before libfuse 3.18 fuse_session_exit() does not wake the loop, and a signal sent just before it
 * sleeps is lost: so it is sent until the thread has ended. */
static void end_loop(struct bfs_session *s)
{
	struct timespec until;

	fuse_session_exit(s->se);
	do {
		pthread_kill(s->thread, WAKE_SIGNAL);
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += 20 * 1000 * 1000;
		if (until.tv_nsec >= 1000 * 1000 * 1000) {
			until.tv_nsec -= 1000 * 1000 * 1000;
			until.tv_sec++;
		}
	} while (pthread_timedjoin_np(s->thread, NULL, &until) == ETIMEDOUT);
	s->started = false;
}

void bfs_session_quiet(struct bfs_session *s)
{
	if (s->notifier)
		bfs_notifier_stop(s->notifier);
	if (s->started)
		end_loop(s);
}

int bfs_session_stop(struct bfs_session *s)
{
	bfs_session_quiet(s);
	if (s->mounted)
		fuse_session_unmount(s->se);
	s->mounted = false;
	return s->result < 0 ? s->result : 0;
}

void bfs_session_free(struct bfs_session *s)
{
	if (!s)
		return;
	bfs_session_stop(s);
	bfs_notifier_free(s->notifier);
	if (s->se)
		fuse_session_destroy(s->se);
	free(s);
}

const char *bfs_session_library(void)
{
	return fuse_pkgversion();
}
