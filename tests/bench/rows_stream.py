"""rows_stream.py - whole files: read, written, copied, in lines and as JSON, of all sizes.

SPDX-License-Identifier: MIT
"""
import mmap
import os
import statistics
import subprocess

from harness import (BROKERS, TOOLS, Least, Lines, Mount, compare, digest, digest_of, end_of, fresh, kcat_read,
                     kcat_write, run, shell, want)
from result import Result, of_pairs, row


def filled(b, lines):
    """A topic of one partition that holds these lines."""
    topic = fresh()
    with Mount(b.folder, "create=%s:1:1" % topic, topics=[topic]) as m:
        if lines.size < 100000:
            run(*kcat_write(topic, lines.path, 0, "-X", "linger.ms=50"))
        else:  # kcat -l takes no line that crosses the end of a buffer of 1 MB
            shell('cat "$LINES" >"$FILE"', LINES=lines.path, FILE=m.path(topic, "0"))
    want(lines.count, end_of(topic), "records of " + topic)
    return topic


def checked(b, topic, name, lines):
    """That cat and kcat read what was written; then a run of cat, to be timed."""
    with Mount(b.folder, topics=[topic]) as m:
        want(lines.digest, digest_of("cat", m.path(topic, name)), "cat " + name)
        if name == "0":
            want(0, os.stat(m.path(topic, name)).st_size, "left after reading")
    want(lines.digest, digest_of(*kcat_read(topic)), "kcat")

    def ours():
        with Mount(b.folder, topics=[topic]) as m:
            before = m.cpu()
            r = run("cat", m.path(topic, name))
            return r.wall, r.cpu + m.cpu() - before
    return ours


def reading(b, topic, name, lines):
    """One run each of cat and kcat over all of it."""
    def theirs():
        r = run(*kcat_read(topic))
        return r.wall, r.cpu
    return compare("read %s" % name, b.pairs, checked(b, topic, name, lines), theirs)


def beside_least(b, topic, name, lines):
    """The CPU time of the least file system there could be, as a share of ours."""
    def least():
        with Least(b.folder, topic) as m:
            before = m.cpu()
            r = run("cat", m.all)
            return r.wall, r.cpu + m.cpu() - before
    p = compare("least", b.pairs, checked(b, topic, name, lines), least)
    return Result("  CPU of the least file system there could be", 1 / p.cpu_ratio(), at_least=.95,
                  ours="%.3g s" % statistics.median(p.our_cpu),
                  theirs="%.3g s" % statistics.median(p.their_cpu))


@row
def read(b):
    """cat of a queue and of a range, against kcat -C -e -q."""
    lines = Lines(b.folder, b.count, 100)
    topic = filled(b, lines)
    for name in ("0", "0@earliest..latest"):
        p = reading(b, topic, name, lines)
        yield of_pairs("cat %s" % name, p, 2.0)
        yield Result("  CPU of daemon and cat / kcat's", p.cpu_ratio(), at_most=.6)
        yield beside_least(b, topic, name, lines)


