/* options_text.c - options as people read them: the help, and what is in effect.
 *
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "core/options_inner.h"

void bfs_options_help(struct bfs_buf *ret, const char *program)
{
	bfs_buf_printf(
		ret,
		"usage: %s [options] BROKERS MOUNTPOINT\n"
		"       %s --embedded [options] MOUNTPOINT\n\n"
		"Mounts an Apache Kafka cluster (BROKERS: host:port[,host:port...]): topics\n"
		"are directories, partitions are files that are appended to and read on.\n\n",
		program, program);
	for (const struct option *opt = bfs_options_table; opt->name; opt++) {
		struct bfs_buf left = { 0 };

		bfs_buf_printf(&left, "%s%s%s%s%s%s", *opt->name == '-' ? "  " : "     ", opt->name,
			       opt->also ? ", " : "", opt->also ? opt->also : "",
			       opt->value && *opt->name == '-' ? " " : "",
			       opt->value ? opt->value : "");
		if (left.len > 33)
			bfs_buf_printf(ret, "%s\n%34s", left.data, "");
		else
			bfs_buf_printf(ret, "%-34s", left.data);
		bfs_buf_printf(ret, opt->preset ? "%s (default %s)\n" : "%s\n", opt->help,
			       opt->preset);
		bfs_buf_fini(&left);
	}
	bfs_buf_printf(ret,
		       "\n-o also takes what mount(8), fstab(5) and libfuse know (nosuid, noexec,\n"
		       "_netdev, nofail, allow_root, auto_unmount, fsname=...). See brokerfs(1) "
		       "and brokerfs(5).\n");
}

const char *bfs_options_name(int n)
{
	for (const struct option *opt = bfs_options_table; opt->name; opt++) {
		if (n-- == 0)
			return opt->name;
		if (opt->also && n-- == 0)
			return opt->also;
	}
	return NULL;
}

static void show_choice(const char *words, int n, struct bfs_buf *ret)
{
	while (n--)
		words += strcspn(words, "|") + 1;
	bfs_buf_printf(ret, "%.*s", (int)strcspn(words, "|"), words);
}

static void show(const struct bfs_options *o, const struct option *opt, struct bfs_buf *ret)
{
	const void *at = (const char *)o + opt->at;
	size_t len = strcspn(opt->name, "=");

	if (*opt->name == '-' || opt->kind == CREATE)
		return;
	if (opt->kind == FLAG ? !*(const bool *)at : opt->kind == TEXT && !*(char *const *)at)
		return;
	bfs_buf_printf(ret, opt->kind == FLAG ? "%.*s" : "%.*s=", (int)len, opt->name);
	switch (opt->kind) {
	case TEXT: bfs_buf_printf(ret, "%s", *(char *const *)at); break;
	case SECONDS: bfs_buf_printf(ret, "%g", *(const int *)at / 1000.0); break;
	case SIZE: bfs_buf_printf(ret, "%lld", (long long)*(const int64_t *)at); break;
	case COUNT:
	case ID: bfs_buf_printf(ret, "%d", *(const int *)at); break;
	case OCTAL: bfs_buf_printf(ret, "%03o", (unsigned)*(const mode_t *)at); break;
	case CHOICE: show_choice(opt->value, *(const int *)at, ret); break;
	default: break;
	}
	bfs_buf_append(ret, "\n", 1);
}

void bfs_options_show(const struct bfs_options *o, struct bfs_buf *ret)
{
	for (const struct option *opt = bfs_options_table; opt->name; opt++)
		show(o, opt, ret);
	for (int i = 0; i < o->n_properties; i++) /* none is a secret: those stand in a file */
		bfs_buf_printf(ret, "%s\n", o->properties[i]);
}

bool bfs_options_secret(const char *property)
{
	static const char *const parts[] = { "password", "passphrase",         "secret",
					     "key.pem",  "oauthbearer.config", NULL };

	for (int i = 0; parts[i]; i++) {
		if (strstr(property, parts[i]))
			return true;
	}
	return false;
}
