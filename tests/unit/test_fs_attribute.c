/* test_fs_attribute.c - extended attributes, and directories that are made and removed.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/control_rig.h"

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
	ck_assert_ptr_nonnull(strstr(attributes("t"), "user.kafka.error "));
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
	ck_assert_ptr_nonnull(strstr(attributes("t"), "user.kafka.error "));
	ck_assert_int_eq(sets("t", "user.kafka.partitions", NULL), -EPERM);
	o.ro = true;
	ck_assert_int_eq(sets("t", "user.kafka.partitions", "9"), -EROFS);
}
END_TEST

/* What tools that copy attributes take for "not here", and pass over. */
START_TEST(attributes_of_others)
{
	const char *paths[] = { "t", "t/0", B "lag", "" };

	billing();
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(sets(paths[i], "user.other", "x"), -EOPNOTSUPP);
		ck_assert_int_eq(sets(paths[i], "user.other", NULL), -ENODATA);
		ck_assert_int_eq(sets(paths[i], "user.kafka.error", "x"), -EPERM);
	}
	ck_assert_int_eq(sets("t/0", "user.kafka.leader", "2"), -EPERM);
	ck_assert_int_eq(sets("t", "user.kafka.replication", "2"), -EPERM);
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
	ck_assert_ptr_nonnull(strstr(attribute("", "user.kafka.error"), "'a b'"));
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

/* A listing that holds a name the kernel does not take is an error as a whole. */
START_TEST(groups_without_a_place)
{
	char name[1101] = "";

	billing();
	memset(name, 'l', sizeof(name) - 1);
	fake_commit(c, name, "t", 0, 3, "");
	fake_commit(c, "", "t", 0, 3, "");
	memset(name, ' ', 400); /* 3 bytes each */
	name[400] = '\0';
	fake_commit(c, name, "t", 0, 3, "");
	memset(name, 'l', 300);
	name[300] = '\0';
	fake_commit(c, name, "t", 0, 3, "");
	ck_assert_uint_eq(strlen(lists(B "groups")), strlen("billing g  ") + 300);
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
	ck_assert_int_eq(makes(B "groups", "typo"), 0);
	ck_assert_int_eq(removes(B "groups", "typo"), 0);
	ck_assert_str_eq(lists(B "groups"), "g new%2Fone ");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("fs_attribute");

	RIG_CASE(s, "attributes", attributes_of_a_partition, attributes_of_a_topic, a_topic_grows,
		 attributes_of_others, a_silent_cluster_has_no_attributes);
	RIG_CASE(s, "directories", topics_are_directories, groups_are_directories,
		 groups_without_a_place);
	return s;
}

TEST_MAIN(suite)
