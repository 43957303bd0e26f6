# SPDX-License-Identifier: GPL-2.0-only
"""Boots a kernel in Bochs, which emulates what no QEMU of Debian's does: a CPU with IBT. It is an
order of magnitude slower, and has one CPU. Console and channel are at the ports where QEMU has
them."""
import os
import re
import shutil
import subprocess

from . import host

# bochs-term is the smallest of those that it depends on one of.
PACKAGES = ("bochs", "bochs-term", "bochsbios", "vgabios", "isolinux", "syslinux-common", "xorriso")
# A guest may take so much longer than QEMU's.
SLOWNESS = 10

LOADER = ("/usr/lib/ISOLINUX/isolinux.bin", "/usr/lib/syslinux/modules/bios/ldlinux.c32")

# Instructions for each second of the guest's time: with fewer, the timer would leave no time for
# anything else. That sound is off keeps Bochs from asking the host for a device.
CONFIGURATION = """\
display_library: rfb, options="timeout=0"
cpu: model=tigerlake, count=1, ips=40000000, reset_on_triple_fault=0
memory: guest={memory}, host={memory}
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
ata0-master: type=cdrom, path={tmp}/disc, status=inserted
boot: cdrom
sound: waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy
com1: enabled=1, mode=file, dev=/dev/fd/3
com2: enabled=1, mode=file, dev={tmp}/channel
clock: sync=none
log: {tmp}/bochs.log
panic: action=fatal
"""

# How a guest stops its machine: see _arguments().
STOPPED = re.compile(r"3rd .* exception with no resolution")

# Debian's Bochs is its debugger too, and has to be told to go on.
COMMAND = """exec bochs -q -f "$1/configuration" -rc "$1/go" 3>&1 >&2"""


def _arguments(text):
    """A CPU that shuts down is what ends Bochs; one that is reset would boot again. The console's
    speed is emulated too."""
    return text.replace("console=ttyS0", "console=ttyS0,115200") + " reboot=triple"


def _make_disc(kernel, append, tmp):
    folder = f"{tmp}/files"
    os.makedirs(folder)
    for path in (*LOADER, kernel, f"{tmp}/initramfs"):
        shutil.copy(path, folder)
    host.write(f"{folder}/isolinux.cfg", "default linux\nlabel linux\n"
               f" kernel /{os.path.basename(kernel)}\n append initrd=/initramfs {append}\n")
    subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-J", "-o", f"{tmp}/disc",
                    "-b", "isolinux.bin", "-c", "boot.cat", "-no-emul-boot",
                    "-boot-load-size", "4", "-boot-info-table", folder],
                   check=True, stderr=subprocess.DEVNULL)


def machine(kernel, append, memory, tmp):
    """The command that boots a kernel and the initramfs in tmp; the guest's console is its output,
    and tmp/channel what comes through the other port."""
    if not (shutil.which("bochs") and shutil.which("xorriso") and os.path.exists(LOADER[0])):
        host.install(*PACKAGES)
    _make_disc(os.path.realpath(kernel), _arguments(append), tmp)
    host.write(f"{tmp}/configuration", CONFIGURATION.format(memory=memory, tmp=tmp))
    host.write(f"{tmp}/go", "continue\n")
    host.write(f"{tmp}/channel", "")
    return ["sh", "-c", COMMAND, "bochs", tmp]


def status(tmp):
    """0 if the guest has ended Bochs, whose own status says that it failed, however it ends."""
    return int(not STOPPED.search(host.read(f"{tmp}/bochs.log") or ""))
