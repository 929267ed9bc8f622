/* test_fs_name.c - names, nodes, listings, and what is refused.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/fs_rig.h"

/* --- look-ups ------------------------------------------------------------------------ */

START_TEST(topics_and_partitions_are_found)
{
	struct fake_reply *r;
	uint64_t dir;

	mount_it();
	r = lookup_begin(BFS_ROOT_INO, "t");
	fake_wait(r);
	ck_assert_int_eq(r->kind, FAKE_ENTRY);
	ck_assert(S_ISDIR(r->entry.attr.st_mode));
	dir = r->entry.ino;
	fake_reply_free(r);
	r = lookup_begin(dir, "1");
	fake_wait(r);
	ck_assert(S_ISREG(r->entry.attr.st_mode));
	ck_assert(r->entry.entry_timeout == 0 && r->entry.attr_timeout == 0);
	fake_reply_free(r);
	IS_ERR(lookup_begin(walk("t/0"), "x"), -ENOTDIR);
	IS_ERR(lookup_begin(999, "x"), -ESTALE);
}
END_TEST

/* Final at once: what can't be a name, and what a fresh snapshot lacks. */
START_TEST(unknown_names_are_enoent)
{
	static const char *const files_[] = { "2",       "00", "-1",    "x",     "2147483648",
					      "0.jsonl", "0@", "0@..5", "anyone" };
	uint64_t dir;
	size_t i;

	mount_it();
	settle();
	dir = lookup(BFS_ROOT_INO, "t");
	fake_freeze(c, true);
	for (i = 0; i < sizeof(files_) / sizeof(*files_); i++)
		IS_ERR(lookup_begin(dir, files_[i]), -ENOENT);
	IS_ERR(lookup_begin(BFS_ROOT_INO, "typo"), -ENOENT);
	now += 3000;
	IS_ERR(lookup_begin(BFS_ROOT_INO, "no topic!"), -ENOENT);
	IS_ERR(lookup_begin(dir, "0.swp"), -ENOENT);
	ck_assert_int_eq(fake_calls(c, FAKE_TOPICS), 1);
}
END_TEST

START_TEST(new_topics_are_found)
{
	struct fake_reply *r[5];
	int i;

	mount_it();
	settle();
	now += 1500;
	fake_topic(c, "new", 1);
	fake_delay(c, FAKE_TOPICS, 50);
	for (i = 0; i < 5; i++) /* one refresh, shared by all */
		r[i] = lookup_begin(BFS_ROOT_INO, i < 4 ? "new" : "typo");
	settle();
	advance(50);
	for (i = 0; i < 5; i++) {
		fake_wait(r[i]);
		ck_assert_int_eq(r[i]->kind, i < 4 ? FAKE_ENTRY : FAKE_ERROR);
		fake_reply_free(r[i]);
	}
	ck_assert_int_eq(fake_calls(c, FAKE_TOPICS), 2);
}
END_TEST

START_TEST(a_frozen_cluster_delays_no_look_up_twice)
{
	struct fake_reply *r;

	mount_it();
	settle();
	now += 1500;
	fake_freeze(c, true);
	r = lookup_begin(BFS_ROOT_INO, "typo");
	NOT_YET(r);
	advance(BFS_UNKNOWN_WAIT);
	IS_ERR(r, -ENOENT);
	advance(1);
	IS_ERR(lookup_begin(BFS_ROOT_INO, "typo"), -ENOENT); /* at once */
	lookup(BFS_ROOT_INO, "t");                           /* the known ones are there */
	advance(5000);
	IS_ERR(lookup_begin(BFS_ROOT_INO, "typo"), -ENOENT);
}
END_TEST

START_TEST(a_stale_snapshot_answers_while_it_is_refreshed)
{
	mount_it();
	settle();
	now += 6000;
	fake_delay(c, FAKE_TOPICS, 1000);
	fake_topic_delete(c, "t");
	lookup(BFS_ROOT_INO, "t");
	advance(1000);
	IS_ERR(lookup_begin(BFS_ROOT_INO, "t"), -ENOENT);
	ck_assert_int_eq(fake_calls(c, FAKE_TOPICS), 2);
	advance(100000); /* never by a timer */
	ck_assert_int_eq(fake_calls(c, FAKE_TOPICS), 2);
}
END_TEST

