# SPDX-License-Identifier: GPL-2.0-only
"""The drivers whose mutants are tried: how they are built, used and looked at."""

from __future__ import annotations

import pathlib
import re
import shutil
import subprocess

import mutate

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
PORT = "/dev/ttyS1"
INPUTS = ("exercise", "once-more")


def vm(*arguments: str) -> str:
    return subprocess.run([TOP / "scripts" / "vm", *map(str, arguments)], check=True,
                          stdout=subprocess.PIPE, text=True).stdout.strip()


def compile_program(source: pathlib.Path, to: pathlib.Path) -> None:
    vm("cc", "stock", "-O2", "-o", to, source)


def strip(module: pathlib.Path, to: pathlib.Path) -> None:
    """Without what debuggers need; it is loaded some thousand times."""
    subprocess.run(["strip", "-g", "-o", to, module], check=True)


class Driver:
    """The sample device. It says itself, when it is unloaded, what it has left; without kdefer, it
    leaves its faults to the kernel."""

    name = "kdefer_kv"
    # What uses it, with exercise and with once-more as its input: the program's source, and words.
    client, words = TOP / "samples/kv-client.c", "/dev/kdefer_kv"
    clean = re.compile(r"left: entries \d+ requests 0 buffers 0 locks 0$", re.MULTILINE)
    # What the guest gets besides.
    extra: tuple[str, ...] = ()

    def build(self) -> None:
        self.kdefer = pathlib.Path(vm("modules", "--module", "stock")) / "kmod/kdefer.ko"
        self.folder = TOP / "build/campaign/kdefer_kv"
        shutil.copytree(TOP / "samples/kdefer_kv", self.folder, dirs_exist_ok=True)
        vm("build", "stock", self.folder)

    def module_name(self, _: str) -> str:
        """What the kernel calls it in this variant."""
        return self.name

    def prepare(self, variant: str, folder: pathlib.Path, number: int,
                seed: int) -> tuple[pathlib.Path, list[mutate.Mutant]]:
        """Puts what the guest needs into the folder; the module there, and its mutants."""
        source, module = self.source(variant), folder / "driver.ko"
        strip(self.kdefer, folder / "kdefer.ko")
        strip(source, module)
        compile_program(HERE / "try.c", folder / "try")
        compile_program(self.client, folder / "client")
        for name in INPUTS:
            # Some clients know alone what to do.
            given = HERE / self.name / name
            (folder / name).write_bytes(given.read_bytes() if given.exists() else b"")
        mutants = mutate.choose(source, module, number, seed)
        self.prepare_more(variant, folder)
        return module, mutants

    def source(self, _: str) -> pathlib.Path:
        """The module as it was built."""
        return self.folder / "kdefer_kv.ko"

    def prepare_more(self, variant: str, folder: pathlib.Path) -> None:
        if variant == "bare":
            module = folder / "driver.ko"
            mutate.apply(module, list(mutate.without_kdefer(self.source(variant), module)))

    def files(self, folder: pathlib.Path) -> list[str]:
        names = ("driver.ko", "kdefer.ko", "try", "client", *INPUTS, *self.extra)
        return [str(folder / name) for name in names]

    def command(self, variant: str) -> str:
        """What the guest runs."""
        return f"insmod kdefer.ko && {self.tries(variant)}"

    def tries(self, variant: str) -> str:
        """The last of it, which takes mutants."""
        return f"./try {self.module_name(variant)} {PORT} ./client {self.words}"


class Converted(Driver):
    """A driver of the kernel's that tests/conversion has converted; without kdefer, as the kernel
    has it. What it holds is counted by tests/conversion/inject."""

    clean = re.compile(r"left:$", re.MULTILINE)

    extra = ("configfs.ko", "inject.ko")

    def __init__(self, name: str, client: pathlib.Path, words: str) -> None:
        self.name, self.client, self.words = name, client, words

    def build(self) -> None:
        self.kdefer = pathlib.Path(vm("modules", "--module", "stock")) / "kmod/kdefer.ko"
        self.folder = TOP / "build/conversion"
        built = self.folder / "client"
        sources = (*(TOP / "include/kdefer").iterdir(), *(TOP / "tests/conversion").rglob("*"),
                   HERE / "recover.sed")
        if built.exists() and all(s.stat().st_mtime < built.stat().st_mtime for s in sources):
            return
        subprocess.run([TOP / "tests/conversion/run.sh", "build", HERE / "recover.sed"], check=True,
                       stdout=subprocess.DEVNULL)

    def module_name(self, variant: str) -> str:
        return f"{self.name}_{'after' if variant == 'kdefer' else 'before'}"

    def source(self, variant: str) -> pathlib.Path:
        name = self.module_name(variant)
        return self.folder / name.rpartition("_")[2] / self.name / f"{name}.ko"

    def prepare_more(self, variant: str, folder: pathlib.Path) -> None:
        strip(self.folder / "inject/inject.ko", folder / "inject.ko")
        shutil.copy(self.folder / "guest/configfs.ko", folder)

    def command(self, variant: str) -> str:
        return ("insmod configfs.ko; mount -t configfs configfs /sys/kernel/config; "
                f"insmod kdefer.ko && insmod inject.ko && {self.tries(variant)}")


DRIVERS = {driver.name: driver for driver in (
    Driver(),
    Converted("null_blk", HERE / "block-client.c", ""),
    Converted("veth", TOP / "tests/conversion/client.c", "traffic"),
)}
