#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
The rules of the house: what may stand in which folder, so that an architecture is one folder and a
kernel's version one place. Prints each line that breaks a rule, and what to do about it.

house.py [RULE]...    all rules, or those named
house.py --list       their names
house.py --self-test  breaks each rule in a copy of the tree, and sees that it is found
"""

from __future__ import annotations

import argparse
import dataclasses
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator

TOP = pathlib.Path(__file__).resolve().parent.parent

ARCHITECTURE = r"x86|amd64|aarch64|arm64|riscv"
ARCH_MACRO = r"\b(__(x86_64|i386|aarch64|arm|riscv)\w*|CONFIG_(X86|AARCH64|ARM64|RISCV)\w*)\b"
VERSION = r"\b(LINUX_VERSION_CODE|KERNEL_VERSION)\b"
KERNEL = r"\b__KERNEL__\b"

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.MULTILINE)
# A comment, or a text or character that is none although there is a slash or a quote in it.
C_COMMENT = re.compile(r'/\*.*?\*/|//[^\n]*|("(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\')',
                       re.DOTALL)
SCRIPT_COMMENT = re.compile(r"^[ \t]*#.*$", re.MULTILINE)
C_SUFFIXES = (".c", ".h", ".S", ".cpp")


class Tree:
    """The files of a tree, by their names in it."""

    def __init__(self, top: pathlib.Path, names: list[str]) -> None:
        self.top = top
        self.names = names

    def under(self, *places: str) -> Iterator[str]:
        """Names that begin with one of these."""
        return (name for name in self.names if name.startswith(places))

    def text(self, name: str) -> str:
        return (self.top / name).read_text(encoding="utf-8", errors="replace")

    def code(self, name: str) -> str:
        """The text with its comments blanked, so that lines keep their numbers."""
        text = self.text(name)
        if name.endswith(C_SUFFIXES):
            return C_COMMENT.sub(lambda found: found.group(1) or blank(found), text)
        return SCRIPT_COMMENT.sub("", text)


def blank(found: re.Match[str]) -> str:
    return "\n" * found.group(0).count("\n")


@dataclasses.dataclass(frozen=True)
class Breach:
    """A line that breaks a rule."""
    name: str
    line: int
    what: str


@dataclasses.dataclass(frozen=True)
class Rule:
    """
    How to find the lines that break a rule, and what to do about one. The sample breaks it: a file,
    and a line that is appended to it.
    """
    name: str
    find: Callable[[Tree], Iterator[Breach]]
    remedy: str
    samples: list[tuple[str, str]]


def search(name: str, text: str, pattern: str) -> Iterator[Breach]:
    for number, line in enumerate(text.split("\n"), 1):
        if found := re.search(pattern, line):
            yield Breach(name, number, found.group(0))


def words(pattern: str, places: tuple[str, ...], but: tuple[str, ...] = ()
          ) -> Callable[[Tree], Iterator[Breach]]:
    """Finds a pattern in the code under some places, but not under others."""
    def find(tree: Tree) -> Iterator[Breach]:
        for name in tree.under(*places):
            if not name.startswith(but or ("\n",)):
                yield from search(name, tree.code(name), pattern)
    return find


def public_headers_name_kmod(tree: Tree) -> Iterator[Breach]:
    """A comment in a public header sends its reader to a file that is not installed."""
    for name in tree.under("include/"):
        yield from search(name, tree.text(name), r"\bkmod/[\w/.-]*")


C_CODE = ("include/", "kmod/", "userspace-shim/", "kunit/", "tests/", "samples/", "tools/")
# The table of machines and kernels that the tests know.
TABLE = "tests/vm/"


def architectures(tree: Tree) -> Iterator[Breach]:
    for name in tree.under("include/", "kmod/", "userspace-shim/", "kunit/", "tests/", "samples/",
                           "scripts/"):
        if "/arch/" in name or name.startswith(TABLE):
            continue
        found = list(search(name, tree.code(name), rf"(?i:{ARCHITECTURE})"))
        if name not in NAMES_ARCHITECTURES:
            yield from found
        elif not found:
            yield Breach(name, 1, "no longer an exception of NAMES_ARCHITECTURES in tests/house.py")


# Where else an architecture has a name, and why.
NAMES_ARCHITECTURES = {
    "include/kdefer/arch.h": "chooses the architecture",
    "kunit/stack_kunit.c": "spoils the registers of the one architecture that it knows",
    "scripts/setup.sh": "installs the emulator that everybody needs before the table is read",
    "tests/house.py": "names them in order to find them",
}

# What the files of a folder may include: other folders and files of the project. The first folder
# that a file's name begins with counts. A public header may take others, and the kernel's.
LAYERS = {
    "include/": ("include/",),
    "kmod/core/": ("include/", "kmod/core/", "kmod/arch/arch.h"),
    "kmod/arch/": ("include/", "kmod/arch/", "kmod/core/", "kmod/compat/", "kmod/host/host.h"),
    "kmod/host/": ("include/", "kmod/host/", "kmod/core/", "kmod/compat/", "kmod/arch/arch.h"),
    "kmod/compat/": ("include/", "kmod/compat/"),
    "userspace-shim/": ("include/", "userspace-shim/", "kmod/core/", "kmod/arch/arch.h"),
    "kunit/": ("include/", "kunit/", "userspace-shim/include/"),
    "samples/": ("include/", "samples/", "userspace-shim/include/"),
    "tests/": ("include/", "tests/", "userspace-shim/include/"),
}
# The one file of the core that may take the kernel's headers, for all others.
CORE_TAKES_HEADERS = "kmod/core/host_api.h"


def included(tree: Tree, name: str, quote: str, what: str) -> str | None:
    """The project's file that a line includes, if it is one of the project's."""
    if quote == "<":
        return f"include/{what}" if what.startswith("kdefer/") else None
    try:
        return str((tree.top / name).parent.joinpath(what).resolve().relative_to(tree.top))
    except ValueError:
        return f"{what}, outside of the tree"


def includes(tree: Tree) -> Iterator[Breach]:
    for name in tree.names:
        layer = next((layer for layer in LAYERS if name.startswith(layer)), None)
        if layer is None or not name.endswith(C_SUFFIXES):
            continue
        text = tree.code(name)
        for found in INCLUDE.finditer(text):
            target = included(tree, name, *found.groups())
            if target and not target.startswith(LAYERS[layer]):
                yield Breach(name, text.count("\n", 0, found.start(2)) + 1, target)


def core_headers(tree: Tree) -> Iterator[Breach]:
    for name in tree.under("kmod/core/"):
        if name != CORE_TAKES_HEADERS:
            yield from search(name, tree.code(name), r"#\s*include\s*<(?!kdefer/)[^>]*>")


REASONS = "tests/conformance/unreached.txt"
GUEST_REASONS = "tests/coverage/unreached.txt"


def has_line(tree: Tree, where: str, text: str) -> bool:
    """Whether file WHERE, * for any of the module's, has TEXT, or the function TEXT()."""
    names = tree.under("kmod/") if where == "*" else tree.names
    wanted = text.removesuffix("()") + "(" if text.endswith("()") else text
    return any(wanted in tree.text(name) for name in names if where in ("*", name))


