# SPDX-License-Identifier: GPL-2.0-only
"""Runs interpreters over programs, and compares the outputs they write."""

import re
import subprocess
import tempfile
import time

REPORT = re.compile(r"kdefer: (?:uncaught panic|throw) in thread (\d+)/(\d+)\[\d+\]")
# A member of a group: whoever waits is told, which is compared in place of the printout.
MEMBER = re.compile(r"kdefer: uncaught panic in thread kdefer_go\[\d+\]")
GAP = re.compile(r"\t\((\d+) more panics, not kept\)")
MARK = re.compile(r" \[recovered(, repanicked)?\]$")


class Failure:
    """A program that an interpreter did not finish."""

    def __init__(self, number, what):
        self.number = number
        self.what = what


def parse_outputs(text):
    """Outputs by program, each a list of lines by task; and the program that has no end, if any."""
    outputs, tasks, current = {}, None, None
    for line in text.split("\n"):
        if line.startswith("program "):
            current, tasks = int(line[8:]), []
        elif line.startswith("task "):
            tasks.append([])
        elif line == "end" and tasks is not None:
            outputs[current], tasks, current = tasks, None, None
        elif tasks:
            tasks[-1].append(line)
    return outputs, current


def add_printouts(outputs, log):
    """
    Appends what kdefer printed of uncaught panics, and throws, to the outputs of their tasks.
    Returns what is left: of a program that did not end.
    """
    chain, rest = [], []
    for line in log.split("\n"):
        report = REPORT.match(line)
        if report:
            number, task = map(int, report.groups())
            if number in outputs:
                outputs[number][task] += ["| " + text for text in chain]
            else:
                rest += chain
            chain = []
        elif MEMBER.match(line):
            chain = []
        elif line and not line.startswith("kdefer: "):
            chain.append(line)
    return rest + chain


def printed(kmsg):
    """What the records of /dev/kmsg say, if they are emergencies, as kdefer's printouts are."""
    lines = []
    for record in kmsg.split("\n"):
        head, _, text = record.partition(";")
        level = head.split(",")[0]
        if level.isdigit() and int(level) % 8 == 0:
            lines.append(text.replace("\\x09", "\t").replace("\\x5c", "\\"))
    return "\n".join(lines)


class Interpreter:
    """One of the two sides."""

    def __init__(self, command, patience=20):
        self.command = command
        self.patience = patience

    def wait(self, process, out):
        """Returns whether the process ended; it must not stay silent for too long."""
        size, since = -1, time.monotonic()
        while True:
            try:
                process.wait(timeout=0.5)
                return True
            except subprocess.TimeoutExpired:
                pass
            if out.seek(0, 2) != size:
                size, since = out.seek(0, 2), time.monotonic()
            elif time.monotonic() - since > self.patience:
                process.kill()
                process.wait()
                return False

    def once(self, programs):
        """Runs programs in one process; returns outputs and what became of the first one left."""
        text = "".join(program.text() for program in programs)
        with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as out, \
                tempfile.TemporaryFile() as log:
            source.write(text.encode())
            source.seek(0)
            process = subprocess.Popen(self.command, stdin=source, stdout=out, stderr=log)
            ended = self.wait(process, out)
            out.seek(0)
            log.seek(0)
            outputs, _ = parse_outputs(out.read().decode(errors="replace"))
            rest = add_printouts(outputs, log.read().decode(errors="replace"))
        if ended and process.returncode == 0:
            return outputs, None
        what = f"ended with status {process.returncode}" if ended else \
            f"hangs (nothing for {self.patience} s)"
        return outputs, "\n".join([what] + rest)

    def run(self, programs, most=3):
        """
        Runs programs; returns outputs and failures. After some failures the rest is not run: each
        may take as long as the patience lasts.
        """
        outputs, failures = {}, []
        while programs and len(failures) < most:
            some, what = self.once(programs)
            outputs.update(some)
            if what is None:
                break
            left = [program for program in programs if program.number not in some]
            if not left:
                failures.append(Failure(programs[-1].number, what))
                break
            failures.append(Failure(left[0].number, what))
            programs = left[1:]
        return outputs, failures


def panics(task):
    """What was printed, by panic: the further lines of a text belong to the first."""
    found = []
    for line in task:
        if line.startswith(("| panic: ", "| \tpanic: ")) or GAP.fullmatch(line[2:]):
            found.append(line[2:])
        elif line.startswith("| "):
            found[-1:] = ["\n".join(found[-1:] + [line[2:]])]
    return found


def events(task):
    return [line for line in task if not line.startswith("| ")]


def same_panic(expected, printed, near_gap):
    if near_gap:
        return MARK.sub("", expected) == MARK.sub("", printed)
    return expected == printed


def same_panics(expected, printed, near_gap=False):
    """
    Compares printouts of which kdefer dropped some: it says how many at most, and does not know
    whether the panics next to the gap were raised again.
    """
    if not printed:
        return not expected
    gap = GAP.fullmatch(printed[0])
    if gap:
        most = min(int(gap.group(1)), len(expected))
        return any(same_panics(expected[n:], printed[1:], True) for n in range(most + 1))
    if not expected:
        return False
    near_gap = near_gap or len(printed) > 1 and GAP.fullmatch(printed[1])
    return same_panic(expected[0], printed[0], near_gap) and \
        same_panics(expected[1:], printed[1:])


def same_task(expected, got):
    if expected == got:
        return True
    if events(expected) != events(got):
        return False
    printed = panics(got)
    return any(map(GAP.fullmatch, printed)) and same_panics(panics(expected), printed)


def same(expected, got):
    """Whether two outputs of a program say the same."""
    return len(expected) == len(got) and all(map(same_task, expected, got))
