#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Makes a table, as reStructuredText, of the rules in Documentation/rules.rst: which tests check each,
and what was their last result, from the logs that scripts/test.sh leaves in build/test/. A rule that
no test checks stands out as a gap; with --gaps, only those are printed, and fail.
"""

import argparse
import glob
import os
import re
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
RULE = re.compile(r"^([A-Z]\d+)\n((?:\t.*\n)+)", re.MULTILINE)
NAMED = re.compile(r"\b([DRPGXFSEK]\d{1,2})\b")
RANGE = re.compile(r"\b([DRPGXFSEK])(\d{1,2}) to \1(\d{1,2})\b")
CASE = re.compile(r"(?:/\*((?:(?!\*/).)*)\*/\n)?"
                  r"static void (\w+)\(struct kunit \*\w+\)", re.DOTALL)
SAID = re.compile(r"^\s*(?:\[[\d:]+\] )?(?:(not )?ok \d+ (?:- )?(.+?)(?: # .*)?|"
                  r"\[(PASSED|FAILED)\] (.+?))\s*$")
COLOUR = re.compile(r"\x1b\[[\d;]*m")
COMPARED = re.compile(r"^(\d+) of \1 programs .* (\d+) differences", re.MULTILINE)
ABSENT = ("Not here", "Cannot be written here")


def read(name):
    with open(name, encoding="utf-8", errors="replace") as file:
        return file.read()


def read_rules():
    """Rules by name, in their order."""
    text = read(os.path.join(TOP, "Documentation", "rules.rst"))
    return {name: " ".join(rule.split()) for name, rule in RULE.findall(text)}


def named_in(text):
    """The rules that a comment names."""
    names = set(NAMED.findall(text))
    for letter, first, last in RANGE.findall(text):
        names.update(f"{letter}{number}" for number in range(int(first), int(last) + 1))
    return names


def kunit_tests():
    """Rules by case. A case's name may begin with one."""
    tests = {}
    for name in sorted(glob.glob(os.path.join(TOP, "kunit", "*_kunit.c"))):
        text = read(name)
        cases = set(re.findall(r"KUNIT_CASE\w*\((\w+)", text))
        for comment, case in CASE.findall(text):
            if case in cases:
                first = case.split("_")[0].upper()
                tests[case] = named_in(comment) | named_in(first)
    return tests


def other_tests():
    tests = {}
    for line in read(os.path.join(TOP, "tools", "conformance", "rules.txt")).splitlines():
        if line and not line.startswith("#"):
            test, _, rules = line.partition(": ")
            tests[test] = set(rules.split())
    return tests


def results(folder):
    """What steps and their cases said last: True, or False if any run of one failed."""
    found = {}
    for name in glob.glob(os.path.join(folder, "*.log")):
        step = os.path.splitext(os.path.basename(name))[0]
        text = COLOUR.sub("", read(name))
        for line in text.splitlines():
            said = SAID.match(line)
            if not said:
                continue
            case = (said.group(2) or said.group(4)).split(" ")[-1]
            passed = said.group(3) == "PASSED" if said.group(3) else not said.group(1)
            for key in (case, f"{step}/{case}", step):
                found[key] = found.get(key, True) and passed
        compared = COMPARED.findall(text)
        if compared:
            found[step] = all(differences == "0" for _, differences in compared)
    return found


def result(test, found):
    if test not in found:
        return "not run"
    return "passed" if found[test] else "FAILED"


def write_table(rules, tests, found):
    print(".. list-table:: Rules, and the tests that check them\n   :header-rows: 1\n"
          "   :widths: 5 40 45 10\n\n   * - Rule\n     - Text\n     - Test\n     - Last result")
    for rule, text in rules.items():
        checking = sorted(test for test, named in tests.items() if rule in named)
        print(f"   * - {rule}\n     - {text}")
        if not checking:
            absent = any(note in text for note in ABSENT)
            print(f"     - {'none needed' if absent else '**gap**'}\n     -")
            continue
        names = "\n       | ".join(f"``{test}``" for test in checking)
        said = "\n       | ".join(result(test, found) for test in checking)
        print(f"     - | {names}\n     - | {said}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--logs", default=os.path.join(TOP, "build", "test"))
    parser.add_argument("--gaps", action="store_true")
    options = parser.parse_args()
    rules = read_rules()
    tests = {**kunit_tests(), **other_tests()}
    unknown = sorted({rule for named in tests.values() for rule in named} - set(rules))
    gaps = [rule for rule, text in rules.items()
            if not any(rule in named for named in tests.values())
            and not any(note in text for note in ABSENT)]
    if options.gaps:
        for rule in gaps:
            print(f"{rule}: no test: {rules[rule]}")
        for rule in unknown:
            print(f"{rule}: named by a test, but not in Documentation/rules.rst")
        return 1 if gaps or unknown else 0
    write_table(rules, tests, results(options.logs))
    return 0


if __name__ == "__main__":
    sys.exit(main())
