# SPDX-License-Identifier: GPL-2.0-only
"""The command line of scripts/vm."""
import argparse
import subprocess

from . import build, guest, host, kernel, table, toolchain

EPILOG = """\
KDEFER_ACCEL=kvm or tcg overrides the choice between KVM and emulation.

Exit status: 77: the platform cannot be had here and now, which the last message explains. Of run:
the command's; 124: the guest hung; 125: its kernel died; 126: the emulator failed. With
--expect-death: 0: the kernel died; 1: it did not; 124: it hung.
"""


def _guest_options(parser):
    parser.add_argument("platform")
    parser.add_argument("--file", action="append", default=[], metavar="SRC[:NAME]", dest="files",
                        help="a file or folder for the guest's /guest")
    parser.add_argument("--memory", type=int, default=1024, metavar="MiB", help="(1024)")
    parser.add_argument("--smp", type=int, default=2, metavar="N", help="CPUs (2)")
    parser.add_argument("--append", default="", metavar="ARGS",
                        help="more arguments for the kernel")
    parser.add_argument("--patching", action="store_true",
                        help="the guest patches code that other CPUs run: emulate them in turns")
    parser.add_argument("--gdb", default="", metavar="SOCKET",
                        help="let gdb in: target remote SOCKET")
    parser.add_argument("--monitor", default="", metavar="SOCKET",
                        help="QEMU's monitor, which can dump-guest-memory if the guest has loaded "
                             "qemu_fw_cfg.ko")
    parser.add_argument("--bare", action="store_true", help="without kdefer.ko in /guest")


def _parser():
    parser = argparse.ArgumentParser(
        prog="vm", description="Kernels to build modules for and to run them in.",
        epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)

    verbs.add_parser("list", help="the platforms, one a line: name, kernel, what it is")

    verb = verbs.add_parser("kernel", help="prepare a kernel and print its folder")
    verb.add_argument("platform")
    verb.add_argument("--update", action="store_true", help="take a newer one if there is")

    verb = verbs.add_parser("vmlinux", help="fetch a kernel's debug information and print its file")
    verb.add_argument("platform")

    verb = verbs.add_parser("source", help="unpack a kernel's sources and print their folder")
    verb.add_argument("platform")

    verb = verbs.add_parser("modules", help="build kdefer.ko with its tests and samples, and print "
                                            "their folder")
    verb.add_argument("--module", action="store_true", help="kdefer.ko alone")
    verb.add_argument("platform", help="or the build tree of any other kernel")
    verb.add_argument("arguments", nargs=argparse.REMAINDER, metavar="make argument")

    verbs.add_parser("foreign", help="for each architecture other than this machine's: its name, "
                                     "GNU's name, and what runs its programs")

    verb = verbs.add_parser("cc", help="compile a program for guests, which have no libraries")
    verb.add_argument("platform")
    verb.add_argument("arguments", nargs=argparse.REMAINDER, metavar="compiler argument")

    verb = verbs.add_parser("features", help="what tests may count on, one word a line")
    verb.add_argument("platform")

    verb = verbs.add_parser("strip", help="strip a file of the platform's architecture")
    verb.add_argument("platform")
    verb.add_argument("arguments", nargs=argparse.REMAINDER, metavar="argument of strip")

    verb = verbs.add_parser("build", help="build an external module's folder against kdefer")
    verb.add_argument("platform", help="or the build tree of any other kernel")
    verb.add_argument("folder")
    verb.add_argument("arguments", nargs=argparse.REMAINDER, metavar="make argument")

    verb = verbs.add_parser(
        "run", help="run a command in a guest",
        usage="vm run PLATFORM [option]... -- command [argument]...",
        description="Runs the command in the guest's /guest, which has kdefer.ko. A command "
                    "without arguments may be a line of shell.")
    _guest_options(verb)
    verb.add_argument("--out", action="append", default=[], metavar="NAME:HOSTPATH",
                      dest="outputs", help="a file that the command leaves in /guest, for the host")
    verb.add_argument("--log", default="", metavar="FILE",
                      help="keep everything that the guest printed")
    verb.add_argument("--timeout", type=int, default=120, metavar="SECONDS",
                      help="how long the guest may take (120)")
    verb.add_argument("--executed", default="", metavar="FILE",
                      help="write down the instructions of modules that were executed (x86-64)")
    verb.add_argument("--icount", action="store_true",
                      help="let time in the guest count instructions: one CPU, no KVM")
    verb.add_argument("--expect-death", action="store_true",
                      help="succeed if and only if the guest's kernel dies")

    verb = verbs.add_parser("shell", help="a shell in a guest; exit ends it")
    _guest_options(verb)
    return parser


