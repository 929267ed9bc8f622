/* fuzz_json.c - any bytes as a record, its JSON read back by jansson.
 *
 * The first eight bytes are its offset, the next eight its timestamp. Then pieces: a byte of length
 * (255: null), and the bytes; the first is the key, the second the value, then header names and
 * values in turn.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "core/json.h"
#include "tests/unit/json_oracle.h"

#define HEADERS_MAX 8

struct input {
	const uint8_t *data;
	size_t len;
};

static int64_t take_number(struct input *in)
{
	int64_t n = 0;
	size_t len = in->len < sizeof(n) ? in->len : sizeof(n);

	memcpy(&n, in->data, len);
	in->data += len;
	in->len -= len;
	return n;
}

/* A piece in a block of its own, with a NUL behind it for a name; NULL is a null, or the end. */
static char *take(struct input *in, size_t nul, size_t *ret_len)
{
	size_t len = in->len ? *in->data : 255;
	char *piece = NULL;

	*ret_len = 0;
	if (in->len)
		in->data++, in->len--;
	if (len == 255)
		return NULL;
	len = len < in->len ? len : in->len;
	piece = calloc(len + nul + !(len + nul), 1);
	memcpy(piece, in->data, len);
	in->data += len;
	in->len -= len;
	*ret_len = len;
	return piece;
}

static void free_record(struct bfs_record *r)
{
	for (size_t i = 0; i < r->n_headers; i++) {
		free((void *)r->headers[i].name);
		free((void *)r->headers[i].value);
	}
	free((void *)r->key);
	free((void *)r->value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct bfs_header headers[HEADERS_MAX];
	struct bfs_record r = { .headers = headers };
	struct input in = { data, len };
	struct bfs_buf out = { 0 };
	const char *wrong, *name;
	size_t name_len;

	r.offset = take_number(&in);
	r.timestamp = take_number(&in);
	r.key = take(&in, 0, &r.key_len);
	r.value = take(&in, 0, &r.value_len);
	while (r.n_headers < HEADERS_MAX && (name = take(&in, 1, &name_len))) {
		struct bfs_header *h = &headers[r.n_headers++];

		h->name = name;
		h->value = take(&in, 0, &h->value_len);
	}
	bfs_json_record(&out, "t", (int32_t)r.offset, &r);
	wrong = oracle_judge(out.data, out.len, "t", (int32_t)r.offset, &r);
	if (wrong)
		fprintf(stderr, "%s: %.*s", wrong, (int)out.len, out.data);
	fuzz_assert(!wrong);
	bfs_buf_fini(&out);
	free_record(&r);
	return 0;
}
