#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Runs the tests, all steps or those named, and ends with the line "N passed, N failed". Every step
keeps its log and its exit status in build/test/.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import dataclasses
import itertools
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import time

import ktap
from vm import table

TOP = pathlib.Path(__file__).resolve().parent.parent
OUT = TOP / "build" / "test"
# How often something is said of a step that takes long, in seconds.
PROGRESS = 60
# The exit status that says that something cannot be run here, as of automake's tests.
SKIP_STATUS = 77

# How many steps that are guests run at a time: most of one's time one of two CPUs is idle.
LANES = 2

# What counts: the cases of TAP and KTAP that a step prints, or the step as one case.
CASES, ONE = "cases", "one"


@dataclasses.dataclass(frozen=True)
class Step:
    """
    Commands, run in their order until one fails. A step that counts cases fails if it has none,
    and if they are fewer than least, below which some must have been lost. The kernels are built
    before its time is taken. A step is stopped after so many seconds.
    """
    name: str
    commands: list[str]
    counts: str = CASES
    least: int = 1
    kernels: str = ""
    limit: int = 1200


class Guest(Step):
    """A step that may run beside another one: it is guests, and builds nothing that another step
    builds at the same time."""


STEPS = [
    # The parts of the test harness that decide what counts.
    Step("harness", ["python3 -m unittest discover -v -s tests -p *_test.py",
                     "python3 -m unittest discover -v -s tests/guest/fatal -p *_test.py"],
         counts=ONE),
    Step("shim-matrix", ["tests/shim.sh matrix"], least=4800),
    # The other architectures under qemu-user.
    Step("shim-cross", ["tests/shim.sh cross"], least=1640, limit=1800),
    Step("shim-sanitizers", ["tests/shim.sh sanitizers"], least=2800),
    Step("shim-install", ["tests/install.sh"], least=21),
    Step("compile-errors", ["tests/compile-errors/run.sh"], least=264),
    # Below this, what one of the compilers makes of a register was not looked at.
    Step("registers", ["tests/registers/run.sh", "tests/registers/run.sh cross"], least=430),
    Step("shim-samples", ["samples/check.sh"], least=24),
    Step("shim-fatal", ["tests/guest/fatal/run.py --on shim"], least=45),
    # Random sequences of calls, and random requests; "make soak" and "make fuzz" have more of them.
    Step("sequences", ["tests/sequences/run.sh 20000"], least=2),
    Step("fuzz", ["tests/fuzz/run.sh 5"], least=1),
    # The committed corpus, then fresh programs where Go can be had; others each time.
    Step("conformance", ["tests/conformance/run.sh"], least=5),
    # That the comparison finds a core which is broken.
    Step("mutants", ["tests/conformance/mutants.sh"], least=24),
    # That what no test reaches is known, with the reason.
    Step("coverage", ["tests/conformance/coverage.sh"], counts=ONE),
    # Where there is no Go, the ratios to it are skipped.
    Step("bench", ["tools/bench/run.sh --check"], least=7),
    Step("modules", ["scripts/vm modules stock", "scripts/vm modules kunit"],
         counts=ONE, kernels="stock kunit"),
    Step("check", ["scripts/check.sh"], kernels="stock kunit", least=22),
    # Instructions of the kernel, which are the same on a busy machine.
    Guest("bench-kernel", ["tools/bench/kernel.sh --check"], kernels="stock", least=11),
    Guest("kunit-guest", ["kunit/run.sh stress_seconds=60"], kernels="kunit", least=284),
    Guest("samples-guest", ["samples/check.sh stock", "samples/check.sh rt"],
          kernels="stock rt", least=48),
    # The stock kernel can be booted with each model of preemption (rule K20). With KASAN programs
    # are slower, so fewer run there.
    Guest("conformance-guest",
          ["tests/conformance/guest.sh stock",
           "env N=500 PREEMPT=none tests/conformance/guest.sh stock",
           "env N=500 PREEMPT=full tests/conformance/guest.sh stock",
           "env N=500 tests/conformance/guest.sh rt",
           "env N=1000 tests/conformance/guest.sh kunit"], kernels="stock rt kunit", least=5),
    Guest("faults", ["tests/guest/faults/run.sh", "tests/guest/security/run.sh"], kernels="stock",
          least=29),
    # The cases that change traced code under way take longer than all others: not for every run.
    Guest("tracers", ["tests/guest/tracer/run.sh stock none graph graph_trace probes"
                      " probes_under_graph graph_over_probes pool reject"],
          kernels="stock", least=10),
    Guest("observe", ["tests/guest/observe/run.sh"], kernels="stock kunit", least=54),
    Guest("metrics", ["tests/guest/metrics/run.sh"], kernels="stock", least=12),
    Guest("unload", ["tests/guest/lifecycle/run.sh"], kernels="stock kunit", least=18),
    # Jobs that leave the threads of the pool in every state, and that they find a broken pool.
    Guest("pool", ["tests/guest/pool/run.sh", "tests/guest/pool/mutants.sh"],
          kernels="stock kunit", least=20),
    Guest("stress", ["tests/guest/stress/run.sh 2"], kernels="kunit", least=3),
    # Two drivers of the kernel's, converted, with each of their calls failing in turn.
    Guest("conversion", ["tests/conversion/run.sh"], kernels="stock", least=5),
    *(Guest(f"on-{platform.name}", [f"tests/platforms.py run {platform.name}"], limit=2400)
      for platform in table.platforms().values() if platform.test),
    Step("fatal-guests", ["tests/guest/fatal/run.py"], kernels="stock rt kunit", least=100),
    # Which panic, which frames, which calls, live, in a core dump and in a guest.
    Step("gdb", ["tests/gdb/run.py"], kernels="stock", least=8),
    # On a kernel, too, where its debug information is there: see "make test-drgn".
    Step("drgn", ["tests/gdb/in_drgn.py"], kernels="stock", least=6),
    Step("demo", ["scripts/demo.sh"], kernels="stock"),
    # What the page shows is seen with a browser.
    Step("trace", ["tests/trace/run.py"], least=16),
    # From a clone to one's own module in a guest, by the tutorial's commands alone, and by hand.
    Step("tutorial", ["tests/tutorial.py", "tests/shell.sh"], least=4, kernels="stock"),
    # The suite whose kernel is the stock one.
    Step("packages", ["tests/deb.sh bookworm"], least=10),
    Step("docs", ["make -C Documentation check html man"], least=30),
]


