#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
The tests that run in guests, on any platform of scripts/vm.

platforms.py run PLATFORM [TEST]...    prints TAP; by default the tests that make test runs there.
                                       Exit status 77: the platform cannot be had, see the message
platforms.py matrix [--only TEST]... [--size NAME=VALUE]... [PLATFORM]...
                                       runs everything, or only these tests, and puts what they came
                                       to into the table of Documentation/platforms.rst. Sizes: n
                                       and fresh, programs; cycles, of unloading
platforms.py list                      the tests
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import pathlib
import subprocess
import sys
import textwrap
import time

import ktap
from vm import host, kernel, table

TOP = pathlib.Path(__file__).resolve().parent.parent
OUT = TOP / "build" / "test"
PAGE = TOP / "Documentation" / "platforms.rst"
# What ends the table in the page.
BELOW = "\n.. End of the table.\n"
# Of a test as a whole, in seconds.
LIMIT = 2400


@dataclasses.dataclass(frozen=True)
class Test:
    """A command for a platform, how it is called in the table, the feature that it needs, and what
    a cell says of it when all went well."""
    heading: str
    command: str
    needs: str = ""
    otherwise: str = ""
    says: str = "{passed}"


# What Debian's kernels lack; see tests/vm/kunit.config.
NO_KUNIT = "no KUnit in this kernel"
TESTS = {
    "build": Test("builds", "scripts/vm modules {name}"),
    "warnings": Test("warnings of sparse, W=1, objtool, modpost",
                     "scripts/vm modules {name} W=1 C=2", says="none"),
    "driver": Test("driver of one's own", "tests/driver.sh {name}", says="yes"),
    "kunit": Test("KUnit", "env TIMEOUT=2100 kunit/run.sh --on {name}", "kunit", NO_KUNIT),
    "samples": Test("samples", "samples/check.sh {name}"),
    "conformance": Test("corpus", "env N={n} tests/conformance/guest.sh {name}",
                        says="{n} programs"),
    "fresh": Test("fresh programs", "env N={fresh} tests/conformance/guest.sh {name} random",
                  says="{fresh} programs"),
    "faults": Test("faults", "tests/guest/faults/run.sh {name} 20"),
    "tracers": Test("tracers", "tests/guest/tracer/run.sh {name} none graph graph_trace probes"
                    " probes_under_graph graph_over_probes pool reject alarms"),
    "observe": Test("events", "tests/guest/observe/run.sh {name}"),
    "unload": Test("unload", "tests/guest/lifecycle/run.sh {name} {cycles}",
                   says="{passed}; {cycles} cycles"),
    "fatal": Test("fatal", "tests/guest/fatal/run.py --on {name} {cases}"),
    "stress": Test("stress", "tests/guest/stress/run.sh 2 {name}", says="2 minutes"),
}
# What make test takes.
QUICK = {"n": "500", "fresh": "500", "cycles": "20",
         "cases": "leak_irqs bad_sp_low nest_too_deep fault_deep killed_kdefer exit_kdefer"}


def full(platform: table.Platform) -> dict[str, str]:
    """What the table takes. Where the CPU is emulated whatever the machine, it takes less."""
    return {"n": "2500", "fresh": "2000", "cycles": "200" if platform.arch.native else "20",
            "cases": ""}


@dataclasses.dataclass
class Outcome:
    """What a test came to: a cell of the table."""
    text: str
    failed: bool = False


def run_test(platform: table.Platform, name: str, size: dict[str, str]) -> Outcome:
    """Runs a test; what it prints goes to its log."""
    test = TESTS[name]
    if test.needs and test.needs not in kernel.features(platform):
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
    if not report.cases:
        return Outcome("yes" if test.says == "{passed}" else test.says)
    reasons = {case.reason: None for case in report.cases if case.outcome == ktap.SKIPPED}
    skipped = f"; {report.count(ktap.SKIPPED)} skipped: {', '.join(reasons)}" if reasons else ""
    return Outcome(test.says.format(passed=passed, **size) + skipped)


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


