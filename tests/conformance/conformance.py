#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Runs random programs with kdefer and with Go, and compares what happened.

  conformance.py random     fresh programs, on both sides
  conformance.py file       the programs of a file, on both sides
  conformance.py record     fresh programs with Go's outputs, as a corpus
  conformance.py corpus     the programs of a corpus with kdefer, against Go's recorded outputs
  conformance.py malformed  what both sides say of programs that are none
  conformance.py split      the programs of a corpus, and malformed ones, as files for a guest
  conformance.py guest      outputs and log of a guest that ran them, against Go's recorded outputs
  conformance.py print      the programs of seeds
"""

import argparse
import collections
import difflib
import lzma
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time

import shrink
import outputs
from programs import DEPTH, generate, parse

BATCH = 200
# How many failures are looked at closely.
CLOSELY = 3
HEADER = "# SPDX-License-Identifier: GPL-2.0-only\n"


def say(text):
    print(text, file=sys.stderr, flush=True)


def kind(task):
    """How a task ended, for the statistics."""
    return outputs.events(task)[-1].split()[0]


def describe(expected, got):
    """Where two outputs part."""
    text = []
    for number, (one, other) in enumerate(zip(expected, got)):
        if not outputs.same_task(one, other):
            text.append(f"task {number}:")
            text += difflib.unified_diff(one, other, "Go", "kdefer", lineterm="", n=6)
    return "\n".join(text)


class Sides:
    """Both interpreters."""

    def __init__(self, options, patience=None):
        patience = patience or options.patience
        self.kdefer = outputs.Interpreter([options.kdefer], patience)
        self.go = outputs.Interpreter([options.go], patience) if options.go else None

    def compare(self, programs, expected=None):
        """Returns statistics, and what went wrong by number of program."""
        wrong, counts = {}, collections.Counter()
        if expected is None:
            expected, failures = self.go.run(programs)
            wrong.update({f.number: f"Go's side {f.what}" for f in failures})
        got, failures = self.kdefer.run(programs)
        wrong.update({f.number: f"kdefer's side {f.what}" for f in failures})
        for program in programs:
            number = program.number
            counts["programs"] += number in wrong or number in got
            if number in wrong or number not in expected or number not in got:
                continue
            counts.update(map(kind, expected[number]))
            if not outputs.same(expected[number], got[number]):
                wrong[number] = describe(expected[number], got[number])
        return counts, wrong

    def first_failing(self, programs):
        for at in range(0, len(programs), 20):
            some = programs[at:at + 20]
            _, wrong = self.compare(some)
            for program in some:
                if program.number in wrong:
                    return program
        return None


def compare_seeds(job):
    options, seeds = job
    # The parent ends the run.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return Sides(options).compare([generate(seed, depth=options.depth) for seed in seeds])


class Progress:
    """What is known so far."""

    def __init__(self, total):
        self.total = total
        self.counts = collections.Counter()
        self.wrong = {}
        self.start = self.said = time.monotonic()

    def add(self, counts, wrong):
        self.counts += counts
        self.wrong.update(wrong)
        if time.monotonic() - self.said > 10:
            self.said = time.monotonic()
            say(self.line())

    def line(self):
        ends = ", ".join(f"{self.counts[end]} {end}"
                         for end in ("returned", "goexited", "panicked"))
        return f"{self.counts['programs']} of {self.total} programs ({ends}), " \
            f"{len(self.wrong)} differences, {time.monotonic() - self.start:.0f} s"


def shrunk(options, program):
    """The smallest program that fails; None if it does not fail again."""
    sides = Sides(options, patience=min(options.patience, 5))
    if sides.first_failing([program]) is None:
        return None
    small = shrink.shrink(program, sides.first_failing, say, options.shrink)
    small.number = program.number
    return small


def look_closely(options, program, what):
    print(f"\nprogram {program.number} (SEED={program.number} N=1):\n{what}\n")
    if not options.go:
        print(f"the program:\n{program.text()}")
        return
    small = shrunk(options, program)
    if small is None:
        print(f"it did not fail again; the program:\n{program.text()}")
        return
    _, wrong = Sides(options).compare([small])
    print(f"the smallest program that fails:\n{small.text()}{wrong.get(small.number, '')}")
    save(options, small)


def save(options, program):
    os.makedirs(options.failures, exist_ok=True)
    name = os.path.join(options.failures, f"{program.number}.txt")
    with open(name, "w", encoding="utf-8") as file:
        file.write(HEADER + program.text())
    print(f"kept as {name}; run it again with FILE={name}")


def finish(options, progress, find):
    """Prints the result and returns the exit status; find(number) gives a program."""
    print(progress.line())
    for number in sorted(progress.wrong)[:CLOSELY]:
        look_closely(options, find(number), progress.wrong[number])
    if len(progress.wrong) > CLOSELY:
        print(f"\nfurther programs that fail: {sorted(progress.wrong)[CLOSELY:][:50]}")
    return 1 if progress.wrong else 0


def run_random(options):
    seeds = range(options.seed, options.seed + options.n)
    jobs = [(options, seeds[at:at + BATCH]) for at in range(0, options.n, BATCH)]
    progress = Progress(options.n)
    with multiprocessing.Pool(options.jobs) as pool:
        for counts, wrong in pool.imap_unordered(compare_seeds, jobs):
            progress.add(counts, wrong)
    return finish(options, progress, lambda seed: generate(seed, depth=options.depth))


def complaint(interpreter, text):
    """What an interpreter says is wrong with the text of programs."""
    done = subprocess.run([interpreter], input=text, capture_output=True, text=True, timeout=60,
                          check=False)
    found = re.search(r"^malformed: (.*)$", done.stdout + done.stderr, re.MULTILINE)
    return found.group(1) if found else "nothing"


def read_malformed(name):
    """Malformed programs, each after what is to be said of it."""
    with open(name, encoding="utf-8") as file:
        cases = re.split(r"^== (.*)\n", file.read(), flags=re.MULTILINE)[1:]
    return list(zip(cases[::2], cases[1::2]))


def run_malformed(options):
    """Compares what is said of malformed programs with what should be said of them."""
    cases = read_malformed(options.file)
    wrong = 0
    for expected, text in cases:
        for side in filter(None, (options.kdefer, options.go)):
            said = complaint(side, text)
            if said != expected:
                wrong += 1
                print(f"{side} says '{said}' instead of '{expected}' of\n{text}")
    print(f"{len(cases)} malformed programs, {wrong} wrong answers")
    return 1 if wrong else 0


def run_file(options):
    with open(options.file, encoding="utf-8") as file:
        text = file.read()
    said = complaint(options.kdefer, text)
    if said != "nothing":
        say(f"{options.file}: {said}")
        return 1
    programs = parse(text)
    progress = Progress(len(programs))
    progress.add(*Sides(options).compare(programs))
    return finish(options, progress, {p.number: p for p in programs}.get)


def read_corpus(options):
    with lzma.open(options.corpus + ".programs.xz", "rt", encoding="utf-8") as file:
        programs = parse(file.read())
    with lzma.open(options.corpus + ".outputs.xz", "rt", encoding="utf-8") as file:
        recorded, _ = outputs.parse_outputs(file.read())
    return programs, recorded


def stop_together(event):
    """Workers of a pool share what ends them: one that is killed leaves its children behind."""
    compare_recorded.enough = event


def compare_recorded(job):
    options, programs, recorded = job
    if compare_recorded.enough.is_set():
        return collections.Counter(), {}
    counts, wrong = Sides(options).compare(programs, recorded)
    if wrong and options.first:
        compare_recorded.enough.set()
    return counts, wrong


def print_first(wrong):
    """In short, what shows that a mutant is broken."""
    if not wrong:
        return
    number = min(wrong)
    failed = wrong[number].startswith("kdefer's side")
    what = wrong[number].split("\n")[0][14:] if failed else "another output"
    print(f"program {number}: {what}")


def run_corpus(options):
    programs, recorded = read_corpus(options)
    programs = programs[:options.n or None]
    jobs = []
    for at in range(0, len(programs), BATCH):
        some = programs[at:at + BATCH]
        jobs.append((options, some, {p.number: recorded[p.number] for p in some}))
    progress = Progress(len(programs))
    with multiprocessing.Pool(options.jobs, stop_together, [multiprocessing.Event()]) as pool:
        for counts, wrong in pool.imap_unordered(compare_recorded, jobs):
            progress.add(counts, wrong)
    if options.first:
        print_first(progress.wrong)
        return 1 if progress.wrong else 0
    return finish(options, progress, {p.number: p for p in programs}.get)


def record_seeds(job):
    options, seeds = job
    programs = [generate(seed, depth=options.depth) for seed in seeds]
    recorded, failures = Sides(options).go.run(programs)
    if failures:
        raise RuntimeError(f"program {failures[0].number}: Go's side {failures[0].what}")
    return programs, recorded


def output_text(number, tasks):
    lines = [f"program {number}"]
    for at, task in enumerate(tasks):
        lines += [f"task {at}"] + task
    return "\n".join(lines + ["end"]) + "\n"


def run_record(options):
    seeds = range(options.seed, options.seed + options.n)
    jobs = [(options, seeds[at:at + BATCH]) for at in range(0, options.n, BATCH)]
    programs, recorded = [], {}
    with multiprocessing.Pool(options.jobs) as pool:
        for some, found in pool.imap(record_seeds, jobs):
            programs += some
            recorded.update(found)
            say(f"{len(programs)} of {options.n} programs recorded")
    os.makedirs(os.path.dirname(options.corpus), exist_ok=True)
    with lzma.open(options.corpus + ".programs.xz", "wt", preset=9, encoding="utf-8") as file:
        file.write(HEADER + "".join(program.text() for program in programs))
    with lzma.open(options.corpus + ".outputs.xz", "wt", preset=9, encoding="utf-8") as file:
        file.write(HEADER + "".join(output_text(p.number, recorded[p.number]) for p in programs))
    return 0


def write_files(folder, texts):
    """Files that are named in the order of the texts."""
    os.makedirs(folder, exist_ok=True)
    for at, text in texts:
        with open(os.path.join(folder, f"{at:06}"), "w", encoding="utf-8") as file:
            file.write(text)


def run_split(options):
    programs, _ = read_corpus(options)
    programs = programs[:options.n or None]
    write_files(os.path.join(options.folder, "programs"),
                ((at, "".join(program.text() for program in programs[at:at + BATCH]))
                 for at in range(0, len(programs), BATCH)))
    write_files(os.path.join(options.folder, "malformed"),
                enumerate(text for _, text in read_malformed(options.file)))
    return 0


def read_guest(options):
    with open(os.path.join(options.folder, "outputs"), encoding="utf-8") as file:
        got, unfinished = outputs.parse_outputs(file.read())
    with open(os.path.join(options.folder, "kmsg"), encoding="utf-8", errors="replace") as file:
        rest = outputs.add_printouts(got, outputs.printed(file.read()))
    if unfinished is not None or rest:
        say("\n".join([f"the guest stopped in program {unfinished}"] + rest))
    return got


def compare_answers(options):
    """Whether the guest said of each malformed program what should be said of it."""
    expected = [f"malformed: {what}" for what, _ in read_malformed(options.file)]
    with open(os.path.join(options.folder, "answers"), encoding="utf-8") as file:
        said = file.read().splitlines()
    if said != expected:
        print("\n".join(difflib.unified_diff(expected, said, "expected", "said", lineterm="")))
    print(f"{len(said)} answers of the guest to malformed programs")
    return said == expected


def run_guest(options):
    refused = compare_answers(options)
    programs, recorded = read_corpus(options)
    got = read_guest(options)
    programs = programs[:options.n or None]
    progress = Progress(len(programs))
    for program in programs:
        expected = recorded[program.number]
        there = program.number in got
        wrong = {}
        if not there:
            wrong[program.number] = "the guest did not run it"
        elif not outputs.same(expected, got[program.number]):
            wrong[program.number] = describe(expected, got[program.number])
        progress.add(collections.Counter(map(kind, expected), programs=there), wrong)
    options.go = None
    failed = finish(options, progress, {p.number: p for p in programs}.get)
    return 1 if failed or not refused else 0


def run_print(options):
    for seed in range(options.seed, options.seed + options.n):
        print(generate(seed, depth=options.depth).text(), end="")
    return 0


def natural(text):
    if not re.fullmatch(r"\d+", text):
        raise argparse.ArgumentTypeError(f"'{text}' is not a number")
    return int(text)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("random", "file", "record", "corpus", "malformed", "split",
                                         "guest", "print"))
    parser.add_argument("--kdefer", help="interpreter over kdefer")
    parser.add_argument("--go", help="interpreter over Go")
    parser.add_argument("--seed", type=natural, default=1)
    parser.add_argument("--n", type=natural, default=0, help="number of programs")
    parser.add_argument("--depth", type=natural, default=DEPTH, help="deepest activation")
    parser.add_argument("--jobs", type=natural, default=os.cpu_count() or 1)
    parser.add_argument("--file")
    parser.add_argument("--corpus", help="the corpus, without .programs.xz and .outputs.xz")
    parser.add_argument("--folder", help="what a guest is given, or has left")
    parser.add_argument("--failures", default="failures", help="folder for programs that fail")
    parser.add_argument("--patience", type=natural, default=20,
                        help="seconds that an interpreter may stay silent")
    parser.add_argument("--shrink", type=natural, default=120,
                        help="seconds to make a program that fails smaller")
    parser.add_argument("--first", action="store_true", help="stop at the first difference")
    return parser.parse_args()


def main():
    options = arguments()
    runs = {"random": run_random, "file": run_file, "record": run_record, "corpus": run_corpus,
            "malformed": run_malformed, "split": run_split, "guest": run_guest, "print": run_print}
    return runs[options.what](options)


if __name__ == "__main__":
    sys.exit(main())
