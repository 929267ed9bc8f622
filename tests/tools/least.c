/* least.c - the least file system there could be on FUSE and librdkafka: the limit that brokerfs'
 * latencies are measured against, with the same system calls by the same programs.
 *
 * `least BROKERS TOPIC MOUNTPOINT` shows two files: a write to `w` produces its bytes to partition
 * 0 and is answered when they are acknowledged; a read of `r` waits for the next record there.
 * Nothing else works: no lines, no errors, no offsets, one reader, once. linger 0, acks=all,
 * idempotent.
 *
 * SPDX-License-Identifier: MIT */
#define FUSE_USE_VERSION 312

#include <errno.h>
#include <fuse_lowlevel.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <librdkafka/rdkafka.h>

enum { ROOT = FUSE_ROOT_ID, WRITER, READER, ALL };

#define READ_MAX (1 << 20)

static const char *brokers, *topic;
static rd_kafka_t *producer, *consumer;
static rd_kafka_topic_t *out;
static rd_kafka_queue_t *queue; /* of who reads */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wanted = PTHREAD_COND_INITIALIZER;
static fuse_req_t reader; /* protected by lock */

static void die(const char *what, const char *why)
{
	fprintf(stderr, "least: %s: %s\n", what, why);
	exit(1);
}

/* --- Kafka ------------------------------------------------------------------------------------ */

static void delivered(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
	(void)rk;
	(void)opaque;
	if (m->err)
		fuse_reply_err(m->_private, EIO);
	else
		fuse_reply_write(m->_private, m->len + 1);
}

static void *report(void *arg)
{
	(void)arg;
	for (;;)
		rd_kafka_poll(producer, 1000);
	return NULL;
}

static void answer(const rd_kafka_message_t *m)
{
	fuse_req_t req;
	char line[256];
	int n = snprintf(line, sizeof(line), "%.*s\n", (int)m->len, (const char *)m->payload);

	pthread_mutex_lock(&lock);
	while (!reader)
		pthread_cond_wait(&wanted, &lock);
	req = reader;
	reader = NULL;
	pthread_mutex_unlock(&lock);
	fuse_reply_buf(req, line, (size_t)n);
}

static void *consume(void *arg)
{
	(void)arg;
	for (;;) {
		rd_kafka_message_t *m = rd_kafka_consume_queue(queue, 1000);

		if (m && !m->err)
			answer(m);
		if (m)
			rd_kafka_message_destroy(m);
	}
	return NULL;
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
	char words[256];

	if (rd_kafka_conf_set(conf, name, value, words, sizeof(words)) != RD_KAFKA_CONF_OK)
		die(name, words);
}

static rd_kafka_t *client(rd_kafka_type_t type)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char words[256];
	rd_kafka_t *rk;

	set(conf, "bootstrap.servers", brokers);
	if (type == RD_KAFKA_PRODUCER) {
		set(conf, "linger.ms", "0");
		set(conf, "enable.idempotence", "true");
		rd_kafka_conf_set_dr_msg_cb(conf, delivered);
	} else {
		set(conf, "fetch.wait.max.ms", "100");
		set(conf, "enable.partition.eof", "true");
		set(conf, "queued.min.messages", "10000000");
		set(conf, "queued.max.messages.kbytes", "1000000"); /* it never stalls */
	}
	rk = rd_kafka_new(type, conf, words, sizeof(words));
	if (!rk)
		die("client", words);
	return rk;
}

static void start(void *(*run)(void *))
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run, NULL))
		die("thread", "can't be started");
}

static void begin_writing(void)
{
	producer = client(RD_KAFKA_PRODUCER);
	out = rd_kafka_topic_new(producer, topic, NULL);
	start(report);
}

static void begin_reading(bool all)
{
	rd_kafka_topic_t *in;
	int64_t low, end;

	consumer = client(RD_KAFKA_CONSUMER);
	in = rd_kafka_topic_new(consumer, topic, NULL);
	if (rd_kafka_query_watermark_offsets(producer, topic, 0, &low, &end, 10000))
		die(topic, "no offsets");
	queue = rd_kafka_queue_new(consumer);
	if (rd_kafka_consume_start_queue(in, 0, all ? low : end, queue))
		die(topic, "can't be consumed");
	if (!all)
		start(consume);
}

