# SPDX-License-Identifier: GPL-2.0-only
"""The table of platforms.toml."""
import dataclasses
import functools
import os
import tomllib

from . import host


@dataclasses.dataclass(frozen=True)
class Arch:
    """An architecture; platforms.toml says what the fields are."""
    name: str
    kernel: str
    triple: str
    qemu: str
    package: str
    user: str
    machine: list
    cpu: str
    console: str
    channel: str
    channel_options: list
    append: str
    busybox: str
    features: list

    @property
    def native(self):
        """Whether this machine is one."""
        return self.name == host.architecture()


@dataclasses.dataclass(frozen=True)
class Toolchain:
    """A compiler and what belongs to it."""
    name: str
    packages: list
    suite: str = ""
    llvm: str = ""

    def command(self, arch):
        """What the compiler for an architecture is called."""
        # One clang compiles for all.
        return self.name if self.llvm or arch.native else f"{arch.triple}-{self.name}"

    def words(self, arch):
        """What tells the kernel's make of the compiler and of all that belongs to it."""
        cross = "" if self.llvm or arch.native else f"{arch.triple}-"
        llvm = [f"LLVM={self.llvm}"] if self.llvm else []
        return [f"CROSS_COMPILE={cross}", *llvm]

    def packages_for(self, arch):
        """The packages with the compiler for an architecture."""
        cross = "" if arch.native else f"-{arch.triple}"
        return [package.format(cross=cross) for package in self.packages]


@dataclasses.dataclass(frozen=True)
class Platform:
    """A kernel on an architecture. Either meta names Debian's packages of it, or config and source
    say how it is built."""
    name: str
    arch: Arch
    suite: str
    series: str
    toolchain: Toolchain
    meta: str = ""
    source: str = ""
    version_of: str = ""
    config: list = ()
    features: list = ()
    test: list = ()
    emulator: str = "qemu"
    append: str = ""
    alias: str = ""


@functools.cache
def _tables():
    with open(os.path.join(os.path.dirname(__file__), "platforms.toml"), "rb") as file:
        return tomllib.load(file)


def suites(name):
    """The suites of Debian's archive that stand for one of ours."""
    return _tables()["suite"][name]


@functools.cache
def architectures():
    """All architectures by name."""
    return {name: Arch(name, **row) for name, row in _tables()["arch"].items()}


@functools.cache
def platforms():
    """All platforms by name, in the order of the file."""
    toolchains = {name: Toolchain(name, **row) for name, row in _tables()["toolchain"].items()}
    return {name: Platform(name, **row | {"arch": architectures()[row["arch"]],
                                          "toolchain": toolchains[row["toolchain"]]})
            for name, row in _tables()["platform"].items()}


def find(name):
    """The platform with that name or alias."""
    for platform in platforms().values():
        if name in (platform.name, platform.alias):
            return platform
    raise host.Failure(f"there is no platform '{name}'; scripts/vm list shows those there are")
