/* daemon.c - going into the background, and telling the shell how it went.
 *
 * On the pipe: "+" when the mount answers, "-text" when the start failed.
 *
 * SPDX-License-Identifier: MIT */
#include "process/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"

static void say(const char *text)
{
	fprintf(stderr, "brokerfs: %s\n", text);
}

/* How a daemon that said nothing ended. */
static void say_end(pid_t child)
{
	int status = 0;
	pid_t pid;

	do
		pid = waitpid(child, &status, 0);
	while (pid < 0 && errno == EINTR);
	if (pid == child && WIFSIGNALED(status))
		fprintf(stderr, "brokerfs: the daemon was ended by signal %d (%s) while starting\n",
			WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		say("the daemon ended while starting; the system log may say more");
}

/* The parent's wait. Returns its exit status. */
static int await(int fd, pid_t child)
{
	char text[512];
	size_t len = 0;

	for (;;) {
		ssize_t n = read(fd, text + len, sizeof(text) - 1 - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += (size_t)n;
		if (text[0] == '+')
			return 0;
	}
	text[len] = '\0';
	if (len)
		say(text + 1);
	else
		say_end(child);
	return 1;
}

void bfs_daemon_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= 2);
	if (fd >= 0)
		close(fd);
}

static void redirect(int from, int to)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int i = from; i <= to; i++)
		dup2(fd, i);
	if (fd > to)
		close(fd);
}

static void become_daemon(struct bfs_daemon *d, int fd)
{
	d->background = true;
	d->pipe = fd;
	setsid();
	umask(022);
	redirect(
		0,
		0); /* the others stay until the start is over: a crash may have something to say */
	if (chdir("/"))
		bfs_warn("can't change to /: %s", strerror(errno));
	bfs_log_to_syslog("brokerfs");
}

int bfs_daemon_fork(struct bfs_daemon *d, bool foreground)
{
	int fds[2];
	pid_t pid;

	*d = (struct bfs_daemon){ .pipe = -1 };
	if (foreground)
		return -1;
	if (pipe2(fds, O_CLOEXEC) || (pid = fork()) < 0) {
		fprintf(stderr, "brokerfs: can't go into the background: %s\n", strerror(errno));
		return 1;
	}
	if (pid) {
		close(fds[1]);
		return await(fds[0], pid);
	}
	close(fds[0]);
	become_daemon(d, fds[1]);
	return -1;
}

static bool tell(struct bfs_daemon *d, const char *text)
{
	size_t len = strlen(text);
	bool told = write(d->pipe, text, len) == (ssize_t)len;

	close(d->pipe);
	d->pipe = -1;
	return told;
}

bool bfs_daemon_ready(struct bfs_daemon *d)
{
	if (!d->background)
		return true;
	redirect(1, 2);
	return tell(d, "+");
}

void bfs_daemon_fail(struct bfs_daemon *d, const char *text)
{
	char line[512];

	if (!d->background) {
		say(text);
		return;
	}
	if (d->pipe < 0) { /* the parent has gone already: it was ready once */
		bfs_error("%s", text);
		return;
	}
	snprintf(line, sizeof(line), "-%s", text);
	tell(d, line);
}

void bfs_daemon_limits(bool debug)
{
	struct rlimit files, none = { 0, 0 };

	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	if (debug)
		return;
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
