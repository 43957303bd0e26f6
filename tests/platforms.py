#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
The tests that run in guests, on any platform of scripts/vm.

platforms.py run PLATFORM [TEST]...    prints TAP; by default the tests that make test runs there.
                                       Exit status 77: the platform cannot be had, see the message
platforms.py matrix [PLATFORM]...      runs everything, and writes Documentation/platforms.rst
platforms.py list                      the tests
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import pathlib
import subprocess
import sys
import time

import ktap
from vm import host, kernel, table

TOP = pathlib.Path(__file__).resolve().parent.parent
OUT = TOP / "build" / "test"
PAGE = TOP / "Documentation" / "platforms.rst"
# Of a test as a whole, in seconds.
LIMIT = 1200


@dataclasses.dataclass(frozen=True)
class Test:
    """A command for a platform, how it is called in the table, and the feature that it needs."""
    heading: str
    command: str
    needs: str = ""
    otherwise: str = ""


TESTS = {
    "build": Test("builds", "scripts/vm modules {name}"),
    "kunit": Test("KUnit", "kunit/run.sh", "kunit", "the kernel has no KUnit"),
    "samples": Test("samples", "samples/check.sh {name}"),
    "conformance": Test("conformance", "env N={n} tests/conformance/guest.sh {name}"),
    "faults": Test("faults", "tests/guest/faults/run.sh {name} 20"),
    "tracers": Test("tracers", "tests/guest/tracer/run.sh {name} none graph graph_trace probes"
                    " probes_under_graph graph_over_probes pool reject"),
    "observe": Test("events", "tests/guest/observe/run.sh {name}"),
    "unload": Test("unload", "tests/guest/lifecycle/run.sh {name} {cycles}"),
    "fatal": Test("fatal", "tests/guest/fatal/run.py --on {name}", "fatal",
                  "its cases know the messages of one architecture"),
}
# What make test takes, and what the table takes.
QUICK = {"n": "500", "cycles": "20"}
FULL = {"n": "0", "cycles": "200"}
FULL_TEXT = "the whole corpus, and 200 cycles of loading and unloading"


@dataclasses.dataclass
class Outcome:
    """What a test came to: a cell of the table."""
    text: str
    failed: bool = False


def run_test(platform: table.Platform, name: str, size: dict[str, str]) -> Outcome:
    """Runs a test; what it prints goes to its log."""
    test = TESTS[name]
    if test.needs and test.needs not in (*platform.arch.features, *platform.features):
        return Outcome(test.otherwise)
    log = OUT / f"on-{platform.name}-{name}.log"
    with open(log, "wb") as file:
        try:
            status = subprocess.run(test.command.format(name=platform.name, **size).split(),
                                    cwd=TOP, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
                                    timeout=LIMIT, check=False).returncode
        except subprocess.TimeoutExpired:
            return Outcome(f"did not end in {LIMIT} s", True)
    report = ktap.read(str(log))
    failed, passed = report.count(ktap.FAILED), report.count(ktap.PASSED)
    if status or failed:
        return Outcome(f"{failed or 1} failed, {passed} passed", True)
    return Outcome(str(passed) if passed else "yes")


def quick(platform: table.Platform, tests: list[str]) -> int:
    """Prints a line of TAP for each test, and what failed."""
    failed = 0
    for number, name in enumerate(tests, 1):
        start = time.monotonic()
        outcome = run_test(platform, name, QUICK)
        failed += outcome.failed
        print(f"{'not ' if outcome.failed else ''}ok {number} - {platform.name} {name}: "
              f"{outcome.text}, {time.monotonic() - start:.0f} s", flush=True)
        if outcome.failed:
            log = OUT / f"on-{platform.name}-{name}.log"
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
            print("\n".join(f"# {line}" for line in lines[-25:]), flush=True)
    return int(failed > 0)


def page(rows: list[list[str]]) -> str:
    """The table as a page of the documentation."""
    cells = [["platform", "kernel", *(test.heading for test in TESTS.values())], *rows]
    text = [".. SPDX-License-Identifier: GPL-2.0-only", "",
            ".. Written by make test-matrix.", "",
            "=========", "Platforms", "=========", "",
            "What ``make test-matrix`` found. A number is how many cases passed; what is no number",
            f"is the reason why there is none. Conformance is {FULL_TEXT}.", "",
            ".. list-table::", "   :header-rows: 1", ""]
    for row in cells:
        text += [f"   {'*' if not column else ' '} - {cell}" for column, cell in enumerate(row)]
    return "\n".join(text) + "\n"


def matrix(platforms: list[table.Platform]) -> int:
    """Fills the table; a platform that cannot be had is a row with the reason."""
    rows, failed = [], 0
    for platform in platforms:
        try:
            release = kernel.release(kernel.prepare(platform))
        except host.Unavailable as error:
            rows.append([platform.name, f"not available: {error}", *("" for _ in TESTS)])
            continue
        outcomes = [run_test(platform, name, FULL) for name in TESTS]
        failed += sum(outcome.failed for outcome in outcomes)
        rows.append([platform.name, release, *(outcome.text for outcome in outcomes)])
        print(" | ".join(rows[-1]), flush=True)
        PAGE.write_text(page(rows), encoding="utf-8")
    return int(failed > 0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=("run", "matrix", "list"))
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    os.environ["LC_ALL"] = "C"
    if options.verb == "list":
        print("\n".join(TESTS))
        return 0
    if options.verb == "matrix":
        names = options.names or list(table.platforms())
        return matrix([table.find(name) for name in names])
    platform = table.find(options.names[0])
    try:
        kernel.prepare(platform)
    except host.Unavailable as error:
        print(f"ok 1 - {platform.name} # SKIP {error}")
        return 0
    return quick(platform, options.names[1:] or list(platform.test))


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(main())
