#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Runs the cases of the file "cases", each in a guest of its own or as a process over the shim; checks
what is printed and what ends. Prints TAP. The log of each run stays in build/fatal.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

from case import KERNELS, SHIM, Case, judge, parse, read_log
from vm import table

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent.parent
LOGS = TOP / "build" / "fatal"
# Guests at a time.
JOBS = 2


class Process:
    """Runs cases over the shim."""
    # A process that dies is what stands for a thread that ends; locks are counted.
    features = ["bug", "preempt-count"]

    def __init__(self, program: pathlib.Path | None) -> None:
        self.program = program or TOP / "build" / "shim" / "fatal"
        if not program:
            subprocess.run(["make", "-s", "-f", HERE / "Makefile.shim",
                            f"O={self.program.parent}", self.program], check=True)

    def run(self, case: Case, log: pathlib.Path) -> str | None:
        """Of what would end a thread of the kernel, a process dies, by a signal that says so."""
        environment = {**os.environ, **case.variables}
        with open(log, "wb") as out:
            try:
                status = subprocess.run([self.program, f"case={case.name}"], env=environment,
                                        stdout=out, stderr=out, timeout=60,
                                        check=False).returncode
            except subprocess.TimeoutExpired:
                return "the process did not end"
        if status == (0 if case.ends == "nothing" else -signal.SIGABRT):
            return None
        return f"the process ended with status {status}"


class Guest:
    """Runs cases on a kernel."""

    def __init__(self, kernel: str, tmp: pathlib.Path) -> None:
        self.kernel = kernel
        self.features = script("vm", "features", kernel).split()
        modules = pathlib.Path(script("vm", "modules", kernel))
        folder = tmp / kernel
        folder.mkdir()
        # A copy, for whoever builds them again meanwhile.
        self.files = [shutil.copy(modules / name, folder)
                      for name in ("kmod/kdefer.ko", "tests/guest/fatal/kdefer_fatal.ko")]

    def run(self, case: Case, log: pathlib.Path) -> str | None:
        command = [TOP / "scripts" / "vm", "run", self.kernel, "--timeout", "120", "--log", log]
        for file in self.files:
            command += ["--file", file]
        if case.ends == "machine":
            command.append("--expect-death")
        load = f"insmod kdefer.ko {case.load} && insmod kdefer_fatal.ko case={case.name}"
        done = subprocess.run([*command, "--", load], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True, errors="replace", check=False)
        return None if done.returncode == 0 else done.stderr.strip() or "failed"


def kind(host: str) -> str:
    """What the cases call a host: of kernels, what is said of the stock one holds for all that are
    none of the others."""
    if host == SHIM:
        return SHIM
    features = table.find(host).features
    return next((name for name in KERNELS if name in features), KERNELS[0])


def script(name: str, *arguments: str) -> str:
    """What a script of the project prints."""
    return subprocess.run([TOP / "scripts" / name, *arguments], stdout=subprocess.PIPE, text=True,
                          check=True).stdout.strip()


def run_one(runner: Process | Guest, host: str, case: Case) -> str | None:
    """Why a case failed, if it did."""
    log = LOGS / f"{host}-{case.name}.log"
    log.unlink(missing_ok=True)
    why = runner.run(case, log)
    if why is None:
        why = judge(case, host, read_log(log))
    return why and f"{why}\nlog: {log}"


def run_all(runs: list[tuple[Process | Guest, str, Case]]) -> int:
    """Runs cases, some at a time; returns how many failed."""
    failed = 0
    print(f"1..{len(runs)}", flush=True)
    skipped = [run for run in runs if not run[2].possible(run[0].features)]
    for number, (_, host, case) in enumerate(skipped, 1):
        print(f"ok {number} {host} {case.name} # SKIP needs {case.needs}", flush=True)
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        jobs = {pool.submit(run_one, *run): run for run in runs if run not in skipped}
        for number, job in enumerate(concurrent.futures.as_completed(jobs), len(skipped) + 1):
            _, host, case = jobs[job]
            why = job.result()
            failed += why is not None
            print(f"{'not ' if why else ''}ok {number} {host} {case.name}")
            print("".join(f"# {line}\n" for line in (why or "").splitlines()), end="", flush=True)
    return failed


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--on", action="append", metavar="HOST",
                        choices=(SHIM, *KERNELS, *table.platforms()),
                        help=f"{SHIM} or a platform of scripts/vm; may be given several times; "
                        f"{', '.join(KERNELS)} by default")
    parser.add_argument("--program", type=pathlib.Path,
                        help="for the shim, a program that was built already")
    parser.add_argument("case", nargs="*", help="all by default")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    cases = parse((HERE / "cases").read_text(encoding="utf-8"))
    for name in options.case:
        if name not in cases:
            sys.exit(f"there is no case {name} in {HERE / 'cases'}")
    LOGS.mkdir(parents=True, exist_ok=True)
    runs: list[tuple[Process | Guest, str, Case]] = []
    with tempfile.TemporaryDirectory() as tmp:
        for host in options.on or KERNELS:
            some = [case for case in cases.values()
                    if kind(host) in case.on and case.name in (options.case or cases)]
            if some:
                runner = Process(options.program) if host == SHIM else \
                    Guest(host, pathlib.Path(tmp))
                runs += [(runner, host, case.adapted(runner.features)) for case in some]
        if not runs:
            sys.exit("none of these cases applies there")
        return int(run_all(runs) > 0)


if __name__ == "__main__":
    sys.exit(main())
