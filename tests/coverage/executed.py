#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
executed.py EXECUTED LOG MODULE: which lines of kdefer.ko were executed in a guest. EXECUTED is what
QEMU wrote down, LOG has a line "section NAME ADDRESS" for each section of code, MODULE is kdefer.ko
with its line numbers. Prints a line for each file of kmod/, and the lines that were not executed.
"""

from __future__ import annotations

import collections
import pathlib
import re
import subprocess
import sys

SECTION = re.compile(r"^section (\.\S+) (0x[0-9a-f]+)$", re.MULTILINE)
RAN = re.compile(r"^0x([0-9a-f]{16}): ", re.MULTILINE)
SOURCE = re.compile(r"^/.*/(kmod/\S+\.[ch]):(\d+)(?: \(discriminator \d+\))?$")
OTHER_SOURCE = re.compile(r"^/\S+:\d+")
INSTRUCTION = re.compile(r"^ *([0-9a-f]+):\t")
NOP = re.compile(r"\t(nop|data16|cs nopw|xchg +%ax,%ax|int3)")

Lines = dict[tuple[str, int], bool]


def look(module: str, section: str, base: int, ran: set[int], lines: Lines) -> None:
    """Adds each line that has an instruction in a section, and whether one of them ran."""
    text = subprocess.run(["objdump", "-dl", "--no-show-raw-insn", "-j", section, module],
                          check=True, stdout=subprocess.PIPE, text=True).stdout
    at: tuple[str, int] | None = None
    for line in text.splitlines():
        if source := SOURCE.match(line):
            at = source.group(1), int(source.group(2))
        elif OTHER_SOURCE.match(line):
            at = None
        elif at and (code := INSTRUCTION.match(line)) and not NOP.search(line):
            lines[at] = lines.get(at, False) or base + int(code.group(1), 16) in ran


def ranges(numbers: list[int]) -> str:
    """Consecutive lines as FIRST-LAST."""
    parts: list[list[int]] = []
    for n in numbers:
        if parts and n - parts[-1][-1] <= 1:
            parts[-1].append(n)
        else:
            parts.append([n])
    return " ".join(f"{p[0]}-{p[-1]}" if len(p) > 1 else str(p[0]) for p in parts)


def main() -> int:
    executed, log, module = sys.argv[1:]
    ran = {int(address, 16) for address in RAN.findall(pathlib.Path(executed).read_text("latin-1"))}
    said = pathlib.Path(log).read_text(encoding="utf-8", errors="replace")
    lines: Lines = {}
    for section, base in dict(SECTION.findall(said)).items():
        look(module, section, int(base, 16), ran, lines)
    files: dict[str, dict[int, bool]] = collections.defaultdict(dict)
    for (name, number), was in lines.items():
        files[name][number] = was
    for name, numbers in sorted(files.items()):
        missing = sorted(n for n, was in numbers.items() if not was)
        share = 100 * (len(numbers) - len(missing)) / len(numbers)
        print(f"{name}: {share:.1f} % of {len(numbers)} lines; not {ranges(missing) or 'one'}")
    share = 100 * sum(lines.values()) / max(len(lines), 1)
    print(f"kmod/: {share:.1f} % of {len(lines)} lines")
    return 0 if lines else 1


if __name__ == "__main__":
    sys.exit(main())