START_TEST(a_topic_made_anew_is_another_node)
{
	uint64_t was, old;

	mount_it();
	settle();
	was = lookup(BFS_ROOT_INO, "t");
	old = walk("t/0");
	fake_topic_delete(c, "t");
	now += 6000;
	lookup(BFS_ROOT_INO, "t");
	settle();
	fake_topic(c, "t", 2);
	now += 6000;
	fake_finish(lookup_begin(BFS_ROOT_INO, "t"));
	settle();
	ck_assert_uint_ne(lookup(BFS_ROOT_INO, "t"), was);
	ck_assert_uint_ne(walk("t/0"), old);
	IS_ERR(lookup_begin(was, "0"), -ENOENT);
}
END_TEST

START_TEST(hidden_topics)
{
	fake_topic(c, "__consumer_offsets", 1);
	fake_topic(c, ".brokerfs", 1);
	o.internal = _i;
	mount_it();
	ck_assert_int_eq(fake_finish(lookup_begin(BFS_ROOT_INO, "__consumer_offsets")),
			 _i ? 0 : -ENOENT);
	/* the control tree, not the topic */
	IS_ERR(lookup_begin(lookup(BFS_ROOT_INO, ".brokerfs"), "0"), -ENOENT);
}
END_TEST

/* --- nodes --------------------------------------------------------------------------- */

START_TEST(nodes_live_as_long_as_they_are_known)
{
	uint64_t dir, ino, st_ino;
	struct fake_reply *r;

	mount_it();
	dir = lookup(BFS_ROOT_INO, "t");
	ck_assert_uint_eq(lookup(BFS_ROOT_INO, "t"), dir);
	bfs_fs_forget(fs, dir, 1);
	ino = lookup(dir, "0");
	bfs_fs_forget(fs, dir, 1);
	IS_ERR(lookup_begin(dir, "0"), -ESTALE);
	r = stat_begin(ino, 0);
	fake_wait(r);
	st_ino = r->attr.st_ino;
	fake_reply_free(r);
	bfs_fs_forget(fs, ino, 1);
	IS_ERR(stat_begin(ino, 0), -ESTALE);
	ck_assert_uint_gt(walk("t/0"), ino); /* ids are not used again */
	r = stat_begin(walk("t/0"), 0);
	fake_wait(r);
	ck_assert_uint_eq(r->attr.st_ino, st_ino);
	fake_reply_free(r);
	bfs_fs_forget(fs, BFS_ROOT_INO, 5);
	lookup(BFS_ROOT_INO, "t");
}
END_TEST

START_TEST(a_forgotten_node_stays_while_it_is_open)
{
	uint64_t fh, ino;

	fake_append(c, "t", 0, "a");
	mount_it();
	ino = walk("t/0");
	fh = open_ino(ino, O_RDONLY);
	bfs_fs_forget(fs, ino, 1);
	reads(fh, 0, 10, "a\n");
	ck_assert_int_eq(close_file(fh), 0);
	IS_ERR(stat_begin(ino, 0), -ESTALE);
}
END_TEST

/* --- listings ------------------------------------------------------------------------ */

struct listing {
	char text[4096];
	int room;
	int64_t next;
};

static bool add(void *arg, const char *name, const struct stat *st, int64_t next)
{
	struct listing *l = arg;

	if (!l->room--)
		return false;
	ck_assert_uint_ne(st->st_ino, 0);
	if (strlen(l->text) + strlen(name) + 2 < sizeof(l->text))
		strcat(strcat(l->text, name), " ");
	l->next = next;
	return true;
}

static uint64_t open_dir(uint64_t ino)
{
	struct fake_reply *r = fake_request("opendir");
	uint64_t fh;

	bfs_fs_opendir(fs, r->ticket, ino);
	fake_wait(r);
	ck_assert_int_eq(r->kind, FAKE_OPENED);
	fh = r->opened.fh;
	fake_reply_free(r);
	return fh;
}

static void close_dir(uint64_t fh)
{
	struct fake_reply *r = fake_request("releasedir");

	bfs_fs_releasedir(fs, r->ticket, fh);
	IS_ERR(r, 0);
}

