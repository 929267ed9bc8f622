/* toucher.c - the inotify helper: a process that sets mtimes through the mount.
 *
 * SPDX-License-Identifier: MIT */
#include "process/toucher.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "fuse/arrivals.h"

#define PAUSE_NS  (1000 * 1000) /* after a touch: a thousand busy files must not keep a CPU busy */
#define GOES_MS   1000          /* to wait for its end */
#define PIPE_SIZE 4096          /* as small as can be: what waits there can't be held back */

_Static_assert(PIPE_BUF % sizeof(struct bfs_touch) == 0, "messages come in one piece");

/* --- in the helper --------------------------------------------------------------------------- */

/* With neither SIGTERM for all of a service, nor a terminal's Ctrl-C: it ends when the daemon has
 * ended, and the daemon need not wonder why. */
static void reset_signals(void)
{
	static const int deaf[] = { SIGHUP, SIGINT, SIGTERM, SIGQUIT, SIGPIPE };
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	for (size_t i = 0; i < sizeof(deaf) / sizeof(deaf[0]); i++)
		signal(deaf[i], SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Keeps the pipe, as 3, and in the foreground stderr. */
static void close_all(int fd, bool background)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), last = background ? 2 : 1;
	long most = sysconf(_SC_OPEN_MAX);

	for (int i = 0; i <= last; i++) {
		if (null >= 0)
			dup2(null, i);
		else
			close(i);
	}
	if (fd != 3)
		dup2(fd, 3);
#ifdef SYS_close_range
	if (!syscall(SYS_close_range, 4U, ~0U, 0U))
		return;
#endif
	for (int i = 4; i < most; i++)
		close(i);
}

/* The device of what stands at `path`, as the kernel knows it, without asking the daemon. */
static bool device_of(const char *path, uint64_t *ret)
{
	struct statx st;

	if (statx(AT_FDCWD, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, 0, &st))
		return false;
	*ret = (uint64_t)st.stx_dev_major << 32 | st.stx_dev_minor;
	return true;
}

/* Setting the mtime alone is IN_MODIFY; both times would be IN_ATTRIB. A name that has gone, or a
 * mount that is ending, is nobody's loss. */
static void touch(const char *mountpoint, const char *name)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_nsec = UTIME_NOW } };
	char path[PATH_MAX];

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", mountpoint, name) < sizeof(path))
		utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW);
}

/* `below`: what is there without our mount. After a lazy unmount files of that name may lie there,
 * which are none of our business. */
static void serve(const char *mountpoint, uint64_t below)
{
	static const struct timespec pause = { 0, PAUSE_NS };
	struct bfs_touch t;
	uint64_t device;

	for (;;) {
		ssize_t n = read(3, &t, sizeof(t));

		if (n < 0 && errno == EINTR)
			continue;
		if (n != (ssize_t)sizeof(t)) /* the daemon has gone */
			return;
		t.name[sizeof(t.name) - 1] = '\0';
		if (device_of(mountpoint, &device) && device != below)
			touch(mountpoint, t.name);
		nanosleep(&pause, NULL);
	}
}

/* The signal also ends a helper that is stopped, which would not notice the end of the pipe. */
static _Noreturn void help(int fd, const char *mountpoint, uint64_t below, pid_t daemon,
			   bool background)
{
	prctl(PR_SET_NAME, "brokerfs-touch");
	reset_signals();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != daemon)
		_exit(0);
	setsid();
	close_all(fd, background);
	if (chdir("/"))
		_exit(1);
	serve(mountpoint, below);
	_exit(0);
}

/* --- in the daemon --------------------------------------------------------------------------- */

void bfs_toucher_fork(struct bfs_toucher *t, const char *mountpoint, bool background)
{
	pid_t daemon = getpid(), pid;
	uint64_t below = 0; /* asked for now: once the helper runs the mount may be there */
	int fds[2];

	*t = (struct bfs_toucher){ .fd = -1 };
	signal(SIGCHLD, SIG_DFL); /* ignored by who started us, it would take our children away */
	device_of(mountpoint, &below);
	if (pipe2(fds, O_CLOEXEC)) {
		bfs_error("no helper for inotify: %s", strerror(errno));
		return;
	}
	pid = fork();
	if (!pid)
		help(fds[0], mountpoint, below, daemon, background);
	if (pid < 0)
		bfs_error("no helper for inotify: %s", strerror(errno));
	close(fds[0]);
	if (pid < 0) {
		close(fds[1]);
		return;
	}
	fcntl(fds[1], F_SETFL, O_WRONLY | O_NONBLOCK);
	fcntl(fds[1], F_SETPIPE_SZ, PIPE_SIZE);
	*t = (struct bfs_toucher){ .fd = fds[1], .pid = pid };
}

static void reap(struct bfs_toucher *t, int options)
{
	pid_t pid;

	do
		pid = waitpid(t->pid, NULL, options);
	while (pid < 0 && errno == EINTR);
	if (pid)
		t->pid = 0;
}

void bfs_toucher_lost(struct bfs_toucher *t)
{
	bfs_warn("the helper for inotify has died: who waits for inotify misses what arrives");
	reap(t, 0);
}

/* A process that is ending closes its files before it can be reaped. */
void bfs_toucher_stop(struct bfs_toucher *t)
{
	struct pollfd p = { .fd = t->fd };

	if (t->pid > 0) {
		kill(t->pid, SIGKILL);
		reap(t, poll(&p, 1, GOES_MS) == 1 ? 0 : WNOHANG);
	}
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
}
