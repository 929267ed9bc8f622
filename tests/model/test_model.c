/* test_model.c - random operations on one partition against a naive oracle.
 *
 * The oracle keeps the log as a list of records and each session as the offset it begins at; what a
 * read returns is computed from that. After every step: bytes, ends, sizes, and that the committed
 * offset has passed no record that no read returned.
 *
 * SEED= repeats a run, N= says how many steps.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/model/oracle.h"

#define HANDLES 8
#define MAX     70000 /* bytes of a value, seldom */

/* --- the oracle ---------------------------------------------------------------------- */

struct handle {
	uint64_t fh, ino;
	struct session *session;
	bool claimed;
};

static struct handle handles[HANDLES];
static struct session *current; /* the name's, or NULL */
static struct handle *holder;
static int64_t group_at; /* what the group may have committed at most */
static int64_t foreign;  /* somebody else's commit, or -1 */
static uint64_t seed_now;
static uint64_t rnd;

static uint64_t below(uint64_t n)
{
	return test_below(&rnd, n);
}

static void note_seen(struct session *s, int64_t off, size_t len)
{
	if (off + (int64_t)len > s->seen_len) {
		s->seen = realloc(s->seen, (size_t)off + len);
		memset(s->seen + s->seen_len, 0, (size_t)(off + (int64_t)len - s->seen_len));
		s->seen_len = off + (int64_t)len;
	}
	memset(s->seen + off, 1, len);
}

/* The highest offset that may be committed by this session: all before it was returned. */
static int64_t may_commit(const struct session *s)
{
	int64_t at = 0, end = s->first;
	int i;

	for (i = 0; i < n_records; i++) {
		const struct record *r = &records[i];
		size_t k;

		if (r->offset < s->first)
			continue;
		for (k = 0; k < r->len; k++)
			if (at + (int64_t)k >= s->seen_len || !s->seen[at + (int64_t)k])
				return r->offset;
		at += (int64_t)r->len;
		end = r->offset + 1;
	}
	return end > fake_end(c, "t", 0) ? end : fake_end(c, "t", 0);
}

static void check_committed(void)
{
	int64_t at = committed(), most = group_at;

	if (holder && !holder->session->over && may_commit(holder->session) > most)
		most = may_commit(holder->session);
	if (foreign >= 0 && foreign > most)
		most = foreign;
	ck_assert_msg(at <= most, "committed %lld, but only up to %lld was returned", (long long)at,
		      (long long)most);
}

/* --- operations ---------------------------------------------------------------------- */

static void do_append(void)
{
	struct record *r = &records[n_records];
	struct bfs_record given = { .value_len = 0 };
	char *value;
	size_t i;

	if (n_records == RECORDS)
		return;
	r->len = 1 + below(below(50) ? 200 : MAX);
	r->fill = (char)('a' + below(26));
	r->offset = fake_end(c, "t", 0);
	value = malloc(r->len);
	for (i = 0; i + 1 < r->len; i++)
		value[i] = byte_of(r, i);
	value[r->len - 1] = '\0';
	given.value = value;
	given.value_len = r->len - 1;
	given.timestamp = r->offset * 1000;
	ck_assert_int_eq(fake_append_record(c, "t", 0, &given), r->offset);
	free(value);
	n_records++;
}

static void do_append_many(void)
{
	uint64_t n = below(300);

	while (n--)
		do_append();
}

static void do_gap(void)
{
	fake_gap(c, "t", 0, 1 + (int)below(3));
}

static void session_put(struct session *s)
{
	if (--s->refs)
		return;
	if (current == s)
		current = NULL;
	free(s->seen);
	free(s);
}

static void session_end(struct session *s)
{
	s->over = true;
	if (current == s)
		current = NULL;
}

/* Nobody has read in it, and nobody may join it any more. */
static bool idle(const struct session *s)
{
	for (int i = 0; i < HANDLES; i++)
		if (handles[i].fh && handles[i].session == s && handles[i].claimed)
			return false;
	return s && now - s->began > BFS_JOIN;
}

