# SPDX-License-Identifier: GPL-2.0-only
"""What a kernel complains of, by the table in tests/vm/complaints.txt."""

from __future__ import annotations

import pathlib
import re

TABLE = pathlib.Path(__file__).resolve().parent / "vm" / "complaints.txt"
WORDS = ("always", "alive", "never")


def read_table(text: str) -> dict[str, re.Pattern[str]]:
    """An expression for each word of the table."""
    found: dict[str, list[str]] = {word: [] for word in WORDS}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            word, _, regex = line.partition(" ")
            found[word].append(regex.strip())
    # An empty alternative would find every line.
    return {word: re.compile("|".join(regexes) or r"(?!)") for word, regexes in found.items()}


def complaints(lines: list[str], dying: bool = False) -> list[str]:
    """The lines in which a kernel complains that is meant to live, or to be dying."""
    table = read_table(TABLE.read_text(encoding="utf-8"))
    words = ("always",) if dying else ("always", "alive")
    return [line for line in lines
            if any(table[word].search(line) for word in words) and not table["never"].search(line)]
