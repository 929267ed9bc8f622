/* shown.h - a line as .json shows it, read without a library.
 *
 * Most lines that are written to a .json file come from another one: members in the order of
 * core/json.h, no blanks, no headers. They are read here, in a tenth of the time that a library
 * takes, which has to expect anything. Of a line that is not exactly so nothing is said: the
 * library reads it, and finds what is wrong with it.
 *
 * Pure: no lock.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_CORE_SHOWN_H
#define BFS_CORE_SHOWN_H

#include <stdbool.h>
#include <stddef.h>

#include "core/record.h"

/* True: *ret has the line's key, value and timestamp (-1 if it says none); they point into the
 * line, and into *ret_memory where strings had escapes (owned by the caller; else NULL). False:
 * neither is touched. */
bool bfs_shown_read(const char *line, size_t len, struct bfs_record *ret, void **ret_memory);

#endif
