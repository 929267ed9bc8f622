/* test_fs_errors.c - deadlines, interruptions, and the end, at every place where a request waits.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/fs_rig.h"

/* A request that waits at one place, and what each way out of it must be. */
struct place {
	struct fake_reply *(*begin)(void); /* parks */
	int64_t deadline;                  /* ms after which it ends by itself */
	int timed_out, interrupted;        /* errors then; 1: not an error */
	bool busy_mount;                   /* lets the cluster go on before the end */
};

/* --- the places ---------------------------------------------------------------------- */

static struct fake_reply *park_lookup(void)
{
	mount_it();
	settle();
	now += 2000; /* the snapshot is not fresh */
	fake_freeze(c, true);
	return lookup_begin(BFS_ROOT_INO, "unknown");
}

static struct fake_reply *park_open(void)
{
	mount_it();
	fake_freeze(c, true);
	return open_begin(walk("t/0"), O_RDONLY);
}

static struct fake_reply *park_open_for_data(void)
{
	fake_append(c, "t", 0, "a");
	fake_delay(c, FAKE_FETCH, 100000);
	mount_it();
	return open_begin(walk("t/0"), O_RDONLY);
}

static uint64_t open_backlog(void)
{
	uint64_t fh;

	append_many(200, 4096);
	mount_it();
	fh = open_file("t/0", O_RDONLY);
	settle();
	fake_freeze(c, true);
	return fh;
}

static struct fake_reply *park_read(void)
{
	return read_begin(open_backlog(), 500000, 4096);
}

static struct fake_reply *park_size(void)
{
	open_backlog();
	return stat_begin(walk("t/0"), 0);
}

static struct fake_reply *park_seek_end(void)
{
	uint64_t fh = open_backlog();

	return stat_begin(walk("t/0"), fh);
}

static struct fake_reply *park_claim(void)
{
	uint64_t a, b;

	fake_append(c, "t", 0, "a");
	mount_it();
	a = open_file("t/0", O_RDONLY);
	b = open_file("t/0", O_RDONLY);
	reads(a, 0, 4096, "a\n");
	return read_begin(b, 0, 4096);
}

static struct fake_reply *park_commit(void)
{
	uint64_t fh;

	fake_append(c, "t", 0, "a");
	mount_it();
	fh = open_file("t/0", O_RDONLY);
	reads(fh, 0, 4096, "a\n");
	fake_freeze(c, true);
	reads(fh, 2, 4096, "");
	return flush_begin(fh);
}

static struct fake_reply *park_first_write(void)
{
	uint64_t fh;

	mount_it();
	fh = open_file("t/0", O_WRONLY);
	fake_hold_acks(c, true);
	return write_begin(fh, "one\ntwo\nrest", 0);
}

static struct fake_reply *park_space(void)
{
	uint64_t fh;

	mount_it();
	fh = open_file("t/0", O_WRONLY);
	fake_queue_max(c, 0);
	return write_begin(fh, "one\n", 0);
}

static struct fake_reply *park_fsync(void)
{
	uint64_t fh;

	mount_it();
	fh = open_file("t/0", O_WRONLY);
	writes(fh, "one\n");
	fake_hold_acks(c, true);
	writes(fh, "two\n");
	return fsync_begin(fh);
}

static struct fake_reply *park_rest(void)
{
	uint64_t fh;

	mount_it();
	fh = open_file("t/0", O_WRONLY);
	writes(fh, "rest");
	fake_hold_acks(c, true);
	return flush_begin(fh);
}

static const struct place places[] = {
	{ park_lookup, BFS_UNKNOWN_WAIT, -ENOENT, -EINTR, false },
	{ park_open, 5000, -ETIMEDOUT, -EINTR, false },
	{ park_open_for_data, 5000, -ETIMEDOUT, -EINTR, false },
	{ park_read, 5000, -ETIMEDOUT, -EINTR, false },
	{ park_size, BFS_CATCH_UP, 1, -EINTR, false },
	{ park_seek_end, 5000, -ETIMEDOUT, -EINTR, false },
	{ park_claim, BFS_CLAIM_WAIT, -EBUSY, -EINTR, false },
	{ park_commit, 5000, -ETIMEDOUT, -EINTR, true },
	{ park_first_write, 10000, -ETIMEDOUT, 1, false },
	{ park_space, 10000, -ETIMEDOUT, -EINTR, false },
	{ park_fsync, 10000, -ETIMEDOUT, -EINTR, false },
	{ park_rest, 10000, -ETIMEDOUT, -EINTR, false },
};
#define N_PLACES ((int)(sizeof(places) / sizeof(places[0])))

