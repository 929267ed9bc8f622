/* test_fake.c - the fakes keep the contracts they stand for, and notice who doesn't.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/test.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "model/clerk.h"
#include "tests/fake/cluster.h"
#include "tests/fake/fake.h"
#include "tests/fake/kernel.h"
#include "tests/fake/reply.h"

/* --- reply -------------------------------------------------------------------------------------- */

START_TEST(answers_are_kept)
{
	struct fake_reply *r = fake_request("read");
	struct iovec iov[] = { { "ab", 2 }, { "", 0 }, { "c", 1 } };

	ck_assert(!fake_answered(r));
	fake_wait_not(r, 5);
	bfs_answer_data(r->ticket, iov, 3);
	fake_wait(r);
	ck_assert_int_eq(r->kind, FAKE_DATA);
	ck_assert_uint_eq(r->len, 3);
	ck_assert_str_eq(r->data, "abc");
	ck_assert_int_eq(r->err, 0);
	fake_interrupt(r); /* too late: nothing happens */
	fake_reply_free(r);

	r = fake_request("open");
	bfs_answer_opened(r->ticket, &(struct bfs_opened){ .fh = 7, .direct_io = true });
	ck_assert_int_eq(r->kind, FAKE_OPENED);
	ck_assert_uint_eq(r->opened.fh, 7);
	ck_assert_int_eq(fake_finish(r), 0);

	r = fake_request("lookup");
	bfs_answer_error(r->ticket, -ENOENT);
	ck_assert_int_eq(fake_finish(r), -ENOENT);
	fake_replies_check();
}
END_TEST

START_TEST(answers_have_an_order)
{
	struct fake_reply *a = fake_request("read"), *b = fake_request("read");

	bfs_answer_error(b->ticket, 0);
	bfs_answer_written(a->ticket, 5);
	ck_assert_uint_lt(b->order, a->order);
	ck_assert_uint_eq(a->len, 5);
	fake_reply_free(a);
	fake_reply_free(b);
}
END_TEST

START_TEST(second_answer_aborts)
{
	struct fake_reply *r = fake_request("read");

	bfs_ticket_get(r->ticket);
	bfs_answer_error(r->ticket, 0);
	r->ticket->answers->error(r->ticket, 0);
}
END_TEST

START_TEST(no_answer_aborts)
{
	fake_reply_free(fake_request("read"));
}
END_TEST

START_TEST(lost_ticket_aborts)
{
	bfs_ticket_put(fake_request("read")->ticket);
}
END_TEST

START_TEST(forgotten_request_aborts)
{
	struct fake_reply *r = fake_request("read");

	bfs_answer_error(r->ticket, 0);
	fake_replies_check();
}
END_TEST

#ifndef NDEBUG
START_TEST(answer_under_lock_aborts)
{
	struct bfs_mutex m;

	bfs_mutex_init(&m, BFS_RANK_STREAM);
	bfs_mutex_lock(&m);
	bfs_answer_error(fake_request("read")->ticket, 0);
}
END_TEST
#endif

/* A place where tickets wait, as the model has them. */
static struct bfs_mutex place_lock;
static struct bfs_list waiting;
static _Atomic int kept, released;

static void place_cancel(struct bfs_ticket *t, void *place, int err)
{
	bool mine;

	bfs_mutex_lock(&place_lock);
	mine = bfs_ticket_claim(t, place, err);
	bfs_mutex_unlock(&place_lock);
	if (mine)
		bfs_answer_error(t, err);
}

static void keep(void *owner)
{
	ck_assert_ptr_eq(owner, &waiting);
	kept++;
}

static void release(void *owner)
{
	ck_assert_ptr_eq(owner, &waiting);
	released++;
}

static const struct bfs_keeper keeper = { keep, release };

static void park(struct bfs_clerk *clerk, struct bfs_ticket *t, int64_t deadline)
{
	bool parked;

	bfs_ticket_arm(t, clerk, deadline, place_cancel, &waiting, &waiting, &keeper);
	bfs_mutex_lock(&place_lock);
	parked = bfs_ticket_park(t, &waiting);
	bfs_mutex_unlock(&place_lock);
	if (!parked)
		bfs_answer_error(t, t->cancelled);
}

