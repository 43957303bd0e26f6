#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Reads the results in a log that has TAP or KTAP in it, among whatever else was printed.

A result with results of a deeper indentation before it is that of a suite, and no case, but for a
suite that failed though none of its cases did. A plan ("1..N") that is not fulfilled is a failure.

ktap.py LOG... prints how many cases of each log passed, failed and were skipped.
"""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Iterable

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"

# What a kernel puts in front of a line, and terminals' colours.
PREFIX = re.compile(r"^\[ *[\d:.]+\] |\x1b\[[\d;]*m")
VERSION = re.compile(r"^((?: {4})*)K?TAP version \d+$")
PLAN = re.compile(r"^((?: {4})*)1\.\.(\d+)(?: +# *SKIP\b *(.*))?$")
RESULT = re.compile(r"^((?: {4})*)(not )?ok\b(?: +\d+)?(?: +-)?(?: +(.*?))?(?: *# *SKIP\b *(.*))?$")


@dataclasses.dataclass
class Case:
    """A result; the reason is why it was skipped, or why a suite without a failed case failed."""
    name: str
    outcome: str
    reason: str = ""


@dataclasses.dataclass
class Level:
    """What was seen of one document or suite: results of the same indentation."""
    plan: int | None = None
    seen: int = 0
    failed: bool = False


class Report:
    """The cases of a log, and the plans that it did not fulfil."""

    def __init__(self) -> None:
        self.cases: list[Case] = []
        self.broken: list[str] = []

    def count(self, outcome: str) -> int:
        """How many cases passed, failed or were skipped; a broken plan is a failure."""
        found = sum(case.outcome == outcome for case in self.cases)
        return found + len(self.broken) if outcome == FAILED else found


class Parser:
    """Takes lines, and has a report."""

    def __init__(self) -> None:
        self.report = Report()
        self.levels: dict[int, Level] = {}

    def line(self, text: str) -> None:
        text = PREFIX.sub("", text.rstrip("\r\n"))
        if found := VERSION.match(text):
            self.close(depth(found))
        elif found := PLAN.match(text):
            self.plan(depth(found), int(found.group(2)), found.group(3))
        elif found := RESULT.match(text):
            self.result(depth(found), case_of(found))

    def plan(self, at: int, number: int, skipped: str | None) -> None:
        if self.level(at).plan is not None:
            self.close(at)
        self.level(at).plan = number
        if skipped is not None:
            self.report.cases.append(Case("all", SKIPPED, skipped))

    def result(self, at: int, case: Case) -> None:
        inner = [level for deeper, level in self.levels.items() if deeper > at and level.seen]
        self.close(at + 1)
        level = self.level(at)
        # A plan may stand at the end: what follows a plan that is fulfilled is another report.
        if level.plan is not None and level.seen >= level.plan > 0:
            self.close(at)
            level = self.level(at)
        level.seen += 1
        level.failed |= case.outcome == FAILED
        if not inner:
            self.report.cases.append(case)
        elif case.outcome == FAILED and not any(one.failed for one in inner):
            case.reason = "a suite that failed, but none of its cases"
            self.report.cases.append(case)

    def level(self, at: int) -> Level:
        return self.levels.setdefault(at, Level())

    def close(self, at: int) -> None:
        """What is this deep or deeper has ended."""
        for deeper in [deeper for deeper in self.levels if deeper >= at]:
            level = self.levels.pop(deeper)
            if level.plan is not None and level.seen < level.plan:
                self.report.broken.append(f"{level.plan} results were planned, {level.seen} came")


def depth(found: re.Match[str]) -> int:
    return len(found.group(1)) // 4


def case_of(found: re.Match[str]) -> Case:
    name = found.group(3) or ""
    if found.group(2):
        return Case(name, FAILED)
    reason = found.group(4)
    return Case(name, PASSED) if reason is None else Case(name, SKIPPED, reason)


def parse(lines: Iterable[str]) -> Report:
    parser = Parser()
    for line in lines:
        parser.line(line)
    parser.close(0)
    return parser.report


def read(name: str) -> Report:
    with open(name, encoding="utf-8", errors="replace") as file:
        return parse(file)


def main() -> int:
    for name in sys.argv[1:]:
        report = read(name)
        counts = ", ".join(f"{report.count(what)} {what}" for what in (PASSED, FAILED, SKIPPED))
        print(f"{name}: {counts}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