static void ends_with(struct fake_reply *r, int want)
{
	fake_wait(r);
	if (want == 1)
		ck_assert_int_ne(r->kind, FAKE_ERROR);
	else
		ck_assert_int_eq(r->err, want);
	fake_reply_free(r);
}

START_TEST(ends_at_its_deadline)
{
	const struct place *p = &places[_i];
	struct fake_reply *r = p->begin();

	settle();
	ck_assert(!fake_answered(r));
	advance(p->deadline - 1);
	ck_assert(!fake_answered(r));
	advance(1);
	ends_with(r, p->timed_out);
}
END_TEST

START_TEST(ends_when_interrupted)
{
	const struct place *p = &places[_i];
	struct fake_reply *r = p->begin();

	settle();
	fake_interrupt(r);
	ends_with(r, p->interrupted);
	fake_hold_acks(c, false);
	fake_queue_max(c, -1);
}
END_TEST

/* Parked or about to: an interruption at any moment ends it, and once. */
START_TEST(ends_when_interrupted_at_once)
{
	const struct place *p = &places[_i];
	struct fake_reply *r = p->begin();

	fake_interrupt(r);
	ends_with(r, p->interrupted);
	fake_hold_acks(c, false);
}
END_TEST

static void *stop_fs(void *done)
{
	bfs_fs_stop(fs, now + 5000);
	rang(done);
	return NULL;
}

/* The daemon stops: -ENODEV for whoever waits, or -ESTALE for those of a session that ends. */
START_TEST(ends_when_the_daemon_stops)
{
	const struct place *p = &places[_i];
	struct fake_reply *r = p->begin();
	_Atomic bool done = false;
	pthread_t th;

	settle();
	ck_assert_int_eq(pthread_create(&th, NULL, stop_fs, (void *)&done), 0);
	if (p->busy_mount) {
		usleep(2000); /* it waits for the commit; whichever comes first */
		fake_freeze(c, false);
	}
	TEST_WAIT(done);
	pthread_join(th, NULL);
	fake_wait(r);
	ck_assert_msg(r->err == -ENODEV || r->err == -ESTALE || r->kind == FAKE_ATTR ||
			      (p->busy_mount && !r->err),
		      "place %d: %d", _i, r->err);
	fake_reply_free(r);
	fake_hold_acks(c, false);
	fake_queue_max(c, -1);
}
END_TEST

/* --- the end ------------------------------------------------------------------------- */

START_TEST(stop_commits_what_was_acknowledged)
{
	uint64_t fh;

	append_many(3, 10);
	mount_it();
	fh = open_file("t/0", O_RDONLY);
	reads(fh, 0, 10, "00000000.\n");
	reads(fh, 10, 10, "00000001.\n"); /* commits 1 */
	settle();
	reads(fh, 20, 10, "00000002.\n"); /* waits for its turn */
	unmount();
	ck_assert_int_eq(committed(), 2);
}
END_TEST

START_TEST(stop_does_not_wait_past_its_deadline)
{
	_Atomic bool done = false;
	pthread_t th;
	uint64_t fh;

	fake_append(c, "t", 0, "a");
	mount_it();
	fh = open_file("t/0", O_RDONLY);
	reads(fh, 0, 4096, "a\n");
	fake_freeze(c, true);
	reads(fh, 2, 4096, "");
	ck_assert_int_eq(pthread_create(&th, NULL, stop_fs, (void *)&done), 0);
	usleep(1000);
	while (!done) { /* it looks at the clock once a real second */
		now += 1000;
		usleep(1000);
	}
	pthread_join(th, NULL);
}
END_TEST

/* What could not be committed is not tried again when the cluster is gone. */
START_TEST(no_commit_after_the_cluster_stopped)
{
	uint64_t fh;

	fake_append(c, "t", 0, "a");
	mount_it();
	fh = open_file("t/0", O_RDONLY);
	reads(fh, 0, 4096, "a\n");
	fake_fail(c, FAKE_COMMIT, -EIO, "no", -1);
	reads(fh, 2, 4096, "");
	settle();
	bfs_fs_stop(fs, now);
	release(fh);
	fake_settle(c);
	fake_cluster_stop(c);
	now += 5000;
	clerk_done(fs->clerk);
	bfs_fs_free(fs);
	fs = NULL;
}
END_TEST

START_TEST(no_new_request_waits_after_the_stop)
{
	uint64_t t0, wr;

	mount_it();
	t0 = walk("t/0");
	wr = open_ino(t0, O_WRONLY);
	bfs_fs_stop(fs, now);
	fake_freeze(c, true);
	IS_ERR(open_begin(t0, O_RDONLY), -ENODEV);
	IS_ERR(write_begin(wr, "x\n", 0), -ENODEV);
}
END_TEST

