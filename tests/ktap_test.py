# SPDX-License-Identifier: GPL-2.0-only
"""Tests what counts as a case, and that none is lost."""

import unittest

import ktap


def count(text):
    report = ktap.parse(text.splitlines())
    return report.count(ktap.PASSED), report.count(ktap.FAILED), report.count(ktap.SKIPPED)


SUITE = """\
KTAP version 1
1..1
    KTAP version 1
    # Subtest: kdefer_defer
    1..3
    ok 1 order
    # loop: EXPECTATION FAILED at kunit/defer_kunit.c:1
    not ok 2 - loop
    ok 3 sizes # SKIP no room
not ok 1 - kdefer_defer
"""


class Counting(unittest.TestCase):
    def test_flat(self):
        self.assertEqual(count("ok 1 - a\nnot ok 2 - b\nok - c\nok d\nok 5 - e # SKIP why\n"),
                         (3, 1, 1))

    def test_a_suite_is_no_case(self):
        self.assertEqual(count(SUITE), (1, 1, 1))

    def test_parameters_are_cases_and_what_has_them_is_not(self):
        self.assertEqual(count("        ok 1 one\n        not ok 2 two\n    not ok 1 param\n"
                               "    ok 2 plain\nnot ok 1 suite\n"), (2, 1, 0))

    def test_flat_after_a_suite(self):
        self.assertEqual(count(SUITE + "ok 1 - flat\n"), (2, 1, 1))

    def test_two_reports_with_their_plans_at_the_end(self):
        report = ktap.parse(("ok 1 - a\nok 2 - b\n1..2\n" * 2).splitlines())
        self.assertEqual((len(report.cases), report.broken), (4, []))

    def test_log_of_a_kernel(self):
        log = SUITE.splitlines()
        log[6:6] = ["BUG: something else", "okay, this is no result", "not okay either"]
        self.assertEqual(count("".join(f"[   12.345678] {line}\n" for line in log)), (1, 1, 1))

    def test_colours(self):
        self.assertEqual(count("\x1b[32mok 1 - green\x1b[0m\n"), (1, 0, 0))

    def test_several_documents(self):
        self.assertEqual(count(SUITE * 3), (3, 3, 3))


class Losing(unittest.TestCase):
    def test_nothing(self):
        self.assertEqual(count("all is well\n"), (0, 0, 0))

    def test_cases_that_never_came(self):
        self.assertEqual(count("TAP version 14\n1..3\nok 1 - a\n"), (1, 1, 0))

    def test_cases_of_a_suite_that_never_came(self):
        self.assertEqual(count(SUITE.replace("1..3", "1..4")), (1, 2, 1))

    def test_suites_that_never_came(self):
        self.assertEqual(count(SUITE.replace("1..1", "1..2", 1)), (1, 2, 1))

    def test_the_end_of_a_suite_that_never_came(self):
        self.assertEqual(count("1..1\n    1..2\n    ok 1 a\n"), (1, 2, 0))

    def test_another_document_does_not_fill_up_a_plan(self):
        self.assertEqual(count("TAP version 14\n1..2\nok 1 a\nTAP version 14\n1..1\nok 1 b\n"),
                         (2, 1, 0))

    def test_another_plan_does_not_fill_up_a_plan(self):
        self.assertEqual(count("1..2\nok 1 a\n1..1\nok 1 b\n"), (2, 1, 0))

    def test_a_suite_that_fails_by_itself(self):
        self.assertEqual(count("    ok 1 a\nnot ok 1 suite\n"), (1, 1, 0))

    def test_a_plan_behind_its_results(self):
        self.assertEqual(count("ok 1 a\n1..1\n"), (1, 0, 0))
        self.assertEqual(count("ok 1 a\n1..2\n"), (1, 1, 0))

    def test_all_skipped(self):
        self.assertEqual(count("1..0 # SKIP no such kernel\n"), (0, 0, 1))


if __name__ == "__main__":
    unittest.main()