/* As the kernel does it: what is stale is looked up again. */
static void open_session(struct handle *h)
{
	struct fake_reply *r;

	h->ino = walk("t/0");
	r = open_begin(h->ino, O_RDONLY);
	fake_wait(r);
	if (r->kind != FAKE_OPENED && r->err == -ESTALE && idle(current)) {
		fake_reply_free(r);
		session_end(current);
		h->ino = walk("t/0");
		r = open_begin(h->ino, O_RDONLY);
	}
	h->fh = opened(r);
}

static void do_open(void)
{
	struct handle *h = &handles[below(HANDLES)];
	int64_t low;

	if (h->fh)
		return;
	settle();
	open_session(h);
	h->claimed = false;
	if (!current) {
		current = calloc(1, sizeof(*current));
		current->began = now;
		low = fake_low(c, "t", 0);
		current->first = committed() > low ? committed() : low;
		current->to = INT64_MAX;
	}
	h->session = current;
	current->refs++;
	advance(60); /* a first read asks for the end anew, unless it was told just now */
}

/* The offset of the n-th record (from 1) of those at or behind `from`; `none` if there are fewer.
 */
static int64_t nth(int64_t from, int64_t n, int64_t none)
{
	for (int i = 0; i < n_records; i++)
		if (records[i].offset >= from && !--n)
			return records[i].offset;
	return none;
}

/* A random position, as it is typed, and the offset it means. */
static int64_t position(char text[40])
{
	int64_t low = fake_low(c, "t", 0), end = fake_end(c, "t", 0), n;

	switch (below(6)) {
	case 0: return snprintf(text, 40, "earliest"), low;
	case 1: return snprintf(text, 40, "latest"), end;
	case 2:
		n = 1 + (int64_t)below(below(2) ? 20 : 2000);
		snprintf(text, 40, "-%lld", (long long)n);
		return n_records > n ? records[n_records - n].offset : low;
	case 3:
		n = low + (int64_t)below((uint64_t)(end - low) + 10);
		snprintf(text, 40, "1970-01-%02lldT%02lld:%02lld:%02lldZ", (long long)n / 86400 + 1,
			 (long long)n / 3600 % 24, (long long)n / 60 % 60, (long long)n % 60);
		return nth(n, 1, end);
	case 4:
		if (committed() >= 0)
			return snprintf(text, 40, "committed"), committed();
		/* fall through */
	default:
		n = (int64_t)below((uint64_t)end + 10);
		return snprintf(text, 40, "%lld", (long long)n), n;
	}
}

static int64_t to_position(char text[40], int64_t from)
{
	int64_t end = fake_end(c, "t", 0), n, at;

	if (below(3)) {
		at = position(text);
		return at < end ? at : end;
	}
	n = (int64_t)below(200);
	snprintf(text, 40, "+%lld", (long long)n);
	return n ? nth(from, n, end - 1) + 1 : from;
}

/* Opens a view of a random range and format. */
static void do_view(void)
{
	struct handle *h = &handles[below(HANDLES)];
	struct session *s;
	char from[40], to[40] = "", name[128];
	uint64_t kind = below(3);
	struct fake_reply *r;

	if (h->fh)
		return;
	settle();
	h->session = s = calloc(1, sizeof(*s));
	h->claimed = false;
	s->refs = 1;
	s->view = true;
	s->blocks = kind == 1;
	s->format = (int)below(4);
	s->first = position(from);
	s->to = kind == 2 ? to_position(to, s->first) : INT64_MAX;
	snprintf(name, sizeof(name), "t/0%s@%s%s%s", formats[s->format].suffix, from,
		 kind ? ".." : "", to);
	h->ino = walk(name);
	r = open_begin(h->ino, O_RDONLY);
	settle();
	advance(BFS_CATCH_UP); /* a large fixed range is waited for */
	fake_wait(r);
	ck_assert_msg(r->kind == FAKE_OPENED, "open of %s: %d", name, r->err);
	h->fh = r->opened.fh;
	fake_reply_free(r);
	file_add(h->fh);
	advance(60);
}

static struct handle *some_handle(void)
{
	struct handle *h = &handles[below(HANDLES)];

	return h->fh ? h : NULL;
}

/* The handle has the claim no more. */
static void give_up(struct handle *h)
{
	if (holder != h)
		return;
	holder = NULL;
	if (foreign < 0)
		return;
	group_at = foreign; /* or ours came first: both are allowed */
	if (committed() > group_at)
		group_at = committed();
	foreign = -1;
}

