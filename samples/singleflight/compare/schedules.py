#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Prints schedules, one a line: number, callers of one key, after how many of them the key is
forgotten (0: never), how the function ends, and a number for it. The first are all that there are
for up to three callers, the others are random.

schedules.py N [SEED]
"""

import itertools
import random
import sys

ENDS = ("return", "error", "panic", "goexit")


def main():
    number, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    rng = random.Random(seed)
    cases = [(callers, forget, how) for callers in (1, 2, 3)
             for forget, how in itertools.product(range(callers), ENDS)]
    while len(cases) < number:
        callers = rng.randint(1, 8)
        cases.append((callers, rng.randint(0, callers), rng.choice(ENDS)))
    for at, (callers, forget, how) in enumerate(cases):
        print(at, callers, forget, how, at % 100 + 1)


if __name__ == "__main__":
    main()
