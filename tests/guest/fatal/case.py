# SPDX-License-Identifier: GPL-2.0-only
"""The cases of the file "cases", and what must be so where one has run."""

from __future__ import annotations

import dataclasses
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))

from complaints import complaints  # noqa: E402 (from the folder that was added just before)

SHIM = "shim"
KERNELS = ("stock", "rt", "kunit")
ENDS = ("machine", "thread", "nothing")
TIMESTAMP = re.compile(r"^\[ *\d+\.\d+\] ")


@dataclasses.dataclass
class Case:
    """A paragraph of the file "cases", which says what the fields mean."""
    name: str
    on: list[str] = dataclasses.field(default_factory=list)
    ends: str = ""
    load: str = ""
    needs: str = ""
    expect: list[str] = dataclasses.field(default_factory=list)
    never: list[str] = dataclasses.field(default_factory=list)
    may: list[str] = dataclasses.field(default_factory=list)

    def set(self, field: str, value: str) -> None:
        """Takes a line of the paragraph."""
        if field in ("expect", "never", "may"):
            re.compile(value)
            getattr(self, field).append(value)
        elif field == "on" and not self.on:
            self.on = value.split()
        elif field in ("ends", "load", "needs") and not getattr(self, field):
            setattr(self, field, value)
        else:
            raise ValueError(f"case {self.name}: {field} is no field, or is there twice")

    def possible(self, features: list[str]) -> bool:
        """Whether it can be run where only these words hold."""
        return not self.needs or self.needs in features

    def adapted(self, features: list[str]) -> Case:
        """The case as it is there: where no BUG() ends a thread alone, the machine ends."""
        if self.ends == "thread" and "bug" not in features:
            return dataclasses.replace(self, ends="machine")
        return self

    @property
    def variables(self) -> dict[str, str]:
        """What stands for the parameters of kdefer.ko in user space."""
        words = (word.partition("=") for word in self.load.split())
        return {f"KDEFER_{name.upper()}": value for name, _, value in words}

    def check(self) -> None:
        if self.ends not in ENDS:
            raise ValueError(f"case {self.name} ends '{self.ends}', which is none of {ENDS}")
        if not self.on or not set(self.on) <= {SHIM, *KERNELS}:
            raise ValueError(f"case {self.name} is on '{' '.join(self.on)}'")
        if not self.expect:
            raise ValueError(f"case {self.name} expects nothing")


def parse(text: str) -> dict[str, Case]:
    """Cases by name."""
    cases: dict[str, Case] = {}
    case: Case | None = None
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        field, _, value = line.partition(" ")
        if field == "case":
            if value in cases:
                raise ValueError(f"case {value} is there twice")
            case = cases[value] = Case(value)
        elif case is None:
            raise ValueError(f"'{line}' stands before any case")
        else:
            case.set(field, value)
    for case in cases.values():
        case.check()
    return cases


def wrong_lines(case: Case, lines: list[str]) -> str | None:
    """What the log lacks, or has and must not have."""
    at = 0
    for regex in case.expect:
        found = next((n for n in range(at, len(lines)) if re.search(regex, lines[n])), None)
        if found is None:
            return f"not printed{f' after line {at}' if at else ''}: {regex}"
        at = found + 1
    for regex in case.never:
        if any(re.search(regex, line) for line in lines):
            return f"printed, and must not be: {regex}"
    return None


def wrong_end(case: Case, host: str, lines: list[str]) -> str | None:
    """What must be so in every case: whoever survives works, and nobody else's checks complain."""
    survivors = case.ends == "nothing" or case.ends == "thread" and host != SHIM
    if survivors and not any("kdefer_fatal: others are alive" in line for line in lines):
        return "other threads did not survive"
    if case.ends != "nothing" and \
            any(f"kdefer_fatal: {case.name} went on" in line for line in lines):
        return "the thread went on"
    said = [line for line in complaints(lines, dying=True)
            if not any(re.search(regex, line) for regex in case.may)]
    return "\n".join(said) or None


def judge(case: Case, host: str, lines: list[str]) -> str | None:
    """Why a case failed that left these lines, if it did."""
    return wrong_lines(case, lines) or wrong_end(case, host, lines)


def read_log(log: pathlib.Path) -> list[str]:
    """The lines of a log, without the time that the kernel puts in front of each."""
    text = log.read_text(encoding="utf-8", errors="replace")
    return [TIMESTAMP.sub("", line.rstrip("\r")) for line in text.split("\n")]
