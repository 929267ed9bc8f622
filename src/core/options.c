/* options.c - the one table of options: parser, --help, and the check of the man page.
 *
 * SPDX-License-Identifier: MIT */
#include "core/options_inner.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "core/mount_word.h"
#include "core/name.h"
#include "core/value.h"

struct parser {
	struct bfs_options *o;
	struct bfs_why *why;
	const char *typed;  /* the argument at hand and what stands before it, for errors: */
	const char *before; /* "-o ", "" */
	const char *args[2];
	int n_args;
};

/* --- values --------------------------------------------------------------------------------- */

static int bad_value(struct parser *p, const char *value, const char *wanted)
{
	return bfs_fail(p->why, -EINVAL, "bad value '%.80s' in %s%.80s: %s wanted", value,
			p->before, p->typed, wanted);
}

static void set_text(char **at, const char *text)
{
	free(*at);
	*at = bfs_strdup(text);
}

/* Appends a copy of `text` to a NULL-terminated array. */
static void append(char ***list, int *n, const char *text)
{
	*list = bfs_realloc(*list, (size_t)(*n + 2) * sizeof(**list));
	(*list)[(*n)++] = bfs_strdup(text);
	(*list)[*n] = NULL;
}

static int set_property(struct parser *p, const char *text)
{
	struct bfs_options *o = p->o;
	size_t len = strcspn(text, "=");
	char name[128];

	if (!strcmp(text, "list")) {
		o->list_properties = true;
		return 0;
	}
	if (!len || !text[len] || len >= sizeof(name))
		return bfs_fail(p->why, -EINVAL, "bad property '%.100s': -X PROP=VALUE wanted",
				text);
	memcpy(name, text, len);
	name[len] = '\0';
	if (bfs_options_secret(name))
		return bfs_fail(p->why, -EINVAL,
				"'%s' is a secret, and a command line can be read by everyone: "
				"write it into a file and name that with -F",
				name);
	append(&o->properties, &o->n_properties, text);
	return 0;
}

static int set_create(struct parser *p, const char *text)
{
	static const char wanted[] = "TOPIC:PARTITIONS or TOPIC:PARTITIONS:REPLICAS";
	struct bfs_options *o = p->o;
	const char *colon = strchr(text, ':'), *end;
	int64_t partitions, replicas = -1;
	char topic[BFS_TOPIC_MAX + 2];
	size_t len;

	if (!colon || !bfs_value_number(colon + 1, 10, &partitions, &end))
		return bad_value(p, text, wanted);
	if (*end == ':' && (!bfs_value_number(end + 1, 10, &replicas, &end) || replicas < 1))
		return bad_value(p, text, wanted);
	if (*end || partitions < 1 || partitions > 1000000 || replicas > INT16_MAX)
		return bad_value(p, text, wanted);

	len = (size_t)(colon - text);
	if (len >= sizeof(topic))
		len = sizeof(topic) - 1; /* one byte too long, as it was */
	memcpy(topic, text, len);
	topic[len] = '\0';
	if (bfs_name_topic(topic))
		return bfs_fail(p->why, -EINVAL,
				"'%.100s' can't be a topic's name: 1 to %d of letters, digits, "
				"'.', '_', '-' wanted",
				topic, BFS_TOPIC_MAX);
	o->create = bfs_realloc(o->create, (size_t)(o->n_create + 1) * sizeof(*o->create));
	o->create[o->n_create++] = (struct bfs_create){
		.topic = bfs_strdup(topic),
		.partitions = (int)partitions,
		.replicas = (int)replicas,
	};
	return 0;
}

/* A number into its place, when it is one and in bounds. */
static int set_number(struct parser *p, const struct option *opt, const char *value)
{
	char *at = (char *)p->o + opt->at;
	const char *end = "";
	int64_t v = 0;
	bool ok;

	switch (opt->kind) {
	case SECONDS:
		ok = bfs_value_seconds(value, &v) && v >= opt->min && v <= opt->max;
		if (!ok)
			return bad_value(p, value, "seconds, 0.1 to 3600,");
		*(int *)at = (int)v;
		return 0;
	case SIZE:
		ok = bfs_value_size(value, &v) && v >= opt->min && v <= opt->max;
		if (!ok)
			return bad_value(p, value,
					 opt->min < 1024 * 1024 ? "a size of 64K or more"
								: "a size of 1M or more");
		*(int64_t *)at = v;
		return 0;
	case COUNT:
		ok = bfs_value_number(value, 10, &v, &end) && !*end && v >= opt->min &&
		     v <= opt->max;
		if (!ok)
			return bad_value(p, value, "a number of 1 or more");
		*(int *)at = (int)v;
		return 0;
	case OCTAL:
		ok = bfs_value_number(value, 8, &v, &end) && !*end && v <= opt->max;
		if (!ok)
			return bad_value(p, value, "an octal number, 0 to 777,");
		*(mode_t *)at = (mode_t)v;
		return 0;
	default:
		ok = bfs_value_number(value, 10, &v, &end) && !*end && v < UINT32_MAX;
		if (!ok)
			return bad_value(p, value, "a numeric id");
		*(uid_t *)at = (uid_t)v; /* gid_t is the same type on Linux */
		return 0;
	}
}