Row = dict[str, str]
PLATFORM, KERNEL = "platform", "kernel"
NOT_YET = "not run yet"
NO_KERNEL = "no kernel to run it on"
HEAD = """\
.. SPDX-License-Identifier: GPL-2.0-only

.. Rows written by make test-matrix.

=========
Platforms
=========

What ``make test-matrix`` found. A number is how many cases passed; what is no number is what was
seen, or the reason why there is none.

.. list-table::
   :header-rows: 1

"""


def headings() -> Row:
    """What stands above the columns, by the tests' names."""
    return {PLATFORM: PLATFORM, KERNEL: KERNEL} | \
        {name: test.heading for name, test in TESTS.items()}


def read_page() -> dict[str, Row]:
    """The rows of the page as it is, by platform. A column that is no test any more is left out."""
    columns = {heading: name for name, heading in headings().items()}
    lists: list[list[str]] = []
    for line in PAGE.read_text(encoding="utf-8").splitlines() if PAGE.exists() else ():
        if line.startswith("   * - "):
            lists.append([])
        if line.startswith(("   * -", "     -")) and lists:
            lists[-1].append(line[7:])
        elif line.startswith(" " * 7) and lists:
            lists[-1][-1] += f" {line.strip()}"
    rows = [{columns[heading]: cell for heading, cell in zip(lists[0], cells)
             if heading in columns} for cells in lists[1:]]
    return {row[PLATFORM]: row for row in rows}


def write_page(rows: dict[str, Row]) -> None:
    """Writes the rows in the order of the table of platforms, and what stands around them. All that
    follows the table is written by hand, and stays."""
    below = ""
    if PAGE.exists():
        below = PAGE.read_text(encoding="utf-8").partition(BELOW)[2]
    cells = [headings(), *(rows[name] for name in table.platforms() if name in rows)]
    text = "".join(textwrap.fill(f"{' ' if column else '*'} - {row.get(name) or NOT_YET}", 100,
                                 initial_indent=" " * 3, subsequent_indent=" " * 7) + "\n"
                   for row in cells for column, name in enumerate(headings()))
    PAGE.write_text(HEAD + text + BELOW + below, encoding="utf-8")


def fill(platform: table.Platform, cells: Row) -> None:
    """Puts cells into the page as it is by now: others may fill their rows meanwhile."""
    rows = read_page()
    rows[platform.name] = rows.get(platform.name, {PLATFORM: platform.name}) | cells
    write_page(rows)


def matrix(platforms: list[table.Platform], tests: list[str], sizes: dict[str, str]) -> int:
    """Fills the table; a platform that cannot be had is a row with the reason."""
    failed = 0
    for platform in platforms:
        try:
            fill(platform, {KERNEL: kernel.release(kernel.prepare(platform))})
        except host.Unavailable as error:
            print(platform.name, error, flush=True)
            known = read_page().get(platform.name, {})
            fill(platform, {KERNEL: f"not available: {error}"} |
                 {name: NO_KERNEL for name in tests if known.get(name, NOT_YET) == NOT_YET})
            continue
        for name in tests:
            outcome = run_test(platform, name, full(platform) | sizes)
            failed += outcome.failed
            fill(platform, {name: outcome.text})
            print(f"{platform.name} {name}: {outcome.text}", flush=True)
    return int(failed > 0)


def parse_size(text: str) -> tuple[str, str]:
    """One that is asked for: only those that a cell tells."""
    name, _, value = text.partition("=")
    if name not in ("n", "fresh", "cycles") or not value.isdecimal():
        raise argparse.ArgumentTypeError("n=, fresh= or cycles= with a number is a size")
    return name, value


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=("run", "matrix", "list"))
    parser.add_argument("names", nargs="*")
    parser.add_argument("--only", action="append", choices=TESTS, metavar="TEST")
    parser.add_argument("--size", action="append", default=[], type=parse_size,
                        metavar="NAME=VALUE")
    options = parser.parse_intermixed_args()
    OUT.mkdir(parents=True, exist_ok=True)
    os.environ["LC_ALL"] = "C"
    if options.verb == "list":
        print("\n".join(TESTS))
        return 0
    if options.verb == "matrix":
        names = options.names or list(table.platforms())
        return matrix([table.find(name) for name in names], options.only or list(TESTS),
                      dict(options.size))
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
