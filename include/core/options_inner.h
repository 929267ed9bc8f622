/* options_inner.h - the table of options, for options*.c only.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_CORE_OPTIONS_INNER_H
#define BFS_CORE_OPTIONS_INNER_H

#include "core/options.h"

enum kind {
	FLAG,     /* bool */
	TEXT,     /* char * */
	SECONDS,  /* int, milliseconds; typed in seconds, with a fraction if need be */
	SIZE,     /* int64_t; K, M, G */
	COUNT,    /* int */
	OCTAL,    /* mode_t */
	ID,       /* uid_t, gid_t; -1 when not given */
	CHOICE,   /* an enum whose values are the places of the words in `value` */
	CREATE,   /* appended to o->create */
	PROPERTY, /* appended to o->properties */
	LIST,     /* -o itself */
};

struct option {
	const char *name;  /* as it is typed; those that do not begin with '-' stand behind -o */
	const char *also;  /* another name */
	const char *value; /* what its value is, NULL if it has none */
	enum kind kind;
	size_t at;
	const char *preset; /* as it would be typed */
	int64_t min, max;
	const char *help;
};

/* Ends with an entry without a name. */
extern const struct option bfs_options_table[];

#endif
