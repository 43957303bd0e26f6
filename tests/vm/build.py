# SPDX-License-Identifier: GPL-2.0-only
"""Builds modules for a kernel: kdefer, its tests and samples, and those of others."""
import dataclasses
import hashlib
import os
import re
import subprocess
import sys

from . import host, kernel, table, toolchain

# What kdefer.ko is made of, and what its tests and samples are made of besides.
MODULE = ("Kbuild", "kdefer.kbuild", "include", "kmod", "tables")
ALL = (*MODULE, "kunit", "samples", "tests", "tools")
# Said by kernels that have BTF; the modules get none. See kernel.py.
NO_BTF = "pahole version differs"
# The objects of another checkout or kernel stay where they are.
EXCLUDED = ("*.o", "*.ko", ".*.cmd", "*.mod*", "Module.symvers", "modules.order", "vm")


@dataclasses.dataclass
class Target:
    """A kernel's build tree and how make is called there; M= and targets are the caller's."""
    name: str
    tree: str
    words: list
    environment: dict
    suite: str = ""

    @property
    def command(self):
        """make for modules of this kernel."""
        return ["make", "-C", self.tree, f"-j{os.cpu_count()}", *self.words]

    @property
    def out(self):
        """Where this checkout's modules for this kernel are built."""
        return f"{host.TOP}/build/modules/{self.name}"


def target(name):
    """What a platform's name, or the path of a kernel's build tree, stands for."""
    if os.path.isfile(f"{name}/Makefile"):
        return Target("custom", os.path.realpath(name), [], dict(os.environ))
    platform = table.find(name)
    folder = kernel.prepare(platform)
    tools = toolchain.prepare(platform.toolchain, platform.arch)
    arch = platform.arch
    environment = dict(os.environ)
    if tools:
        environment["PATH"] = f"{tools}/usr/bin:{environment['PATH']}"
    return Target(platform.alias or platform.name, os.path.realpath(f"{folder}/build"),
                  [f"ARCH={arch.kernel}", *platform.toolchain.words(arch),
                   f"CC={platform.toolchain.command(arch)}"], environment, platform.suite)


def _files(folders):
    for folder in folders:
        if os.path.isfile(f"{host.TOP}/{folder}"):
            yield f"{host.TOP}/{folder}"
        for where, inner, names in os.walk(f"{host.TOP}/{folder}"):
            inner[:] = sorted(name for name in inner if name not in EXCLUDED)
            yield from (os.path.join(where, name) for name in sorted(names))


def _fingerprint(kernel_target, folders):
    """Changes with everything that the modules are made from."""
    digest = hashlib.sha256(kernel_target.tree.encode())
    for path in _files(folders):
        with open(path, "rb") as file:
            digest.update(path.encode() + b"\0" + file.read())
    return digest.hexdigest()


def _copy(out, folders):
    """A copy of the sources, so that builds for several kernels do not mix. A file whose contents
    are others gets the time of now: with an older one, of another checkout, make would not build
    it."""
    subprocess.run(["rsync", "-rlp", "--checksum", "--delete",
                    *(f"--exclude={pattern}" for pattern in EXCLUDED),
                    *(f"{host.TOP}/{folder}" for folder in folders), f"{out}/"], check=True)


def _checker(kernel_target, words):
    """What make needs besides C= to run sparse."""
    wanted = [word.removeprefix("C=") for word in words if word.startswith("C=")]
    if not wanted or not kernel_target.suite:
        return ()
    # Linux 7 asks a script of its own whether sparse will do, which Debian's headers lack.
    return (f"KBUILD_CHECKSRC={wanted[-1]}",
            f"CHECK={toolchain.sparse(kernel_target.suite)}")


def _compile(kernel_target, words):
    out = kernel_target.out
    words = (*words, *_checker(kernel_target, words))
    with open(f"{out}/log", "w", encoding="utf-8") as log:
        done = subprocess.run([*kernel_target.command, f"M={out}", *words, "modules"], check=False,
                              env=kernel_target.environment, stdout=log, stderr=log)
    with open(f"{out}/log", encoding="utf-8") as log:
        lines = log.readlines()
    # What sparse finds in the kernel's own headers is not for kdefer to mend. An error of sparse's
    # is none of make's.
    kernels = f"{host.CACHE}/kernels/"
    warnings = [line for line in lines if re.search("(warning|error):", line, re.IGNORECASE)
                and NO_BTF not in line and not line.startswith(kernels)]
    if done.returncode or warnings:
        sys.stderr.writelines(warnings or lines[-30:])
        raise host.Failure(f"the modules for {kernel_target.name} do not build without a warning; "
                           f"see {out}/log")


def kdefer(kernel_target, everything=False, arguments=()):
    """Builds kdefer.ko, or everything, where that has not been done with these sources; the answer
    is the folder of the build. A warning of the compiler, modpost or objtool is an error; the log
    stays in the folder."""
    host.need("rsync", "rsync")
    out = kernel_target.out
    folders = ALL if everything else MODULE
    stamp = f"{out}/all.built" if everything else f"{out}/kdefer.built"
    os.makedirs(out, exist_ok=True)
    with host.lock(f"{out}/lock"):
        fingerprint = _fingerprint(kernel_target, folders)
        if not arguments and host.read(stamp) == fingerprint and \
                os.path.exists(f"{out}/kmod/kdefer.ko"):
            return out
        host.log(f"building {'the modules' if everything else 'kdefer.ko'} for "
                 f"{kernel_target.name}")
        _copy(out, folders)
        switches = ("KDEFER_TESTS=y", "KDEFER_SAMPLES=y") if everything else ()
        _compile(kernel_target, (*switches, *arguments))
        host.write(stamp, fingerprint)
        if everything:
            host.write(f"{out}/kdefer.built", _fingerprint(kernel_target, MODULE))
    return out


def _forget_other_kernel(kernel_target, folder, out):
    """Cleans a folder that was last built for another kernel. The file that says so has a name that
    make clean removes."""
    stamp = f"{folder}/.kdefer-kernel.cmd"
    if host.read(stamp) not in (None, kernel_target.tree):
        # Its Kbuild includes kdefer.kbuild from there.
        subprocess.run([*kernel_target.command, f"M={folder}", f"KDEFER={out}", "clean"],
                       check=True, env=kernel_target.environment)
    host.write(stamp, kernel_target.tree)


def modules(kernel_target, folder, arguments):
    """Builds an external module's folder against kdefer; the modules stay there. The answer is
    make's exit status."""
    folder = os.path.abspath(folder)
    if not any(os.path.exists(f"{folder}/{name}") for name in ("Kbuild", "Makefile")):
        raise host.Failure(f"{folder} has neither a Kbuild nor a Makefile")
    out = kdefer(kernel_target)
    _forget_other_kernel(kernel_target, folder, out)
    return subprocess.run([*kernel_target.command, f"M={folder}",
                           f"KBUILD_EXTRA_SYMBOLS={out}/Module.symvers",
                           f"KCPPFLAGS=-I{out}/include", f"KDEFER={out}", *arguments,
                           "modules"],
                          env=kernel_target.environment, check=False).returncode
