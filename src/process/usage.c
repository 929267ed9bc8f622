/* usage.c - what the daemon's process takes: CPU time, memory, descriptors, threads.
 *
 * SPDX-License-Identifier: MIT */
#include "process/usage.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

static double seconds(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

/* Entries of a directory, or -1. */
static int entries(const char *path, int own)
{
	DIR *dir = opendir(path);
	int n = -own;

	if (!dir)
		return -1;
	for (const struct dirent *e; (e = readdir(dir));)
		n += e->d_name[0] != '.';
	closedir(dir);
	return n;
}

static int64_t resident(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	int64_t pages = -1;

	if (!f)
		return -1;
	if (fscanf(f, "%*s %" SCNd64, &pages) != 1)
		pages = -1;
	fclose(f);
	return pages < 0 ? -1 : pages * sysconf(_SC_PAGESIZE);
}

void bfs_usage_read(struct bfs_usage *ret)
{
	struct rusage used = { 0 };
	struct rlimit limit;

	getrusage(RUSAGE_SELF, &used);
	ret->cpu = seconds(&used.ru_utime) + seconds(&used.ru_stime);
	ret->resident = resident();
	ret->fds = entries("/proc/self/fd", 1); /* but for the one that looks */
	ret->threads = entries("/proc/self/task", 0);
	ret->max_fds = -1;
	if (!getrlimit(RLIMIT_NOFILE, &limit) && limit.rlim_cur < INT32_MAX)
		ret->max_fds = (int)limit.rlim_cur;
}
