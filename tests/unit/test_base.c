/* test_base.c - list, buf, err, clock, map.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/list.h"
#include "base/map.h"

struct item {
	int n;
	struct bfs_list link;
};

/* The numbers in the list, as text. */
static const char *shown(const struct bfs_list *head)
{
	static char text[64];
	struct bfs_list *n, *tmp;
	char *at = text;

	*at = '\0';
	bfs_list_each(n, tmp, head)
		at += sprintf(at, "%d", bfs_container(n, struct item, link)->n);
	return text;
}

START_TEST(list_order)
{
	struct bfs_list head = BFS_LIST_INIT(head), other = BFS_LIST_INIT(other);
	struct item a = { .n = 1 }, b = { .n = 2 }, c = { .n = 3 };

	ck_assert(bfs_list_empty(&head));
	ck_assert_ptr_null(bfs_list_pop(&head));
	bfs_list_add(&head, &a.link);
	bfs_list_add(&head, &b.link);
	bfs_list_add(&other, &c.link);
	ck_assert_str_eq(shown(&head), "12");

	bfs_list_splice(&other, &head);
	ck_assert_str_eq(shown(&other), "312");
	ck_assert(bfs_list_empty(&head));
	bfs_list_splice(&other, &head);
	ck_assert_str_eq(shown(&other), "312");

	ck_assert_ptr_eq(bfs_list_pop(&other), &c.link);
	ck_assert(!bfs_list_linked(&c.link));
	ck_assert_str_eq(shown(&other), "12");
}
END_TEST

START_TEST(list_membership)
{
	struct bfs_list head = BFS_LIST_INIT(head);
	struct item zeroed = { 0 }, ready;

	bfs_list_init(&ready.link);
	ck_assert(!bfs_list_linked(&zeroed.link));
	ck_assert(!bfs_list_linked(&ready.link));
	bfs_list_del(&zeroed.link);
	bfs_list_del(&ready.link);

	bfs_list_add(&head, &zeroed.link);
	ck_assert(bfs_list_linked(&zeroed.link));
	bfs_list_del(&zeroed.link);
	bfs_list_del(&zeroed.link);
	ck_assert(!bfs_list_linked(&zeroed.link));
	ck_assert(bfs_list_empty(&head));
}
END_TEST

START_TEST(list_unlink_while_iterating)
{
	struct bfs_list head = BFS_LIST_INIT(head), *n, *tmp;
	struct item items[6];
	int i;

	for (i = 0; i < 6; i++) {
		items[i].n = i;
		bfs_list_add(&head, &items[i].link);
	}
	bfs_list_each(n, tmp, &head)
		if (bfs_container(n, struct item, link)->n % 2 == 0)
			bfs_list_del(n);
	ck_assert_str_eq(shown(&head), "135");
}
END_TEST

START_TEST(buf_grows)
{
	struct bfs_buf b = { 0 };
	int i;

	bfs_buf_append(&b, NULL, 0);
	bfs_buf_drop(&b, 0);
	ck_assert_uint_eq(b.len, 0);
	for (i = 0; i < 1000; i++)
		bfs_buf_append(&b, "abc", 3);
	ck_assert_uint_eq(b.len, 3000);
	ck_assert_mem_eq(b.data + 2997, "abc", 3);

	bfs_buf_drop(&b, 2998);
	ck_assert_uint_eq(b.len, 2);
	ck_assert_mem_eq(b.data, "bc", 2);
	bfs_buf_drop(&b, 99);
	ck_assert_uint_eq(b.len, 0);

	bfs_buf_fini(&b);
	ck_assert_ptr_null(b.data);
	bfs_buf_append(&b, "x", 1);
	ck_assert_mem_eq(b.data, "x", 1);
	bfs_buf_fini(&b);
	bfs_buf_fini(&b);
	bfs_buf_fini(NULL);
}
END_TEST

START_TEST(buf_printf)
{
	struct bfs_buf b = { 0 };
	char want[400];

	memset(want, 'y', sizeof(want));
	bfs_buf_printf(&b, "%s", "");
	ck_assert_uint_eq(b.len, 0);
	bfs_buf_printf(&b, "%d-%s", 7, "x");
	bfs_buf_printf(&b, "%.*s", (int)sizeof(want), want);
	ck_assert_uint_eq(b.len, 3 + sizeof(want));
	ck_assert_mem_eq(b.data, "7-x", 3);
	ck_assert_mem_eq(b.data + 3, want, sizeof(want));
	bfs_buf_fini(&b);
}
END_TEST

