# SPDX-License-Identifier: GPL-2.0-only
"""
What the events tell: the KDEFER functions of each thread, as far as they deferred anything, and the
way of each panic from where it was raised to where it ended.
"""

from __future__ import annotations

import dataclasses

from .parse import Event


@dataclasses.dataclass
class Slice:
    """A KDEFER function, from its first deferred call to the last one that has run."""
    name: str
    tid: int
    start: float
    end: float
    depth: int
    pending: int = 0


@dataclasses.dataclass
class Step:
    """What happened on the way of a panic."""
    time: float
    what: str
    text: str


@dataclasses.dataclass
class Panic:
    """
    A panic or a goexit: where it began, what it did, how it ended. A goexit that a panic has come
    into waits for it, and goes on when the panic is recovered.
    """
    tid: int
    comm: str
    start: float
    end: float
    kind: str
    value: str
    err: int
    at: str
    source: str
    how: str = "goes on"
    where: str = ""
    waiting: Panic | None = None
    steps: list[Step] = dataclasses.field(default_factory=list)

    def add(self, event: Event, what: str, text: str) -> None:
        self.steps.append(Step(event.time, what, text))
        self.end = event.time


@dataclasses.dataclass
class Thread:
    """What one thread did."""
    tid: int
    comm: str
    slices: list[Slice] = dataclasses.field(default_factory=list)
    calls: list[Event] = dataclasses.field(default_factory=list)
    # The functions that have not ended, and the panics that are in progress, oldest first.
    open: list[Slice] = dataclasses.field(default_factory=list)
    panics: list[Panic] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Story:
    """All that was read, in words and numbers."""
    events: list[Event]
    threads: dict[int, Thread]
    panics: list[Panic]


def _defer(thread: Thread, event: Event) -> None:
    """A function is seen from its first deferred call on; recursion is not told apart."""
    if not thread.open or thread.open[-1].name != event.function:
        new = Slice(event.function, event.tid, event.time, event.time, len(thread.open))
        thread.open.append(new)
        thread.slices.append(new)
    thread.open[-1].pending += 1
    thread.open[-1].end = event.time


def _close_newer(thread: Thread, event: Event) -> None:
    """What is newer than the function whose deferred call runs has ended."""
    names = [each.name for each in thread.open]
    if event.function not in names:
        return
    while thread.open[-1].name != event.function:
        thread.open.pop()


def _run(thread: Thread, event: Event) -> None:
    thread.calls.append(event)
    _close_newer(thread, event)
    if thread.open and thread.open[-1].name == event.function:
        last = thread.open[-1]
        last.pending -= 1
        last.end = event.time
        if last.pending <= 0:
            thread.open.pop()
    if thread.panics and event.why != "return":
        thread.panics[-1].add(event, "run", f"{event.function} had deferred {event.fn}: it runs")


def _panic(thread: Thread, event: Event) -> Panic:
    source = f"{event.file}:{event.line}" if "file" in event.fields else ""
    new = Panic(event.tid, event.comm, event.time, event.time, "panic", event.value,
                int(event.err), event.at, source)
    new.add(event, "raise", f"raised at {event.at}" + (f" ({source})" if source else ""))
    thread.panics.append(new)
    return new


def _goexit(thread: Thread, event: Event) -> Panic:
    new = Panic(event.tid, event.comm, event.time, event.time, "goexit",
                f"kgoexit({event.code})", int(event.code), event.at, "")
    new.add(event, "raise", f"called at {event.at}")
    thread.panics.append(new)
    return new


def _take_over(thread: Thread, event: Event) -> None:
    """The newer of the two newest ones goes on in the place of the older one. That is aborted,
    unless it is a goexit that a panic has come into."""
    if len(thread.panics) < 2:
        return
    old, new = thread.panics.pop(-2), thread.panics[-1]
    if old.kind == "goexit" and new.kind == "panic":
        old.add(event, "waits", f"waits for {new.value}, which has come into it")
        new.waiting = old
    else:
        old.add(event, "aborted", f"replaced by {event.by}")
        old.how, old.where = "aborted", event.by
        new.waiting = old.waiting
    new.add(event, "take_over", f"takes the place of {event.value}")
    if new.kind == "goexit" and new.waiting:
        _abort_waiting(new, event, event.by)


