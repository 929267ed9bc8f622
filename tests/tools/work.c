/* work.c - the model at work without a broker or a kernel, for counting instructions.
 *
 * `work read|read.json|write|write.json N`: N records of 100 bytes are read or written, as lines or
 * as JSON, in requests of 128 KiB, on the fakes that the unit tests use.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/fs_rig.h"

#include <stdio.h>
#include <stdlib.h>

#define LINE    100 /* bytes, newline included */
#define REQUEST (128 * 1024)
#define SHOWN                                                                                      \
	"{\"topic\":\"t\",\"partition\":0,\"offset\":1234567,\"timestamp\":1795435920267,\"key\":" \
	"null,"                                                                                    \
	"\"value\":\"%0*d\",\"headers\":[]}\n"

static void die(const char *why)
{
	fprintf(stderr, "work: %s\n", why);
	exit(1);
}

static void read_all(const char *path, int n)
{
	struct fake_reply *r;
	int64_t at = 0;
	uint64_t fh;
	size_t len;

	append_many(n, LINE);
	mount_it();
	fh = open_file(path, O_RDONLY);
	do {
		r = read_begin(fh, at, REQUEST);
		fake_wait(r);
		if (r->kind != FAKE_DATA)
			die("a read failed");
		len = r->len;
		at += (int64_t)len;
		fake_reply_free(r);
	} while (len);
	if (at < (int64_t)n * LINE)
		die("not all was read");
	if (close_file(fh))
		die("close failed");
}

static void write_all(const char *path, int n)
{
	const char *form = strstr(path, ".json") ? SHOWN : "%0*d\n";
	int len = snprintf(NULL, 0, form, LINE - 1, 0), lines = REQUEST / len;
	char *text = bfs_alloc((size_t)lines * (size_t)len + 1);
	struct fake_reply *r;
	uint64_t fh;

	for (int i = 0; i < lines; i++)
		sprintf(text + i * len, form, LINE - 1, i);
	mount_it();
	fh = open_file(path, O_WRONLY);
	for (int left = n; left > 0; left -= lines) {
		if (left < lines)
			text[left * len] = '\0';
		r = write_begin(fh, text, 0);
		fake_wait(r);
		if (r->kind != FAKE_WRITTEN || r->len != strlen(text))
			die("a write failed");
		fake_reply_free(r);
	}
	if (close_file(fh) || fake_end(c, "t", 0) != n)
		die("not all was written");
	free(text);
}

static const char *kind;
static int count;

START_TEST(work)
{
	if (!strcmp(kind, "read"))
		read_all("t/0", count);
	else if (!strcmp(kind, "read.json"))
		read_all("t/0.json", count);
	else if (!strcmp(kind, "write"))
		write_all("t/0", count);
	else if (!strcmp(kind, "write.json"))
		write_all("t/0.json", count);
	else
		die("read, read.json, write or write.json");
}
END_TEST

/* A test, because the fakes report to Check; in this process, to be counted. */
int main(int argc, char *argv[])
{
	Suite *s = suite_create("work");
	SRunner *runner = srunner_create(s);
	int failed;

	kind = argc == 3 ? argv[1] : "";
	count = argc == 3 ? atoi(argv[2]) : 0;
	if (count <= 0)
		die("usage: work read|read.json|write|write.json N");
	RIG_CASE(s, "work", work);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
