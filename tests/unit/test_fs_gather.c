/* test_fs_gather.c - small writes that nobody waits for, gathered for a moment.
 *
 * SPDX-License-Identifier: MIT */
#include "model/writer_inner.h"
#include "tests/unit/fs_rig.h"

static uint64_t writer(void)
{
	if (!fs)
		mount_it();
	return open_file("t/0", O_WRONLY);
}

/* Writes that come so far from each other are not gathered. */
static void pause_a_bit(void)
{
	advance(BFS_GATHER);
}

static void log_is(const char *want)
{
	settle();
	ck_assert_str_eq(log_of_t0(), want);
}

/* Small writes behind each other go together, after a moment; in order with all others. */
START_TEST(small_writes_are_gathered)
{
	uint64_t fh = writer();

	writes(fh, "one\n");
	writes(fh, "two\n");
	writes(fh, "three\n");
	log_is("one|");
	pause_a_bit();
	settle();
	log_is("one|two|three|");
	pause_a_bit();
	writes(fh, "four\n"); /* nothing before it */
	log_is("one|two|three|four|");
	writes(fh, "five\n");
	writes(fh, "six\nse"); /* no line's end */
	log_is("one|two|three|four|five|six|");
	writes(fh, "ven\n");
	log_is("one|two|three|four|five|six|seven|");
	writes(fh, "eight\n");
	is_written(write_begin(fh, "nine\n", O_SYNC), 5);
	log_is("one|two|three|four|five|six|seven|eight|nine|");
}
END_TEST

START_TEST(what_is_gathered_is_flushed)
{
	uint64_t fh = writer();

	writes(fh, "one\n");
	writes(fh, "two\n");
	ck_assert_int_eq(fake_finish(fsync_begin(fh)), 0);
	log_is("one|two|");
	writes(fh, "three\n");
	ck_assert_int_eq(close_file(fh), 0);
	log_is("one|two|three|");
	fh = writer();
	writes(fh, "four\n");
	writes(fh, "five\n");
	release(fh); /* without a flush: its holder was killed */
	log_is("one|two|three|four|five|");
}
END_TEST

START_TEST(what_is_gathered_is_much)
{
	char line[4097];
	uint64_t fh = writer();

	memset(line, 'x', 4095);
	line[4095] = '\n';
	line[4096] = '\0';
	writes(fh, "first\n");
	for (int i = 0; i < 16; i++)
		writes(fh, line);
	settle();
	ck_assert_int_eq(fake_end(c, "t", 0), 1);
	writes(fh, line); /* there is no room for it */
	settle();
	ck_assert_int_eq(fake_end(c, "t", 0), 18);
}
END_TEST

/* Its failure is told once, by what comes next; it waits for room. */
START_TEST(what_is_gathered_fails)
{
	uint64_t fh = writer();
	struct fake_reply *r;

	writes(fh, "one\n");
	writes(fh, "two\n");
	writes(fh, "three\n");
	fake_fail(c, FAKE_DELIVERY, -EIO, "Broker: no", 1);
	pause_a_bit();
	settle();
	IS_ERR(write_begin(fh, "four\n", 0), -EIO);
	log_is("one|three|");
	writes(fh, "five\n");
	fake_fail(c, FAKE_PRODUCE, -EACCES, "Broker: not you", 1);
	pause_a_bit();
	settle();
	ck_assert_int_eq(fake_finish(fsync_begin(fh)), -EACCES);
	ck_assert_int_eq(fake_finish(fsync_begin(fh)), 0);
	writes(fh, "six\n");
	writes(fh, "seven\n");
	fake_queue_max(c, 0);
	advance_by(100, 5);
	r = fsync_begin(fh);
	NOT_YET(r);
	log_is("one|three|");
	fake_queue_max(c, -1);
	advance(20);
	IS_ERR(r, 0);
	log_is("one|three|six|seven|");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("fs_gather");

	RIG_CASE(s, "gathering", small_writes_are_gathered, what_is_gathered_is_flushed,
		 what_is_gathered_is_much, what_is_gathered_fails);
	return s;
}

TEST_MAIN(suite)