def _abort_waiting(panic: Panic, event: Event, where: str) -> None:
    """The goexit that waits for this one does not go on."""
    waiting, panic.waiting = panic.waiting, None
    if waiting:
        waiting.add(event, "aborted", f"replaced by {where}")
        waiting.how, waiting.where = "aborted", where


def _resume(thread: Thread, event: Event) -> None:
    if thread.panics:
        thread.panics[-1].add(event, "resume",
                              f"goes on with the deferred calls of {event.function}")


def _recover(thread: Thread, event: Event) -> None:
    if not thread.panics:
        return
    panic = thread.panics.pop()
    panic.add(event, "recover", f"recovered by {event.fn}, which {event.function} had deferred")
    panic.how, panic.where = "recovered", event.function
    if panic.waiting:
        panic.waiting.add(event, "resume", f"goes on: {panic.value} was recovered")
        thread.panics.append(panic.waiting)


def _uncaught(thread: Thread, event: Event) -> None:
    if not thread.panics:
        return
    panic = thread.panics.pop()
    panic.add(event, "uncaught", f"nobody has recovered it: it ends {event.ends}")
    panic.how, panic.where = "uncaught", event.ends
    _abort_waiting(panic, event, panic.value)


def _throw(thread: Thread, event: Event) -> None:
    if not thread.panics:
        return
    panic = thread.panics.pop()
    panic.add(event, "throw", f"throw, reason {event.reason}: {event.value}")
    panic.how, panic.where = "thrown", event.value
    _abort_waiting(panic, event, "the throw")


STARTS = {"panic": _panic, "goexit": _goexit}
OTHERS = {"defer": _defer, "run": _run, "take_over": _take_over, "resume": _resume,
          "recover": _recover, "uncaught": _uncaught, "throw": _throw}


def _end_goexits(thread: Thread) -> None:
    """The events have no end of a goexit: it has come through if it is still there at the end."""
    for panic in thread.panics:
        if panic.kind == "goexit":
            panic.how, panic.where = "ended", "the thread or its kdefer_run()"


def tell(events: list[Event]) -> Story:
    """The story that the events tell."""
    story = Story(events, {}, [])
    for event in events:
        thread = story.threads.setdefault(event.tid, Thread(event.tid, event.comm))
        if event.name in STARTS:
            story.panics.append(STARTS[event.name](thread, event))
        else:
            OTHERS[event.name](thread, event)
    for thread in story.threads.values():
        _end_goexits(thread)
    return story


def _counted(panics: list[Panic], key: str) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for panic in panics:
        name = str(getattr(panic, key)) or "-"
        counts[name] = counts.get(name, 0) + 1
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def summary(story: Story) -> dict[str, list[tuple[str, int]]]:
    """How many panics there were, by what a reader asks for."""
    panics = [panic for panic in story.panics if panic.kind == "panic"]
    recovered = [panic for panic in panics if panic.how == "recovered"]
    return {
        "How they ended": _counted(story.panics, "how"),
        "Panics by place": _counted(panics, "at"),
        "Panics by error": _counted(panics, "value"),
        "Recovered in": _counted(recovered, "where"),
    }


def cost(story: Story) -> list[tuple[str, float]]:
    """How long the panics that ended took, in microseconds."""
    took = sorted(panic.end - panic.start for panic in story.panics
                  if panic.kind == "panic" and panic.how != "goes on")
    if not took:
        return []
    return [("shortest", took[0]), ("half of them took less", took[len(took) // 2]),
            ("99 of 100 took less", took[len(took) * 99 // 100]), ("longest", took[-1])]
