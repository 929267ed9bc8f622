"""bench.py - brokerfs side by side with its peers on real Kafka: rows, their goals, a table.

bench.py [--pairs N] [--count N] [--out FILE] [--strict] [ROW...]; without a row, all of them.
From the environment: BROKERS, BUILD. Every row checks what was read and written, and in which order.

SPDX-License-Identifier: MIT
"""
import argparse
import os
import sys

import harness
import result
import rows_stream
import rows_latency
import rows_growth
import rows_names
import rows_scale

_ = rows_stream, rows_latency, rows_scale, rows_names, rows_growth  # they register their rows


class Bench:
    def __init__(self, args, folder):
        self.pairs, self.count, self.most, self.folder = args.pairs, args.count, args.most, folder


def main():
    known = {call.__name__: call for call in result.ROWS}
    parser = argparse.ArgumentParser(description="brokerfs side by side with its peers.", epilog=", ".join(
        "%s: %s" % (name, call.__doc__) for name, call in known.items()))
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--count", type=int, default=1000000, help="records, where a row does not say")
    parser.add_argument("--most", type=int, default=3000000, help="records of the largest topic")
    parser.add_argument("--out", help="a JSON line for each result, for the plots")
    parser.add_argument("--strict", action="store_true", help="status 1 if a goal is missed")
    parser.add_argument("rows", nargs="*", metavar="ROW", choices=[[], *known], default=[])
    args = parser.parse_args()
    results, wrong = [], 0
    with harness.folder() as folder:
        for name in args.rows or known:
            try:
                for r in known[name](Bench(args, folder)):
                    results.append(r)
                    harness.say(result.table([r]).split("\n")[1])
            except harness.Wrong as e:
                wrong += 1
                harness.say("bench: %s: %s" % (name, e))
    print("%d records where a row says no other, %d pairs, Kafka %s, %d cores, Linux %s" % (
        args.count, args.pairs, os.environ.get("KAFKA_VERSION", "at " + harness.BROKERS),
        os.cpu_count(), os.uname().release.split("-")[0]))
    print(result.table(results))
    if args.out:
        result.save(results, args.out)
    return 1 if wrong or args.strict and not all(r.met() for r in results) else 0


if __name__ == "__main__":
    sys.exit(main())
