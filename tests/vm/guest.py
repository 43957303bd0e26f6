# SPDX-License-Identifier: GPL-2.0-only
"""Boots a kernel in QEMU, or in another emulator, and runs one command there."""
import contextlib
import dataclasses
import hashlib
import os
import select
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import threading
import time
import tty

from . import apt, bochs, host, kernel

# Where x86-64 has its modules.
MODULES = "0xffffffffc0000000+0x3f000000"
HUNG = 124
DEAD = 125
NO_GUEST = 126

INIT = f"{os.path.dirname(__file__)}/init.sh"
PARAMETERS = "loglevel=5 panic=-1 trace_clock=global"


@dataclasses.dataclass
class Options:
    """What scripts/vm run takes."""
    files: list = ()
    outputs: list = ()
    timeout: int = 120
    memory: int = 1024
    smp: int = 2
    append: str = ""
    log: str = ""
    icount: bool = False
    skip_idle: int = 0
    patching: bool = False
    expect_death: bool = False
    interactive: bool = False
    gdb: str = ""
    monitor: str = ""
    executed: str = ""


def _busybox(arch):
    if arch.native:
        host.need("busybox", "busybox-static")
        return shutil.which("busybox")
    folder = f"{host.CACHE}/busybox/{arch.name}"
    for path in ("bin/busybox", "usr/bin/busybox"):
        if os.path.exists(f"{folder}/{path}"):
            return f"{folder}/{path}"
    apt.Root(arch.busybox, arch.name).unpack("busybox-static", folder)
    return _busybox(arch)


def _script(command):
    """The command as a shell script: as it is when it may be a line of shell, else word by word."""
    return command[0] if len(command) == 1 else shlex.join(command)


def _pair(text, default):
    """Splits LEFT:RIGHT; without a colon the default makes the right side of the left."""
    left, colon, right = text.partition(":")
    return left, right if colon else default(left)


def initramfs(arch, options, command, tmp):
    root = f"{tmp}/root"
    for folder in ("bin", "guest", "result"):
        os.makedirs(f"{root}/{folder}")
    shutil.copy(_busybox(arch), f"{root}/bin/busybox")
    shutil.copy(INIT, f"{root}/init")
    os.chmod(f"{root}/init", 0o755)
    host.write(f"{root}/command", _script(command) + "\n")
    host.write(f"{root}/channel", arch.channel + "\n")
    host.write(f"{root}/outputs", "".join(_pair(text, str)[0] + "\n" for text in options.outputs))
    for text in options.files:
        source, name = _pair(text, lambda path: os.path.basename(path.rstrip("/")))
        if not os.path.exists(source):
            raise host.Failure(f"--file {text}: there is no {source}")
        target = f"{root}/guest/{name}"
        os.makedirs(os.path.dirname(target), exist_ok=True)
        subprocess.run(["cp", "-rL", source, target], check=True)
    # Not compressed: unpacking costs an emulated machine more than copying.
    with open(f"{tmp}/initramfs", "wb") as archive:
        names = subprocess.run(["find", ".", "-print0"], cwd=root, check=True,
                               stdout=subprocess.PIPE).stdout
        subprocess.run(["cpio", "-0", "-o", "-H", "newc", "-R", "0:0", "--quiet"], cwd=root,
                       check=True, input=names, stdout=archive)


def _emulation(arch, options):
    if options.skip_idle:
        # Time counts instructions, of 2^skip_idle ns each, and jumps to the next timer where all
        # CPUs wait for one.
        return ["-accel", "tcg,thread=single", "-icount", f"shift={options.skip_idle},sleep=off",
                "-cpu", arch.cpu, "-smp", str(options.smp)]
    if options.icount:
        return ["-accel", "tcg", "-icount", "shift=0", "-cpu", arch.cpu, "-smp", "1"]
    # With a host thread for each CPU, one may go on with an instruction that another has patched
    # away, and hit the breakpoint that stood there for ever.
    thread = "single" if options.patching else "multi"
    return ["-accel", f"tcg,thread={thread}", "-cpu", arch.cpu, "-smp", str(options.smp)]


def _accel(platform, folder, options):
    wish = os.environ.get("KDEFER_ACCEL", "")
    if wish not in ("", "kvm", "tcg"):
        raise host.Failure(f"KDEFER_ACCEL={wish} is neither kvm nor tcg")
    if options.icount or options.skip_idle or wish == "tcg":
        return _emulation(platform.arch, options)
    if wish == "kvm" or _kvm_works(platform, folder):
        return ["-accel", "kvm", "-cpu", "host", "-smp", str(options.smp)]
    return _emulation(platform.arch, options)


def _cpu_model():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        return next((line for line in file if line.startswith("model name")), "")


