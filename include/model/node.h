/* node.h - inode numbers, look-up counts, and what the mount keeps of a partition.
 *
 * Spaces of identifiers. A *node id* is what the kernel knows a node by; it is never used again. A
 * *st_ino* is what programs see; it is made from the name (and the topic's incarnation), so it
 * needs no memory and stays when the node behind a name changes. A partition file's node is one
 * reading session: when that is over, the name leads to a new node, while old handles keep theirs.
 * A view's name leads to a new node at each look-up: what it shows may depend on the moment.
 *
 *	name (topic, partition) -> struct bfs_partition: claim, way out, last error   -> current
 * node node id                 -> struct bfs_node: session (stream), look-ups, open handles
 *
 * Locks: NODE (10) protects the tree's tables, all counts, and the fields marked with it.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_MODEL_NODE_H
#define BFS_MODEL_NODE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/map.h"
#include "base/sync.h"
#include "core/name.h"
#include "model/claim.h"
#include "model/control.h"
#include "model/report.h"
#include "model/stream.h"
#include "model/writer.h"

enum bfs_kind { BFS_ROOT, BFS_TOPIC_DIR, BFS_PARTITION_FILE, BFS_CONTROL_DIR, BFS_CONTROL_FILE };

struct bfs_node;

struct bfs_tree {
	struct bfs_mutex lock;     /* NODE */
	struct bfs_map nodes;      /* by node id */
	struct bfs_map dirs;       /* topics' directories, by name */
	struct bfs_map controls;   /* nodes of the control tree, by what they are */
	struct bfs_map partitions; /* by topic and number */
	uint64_t last_ino;
	bool closed; /* the end: no session begins any more */
	struct bfs_list
		resting; /* NODE: nodes whose finished range nobody has open, oldest first */
	int n_resting;   /* NODE */
	struct bfs_node *root;
	struct bfs_party *home; /* the mount's own group */
	struct bfs_streams *streams;
	struct bfs_writers *writers;
};

/* One for each group that it is read for. */
struct bfs_partition {
	struct bfs_maplink link;
	int refs; /* NODE */
	struct bfs_party *party;
	char *topic;
	int32_t id;
	uint64_t incarnation;
	uint64_t st_ino;
	/* by format, and whether it blocks at the end: where the names without a view lead; NODE;
	 * not counted */
	struct bfs_node *current[BFS_FORMATS][2];
	struct bfs_list sessions; /* NODE: nodes with a stream */
	struct bfs_claim *claim;  /* from the first open for reading on; NODE to set */
	struct bfs_out *out;      /* from the first open for writing on; NODE to set */
	struct bfs_why error;     /* the last failure; NODE */
	int64_t low, high;        /* the log, as a session learnt it last; NODE */
};

struct bfs_node {
	struct bfs_maplink link, dir_link;
	struct bfs_tree *tree;
	int refs;         /* NODE: handles, tickets, and 1 while looked up */
	uint64_t lookups; /* NODE */
	uint64_t ino;
	uint64_t st_ino;
	enum bfs_kind kind;
	enum bfs_control control; /* of the control tree */
	struct bfs_party *party;  /* whose group; NULL where there is none */
	char *topic;              /* of a topic's directory, or a control file about one */
	int32_t about;            /* of such a control file: the partition, or BFS_ANY */
	uint64_t incarnation;
	struct bfs_partition *partition; /* of a partition's file */
	int32_t partitions;              /* of the topic, when it was looked up; NODE */
	struct bfs_name what;            /* the file's name: parsed, */
	char *name;                      /* and as it was typed */
	struct bfs_node **place;         /* in partition->current; NULL for a view */
	struct bfs_list session;         /* in partition->sessions */
	struct bfs_stream
		*stream;         /* the session; from the first open for reading on; NODE to set */
	struct bfs_list resting; /* in tree->resting; NODE */
	int readers;             /* NODE: handles open for reading */
	int handles;             /* NODE: all open handles */
	_Atomic int32_t listed;  /* of a topic: the partitions listed last */
	_Atomic int64_t shown;   /* of any, the largest size that was shown; of a text, the last */
	struct bfs_text *text;   /* what a control file showed last; NODE */
	struct bfs_why *error;   /* the last failure of a control file, or NULL; NODE */
};

void bfs_tree_init(struct bfs_tree *tr, struct bfs_party *home, struct bfs_streams *streams,
		   struct bfs_writers *writers);
