# SPDX-License-Identifier: GPL-2.0-only
"""
kdefer in gdb: kdefer-tasks and kdefer-bt, for programs over libkdefer, live or as a core dump, and
for a kernel behind QEMU's gdb stub. gdb loads this file by itself where it lies beside the library;
else: source scripts/gdb/kdefer-gdb.py. See Documentation/kdefer-gdb.rst.
"""

import errno

import gdb

# The kinds of a deferred function, in the lowest bits of a record's owner. Frames are aligned.
KINDS = 7
# What is wrong with memory that a debugger looks at ends a walk, not the debugger.
MOST_RECORDS = 10000

FAULTS = ("invalid memory address or nil pointer dereference", "invalid memory address",
          "integer divide by zero", "BUG or invalid instruction", "general protection fault")
ERRNO, MESSAGE, POINTER, NIL, FAULT = range(5)


def type_of(name):
    """A type of kdefer's."""
    try:
        return gdb.lookup_type(name)
    except gdb.error:
        raise gdb.GdbError(f"kdefer: there is no {name} in the debug information. A program: build "
                           "libkdefer with -g. A kernel: add-symbol-file kdefer.ko with the "
                           "addresses in /sys/module/kdefer/sections/.") from None


def symbol(address):
    """The name of the function that an address is in."""
    text = gdb.execute(f"info symbol {int(address):#x}", to_string=True)
    if text.startswith("No symbol"):
        return f"{int(address):#x}"
    name = text.split()[0]
    # The body of a KDEFER function is inlined into its thunk.
    for prefix in ("__kdefer_thunk_", "__kdefer_body_"):
        name = name.removeprefix(prefix)
    return name.split(".")[0]


def kdefer_function(address):
    """The KDEFER function that an address is in, which may be inlined into another one."""
    block = gdb.block_for_pc(int(address))
    while block and not block.is_static:
        name = block.function.name if block.function else "kdefer_"
        if not name.startswith(("__kdefer_", "kdefer_")):
            return name
        block = block.superblock
    return symbol(address)


def line_of(value):
    """Where in the source a value was raised first."""
    if not int(value["file"]):
        return symbol(value["ip"])
    name = value["file"].string().rsplit("/", 1)[-1]
    return f"{symbol(int(value['ip']) - 1)} ({name}:{int(value['line'])})"


def value_text(value):
    """A value, as kdefer's printout has it; an object by its address."""
    kind = int(value["kind"])
    if kind == ERRNO:
        number = -int(value["err"])
        return "-" + errno.errorcode[number] if number in errno.errorcode else str(-number)
    if kind == MESSAGE:
        return value["message"].string(errors="replace")
    if kind == POINTER:
        has_name = int(value["type"]) and int(value["type"]["name"])
        name = value["type"]["name"].string() if has_name else "object"
        return f"{name}({int(value['ptr']):#x})"
    if kind == NIL:
        return "runtime error: panic called with nil argument"
    fault = int(value["fault"]["kind"])
    return f"runtime error: {FAULTS[fault] if fault < len(FAULTS) else 'unknown fault'}"


class Records:
    """The pending deferred calls of a task, newest first, as far as they were looked at."""

    def __init__(self, task):
        self.pointer = type_of("struct kdefer").pointer()
        self.chunk, self.at = task["chunk"].dereference(), int(task["top"])
        self.seen = 0

    def down_to(self, floor):
        """Those that lie above a floor."""
        size, found = self.pointer.target().sizeof, []
        while self.at != floor and self.seen < MOST_RECORDS:
            # The first record of each chunk but the oldest leads to the older chunk.
            if int(self.chunk["older"]) and self.at == int(self.chunk["record"]) + size:
                self.chunk = self.chunk["older"].dereference()
                self.at = int(self.chunk["end"])
                continue
            self.at -= size
            self.seen += 1
            found.append(gdb.Value(self.at).cast(self.pointer).dereference())
        return found


def chain(first):
    """The objects of a list that goes on with link."""
    while int(first):
        yield first
        first = first["link"]


def call_text(record):
    """What a record calls. A guard is shown as its destructor."""
    function, argument = record["fn"], record["arg"]
    if symbol(function) == "__kdefer_guard_run":
        guard = argument.cast(type_of("struct kdefer_guarded").pointer())
        return f"guard {symbol(guard['destroy'])}({int(guard['obj']):#x})"
    return f"defer {symbol(function)}({int(argument):#x})"


