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
import shutil
import socket
import subprocess
import time
from typing import TextIO

from vm import guest, kernel, table

# How many seconds of a CPU of the host's one mutant may take, and booting; most take less than one.
PATIENCE = 8
BOOT = 90
# Of a kernel that panics the emulator is to end. A CPU that is stuck in the kernel is a panic, so
# that nobody has to wait for it.
APPEND = "panic=-1 softlockup_panic=1 watchdog_thresh=2"


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
                [*saved.command, "-chardev",
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

    def save(self, to: pathlib.Path) -> None:
        self.monitor("migrate-set-parameters", **{"max-bandwidth": 1 << 33})
        self.monitor("migrate", uri=f"exec:cat >{to}")
        while (status := self.monitor("query-migrate")["status"]) != "completed":
            if status == "failed":
                raise Dead("the guest cannot be saved")
            time.sleep(0.05)

    def wait_until_restored(self) -> None:
        """What is sent to a guest before it is restored is lost."""
        while not self.monitor("query-status")["running"]:
            time.sleep(0.02)

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
        options = guest.Options(files=files, memory=256, smp=1, append=APPEND,
                                skip_idle=True)
        guest.initramfs(machine.arch, options, [program], str(folder))
        command = guest.machine(machine, kernel.prepare(machine), options, str(folder))
        at = command.index(f"file,id=channel,path={folder}/channel")
        self.command = command[:at - 1] + command[at + 1:]
        self._boot()

    def _boot(self) -> None:
        machine = Machine(self, self.folder)
        try:
            while machine.line(BOOT) != "ready":
                pass
            machine.save(self.state)
        except Dead as reason:
            raise SystemExit(f"the guest does not get ready: {reason}; see {machine.console}")
        finally:
            machine.end()

    def restore(self, folder: pathlib.Path) -> Machine:
        folder.mkdir(parents=True, exist_ok=True)
        machine = Machine(self, folder, "-incoming", f"exec:cat {self.state}")
        machine.wait_until_restored()
        return machine
