/* test_value.c - what is typed as a value: do two notations say the same?
 *
 * SPDX-License-Identifier: MIT */
#include "core/value.h"
#include "tests/unit/test.h"

/* What the brokers make of a setting. */
START_TEST(alike)
{
	static const char *const pairs[][2] = {
		{ "", "" },
		{ "", " " },
		{ "60000", "60000" },
		{ " 60000 ", "60000" },
		{ "+060000", "60000" },
		{ "0.50", "0.5" },
		{ "1", "1.0" },
		{ "compact, delete", "compact,delete" },
		{ "TRUE", "true" },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		ck_assert(bfs_value_alike(pairs[i][0], pairs[i][1]));
		ck_assert(bfs_value_alike(pairs[i][1], pairs[i][0]));
	}
}
END_TEST

START_TEST(not_alike)
{
	static const char *const pairs[][2] = {
		{ "", "0" },
		{ "60000", "60001" },
		{ "60000", "6000" },
		{ "9223372036854775807", "9223372036854775806" },
		{ "0.5", "0.25" },
		{ "compact,delete", "compact" },
		{ "compact,delete", "delete,compact" },
		{ "1 x", "1 y" },
		{ "true", "false" },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		ck_assert(!bfs_value_alike(pairs[i][0], pairs[i][1]));
		ck_assert(!bfs_value_alike(pairs[i][1], pairs[i][0]));
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("value");
	TCase *tc = tcase_create("alike");

	tcase_add_test(tc, alike);
	tcase_add_test(tc, not_alike);
	suite_add_tcase(s, tc);
	return s;
}

TEST_MAIN(suite)
