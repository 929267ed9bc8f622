/* test_fs_format.c - what a name with a format shows, and what is written through it.
 *
 * SPDX-License-Identifier: MIT */
#include "model/writer_inner.h"
#include "tests/unit/view_rig.h"

/* --- formats ------------------------------------------------------------------------- */

static void put(const char *key, const char *value)
{
	struct bfs_record r = {
		.timestamp = 5,
		.key = key,
		.key_len = key ? strlen(key) : 0,
		.value = value,
		.value_len = value ? strlen(value) : 0,
	};

	fake_append_record(c, "t", 0, &r);
}

#define JSON(offset, key, value)                                                                   \
	"{\"topic\":\"t\",\"partition\":0,\"offset\":" #offset ",\"timestamp\":5,\"key\":" key     \
	",\"value\":" value ",\"headers\":[]}\n"

START_TEST(formats_of_sessions_and_views)
{
	static const char two[] = JSON(0, "\"k\"", "\"v\"") JSON(1, "null", "null");
	uint64_t fh;

	put("k", "v");
	put(NULL, NULL);
	put("", "");
	put("x", "\xff");
	mount_it();
	shows("t/0.json@0..2", two);
	shows("t/0.json@-1", JSON(3, "\"x\"", "{\"base64\":\"/w==\"}"));
	shows("t/0.kv@0", "k\tv\n\t\n\t\nx\t\xff\n");
	shows("t/0.raw@0", "v\xff");
	shows("t/0.raw@0..+2", "v");
	shows("t/0.raw@1..3", "");
	shows("t/0.raw@-3..-1", "");
	fh = open_view("t/0.json");
	reads(fh, 0, strlen(two), two);
	ck_assert_int_eq(close_file(fh), 0);
	fh = open_view("t/0.raw");
	reads(fh, 0, 1, "v");
	reads(fh, 1, 1, "\xff");
	ck_assert_int_eq(close_file(fh), 0);
	ck_assert_int_eq(committed(), 3);
	shows("t/0.kv", "x\t\xff\n");
	ck_assert_int_eq(committed(), 4);
}
END_TEST

/* Records without bytes, where chunks meet, at the end, and passed once more by the index. */
static void nothing(int n)
{
	while (n--)
		put(NULL, n % 2 ? "" : NULL);
}

#define PIECE (BFS_CHUNK_SIZE / 4)

static void raw_pieces(int n)
{
	char *text = malloc(PIECE + 1);

	text[PIECE] = '\0';
	nothing(3);
	for (int i = 0; i < n; i++) {
		memset(text, 'a' + i % 26, PIECE);
		put(NULL, text);
		nothing(i % 3 + 1);
	}
	free(text);
}

static void is_piece(uint64_t fh, int i)
{
	struct fake_reply *r = read_begin(fh, (int64_t)i * PIECE, PIECE);

	fake_wait(r);
	ck_assert_msg(r->kind == FAKE_DATA, "piece %d: %d", i, r->err);
	ck_assert_uint_eq(r->len, PIECE);
	ck_assert_int_eq(r->data[0], 'a' + i % 26);
	ck_assert_int_eq(r->data[PIECE - 1], 'a' + i % 26);
	fake_reply_free(r);
}

START_TEST(records_without_bytes)
{
	static const char *const names[] = { "t/0.raw@0", "t/0.raw@0..latest", "t/0.raw@0..+121",
					     "t/0.raw" };
	int i, n = 40;
	uint64_t fh;

	o.window = o.memory = 1;
	raw_pieces(n);
	mount_it();
	for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
		fh = open_view(names[k]);
		for (i = 0; i < n; i++)
			is_piece(fh, i);
		if (k != 2)
			reads(fh, (int64_t)n * PIECE, 100, "");
		for (i = n - 1; i >= 0; i--)
			is_piece(fh, i);
		for (i = 0; i < n; i += 3)
			is_piece(fh, i);
		is_piece(fh, n - 1);
		reads(fh, (int64_t)n * PIECE, 100, "");
		ck_assert_int_eq(close_file(fh), 0);
	}
	ck_assert_int_eq(committed(), fake_end(c, "t", 0));
}
END_TEST

/* --- writing ------------------------------------------------------------------------- */

START_TEST(opening_for_writing)
{
	static const char *const views[] = { "t/0@0", "t/0@-1..", "t/0.json@0..3",
					     "t/0.raw@latest" };

	mount_it();
	for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
		IS_ERR(open_begin(walk(views[i]), O_WRONLY), -EPERM);
		IS_ERR(open_begin(walk(views[i]), O_RDWR), -EPERM);
		IS_ERR(open_begin(walk(views[i]), O_WRONLY | O_APPEND | O_TRUNC), -EPERM);
	}
	ck_assert_int_eq(fake_outlets(c), 0);
	writes(open_file("t/0@..", O_WRONLY), "a\n");
	ck_assert_str_eq(log_of_t0(), "a|");
}
END_TEST