START_TEST(parked_requests_end)
{
	struct bfs_clerk *clerk = bfs_clerk_new();
	struct fake_reply *slow = fake_request("read"), *late = fake_request("read"),
			  *early = fake_request("read");

	bfs_mutex_init(&place_lock, BFS_RANK_STREAM);
	bfs_list_init(&waiting);
	fake_interrupt(early); /* before anyone watches */
	park(clerk, early->ticket, BFS_NEVER);
	park(clerk, slow->ticket, bfs_clock_ms() + 20);
	park(clerk, late->ticket, BFS_NEVER);
	ck_assert_int_eq(fake_finish(early), -EINTR);
	ck_assert_int_eq(fake_finish(slow), -ETIMEDOUT);
	fake_wait_not(late, 5);
	fake_interrupt(late);
	fake_interrupt(late);
	ck_assert_int_eq(fake_finish(late), -EINTR);
	ck_assert_int_eq(kept, 3);
	ck_assert_int_eq(released, 3);
	bfs_clerk_free(clerk);
	bfs_mutex_fini(&place_lock);
	fake_replies_check();
}
END_TEST

static void *interrupter(void *arg)
{
	struct fake_reply *r = arg;

	usleep((useconds_t)((uintptr_t)arg / 64 % 300));
	fake_interrupt(r);
	return NULL;
}

/* Interruptions race with parking and with answers: each request is answered once all the same. */
START_TEST(interruptions_race)
{
	struct bfs_clerk *clerk = bfs_clerk_new();
	int i, rounds = test_rounds(300);

	bfs_mutex_init(&place_lock, BFS_RANK_STREAM);
	bfs_list_init(&waiting);
	for (i = 0; i < rounds; i++) {
		struct fake_reply *r = fake_request("read");
		struct bfs_ticket *mine;
		pthread_t t;

		ck_assert_int_eq(bfs_thread_start(&t, "interrupter", interrupter, r), 0);
		park(clerk, r->ticket, BFS_NEVER);
		usleep((useconds_t)(i % 200));
		bfs_mutex_lock(&place_lock);
		mine = bfs_ticket_pop(&waiting);
		bfs_mutex_unlock(&place_lock);
		if (mine)
			bfs_answer_error(mine, 0);
		fake_wait(r);
		pthread_join(t, NULL);
		fake_reply_free(r);
	}
	bfs_clerk_free(clerk);
	bfs_mutex_fini(&place_lock);
}
END_TEST

/* --- kernel ------------------------------------------------------------------------------------- */

START_TEST(kernel_at_once)
{
	struct bfs_opened o = { .fh = 3 };
	struct fake_reply *r = fake_request("open");
	struct fake_kernel k;
	char last;

	fake_kernel_init(&k, false);
	k.kernel.ops->open(&k.kernel, r->ticket, &o, 5, 10, 'x');
	ck_assert(fake_answered(r));
	ck_assert_uint_eq(r->opened.fh, 3);
	ck_assert_int_eq(fake_kernel_size(&k, 5, &last), 10);
	ck_assert_int_eq(last, 'x');
	ck_assert_int_eq(fake_kernel_size(&k, 6, NULL), -1);
	k.kernel.ops->grown(&k.kernel, 5, 20, 'y');
	k.kernel.ops->grown(&k.kernel, 5, 15, 'z');
	ck_assert_int_eq(fake_kernel_size(&k, 5, &last), 20);
	ck_assert_int_eq(last, 'y');
	ck_assert_uint_eq(fake_kernel_opens(&k), 1);
	ck_assert_uint_eq(fake_kernel_news(&k), 2);
	k.kernel.ops->forget(&k.kernel, 5);
	ck_assert(fake_kernel_forgot(&k, 5));
	ck_assert_int_eq(fake_kernel_size(&k, 5, NULL), -1);
	fake_kernel_fini(&k);
	fake_reply_free(r);
}
END_TEST

