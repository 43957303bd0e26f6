# SPDX-License-Identifier: GPL-2.0-only
"""
What kdefer keeps of a thread, read by a debugger: kdefer_runs() walks from its struct kdefer_task
over the runs, frames, pending deferred calls and panics, and lines() puts them in words. gdb's
commands and drgn's functions share this; each says how it reads memory, in a class Debugger.
"""

from __future__ import annotations

import abc
import dataclasses
import errno
from collections.abc import Iterator
from typing import Any

# What a debugger has for a struct, or for a pointer to one.
Object = Any

# The kinds of a deferred function, in the lowest bits of a record's owner. Frames are aligned.
KINDS = 7
# A record of this kind is kdefer's own: it does what is to be done when the function returns.
ON_WAY_OUT = 6
# What is wrong with memory that a debugger looks at ends a walk, not the debugger.
MOST_RECORDS = 10000
MOST_LINKS = 1000

FAULTS = ("invalid memory address or nil pointer dereference", "invalid memory address",
          "integer divide by zero", "BUG or invalid instruction", "general protection fault")
ERRNO, MESSAGE, POINTER, NIL, FAULT = range(5)
# What KDEFER_DEFINEn() puts in front of a function's name.
PREFIXES = ("__kdefer_thunk_", "__kdefer_body_", "__kdefer_landing_")


class Debugger(abc.ABC):
    """How a debugger reads memory and names functions."""

    @abc.abstractmethod
    def member(self, of: Object, name: str) -> Object:
        """A member of a struct, or of what a pointer leads to."""

    @abc.abstractmethod
    def at(self, address: int, name: str) -> Object:
        """The object of a type that lies at an address."""

    @abc.abstractmethod
    def size(self, name: str) -> int:
        """The size of a type."""

    @abc.abstractmethod
    def text(self, of: Object) -> str:
        """The string in an array of characters, or that a pointer leads to."""

    @abc.abstractmethod
    def symbol(self, address: int) -> str:
        """The symbol that an address is in, or the address as a number."""

    def function(self, address: int) -> str:
        """The KDEFER function that an address is in."""
        return short(self.symbol(address))

    def number(self, of: Object, name: str) -> int:
        """A member that is a number or a pointer."""
        return int(self.member(of, name))


@dataclasses.dataclass(frozen=True)
class Value:
    """What a panic carries: as the printout has it, an object by its address; an errno; where it
    was raised first."""
    text: str
    err: int
    function: str
    file: str
    line: int

    def __str__(self) -> str:
        place = f" ({self.file}:{self.line})" if self.file else ""
        return f"{self.text}, raised at {self.function}{place}"


@dataclasses.dataclass(frozen=True)
class Call:
    """A deferred call that is pending. A guard is named after its destructor."""
    function: str
    argument: int
    guard: bool

    def __str__(self) -> str:
        return f"{'guard' if self.guard else 'defer'} {self.function}({self.argument:#x})"


@dataclasses.dataclass(frozen=True)
class Frame:
    """A KDEFER function that has calls pending, the newest first."""
    function: str
    address: int
    calls: list[Call]


@dataclasses.dataclass(frozen=True)
class Panic:
    """A panic or a goexit in progress. With neither a value nor a goexit it is recovered, and its
    frame's guards are run."""
    address: int
    value: Value | None
    recovered: bool
    goexit: bool
    code: int
    running: str

    def __str__(self) -> str:
        text = ""
        if self.value:
            text = f"panic {self.value}" + (" [recovered]" if self.recovered else "")
        elif not self.goexit:
            text = "recovered panic"
        if self.goexit:
            text += (", then " if text else "") + f"goexit, code {self.code}"
        return text + (f", running {self.running}" if self.running else "")


@dataclasses.dataclass(frozen=True)
class Run:
    """What a thread, a kdefer_run() or a root frame has: frames and panics as they lie on the
    stack, the newest first. A panic runs the deferred calls of what follows."""
    kind: str
    function: str
    stack: list[Frame | Panic]

    @property
    def calls(self) -> list[Call]:
        """All that is pending."""
        return [call for each in self.stack if isinstance(each, Frame) for call in each.calls]

    @property
    def panics(self) -> list[Panic]:
        """All that are in progress."""
        return [each for each in self.stack if isinstance(each, Panic)]


