/* test_fs_control.c - the control tree: what its files show, and what they do.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/control_rig.h"

/* --- what there is ------------------------------------------------------------------- */

START_TEST(the_tree)
{
	fake_commit(c, "b/c", "t", 0, 1, "");
	billing();
	ck_assert_str_eq(lists(".brokerfs"),
			 "README brokers topics create lag metrics log config groups ");
	ck_assert_str_eq(lists(B "groups"), "b%2Fc billing g ");
	ck_assert_str_eq(lists(G), "state members lag t ");
	ck_assert_str_eq(lists(G "t"), "0.offset 1.offset .offset ");
	ck_assert_str_eq(lists(B "groups/b%2Fc"), "state members lag t ");
	ck_assert_str_eq(lists("t"), "0 1 ");
	IS_ERR(lookup_begin(find(".brokerfs"), "nothing"), -ENOENT);
	IS_ERR(lookup_begin(find(B "groups"), "no such"), -ENOENT);
	IS_ERR(lookup_begin(find(B "groups"), "%zz"), -ENOENT);
	IS_ERR(lookup_begin(find("t"), "0.offset"), -ENOENT);
	IS_ERR(lookup_begin(find(G "t"), "2.offset"), -ENOENT);
	IS_ERR(lookup_begin(find(G "t"), "any"), -ENOENT);
}
END_TEST

static uint64_t st_ino_of(uint64_t ino)
{
	struct bfs_node *n = bfs_tree_get(&fs->tree, ino);
	uint64_t st_ino = n->st_ino;

	bfs_node_put(n);
	return st_ino;
}

START_TEST(numbers_of_files_agree)
{
	billing();
	ck_assert_uint_eq(find(G "t/0.offset"), find(G "t/0.offset"));
	ck_assert_uint_ne(find(G "t/0.offset"), find(G "t/1.offset"));
	ck_assert_uint_ne(find(G "t/0"), find("t/0"));
	ck_assert_uint_ne(find(G "lag"), find(B "lag"));
	ck_assert_uint_eq(bfs_ino_group("billing"), st_ino_of(find(B "groups/billing")));
}
END_TEST

/* --- what they show ------------------------------------------------------------------ */

START_TEST(texts)
{
	billing();
	ck_assert_ptr_nonnull(strstr(shows(B "README"), "echo +1 >groups/billing/orders/0.offset"));
	ck_assert_ptr_nonnull(strstr(shows(B "config"), "group=g\n"));
	ck_assert_ptr_nonnull(strstr(shows(B "config"), "timeout=5\n"));
	bfs_log_level(BFS_LOG_INFO);
	bfs_info("a line of the log");
	ck_assert_ptr_nonnull(strstr(shows(B "log"), "a line of the log\n"));
	fake_broker(c, 2, "other", 9093, "r1");
	ck_assert_str_eq(shows(B "brokers"), "ID  HOST    PORT  RACK\n"
					     "1   fake-1  9092  -\n"
					     "2   other   9093  r1\n");
	ck_assert_str_eq(shows(B "topics"), "TOPIC  PARTITIONS  REPLICATION  MESSAGES\n"
					    "t      2           1            10\n");
	ck_assert_str_eq(shows(B "lag"), "TOPIC  PARTITION  COMMITTED  END  LAG\n");
	ck_assert_str_eq(shows(G "lag"), "TOPIC  PARTITION  COMMITTED  END  LAG\n"
					 "t      0          3          10   7\n");
	ck_assert_str_eq(shows(G "t/0.offset"), "3\n");
	ck_assert_str_eq(shows(G "t/1.offset"), "-\n");
	ck_assert_str_eq(shows(G "t/.offset"), "PARTITION  COMMITTED\n"
					       "0          3\n"
					       "1          -\n");
}
END_TEST

/* A group that is only looked at costs no consumer of its own, as asking for `committed` does. */
START_TEST(bootstrap_servers)
{
	o.brokers = "a:1,SASL_SSL://b.c:92,,d,[::1]:7,[fe::2]";
	mount_it();
	ck_assert_str_eq(shows(B "brokers"), "ID         HOST    PORT  RACK\n"
					     "bootstrap  a       1     -\n"
					     "bootstrap  b.c     92    -\n"
					     "bootstrap  d       9092  -\n"
					     "bootstrap  ::1     7     -\n"
					     "bootstrap  fe::2   9092  -\n"
					     "1          fake-1  9092  -\n");
	o.brokers = NULL;
}
END_TEST

