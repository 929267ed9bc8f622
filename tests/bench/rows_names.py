"""rows_names.py - a large cluster's names, against the same tree on tmpfs.

On librdkafka's mock cluster, since no Kafka of this size fits on one machine. Nothing is asked of
it meanwhile: what the daemon sends on its connections is counted.

SPDX-License-Identifier: MIT
"""
import os
import statistics
import subprocess
import tempfile

from harness import TOOLS, Mount, output, run, want
from result import Result, row

TOPICS, PARTITIONS = 10000, 10


class Mock:
    """A mock cluster with these topics."""

    def __init__(self):
        self.process = subprocess.Popen([os.path.join(TOOLS, "mock")], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.brokers = self.process.stdout.readline().split()[1]
        for i in range(TOPICS):
            self.process.stdin.write("topic t%05d %d 1\n" % (i, PARTITIONS))
            self.process.stdin.flush()
            want("ok", self.process.stdout.readline().strip(), "the mock's topic")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


def tree(folder):
    for i in range(TOPICS):
        os.mkdir("%s/t%05d" % (folder, i))
        for k in range(PARTITIONS):
            open("%s/t%05d/%d" % (folder, i, k), "w", encoding="ascii").close()


def names(*argv):
    """What a command prints, sorted, without its first word's path."""
    return sorted(output(*argv).decode().split("\n"))


@row
def listings(b):
    """ls, ls -l and find over 10,000 topics of 10 partitions, against the same on tmpfs."""
    with Mock() as mock, Mount(b.folder, "refresh=3600", brokers=mock.brokers) as m, \
            tempfile.TemporaryDirectory(dir="/dev/shm", prefix="brokerfs-bench.") as peer:
        tree(peer)
        prune = ("-name", ".brokerfs", "-prune", "-o", "-printf", "%P\n")
        want(names("find", peer, *prune), names("find", m.at, *prune), "find")
        before = m.requests()
        asked = m.requests()
        asking = asked - before  # by the reading of the figure itself
        for what, argv in (("ls", ("ls", "{}")), ("ls -l", ("ls", "-l", "{}")),
                           ("find", ("find", "{}", *prune))):
            ours, theirs = [], []
            for _ in range(b.pairs + 1):
                for path, times in ((m.at, ours), (peer, theirs)):
                    times.append(run(*[a.format(path) for a in argv]).wall)
            yield Result("%s of %d topics" % (what, TOPICS) if what != "find" else
                         "find over %d partitions" % (TOPICS * PARTITIONS),
                         statistics.median(a / c for a, c in zip(ours[1:], theirs[1:])), at_most=3,
                         ours="%.3f s" % statistics.median(ours[1:]),
                         theirs="%.3f s" % statistics.median(theirs[1:]))
        yield Result("  requests to the broker meanwhile", m.requests() - asked - asking, "",
                     at_most=0)