@dataclasses.dataclass(frozen=True)
class Thread:
    """A thread that is in a KDEFER function or in kdefer_run(), with its runs, innermost first."""
    name: str
    number: int
    runs: list[Run]

    def __str__(self) -> str:
        return f"{self.name}[{self.number}]"

    @property
    def summary(self) -> str:
        """A line for a list."""
        pending = sum(len(run.calls) for run in self.runs)
        return f"{self}: {pending} pending, {sum(len(run.panics) for run in self.runs)} in progress"

    def is_meant_by(self, words: list[str]) -> bool:
        """Whether one of these is its name or its number; without any, all are meant."""
        return not words or bool({str(self), self.name, str(self.number)} & set(words))

    @property
    def lines(self) -> Iterator[str]:
        """All of it, in words."""
        yield str(self)
        for run in self.runs:
            yield f"  {run.kind} {run.function}"
            for each in run.stack:
                if isinstance(each, Panic):
                    yield f"    {each}"
                    continue
                yield f"    frame {each.function}"
                yield from (f"      {call}" for call in each.calls)


def short(symbol: str) -> str:
    """A function by the name that it was given: the body of a KDEFER function is inlined into its
    thunk, and a compiler tells its copies of a function apart by what is behind a dot."""
    for prefix in PREFIXES:
        symbol = symbol.removeprefix(prefix)
    return symbol.split(".")[0]


class Records:
    """The pending records of a task, newest first, as far as they were looked at."""

    def __init__(self, debugger: Debugger, task: Object):
        self.debugger, self.size = debugger, debugger.size("struct kdefer")
        self.chunk, self.at = debugger.member(task, "chunk"), debugger.number(task, "top")
        self.seen = 0

    def down_to(self, floor: int) -> Iterator[Object]:
        """Those that lie above a floor."""
        number = self.debugger.number
        while self.at != floor and self.seen < MOST_RECORDS:
            self.seen += 1
            # The first record of each chunk but the oldest leads to the older chunk.
            if number(self.chunk, "older") and \
                    self.at == number(self.chunk, "record") + self.size:
                self.chunk = self.debugger.member(self.chunk, "older")
                self.at = number(self.chunk, "end")
                continue
            self.at -= self.size
            yield self.debugger.at(self.at, "struct kdefer")