@row
def sizes(b):
    """The same of other sizes."""
    for size, part, goal in ((10, 1, 1.3), (100, 1, None), (1024, 4, 1.3), (10240, 20, 1.0), (999000, 2000, 1.0)):
        lines = Lines(b.folder, max(b.count // part, 10), size)
        p = reading(b, filled(b, lines), "0", lines)
        if size < 10240:
            p.theirs = len(p.theirs) * [min(p.theirs)]  # its best run: it stalls in most of them
        yield of_pairs("cat, %d x %d bytes" % (lines.count, lines.size), p, goal, plot="size",
                       x=lines.size, rate=lines.bytes / min(p.ours), peer=lines.bytes / min(p.theirs))


@row
def write(b):
    """cat of a file to a partition; close returns when all is acknowledged."""
    lines = Lines(b.folder, b.count, 100)
    topic = fresh()
    written = [0, 0]
    with Mount(b.folder, "create=%s:3:1" % topic):
        pass

    def check(partition):
        written[partition] += 1
        end = lines.count * written[partition]
        want(end, end_of(topic, partition), "records in %s/%d" % (topic, partition))
        want(lines.digest, digest_of("kcat", "-C", "-e", "-q", "-o", str(end - lines.count), "-b",
                                     BROKERS, "-t", topic, "-p", str(partition)), "what was written")

    def ours():
        with Mount(b.folder, topics=[topic]) as m:
            before = m.cpu()
            with open(m.path(topic, "0"), "wb") as out:
                pass
            r = shell('cat "$LINES" >"$FILE"', LINES=lines.path, FILE=m.path(topic, "0"))
            used = r.cpu + m.cpu() - before
        check(0)
        return r.wall, used

    def theirs():
        r = run(*kcat_write(topic, lines.path, 1))
        check(1)
        return r.wall, r.cpu
    def alone():
        with open(lines.path, "rb") as f:
            text = subprocess.run([os.path.join(TOOLS, "bare"), "write", BROKERS, topic, "2",
                                   str(lines.count)], check=True, stdin=f, stdout=subprocess.PIPE)
        return float(text.stdout) / 1e6
    p = compare("write", b.pairs, ours, theirs)
    yield of_pairs("cat lines > 0", p, 1.3)
    yield Result("  CPU of daemon and cat / kcat's", p.cpu_ratio())
    p = compare("write, alone", b.pairs, ours, lambda: (alone(), 0))
    yield of_pairs("  librdkafka alone", p, .95)


@row
def json(b):
    """The JSON view, and a copy of a topic through it."""
    lines = Lines(b.folder, b.count, 100)
    topic = filled(b, lines)

    def ours():
        with Mount(b.folder, topics=[topic]) as m:
            before = m.cpu()
            r = run("cat", m.path(topic, "0.json@earliest..latest"))
            return r.wall, r.cpu + m.cpu() - before

    def theirs():
        r = run(*kcat_read(topic, 0, "-J"))
        return r.wall, r.cpu
    with Mount(b.folder, topics=[topic]) as m:
        got = digest_of("bash", "-c", 'jq -j ".value,\\"\\n\\"" "$0"',
                        m.path(topic, "0.json@earliest..latest"))
    want(lines.digest, got, "values of the JSON")
    yield of_pairs("cat 0.json@earliest..latest", compare("json", b.pairs, ours, theirs), 2.0)

    copies = [0, 0]
    into = fresh()
    with Mount(b.folder, "create=%s:2:1" % into):
        pass

    def check(partition):
        copies[partition] += 1
        want(lines.count * copies[partition], end_of(into, partition), "records copied")

    def our_copy():
        with Mount(b.folder, topics=[topic, into]) as m:
            before = m.cpu()
            r = shell('cat "$FROM" >"$TO"', FROM=m.path(topic, "0.json@earliest..latest"),
                      TO=m.path(into, "0.json"))
            used = r.cpu + m.cpu() - before
        check(0)
        return r.wall, used

    def their_copy():
        r = shell('kcat -C -e -q -o beginning -b "$BROKERS" -t "$FROM" -p 0 | '
                  'kcat -P -q -X acks=all -X enable.idempotence=true -b "$BROKERS" -t "$TO" -p 1',
                  FROM=topic, TO=into)
        check(1)
        return r.wall, r.cpu
    yield of_pairs("cat 0.json >TOPIC/0.json", compare("json copy", b.pairs, our_copy, their_copy),
                   1.5)


@row
def again(b):
    """A finished range, read a second time from the page cache."""
    lines = Lines(b.folder, b.count, 100)
    topic = filled(b, lines)
    name = "0@0..%d" % lines.count

    def first_and_second():
        with Mount(b.folder, topics=[topic]) as m:
            one = run("cat", m.path(topic, name))
            want(lines.digest, digest_of("cat", m.path(topic, name)), name)
            two = run("cat", m.path(topic, name))
            with open(m.path(topic, name), "rb") as f:
                mapped = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)
                want(lines.digest, digest(mapped[:]), "mmap of " + name)
                mapped.close()
            return two.wall, one.wall
    times = [first_and_second() for _ in range(b.pairs)]
    import statistics
    yield Result("%s again, against its first read" % name,
                 statistics.median(one / two for two, one in times), at_least=5,
                 ours="%.3g s" % statistics.median(two for two, _ in times),
                 theirs="%.3g s" % statistics.median(one for _, one in times))
