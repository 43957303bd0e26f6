#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
The campaign: mutants of the sample device, each loaded and asked in a guest, with kdefer as it is
to be used and with its faults left to the kernel. Counts what becomes of them; a table and a
picture are left in build/campaign, with all that it takes to try one again.
"""

from __future__ import annotations

import argparse
import collections
import pathlib
import re
import subprocess
import sys

import mutate

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
OUT = TOP / "build" / "campaign"

# From the best to the worst.
OUTCOMES = {
    "none": ("no effect", "#9ecae1"),
    "wrong": ("wrong answers only", "#6baed6"),
    "recovered": ("a panic recovered, the next request served, nothing leaked", "#31a354"),
    "leaked": ("served, and something leaked", "#fed976"),
    "throw": ("a throw", "#fd8d3c"),
    "lost": ("the driver lost, the kernel alive", "#e31a1c"),
    "dead": ("the kernel dead or hung", "#67000d"),
}
VARIANTS = {"kdefer": "with kdefer", "bare": "without: faults are the kernel's"}
SAID = re.compile(r"CAMPAIGN (begin|end|broken) (\S+)(?: (\w+))?")


def script(name: str, *arguments: str) -> str:
    return subprocess.run([TOP / "scripts" / name, *arguments], stdout=subprocess.PIPE, text=True,
                          check=True).stdout.strip()


def escaped(code: bytes) -> str:
    return "".join(f"\\\\x{byte:02x}" for byte in code)


class Campaign:
    """Runs the mutants of one variant, in as many guests as it takes."""

    def __init__(self, variant: str, modules: pathlib.Path, mutants: list[mutate.Mutant]) -> None:
        self.variant = variant
        self.mutants = mutants
        self.outcomes: dict[int, str] = {}
        self.base = OUT / f"{variant}.ko"
        module = modules / "samples/kdefer_kv/kdefer_kv.ko"
        code = bytearray(module.read_bytes())
        if variant == "bare":
            at, change = mutate.without_kdefer(module)
            code[at:at + len(change)] = change
        self.base.write_bytes(code)

    def guest(self) -> None:
        """Tries those that are left until one of them has changed the kernel."""
        left = [n for n in range(len(self.mutants)) if n not in self.outcomes]
        lines = "".join(f"{n} {self.mutants[n].offset} {escaped(self.mutants[n].code)}\n"
                        for n in left)
        (OUT / "mutants").write_text(lines, encoding="utf-8")
        log = OUT / f"{self.variant}-{left[0]}.log"
        # Of a kernel that panics the emulator is to end.
        subprocess.run([TOP / "scripts/vm", "run", "stock", "--timeout", "400", "--log", log,
                        "--append", "panic=-1",
                        "--file", f"{self.base}:base.ko", "--file", OUT / "kv-client",
                        "--file", OUT / "mutants", "--file", HERE / "guest.sh",
                        "--file", HERE / "requests", "--file", HERE / "one-more",
                        "--", "insmod kdefer.ko && sh guest.sh"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        self.read(log, left[0])

    def read(self, log: pathlib.Path, first: int) -> None:
        begun = None
        for what, number, verdict in SAID.findall(log.read_text(encoding="utf-8",
                                                                errors="replace")):
            if what == "broken":
                sys.exit(f"the device does not work without a mutant either; see {log}")
            if what == "begin":
                begun = int(number)
            else:
                self.outcomes[int(number)] = verdict
                begun = None
        if begun is not None:
            self.outcomes[begun] = "dead"
        elif first not in self.outcomes:
            sys.exit(f"the guest has tried nothing; see {log}")

    @property
    def left(self) -> int:
        return len(self.mutants) - len(self.outcomes)


def table(campaigns: list[Campaign]) -> str:
    rows = ["outcome\t" + "\t".join(VARIANTS[c.variant] for c in campaigns)]
    for outcome, (words, _) in OUTCOMES.items():
        counts = (sum(o == outcome for o in c.outcomes.values()) for c in campaigns)
        rows.append(f"{words}\t" + "\t".join(map(str, counts)))
    return "\n".join(rows) + "\n"


def kinds(campaign: Campaign) -> str:
    """For each class of mutants, what became of them."""
    counts: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for number, outcome in campaign.outcomes.items():
        counts[campaign.mutants[number].kind][outcome] += 1
    rows = ["class\t" + "\t".join(OUTCOMES)]
    rows += [f"{kind}\t" + "\t".join(str(counts[kind][o]) for o in OUTCOMES)
             for kind in mutate.KINDS if kind in counts]
    return "\n".join(rows) + "\n"


def picture(campaigns: list[Campaign]) -> str:
    """A bar for each variant, of as many parts as there are outcomes."""
    width, height = 720, 40
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="760" '
             f'height="{70 * len(campaigns) + 24 * len(OUTCOMES) + 30}" '
             'font-family="sans-serif" font-size="14">']
    for row, campaign in enumerate(campaigns):
        x, y = 20.0, 70 * row + 30
        parts.append(f'<text x="20" y="{y - 8}">{VARIANTS[campaign.variant]}</text>')
        for outcome, (_, colour) in OUTCOMES.items():
            count = sum(o == outcome for o in campaign.outcomes.values())
            part = width * count / max(len(campaign.outcomes), 1)
            parts.append(f'<rect x="{x:.1f}" y="{y}" width="{part:.1f}" height="{height}" '
                         f'fill="{colour}"/>')
            x += part
    y = 70 * len(campaigns) + 20
    for row, (words, colour) in enumerate(OUTCOMES.values()):
        parts.append(f'<rect x="20" y="{y + 24 * row}" width="16" height="16" fill="{colour}"/>')
        parts.append(f'<text x="44" y="{y + 24 * row + 13}">{words}</text>')
    return "\n".join([*parts, "</svg>\n"])


def results(campaigns: list[Campaign]) -> str:
    rows = ["number\tclass\tfunction\toffset\tbytes\twas\t" +
            "\t".join(c.variant for c in campaigns)]
    for number, m in enumerate(campaigns[0].mutants):
        rows.append(f"{number}\t{m.kind}\t{m.function}\t{m.offset}\t{m.code.hex()}\t{m.was}\t" +
                    "\t".join(c.outcomes.get(number, "") for c in campaigns))
    return "\n".join(rows) + "\n"


def save(campaigns: list[Campaign]) -> str:
    """Leaves what is known so far, and returns it in words."""
    text = table(campaigns) + "".join(f"\n{c.variant}\n{kinds(c)}" for c in campaigns)
    (OUT / "results.tsv").write_text(results(campaigns), encoding="utf-8")
    (OUT / "campaign.svg").write_text(picture(campaigns), encoding="utf-8")
    (OUT / "table.txt").write_text(text, encoding="utf-8")
    return text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("number", type=int, nargs="?", default=200, help="of mutants (200)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--variant", choices=VARIANTS, action="append", help="both by default")
    options = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    modules = pathlib.Path(script("vm", "modules", "stock"))
    subprocess.run(["gcc", "-O2", "-static", "-o", OUT / "kv-client",
                    TOP / "samples/kv-client.c"], check=True)
    mutants = mutate.choose(modules / "samples/kdefer_kv/kdefer_kv.ko", options.number,
                            options.seed)
    campaigns = [Campaign(variant, modules, mutants)
                 for variant in options.variant or list(VARIANTS)]
    # In turns, so that whoever stops it early has as much of each.
    while behind := max(campaigns, key=lambda c: c.left):
        if not behind.left:
            break
        behind.guest()
        print(f"{behind.variant}: {behind.left} left", flush=True)
        text = save(campaigns)
    print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
