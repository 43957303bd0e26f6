# SPDX-License-Identifier: GPL-2.0-only
"""Tests that a step cannot pass silently: without a case, with fewer, or when a command fails."""

import contextlib
import io
import os
import pathlib
import signal
import tempfile
import threading
import time
import unittest
from unittest import mock

import run

# Kept, for the tests in which all steps have their logs elsewhere.
run_step = run.run_step


class Steps(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.out = pathlib.Path(self.folder.name)

    def counts(self, *commands, **fields):
        """What a step of shell commands passed, failed and skipped; what is said stays in said."""
        step = run.Step("step", [f'sh -c "{command}"' for command in commands], **fields)
        with contextlib.redirect_stdout(io.StringIO()) as said:
            result = run.run_step(step, self.out)
        self.said = said.getvalue()
        return result.passed, result.failed, result.skipped

    def test_cases(self):
        self.assertEqual(self.counts("echo ok 1 a; echo ok 2 b"), (2, 0, 0))
        self.assertEqual((self.out / "step.status").read_text(), "0\n")

    def test_a_case_that_fails(self):
        self.assertEqual(self.counts("echo ok 1 a; echo not ok 2 b; exit 1"), (1, 1, 0))
        self.assertIn("2: not ok 2 b", self.said)
        self.assertEqual((self.out / "step.status").read_text(), "1\n")

    def test_a_case_that_fails_with_a_status_of_0(self):
        self.assertEqual(self.counts("echo not ok 1 a"), (0, 1, 0))
        self.assertEqual((self.out / "step.status").read_text(), "1\n")

    def test_what_failed_is_said_again_at_the_end(self):
        """A step's row, and its case; of a step without a case the end of its log."""
        steps = [run.Step("cases", ["sh -c 'echo ok 1 a; echo not ok 2 b'"]),
                 run.Step("one", ["sh -c 'echo because; exit 1'"], counts=run.ONE)]
        with contextlib.redirect_stdout(io.StringIO()), \
                mock.patch.object(run, "run_step", lambda step: run_step(step, self.out)):
            lost = run.run_steps(steps, 1).lost
        self.assertEqual([line.split()[0] for line in lost],
                         ["cases", "2:", "one", "it", "because"])

    def test_no_case(self):
        self.assertEqual(self.counts("echo all is well"), (0, 1, 0))
        self.assertIn("0 cases", self.said)

    def test_too_few_cases(self):
        self.assertEqual(self.counts("echo ok 1 a", least=2), (1, 1, 0))

    def test_a_status_without_a_case(self):
        self.assertEqual(self.counts("echo ok 1 a; exit 3"), (1, 1, 0))
        self.assertIn("status 3", self.said)

    def test_the_rest_is_not_run(self):
        self.assertEqual(self.counts("echo ok 1 a; exit 3", "echo ok 2 b"), (1, 1, 0))

    def test_one(self):
        self.assertEqual(self.counts("echo ok 1 a; echo ok 2 b", counts=run.ONE), (1, 0, 0))
        self.assertEqual(self.counts("exit 1", counts=run.ONE), (0, 1, 0))

    def test_skipped(self):
        self.assertEqual(self.counts("exit 77", counts=run.ONE), (0, 0, 1))
        self.assertEqual(self.counts("echo ok 1 a; exit 77"), (1, 0, 1))

    def test_a_step_that_hangs(self):
        start = time.monotonic()
        with mock.patch.object(run, "PROGRESS", 0.2):
            self.assertEqual(self.counts("echo ok 1 a; sleep 600", limit=0), (1, 1, 0))
        self.assertLess(time.monotonic() - start, 60)
        self.assertIn("1 cases so far", self.said)

    def test_guests_run_beside_each_other(self):
        """Each waits for what the other one writes, so neither could end alone."""
        guests = [run.Guest(mine, [f"sh -c 'touch {self.out}/{mine}; echo ok 1 {mine};"
                                   f" until [ -e {self.out}/{other} ]; do sleep 0.1; done'"],
                            limit=30) for mine, other in (("a", "b"), ("b", "a"))]
        with mock.patch.object(run, "PROGRESS", 1), \
                mock.patch.object(run, "run_step", lambda step: run_step(step, self.out)), \
                contextlib.redirect_stdout(io.StringIO()):
            result = run.run_steps(guests, 2)
        self.assertEqual((result.passed, result.failed), (2, 0))

    def test_whoever_is_stopped_stops_all(self):
        """By a plain kill: in the background of a script ^C is ignored."""
        start = time.monotonic()
        steps = [run.Guest(name, ["sleep 600"]) for name in "ab"]
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGTERM, before)
        with mock.patch.object(run, "run_step", lambda step: run_step(step, self.out)), \
                contextlib.redirect_stdout(io.StringIO()), \
                self.assertRaises(KeyboardInterrupt):
            threading.Timer(1, os.kill, (os.getpid(), signal.SIGTERM)).start()
            run.run_steps(steps, 2)
        self.assertLess(time.monotonic() - start, 60)

    def test_names_are_different(self):
        names = [step.name for step in run.STEPS]
        self.assertEqual(len(names), len(set(names)))


if __name__ == "__main__":
    unittest.main()
