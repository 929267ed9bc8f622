/* holders.c - does some process still hold a descriptor of this file?
 *
 * SPDX-License-Identifier: MIT */
#include "process/holders.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define OPENERS_MAX   64
#define ANCESTORS_MAX 64  /* a loop in /proc would be a kernel bug; a race may look like one */
#define REMEMBERED    100 /* ms */

enum { NO = 0, YES = 1, UNKNOWN = -1 };

struct wanted {
	uint64_t st_ino;
	const char *name; /* TOPIC/FILE */
	bool alone;
	bool writing;
};

struct process {
	char state;
	pid_t process, parent, session;
	long threads;
	bool files; /* it has a table of descriptors: not on its way out */
};

/* One worse than the other: yes beats unknown beats no. */
static int worse(int a, int b)
{
	return a == YES || b == YES ? YES : a ? a : b;
}

/* The number behind `key` in the text of /proc/PID/status; -1 if it is not there. */
static long status_field(const char *text, const char *key)
{
	const char *line = strstr(text, key);

	return line ? strtol(line + strlen(key), NULL, 10) : -1;
}

/* While a process is in execve(2) it holds a lock that readers of /proc/PID/stat and of the links
 * in /proc/PID/fd wait for (in newer kernels: exec_update_lock); and an exec that closes a
 * descriptor of ours (close-on-exec) waits in its FLUSH for us. /proc/PID/status and
 * /proc/PID/fdinfo can always be read, so all is taken from there. */
static int read_status(pid_t pid, struct process *ret)
{
	char path[64], text[4096];
	const char *state;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return -ESRCH;
	text[n] = '\0';
	state = strstr(text, "\nState:\t");
	ret->process = (pid_t)status_field(text, "\nTgid:\t");
	ret->parent = (pid_t)status_field(text, "\nPPid:\t");
	ret->session = (pid_t)status_field(text, "\nNSsid:\t");
	ret->threads = status_field(text, "\nThreads:\t");
	ret->files = status_field(text, "\nFDSize:\t") > 0;
	if (!state || ret->process < 0 || ret->parent < 0 || ret->threads < 0)
		return -EINVAL;
	ret->state = state[strlen("\nState:\t")];
	return 0;
}

static bool ends_in(const char *path, const char *end)
{
	size_t len = strlen(path), n = strlen(end);

	return len > n && path[len - n - 1] == '/' && !strcmp(path + len - n, end);
}

/* An older kernel: by the path. */
static bool path_matches(const struct wanted *w, int dir, const char *number)
{
	char path[64], link[PATH_MAX];
	ssize_t n;

	snprintf(path, sizeof(path), "../fd/%.16s", number);
	n = readlinkat(dir, path, link, sizeof(link) - 1);
	if (n <= 0)
		return false;
	link[n] = '\0';
	return ends_in(link, w->name);
}

/* A descriptor that can't do what the closed one did is of another open file. */
static bool can_do(const struct wanted *w, const char *fdinfo)
{
	const char *line = strstr(fdinfo, "flags:\t");
	unsigned long flags = line ? strtoul(line + strlen("flags:\t"), NULL, 8) : O_RDWR;

	return !(flags & O_PATH) && (flags & O_ACCMODE) != (w->writing ? O_RDONLY : O_WRONLY);
}

/* Kernels of 5.14 and newer tell the inode number of an open file. */
static bool matches(const struct wanted *w, int dir, const char *number)
{
	char text[512];
	const char *line;
	ssize_t n;
	int fd;

	fd = openat(dir, number, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	if (!can_do(w, text))
		return false;
	line = strstr(text, "\nino:");
	if (!line)
		return path_matches(w, dir, number);
	return strtoull(line + 5, NULL, 10) == w->st_ino;
}

/* The descriptors of one process. -errno if they can't be listed. */
static int scan(const struct wanted *w, pid_t pid)
{
	char path[64];
	struct dirent *e;
	DIR *dir;
	int found = NO;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo", (int)pid);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while (found == NO && (e = readdir(dir))) {
		if (e->d_name[0] != '.' && matches(w, dirfd(dir), e->d_name))
			found = w->alone ? YES : UNKNOWN;
	}
	closedir(dir);
	return found;
}

