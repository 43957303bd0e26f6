# SPDX-License-Identifier: GPL-2.0-only
"""Kernels with KUnit, which no kernel of Debian's has: configured and built in the cache folder,
from Debian's sources, by the kernel's own kunit.py. That checks that each line of the configuration
survives; it takes ccache as a compiler like any other, and only is silent about how far it is."""
import hashlib
import os
import re
import subprocess

from . import apt, host, kernel, toolchain

# What kunit.py calls the architectures that it does not call as the kernel does.
ARCH = {"x86": "x86_64"}
IMAGE = {"x86": "bzImage", "arm64": "Image", "riscv": "Image"}
LINES = re.compile(r"(# )?CONFIG_")


def _configuration(platform):
    """The lines that configure anything: a comment makes no other kernel."""
    lines = []
    for name in platform.config:
        with open(f"{os.path.dirname(__file__)}/{name}", encoding="utf-8") as file:
            lines += [line for line in file if LINES.match(line)]
    return "".join(lines)


def _environment():
    # The same input gives the same kernel, wherever it is built.
    return os.environ | {
        "LC_ALL": "C",
        "CCACHE_DIR": f"{host.CACHE}/ccache", "CCACHE_BASEDIR": f"{host.CACHE}/kernels",
        "CCACHE_NOHASHDIR": "1", "KBUILD_BUILD_TIMESTAMP": "1970-01-01",
        "KBUILD_BUILD_USER": "kdefer", "KBUILD_BUILD_HOST": "kdefer",
    }


def _build(platform, folder, config):
    sources = kernel.sources(platform)
    os.makedirs(f"{folder}/build", exist_ok=True)
    host.write(f"{folder}/kunitconfig", config)
    chain = platform.toolchain
    toolchain.prepare(chain, platform.arch)
    words = [*chain.words(platform.arch), f"CC=ccache {chain.command(platform.arch)}"]
    command = ["nice", "tools/testing/kunit/kunit.py", "build",
               f"--arch={ARCH.get(platform.arch.kernel, platform.arch.kernel)}",
               f"--build_dir={folder}/build", f"--kunitconfig={folder}/kunitconfig",
               f"--jobs={os.cpu_count()}", *(f"--make_options={word}" for word in words)]
    host.log(f"building the kernel of {platform.name}: 6 minutes on 2 cores, "
             "1 when ccache has it all")
    with open(f"{folder}/log", "w", encoding="utf-8") as log:
        # pylint: disable-next=consider-using-with
        maker = subprocess.Popen(command, cwd=sources, stdin=subprocess.DEVNULL, stdout=log,
                                 stderr=log, env=_environment(), start_new_session=True)
        _wait(maker)
    if maker.returncode:
        with open(f"{folder}/log", encoding="utf-8") as log:
            raise host.Failure(f"the kernel build failed; the whole log is {folder}/log\n"
                               + "".join(log.readlines()[-30:]))


def _wait(maker):
    """Until a build has ended, which our own end ends too."""
    seconds = 0
    try:
        while maker.poll() is None:
            try:
                maker.wait(30)
            except subprocess.TimeoutExpired:
                seconds += 30
                host.log(f"still building after {seconds} s")
    finally:
        if maker.returncode is None:
            os.killpg(maker.pid, 15)


def prepare(platform):
    """The folder of a kernel that is built here."""
    packages = apt.Root(platform.suite, platform.arch.name)
    version = packages.version(platform.version_of)
    config = _configuration(platform)
    key = hashlib.sha256(config.encode()).hexdigest()[:12]
    folder = f"{host.CACHE}/kernels/kunit-{version}-{key}"
    with host.lock("kunit"):
        if not os.path.exists(f"{folder}/release"):
            _build(platform, folder, config)
            subprocess.run(["cp", f"{folder}/build/include/config/kernel.release",
                            f"{folder}/release"], check=True)
    arch = platform.arch.kernel
    kernel.link(folder, "vmlinuz", f"build/arch/{arch}/boot/{IMAGE[arch]}")
    return folder
