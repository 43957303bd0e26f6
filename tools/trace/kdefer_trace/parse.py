# SPDX-License-Identifier: GPL-2.0-only
"""The text that the kernel prints of kdefer's events, as trace-cmd and perf print it too."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator

# "worker-123 [001] d..1. 12.345678: panic: ..."; trace-cmd leaves the flags out, perf puts the
# system in front of the event's name and leaves out the dash before the number on its own.
LINE = re.compile(r"""^\s*(?P<comm>.*?)[-\s](?P<tid>\d+)\s+(?:\(\s*[-\d]+\)\s+)?\[(?P<cpu>\d+)\]\s+
    (?:(?P<flags>[^\s\d][^\s]{3,7}|\.{4,5})\s+)?(?P<time>\d+\.\d+):\s+
    (?:kdefer:)?(?P<name>\w+):\s*(?P<text>.*)$""", re.VERBOSE)

# A function of a module has the module's name behind its own, which says nothing here.
FN = r"(?P<fn>\S+)(?: \[\w+\])?"
FUNCTION = r"(?P<function>\S+)(?: \[\w+\])?"

FORMS = {
    "defer": rf"{FN} in {FUNCTION}$",
    "run": rf"{FN} of {FUNCTION} on (?P<why>\w+)$",
    "panic": r"(?P<value>.*), err (?P<err>-?\d+), raised at (?P<at>\S+(?: \[\w+\])?)"
             r"(?: \((?P<file>[^()]*):(?P<line>\d+)\))?$",
    "take_over": r"(?P<value>.*), by (?P<by>.*)$",
    "resume": rf"(?P<value>.*), next in {FUNCTION}$",
    "recover": rf"(?P<value>.*), err (?P<err>-?\d+), by {FN} of {FUNCTION}$",
    "goexit": r"code (?P<code>-?\d+), called at (?P<at>\S+(?: \[\w+\])?)$",
    "uncaught": r"(?P<value>.*), err (?P<err>-?\d+), raised at (?P<at>\S+(?: \[\w+\])?),"
                r" ends (?P<ends>.*)$",
    "throw": r"reason (?P<reason>\d+): (?P<value>.*)$",
}
FORMS = {name: re.compile(form) for name, form in FORMS.items()}


class NotATrace(Exception):
    """What was given has no events of kdefer's."""


@dataclasses.dataclass(frozen=True)
class Event:
    """One event; time is in microseconds, since the first one."""
    time: float
    comm: str
    tid: int
    cpu: int
    name: str
    fields: dict[str, str]

    def __getattr__(self, name: str) -> str:
        try:
            return self.fields[name]
        except KeyError:
            raise AttributeError(name) from None


def _event(line: str) -> Event | None:
    found = LINE.match(line)
    form = found and FORMS.get(found["name"])
    fields = form and form.match(found["text"])
    if not fields:
        return None
    return Event(float(found["time"]) * 1e6, found["comm"].strip(), int(found["tid"]),
                 int(found["cpu"]), found["name"],
                 {key: value for key, value in fields.groupdict().items() if value is not None})


def _from_zero(events: list[Event]) -> Iterator[Event]:
    first = min(event.time for event in events)
    for event in sorted(events, key=lambda event: event.time):
        yield dataclasses.replace(event, time=round(event.time - first, 3))


def parse(lines: Iterable[str]) -> list[Event]:
    """The events in a trace, in the order of time."""
    events = [event for event in map(_event, lines) if event]
    if not events:
        raise NotATrace("there is no event of kdefer's in it: were kdefer's events on"
                        " (events/kdefer/enable), and did anything happen?")
    return list(_from_zero(events))
