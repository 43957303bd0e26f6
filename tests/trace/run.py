#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
kdefer-trace: what it tells of a trace that is known, what a browser shows of it, how fast a page of
100,000 events opens, and what it says of what it cannot read. Prints TAP.
"""

from __future__ import annotations

import html
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import types

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
TOOL = TOP / "tools" / "trace" / "kdefer-trace"
# How long a page of so many events may take to open, and to show what a step of the list, of the
# zoom or of a filter leads to, in milliseconds.
MANY, PATIENCE, STEP = 100000, 2000, 200
# Scrolls through the page, as a reader would, and notes what took longest.
SCROLL = """<script>
let longest = 0;
function timed(step) {
	const start = performance.now();
	step();
	longest = Math.max(longest, performance.now() - start);
}
for (let i = 0; i < 40; i++)
	timed(() => { $("list").scrollTop = i * 16000; drawRows(); });
for (const key of "jj++f0k---")
	timed(() => document.dispatchEvent(new KeyboardEvent("keydown", { key })));
$("value").value = "-EIO";
$("thread").value = "907";
timed(filter);
document.documentElement.dataset.longest = Math.round(longest);
</script>"""
BROWSER = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
           "--disable-background-networking", "--disable-component-update", "--disable-quic"]

number = 0
failed = 0


def report(right: bool, name: str, more: str = "") -> None:
    global number, failed
    number += 1
    failed += not right
    print(f"{'ok' if right else 'not ok'} {number} - {name}", flush=True)
    if not right and more:
        print("\n".join(f"# {line}" for line in more.splitlines()[:40]))


def tool(*arguments: str | pathlib.Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([TOOL, *arguments], check=False, text=True, capture_output=True)


def many(path: pathlib.Path) -> None:
    """As many events as a busy driver makes in some seconds, from 20 threads."""
    with open(path, "w", encoding="utf-8") as file:
        for i in range(MANY // 4):
            thread, time = i % 20, 100 + i * 0.0001
            place = f"          mine/{thread}-{900 + thread}   [000] .....  {time:.6f}: "
            file.write(f"{place}defer: free_buf in serve\n"
                       f"{place}panic: -EIO, err -5, raised at check+0x1/0x2 [mine] (mine.c:7)\n"
                       f"{place}run: free_buf of serve on panic\n"
                       f"{place}recover: -EIO, err -5, by to_errno of serve\n")


def browse(page: pathlib.Path, *options: str) -> str:
    """The page as the browser has it when its script has run."""
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run(["chromium", *BROWSER, f"--user-data-dir={profile}", *options,
                               f"file://{page}"], check=False, text=True, capture_output=True,
                              timeout=120)
    return html.unescape(done.stdout)


def test_text(scratch: pathlib.Path) -> None:
    told = tool("--file", HERE / "story.trace", "--text")
    expected = (HERE / "story.expected").read_text(encoding="utf-8")
    report(told.stdout == expected, "the story of a trace that is known",
           told.stdout + told.stderr)


def test_json(scratch: pathlib.Path) -> None:
    tool("--file", HERE / "story.trace", "--json", scratch / "story.json")
    events = json.loads((scratch / "story.json").read_text(encoding="utf-8"))["traceEvents"]
    functions = {event["name"] for event in events if event.get("cat") == "function"}
    flows = [event["ph"] for event in events if event["ph"] in "stf"]
    report(functions == {"outer", "middle"} and flows.count("s") == 3 and flows.count("f") == 2,
           "functions as slices, ways up as flows", json.dumps(events, indent=1))


def test_page(scratch: pathlib.Path) -> None:
    page = scratch / "story.html"
    tool("--file", HERE / "story.trace", "--html", page)
    seen = browse(page, "--dump-dom")
    steps = re.findall(r'<li data-what="\w+"><time>.*?</time><span> (.*?)</span>', seen)
    report(steps[:2] == ["raised at check+0x10/0x20 [mine] (mine.c:12)",
                         "middle had deferred class_mutex_destructor: it runs"]
           and "Panics (3 of 3)" in seen, "what a browser shows of it", seen[-3000:])
    report("http:" not in page.read_text(encoding="utf-8"), "the page needs no network")
    browse(page, f"--screenshot={TOP}/build/test/trace.png", "--window-size=1200,900")
    report((TOP / "build" / "test" / "trace.png").stat().st_size > 10000, "a picture of it")


def test_many(scratch: pathlib.Path) -> None:
    many(scratch / "many.trace")
    tool("--file", scratch / "many.trace", "--html", scratch / "many.html")
    seen = browse(scratch / "many.html", "--dump-dom")
    ready = re.search(r'data-ready="(\d+)"', seen)
    took = int(ready[1]) if ready else -1
    report(0 < took < PATIENCE and f"{MANY // 4} of {MANY // 4}" in seen,
           f"{MANY} events open in less than {PATIENCE} ms ({took} ms)", seen[-500:])
    with open(scratch / "many.html", "a", encoding="utf-8") as file:
        file.write(SCROLL)
    seen = browse(scratch / "many.html", "--dump-dom")
    longest = re.search(r'data-longest="(\d+)"', seen)
    took = int(longest[1]) if longest else -1
    report(0 <= took < STEP and f"{MANY // 80} of {MANY // 4}" in seen,
           f"it scrolls, zooms and filters by steps of less than {STEP} ms ({took} ms)",
           seen[-500:])


def build_story(scratch: pathlib.Path, *sources: pathlib.Path) -> pathlib.Path:
    """Not inlined, functions are told by their own names."""
    make = ["make", "-s", "-C", TOP, "-f"]
    subprocess.run([*make, "userspace-shim/Makefile"], check=True)
    flags = subprocess.run([*make, "userspace-shim/flags.mk", "print-cflags"], check=True,
                           text=True, stdout=subprocess.PIPE).stdout.split()
    subprocess.run(["gcc", *flags, "-DKDEFER_EVENTS", '-DKBUILD_MODNAME="story"', "-O2", "-g",
                    "-fno-inline", "-o", scratch / "story", *sources,
                    TOP / "build" / "shim" / "libkdefer.a", "-pthread"], check=True)
    return scratch / "story"


def check_program(scratch: pathlib.Path, name: str, expected: str, *sources: pathlib.Path) -> None:
    story, trace = build_story(scratch, *sources), scratch / "shim.trace"
    trace.unlink(missing_ok=True)
    subprocess.run([story], check=True, timeout=60,
                   env=os.environ | {"KDEFER_SHIM_TRACE": str(trace)})
    told = tool("--file", trace, "--text")
    # Neither times, nor what depends on the compiler.
    text = re.sub(r"^  \+[\d.]+ us|(\.cold)?\+0x\w+/0x\w+|\[\d+\]|__kdefer_thunk_", "", told.stdout,
                  flags=re.MULTILINE)
    report(text == (HERE / expected).read_text(encoding="utf-8"), name, text + told.stderr)


def test_shim(scratch: pathlib.Path) -> None:
    check_program(scratch, "the story of a program over libkdefer", "shim.expected",
                  HERE / "story.c", TOP / "samples" / "concepts" / "shim-main.c")
    # What the debuggers are shown, with gdb and drgn.
    check_program(scratch, "a goexit that panics come into", "goexit.expected",
                  TOP / "tests" / "gdb" / "story.c")


def test_errors(scratch: pathlib.Path) -> None:
    empty = scratch / "empty"
    empty.write_text("# tracer: nop\n", encoding="utf-8")
    said = tool("--file", empty).stderr
    report("there is no event of kdefer's" in said, "an empty trace", said)
    said = tool("--file", scratch / "nowhere").stderr
    report("cannot read" in said, "a trace that is not there", said)
    (scratch / "broken").write_bytes(b"\x17\x08Dtracing and no more")
    said = tool("--file", scratch / "broken").stderr
    report("trace-cmd" in said and "Traceback" not in said, "a trace.dat that cannot be read", said)


def refusal(module: types.ModuleType, tracefs: pathlib.Path) -> str:
    """What is said to who would record from such a tracefs."""
    module.TRACEFS = [str(tracefs)]
    try:
        module.events_folder(module.tracefs())
    except module.Failure as error:
        return str(error)
    return "nothing"


def test_kernels(scratch: pathlib.Path) -> None:
    """What kernels lack: tracing, kdefer, a kdefer that has all events."""
    loader = importlib.machinery.SourceFileLoader("kdefer_trace_tool", str(TOOL))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    folder = scratch / "tracefs"
    said = refusal(module, folder)
    report("CONFIG_TRACING" in said, "a kernel without tracefs", said)
    (folder / "events").mkdir(parents=True)
    said = refusal(module, folder)
    report("load kdefer.ko first" in said, "a kernel without kdefer", said)
    (folder / "events" / "kdefer" / "panic").mkdir(parents=True)
    said = refusal(module, folder)
    report("load a newer one" in said, "an old kdefer", said)
    (folder / "events" / "kdefer" / "take_over").mkdir()
    said = refusal(module, folder)
    report(said == "nothing", "a kdefer of today", said)


def main() -> int:
    (TOP / "build" / "test").mkdir(parents=True, exist_ok=True)
    tests = [test_text, test_json, test_errors, test_kernels, test_shim]
    if shutil.which("chromium"):
        tests += [test_page, test_many]
    else:
        print("ok - what a browser shows # SKIP chromium is not installed:"
              " scripts/setup.sh trace")
    with tempfile.TemporaryDirectory() as scratch:
        for test in tests:
            test(pathlib.Path(scratch))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
