"""rows_scale.py - many at once: readers, writers, followers, names; and nothing at all.

SPDX-License-Identifier: MIT
"""
import os
import select
import statistics
import subprocess
import time

from harness import (Lines, Mount, Wrong, fresh, kcat_write, percentile, run, want)
from result import Result, row


@row
def parallel(b):
    """1, 2, 4, 8 readers, and writers, of as many partitions: the total does not fall."""
    lines = Lines(b.folder, b.count // 2, 100)
    topic = fresh()
    with Mount(b.folder, "create=%s:8:1" % topic):
        for p in range(8):
            run(*kcat_write(topic, lines.path, p, "-X", "linger.ms=50"))
    for what, script in (("readers", 'cat "$0/$1/$2" | cmp - "$3"'), ("writers", 'cat "$3" >"$0/$1/$2"')):
        one = None
        for n in (1, 2, 4, 8):
            rates = []
            for _ in range(max(b.pairs // 2, 1)):
                with Mount(b.folder, topics=[topic]) as m:
                    began = time.perf_counter()
                    crew = [subprocess.Popen(["bash", "-c", script, m.at, topic, str(p), lines.path])
                            for p in range(n)]
                    for c in crew:
                        want(0, c.wait(), what)
                    rates.append(n * lines.bytes / 1e6 / (time.perf_counter() - began))
            rate = statistics.median(rates)
            one = one or rate
            yield Result("%d %s" % (n, what), rate / one, "x one's total", at_least=.95,
                         ours="%.0f MB/s" % rate, plot=what, x=n, rate=rate * 1e6)


def follow(m, topic, n):
    """n followers of the first n partitions: idle CPU (a share), ms from echo to follower, memory
    and threads with them."""
    fds = [os.open(m.path(topic, "%d@latest.." % p), os.O_RDONLY | os.O_NONBLOCK)
           for p in range(n)]
    ready = select.epoll()
    for fd in fds:
        try:
            os.read(fd, 1)
        except BlockingIOError:
            pass
        ready.register(fd, select.EPOLLIN)
    time.sleep(5)
    before = m.cpu()
    time.sleep(10)
    idle = (m.cpu() - before) / 10
    took = []
    for i in range(300):
        p = (i * 37) % n
        began = time.perf_counter()
        out = os.open(m.path(topic, str(p)), os.O_WRONLY | os.O_APPEND)
        os.write(out, b"x\n")
        os.close(out)
        if not any(fd == fds[p] for fd, _ in ready.poll(10)):
            raise Wrong("follower %d was not woken" % p)
        want(b"x\n", os.read(fds[p], 100), "what arrived")
        took.append((time.perf_counter() - began) * 1e3)
    rss, threads = m.status("VmRSS") / 1024, m.status("Threads")
    for fd in fds:
        os.close(fd)
    return idle, took, rss, threads


@row
def followers(b):
    """1, 10, 100, 1,000 followers of as many partitions."""
    topic, most = fresh(), 1000
    for n in (1, 10, 100, most):
        with Mount(b.folder, "create=%s:%d:1" % (topic, most), "inotify=off", topics=[topic]) as m:
            run("ls", "-l", m.path(topic))
            empty = m.status("VmRSS") / 1024
            idle, took, rss, threads = follow(m, topic, n)
        yield Result("%d followers: memory" % n, rss - empty, "MiB", ours="of %.0f" % rss,
                     at_most=64 if n == most else None, plot="followers", x=n, rss=rss - empty,
                     threads=threads, p99=percentile(took, .99))
        if n == most:
            yield Result("  threads", threads, "", at_most=32)
            yield Result("  CPU, idle", 100 * idle, "%", at_most=1)
            yield Result("  echo until its follower has it, p99", percentile(took, .99), "ms",
                         at_most=100, ours="p50 %.1f ms" % percentile(took, .5))


@row
def idle(b):
    """A mount with nothing open."""
    topic = fresh()
    with Mount(b.folder, "create=%s:1:1" % topic, topics=[topic]) as m:
        time.sleep(6)
        before = m.cpu()
        time.sleep(20)
        yield Result("an idle mount's CPU", 100 * (m.cpu() - before) / 20, "%", at_most=.1,
                     ours="%d threads, %d MiB" % (m.status("Threads"), m.status("VmRSS") // 1024))