/* At the end: ends all sessions, and begins the commits of what is acknowledged. */
void bfs_tree_end_sessions(struct bfs_tree *tr);
void bfs_tree_fini(struct bfs_tree *tr);

/* The node the kernel means, counted; NULL if there is none. */
struct bfs_node *bfs_tree_get(struct bfs_tree *tr, uint64_t ino);
void bfs_node_put(struct bfs_node *n);
struct bfs_node *bfs_node_get(struct bfs_node *n);
extern const struct bfs_keeper bfs_node_keeper;

/* A look-up found this topic, or this partition, as the group sees it: its current node, counted,
 * with one look-up more. */
struct bfs_node *bfs_tree_topic(struct bfs_tree *tr, struct bfs_party *party, const char *topic,
				uint64_t incarnation);
struct bfs_node *bfs_tree_file(struct bfs_tree *tr, struct bfs_party *party, const char *topic,
			       uint64_t incarnation, int32_t partitions, const char *name,
			       const struct bfs_name *what);

/* The same for a directory or file of the control tree. `party` and `topic` are NULL, and
 * `partition` BFS_ANY, where it is not about one. */
struct bfs_node *bfs_tree_control(struct bfs_tree *tr, enum bfs_control control,
				  struct bfs_party *party, const char *topic, int32_t partition);
void bfs_tree_forget(struct bfs_tree *tr, uint64_t ino, uint64_t lookups);

/* st_ino of names that need no node (listings). */
uint64_t bfs_ino_topic(const struct bfs_tree *tr, const struct bfs_party *party, const char *topic,
		       uint64_t incarnation);
uint64_t bfs_ino_partition(const struct bfs_tree *tr, const struct bfs_party *party,
			   const char *topic, uint64_t incarnation, int32_t partition);
uint64_t bfs_ino_control(enum bfs_control control, const struct bfs_party *party, const char *topic,
			 int32_t partition);

/* Of a group's directory; listings name groups that nobody looked up. */
uint64_t bfs_ino_group(const char *group);
bool bfs_kind_is_dir(enum bfs_kind kind);

/* One more handle open for reading: starts the session if this is the first; 1: it has rested until
 * now. -ESTALE: the session
 * of this node is over, or had failed and is now (the kernel looks the name up again). */
int bfs_node_add_reader(struct bfs_node *n);
void bfs_node_drop_reader(struct bfs_node *n); /* the last one ends the session */

/* Whose name leads to the same again: a finished range between two offsets. */
bool bfs_node_lasts(struct bfs_node *n);

/* The session is over; the name leads to a new node from now on. If it had claimed the partition,
 * so are the sessions of the partition's other names. */
void bfs_node_end_session(struct bfs_node *n);

/* Is this a view, which never consumes? */
bool bfs_node_is_view(const struct bfs_node *n);

/* One more handle, or one less. */
void bfs_node_count_handle(struct bfs_node *n, int change);

/* Is no other node of its name (an earlier session's) open? */
bool bfs_node_is_alone(struct bfs_node *n);

/* The session, or NULL; valid while the caller holds the node. */
struct bfs_stream *bfs_node_stream(struct bfs_node *n);

/* The partition's way out, made at the first call. */
struct bfs_out *bfs_node_out(struct bfs_node *n);

/* Is a partition of this topic being read as a file, for the mount's group? */
bool bfs_tree_claimed(struct bfs_tree *tr, const char *topic);

/* A record was written to a partition: its sessions must look for the end again. */
void bfs_tree_wrote(struct bfs_tree *tr, const char *topic, int32_t partition, int64_t offset);

/* What a control file showed last, counted, or NULL. */
struct bfs_text *bfs_node_text(struct bfs_node *n);
void bfs_node_set_text(struct bfs_node *n, struct bfs_text *text); /* takes a reference itself */

/* The sessions of a partition end, for what they show is not where the group stands. -EBUSY: it is
 * being read. */
int bfs_tree_disown(struct bfs_tree *tr, struct bfs_party *party, const char *topic,
		    int32_t partition);

/* The sentence behind the last failure of a file (user.kafka.error). */
void bfs_node_set_error(struct bfs_node *n, const struct bfs_why *why);
/* `group` NULL: the mount's own. */
void bfs_tree_set_error(struct bfs_tree *tr, const char *group, const char *topic,
			int32_t partition, const struct bfs_why *why);
void bfs_node_error(struct bfs_node *n, struct bfs_why *ret_why);

#endif
