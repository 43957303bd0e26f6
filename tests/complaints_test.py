# SPDX-License-Identifier: GPL-2.0-only
"""Tests that Python and the shell read the same from the table of complaints."""

import pathlib
import subprocess
import tempfile
import unittest

from complaints import TABLE, complaints, read_table

LIB = pathlib.Path(__file__).resolve().parent.parent / "scripts" / "lib.sh"
KASAN = "BUG: KASAN: slab-out-of-bounds in f+0x1/0x2"
WARNING = "WARNING: CPU: 0 PID: 1 at lib/x.c:1 f+0x1/0x2"
LOG = ["all is well", KASAN, WARNING, "list_del corruption, x->next is LIST_POISON1",
       "INFO: task hung for more than 120 seconds", "INFO: NMI handler (x) took too long to run"]


class Complaints(unittest.TestCase):
    def test_alive(self):
        self.assertEqual(complaints(LOG), LOG[1:5])

    def test_dying(self):
        self.assertEqual(complaints(LOG, dying=True), [KASAN])

    def test_none(self):
        self.assertEqual(complaints(["all is well", ""]), [])

    def test_a_word_without_lines_finds_nothing(self):
        self.assertIsNone(read_table("# a comment\n\nalways BUG\n")["never"].search("BUG"))

    def test_an_unknown_word(self):
        with self.assertRaises(KeyError):
            read_table(TABLE.read_text(encoding="utf-8") + "sometimes BUG\n")

    def shell(self, lines):
        with tempfile.NamedTemporaryFile("w", suffix=".log") as log:
            log.write("\n".join(lines) + "\n")
            log.flush()
            done = subprocess.run(["bash", "-c", f". {LIB}; complaints {log.name}"],
                                  stdout=subprocess.PIPE, text=True, check=False)
        return done.returncode, [line.split(":", 1)[1] for line in done.stdout.splitlines()]

    def test_shell(self):
        self.assertEqual(self.shell(LOG), (0, complaints(LOG)))
        self.assertEqual(self.shell(["all is well"]), (1, []))


if __name__ == "__main__":
    unittest.main()
