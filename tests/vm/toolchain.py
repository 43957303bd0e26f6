# SPDX-License-Identifier: GPL-2.0-only
"""Compilers: the host's own, or those of a newer Debian, which need a newer C library than the
host's. The latter are unpacked in the cache folder, and their programs are told to use the loader
and the libraries that were unpacked beside them: no root, no chroot."""
import hashlib
import os
import re
import subprocess

from . import apt, host

# The host's loader as its programs name it.
LOADER = "/lib64/ld-linux-x86-64.so.2"
# A kernel needs neither a C library for the target nor the run-time libraries of sanitizers and
# languages.
NOT_NEEDED = re.compile(r".*-cross$|lib([atl]|hwa|ub)san\d+$"
                        r"|lib(gomp|itm|quadmath|cc1|gprofng)-?\d+$|libc-gconv-modules-extra$")


def adopt(folder, root):
    """Makes the programs below a folder run with the loader and libraries below root."""
    host.need("patchelf", "patchelf")
    libraries = f"{root}/usr/lib/x86_64-linux-gnu"
    for path in _programs(folder):
        subprocess.run(["patchelf", "--set-interpreter", f"{root}/usr{LOADER}", path], check=True)
        # RPATH, as opposed to RUNPATH, is also for what the libraries need themselves.
        subprocess.run(["patchelf", "--force-rpath", "--set-rpath", libraries, path], check=True)


def _programs(folder):
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            if ".so" not in name and not os.path.islink(path) and os.access(path, os.X_OK) \
                    and _loader(path) == LOADER:
                yield path


def _loader(path):
    with open(path, "rb") as file:
        if file.read(4) != b"\x7fELF":
            return None
    done = subprocess.run(["patchelf", "--print-interpreter", path], check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return done.stdout.strip()


def program_compiler(arch):
    """The host's compiler for programs that run on an architecture without any libraries."""
    if arch.native:
        host.need("gcc", "gcc", "libc6-dev")
        return ["gcc", "-static"]
    compiler = f"{arch.triple}-gcc-12"
    host.need(compiler, f"gcc-12-{arch.triple}", f"libc6-dev-{arch.name}-cross")
    if not os.path.exists(f"/usr/{arch.triple}/lib/libc.a"):
        host.install(f"libc6-dev-{arch.name}-cross")
    return [compiler, "-static"]


def _unpack(root, packages, folder):
    for package in packages:
        root.unpack(package, folder)
    adopt(f"{folder}/usr", folder)


def sparse(suite):
    """The program of that name for kernels of one of Debian's suites. Those that are newer than the
    host say what its sparse does not know, such as __typeof_unqual__."""
    if suite == "bookworm":
        host.need("sparse", "sparse")
        return "sparse"
    folder = f"{host.CACHE}/toolchains/sparse"
    with host.lock("toolchain-sparse"):
        if not os.path.exists(f"{folder}/complete"):
            _unpack(apt.Root("sid", host.architecture()), ("sparse", "libc6"), folder)
            host.write(f"{folder}/complete", "")
    return f"{folder}/usr/bin/sparse"


def prepare(toolchain, arch):
    """The folder of an unpacked toolchain, or None for one of the host's."""
    packages = toolchain.packages_for(arch)
    if not toolchain.suite:
        host.need(toolchain.command(arch), *packages)
        return None
    folder = f"{host.CACHE}/toolchains/{toolchain.name}-{arch.name}"
    key = hashlib.sha256(" ".join(packages).encode()).hexdigest()
    if host.read(f"{folder}/complete") == key:
        return folder
    with host.lock(f"toolchain-{toolchain.name}-{arch.name}"):
        if host.read(f"{folder}/complete") == key:
            return folder
        subprocess.run(["rm", "-rf", folder], check=True)
        root = apt.Root(toolchain.suite, host.architecture())
        wanted = [name for name in root.closure(packages) if not NOT_NEEDED.match(name)]
        _unpack(root, wanted, folder)
        host.write(f"{folder}/complete", key)
    return folder
