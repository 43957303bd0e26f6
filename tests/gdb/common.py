# SPDX-License-Identifier: GPL-2.0-only
"""What the tests of the debuggers share: a program and a guest whose threads stand still in places
that are known, and the comparison of what is told of them."""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
SHIM = TOP / "build" / "shim"
VM = TOP / "scripts" / "vm"
# What the guest runs: threads that stand still in every place, and where the modules lie.
GUEST = """[ ! -e qemu_fw_cfg.ko ] || insmod qemu_fw_cfg.ko
insmod kdefer.ko && insmod kdefer_observe_test.ko &&
echo 1 >/sys/module/kdefer_observe_test/parameters/park
sed 's/^/tasks: /' /sys/kernel/debug/kdefer/tasks
for module in kdefer kdefer_observe_test; do for section in text data bss; do
echo section: $module $section $(cat /sys/module/$module/sections/.$section)
done; done
"""


class Report:
    """The cases of a test, as TAP."""

    def __init__(self) -> None:
        self.number = self.failed = 0

    def case(self, right: bool, name: str, more: str = "") -> None:
        self.number += 1
        self.failed += not right
        print(f"{'ok' if right else 'not ok'} {self.number} - {name}", flush=True)
        if not right:
            print("\n".join(f"# {line}" for line in more.splitlines()[:60]))

    def skip(self, name: str, reason: str) -> None:
        self.number += 1
        print(f"ok {self.number} - {name} # SKIP {reason}", flush=True)

    def end(self) -> int:
        print(f"1..{self.number}")
        return int(self.failed > 0)


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


def names_of(text: str) -> list[str]:
    """Threads, frames, calls and panics, as far as the module's file and debuggers say the same."""
    found = []
    for line in text.splitlines():
        if line.startswith("  (") or not re.match(r" |\S+\[\d+\]", line):
            continue
        line = re.sub(r"\] (kthread|foreign).*", "]", line).replace(" [kdefer_observe_test]", "")
        line = re.sub(r", raised at [^,\[]*?(?= \[|,|$)", "", line)
        line = re.sub(r"\bguard\b", "defer", re.sub(r"\(0x[0-9a-f]+\)$|\.constprop\.0", "", line))
        found.append(re.sub(r"widget\([^)]*\)", "widget", line).rstrip())
    return found


class Guest:
    """A guest that stands still: what it has printed, and the files of the modules in it."""

    def __init__(self, *options: str | pathlib.Path, then: str = ""):
        modules = pathlib.Path(run(VM, "modules", "stock").splitlines()[-1])
        self.modules = {"kdefer": modules / "kmod" / "kdefer.ko", "kdefer_observe_test":
                        modules / "tests" / "guest" / "observe" / "kdefer_observe_test.ko"}
        self.process = subprocess.Popen(
            [VM, "run", "stock", *options, "--timeout", "200",
             "--file", self.modules["kdefer_observe_test"], "--",
             f"{GUEST}{then}echo ready:; sleep 600"],
            text=True, stdout=subprocess.PIPE, start_new_session=True)
        self.said = ""
        assert self.process.stdout
        for line in self.process.stdout:
            self.said += line
            if line.startswith("ready:"):
                break

    def __enter__(self) -> Guest:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()

    def lines(self, kind: str) -> list[str]:
        """What it printed of one kind."""
        return [line.removeprefix(f"{kind}: ") for line in self.said.splitlines()
                if line.startswith(f"{kind}: ")]

    def tells_the_same(self, seen: str) -> tuple[bool, str]:
        """Whether a debugger tells of the threads that stand still what the module's file does."""
        wanted = re.findall(r"^(?:parked|visitor)\[.*\n(?: .*\n?)*",
                            "\n".join(self.lines("tasks")), re.MULTILINE)
        seen_of = re.split(r"^(?=visitor\[)", seen[seen.find("parked["):], flags=re.MULTILINE)
        right = len(names_of("".join(wanted))) > 20 and \
            [names_of(one) for one in wanted] == [names_of(other) for other in seen_of]
        return right, "\n".join(names_of("".join(wanted)) + ["seen:"] + names_of(seen)) + \
            "\n" + seen
