# SPDX-License-Identifier: GPL-2.0-only
"""Debian's kernels, unpacked in the cache folder. A prepared kernel's folder has:
    vmlinuz   what QEMU boots
    build     what modules are built against: make -C build M=... modules
    release   a file with what uname -r says in it; its presence says that the folder is complete
    vmlinux   the kernel with its debug information, once somebody has asked for it
"""
import glob
import os
import re
import subprocess

from . import apt, host, kunit, toolchain

# Features that the kernel's configuration tells of.
CONFIGURED = {"preempt-count": "PREEMPT_COUNT", "preempt-rcu": "PREEMPT_RCU"}


def prepared(platform):
    """The folder of a platform's kernel if it is there, else None. Asks nobody."""
    folder = f"{host.CACHE}/kernels/{platform.name}"
    return os.path.realpath(folder) if os.path.exists(f"{folder}/release") else None


def release(folder):
    """What uname -r says in a prepared kernel."""
    return host.read(f"{folder}/release").strip()


def features(platform):
    """The words of platforms.toml that hold for a platform, and those that its kernel's
    configuration says."""
    with open(f"{prepare(platform)}/build/include/config/auto.conf", encoding="utf-8") as file:
        lines = file.read().splitlines()
    configured = [word for word, option in CONFIGURED.items() if f"CONFIG_{option}=y" in lines]
    if "CONFIG_BPF_EVENTS=y" in lines and platform.arch.native:
        configured.append("bpftrace")
    return (*platform.arch.features, *platform.features, *configured)


def unavailable(platform):
    """Why a platform's kernel could not be had the last time, or None."""
    return host.read(_reason_file(platform))


def _reason_file(platform):
    return f"{host.CACHE}/kernels/{platform.name}.unavailable"


def prepare(platform, update=False):
    """The folder of a platform's kernel, which is prepared when it is not there, or, to update it,
    when the archive has a newer one."""
    folder = prepared(platform)
    if folder and not update:
        return folder
    try:
        folder = _fetch(platform, update)
    except host.Unavailable as error:
        os.makedirs(f"{host.CACHE}/kernels", exist_ok=True)
        host.write(_reason_file(platform), str(error))
        raise
    link(f"{host.CACHE}/kernels", platform.name, os.path.basename(folder))
    return folder


def _fetch(platform, update):
    get = kunit.prepare if platform.config else _unpack
    if update:
        apt.Root(platform.suite, platform.arch.name).update()
    try:
        return get(platform)
    except host.Unavailable:
        # What old lists name may have left the archive.
        if not apt.forget():
            raise
        return get(platform)


def _unpack(platform):
    packages = apt.Root(platform.suite, platform.arch.name)
    version = packages.version(f"linux-image-{platform.meta}")
    if not re.match(re.escape(platform.series) + r"[.-]", version):
        raise host.Unavailable(f"{platform.suite} has Linux {version} as linux-image-"
                               f"{platform.meta}, no longer {platform.series}; the row in "
                               "tests/vm/platforms.toml is out of date")
    folder = f"{host.CACHE}/kernels/{platform.name}-{version}"
    with host.lock(platform.name):
        if not os.path.exists(f"{folder}/release"):
            subprocess.run(["rm", "-rf", folder], check=True)
            _unpack_into(folder, platform, packages)
    return folder


def _dependency(packages, package, pattern):
    for name in packages.depends(package):
        if re.fullmatch(pattern, name):
            return name
    raise host.Failure(f"{package} depends on no {pattern}")


def _unpack_into(folder, platform, packages):
    image = _dependency(packages, f"linux-image-{platform.meta}", r"linux-image-\d.*")
    headers = _dependency(packages, f"linux-headers-{platform.meta}", r"linux-headers-\d.*")
    common = _dependency(packages, headers, "linux-headers-.*-common.*")
    kbuild = _dependency(packages, headers, "linux-kbuild-.*")
    root = f"{folder}/root"
    os.makedirs(root)
    # Newer ones are an empty package that depends on the files.
    binary = [name for name in packages.depends(image) if name.startswith("linux-binary-")]
    for package in (*binary, image, headers, common):
        packages.unpack(package, root)
    # Kbuild's programs are for the machine that builds.
    apt.Root(platform.suite, host.architecture()).unpack(kbuild, root)
    name = headers.removeprefix("linux-headers-")
    _relocate(root, name, common)
    tools = toolchain.prepare(platform.toolchain, platform.arch)
    if tools:
        toolchain.adopt(f"{root}/usr/lib/{kbuild}", tools)
    link(folder, "build", f"root/usr/src/{headers}")
    link(folder, "vmlinuz", os.path.relpath(_image(root, name), folder))
    host.write(f"{folder}/release", f"{name}\n")


