"""writers.py - many writers of many kinds at once, and whether the log has what they wrote.

writers.py write FOLDER PARTITIONS      to the files of a topic; leaves plan.json
writers.py check TOPIC PARTITIONS       what kcat reads of it, against plan.json

From the environment: SEED; N, the lines in all; LONG, the bytes that long lines may take of a
file; AT_ONCE, the writers at a time; KINDS, those wanted (all); FAILING=1: writers may fail, and
then only nothing of theirs may be repeated or out of order; BROKERS.

A line is JOB.STREAM.NUMBER:SUM:PAYLOAD, or empty. A stream's lines are in order, in each partition.

SPDX-License-Identifier: MIT
"""
import collections
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
import zlib

from writer_kinds import KINDS

N = int(os.environ.get("N", "3000"))
LONG = int(os.environ.get("LONG", "1200000"))
AT_ONCE = int(os.environ.get("AT_ONCE", "6"))
FAILING = os.environ.get("FAILING") == "1"
LONGEST = 900000
BULK = 5000
TEXT = re.compile(rb"[^A-Za-z0-9 ,.]")


class Job:
    noise = None

    def __init__(self, number, name, target, n, seed, long):
        self.number, self.name, self.target, self.kind = number, name, target, KINDS[name]
        self.rng = random.Random("%s/%d" % (seed, number))
        self.may_read = target.isdigit() and target != "0"
        self.path, self.sources, self.long = None, 0, long
        self.empty, self.counts = 0, []
        self.streams = [self.make(i, n // self.kind.streams) for i in range(self.kind.streams)]
        self.lines = [line for lines in self.streams for line in lines]
        if self.kind.rest and self.rng.random() < .5 and self.lines[-1] != b"\n":
            self.lines[-1] = self.streams[-1][-1] = self.lines[-1][:-1]
        self.data = b"".join(self.lines)

    def payload(self):
        rng, noise = self.rng, Job.noise[self.kind.text]
        kind = rng.random()
        n = 0 if kind < .05 else int(2 ** rng.uniform(0, 8)) if kind < .995 else rng.randrange(8192)
        if kind > .9995 and not (self.kind.text and self.kind.most):
            n = int(2 ** rng.uniform(13, LONGEST.bit_length()))
            n = n if n <= min(self.long, LONGEST) else 0
            self.long -= n
        at = rng.randrange(len(noise) - n)
        end = b"\r" if rng.random() < .05 and not self.kind.text else b""
        return noise[at:at + n] + end

    def make(self, stream, n):
        lines, number = [], 0
        for _ in range(n):
            if self.kind.empty and self.rng.random() < .03:
                lines.append(b"\n")
                continue
            body = self.payload()
            head = b"%d.%d.%d" % (self.number, stream, number)
            lines.append(b"%s:%08x:%s\n" % (head, zlib.crc32(head + body), body))
            number += 1
        self.counts.append(number)
        self.empty += n - number
        return lines

    def source(self, data=None):
        self.sources += 1
        path = "job.%d.%d" % (self.number, self.sources)
        with open(path, "wb") as f:
            f.write(self.data if data is None else data)
        return path

    def run(self):
        """In a process of its own."""
        try:
            self.kind.call(self)
            status = 0
        except Exception as e:
            print("writer %d (%s to %s): %s" % (self.number, self.name, self.target, e), flush=True)
            status = 1
        for i in range(self.sources):
            os.unlink("job.%d.%d" % (self.number, i + 1))
        os._exit(status)


def make_noise(rng):
    raw = bytes(rng.randbytes(2 * LONGEST)).replace(b"\n", b"\0")
    text = TEXT.sub(b"", rng.randbytes(8 * LONGEST))
    return {False: raw, True: (text * (2 * LONGEST // len(text) + 1))[:2 * LONGEST]}


def plan(seed, partitions):
    """Each kind once, then random ones, until there are N lines."""
    rng = random.Random(seed)
    Job.noise = make_noise(rng)
    wanted = os.environ.get("KINDS", "").split() or list(KINDS)
    names = [k for k in wanted if not KINDS[k].needs or shutil.which(KINDS[k].needs)]
    first, left, number = names[:], N, 0
    targets = [str(p) for p in range(partitions)] + ["any"]
    long = dict.fromkeys(targets, LONG)
    rng.shuffle(first)
    share = max(8, N // (2 * len(names)))
    while left > 0:
        name = first.pop() if first else rng.choice(names)
        n = rng.randrange(1, max(2, min(KINDS[name].most or BULK, share) + 1)) + 8
        n = min(n, max(left, KINDS[name].streams))
        target = rng.choice(targets)
        if name == "rsync":  # nobody else reads this one
            target = "0"
        job = Job(number, name, target, n, seed, long[target])
        long[target] = job.long
        yield job
        left -= sum(job.counts) + job.empty
        number += 1


def write(folder, partitions):
    seed = os.environ.get("SEED") or str(random.SystemRandom().randrange(1 << 32))
    print("SEED=%s N=%d" % (seed, N), flush=True)
    began, running, failed, kinds = time.monotonic(), {}, set(), collections.Counter()
    streams, empty, lines, slowest = {}, collections.Counter(), 0, (0, "")

    def wait():
        nonlocal slowest
        pid, status = os.wait()
        number, name, since = running.pop(pid)
        slowest = max(slowest, (time.monotonic() - since, "%d (%s)" % (number, name)))
        if status:
            failed.add(number)
    for job in plan(seed, partitions):
        job.path = os.path.join(folder, job.target)
        for i, n in enumerate(job.counts):
            streams["%d.%d" % (job.number, i)] = [job.target, n, job.name]
        empty[job.target] += job.empty
        kinds[job.name] += 1
        lines += len(job.lines)
        while len(running) >= AT_ONCE:
            wait()
        pid = os.fork()
        if not pid:
            job.run()
        running[pid] = job.number, job.name, time.monotonic()
    while running:
        wait()
    with open("plan.json", "w", encoding="ascii") as f:
        json.dump({"streams": streams, "empty": empty, "failed": sorted(failed)}, f)
    print("%d lines by %d writers of %d kinds, %d failed, in %.1f s; the slowest, %.1f s, was %s" % (
        lines, sum(kinds.values()), len(kinds), len(failed), time.monotonic() - began,
        slowest[0], slowest[1]))
    return 1 if failed and not FAILING else 0


class Check:
    def __init__(self, known):
        self.streams, self.empty = known["streams"], known["empty"]
        self.failed = set(known["failed"])
        self.last, self.empties, self.bad, self.torn = {}, collections.Counter(), [], 0
        self.seen = {s: bytearray(n) for s, (_, n, _) in self.streams.items()}
        self.records = 0

    def say(self, partition, offset, text, value=b""):
        self.bad.append("partition %d, offset %d: %s: %.120r" % (partition, offset, text, value))

    def stream_of(self, head):
        """Its name and the line's number, if there is one."""
        stream, _, number = head.rpartition(b".")
        stream = stream.decode("ascii", "replace")
        if stream not in self.streams or not number.isdigit():
            return None, 0
        number = int(number)
        return (stream, number) if number < len(self.seen[stream]) else (None, 0)

    def whole(self, stream, head, rest):
        if self.streams[stream][2] == "seq":
            return not rest
        if len(rest) != 2:
            return False
        return rest[0] == b"%08x" % zlib.crc32(head + rest[1])

    def record(self, partition, offset, length, value):
        self.records += 1
        if length != len(value):
            return self.say(partition, offset, "length %d" % length, value)
        if not value:
            self.empties[partition] += 1
            return None
        head, *rest = value.split(b":", 2)
        stream, number = self.stream_of(head)
        if stream is None or not self.whole(stream, head, rest):
            return self.torn_one(partition, offset, value)
        return self.line(partition, offset, stream, number, value)

    def torn_one(self, partition, offset, value):
        job, dot, _ = value.partition(b".")
        gave_up = [str(n).encode() for n in self.failed]
        if job in gave_up or not dot and any(n.startswith(job) for n in gave_up):
            self.torn += 1  # in the middle of the line, or of its own number
        else:
            self.say(partition, offset, "torn", value)

    def may_insist(self, stream):
        return int(stream.split(".")[0]) in self.failed and KINDS[self.streams[stream][2]].insists

    def line(self, partition, offset, stream, number, value):
        target = self.streams[stream][0]
        if target not in (str(partition), "any"):
            self.say(partition, offset, "wanted in %s" % target, value)
        again = self.seen[stream][number]
        if again and self.may_insist(stream):
            return
        if again:
            self.say(partition, offset, "repeated", value)
        self.seen[stream][number] = 1
        if number < self.last.get((stream, partition), -1):
            self.say(partition, offset, "out of order", value)
        self.last[stream, partition] = number

    def end(self):
        missing = 0
        for stream, seen in self.seen.items():
            gaps = len(seen) - sum(seen)
            if not gaps:
                continue
            if int(stream.split(".")[0]) in self.failed:
                missing += gaps
            else:
                self.bad.append("stream %s %r: %d lost, the first is %d" % (
                    stream, self.streams[stream], gaps, seen.index(0)))
        wanted, got = sum(self.empty.values()), sum(self.empties.values())
        if wanted != got and not (self.failed and got < wanted):
            self.bad.append("empty lines: wanted %d, got %d" % (wanted, got))
        for partition in (p for p in self.empty if p.isdigit() and not self.failed):
            if self.empties[int(partition)] < self.empty[partition]:
                self.bad.append("empty lines lost in %s" % partition)
        print("%d records; of %d writers that failed: %d lines missing, %d cut" % (
            self.records, len(self.failed), missing, self.torn))


def kcat(topic, partition):
    """Its messages; all partitions at once, as most of the time is for getting to know the broker."""
    out = open("kcat.%d" % partition, "w+b")
    return out, subprocess.Popen(
        ["kcat", "-C", "-q", "-e", "-o", "beginning", "-X", "check.crcs=true", "-b",
         os.environ["BROKERS"], "-t", topic, "-p", str(partition), "-f", "%o %S %s\n"], stdout=out)


def check(topic, partitions):
    with open("plan.json", encoding="ascii") as f:
        c = Check(json.load(f))
    for partition, (out, client) in enumerate([kcat(topic, p) for p in range(partitions)]):
        wanted = 0
        if client.wait():
            c.bad.append("kcat: status %d" % client.returncode)
        out.seek(0)
        for line in out:
            offset, length, value = line[:-1].split(b" ", 2)
            if int(offset) != wanted:
                c.say(partition, int(offset), "wanted offset %d" % wanted)
            wanted = int(offset) + 1
            c.record(partition, wanted - 1, int(length), value)
        out.close()
    c.end()
    for text in c.bad[:20]:
        print(text)
    print("%d things are wrong" % len(c.bad))
    return 1 if c.bad else 0


if __name__ == "__main__":
    sys.exit({"write": write, "check": check}[sys.argv[1]](sys.argv[2], int(sys.argv[3])))
