# SPDX-License-Identifier: GPL-2.0-only
"""Tests that a fatal case fails when anything about it is not as its paragraph says."""

import unittest

from case import SHIM, parse, judge

TEXT = """\
# a comment

case hangs
on shim stock
ends thread
load uncaught=exit
expect ^first$
expect ^\\tthird
never ^panic:
may BUG: KASAN: wild
"""
ALIVE = "kdefer_fatal: others are alive"
LOG = ["first", "second", "\tthird", ALIVE]


def why(lines, host="stock", text=TEXT):
    return judge(parse(text)["hangs"], host, lines)


class Parsing(unittest.TestCase):
    def test_fields(self):
        case = parse(TEXT)["hangs"]
        self.assertEqual((case.on, case.ends, case.load), (["shim", "stock"], "thread",
                                                          "uncaught=exit"))
        self.assertEqual((len(case.expect), case.never), (2, ["^panic:"]))

    def test_what_is_no_case(self):
        for text in (TEXT + TEXT, "ends thread\n" + TEXT, TEXT + "ends thread\n",
                     TEXT + "expects ^x$\n", TEXT.replace("thread", "tread"),
                     TEXT.replace("stock", "stick"), TEXT.replace("expect", "never"),
                     TEXT.replace("on shim stock\n", "")):
            with self.assertRaises(ValueError):
                parse(text)


class Hosts(unittest.TestCase):
    def test_a_bug_that_ends_the_machine(self):
        case = parse(TEXT)["hangs"]
        self.assertEqual(case.adapted(["bug"]).ends, "thread")
        self.assertEqual(case.adapted([]).ends, "machine")

    def test_what_a_case_needs(self):
        case = parse(TEXT.replace("load", "needs nmi\nload"))["hangs"]
        self.assertTrue(case.possible(["bug", "nmi"]))
        self.assertFalse(case.possible(["bug"]))
        self.assertTrue(parse(TEXT)["hangs"].possible([]))


class Judging(unittest.TestCase):
    def test_all_is_well(self):
        self.assertIsNone(why(LOG))

    def test_not_printed(self):
        self.assertIn("^first$", why(LOG[1:]))

    def test_in_another_order(self):
        self.assertIn("after line 4", why(LOG[1:] + LOG[:1]))

    def test_printed_and_must_not_be(self):
        self.assertIn("^panic:", why(LOG + ["panic: x"]))

    def test_others_did_not_survive(self):
        self.assertIn("survive", why(LOG[:-1]))
        self.assertIsNone(why(LOG[:-1], SHIM))
        self.assertIn("survive", why(LOG[:-1], SHIM, TEXT.replace("thread", "nothing")))
        self.assertIsNone(why(LOG[:-1], text=TEXT.replace("thread", "machine")))

    def test_the_thread_went_on(self):
        went_on = LOG + ["kdefer_fatal: hangs went on"]
        self.assertIn("went on", why(went_on))
        self.assertIsNone(why(went_on, text=TEXT.replace("thread", "nothing")))

    def test_complaints(self):
        self.assertIsNone(why(LOG + ["BUG: KASAN: wild memory access", "BUG: x", "Call Trace:"]))
        self.assertIn("slab", why(LOG + ["BUG: KASAN: slab-out-of-bounds"]))


if __name__ == "__main__":
    unittest.main()
