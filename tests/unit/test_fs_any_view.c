/* test_fs_any_view.c - views of a whole topic: its partitions merged by time.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/any_rig.h"

/* --- an oracle ----------------------------------------------------------------------- */

static void put_some(int n, int64_t *now_time)
{
	char text[40];

	while (n--) {
		int p = (int)test_below(&seed, (uint64_t)log_.partitions);

		*now_time += (int64_t)test_below(&seed, 20);
		if (!test_below(&seed, 8))
			fake_gap(c, "m", p, 1 + (int)test_below(&seed, 4));
		snprintf(text, sizeof(text), "%d-%" PRId64 ".%0*d", p, fake_end(c, "m", p),
			 (int)test_below(&seed, 12), 7);
		/* some are older than their predecessors */
		put_at(p, *now_time - (int64_t)test_below(&seed, 60), text);
	}
}

#define JSON                                                                                       \
	"{\"topic\":\"m\",\"partition\":%d,\"offset\":%" PRId64 ",\"timestamp\":%" PRId64          \
	",\"key\":null,\"value\":\"%s\",\"headers\":[]}\n"

/* Merges [from, to) of each partition; at most `most` records. */
static void merge(const int64_t *from, const int64_t *to, int64_t most, bool json)
{
	int at[PARTS] = { 0 };

	for (want_len = 0; most > 0; most--) {
		int best = -1;
		struct record *r;

		for (int p = 0; p < log_.partitions; p++) {
			while (at[p] < log_.n[p] && log_.r[p][at[p]].offset < from[p])
				at[p]++;
			if (at[p] == log_.n[p] || log_.r[p][at[p]].offset >= to[p])
				continue;
			if (best < 0 || log_.r[p][at[p]].time < log_.r[best][at[best]].time)
				best = p;
		}
		if (best < 0)
			break;
		r = &log_.r[best][at[best]++];
		if (json)
			want_len += (size_t)sprintf(want + want_len, JSON, best, r->offset, r->time,
						    r->text);
		else
			want_len += (size_t)sprintf(want + want_len, "%s\n", r->text);
	}
	want[want_len] = '\0';
}

enum { EARLIEST, LATEST, LAST, TIME };

/* The places that a position names; the newest n by merging the last n of each. */
static void places(int kind, int64_t n, int64_t *ret)
{
	for (int p = 0; p < log_.partitions; p++) {
		int i = log_.n[p];

		ret[p] = kind == EARLIEST ? fake_low(c, "m", p) : fake_end(c, "m", p);
		if (kind == TIME) {
			for (i = 0; i < log_.n[p] && log_.r[p][i].time < n; i++)
				;
			if (i < log_.n[p])
				ret[p] = log_.r[p][i].offset;
		} else if (kind == LAST && i) {
			ret[p] = log_.r[p][i > n ? i - n : 0].offset;
		}
	}
	if (kind != LAST)
		return;
	for (;;) { /* one older at a time */
		int64_t to[PARTS];
		int best = -1, at[PARTS], left = 0;

		places(LATEST, 0, to);
		for (int p = 0; p < log_.partitions; p++) {
			for (at[p] = 0; at[p] < log_.n[p] && log_.r[p][at[p]].offset < ret[p];)
				at[p]++;
			left += log_.n[p] - at[p];
			if (at[p] < log_.n[p] &&
			    (best < 0 || log_.r[p][at[p]].time < log_.r[best][at[best]].time))
				best = p;
		}
		if (left <= n)
			return;
		ret[best] = log_.r[best][at[best]].offset + 1;
	}
}

/* A random position of either end, as text. */
static void random_place(char *text, size_t size, int64_t now_time, int64_t *ret)
{
	int64_t n = 1 + (int64_t)test_below(&seed, 30);

	switch (test_below(&seed, 4)) {
	case 0:
		snprintf(text, size, "earliest");
		places(EARLIEST, 0, ret);
		return;
	case 1:
		snprintf(text, size, "latest");
		places(LATEST, 0, ret);
		return;
	case 2:
		snprintf(text, size, "-%" PRId64, n);
		places(LAST, n, ret);
		return;
	}
	n = (int64_t)test_below(&seed, (uint64_t)now_time);
	snprintf(text, size, "1970-01-01T00:%02d:%02d.%03dZ", (int)(n / 60000),
		 (int)(n / 1000 % 60), (int)(n % 1000));
	places(TIME, n, ret);
}

