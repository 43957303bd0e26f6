#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Tests what counts as the same output, and whose printout is whose."""

import sys

import outputs

CHAIN = ["say 1", "| panic: a", "| \tpanic: b [recovered]", "| \tpanic: c", "| \tof two lines",
         "| \tpanic: d"]
GAP = "| \t(2 more panics, not kept)"

# What is compared with CHAIN, and whether it is the same.
SAME = {
    "itself": (CHAIN, True),
    "another event": (["say 2"] + CHAIN[1:], False),
    "another panic": (CHAIN[:5] + ["| \tpanic: e"], False),
    "a mark less": (CHAIN[:2] + ["| \tpanic: b"] + CHAIN[3:], False),
    "another second line": (CHAIN[:4] + ["| \tof three lines"] + CHAIN[5:], False),
    "one panic less": (CHAIN[:5], False),
    "no printout": (CHAIN[:1], False),
    "another order": (CHAIN[1:] + CHAIN[:1], False),
    "a gap": (CHAIN[:2] + [GAP] + CHAIN[5:], True),
    "a gap for less": (CHAIN[:2] + [GAP] + CHAIN[3:], True),
    "a gap that is too small": (CHAIN[:1] + [GAP] + CHAIN[5:], False),
    "a gap, another event": (["say 2"] + CHAIN[1:2] + [GAP] + CHAIN[5:], False),
    "a gap, another panic": (CHAIN[:2] + [GAP, "| \tpanic: e"], False),
    "a gap, another second line": (CHAIN[:2] + [GAP, CHAIN[3], "| \tof three lines", CHAIN[5]],
                                   False),
    "a gap, one panic less": (CHAIN[:2] + [GAP] + CHAIN[3:5], False),
    "a gap, a panic too many": (CHAIN[:2] + [GAP] + CHAIN[5:] * 2, False),
    "a gap, a mark less before it": (CHAIN[:2] + ["| \tpanic: b", GAP, CHAIN[5]], True),
    "a gap, a mark more after it": (CHAIN[:2] + [GAP, CHAIN[5] + " [recovered]"], True),
    "a gap, a mark more at the end": (CHAIN[:2] + [GAP] + CHAIN[3:5] + [CHAIN[5] + " [recovered]"],
                                      False),
    "a gap, a mark less elsewhere": (CHAIN[:2] + ["| \tpanic: b"] + CHAIN[3:5] + [GAP, CHAIN[5]],
                                     False),
}

LOG = """\
panic: a
kdefer: uncaught panic in thread 1/1[7]
kdefer: raised at f+0x1/0x2
panic: b
\tpanic: c
\tfatal error: why
kdefer: throw in thread 1/0[8]
panic: d
kdefer: throw in thread 2/0[9]
panic: e
"""


def test_same():
    for name, (got, expected) in SAME.items():
        if outputs.same([CHAIN], [got]) != expected:
            yield f"{name}: is {'not ' if expected else ''}the same"
    if outputs.same([CHAIN], [CHAIN, CHAIN]):
        yield "a task more: is the same"


def test_printouts():
    """Program 2 has no output, since it did not end."""
    got = {1: [["say 1"], ["say 2"]]}
    rest = outputs.add_printouts(got, LOG)
    expected = {1: [["say 1", "| panic: b", "| \tpanic: c", "| \tfatal error: why"],
                    ["say 2", "| panic: a"]]}
    if got != expected:
        yield f"printouts: {got} instead of {expected}"
    if rest != ["panic: d", "panic: e"]:
        yield f"of programs that did not end: {rest}"


def main():
    wrong = list(test_same()) + list(test_printouts())
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
