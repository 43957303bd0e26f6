#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
What a user may use, and its pages of section 9 of the manual.

symbols.py pages DIR    kernel-doc's manual pages from standard input, a file for each public symbol
symbols.py missing DIR  the public symbols that have no page there
"""

from __future__ import annotations

import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
PUBLIC = TOP / "include" / "kdefer"
# The headers whose names are for users.
HEADERS = ("kdefer.h", "value.h", "outcome.h", "define.h", "guard.h", "result.h", "skip.h",
           "call.h", "go.h", "once.h")
# KDEFER_DEFINE1 and so on are described with KDEFER_DEFINE0, DEFINE_KDEFER3 with DEFINE_KDEFER2.
MACRO = re.compile(r"^#define (k[a-z_]+|KDEFER_DEFINE(?:_VOID)?0?|DEFINE_KDEFER2?|"
                   r"KDEFER_(?:MAY_SKIP|\w+_INIT))[( \t]", re.MULTILINE)
INLINE = re.compile(r"^static inline [\w *]*\b(k[a-z_]+)\(", re.MULTILINE)
EXPORT = re.compile(r"^EXPORT_SYMBOL_GPL\((k[a-z_]+)\);", re.MULTILINE)
TYPE = re.compile(r"^(?:struct|enum) (kdefer_[a-z_]+) \{$", re.MULTILINE)
# With the name of the page as its last word.
TITLE = re.compile(r'^\.TH "[^"]*" 9 "(?:[^"]* )?([^" ]+)"')
SAME = [(f"{name}{number}", f"{name}0") for name in ("KDEFER_DEFINE", "KDEFER_DEFINE_VOID")
        for number in range(1, 7)]
SAME += [(f"DEFINE_KDEFER{number}", "DEFINE_KDEFER2") for number in (3, 4)]
# Types of these headers that users need not know.
PRIVATE = {"kdefer_copied", "kdefer_goexit_end", "kdefer_guarded", "kdefer_may_skip"}


def read() -> str:
    return "\n".join((PUBLIC / name).read_text(encoding="utf-8") for name in HEADERS)


def exported() -> set[str]:
    sources = [*TOP.glob("kmod/core/*.c"), *TOP.glob("kmod/host/*.c")]
    return {name for source in sources for name in EXPORT.findall(source.read_text("utf-8"))}


def symbols() -> set[str]:
    """Macros, functions and types of the public headers."""
    text = read()
    named = set(re.findall(r"\w+", text))
    found = [*MACRO.findall(text), *INLINE.findall(text), *TYPE.findall(text)]
    return (exported() & named | set(found)) - PRIVATE


def split(text: str) -> dict[str, str]:
    """Pages by name. kernel-doc prints one after the other, and leaves literals as they are."""
    pages: dict[str, list[str]] = {}
    page: list[str] = []
    for line in re.sub(r"``([^`]*)``", r"\\fB\1\\fP", text).splitlines():
        if found := TITLE.match(line):
            page = pages.setdefault(found.group(1), [])
            line = f'.TH "{found.group(1)}" 9 "" "kdefer" "kdefer API"'
        if page and page[-1].startswith(".SH NAME"):
            # A name of one word is what whatis and apropos find.
            line = re.sub(r"^(struct|enum) ", "", line)
        page.append(line)
        if line.startswith(".SH SYNOPSIS"):
            page += [".B #include <kdefer/kdefer.h>", ".PP"]
    return {name: "\n".join(lines) + "\n" for name, lines in pages.items()}


def write_pages(folder: pathlib.Path) -> int:
    """Of what is not public there are comments, but no pages."""
    public = symbols()
    pages = {name: page for name, page in split(sys.stdin.read()).items() if name in public}
    for alias, name in SAME:
        pages[alias] = f".so man9/{name}.9\n"
    for name, page in pages.items():
        (folder / f"{name}.9").write_text(page, encoding="utf-8")
    print(f"{len(pages)} pages")
    return int(not pages)


def missing(folder: pathlib.Path) -> int:
    lacking = sorted(name for name in symbols() | {"krecover"}
                     if not (folder / f"{name}.9").exists())
    for name in lacking:
        print(f"{name} has no kernel-doc comment")
    return int(bool(lacking))


def main() -> int:
    verbs = {"pages": write_pages, "missing": missing}
    if len(sys.argv) != 3 or sys.argv[1] not in verbs:
        sys.exit(__doc__)
    return verbs[sys.argv[1]](pathlib.Path(sys.argv[2]))


if __name__ == "__main__":
    sys.exit(main())
