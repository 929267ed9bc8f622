/* test_name.c - topic names, and the names of files below a topic.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/test.h"
#include "tests/unit/range_text.h"

#include <errno.h>
#include <string.h>

#include "core/name.h"

START_TEST(topics_kafka_allows)
{
	const char *good[] = { "a", "orders", "A.b_c-9", "...", ".a", "-", "_", "0", "__x", NULL };
	char longest[BFS_TOPIC_MAX + 1];
	int i;

	for (i = 0; good[i]; i++)
		ck_assert_msg(bfs_name_topic(good[i]) == 0, "%s", good[i]);
	memset(longest, 'x', sizeof(longest));
	longest[BFS_TOPIC_MAX] = '\0';
	ck_assert_int_eq(bfs_name_topic(longest), 0);
}
END_TEST

START_TEST(topics_kafka_refuses)
{
	const char *bad[] = { "",      ".",   "..",         "a/b",   "a b",      "a@b",
			      "~",     "a\n", "a:b",        "a\xc3", "\xc3\xa4", "a%20",
			      "a\x01", "*",   ".brokerfs~", NULL };
	char big[BFS_TOPIC_MAX + 2];
	int i;

	for (i = 0; bad[i]; i++)
		ck_assert_msg(bfs_name_topic(bad[i]) == -EINVAL, "%s", bad[i]);
	memset(big, 'x', sizeof(big));
	big[BFS_TOPIC_MAX + 1] = '\0';
	ck_assert_int_eq(bfs_name_topic(big), -ENAMETOOLONG);
	big[BFS_TOPIC_MAX] = '/';
	ck_assert_int_eq(bfs_name_topic(big), -EINVAL);
}
END_TEST

/* Every byte alone: exactly Kafka's 65 are legal, the dot only in company. */
START_TEST(each_byte)
{
	int c, legal = 0;

	for (c = 1; c < 256; c++) {
		char name[] = { 'a', (char)c, '\0' };
		bool expected = strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "0123456789._-",
				       c);

		ck_assert_int_eq(bfs_name_topic(name), expected ? 0 : -EINVAL);
		legal += expected;
	}
	ck_assert_int_eq(legal, 65);
}
END_TEST

START_TEST(internal_topics)
{
	ck_assert(bfs_name_internal("__consumer_offsets"));
	ck_assert(bfs_name_internal("__"));
	ck_assert(!bfs_name_internal("_x"));
	ck_assert(!bfs_name_internal("x__"));
	ck_assert(!bfs_name_internal(""));
}
END_TEST

START_TEST(partitions)
{
	const struct {
		const char *text;
		int32_t n;
	} good[] = { { "0", 0 }, { "7", 7 }, { "10", 10 }, { "2147483647", INT32_MAX } };
	struct bfs_name name;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		memset(&name, 0xff, sizeof(name));
		ck_assert_int_eq(bfs_name_parse(good[i].text, &name), 0);
		ck_assert_int_eq(name.partition, good[i].n);
		ck_assert_int_eq(name.format, BFS_FORMAT_PLAIN);
		ck_assert(range_same(&name.range, &(struct bfs_range){ .kind = BFS_RANGE_GROUP }));
	}
}
END_TEST

START_TEST(not_partitions)
{
	const char *bad[] = { "",           "00",
			      "01",         "-1",
			      "+1",         " 1",
			      "1 ",         "1a",
			      "2147483648", "0x1",
			      "1.0",        "0@",
			      "0..20",      "0@..10",
			      "1\n",        "99999999999999999999999999999",
			      "4294967296", "18446744073709551616",
			      ".",          "..",
			      "0.json2",    ".swp",
			      "4913~",      "\xd9\xa1",
			      NULL };
	struct bfs_name name = { .partition = 5 };
	int i;

	for (i = 0; bad[i]; i++)
		ck_assert_msg(bfs_name_parse(bad[i], &name) == -ENOENT, "%s", bad[i]);
	ck_assert_int_eq(name.partition, 5);
}
END_TEST

