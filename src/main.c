/* main.c - from the command line to a mount, and the orderly end of it.
 *
 * The only file that sees all floors. Before the fork: what can be said at once (options, mount
 * point, properties file). After it: the helper process for inotify, then threads. The end, in this
 * order: the fs stops (requests are still taken, and refused), the mount goes, the helper and the
 * cluster go, then memory.
 *
 * Signals are blocked in every thread; the main thread waits for them. SIGUSR2 is the session's
 * way to say that its loop has ended.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "core/options.h"
#include "fuse/session.h"
#include "kafka/client.h"
#include "model/fs.h"
#include "process/daemon.h"
#include "process/exporter.h"
#include "process/holders.h"
#include "process/mountpoint.h"
#include "process/toucher.h"
#include "process/usage.h"

#define STOP_MS      5000 /* for what was acknowledged and accepted but not yet confirmed */
#define ENDED_SIGNAL SIGUSR2

struct brokerfs {
	struct bfs_options o;
	struct bfs_holders holders;
	struct bfs_daemon daemon;
	struct bfs_toucher toucher;
	struct bfs_cluster *cluster;
	struct bfs_session *session;
	struct bfs_fs *fs;
	struct bfs_exporter *exporter;
	pthread_t main_thread;
	sigset_t signals; /* that end us */
	_Atomic bool loop_ended;
};

/* --- before the fork ------------------------------------------------------------------------- */

static int print(struct bfs_buf *text)
{
	bool ok = fwrite(text->data, 1, text->len, stdout) == text->len && !fflush(stdout);

	bfs_buf_fini(text);
	return ok ? 0 : 1;
}

/* -h, -V, -X list: returns the exit status, or -1 if there is a mount to make. */
static int answer_questions(const struct bfs_options *o)
{
	struct bfs_buf text = { 0 };

	if (o->help)
		bfs_options_help(&text, "brokerfs");
	else if (o->version)
		bfs_buf_printf(&text, "brokerfs %s (libfuse %s)\n", BFS_VERSION,
			       bfs_session_library());
	else if (o->list_properties)
		bfs_kafka_list_properties(&text);
	else
		return -1;
	return print(&text);
}

/* brokerfs-USER-HOST, plain characters only: it shows up in other people's tools. */
static char *default_group(void)
{
	const struct passwd *pw = getpwuid(geteuid());
	struct bfs_buf name = { 0 };
	char host[256] = "";

	gethostname(host, sizeof(host) - 1);
	bfs_buf_printf(&name, "brokerfs-");
	if (pw)
		bfs_buf_printf(&name, "%s", pw->pw_name);
	else
		bfs_buf_printf(&name, "%u", (unsigned)geteuid());
	bfs_buf_printf(&name, "-%.*s", (int)strcspn(host, "."), host);
	for (char *c = name.data; *c; c++) {
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-",
			    *c))
			*c = '_';
	}
	return name.data;
}

/* Read once here so that a mistake in it is told at once; the cluster reads it again. */
static int check_properties(struct bfs_options *o, struct bfs_why *why)
{
	char **list, *path;
	int n = 0, err;

	if (!o->properties_file)
		return 0;
	err = bfs_kafka_properties_file(o->properties_file, &list, &n, why);
	if (err)
		return err;
	for (int i = 0; i < n; i++)
		free(list[i]);
	free(list);
	path = realpath(o->properties_file, NULL); /* the daemon's directory is / */
	if (path) {
		free(o->properties_file);
		o->properties_file = path;
	}
	return 0;
}

static int prepare(struct bfs_options *o, struct bfs_why *why)
{
	char *path;
	int err = bfs_mountpoint_check(o->mountpoint, &path, why);

	if (err)
		return err;
	free(o->mountpoint);
	o->mountpoint = path;
	if (!o->group)
		o->group = default_group();
	if (o->uid == (uid_t)-1)
		o->uid = geteuid();
	if (o->gid == (gid_t)-1)
		o->gid = getegid();
	return check_properties(o, why);
}

/* --- signals --------------------------------------------------------------------------------- */

/* A SIGHUP that nohup(1) ignores stays ignored. */
static void block_signals(struct brokerfs *b)
{
	struct sigaction hup;
	sigset_t all;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&b->signals);
	sigaddset(&b->signals, SIGTERM);
	sigaddset(&b->signals, SIGINT);
	sigaddset(&b->signals, ENDED_SIGNAL);
	if (!sigaction(SIGHUP, NULL, &hup) && hup.sa_handler != SIG_IGN)
		sigaddset(&b->signals, SIGHUP);
	all = b->signals;
	sigaddset(&all, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	b->main_thread = pthread_self();
}

static bool told_to_end(const struct brokerfs *b)
{
	static const struct timespec now;

	return sigtimedwait(&b->signals, NULL, &now) > 0;
}

static void wait_for_end(const struct brokerfs *b)
{
	int sig;

	for (;;) {
		if (sigwait(&b->signals, &sig))
			return;
		if (sig != ENDED_SIGNAL) {
			bfs_info("ending: %s", strsignal(sig));
			return;
		}
		if (atomic_load(&b->loop_ended)) {
			bfs_info("ending: unmounted");
			return;
		}
	}
}