/* All that is in t/0, as JSON. */
#define LOG_JSON(want) shows("t/0.json@0", want)

START_TEST(writing_json)
{
	uint64_t fh;

	mount_it();
	fh = open_file("t/0.json", O_WRONLY);
	writes(fh, "{\"key\":\"k\",\"value\":\"v\",\"timestamp\":5,\"topic\":\"x\"}\n{\"val");
	writes(fh, "ue\":{\"base64\":\"/w==\"},\"timestamp\":5,\"partition\":9}\n"
		   "{\"timestamp\":5}\n{\"timestamp\":5,\"value\":\"\",\"key\":\"\"}");
	ck_assert_int_eq(close_file(fh), 0);
	LOG_JSON(JSON(0, "\"k\"", "\"v\"") JSON(1, "null", "{\"base64\":\"/w==\"}")
			 JSON(2, "null", "null") JSON(3, "\"\"", "\"\""));
}
END_TEST

START_TEST(headers_are_written)
{
	uint64_t fh;

	mount_it();
	fh = open_file("t/0.json@..", O_WRONLY);
	writes(fh, "{\"timestamp\":5,\"headers\":[[\"a\",\"1\"],[\"a\",null],[\"\",\"\"]]}\n");
	ck_assert_int_eq(close_file(fh), 0);
	LOG_JSON("{\"topic\":\"t\",\"partition\":0,\"offset\":0,\"timestamp\":5,\"key\":null,"
		 "\"value\":null,\"headers\":[[\"a\",\"1\"],[\"a\",null],[\"\",\"\"]]}\n");
}
END_TEST

/* The lines before it are sent, nothing of it is, and the sentence quotes it. */
START_TEST(a_bad_line)
{
	static const char lines[] = "{\"value\":\"1\"}\n{\"vaule\":\"\33x\"}\n{\"value\":\"3\"}\n";
	uint64_t ino, fh;

	mount_it();
	ino = walk("t/0.json");
	fh = open_ino(ino, O_WRONLY);
	is_written(write_begin(fh, lines, 0), 14);
	IS_ERR(write_begin(fh, lines + 14, 0), -EINVAL); /* told once, */
	IS_ERR(write_begin(fh, lines + 14, 0), -EINVAL); /* and tried again */
	ck_assert_ptr_nonnull(strstr(error_of_file(ino), "t/0.json: '{\"vaule\":\"\\x1bx\"}': "));
	writes(fh, "{\"value\":");
	IS_ERR(write_begin(fh, "x}\n", 0), -EINVAL);
	writes(fh, "{\"value\":\"4\"}\n"); /* nothing is left of the bad one */
	ck_assert_int_eq(close_file(fh), 0);
	ck_assert_str_eq(log_of_t0(), "1|4|");
	fh = open_file("t/0.json", O_WRONLY);
	writes(fh, "{\"value\":");
	ck_assert_int_eq(close_file(fh), -EINVAL);
	ck_assert_str_eq(log_of_t0(), "1|4|");
}
END_TEST

START_TEST(writing_kv)
{
	uint64_t fh;

	mount_it();
	fh = open_file("t/0.kv", O_WRONLY);
	writes(fh, "k\tv\tw\n\tno key\nnone\nk");
	writes(fh, "2\t\n\nlast\t");
	ck_assert_int_eq(close_file(fh), 0);
	shows("t/0.kv@0", "k\tv\tw\n\tno key\n\tnone\nk2\t\n\t\nlast\t\n");
	ck_assert_str_eq(log_of_t0(), "v\tw|no key|none||||");
}
END_TEST

START_TEST(writing_raw)
{
	uint64_t fh;

	mount_it();
	fh = open_file("t/0.raw", O_WRONLY);
	writes(fh, "one\n");
	ck_assert_int_eq(fake_finish(fsync_begin(fh)), 0); /* it has not ended yet */
	ck_assert_int_eq(fake_end(c, "t", 0), 0);
	held_says = 1; /* somebody else has it open, too */
	ck_assert_int_eq(fake_finish(flush_begin(fh)), 0);
	held_says = 0;
	writes(fh, "two\n\n");
	ck_assert_int_eq(close_file(fh), 0);
	ck_assert_str_eq(log_of_t0(), "one\ntwo\n\n|");
	ck_assert_int_eq(close_file(open_file("t/0.raw", O_WRONLY)), 0); /* nothing, no message */
	fh = open_file("t/0.raw", O_WRONLY);
	writes(fh, "x");
	fake_fail(c, FAKE_DELIVERY, -EIO, "Broker: no", 1);
	ck_assert_int_eq(close_file(fh), -EIO);
	ck_assert_str_eq(log_of_t0(), "one\ntwo\n\n|");
}
END_TEST

