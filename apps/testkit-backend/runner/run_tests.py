"""Runs tests of a TestKit checkout, each once, and prints one JSON object per test.

    run_tests.py CHECKOUT [--shard K/N] [--strict] SELECTOR ...

A selector is a package, module, class or test, such as tests.stub.retry. Knows unittest and TestKit's base class;
the caller interprets the results.
"""
import argparse
import contextlib
import importlib
import io
import json
import os
import sys
import time
import unittest

# "Addresses of this host other than localhost", in a namespace that has only a loopback interface.
ADDRESSES = ["127.99.0.1", "127.99.0.2"]


def tests_in(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from tests_in(item)
        else:
            yield item


def load(checkout, selector):
    loader = unittest.TestLoader()
    folder = os.path.join(checkout, *selector.split("."))
    if os.path.isdir(folder):
        return loader.discover(folder, top_level_dir=checkout)
    try:
        return loader.loadTestsFromModule(importlib.import_module(selector))
    except ImportError:
        return loader.loadTestsFromName(selector)


def select(checkout, selectors, shard):
    """Returns each test once: modules that import a base class collect its tests again."""
    part, parts = (int(number) for number in shard.split("/"))
    found = {}
    for selector in selectors:
        for test in tests_in(load(checkout, selector)):
            found.setdefault(test.id(), test)
    return list(found.values())[part - 1::parts]


class Report(unittest.TestResult):
    """Prints a JSON line for each test."""

    def __init__(self, out):
        super().__init__()
        self._out = out

    def startTest(self, test):
        super().startTest(test)
        self._status, self._reasons, self._began = "passed", [], time.monotonic()
        self._text = io.StringIO()
        self._silence = contextlib.redirect_stdout(self._text)
        self._silence.__enter__()

    def stopTest(self, test):
        self._silence.__exit__(None, None, None)
        super().stopTest(test)
        line = {
            "id": test.id(),
            "status": self._status,
            "reason": "\n".join(self._reasons)[-8000:],
            "seconds": round(time.monotonic() - self._began, 3),
        }
        if self._status == "failed":
            line["log"] = self._text.getvalue()[-8000:]
        print(json.dumps(line), file=self._out, flush=True)

    def _failed(self, test, error, name=""):
        self._status = "failed"
        self._reasons.append(name + self._exc_info_to_string(error, test))

    def addError(self, test, error):
        self._failed(test, error)

    def addFailure(self, test, error):
        self._failed(test, error)

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self._failed(test, error, f"{subtest}\n")

    def addSkip(self, test, reason):
        if test.id() and not isinstance(test, unittest.case._SubTest) and self._status == "passed":
            self._status = "skipped"
            self._reasons.append(reason)


def make_strict(base):
    """Runs tests that TestKit lets some drivers skip; only tests of undeclared features are still skipped."""
    skip = base.skipTest

    def skip_test(test, reason):
        if reason.startswith("Needs support"):
            skip(test, reason)

    base.skipTest = skip_test


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("checkout")
    parser.add_argument("selectors", nargs="+")
    parser.add_argument("--shard", default="1/1")
    parser.add_argument("--strict", action="store_true")
    options = parser.parse_args()
    checkout = os.path.abspath(options.checkout)
    # TestKit starts its stub servers as a module in the current folder.
    os.chdir(checkout)
    sys.path.insert(0, checkout)
    shared = importlib.import_module("tests.shared")
    if os.environ.get("TESTKIT_LOOPBACK_ONLY"):
        shared.get_ip_addresses = lambda exclude_loopback=True: ADDRESSES
    if options.strict:
        make_strict(shared.TestkitTestCase)
    suite = unittest.TestSuite(select(checkout, options.selectors, options.shard))
    suite.run(Report(sys.stdout))


if __name__ == "__main__":
    main()