static struct fake_reply *read_flags(uint64_t fh, int64_t off, size_t size, int flags)
{
	struct fake_reply *r = fake_request("read");

	bfs_fs_read(fs, r->ticket, fh, off, size, flags, &who);
	return r;
}

/* All that is asked for, or up to the end; a blocking one may need a second look, as after poll. */
static void read_view(struct handle *h, int64_t off, size_t size)
{
	struct session *s = h->session;
	int64_t all = total(s), rest = all > off ? all - off : 0;
	struct fake_reply *r = read_flags(h->fh, off, size, s->blocks ? O_NONBLOCK : 0);

	fake_wait(r);
	if (r->err == -EAGAIN && s->blocks && rest) {
		fake_reply_free(r);
		settle();
		r = read_flags(h->fh, off, size, O_NONBLOCK);
		fake_wait(r);
	}
	if (s->blocks && !rest) {
		ck_assert_int_eq(r->err, -EAGAIN);
	} else {
		ck_assert_msg(r->kind == FAKE_DATA, "view: read of %zu at %lld of %lld: %d", size,
			      (long long)off, (long long)all, r->err);
		ck_assert(!rest || r->len);
		ck_assert(s->blocks || (int64_t)r->len == rest || r->len == size);
		check_bytes(s, off, r->data, r->len);
		note_seen(s, off, r->len);
		if (s->delivered < off + (int64_t)r->len)
			s->delivered = off + (int64_t)r->len;
	}
	fake_reply_free(r);
}

/* What may be answered: data that are right, the end where it is, and the errors of this state. */
static void do_read(void)
{
	struct handle *h = some_handle();
	struct fake_reply *r;
	struct session *s;
	size_t size = 1 + below(below(4) ? 5000 : 131072);
	int64_t off, all;

	if (!h)
		return;
	s = h->session;
	all = total(s);
	off = below(3) ? (int64_t)below((uint64_t)all + 2)
		       : (s->seen_len < all ? s->seen_len : all); /* read on */
	if (s->view) {
		read_view(h, off, size);
		return;
	}
	/* The holder may learn of the foreign commit while this read waits for it; then it is
	 * served, else refused. */
	if (foreign >= 0 && holder && holder != h && !s->over)
		return;
	r = read_begin(h->fh, off, size);
	if (holder && holder != h && !s->over) {
		advance(BFS_CLAIM_WAIT);
		ck_assert_int_eq(fake_finish(r), -EBUSY);
		return;
	}
	fake_wait(r);
	if (s->over || (r->err == -EBUSY && foreign >= 0)) {
		ck_assert_msg(r->err == -ESTALE || (r->err == -EBUSY && foreign >= 0), "over: %d",
			      r->err);
		session_end(s);
		if (r->err == -ESTALE)
			give_up(h);
		fake_reply_free(r);
		return;
	}
	ck_assert_msg(r->kind == FAKE_DATA, "read of %zu at %lld of %lld: %d", size, (long long)off,
		      (long long)all, r->err);
	holder = h;
	h->claimed = true;
	if (!r->len)
		ck_assert_msg(off >= all, "end at %lld of %lld", (long long)off, (long long)all);
	check_bytes(s, off, r->data, r->len);
	note_seen(s, off, r->len);
	fake_reply_free(r);
}

static void close_handle(struct handle *h)
{
	struct session *s = h->session;
	int err;

	if (h->claimed && !s->over && may_commit(s) > group_at)
		group_at = may_commit(s);
	err = close_file(h->fh);
	ck_assert_msg(!err || (err == -EBUSY && foreign >= 0), "close: %d", err);
	if (h->claimed)
		session_end(s);
	give_up(h);
	h->fh = 0;
	session_put(s);
}

static void do_close(void)
{
	struct handle *h = some_handle();

	if (h)
		close_handle(h);
}

