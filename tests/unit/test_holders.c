/* test_holders.c - who still holds a descriptor: real processes, ordinary files.
 *
 * The "closing" process is a child in a session of its own, so that what stands above the test
 * (a container's init, a login of another user) can't blur a plain no.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/test.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "process/holders.h"

#define NAME "orders/0"

static char folder[64], path[128];
static uint64_t ino;

static void setup(void)
{
	struct stat st;
	char topic[96];
	int fd;

	strcpy(folder, "/tmp/test_holders.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(topic, sizeof(topic), "%s/orders", folder);
	ck_assert_int_eq(mkdir(topic, 0700), 0);
	snprintf(path, sizeof(path), "%s/" NAME, folder);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ino = st.st_ino;
	close(fd);
}

static void teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	ck_assert_int_eq(system(command), 0);
}

/* A child that holds `fd` (or none, -1) and waits to be killed. */
struct child {
	pid_t pid;
	int up; /* EOF when it is ready */
};

static struct child start(int keep)
{
	struct child c;
	int up[2];

	ck_assert_int_eq(pipe2(up, O_CLOEXEC), 0);
	c.pid = fork();
	ck_assert_int_ge(c.pid, 0);
	if (!c.pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setsid();
		for (int fd = 3; fd < 64; fd++) {
			if (fd != keep && fd != up[1])
				close(fd);
		}
		close(up[1]);
		for (;;)
			pause();
	}
	close(up[1]);
	c.up = up[0];
	ck_assert_int_eq(read(c.up, &(char){ 0 }, 1), 0);
	close(c.up);
	return c;
}

static void end(struct child c)
{
	kill(c.pid, SIGKILL);
	ck_assert_int_eq(waitpid(c.pid, NULL, 0), c.pid);
}

static int held(bool alone, pid_t closing, const pid_t *pids, int n)
{
	return bfs_holders_held(NULL, ino, NAME, true, alone, closing, pids, n);
}

static int open_it(void)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

/* One that can't write is not a copy of one that could, nor the other way round. */
START_TEST(what_can_do_something_else)
{
	static const int flags[] = { O_RDONLY, O_WRONLY | O_APPEND, O_RDWR, O_PATH };
	static const int as_writer[] = { 0, 1, 1, 0 }, as_reader[] = { 1, 0, 1, 0 };

	for (int i = 0; i < 4; i++) {
		int fd = open(path, flags[i] | O_CLOEXEC);
		struct child c = start(fd);

		ck_assert_int_ge(fd, 0);
		close(fd);
		ck_assert_int_eq(held(true, c.pid, NULL, 0), as_writer[i]);
		ck_assert_int_eq(bfs_holders_held(NULL, ino, NAME, false, true, c.pid, NULL, 0),
				 as_reader[i]);
		end(c);
	}
}
END_TEST

START_TEST(parents)
{
	ck_assert_int_eq(bfs_holders_parent(NULL, getpid()), getppid());
	ck_assert_int_eq(bfs_holders_parent(NULL, 0), 0);
	ck_assert_int_eq(bfs_holders_parent(NULL, 1 << 30), 0);
	ck_assert(!bfs_holders_leaving(NULL, getpid()));
}
END_TEST

START_TEST(nobody)
{
	struct child c = start(-1);

	ck_assert_int_eq(held(true, c.pid, NULL, 0), 0);
	ck_assert_int_eq(held(false, c.pid, NULL, 0), 0);
	end(c);
}
END_TEST

START_TEST(itself)
{
	int fd = open_it();
	struct child c = start(fd);

	close(fd);
	ck_assert_int_eq(held(true, c.pid, NULL, 0), 1);
	end(c);
}
END_TEST

/* ( /bin/printf a; /bin/printf b ) >> f */
START_TEST(ancestor)
{
	struct child c = start(-1);
	int fd = open_it();

	ck_assert_int_eq(held(true, c.pid, NULL, 0), 1);
	close(fd);
	ck_assert_int_eq(held(true, c.pid, NULL, 0), 0);
	end(c);
}
END_TEST

START_TEST(further_process)
{
	int fd = open_it();
	struct child other = start(fd), c = start(-1);
	pid_t pids[2] = { c.pid, other.pid }, gone = other.pid;

	close(fd);
	ck_assert_int_eq(held(true, c.pid, NULL, 0), 0);
	ck_assert_int_eq(held(true, c.pid, pids, 1), 0);
	ck_assert_int_eq(held(true, c.pid, pids, 2), 1);
	kill(other.pid, SIGKILL);
	TEST_WAIT(held(true, c.pid, pids, 2) == 0); /* a zombie holds nothing */
	end(other);
	ck_assert_int_eq(held(true, c.pid, &gone, 1), 0);
	end(c);
}
END_TEST

/* An older node of that name, with the same number, may be what was found. */
START_TEST(not_alone)
{
	int fd = open_it();
	struct child c = start(fd);

	close(fd);
	ck_assert_int_eq(held(true, c.pid, NULL, 0), 1);
	ck_assert_int_eq(held(false, c.pid, NULL, 0), -1);
	end(c);
}
END_TEST

static bool apart(pid_t closing, const pid_t *pids, int n, pid_t opener)
{
	return bfs_holders_apart(NULL, closing, pids, n, &opener, 1);
}

