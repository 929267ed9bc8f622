"""harness.py - what every row of the bench is made of: a Kafka, mounts, timed programs, pairs, medians.

A pair is one run of ours and one of the peer's, each going first in turn; the first pair does not
count. A ratio is the peer's time divided by ours: above 1, brokerfs is faster. What was read or
written is compared before a figure counts.

SPDX-License-Identifier: MIT
"""
import contextlib
import hashlib
import itertools
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BFS = os.path.join(os.path.abspath(os.environ.get("BUILD", os.path.join(ROOT, "build"))), "brokerfs")
TOOLS = os.path.join(os.path.dirname(BFS), "tests")
BROKERS = os.environ["BROKERS"]
TICK = os.sysconf("SC_CLK_TCK")


def say(text):
    print(text, file=sys.stderr, flush=True)


class Wrong(Exception):
    """What was read or written is not what it should be."""


def want(wanted, got, what):
    if wanted != got:
        raise Wrong("%s: wanted %r, got %r" % (what, wanted, got))


# --- programs ------------------------------------------------------------------------------------

class Run:
    """A program's wall and CPU time, in seconds (its own and those of the children it waited for)."""

    def __init__(self, wall, used):
        self.wall, self.cpu = wall, used.ru_utime + used.ru_stime


def run(*argv, stdin=None, stdout=None, env=None):
    """Runs a program to its end, which has to be good."""
    began = time.perf_counter()
    with open(os.devnull, "rb") as nothing, open(os.devnull, "wb") as nowhere:
        child = subprocess.Popen(argv, stdin=stdin or nothing, stdout=stdout or nowhere, env=env)
        _, status, used = os.wait4(child.pid, 0)
    took = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise Wrong("%s: status %d" % (" ".join(argv)[:200], child.returncode))
    return Run(took, used)


def shell(text, **names):
    """The same of a shell script; names are its variables."""
    return run("bash", "-ec", text, env=dict(os.environ, BROKERS=BROKERS, **names))


def output(*argv):
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE).stdout


def digest(path_or_bytes):
    """Of a file, read through read(2) like any program, or of bytes."""
    if isinstance(path_or_bytes, bytes):
        return hashlib.md5(path_or_bytes).hexdigest()
    h = hashlib.md5()
    with open(path_or_bytes, "rb", buffering=0) as f:
        while part := f.read(1 << 17):
            h.update(part)
    return h.hexdigest()


def digest_of(*argv):
    """Of what a program prints."""
    h = hashlib.md5()
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as child:
        while part := child.stdout.read(1 << 17):
            h.update(part)
    if child.returncode:
        raise Wrong("%s: status %d" % (" ".join(argv)[:200], child.returncode))
    return h.hexdigest()


# --- Kafka ---------------------------------------------------------------------------------------

names = itertools.count(1)


def fresh(what="t"):
    return "bench-%d-%s%d" % (os.getpid(), what, next(names))


def kcat_read(topic, partition=0, *more):
    return ("kcat", "-C", "-e", "-q", "-o", "beginning", "-b", BROKERS, "-t", topic, "-p",
            str(partition)) + more


def kcat_write(topic, path, partition=0, *more):
    return ("kcat", "-P", "-l", "-q", "-X", "acks=all", "-X", "enable.idempotence=true", "-b",
            BROKERS, "-t", topic, "-p", str(partition)) + more + (path,)


def end_of(topic, partition=0):
    text = output("kcat", "-Q", "-b", BROKERS, "-t", "%s:%d:-1" % (topic, partition))
    return int(text.split()[-1])


class Lines:
    """A file of `count` numbered lines of `size` bytes, newline included."""

    def __init__(self, folder, count, size):
        self.count, self.size = count, size
        self.path = os.path.join(folder, "lines.%d.%d" % (count, size))
        if not os.path.exists(self.path):
            with open(self.path, "w", encoding="ascii") as f:
                for first in range(1, count + 1, 10000):
                    f.write("".join("%0*d\n" % (size - 1, i) for i in
                                    range(first, min(first + 10000, count + 1))))
        self.digest = digest(self.path)
        self.bytes = count * size


# --- mounts --------------------------------------------------------------------------------------

def cpu_of(pid):
    """CPU seconds of a process so far."""
    with open("/proc/%d/stat" % pid, encoding="ascii") as f:
        fields = f.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