static int parse_list(struct parser *p, const char *list);

static int set(struct parser *p, const struct option *opt, const char *value)
{
	char *at = (char *)p->o + opt->at;
	int n;

	switch (opt->kind) {
	case FLAG: *(bool *)at = true; return 0;
	case TEXT:
		if (!*value)
			return bad_value(p, value, opt->value);
		set_text((char **)at, value);
		return 0;
	case CHOICE:
		n = bfs_value_choice(opt->value, value);
		if (n < 0)
			return bad_value(p, value, opt->value);
		memcpy(at, &n, sizeof(n));
		return 0;
	case CREATE: return set_create(p, value);
	case PROPERTY: return set_property(p, value);
	case LIST: return parse_list(p, value);
	default: return set_number(p, opt, value);
	}
}

/* --- behind -o ------------------------------------------------------------------------------- */

static const struct option *find_word(const char *item, size_t len)
{
	for (const struct option *opt = bfs_options_table; opt->name; opt++) {
		const char *name = opt->name;
		size_t n = strcspn(name, "=");

		if (*name != '-' && n == len && !memcmp(name, item, len))
			return opt;
	}
	return NULL;
}

static int parse_word(struct parser *p, const char *item)
{
	struct bfs_options *o = p->o;
	size_t len = strcspn(item, "=");
	const struct option *opt = find_word(item, len);

	if (!strcmp(item, "rw")) { /* the last of ro and rw wins */
		o->ro = false;
		return 0;
	}
	/* Before the table: "group" is fstab's, "group=" is ours. */
	if (bfs_mount_word_dropped(item))
		return 0;
	if (bfs_mount_word_passed(item)) {
		append(&o->fuse_args, &o->n_fuse_args, item);
		return 0;
	}
	p->typed = item;
	p->before = "-o ";
	if (!opt)
		return bfs_fail(p->why, -EINVAL, "unknown option '%.*s' in -o %s", (int)len, item,
				item);
	if (opt->value && item[len] != '=')
		return bfs_fail(p->why, -EINVAL, "option '%s' needs a value: %s%s", item, opt->name,
				opt->value);
	if (!opt->value && item[len])
		return bfs_fail(p->why, -EINVAL,
				"option '%.*s' takes no value, but has one in -o %s", (int)len,
				item, item);
	return set(p, opt, opt->value ? item + len + 1 : NULL);
}

static int parse_list(struct parser *p, const char *list)
{
	for (;;) {
		size_t len = strcspn(list, ",");
		char *item = bfs_alloc(len + 1);
		int err;

		memcpy(item, list, len);
		item[len] = '\0';
		err = parse_word(p, item);
		free(item);
		if (err || !list[len])
			return err;
		list += len + 1;
	}
}

/* --- the command line ---------------------------------------------------------------------- */

static const struct option *find_dashed(const char *name, size_t len)
{
	for (const struct option *opt = bfs_options_table; opt->name; opt++) {
		if (*opt->name == '-' && strlen(opt->name) == len && !memcmp(opt->name, name, len))
			return opt;
		if (opt->also && strlen(opt->also) == len && !memcmp(opt->also, name, len))
			return opt;
	}
	return NULL;
}

/* "-fd", "-oro", "-o" "ro": letters without a value may stand together. `next` is the argument
 * after this one; sets *ret_used when it was taken as a value. */
static int parse_letters(struct parser *p, const char *arg, const char *next, bool *ret_used)
{
	for (const char *c = arg + 1; *c; c++) {
		char name[3] = { '-', *c, '\0' };
		const struct option *opt = find_dashed(name, 2);
		int err;

		if (!opt)
			return bfs_fail(p->why, -EINVAL,
					strlen(arg) > 2 ? "unknown option '%s' in %s"
							: "unknown option '%s'",
					name, arg);
		p->typed = arg;
		p->before = "";
		if (opt->value) {
			*ret_used = !c[1];
			if (!c[1] && !next)
				return bfs_fail(p->why, -EINVAL, "option %s needs a value: %s %s",
						name, name, opt->value);
			return set(p, opt, c[1] ? c + 1 : next);
		}
		err = set(p, opt, NULL);
		if (err)
			return err;
	}
	return 0;
}

static int parse_long(struct parser *p, const char *arg)
{
	const struct option *opt = find_dashed(arg, strlen(arg));

	if (!opt)
		return bfs_fail(p->why, -EINVAL, "unknown option '%s'", arg);
	return set(p, opt, NULL);
}

