"""cases.py - system calls whose errno or timing a case wants to see exactly.

SPDX-License-Identifier: MIT
"""
import errno
import os
import sys
import time

SLOW = float(os.environ.get("SLOW", "1"))


def die(text):
    sys.exit("FAIL: line %d: %s" % (sys._getframe(2).f_lineno, text))


def same(wanted, got, what="value"):
    if wanted != got:
        die("%s: wanted %.300r, got %.300r" % (what, wanted, got))


def fails(name, call, *args):
    """The call fails with that errno and no other."""
    try:
        got = call(*args)
    except OSError as e:
        if e.errno != getattr(errno, name):
            die("%s instead of %s" % (errno.errorcode.get(e.errno, e.errno), name))
    else:
        die("succeeded with %.100r instead of %s" % (got, name))


def until(call, seconds):
    """Waits until the call is true."""
    limit = time.monotonic() + seconds * SLOW
    while not call():
        if time.monotonic() > limit:
            die("waited %s s in vain" % seconds)
        time.sleep(0.02)


def within(seconds, call, *args):
    began = time.monotonic()
    try:
        return call(*args)
    finally:
        took = time.monotonic() - began
        if took > seconds * SLOW:
            die("took %.3f s instead of %s" % (took, seconds))


def read_all(fd, size=131072):
    """Reads to the end."""
    parts = []
    while True:
        part = os.read(fd, size)
        if not part:
            return b"".join(parts)
        parts.append(part)


def read_lines(fd, n):
    """Reads n lines, a byte at a time: not a byte further."""
    got = b""
    while got.count(b"\n") < n:
        byte = os.read(fd, 1)
        if not byte:
            break
        got += byte
    return got
