# SPDX-License-Identifier: GPL-2.0-only
"""
kdefer in gdb: kdefer-tasks and kdefer-bt, for programs over libkdefer, live or as a core dump, and
for a kernel behind QEMU's gdb server. gdb loads this file by itself where it lies beside the
library; else: source scripts/gdb/kdefer-gdb.py. See Documentation/kdefer-gdb.rst.
"""

import os
import sys

import gdb

# The walk lies beside this file, or where Python finds it by itself.
sys.path.append(os.path.dirname(os.path.abspath(__file__)))
import kdefer_walk  # noqa: E402 (from the folder that was added just before)


def type_of(name):
    """A type of kdefer's."""
    try:
        return gdb.lookup_type(name)
    except gdb.error:
        raise gdb.GdbError(f"kdefer: there is no {name} in the debug information. A program: build "
                           "libkdefer with -g. A kernel: add-symbol-file kdefer.ko with the "
                           "addresses in /sys/module/kdefer/sections/.") from None


class Debugger(kdefer_walk.Debugger):
    """gdb, as the walk needs it."""

    def member(self, of, name):
        try:
            return of[name]
        except gdb.error as error:
            if "no member" not in str(error):
                raise
            raise gdb.GdbError(f"kdefer: {of.type} has no {name}: the kdefer that is looked at is"
                               " of another version than these commands") from None

    def at(self, address, name):
        return gdb.Value(address).cast(type_of(name).pointer())

    def size(self, name):
        return type_of(name).sizeof

    def text(self, of):
        return of.string(errors="replace")

    def symbol(self, address):
        text = gdb.execute(f"info symbol {address:#x}", to_string=True)
        return f"{address:#x}" if text.startswith("No symbol") else text.split()[0]

    def function(self, address):
        """It may be inlined into another one."""
        block = gdb.block_for_pc(address)
        while block and not block.is_static:
            name = block.function.name if block.function else "kdefer_"
            if not name.startswith(("__kdefer_", "kdefer_")):
                return name
            block = block.superblock
        return super().function(address)


DEBUGGER = Debugger()


def kernel_threads():
    """Every thread of the kernel that has a task."""
    attachment = type_of("struct kdefer_attachment")
    offset = next(field.bitpos // 8 for field in attachment.fields() if field.name == "node")
    buckets = gdb.lookup_static_symbol("kdefer_buckets").value()
    low, high = buckets.type.range()
    return kdefer_walk.kernel_threads(DEBUGGER, (buckets[i] for i in range(low, high + 1)), offset)


def program_threads():
    """Every thread of a program that has a task. Leaves the selected thread as it was."""
    selected, frame = gdb.selected_thread(), gdb.selected_frame()
    try:
        for thread in sorted(gdb.selected_inferior().threads(), key=lambda thread: thread.num):
            thread.switch()
            task = gdb.parse_and_eval("kdefer_self")
            if int(task):
                # A core dump has no names of threads.
                yield kdefer_walk.Thread(thread.name or "thread", thread.ptid[1] or thread.ptid[0],
                                         kdefer_walk.Walk(DEBUGGER, task).runs())
    finally:
        selected.switch()
        frame.select()


def threads():
    """Every thread that has a task."""
    type_of("struct kdefer_task")
    if gdb.lookup_static_symbol("kdefer_buckets"):
        return list(kernel_threads())
    if not gdb.selected_thread():
        raise gdb.GdbError("kdefer: there is no process; start the program, or open a core dump")
    return list(program_threads())


class Tasks(gdb.Command):
    """Lists the threads that are in a KDEFER function or in kdefer_run().

kdefer-tasks: for each its name and number, its pending deferred calls, and its panics."""

    def __init__(self):
        super().__init__("kdefer-tasks", gdb.COMMAND_STACK)

    def invoke(self, _argument, _from_tty):
        found = threads()
        for thread in found:
            gdb.write(f"{thread.summary}\n")
        if not found:
            gdb.write("no thread is in a KDEFER function or in kdefer_run()\n")


class Backtrace(gdb.Command):
    """Shows the frames, the pending deferred calls and the panics in progress of threads.

kdefer-bt [WHICH]...: of all threads, or of those with one of these names or numbers. The newest
comes first. A panic stands where it was raised: what is above it was called by the deferred call
that it runs."""

    def __init__(self):
        super().__init__("kdefer-bt", gdb.COMMAND_STACK)

    def invoke(self, argument, _from_tty):
        wanted = gdb.string_to_argv(argument)
        found = [thread for thread in threads() if thread.is_meant_by(wanted)]
        for thread in found:
            gdb.write("\n".join(thread.lines) + "\n")
        if not found:
            gdb.write("no such thread is in a KDEFER function or in kdefer_run()\n")


Tasks()
Backtrace()
