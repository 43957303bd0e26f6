#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Reads the table of what makes up the context of a frame, include/kdefer/snapshot_items.h, through
the compiler: prints it as reStructuredText for the manual, the words of its items, or the names of
the words that a kernel's KDEFER functions read; or checks that every item has a test.
"""

from __future__ import annotations

import argparse
import ast
import dataclasses
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
TABLE = TOP / "include" / "kdefer" / "snapshot_items.h"
KUNIT = TOP / "kunit" / "context_kunit.c"
FATAL = TOP / "tests" / "guest" / "fatal" / "cases"
sys.path.insert(0, str(FATAL.parent))

import case as fatal  # noqa: E402 (from the folder that was added just before)

# The columns of an item, each after a mark that C does not have. The words of the two cases of
# KDEFER_ON_RT() stay next to each other.
MARK = "@"
DEFINES = {
    "KDEFER_READ(type, field, value)": f"{MARK}READ{MARK} field",
    "KDEFER_ITEM(name, field, part, end, taken, given, by, on, effect, ...)":
        MARK.join(["", "ITEM", *" name , end , taken , given , by , on , effect ".split(",")]),
    "KDEFER_ON_RT(words, else_words)": "words ; else_words",
}
LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"')


@dataclasses.dataclass(frozen=True)
class Item:
    """A KDEFER_ITEM()."""
    name: str
    end: str
    taken: list[str]
    given: list[str]
    by: str
    on: str
    effect: str

    @property
    def words(self) -> list[str]:
        return self.taken + self.given


def preprocess(*options: str) -> str:
    command = ["gcc", "-E", "-P", "-x", "c", "-D__KERNEL__", *options, str(TABLE)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def everything() -> list[str]:
    """Options that define all that the table asks for. One question may hide another one."""
    options: list[str] = []
    while True:
        # Of what is asked for and not defined, -dU prints that it is not.
        asked = re.findall(r"^#undef (\w+)$", preprocess("-dU", *options), re.MULTILINE)
        new = [f"-D{name}" for name in asked if not name.startswith("KDEFER_")
               and f"-D{name}" not in options]
        if not new:
            return options
        options += new


def rows(kind: str, options: list[str]) -> list[list[str]]:
    """The columns of all rows of a kind."""
    defines = [f"-D{macro}={text}" for macro, text in DEFINES.items()]
    cells = preprocess(*defines, *options).split(MARK)[1:]
    starts = [at for at, cell in enumerate(cells) if cell in ("READ", "ITEM")]
    return [[cell.strip() for cell in cells[start + 1:end]]
            for start, end in zip(starts, starts[1:] + [len(cells)]) if cells[start] == kind]


def strings(column: str) -> list[str]:
    return [ast.literal_eval(literal) for literal in LITERAL.findall(column)]


def items() -> list[Item]:
    """Every item that any kernel has."""
    return [Item(name, end, strings(taken), strings(given), "".join(strings(by)),
                 "".join(strings(on)), "".join(strings(effect)))
            for name, end, taken, given, by, on, effect in rows("ITEM", everything())]


def fields(kernel: pathlib.Path) -> list[str]:
    """What is read on the kernel with this build tree."""
    config = kernel / "include" / "generated" / "autoconf.h"
    return [field for (field,) in rows("READ", ["-include", str(config)])]


def manual(found: list[Item]) -> str:
    table = [("Left behind by a skipped function", "Found on", "What happens")]
    table += [(item.by, item.on, item.effect) for item in found]
    return ".. list-table::\n   :header-rows: 1\n   :widths: 34 26 40\n\n" + \
        "".join(f"   * - {by}\n     - {on}\n     - {effect}\n" for by, on, effect in table)


def expected_by_fatal_cases() -> list[re.Pattern[str]]:
    return [re.compile(regex) for case in fatal.parse(FATAL.read_text(encoding="utf-8")).values()
            for regex in case.expect]


def is_expected(item: Item, patterns: list[re.Pattern[str]]) -> bool:
    """Whether a case expects what is printed of the item, and would see other words."""
    lines = {"FATAL": "\tfatal error: recovery with {} since the KDEFER function was entered: "
                      "defer the release right after the acquire",
             "REPAIRED": "kdefer: thread fatal[1]: a skipped function has left {}: put right; "
                         "defer the release right after the acquire"}
    line = lines[item.end]
    return any(pattern.search(line.format(words)) and not pattern.search(line.format("?"))
               for pattern in patterns for words in item.words)


def untested(found: list[Item]) -> list[str]:
    """Items whose words no fatal case waits for. One that is put right may be in the suite."""
    patterns = expected_by_fatal_cases()
    suite = re.findall(r"^(?:DEFINE|FLAG)_ITEM\((\w+),", KUNIT.read_text(encoding="utf-8"),
                       re.MULTILINE)
    return [item.name for item in found
            if not is_expected(item, patterns)
            and not (item.end == "REPAIRED" and item.name in suite)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--manual", action="store_true")
    what.add_argument("--words", action="store_true")
    what.add_argument("--fields", metavar="KERNEL", type=pathlib.Path)
    what.add_argument("--untested", action="store_true")
    args = parser.parse_args()
    if args.fields:
        print("\n".join(fields(args.fields)))
        return 0
    found = items()
    if args.manual:
        print(manual(found), end="")
    elif args.words:
        print("\n".join(words for item in found for words in item.words))
    else:
        missing = untested(found)
        for name in missing:
            print(f"no test checks the item {name} of {TABLE.relative_to(TOP)}")
        return int(bool(missing))
    return 0


if __name__ == "__main__":
    sys.exit(main())
