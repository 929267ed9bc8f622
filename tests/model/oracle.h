/* oracle.h - the log as a list of records, a session as its first offset: what its bytes must be.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_TESTS_MODEL_ORACLE_H
#define BFS_TESTS_MODEL_ORACLE_H

#include "tests/unit/fs_rig.h"

#define RECORDS 20000

struct record {
	int64_t offset;
	size_t len; /* with the newline */
	char fill;
	bool returned; /* whole, by some read, in byte order without a hole before it */
};

struct session {
	int64_t began; /* clock */
	int64_t first; /* offset */
	int64_t to;    /* of a fixed view: the offset it ends before; else INT64_MAX */
	bool view, blocks;
	int format;        /* of formats[] */
	int64_t delivered; /* of a blocking view: as far as reads came */
	int refs;          /* handles that opened it */
	bool over;
	int64_t shown; /* the largest size seen */
	char *seen;    /* a bit for each byte: returned by the claiming handle */
	int64_t seen_len;
};

static struct record records[RECORDS];
static int n_records;

/* A format: what stands before and behind a value, which has no byte that needs escaping. */
static const struct {
	const char *suffix, *before, *behind;
	bool numbered; /* `before` holds the offset and the time */
} formats[] = {
	{ "", "", "\n", false },
	{ ".kv", "\t", "\n", false },
	{ ".raw", "", "", false },
	{ ".json",
	  "{\"topic\":\"t\",\"partition\":0,\"offset\":%lld,\"timestamp\":%lld,\"key\":null,"
	  "\"value\":\"",
	  "\",\"headers\":[]}\n", true },
};

static size_t before(const struct session *s, const struct record *r, char text[160])
{
	long long at = (long long)r->offset;

	if (!formats[s->format].numbered)
		return (size_t)snprintf(text, 160, "%s", formats[s->format].before);
	return (size_t)snprintf(text, 160, formats[s->format].before, at, at * 1000);
}

static size_t length(const struct session *s, const struct record *r)
{
	char text[160];

	return before(s, r, text) + r->len - 1 + strlen(formats[s->format].behind);
}

static bool within(const struct session *s, const struct record *r)
{
	return r->offset >= s->first && r->offset < s->to;
}

/* The bytes of a session from its first record to the end. */
static int64_t total(const struct session *s)
{
	int64_t sum = 0;
	int i;

	for (i = 0; i < n_records; i++)
		if (within(s, &records[i]))
			sum += (int64_t)length(s, &records[i]);
	return sum;
}

static char byte_of(const struct record *r, size_t in)
{
	return in == 0 ? (char)('A' + r->offset % 26) : r->fill;
}

/* Compares what a read returned of one record, from its byte `in` on; returns how much that was. */
static size_t check_record(const struct session *s, const struct record *r, size_t in,
			   const char *data, size_t len)
{
	char text[160];
	size_t head = before(s, r, text), all = length(s, r), k;

	for (k = in; k < all && k - in < len; k++) {
		char want = k < head ? text[k]
			    : k < head + r->len - 1
				    ? byte_of(r, k - head)
				    : formats[s->format].behind[k - head - r->len + 1];

		if (data[k - in] != want)
			ck_abort_msg("byte %zu of offset %lld is another", k, (long long)r->offset);
	}
	return k - in;
}

static void check_bytes(const struct session *s, int64_t off, const char *data, size_t len)
{
	int64_t at = 0, n;
	size_t done = 0;
	int i;

	for (i = 0; i < n_records && done < len; i++, at += n) {
		n = 0;
		if (!within(s, &records[i]))
			continue;
		n = (int64_t)length(s, &records[i]);
		if (off + (int64_t)done < at + n)
			done += check_record(s, &records[i], (size_t)(off + (int64_t)done - at),
					     data + done, len - done);
	}
	ck_assert_msg(done == len, "%zu bytes at %lld past the end", len, (long long)off);
}

#endif
