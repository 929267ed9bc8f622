/* canary.c - makes the mistake that the sanitizer of this build must find.
 *
 * A test run under SAN= begins with it: if it ends well, the sanitizer is off, and so the green of
 * the other tests would mean nothing.
 *
 * SPDX-License-Identifier: MIT */
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static int shared;

static void *touch(void *arg)
{
	int i;

	for (i = 0; i < 1000; i++)
		shared++;
	return arg;
}

/* thread: two threads write without a lock. */
static void race(void)
{
	pthread_t t;

	if (pthread_create(&t, NULL, touch, NULL))
		exit(0);
	touch(NULL);
	pthread_join(t, NULL);
}

/* address: reads behind the end. */
static int overrun(volatile int n)
{
	volatile char *p = malloc((size_t)n);
	int c;

	if (!p)
		exit(0);
	p[0] = 1;
	c = p[n];
	free((void *)p);
	return c;
}

/* undefined: an int overflows. */
static int overflow(volatile int n)
{
	return n + INT_MAX;
}

int main(void)
{
	race();
	printf("%d %d %d\n", shared, overrun(16), overflow(1));
	return 0;
}
