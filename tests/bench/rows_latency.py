"""rows_latency.py - how long one record takes: to be acknowledged, to reach a reader, to be found.

SPDX-License-Identifier: MIT
"""
import os
import select
import signal
import statistics
import subprocess
import time

from harness import (BROKERS, TOOLS, Least, Lines, Mount, Wrong, fresh, output, percentile, run, want)
from result import Result, row
from rows_stream import filled

RECORDS = 1000
ROUNDS = 7
WARM = 50


def bare(what, topic, n=RECORDS):
    """Microseconds of librdkafka alone."""
    text = output(os.path.join(TOOLS, "bare"), what, BROKERS, topic, "0", str(n))
    return [float(v) for v in text.split()]


def against(name, ours, theirs, limits):
    """Medians and 99th percentiles of microseconds: each a list of rounds."""
    for share, label, limit in ((.5, "p50", limits[0]), (.99, "p99", limits[1])):
        a, b = ([percentile(r, share) for r in rounds] for rounds in (ours, theirs))
        yield Result("%s, %s" % (name, label),
                     statistics.median(o / t for o, t in zip(a, b)), at_most=limit,
                     ours="%.0f us" % statistics.median(a), theirs="%.0f us" % statistics.median(b))


def of_limit(ours, least):
    """How near it is to the least there could be: each a list of rounds."""
    a, b = ([statistics.median(r) for r in rounds] for rounds in (ours, least))
    return Result("  the least file system there could be",
                  statistics.median(l / o for o, l in zip(a, b)), at_least=.95,
                  ours="%.0f us" % statistics.median(a), theirs="%.0f us" % statistics.median(b))


def one(path, i):
    """Microseconds that an echo takes."""
    began = time.perf_counter()
    fd = os.open(path, os.O_WRONLY | os.O_APPEND)
    os.write(fd, b"x%d\n" % i)
    os.close(fd)
    return (time.perf_counter() - began) * 1e6


def echoes(path):
    return [one(path, i) for i in range(RECORDS + WARM)][WARM:]


@row
def echo(b):
    """echo x >>orders/0, one after another, against a bare librdkafka produce and wait."""
    topic = fresh()
    ours, theirs, least = [], [], []
    with Mount(b.folder, "create=%s:1:1" % topic, topics=[topic]) as m, Least(b.folder, topic) as limit:
        for _ in range(ROUNDS):
            ours.append(echoes(m.path(topic, "0")))
            least.append(echoes(limit.writer))
            theirs.append(bare("produce", topic))
    yield from against("echo x >>0", ours, theirs, (1.5, 2))
    yield of_limit(ours, least)


@row
def arrival(b):
    """echo until a reader that is blocked on 0@latest.. has it, against a bare pair."""
    topic = fresh()
    ours, theirs, least = [], [], []
    with Mount(b.folder, "create=%s:1:1" % topic, topics=[topic]) as m:
        for _ in range(ROUNDS):
            ours.append(arrivals(m.path(topic, "0"), m.path(topic, "0@latest.."))[WARM:])
            with Least(b.folder, topic) as limit:
                least.append(arrivals(limit.writer, limit.reader)[WARM:])
            theirs.append(bare("pair", topic))
    yield from against("echo until 0@latest.. has it", ours, theirs, (1.3, 2))
    yield of_limit(ours, least)


def arrivals(path, readable):
    """Microseconds from before the open to after the reader's read; the reader is a process."""
    fd = os.open(readable, os.O_RDONLY)
    times, out = os.pipe()
    reader = os.fork()
    if not reader:
        for i in range(RECORDS + WARM):
            text = os.read(fd, 65536)
            os.write(out, b"%020.3f" % (time.monotonic() * 1e6 if text == b"x%d\n" % i else 0))
        os._exit(0)
    time.sleep(.2)  # it waits in read(2)
    took = []
    for i in range(RECORDS + WARM):
        began = time.monotonic() * 1e6
        to = os.open(path, os.O_WRONLY | os.O_APPEND)
        os.write(to, b"x%d\n" % i)
        os.close(to)
        if not select.select([times], [], [], 10)[0]:
            os.kill(reader, signal.SIGKILL)
            raise Wrong("nothing arrived")
        came = float(os.read(times, 20))
        want(True, came > 0, "what arrived is what was sent")
        took.append(came - began)
    os.waitpid(reader, 0)
    for d in (fd, times, out):
        os.close(d)
    return took