START_TEST(looking_at_offsets)
{
	int before;

	billing();
	before = fake_calls(c, FAKE_COMMITTED);
	ck_assert_str_eq(shows(G "t/0.offset"), "3\n");
	ck_assert_str_eq(shows(G "t/.offset"), "PARTITION  COMMITTED\n"
					       "0          3\n"
					       "1          -\n");
	ck_assert_int_eq(fake_calls(c, FAKE_COMMITTED), before);
	fake_fail(c, FAKE_GROUP_OFFSETS, -EOPNOTSUPP, NULL, -1);
	ck_assert_str_eq(shows(G "t/0.offset"), "3\n");
	ck_assert_int_eq(fake_calls(c, FAKE_COMMITTED), before + 1);
}
END_TEST

START_TEST(groups_and_members)
{
	const struct bfs_place held[] = { { "t", 0, 0 }, { "t", 1, 0 }, { "u", 4, 0 } };
	const struct bfs_member_info m[] = {
		{ .id = "m-1", .client = "c 1", .host = "/10.0.0.1", .held = held, .n_held = 3 },
		{ .id = "m-2", .client = "c2", .host = "h", .instance = "i" },
	};

	billing();
	ck_assert_str_eq(shows(G "state"), "STATE  ASSIGNOR  MEMBERS\n"
					   "Empty  -         0\n");
	fake_group(c, "billing", "Stable", "range", m, 2);
	ck_assert_str_eq(shows(G "state"), "STATE   ASSIGNOR  MEMBERS\n"
					   "Stable  range     2\n");
	ck_assert_str_eq(shows(G "members"), "MEMBER  INSTANCE  CLIENT  HOST       PARTITIONS\n"
					     "m-1     -         c?1     /10.0.0.1  t:0,1;u:4\n"
					     "m-2     i         c2      h          -\n");
	fake_group(c, "billing", NULL, "", NULL, 0);
	ck_assert_str_eq(shows(G "state"), "STATE    ASSIGNOR  MEMBERS\n"
					   "unknown  -         -\n");
	ck_assert_str_eq(shows(G "members"), "unknown\n");
	fake_fail(c, FAKE_GROUP_STATE, -EOPNOTSUPP, NULL, -1);
	ck_assert_str_eq(shows(G "state"), "STATE    ASSIGNOR  MEMBERS\n"
					   "unknown  -         -\n");
	ck_assert_str_eq(shows(G "members"), "unknown\n");
}
END_TEST

/* What a file shows stays as it is while it is open. */
START_TEST(one_moment)
{
	uint64_t a, b;

	billing();
	a = open_ino(find(G "t/0.offset"), O_RDONLY);
	fake_commit(c, "billing", "t", 0, 10, "");
	b = open_ino(find(G "t/0.offset"), O_RDONLY);
	reads(a, 0, 10, "3\n");
	reads(b, 0, 10, "10\n");
	reads(b, 1, 10, "0\n");
	reads(b, 3, 10, "");
	IS_ERR(write_begin(a, "4\n", 0), -EBADF);
	who.lock_owner = 0; /* pages would be shown to the next who opens */
	IS_ERR(read_begin(a, 0, 10), -EINVAL);
	who.lock_owner = 1;
}
END_TEST

