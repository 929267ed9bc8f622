/* test_frame.c - written bytes to lines, against a naive oracle.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>

#include "core/frame.h"

static struct bfs_frame f;

static void setup(void)
{
	bfs_frame_init(&f, 100);
}

static void teardown(void)
{
	bfs_frame_fini(&f);
}

static void feed(const char *text)
{
	bfs_frame_feed(&f, text, strlen(text));
}

static void expect_line(const char *want)
{
	struct bfs_line l;

	ck_assert_int_eq(bfs_frame_next(&f, &l), 1);
	ck_assert_uint_eq(l.len, strlen(want));
	ck_assert_mem_eq(l.data ? l.data : "", want, l.len);
}

static void take_line(const char *want)
{
	expect_line(want);
	bfs_frame_taken(&f);
}

static void expect_end(bool pending)
{
	struct bfs_line l;

	ck_assert_int_eq(bfs_frame_next(&f, &l), 0);
	ck_assert_int_eq(bfs_frame_next(&f, &l), 0);
	ck_assert_uint_eq(bfs_frame_used(&f), f.feed_len);
	ck_assert_int_eq(bfs_frame_pending(&f), pending);
}

static void expect_refused(void)
{
	struct bfs_line l;

	ck_assert_int_eq(bfs_frame_next(&f, &l), -EMSGSIZE);
}

START_TEST(lines)
{
	feed("a\n\nbc\n");
	take_line("a");
	take_line("");
	take_line("bc");
	expect_end(false);
	feed("");
	expect_end(false);
}
END_TEST

START_TEST(complete_lines_are_not_copied)
{
	const char *data = "first\nsecond\n";
	struct bfs_line l;

	feed(data);
	ck_assert_int_eq(bfs_frame_next(&f, &l), 1);
	ck_assert_ptr_eq(l.data, data);
	bfs_frame_taken(&f);
	ck_assert_int_eq(bfs_frame_next(&f, &l), 1);
	ck_assert_ptr_eq(l.data, data + 6);
	bfs_frame_taken(&f);
	expect_end(false);
	ck_assert_ptr_null(f.rest.data);
}
END_TEST

START_TEST(cut_line)
{
	feed("he");
	expect_end(true);
	feed("l");
	expect_end(true);
	feed("lo\nwor");
	take_line("hello");
	expect_end(true);
	feed("\nld");
	take_line("wor");
	expect_end(true);
}
END_TEST

START_TEST(next_repeats)
{
	feed("x");
	expect_end(true);
	feed("y\nz\n");
	expect_line("xy");
	expect_line("xy");
	ck_assert_uint_eq(bfs_frame_used(&f), 0);
	take_line("xy");
	ck_assert_uint_eq(bfs_frame_used(&f), 2);
	expect_line("z");
	take_line("z");
	expect_end(false);
}
END_TEST

START_TEST(abandon)
{
	feed("keep ");
	expect_end(true);
	feed("this\nand\n");
	expect_line("keep this");
	ck_assert_uint_eq(bfs_frame_abandon(&f), 0);
	ck_assert(bfs_frame_pending(&f));
	feed("that\none\ntwo\nthr");
	take_line("keep that");
	take_line("one");
	expect_line("two");
	ck_assert_uint_eq(bfs_frame_abandon(&f), 9);
	ck_assert_uint_eq(bfs_frame_used(&f), 9);
	ck_assert(!bfs_frame_pending(&f));
	feed("two\n");
	take_line("two");
	expect_end(false);
}
END_TEST

START_TEST(abandon_an_empty_completion)
{
	feed("ab");
	expect_end(true);
	feed("\n");
	expect_line("ab");
	ck_assert_uint_eq(bfs_frame_abandon(&f), 0);
	feed("c\n");
	take_line("abc");
	expect_end(false);
}
END_TEST

START_TEST(abandon_before_and_after_all)
{
	feed("a\nb");
	ck_assert_uint_eq(bfs_frame_abandon(&f), 0);
	ck_assert(!bfs_frame_pending(&f));
	feed("c\nd");
	take_line("c");
	expect_end(true);
	ck_assert_uint_eq(bfs_frame_abandon(&f), 3);
	feed("e\n");
	take_line("de");
	expect_end(false);
}
END_TEST

START_TEST(finish)
{
	struct bfs_line l;

	ck_assert(!bfs_frame_rest(&f, &l));
	feed("a\nrest");
	take_line("a");
	expect_end(true);
	ck_assert(bfs_frame_rest(&f, &l));
	ck_assert_uint_eq(l.len, 4);
	ck_assert_mem_eq(l.data, "rest", 4);
	ck_assert(bfs_frame_pending(&f));
	bfs_frame_drop(&f);
	ck_assert(!bfs_frame_pending(&f));
	ck_assert(!bfs_frame_rest(&f, &l));
	feed("more\n");
	take_line("more");
	expect_end(false);
}
END_TEST

START_TEST(whole)
{
	struct bfs_line l;

	f.whole = true;
	feed("one\ntwo");
	expect_end(true);
	feed("\n\n");
	expect_end(true);
	ck_assert(bfs_frame_rest(&f, &l));
	ck_assert_uint_eq(l.len, 9);
	ck_assert_mem_eq(l.data, "one\ntwo\n\n", 9);
}
END_TEST

/* Nothing of what is too long is handed out, whatever follows it. */
START_TEST(whole_too_long)
{
	struct bfs_line l;

	f.max = 8;
	f.whole = true;
	feed("12345");
	expect_end(true);
	feed("678\n");
	expect_refused();
	expect_end(false);
	feed("more\n");
	expect_end(false);
	ck_assert(!bfs_frame_rest(&f, &l));
	bfs_frame_drop(&f);
	feed("new");
	expect_end(true);
}
END_TEST

