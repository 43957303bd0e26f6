# SPDX-License-Identifier: GPL-2.0-only
"""
Guests that are booted once, saved when they are ready, and restored for as many tries as it takes:
what a mutant has done to a kernel is gone with it.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import pathlib
import re
import shutil
import socket
import subprocess
import time
from typing import TextIO

from vm import guest, kernel, table

MEMORY = 96
# A second of the guest's is 2^30 / 2^SHIFT instructions: what waits for a time-out there, or for
# the watchdog, costs little. With fewer, most of them would be those of the timer's interrupt.
SHIFT = 8
# How many seconds of a CPU of the host's one mutant may take, and booting.
PATIENCE = 8
BOOT = 90
# Of a kernel that panics the emulator is to end. Once it is booted, a CPU that is stuck in the
# kernel is a panic, so that nobody has to wait for it. Of IPv6 an interface has traffic of its own.
APPEND = "panic=-1 unknown_nmi_panic mitigations=off ipv6.disable=1"
BOOTED = "echo 1 >/proc/sys/kernel/softlockup_panic; echo 1 >/proc/sys/kernel/watchdog_thresh; "
# What try.c kicks. It sends an NMI, so that a loop with interrupts off is a panic as well.
WATCHDOG = ("-device", "ib700", "-action", "watchdog=inject-nmi")
# A guest is restored in no time where its memory is a file, which others see as it was.
RAM = ("-machine", "memory-backend=ram", "-object")
WROTE_DOWN = re.compile(r"^0x([0-9a-f]{16}): ", re.MULTILINE)


class Dead(Exception):
    """The guest does not answer any more. Says why: its kernel has died, or it hangs."""


def connect(path: pathlib.Path, qemu: subprocess.Popen) -> socket.socket:
    """Connects to a socket of QEMU's as soon as it is there."""
    connection = socket.socket(socket.AF_UNIX)
    end = time.monotonic() + BOOT
    while True:
        try:
            connection.connect(str(path))
            return connection
        except OSError:
            if qemu.poll() is not None or time.monotonic() > end:
                raise Dead(f"QEMU does not start: {qemu.returncode}") from None
            time.sleep(0.01)


class Machine:
    """A guest that runs; what is written to the port reaches the program in it."""

    def __init__(self, saved: Saved, folder: pathlib.Path, *arguments: str) -> None:
        self.folder = folder
        self.console = folder / "console"
        for name in ("port", "monitor"):
            (folder / name).unlink(missing_ok=True)
        with self.console.open("wb") as console:
            self.qemu = subprocess.Popen(
                [*saved.command, *WATCHDOG, "-chardev",
                 f"socket,id=channel,path={folder}/port,server=on,wait=off",
                 "-qmp", f"unix:{folder}/monitor,server=on,wait=off", *arguments],
                stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT)
        self.port = connect(folder / "port", self.qemu)
        self.buffer = b""
        self.lines: TextIO | None = None

    def send(self, text: str) -> None:
        with contextlib.suppress(OSError):
            self.port.sendall(text.encode())

    def line(self, seconds: float) -> str:
        """The next line that the program in the guest sends, if it does within so many seconds of
        a CPU: on a busy host nobody knows what a second is."""
        end = self.cpu_seconds() + seconds
        self.port.settimeout(0.5)
        while b"\n" not in self.buffer:
            try:
                got = self.port.recv(4096)
            except TimeoutError:
                if self.cpu_seconds() > end:
                    raise Dead("hung") from None
                continue
            except OSError:
                got = b""
            if not got:
                raise Dead("died")
            self.buffer += got
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line.decode(errors="replace").strip()

    def cpu_seconds(self) -> float:
        """What QEMU has taken so far."""
        with contextlib.suppress(OSError):
            stat = pathlib.Path(f"/proc/{self.qemu.pid}/stat").read_text(encoding="ascii")
            user, system = stat.rpartition(")")[2].split()[11:13]
            return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
        return math.inf

    def said(self) -> str:
        """All that its kernel has said since it runs."""
        return self.console.read_text(encoding="utf-8", errors="replace").replace("\r", "")

    def monitor(self, command: str, **arguments: object) -> dict:
        """Has QEMU do something, and returns what it answers."""
        if not self.lines:
            self.lines = connect(self.folder / "monitor", self.qemu).makefile("rw")
            self.monitor("qmp_capabilities")
        self.lines.write(json.dumps({"execute": command, "arguments": arguments}))
        self.lines.flush()
        for line in self.lines:
            answer = json.loads(line)
            if "error" in answer:
                raise Dead(answer["error"]["desc"])
            if "return" in answer:
                return answer["return"]
        raise Dead("died")

    def leave_out_memory(self) -> None:
        """What is saved or restored is all but the memory, which is a file."""
        self.monitor("migrate-set-capabilities",
                     capabilities=[{"capability": "x-ignore-shared", "state": True}])

    def save(self, to: pathlib.Path) -> None:
        self.leave_out_memory()
        self.monitor("migrate", uri=f"exec:cat >{to}")
        while (status := self.monitor("query-migrate")["status"]) != "completed":
            if status == "failed":
                raise Dead("the guest cannot be saved")
            time.sleep(0.05)

    def restore(self, state: pathlib.Path) -> None:
        """Waits for it: what is sent to a guest before it is restored is lost."""
        self.leave_out_memory()
        self.monitor("migrate-incoming", uri=f"exec:cat {state}")
        while not self.monitor("query-status")["running"]:
            time.sleep(0.005)

    def end(self) -> None:
        self.port.close()
        if self.lines:
            self.lines.close()
        self.qemu.kill()
        self.qemu.wait()


class Saved:
    """A guest with some files and a program that says "ready" when it is; booted here, saved, and
    to be restored."""

    def __init__(self, folder: pathlib.Path, platform: str, files: list[str], program: str) -> None:
        self.folder = folder
        self.state = folder / "state"
        shutil.rmtree(folder / "root", ignore_errors=True)
        (folder / "root").mkdir(parents=True)
        machine = table.find(platform)
        options = guest.Options(files=files, memory=MEMORY, smp=1, append=APPEND, skip_idle=SHIFT)
        guest.initramfs(machine.arch, options, [BOOTED + program], str(folder))
        command = guest.machine(machine, kernel.prepare(machine), options, str(folder))
        at = command.index(f"file,id=channel,path={folder}/channel")
        self.command = command[:at - 1] + command[at + 1:]
        self._boot()

    def _memory(self, share: str) -> tuple[str, ...]:
        return (*RAM, f"memory-backend-file,id=ram,mem-path={self.folder}/memory,size={MEMORY}M,"
                f"share={share}")

    def _boot(self) -> None:
        """QEMU writes down what modules execute the first time."""
        machine = Machine(self, self.folder, *self._memory("on"), "-d", "in_asm", "-dfilter",
                          guest.MODULES, "-D", f"{self.folder}/executed")
        try:
            while machine.line(BOOT) != "ready":
                pass
            machine.save(self.state)
            self.said = machine.said()
        except Dead as reason:
            raise SystemExit(f"the guest does not get ready: {reason}; see {machine.console}")
        finally:
            machine.end()

    def executed(self) -> set[int]:
        """Addresses of the instructions of modules that were executed before it was saved."""
        text = (self.folder / "executed").read_text(encoding="latin-1")
        return {int(address, 16) for address in WROTE_DOWN.findall(text)}

    def restore(self, folder: pathlib.Path) -> Machine:
        folder.mkdir(parents=True, exist_ok=True)
        machine = Machine(self, folder, *self._memory("off"), "-incoming", "defer")
        machine.restore(self.state)
        return machine
