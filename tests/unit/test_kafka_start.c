/* test_kafka_start.c - starting: properties, the properties file, the embedded broker, brokers that
 * don't answer.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/kafka_rig.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "kafka/conf.h"
#include "kafka/error.h"

static char path[64];

static void setup(void)
{
	bfs_log_level(BFS_LOG_ERROR);
	snprintf(path, sizeof(path), "/tmp/test-kafka-start-%d", (int)getpid());
	rig_options = (struct bfs_options){
		.embedded = true, .group = "g", .timeout_ms = 5000, .write_timeout_ms = 10000
	};
}

static void teardown(void)
{
	unlink(path);
}

static void write_file(const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
	ck_assert_int_eq(chmod(path, mode), 0);
}

/* Starting fails, and the sentence has `part` in it. */
static void refused(const char *part)
{
	struct bfs_why why = { 0 };
	struct bfs_cluster *c = bfs_kafka_new(&rig_options, &why);

	ck_assert_msg(!c, "accepted, without a word of '%s'", part);
	ck_assert_msg(strstr(why.text, part) != NULL, "'%s' is not in '%s'", part, why.text);
}

static void refused_property(char *property, const char *part)
{
	rig_options.properties = (char *[]){ property, NULL };
	rig_options.n_properties = 1;
	refused(part);
}

static void accepted(void)
{
	struct bfs_why why = { 0 };
	struct bfs_cluster *c = bfs_kafka_new(&rig_options, &why);

	ck_assert_msg(c != NULL, "%s", why.text);
	bfs_kafka_stop(c, bfs_clock_ms() + 1000);
	bfs_kafka_free(c);
}

/* --- properties ------------------------------------------------------------------------------- */

START_TEST(properties_refused)
{
	refused_property("no.such.property=1", "no.such.property");
	refused_property("linger.ms=abc", "linger.ms");
	refused_property("linger.ms", "prop=value");
	refused_property("=5", "prop=value");
	refused_property("plugin.library.paths=evil", "plugin.library.paths");
	refused_property("acks=1", "acks");
	refused_property("enable.idempotence=false", "enable.idempotence");
	refused_property("group.id=x", "-o group=");
	refused_property("offset.store.path=/tmp", "offset.store.path");
	refused_property("allow.auto.create.topics=true", "allow.auto.create.topics");
	refused_property("max.in.flight.requests.per.connection=100000", "max.in.flight");
}
END_TEST

static bool logged(const char *part)
{
	struct bfs_buf log = { 0 };
	bool found;

	bfs_log_copy(&log);
	bfs_buf_append(&log, "", 1);
	found = strstr(log.data, part) != NULL;
	bfs_buf_fini(&log);
	return found;
}

/* For producers, for consumers, for topics, for all: each where it belongs, and librdkafka warns of
 * none. */
START_TEST(properties_accepted)
{
	rig_options.properties =
		(char *[]){ "linger.ms=1",  "fetch.wait.max.ms=20",   "compression.codec=lz4",
			    "client.id=me", "message.max.bytes=5000", NULL };
	rig_options.n_properties = 5;
	bfs_log_level(BFS_LOG_DEBUG);
	accepted();
	ck_assert(!logged("CONFWARN"));
}
END_TEST

/* What a producer's property is, as librdkafka has it. */
static void expect_producer(const char *name, const char *value)
{
	struct bfs_why why = { 0 };
	struct bfs_conf *c = bfs_conf_new(&rig_options, "127.0.0.1:9", &why);
	rd_kafka_t *rk;
	char got[64] = "";
	size_t size = sizeof(got);

	ck_assert_msg(c != NULL, "%s", why.text);
	rk = bfs_conf_handle(c, BFS_ROLE_PRODUCER, NULL, &why);
	ck_assert_msg(rk != NULL, "%s", why.text);
	ck_assert_int_eq(rd_kafka_conf_get(rd_kafka_conf(rk), name, got, &size), RD_KAFKA_CONF_OK);
	ck_assert_msg(!strcmp(got, value), "%s is %s instead of %s", name, got, value);
	rd_kafka_destroy(rk);
	bfs_conf_free(c);
}

