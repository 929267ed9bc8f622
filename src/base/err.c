/* err.c - errors: 0 or -errno, and the sentence behind one.
 *
 * SPDX-License-Identifier: MIT */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

int bfs_fail(struct bfs_why *why, int err, const char *fmt, ...)
{
	va_list ap;
	char *c;

	if (!why)
		return err;
	va_start(ap, fmt);
	if (vsnprintf(why->text, sizeof(why->text), fmt, ap) < 0)
		why->text[0] = '\0';
	va_end(ap);
	/* A sentence may quote what others sent; it stays one line. */
	for (c = why->text; *c; c++)
		if (*c == '\n' || *c == '\r')
			*c = ' ';
	return err;
}

/* clang-format off */
/* The errnos we answer with or may meet; strerrorname_np() is glibc's alone. */
static const struct {
	int err;
	const char *name;
} names[] = {
#define E(e) { e, #e }
	E(EPERM),        E(ENOENT),       E(ESRCH),      E(EINTR),      E(EIO),      E(ENXIO),
	E(E2BIG),        E(EBADF),        E(ECHILD),     E(EAGAIN),     E(ENOMEM),   E(EACCES),
	E(EFAULT),       E(EBUSY),        E(EEXIST),     E(EXDEV),      E(ENODEV),   E(ENOTDIR),
	E(EISDIR),       E(EINVAL),       E(ENFILE),     E(EMFILE),     E(ENOTTY),   E(EFBIG),
	E(ENOSPC),       E(ESPIPE),       E(EROFS),      E(EMLINK),     E(EPIPE),    E(EDOM),
	E(ERANGE),       E(ENAMETOOLONG), E(ENOSYS),     E(ENOTEMPTY),  E(ENODATA),  E(EPROTO),
	E(EBADMSG),      E(EOVERFLOW),    E(EMSGSIZE),   E(EOPNOTSUPP), E(ENOTCONN), E(ETIMEDOUT),
	E(ECONNREFUSED), E(EADDRINUSE),   E(ECONNRESET), E(EALREADY),   E(ESTALE),   E(ECANCELED),
#undef E
};
/* clang-format on */

const char *bfs_err_name(int err)
{
	size_t i;

	if (err < 0)
		err = -err;
	if (!err)
		return "0";
	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].err == err)
			return names[i].name;
	return "unknown error";
}
