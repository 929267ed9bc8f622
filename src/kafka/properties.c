/* properties.c - librdkafka's properties: reading FILE (-F), and listing them (-X list).
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kafka/client.h"
#include "kafka/conf.h"

#define FILE_MAX (1024 * 1024)

/* Opens a plain file of the user's or root's that nobody else can change. */
static int open_file(const char *path, struct stat *ret_st, struct bfs_why *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int err = 0;

	if (fd < 0 && errno == ELOOP)
		return bfs_fail(why, -ELOOP, "%s: is a symbolic link", path);
	if (fd < 0)
		return bfs_fail(why, -errno, "%s: %s", path, strerror(errno));
	if (fstat(fd, ret_st) < 0)
		err = bfs_fail(why, -errno, "%s: %s", path, strerror(errno));
	else if (!S_ISREG(ret_st->st_mode))
		err = bfs_fail(why, -EINVAL, "%s: is not a plain file", path);
	else if (ret_st->st_uid != geteuid() && ret_st->st_uid != 0)
		err = bfs_fail(why, -EPERM, "%s: belongs to somebody else", path);
	else if (ret_st->st_mode & (S_IWGRP | S_IWOTH))
		err = bfs_fail(why, -EPERM, "%s: others can write to it (chmod go-w)", path);
	else if (ret_st->st_size > FILE_MAX)
		err = bfs_fail(why, -EFBIG, "%s: too large for a properties file", path);
	if (!err)
		return fd;
	close(fd);
	return err;
}

static char *trim(char *s)
{
	char *end;

	s += strspn(s, " \t");
	end = s + strlen(s);
	while (end > s && strchr(" \t\r\n", end[-1]))
		end--;
	*end = '\0';
	return s;
}

/* "prop=value" without the blanks around both, or NULL for a line that says nothing. */
static int parse_line(char *line, char **ret, bool *ret_secret, struct bfs_why *why,
		      const char *path, int n)
{
	struct bfs_buf b = { 0 };
	char *name = trim(line), *value;

	if (!*name || *name == '#') {
		*ret = NULL;
		return 0;
	}
	value = strchr(name, '=');
	if (!value || value == name)
		return bfs_fail(why, -EINVAL, "%s, line %d: is not of the form prop=value", path,
				n);
	*value++ = '\0';
	name = trim(name);
	*ret_secret |= bfs_conf_secret(name);
	bfs_buf_printf(&b, "%s=%s", name, trim(value));
	*ret = bfs_strdup(b.data);
	bfs_buf_fini(&b);
	return 0;
}

static void free_list(char **list, int n)
{
	for (int i = 0; i < n; i++)
		free(list[i]);
	free(list);
}

static int read_lines(FILE *f, const char *path, const struct stat *st, char ***ret_list,
		      int *ret_n, struct bfs_why *why)
{
	char **list = NULL, *line = NULL, *prop = NULL;
	size_t cap = 0;
	bool secret = false;
	int n = 0, err = 0;

	for (int i = 1; !err && getline(&line, &cap, f) >= 0; i++) {
		err = parse_line(line, &prop, &secret, why, path, i);
		if (err || !prop)
			continue;
		list = bfs_realloc(list, (size_t)(n + 1) * sizeof(*list));
		list[n++] = prop;
	}
	if (line)
		explicit_bzero(line, cap);
	free(line);
	if (!err && secret && st->st_mode & (S_IRWXG | S_IRWXO))
		err = bfs_fail(why, -EPERM, "%s: holds a secret and others can read it (chmod 600)",
			       path);
	if (err) {
		free_list(list, n);
		return err;
	}
	*ret_list = list;
	*ret_n = n;
	return 0;
}

int bfs_kafka_properties_file(const char *path, char ***ret_list, int *ret_n, struct bfs_why *why)
{
	struct stat st;
	int err, fd = open_file(path, &st, why);
	FILE *f;

	if (fd < 0)
		return fd;
	f = fdopen(fd, "r");
	if (!f) {
		err = bfs_fail(why, -errno, "%s: %s", path, strerror(errno));
		close(fd);
		return err;
	}
	err = read_lines(f, path, &st, ret_list, ret_n, why);
	fclose(f);
	return err;
}

void bfs_kafka_list_properties(struct bfs_buf *ret)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return;
	rd_kafka_conf_properties_show(f);
	fclose(f);
	bfs_buf_append(ret, text, len);
	free(text);
}
