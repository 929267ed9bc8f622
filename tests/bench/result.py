"""result.py - a row's figure against its goal, the table of them, and the file for the plots.

SPDX-License-Identifier: MIT
"""
import json

ROWS = []


def row(call):
    """A function of the bench (bench.py), which yields results; its name is what is asked for."""
    ROWS.append(call)
    return call


class Result:
    """`figure` is to be at least or at most `goal`; None: there is none."""

    def __init__(self, what, figure, unit="x", at_least=None, at_most=None, ours="", theirs="",
                 **plot):
        self.what, self.figure, self.unit = what, figure, unit
        self.at_least, self.at_most = at_least, at_most
        self.ours, self.theirs, self.plot = ours, theirs, plot

    def met(self):
        if self.at_least is not None:
            return self.figure >= self.at_least
        return self.at_most is None or self.figure <= self.at_most

    def goal(self):
        if self.at_least is not None:
            return ">= %g" % self.at_least
        return "" if self.at_most is None else "<= %g" % self.at_most

    def cells(self):
        return (self.what, self.ours, self.theirs, "%.3g %s" % (self.figure, self.unit), self.goal(),
                "" if not self.goal() else "met" if self.met() else "MISSED")

    def record(self):
        return dict(what=self.what, figure=self.figure, unit=self.unit, goal=self.goal(),
                    met=self.met(), **self.plot)


def of_pairs(what, pairs, at_least=None, **plot):
    """The ratio of a comparison's times, with its range."""
    import statistics
    low, high = min(pairs.ratios()), max(pairs.ratios())
    return Result(what, pairs.ratio(), "x (%.2f-%.2f)" % (low, high), at_least=at_least,
                  ours="%.3g s" % statistics.median(pairs.ours),
                  theirs="%.3g s" % statistics.median(pairs.theirs), **plot)


def table(results):
    head = ("work", "brokerfs", "peer", "figure", "goal", "")
    rows = [head] + [r.cells() for r in results]
    widths = [max(len(r[i]) for r in rows) for i in range(len(head))]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(r, widths)).rstrip() for r in rows)


def save(results, path):
    with open(path, "w", encoding="utf-8") as f:
        for r in results:
            f.write(json.dumps(r.record()) + "\n")
