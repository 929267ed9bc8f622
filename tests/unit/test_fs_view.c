/* test_fs_view.c - views: what each range shows, in which format, and that looking changes nothing.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/view_rig.h"

/* --- ranges -------------------------------------------------------------------------- */

START_TEST(every_kind_of_position)
{
	fill(10);
	fake_commit(c, "g", "t", 0, 7, "us");
	mount_it();
	shows("t/0@5", "5\n6\n7\n8\n9\n");
	shows("t/0@-3", "7\n8\n9\n");
	shows("t/0@earliest", "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n");
	shows("t/0@committed", "7\n8\n9\n");
	shows("t/0@latest", "");
	shows("t/0@2..5", "2\n3\n4\n");
	shows("t/0@2..+3", "2\n3\n4\n");
	shows("t/0@2..+0", "");
	shows("t/0@-10..-5", "0\n1\n2\n3\n4\n");
	shows("t/0@-3..+2", "7\n8\n");
	shows("t/0@-3..-1", "7\n8\n");
	shows("t/0@committed..latest", "7\n8\n9\n");
	shows("t/0@8..latest", "8\n9\n");
	shows_now("t/0@8..", "8\n9\n");
	shows_now("t/0@latest..", "");
	shows_now("t/0@-1..", "9\n");
	ck_assert_int_eq(committed_soon(), 7);
	shows_now("t/0@..", "7\n8\n9\n"); /* the read that would wait acknowledges, as any */
	ck_assert_int_eq(committed(), 10);
}
END_TEST

START_TEST(outside_the_log_or_back_to_front_is_empty)
{
	fill(10);
	fake_expire(c, "t", 0, 4);
	fake_commit(c, "g", "t", 0, 1, "us");
	mount_it();
	shows("t/0@0..3", "");
	shows("t/0@20..30", "");
	shows("t/0@7..5", "");
	shows("t/0@7..7", "");
	shows("t/0@-2..-4", "");
	shows("t/0@latest..earliest", "");
	shows("t/0@8..100", "8\n9\n");
	shows("t/0@8..+100", "8\n9\n");
	shows("t/0@20..+5", "");
	shows("t/0@0..6", "4\n5\n");
	shows("t/0@0..+2", "4\n5\n");
	shows("t/0@3", "4\n5\n6\n7\n8\n9\n");
	shows("t/0@committed..6", "4\n5\n");
	shows("t/0@-100", "4\n5\n6\n7\n8\n9\n");
	shows("t/0@-9223372036854775807..6", "4\n5\n");
	shows("t/0@9223372036854775807", "");
	shows("t/0@9223372036854775807..9223372036854775807", "");
	shows("t/0@5..+9223372036854775807", "5\n6\n7\n8\n9\n");
}
END_TEST

START_TEST(an_empty_log)
{
	mount_it();
	shows("t/0@0", "");
	shows("t/0@-3", "");
	shows("t/0@-3..-1", "");
	shows("t/0@0..5", "");
	shows("t/0@0..+5", "");
	shows("t/0@-1h", "");
	shows("t/0@2026-01-01..latest", "");
	shows_now("t/0@-3..", "");
}
END_TEST

/* One that lies ahead shows what comes to lie in it, and nothing before. */
START_TEST(a_growing_range_ahead_of_the_log)
{
	uint64_t fh;

	fill(3);
	mount_it();
	fh = open_view("t/0@5");
	reads(fh, 0, 100, "");
	fill(4);
	settle();
	reads(fh, 0, 100, "5\n6\n");
}
END_TEST

static void at(int64_t time, const char *value)
{
	struct bfs_record r = {
		.timestamp = time,
		.value = value,
		.value_len = strlen(value),
	};

	fake_append_record(c, "t", 0, &r);
}

START_TEST(times)
{
	int64_t wall = bfs_clock_wall_ms();

	at(INT64_C(1767225600000), "newyear"); /* 2026-01-01T00:00:00Z */
	at(INT64_C(1767225601500), "later");
	at(wall - 7200000, "twohours");
	at(wall - 60000, "minute");
	mount_it();
	shows("t/0@2026-01-01T00:00Z", "newyear\nlater\ntwohours\nminute\n");
	shows("t/0@2026-01-01T00:00:01Z..-3h", "later\n");
	shows("t/0@2026-01-01T00:00:01.501Z..-1h", "twohours\n");
	shows("t/0@2026-01-01T01:00+01:00..+1", "newyear\n");
	shows("t/0@-1h", "minute\n");
	shows_now("t/0@-1h..", "minute\n");
	shows("t/0@-3h..-30m", "twohours\n");
	shows("t/0@-10s", ""); /* none is that young */
	shows("t/0@-10s..latest", "");
	shows_now("t/0@-10s..", "");
	shows("t/0@1969-12-31..+2", "newyear\nlater\n");
	shows("t/0@-99999999999999ms..+1", "newyear\n");
}
END_TEST

