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
import mutate
import outcomes

OUT = TOP / "build" / "campaign"
# Mutants that are tried in one variant before the other has its turn.
TURN = 100
TEXT_AT = re.compile(r"campaign: text at (0x[0-9a-f]+)$", re.MULTILINE)
# What is kept of a kernel's log.
TELLING = re.compile(r"BUG|Oops|RIP: 0010|fatal error|panic|protection|divide|kdefer|left:|hung|"
                     r"stall|Comm:|WARNING|note:|invalid opcode|list_|rror")
TELLING_MOST = 24


def digest(*files: pathlib.Path) -> str:
    return hashlib.sha256(b"".join(f.read_bytes() for f in files)).hexdigest()[:16]


class Variant:
    """The mutants of one driver in one of its variants, and the guest to try them in."""

    def __init__(self, driver: drivers.Driver, name: str, number: int, seed: int,
                 again: bool) -> None:
        self.driver, self.name, self.seed = driver, name, seed
        self.folder = OUT / f"{driver.name}-{name}"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.results = OUT / f"{driver.name}.jsonl"
        module, self.mutants = driver.prepare(name, self.folder, number, seed)
        self.text = mutate.section_offset(module)
        self.module = digest(module)
        self.kdefer = digest(self.folder / "kdefer.ko")
        done = self._done(again)
        self.left = [n for n in range(len(self.mutants)) if n not in done]
        self.saved: machine.Saved | None = None

    def _done(self, again: bool) -> set[int]:
        """Of these mutants of this build of the driver. Again: with any kdefer, those with which
        all went well; with this one, all."""
        return {r["number"] for r in outcomes.read(self.results)
                if (r["variant"], r["module"], r["seed"]) == (self.name, self.module, self.seed)
                and (not again or r["outcome"] not in outcomes.BAD or r["kdefer"] == self.kdefer)}

    def turn(self) -> None:
        """Tries some of those that are left, in one guest for as long as it stays as it was."""
        if not self.saved:
            self.saved = machine.Saved(self.folder, "stock", self.driver.files(self.folder),
                                       self.driver.command(self.name))
            self._sort_out()
        guest = self.saved.restore(self.folder / "guest")
        fresh = True
        try:
            for number in self.left[:TURN]:
                outcome = self._try(guest, number, fresh)
                if outcome in outcomes.BAD:
                    break
                fresh = fresh and outcome == "none"
        finally:
            guest.end()

    def _sort_out(self) -> None:
        """What is never executed in the driver as it is, is not executed before it: those mutants
        have no effect, and are not tried."""
        executed = self.saved.executed()
        bases = {int(base, 16) - self.text for base in TEXT_AT.findall(self.saved.said)}
        for number in list(self.left):
            if not any(base + self.mutants[number].offset in executed for base in bases):
                self._record(number, {}, "unexecuted", "")

    def _try(self, guest: machine.Machine, number: int, fresh: bool) -> str:
        """What became of it."""
        m, begun = self.mutants[number], time.monotonic()
        try:
            guest.send(f"{number} {m.offset} {m.code.hex()}\n")
            steps = self._steps(guest.line(machine.PATIENCE), number)
        except machine.Dead as reason:
            steps = {"end": str(reason)}
        log = guest.said().rpartition(f"campaign: begin {number}\n")[2]
        log = log.partition(f"campaign: end {number}\n")[0]
        outcome = outcomes.judge(steps, log, self.driver.clean)
        # What an earlier mutant may have done is not laid to the charge of this one: it is tried
        # again, in another guest.
        if fresh or outcome not in outcomes.BAD:
            steps["seconds"] = round(time.monotonic() - begun, 2)
            self._record(number, steps, outcome, "" if outcome in ("none", "wrong") else log)
        return outcome

    def _record(self, number: int, steps: dict, outcome: str, log: str) -> None:
        m = self.mutants[number]
        record = {"variant": self.name, "module": self.module, "kdefer": self.kdefer,
                  "seed": self.seed,
                  "number": number, "class": m.kind, "function": m.function, "offset": m.offset,
                  "code": m.code.hex(), "was": m.was, "outcome": outcome, **steps}
        if log:
            lines = [line for line in log.splitlines() if TELLING.search(line)]
            record["log"] = lines[:TELLING_MOST]
            (self.folder / f"{number}.log").write_text(log[:200000], encoding="utf-8")
        with self.results.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
        self.left.remove(number)

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
    parser.add_argument("--again", action="store_true",
                        help="those that another kdefer.ko did not help")
    parser.add_argument("--minutes", type=float, help="stop after so many; the next call goes on")
    options = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    driver = drivers.DRIVERS[options.driver]
    driver.build()
    variants = [Variant(driver, name, options.number, options.seed, options.again)
                for name in options.variant or outcomes.VARIANTS]
    end = time.monotonic() + options.minutes * 60 if options.minutes else float("inf")
    while time.monotonic() < end:
        # In turns, so that whoever stops it early has as much of each.
        behind = max(variants, key=lambda v: len(v.left))
        if not behind.left:
            break
        behind.turn()
        print(*(f"{v.name}: {len(v.left)} left" for v in variants), flush=True)
    print(outcomes.table(variants[0].results), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