def _kvm_works(platform, folder):
    """A /dev/kvm that exists may still be unable to run a whole kernel. Asked once for each pair of
    machine and kernel."""
    if not platform.arch.native or not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    machine = f"{os.uname().release}\n{_cpu_model()}\n{os.path.realpath(folder)}"
    answer = f"{host.CACHE}/kvm/{hashlib.sha256(machine.encode()).hexdigest()[:16]}"
    if not os.path.exists(answer):
        os.makedirs(os.path.dirname(answer), exist_ok=True)
        host.log("trying whether KVM can run this kernel (at most 20 s, only once)")
        tried = subprocess.run([f"{host.TOP}/scripts/vm", "run", platform.name, "--bare",
                                "--timeout", "20", "--", "true"],
                               env=os.environ | {"KDEFER_ACCEL": "kvm"}, check=False,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        host.write(answer, "no\n" if tried.returncode else "yes\n")
        if tried.returncode:
            host.log("it cannot; emulating")
    return host.read(answer) == "yes\n"


def _arguments(platform, options):
    return " ".join((f"console={platform.arch.console}", PARAMETERS, platform.arch.append,
                     platform.append, options.append))


# The options that only QEMU has, and what they are for.
QEMU_ONLY = {"interactive": "shell", "gdb": "--gdb", "monitor": "--monitor",
             "executed": "--executed", "icount": "--icount", "skip_idle": "skipping of idle time"}


def _in_bochs(platform, folder, options, tmp):
    for name, what in QEMU_ONLY.items():
        if getattr(options, name):
            raise host.Failure(f"{platform.name} runs in Bochs, which has no {what}; "
                               "take a platform that runs in QEMU")
    return bochs.machine(f"{folder}/vmlinuz", _arguments(platform, options), options.memory, tmp)


def machine(platform, folder, options, tmp):
    """The command that emulates the machine, with the guest's console as its output."""
    if platform.emulator == "bochs":
        return _in_bochs(platform, folder, options, tmp)
    arch = platform.arch
    console = "stdio,id=console,signal=off" if options.interactive \
        else "file,id=console,path=/dev/stdout"
    return [arch.qemu, *arch.machine, "-nodefaults", "-no-user-config", "-display", "none",
            "-no-reboot", "-m", str(options.memory), *_accel(platform, folder, options),
            "-kernel", f"{folder}/vmlinuz", "-initrd", f"{tmp}/initramfs",
            "-append", _arguments(platform, options),
            "-chardev", console, "-serial", "chardev:console",
            "-chardev", f"file,id=channel,path={tmp}/channel", *arch.channel_options,
            # QEMU writes down what it translates, which is what is about to run for the first time.
            *(["-d", "in_asm", "-dfilter", MODULES, "-D", options.executed]
              if options.executed else []),
            *(["-gdb", f"unix:{options.gdb},server=on,wait=off"] if options.gdb else []),
            *_monitor(options)]


def _monitor(options):
    """The guest's qemu_fw_cfg.ko tells the device what a dump of its memory is to say of itself."""
    if not options.monitor:
        return []
    return ["-device", "vmcoreinfo",
            "-chardev", f"socket,id=monitor,path={options.monitor},server=on,wait=off",
            "-mon", "chardev=monitor,mode=readline"]


def _show(pipe, log):
    """Everything that the guest prints, without the carriage returns of its serial line."""
    with open(log, "wb") as file:
        for line in pipe:
            line = line.replace(b"\r", b"")
            file.write(line)
            file.flush()
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()


def _wait_for(command, options, log, errors):
    """The emulator's exit status, or HUNG. Whatever ends us ends the guest."""
    with open(errors, "wb") as file, \
            subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=file) as qemu:
        viewer = threading.Thread(target=_show, args=(qemu.stdout, log))
        try:
            viewer.start()
            return qemu.wait(options.timeout or None)
        except subprocess.TimeoutExpired:
            return HUNG
        finally:
            qemu.kill()
            if viewer.ident:
                viewer.join()


def _boot(platform, folder, options, log, tmp):
    """0 once the guest has stopped its machine, HUNG, or how the emulator failed."""
    status = _wait_for(machine(platform, folder, options, tmp), options, log, f"{tmp}/qemu")
    if platform.emulator == "bochs" and status != HUNG:
        return bochs.status(tmp)
    return status


def _type(pipe, channel):
    """Hands on what is typed, once the guest's shell is there to read it: the serial port loses
    what comes before the guest's kernel has set it up."""
    # The guest may be gone at any time, and its pipe and file with it.
    with contextlib.suppress(OSError, ValueError):
        while not _started(channel):
            time.sleep(0.1)
        # Reading does not wait on a terminal: QEMU has set that for its output there.
        while select.select([sys.stdin], [], []) and (text := os.read(sys.stdin.fileno(), 4096)):
            pipe.write(text)
        pipe.close()