/* --- all of it, in whichever thread reads ----------------------------------------------------- */

static struct {
	char data[2 * READ_MAX];
	size_t len;
	bool ended;
} whole;

static void take(rd_kafka_message_t *m, void *opaque)
{
	const size_t *wanted_bytes = opaque;

	if (m->err) {
		whole.ended = m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
		return;
	}
	if (m->len)
		memcpy(whole.data + whole.len, m->payload, m->len);
	whole.len += m->len;
	whole.data[whole.len++] = '\n';
	if (whole.len >= *wanted_bytes)
		rd_kafka_yield(consumer);
}

static void read_on(fuse_req_t req, size_t size)
{
	size_t n;

	pthread_mutex_lock(&lock); /* the next read may come before the answer's call returns */
	while (whole.len < size && !whole.ended)
		rd_kafka_consume_callback_queue(queue, 1000, take, &size);
	n = whole.len < size ? whole.len : size;
	fuse_reply_buf(req, whole.data, n);
	whole.len -= n;
	memmove(whole.data, whole.data + n, whole.len);
	pthread_mutex_unlock(&lock);
}

/* --- FUSE ------------------------------------------------------------------------------------- */

static struct stat shown(fuse_ino_t ino)
{
	return (struct stat){ .st_ino = ino,
			      .st_mode = ino == ROOT ? S_IFDIR | 0777 : S_IFREG | 0666,
			      .st_nlink = 1 };
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param e = { .ino = *name == 'w'   ? WRITER
					     : *name == 'r' ? READER
					     : *name == 'a' ? ALL
							    : 0 };

	e.attr = shown(e.ino);
	if (parent != ROOT || !e.ino)
		fuse_reply_err(req, ENOENT);
	else
		fuse_reply_entry(req, &e);
}

static void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct stat st = shown(ino);

	(void)fi;
	fuse_reply_attr(req, &st, 0);
}

static void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	if (ino != WRITER)
		begin_reading(ino == ALL);
	fi->direct_io = 1;
	fuse_reply_open(req, fi);
}

static void op_write(fuse_req_t req, fuse_ino_t ino, const char *data, size_t size, off_t off,
		     struct fuse_file_info *fi)
{
	(void)ino, (void)off, (void)fi;
	if (rd_kafka_produce(out, 0, RD_KAFKA_MSG_F_COPY, (void *)data, size - 1, NULL, 0, req))
		fuse_reply_err(req, EIO);
}

static void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    struct fuse_file_info *fi)
{
	(void)off, (void)fi;
	if (ino == ALL) {
		read_on(req, size);
		return;
	}
	pthread_mutex_lock(&lock);
	reader = req;
	pthread_cond_signal(&wanted);
	pthread_mutex_unlock(&lock);
}

static void op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino, (void)fi;
	fuse_reply_err(req, 0);
}

static const struct fuse_lowlevel_ops ops = {
	.lookup = op_lookup,
	.getattr = op_getattr,
	.open = op_open,
	.write = op_write,
	.read = op_read,
	.flush = op_flush,
	.release = op_flush,
};

int main(int argc, char *argv[])
{
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	struct fuse_loop_config *config = fuse_loop_cfg_create();
	struct fuse_session *session;

	if (argc != 4)
		die("usage", "least BROKERS TOPIC MOUNTPOINT");
	brokers = argv[1];
	topic = argv[2];
	begin_writing();
	session = fuse_session_new(&args, &ops, sizeof(ops), NULL);
	if (!session || fuse_session_mount(session, argv[3]))
		die(argv[3], "can't be mounted");
	fuse_set_signal_handlers(session);
	fuse_loop_cfg_set_idle_threads(config, 10);
	fuse_session_loop_mt(session, config);
	fuse_session_unmount(session);
	return 0;
}