@dataclasses.dataclass
class Result:
    """What a step came to."""
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    # Why it failed, where the log alone does not say so.
    problems: list[str] = dataclasses.field(default_factory=list)
    # The rows of the steps that failed, and what their logs say of it.
    lost: list[str] = dataclasses.field(default_factory=list)

    def __add__(self, other: Result) -> Result:
        return Result(self.passed + other.passed, self.failed + other.failed,
                      self.skipped + other.skipped, self.problems + other.problems,
                      self.lost + other.lost)

    def fail(self, problem: str) -> None:
        self.problems.append(problem)
        self.failed += 1

    def row(self, name: str, seconds: float) -> str:
        return f"{name:18}{self.passed:5} passed {self.failed:5} failed " \
            f"{self.skipped:3} skipped {seconds:6.0f} s"

    def total(self) -> str:
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


def say(text: str) -> None:
    print(text, flush=True)


def judge_one(status: int) -> Result:
    result = Result(passed=int(status == 0))
    if status:
        result.fail(f"it ended with status {status}")
    return result


def judge_cases(step: Step, status: int, report: ktap.Report) -> Result:
    result = Result(report.count(ktap.PASSED), report.count(ktap.FAILED),
                    report.count(ktap.SKIPPED), list(report.broken))
    if status and not result.failed:
        result.fail(f"it ended with status {status}, but no case failed")
    cases = len(report.cases)
    if cases < step.least:
        result.fail(f"there are {cases} cases, and were {step.least} at least:"
                    " some are lost, or the table in tests/run.py is to be changed")
    return result


def judge(step: Step, status: int, log: pathlib.Path) -> Result:
    """What counts of a step that ended."""
    skipped = Result(skipped=int(status == SKIP_STATUS))
    status = 0 if skipped.skipped else status
    if step.counts == CASES:
        return judge_cases(step, status, ktap.read(str(log))) + skipped
    return skipped if skipped.skipped else judge_one(status)


# The commands of all steps under way, for whoever stops them.
RUNNING: set[subprocess.Popen[bytes]] = set()


