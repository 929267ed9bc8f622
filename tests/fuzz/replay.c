/* replay.c - runs a fuzz target over files, without libFuzzer.
 *
 * replay_NAME [FILE...]: the files, or all of tests/fuzz/corpus/NAME. Ends with a line in Check's
 * form.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>

static int run_file(const char *path)
{
	static uint8_t bytes[1 << 20];
	FILE *f = fopen(path, "rb");
	uint8_t *exact;
	size_t len;

	if (!f) {
		perror(path);
		return -1;
	}
	len = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	/* A block of just this size: a sanitizer sees the first byte read behind it. */
	exact = malloc(len ? len : 1);
	memcpy(exact, bytes, len);
	fprintf(stderr, "%s\n", path); /* the last one named is the one that crashed */
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
	return 0;
}

static int run_folder(const char *folder, int *ret_ran)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	char path[4608];
	int failed = 0;

	if (!d) {
		perror(folder);
		return 1;
	}
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		failed += run_file(path) != 0;
		++*ret_ran;
	}
	closedir(d);
	return failed;
}

int main(int argc, char *argv[])
{
	const char *name = strstr(argv[0], "replay_");
	int ran = 0, failed = 0, i;
	char folder[4096];

	for (i = 1; i < argc; i++, ran++)
		failed += run_file(argv[i]) != 0;
	if (argc == 1) {
		snprintf(folder, sizeof(folder), "tests/fuzz/corpus/%s", name ? name + 7 : "");
		failed = run_folder(folder, &ran);
	}
	printf("%d%%: Checks: %d, Failures: %d, Errors: 0\n", failed || !ran ? 0 : 100, ran,
	       failed);
	return failed || !ran;
}
