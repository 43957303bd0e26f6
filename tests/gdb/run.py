#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
kdefer in gdb: what kdefer-tasks and kdefer-bt tell of a program that is known, live and as a core
dump, with the commands sourced and loaded by themselves, and of threads in a guest behind QEMU's
stub, where the module's own file says what they must tell. Prints TAP.
"""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
COMMANDS = TOP / "scripts" / "gdb" / "kdefer-gdb.py"
SHIM = TOP / "build" / "shim"
# What the guest runs: threads that stand still in every place, and where the modules lie.
GUEST = """insmod kdefer.ko && insmod kdefer_observe_test.ko &&
echo 1 >/sys/module/kdefer_observe_test/parameters/park
sed 's/^/tasks: /' /sys/kernel/debug/kdefer/tasks
for module in kdefer kdefer_observe_test; do for section in text data bss; do
echo section: $module $section $(cat /sys/module/$module/sections/.$section)
done; done; echo ready:; sleep 600"""

number = 0
failed = 0


def report(right: bool, name: str, more: str = "") -> None:
    global number, failed
    number += 1
    failed += not right
    print(f"{'ok' if right else 'not ok'} {number} - {name}", flush=True)
    if not right:
        print("\n".join(f"# {line}" for line in more.splitlines()[:60]))


def run(*command: str | pathlib.Path) -> str:
    done = subprocess.run(command, check=False, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=300)
    return done.stdout


def gdb(*commands: str, program: str | pathlib.Path = "", trusted: str | pathlib.Path = "") -> str:
    """What gdb prints on these commands; it may load those that lie in the trusted folder."""
    words = ["-iex", "set debuginfod enabled off"]
    if trusted:
        words += ["-iex", f"add-auto-load-safe-path {trusted}"]
    for command in commands:
        words += ["-ex", command]
    return run("gdb", "-batch", "-nx", *words, *([program] if program else []))


def plain(text: str) -> str:
    """The lines of the commands, without what changes from run to run."""
    lines = [line for line in text.splitlines() if re.match(r"(story|thread)\[|  ", line)]
    text = re.sub(r"\[\d+\]", "[N]", "\n".join(lines))
    text = re.sub(r"0x[0-9a-f]{3,}", "ADDRESS", text)
    return re.sub(r"\.c:\d+\)", ".c:N)", text) + "\n"


def build(target: pathlib.Path, *libraries: str | pathlib.Path) -> None:
    flags = run("make", "-s", "--no-print-directory", "-f", TOP / "userspace-shim" / "flags.mk",
                "print-cflags").split()
    said = run("gcc", *flags, "-O2", "-g", '-DKBUILD_MODNAME="story"', "-o", target,
               HERE / "story.c", *libraries, "-pthread")
    if said:
        sys.exit(said)


def check_program(folder: pathlib.Path) -> None:
    expected = (HERE / "story.expected").read_text(encoding="utf-8")
    program, core = folder / "story", folder / "core"
    build(program, SHIM / "libkdefer.a")
    look = ["kdefer-tasks", "kdefer-bt", "continue", "kdefer-bt story"]
    said = gdb(f"source {COMMANDS}", "break stop_here", "run", *look, program=program)
    report(plain(said) == expected, "a program that runs", said)

    gdb("break stop_here", "run", "continue", f"generate-core-file {core}", program=program)
    said = gdb(f"core-file {core}", f"source {COMMANDS}", "kdefer-bt", program=program)
    seen = plain(said).replace("thread[", "story[")
    report("-EIO" in seen and seen in expected, "a core dump", said)

    said = gdb(f"source {COMMANDS}", "kdefer-tasks", program=program)
    report("there is no process; start the program" in said, "no process", said)
    said = gdb(f"source {COMMANDS}", "break main", "run", "kdefer-bt", program=program)
    report("no such thread is in a KDEFER function" in said, "nobody is in kdefer", said)
    said = gdb(f"source {COMMANDS}", "kdefer-tasks", program="/bin/true")
    report("build libkdefer with -g" in said, "no debug information", said)


def check_beside_library(folder: pathlib.Path) -> None:
    library = folder / "libkdefer.so.1"
    shutil.copy(SHIM / library.name, library)
    shutil.copy(COMMANDS, folder / f"{library.name}-gdb.py")
    build(folder / "shared", library, f"-Wl,-rpath,{folder}")
    said = gdb("break stop_here", "run", "kdefer-bt", program=folder / "shared", trusted=folder)
    report("running second" in said and "frame middle" in said,
           "the commands are loaded by themselves beside the library", said)


def names_of(text: str) -> list[str]:
    """Threads, frames, calls and panics, as far as the file of the module and gdb say the same."""
    found = []
    for line in text.splitlines():
        if line.startswith("  (") or not re.match(r" |\S+\[\d+\]", line):
            continue
        line = re.sub(r"\] (kthread|foreign).*", "]", line).replace(" [kdefer_observe_test]", "")
        line = re.sub(r", raised at [^,\[]*?(?= \[|,|$)", "", line)
        line = re.sub(r"\bguard\b", "defer", re.sub(r"\(0x[0-9a-f]+\)$|\.constprop\.0", "", line))
        found.append(re.sub(r"widget\([^)]*\)", "widget", line).rstrip())
    return found


def start_guest(modules: pathlib.Path, socket: pathlib.Path) -> tuple[subprocess.Popen[str], str]:
    """A guest that stands still, and what it has printed."""
    test = modules / "tests" / "guest" / "observe" / "kdefer_observe_test.ko"
    guest = subprocess.Popen([TOP / "scripts" / "vm", "run", "stock", "--gdb", socket,
                              "--timeout", "200", "--file", test, "--", GUEST], text=True,
                             stdout=subprocess.PIPE, start_new_session=True)
    said = ""
    assert guest.stdout
    for line in guest.stdout:
        said += line
        if line.startswith("ready:"):
            break
    return guest, said


def check_kernel(folder: pathlib.Path) -> None:
    modules = pathlib.Path(run(TOP / "scripts" / "vm", "modules", "stock").splitlines()[-1])
    socket = folder / "gdb"
    guest, said = start_guest(modules, socket)
    try:
        address = {tuple(words[:2]): words[2] for words in
                   (line.split()[1:] for line in said.splitlines() if line.startswith("section:"))}
        paths = {"kdefer": modules / "kmod" / "kdefer.ko",
                 "kdefer_observe_test": modules / "tests/guest/observe/kdefer_observe_test.ko"}
        symbols = [f"add-symbol-file {path} {address[name, 'text']} -s .data "
                   f"{address[name, 'data']} -s .bss {address[name, 'bss']}"
                   for name, path in paths.items()]
        seen = gdb(f"target remote {socket}", *symbols, f"source {COMMANDS}", "kdefer-bt parked",
                   "kdefer-bt visitor", "detach")
    finally:
        guest.terminate()
        guest.wait()
    tasks = "\n".join(line[7:] for line in said.splitlines() if line.startswith("tasks: "))
    wanted = re.findall(r"^(?:parked|visitor)\[.*\n(?: .*\n?)*", tasks, re.MULTILINE)
    seen_of = re.split(r"^(?=visitor\[)", seen[seen.find("parked["):], flags=re.MULTILINE)
    right = len(names_of("".join(wanted))) > 20 and \
        [names_of(one) for one in wanted] == [names_of(other) for other in seen_of]
    report(right, "a kernel behind QEMU's stub, as the file tasks has it",
           "\n".join(names_of("".join(wanted)) + ["gdb:"] + names_of(seen)) + "\n" + seen)


def main() -> int:
    for tool in ("gdb", "gcc"):
        if not shutil.which(tool):
            sys.exit(f"{tool} is not installed; run scripts/setup.sh gdb")
    subprocess.run(["make", "-s", "-C", TOP / "userspace-shim"], check=True)
    # The program finds its library by the path that it was built with.
    os.environ.pop("LD_LIBRARY_PATH", None)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        check_program(folder)
        check_beside_library(folder)
        check_kernel(folder)
    print(f"1..{number}")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