/* What one process opened is held by it, and by those that descend from it. */
START_TEST(who_has_nothing_to_do_with_an_opener)
{
	struct child a = start(-1), b = start(-1);
	pid_t pids[2] = { getppid(), b.pid };

	ck_assert(apart(a.pid, NULL, 0, b.pid));
	ck_assert(apart(a.pid, pids, 1, b.pid));
	ck_assert(apart(getpid(), NULL, 0, b.pid)); /* it has it itself, not from its child */
	ck_assert(!apart(a.pid, pids, 2, b.pid));
	ck_assert(!apart(a.pid, NULL, 0, a.pid));
	ck_assert(!apart(a.pid, NULL, 0, getpid()));
	ck_assert(!apart(a.pid, NULL, 0, getppid()));
	ck_assert(!apart(a.pid, NULL, 0, 0));
	ck_assert(!apart(0, NULL, 0, b.pid));
	end(b);
	ck_assert(apart(a.pid, NULL, 0, b.pid));
	ck_assert(!bfs_holders_apart(NULL, a.pid, NULL, 0, (pid_t[]){ b.pid, a.pid }, 2));
	ck_assert(bfs_holders_apart(NULL, a.pid, NULL, 0, NULL, 0));
	end(a);
}
END_TEST

START_TEST(other_files)
{
	char other[160];
	struct child c;
	int fd;

	snprintf(other, sizeof(other), "%s/orders/10", folder); /* ends in 0 */
	fd = open(other, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	c = start(fd);
	close(fd);
	ck_assert_int_eq(held(true, c.pid, NULL, 0), 0);
	end(c);

	snprintf(other, sizeof(other), "%s/0", folder); /* another topic's */
	fd = open(other, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	c = start(fd);
	close(fd);
	ck_assert_int_eq(held(true, c.pid, NULL, 0), 0);
	end(c);
}
END_TEST

static bool kernel_tells_ino(void)
{
	char text[512] = "";
	int fd = open("/proc/self/fdinfo/0", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	close(fd);
	return n > 0 && strstr(text, "\nino:");
}

/* The same file seen through another folder, as a bind mount shows it. */
START_TEST(other_folder)
{
	char other[160];
	struct child c;
	int fd;

	if (!kernel_tells_ino())
		return;
	snprintf(other, sizeof(other), "%s/0", folder);
	ck_assert_int_eq(link(path, other), 0);
	fd = open(other, O_WRONLY | O_CLOEXEC);
	c = start(fd);
	close(fd);
	ck_assert_int_eq(held(true, c.pid, NULL, 0), 1);
	end(c);
}
END_TEST

START_TEST(cannot_tell)
{
	pid_t none = 0, c = fork();

	ck_assert_int_eq(held(true, 0, NULL, 0), -1);
	ck_assert_int_eq(held(true, getpid(), &none, 1), -1);
	if (!c)
		_exit(0);
	ck_assert_int_eq(waitpid(c, NULL, 0), c);
	ck_assert_int_eq(held(true, c, NULL, 0), -1);
}
END_TEST

/* What can't be told does not hide what can. */
START_TEST(yes_beats_unknown)
{
	int fd = open_it();
	struct child c = start(fd);
	pid_t pids[2] = { 0, c.pid };

	close(fd);
	ck_assert_int_eq(held(true, 0, pids, 2), 1);
	end(c);
}
END_TEST

static void *in_thread(void *arg)
{
	*(int *)arg = held(true, (pid_t)syscall(SYS_gettid), NULL, 0);
	return NULL;
}

START_TEST(thread_id)
{
	int fd = open_it(), found = -2;
	pthread_t t;

	ck_assert_int_eq(pthread_create(&t, NULL, in_thread, &found), 0);
	pthread_join(t, NULL);
	ck_assert_int_eq(found, 1);
	close(fd);
}
END_TEST

/* Fields of /proc/PID/stat are counted behind the name, whatever that is. */
START_TEST(odd_program_name)
{
	int fd = open_it();
	pid_t c = fork();

	ck_assert_int_ge(c, 0);
	if (!c) {
		int found;

		close(fd);
		prctl(PR_SET_NAME, ") R 1 (x) ");
		found = held(true, getpid(), NULL, 0);
		_exit(found == 1 ? 0 : 1);
	} else {
		int status;

		ck_assert_int_eq(waitpid(c, &status, 0), c);
		ck_assert_int_eq(status, 0);
	}
	close(fd);
}
END_TEST

static Suite *suite(void)
{
	const TTest *const tests[] = {
		nobody,      what_can_do_something_else,
		parents,     itself,
		ancestor,    further_process,
		not_alone,   who_has_nothing_to_do_with_an_opener,
		other_files, other_folder,
		cannot_tell, yes_beats_unknown,
		thread_id,   odd_program_name,
		NULL,
	};
	Suite *s = suite_create("holders");
	TCase *tc = tcase_create("held");

	tcase_add_checked_fixture(tc, setup, teardown);
	for (int i = 0; tests[i]; i++)
		tcase_add_test(tc, tests[i]);
	suite_add_tcase(s, tc);
	return s;
}

TEST_MAIN(suite)
