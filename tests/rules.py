#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Makes a table, as reStructuredText, of the rules in Documentation/rules.rst: which tests check each,
and what was their last result, from what tests/run.py leaves in build/test/. A rule that no test
checks stands out as a gap; with --gaps, only those without a reason are printed, and fail. With
--groups, counts how many are checked of each section of that page, as a table for a chart.
"""

import argparse
import glob
import os
import re
import sys
import time

import ktap
import run

TOP = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
RULE = re.compile(r"^([A-Z]\d+)\n((?:\t.*\n)+)", re.MULTILINE)
NAMED = re.compile(r"\b([DRPGXFSEK]\d{1,2})\b")
RANGE = re.compile(r"\b([DRPGXFSEK])(\d{1,2}) to \1(\d{1,2})\b")
# The comment right before the function: a comment has no other's end in it.
CASE = re.compile(r"(?:/\*((?:(?!\*/).)*)\*/\n)?"
                  r"static void (\w+)\(struct kunit \*\w+\)", re.DOTALL)
# In a rule's text: it does not apply, and why it has no test.
ABSENT = ("Not here", "Cannot be written here")
UNTESTED = "Not tested:"
CHECKED, MEANINGLESS, REASONED = ("checked by tests", "without a meaning here",
                                  "not tested, for a reason that is given")
# The worse of two results counts.
RESULTS = (ktap.SKIPPED, ktap.PASSED, ktap.FAILED)


def read(*name):
    with open(os.path.join(*name), encoding="utf-8", errors="replace") as file:
        return file.read()


def read_rules():
    """Rules by name, in their order."""
    text = read(TOP, "Documentation", "rules.rst")
    return {name: " ".join(rule.split()) for name, rule in RULE.findall(text)}


def sections():
    """The names of each section's rules, by its heading."""
    parts = re.split(r"^(.+)\n=+\n", read(TOP, "Documentation", "rules.rst"), flags=re.MULTILINE)
    found = {heading: [name for name, _ in RULE.findall(text)]
             for heading, text in zip(parts[1::2], parts[2::2])}
    return {heading: names for heading, names in found.items() if names}


def named_in(text):
    """The rules that a comment names."""
    names = set(NAMED.findall(text))
    for letter, first, last in RANGE.findall(text):
        names.update(f"{letter}{number}" for number in range(int(first), int(last) + 1))
    return names


def kunit_tests():
    """Rules by case. A case's name may begin with some."""
    tests = {}
    for name in sorted(glob.glob(os.path.join(TOP, "kunit", "*_kunit.c"))):
        text = read(name)
        cases = set(re.findall(r"KUNIT_CASE\w*\((\w+)", text))
        for comment, case in CASE.findall(text):
            if case in cases:
                tests.setdefault(case, set()).update(
                    named_in(comment), named_in(case.upper().replace("_", " ")))
    return tests


def fatal_cases():
    """The steps that run each case of tests/guest/fatal, by case."""
    cases = read(TOP, "tests", "guest", "fatal", "cases")
    on = re.findall(r"^case (\w+)\non (.*)", cases, re.MULTILINE)
    return {case: ["shim-fatal"] * ("shim" in hosts.split()) +
                  ["fatal-guests"] * bool({"stock", "kunit"} & set(hosts.split()))
            for case, hosts in on}


def other_tests():
    """What rules.txt lists."""
    tests, fatal = {}, fatal_cases()
    for line in read(TOP, "tests", "rules.txt").splitlines():
        if not line or line.startswith("#"):
            continue
        test, _, rules = line.partition(": ")
        step, _, case = test.partition("/")
        steps = fatal.get(case, [step]) if step == "fatal" else [step]
        for step in steps:
            tests.setdefault(f"{step}/{case}" if case else step, set()).update(rules.split())
    return tests


def missing_tests(tests):
    """Those whose step there is not; "fatal" is left of a case that there is not."""
    steps = {step.name for step in run.STEPS}
    return [test for test in tests if test.partition("/")[0] not in steps]


def note(found, key, result):
    found[key] = max(found.get(key, RESULTS[0]), result, key=RESULTS.index)