START_TEST(stop_with_everything_parked)
{
	struct fake_reply *r[8];
	uint64_t a, b, wr, wr2;
	int i;

	o.window = 1;
	append_many(2000, 1000);
	mount_it();
	a = open_file("t/0", O_RDONLY);
	b = open_file("t/0", O_RDONLY);
	wr = open_file("t/1", O_WRONLY);
	wr2 = open_file("t/1", O_WRONLY);
	settle();
	fake_freeze(c, true);
	r[0] = read_begin(a, 1900000, 4096);
	r[1] = read_begin(b, 0, 4096);
	r[2] = stat_begin(walk("t/0"), 0);
	r[3] = stat_begin(walk("t/0"), b);
	r[4] = write_begin(wr, "x\n", 0);
	r[5] = fsync_begin(wr);
	fake_queue_max(c, 0);
	r[6] = write_begin(wr2, "y\n", 0);
	r[7] = open_begin(walk("t/1"), O_RDONLY);
	settle();
	for (i = 0; i < 8; i++)
		ck_assert_msg(!fake_answered(r[i]), "%d does not wait", i);
	bfs_fs_stop(fs, now + 5000);
	for (i = 0; i < 8; i++) {
		fake_wait(r[i]);
		ck_assert_msg(r[i]->err == -ENODEV || r[i]->err == -ESTALE || i == 2 || i == 3,
			      "%d ends with %d", i, r[i]->err);
		fake_reply_free(r[i]);
	}
}
END_TEST

/* --- errors of the cluster ----------------------------------------------------------- */

START_TEST(open_says_why_it_failed)
{
	static const enum fake_call calls[] = { FAKE_ENDS, FAKE_COMMITTED };
	size_t i;

	mount_it();
	for (i = 0; i < 2; i++) {
		fake_fail(c, calls[i], -EACCES, "Broker: Group authorization failed", 1);
		IS_ERR(open_begin(walk("t/0"), O_RDONLY), -EACCES);
		ck_assert_str_eq(error_of_file(walk("t/0")), "Broker: Group authorization failed");
		open_file("t/0", O_RDONLY); /* the next one is a new session */
		release(files[0]);
	}
	fake_feeds_max(c, 0);
	IS_ERR(open_begin(walk("t/0"), O_RDONLY), -EMFILE);
	fake_feeds_max(c, -1);
	o.max_open = 1;
	open_file("t/0", O_WRONLY);
	IS_ERR(open_begin(walk("t/0"), O_WRONLY), -ENFILE);
	release(files[0]);
	open_file("t/0", O_WRONLY);
}
END_TEST

START_TEST(a_fetch_that_fails_says_why)
{
	uint64_t fh, ino;

	fake_append(c, "t", 0, "a");
	mount_it();
	ino = walk("t/0");
	fh = open_ino(ino, O_RDONLY);
	reads(fh, 0, 4096, "a\n");
	fake_fail(c, FAKE_FETCH, -EACCES, "Broker: Topic authorization failed", 1);
	settle();
	IS_ERR(read_begin(fh, 2, 4096), -EACCES);
	ck_assert_str_eq(error_of_file(ino), "Broker: Topic authorization failed");
}
END_TEST

/* A handle that someone left open pins nothing, least of all a session that failed. */
START_TEST(a_failed_session_is_left)
{
	uint64_t idle, fh;

	fake_append(c, "t", 0, "a");
	mount_it();
	idle = open_file("t/0", O_RDONLY);
	fake_fail(c, FAKE_FETCH, -EIO, "Broker: Storage error", 1);
	settle();
	IS_ERR(open_begin(walk("t/0"), O_RDONLY), -ESTALE); /* the kernel looks it up again */
	fh = open_file("t/0", O_RDONLY);
	reads(fh, 0, 4096, "a\n");
	IS_ERR(read_begin(idle, 0, 4096), -ESTALE);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("fs_errors");
	TCase *tc = tcase_create("places");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, ends_at_its_deadline, 0, N_PLACES);
	tcase_add_loop_test(tc, ends_when_interrupted, 0, N_PLACES);
	tcase_add_loop_test(tc, ends_when_interrupted_at_once, 0, N_PLACES);
	tcase_add_loop_test(tc, ends_when_the_daemon_stops, 0, N_PLACES);
	suite_add_tcase(s, tc);
	RIG_CASE(s, "stop", stop_commits_what_was_acknowledged,
		 stop_does_not_wait_past_its_deadline, no_commit_after_the_cluster_stopped,
		 no_new_request_waits_after_the_stop, stop_with_everything_parked);
	RIG_CASE(s, "cluster", open_says_why_it_failed, a_fetch_that_fails_says_why,
		 a_failed_session_is_left);
	return s;
}

TEST_MAIN(suite)