/* With the cluster silent: what was known last, and how old it is; else an error, in time. */
START_TEST(a_silent_cluster)
{
	struct fake_reply *r;
	uint64_t fh;

	billing();
	shows(G "lag");
	find(G "state");
	fake_freeze(c, true);
	advance(2000);
	r = open_begin(find(G "lag"), O_RDONLY);
	NOT_YET(r);
	advance(o.timeout_ms);
	fh = opened(r);
	r = waited(read_begin(fh, 0, 4096));
	ck_assert_ptr_eq(strstr(r->data, "# 7 s old: "), r->data);
	ck_assert_ptr_nonnull(strstr(r->data, "\nt      0          3          10   7\n"));
	fake_reply_free(r);
	r = open_begin(find(G "state"), O_RDONLY); /* the next who ask wait less */
	advance(BFS_REPORT_IMPATIENT);
	IS_ERR(r, -ETIMEDOUT);
	r = open_begin(find(G "state"), O_RDONLY); /* and of many most wait hardly at all */
	advance(BFS_REPORT_HASTY);
	IS_ERR(r, -ETIMEDOUT);
	advance(BFS_REPORT_PROBE);
	fake_freeze(c, false);
	fake_delay(c, FAKE_GROUP_STATE, BFS_REPORT_HASTY * 2);
	r = open_begin(find(G "state"), O_RDONLY);
	advance(BFS_REPORT_HASTY * 2);
	opened(r);
	r = open_begin(find(G "members"), O_RDONLY);
	advance(BFS_REPORT_HASTY * 2);
	opened(r);
	ck_assert_ptr_nonnull(strstr(shows(B "config"), "group=g\n"));
}
END_TEST

/* A part that is silent is unknown; all of them have nothing new to tell. */
START_TEST(silent_topics_are_as_they_were)
{
	struct fake_reply *r;
	uint64_t fh;

	billing();
	shows(B "topics");
	fake_freeze(c, true);
	r = open_begin(find(B "topics"), O_RDONLY);
	advance(o.timeout_ms);
	fh = opened(r);
	r = waited(read_begin(fh, 0, 4096));
	ck_assert_ptr_eq(strstr(r->data, "# 5 s old: "), r->data);
	ck_assert_ptr_nonnull(strstr(r->data, "\nt      2           1            10\n"));
	fake_reply_free(r);
}
END_TEST

START_TEST(an_open_is_interrupted)
{
	struct fake_reply *r;

	billing();
	find(G "state");
	fake_freeze(c, true);
	r = open_begin(find(G "state"), O_RDONLY);
	NOT_YET(r);
	fake_interrupt(r);
	IS_ERR(r, -EINTR);
	advance(o.timeout_ms); /* its question comes back to nobody */
}
END_TEST

/* --- other groups' queues ------------------------------------------------------------ */

START_TEST(another_groups_queue)
{
	uint64_t fh, own;

	billing();
	fh = open_ino(find(G "t/0"), O_RDONLY);
	own = open_file("t/0", O_RDONLY);
	reads(fh, 0, 10, "00000003.\n");
	reads(own, 0, 10, "00000000.\n"); /* each group has its own reader */
	reads(fh, 10, 10, "00000004.\n");
	reads(own, 10, 10, "00000001.\n");
	settle();
	advance(BFS_COMMIT_EVERY);
	ck_assert_int_eq(stands_at(0), 4);
	ck_assert_int_eq(committed(), 1);
	ck_assert_int_eq(close_file(fh), 0);
	ck_assert_int_eq(close_file(own), 0);
	fh = open_ino(find(G "t/0@committed"), O_RDONLY);
	reads(fh, 0, 10, "00000004.\n");
	fh = open_ino(find(G "t/0"), O_WRONLY);
	writes(fh, "written\n");
	ck_assert_int_eq(close_file(fh), 0);
	ck_assert_int_eq(fake_end(c, "t", 0), 11);
}
END_TEST

/* Live members of one group are nobody's business in another. */
START_TEST(groups_are_asked_one_by_one)
{
	uint64_t fh;

	billing();
	fake_members(c, "billing", true);
	fh = open_ino(find(G "t/0"), O_RDONLY);
	IS_ERR(read_begin(fh, 0, 10), -EBUSY);
	ck_assert_ptr_nonnull(strstr(error_of_file(find(G "t/0")), "billing"));
	reads(open_file("t/0", O_RDONLY), 0, 10, "00000000.\n");
}
END_TEST

/* --- what they do -------------------------------------------------------------------- */

