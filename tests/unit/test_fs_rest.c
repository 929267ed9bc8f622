/* test_fs_rest.c - finished ranges that are opened again: the kernel has their bytes.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/view_rig.h"

/* Reads a view to its end and closes it. */
static uint64_t read_out(const char *path, const char *want)
{
	uint64_t ino = walk(path), fh = view_opened(open_begin(ino, O_RDONLY));

	reads(fh, 0, 65536, want);
	ck_assert_int_eq(close_file(fh), 0);
	return ino;
}

static void is_stored(const char *want)
{
	ck_assert_uint_eq(kernel.stored.len, strlen(want));
	ck_assert_mem_eq(kernel.stored.data, want, strlen(want));
}

START_TEST(the_kernel_gets_it)
{
	uint64_t ino, fh;
	struct fake_reply *r;

	fill(6);
	mount_it();
	ino = read_out("t/0@1..4", "1\n2\n3\n");
	is_stored("1\n2\n3\n");
	ck_assert_uint_eq(walk("t/0@1..4"), ino);
	ck_assert_int_eq(stat_size(stat_begin(ino, 0)), 6);
	r = open_begin(ino, O_RDONLY);
	fake_wait(r);
	ck_assert(r->opened.keep_cache && !r->opened.direct_io);
	fh = view_opened(r);
	/* pages that the kernel has dropped are fetched anew */
	reads(fh, 2, 100, "2\n3\n");
	reads(fh, 0, 100, "1\n2\n3\n");
	ck_assert_int_eq(close_file(fh), 0);
	is_stored("1\n2\n3\n"); /* not twice */
	ck_assert_uint_eq(walk("t/0@1..4"), ino);
}
END_TEST

START_TEST(what_can_change_is_fresh)
{
	static const char *const names[] = { "t/0@1", "t/0@1..latest", "t/0@-5..4", "t/0@1..+3" };
	uint64_t ino;

	fill(6);
	mount_it();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ino = walk(names[i]);
		ck_assert_int_eq(close_file(view_opened(open_begin(ino, O_RDONLY))), 0);
		ck_assert_uint_ne(walk(names[i]), ino);
	}
	ck_assert_uint_eq(kernel.stored.len, 0);
}
END_TEST

START_TEST(not_read_to_its_end)
{
	uint64_t ino, fh;

	fill(6);
	mount_it();
	ino = walk("t/0@1..4");
	fh = view_opened(open_begin(ino, O_RDONLY));
	reads(fh, 0, 4, "1\n2\n");
	ck_assert_int_eq(close_file(fh), 0);
	ck_assert_uint_eq(kernel.stored.len, 0);
	ck_assert_uint_ne(walk("t/0@1..4"), ino);
}
END_TEST

START_TEST(one_that_has_grown)
{
	uint64_t ino;

	fill(3);
	mount_it();
	ino = read_out("t/0@1..100", "1\n2\n");
	ck_assert_uint_eq(walk("t/0@1..100"), ino);
	fill(2);
	IS_ERR(open_begin(ino, O_RDONLY), -ESTALE);
	ck_assert_uint_ne(walk("t/0@1..100"), ino);
	shows("t/0@1..100", "1\n2\n3\n4\n");
}
END_TEST

START_TEST(one_that_has_expired)
{
	uint64_t ino;

	fill(6);
	mount_it();
	ino = read_out("t/0@1..4", "1\n2\n3\n");
	fake_expire(c, "t", 0, 2);
	IS_ERR(open_begin(ino, O_RDONLY), -ESTALE);
	shows("t/0@1..4", "2\n3\n");
}
END_TEST