/* One of the further processes: one that is gone holds nothing. */
static int look_at(const struct wanted *w, pid_t pid)
{
	struct process p;
	int err = read_status(pid, &p);

	if (err)
		return err == -ENOENT || err == -ESRCH ? NO : UNKNOWN;
	if (p.state == 'Z' || p.state == 'X') /* its other threads may live on */
		return p.threads > 1 ? UNKNOWN : NO;
	err = scan(w, pid);
	if (err == -ENOENT || err == -ESRCH)
		return NO;
	return err < 0 ? UNKNOWN : err;
}

/* The process whose close we are in. If it is on its way out its table of descriptors is gone
 * already, and with its memory gone too only root could list it. */
static int look_at_closing(const struct wanted *w, pid_t pid, struct process *ret)
{
	int found;

	if (read_status(pid, ret))
		return UNKNOWN;
	if (!ret->files)
		return NO;
	found = scan(w, pid);
	return found < 0 ? UNKNOWN : found;
}

static int look_at_ancestors(const struct wanted *w, const struct process *closing)
{
	pid_t pid = closing->parent;
	int found = NO;

	for (int i = 0; i < ANCESTORS_MAX && pid > 0 && found != YES; i++) {
		struct process p;
		int here;

		if (read_status(pid, &p))
			return found; /* ended meanwhile, or hidden: another user's */
		here = scan(w, pid);
		if (here < 0)
			here = p.session == closing->session ? UNKNOWN : NO;
		found = worse(found, here);
		pid = p.parent;
	}
	return found;
}

int bfs_holders_held(void *arg, uint64_t st_ino, const char *name, bool writing, bool alone,
		     pid_t closing, const pid_t *pids, int n_pids)
{
	struct wanted w = { st_ino, name, alone, writing };
	struct process p = { 0 };
	int found = UNKNOWN;

	(void)arg;
	if (closing > 0)
		found = look_at_closing(&w, closing, &p);
	if (found != YES && p.parent > 0)
		found = worse(found, look_at_ancestors(&w, &p));
	for (int i = 0; i < n_pids && found != YES; i++) {
		if (pids[i] != closing)
			found = worse(found, pids[i] > 0 ? look_at(&w, pids[i]) : UNKNOWN);
	}
	return found;
}

/* Is one of `processes` that of thread `pid`, or an ancestor of it? */
static bool descends(pid_t pid, const pid_t *processes, int n)
{
	struct process p;

	for (int i = 0; i <= ANCESTORS_MAX && pid > 0 && !read_status(pid, &p); i++) {
		for (int k = 0; k < n; k++) {
			if (p.process == processes[k])
				return true;
		}
		pid = p.parent;
	}
	return false;
}

bool bfs_holders_apart(void *arg, pid_t closing, const pid_t *pids, int n_pids,
		       const pid_t *openers, int n_openers)
{
	pid_t processes[OPENERS_MAX];
	struct process p;
	int n = 0;

	(void)arg;
	if (closing <= 0 || n_openers > OPENERS_MAX)
		return false;
	for (int i = 0; i < n_openers; i++) {
		int err;

		if (openers[i] <= 0)
			return false;
		err = read_status(openers[i], &p);
		if (err && err != -ENOENT && err != -ESRCH)
			return false;
		if (!err)
			processes[n++] = p.process;
	}
	if (descends(closing, processes, n))
		return false;
	for (int i = 0; i < n_pids; i++) {
		if (pids[i] <= 0 || descends(pids[i], processes, n))
			return false;
	}
	return true;
}

/* A shell in a loop is asked for again and again, and /proc is slow: 60 us of an echo's 390. In so
 * short a time its number does not become another's; a parent that ends meanwhile holds nothing. */
pid_t bfs_holders_parent(void *arg, pid_t pid)
{
	static _Thread_local struct {
		pid_t pid, parent;
		int64_t at;
	} last;
	int64_t now = bfs_clock_ms();
	struct process p;

	(void)arg;
	if (pid > 0 && (pid != last.pid || now - last.at >= REMEMBERED)) {
		if (read_status(pid, &p))
			return 0;
		last.pid = pid;
		last.parent = p.parent;
		last.at = now;
	}
	return pid > 0 ? last.parent : 0;
}

bool bfs_holders_leaving(void *arg, pid_t pid)
{
	struct process p;

	(void)arg;
	return pid > 0 && !read_status(pid, &p) && !p.files;
}