static void random_view(int64_t now_time)
{
	char from_text[40], to_text[40], path[128];
	int64_t from[PARTS], to[PARTS], most = INT64_MAX, size;
	bool json = test_below(&seed, 4) == 0;
	uint64_t ino, fh;

	random_place(from_text, sizeof(from_text), now_time, from);
	random_place(to_text, sizeof(to_text), now_time, to);
	if (test_below(&seed, 3) == 0) {
		most = (int64_t)test_below(&seed, 20);
		snprintf(to_text, sizeof(to_text), "+%" PRId64, most);
		places(LATEST, 0, to);
	}
	merge(from, to, most, json);
	snprintf(path, sizeof(path), "m/any%s@%s..%s", json ? ".json" : "", from_text, to_text);
	ino = walk(path);
	fh = view_opened(open_begin(ino, O_RDONLY));
	size = stat_size(stat_begin(ino, fh));
	ck_assert_msg(size == (int64_t)want_len, "%s: %" PRId64 " not %zu", path, size, want_len);
	same_bytes(fh, 5);
	reads(fh, (int64_t)want_len, 100, "");
	ck_assert_int_eq(close_file(fh), 0);
	if (most != INT64_MAX)
		return;
	places(LATEST, 0, to);
	merge(from, to, INT64_MAX, json);
	*strstr(path, "..") = '\0';
	fh = open_view(path);
	same_bytes(fh, 5);
	reads(fh, (int64_t)want_len, 100, "");
	ck_assert_int_eq(close_file(fh), 0);
}

/* --- what is shown ------------------------------------------------------------------- */

START_TEST(the_oldest_first)
{
	topic_of(3);
	put_at(0, 10, "a");
	put_at(0, 30, "b");
	put_at(1, 20, "c");
	put_at(1, 5, "d"); /* follows its predecessor */
	put_at(2, 30, "e");
	put_at(0, 40, "f");
	mount_it();
	shows("m/any@earliest..latest", "a\nc\nd\nb\ne\nf\n");
	ck_assert(cached);
	shows("m/any@earliest", "a\nc\nd\nb\ne\nf\n");
	shows("m/any@-3", "b\ne\nf\n");
	shows("m/any@-3..-1", "b\ne\n");
	shows("m/any@-1", "f\n");
	shows("m/any@-100..+2", "a\nc\n");
	shows("m/any@earliest..+0", "");
	shows("m/any@earliest..+100", "a\nc\nd\nb\ne\nf\n");
	shows("m/any@latest", "");
	shows("m/any@latest..earliest", "");
	shows("m/any@1970-01-01T00:00:00.020Z", "c\nd\nb\ne\nf\n");
	shows("m/any@1970-01-01T00:00:00.030Z..latest", "b\ne\nf\n");
	shows("m/any@-1h", "");
	shows("m/any.kv@-1", "\tf\n");
	shows("m/any.raw@-2", "ef");
	shows("m/any.json@-1", "{\"topic\":\"m\",\"partition\":0,\"offset\":2,\"timestamp\":40,"
			       "\"key\":null,\"value\":\"f\",\"headers\":[]}\n");
	shows_now("m/any@earliest..", "a\nc\nd\nb\ne\nf\n");
	shows_now("m/any@-2..", "e\nf\n");
	shows_now("m/any@latest..", "");
	TEST_WAIT(!fake_feeds(c));
}
END_TEST

START_TEST(an_empty_topic)
{
	topic_of(3);
	mount_it();
	shows("m/any@earliest..latest", "");
	shows("m/any@-5", "");
	shows("m/any@-5..-2", "");
	shows("m/any@-1h..+3", "");
	shows_now("m/any@earliest..", "");
	fake_gap(c, "m", 1, 3);
	shows("m/any@earliest..latest", "");
	shows("m/any@earliest", "");
	shows("m/any@-5", "");
	shows_now("m/any@earliest..", "");
}
END_TEST

START_TEST(keys_and_headers)
{
	struct bfs_header h[] = { { "a", "1", 1 }, { "b", NULL, 0 }, { "a", "", 0 } };
	struct bfs_record r = { .timestamp = 7, .key = "k", .key_len = 1, .headers = h };

	topic_of(2);
	r.n_headers = 3;
	fake_append_record(c, "m", 1, &r);
	mount_it();
	shows("m/any.json@earliest..latest",
	      "{\"topic\":\"m\",\"partition\":1,\"offset\":0,\"timestamp\":7,\"key\":\"k\","
	      "\"value\":null,\"headers\":[[\"a\",\"1\"],[\"b\",null],[\"a\",\"\"]]}\n");
	shows("m/any.kv@earliest", "k\t\n");
}
END_TEST

