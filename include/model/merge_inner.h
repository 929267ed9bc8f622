/* merge_inner.h - what the files of the merge share; for nobody else.
 *
 * merge.c: life, the thread, the cluster's calls. merge_place.c: which places the range names.
 * merge_lane.c: the partitions' feeds and queues. merge_run.c: the merging.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_MODEL_MERGE_INNER_H
#define BFS_MODEL_MERGE_INNER_H

#include "base/buf.h"
#include "base/list.h"
#include "core/search.h"
#include "core/trail.h"
#include "model/merge.h"

enum { BFS_FROM, BFS_TO };

/* A record that waits; all it points to is behind it. */
struct bfs_queued {
	struct bfs_list link;
	struct bfs_record record;
	size_t size; /* bytes */
};

struct bfs_merge_lane {
	struct bfs_merge *merge;
	int32_t partition;
	struct bfs_feed *feed; /* NULL: not open, or closed; in neither case called */
	bool closing;          /* we closed it */

	int64_t low, end; /* of its log, as last learnt */
	int64_t place[2]; /* of FROM and TO */
	int64_t edge;     /* up to here it is merged by time */
	int64_t hint;     /* the end as its feed heard of it */
	struct bfs_list queue;
	size_t queued;   /* bytes */
	int64_t fetched; /* all before this offset was handed over */
	bool reached;    /* its end, and nothing came since */
	bool full;       /* the feed waits for resume */
	bool moving;     /* started, and not begun yet */
	int64_t target;  /* where */
	bool deaf;       /* what comes is of no interest */
	bool searching;
	struct bfs_search search;
};

struct bfs_merge {
	struct bfs_cluster cluster; /* first: what bfs_merge_cluster() gives */
	struct bfs_merge_config conf;
	char *topic;
	bool fixed; /* has a TO that is known when it begins */
	_Atomic int refs;

	struct bfs_mutex lock;  /* MERGE; protects all below, and the lanes */
	struct bfs_list letter; /* in the merger's mail */
	bool posted;
	struct bfs_merge_lane *lanes;

	/* the question */
	bool asked;
	int missing; /* answers that the partitions owe */
	int ask_err;
	struct bfs_why ask_why;
	bfs_ends_fn *done;
	void *done_arg;

	/* the places of the range */
	enum { PLACE_NONE, PLACE_SEARCH, PLACE_SIFT, PLACE_READY } stage;
	int which;     /* FROM or TO */
	int searching; /* lanes that are */
	int64_t sift;  /* records to pass over until it is reached */
	struct bfs_trail trail;
	struct bfs_walk walk;

	/* the feed */
	const struct bfs_sink *sink;
	void *owner;
	int open; /* feeds of lanes */
	bool cut; /* one was closed by the cluster */
	bool stopped, closing, told_closed;
	int beginning; /* lanes that move */
	bool begins;   /* the sink is to be told, */
	int64_t start; /* of this */
	bool running;  /* and was */
	bool full;     /* the sink has no room */
	unsigned resumes;
	bool wet;      /* it got records since the last dry() */
	bool gap;      /* the edge was reached, over gaps: the sink is to be told */
	bool end_news; /* a partition's end was reached: perhaps all are */
	int64_t told_hint;
	int err; /* trouble */
	struct bfs_why why;
};

/* merge.c */
struct bfs_merge *bfs_merge_get(struct bfs_merge *m);
void bfs_merge_kick(struct bfs_merge *m); /* lock held: the thread shall look */

/* merge_lane.c; lock held */
int bfs_merge_open_feeds(struct bfs_merge *m); /* 0 or -errno */
void bfs_merge_close_feeds(struct bfs_merge *m);
void bfs_merge_lane_search(struct bfs_merge_lane *l);
/* All lanes anew from the walk's vector, but those that have no more before their edge. */
void bfs_merge_start(struct bfs_merge *m);
struct bfs_queued *bfs_merge_head(const struct bfs_merge_lane *l);
struct bfs_queued *bfs_merge_take(struct bfs_merge_lane *l); /* the caller frees it */
void bfs_merge_drop_queue(struct bfs_merge_lane *l);

/* merge_place.c; lock held */
void bfs_merge_ask(struct bfs_merge *m, int64_t deadline); /* lock not held */
/* Goes on finding places; true when they are found, or there is trouble (ask_err). */
bool bfs_merge_find_places(struct bfs_merge *m);
int64_t bfs_merge_end(const struct bfs_merge *m); /* as last learnt */

/* merge_run.c; lock held: the next record before the edge, or why there is none. */
enum bfs_pick { BFS_PICK_RECORD, BFS_PICK_WAIT, BFS_PICK_EDGE };
enum bfs_pick bfs_merge_pick(const struct bfs_merge *m, int32_t *ret_who);
/* Merges and tells the sink; lock not held. False: nothing more to do now. */
bool bfs_merge_run(struct bfs_merge *m);

#endif
