# SPDX-License-Identifier: GPL-2.0-only
"""The trace event format, which Perfetto's UI and Chrome's viewer open."""

from __future__ import annotations

import json

from .story import Panic, Story

# One process: the kernel's threads have none of their own.
PID = 1


def _names(story: Story) -> list[dict]:
    process = {"ph": "M", "pid": PID, "name": "process_name", "args": {"name": "kdefer"}}
    return [process] + [
        {"ph": "M", "pid": PID, "tid": thread.tid, "name": "thread_name",
         "args": {"name": thread.comm}} for thread in story.threads.values()]


def _slices(story: Story) -> list[dict]:
    return [{"ph": "X", "pid": PID, "tid": each.tid, "ts": each.start,
             "dur": max(each.end - each.start, 0.001), "name": each.name, "cat": "function"}
            for thread in story.threads.values() for each in thread.slices]


def _calls(story: Story) -> list[dict]:
    return [{"ph": "i", "s": "t", "pid": PID, "tid": call.tid, "ts": call.time, "name": call.fn,
             "cat": "deferred call", "args": {"of": call.function, "on": call.why}}
            for thread in story.threads.values() for call in thread.calls]


def _panic(number: int, panic: Panic) -> list[dict]:
    """A slice for the panic itself, and a flow along its steps: raise, take-overs, end."""
    ends = {"ph": "X", "pid": PID, "tid": panic.tid, "ts": panic.start,
            "dur": max(panic.end - panic.start, 0.001), "cat": "panic",
            "name": f"{panic.kind} {panic.value}",
            "args": {"err": panic.err, "raised at": panic.at, "source": panic.source,
                     "how": panic.how, "where": panic.where}}
    way = [step for step in panic.steps if step.what != "run"]
    flow = [{"ph": "t", "id": number, "pid": PID, "tid": panic.tid, "ts": step.time,
             "name": "way up", "cat": "panic"} for step in way]
    flow[0]["ph"] = "s"
    flow[-1]["ph"] = "f" if len(flow) > 1 else "s"
    if flow[-1]["ph"] == "f":
        flow[-1]["bp"] = "e"
    return [ends, *flow]


def write(story: Story, path: str) -> None:
    """Writes the story as JSON."""
    events = _names(story) + _slices(story) + _calls(story)
    for number, panic in enumerate(story.panics, 1):
        events += _panic(number, panic)
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"displayTimeUnit": "ns", "traceEvents": events}, file)
