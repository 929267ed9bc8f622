/* test_name.c - topic and partition names.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/test.h"

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
		name.partition = -1;
		ck_assert_int_eq(bfs_name_parse(good[i].text, &name), 0);
		ck_assert_int_eq(name.partition, good[i].n);
	}
}
END_TEST

START_TEST(not_partitions)
{
	const char *bad[] = { "",
			      "00",
			      "01",
			      "-1",
			      "+1",
			      " 1",
			      "1 ",
			      "1a",
			      "2147483648",
			      "0x1",
			      "1.0",
			      "0@",
			      "0..20",
			      "0@..10",
			      "any",
			      "1\n",
			      "99999999999999999999999999999",
			      "4294967296",
			      "18446744073709551616",
			      ".",
			      "..",
			      "0.json2",
			      ".swp",
			      "4913~",
			      "\xd9\xa1",
			      NULL };
	struct bfs_name name = { .partition = 5 };
	int i;

	for (i = 0; bad[i]; i++)
		ck_assert_msg(bfs_name_parse(bad[i], &name) == -ENOENT, "%s", bad[i]);
	ck_assert_int_eq(name.partition, 5);
}
END_TEST

/* What parses is exactly what printing a number gives. */
START_TEST(round_trip)
{
	uint64_t seed = test_seed(), r = seed;
	struct bfs_name name;
	char text[32];
	int i;

	for (i = 0; i < 10000; i++) {
		int32_t n = (int32_t)(test_random(&r) >> 33 >> test_below(&r, 31));

		snprintf(text, sizeof(text), "%d", n);
		ck_assert_msg(bfs_name_parse(text, &name) == 0 && name.partition == n,
			      "%s SEED=%llu", text, (unsigned long long)seed);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("name");

	TEST_CASE(s, "topic", topics_kafka_allows, topics_kafka_refuses, each_byte,
		  internal_topics);
	TEST_CASE(s, "partition", partitions, not_partitions, round_trip);
	return s;
}

TEST_MAIN(suite)