static const struct {
	const char *said;
	int64_t stands; /* or an error */
} moves[] = {
	{ "7\n", 7 },
	{ "earliest", 0 },
	{ " latest \n", 10 },
	{ "+1\n", 4 },
	{ "-3\n", 0 },
	{ "0\n", 0 },
	{ "11\n", -EINVAL },
	{ "+8\n", -EINVAL },
	{ "-4\n", -EINVAL },
	{ "7x\n", -EINVAL },
	{ "committed", -EINVAL },
	{ "1\n2\n", -EINVAL },
	{ "2000-01-01", 0 },
	{ "2999-01-01", 10 },
	{ "\n", 3 },
};

START_TEST(an_offset_is_set)
{
	int64_t want = moves[_i].stands;
	int err;

	billing();
	err = says(G "t/0.offset", moves[_i].said);
	ck_assert_msg(err == (want < 0 ? (int)want : 0), "'%s': %d", moves[_i].said, err);
	ck_assert_int_eq(stands_at(0), want < 0 ? 3 : want);
	ck_assert_int_eq(stands_at(1), BFS_NO_OFFSET);
	if (err)
		ck_assert_str_ne(error_of_file(find(G "t/0.offset")), "");
}
END_TEST

START_TEST(a_move_too_far)
{
	billing();
	ck_assert_int_eq(says(G "t/0.offset", "+9223372036854775807"), -EINVAL);
	ck_assert_str_eq(error_of_file(find(G "t/0.offset")),
			 "t/0: 9223372036854775807 is not between 0 and 10, where the log is");
	ck_assert_int_eq(says(G "t/0.offset", "-9223372036854775807"), -EINVAL);
	ck_assert_int_eq(stands_at(0), 3);
}
END_TEST

START_TEST(a_whole_topic_is_set)
{
	billing();
	ck_assert_int_eq(says(G "t/.offset", "+1"), -EINVAL); /* t/1 stands nowhere */
	ck_assert_int_eq(stands_at(0), 3);
	ck_assert_int_eq(says(G "t/.offset", "latest"), 0);
	ck_assert_int_eq(stands_at(0), 10);
	ck_assert_int_eq(stands_at(1), 0);
	ck_assert_int_eq(says(G "t/.offset", "1"), -EINVAL); /* t/1 is empty: all or none */
	ck_assert_int_eq(stands_at(0), 10);
}
END_TEST

START_TEST(a_group_in_use_is_not_moved)
{
	uint64_t fh;

	billing();
	fh = open_ino(find(G "t/0"), O_RDONLY);
	reads(fh, 0, 10, "00000003.\n");
	ck_assert_int_eq(says(G "t/0.offset", "5"), -EBUSY);
	ck_assert_int_eq(says(G "t/.offset", "earliest"), -EBUSY);
	ck_assert_int_eq(close_file(fh), 0);
	fake_members(c, "billing", true);
	ck_assert_int_eq(says(G "t/0.offset", "5"), -EBUSY);
	fake_members(c, "billing", false);
	ck_assert_int_eq(says(G "t/0.offset", "5"), 0);
	ck_assert_int_eq(stands_at(0), 5);
}
END_TEST

/* A handle that was open and not read must not show what the group stood at before. */
START_TEST(a_move_is_seen_at_once)
{
	uint64_t idle, fh;

	billing();
	idle = open_ino(find(G "t/0"), O_RDONLY);
	ck_assert_int_eq(says(G "t/0.offset", "5"), 0);
	fh = open_ino(find(G "t/0"), O_RDONLY);
	reads(fh, 0, 10, "00000005.\n");
	ck_assert_int_eq(close_file(fh), 0);
	IS_ERR(read_begin(idle, 0, 10), -ESTALE);
}
END_TEST

START_TEST(a_topic_that_could_not_be_reached)
{
	mount_it();
	ck_assert_int_eq(says(B "create", ".brokerfs\n"), -EEXIST);
	ck_assert_int_eq(fake_calls(c, FAKE_TOPIC_CREATE), 0);
}
END_TEST

