#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
kdefer in gdb: what kdefer-tasks and kdefer-bt tell of a program that is known, live and as a core
dump, with the commands sourced and loaded by themselves, and of threads in a guest behind QEMU's
server, where the module's own file says what they must tell. Prints TAP.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from common import HERE, SHIM, TOP, Guest, Report, build, gdb, plain, run

COMMANDS = TOP / "scripts" / "gdb" / "kdefer-gdb.py"

# What a kdefer of another version may look like.
OTHER = """struct kdefer_task { int old; } task;
struct kdefer { int old; } record;
__thread struct kdefer_task *kdefer_self = &task;
int main(void) { return !kdefer_self; }
"""


def check_program(report: Report, folder: pathlib.Path) -> None:
    expected = (HERE / "story.expected").read_text(encoding="utf-8")
    program, core = folder / "story", folder / "core"
    build(program, SHIM / "libkdefer.a")
    look = ["kdefer-tasks", "kdefer-bt", "continue", "kdefer-bt story"]
    said = gdb(f"source {COMMANDS}", "break stop_here", "run", *look, program=program)
    report.case(plain(said) == expected, "a program that runs", said)

    gdb("break stop_here", "run", "continue", f"generate-core-file {core}", program=program)
    said = gdb(f"core-file {core}", f"source {COMMANDS}", "kdefer-bt", program=program)
    seen = plain(said).replace("thread[", "story[")
    report.case("-EIO" in seen and seen in expected, "a core dump", said)

    said = gdb(f"source {COMMANDS}", "kdefer-tasks", program=program)
    report.case("there is no process; start the program" in said, "no process", said)
    said = gdb(f"source {COMMANDS}", "break main", "run", "kdefer-bt", program=program)
    report.case("no such thread is in a KDEFER function" in said, "nobody is in kdefer", said)
    said = gdb(f"source {COMMANDS}", "kdefer-tasks", program="/bin/true")
    report.case("build libkdefer with -g" in said, "no debug information", said)
    (folder / "other.c").write_text(OTHER, encoding="utf-8")
    run("gcc", "-g", "-o", folder / "other", folder / "other.c")
    said = gdb(f"source {COMMANDS}", "break main", "run", "kdefer-tasks", program=folder / "other")
    report.case("of another version than these commands" in said, "a kdefer of another version",
                said)


def check_beside_library(report: Report, folder: pathlib.Path) -> None:
    library = folder / "libkdefer.so.1"
    shutil.copy(SHIM / library.name, library)
    shutil.copy(COMMANDS, folder / f"{library.name}-gdb.py")
    shutil.copy(COMMANDS.with_name("kdefer_walk.py"), folder)
    build(folder / "shared", library, f"-Wl,-rpath,{folder}")
    said = gdb("break stop_here", "run", "kdefer-bt", program=folder / "shared", trusted=folder)
    report.case("running second" in said and "frame middle" in said,
           "the commands are loaded by themselves beside the library", said)


def check_kernel(report: Report, folder: pathlib.Path) -> None:
    socket = folder / "gdb"
    with Guest("--gdb", socket) as guest:
        address = {tuple(words[:2]): words[2] for words in
                   (line.split() for line in guest.lines("section"))}
        symbols = [f"add-symbol-file {path} {address[name, 'text']} -s .data "
                   f"{address[name, 'data']} -s .bss {address[name, 'bss']}"
                   for name, path in guest.modules.items()]
        seen = gdb(f"target remote {socket}", *symbols, f"source {COMMANDS}", "kdefer-bt parked",
                   "kdefer-bt visitor", "detach")
    right, more = guest.tells_the_same(seen)
    report.case(right, "a kernel behind QEMU's gdb server, as the file tasks has it", more)


def main() -> int:
    for tool in ("gdb", "gcc"):
        if not shutil.which(tool):
            sys.exit(f"{tool} is not installed; run scripts/setup.sh gdb")
    subprocess.run(["make", "-s", "-C", TOP / "userspace-shim"], check=True)
    # The program finds its library by the path that it was built with.
    os.environ.pop("LD_LIBRARY_PATH", None)
    report = Report()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        check_program(report, folder)
        check_beside_library(report, folder)
        check_kernel(report, folder)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
