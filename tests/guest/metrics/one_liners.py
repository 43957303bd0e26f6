#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
one_liners.py FOLDER: takes the bpftrace programs out of the manual, and writes each to FOLDER, as
the files 1.bt, 2.bt and so on.
"""

import pathlib
import re
import sys

PAGE = pathlib.Path(__file__).resolve().parents[3] / "Documentation" / "metrics.rst"


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    programs = re.findall(r"^\tbpftrace -e '([^']*)'$", PAGE.read_text(encoding="utf-8"),
                          re.MULTILINE)
    for number, program in enumerate(programs, 1):
        (folder / f"{number}.bt").write_text(program, encoding="utf-8")


main()
