#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Summarises what gcov counted for the core, and lists every line and branch that was never reached,
each with the reason that a file gives for it.

A reason stands in a line "FILE: TEXT: REASON"; it is for lines of the file that have the text in
them. The text } is for the ends of functions alone.
"""

import argparse
import glob
import json
import os
import subprocess
import sys


def gcov(objects):
    """gcov's records of source files, by name."""
    found = {}
    for data in sorted(glob.glob(os.path.join(os.path.abspath(objects), "*.gcda"))):
        done = subprocess.run(["gcov", "--branch-probabilities", "--json-format", "--stdout", data],
                              stdout=subprocess.PIPE, check=True, cwd=objects)
        for line in done.stdout.splitlines():
            for file in json.loads(line)["files"]:
                name = os.path.realpath(os.path.join(objects, file["file"]))
                found.setdefault(name, file)
    return found


def read_reasons(name):
    reasons = []
    with open(name, encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                where, text, reason = line.rstrip("\n").split(": ", 2)
                reasons.append([where, text, reason, False])
    return reasons


def reason_for(reasons, name, text):
    for entry in reasons:
        if entry[0] == name and (entry[1] in text if entry[1] != "}" else text == "}"):
            entry[3] = True
            return entry[2]
    return None


class File:
    """What was reached of a source file."""

    def __init__(self, name, path, record):
        self.name = name
        with open(path, encoding="utf-8") as file:
            self.source = file.read().split("\n")
        self.lines = record["lines"]

    def branches(self):
        return [branch for line in self.lines for branch in line["branches"]]

    def counts(self):
        branches = self.branches()
        return (sum(line["count"] > 0 for line in self.lines), len(self.lines),
                sum(branch["count"] > 0 for branch in branches), len(branches))

    def unreached(self):
        """Numbers of lines, and what was not reached of each."""
        for line in self.lines:
            missing = sum(not branch["count"] for branch in line["branches"])
            if not line["count"]:
                yield line["line_number"], "line"
            elif missing:
                yield line["line_number"], f"{missing} of {len(line['branches'])} branches"


def percent(part, whole):
    return f"{100 * part / whole:5.1f} % of {whole:4}" if whole else "       none"


def write_table(files, path):
    """The same for a chart."""
    def share(part, whole):
        return f"{100 * part / whole:.1f}" if whole else "-"

    with open(path, "w", encoding="utf-8") as table:
        print("File", "lines", "branches", sep="\t", file=table)
        for file in files:
            counts = file.counts()
            print(os.path.basename(file.name), share(*counts[:2]), share(*counts[2:]), sep="\t",
                  file=table)


def summarise(files):
    print(f"{'file':<26}{'lines':>15}{'branches':>18}")
    total = (0, 0, 0, 0)
    for file in files:
        counts = file.counts()
        total = tuple(map(sum, zip(total, counts)))
        print(f"{file.name:<26}{percent(*counts[:2]):>15}{percent(*counts[2:]):>18}")
    print(f"{'all':<26}{percent(*total[:2]):>15}{percent(*total[2:]):>18}")


def explain(files, reasons):
    """Lists what was not reached; returns those lines that have no reason."""
    unexplained = []
    for file in files:
        for number, what in file.unreached():
            text = file.source[number - 1].strip()
            reason = reason_for(reasons, file.name, text)
            line = f"{file.name}:{number}: {what}: {text}"
            print(f"\n{line}\n\t{reason or 'NO REASON GIVEN'}")
            if reason is None:
                unexplained.append(line)
    return unexplained


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", required=True)
    parser.add_argument("--top", required=True)
    parser.add_argument("--reasons", required=True)
    parser.add_argument("--table", required=True)
    options = parser.parse_args()
    core = os.path.join(os.path.realpath(options.top), "kmod", "core")
    files = [File(os.path.relpath(path, options.top), path, record)
             for path, record in sorted(gcov(options.objects).items())
             if os.path.dirname(path) == core]
    if not files:
        print(f"gcov counted nothing in {core}", file=sys.stderr)
        return 1
    reasons = read_reasons(options.reasons)
    summarise(files)
    write_table(files, options.table)
    unexplained = explain(files, reasons)
    stale = [entry for entry in reasons if not entry[3]]
    for where, text, _, _ in stale:
        print(f"\nthe reason for '{text}' in {where} is for nothing any more")
    # Once more where the reader of a long log looks first.
    print(f"\n{len(unexplained)} unreached without a reason in {options.reasons}")
    print("\n".join(unexplained), end="\n" if unexplained else "")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
