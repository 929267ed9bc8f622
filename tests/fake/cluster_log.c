/* cluster_log.c - the fake cluster's topics, records and commits.
 *
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "tests/fake/cluster_inner.h"
#include "tests/fake/fake.h"

struct fake_topic *fake_find_topic(struct fake_cluster *c, const char *name)
{
	struct bfs_list *n, *tmp;

	bfs_list_each(n, tmp, &c->topics) {
		struct fake_topic *t = bfs_container(n, struct fake_topic, link);

		if (!strcmp(t->name, name))
			return t;
	}
	return NULL;
}

struct fake_partition *fake_find(struct fake_cluster *c, const char *topic, int32_t partition)
{
	struct fake_topic *t = fake_find_topic(c, topic);

	return t && partition >= 0 && partition < t->n ? &t->partitions[partition] : NULL;
}

struct fake_partition *fake_must_find(struct fake_cluster *c, const char *topic, int32_t partition)
{
	struct fake_partition *p = fake_find(c, topic, partition);

	if (!p)
		fake_die("the test means %s/%d, which is not there", topic, (int)partition);
	return p;
}

int64_t fake_stable_end(const struct fake_partition *p)
{
	return p->unstable >= 0 && p->unstable < p->end ? p->unstable : p->end;
}

struct bfs_header *fake_copy_headers(const struct bfs_header *headers, size_t n)
{
	struct bfs_header *copy = bfs_alloc(n * sizeof(*copy));

	for (size_t i = 0; i < n; i++) {
		copy[i].name = bfs_strdup(headers[i].name);
		copy[i].value = fake_copy(headers[i].value, headers[i].value_len);
		copy[i].value_len = headers[i].value_len;
	}
	return copy;
}

void fake_free_headers(struct bfs_header *headers, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free((void *)headers[i].name);
		free((void *)headers[i].value);
	}
	free(headers);
}

struct bfs_record fake_record_copy(const struct fake_record *r, bool headers)
{
	size_t n = headers ? r->n_headers : 0;

	return (struct bfs_record){
		.offset = r->offset,
		.timestamp = r->timestamp,
		.key = fake_copy(r->key, r->key_len),
		.key_len = r->key_len,
		.value = fake_copy(r->value, r->value_len),
		.value_len = r->value_len,
		.headers = fake_copy_headers(r->headers, n),
		.n_headers = n,
	};
}

void fake_record_free(struct bfs_record *r)
{
	free((void *)r->key);
	free((void *)r->value);
	fake_free_headers((struct bfs_header *)r->headers, r->n_headers);
}

int64_t fake_store(struct fake_partition *p, const struct bfs_record *r)
{
	if (p->n == p->room) {
		p->room = p->room ? p->room * 2 : 16;
		p->records = bfs_realloc(p->records, p->room * sizeof(*p->records));
	}
	p->records[p->n++] = (struct fake_record){
		.offset = p->end,
		.timestamp = r->timestamp,
		.key = fake_copy(r->key, r->key_len),
		.key_len = r->key_len,
		.value = fake_copy(r->value, r->value_len),
		.value_len = r->value_len,
		.headers = fake_copy_headers(r->headers, r->n_headers),
		.n_headers = r->n_headers,
	};
	return p->end++;
}

static size_t first_at(const struct fake_partition *p, int64_t offset)
{
	size_t lo = 0, hi = p->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (p->records[mid].offset < offset)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

const struct fake_record *fake_record_at(const struct fake_partition *p, int64_t offset)
{
	size_t i = first_at(p, offset);

	return i < p->n && p->records[i].offset < fake_stable_end(p) ? &p->records[i] : NULL;
}

static void drop_records(struct fake_partition *p, size_t from, size_t n)
{
	size_t i;

	for (i = from; i < from + n; i++) {
		free(p->records[i].key);
		free(p->records[i].value);
		fake_free_headers(p->records[i].headers, p->records[i].n_headers);
	}
	if (n)
		memmove(p->records + from, p->records + from + n,
			(p->n - from - n) * sizeof(*p->records));
	p->n -= n;
}

static void free_topic(struct fake_topic *t)
{
	int32_t i;

	for (i = 0; i < t->n; i++) {
		drop_records(&t->partitions[i], 0, t->partitions[i].n);
		free(t->partitions[i].records);
	}
	free(t->partitions);
	fake_settings_drop(t);
	free(t->name);
	free(t);
}

static struct fake_topic *new_topic(struct fake_cluster *c, const char *name)
{
	struct fake_topic *t = bfs_zalloc(sizeof(*t));

	t->name = bfs_strdup(name);
	t->replicas = 1;
	bfs_list_init(&t->settings);
	bfs_list_add(&c->topics, &t->link);
	return t;
}

void fake_topic_grow(struct fake_cluster *c, const char *name, int32_t partitions)
{
	struct fake_topic *t = fake_find_topic(c, name);

	if (!t)
		t = new_topic(c, name);
	if (partitions < t->n)
		fake_die("%s can't lose partitions", name);
	t->partitions = bfs_realloc(t->partitions, (size_t)partitions * sizeof(*t->partitions));
	for (; t->n < partitions; t->n++)
		t->partitions[t->n] = (struct fake_partition){ .unstable = -1 };
}

void fake_topic(struct fake_cluster *c, const char *name, int32_t partitions)
{
	bfs_mutex_lock(&c->lock);
	fake_topic_grow(c, name, partitions);
	bfs_mutex_unlock(&c->lock);
}

void fake_topic_drop(struct fake_cluster *c, struct fake_topic *t)
{
	struct bfs_list *n, *tmp;

	bfs_list_each(n, tmp, &c->positions) {
		struct fake_position *at = bfs_container(n, struct fake_position, link);

		if (!strcmp(at->topic, t->name))
			at->commit = (struct bfs_commit){ .offset = BFS_NO_OFFSET };
	}
	bfs_list_del(&t->link);
	free_topic(t);
	fake_feeds_wake(c);
	fake_members_wake(c);
}

void fake_topic_delete(struct fake_cluster *c, const char *name)
{
	struct fake_topic *t;

	bfs_mutex_lock(&c->lock);
	t = fake_find_topic(c, name);
	if (!t)
		fake_die("the test deletes %s, which is not there", name);
	fake_topic_drop(c, t);
	bfs_mutex_unlock(&c->lock);
}

int64_t fake_append_record(struct fake_cluster *c, const char *topic, int32_t partition,
			   const struct bfs_record *r)
{
	int64_t offset;

	bfs_mutex_lock(&c->lock);
	offset = fake_store(fake_must_find(c, topic, partition), r);
	fake_feeds_wake(c);
	fake_members_wake(c);
	bfs_mutex_unlock(&c->lock);
	return offset;
}

int64_t fake_append(struct fake_cluster *c, const char *topic, int32_t partition, const char *value)
{
	struct bfs_record r = {
		.timestamp = bfs_clock_wall_ms(),
		.value = value,
		.value_len = strlen(value),
	};

	return fake_append_record(c, topic, partition, &r);
}

void fake_gap(struct fake_cluster *c, const char *topic, int32_t partition, int n)
{
	bfs_mutex_lock(&c->lock);
	fake_must_find(c, topic, partition)->end += n;
	fake_feeds_wake(c);
	fake_members_wake(c);
	bfs_mutex_unlock(&c->lock);
}

void fake_compact(struct fake_cluster *c, const char *topic, int32_t partition, int64_t offset)
{
	struct fake_partition *p;
	size_t i;

	bfs_mutex_lock(&c->lock);
	p = fake_must_find(c, topic, partition);
	i = first_at(p, offset);
	if (i < p->n && p->records[i].offset == offset)
		drop_records(p, i, 1);
	bfs_mutex_unlock(&c->lock);
}

void fake_expire(struct fake_cluster *c, const char *topic, int32_t partition, int64_t low)
{
	struct fake_partition *p;

	bfs_mutex_lock(&c->lock);
	p = fake_must_find(c, topic, partition);
	if (low < p->low || low > p->end)
		fake_die("the log of %s/%d can't begin at %lld", topic, (int)partition,
			 (long long)low);
	p->low = low;
	drop_records(p, 0, first_at(p, low));
	fake_feeds_wake(c);
	fake_members_wake(c);
	bfs_mutex_unlock(&c->lock);
}

void fake_unstable(struct fake_cluster *c, const char *topic, int32_t partition, int64_t offset)
{
	bfs_mutex_lock(&c->lock);
	fake_must_find(c, topic, partition)->unstable = offset;
	fake_feeds_wake(c);
	fake_members_wake(c);
	bfs_mutex_unlock(&c->lock);
}

int64_t fake_low(struct fake_cluster *c, const char *topic, int32_t partition)
{
	int64_t low;

	bfs_mutex_lock(&c->lock);
	low = fake_must_find(c, topic, partition)->low;
	bfs_mutex_unlock(&c->lock);
	return low;
}

int64_t fake_end(struct fake_cluster *c, const char *topic, int32_t partition)
{
	int64_t end;

	bfs_mutex_lock(&c->lock);
	end = fake_must_find(c, topic, partition)->end;
	bfs_mutex_unlock(&c->lock);
	return end;
}

char *fake_value(struct fake_cluster *c, const char *topic, int32_t partition, int64_t offset,
		 size_t *ret_len)
{
	const struct fake_partition *p;
	char *value = NULL;
	size_t i;

	bfs_mutex_lock(&c->lock);
	p = fake_must_find(c, topic, partition);
	i = first_at(p, offset);
	if (i < p->n && p->records[i].offset == offset && p->records[i].value) {
		value = bfs_zalloc(p->records[i].value_len + 1);
		memcpy(value, p->records[i].value, p->records[i].value_len);
		if (ret_len)
			*ret_len = p->records[i].value_len;
	}
	bfs_mutex_unlock(&c->lock);
	return value;
}

struct fake_position *fake_position(struct fake_cluster *c, const char *group, const char *topic,
				    int32_t partition)
{
	struct bfs_list *n, *tmp;
	struct fake_position *at;

	bfs_list_each(n, tmp, &c->positions) {
		at = bfs_container(n, struct fake_position, link);
		if (at->partition == partition && !strcmp(at->topic, topic) &&
		    !strcmp(at->group, group))
			return at;
	}
	at = bfs_zalloc(sizeof(*at));
	at->group = bfs_strdup(group);
	at->topic = bfs_strdup(topic);
	at->partition = partition;
	at->commit.offset = BFS_NO_OFFSET;
	bfs_list_add(&c->positions, &at->link);
	return at;
}

void fake_commit(struct fake_cluster *c, const char *group, const char *topic, int32_t partition,
		 int64_t offset, const char *metadata)
{
	struct bfs_commit commit = { .offset = offset };

	strncpy(commit.metadata, metadata, sizeof(commit.metadata) - 1);
	bfs_mutex_lock(&c->lock);
	fake_position(c, group, topic, partition)->commit = commit;
	bfs_mutex_unlock(&c->lock);
}

struct bfs_commit fake_committed(struct fake_cluster *c, const char *group, const char *topic,
				 int32_t partition)
{
	struct bfs_commit commit;

	bfs_mutex_lock(&c->lock);
	commit = fake_position(c, group, topic, partition)->commit;
	bfs_mutex_unlock(&c->lock);
	return commit;
}

void fake_members(struct fake_cluster *c, const char *group, bool alive)
{
	bfs_mutex_lock(&c->lock);
	fake_group_make(c, group)->alive = alive;
	bfs_mutex_unlock(&c->lock);
}

void fake_log_fini(struct fake_cluster *c)
{
	struct bfs_list *n;

	while ((n = bfs_list_pop(&c->topics)))
		free_topic(bfs_container(n, struct fake_topic, link));
	while ((n = bfs_list_pop(&c->positions))) {
		struct fake_position *at = bfs_container(n, struct fake_position, link);

		free(at->group);
		free(at->topic);
		free(at);
	}
}