/* --- gaps ---------------------------------------------------------------------------- */

START_TEST(the_last_n_are_readable_ones)
{
	char name[32], want[64];
	int n, i, len;

	fill(4);
	fake_gap(c, "t", 0, 3);
	fill(3); /* 7 8 9 */
	fake_gap(c, "t", 0, 20);
	fill(1); /* 30 */
	fake_compact(c, "t", 0, 8);
	fake_gap(c, "t", 0, 5);
	mount_it();
	for (n = 1; n < 12; n++) {
		static const int offsets[] = { 0, 1, 2, 3, 7, 9, 30 };

		for (i = n < 7 ? 7 - n : 0, len = 0; i < 7; i++)
			len += snprintf(want + len, sizeof(want) - (size_t)len, "%d\n", offsets[i]);
		snprintf(name, sizeof(name), "t/0@-%d", n);
		shows(name, want);
	}
	shows("t/0@-3..-1", "7\n9\n");
	shows("t/0@-3..-2", "7\n");
	shows("t/0@-4..+3", "3\n7\n9\n");
	shows("t/0@2..+3", "2\n3\n7\n");
	shows("t/0@31..+3", "");
}
END_TEST

START_TEST(a_log_of_nothing_but_markers)
{
	fake_gap(c, "t", 0, 7);
	mount_it();
	shows("t/0@-3", "");
	shows("t/0@-3..-1", "");
	shows("t/0@0..+2", "");
	shows("t/0@2..5", "");
	shows("t/0@0..7", "");
}
END_TEST

/* Complete when the position has passed TO, not when TO-1 was seen. */
START_TEST(to_may_be_a_marker)
{
	fill(3);
	fake_gap(c, "t", 0, 4);
	fill(2); /* 7 8 */
	fake_gap(c, "t", 0, 3);
	mount_it();
	shows("t/0@1..3", "1\n2\n");
	shows("t/0@1..4", "1\n2\n");
	shows("t/0@1..7", "1\n2\n");
	shows("t/0@4..6", "");
	shows("t/0@4..8", "7\n");
	shows("t/0@8..9", "8\n");
	shows("t/0@8..11", "8\n");
	shows("t/0@8..latest", "8\n");
	shows("t/0@8..50", "8\n");
	shows("t/0@9..12", "");
	ck_assert(cached);
}
END_TEST

START_TEST(open_transactions_end_it)
{
	uint64_t fh;

	fill(8);
	fake_unstable(c, "t", 0, 5);
	mount_it();
	shows("t/0@-2", "3\n4\n");
	shows("t/0@3..8", "3\n4\n");
	shows("t/0@3..+4", "3\n4\n");
	shows("t/0@6..8", "");
	shows("t/0@latest", "");
	shows_now("t/0@3..", "3\n4\n");
	fh = open_view("t/0@3");
	reads(fh, 0, 100, "3\n4\n");
	fake_unstable(c, "t", 0, -1);
	settle();
	reads(fh, 0, 100, "3\n4\n5\n6\n7\n");
}
END_TEST

/* Whoever asks for the last ones must not count what comes while it is being counted. */
static void search_amid_arrivals(int older, int late)
{
	struct fake_reply *r;
	char want[32];
	uint64_t fh;

	fake_expire(c, "t", 0, fake_end(c, "t", 0));
	fill(older);
	snprintf(want, sizeof(want), "%" PRId64 "\n", fake_end(c, "t", 0) - 3);
	fake_gap(c, "t", 0, 5);
	fill(2);
	fake_late_starts(c, late);
	r = open_begin(walk("t/0@-5"), O_RDONLY);
	settle();
	advance(10); /* counted to the end; where the search begins anew, that is late */
	while (!fake_wait_ms(r, 1)) {
		fill(1);
		advance(10);
	}
	fh = view_opened(r);
	reads(fh, 0, strlen(want), want);
	ck_assert_int_eq(close_file(fh), 0);
}

START_TEST(arrivals_during_the_search)
{
	mount_it();
	fake_delay(c, FAKE_FETCH, 10);
	for (int burst = 1; burst < 3; burst++) {
		fake_burst_max(c, burst);
		for (int late = 0; late < 4; late++) {
			search_amid_arrivals(4, late);
			search_amid_arrivals(20, late);
		}
	}
}
END_TEST

