/* value.h - numbers, times, sizes and words, as they are typed.
 *
 * Each takes the whole text or refuses it (false): no signs, no blanks, nothing behind, no
 * overflow. On refusal the results are untouched.
 *
 * Pure: no lock.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_CORE_VALUE_H
#define BFS_CORE_VALUE_H

#include <stdbool.h>
#include <stdint.h>

/* Digits to begin with; what follows them is at *ret_end, and the caller's business. */
bool bfs_value_number(const char *text, int base, int64_t *ret, const char **ret_end);

/* The same in decimal, without leading zeros: each number has one spelling, as in file names. */
bool bfs_value_decimal(const char *text, int64_t *ret, const char **ret_end);

/* "5", "0.25": seconds, to milliseconds. */
bool bfs_value_seconds(const char *text, int64_t *ret_ms);

/* "4096", "64K", "16M", "1G". */
bool bfs_value_size(const char *text, int64_t *ret);

/* Do two notations say the same value of a setting? "compact, delete" and "compact,delete",
 * " 60000" and "60000", "TRUE" and "true", "0.50" and "0.5". */
bool bfs_value_alike(const char *a, const char *b);

/* The place of `word` in "a|b|c", or -1. */
int bfs_value_choice(const char *words, const char *word);

#endif
