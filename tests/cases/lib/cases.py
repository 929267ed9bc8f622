"""cases.py - system calls whose errno or timing a case wants to see exactly.

SPDX-License-Identifier: MIT
"""
import ctypes
import errno
import os
import select
import struct
import subprocess
import sys
import time

SLOW = float(os.environ.get("SLOW", "1"))


def die(text):
    sys.exit("FAIL: line %d: %s" % (sys._getframe(2).f_lineno, text))


def same(wanted, got, what="value"):
    if wanted != got:
        die("%s: wanted %.300r, got %.300r" % (what, wanted, got))


def check(true, text):
    if not true:
        die(text)


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


IN_MODIFY, IN_ATTRIB = 2, 4


class Watch:
    """inotify on one path: who waits for events instead of asking again."""

    def __init__(self, path, mask=IN_MODIFY | IN_ATTRIB):
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.fd = self.libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self.libc.inotify_add_watch(self.fd, os.fsencode(path), mask) < 0:
            raise OSError(ctypes.get_errno(), "inotify_add_watch")

    def events(self, seconds):
        """The masks of what has happened; waits that long for the first. The kernel merges events
        that are alike and that nobody has read in between."""
        poll = select.poll()
        poll.register(self.fd, select.POLLIN)
        if not poll.poll(seconds * 1000):
            return []
        data, masks = os.read(self.fd, 65536), []
        while data:
            _, mask, _, length = struct.unpack_from("iIII", data)
            masks.append(mask)
            data = data[16 + length:]
        return masks

    def wait(self, seconds=5):
        """One that says IN_MODIFY comes in time, and no other."""
        got = self.events(seconds * SLOW)
        if not got or set(got) != {IN_MODIFY}:
            die("inotify: wanted IN_MODIFY, got %r" % got)

    def count(self, seconds):
        """How many come in that time."""
        limit, n = time.monotonic() + seconds, 0
        while (left := limit - time.monotonic()) > 0:
            n += len(self.events(left))
        return n


def produce(topic, partition, *lines):
    """By a second client: a message for each line."""
    subprocess.run(["kcat", "-P", "-q", "-b", os.environ["BROKERS"], "-t", topic, "-p",
                    str(partition)], input="".join(l + "\n" for l in lines).encode(), check=True)


def finished(path):
    """Opens a fixed range that was complete when open answered, as on an idle machine it is."""
    null = os.open("/dev/null", os.O_WRONLY)
    limit = time.monotonic() + 10 * SLOW
    while True:
        fd = os.open(path, os.O_RDONLY)
        try:
            os.sendfile(null, fd, 0, 1)
            os.close(null)
            return fd
        except OSError as e:
            if e.errno != errno.EINVAL or time.monotonic() > limit:
                raise
        os.close(fd)
