#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
report.py save FILE: counts the results in build/campaign into FILE, a line for each driver and
variant. report.py rst FILE: prints a table of them for the manual. report.py kinds DRIVER: what
became of each class of mutants, and in which function the kernel has found what was wrong.
"""

from __future__ import annotations

import collections
import pathlib
import re
import sys

import outcomes

RESULTS = pathlib.Path(__file__).resolve().parent.parent.parent / "build" / "campaign"
WHERE = re.compile(r"RIP: 0010:(\w+)")


def save(to: pathlib.Path) -> None:
    lines = ["\t".join(("driver", *outcomes.OUTCOMES))]
    for results in sorted(RESULTS.glob("*.jsonl")):
        counts = outcomes.count(outcomes.newest(outcomes.read(results)))
        lines += ["\t".join((f"{results.stem}, {words}",
                             *(str(counts[variant][o]) for o in outcomes.OUTCOMES)))
                  for variant, words in outcomes.VARIANTS.items()]
    to.write_text("\n".join(lines) + "\n", encoding="utf-8")


def rst(table: pathlib.Path) -> str:
    head, *rows = [line.split("\t") for line in table.read_text(encoding="utf-8").splitlines()]
    lines = [".. list-table::", "   :header-rows: 1", ""]
    names = ["What becomes of it", *(row[0] for row in rows)]
    table_rows = [names]
    table_rows += [[outcomes.OUTCOMES[o], *(f"{row[at]} ({percent(row, at)} %)" for row in rows)]
                   for at, o in enumerate(head) if at]
    table_rows.append(["mutants", *(str(sum(map(int, row[1:]))) for row in rows)])
    for row in table_rows:
        lines += [f"   {'*' if not at else ' '} - {cell}" for at, cell in enumerate(row)]
    return "\n".join(lines)


def percent(row: list[str], at: int) -> str:
    return f"{100 * int(row[at]) / max(sum(map(int, row[1:])), 1):.1f}"


def kinds(driver: str) -> str:
    records = outcomes.newest(outcomes.read(RESULTS / f"{driver}.jsonl"))
    lines = []
    for variant, words in outcomes.VARIANTS.items():
        by_class: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
        places: collections.Counter[tuple[str, str]] = collections.Counter()
        for r in records:
            if r["variant"] != variant:
                continue
            by_class[r["class"]][r["outcome"]] += 1
            found = WHERE.search("\n".join(r.get("log", [])))
            places[r["outcome"], found.group(1) if found else "-"] += 1
        lines.append(f"{words}\t" + "\t".join(outcomes.OUTCOMES))
        lines += [f"{kind}\t" + "\t".join(str(counts[o]) for o in outcomes.OUTCOMES)
                  for kind, counts in by_class.items()]
        lines += [f"  {outcome:10} {place:32} {n}" for (outcome, place), n in places.most_common()
                  if outcome not in ("none", "wrong")]
    return "\n".join(lines)


def main() -> int:
    match sys.argv[1:]:
        case ["save", path]:
            save(pathlib.Path(path))
        case ["rst", path]:
            print(rst(pathlib.Path(path)))
        case ["kinds", driver]:
            print(kinds(driver))
        case _:
            print(__doc__.strip(), file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
