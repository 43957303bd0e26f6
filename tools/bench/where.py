# SPDX-License-Identifier: GPL-2.0-only
"""
For gdb, by where.sh: steps through the second call of a function, and prints how many instructions
are of each function of the source, inlined ones by their own name.
"""

import collections

import gdb

FUNCTION = gdb.convenience_variable("function").string()


def name_of(frame: gdb.Frame) -> str:
    return frame.name() or "?"


def step_through() -> collections.Counter[str]:
    """One call: until the stack pointer is above the one at its beginning."""
    counts: collections.Counter[str] = collections.Counter()
    begin = int(gdb.parse_and_eval("(unsigned long)$sp"))
    while int(gdb.parse_and_eval("(unsigned long)$sp")) <= begin:
        counts[name_of(gdb.newest_frame())] += 1
        gdb.execute("stepi", to_string=True)
    return counts


def main() -> None:
    gdb.execute("set pagination off")
    gdb.execute("starti", to_string=True)
    stop = gdb.Breakpoint(f"*{FUNCTION}")
    stop.ignore_count = 1
    gdb.execute("continue", to_string=True)
    stop.delete()
    counts = step_through()
    print(f"| {FUNCTION}(): {sum(counts.values())} instructions")
    for name, count in counts.most_common():
        print(f"|   {count:4} {name}")


main()