def reasons_without_line(tree: Tree) -> Iterator[Breach]:
    for reasons in (REASONS, GUEST_REASONS):
        for number, line in enumerate(tree.text(reasons).split("\n"), 1):
            if not line or line.startswith("#"):
                continue
            if not has_line(tree, *line.split(": ")[:2]):
                yield Breach(reasons, number, line)


RULES = [
    Rule("public headers do not name files of kmod/", public_headers_name_kmod,
         "say what happens there: who reads an installed header has no kmod/",
         [("include/kdefer/kdefer.h", "/* See kmod/core/panic.c. */"),
          ("include/kdefer/arch/x86.h", '#include "../../../kmod/core/impl.h"')]),
    Rule("the core does not know its host", words(KERNEL, ("kmod/core/",)),
         "let each host provide it, by way of core/host_api.h",
         [("kmod/core/run.c", "#ifdef __KERNEL__")]),
    Rule("the core takes the kernel's headers in one place", core_headers,
         f"include it in {CORE_TAKES_HEADERS}, and let the shim have that header",
         [("kmod/core/run.c", "#include <linux/slab.h>")]),
    Rule("no architecture's macro in core and host",
         words(ARCH_MACRO, ("kmod/core/", "kmod/host/")),
         "make it a part of the architecture's contract, kmod/arch/arch.h",
         [("kmod/core/panic.c", "#ifdef __x86_64__"), ("kmod/host/fault.c", "#ifdef CONFIG_ARM64"),
          ("kmod/host/stack.c", "#if defined(__riscv) && 1")]),
    Rule("versions only in the compat headers",
         words(VERSION, C_CODE, ("include/kdefer/compat.h", "kmod/compat/", "kunit/compat.h",
                                 "tests/compat.h", "tests/house.py")),
         "give the difference a name in kmod/compat/, in include/kdefer/compat.h for what users"
         " compile, in kunit/compat.h or in tests/compat.h",
         [("kmod/host/exit.c", "#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)"),
          ("kunit/run_kunit.c", "#if LINUX_VERSION_CODE >= 0x60c00")]),
    Rule("architectures are named under arch/ and in the tests' table", architectures,
         f"put it under arch/, or make it data in {TABLE}",
         [("kmod/host/context.c", "static int on_x86;"),
          ("kunit/run_kunit.c", "#ifdef __aarch64__"),
          ("tests/guest/lib.sh", "[ riscv64 = \"$MACHINE\" ]")]),
    Rule("includes point downward", includes,
         "see LAYERS in tests/house.py: core below host, arch.h between them, include/ below all",
         [("include/kdefer/value.h", '#include "../../kmod/core/impl.h"'),
          ("kmod/core/value.c", '#include "../host/host.h"'),
          ("kmod/core/value.c", '# include "../arch/x86/fault.h"'),
          ("kmod/host/stats.c", '#include "../arch/generic/fault.h"'),
          ("kmod/arch/arch.h", '#include "../host/registry.h"'),
          ("kmod/compat/compat.h", '#include "../core/impl.h"'),
          ("kunit/run_kunit.c", '#include "../kmod/core/impl.h"')]),
    Rule("a reason for what no test reaches is for a line of its file", reasons_without_line,
         "the line has changed or gone: give the reason its new text, or remove it",
         [(REASONS, "kmod/core/run.c: no_such_call(: gap"), (REASONS, "kmod/core/no.c: }: gap"),
          (GUEST_REASONS, "*: no_such_call(): gap")]),
]


