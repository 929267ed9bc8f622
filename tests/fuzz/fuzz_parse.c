/* fuzz_parse.c - any bytes as a line of each format; what parses is written as JSON and read again.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "core/json.h"
#include "core/parse.h"

static bool same(const void *a, size_t a_len, const void *b, size_t b_len)
{
	return !a == !b && a_len == b_len && (!a || !a_len || !memcmp(a, b, a_len));
}

static void there_and_back(const struct bfs_record *r)
{
	struct bfs_buf out = { 0 };
	struct bfs_parsed p;
	struct bfs_why why;

	bfs_json_record(&out, "t", 0, r);
	fuzz_assert(!bfs_parse(BFS_FORMAT_JSON, out.data, out.len - 1, &p, &why));
	fuzz_assert(same(r->key, r->key_len, p.record.key, p.record.key_len));
	fuzz_assert(same(r->value, r->value_len, p.record.value, p.record.value_len));
	fuzz_assert(r->timestamp == p.record.timestamp && r->n_headers == p.record.n_headers);
	for (size_t i = 0; i < r->n_headers; i++) {
		const struct bfs_header *a = &r->headers[i], *b = &p.record.headers[i];

		fuzz_assert(!strcmp(a->name, b->name));
		fuzz_assert(same(a->value, a->value_len, b->value, b->value_len));
	}
	bfs_parsed_fini(&p);
	bfs_buf_fini(&out);
}

/* With a blank before it a line is read by the library, without one perhaps by core/shown.c: they
 * must agree. */
static void both_ways(const char *line, size_t len)
{
	struct bfs_parsed a, b;
	struct bfs_why why;
	char *blank = bfs_alloc(len + 1);
	int err_a, err_b;

	*blank = ' ';
	memcpy(blank + 1, line, len);
	err_a = bfs_parse(BFS_FORMAT_JSON, line, len, &a, &why);
	err_b = bfs_parse(BFS_FORMAT_JSON, blank, len + 1, &b, &why);
	fuzz_assert(err_a == err_b);
	if (!err_a) {
		const struct bfs_record *x = &a.record, *y = &b.record;

		fuzz_assert(same(x->key, x->key_len, y->key, y->key_len));
		fuzz_assert(same(x->value, x->value_len, y->value, y->value_len));
		fuzz_assert(x->timestamp == y->timestamp && x->n_headers == y->n_headers);
		bfs_parsed_fini(&a);
		bfs_parsed_fini(&b);
	}
	free(blank);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	both_ways((const char *)data, len);
	for (int f = 0; f < BFS_FORMATS; f++) {
		struct bfs_parsed p;
		struct bfs_why why = { "" };
		int err = bfs_parse((enum bfs_format)f, (const char *)data, len, &p, &why);

		fuzz_assert(!err || (f == BFS_FORMAT_JSON && *why.text));
		if (err)
			continue;
		there_and_back(&p.record);
		bfs_parsed_fini(&p);
	}
	return 0;
}