class Mount:
    """A mount of its own, with a fresh group unless one is named."""

    def __init__(self, folder, *options, group=None, topics=(), brokers=BROKERS):
        self.at = tempfile.mkdtemp(prefix="mnt.", dir=folder)
        self.log = open(os.path.join(folder, "log"), "ab")
        self.group = group or fresh("g")
        argv = [BFS, "-f", "-o", "group=" + self.group]
        for option in options:
            argv += ["-o", option]
        self.process = subprocess.Popen(argv + [brokers, self.at], stdout=self.log, stderr=self.log)
        until = time.monotonic() + 20
        while not os.path.ismount(self.at):
            if self.process.poll() is not None or time.monotonic() > until:
                raise Wrong("brokerfs does not mount: see the log")
            time.sleep(.02)
        for topic in topics:
            while not os.path.exists(os.path.join(self.at, topic, "0")):
                time.sleep(.02)
        time.sleep(.4)  # the group's coordinator is found meanwhile

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["fusermount3", "-u", self.at], check=True)
        status = self.process.wait()
        os.rmdir(self.at)
        self.log.close()
        if status:
            raise Wrong("brokerfs ended with status %d" % status)

    def path(self, *parts):
        return os.path.join(self.at, *parts)

    def _proc(self, name):
        with open("/proc/%d/%s" % (self.process.pid, name), encoding="ascii") as f:
            return f.read()

    def cpu(self):
        return cpu_of(self.process.pid)

    def status(self, name):
        """A number of /proc/PID/status: VmRSS and VmHWM in KiB, Threads."""
        for line in self._proc("status").split("\n"):
            if line.startswith(name + ":"):
                return int(line.split()[1])
        raise KeyError(name)

    def requests(self):
        """What librdkafka has sent to brokers so far; it tells every five seconds."""
        time.sleep(6)
        total = 0
        with open(self.path(".brokerfs", "metrics"), encoding="ascii") as f:
            for line in f:
                if line.startswith("brokerfs_broker_requests_total{"):
                    total += int(float(line.split()[-1]))
        return total

    def fds(self):
        return len(os.listdir("/proc/%d/fd" % self.process.pid))


class Least:
    """tests/tools/least.c on this topic: what FUSE and librdkafka take, whoever uses them."""

    def __init__(self, folder, topic):
        self.at = os.path.join(folder, "least")
        os.makedirs(self.at, exist_ok=True)
        self.process = subprocess.Popen([os.path.join(TOOLS, "least"), BROKERS, topic, self.at])
        until = time.monotonic() + 20
        while not os.path.ismount(self.at):
            if self.process.poll() is not None or time.monotonic() > until:
                raise Wrong("least is not mounted")
            time.sleep(.02)
        self.writer, self.reader, self.all = (os.path.join(self.at, f) for f in "wra")

    def cpu(self):
        return cpu_of(self.process.pid)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


# --- pairs ---------------------------------------------------------------------------------------

class Pairs:
    """What pairs of runs took."""

    def __init__(self):
        self.ours, self.theirs, self.our_cpu, self.their_cpu = [], [], [], []

    def ratios(self):
        return [b / a for a, b in zip(self.ours, self.theirs)]

    def ratio(self):
        return statistics.median(self.ratios())

    def cpu_ratio(self):
        """Ours as a multiple of the peer's."""
        return statistics.median(a / b for a, b in zip(self.our_cpu, self.their_cpu) if b)


def compare(what, n, ours, theirs):
    """ours() and theirs() return (seconds, CPU seconds), having checked what they did."""
    p = Pairs()
    for i in range(n + 1):
        order = ((ours, p.ours, p.our_cpu), (theirs, p.theirs, p.their_cpu))
        for call, walls, cpus in order if i % 2 else order[::-1]:
            wall, cpu = call()
            if i:
                walls.append(wall)
                cpus.append(cpu)
        if i:
            say("%s: pair %d of %d: brokerfs %.4g s, peer %.4g s" % (
                what, i, n, p.ours[-1], p.theirs[-1]))
    return p


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@contextlib.contextmanager
def folder():
    path = tempfile.mkdtemp(prefix="brokerfs-bench.")
    try:
        yield path
    finally:
        for name in os.listdir(path):
            at = os.path.join(path, name)
            if os.path.ismount(at):
                subprocess.run(["fusermount3", "-u", "-z", at], check=False)
        shutil.rmtree(path)