def _describe(platform):
    """What is known of a platform without asking anybody."""
    folder = kernel.prepared(platform)
    if folder:
        return f"{kernel.release(folder)}, ready"
    if platform.config:
        return "to be built from Debian's sources"
    reason = kernel.unavailable(platform)
    return f"not available: {reason}" if reason else f"to be fetched from {platform.suite}"


def _list():
    width = max(map(len, table.platforms())) + 1
    for platform in table.platforms().values():
        alias = f" (also: {platform.alias})" if platform.alias else ""
        print(f"{platform.name:<{width}}{_describe(platform)}{alias}")
    return 0


def _foreign():
    """Installs what makes and runs programs of other architectures."""
    for arch in table.architectures().values():
        if not arch.native:
            toolchain.program_compiler(arch)
            host.need(arch.user, "qemu-user-static")
            print(arch.name, arch.triple, arch.user)
    return 0


def _run(platform, arguments, command):
    words = vars(arguments)
    options = guest.Options(interactive=arguments.verb == "shell",
                            **{name: words[name] for name in words
                               if name in guest.Options.__annotations__})
    if options.interactive:
        options.timeout = 0
        # Where the first of a session ends, its terminal loses what has yet to be printed.
        command = ["setsid", "cttyhack", "sh", "-c", "sh; trap '' TTOU; stty sane"]
    names = [text.rpartition(":")[2].rpartition("/")[2] for text in options.files]
    if not arguments.bare and "kdefer.ko" not in names:
        options.files.append(f"{build.kdefer(build.target(platform.name))}/kmod/kdefer.ko")
    return guest.run(platform, options, command)


def _dispatch(arguments, command):
    if arguments.verb == "list":
        return _list()
    if arguments.verb == "foreign":
        return _foreign()
    if arguments.verb == "modules":
        print(build.kdefer(build.target(arguments.platform), not arguments.module,
                           arguments.arguments))
        return 0
    if arguments.verb == "build":
        return build.modules(build.target(arguments.platform), arguments.folder,
                             arguments.arguments)
    platform = table.find(arguments.platform)
    if arguments.verb == "kernel":
        print(kernel.prepare(platform, arguments.update))
        return 0
    if arguments.verb == "features":
        print("\n".join(kernel.features(platform)))
        return 0
    if arguments.verb == "strip":
        cross = "" if platform.arch.native else f"{platform.arch.triple}-"
        host.need(f"{cross}strip", f"binutils-{platform.arch.triple}")
        return subprocess.run([f"{cross}strip", *arguments.arguments], check=False).returncode
    if arguments.verb == "cc":
        return subprocess.run([*toolchain.program_compiler(platform.arch), *arguments.arguments],
                              check=False).returncode
    if arguments.verb == "vmlinux":
        print(kernel.vmlinux(platform))
        return 0
    if arguments.verb == "source":
        print(kernel.sources(platform))
        return 0
    return _run(platform, arguments, command)


def main(words):
    """Runs one verb; the answer is the exit status."""
    command = []
    # What stands behind the dashes belongs to the guest.
    if "--" in words:
        at = words.index("--")
        words, command = words[:at], words[at + 1:]
    parser = _parser()
    arguments = parser.parse_args(words)
    if arguments.verb == "run" and not command:
        parser.error("run needs a command: vm run PLATFORM -- command")
    try:
        return _dispatch(arguments, command)
    except host.Unavailable as error:
        host.log(f"skipped: {error}")
        return host.SKIPPED
    except (host.Failure, subprocess.CalledProcessError) as error:
        host.log(error)
        return 1