START_TEST(too_long_in_one)
{
	char big[256];

	memset(big, 'x', 101);
	strcpy(big + 101, "\nok\n");
	feed(big);
	expect_refused();
	ck_assert_uint_eq(bfs_frame_used(&f), 102);
	take_line("ok");
	expect_end(false);
}
END_TEST

START_TEST(longest_line)
{
	char line[128], want[128];

	memset(line, 'x', 100);
	strcpy(line + 100, "\n");
	memset(want, 'x', 100);
	want[100] = '\0';
	feed(line);
	take_line(want);
	expect_end(false);
	feed("x");
	expect_end(true);
	feed(line + 1);
	take_line(want);
	expect_end(false);
}
END_TEST

START_TEST(too_long_over_feeds)
{
	struct bfs_line l;
	char big[100];

	memset(big, 'x', 99);
	big[99] = '\0';
	feed(big);
	expect_end(true);
	feed("yy");
	expect_refused();
	expect_end(false);
	feed("more of it");
	expect_end(false);
	feed("end\nnext\npart");
	take_line("next");
	expect_end(true);
	feed(big);
	expect_refused();
	expect_end(false);
	/* The last close ends a refused line too. */
	ck_assert(!bfs_frame_rest(&f, &l));
	bfs_frame_drop(&f);
	feed("new\n");
	take_line("new");
	expect_end(false);
}
END_TEST

START_TEST(abandon_behind_a_refused_line)
{
	char big[256];

	memset(big, 'x', 150);
	strcpy(big + 150, "\na\nb\n");
	feed(big);
	expect_refused();
	expect_line("a");
	ck_assert_uint_eq(bfs_frame_abandon(&f), 151);
	feed("c\n");
	take_line("c");
	expect_end(false);
}
END_TEST

START_TEST(any_byte)
{
	const char data[] = "a\0b\r\xff\n\0\n";
	struct bfs_line l;

	bfs_frame_feed(&f, data, sizeof(data) - 1);
	ck_assert_int_eq(bfs_frame_next(&f, &l), 1);
	ck_assert_uint_eq(l.len, 5);
	ck_assert_mem_eq(l.data, "a\0b\r\xff", 5);
	bfs_frame_taken(&f);
	ck_assert_int_eq(bfs_frame_next(&f, &l), 1);
	ck_assert_uint_eq(l.len, 1);
	bfs_frame_taken(&f);
	expect_end(false);
}
END_TEST

/* --- the oracle: all accepted bytes in one piece, cut at the end
 * ---------------------------------- */

enum { MAX_BYTES = 4096, LIMIT = 20 };

struct run {
	uint64_t r;
	char accepted[MAX_BYTES]; /* what counts as written */
	size_t n_accepted;
	char out[MAX_BYTES * 2]; /* lines as they came, '!' and newline for a refused one */
	size_t n_out;
};

