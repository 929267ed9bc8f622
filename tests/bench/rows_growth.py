"""rows_growth.py - what grows with the number of records, and what must not.

SPDX-License-Identifier: MIT
"""
import os
import statistics
import subprocess
import time

from harness import Lines, Mount, digest_of, run, want
from result import Result, row
from rows_stream import filled

LINES_SHOWN = 3


def counts(most):
    """A thousand, then ten times as many, up to `most`."""
    n = 1000
    while n <= most:
        yield n
        n *= 10
    if n < 10 * most:
        yield most


def whole(b, topic, lines):
    """Seconds of one reading, and the daemon's peak of memory in MiB."""
    with Mount(b.folder, topics=[topic]) as m:
        took = run("cat", m.path(topic, "0")).wall
        return took, m.status("VmHWM") / 1024


def tail(b, topic, lines):
    """Seconds until tail -f shows the last lines."""
    with Mount(b.folder, topics=[topic]) as m:
        began = time.perf_counter()
        with subprocess.Popen(["tail", "-f", "-n", str(LINES_SHOWN), m.path(topic, "0")],
                              stdout=subprocess.PIPE) as child:
            last = [child.stdout.readline() for _ in range(LINES_SHOWN)][-1]
            took = time.perf_counter() - began
            child.terminate()
        want(b"%0*d\n" % (lines.size - 1, lines.count), last, "the last line")
        return took


@row
def growth(b):
    """Cost a record, memory, and the start of tail -f, from a thousand records to --most."""
    cost, memory, start = {}, {}, {}
    for n in counts(b.most):
        lines = Lines(b.folder, n, 100)
        topic = filled(b, lines)
        with Mount(b.folder, topics=[topic]) as m:
            want(lines.digest, digest_of("cat", m.path(topic, "0@earliest")), "cat")
        runs = max(3, b.pairs // 2) if n < 3000000 else 2
        times, peaks = zip(*[whole(b, topic, lines) for _ in range(runs)])
        cost[n], memory[n] = statistics.median(times) / n * 1e6, max(peaks)
        start[n] = statistics.median(tail(b, topic, lines) for _ in range(runs))
        os.unlink(lines.path)
        yield Result("cat of %d records: each" % n, cost[n], "us", plot="cost", x=n, y=cost[n])
        yield Result("  memory, peak", memory[n], "MiB", plot="memory", x=n, y=memory[n])
        yield Result("  tail -f until it shows %d lines" % LINES_SHOWN, start[n] * 1e3, "ms",
                     plot="tail", x=n, y=start[n] * 1e3)
    many = [n for n in cost if n >= 1000000]  # below, opening and closing weigh more
    if many:
        yield Result("cost a record, the largest against 1 M", cost[many[-1]] / cost[many[0]],
                     at_most=1.25)
        yield Result("memory, the same", memory[many[-1]] / memory[many[0]], at_most=1.25)
        yield Result("start of tail -f, the same", start[many[-1]] / start[many[0]], at_most=1.5)
