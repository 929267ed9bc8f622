/* test_fs_control.c - the control tree: what its files show, and what they do.
 *
 * SPDX-License-Identifier: MIT */
#include "model/errand.h"
#include "tests/unit/fs_rig.h"

/* The node of a path from the root, however deep. */
static uint64_t find(const char *path)
{
	char *copy = strdup(path), *save = NULL, *name;
	uint64_t ino = BFS_ROOT_INO;

	for (name = strtok_r(copy, "/", &save); name; name = strtok_r(NULL, "/", &save))
		ino = lookup(ino, name);
	free(copy);
	return ino;
}

#define B ".brokerfs/"
#define G B "groups/billing/"

/* What a file shows; freed by the next call. */
static const char *shows(const char *path)
{
	static char *text;
	uint64_t ino = find(path), fh = open_ino(ino, O_RDONLY);
	struct fake_reply *r = waited(read_begin(fh, 0, 1 << 20));

	ck_assert_int_eq(r->kind, FAKE_DATA);
	free(text);
	text = strndup(r->len ? r->data : "", r->len);
	ck_assert_int_eq(stat_size(stat_begin(ino, 0)), (int64_t)r->len);
	fake_reply_free(r);
	ck_assert_int_eq(close_file(fh), 0);
	return text;
}

/* Writes a command; 0, or what is wrong with it. */
static int says(const char *path, const char *text)
{
	uint64_t fh = open_ino(find(path), O_WRONLY);
	int err = fake_finish(write_begin(fh, text, 0));

	ck_assert_int_eq(close_file(fh), 0);
	return err;
}

static int64_t stands_at(int32_t partition)
{
	return fake_committed(c, "billing", "t", partition).offset;
}

/* The names in a directory. */
static bool add(void *arg, const char *name, const struct stat *st, int64_t next)
{
	(void)next;
	ck_assert_uint_ne(st->st_ino, 0);
	strcat(strcat(arg, name), " ");
	return true;
}

static const char *lists(const char *path)
{
	static char text[4096];
	struct fake_reply *r = fake_request("opendir");
	uint64_t fh;

	bfs_fs_opendir(fs, r->ticket, find(path));
	fake_wait(r);
	ck_assert_msg(r->kind == FAKE_OPENED, "opendir %s: %d", path, r->err);
	fh = r->opened.fh;
	fake_reply_free(r);
	*text = '\0';
	bfs_fs_readdir(fs, fh, 2, add, text);
	r = fake_request("releasedir");
	bfs_fs_releasedir(fs, r->ticket, fh);
	IS_ERR(r, 0);
	return text;
}

/* Group billing has committed 3 of the 10 records in t/0, and nothing in t/1. */
static void billing(void)
{
	append_many(10, 10);
	fake_commit(c, "billing", "t", 0, 3, "");
	mount_it();
}

/* --- what there is ------------------------------------------------------------------- */

