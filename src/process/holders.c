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

#define ANCESTORS_MAX 64  /* a loop in /proc would be a kernel bug; a race may look like one */
#define PF_EXITING    0x4 /* of /proc/PID/stat's flags: include/linux/sched.h */

enum { NO = 0, YES = 1, UNKNOWN = -1 };

struct wanted {
	uint64_t st_ino;
	const char *name; /* TOPIC/FILE */
	const char *file; /* FILE */
	bool current;
};

struct process {
	char state;
	pid_t parent, session;
	unsigned flags;
	long threads;
};

/* One worse than the other: yes beats unknown beats no. */
static int worse(int a, int b)
{
	return a == YES || b == YES ? YES : a ? a : b;
}

/* The name of a program may hold anything, parentheses too, so the fields are counted from the
 * last one. */
static int read_stat(pid_t pid, struct process *ret)
{
	char path[64], text[1024];
	const char *p;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return -ESRCH;
	text[n] = '\0';
	p = strrchr(text, ')');
	if (!p ||
	    sscanf(p + 1, " %c %d %*d %d %*d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %ld",
		   &ret->state, &ret->parent, &ret->session, &ret->flags, &ret->threads) != 5)
		return -EINVAL;
	return 0;
}

/* The inode number of an open file, if the kernel tells it (5.14 and newer). */
static bool read_ino(int dir, const char *number, uint64_t *ret_ino)
{
	char path[64], text[512];
	const char *line;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "../fdinfo/%.16s", number);
	fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	line = strstr(text, "\nino:");
	if (!line)
		return false;
	*ret_ino = strtoull(line + 5, NULL, 10);
	return true;
}

/* Cuts the mark of an unlinked (here: superseded) name off. */
static bool cut_deleted(char *link)
{
	static const char mark[] = " (deleted)";
	size_t len = strlen(link), n = sizeof(mark) - 1;

	if (len < n || strcmp(link + len - n, mark) != 0)
		return false;
	link[len - n] = '\0';
	return true;
}

static bool ends_in(const char *path, const char *end)
{
	size_t len = strlen(path), n = strlen(end);

	return len > n && path[len - n - 1] == '/' && !strcmp(path + len - n, end);
}

static bool matches(const struct wanted *w, int dir, const char *number)
{
	char link[PATH_MAX];
	ssize_t n = readlinkat(dir, number, link, sizeof(link) - 1);
	uint64_t ino;

	if (n <= 0)
		return false;
	link[n] = '\0';
	if (cut_deleted(link) && w->current)
		return false;
	if (!ends_in(link, w->file))
		return false;
	if (read_ino(dir, number, &ino))
		return ino == w->st_ino;
	return ends_in(link, w->name);
}

/* The descriptors of one process. -errno if they can't be listed. */
static int scan(const struct wanted *w, pid_t pid)
{
	char path[64];
	struct dirent *e;
	DIR *dir;
	int found = NO;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while (found == NO && (e = readdir(dir))) {
		if (e->d_name[0] != '.' && matches(w, dirfd(dir), e->d_name))
			found = YES;
	}
	closedir(dir);
	return found;
}

/* One of the further processes: one that is gone holds nothing. */
static int look_at(const struct wanted *w, pid_t pid)
{
	struct process p;
	int err = read_stat(pid, &p);

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

	if (read_stat(pid, ret))
		return UNKNOWN;
	if (ret->flags & PF_EXITING)
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

		if (read_stat(pid, &p))
			return found; /* ended meanwhile, or hidden: another user's */
		here = scan(w, pid);
		if (here < 0)
			here = p.session == closing->session ? UNKNOWN : NO;
		found = worse(found, here);
		pid = p.parent;
	}
	return found;
}

int bfs_holders_held(void *arg, uint64_t st_ino, const char *name, bool current, pid_t closing,
		     const pid_t *pids, int n_pids)
{
	const char *slash = strrchr(name, '/');
	struct wanted w = { st_ino, name, slash ? slash + 1 : name, current };
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