def tracked(top: pathlib.Path) -> list[str]:
    listed = subprocess.run(["git", "-C", top, "ls-files"], stdout=subprocess.PIPE, check=True,
                            text=True).stdout.split("\n")
    return [name for name in listed if (top / name).is_file()]


def check(tree: Tree, rules: list[Rule]) -> bool:
    """Prints what breaks rules; whether nothing does."""
    found = [(rule, breach) for rule in rules for breach in rule.find(tree)]
    for rule, breach in found:
        print(f"{breach.name}:{breach.line}: {rule.name}: {breach.what}\n\t{rule.remedy}")
    return not found


def is_found(tree: Tree, rule: Rule, name: str, line: str) -> bool:
    """Whether the rule finds the line when it is appended to the file, and nothing else more."""
    path, text, before = tree.top / name, tree.text(name), set(rule.find(tree))
    path.write_text(f"{text}{line}\n", encoding="utf-8")
    more = set(rule.find(tree)) - before
    path.write_text(text, encoding="utf-8")
    return {(one.name, one.line) for one in more} == {(name, text.count("\n") + 1)}


def self_test(whole: Tree) -> bool:
    """A rule that finds nothing in a broken copy is itself broken."""
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Tree(pathlib.Path(folder).resolve(), whole.names)
        for name in whole.names:
            (copy.top / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(whole.top / name, copy.top / name)
        for rule in RULES:
            missed += [(rule, sample) for sample in rule.samples
                       if not is_found(copy, rule, *sample)]
    for rule, (name, line) in missed:
        print(f"{rule.name}: not found, or not alone, at the end of {name}: {line}")
    print(f"{sum(len(rule.samples) for rule in RULES)} ways to break {len(RULES)} rules,"
          f" {len(missed)} not found")
    return not missed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rule", nargs="*")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    named = {rule.name: rule for rule in RULES}
    if options.list:
        print("\n".join(named))
        return 0
    for name in options.rule:
        if name not in named:
            parser.error(f"there is no rule '{name}'")
    tree = Tree(TOP, tracked(TOP))
    if options.self_test:
        return int(not self_test(tree))
    return int(not check(tree, [named[name] for name in options.rule] or RULES))


if __name__ == "__main__":
    sys.exit(main())
