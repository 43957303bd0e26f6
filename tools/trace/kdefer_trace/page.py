# SPDX-License-Identifier: GPL-2.0-only
"""The page: one file of HTML that needs no network."""

from __future__ import annotations

import json
import pathlib

from .story import Story, cost, summary

TEMPLATE = pathlib.Path(__file__).resolve().parent / "page.html"


def _names(story: Story) -> tuple[list[str], dict[str, int]]:
    """Each function's name once: a page of many events is mostly names."""
    names = dict.fromkeys(
        name for thread in story.threads.values()
        for name in [*(each.name for each in thread.slices), *(call.fn for call in thread.calls)])
    return list(names), {name: number for number, name in enumerate(names)}


def _data(story: Story) -> dict:
    names, number = _names(story)
    threads = [{
        "tid": thread.tid,
        "comm": thread.comm,
        "slices": [[each.start, each.end, each.depth, number[each.name]]
                   for each in thread.slices],
        "calls": [[call.time, number[call.fn], call.why] for call in thread.calls],
    } for thread in story.threads.values()]
    panics = [{
        "tid": panic.tid, "comm": panic.comm, "start": panic.start, "end": panic.end,
        "kind": panic.kind, "value": panic.value, "err": panic.err, "at": panic.at,
        "source": panic.source, "how": panic.how, "where": panic.where,
        "steps": [[step.time, step.what, step.text] for step in panic.steps],
    } for panic in story.panics]
    return {"events": len(story.events), "names": names, "threads": threads, "panics": panics,
            "summary": summary(story), "cost": cost(story)}


def write(story: Story, path: str, title: str) -> None:
    """Writes the story as a page. "<" in a name must not end the script that it stands in."""
    data = json.dumps(_data(story), separators=(",", ":")).replace("<", "\\u003c")
    escaped = title.replace("&", "&amp;").replace("<", "&lt;")
    text = TEMPLATE.read_text(encoding="utf-8")
    text = text.replace("@TITLE@", escaped).replace("@DATA@", data)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