def _converse(command, errors, channel):
    """QEMU's exit status, with the user at the guest's terminal."""
    # Each key is the guest's to interpret.
    before = termios.tcgetattr(sys.stdin) if sys.stdin.isatty() else None
    open(channel, "wb").close()
    with open(errors, "wb") as file, \
            subprocess.Popen(command, stdin=subprocess.PIPE, stderr=file, bufsize=0) as qemu:
        try:
            if before:
                tty.setraw(sys.stdin, termios.TCSANOW)
            threading.Thread(target=_type, args=(qemu.stdin, channel), daemon=True).start()
            return qemu.wait()
        finally:
            qemu.kill()
            os.set_blocking(sys.stdout.fileno(), True)
            if before:
                termios.tcsetattr(sys.stdin, termios.TCSANOW, before)


def _last_lines(log):
    host.log("the last lines of its log:")
    with open(log, "rb") as file:
        for line in file.readlines()[-20:]:
            sys.stderr.buffer.write(line)


def _started(channel):
    """Whether the guest has come to run the command."""
    with open(channel, "rb") as file:
        return file.readline().strip(b"\0\r\n") == b"started"


def _result(channel, folder):
    """Unpacks what came through the channel. Its first line says that the command was started; the
    answer is whether it was, and the command's status if the guest lived to send all of it."""
    with open(channel, "rb") as file:
        if file.readline().strip(b"\0\r\n") != b"started":
            return False, None
        os.mkdir(folder)
        done = subprocess.run(["tar", "-C", folder, "-xz"], input=file.read(), check=False,
                              stderr=subprocess.DEVNULL)
    status = host.read(f"{folder}/status")
    return True, int(status) if status and not done.returncode else None


def _fetch(options, folder):
    """Copies what the command left; the answer is whether all of it was there."""
    complete = True
    for number, text in enumerate(options.outputs):
        name, target = _pair(text, str)
        if os.path.exists(f"{folder}/out{number}"):
            subprocess.run(["cp", "-rT", f"{folder}/out{number}", target], check=True)
        else:
            host.log(f"the command left no {name} in the guest's /guest")
            complete = False
    return complete


def _judge(options, qemu_status, log, tmp):
    if qemu_status == HUNG:
        host.log(f"the guest hung: it was stopped after {options.timeout} s")
        _last_lines(log)
        return HUNG
    if qemu_status:
        host.log(f"the emulator failed with status {qemu_status}: "
                 f"{host.read(f'{tmp}/qemu').strip()}")
        return NO_GUEST
    if options.interactive:
        return 0
    started, status = _result(f"{tmp}/channel", f"{tmp}/result")
    if not started:
        host.log("the guest's kernel died before it could run the command")
        _last_lines(log)
        return DEAD
    if status is None:
        if options.expect_death:
            return 0
        host.log("the guest's kernel died before the command ended")
        _last_lines(log)
        return DEAD
    if options.expect_death:
        host.log("the guest's kernel was expected to die, but the command ended with status "
                 f"{status}")
        return 1
    complete = _fetch(options, f"{tmp}/result")
    return status or int(not complete)


def _end(number, _):
    sys.exit(128 + number)


def run(platform, options, command):
    """Runs the command in the guest's /guest; the answer is its exit status, or one of HUNG, DEAD
    and NO_GUEST."""
    folder = kernel.prepare(platform)
    if platform.emulator == "bochs":
        options = dataclasses.replace(options, timeout=options.timeout * bochs.SLOWNESS)
    else:
        host.need(platform.arch.qemu, platform.arch.package)
    host.need("cpio", "cpio")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    with tempfile.TemporaryDirectory() as tmp:
        log = options.log or f"{tmp}/log"
        os.makedirs(os.path.dirname(os.path.abspath(log)), exist_ok=True)
        initramfs(platform.arch, options, command, tmp)
        if options.interactive:
            status = _converse(machine(platform, folder, options, tmp), f"{tmp}/qemu",
                               f"{tmp}/channel")
            return _judge(options, status, log, tmp)
        status = _boot(platform, folder, options, log, tmp)
        taken_in_turns = options.patching or platform.emulator == "bochs"
        if not (status or taken_in_turns or _started(f"{tmp}/channel")):
            # Nothing of kdefer's was there by then; see _emulation() for what it may have been.
            host.log("the guest's kernel died before it could run the command:"
                     " once more, with its CPUs emulated in turns")
            options = dataclasses.replace(options, patching=True)
            status = _boot(platform, folder, options, log, tmp)
        return _judge(options, status, log, tmp)