class Walk:
    """From a task over all that hangs off it."""

    def __init__(self, debugger: Debugger, task: Object):
        self.debugger, self.task = debugger, task
        self.records = Records(debugger, task)

    def _chain(self, first: Object) -> Iterator[Object]:
        """The objects of a list that goes on with link."""
        for _ in range(MOST_LINKS):
            if not int(first):
                return
            yield first
            first = self.debugger.member(first, "link")

    def _value_text(self, value: Object) -> str:
        """As kdefer's printout has it; an object by its address."""
        words = self.debugger.text(self.debugger.member(value, "message"))
        if self.debugger.number(value, "kind") == MESSAGE:
            return words
        text = self._kind_text(value)
        return f"{words}: {text}" if words else text

    def _kind_text(self, value: Object) -> str:
        """A value that is no message, without the words before it."""
        dbg, kind = self.debugger, self.debugger.number(value, "kind")
        if kind == ERRNO:
            code = -dbg.number(value, "err")
            return f"-{errno.errorcode.get(code, code)}"
        if kind == POINTER:
            of = dbg.member(value, "type")
            named = int(of) and dbg.number(of, "name")
            name = dbg.text(dbg.member(of, "name")) if named else "object"
            taken = dbg.number(value, "taken")
            return f"{name}({'taken' if taken else hex(dbg.number(value, 'ptr'))})"
        if kind == NIL:
            return "runtime error: panic called with nil argument"
        fault = dbg.number(dbg.member(value, "fault"), "kind")
        return f"runtime error: {FAULTS[fault] if fault < len(FAULTS) else 'unknown fault'}"

    def _value(self, value: Object) -> Value:
        dbg = self.debugger
        ip, has_file = dbg.number(value, "ip"), dbg.number(value, "file")
        file = dbg.text(dbg.member(value, "file")).rsplit("/", 1)[-1] if has_file else ""
        # After a call that does not return there may be no more of the function.
        return Value(self._value_text(value), dbg.number(value, "err"),
                     short(dbg.symbol(ip - bool(has_file))), file, dbg.number(value, "line"))

    def _panic(self, panic: Object) -> Panic:
        dbg, call = self.debugger, self.debugger.number(panic, "call")
        panicking = dbg.number(panic, "panicking")
        value = dbg.member(dbg.member(panic, "shown"), "value")
        return Panic(int(panic), self._value(value) if panicking else None,
                     bool(dbg.number(panic, "recovered")), bool(dbg.number(panic, "goexit")),
                     dbg.number(panic, "code"), short(dbg.symbol(call)) if call else "")

    def _call(self, record: Object) -> Call:
        dbg = self.debugger
        function, argument = dbg.number(record, "fn"), dbg.number(record, "arg")
        guard = dbg.symbol(function) == "__kdefer_guard_run"
        if guard:
            guarded = dbg.at(argument, "struct kdefer_guarded")
            function, argument = dbg.number(guarded, "destroy"), dbg.number(guarded, "obj")
        return Call(short(dbg.symbol(function)), argument, guard)

    def _stack(self, floor: int, newest: Object) -> list[Frame | Panic]:
        """Records down to a floor, and panics, in the order in which they lie on the stack."""
        stack: list[Frame | Panic] = []
        panics = list(self._chain(newest))
        for record in self.records.down_to(floor):
            owner = self.debugger.number(record, "owner")
            address, kind = owner & ~KINDS, owner & KINDS
            while panics and int(panics[0]) < address:
                stack.append(self._panic(panics.pop(0)))
            last = stack[-1] if stack else None
            if not isinstance(last, Frame) or last.address != address:
                ip = self.debugger.number(self.debugger.at(address, "struct kdefer_frame"), "ip")
                last = Frame(self.debugger.function(ip), address, [])
                stack.append(last)
            if kind != ON_WAY_OUT:
                last.calls.append(self._call(record))
        return stack + [self._panic(panic) for panic in panics]

    def _run(self, barrier: Object, stack: list[Frame | Panic]) -> Run:
        thread = self.debugger.number(barrier, "is_thread")
        function = self.debugger.number(barrier, "thread_fn" if thread else "fn")
        return Run("thread" if thread else "kdefer_run", short(self.debugger.symbol(function)),
                   stack)

    def runs(self) -> list[Run]:
        """Each kdefer_run(), the innermost first, and what is outside of all."""
        dbg, found = self.debugger, []
        floor, panic = dbg.number(self.task, "floor"), dbg.member(self.task, "panic")
        for barrier in self._chain(dbg.member(self.task, "barrier")):
            found.append(self._run(barrier, self._stack(floor, panic)))
            floor, panic = dbg.number(barrier, "floor"), dbg.member(barrier, "panic")
        root = dbg.number(self.task, "root_ip")
        if root:
            found.append(Run("root", dbg.function(root), self._stack(floor, panic)))
        return found


def kernel_threads(debugger: Debugger, buckets: Iterator[Object], offset: int) -> Iterator[Thread]:
    """Those in the kernel's registry, where a task has its node at an offset. What a thread has
    left behind stays there for the next one, without an owner."""
    for bucket in buckets:
        node = debugger.member(debugger.member(bucket, "head"), "first")
        # The end of a list is an odd number, which tells the list.
        for _ in range(MOST_LINKS):
            if int(node) & 1:
                break
            found = debugger.at(int(node) - offset, "struct kdefer_attachment")
            task = debugger.member(debugger.member(found, "storage"), "task")
            owner = debugger.member(task, "owner")
            if int(owner):
                yield Thread(debugger.text(debugger.member(owner, "comm")),
                             debugger.number(owner, "pid"), Walk(debugger, task).runs())
            node = debugger.member(node, "next")