def panic_text(panic):
    """A panic or a goexit in progress."""
    text = ""
    if panic["panicking"]:
        value = panic["shown"]["value"]
        text = f"panic {value_text(value)}, raised at {line_of(value)}"
        text += " [recovered]" if panic["recovered"] else ""
    elif not panic["goexit"]:
        text = "recovered panic"
    if panic["goexit"]:
        text += (", then " if text else "") + f"goexit, code {int(panic['code'])}"
    if int(panic["call"]):
        text += f", running {symbol(panic['call'])}"
    return text


def frame_lines(pending, panics):
    """The lines for pending records and panics, in the order in which they lie on the stack."""
    lines, panics, owner_before = [], list(panics), None
    for record in pending:
        owner = int(record["owner"]) & ~KINDS
        while panics and int(panics[0]) < owner:
            lines.append("    " + panic_text(panics.pop(0)))
            owner_before = None
        if owner != owner_before:
            frame = gdb.Value(owner).cast(type_of("struct kdefer_frame").pointer())
            lines.append(f"    frame {kdefer_function(frame['ip'])}")
            owner_before = owner
        lines.append("      " + call_text(record))
    return lines + ["    " + panic_text(panic) for panic in panics]


def runs(task):
    """Each kdefer_run() of a task, the innermost first, and what is outside of all: the barrier or
    None, the pending records, and the newest panic."""
    pending, floor, panic = Records(task), int(task["floor"]), task["panic"]
    for barrier in chain(task["barrier"]):
        yield barrier, pending.down_to(floor), panic
        floor, panic = int(barrier["floor"]), barrier["panic"]
    if int(task["root_ip"]):
        yield None, pending.down_to(floor), panic


def begin_text(task, barrier):
    """Where frames begin."""
    if barrier is None:
        return f"  root {kdefer_function(task['root_ip'])}"
    if barrier["is_thread"]:
        return f"  thread {symbol(barrier['thread_fn'])}"
    return f"  kdefer_run {symbol(barrier['fn'])}"


def task_lines(task):
    """All of a task."""
    lines = []
    for barrier, pending, panic in runs(task):
        lines.append(begin_text(task, barrier))
        lines += frame_lines(pending, chain(panic))
    return lines


def kernel_tasks():
    """Every thread of the kernel that has a task: its name, and the task."""
    attachment = type_of("struct kdefer_attachment")
    offset = next(field.bitpos // 8 for field in attachment.fields() if field.name == "node")
    buckets = gdb.lookup_static_symbol("kdefer_buckets").value()
    low, high = buckets.type.range()
    for number in range(low, high + 1):
        node = buckets[number]["head"]["first"]
        # The end of a list is an odd number, which tells the list.
        while not int(node) & 1:
            found = gdb.Value(int(node) - offset).cast(attachment.pointer())
            owner = found["storage"]["task"]["owner"]
            yield f"{owner['comm'].string()}[{int(owner['pid'])}]", found["storage"]["task"]
            node = node["next"]


def program_tasks():
    """Every thread of a program that has a task. Leaves the selected thread as it was."""
    selected, frame = gdb.selected_thread(), gdb.selected_frame()
    try:
        for thread in sorted(gdb.selected_inferior().threads(), key=lambda thread: thread.num):
            thread.switch()
            task = gdb.parse_and_eval("kdefer_self")
            if int(task):
                # A core dump has no names of threads.
                name = f"{thread.name or 'thread'}[{thread.ptid[1] or thread.ptid[0]}]"
                yield name, task.dereference()
    finally:
        selected.switch()
        frame.select()


def tasks():
    """Every thread that has a task: its name, and the task."""
    type_of("struct kdefer_task")
    if gdb.lookup_static_symbol("kdefer_buckets"):
        return list(kernel_tasks())
    if not gdb.selected_thread():
        raise gdb.GdbError("kdefer: there is no process; start the program, or open a core dump")
    return list(program_tasks())


class Tasks(gdb.Command):
    """Lists the threads that are in a KDEFER function or in kdefer_run().

kdefer-tasks: for each its name and number, its pending deferred calls, and its panics."""

    def __init__(self):
        super().__init__("kdefer-tasks", gdb.COMMAND_STACK)

    def invoke(self, _argument, _from_tty):
        found = tasks()
        for name, task in found:
            pending = sum(len(records) for _, records, _ in runs(task))
            panics = sum(1 for _, _, panic in runs(task) for _ in chain(panic))
            gdb.write(f"{name}: {pending} pending, {panics} in progress\n")
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
        found = [(name, task) for name, task in tasks()
                 if not wanted or name in wanted or name[:-1].rpartition("[")[0] in wanted
                 or name[:-1].rpartition("[")[2] in wanted]
        for name, task in found:
            gdb.write("\n".join([name] + task_lines(task)) + "\n")
        if not found:
            gdb.write("no such thread is in a KDEFER function or in kdefer_run()\n")


Tasks()
Backtrace()
