#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
The campaign: mutants of a driver, each loaded and used in a guest, with kdefer as it is to be used
and without. What became of each is added to build/campaign/DRIVER.jsonl as soon as it is known,
with all that it takes to try it again; those that are there already are not tried again. The table
is made of these.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import pathlib
import re
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
sys.path.insert(0, str(TOP / "tests"))

import drivers
import machine
import outcomes

OUT = TOP / "build" / "campaign"
# Mutants that are tried in one variant before the other has its turn.
TURN = 20
# What is kept of a kernel's log.
TELLING = re.compile(r"BUG|Oops|RIP: 0010|fatal error|panic|protection|divide|kdefer|left:|hung|"
                     r"stall|Comm:|WARNING|note:|invalid opcode|list_|rror")
TELLING_MOST = 24


def digest(*files: pathlib.Path) -> str:
    return hashlib.sha256(b"".join(f.read_bytes() for f in files)).hexdigest()[:16]


class Variant:
    """The mutants of one driver in one of its variants, and the guest to try them in."""

    def __init__(self, driver: drivers.Driver, name: str, number: int, seed: int) -> None:
        self.driver, self.name, self.seed = driver, name, seed
        self.folder = OUT / f"{driver.name}-{name}"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.results = OUT / f"{driver.name}.jsonl"
        module, self.mutants = driver.prepare(name, self.folder, number, seed)
        self.module = digest(module, self.folder / "kdefer.ko")
        self.left = [n for n in range(len(self.mutants)) if n not in self._done()]
        self.saved: machine.Saved | None = None

    def _done(self) -> set[int]:
        """Of these mutants of this build of the driver."""
        return {r["number"] for r in outcomes.read(self.results)
                if (r["variant"], r["module"], r["seed"]) == (self.name, self.module, self.seed)}

    def turn(self) -> None:
        """Tries some of those that are left, in one guest for as long as it stays as it was."""
        if not self.saved:
            self.saved = machine.Saved(self.folder, "stock", self.driver.files(self.folder),
                                       self.driver.command(self.name))
        batch = self.left[:TURN]
        guest = self.saved.restore(self.folder / "guest")
        try:
            guest.send("".join(f"{n} {self.mutants[n].offset} {self.mutants[n].code.hex()}\n"
                               for n in batch))
            for number in batch:
                if self._try(guest, number) not in ("none", "wrong"):
                    break
        finally:
            guest.end()

    def _try(self, guest: machine.Machine, number: int) -> str:
        begun = time.monotonic()
        try:
            steps = self._steps(guest.line(machine.PATIENCE), number)
        except machine.Dead as reason:
            steps = {"end": str(reason)}
        log = guest.said().rpartition(f"campaign: begin {number}\n")[2]
        log = log.partition(f"campaign: end {number}\n")[0]
        outcome = outcomes.judge(steps, log, self.driver.clean)
        m = self.mutants[number]
        record = {"variant": self.name, "module": self.module, "seed": self.seed,
                  "number": number, "class": m.kind, "function": m.function, "offset": m.offset,
                  "code": m.code.hex(), "was": m.was, "outcome": outcome, **steps,
                  "seconds": round(time.monotonic() - begun, 1)}
        if outcome not in ("none", "wrong"):
            lines = [line for line in log.splitlines() if TELLING.search(line)]
            record["log"] = lines[:TELLING_MOST]
            (self.folder / f"{number}.log").write_text(log[:200000], encoding="utf-8")
        with self.results.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
        self.left.remove(number)
        return outcome

    def _steps(self, line: str, number: int) -> dict:
        answered, *words = line.split()
        if answered != str(number):
            raise SystemExit(f"asked for mutant {number}, was answered: {line}")
        return {key: int(value) for key, value in (word.split("=") for word in words)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("number", type=int, nargs="?", default=200, help="of mutants (200)")
    parser.add_argument("--driver", choices=drivers.DRIVERS, default="kdefer_kv")
    parser.add_argument("--variant", choices=outcomes.VARIANTS, action="append",
                        help="both by default")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, help="stop after so many; the next call goes on")
    options = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    driver = drivers.DRIVERS[options.driver]
    driver.build()
    variants = [Variant(driver, name, options.number, options.seed)
                for name in options.variant or outcomes.VARIANTS]
    end = time.monotonic() + options.minutes * 60 if options.minutes else float("inf")
    while time.monotonic() < end:
        # In turns, so that whoever stops it early has as much of each.
        behind = max(variants, key=lambda v: len(v.left))
        if not behind.left:
            break
        behind.turn()
        print(*(f"{v.name}: {len(v.left)} left" for v in variants), flush=True)
    print(outcomes.table(variants[0].results, {v.module for v in variants}), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
