/* list.h - intrusive doubly linked list.
 *
 * A node is embedded in its object; the list takes no memory and owns nothing. A node that is
 * not in a list points to itself, so bfs_list_linked() tells membership: under the lock of the
 * list's owner that membership *is* the claim on the object (whoever unlinks, acts).
 *
 * Locks: none here; a list is protected by its owner's lock.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_BASE_LIST_H
#define BFS_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct bfs_list {
	struct bfs_list *next, *prev;
};

/* clang-format off */
#define BFS_LIST_INIT(l) { &(l), &(l) }

#define bfs_container(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))
/* clang-format on */

/* Iterates with `n` as the node; the current node may be unlinked in the body. */
#define bfs_list_each(n, tmp, head)                                                                \
	for ((n) = (head)->next, (tmp) = (n)->next; (n) != (head); (n) = (tmp), (tmp) = (n)->next)

static inline void bfs_list_init(struct bfs_list *l)
{
	l->next = l->prev = l;
}

static inline bool bfs_list_empty(const struct bfs_list *l)
{
	return l->next == l;
}

/* True while the node is in a list. Zeroed memory counts as unlinked. */
static inline bool bfs_list_linked(const struct bfs_list *n)
{
	return n->next && n->next != n;
}

static inline void bfs_list_add(struct bfs_list *head, struct bfs_list *n)
{
	n->next = head;
	n->prev = head->prev;
	head->prev->next = n;
	head->prev = n;
}

/* Leaves the node unlinked; harmless on one that is not in a list. */
static inline void bfs_list_del(struct bfs_list *n)
{
	if (!n->next)
		return;
	n->next->prev = n->prev;
	n->prev->next = n->next;
	bfs_list_init(n);
}

/* Returns the first node, unlinked, or NULL. */
static inline struct bfs_list *bfs_list_pop(struct bfs_list *head)
{
	struct bfs_list *n = head->next;

	if (n == head)
		return NULL;
	bfs_list_del(n);
	return n;
}

/* Moves all of `from` to the end of `to`. */
static inline void bfs_list_splice(struct bfs_list *to, struct bfs_list *from)
{
	if (bfs_list_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	bfs_list_init(from);
}

#endif
