"""dashboard.py - the expressions of a Grafana dashboard, a line each, as Prometheus would get them.

dashboard.py FILE

SPDX-License-Identifier: MIT
"""
import json
import sys

KNOWN = {"$__rate_interval": "10s", "$instance": ".*", "$job": ".*"}

with open(sys.argv[1], encoding="utf-8") as f:
    panels = json.load(f)["panels"]
for target in (t for panel in panels for t in panel["targets"]):
    expression = target["expr"]
    for name, value in KNOWN.items():
        expression = expression.replace(name, value)
    if "$" in expression:
        sys.exit("unknown variable: " + expression)
    print(expression)