static const struct {
	const char *text;
	struct bfs_name name;
} files[] = {
	{ "0", { 0, BFS_FORMAT_PLAIN, { .kind = BFS_RANGE_GROUP } } },
	{ "0.json", { 0, BFS_FORMAT_JSON, { .kind = BFS_RANGE_GROUP } } },
	{ "0.kv", { 0, BFS_FORMAT_KV, { .kind = BFS_RANGE_GROUP } } },
	{ "0.raw", { 0, BFS_FORMAT_RAW, { .kind = BFS_RANGE_GROUP } } },
	{ "2147483647.raw", { INT32_MAX, BFS_FORMAT_RAW, { .kind = BFS_RANGE_GROUP } } },
	{ "0@..", { 0, BFS_FORMAT_PLAIN, { .kind = BFS_RANGE_GROUP_BLOCKING } } },
	{ "12.kv@..", { 12, BFS_FORMAT_KV, { .kind = BFS_RANGE_GROUP_BLOCKING } } },
	{ "any", { BFS_ANY, BFS_FORMAT_PLAIN, { .kind = BFS_RANGE_GROUP } } },
	{ "any.raw", { BFS_ANY, BFS_FORMAT_RAW, { .kind = BFS_RANGE_GROUP } } },
	{ "any.json@-10",
	  { BFS_ANY, BFS_FORMAT_JSON, { BFS_RANGE_GROWING, { BFS_AT_LAST, 10 }, { 0 } } } },
	{ "any@latest..",
	  { BFS_ANY, BFS_FORMAT_PLAIN, { BFS_RANGE_BLOCKING, { BFS_AT_LATEST, 0 }, { 0 } } } },
	{ "any@earliest..+5",
	  { BFS_ANY,
	    BFS_FORMAT_PLAIN,
	    { BFS_RANGE_FIXED, { BFS_AT_EARLIEST, 0 }, { BFS_AT_COUNT, 5 } } } },
	{ "any.kv@-1h..latest",
	  { BFS_ANY,
	    BFS_FORMAT_KV,
	    { BFS_RANGE_FIXED, { BFS_AT_AGO, 3600000 }, { BFS_AT_LATEST, 0 } } } },
	{ "0@0", { 0, BFS_FORMAT_PLAIN, { BFS_RANGE_GROWING, { BFS_AT_OFFSET, 0 }, { 0 } } } },
	{ "7@-10", { 7, BFS_FORMAT_PLAIN, { BFS_RANGE_GROWING, { BFS_AT_LAST, 10 }, { 0 } } } },
	{ "0.raw@-1", { 0, BFS_FORMAT_RAW, { BFS_RANGE_GROWING, { BFS_AT_LAST, 1 }, { 0 } } } },
	{ "0.kv@-1h", { 0, BFS_FORMAT_KV, { BFS_RANGE_GROWING, { BFS_AT_AGO, 3600000 }, { 0 } } } },
	{ "0.json@latest..",
	  { 0, BFS_FORMAT_JSON, { BFS_RANGE_BLOCKING, { BFS_AT_LATEST, 0 }, { 0 } } } },
	{ "0@1000..2000",
	  { 0,
	    BFS_FORMAT_PLAIN,
	    { BFS_RANGE_FIXED, { BFS_AT_OFFSET, 1000 }, { BFS_AT_OFFSET, 2000 } } } },
	{ "3.json@earliest..+50",
	  { 3,
	    BFS_FORMAT_JSON,
	    { BFS_RANGE_FIXED, { BFS_AT_EARLIEST, 0 }, { BFS_AT_COUNT, 50 } } } },
	{ "3.json@2026-11-22T10:00:00.5Z..committed",
	  { 3,
	    BFS_FORMAT_JSON,
	    { BFS_RANGE_FIXED,
	      { BFS_AT_TIME, INT64_C(1795341600500) },
	      { BFS_AT_COMMITTED, 0 } } } },
};

static bool same(const struct bfs_name *a, const struct bfs_name *b)
{
	return a->partition == b->partition && a->format == b->format &&
	       range_same(&a->range, &b->range);
}

START_TEST(each_file)
{
	struct bfs_name name;
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(*files); i++) {
		memset(&name, 0xff, sizeof(name));
		ck_assert_msg(!bfs_name_parse(files[i].text, &name), "%s", files[i].text);
		ck_assert_msg(same(&name, &files[i].name), "%s: %d, format %d, range kind %d",
			      files[i].text, name.partition, (int)name.format,
			      (int)name.range.kind);
	}
}
END_TEST

