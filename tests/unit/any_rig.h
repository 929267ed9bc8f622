/* any_rig.h - what the tests of views of a whole topic share: topic m, what it holds, and reading
 * it.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_TESTS_UNIT_ANY_RIG_H
#define BFS_TESTS_UNIT_ANY_RIG_H

#include "tests/unit/view_rig.h"

/* --- an oracle ----------------------------------------------------------------------- */

#define PARTS 6
#define MOST  2048

struct record {
	int64_t offset, time;
	char text[40];
};

/* What was appended to topic m. */
static struct {
	struct record r[PARTS][MOST];
	int n[PARTS];
	int partitions;
} log_;

static char want[1 << 22];
static size_t want_len;
static uint64_t seed;

static UNUSED void topic_of(int partitions)
{
	memset(&log_, 0, sizeof(log_));
	log_.partitions = partitions;
	fake_topic(c, "m", partitions);
}

static UNUSED void put_at(int p, int64_t time, const char *text)
{
	struct record *r = &log_.r[p][log_.n[p]++];
	struct bfs_record b = { .timestamp = time, .value = text, .value_len = strlen(text) };

	ck_assert_int_lt(log_.n[p], MOST);
	r->time = time;
	snprintf(r->text, sizeof(r->text), "%s", text);
	r->offset = fake_append_record(c, "m", p, &b);
}

/* Fills with records of about a kilobyte; the oracle knows them by their texts. */
static UNUSED void put_large(int n, int64_t *now_time)
{
	char *text = malloc(1100);

	while (n--) {
		int p = (int)test_below(&seed, (uint64_t)log_.partitions);
		size_t len = 900 + test_below(&seed, 150);
		struct bfs_record b = { .value = text };

		memset(text, 'a' + n % 26, len);
		text[snprintf(text, 40, "%d-%" PRId64, p, fake_end(c, "m", p))] = '.';
		b.value_len = len;
		b.timestamp = *now_time += (int64_t)test_below(&seed, 5);
		fake_append_record(c, "m", p, &b);
		memcpy(want + want_len, text, len);
		want_len += len;
		want[want_len++] = '\n';
	}
	want[want_len] = '\0';
	free(text);
}

/* Each time differs, so that their order is the one of writing. */
static UNUSED void put_large_rising(int n, int64_t *now_time)
{
	while (n--) {
		*now_time += 1;
		put_large(1, now_time);
	}
}

/* --- reading ------------------------------------------------------------------------- */

/* One read, of all that is wanted; a range that waits at its end gives what is there. */
static UNUSED size_t read_same(uint64_t fh, size_t at, size_t n, bool waits)
{
	struct fake_reply *r = read_begin(fh, (int64_t)at, n);
	size_t i, len;

	if (n > want_len - at)
		n = want_len - at;
	fake_wait(r);
	ck_assert_msg(r->kind == FAKE_DATA, "at %zu of %zu: %d", at, want_len, r->err);
	len = r->len;
	for (i = 0; i < n && i < len && r->data[i] == want[at + i]; i++)
		;
	ck_assert_msg(i == len && (len == n || (waits && len)),
		      "at %zu of %zu: %zu of %zu bytes, not \"%.40s\"", at + i, want_len, len, n,
		      want + at + i);
	fake_reply_free(r);
	return len;
}

/* What the file shows is what is wanted: from the beginning, and wherever one looks. */
static UNUSED void same_view(uint64_t fh, int random_reads, bool waits)
{
	for (size_t at = 0; at < want_len;)
		at += read_same(fh, at, 65536, waits);
	while (want_len && random_reads--)
		read_same(fh, test_below(&seed, want_len), 1 + test_below(&seed, 300), waits);
}

static UNUSED void same_bytes(uint64_t fh, int random_reads)
{
	same_view(fh, random_reads, false);
}

/* What comes when the merger has come so far. */
static UNUSED void comes_to_show(uint64_t fh, int64_t off, const char *text)
{
	struct fake_reply *r;
	bool same;

	for (int i = 0; i < 2000; i++) {
		r = read_with(fh, off, 65536, O_NONBLOCK, 1);
		fake_wait(r);
		same = r->kind == FAKE_DATA && !strcmp(r->data, text);
		fake_reply_free(r);
		if (same)
			return;
		settle();
		usleep(1000);
		now += 60;
	}
	ck_abort_msg("never: %s", text);
}

#endif
