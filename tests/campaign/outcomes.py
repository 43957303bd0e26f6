# SPDX-License-Identifier: GPL-2.0-only
"""What becomes of a mutant, and tables of it."""

from __future__ import annotations

import collections
import itertools
import json
import pathlib
import re
from collections.abc import Iterable

# From the best to the worst.
OUTCOMES = {
    "unexecuted": "never executed",
    "none": "executed, no effect",
    "wrong": "wrong answers only",
    "recovered": "a panic recovered, the next request served, nothing leaked",
    "leaked": "the next request served, something leaked",
    "lost": "a thread or the driver lost, the kernel alive",
    "throw": "a throw, the kernel alive",
    "dead": "the kernel dead or hung",
}
BAD = ("leaked", "lost", "throw", "dead")
VARIANTS = {"kdefer": "with kdefer", "bare": "without"}


def judge(steps: dict, log: str, clean: re.Pattern) -> str:
    """The worst that holds. @steps is what the guest has said of them, or why it says nothing;
    @clean is found in the log of a driver that is unloaded and has left nothing."""
    if "end" in steps or steps["use"]:
        return "dead"
    if "fatal error: " in log:
        return "throw"
    if steps["load"] or steps["unload"] or not steps["served"] or steps["killed"]:
        return "lost"
    if not clean.search(log):
        return "leaked"
    if steps["faults"]:
        return "recovered"
    return "none" if steps["same"] else "wrong"


def read(results: pathlib.Path) -> list[dict]:
    if not results.exists():
        return []
    return [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]


def of_newest_build(records: Iterable[dict]) -> list[dict]:
    """Of the build of the driver that was tried last, in each variant: the mutants up to the first
    one that a variant lacks. Those that are not executed are known at once, and would outweigh the
    others in a campaign that is not over."""
    records = list(records)
    newest_build = {r["variant"]: (r["module"], r["seed"]) for r in records}
    found = [r for r in records if (r["module"], r["seed"]) == newest_build[r["variant"]]]
    known = [{r["number"] for r in found if r["variant"] == v} for v in newest_build]
    complete = next(n for n in itertools.count() if not all(n in numbers for numbers in known))
    return [r for r in found if r["number"] < complete]


def newest(records: Iterable[dict]) -> list[dict]:
    """Of each mutant of the newest build what was found last."""
    return list({(r["variant"], r["number"]): r for r in of_newest_build(records)}.values())


def count(records: Iterable[dict]) -> dict[str, collections.Counter[str]]:
    """For each variant, how many mutants came to which outcome."""
    counts: dict[str, collections.Counter[str]] = {v: collections.Counter() for v in VARIANTS}
    for r in records:
        counts[r["variant"]][r["outcome"]] += 1
    return counts


def table(results: pathlib.Path) -> str:
    """In words, of what was tried last."""
    counts = count(newest(read(results)))
    lines = [f"{'':60}" + "".join(f"{words:>14}" for words in VARIANTS.values())]
    for outcome, words in OUTCOMES.items():
        lines.append(f"{words:60}" + "".join(f"{counts[v][outcome]:14}" for v in VARIANTS))
    lines.append(f"{'mutants':60}" + "".join(f"{counts[v].total():14}" for v in VARIANTS))
    return "\n".join(lines) + "\n"
