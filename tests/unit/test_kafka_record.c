/* test_kafka_record.c - records come out of a feed as they were produced: key, value, time,
 * headers.
 *
 * They are produced by librdkafka itself, as another program would.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/kafka_rig.h"

#define RECORDS_MAX 8
#define HEADERS_MAX 8

/* What the sink saw, copied; written on the feed's lane before `n` counts it. */
struct seen {
	struct bfs_record records[RECORDS_MAX];
	struct bfs_header headers[RECORDS_MAX][HEADERS_MAX];
	atomic_int n, closed;
};

static void on_begin(void *owner, int64_t offset)
{
	(void)owner;
	(void)offset;
}

static void *copy_of(const void *bytes, size_t len)
{
	void *copy = bytes ? bfs_alloc(len) : NULL;

	if (bytes)
		memcpy(copy, bytes, len);
	return copy;
}

static bool on_record(void *owner, const struct bfs_record *r)
{
	struct seen *s = owner;
	struct bfs_header *headers = s->headers[s->n];

	ck_assert_int_lt(s->n, RECORDS_MAX);
	ck_assert_uint_le(r->n_headers, HEADERS_MAX);
	for (size_t i = 0; i < r->n_headers; i++) {
		headers[i].name = bfs_strdup(r->headers[i].name);
		headers[i].value = copy_of(r->headers[i].value, r->headers[i].value_len);
		headers[i].value_len = r->headers[i].value_len;
	}
	s->records[s->n] = *r;
	s->records[s->n].key = copy_of(r->key, r->key_len);
	s->records[s->n].value = copy_of(r->value, r->value_len);
	s->records[s->n].headers = headers;
	s->n++;
	return true;
}

static bool on_dry(void *owner)
{
	(void)owner;
	return true;
}

static void on_end(void *owner, int64_t end, bool reached)
{
	(void)owner;
	(void)end;
	(void)reached;
}

static void on_trouble(void *owner, int err, const struct bfs_why *why)
{
	(void)owner;
	ck_abort_msg("%d: %s", err, why->text);
}

static void on_closed(void *owner)
{
	((struct seen *)owner)->closed = 1;
}

static const struct bfs_sink sink = { on_begin, on_record, on_dry, on_end, on_trouble, on_closed };

/* The records' times are told from here: a minute ago, so that no broker lets them expire. */
static int64_t minute_ago;

static void up(void)
{
	rig_up(1);
	minute_ago = bfs_clock_wall_ms() - 60000;
}

/* --- producing -------------------------------------------------------------------------------- */

static rd_kafka_t *producer_new(void)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char words[200];
	rd_kafka_t *rk;

	rd_kafka_conf_set_log_cb(conf, NULL);
	rd_kafka_conf_set(conf, "bootstrap.servers", rig_options.brokers, words, sizeof(words));
	rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, words, sizeof(words));
	ck_assert_msg(rk != NULL, "%s", words);
	return rk;
}

static void produce_one(rd_kafka_t *rk, const struct bfs_record *r)
{
	rd_kafka_headers_t *list = rd_kafka_headers_new(r->n_headers);
	rd_kafka_resp_err_t err;

	for (size_t i = 0; i < r->n_headers; i++)
		rd_kafka_header_add(list, r->headers[i].name, -1, r->headers[i].value,
				    (ssize_t)r->headers[i].value_len);
	/* An empty list of headers and none at all are the same in the log. */
	err = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(rig_topic), RD_KAFKA_V_PARTITION(0),
				RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
				RD_KAFKA_V_KEY(r->key, r->key_len),
				RD_KAFKA_V_VALUE((void *)r->value, r->value_len),
				RD_KAFKA_V_TIMESTAMP(minute_ago + r->timestamp),
				RD_KAFKA_V_HEADERS(list), RD_KAFKA_V_END);
	ck_assert_msg(!err, "%s", rd_kafka_err2str(err));
}

static void produce(const struct bfs_record *records, size_t n)
{
	rd_kafka_t *rk = producer_new();

	for (size_t i = 0; i < n; i++)
		produce_one(rk, &records[i]);
	ck_assert_int_eq(rd_kafka_flush(rk, 10000), 0);
	rd_kafka_destroy(rk);
}

/* --- consuming -------------------------------------------------------------------------------- */

static void consume(struct seen *s, bool headers, int n)
{
	struct bfs_feed *f = rig->ops->feed_open(rig, rig_topic, 0, headers, &sink, s);

	ck_assert_ptr_nonnull(f);
	rig->ops->feed_start(f, 0);
	TEST_WAIT(s->n >= n);
	rig->ops->feed_close(f);
	TEST_WAIT(s->closed);
	ck_assert_int_eq(s->n, n);
}

