/* fuzz.h - what every fuzz target needs.
 *
 * A target is fuzz_NAME.c with LLVMFuzzerTestOneInput(): libFuzzer calls it (make fuzz), and so
 * does replay.c over tests/fuzz/corpus/NAME (make check). A find belongs into the corpus.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_TESTS_FUZZ_FUZZ_H
#define BFS_TESTS_FUZZ_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Like assert(), also where NDEBUG is set. */
#define fuzz_assert(condition)                                                                     \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);    \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

#endif
