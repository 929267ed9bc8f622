/* mountpoint.c - is this a place to mount on?
 *
 * SPDX-License-Identifier: MIT */
#include "process/mountpoint.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Blanks, tabs, newlines and backslashes stand as \ooo in mountinfo. In place. */
static void unescape(char *text)
{
	char *to = text;

	for (char *c = text; *c; c++) {
		if (c[0] == '\\' && c[1] && c[2] && c[3]) {
			*to++ = (char)((c[1] - '0') * 64 + (c[2] - '0') * 8 + (c[3] - '0'));
			c += 3;
		} else {
			*to++ = *c;
		}
	}
	*to = '\0';
}

/* Field 5 is where it is mounted; the type follows a lone '-'. */
static bool is_fuse_line(char *line, const char *path)
{
	const char *dash = strstr(line, " - ");
	char *save, *field = NULL;

	if (!dash || strncmp(dash + 3, "fuse", 4) != 0)
		return false;
	field = strtok_r(line, " ", &save);
	for (int i = 1; field && i < 5; i++)
		field = strtok_r(NULL, " ", &save);
	if (!field)
		return false;
	unescape(field);
	return !strcmp(field, path);
}

static bool is_fuse_mount(const char *path)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	size_t room = 0;
	bool found = false;

	if (!f)
		return false;
	while (!found && getline(&line, &room, f) > 0)
		found = is_fuse_line(line, path);
	free(line);
	fclose(f);
	return found;
}

static int fail(struct bfs_why *why, const char *path, int err)
{
	switch (err) {
	case ENOENT: return bfs_fail(why, -err, "mount point '%s' does not exist", path);
	case ENOTDIR: return bfs_fail(why, -err, "mount point '%s' is not a directory", path);
	case ENOTCONN:
		return bfs_fail(why, -err,
				"a dead mount is in the way, its daemon is gone; clear it with: "
				"fusermount3 -u '%s'",
				path);
	default: return bfs_fail(why, -err, "mount point '%s': %s", path, strerror(err));
	}
}

static int check_device(struct bfs_why *why)
{
	if (!access("/dev/fuse", F_OK) || (errno != ENOENT && errno != ENODEV))
		return 0;
	return bfs_fail(why, -errno, "/dev/fuse is missing: is the kernel's fuse module loaded?");
}

/* `path` is absolute. */
static int check(const char *path, struct bfs_why *why)
{
	struct stat st;
	bool fuse = is_fuse_mount(path);

	if (stat(path, &st))
		return fail(why, path, errno);
	if (fuse)
		return bfs_fail(why, -EBUSY,
				"mount point '%s' is busy: FUSE is mounted there already", path);
	if (!S_ISDIR(st.st_mode))
		return fail(why, path, ENOTDIR);
	if (geteuid() != 0 && access(path, W_OK))
		return bfs_fail(why, -errno, "mount point '%s' can't be written by you", path);
	return check_device(why);
}

int bfs_mountpoint_check(const char *path, char **ret_path, struct bfs_why *why)
{
	char *real = realpath(path, NULL);
	int err;

	if (!real)
		return fail(why, path, errno);
	if (!strcmp(real, "/"))
		err = bfs_fail(why, -EINVAL,
			       "'%s' is the root directory: nothing could be reached any more",
			       path);
	else
		err = check(real, why);
	if (err)
		free(real);
	else
		*ret_path = real;
	return err;
}
