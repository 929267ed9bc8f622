/* mount_word.c - options of mount(8), fstab(5) and libfuse that are not ours.
 *
 * SPDX-License-Identifier: MIT */
#include "core/mount_word.h"

#include <stddef.h>
#include <string.h>

/* Options that libfuse and the kernel understand. libfuse refuses
 * the rest of the kernel's words, so those stand below. */
static const char *const passed[] = {
	"suid",        "nosuid",       "dev",     "nodev",    "exec",     "noexec",
	"sync",        "async",        "dirsync", "atime",    "noatime",  "default_permissions",
	"allow_root",  "auto_unmount", "fsname=", "subtype=", "context=", "fscontext=",
	"defcontext=", "rootcontext=", NULL,
};

/* Words for mount(8) and fstab(5), and kernel options without a meaning for files that keep no
 * access times, links or devices. */
static const char *const dropped[] = {
	"",         "defaults",   "auto",     "noauto",     "user",        "nouser",
	"user=",    "users",      "nousers",  "owner",      "noowner",     "group",
	"nogroup",  "nofail",     "_netdev",  "comment=",   "helper=",     "uhelper=",
	"x-",       "X-",         "relatime", "norelatime", "strictatime", "nostrictatime",
	"lazytime", "nolazytime", "diratime", "nodiratime", "iversion",    "noiversion",
	"mand",     "nomand",     "silent",   "loud",       "symfollow",   "nosymfollow",
	NULL,
};

/* A word that ends in '=' or '-' stands for all that begin so. */
static bool in_words(const char *const *words, const char *item)
{
	for (; *words; words++) {
		size_t len = strlen(*words);
		char last = len ? (*words)[len - 1] : '\0';

		if (last == '=' || last == '-' ? !strncmp(item, *words, len)
					       : !strcmp(item, *words))
			return true;
	}
	return false;
}

bool bfs_mount_word_passed(const char *item)
{
	return in_words(passed, item);
}

bool bfs_mount_word_dropped(const char *item)
{
	return in_words(dropped, item);
}
