/* line.c - a group's own handle, and a commit that is under way on it.
 *
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "kafka/line.h"

/* A late event must not write to an fd that is somebody else's by then. */
static void queue_free(rd_kafka_queue_t *q)
{
	rd_kafka_queue_io_event_enable(q, -1, NULL, 0);
	rd_kafka_queue_destroy(q);
}

/* Takes the reference to the handle. */
static struct bfs_line *line_open(struct bfs_board *b, const char *group, struct bfs_handle *h)
{
	struct bfs_line *l = bfs_zalloc(sizeof(*l));

	l->key = b->opened++;
	l->group = bfs_strdup(group);
	l->handle = h;
	l->main = rd_kafka_queue_get_main(h->rk);
	bfs_queue_wake(l->main, b->wake);
	bfs_list_add(&b->list, &l->node);
	return l;
}

static void line_free(struct bfs_line *l)
{
	bfs_list_del(&l->node);
	queue_free(l->main);
	bfs_handle_put(l->handle);
	free(l->group);
	free(l);
}

void bfs_board_init(struct bfs_board *b, const struct bfs_conf *conf, struct bfs_handle *control,
		    const char *own, int wake)
{
	*b = (struct bfs_board){ .conf = conf, .control = control, .wake = wake };
	bfs_list_init(&b->list);
	line_open(b, own, bfs_handle_get(control));
}

void bfs_board_fini(struct bfs_board *b)
{
	while (!bfs_list_empty(&b->list))
		line_free(bfs_container(b->list.next, struct bfs_line, node));
}

struct bfs_line *bfs_board_get(struct bfs_board *b, const char *group, struct bfs_why *why)
{
	struct bfs_handle *h;

	for (struct bfs_list *n = b->list.next; n != &b->list; n = n->next) {
		struct bfs_line *l = bfs_container(n, struct bfs_line, node);

		if (!strcmp(l->group, group))
			return l;
	}
	h = bfs_handle_new_group(b->conf, BFS_ROLE_CONTROL, group, b->control->reaper, why);
	return h ? line_open(b, group, h) : NULL;
}

void bfs_line_used(struct bfs_line *l, int64_t deadline)
{
	if (deadline > l->until)
		l->until = deadline;
}

/* When it may go. */
static int64_t goes_at(const struct bfs_board *b, const struct bfs_line *l)
{
	bool stays = l->handle == b->control || l->until > BFS_NEVER - BFS_LINE_IDLE;

	return stays ? BFS_NEVER : l->until + BFS_LINE_IDLE;
}

void bfs_board_close_idle(struct bfs_board *b)
{
	int64_t now = bfs_clock_ms();
	struct bfs_list *n, *tmp;

	bfs_list_each(n, tmp, &b->list) {
		struct bfs_line *l = bfs_container(n, struct bfs_line, node);

		if (goes_at(b, l) > now)
			continue;
		bfs_debug("group %s: its consumer is closed for now", l->group);
		line_free(l);
	}
}

int64_t bfs_board_next(const struct bfs_board *b)
{
	int64_t next = BFS_NEVER;

	for (const struct bfs_list *n = b->list.next; n != &b->list; n = n->next) {
		int64_t at = goes_at(b, bfs_container(n, struct bfs_line, node));

		next = at < next ? at : next;
	}
	return next;
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
