/* fake.h - what the fakes share: dying with a sentence, and bounded waits.
 *
 * A fake stands for the other side of a wall. Where the model breaks the contract of that wall, the
 * fake ends the test at once, so that the stack that broke it is still there.
 *
 * SPDX-License-Identifier: MIT */
#ifndef BFS_TESTS_FAKE_FAKE_H
#define BFS_TESTS_FAKE_FAKE_H

#include <stdbool.h>
#include <stdint.h>

/* Prints "fake: ..." and aborts. */
_Noreturn void fake_die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Real milliseconds, whatever clock the model sees. */
int64_t fake_now(void);

/* Waits, in real time, until probe(arg) holds; false after `ms`. Slow builds get ten times as long.
 */
bool fake_wait_until(bool (*probe)(void *arg), void *arg, int ms);

#endif
