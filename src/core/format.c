/* format.c - a record as the bytes of a file: the table of formats.
 *
 * SPDX-License-Identifier: MIT */
#include "core/format.h"

#include "core/json.h"

/* The pieces so far; an empty one is left out. */
struct pieces {
	struct iovec *at;
	int n;
};

static void add(struct pieces *p, const void *bytes, size_t len)
{
	if (bytes && len)
		p->at[p->n++] = (struct iovec){ .iov_base = (void *)bytes, .iov_len = len };
}

static void lay_plain(struct pieces *p, const struct bfs_record *r)
{
	add(p, r->value, r->value_len);
	add(p, "\n", 1);
}

static void lay_kv(struct pieces *p, const struct bfs_record *r)
{
	add(p, r->key, r->key_len);
	add(p, "\t", 1);
	add(p, r->value, r->value_len);
	add(p, "\n", 1);
}

static void lay_raw(struct pieces *p, const struct bfs_record *r)
{
	add(p, r->value, r->value_len);
}

static const struct {
	const char *suffix;
	bool headers;
	void (*lay)(struct pieces *p, const struct bfs_record *r); /* NULL: JSON */
} formats[BFS_FORMATS] = {
	[BFS_FORMAT_PLAIN] = { "", false, lay_plain },
	[BFS_FORMAT_JSON] = { ".json", true, NULL },
	[BFS_FORMAT_KV] = { ".kv", false, lay_kv },
	[BFS_FORMAT_RAW] = { ".raw", false, lay_raw },
};

const char *bfs_format_suffix(enum bfs_format format)
{
	return formats[format].suffix;
}

bool bfs_format_wants_headers(enum bfs_format format)
{
	return formats[format].headers;
}

int bfs_format_pieces(enum bfs_format format, const char *topic, int32_t partition,
		      const struct bfs_record *r, struct bfs_buf *scratch,
		      struct iovec ret_pieces[BFS_PIECES_MAX])
{
	struct pieces p = { .at = ret_pieces };

	scratch->len = 0;
	if (formats[format].lay) {
		formats[format].lay(&p, r);
	} else {
		bfs_json_record(scratch, topic, partition, r);
		add(&p, scratch->data, scratch->len);
	}
	return p.n;
}