START_TEST(kernel_later)
{
	struct bfs_opened o = { .fh = 3 };
	struct fake_reply *a = fake_request("open"), *b = fake_request("open");
	struct fake_kernel k;

	fake_kernel_init(&k, true);
	fake_kernel_hold(&k, true);
	k.kernel.ops->open(&k.kernel, a->ticket, &o, 5, 0, 0);
	fake_wait_not(a, 5);
	ck_assert_int_eq(fake_kernel_size(&k, 5, NULL), -1); /* a size of 0 is not told */
	fake_kernel_hold(&k, false);
	ck_assert_int_eq(fake_finish(a), 0);
	fake_kernel_hold(&k, true);
	k.kernel.ops->open(&k.kernel, b->ticket, &o, 5, 1, 0);
	fake_kernel_fini(&k);
	ck_assert_int_eq(fake_finish(b), 0);
}
END_TEST

/* --- cluster: questions ------------------------------------------------------------------------- */

static struct fake_cluster *c;
static const struct bfs_cluster_ops *ops;
static struct bfs_cluster *cl;

static pthread_mutex_t seen_lock = PTHREAD_MUTEX_INITIALIZER;
static struct bfs_buf seen; /* what callbacks saw, as words; protected by seen_lock */

static void saw(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void saw(const char *fmt, ...)
{
	va_list ap;

	bfs_assert_unlocked();
	pthread_mutex_lock(&seen_lock);
	va_start(ap, fmt);
	bfs_buf_vprintf(&seen, fmt, ap);
	va_end(ap);
	pthread_mutex_unlock(&seen_lock);
}

/* Waits for the cluster, then compares what was seen since the last time. */
#define EXPECT(want)                                                                               \
	do {                                                                                       \
		fake_settle(c);                                                                    \
		pthread_mutex_lock(&seen_lock);                                                    \
		bfs_buf_append(&seen, "", 1);                                                      \
		ck_assert_str_eq(seen.data, want);                                                 \
		seen.len = 0;                                                                      \
		pthread_mutex_unlock(&seen_lock);                                                  \
	} while (0)

static _Atomic int64_t now;

static int64_t held_clock(void)
{
	return now;
}

static void setup(void)
{
	now = 1000;
	bfs_clock_override(held_clock);
	c = fake_cluster_new();
	cl = fake_cluster(c);
	ops = cl->ops;
	fake_topic(c, "t", 2);
}

static void teardown(void)
{
	fake_cluster_free(c);
	bfs_buf_fini(&seen);
}

static void on_topics(void *arg, int err, const struct bfs_why *why,
		      const struct bfs_topic_info *topics, size_t n)
{
	size_t i;

	saw("%s:%d%s", (char *)arg, err, err ? why->text : "");
	for (i = 0; i < n; i++)
		saw(" %s/%d", topics[i].name, (int)topics[i].partitions);
	saw("; ");
}

static void on_ends(void *arg, int err, const struct bfs_why *why, int64_t low, int64_t end)
{
	(void)why;
	saw("%s:%d %lld-%lld; ", (char *)arg, err, (long long)low, (long long)end);
}

static void on_committed(void *arg, int err, const struct bfs_why *why, const struct bfs_commit *at)
{
	(void)why;
	saw("%s:%d %lld '%s'; ", (char *)arg, err, (long long)at->offset, at->metadata);
}

static void on_done(void *arg, int err, const struct bfs_why *why)
{
	(void)why;
	saw("%s:%d; ", (char *)arg, err);
}

static void commit(int64_t expect, int64_t to, const char *metadata)
{
	struct bfs_commit e = { .offset = expect }, t = { .offset = to };

	strcpy(t.metadata, metadata);
	ops->commit(cl, "g", "t", 0, &e, &t, now + 100, on_done, "commit");
}

START_TEST(topics_and_ends)
{
	ops->topics(cl, now + 100, on_topics, "all");
	EXPECT("all:0 t/2; ");
	fake_topic(c, "t", 3);
	fake_topic(c, "u", 1);
	ops->topics(cl, now + 100, on_topics, "all");
	EXPECT("all:0 t/3 u/1; ");

	ck_assert_int_eq(fake_append(c, "t", 1, "a"), 0);
	fake_gap(c, "t", 1, 2);
	ck_assert_int_eq(fake_append(c, "t", 1, "b"), 3);
	fake_expire(c, "t", 1, 1);
	ops->ends(cl, "t", 1, now + 100, on_ends, "ends");
	EXPECT("ends:0 1-4; ");
	fake_unstable(c, "t", 1, 3);
	ops->ends(cl, "t", 1, now + 100, on_ends, "ends");
	EXPECT("ends:0 1-3; ");
	ops->ends(cl, "t", 3, now + 100, on_ends, "ends");
	ops->ends(cl, "none", 0, now + 100, on_ends, "ends");
	EXPECT("ends:-2 -1--1; ends:-2 -1--1; ");
	fake_topic_delete(c, "u");
	ops->topics(cl, now + 100, on_topics, "all");
	EXPECT("all:0 t/3; ");
	ck_assert_int_eq(fake_calls(c, FAKE_TOPICS), 3);
	ck_assert_int_eq(fake_calls(c, FAKE_ENDS), 4);
}
END_TEST

START_TEST(commits)
{
	ops->committed(cl, "g", "t", 0, now + 100, on_committed, "at");
	EXPECT("at:0 -1 ''; ");
	commit(BFS_NO_OFFSET, 5, "me");
	EXPECT("commit:0; ");
	ops->committed(cl, "g", "t", 0, now + 100, on_committed, "at");
	EXPECT("at:0 5 'me'; ");
	commit(5, 6, "other"); /* the offset is the expected one */
	EXPECT("commit:0; ");
	commit(4, 7, "me");
	EXPECT("commit:-16; ");
}
END_TEST

START_TEST(commit_moved_by_others)
{
	struct bfs_commit at;

	fake_commit(c, "g", "t", 0, 9, "they");
	commit(5, 6, "me");
	EXPECT("commit:-16; ");
	commit(9, 10, "me");
	EXPECT("commit:0; ");
	commit(5, 11, "me"); /* not what we expected, but ours */
	EXPECT("commit:0; ");
	fake_members(c, "g", true);
	commit(11, 12, "me");
	EXPECT("commit:-16; ");
	fake_members(c, "g", false);
	at = fake_committed(c, "g", "t", 0);
	ck_assert_int_eq(at.offset, 11);
	fake_topic_delete(c, "t");
	at = fake_committed(c, "g", "t", 0);
	ck_assert_int_eq(at.offset, BFS_NO_OFFSET);
}
END_TEST

START_TEST(delays_and_errors)
{
	fake_delay(c, FAKE_ENDS, 50);
	ops->ends(cl, "t", 0, now + 100, on_ends, "slow");
	ops->topics(cl, now + 100, on_topics, "fast");
	EXPECT("fast:0 t/2; ");
	now += 49;
	EXPECT("");
	now++;
	EXPECT("slow:0 0-0; ");
	ops->ends(cl, "t", 0, now + 20, on_ends, "late");
	now += 20;
	EXPECT("late:-110 -1--1; ");

	fake_fail(c, FAKE_TOPICS, -EACCES, "Broker: no", 1);
	ops->topics(cl, now + 100, on_topics, "one");
	ops->topics(cl, now + 100, on_topics, "two");
	EXPECT("one:-13Broker: no; two:0 t/2; ");
	fake_fail(c, FAKE_TOPICS, -EIO, NULL, -1);
	ops->topics(cl, now + 100, on_topics, "x");
	ops->topics(cl, now + 100, on_topics, "y");
	EXPECT("x:-5EIO; y:-5EIO; ");
	fake_fail(c, FAKE_TOPICS, 0, NULL, 0);
	ops->topics(cl, now + 100, on_topics, "z");
	EXPECT("z:0 t/2; ");
}
END_TEST

START_TEST(frozen)
{
	fake_freeze(c, true);
	ops->ends(cl, "t", 0, now + 100, on_ends, "a");
	ops->ends(cl, "t", 0, now + 300, on_ends, "b");
	EXPECT("");
	now += 100;
	EXPECT("a:-110 -1--1; ");
	fake_freeze(c, false);
	EXPECT("b:0 0-0; ");
}
END_TEST

START_TEST(late_commit_moves_back)
{
	fake_late_commits(c, true);
	fake_freeze(c, true);
	commit(BFS_NO_OFFSET, 5, "me");
	now += 100;
	EXPECT("commit:-110; ");
	ck_assert_int_eq(fake_committed(c, "g", "t", 0).offset, BFS_NO_OFFSET);
	fake_freeze(c, false);
	ck_assert_int_eq(fake_committed(c, "g", "t", 0).offset, 5);
}
END_TEST

START_TEST(two_commits_abort)
{
	fake_delay(c, FAKE_COMMIT, 50);
	commit(BFS_NO_OFFSET, 5, "me");
	commit(5, 6, "me");
}
END_TEST

START_TEST(call_after_stop_aborts)
{
	fake_cluster_stop(c);
	ops->hurry(cl);
}
END_TEST

#ifndef NDEBUG
START_TEST(call_under_high_lock_aborts)
{
	struct bfs_mutex m;

	bfs_mutex_init(&m, BFS_RANK_CLERK);
	bfs_mutex_lock(&m);
	ops->hurry(cl);
}
END_TEST
#endif

START_TEST(stop_answers_all)
{
	fake_freeze(c, true);
	ops->topics(cl, BFS_NEVER, on_topics, "q");
	commit(BFS_NO_OFFSET, 5, "me");
	fake_cluster_stop(c);
	EXPECT("q:-19Local: Broker handle destroyed; commit:-19; ");
}
END_TEST

/* --- cluster: feeds ----------------------------------------------------------------------------- */

struct eater {
	int room; /* records to take before saying false; protected by seen_lock */
	struct bfs_feed *feed;
	bool resume_early; /* resumes inside record(), before it says false */
};

static void on_begin(void *owner, int64_t offset)
{
	(void)owner;
	saw("begin%lld ", (long long)offset);
}

static bool on_record(void *owner, const struct bfs_record *r)
{
	struct eater *e = owner;
	bool more;

	saw("%lld=%.*s ", (long long)r->offset, (int)r->value_len,
	    r->value ? (const char *)r->value : "");
	pthread_mutex_lock(&seen_lock);
	more = --e->room > 0;
	pthread_mutex_unlock(&seen_lock);
	if (!more && e->resume_early)
		ops->feed_resume(e->feed);
	return more;
}

static void on_dry(void *owner)
{
	(void)owner;
	saw("dry ");
}

static void on_end(void *owner, int64_t end, bool reached)
{
	(void)owner;
	saw("%s%lld ", reached ? "end" : "hint", (long long)end);
}

static void on_trouble(void *owner, int err, const struct bfs_why *why)
{
	(void)owner;
	(void)why;
	saw("trouble%d ", err);
}

static void on_closed(void *owner)
{
	(void)owner;
	saw("closed ");
}

static const struct bfs_sink sink = { on_begin, on_record, on_dry, on_end, on_trouble, on_closed };

static struct eater eater;

static struct bfs_feed *open_feed(int room)
{
	eater = (struct eater){ .room = room };
	eater.feed = ops->feed_open(cl, "t", 0, &sink, &eater);
	ck_assert_ptr_nonnull(eater.feed);
	return eater.feed;
}

START_TEST(feed_follows)
{
	struct bfs_feed *f = open_feed(1000);

	fake_append(c, "t", 0, "a");
	fake_gap(c, "t", 0, 1);
	fake_append(c, "t", 0, "b");
	EXPECT("");
	ops->feed_start(f, 0);
	EXPECT("begin0 hint3 0=a 2=b dry end3 ");
	fake_append(c, "t", 0, "c");
	EXPECT("hint4 3=c dry end4 ");
	fake_gap(c, "t", 0, 2);
	EXPECT("hint6 end6 ");
	ops->feed_start(f, 2);
	EXPECT("begin2 hint6 2=b 3=c dry end6 ");
	ops->feed_start(f, 6);
	EXPECT("begin6 hint6 end6 ");
	ck_assert_int_eq(fake_fetched(c), 5);
	ck_assert_int_eq(fake_calls(c, FAKE_FETCH), 3);
	ck_assert_int_eq(fake_feeds(c), 1);
	ops->feed_close(f);
	ck_assert_int_eq(fake_feeds(c), 0);
	fake_append(c, "t", 0, "d");
	EXPECT("closed ");
}
END_TEST

START_TEST(feed_stops_when_full)
{
	struct bfs_feed *f = open_feed(2);
	int i;

	for (i = 0; i < 5; i++)
		fake_append(c, "t", 0, "x");
	ops->feed_start(f, 0);
	EXPECT("begin0 hint5 0=x 1=x dry ");
	fake_append(c, "t", 0, "y");
	EXPECT("");
	ops->feed_resume(f); /* still no room: one more, and full again */
	EXPECT("hint6 2=x dry ");
	/* A start makes room, whoever was full before. */
	eater.room = 2;
	ops->feed_start(f, 4);
	EXPECT("begin4 hint6 4=x 5=y dry ");
	ops->feed_resume(f);
	EXPECT("end6 ");
	ops->feed_close(f);
	EXPECT("closed ");
}
END_TEST

START_TEST(resume_before_false_counts)
{
	struct bfs_feed *f = open_feed(1);

	eater.resume_early = true;
	fake_append(c, "t", 0, "a");
	fake_append(c, "t", 0, "b");
	ops->feed_start(f, 0);
	EXPECT("begin0 hint2 0=a 1=b dry end2 ");
	ops->feed_close(f);
	EXPECT("closed ");
}
END_TEST

START_TEST(feed_bursts)
{
	struct bfs_feed *f = open_feed(1000);
	int i;

	fake_burst_max(c, 2);
	for (i = 0; i < 3; i++)
		fake_append(c, "t", 0, "x");
	ops->feed_start(f, 0);
	EXPECT("begin0 hint3 0=x 1=x dry 2=x dry end3 ");
	ops->feed_close(f);
	EXPECT("closed ");
}
END_TEST

START_TEST(feed_troubles)
{
	struct bfs_feed *f = open_feed(1000);

	fake_append(c, "t", 0, "a");
	fake_append(c, "t", 0, "b");
	ops->feed_start(f, 3);
	EXPECT("begin3 trouble-34 ");
	fake_append(c, "t", 0, "c");
	EXPECT("");
	fake_expire(c, "t", 0, 1);
	ops->feed_start(f, 0);
	EXPECT("begin0 trouble-34 ");
	ops->feed_start(f, 1);
	EXPECT("begin1 hint3 1=b 2=c dry end3 ");
	fake_fail(c, FAKE_FETCH, -EACCES, NULL, 1);
	EXPECT("trouble-13 ");
	ops->feed_start(f, 3);
	EXPECT("begin3 hint3 end3 ");
	fake_topic_delete(c, "t");
	EXPECT("trouble-2 ");
	ops->feed_close(f);
	EXPECT("closed ");
}
END_TEST

START_TEST(feed_waits)
{
	struct bfs_feed *f = open_feed(1000);

	fake_delay(c, FAKE_FETCH, 30);
	fake_append(c, "t", 0, "a");
	ops->feed_start(f, 0);
	EXPECT("begin0 ");
	now += 30;
	EXPECT("hint1 0=a dry end1 ");
	fake_freeze(c, true);
	fake_delay(c, FAKE_FETCH, 0);
	fake_append(c, "t", 0, "b");
	EXPECT("");
	fake_freeze(c, false);
	EXPECT("hint2 1=b dry end2 ");
	fake_freeze(c, true);
	ops->feed_close(f);
	EXPECT("closed ");
}
END_TEST

START_TEST(feed_ends_at_the_stable_offset)
{
	struct bfs_feed *f = open_feed(1000);

	fake_append(c, "t", 0, "a");
	fake_append(c, "t", 0, "b");
	fake_unstable(c, "t", 0, 1);
	ops->feed_start(f, 0);
	EXPECT("begin0 hint2 0=a dry end1 ");
	fake_unstable(c, "t", 0, -1);
	EXPECT("1=b dry end2 ");
	fake_compact(c, "t", 0, 0);
	ops->feed_start(f, 0);
	EXPECT("begin0 hint2 1=b dry end2 ");
	ops->feed_close(f);
	EXPECT("closed ");
}
END_TEST

START_TEST(feeds_are_limited)
{
	fake_feeds_max(c, 1);
	open_feed(1);
	ck_assert_ptr_null(ops->feed_open(cl, "t", 1, &sink, NULL));
	ck_assert_int_eq(errno, EMFILE);
	ops->feed_close(eater.feed);
	EXPECT("closed ");
}
END_TEST

START_TEST(stop_closes_feeds)
{
	ops->feed_start(open_feed(1), 0);
	EXPECT("begin0 hint0 end0 ");
	fake_cluster_stop(c);
	EXPECT("closed ");
}
END_TEST

START_TEST(use_of_closed_feed_aborts)
{
	struct bfs_feed *f = open_feed(1);

	ops->feed_close(f);
	ops->feed_resume(f);
}
END_TEST

/* --- cluster: outlets --------------------------------------------------------------------------- */

static void on_delivered(void *arg, void *parcel, int n, int err, const struct bfs_why *why,
			 int64_t last_offset)
{
	(void)arg;
	saw("%s:%d err%d%s @%lld; ", (char *)parcel, n, err, err ? why->text : "",
	    (long long)last_offset);
}

static int produce(struct bfs_outlet *o, char *parcel, const char *values)
{
	struct bfs_message m[16];
	struct bfs_why why;
	int n = 0;

	for (; values[n]; n++)
		m[n] = (struct bfs_message){ .value = values + n, .value_len = 1 };
	return ops->produce(o, m, n, parcel, &why);
}

static char p1[] = "p1", p2[] = "p2";

START_TEST(outlet_delivers)
{
	struct bfs_outlet *o = ops->outlet_open(cl, "t", 0, on_delivered, NULL);
	size_t len;
	char *v;

	ck_assert_int_eq(produce(o, p1, "abc"), 3);
	EXPECT("p1:3 err0 @2; ");
	ck_assert_int_eq(fake_in_flight(c), 0);
	v = fake_value(c, "t", 0, 1, &len);
	ck_assert_str_eq(v, "b");
	free(v);
	fake_hide_offsets(c, true);
	ck_assert_int_eq(produce(o, p1, "d"), 1);
	EXPECT("p1:1 err0 @-1; ");
	ops->hurry(cl);
	ck_assert_int_eq(fake_hurries(c), 1);
	ck_assert_int_eq(fake_outlets(c), 1);
	ops->outlet_close(o);
	ck_assert_int_eq(fake_outlets(c), 0);
}
END_TEST

START_TEST(outlet_groups_reports)
{
	struct bfs_outlet *o = ops->outlet_open(cl, "t", 0, on_delivered, NULL);

	fake_hold_acks(c, true);
	produce(o, p1, "ab");
	produce(o, p2, "c");
	produce(o, p1, "d");
	EXPECT("");
	ck_assert_int_eq(fake_in_flight(c), 4);
	fake_release_acks(c, "t", 0, 1);
	EXPECT("p1:1 err0 @0; ");
	fake_fail(c, FAKE_DELIVERY, -EIO, "no", 1);
	fake_release_acks(c, "t", 0, -1);
	EXPECT("p1:1 err-5no @-1; p2:1 err0 @1; p1:1 err0 @2; ");
	fake_report_max(c, 2);
	produce(o, p1, "efgh");
	ops->outlet_close(o);
	ck_assert_int_eq(fake_outlets(c), 1);
	fake_hold_acks(c, false);
	EXPECT("p1:2 err0 @4; p1:2 err0 @6; ");
	ck_assert_int_eq(fake_outlets(c), 0);
}
END_TEST

START_TEST(outlet_refuses)
{
	struct bfs_outlet *o = ops->outlet_open(cl, "t", 0, on_delivered, NULL);
	struct bfs_message big = { .value = "abcdef", .value_len = 6 };

	fake_queue_max(c, 2);
	fake_freeze(c, true);
	ck_assert_int_eq(produce(o, p1, "abc"), 2);
	ck_assert_int_eq(produce(o, p1, "c"), -EAGAIN);
	EXPECT("");
	fake_freeze(c, false);
	EXPECT("p1:2 err0 @1; ");
	fake_message_max(c, 5);
	ck_assert_uint_eq(ops->message_max(cl), 5);
	ck_assert_int_eq(ops->produce(o, &big, 1, p1, NULL), -EMSGSIZE);
	fake_fail(c, FAKE_PRODUCE, -EACCES, NULL, 1);
	ck_assert_int_eq(produce(o, p1, "x"), -EACCES);
	fake_topic_delete(c, "t");
	ck_assert_int_eq(produce(o, p1, "x"), 1);
	EXPECT("p1:1 err-2Broker: Unknown topic or partition @-1; ");
	ops->outlet_close(o);
}
END_TEST

START_TEST(outlet_is_slow)
{
	struct bfs_outlet *o = ops->outlet_open(cl, "t", 0, on_delivered, NULL);

	fake_delay(c, FAKE_DELIVERY, 10);
	produce(o, p1, "a");
	now += 5;
	produce(o, p2, "b");
	now += 5;
	EXPECT("p1:1 err0 @0; ");
	now += 5;
	EXPECT("p2:1 err0 @1; ");
	produce(o, p1, "c");
	fake_cluster_stop(c); /* delivers what is on its way */
	EXPECT("p1:1 err0 @2; ");
}
END_TEST

START_TEST(stop_reports_what_is_lost)
{
	struct bfs_outlet *o = ops->outlet_open(cl, "t", 0, on_delivered, NULL);

	fake_freeze(c, true);
	produce(o, p1, "ab");
	fake_cluster_stop(c);
	EXPECT("p1:2 err-110Local: Message timed out @-1; ");
	ck_assert_int_eq(fake_end(c, "t", 0), 0);
}
END_TEST

START_TEST(produced_records_are_fed)
{
	struct bfs_outlet *o = ops->outlet_open(cl, "t", 0, on_delivered, NULL);
	struct bfs_feed *f = open_feed(1000);

	ops->feed_start(f, 0);
	EXPECT("begin0 hint0 end0 ");
	produce(o, p1, "ab");
	fake_settle(c);
	ops->feed_close(f);
	fake_settle(c);
	ck_assert_int_eq(fake_fetched(c), 2);
	ops->outlet_close(o);
}
END_TEST

START_TEST(use_of_closed_outlet_aborts)
{
	struct bfs_outlet *o = ops->outlet_open(cl, "t", 0, on_delivered, NULL);

	ops->outlet_close(o);
	produce(o, p1, "a");
}
END_TEST

/* --- the suite ---------------------------------------------------------------------------------- */

static TCase *add(Suite *s, const char *name, bool cluster, const TTest *const *good,
		  const TTest *const *aborting)
{
	TCase *tc = tcase_create(name);

	if (cluster)
		tcase_add_checked_fixture(tc, setup, teardown);
	for (; *good; good++)
		tcase_add_test(tc, *good);
	for (; *aborting; aborting++)
		tcase_add_test_raise_signal(tc, *aborting, SIGABRT);
	suite_add_tcase(s, tc);
	return tc;
}
#define TESTS(...) (const TTest *const[]){ __VA_ARGS__, NULL }
#define NONE	   (const TTest *const[]){ NULL }

static Suite *suite(void)
{
	Suite *s = suite_create("fake");

	add(s, "reply", false,
	    TESTS(answers_are_kept, answers_have_an_order, parked_requests_end, interruptions_race),
	    TESTS(second_answer_aborts, no_answer_aborts, lost_ticket_aborts,
		  forgotten_request_aborts));
	add(s, "kernel", false, TESTS(kernel_at_once, kernel_later), NONE);
	add(s, "questions", true,
	    TESTS(topics_and_ends, commits, commit_moved_by_others, delays_and_errors, frozen,
		  late_commit_moves_back, stop_answers_all),
	    TESTS(two_commits_abort, call_after_stop_aborts));
	add(s, "feeds", true,
	    TESTS(feed_follows, feed_stops_when_full, resume_before_false_counts, feed_bursts,
		  feed_troubles, feed_waits, feed_ends_at_the_stable_offset, feeds_are_limited,
		  stop_closes_feeds),
	    TESTS(use_of_closed_feed_aborts));
	add(s, "outlets", true,
	    TESTS(outlet_delivers, outlet_groups_reports, outlet_refuses, outlet_is_slow,
		  stop_reports_what_is_lost, produced_records_are_fed),
	    TESTS(use_of_closed_outlet_aborts));
#ifndef NDEBUG
	add(s, "locks", true, NONE, TESTS(answer_under_lock_aborts, call_under_high_lock_aborts));
#endif
	return s;
}

TEST_MAIN(suite)
