#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Compares what the documentation says with the sources.

checks.py --list    the checks
checks.py CHECK     prints what is wrong
"""

from __future__ import annotations

import itertools
import pathlib
import re
import sys
from collections.abc import Iterator

DOC = pathlib.Path(__file__).resolve().parent
TOP = DOC.parent
sys.path.insert(0, str(TOP / "tests"))

import items  # noqa: E402 (from the folder that was added just before)

STRING = r'"((?:[^"\\]|\\.)*)"'
REASON = re.compile(rf'KDEFER_REASON\((\d+), [A-Z_]+,\s*{STRING},\s*"([a-z-]+)"\)')
MESSAGE = re.compile(rf'\b(?:pr_warn|pr_err|WARN|WARN_ONCE)\([^"]*{STRING}')
# What varies in a message is * in fatal.rst.
FORMAT = re.compile(r"%(?:l?[du]|#lx|\.\*s|s|pB|p[sS])")
EXPLAINED = re.compile(r"^\.\. _([\w-]+):$|^\t:Reason: (\d+), ``([\w-]+)``$", re.MULTILINE)
# A number as in rules.rst, in a comment.
RULE = re.compile(r"\b[DRPGXFSEK]\d{1,2}\b")


def sources(*patterns: str) -> str:
    """The text of files, joined."""
    return "\n".join(path.read_text(encoding="utf-8")
                     for pattern in patterns for path in sorted(TOP.glob(pattern)))


def page(name: str) -> str:
    return (DOC / name).read_text(encoding="utf-8")


def reasons() -> list[tuple[str, str, str]]:
    """Number, text and anchor of each reason for a throw."""
    return REASON.findall(sources("kmod/core/throw_reasons.h"))


def words_of_a_recovery() -> list[str]:
    """The words for each item of the context, which stand for a * in a message."""
    return [words for item in items.items() for words in item.words]


def messages() -> list[str]:
    """Reasons for a throw and the host's messages, but for a function's name in front."""
    said = [text for _, text, _ in reasons()]
    said += MESSAGE.findall(sources("kmod/core/*.c", "kmod/host/*.c"))
    texts = [re.sub(r"^\*: ", "", FORMAT.sub("*", text.removesuffix("\\n"))) for text in said]
    # A message that is put together of several texts has one gap where they come.
    return [re.sub(r"\*{3,}", "*", text) for text in texts] + words_of_a_recovery()


def every_message_is_explained() -> Iterator[str]:
    text = " ".join(page("fatal.rst").split())
    for message in messages():
        if message not in text:
            yield f"fatal.rst lacks: {message}"


def every_reason_has_an_anchor() -> Iterator[str]:
    explained, anchor = set(), ""
    for before, number, name in EXPLAINED.findall(page("fatal.rst")):
        anchor = before or anchor
        if number:
            explained.add((number, name if name == anchor else "without an anchor"))
    for number, name in {(number, name) for number, _, name in reasons()} ^ explained:
        yield f"fatal.rst and throw_reasons.h differ: {number}, {name}"


def every_rule_is_listed() -> Iterator[str]:
    listed = set(re.findall(r"^([A-Z]\d+)(?: |$)", page("rules.rst"), re.MULTILINE))
    named = set(RULE.findall(sources("include/kdefer/*.h", "kmod/*/*.[ch]", "kunit/*.c")))
    for rule in sorted(named - listed):
        yield f"rules.rst lacks {rule}"


def the_readme_has_the_example() -> Iterator[str]:
    """The code of README.md is the code of the example that was compiled."""
    readme = re.search(r"^```c\n(.*?)^```$", sources("README.md"), re.DOTALL | re.MULTILINE)
    example = re.search(r"^/\* start example[^\n]*\n(.*?)^/\* end example",
                        sources("Documentation/examples/frob.c"), re.DOTALL | re.MULTILINE)
    if not readme or not example or readme.group(1).rstrip() != example.group(1).rstrip():
        yield "the code of README.md is not that of Documentation/examples/frob.c"


def named_files_exist() -> Iterator[str]:
    """Each file or folder that README.md and MAINTAINERS name is there."""
    named = re.findall(r"`([a-zA-Z-]+/[\w/.-]*)`", sources("README.md"))
    named += re.findall(r"^F:\t(.*)$", sources("MAINTAINERS"), re.MULTILINE)
    for name in named:
        if not name.startswith("build/") and not (TOP / name).exists():
            yield f"there is no {name}"


def named_targets_exist() -> Iterator[str]:
    targets = set(re.findall(r"^([\w-]+):", sources("Makefile"), re.MULTILINE))
    for name in sorted(set(re.findall(r"`make ([a-z][a-z-]*)",
                                      sources("README.md", "Documentation/*.rst"))) - targets):
        yield f"there is no target {name} in Makefile"


CHECKS = {
    "every message is explained": every_message_is_explained,
    "every reason has an anchor": every_reason_has_an_anchor,
    "every rule is listed": every_rule_is_listed,
    "the example of README.md": the_readme_has_the_example,
    "files that README.md names": named_files_exist,
    "targets that are named": named_targets_exist,
}


def vacuous() -> Iterator[str]:
    """A check that finds nothing to compare would never fail."""
    for what, found in (("reasons", reasons()), ("words", words_of_a_recovery()),
                        ("messages", messages()),
                        ("explanations", EXPLAINED.findall(page("fatal.rst")))):
        if not found:
            yield f"no {what} are found in the sources any more"


def main() -> int:
    if sys.argv[1:] == ["--list"]:
        print("\n".join(CHECKS))
        return 0
    if len(sys.argv) != 2 or sys.argv[1] not in CHECKS:
        sys.exit(__doc__)
    wrong = list(itertools.chain(vacuous(), CHECKS[sys.argv[1]]()))
    print("\n".join(wrong), end="\n" if wrong else "")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