@row
def first(b):
    """head -c1 of one record in the middle, in a mount that is warm, against kcat -o N -c 1."""
    lines = Lines(b.folder, min(b.count, 100000), 100)
    topic = filled(b, lines)
    ours, theirs = [], []
    with Mount(b.folder, topics=[topic]) as m:
        for i in range(10 * b.pairs + 5):
            at = 1000 + 37 * i
            mine = run("head", "-c1", m.path(topic, "0@%d..%d" % (at, at + 1))).wall
            peers = run("kcat", "-C", "-q", "-b", BROKERS, "-t", topic, "-p", "0", "-o", str(at),
                        "-c", "1").wall
            if i >= 5:
                ours.append(mine)
                theirs.append(peers)
    p50 = statistics.median(ours)
    yield Result("head -c1 0@N..N+1", statistics.median(theirs) / p50, at_least=4,
                 ours="%.1f ms" % (p50 * 1e3), theirs="%.1f ms" % (statistics.median(theirs) * 1e3))
    yield Result("  its p50", p50 * 1e3, "ms", at_most=5)
    least = statistics.median(bare("first", topic, 50)) / 1e6 + statistics.median(
        run("head", "-c1", lines.path).wall for _ in range(50))
    yield Result("  librdkafka's fetch, and head of an ordinary file", least / p50, at_least=.95,
                 ours="%.1f ms" % (p50 * 1e3), theirs="%.1f ms" % (least * 1e3))


@row
def throttled(b):
    """A reader that takes so many MB a second, against kcat into the same reader."""
    lines = Lines(b.folder, b.count, 100)
    topic = filled(b, lines)
    for rate in (100, 50):
        with Mount(b.folder, topics=[topic]) as m:
            with open(m.path(topic, "0"), "rb", buffering=0) as f:
                ours = paced(f, rate, lines.bytes)
        import subprocess
        with subprocess.Popen(["kcat", "-C", "-e", "-q", "-u", "-o", "beginning", "-b", BROKERS, "-t",
                               topic, "-p", "0"], stdout=subprocess.PIPE) as child:
            theirs = paced(child.stdout, rate, lines.bytes)
        yield Result("a reader of %d MB/s: what it gets" % rate, ours[0], "MB/s", at_least=.97 * rate,
                     ours="gap %.0f ms" % (ours[1] * 1e3), theirs="%.0f MB/s, gap %.0f ms" % (
                         theirs[0], theirs[1] * 1e3))
        yield Result("  its longest gap", ours[1] * 1e3, "ms", at_most=50)


def paced(f, rate, total):
    """Reads it at this many MB/s: what it got, and the longest wait for data after the first."""
    began = last = time.perf_counter()
    n, gap, started = 0, 0, None
    while True:
        asked = time.perf_counter()
        part = f.read(1 << 17)
        now = time.perf_counter()
        if not part:
            break
        started = started or now
        n += len(part)
        if now > started:
            gap = max(gap, now - asked)
        last = now
        ahead = n / (rate * 1e6) - (now - started)
        if ahead > 0:
            time.sleep(ahead)
    want(total, n, "bytes read")
    return n / 1e6 / (last - began), gap


@row
def loop(b):
    """while read in bash, against the same loop over an ordinary file."""
    lines = Lines(b.folder, 20000, 100)
    script = 'n=0; while read -r l; do n=$((n + 1)); done <"$0"; ((n == %d))' % lines.count
    ours, theirs = [], []
    for _ in range(b.pairs):
        topic = filled(b, lines)
        with Mount(b.folder, topics=[topic]) as m:
            ours.append(run("bash", "-c", script, m.path(topic, "0")).wall)
        theirs.append(run("bash", "-c", script, lines.path).wall)
    yield Result("while read, 20,000 lines", statistics.median(a / c for a, c in zip(ours, theirs)),
                 at_most=15, ours="%.1f us a line" % (statistics.median(ours) / 20000 * 1e6),
                 theirs="%.1f us a line" % (statistics.median(theirs) / 20000 * 1e6))