/* --- what changes meanwhile ---------------------------------------------------------- */

START_TEST(fixed_ranges_stay)
{
	uint64_t fh, last, count, ino;

	fill(4);
	mount_it();
	ino = walk("t/0@2..100");
	fh = view_opened(open_begin(ino, O_RDONLY));
	last = open_view("t/0@-2..latest");
	count = open_view("t/0@2..+10");
	fill(4);
	settle();
	reads(fh, 0, 100, "2\n3\n");
	reads(last, 0, 100, "2\n3\n");
	reads(count, 0, 100, "2\n3\n");
	ck_assert_int_eq(stat_size(stat_begin(ino, 0)), 4);
	ck_assert_int_eq(stat_size(stat_begin(ino, fh)), 4);
	shows("t/0@2..100", "2\n3\n4\n5\n6\n7\n");
}
END_TEST

START_TEST(growing_ranges_grow)
{
	uint64_t fh;

	fill(3);
	mount_it();
	fh = open_view("t/0@-1");
	reads(fh, 0, 100, "2\n");
	fill(2);
	settle();
	reads(fh, 2, 100, "3\n4\n");
	reads(fh, 6, 100, "");
}
END_TEST

START_TEST(each_look_up_is_a_fresh_node)
{
	uint64_t a, b, fh;
	struct fake_reply *r, *q;
	uint64_t dir;

	fill(2);
	mount_it();
	dir = lookup(BFS_ROOT_INO, "t");
	r = lookup_begin(dir, "0@-1");
	q = lookup_begin(dir, "0@-1");
	fake_wait(r);
	fake_wait(q);
	a = r->entry.ino;
	b = q->entry.ino;
	ck_assert_uint_ne(a, b);
	ck_assert_uint_eq(r->entry.attr.st_ino, q->entry.attr.st_ino);
	ck_assert_uint_ne(r->entry.attr.st_ino, 0);
	ck_assert_int_eq(r->entry.attr.st_size, 0);
	ck_assert_uint_eq(r->entry.attr.st_mode & 0777, 0440);
	fake_reply_free(r);
	fake_reply_free(q);
	ck_assert_int_eq(stat_size(stat_begin(a, 0)), 0);
	settle();
	ck_assert_int_eq(fake_calls(c, FAKE_ENDS) + fake_calls(c, FAKE_FETCH), 0);
	fh = view_opened(open_begin(a, O_RDONLY));
	reads(fh, 0, 100, "1\n");
	fill(1);
	fh = view_opened(open_begin(b, O_RDONLY));
	reads(fh, 0, 100, "2\n");
}
END_TEST

/* A name that was opened and closed is not opened again through the old node. */
START_TEST(a_closed_view_is_over)
{
	uint64_t ino, fh;

	fill(2);
	mount_it();
	ino = walk("t/0@-1");
	fh = view_opened(open_begin(ino, O_RDONLY));
	ck_assert_int_eq(close_file(fh), 0);
	IS_ERR(open_begin(ino, O_RDONLY), -ESTALE);
	shows("t/0@-1", "1\n");
	settle();
	ck_assert_int_eq(fake_feeds(c), 0);
}
END_TEST

START_TEST(what_expires_under_a_view)
{
	uint64_t fh;
	int i;

	o.window = 1;
	for (i = 0; i < 300; i++)
		append_many(10, 1000);
	mount_it();
	fh = open_view("t/0@0");
	for (i = 0; i < 2900; i++)
		ck_assert_int_eq(fake_finish(read_begin(fh, i * 1000, 1000)), 0);
	fake_expire(c, "t", 0, 2500);
	IS_ERR(read_begin(fh, 0, 1000), -ESTALE);
	fh = open_view("t/0@0");
	reads(fh, 0, 10, "00002500.a");
}
END_TEST

/* --- looking changes nothing --------------------------------------------------------- */

START_TEST(views_neither_claim_nor_commit)
{
	uint64_t reader, a, b;

	fill(4);
	o.ack = BFS_ACK_READ;
	mount_it();
	reader = open_file("t/0", O_RDONLY);
	a = open_view("t/0@0");
	b = open_view("t/0@0..3");
	reads(reader, 0, 2, "0\n");
	reads(a, 0, 100, "0\n1\n2\n3\n");
	reads(b, 0, 100, "0\n1\n2\n");
	reads(a, 8, 100, "");
	ck_assert_int_eq(committed_soon(), 1);
	ck_assert_int_eq(close_file(a), 0);
	ck_assert_int_eq(close_file(b), 0);
	reads(reader, 2, 2, "1\n");
	ck_assert_int_eq(close_file(reader), 0);
	ck_assert_int_eq(committed(), 2);
	ck_assert_int_eq(fake_feeds(c), 1); /* the finished range's, which rests */
}
END_TEST

