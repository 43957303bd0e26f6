#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
executed.py EXECUTED LOG MODULE: which lines of kdefer.ko were executed in a guest. EXECUTED is what
QEMU wrote down, LOG has a line "section NAME ADDRESS" for each section of code, MODULE is kdefer.ko
with its line numbers. Prints a line for each file of kmod/, and the lines that were not executed,
with the reasons of unreached.txt; fails if one has none. Which seldom ones a run executes differs,
so that a reason which is for nothing is only said.
"""

from __future__ import annotations

import collections
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SECTION = re.compile(r"^section (\.\S+) (0x[0-9a-f]+)$", re.MULTILINE)
RAN = re.compile(r"^0x([0-9a-f]{16}): ", re.MULTILINE)
# What the kernel's headers make of a tracepoint has lines of them.
GENERATED = re.compile(r"(do_)?(__)?(bpf_|perf_)?(trace|probestub)")
FUNCTION = re.compile(r"^([A-Za-z_]\w*)(?:\.\w+)*\(\):$")
SOURCE = re.compile(r"^/.*/(kmod/\S+\.[ch]):(\d+)(?: \(discriminator \d+\))?$")
OTHER_SOURCE = re.compile(r"^/\S+:\d+")
INSTRUCTION = re.compile(r"^ *([0-9a-f]+):\t")
NOP = re.compile(r"\t(nop|data16|cs nopw|xchg +%ax,%ax|int3)")


class Line:
    """A line of the source that has instructions."""

    def __init__(self) -> None:
        self.ran = False
        self.functions: set[str] = set()


class Reason:
    """A line "FILE: WHAT: REASON" of unreached.txt. WHAT is a name and "()" for all of a function,
    else a text that stands in the lines. FILE is * for all files."""

    def __init__(self, text: str) -> None:
        self.file, self.what, self.why = text.split(": ", 2)
        self.used = False

    def is_for(self, file: str, line: Line, text: str) -> bool:
        if self.file not in (file, "*"):
            return False
        if self.what.endswith("()"):
            return self.what[:-2] in line.functions
        return self.what in text


Lines = dict[tuple[str, int], Line]


def look(module: str, section: str, base: int, ran: set[int], lines: Lines) -> None:
    """Adds each line that has an instruction in a section, and whether one of them ran."""
    text = subprocess.run(["objdump", "-dl", "--no-show-raw-insn", "-j", section, module],
                          check=True, stdout=subprocess.PIPE, text=True).stdout
    at: Line | None = None
    function = ""
    for line in text.splitlines():
        if name := FUNCTION.match(line):
            function = name.group(1)
        elif source := SOURCE.match(line):
            at = None
            if not GENERATED.match(function):
                file = os.path.normpath(source.group(1))
                at = lines.setdefault((file, int(source.group(2))), Line())
                at.functions.add(function)
        elif OTHER_SOURCE.match(line):
            at = None
        elif at and (code := INSTRUCTION.match(line)) and not NOP.search(line):
            at.ran |= base + int(code.group(1), 16) in ran


def summarise(lines: Lines) -> None:
    files: dict[str, list[bool]] = collections.defaultdict(list)
    for (name, _), line in lines.items():
        files[name].append(line.ran)
    for name, ran in [*sorted(files.items()), ("kmod/", [line.ran for line in lines.values()])]:
        print(f"{name:<36}{100 * sum(ran) / len(ran):6.1f} % of {len(ran):4}")


def explain(lines: Lines, reasons: list[Reason], sources: pathlib.Path) -> int:
    """Lists what was not executed; returns how many lines have no reason."""
    unexplained = 0
    for (name, number), line in sorted(lines.items()):
        if line.ran:
            continue
        text = (sources / name).read_text(encoding="utf-8").splitlines()[number - 1].strip()
        found = [reason for reason in reasons if reason.is_for(name, line, text)]
        for reason in found:
            reason.used = True
        unexplained += not found
        print(f"\n{name}:{number}: {'/'.join(sorted(line.functions))}(): {text}\n"
              f"\t{found[0].why if found else 'NO REASON GIVEN'}")
    return unexplained


def main() -> int:
    executed, log, module = sys.argv[1:]
    ran = {int(address, 16) for address in RAN.findall(pathlib.Path(executed).read_text("latin-1"))}
    said = pathlib.Path(log).read_text(encoding="utf-8", errors="replace")
    reasons = [Reason(line) for line in (HERE / "unreached.txt").read_text("utf-8").splitlines()
               if line and not line.startswith("#")]
    lines: Lines = {}
    for section, base in dict(SECTION.findall(said)).items():
        look(module, section, int(base, 16), ran, lines)
    if not any(line.ran for line in lines.values()):
        sys.exit(f"no line of {module} was executed; see {log}")
    summarise(lines)
    unexplained = explain(lines, reasons, pathlib.Path(module).parent.parent)
    stale = [reason for reason in reasons if not reason.used]
    for reason in stale:
        print(f"\nthe reason for '{reason.what}' in {reason.file} is for nothing any more")
    print(f"\n{unexplained} lines not executed, without a reason in {HERE / 'unreached.txt'}")
    return int(unexplained > 0)


if __name__ == "__main__":
    sys.exit(main())
