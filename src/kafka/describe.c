/* describe.c - a group as librdkafka lists it, as the model sees it.
 *
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "kafka/describe.h"

/* --- what a member holds ---------------------------------------------------------------------- */

/* Bytes from a broker; `bad` once they end too early. */
struct bytes {
	const unsigned char *at;
	size_t left;
	bool bad;
};

static const unsigned char *take(struct bytes *b, size_t n)
{
	const unsigned char *at = b->at;

	if (b->bad || b->left < n) {
		b->bad = true;
		return NULL;
	}
	b->at += n;
	b->left -= n;
	return at;
}

static int take_int16(struct bytes *b)
{
	const unsigned char *p = take(b, 2);

	return p ? (int16_t)(p[0] << 8 | p[1]) : 0;
}

static int32_t take_int32(struct bytes *b)
{
	const unsigned char *p = take(b, 4);

	return p ? (int32_t)((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
			     p[3])
		 : 0;
}

static char *take_string(struct bytes *b)
{
	int len = take_int16(b);
	const unsigned char *p = len < 0 ? NULL : take(b, (size_t)len);
	char *s;

	if (!p) {
		b->bad = true;
		return NULL;
	}
	s = bfs_zalloc((size_t)len + 1);
	memcpy(s, p, (size_t)len);
	return s;
}

static void take_topic(struct bytes *b, struct bfs_place **places, size_t *n)
{
	char *topic = take_string(b);
	int32_t count = take_int32(b);

	for (int32_t i = 0; i < count && !b->bad; i++) {
		int32_t partition = take_int32(b);

		if (b->bad)
			break;
		*places = bfs_realloc(*places, (*n + 1) * sizeof(**places));
		(*places)[(*n)++] = (struct bfs_place){
			.topic = bfs_strdup(topic),
			.partition = partition,
			.offset = BFS_NO_OFFSET,
		};
	}
	free(topic);
}

static void free_places(struct bfs_place *places, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free((void *)places[i].topic);
	free(places);
}

size_t bfs_describe_held(const void *assignment, size_t size, struct bfs_place **ret_places)
{
	struct bytes b = { .at = assignment, .left = size };
	size_t n = 0;
	int32_t topics;

	*ret_places = NULL;
	if (!size)
		return 0;
	take_int16(&b); /* the version: later ones only add to the end */
	topics = take_int32(&b);
	for (int32_t i = 0; i < topics && !b.bad; i++)
		take_topic(&b, ret_places, &n);
	if (b.bad) {
		free_places(*ret_places, n);
		*ret_places = NULL;
		n = 0;
	}
	return n;
}

/* --- the group -------------------------------------------------------------------------------- */

rd_kafka_resp_err_t bfs_describe_error(const struct rd_kafka_group_info *g)
{
	return g->err == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND ? RD_KAFKA_RESP_ERR_NO_ERROR : g->err;
}

static const char *state_of(const struct rd_kafka_group_info *g)
{
	if (g->err || !g->state || !*g->state || !strcmp(g->state, "Dead"))
		return NULL;
	return g->state;
}

static struct bfs_member_info member_of(const struct rd_kafka_group_info *g, int i)
{
	const struct rd_kafka_group_member_info *m = &g->members[i];
	struct bfs_place *held = NULL;
	size_t n = 0;

	if (g->protocol_type && !strcmp(g->protocol_type, "consumer"))
		n = bfs_describe_held(m->member_assignment, (size_t)m->member_assignment_size,
				      &held);
	return (struct bfs_member_info){
		.id = m->member_id ? m->member_id : "",
		.client = m->client_id ? m->client_id : "",
		.host = m->client_host ? m->client_host : "",
		.held = held,
		.n_held = n,
	};
}

static void answer_described(const struct rd_kafka_group_info *g, const struct bfs_why *why,
			     bfs_group_fn *done, void *arg)
{
	size_t n = state_of(g) ? (size_t)g->member_cnt : 0;
	struct bfs_member_info *members = bfs_zalloc((n + 1) * sizeof(*members));
	struct bfs_group_info info = {
		.state = state_of(g),
		.assignor = g->protocol ? g->protocol : "",
		.members = members,
		.n_members = n,
	};

	for (size_t i = 0; i < n; i++)
		members[i] = member_of(g, (int)i);
	done(arg, 0, why, &info);
	for (size_t i = 0; i < n; i++)
		free_places((struct bfs_place *)members[i].held, members[i].n_held);
	free(members);
}

void bfs_describe_answer(const struct rd_kafka_group_list *list, const char *group, int err,
			 const struct bfs_why *why, bfs_group_fn *done, void *arg)
{
	static const struct bfs_group_info nobody = { .state = "Dead", .assignor = "" };

	if (err)
		done(arg, err, why, NULL);
	else if (!list || !list->group_cnt || strcmp(list->groups[0].group, group) != 0)
		done(arg, 0, why, &nobody);
	else
		answer_described(&list->groups[0], why, done, arg);
}
