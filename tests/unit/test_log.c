/* test_log.c - levels, the ring, masks, the rate limit, stderr.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/test.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/sync.h"

static int64_t now = 1000;
static int out; /* reading end of what was stderr */

static int64_t held_clock(void)
{
	return now;
}

/* Each test runs in a process of its own, with a pipe for stderr that nobody has to drain. */
static void setup(void)
{
	int fds[2];

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	dup2(fds[1], STDERR_FILENO);
	close(fds[1]);
	out = fds[0];
	fcntl(out, F_SETFL, O_NONBLOCK);
	bfs_clock_override(held_clock);
}

/* What was printed since the last call. */
static const char *printed(void)
{
	static char text[65536];
	ssize_t n = read(out, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

/* The ring without its times. */
static char *kept(void)
{
	struct bfs_buf all = { 0 }, ret = { 0 };
	char *line, *save = NULL;

	bfs_log_copy(&all);
	bfs_buf_append(&all, "", 1);
	for (line = strtok_r(all.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		ck_assert_uint_gt(strlen(line), 25);
		ck_assert_int_eq(line[10], 'T');
		ck_assert_int_eq(line[23], 'Z');
		bfs_buf_printf(&ret, "%s\n", line + 25);
	}
	bfs_buf_append(&ret, "", 1);
	bfs_buf_fini(&all);
	return ret.data;
}

START_TEST(levels)
{
	char *text;

	bfs_error("one %d", 1);
	bfs_warn("two");
	bfs_info("three");
	bfs_debug("not asked for");
	bfs_log_level(BFS_LOG_DEBUG);
	bfs_debug("four");
	bfs_log_level(BFS_LOG_ERROR);
	bfs_warn("no more");
	ck_assert_str_eq(printed(), "brokerfs: error: one 1\nbrokerfs: warning: two\n"
				    "brokerfs: three\nbrokerfs: debug: four\n");
	text = kept();
	ck_assert_str_eq(text, "error one 1\nwarning two\ninfo three\ndebug four\n");
	free(text);
}
END_TEST

START_TEST(one_line)
{
	char big[5000], *text;

	bfs_info("a\nb\r\tc\x7f");
	memset(big, 'x', sizeof(big));
	bfs_info("%.*s", (int)sizeof(big), big);
	bfs_info("%s", "");
	text = kept();
	ck_assert(!strncmp(text, "info a b  c \ninfo xxx", 21));
	ck_assert_uint_eq(strlen(text),
			  strlen("info a b  c \n") + 5 + 1000 + 1 + strlen("info \n"));
	free(text);
}
END_TEST

START_TEST(secrets)
{
	char *text, big[1100];

	bfs_log_mask("");
	bfs_log_mask("pass");
	bfs_log_mask("password1");
	bfs_log_mask("s");
	bfs_error("password1 and pass, password1password1, pas");
	/* The cut must not leave the first half of one. */
	memset(big, 'x', sizeof(big));
	memcpy(big + 995, "password1", 10);
	bfs_error("%s", big);
	text = kept();
	ck_assert_str_eq(strtok(text, "\n"), "error *** and ***, ******, pa***");
	ck_assert_ptr_null(strstr(strtok(NULL, "\n"), "p"));
	ck_assert_ptr_null(strstr(printed(), "pass"));
	free(text);
}
END_TEST

static void chatter(int i)
{
	bfs_warn("again %d", i);
}

START_TEST(rate_limit)
{
	char *text, *last;
	int i;

	for (i = 0; i < 25; i++)
		chatter(i);
	bfs_warn("another site");
	now += 1000;
	chatter(25);
	chatter(26);
	text = kept();
	last = strstr(text, "again 9\n");
	ck_assert_ptr_nonnull(last);
	ck_assert_str_eq(last, "again 9\nwarning another site\n"
			       "warning again 25 (15 more like this left out)\nwarning again 26\n");
	free(text);
}
END_TEST

START_TEST(ring_forgets_the_oldest)
{
	struct bfs_log_site site = { 0 };
	char *text, *at;
	int i, lines = 0;

	for (i = 0; i < 1500; i++) {
		now += 1000;
		bfs_log_at(&site, BFS_LOG_INFO, "%d", i);
		printed();
	}
	text = kept();
	for (at = text; *at; at++)
		lines += *at == '\n';
	ck_assert_int_eq(lines, 1000);
	ck_assert(!strncmp(text, "info 500\ninfo 501\n", 18));
	ck_assert_str_eq(strstr(text, "info 1498\n"), "info 1498\ninfo 1499\n");
	free(text);
}
END_TEST

/* Nobody reads our stderr, or nobody is there any more: logging goes on. */
START_TEST(stuck_stderr)
{
	struct bfs_log_site site = { 0 };
	int i;

	for (i = 0; i < 5000; i++) {
		now += 1000;
		bfs_log_at(&site, BFS_LOG_INFO, "%0100d", i);
	}
	close(out);
	now += 1000;
	bfs_log_at(&site, BFS_LOG_INFO, "and on");
}
END_TEST

START_TEST(under_any_lock)
{
	struct bfs_mutex m;

	bfs_mutex_init(&m, BFS_RANK_CLERK);
	bfs_mutex_lock(&m);
	bfs_info("allowed");
	bfs_mutex_unlock(&m);
	bfs_mutex_fini(&m);
}
END_TEST

static void *shout(void *arg)
{
	struct bfs_buf b = { 0 };
	int i;

	for (i = 0; i < 200; i++) {
		bfs_info("thread %d says %d", *(int *)arg, i);
		if (i % 50 == 0)
			bfs_log_copy(&b);
	}
	bfs_buf_fini(&b);
	return NULL;
}

START_TEST(many_threads)
{
	int id[4] = { 0, 1, 2, 3 }, i;
	pthread_t t[4];

	for (i = 0; i < 4; i++)
		ck_assert_int_eq(bfs_thread_start(&t[i], "shout", shout, &id[i]), 0);
	for (i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
}
END_TEST

START_TEST(to_syslog)
{
	char *text;

	bfs_log_to_syslog("brokerfs-test");
	bfs_info("goes elsewhere");
	ck_assert_str_eq(printed(), "");
	text = kept();
	ck_assert_str_eq(text, "info goes elsewhere\n");
	free(text);
}
END_TEST

static Suite *suite(void)
{
	const TTest *const tests[] = {
		levels,       one_line,       secrets,      rate_limit, ring_forgets_the_oldest,
		stuck_stderr, under_any_lock, many_threads, to_syslog,  NULL
	};
	Suite *s = suite_create("log");
	TCase *tc = tcase_create("log");
	size_t i;

	tcase_add_checked_fixture(tc, setup, NULL);
	for (i = 0; tests[i]; i++)
		tcase_add_test(tc, tests[i]);
	suite_add_tcase(s, tc);
	return s;
}

TEST_MAIN(suite)