START_TEST(listings_are_of_one_moment)
{
	struct listing l = { .room = 4 };
	uint64_t fh;

	fake_topic(c, "a", 3);
	fake_topic(c, "z", 1);
	mount_it();
	settle();
	fh = open_dir(BFS_ROOT_INO);
	ck_assert_int_eq(bfs_fs_readdir(fs, fh, 0, add, &l), 0);
	ck_assert_str_eq(l.text, ". .. .brokerfs a ");
	fake_topic(c, "b", 1);
	now += 6000;
	lookup(BFS_ROOT_INO, "t");
	settle();
	l.room = 100;
	bfs_fs_readdir(fs, fh, l.next, add, &l);
	ck_assert_str_eq(l.text, ". .. .brokerfs a t z ");
	bfs_fs_readdir(fs, fh, l.next, add, &l);
	ck_assert_str_eq(l.text, ". .. .brokerfs a t z ");
	close_dir(fh);
	fh = open_dir(lookup(BFS_ROOT_INO, "a"));
	l = (struct listing){ .room = 100 };
	bfs_fs_readdir(fs, fh, 0, add, &l);
	ck_assert_str_eq(l.text, ". .. 0 1 2 ");
	close_dir(fh);
}
END_TEST

START_TEST(ten_thousand_topics_cost_no_request)
{
	struct listing l = { .room = 1 << 20 };
	char name[32];
	uint64_t fh;
	int i;

	for (i = 0; i < 10000; i++) {
		snprintf(name, sizeof(name), "topic-%05d", i);
		fake_topic(c, name, 1);
	}
	mount_it();
	settle();
	fake_freeze(c, true);
	fh = open_dir(BFS_ROOT_INO);
	bfs_fs_readdir(fs, fh, 0, add, &l);
	ck_assert_int_eq(l.next, 10004); /* with .brokerfs */
	close_dir(fh);
	lookup(BFS_ROOT_INO, "topic-09999");
	ck_assert_int_eq(fake_calls(c, FAKE_TOPICS), 1);
}
END_TEST

struct plus {
	char text[200];
	uint64_t inos[8];
	int n, room;
	int64_t next;
};

static bool add_plus(void *arg, const char *name, const struct bfs_entry *e, int64_t next)
{
	struct plus *p = arg;

	if (p->n == p->room)
		return false;
	strcat(strcat(p->text, name), e->ino ? "+ " : " ");
	ck_assert_uint_ne(e->attr.st_ino, 0);
	p->inos[p->n++] = e->ino;
	p->next = next;
	return true;
}

START_TEST(listings_look_up_topics)
{
	struct plus p = { .room = 5 };
	uint64_t fh, z;

	fake_topic(c, "a", 3);
	fake_topic(c, "z", 1);
	mount_it();
	settle();
	fh = open_dir(BFS_ROOT_INO);
	ck_assert_int_eq(bfs_fs_readdirplus(fs, fh, 0, add_plus, &p), 0);
	ck_assert_str_eq(p.text, ". .. .brokerfs a+ t+ ");
	p.room = 8;
	bfs_fs_readdirplus(fs, fh, p.next, add_plus, &p);
	ck_assert_str_eq(p.text, ". .. .brokerfs a+ t+ z+ ");
	close_dir(fh);
	z = p.inos[5];
	ck_assert_uint_eq(lookup(BFS_ROOT_INO, "z"), z);
	bfs_fs_forget(fs, z, 1);
	ck_assert_uint_eq(lookup(BFS_ROOT_INO, "z"), z);
	bfs_fs_forget(fs, z, 2); /* all that was looked up, and not the one that had no room */
	ck_assert_uint_ne(lookup(BFS_ROOT_INO, "z"), z);
	fh = open_dir(p.inos[3]);
	p = (struct plus){ .room = 8 };
	bfs_fs_readdirplus(fs, fh, 0, add_plus, &p);
	ck_assert_str_eq(p.text, ". .. 0 1 2 "); /* files' nodes change */
	close_dir(fh);
}
END_TEST

static struct bfs_opened opened_dir(uint64_t ino)
{
	struct fake_reply *r = fake_request("opendir");
	struct bfs_opened o_;

	bfs_fs_opendir(fs, r->ticket, ino);
	fake_wait(r);
	o_ = r->opened;
	fake_reply_free(r);
	close_dir(o_.fh);
	return o_;
}