static int parse_arguments(struct parser *p, int argc, char *const argv[])
{
	bool only_arguments = false;
	int err = 0;

	for (int i = 1; i < argc && !err; i++) {
		const char *arg = argv[i];
		bool used = false;

		if (only_arguments || arg[0] != '-' || !arg[1]) {
			if (p->n_args == 2)
				return bfs_fail(p->why, -EINVAL, "unexpected argument '%s'", arg);
			p->args[p->n_args++] = arg;
		} else if (!strcmp(arg, "--")) {
			only_arguments = true;
		} else if (arg[1] == '-') {
			err = parse_long(p, arg);
		} else {
			err = parse_letters(p, arg, i + 1 < argc ? argv[i + 1] : NULL, &used);
			i += used;
		}
	}
	return err;
}

static int take_places(struct parser *p)
{
	struct bfs_options *o = p->o;
	int wanted = o->embedded ? 1 : 2;

	if (p->n_args > wanted)
		return bfs_fail(p->why, -EINVAL, "unexpected argument '%s'%s", p->args[wanted],
				o->embedded ? ": --embedded takes a mount point only" : "");
	if (p->n_args < wanted && p->n_args)
		return bfs_fail(p->why, -EINVAL,
				"a mount point is missing after '%s' (see brokerfs --help)",
				p->args[0]);
	if (p->n_args < wanted)
		return bfs_fail(p->why, -EINVAL, "%s is missing (see brokerfs --help)",
				o->embedded ? "a mount point" : "a broker list");
	if (!o->embedded && (!*p->args[0] || strchr("/.", *p->args[0])))
		return bfs_fail(p->why, -EINVAL,
				"'%s' is not a broker list: host:port[,host:port...] wanted",
				p->args[0]);
	if (!o->embedded)
		set_text(&o->brokers, p->args[0]);
	if (!*p->args[wanted - 1])
		return bfs_fail(p->why, -EINVAL, "the mount point is empty");
	set_text(&o->mountpoint, p->args[wanted - 1]);
	return 0;
}

static bool has_fuse_arg(const struct bfs_options *o, const char *start)
{
	for (int i = 0; i < o->n_fuse_args; i++) {
		if (!strncmp(o->fuse_args[i], start, strlen(start)))
			return true;
	}
	return false;
}

/* What libfuse is told without being asked for. */
static void complete_fuse_args(struct bfs_options *o)
{
	struct bfs_buf name = { 0 };

	if (o->allow_other)
		append(&o->fuse_args, &o->n_fuse_args, "allow_other");
	/* Without the kernel's checks any local user would act with our Kafka credentials. */
	if (o->allow_other && !has_fuse_arg(o, "default_permissions"))
		append(&o->fuse_args, &o->n_fuse_args, "default_permissions");
	if (o->ro)
		append(&o->fuse_args, &o->n_fuse_args, "ro");
	if (!has_fuse_arg(o, "fsname=")) {
		bfs_buf_printf(&name, "fsname=%s", o->embedded ? "embedded" : o->brokers);
		append(&o->fuse_args, &o->n_fuse_args, name.data);
		bfs_buf_fini(&name);
	}
	if (!has_fuse_arg(o, "subtype="))
		append(&o->fuse_args, &o->n_fuse_args, "subtype=brokerfs");
}

static void preset(struct parser *p)
{
	for (const struct option *opt = bfs_options_table; opt->name; opt++) {
		if (opt->preset)
			set(p, opt, opt->preset);
	}
	p->o->uid = (uid_t)-1;
	p->o->gid = (gid_t)-1;
}

int bfs_options_parse(struct bfs_options *o, int argc, char *const argv[], struct bfs_why *ret_why)
{
	struct parser p = { .o = o, .why = ret_why, .typed = "", .before = "" };
	int err;

	memset(o, 0, sizeof(*o));
	preset(&p);
	err = parse_arguments(&p, argc, argv);
	if (err)
		return err;
	if (o->debug)
		o->foreground = true;
	if (o->help || o->version || o->list_properties)
		return 0;
	if (o->window > o->memory)
		return bfs_fail(ret_why, -EINVAL,
				"window (%lld bytes) is larger than memory (%lld)",
				(long long)o->window, (long long)o->memory);
	err = take_places(&p);
	if (err)
		return err;
	complete_fuse_args(o);
	return 0;
}

static void free_list(char **list, int n)
{
	for (int i = 0; i < n; i++)
		free(list[i]);
	free(list);
}

void bfs_options_fini(struct bfs_options *o)
{
	free(o->brokers);
	free(o->mountpoint);
	free(o->properties_file);
	free(o->group);
	free(o->member_id);
	free(o->metrics);
	free_list(o->properties, o->n_properties);
	free_list(o->fuse_args, o->n_fuse_args);
	for (int i = 0; i < o->n_create; i++)
		free(o->create[i].topic);
	free(o->create);
	memset(o, 0, sizeof(*o));
}