static const char *const not_files[] = {
	"0@",
	"0@@",
	"0@.",
	"0@...",
	"0@..10",
	"0@..latest",
	"0..",
	"0..20",
	"0-10",
	"0latest",
	"0 @5",
	"0@ 5",
	"0@5 ",
	"0@5@6",
	"0@5..6@7",
	"0@+5",
	"0@-0",
	"0@x",
	"@",
	"@5",
	"@..",
	".json",
	".json@5",
	"json",
	"-0@5",
	"00@5",
	"01.json",
	"2147483648@5",
	"an",
	"Any",
	"anyone",
	"any0",
	"0any",
	"any@",
	"any@..",
	"any.json@..",
	"any@0",
	"any@1000..2000",
	"any@earliest..7",
	"any@5..",
	"any@committed",
	"any@earliest..committed",
	"any.txt",
	"0.",
	"0.@5",
	"0.j",
	"0.jso",
	"0.jsonl",
	"0.json.",
	"0.json ",
	"0.json5",
	"0.json@",
	"0.json@@5",
	"0.json..",
	"0.json.json",
	"0.json.kv",
	"0.kv.raw@5",
	"0json",
	"0..json",
	"0.JSON",
	"0.Kv",
	"0.raw2",
	"0.plain",
	"0.txt",
	"0.offset",
	"0@5.json",
	"0@-10.kv",
	"0@latest...json",
	"0@2026-02-30",
	"0@2026-11-22T25:00",
	"0@9223372036854775808",
	"0@5~",
	".0.json.swp",
	"0.json~",
	"0.json@5.swp",
};

START_TEST(no_files)
{
	struct bfs_name name = { .partition = 5, .format = BFS_FORMAT_KV };
	struct bfs_name before = name;
	size_t i;

	for (i = 0; i < sizeof(not_files) / sizeof(*not_files); i++)
		ck_assert_msg(bfs_name_parse(not_files[i], &name) == -ENOENT, "%s", not_files[i]);
	ck_assert(same(&name, &before));
}
END_TEST

/* No beginning of a good name is read further than its NUL, nor is it another good name by
 * accident: what parses, parses to what its own text says. */
START_TEST(each_beginning)
{
	static const char whole[] = "10.json@-20h..2026-11-22T10:00:00.5Z";
	static const char *const good[] = { "1",
					    "10",
					    "10.json",
					    "10.json@-2",
					    "10.json@-20",
					    "10.json@-20h",
					    "10.json@-20h..",
					    "10.json@-20h..2",
					    "10.json@-20h..20",
					    "10.json@-20h..202",
					    "10.json@-20h..2026",
					    "10.json@-20h..2026-11-22",
					    "10.json@-20h..2026-11-22T10:00",
					    "10.json@-20h..2026-11-22T10:00:00",
					    "10.json@-20h..2026-11-22T10:00:00.5",
					    whole };
	size_t len, next = 0;

	for (len = 0; len < sizeof(whole); len++) {
		char *text = strndup(whole, len); /* for the sanitizer: nothing behind the NUL */
		struct bfs_name name;
		bool expected = next < sizeof(good) / sizeof(*good) && !strcmp(text, good[next]);

		ck_assert_msg(bfs_name_parse(text, &name) == (expected ? 0 : -ENOENT), "%s", text);
		next += expected;
		free(text);
	}
	ck_assert_uint_eq(next, sizeof(good) / sizeof(*good));
}
END_TEST

/* What is printed parses to what it was. */
START_TEST(round_trip)
{
	uint64_t seed = test_seed(), r = seed;
	char text[128], range[RANGE_TEXT_MAX];
	struct bfs_name back;
	int i, rounds = test_rounds(10000);

	for (i = 0; i < rounds; i++) {
		struct bfs_name name = {
			.partition = (int32_t)(test_random(&r) >> 33 >> test_below(&r, 31)),
			.format = (enum bfs_format)test_below(&r, BFS_FORMATS),
			.range = files[test_below(&r, sizeof(files) / sizeof(*files))].name.range,
		};
		const char *at = name.range.kind == BFS_RANGE_GROUP ? "" : "@";

		range_text(range, &name.range);
		snprintf(text, sizeof(text), "%d%s%s%s", name.partition,
			 bfs_format_suffix(name.format), at, range);
		ck_assert_msg(!bfs_name_parse(text, &back) && same(&name, &back), "%s SEED=%llu",
			      text, (unsigned long long)seed);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("name");

	TEST_CASE(s, "topic", topics_kafka_allows, topics_kafka_refuses, each_byte,
		  internal_topics);
	TEST_CASE(s, "partition", partitions, not_partitions);
	TEST_CASE(s, "file", each_file, no_files, each_beginning, round_trip);
	return s;
}

TEST_MAIN(suite)