START_TEST(not_too_many)
{
	char name[32], want[32];
	uint64_t first, last = 0;

	fill(80);
	mount_it();
	first = read_out("t/0@0..1", "0\n");
	for (int i = 1; i < 70; i++) {
		snprintf(name, sizeof(name), "t/0@%d..%d", i, i + 1);
		snprintf(want, sizeof(want), "%d\n", i);
		last = read_out(name, want);
	}
	ck_assert_uint_eq(walk(name), last);
	ck_assert_uint_ne(walk("t/0@0..1"), first);
	settle();
	ck_assert_int_le(fake_feeds(c), 64);
}
END_TEST

START_TEST(nothing_is_fetched_for_it)
{
	uint64_t fh;

	fill(2000);
	mount_it();
	fake_burst_max(c, 10);
	fh = open_view("t/0@1..4");
	reads(fh, 0, 100, "1\n2\n3\n");
	settle();
	ck_assert_int_eq(fake_let_go(c), 1);
	ck_assert_int_le(fake_fetched(c), 10);
	ck_assert_int_eq(close_file(fh), 0);
	shows("t/0@1998..2000", "1998\n1999\n"); /* up to the end of the log */
	settle();
	ck_assert_int_eq(fake_let_go(c), 2);
	fill(5);
	settle();
	ck_assert_int_le(fake_fetched(c), 20);
}
END_TEST

START_TEST(the_log_is_known)
{
	int asked;

	fill(6);
	mount_it();
	shows("t/0@1..4", "1\n2\n3\n");
	asked = fake_calls(c, FAKE_ENDS);
	shows("t/0@2..6", "2\n3\n4\n5\n");
	shows("t/0.json@0..0", "");
	ck_assert_int_eq(fake_calls(c, FAKE_ENDS), asked + 1); /* empty: asked */
	fill(2);
	shows("t/0@2..7", "2\n3\n4\n5\n6\n");
	ck_assert_int_eq(fake_calls(c, FAKE_ENDS), asked + 2); /* beyond */
	shows("t/0@7..8", "7\n");
	ck_assert_int_eq(fake_calls(c, FAKE_ENDS), asked + 2);
}
END_TEST

START_TEST(the_log_is_not_as_it_was)
{
	fill(6);
	mount_it();
	shows("t/0@0..1", "0\n");
	fake_expire(c, "t", 0, 2);
	shows("t/0@1..4", "2\n3\n");
	shows("t/0@3..5", "3\n4\n");
	fake_expire(c, "t", 0, 6);
	shows("t/0@3..6", "");
}
END_TEST

START_TEST(the_topic_was_made_anew)
{
	fill(6);
	mount_it();
	shows("t/0@0..1", "0\n");
	fake_topic_delete(c, "t");
	fake_topic(c, "t", 1);
	fill(3);
	shows("t/0@1..5", "1\n2\n");
	shows("t/0@4..6", "");
}
END_TEST

START_TEST(the_topic_was_deleted)
{
	fill(6);
	mount_it();
	shows("t/0@0..1", "0\n");
	fake_topic_delete(c, "t");
	IS_ERR(open_begin(walk("t/0@1..3"), O_RDONLY), -ENOENT);
}
END_TEST

/* It takes no longer to hear that than where the log had to be asked for. */
START_TEST(known_and_frozen)
{
	struct fake_reply *r;

	fill(6);
	mount_it();
	shows("t/0@1..4", "1\n2\n3\n");
	fake_freeze(c, true);
	r = open_begin(walk("t/0@2..6"), O_RDONLY);
	NOT_YET(r);
	advance_by(o.timeout_ms, 100);
	IS_ERR(r, -ETIMEDOUT);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("fs_rest");

	RIG_CASE(s, "rest", the_kernel_gets_it, what_can_change_is_fresh, not_read_to_its_end,
		 one_that_has_grown, one_that_has_expired, not_too_many);
	RIG_CASE(s, "fetching", nothing_is_fetched_for_it, the_log_is_known,
		 the_log_is_not_as_it_was, the_topic_was_made_anew, the_topic_was_deleted,
		 known_and_frozen);
	return s;
}

TEST_MAIN(suite)