static void random_topics(bool no_times)
{
	int rounds = test_rounds(20);

	seed = test_seed();
	fprintf(stderr, "SEED=%llu\n", (unsigned long long)seed);
	while (rounds--) {
		int64_t now_time = 1000;

		topic_of(1 + (int)test_below(&seed, PARTS));
		put_some((int)test_below(&seed, 200), &now_time);
		fake_burst_max(c, 1 + (int)test_below(&seed, 50));
		fake_late_starts(c, (int)test_below(&seed, 3));
		mount_it();
		fake_cluster(c)->finds_no_times = no_times;
		for (int i = 0; i < 10; i++)
			random_view(now_time);
		TEST_WAIT(!fake_feeds(c));
		teardown();
		setup();
	}
}

START_TEST(random_ranges)
{
	random_topics(false);
}
END_TEST

START_TEST(random_ranges_without_times)
{
	random_topics(true);
}
END_TEST

/* --- large ones ---------------------------------------------------------------------- */

START_TEST(backwards_beyond_the_window)
{
	int64_t now_time = 1000;
	uint64_t ino, fh;

	seed = test_seed();
	fprintf(stderr, "SEED=%llu\n", (unsigned long long)seed);
	o.memory = 1;
	want_len = 0;
	topic_of(5);
	put_large_rising(3000, &now_time);
	mount_it();
	ino = walk("m/any@earliest..latest");
	fh = view_opened(open_begin(ino, O_RDONLY));
	same_bytes(fh, 50);
	same_bytes(fh, 0);
	ck_assert_int_eq(stat_size(stat_begin(ino, fh)), (int64_t)want_len);
	release(fh);
	fh = open_view("m/any@earliest");
	same_bytes(fh, 50);
	release(fh);
	fh = open_view("m/any@earliest..");
	same_view(fh, 20, true);
	release(fh);
	TEST_WAIT(!fake_feeds(c));
}
END_TEST

/* To and fro before all was read: it goes back from within a record, too. */
START_TEST(to_and_fro)
{
	int64_t now_time = 1000;
	uint64_t fh;

	seed = test_seed();
	fprintf(stderr, "SEED=%llu\n", (unsigned long long)seed);
	o.memory = 2 << 20;
	want_len = 0;
	topic_of(5);
	put_large_rising(3900, &now_time);
	mount_it();
	for (int i = 0; i < 4; i++) {
		fh = open_view(i % 2 ? "m/any@earliest.." : "m/any@earliest");
		for (int k = 0; k < 60; k++)
			read_same(fh, test_below(&seed, want_len), 300, i % 2);
		release(fh);
	}
}
END_TEST

/* The size is known without reading, and then the middle is read. */
START_TEST(the_end_first)
{
	int64_t now_time = 1000;
	struct fake_reply *r = NULL;
	uint64_t ino, fh;

	seed = 7;
	o.memory = 1;
	want_len = 0;
	topic_of(4);
	put_large_rising(2500, &now_time);
	mount_it();
	ino = walk("m/any@earliest");
	fh = view_opened(open_begin(ino, O_RDONLY));
	r = fake_request("getattr");
	bfs_fs_getattr(fs, r->ticket, ino, fh, NULL);
	ck_assert_int_ge(stat_size(r), 0);
	same_bytes(fh, 30);
	ck_assert_int_eq(stat_size(stat_begin(ino, fh)), (int64_t)want_len);
}
END_TEST

/* Little is held while nobody reads. */
START_TEST(pauses)
{
	int64_t now_time = 1000;
	uint64_t fh;

	seed = 3;
	o.memory = 1;
	want_len = 0;
	topic_of(4);
	put_large_rising(3900, &now_time);
	mount_it();
	fh = open_view("m/any@earliest..");
	settle();
	usleep(50000);
	settle();
	/* what the open fetches, and four queues of 64 KiB */
	ck_assert_int_lt(fake_fetched(c), 700);
	same_view(fh, 0, true);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("fs_any_view");

	RIG_CASE(s, "shown", the_oldest_first, an_empty_topic, keys_and_headers, random_ranges,
		 random_ranges_without_times);
	RIG_CASE(s, "large", backwards_beyond_the_window, to_and_fro, the_end_first, pauses);
	return s;
}

TEST_MAIN(suite)
