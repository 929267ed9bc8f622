/* line.c - a group's own handle, and a commit that is under way on it.
 *
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/buf.h"
#include "kafka/line.h"

/* A late event must not write to an fd that is somebody else's by then. */
static void queue_free(rd_kafka_queue_t *q)
{
	rd_kafka_queue_io_event_enable(q, -1, NULL, 0);
	rd_kafka_queue_destroy(q);
}

struct bfs_line *bfs_line_new(const char *group, struct bfs_handle *h, int key, int wake)
{
	struct bfs_line *l = bfs_zalloc(sizeof(*l));

	l->key = key;
	l->group = bfs_strdup(group);
	l->handle = h;
	l->main = rd_kafka_queue_get_main(h->rk);
	bfs_queue_wake(l->main, wake);
	return l;
}

void bfs_line_free(struct bfs_line *l)
{
	bfs_list_del(&l->node);
	queue_free(l->main);
	bfs_handle_put(l->handle);
	free(l->group);
	free(l);
}

struct bfs_flight *bfs_flight_new(struct bfs_handle *h, int wake)
{
	struct bfs_flight *f = bfs_zalloc(sizeof(*f));

	f->handle = h;
	f->results = rd_kafka_queue_new(h->rk);
	bfs_queue_wake(f->results, wake);
	bfs_list_init(&f->errands);
	return f;
}

void bfs_flight_free(struct bfs_flight *f)
{
	bfs_list_del(&f->node);
	queue_free(f->results);
	bfs_handle_put(f->handle);
	free(f);
}