START_TEST(a_topic_s_list_is_kept_until_it_grows)
{
	uint64_t t;

	mount_it();
	settle();
	t = lookup(BFS_ROOT_INO, "t");
	ck_assert(opened_dir(t).cache_readdir && !opened_dir(BFS_ROOT_INO).cache_readdir);
	ck_assert(opened_dir(t).keep_cache);
	fake_topic(c, "t", 3);
	now += 6000;
	lookup(BFS_ROOT_INO, "t");
	settle();
	ck_assert(!opened_dir(t).keep_cache);
	ck_assert(opened_dir(t).keep_cache);
}
END_TEST

/* --- attributes and refusals --------------------------------------------------------- */

START_TEST(attributes_that_can_be_set)
{
	struct fake_reply *r;
	uint64_t ino;

	mount_it();
	ino = walk("t/0");
	r = fake_request("setattr");
	bfs_fs_setattr(fs, r->ticket, ino, 0, BFS_SET_TIMES, 0);
	IS_ERR(r, 0);
	r = fake_request("setattr");
	bfs_fs_setattr(fs, r->ticket, ino, 0, BFS_SET_SIZE, 5);
	IS_ERR(r, -EPERM);
	r = fake_request("setattr");
	bfs_fs_setattr(fs, r->ticket, ino, 0, BFS_SET_MODE | BFS_SET_TIMES, 0);
	IS_ERR(r, -EPERM);
	r = fake_request("mkdir");
	bfs_fs_refuse(fs, r->ticket, "mkdir", BFS_ROOT_INO, "x");
	IS_ERR(r, -EPERM);
	r = fake_request("getxattr");
	bfs_fs_getxattr(fs, r->ticket, ino, "user.kafka.error", 0);
	IS_ERR(r, -ENODATA);
	r = fake_request("getxattr");
	bfs_fs_getxattr(fs, r->ticket, ino, "security.capability", 0);
	IS_ERR(r, -EOPNOTSUPP);
	r = fake_request("open");
	bfs_fs_open(fs, r->ticket, lookup(BFS_ROOT_INO, "t"), O_RDONLY, who.pid);
	IS_ERR(r, -EISDIR);
}
END_TEST

START_TEST(the_error_attribute)
{
	struct fake_reply *r;
	uint64_t fh, ino;

	mount_it();
	ino = walk("t/0");
	fh = open_ino(ino, O_WRONLY);
	fake_fail(c, FAKE_DELIVERY, -EIO, "Broker: no", 1);
	IS_ERR(write_begin(fh, "x\n", 0), -EIO);
	r = fake_request("listxattr");
	bfs_fs_listxattr(fs, r->ticket, ino, 1000);
	fake_wait(r);
	ck_assert_str_eq(r->data + r->len - 17, "user.kafka.error"); /* the last */
	fake_reply_free(r);
	r = fake_request("getxattr");
	bfs_fs_getxattr(fs, r->ticket, ino, "user.kafka.error", 0);
	fake_wait(r);
	ck_assert_uint_eq(r->len, 10);
	fake_reply_free(r);
	r = fake_request("getxattr");
	bfs_fs_getxattr(fs, r->ticket, ino, "user.kafka.error", 9);
	IS_ERR(r, -ERANGE);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("fs_name");
	TCase *tc = tcase_create("hidden");

	RIG_CASE(s, "lookup", topics_and_partitions_are_found, unknown_names_are_enoent,
		 new_topics_are_found, a_frozen_cluster_delays_no_look_up_twice,
		 a_stale_snapshot_answers_while_it_is_refreshed, a_topic_made_anew_is_another_node);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, hidden_topics, 0, 2);
	suite_add_tcase(s, tc);
	RIG_CASE(s, "node", nodes_live_as_long_as_they_are_known,
		 a_forgotten_node_stays_while_it_is_open);
	RIG_CASE(s, "list", listings_are_of_one_moment, ten_thousand_topics_cost_no_request,
		 listings_look_up_topics, a_topic_s_list_is_kept_until_it_grows);
	RIG_CASE(s, "attr", attributes_that_can_be_set, the_error_attribute);
	return s;
}

TEST_MAIN(suite)