START_TEST(alloc_nothing)
{
	void *p = bfs_alloc(0), *q = bfs_zalloc(0);
	char *s = bfs_strdup("");

	ck_assert_ptr_nonnull(p);
	ck_assert_ptr_nonnull(q);
	ck_assert_str_eq(s, "");
	p = bfs_realloc(p, 0);
	ck_assert_ptr_nonnull(p);
	free(p);
	free(q);
	free(s);
}
END_TEST

START_TEST(fail_says_why)
{
	struct bfs_why why;
	char big[1000];

	ck_assert_int_eq(bfs_fail(&why, -EINVAL, "topic %s: %d", "a\nb", 5), -EINVAL);
	ck_assert_str_eq(why.text, "topic a b: 5");
	ck_assert_int_eq(bfs_fail(NULL, -EIO, "nobody asks"), -EIO);

	memset(big, 'z', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	bfs_fail(&why, -EIO, "%s", big);
	ck_assert_uint_eq(strlen(why.text), sizeof(why.text) - 1);
}
END_TEST

START_TEST(err_names)
{
	ck_assert_str_eq(bfs_err_name(ETIMEDOUT), "ETIMEDOUT");
	ck_assert_str_eq(bfs_err_name(-EBUSY), "EBUSY");
	ck_assert_str_eq(bfs_err_name(-ENOTEMPTY), "ENOTEMPTY");
	ck_assert_str_eq(bfs_err_name(0), "0");
	ck_assert_ptr_nonnull(bfs_err_name(99999));
}
END_TEST

static int64_t noon(void)
{
	return 43200000;
}

START_TEST(clock_moves_and_stands)
{
	int64_t before = bfs_clock_ms();

	usleep(3000);
	ck_assert_int_ge(bfs_clock_ms(), before + 2);
	ck_assert_int_gt(bfs_clock_wall_ms(), INT64_C(1600000000000));
	bfs_clock_override(noon);
	ck_assert_int_eq(bfs_clock_ms(), 43200000);
	bfs_clock_override(NULL);
	ck_assert_int_ge(bfs_clock_ms(), before);
}
END_TEST

struct word {
	char text[16];
	struct bfs_maplink link;
};

static struct word *find(const struct bfs_map *m, const char *text)
{
	struct bfs_maplink *l;

	for (l = bfs_map_first(m, bfs_hash_str(text, 0)); l; l = bfs_map_next(l)) {
		struct word *w = bfs_container(l, struct word, link);

		if (!strcmp(w->text, text))
			return w;
	}
	return NULL;
}

START_TEST(map_many)
{
	enum { N = 3000 };
	struct word *words = bfs_zalloc(N * sizeof(*words));
	struct bfs_map m;
	int i;

	bfs_map_init(&m);
	ck_assert_ptr_null(find(&m, "none"));
	for (i = 0; i < N; i++) {
		snprintf(words[i].text, sizeof(words[i].text), "topic-%d", i);
		bfs_map_add(&m, &words[i].link, bfs_hash_str(words[i].text, 0));
	}
	ck_assert_uint_eq(m.len, N);
	for (i = 0; i < N; i++)
		ck_assert_ptr_eq(find(&m, words[i].text), &words[i]);
	for (i = 0; i < N; i += 2)
		bfs_map_del(&m, &words[i].link);
	for (i = 0; i < N; i++)
		ck_assert_ptr_eq(find(&m, words[i].text), i % 2 ? &words[i] : NULL);
	ck_assert_uint_eq(m.len, N / 2);
	bfs_map_fini(&m);
	free(words);
}
END_TEST

START_TEST(map_same_hash)
{
	struct word a = { .text = "a" }, b = { .text = "b" };
	struct bfs_maplink *l;
	struct bfs_map m;
	int n = 0;

	bfs_map_init(&m);
	bfs_map_add(&m, &a.link, 42);
	bfs_map_add(&m, &b.link, 42);
	for (l = bfs_map_first(&m, 42); l; l = bfs_map_next(l))
		n++;
	ck_assert_int_eq(n, 2);
	ck_assert_ptr_null(bfs_map_first(&m, 43));
	bfs_map_fini(&m);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("base");

	TEST_CASE(s, "list", list_order, list_membership, list_unlink_while_iterating);
	TEST_CASE(s, "buf", buf_grows, buf_printf, alloc_nothing);
	TEST_CASE(s, "err", fail_says_why, err_names);
	TEST_CASE(s, "clock", clock_moves_and_stands);
	TEST_CASE(s, "map", map_many, map_same_hash);
	return s;
}

TEST_MAIN(suite)