def _image(root, name):
    for pattern in (f"boot/vmlinu*-{name}", f"usr/lib/modules/{name}/vmlinu*"):
        for path in glob.glob(f"{root}/{pattern}"):
            return path
    raise host.Failure(f"there is no kernel for {name} in {root}")


def link(folder, name, target):
    """Makes a link in a folder, or makes one that is there point elsewhere."""
    subprocess.run(["ln", "-sfn", target, f"{folder}/{name}"], check=True)


def _relocate(root, name, common):
    """The trees expect to be installed in /; makes them find each other here."""
    headers = f"{root}/usr/src/linux-headers-{name}"
    text = host.read(f"{headers}/Makefile")
    host.write(f"{headers}/Makefile", text.replace("/usr/src/", f"{root}/usr/src/"))
    os.makedirs(f"{root}/lib/modules/{name}", exist_ok=True)
    link(f"{root}/lib/modules/{name}", "build", headers)
    link(f"{root}/lib/modules/{name}", "source", f"{root}/usr/src/{common}")
    # Only a built kernel can give modules their BTF, and the headers package has none: every
    # module would print that it is skipped. autoconf.h stays, so struct module keeps its layout.
    subprocess.run(["sed", "-i", "/^CONFIG_DEBUG_INFO_BTF_MODULES=/d",
                    f"{headers}/include/config/auto.conf"], check=True)


def vmlinux(platform):
    """The file of a platform's kernel with its debug information, which is fetched when it is not
    there: Debian has it in a package that is mostly the modules', and gigabytes when unpacked."""
    folder = prepare(platform)
    path = f"{folder}/vmlinux"
    if os.path.exists(path):
        return path
    if platform.config:
        raise host.Unavailable(f"{platform.name} is built without debug information")
    packages = apt.Root(platform.suite, platform.arch.name)
    version = packages.version(f"linux-image-{platform.meta}")
    name = release(folder)
    with host.lock(f"{platform.name}-vmlinux"):
        if not os.path.exists(path):
            deb = packages.fetch(f"linux-image-{name}-dbg", version)
            _unpack_file(deb, f"./usr/lib/debug/boot/vmlinux-{name}", path)
            os.unlink(deb)
    return path


def _unpack_file(deb, name, target):
    """One file of a package, of which nothing else is stored."""
    host.log(f"unpacking {os.path.basename(target)}")
    pipeline = "dpkg-deb --fsys-tarfile \"$1\" | tar -xO \"$2\" >\"$3\""
    subprocess.run(["bash", "-euc", "-o", "pipefail", pipeline, "-", deb, name, f"{target}.part"],
                   check=True)
    os.rename(f"{target}.part", target)


def sources(platform):
    """The folder with the sources of a platform's kernel."""
    package = platform.source or f"linux-source-{platform.series}"
    packages = apt.Root(platform.suite, host.architecture())
    version = packages.version(package)
    folder = f"{host.CACHE}/kernels/source-{version}"
    if os.path.isdir(folder):
        return folder
    with host.lock("source"):
        if not os.path.isdir(folder):
            _unpack_sources(packages.fetch(package, version), folder)
    return folder


def _unpack_sources(deb, folder):
    host.log("unpacking the kernel's sources")
    part = f"{folder}.part"
    subprocess.run(["rm", "-rf", part], check=True)
    os.makedirs(part)
    # Straight from one archive into the other: the tarball in between is never stored.
    pipeline = ("dpkg-deb --fsys-tarfile \"$1\" | tar -xO --wildcards "
                "'./usr/src/linux-source-*.tar.xz' | tar -xJ -C \"$2\" --strip-components=1")
    subprocess.run(["bash", "-euc", "-o", "pipefail", pipeline, "-", deb, part], check=True)
    os.rename(part, folder)