def results(folder):
    """What steps and their cases said last, by STEP, STEP/CASE and CASE."""
    found = {}
    for name in glob.glob(os.path.join(folder, "*.status")):
        step = os.path.splitext(os.path.basename(name))[0]
        note(found, step, ktap.PASSED if read(name).strip() == "0" else ktap.FAILED)
    for name in glob.glob(os.path.join(folder, "*.log")):
        step = os.path.splitext(os.path.basename(name))[0]
        for said in ktap.read(name).cases:
            case = said.name.split(" ")[-1]
            note(found, f"{step}/{case}", said.outcome)
            note(found, case, said.outcome)
    return found


class Rule:
    """A rule, the tests that check it, and how they went."""

    def __init__(self, name, text, tests, found):
        self.name = name
        self.text, _, self.reason = (part.strip() for part in text.partition(UNTESTED))
        self.absent = any(note in text for note in ABSENT)
        self.tests = [(test, found.get(test, "not run"))
                      for test in sorted(tests) if name in tests[test]]

    def is_gap(self):
        return not (self.tests or self.reason or self.absent)

    def kind(self):
        if self.tests:
            return CHECKED
        if self.absent:
            return MEANINGLESS
        return REASONED if self.reason else "GAPS"

    def cells(self):
        if self.tests:
            return [" | ".join(f"``{test}``" for test, _ in self.tests),
                    " | ".join(result for _, result in self.tests)]
        if self.absent:
            return ["none needed", ""]
        return [f"**none**: {self.reason}" if self.reason else "**GAP**", ""]

    def text_without_reason(self):
        return self.text or self.reason


def count(words):
    """'3 a, 2 b' for the words in the order in which they first come."""
    return ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))


def write_lines(mark, cell):
    """A cell of a list-table; one line for each test."""
    parts = cell.split(" | ")
    print(f"     {mark} {parts[0]}" if len(parts) == 1 else
          f"     {mark} " + "\n       ".join(f"| {part}" for part in parts))


def newest_log(folder):
    times = [os.path.getmtime(name) for name in glob.glob(os.path.join(folder, "*.status"))]
    if not times:
        return "No test has been run in this tree."
    when = time.strftime("%Y-%m-%d at %H:%M", time.gmtime(max(times)))
    return f"The last test ended on {when} (UTC)."


def write_table(rules, folder):
    said = [result for rule in rules for _, result in rule.tests]
    kinds = count([rule.kind() for rule in rules])
    print(f"Of {len(rules)} rules: {kinds}. {newest_log(folder)} Results: {count(said)}.\n")
    print(".. list-table::\n   :header-rows: 1\n   :widths: 6 44 40 10\n\n"
          "   * - Rule\n     - What\n     - Test\n     - Last result")
    for rule in rules:
        print(f"   * - {rule.name}")
        for cell in [rule.text_without_reason()] + rule.cells():
            write_lines("-", cell)


def write_groups(rules):
    """A line for each section: its heading, and how many of its rules are of each kind."""
    kinds = {rule.name: rule.kind() for rule in rules}
    print("\t".join(["Section", CHECKED, MEANINGLESS, REASONED.partition(",")[0]]))
    for heading, names in sections().items():
        said = [kinds[name] for name in names]
        print("\t".join([heading, *(str(said.count(kind))
                                   for kind in (CHECKED, MEANINGLESS, REASONED))]))


def complain(rules, tests, listed):
    """Prints what is wrong with the rules and the tests that name them; whether anything is."""
    names = {rule.name for rule in rules}
    wrong = [f"{rule.name} has no test, and no '{UNTESTED}' says why: {rule.text}"
             for rule in rules if rule.is_gap()]
    wrong += [f"{rule.name} has a test, but its text says '{UNTESTED}'"
              for rule in rules if rule.tests and rule.reason]
    wrong += [f"{test} names {name}, which Documentation/rules.rst lacks"
              for test in sorted(tests) for name in sorted(tests[test] - names)]
    wrong += [f"rules.txt: there is no test {test}" for test in missing_tests(listed)]
    print("\n".join(wrong) or f"{len(rules)} rules, no gap")
    return bool(wrong)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--logs", default=os.path.join(TOP, "build", "test"))
    parser.add_argument("--gaps", action="store_true")
    parser.add_argument("--groups", action="store_true")
    options = parser.parse_args()
    listed = other_tests()
    tests = {**kunit_tests(), **listed}
    found = results(options.logs)
    rules = [Rule(name, text, tests, found) for name, text in read_rules().items()]
    if options.gaps:
        return complain(rules, tests, listed)
    if options.groups:
        write_groups(rules)
        return 0
    write_table(rules, options.logs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
