#!/usr/bin/env python3
"""plot.py - draws what bench.py --out has written: plot.py FILE FOLDER makes a PNG and an SVG of each.

SPDX-License-Identifier: MIT
"""
import json
import os
import subprocess
import sys

# name: title, x axis, y axis, what else gnuplot is to be told, and the lines: (field, title)
PLOTS = {
    "size": ("Reading, by message size", "bytes a message", "MB/s", "set logscale xy",
             (("rate", "brokerfs"), ("peer", "kcat"))),
    "readers": ("Parallel readers of as many partitions", "readers", "MB/s in all",
                "set logscale x 2; set yrange [0:*]", (("rate", "brokerfs"),)),
    "writers": ("Parallel writers to as many partitions", "writers", "MB/s in all",
                "set logscale x 2; set yrange [0:*]", (("rate", "brokerfs"),)),
    "cost": ("Cost of a record, by how many there are", "records", "us a record",
             "set logscale x; set yrange [0:*]", (("y", "cat"),)),
    "memory": ("Memory of the daemon, by how many records are read", "records", "MiB, peak",
               "set logscale x; set yrange [0:*]", (("y", "cat"),)),
    "tail": ("Start of tail -f, by backlog", "records", "ms until it shows lines",
             "set logscale x; set yrange [0:*]", (("y", "tail -f -n 3"),)),
    "followers": ("Followers of as many partitions", "followers", "",
                  "set logscale x; set yrange [0:*]",
                  (("p99", "record to follower, p99, ms"), ("rss", "memory, MiB"),
                   ("threads", "threads"))),
}
RATES = {"rate", "peer"}  # bytes a second, drawn as MB/s


def data(rows, fields):
    lines = []
    for r in sorted(rows, key=lambda r: r["x"]):
        values = [r[f] / 1e6 if f in RATES else r[f] for f, _ in fields]
        lines.append(" ".join(["%g" % r["x"]] + ["%g" % v for v in values]))
    return "\n".join(lines)


def draw(name, rows, folder):
    title, x, y, more, fields = PLOTS[name]
    body = ["$d << END", data(rows, fields), "END", "set title '%s'" % title, "set xlabel '%s'" % x,
            "set ylabel '%s'" % y, "set grid lc rgb '#dddddd'", "set border 3", "set tics nomirror",
            "set key bottom right" if len(fields) > 1 else "unset key", "set format x '%.0s%c'", more]
    curves = ", ".join("$d using 1:%d with linespoints lw 2 pt 7 ps .7 title '%s'" % (i + 2, label)
                       for i, (_, label) in enumerate(fields))
    for kind, terminal in (("png", "pngcairo size 640,400"), ("svg", "svg size 640,400 dynamic")):
        out = "set terminal %s; set output '%s'" % (terminal, os.path.join(folder, name + "." + kind))
        script = "\n".join([out] + body + ["plot " + curves, ""])
        subprocess.run(["gnuplot"], input=script.encode(), check=True)


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: plot.py FILE FOLDER")
    with open(sys.argv[1], encoding="utf-8") as f:
        rows = [r for r in map(json.loads, f) if "plot" in r]
    os.makedirs(sys.argv[2], exist_ok=True)
    for name in PLOTS:
        of_plot = [r for r in rows if r["plot"] == name]
        if len(of_plot) > 1:
            draw(name, of_plot, sys.argv[2])


if __name__ == "__main__":
    main()