static void on_ready(void *arg)
{
	struct brokerfs *b = arg;

	if (!b->o.debug)
		bfs_log_level(BFS_LOG_INFO);
	bfs_info("%s is mounted on %s, group %s", bfs_kafka_brokers(b->cluster), b->o.mountpoint,
		 b->o.group);
	if (b->exporter)
		bfs_info("metrics are at http://%s/metrics", bfs_exporter_address(b->exporter));
	if (!bfs_daemon_ready(&b->daemon))
		pthread_kill(b->main_thread, SIGTERM);
}

static void on_ended(void *arg)
{
	struct brokerfs *b = arg;

	atomic_store(&b->loop_ended, true);
	pthread_kill(b->main_thread, ENDED_SIGNAL);
}

/* --- the mount ------------------------------------------------------------------------------- */

static void on_lost(void *arg)
{
	struct brokerfs *b = arg;

	bfs_toucher_lost(&b->toucher);
}

static int start(struct brokerfs *b, struct bfs_why *why)
{
	const struct bfs_session_events events = { on_ready, on_ended, b };
	const struct bfs_helper helper = { b->toucher.fd, on_lost, b };
	int err;

	/* What can be wrong without a broker is found out first. */
	if (b->o.metrics && !(b->exporter = bfs_exporter_open(b->o.metrics, why)))
		return -EINVAL;
	b->cluster = bfs_kafka_new(&b->o, why);
	if (!b->cluster)
		return -EIO;
	if (told_to_end(b))
		return bfs_fail(why, -EINTR, "interrupted while starting");
	b->session = bfs_session_new(&b->o, &helper, why);
	if (!b->session)
		return -ENOMEM;
	b->fs = bfs_fs_new(&b->o, b->cluster, bfs_session_kernel(b->session), &b->holders);
	if (!b->fs)
		return bfs_fail(why, -errno, "can't start: %s", strerror(errno));
	bfs_fs_set_usage(b->fs, bfs_usage_read);
	/* Before the mount can be seen: a request would wait as long. */
	if (!b->o.lazy && bfs_fs_await_topics(b->fs))
		return bfs_fail(why, -ETIMEDOUT, "%s does not list its topics",
				bfs_kafka_brokers(b->cluster));
	if (b->exporter && bfs_exporter_start(b->exporter, b->fs, why))
		return -EIO;
	err = bfs_session_mount(b->session, b->o.mountpoint, why);
	if (err)
		return err;
	return bfs_session_start(b->session, b->fs, &events, why);
}

/* Whatever there is of it. Returns 0 or how the session had failed. */
static int stop(struct brokerfs *b)
{
	int64_t deadline = bfs_clock_ms() + STOP_MS;
	int err = 0;

	if (b->fs)
		bfs_fs_stop(b->fs, deadline);
	bfs_exporter_stop(b->exporter);
	if (b->session)
		bfs_session_quiet(b->session);
	if (b->fs)
		bfs_fs_quiet(b->fs); /* the last replies leave before their descriptor goes */
	if (b->session)
		err = bfs_session_stop(b->session);
	bfs_toucher_stop(&b->toucher); /* nothing it may wait for is left */
	if (b->cluster)
		bfs_kafka_stop(b->cluster, deadline);
	if (b->fs)
		bfs_fs_free(b->fs);
	bfs_kafka_free(b->cluster);
	bfs_session_free(b->session);
	return err;
}

static int serve(struct brokerfs *b)
{
	struct bfs_why why = { "" };
	int err;

	bfs_daemon_limits(b->o.debug);
	/* What goes wrong while starting is told in one sentence, by us. */
	bfs_log_level(b->o.debug ? BFS_LOG_DEBUG : BFS_LOG_ERROR);
	/* A mount that the kernel takes for read-only lets nobody set times. */
	if (b->o.inotify == BFS_INOTIFY_ON && !b->o.ro)
		bfs_toucher_fork(&b->toucher, b->o.mountpoint, b->daemon.background);
	block_signals(b);
	err = start(b, &why);
	if (err) {
		stop(b); /* first: when the parent speaks nothing is left behind */
		bfs_daemon_fail(&b->daemon, why.text);
		return 1;
	}
	wait_for_end(b);
	err = stop(b);
	if (err)
		bfs_error("the mount failed: %s", strerror(-err));
	return err ? 1 : 0;
}

int main(int argc, char *argv[])
{
	struct brokerfs b = { .holders = { .held = bfs_holders_held,
					   .parent = bfs_holders_parent,
					   .apart = bfs_holders_apart,
					   .leaving = bfs_holders_leaving },
			      .toucher = { .fd = -1 } };
	struct bfs_why why = { "" };
	int status = 1;

	bfs_daemon_descriptors();
	if (bfs_options_parse(&b.o, argc, argv, &why)) {
		fprintf(stderr, "brokerfs: %s\n", why.text);
	} else if ((status = answer_questions(&b.o)) < 0) {
		if (prepare(&b.o, &why)) {
			fprintf(stderr, "brokerfs: %s\n", why.text);
			status = 1;
		} else if ((status = bfs_daemon_fork(&b.daemon, b.o.foreground)) < 0) {
			status = serve(&b);
		}
	}
	bfs_options_fini(&b.o);
	return status;
}
