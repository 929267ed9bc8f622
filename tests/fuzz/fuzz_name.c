/* fuzz_name.c - any bytes as a file name.
 *
 * What parses must be what printing gives; nothing may be read behind the NUL.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include <errno.h>

#include "core/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1), printed[16];
	struct bfs_name name;
	int err;

	memcpy(text, data, len);
	text[len] = '\0';
	err = bfs_name_parse(text, &name);
	fuzz_assert(!err || err == -ENOENT);
	if (!err) {
		snprintf(printed, sizeof(printed), "%d", name.partition);
		fuzz_assert(name.partition >= 0 && !strcmp(printed, text));
	}
	err = bfs_name_topic(text);
	fuzz_assert(!err || err == -EINVAL || err == -ENAMETOOLONG);
	fuzz_assert(err || (strlen(text) <= BFS_TOPIC_MAX && !strpbrk(text, "/@ \n%~")));
	fuzz_assert(!bfs_name_internal(text) || text[1] == '_');
	free(text);
	return 0;
}
