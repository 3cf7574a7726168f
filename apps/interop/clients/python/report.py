"""Runs scenarios by name and prints one JSON line for each: {scenario, ok, ms, detail}.

`ok` is null for what this client cannot do. Knows nothing of drivers. The environment is the contract
with src/peers/run.ts.
"""

import json
import os
import time

URI = os.environ["BOLT_URI"]
ROUTING_URI = os.environ["BOLT_ROUTING_URI"]
USER = os.environ["BOLT_USER"]
PASSWORD = os.environ["BOLT_PASSWORD"]
ROWS = int(os.environ["BOLT_ROWS"])


class Skip(Exception):
    pass


async def run_all(scenarios):
    for name in os.environ["BOLT_SCENARIOS"].split(","):
        begin = time.monotonic()
        try:
            if name not in scenarios:
                raise Skip("not in this client")
            ok, detail = True, await scenarios[name]()
        except Skip as skip:
            ok, detail = None, skip
        except Exception as error:
            ok, detail = False, f"{type(error).__name__}: {error}"
        ms = round((time.monotonic() - begin) * 1000)
        line = {"scenario": name, "ok": ok, "ms": ms, "detail": str(detail or "")}
        print(json.dumps(line), flush=True)


def check_same(got, expected, what="value"):
    if not same(got, expected):
        raise AssertionError(f"{what}: expected {expected!r:.200}, got {got!r:.200}")


def same(a, b):
    """Checks for equal type and equal bits: 1 is not 1.0, 0.0 is not -0.0, NaN is NaN."""
    if type(a) is not type(b):
        return False
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, float) or type(a).__name__ == "Vector":  # == is wrong for both
        return repr(a) == repr(b)
    return a == b