/* Defaults of ours give way to the user's word, under whichever name librdkafka knows it. */
START_TEST(properties_win)
{
	rig_options.lazy = true;
	expect_producer("linger.ms", "0");
	expect_producer("compression.type", "none");
	expect_producer("batch.size", "1000000");
	expect_producer("partitioner", "murmur2_random");
	rig_options.properties =
		(char *[]){ "linger.ms=70",          "compression.type=lz4", "batch.size=50000",
			    "batch.num.messages=77", "partitioner=random",   NULL };
	rig_options.n_properties = 5;
	expect_producer("linger.ms", "70");
	expect_producer("compression.type", "lz4");
	expect_producer("batch.size", "50000");
	expect_producer("batch.num.messages", "77");
	expect_producer("partitioner", "random");
	rig_options.properties =
		(char *[]){ "queue.buffering.max.ms=80", "compression.codec=gzip", NULL };
	rig_options.n_properties = 2;
	expect_producer("linger.ms", "80");
	expect_producer("compression.type", "gzip");
}
END_TEST

START_TEST(message_max)
{
	struct bfs_why why;
	struct bfs_cluster *c;

	rig_options.properties = (char *[]){ "message.max.bytes=5000", NULL };
	rig_options.n_properties = 1;
	c = bfs_kafka_new(&rig_options, &why);
	ck_assert_uint_gt(c->ops->message_max(c), 4800);
	ck_assert_uint_lt(c->ops->message_max(c), 5000);
	bfs_kafka_stop(c, bfs_clock_ms() + 1000);
	bfs_kafka_free(c);
}
END_TEST

START_TEST(properties_listed)
{
	struct bfs_buf b = { 0 };

	bfs_kafka_list_properties(&b);
	bfs_buf_append(&b, "", 1);
	ck_assert_ptr_nonnull(strstr(b.data, "linger.ms"));
	ck_assert_ptr_nonnull(strstr(b.data, "sasl.password"));
	bfs_buf_fini(&b);
}
END_TEST

/* --- the file --------------------------------------------------------------------------------- */

START_TEST(file_read)
{
	struct bfs_why why = { 0 };
	char **list;
	int n;

	write_file("# a comment\n\n  linger.ms = 7 \r\nclient.id=a=b\n\t#another\nsasl.password=",
		   0644);
	ck_assert_int_eq(bfs_kafka_properties_file(path, &list, &n, &why), -EPERM);
	chmod(path, 0600);
	ck_assert_int_eq(bfs_kafka_properties_file(path, &list, &n, &why), 0);
	ck_assert_int_eq(n, 3);
	ck_assert_str_eq(list[0], "linger.ms=7");
	ck_assert_str_eq(list[1], "client.id=a=b");
	ck_assert_str_eq(list[2], "sasl.password=");
	for (int i = 0; i < n; i++)
		free(list[i]);
	free(list);
}
END_TEST

START_TEST(file_refused)
{
	rig_options.properties_file = path;
	refused("No such file");
	write_file("linger.ms=7\nnonsense\n", 0644);
	refused("line 2");
	write_file("linger.ms=7\n", 0666);
	refused("others can write");
	write_file("ssl.key.password=geheim\n", 0640);
	refused("holds a secret");
	write_file("acks=1\n", 0600);
	refused("acks");
	unlink(path);
	ck_assert_int_eq(symlink("/etc/passwd", path), 0);
	refused("symbolic link");
	unlink(path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	refused("not a plain file");
}
END_TEST

START_TEST(file_accepted)
{
	rig_options.properties_file = path;
	write_file("linger.ms=7\n", 0644);
	accepted();
}
END_TEST

/* The value of a secret never gets into the log. */
START_TEST(secrets)
{
	rig_options.properties_file = path;
	write_file("sasl.password=Xyzzy123\n", 0600);
	accepted();
	bfs_error("it is Xyzzy123");
	ck_assert(!logged("Xyzzy123"));
}
END_TEST

/* --- brokers ---------------------------------------------------------------------------------- */

START_TEST(embedded)
{
	struct bfs_create create[] = { { "one", 1, -1 }, { "two", 3, 1 } };
	struct rig_answer a = { 0 };
	struct bfs_why why;

	rig_options.create = create;
	rig_options.n_create = 2;
	rig = bfs_kafka_new(&rig_options, &why);
	ck_assert_ptr_nonnull(rig);
	ck_assert_ptr_nonnull(strstr(bfs_kafka_brokers(rig), "127.0.0.1:"));
	rig->ops->topics(rig, rig_in(5000), rig_on_topics, &a);
	rig_await(&a);
	ck_assert_uint_eq(a.topics, 2);
	bfs_kafka_stop(rig, bfs_clock_ms() + 1000);
	bfs_kafka_free(rig);
}
END_TEST

/* A port that nobody listens on, or where nobody speaks Kafka. */
static int listen_on(char *brokers, size_t size, bool listening)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	if (listening)
		ck_assert_int_eq(listen(fd, 16), 0);
	snprintf(brokers, size, "127.0.0.1:%d", (int)ntohs(a.sin_port));
	return fd;
}

