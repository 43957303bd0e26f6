#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Does what the tutorial says, word by word, in a fresh clone: its files, its commands, its answers.
Prints TAP, and fails if it takes longer than it promises.
"""

import pathlib
import re
import subprocess
import sys
import tempfile
import textwrap
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
PAGE = TOP / "Documentation" / "tutorial.rst"
# What the title says, in seconds.
PROMISED = 300


def blocks(text: str, start: str) -> list[str]:
    """The indented blocks that follow the lines which match start."""
    found = re.findall(rf"^{start}\n\n((?:[ \t]+.*\n|\n)+)", text, re.MULTILINE)
    return [textwrap.dedent(block).strip() for block in found]


def write_files(text: str, folder: pathlib.Path) -> None:
    folder.mkdir()
    for name in re.findall(r"literalinclude:: (tutorial/\S+)", text):
        source = PAGE.parent / name
        (folder / source.name).write_text(source.read_text(encoding="utf-8"), encoding="utf-8")


def run(command: str, folder: pathlib.Path) -> str:
    done = subprocess.run(["bash", "-e", "-c", command], cwd=folder, check=True, text=True,
                          stdout=subprocess.PIPE)
    return done.stdout


def builds_after_another_kernel(folder: pathlib.Path, clone: pathlib.Path) -> bool:
    """Once more, as if the last build had been for another kernel: all that it left has to go."""
    (folder / ".kdefer-kernel.cmd").write_text("another", encoding="utf-8")
    (folder / "mydriver.o").write_text("of another kernel", encoding="utf-8")
    try:
        run(f"scripts/vm build stock {folder} >&2", clone)
    except subprocess.CalledProcessError:
        return False
    return (folder / "mydriver.ko").exists()


def answers(line: str) -> str:
    """Without the time that the kernel puts in front of a line."""
    return re.sub(r"^\[[ 0-9.]*\] ", "", line)


def main() -> int:
    text = PAGE.read_text(encoding="utf-8")
    commands = blocks(text, r"\.\. code-block:: sh")
    promised = blocks(text, r".*and the answers are::")[0].splitlines()
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        clone = pathlib.Path(scratch) / "kdefer"
        subprocess.run(["git", "clone", "-q", TOP, clone], check=True)
        write_files(text, clone.parent / "mydriver")
        printed = "".join(run(command, clone) for command in commands)
        seconds = time.monotonic() - start
        again = builds_after_another_kernel(clone.parent / "mydriver", clone)
    given = [answers(line) for line in printed.splitlines() if "mydriver: request" in line]
    right = bool(promised) and given[-len(promised):] == promised
    print(f"{'ok' if right else 'not ok'} 1 - the tutorial's answers")
    if not right:
        print(textwrap.indent(printed, "# "))
    in_time = seconds < PROMISED
    print(f"{'ok' if in_time else 'not ok'} 2 - in less than {PROMISED} s ({seconds:.0f} s)")
    print(f"{'ok' if again else 'not ok'} 3 - the driver builds after another kernel's")
    return 0 if right and in_time and again else 1


if __name__ == "__main__":
    sys.exit(main())
