#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
kdefer in drgn: what kdefer_tasks() and kdefer_bt() tell of a core dump of a program that is known,
the same as gdb, and of a guest's kernel, live and as a vmcore, the same as the module's own file.
The latter needs the kernel's debug information, and is skipped where that has not been fetched, as
"make test-drgn" does. Prints TAP.
"""

from __future__ import annotations

import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile

from common import HERE, SHIM, TOP, VM, Guest, Report, build, gdb, plain, run

FUNCTIONS = TOP / "scripts" / "drgn"
# What drgn runs: all that is told, and the same as values.
LOOK = f"""
import dataclasses, json, sys
sys.path.insert(0, {str(FUNCTIONS)!r})
from kdefer_drgn import KdeferError, kdefer_bt, kdefer_tasks
try:
    kdefer_bt(prog, *sys.argv[1:])
    print("json:", json.dumps([dataclasses.asdict(thread) for thread in kdefer_tasks(prog)]))
except KdeferError as error:
    print(error)
"""
# The same in a guest, of the kernel that it runs in.
LOOK_LIVE = """
import sys
sys.path.insert(0, "/guest/python")
import drgn
from kdefer_drgn import kdefer_bt
prog = drgn.Program()
prog.set_kernel()
prog.load_debug_info(["vmlinux", "kdefer.ko", "kdefer_observe_test.ko"])
kdefer_bt(prog, "parked")
kdefer_bt(prog, "visitor")
"""
RUN_LIVE = """export PYTHONHOME=/guest PYTHONPATH=/guest/python
python/lib/ld.so --library-path python/lib python/python3 -S python/look.py 2>&1 |
sed 's/^/live: /'
"""
# What of the kernel's debug information nobody here reads, which is more than half of it.
UNREAD = (".rela.*", ".debug_loclists", ".debug_rnglists", ".debug_frame", ".debug_aranges")
PYTHON = "/usr/bin/python3"


def drgn(folder: pathlib.Path, *options: str | pathlib.Path, thread: str = "") -> str:
    """What drgn prints of what these options say."""
    script = folder / "look.py"
    script.write_text(LOOK, encoding="utf-8")
    return run("drgn", "-q", *options, script, *thread.split())


def values(said: str) -> list[dict]:
    return json.loads(next(line[6:] for line in said.splitlines() if line.startswith("json: ")))


def check_values(report: Report, said: str) -> None:
    """What is printed is there as values, too."""
    thread, = values(said)
    run_, = thread["runs"]
    panic, middle, outer = run_["stack"]
    report.case(panic["value"]["err"] == -131 and panic["value"]["text"] == "one" and
                panic["goexit"] and panic["code"] == 7 and panic["running"] == "second" and
                [call["function"] for call in middle["calls"]] ==
                ["third", "class_mutex_destructor"] and
                [call["guard"] for call in middle["calls"]] == [False, True] and
                outer["calls"][1] == {"function": "recover", "argument": 0, "guard": False},
                "frames, calls and panics as values", said)


def check_program(report: Report, folder: pathlib.Path) -> None:
    expected = (HERE / "story.expected").read_text(encoding="utf-8")
    program, cores = folder / "story", [folder / "core1", folder / "core2"]
    # Unlike gdb, drgn does not say which function an inlined one was inlined from.
    build(program, SHIM / "libkdefer.a", "-fno-inline")
    # With the constants that lie in the program's file, such as the names of source files.
    pathlib.Path("/proc/self/coredump_filter").write_text("0x37", encoding="ascii")
    gdb("break stop_here", "run", f"generate-core-file {cores[0]}", "continue",
        f"generate-core-file {cores[1]}", program=program)
    said = [drgn(folder, "-c", core) for core in cores]
    seen = "".join(plain(text).replace("thread[", "story[") for text in said)
    # gdb's list of the threads stands in front there.
    report.case(expected.endswith(seen) and "class_mutex_destructor" in seen,
                "a core dump of a program", "\n".join(said))
    check_values(report, said[0])


def check_errors(report: Report, folder: pathlib.Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        said = drgn(folder, "-p", str(process.pid))
        gdb(f"attach {process.pid}", f"generate-core-file {folder / 'core3'}")
        process.kill()
    report.case("drgn cannot look at the threads of a process that runs" in said,
                "a process that runs", said)
    said = drgn(folder, "-c", folder / "core3")
    report.case("the program does not use libkdefer" in said, "a program without kdefer", said)


def libraries(*paths: str | pathlib.Path) -> list[str]:
    """The shared libraries that files need."""
    return sorted(set(re.findall(r"=> (/\S+)", "".join(run("ldd", path) for path in paths))))


def python_for_guest(target: pathlib.Path) -> None:
    """Debian's python and drgn with all that they need, in a folder for a guest that has nothing.
    The loader gets a name that does not tell the architecture."""
    library, module = run(PYTHON, "-c", "import _drgn, sysconfig; "
                          "print(sysconfig.get_path('stdlib')); print(_drgn.__file__)").split()
    no_tests = shutil.ignore_patterns("test", "__pycache__", "config-*", "idlelib")
    shutil.copytree(library, target, ignore=no_tests)
    shutil.copytree(pathlib.Path(module).with_name("drgn"), target / "drgn", ignore=no_tests)
    shutil.copy(module, target)
    shutil.copy(PYTHON, target / "python3")
    (target / "lib").mkdir()
    for path in libraries(PYTHON, module):
        shutil.copy(path, target / "lib")
    loader = re.search(r"/\S*/ld-linux\S*", run("ldd", PYTHON))
    assert loader
    shutil.copy(loader[0], target / "lib" / "ld.so")
    for path in (FUNCTIONS / "kdefer_drgn.py", TOP / "scripts" / "gdb" / "kdefer_walk.py"):
        shutil.copy(path, target)
    (target / "look.py").write_text(LOOK_LIVE, encoding="utf-8")


def dump(monitor: pathlib.Path, target: pathlib.Path) -> None:
    """Has QEMU write a guest's memory, with the mapping of virtual addresses: drgn 0.0.22 does not
    find it by itself."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(monitor))
        stream = connection.makefile("rw", encoding="utf-8", errors="replace")
        stream.write(f"dump-guest-memory -p {target}\ninfo status\n")
        stream.flush()
        for line in stream:
            if line.startswith("VM status"):
                return