/* Half a photo is none. */
START_TEST(raw_too_long)
{
	uint64_t fh;

	fake_message_max(c, 8);
	mount_it();
	fh = open_file("t/0.raw", O_WRONLY);
	writes(fh, "12345");
	IS_ERR(write_begin(fh, "6789", 0), -EMSGSIZE);
	IS_ERR(write_begin(fh, "x", 0), -EMSGSIZE);
	ck_assert_int_eq(close_file(fh), 0);
	fh = open_file("t/0.raw", O_WRONLY);
	IS_ERR(write_begin(fh, "123456789", 0), -EMSGSIZE);
	IS_ERR(write_begin(fh, "x", 0), -EMSGSIZE);
	ck_assert_int_eq(close_file(fh), 0);
	fh = open_file("t/0.raw", O_WRONLY);
	writes(fh, "12345678");
	ck_assert_int_eq(close_file(fh), 0);
	ck_assert_str_eq(log_of_t0(), "12345678|");
}
END_TEST

/* The record counts, not the line. */
START_TEST(messages_too_long)
{
	uint64_t fh;

	fake_message_max(c, 8);
	mount_it();
	fh = open_file("t/0.json", O_WRONLY);
	writes(fh, "{\"key\":\"1234\",\"value\":\"\\u0035678\"}\n");
	IS_ERR(write_begin(fh, "{\"key\":\"1234\",\"value\":\"56789\"}\n", 0), -EMSGSIZE);
	writes(fh, "{\"key\":\"1234\",");
	IS_ERR(write_begin(fh, "\"value\":\"56789\"}\n", 0), -EMSGSIZE);
	ck_assert_int_eq(close_file(fh), 0);
	fh = open_file("t/0.kv", O_WRONLY);
	writes(fh, "1234\t5678\n");
	IS_ERR(write_begin(fh, "1234\t56789\n", 0), -EMSGSIZE);
	ck_assert_int_eq(close_file(fh), 0);
	ck_assert_str_eq(log_of_t0(), "5678|5678|");
}
END_TEST

/* The key says where to; sessions of the partition it comes to look for it. */
START_TEST(writing_any)
{
	uint64_t fh, reader;

	mount_it();
	reader = open_file("t/1", O_RDONLY);
	reads(reader, 0, 10, "");
	fh = open_file("t/any.kv", O_WRONLY);
	writes(fh, "b\teven\nc\todd\n");
	writes(fh, "c\todd, too\nnone\n");
	ck_assert_int_eq(close_file(fh), 0);
	shows("t/0.kv@0", "b\teven\n\tnone\n");
	reads(reader, 0, 100, "odd\nodd, too\n");
	fh = open_file("t/any", O_WRONLY);
	writes(fh, "plain\n");
	ck_assert_int_eq(close_file(fh), 0);
	ck_assert_str_eq(log_of_t0(), "even|none|plain|");
}
END_TEST

/* A rest that finds no room waits for it. */
START_TEST(a_rest_waits_for_room)
{
	uint64_t fh, other;
	struct fake_reply *r;

	mount_it();
	other = open_file("t/0", O_WRONLY);
	writes(other, "first\n");
	fh = open_file("t/0.raw", O_WRONLY);
	writes(fh, "a\nb");
	fake_hold_acks(c, true);
	fake_queue_max(c, 1);
	advance(BFS_GATHER); /* so that it goes at once */
	writes(other, "second\n");
	r = flush_begin(fh);
	NOT_YET(r);
	fake_queue_max(c, 9);
	fake_hold_acks(c, false);
	fake_release_acks(c, "t", 0, 1);
	advance(20);
	IS_ERR(r, 0);
	release(fh);
	ck_assert_str_eq(log_of_t0(), "first|second|a\nb|");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("fs_format");

	RIG_CASE(s, "formats", formats_of_sessions_and_views, records_without_bytes);
	RIG_CASE(s, "writing", opening_for_writing, writing_json, headers_are_written, a_bad_line,
		 writing_kv, writing_raw, raw_too_long, messages_too_long, a_rest_waits_for_room,
		 writing_any);
	return s;
}

TEST_MAIN(suite)
