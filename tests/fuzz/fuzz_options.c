/* fuzz_options.c - any bytes as a command line, an argument a line.
 *
 * What is accepted must be complete and in bounds; what is refused must say so in one line.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include <errno.h>

#include "core/name.h"
#include "core/options.h"

#define ARGS_MAX 16

static void check(const struct bfs_options *o)
{
	if (o->help || o->version || o->list_properties)
		return;
	fuzz_assert(o->mountpoint && *o->mountpoint);
	fuzz_assert(!o->embedded == (o->brokers && *o->brokers));
	fuzz_assert(o->timeout_ms >= 100 && o->write_timeout_ms >= 100 && o->refresh_ms >= 100);
	fuzz_assert(o->window >= 65536 && o->memory >= o->window);
	fuzz_assert(o->max_open >= 1 && o->umask <= 0777);
	for (int i = 0; i < o->n_create; i++) {
		fuzz_assert(bfs_name_topic(o->create[i].topic) == 0);
		fuzz_assert(o->create[i].partitions >= 1 && o->create[i].replicas != 0);
	}
	for (int i = 0; i < o->n_properties; i++)
		fuzz_assert(strchr(o->properties[i], '=') > o->properties[i]);
	fuzz_assert(o->n_fuse_args >= 2 && !o->fuse_args[o->n_fuse_args]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1), *argv[ARGS_MAX + 2] = { (char *)"brokerfs" };
	struct bfs_options o;
	struct bfs_why why = { "" };
	int argc = 1;

	memcpy(text, data, len);
	text[len] = '\0';
	for (char *arg = text; arg && argc <= ARGS_MAX; argc++) {
		argv[argc] = arg;
		arg = strchr(arg, '\n');
		if (arg)
			*arg++ = '\0';
	}
	if (bfs_options_parse(&o, argc, argv, &why) == 0)
		check(&o);
	else
		fuzz_assert(why.text[0] && memchr(why.text, '\0', sizeof(why.text)));
	bfs_options_fini(&o);
	free(text);
	return 0;
}