static void emit(char *out, size_t *n, const char *data, size_t len)
{
	if (len)
		memcpy(out + *n, data, len);
	out[*n + len] = '\n';
	*n += len + 1;
}

static size_t naive(const struct run *run, char *out)
{
	size_t from = 0, n = 0, i;

	for (i = 0; i < run->n_accepted; i++) {
		if (run->accepted[i] != '\n')
			continue;
		if (i - from > LIMIT)
			emit(out, &n, "!", 1);
		else
			emit(out, &n, run->accepted + from, i - from);
		from = i + 1;
	}
	if (run->n_accepted - from > LIMIT)
		emit(out, &n, "!", 1);
	else if (run->n_accepted > from)
		emit(out, &n, run->accepted + from, run->n_accepted - from);
	return n;
}

/* Feeds one piece, exactly sized so that a sanitizer sees a read too far; gives up on some lines.
 */
static void one_feed(struct run *run)
{
	size_t len = test_below(&run->r, test_below(&run->r, 4) ? 12 : 90), i, used;
	char *data = malloc(len ? len : 1);
	struct bfs_line l;
	int got;

	for (i = 0; i < len; i++)
		data[i] = "ab\n"[test_below(&run->r, test_below(&run->r, 8) ? 2 : 3)];
	bfs_frame_feed(&f, data, len);
	while ((got = bfs_frame_next(&f, &l))) {
		if (got == -EMSGSIZE) {
			emit(run->out, &run->n_out, "!", 1);
			continue;
		}
		ck_assert_int_eq(got, 1);
		if (!test_below(&run->r, 10)) {
			bfs_frame_abandon(&f);
			break;
		}
		emit(run->out, &run->n_out, l.data, l.len);
		bfs_frame_taken(&f);
	}
	used = bfs_frame_used(&f);
	memcpy(run->accepted + run->n_accepted, data, used);
	run->n_accepted += used;
	free(data);
}

START_TEST(random_splits)
{
	uint64_t seed = test_seed();
	struct run *run = calloc(1, sizeof(*run));
	int round, rounds = test_rounds(3000);
	char want[MAX_BYTES * 2];
	struct bfs_line l;
	size_t n;

	run->r = seed;
	for (round = 0; round < rounds; round++) {
		int feeds = (int)test_below(&run->r, 40);

		bfs_frame_init(&f, LIMIT);
		run->n_accepted = run->n_out = 0;
		while (feeds--)
			one_feed(run);
		if (bfs_frame_rest(&f, &l))
			emit(run->out, &run->n_out, l.data, l.len);
		n = naive(run, want);
		ck_assert_msg(n == run->n_out && !memcmp(want, run->out, n), "SEED=%llu round %d",
			      (unsigned long long)seed, round);
		bfs_frame_fini(&f);
	}
	free(run);
}
END_TEST

START_TEST(large_rest_is_given_back)
{
	size_t len = 1 << 20;
	char *big = malloc(len);
	struct bfs_line l;

	memset(big, 'x', len);
	bfs_frame_init(&f, len);
	bfs_frame_feed(&f, big, len);
	expect_end(true);
	feed("\n");
	ck_assert_int_eq(bfs_frame_next(&f, &l), 1);
	ck_assert_uint_eq(l.len, len);
	bfs_frame_taken(&f);
	expect_end(false);
	ck_assert_uint_le(f.rest.cap, 65536);
	free(big);
}
END_TEST

static Suite *suite(void)
{
	const TTest *const tests[] = { lines,
				       complete_lines_are_not_copied,
				       cut_line,
				       next_repeats,
				       abandon,
				       abandon_an_empty_completion,
				       abandon_before_and_after_all,
				       finish,
				       whole,
				       whole_too_long,
				       too_long_in_one,
				       longest_line,
				       too_long_over_feeds,
				       abandon_behind_a_refused_line,
				       any_byte,
				       random_splits,
				       large_rest_is_given_back,
				       NULL };
	Suite *s = suite_create("frame");
	TCase *tc = tcase_create("frame");
	size_t i;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 20);
	for (i = 0; tests[i]; i++)
		tcase_add_test(tc, tests[i]);
	suite_add_tcase(s, tc);
	return s;
}

TEST_MAIN(suite)