START_TEST(the_tree)
{
	fake_commit(c, "b/c", "t", 0, 1, "");
	billing();
	ck_assert_str_eq(lists(".brokerfs"), "README brokers topics create lag log config groups ");
	ck_assert_str_eq(lists(B "groups"), "b%2Fc billing g ");
	ck_assert_str_eq(lists(G), "state members lag t ");
	ck_assert_str_eq(lists(G "t"), "0 1 0.offset 1.offset .offset ");
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

START_TEST(numbers_of_files_agree)
{
	billing();
	ck_assert_uint_eq(find(G "t/0.offset"), find(G "t/0.offset"));
	ck_assert_uint_ne(find(G "t/0.offset"), find(G "t/1.offset"));
	ck_assert_uint_ne(find(G "t/0"), find("t/0"));
	ck_assert_uint_ne(find(G "lag"), find(B "lag"));
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
	ck_assert_ptr_nonnull(strstr(shows(B "config"), "group=g\n"));
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

START_TEST(topics_are_created)
{
	mount_it();
	ck_assert_int_eq(says(B "create", "a:3\n"), 0);
	ck_assert_str_eq(lists("a"), "0 1 2 ");
	ck_assert_int_eq(says(B "create", "b:2:1"), 0);
	ck_assert_int_eq(says(B "create", "plain"), 0);
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

/* --- attributes ---------------------------------------------------------------------- */

/* The value of one, or "errno N"; freed by the next call. */
static const char *attribute(const char *path, const char *name)
{
	static char text[200];
	struct fake_reply *r = fake_request("getxattr");

	bfs_fs_getxattr(fs, r->ticket, find(path), name, sizeof(text) - 1);
	fake_wait(r);
	if (r->kind == FAKE_DATA)
		snprintf(text, sizeof(text), "%.*s", (int)r->len, r->data);
	else
		snprintf(text, sizeof(text), "errno %d", -r->err);
	fake_reply_free(r);
	return text;
}

/* Their names, each with a blank behind. */
static const char *attributes(const char *path)
{
	static char text[500];
	struct fake_reply *r = fake_request("listxattr");

	bfs_fs_listxattr(fs, r->ticket, find(path), sizeof(text));
	fake_wait(r);
	ck_assert_int_eq(r->kind, FAKE_DATA);
	memcpy(text, r->data, r->len);
	text[r->len] = '\0';
	for (size_t i = 0; i < r->len; i++)
		text[i] = text[i] ? text[i] : ' ';
	fake_reply_free(r);
	return text;
}

static int sets(const char *path, const char *name, const char *value)
{
	struct fake_reply *r = fake_request("setxattr");

	bfs_fs_setxattr(fs, r->ticket, find(path), name, value, value ? strlen(value) : 0);
	return fake_finish(r);
}

START_TEST(attributes_of_a_partition)
{
	billing();
	fake_broker(c, 2, "other", 9093, NULL);
	fake_replicas(c, "t", 2);
	fake_health(c, "t", 1, BFS_UNKNOWN, 1);
	fake_commit(c, "g", "t", 0, 9, "");
	ck_assert_str_eq(attributes("t/0"),
			 "user.kafka.leader user.kafka.replicas user.kafka.isr user.kafka.low "
			 "user.kafka.high user.kafka.committed user.kafka.lag ");
	ck_assert_str_eq(attribute("t/0", "user.kafka.leader"), "1");
	ck_assert_str_eq(attribute("t/0", "user.kafka.replicas"), "1,2");
	ck_assert_str_eq(attribute("t/0", "user.kafka.isr"), "1,2");
	ck_assert_str_eq(attribute("t/1", "user.kafka.leader"), "-");
	ck_assert_str_eq(attribute("t/0", "user.kafka.low"), "0");
	ck_assert_str_eq(attribute("t/0", "user.kafka.high"), "10");
	ck_assert_str_eq(attribute("t/0", "user.kafka.committed"), "9");
	ck_assert_str_eq(attribute("t/0", "user.kafka.lag"), "1");
	ck_assert_str_eq(attribute("t/1", "user.kafka.committed"), "-");
	ck_assert_str_eq(attribute("t/1", "user.kafka.lag"), "-");
	ck_assert_str_eq(attribute(G "t/0", "user.kafka.lag"), "7");
	ck_assert_str_eq(attribute("t/0", "user.kafka.nothing"), "errno 61");
	ck_assert_str_eq(attribute("t/0", "user.other"), "errno 61");
	ck_assert_str_eq(attribute("t/0", "user.kafka.partitions"), "errno 61");
	ck_assert_int_eq(sets("t/0", "user.kafka.committed", "1"), -EPERM);
}
END_TEST

START_TEST(attributes_of_a_topic)
{
	billing();
	fake_setting(c, "t", "retention.ms", "60000");
	ck_assert_str_eq(attributes("t"), "user.kafka.partitions user.kafka.replication "
					  "user.kafka.config.retention.ms ");
	ck_assert_str_eq(attribute("t", "user.kafka.partitions"), "2");
	ck_assert_str_eq(attribute("t", "user.kafka.replication"), "1");
	ck_assert_str_eq(attribute("t", "user.kafka.config.retention.ms"), "60000");
	ck_assert_str_eq(attribute("t", "user.kafka.config.nothing"), "errno 61");
	ck_assert_int_eq(sets("t", "user.kafka.config.retention.ms", "70000"), 0);
	ck_assert_str_eq(attribute("t", "user.kafka.config.retention.ms"), "70000");
	ck_assert_int_eq(sets("t", "user.kafka.config.retention.ms", "often"), -EINVAL);
	ck_assert_str_ne(attribute("t", "user.kafka.error"), "errno 61");
	ck_assert_int_eq(sets("t", "user.kafka.config.retention.ms", NULL), 0);
	ck_assert_ptr_null(strstr(attributes("t"), "retention"));
	ck_assert_int_eq(sets("t", "user.kafka.replication", "3"), -EPERM);
	ck_assert_int_eq(sets("t", "user.other", "3"), -EOPNOTSUPP);
}
END_TEST

START_TEST(a_topic_grows)
{
	billing();
	ck_assert_int_eq(sets("t", "user.kafka.partitions", "5"), 0);
	ck_assert_str_eq(lists("t"), "0 1 2 3 4 ");
	ck_assert_int_eq(sets("t", "user.kafka.partitions", "4"), -EINVAL);
	ck_assert_int_eq(sets("t", "user.kafka.partitions", "six"), -EINVAL);
	ck_assert_int_eq(sets("t", "user.kafka.partitions", NULL), -EPERM);
	o.ro = true;
	ck_assert_int_eq(sets("t", "user.kafka.partitions", "9"), -EROFS);
}
END_TEST

START_TEST(a_silent_cluster_has_no_attributes)
{
	struct fake_reply *r;

	billing();
	find("t/0");
	fake_freeze(c, true);
	r = fake_request("getxattr");
	bfs_fs_getxattr(fs, r->ticket, find("t/0"), "user.kafka.high", 100);
	NOT_YET(r);
	advance(o.timeout_ms);
	IS_ERR(r, -ETIMEDOUT);
}
END_TEST

/* --- directories --------------------------------------------------------------------- */

static int makes(const char *dir, const char *name)
{
	struct fake_reply *r = fake_request("mkdir");
	int err;

	bfs_fs_mkdir(fs, r->ticket, find(dir), name);
	fake_wait(r);
	err = r->kind == FAKE_ENTRY ? 0 : r->err;
	ck_assert_int_ne(r->kind == FAKE_ENTRY, err != 0);
	fake_reply_free(r);
	return err;
}

static int removes(const char *dir, const char *name)
{
	struct fake_reply *r = fake_request("rmdir");

	bfs_fs_rmdir(fs, r->ticket, find(dir), name);
	return fake_finish(r);
}

START_TEST(topics_are_directories)
{
	billing();
	ck_assert_int_eq(makes("", "fresh"), 0);
	ck_assert_str_eq(lists("fresh"), "0 ");
	ck_assert_int_eq(makes("", "t"), -EEXIST);
	ck_assert_int_eq(makes("", "a b"), -EINVAL);
	ck_assert_int_eq(makes("t", "7"), -EPERM);
	ck_assert_int_eq(makes(".brokerfs", "x"), -EPERM);
	ck_assert_int_eq(removes("", "fresh"), -EPERM);
	o.allow_delete = true;
	ck_assert_int_eq(removes("", "fresh"), 0);
	IS_ERR(lookup_begin(BFS_ROOT_INO, "fresh"), -ENOENT);
	ck_assert_int_eq(removes("", ".brokerfs"), -EPERM);
	ck_assert_int_eq(removes("t", "0"), -EPERM);
	o.ro = true;
	ck_assert_int_eq(makes("", "other"), -EROFS);
	ck_assert_int_eq(removes("", "t"), -EROFS);
}
END_TEST

START_TEST(groups_are_directories)
{
	billing();
	o.allow_delete = true;
	ck_assert_int_eq(makes(B "groups", "new%2Fone"), 0);
	ck_assert_str_eq(lists(B "groups"), "billing g new%2Fone ");
	ck_assert_int_eq(makes(B "groups", "billing"), -EEXIST);
	ck_assert_int_eq(makes(B "groups", "%"), -EINVAL);
	ck_assert_int_eq(says(B "groups/new%2Fone/t/0.offset", "4"), 0);
	ck_assert_int_eq(fake_committed(c, "new/one", "t", 0).offset, 4);
	fake_members(c, "billing", true);
	ck_assert_int_eq(removes(B "groups", "billing"), -EBUSY);
	fake_members(c, "billing", false);
	ck_assert_int_eq(removes(B "groups", "billing"), 0);
	ck_assert_str_eq(lists(B "groups"), "g new%2Fone ");
	ck_assert_int_eq(stands_at(0), BFS_NO_OFFSET);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("fs_control");
	TCase *tc;

	RIG_CASE(s, "tree", the_tree, numbers_of_files_agree);
	RIG_CASE(s, "text", texts, groups_and_members, one_moment, a_silent_cluster,
		 an_open_is_interrupted, what_is_not_written);
	RIG_CASE(s, "queues", another_groups_queue, groups_are_asked_one_by_one);
	RIG_CASE(s, "commands", a_whole_topic_is_set, a_group_in_use_is_not_moved,
		 a_move_is_seen_at_once, topics_are_created, a_silent_cluster_is_told_nothing);
	RIG_CASE(s, "attributes", attributes_of_a_partition, attributes_of_a_topic, a_topic_grows,
		 a_silent_cluster_has_no_attributes);
	RIG_CASE(s, "directories", topics_are_directories, groups_are_directories);
	tc = tcase_create("moves");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, an_offset_is_set, 0, sizeof(moves) / sizeof(moves[0]));
	suite_add_tcase(s, tc);
	return s;
}

TEST_MAIN(suite)