static void seen_fini(struct seen *s)
{
	for (int i = 0; i < s->n; i++) {
		free((void *)s->records[i].key);
		free((void *)s->records[i].value);
		for (size_t h = 0; h < s->records[i].n_headers; h++) {
			free((void *)s->headers[i][h].name);
			free((void *)s->headers[i][h].value);
		}
	}
}

/* NULL and nothing are two things. */
static bool same(const void *a, size_t a_len, const void *b, size_t b_len)
{
	return !a == !b && a_len == b_len && (!a_len || memcmp(a, b, a_len) == 0);
}

static void expect(const struct bfs_record *got, const struct bfs_record *want, size_t n_headers)
{
	ck_assert_int_eq(got->timestamp, minute_ago + want->timestamp);
	ck_assert(same(got->key, got->key_len, want->key, want->key_len));
	ck_assert(same(got->value, got->value_len, want->value, want->value_len));
	ck_assert_uint_eq(got->n_headers, n_headers);
	for (size_t i = 0; i < n_headers; i++) {
		const struct bfs_header *g = &got->headers[i], *w = &want->headers[i];

		ck_assert_str_eq(g->name, w->name);
		ck_assert_msg(same(g->value, g->value_len, w->value, w->value_len), "header %zu",
			      i);
	}
}

/* --- tests ------------------------------------------------------------------------------------ */

static const struct bfs_header many[] = {
	{ "a", "1", 1 },   { "b", "", 0 },        { "a", "2", 1 }, { "a", NULL, 0 },
	{ "", "\0\n", 2 }, { "\xff", "\xfe", 1 }, { "b", "3", 1 },
};

/* Longer and shorter lists in turn: what one record had must not be seen in the next. */
static const struct bfs_record records[] = {
	{ 0, 5, "\0\xff", "\n\0", 2, 2, many, 2 },
	{ 0, 0, "key", "value", 3, 5, many, 7 },
	{ 0, 1, "key", "value", 3, 5, NULL, 0 },
	{ 0, -5, NULL, "no key", 0, 6, many + 1, 1 },
	{ 0, 2, "", "empty key", 0, 9, many + 2, 3 },
	{ 0, 3, "tombstone", NULL, 9, 0, many + 3, 1 },
	{ 0, 4, "empty value", "", 11, 0, NULL, 0 },
};
#define RECORDS (int)(sizeof(records) / sizeof(records[0]))

START_TEST(as_produced)
{
	struct seen s = { 0 };

	produce(records, RECORDS);
	consume(&s, true, RECORDS);
	for (int i = 0; i < RECORDS; i++) {
		ck_assert_int_eq(s.records[i].offset, i);
		expect(&s.records[i], &records[i], records[i].n_headers);
	}
	seen_fini(&s);
}
END_TEST

START_TEST(headers_unwanted)
{
	struct seen s = { 0 };

	produce(records, RECORDS);
	consume(&s, false, RECORDS);
	for (int i = 0; i < RECORDS; i++)
		expect(&s.records[i], &records[i], 0);
	seen_fini(&s);
}
END_TEST

/* More than librdkafka unpacks: said, and nothing else is held up. */
START_TEST(headers_unreadable)
{
	enum { TOO_MANY = 100001 };
	struct bfs_header *list = bfs_alloc(TOO_MANY * sizeof(*list));
	struct bfs_record two[] = {
		{ 0, 0, "k", "v", 1, 1, list, TOO_MANY },
		{ 0, 0, "k", "w", 1, 1, many, 2 },
	};
	struct bfs_buf log = { 0 };
	struct seen s = { 0 };

	for (int i = 0; i < TOO_MANY; i++)
		list[i] = (struct bfs_header){ "h", "", 0 };
	produce(two, 2);
	bfs_log_level(BFS_LOG_WARN);
	consume(&s, true, 2);
	expect(&s.records[0], &two[0], 0);
	expect(&s.records[1], &two[1], 2);
	bfs_log_copy(&log);
	bfs_buf_append(&log, "", 1);
	ck_assert_msg(strstr(log.data, "/0: the headers of the record at offset 0 are not shown"),
		      "%s", log.data);
	bfs_buf_fini(&log);
	seen_fini(&s);
	free(list);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("kafka_record");
	TCase *tc = tcase_create("records");

	tcase_add_checked_fixture(tc, up, rig_down);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, as_produced);
	tcase_add_test(tc, headers_unwanted);
	tcase_add_test(tc, headers_unreadable);
	suite_add_tcase(s, tc);
	return s;
}

TEST_MAIN(suite)