START_TEST(nobody_there)
{
	char brokers[64];
	int fd = listen_on(brokers, sizeof(brokers), false);
	int64_t begun = bfs_clock_ms();

	rig_options.embedded = false;
	rig_options.brokers = brokers;
	rig_options.timeout_ms = 500;
	refused("Connection refused");
	ck_assert_int_lt(bfs_clock_ms() - begun, 2000);
	close(fd);
}
END_TEST

START_TEST(nobody_answers)
{
	char brokers[64];
	int fd = listen_on(brokers, sizeof(brokers), true);
	int64_t begun = bfs_clock_ms();

	rig_options.embedded = false;
	rig_options.brokers = brokers;
	rig_options.timeout_ms = 500;
	refused(brokers);
	ck_assert_int_lt(bfs_clock_ms() - begun, 2500);
	close(fd);
}
END_TEST

/* lazy: starts anyway, asks when asked, and ends quickly. */
START_TEST(lazy)
{
	char brokers[64];
	int fd = listen_on(brokers, sizeof(brokers), true);
	struct rig_answer a = { 0 };
	struct bfs_why why;
	int64_t begun;

	rig_options.embedded = false;
	rig_options.brokers = brokers;
	rig_options.lazy = true;
	rig = bfs_kafka_new(&rig_options, &why);
	ck_assert_ptr_nonnull(rig);
	begun = bfs_clock_ms();
	rig->ops->topics(rig, rig_in(300), rig_on_topics, &a);
	ck_assert_int_eq(rig_await(&a), -ETIMEDOUT);
	ck_assert_int_lt(a.ms - begun, 600);
	begun = bfs_clock_ms();
	bfs_kafka_stop(rig, begun);
	bfs_kafka_free(rig);
	ck_assert_int_lt(bfs_clock_ms() - begun, 1500);
	close(fd);
}
END_TEST

/* --- errors ----------------------------------------------------------------------------------- */

START_TEST(errors)
{
	struct bfs_why why;

	ck_assert_int_eq(bfs_kafka_errno(RD_KAFKA_RESP_ERR_NO_ERROR), 0);
	ck_assert_int_eq(bfs_kafka_errno(RD_KAFKA_RESP_ERR__BAD_MSG), -EIO);
	ck_assert_int_eq(bfs_kafka_errno(RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID), -EBUSY);
	ck_assert_int_eq(bfs_kafka_fail(&why, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, NULL,
					"%s/%d", "orders", 3),
			 -EACCES);
	ck_assert_str_eq(why.text, "orders/3: Broker: Topic authorization failed");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("kafka_start");
	TCase *tc = tcase_create("start");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, properties_refused);
	tcase_add_test(tc, properties_accepted);
	tcase_add_test(tc, properties_win);
	tcase_add_test(tc, message_max);
	tcase_add_test(tc, properties_listed);
	tcase_add_test(tc, file_read);
	tcase_add_test(tc, file_refused);
	tcase_add_test(tc, file_accepted);
	tcase_add_test(tc, secrets);
	tcase_add_test(tc, embedded);
	tcase_add_test(tc, nobody_there);
	tcase_add_test(tc, nobody_answers);
	tcase_add_test(tc, lazy);
	tcase_add_test(tc, errors);
	suite_add_tcase(s, tc);
	return s;
}

TEST_MAIN(suite)
