# SPDX-License-Identifier: GPL-2.0-only
"""
kdefer in drgn: kdefer_tasks() and kdefer_bt(), for a kernel, live or as a vmcore, and for the core
dump of a program over libkdefer. See Documentation/kdefer-drgn.rst.
"""

from __future__ import annotations

import os
import sys

import drgn

# The walk lies beside this file or, in the sources, beside gdb's commands.
_HERE = os.path.dirname(os.path.abspath(__file__))
sys.path += [_HERE, os.path.join(_HERE, "..", "gdb")]
import kdefer_walk  # noqa: E402 (from the folders that were added just before)
from kdefer_walk import Call, Frame, Panic, Run, Thread, Value  # noqa: E402 (as above)

__all__ = ["KdeferError", "kdefer_tasks", "kdefer_bt", "Thread", "Run", "Frame", "Call", "Panic",
           "Value"]


class KdeferError(Exception):
    """Something that the user is told, and can do something about."""


class _Debugger(kdefer_walk.Debugger):
    """drgn, as the walk needs it."""

    def __init__(self, prog: drgn.Program):
        self.prog = prog

    def member(self, of: drgn.Object, name: str) -> drgn.Object:
        try:
            return of.member_(name)
        except LookupError:
            raise KdeferError(f"kdefer: {of.type_.type_name()} has no {name}: the kdefer that is"
                              " looked at is of another version than these functions") from None

    def at(self, address: int, name: str) -> drgn.Object:
        return drgn.Object(self.prog, f"{name} *", address)

    def size(self, name: str) -> int:
        return drgn.sizeof(self.prog.type(name))

    def text(self, of: drgn.Object) -> str:
        try:
            return of.string_().decode(errors="replace")
        except drgn.FaultError:
            # Core dumps have no constants, which lie in the program's file, if they need not.
            return "(not in the dump)"

    def symbol(self, address: int) -> str:
        try:
            return self.prog.symbol(address).name
        except LookupError:
            return f"{address:#x}"


def _kernel_threads(prog: drgn.Program) -> list[Thread]:
    try:
        buckets = prog["kdefer_buckets"]
        offset = drgn.offsetof(prog.type("struct kdefer_attachment"), "node")
    except LookupError:
        raise KdeferError("kdefer: there is no kdefer_buckets in the debug information: either"
                          " kdefer.ko was not loaded in that kernel, or its file was not given:"
                          " drgn -s vmlinux -s kdefer.ko") from None
    return list(kdefer_walk.kernel_threads(_Debugger(prog), iter(buckets), offset))


def _thread_pointer(thread: drgn.Thread) -> int:
    registers = thread.stack_trace()[0].registers()
    if "fs.base" not in registers:
        raise KdeferError("kdefer: drgn does not know the thread pointer of this architecture,"
                          " and so not what belongs to a thread: use gdb's kdefer-bt")
    return registers["fs.base"]


def _program_threads(prog: drgn.Program) -> list[Thread]:
    debugger, found = _Debugger(prog), []
    try:
        offset = int(prog["kdefer_self_offset"])
        prog.type("struct kdefer_task")
    except LookupError:
        raise KdeferError("kdefer: there is no kdefer_self_offset in the debug information: either"
                          " the program does not use libkdefer, or libkdefer was built without"
                          " -g, or it is older than these functions") from None
    for thread in prog.threads():
        self = drgn.Object(prog, "struct kdefer_task **", _thread_pointer(thread) + offset)
        if int(self[0]):
            runs = kdefer_walk.Walk(debugger, self[0]).runs()
            found.append(Thread("thread", thread.tid, runs))
    return found


def kdefer_tasks(prog: drgn.Program) -> list[Thread]:
    """The threads that are in a KDEFER function or in kdefer_run(), each with its frames, pending
    deferred calls and panics in progress. Those of a live kernel may change meanwhile."""
    try:
        return _threads(prog)
    except drgn.FaultError as error:
        raise KdeferError(f"kdefer: {error}: either the dump lacks that memory, or the file with"
                          " the debug information is of another build than what ran") from None


def _threads(prog: drgn.Program) -> list[Thread]:
    if prog.flags & drgn.ProgramFlags.IS_LINUX_KERNEL:
        return _kernel_threads(prog)
    if prog.flags & drgn.ProgramFlags.IS_LIVE:
        raise KdeferError("kdefer: drgn cannot look at the threads of a process that runs: make a"
                          " core dump of it (gcore PID), or use gdb's kdefer-bt")
    return _program_threads(prog)


def kdefer_bt(prog: drgn.Program, *which: str) -> None:
    """Prints the frames, the pending deferred calls and the panics in progress of all threads, or
    of those with one of these names or numbers. The newest comes first. A panic stands where it was
    raised: what is above it was called by the deferred call that it runs."""
    wanted = [str(word) for word in which]
    found = [thread for thread in kdefer_tasks(prog) if thread.is_meant_by(wanted)]
    for thread in found:
        print("\n".join(thread.lines))
    if not found:
        print("no such thread is in a KDEFER function or in kdefer_run()")