START_TEST(topics_are_created)
{
	mount_it();
	ck_assert_int_eq(says(B "create", "a:3\n"), 0);
	ck_assert_str_eq(lists(""), ".brokerfs a t ");
	ck_assert_str_eq(lists("a"), "0 1 2 ");
	ck_assert_int_eq(says(B "create", "b:2:1"), 0);
	ck_assert_int_eq(says(B "create", "plain"), 0);
	ck_assert_str_eq(lists(""), ".brokerfs a b plain t ");
	ck_assert_str_ne(lists("plain"), "");
	ck_assert_int_eq(says(B "create", "t:1"), -EEXIST);
	ck_assert_int_eq(says(B "create", "a b"), -EINVAL);
	ck_assert_int_eq(says(B "create", "x:0"), -EINVAL);
	ck_assert_int_eq(says(B "create", "x:1:1:1"), -EINVAL);
	ck_assert_int_eq(says(B "create", "x:"), -EINVAL);
	ck_assert_ptr_nonnull(strstr(error_of_file(find(B "create")), "'x:'"));
	IS_ERR(lookup_begin(BFS_ROOT_INO, "x"), -ENOENT);
}
END_TEST

/* A list that was asked for before the change, and comes after it, is not believed. */
START_TEST(a_list_that_is_late)
{
	struct fake_reply *r, *w;
	uint64_t fh;
	int before;

	mount_it();
	fh = open_ino(find(B "create"), O_WRONLY);
	fake_delay(c, FAKE_TOPICS, 50);
	advance(2000);
	before = fake_calls(c, FAKE_TOPICS);
	r = lookup_begin(BFS_ROOT_INO, "late");
	fake_delay(c, FAKE_TOPICS, 0);
	w = write_begin(fh, "late", 0);
	settle();
	NOT_YET(w);
	advance(60);
	is_written(w, 4);
	fake_wait(r);
	ck_assert_int_eq(r->kind, FAKE_ENTRY);
	fake_reply_free(r);
	ck_assert_int_eq(fake_calls(c, FAKE_TOPICS), before + 2);
}
END_TEST

/* What dd and sparse files pad with is no blank. */
START_TEST(a_nul_is_no_blank)
{
	const char *bad[] = { "a:3\0", "\0a:3", "ab\n\0", "\0\0\0\0" };
	struct fake_reply *r;

	mount_it();
	for (int i = 0; i < 4; i++) {
		r = fake_request("write");
		bfs_fs_write(fs, r->ticket, open_ino(find(B "create"), O_WRONLY), bad[i], 4, 0, 0,
			     &who);
		IS_ERR(r, -EINVAL);
	}
	ck_assert_int_eq(fake_calls(c, FAKE_TOPIC_CREATE), 0);
}
END_TEST

/* The kernel holds a lock meanwhile. */
START_TEST(a_silent_cluster_is_told_nothing)
{
	struct fake_reply *r;
	uint64_t fh;

	mount_it();
	fh = open_ino(find(B "create"), O_WRONLY);
	fake_freeze(c, true);
	r = write_begin(fh, "a:3\n", 0);
	advance(BFS_ALIVE_WAIT);
	IS_ERR(r, -ETIMEDOUT);
	ck_assert_int_eq(fake_calls(c, FAKE_TOPIC_CREATE), 0);
}
END_TEST

START_TEST(what_is_not_written)
{
	billing();
	IS_ERR(open_begin(find(B "lag"), O_WRONLY), -EPERM);
	IS_ERR(open_begin(find(B "README"), O_RDWR), -EPERM);
	ck_assert_int_eq(stat_size(stat_begin(find(B "lag"), 0)), 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("fs_control");
	TCase *tc;

	RIG_CASE(s, "tree", the_tree, numbers_of_files_agree);
	RIG_CASE(s, "text", texts, bootstrap_servers, looking_at_offsets, groups_and_members,
		 one_moment, a_silent_cluster, silent_topics_are_as_they_were,
		 an_open_is_interrupted, what_is_not_written);
	RIG_CASE(s, "queues", another_groups_queue, groups_are_asked_one_by_one);
	RIG_CASE(s, "commands", a_move_too_far, a_whole_topic_is_set, a_group_in_use_is_not_moved,
		 a_move_is_seen_at_once, topics_are_created, a_topic_that_could_not_be_reached,
		 a_list_that_is_late, a_nul_is_no_blank, a_silent_cluster_is_told_nothing);
	tc = tcase_create("moves");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, an_offset_is_set, 0, sizeof(moves) / sizeof(moves[0]));
	suite_add_tcase(s, tc);
	return s;
}

TEST_MAIN(suite)