START_TEST(the_blocking_queue_claims_and_acknowledges)
{
	uint64_t fh, other;
	struct fake_reply *r;

	fill(4);
	mount_it();
	fh = open_view("t/0@..");
	reads(fh, 0, 2, "0\n");
	other = open_file("t/0", O_RDONLY);
	r = read_begin(other, 0, 100);
	NOT_YET(r);
	advance(BFS_CLAIM_WAIT);
	IS_ERR(r, -EBUSY);
	reads(fh, 2, 2, "1\n");
	ck_assert_int_eq(committed_soon(), 1);
	ck_assert_int_eq(close_file(other), 0);
	ck_assert_int_eq(close_file(fh), 0);
	ck_assert_int_eq(committed(), 1);
	other = open_file("t/0", O_RDONLY);
	reads(other, 0, 100, "1\n2\n3\n");
	fh = open_view("t/0@..");
	r = read_begin(fh, 0, 100);
	advance(BFS_CLAIM_WAIT);
	IS_ERR(r, -EBUSY);
}
END_TEST

/* Another name's session of the same group begins while this one reads: what this one acknowledges
 * meanwhile stays acknowledged. */
START_TEST(another_name_forgets_no_acknowledgement)
{
	uint64_t fh;
	struct fake_reply *r;

	fill(4);
	mount_it();
	fh = open_file("t/0", O_RDONLY);
	reads(fh, 0, 2, "0\n");
	reads(fh, 2, 2, "1\n");
	settle();
	fake_delay(c, FAKE_COMMITTED, 100);
	r = open_begin(walk("t/0.json"), O_RDONLY);
	settle();
	reads(fh, 4, 2, "2\n");
	advance(100);
	view_opened(r);
	ck_assert_int_eq(close_file(fh), 0);
	ck_assert_int_eq(committed(), 2);
}
END_TEST

/* What a name shows begins at the committed offset; once another reader has moved that, a session
 * begun before would give the same records to two: one that nobody has read in begins again. */
START_TEST(another_name_moves_a_session_it_overtook)
{
	uint64_t idle, fh;

	fill(4);
	mount_it();
	idle = open_file("t/0", O_RDONLY);
	fh = open_view("t/0@..");
	reads(fh, 0, 6, "0\n1\n2\n");
	reads(fh, 6, 2, "3\n");
	ck_assert_int_eq(close_file(fh), 0);
	ck_assert_int_eq(committed(), 3);
	reads(idle, 0, 100, "3\n");
	reads(idle, 2, 100, "");
	ck_assert_int_eq(committed_soon(), 4);
}
END_TEST

/* The group was moved: a reopen begins there, and may commit, though the old handle is open. */
START_TEST(a_moved_group_by_another_name)
{
	uint64_t fh, other;

	fill(6);
	mount_it();
	fh = open_file("t/0", O_RDONLY);
	reads(fh, 0, 2, "0\n");
	fake_commit(c, "g", "t", 0, 4, "another");
	reads(fh, 2, 2, "1\n");
	advance(BFS_COMMIT_EVERY);
	IS_ERR(read_begin(fh, 4, 2), -EBUSY);
	other = open_view("t/0.kv");
	reads(other, 0, 3, "\t4\n");
	reads(other, 3, 3, "\t5\n");
	ck_assert_int_eq(close_file(other), 0);
	ck_assert_int_eq(committed(), 5);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("fs_view");

	RIG_CASE(s, "ranges", every_kind_of_position, outside_the_log_or_back_to_front_is_empty,
		 an_empty_log, a_growing_range_ahead_of_the_log, times);
	RIG_CASE(s, "gaps", the_last_n_are_readable_ones, a_log_of_nothing_but_markers,
		 to_may_be_a_marker, open_transactions_end_it, arrivals_during_the_search);
	RIG_CASE(s, "changes", fixed_ranges_stay, growing_ranges_grow, each_look_up_is_a_fresh_node,
		 a_closed_view_is_over, what_expires_under_a_view);
	RIG_CASE(s, "claims", views_neither_claim_nor_commit,
		 the_blocking_queue_claims_and_acknowledges,
		 another_name_forgets_no_acknowledgement, another_name_moves_a_session_it_overtook,
		 a_moved_group_by_another_name);
	return s;
}

TEST_MAIN(suite)
