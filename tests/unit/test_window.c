/* test_window.c - the bytes of a stream in memory, against the list of what was put in.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/test.h"

#include <string.h>

#include "model/window.h"

static struct bfs_pool pool;
static struct bfs_window w;

static void setup(void)
{
	bfs_pool_init(&pool);
	bfs_window_init(&w, &pool, 100, 7);
}

static void teardown(void)
{
	bfs_window_fini(&w);
	bfs_pool_fini(&pool);
}

static void append(const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		size_t n = bfs_window_append(&w, p, len);

		p += n;
		len -= n;
		if (len) {
			bfs_window_publish(&w);
			bfs_window_add_chunk(&w);
		}
	}
}

static void record(int64_t offset, const char *text)
{
	append(text, strlen(text));
	if (!bfs_window_record(&w, offset))
		bfs_window_publish(&w);
}

START_TEST(empty)
{
	struct bfs_pins pins;

	ck_assert_uint_eq(bfs_window_pin(&w, 100, 10, &pins), 0);
	ck_assert_int_eq(bfs_window_boundary(&w, 100), 7);
	ck_assert_int_eq(bfs_window_boundary(&w, 99), -1);
	ck_assert_int_eq(bfs_window_boundary(&w, 101), -1);
	ck_assert_int_eq(bfs_window_last(&w), 0);
}
END_TEST

START_TEST(published_is_seen)
{
	struct bfs_pins pins;

	record(9, "ab\n");
	ck_assert_uint_eq(bfs_window_pin(&w, 100, 10, &pins), 0);
	bfs_window_publish(&w);
	ck_assert_uint_eq(bfs_window_pin(&w, 101, 10, &pins), 2);
	ck_assert_int_eq(pins.n, 1);
	ck_assert(!memcmp(pins.iov[0].iov_base, "b\n", 2));
	bfs_window_reset(&w, 0, 0); /* what is pinned stays */
	ck_assert(!memcmp(pins.iov[0].iov_base, "b\n", 2));
	bfs_pins_release(&pins);
}
END_TEST

START_TEST(boundaries_know_gaps)
{
	record(7, "a\n");
	record(8, "b\n");
	record(20, "cc\n");
	bfs_window_publish(&w);
	record(21, "d\n");
	append("half", 4);
	bfs_window_publish(&w);
	ck_assert_int_eq(bfs_window_boundary(&w, 100), 7);
	ck_assert_int_eq(bfs_window_boundary(&w, 101), 7);
	ck_assert_int_eq(bfs_window_boundary(&w, 102), 8);
	ck_assert_int_eq(bfs_window_boundary(&w, 104), 9);
	ck_assert_int_eq(bfs_window_boundary(&w, 106), 9);
	ck_assert_int_eq(bfs_window_boundary(&w, 107), 21);
	ck_assert_int_eq(bfs_window_boundary(&w, 109), 22);
	ck_assert_int_eq(bfs_window_boundary(&w, 113), 22);
	ck_assert_int_eq(w.next, 22);
	ck_assert_int_eq(bfs_window_last(&w), 'f');
}
END_TEST

START_TEST(drops_whole_chunks_only)
{
	char *big = malloc(BFS_CHUNK_SIZE);

	memset(big, 'x', BFS_CHUNK_SIZE);
	append(big, BFS_CHUNK_SIZE); /* the first chunk is full */
	append(big, BFS_CHUNK_SIZE);
	append(big, 10);
	bfs_window_publish(&w);
	bfs_window_drop(&w, 100 + BFS_CHUNK_SIZE - 1, 0);
	ck_assert_int_eq(w.begin, 100);
	bfs_window_drop(&w, 100 + BFS_CHUNK_SIZE, 3 * BFS_CHUNK_SIZE);
	ck_assert_int_eq(w.begin, 100);
	bfs_window_drop(&w, w.end, 0);
	ck_assert_int_eq(w.begin, 100 + 2 * BFS_CHUNK_SIZE); /* the last one stays */
	free(big);
}
END_TEST

/* --- against the list ---------------------------------------------------------------- */

#define N 4000

START_TEST(random_records)
{
	uint64_t rnd = test_seed();
	static int64_t ends[N], offsets[N];
	int64_t offset = 7;
	int i, k, n = test_rounds(N);
	char text[5000];

	fprintf(stderr, "SEED=%llu\n", (unsigned long long)rnd);
	n = n < N ? n : N;
	for (i = 0; i < n; i++) {
		size_t len = 1 + test_below(&rnd, test_below(&rnd, 9) ? 50 : sizeof(text) - 2);

		offset += (int64_t)test_below(&rnd, 3);
		memset(text, 'a' + i % 26, len);
		text[len] = '\0';
		record(offset, text);
		ends[i] = w.fill;
		offsets[i] = offset++;
		if (!test_below(&rnd, 20))
			bfs_window_publish(&w);
		if (!test_below(&rnd, 500)) {
			bfs_window_publish(&w);
			bfs_window_drop(&w, w.end, BFS_CHUNK_SIZE);
		}
	}
	bfs_window_publish(&w);
	for (i = 0; i < n; i++) {
		int64_t byte = w.begin + (int64_t)test_below(&rnd, (uint64_t)(w.end - w.begin)), at;
		int64_t want = 7;
		struct bfs_pins pins;
		size_t len = 1 + test_below(&rnd, 131072), got;

		for (k = 0; k < n && ends[k] <= byte; k++)
			want = offsets[k] + 1;
		ck_assert_int_eq(bfs_window_boundary(&w, byte), want);
		got = bfs_window_pin(&w, byte, len, &pins);
		ck_assert_uint_eq(got, (int64_t)len < w.end - byte ? len : (size_t)(w.end - byte));
		at = byte;
		for (int p = 0; p < pins.n; p++) {
			const char *data = pins.iov[p].iov_base;

			for (size_t in = 0; in < pins.iov[p].iov_len; in++, at++) {
				while (ends[k] <= at)
					k++;
				if (data[in] != 'a' + k % 26)
					ck_abort_msg("byte %lld is another", (long long)at);
			}
		}
		bfs_pins_release(&pins);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("window");
	TCase *tc = tcase_create("window");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, empty);
	tcase_add_test(tc, published_is_seen);
	tcase_add_test(tc, boundaries_know_gaps);
	tcase_add_test(tc, drops_whole_chunks_only);
	tcase_add_test(tc, random_records);
	suite_add_tcase(s, tc);
	return s;
}

TEST_MAIN(suite)