static void note_size(struct handle *h, int64_t size, bool exact)
{
	struct session *s = h->session;
	int64_t all = total(s);

	if (s->blocks) {
		int64_t want = ((s->delivered + 4095) / 4096 + 1) * 4096;

		ck_assert_int_eq(size, want);
		return;
	}
	exact = exact || (s->view && s->to < INT64_MAX);
	ck_assert_int_le(size, all);
	ck_assert_msg(size >= s->shown, "the size shrank from %lld to %lld", (long long)s->shown,
		      (long long)size);
	ck_assert_msg(!exact || size == all, "%lld instead of %lld", (long long)size,
		      (long long)all);
	s->shown = size;
}

static void do_stat(void)
{
	struct handle *h = some_handle();
	struct fake_reply *r;

	if (!h || h->session->over)
		return;
	r = stat_begin(h->ino, 0);
	settle();
	advance(BFS_CATCH_UP);
	note_size(h, stat_size(r), false);
}

/* Only where it lays no new window: what begins with it on a long backlog is another test. */
static void do_seek_end(void)
{
	struct handle *h = some_handle();

	if (!h || h->session->over || !(h->session->seen_len || h->session->blocks))
		return;
	settle();
	note_size(h, stat_size(stat_begin(h->ino, h->fh)), true);
}

static void do_advance(void)
{
	advance((int64_t)below(1500));
}

/* Somebody else moves the group, when a reader is there to be told. */
static void do_foreign(void)
{
	if (!holder || holder->session->over || foreign >= 0 || below(8))
		return;
	advance(1000);
	if (may_commit(holder->session) > group_at)
		group_at = may_commit(holder->session);
	foreign = (int64_t)below((uint64_t)fake_end(c, "t", 0) + 1);
	fake_commit(c, "g", "t", 0, foreign, "another");
}

static void expire(void)
{
	int64_t low = fake_low(c, "t", 0), end = fake_end(c, "t", 0);
	int i, gone = 0;

	low += (int64_t)below((uint64_t)(end - low) + 1);
	fake_expire(c, "t", 0, low);
	for (i = 0; i < n_records && records[i].offset < low; i++)
		gone++;
	memmove(records, records + gone, (size_t)(n_records - gone) * sizeof(*records));
	n_records -= gone;
}

/* Between sessions: what happens to one under way is known of neither. */
static void do_expire(void)
{
	int i;

	if (below(4))
		return;
	for (i = 0; i < HANDLES; i++)
		if (handles[i].fh)
			close_handle(&handles[i]);
	settle();
	expire();
	if (group_at < fake_low(c, "t", 0))
		group_at = fake_low(c, "t", 0);
}

static const struct {
	int weight;
	void (*run)(void);
} operations[] = {
	{ 20, do_append }, { 3, do_append_many }, { 4, do_gap },    { 12, do_open },
	{ 60, do_read },   { 8, do_close },       { 6, do_stat },   { 4, do_seek_end },
	{ 8, do_advance }, { 2, do_foreign },     { 1, do_expire }, { 12, do_view },
};
#define N_OPERATIONS ((int)(sizeof(operations) / sizeof(operations[0])))

static void step(void)
{
	int sum = 0, i, at;

	for (i = 0; i < N_OPERATIONS; i++)
		sum += operations[i].weight;
	at = (int)below((uint64_t)sum);
	for (i = 0; at >= operations[i].weight; i++)
		at -= operations[i].weight;
	operations[i].run();
	fake_settle(c);
	check_committed();
}

START_TEST(random_operations)
{
	static const enum bfs_ack acks[] = { BFS_ACK_FOLLOW, BFS_ACK_NEXT, BFS_ACK_READ,
					     BFS_ACK_NEVER };
	int n = test_rounds(10000), i;

	rnd = seed_now = test_seed();
	fprintf(stderr, "SEED=%llu N=%d\n", (unsigned long long)seed_now, n);
	o.window = 1; /* the smallest there is */
	o.ack = acks[below(4)];
	group_at = foreign = -1;
	fake_burst_max(c, 1 + (int)below(500));
	fake_late_starts(c, (int)below(3));
	mount_it();
	for (i = 0; i < n; i++)
		step();
	for (i = 0; i < HANDLES; i++)
		if (handles[i].fh)
			close_handle(&handles[i]);
	check_committed();
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("model");
	TCase *tc = tcase_create("random");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, random_operations);
	suite_add_tcase(s, tc);
	return s;
}

TEST_MAIN(suite)