def stop(process: subprocess.Popen[bytes]) -> None:
    """A command and all that it started; what ends well has some seconds to clean up."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, how)
            process.wait(timeout=10)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass


def wait(process: subprocess.Popen[bytes], step: Step, log: pathlib.Path, start: float) -> int:
    """The status of a command; until it ends, says how far it is."""
    while True:
        try:
            return process.wait(timeout=PROGRESS)
        except subprocess.TimeoutExpired:
            pass
        seconds = time.monotonic() - start
        so_far = f", {len(ktap.read(str(log)).cases)} cases" if step.counts == CASES else ""
        say(f"  {step.name}: {seconds:.0f} s{so_far} so far")
        if seconds > step.limit:
            stop(process)
            with open(log, "a", encoding="utf-8") as file:
                file.write(f"run.py: stopped after {seconds:.0f} s\n")
            return 124


def run_commands(step: Step, log: pathlib.Path) -> int:
    start = time.monotonic()
    with open(log, "wb") as out:
        for command in step.commands:
            process = subprocess.Popen(shlex.split(command), cwd=TOP, stdin=subprocess.DEVNULL,
                                       stdout=out, stderr=subprocess.STDOUT,
                                       start_new_session=True)
            RUNNING.add(process)
            status = wait(process, step, log, start)
            RUNNING.remove(process)
            if status:
                return status
    return 0


def explain(result: Result, log: pathlib.Path) -> list[str]:
    """Says why a step failed, as far as its log says so; returns the most important of it."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    found = [f"  {number}: {line}" for number, line in enumerate(lines, 1)
             if re.search(r"^ *not ok|FAILED|not free of warnings", line)]
    why = [f"  {problem}" for problem in result.problems] + found[:20]
    say("\n".join(why + [f"--- the end of {log}:"] + lines[-25:]))
    return (why if found else why + [f"  {line}" for line in lines[-5:]])[:10]


def run_step(step: Step, out: pathlib.Path = OUT) -> Result:
    log, kept, start = out / f"{step.name}.log", out / f"{step.name}.status", time.monotonic()
    kept.unlink(missing_ok=True)
    status = run_commands(step, log)
    result = judge(step, status, log)
    # Who reads it wants to know whether the step passed, not only whether its commands did.
    kept.write_text(f"{int(result.failed > 0)}\n", encoding="utf-8")
    row = result.row(step.name, time.monotonic() - start)
    say(row)
    if result.failed:
        result.lost = [row, *explain(result, log)]
    return result


def run_steps(steps: list[Step], lanes: int) -> Result:
    """Runs steps, so many at a time. What stops this script, such as ^C, stops all of them."""
    pool = concurrent.futures.ThreadPoolExecutor(lanes)
    try:
        return sum(pool.map(run_step, steps), Result())
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in list(RUNNING):
            stop(process)
        raise
    finally:
        pool.shutdown()


def prepare(steps: list[Step]) -> None:
    """Builds the kernels, which is not to count as time of the first step that needs them."""
    for kernel in dict.fromkeys(kernel for step in steps for kernel in step.kernels.split()):
        done = subprocess.run([TOP / "scripts" / "vm", "kernel", kernel], stdout=subprocess.DEVNULL,
                              check=False)
        if done.returncode:
            sys.exit(f"cannot prepare the {kernel} kernel")


def arguments() -> list[Step]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", nargs="*", help="all by default")
    parser.add_argument("--list", action="store_true", help="the names of the steps")
    options = parser.parse_args()
    named = {step.name: step for step in STEPS}
    if options.list:
        print("\n".join(named))
        sys.exit(0)
    for name in options.step:
        if name not in named:
            parser.error(f"there is no step {name}; there are: {' '.join(named)}")
    return [named[name] for name in options.step] or STEPS


def main() -> int:
    steps = arguments()
    # A plain kill is to leave no guest behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    OUT.mkdir(parents=True, exist_ok=True)
    prepare(steps)
    total = Result()
    for guests, group in itertools.groupby(steps, lambda step: isinstance(step, Guest)):
        total += run_steps(list(group), LANES if guests else 1)
    # Once more, since of a long log often only the end is kept.
    say("\n".join(["", *total.lost, total.total()]))
    return int(total.failed > 0 or total.passed == 0)


if __name__ == "__main__":
    sys.exit(main())