def check_kernel(report: Report, folder: pathlib.Path) -> None:
    kernel = pathlib.Path(run(VM, "kernel", "stock").splitlines()[-1])
    vmlinux, monitor, vmcore = kernel / "vmlinux", folder / "monitor", folder / "vmcore"
    cases = [f"a kernel, {how}, as the file tasks has it" for how in ("live", "as a vmcore")]
    if not vmlinux.exists():
        for case in cases:
            report.skip(case, "the kernel's debug information is not there: make test-drgn")
        return
    firmware = next(kernel.glob("root/lib/modules/*/kernel/drivers/firmware/qemu_fw_cfg.ko"))
    python_for_guest(folder / "python")
    run("objcopy", "-w", *(word for name in UNREAD for word in ("-R", name)), vmlinux,
        folder / "vmlinux")
    inputs = [word for path in (firmware, folder / "python", folder / "vmlinux")
              for word in ("--file", path)]
    with Guest("--monitor", monitor, *inputs, then=RUN_LIVE) as guest:
        dump(monitor, vmcore)
    right, more = guest.tells_the_same("\n".join(guest.lines("live")))
    report.case(right, cases[0], more)
    options = ["-c", vmcore, "--no-default-symbols", "-s", vmlinux]
    symbols = [word for path in guest.modules.values() for word in ("-s", path)]
    said = [drgn(folder, *options, *symbols, thread=name) for name in ("parked", "visitor")]
    right, more = guest.tells_the_same("".join(text[:text.find("json: ")] for text in said))
    report.case(right, cases[1], more)
    said = [drgn(folder, *options)]
    report.case("its file was not given" in said[0], "a kernel without kdefer's file", said[0])


def main() -> int:
    for tool in ("drgn", "gdb", "gcc"):
        if not shutil.which(tool):
            sys.exit(f"{tool} is not installed; run scripts/setup.sh gdb")
    subprocess.run(["make", "-s", "-C", TOP / "userspace-shim"], check=True)
    report = Report()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        check_program(report, folder)
        check_errors(report, folder)
        check_kernel(report, folder)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
