#!/usr/bin/env python3
"""instructions.py - instructions of ours for each record, against tests/bench/instructions.

tests/tools/work (core and model, on fakes) and tests/tools/haul (the kafka floor, with an embedded
broker) run under callgrind with two numbers of records; what the larger one took more is divided by
the difference, so beginning and end don't count. Nor does what is not ours, or belongs to the
fakes: only lines of these floors and their headers do, so that a figure moves only when they do.

instructions.py [--update]; from the environment: BUILD, CC, BROKERFS_REQUIRE_KAFKA (then valgrind
must be there, as in CI). A figure may be 5 % off, either way: a better one belongs in the file.
The figures hold for one compiler; with another, and without valgrind, they are skipped.

SPDX-License-Identifier: MIT
"""
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
FILE = os.path.join(HERE, "instructions")
PROGRAMS = os.path.join(os.environ.get("BUILD", "build"), "tests")
MODEL = re.compile(r"(^|/)(src|include)/(core|model)/")
KAFKA = re.compile(r"(^|/)(src|include)/kafka/")
# what is counted: by which program, in which files, with how many records
KINDS = {kind: ("work", MODEL, 20000, 60000) for kind in ("read", "read.json", "write", "write.json")}
KINDS.update({kind: ("haul", KAFKA, 15000, 45000) for kind in ("fetch", "produce")})
TOLERANCE = .05


def compiler():
    cc = os.environ.get("CC", "cc").split()
    version = subprocess.run(cc + ["-dumpversion"], check=True, stdout=subprocess.PIPE, text=True).stdout
    kind = "clang" if "clang" in subprocess.run(cc + ["--version"], check=True, text=True,
                                                stdout=subprocess.PIPE).stdout else "gcc"
    return "%s-%s-%s" % (kind, version.split(".")[0].strip(), platform.machine())


def own_cost(path, files):
    """Self cost of the lines of these files in a callgrind file. fl is the file of a function, fi and fe where an
    inlined part begins and ends; the line after calls= is the callee's."""
    names, ours, callee, total = {}, False, False, 0
    with open(path, encoding="utf-8") as f:
        for line in f:
            m = re.match(r"(fl|fi|fe)=\((\d+)\)(?: (.*))?$", line.rstrip("\n"))
            if m:
                if m[3]:
                    names[m[2]] = bool(files.search(m[3]))
                ours = names[m[2]]
            elif line.startswith("calls="):
                callee = True
            elif re.match(r"c?f[ile]=\((\d+)\) ", line):  # a name that is first met in a call
                m = re.match(r"\w+=\((\d+)\) (.*)$", line)
                names[m[1]] = bool(files.search(m[2]))
            elif line[:1].isdigit() or line[:1] in "+-*":
                if not callee and ours:
                    total += int(line.split()[1])
                callee = False
    return total


def cost(kind, n, folder):
    path = os.path.join(folder, "callgrind")
    subprocess.run(["valgrind", "-q", "--tool=callgrind", "--callgrind-out-file=" + path,
                    os.path.join(PROGRAMS, KINDS[kind][0]), kind, str(n)],
                   check=True, stdout=subprocess.DEVNULL)
    return own_cost(path, KINDS[kind][1])


def expected():
    with open(FILE, encoding="utf-8") as f:
        rows = [line.split() for line in f if line.strip() and not line.startswith("#")]
    return rows[0][1], {kind: float(figure) for kind, figure in rows[1:]}


def judge(kind, got, want):
    off = got / want - 1
    verdict = "ok" if abs(off) <= TOLERANCE else "FAIL"
    advice = ""
    if off > TOLERANCE:
        advice = ": slower than tests/bench/instructions allows"
    elif off < -TOLERANCE:
        advice = ": better; write it down (make bench-instructions UPDATE=1)"
    print("%-4s %-10s %7.1f instructions a record, expected %.1f (%+.1f %%)%s" % (
        verdict, kind, got, want, 100 * off, advice))
    return verdict == "ok"


def measure():
    with tempfile.TemporaryDirectory(prefix="brokerfs-instructions.") as folder:
        return {kind: (cost(kind, many, folder) - cost(kind, few, folder)) / (many - few)
                for kind, (_, _, few, many) in KINDS.items()}


def skip(why, n):
    print("skip instructions: " + why)
    print("0 passed, 0 failed, %d skipped" % n)
    return 0


def main():
    holds_for, figures = expected()
    if not shutil.which("valgrind"):
        if os.environ.get("BROKERFS_REQUIRE_KAFKA"):
            print("FAIL there is no valgrind")
            print("0 passed, %d failed, 0 skipped" % len(figures))
            return 1
        return skip("there is no valgrind", len(figures))
    got = measure()
    if "--update" in sys.argv:
        with open(FILE, "w", encoding="utf-8") as f:
            f.write("# Instructions a record of 100 bytes; tests/bench/instructions.py measures them.\n")
            f.write("compiler %s\n" % compiler())
            f.writelines("%s %.1f\n" % item for item in got.items())
        holds_for, figures = expected()
    if holds_for != compiler():
        for kind, figure in got.items():
            print("%-10s %7.1f instructions a record" % (kind, figure))
        return skip("the figures are of %s, this is %s" % (holds_for, compiler()), len(figures))
    good = sum([judge(kind, got[kind], want) for kind, want in figures.items()])
    print("%d passed, %d failed, 0 skipped" % (good, len(figures) - good))
    return 0 if good == len(figures) else 1


if __name__ == "__main__":
    sys.exit(main())
