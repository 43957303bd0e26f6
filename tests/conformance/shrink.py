# SPDX-License-Identifier: GPL-2.0-only
"""Makes a program that fails as small as it goes while it still fails."""

import time

from programs import CALLS, Program


def bodies(program):
    """Every list of instructions, outer ones first."""
    waiting = list(program.functions)
    while waiting:
        ops = waiting.pop(0)
        yield ops
        waiting += [op.body for op in ops if op.body is not None]


def all_ops(program):
    return [op for ops in bodies(program) for op in ops]


def changed(program, change):
    """A copy of the program with a change made to it."""
    copy = program.copy()
    change(copy)
    return copy


def without_unused(program):
    """Drops functions that nothing calls, and numbers the others anew."""
    used, waiting = set(), list(program.tasks)
    while waiting:
        number = waiting.pop()
        if number in used:
            continue
        used.add(number)
        part = Program(0, 0, 0, [], [program.functions[number]])
        waiting += [op.args[0] for op in all_ops(part) if op.word in CALLS]
    names = {old: new for new, old in enumerate(sorted(used))}
    copy = program.copy()
    copy.functions = [copy.functions[old] for old in sorted(used)]
    copy.tasks = [names[main] for main in copy.tasks]
    for op in all_ops(copy):
        if op.word in CALLS:
            op.args[0] = names[op.args[0]]
    return copy


def fewer_tasks(program):
    if len(program.tasks) == 1:
        return
    for main in program.tasks:
        yield changed(program, lambda copy, main=main: copy.tasks.__setitem__(slice(None), [main]))


def emptier_functions(program):
    for number, function in enumerate(program.functions):
        if function:
            yield changed(program, lambda copy, n=number: copy.functions[n].clear())


def fewer_ops(program):
    for at, ops in enumerate(bodies(program)):
        for i in range(len(ops)):
            yield changed(program, lambda copy, at=at, i=i: list(bodies(copy))[at].pop(i))


def unwrapped_blocks(program):
    for at, ops in enumerate(bodies(program)):
        for i, op in enumerate(ops):
            if op.body is None:
                continue
            def unwrap(copy, at=at, i=i):
                inner = list(bodies(copy))[at]
                inner[i:i + 1] = inner[i].body
            yield changed(program, unwrap)


def simpler_ops(program):
    plain = {"deferframe": "defer", "blindframe": "blind", "blindtyped": "blind"}
    for i, op in enumerate(all_ops(program)):
        if op.word in plain:
            yield changed(program, lambda copy, i=i, op=op:
                          setattr(all_ops(copy)[i], "word", plain[op.word]))
        if op.word == "loop" and op.args[0] > 1:
            for fewer in (1, op.args[0] // 2, op.args[0] - 1):
                yield changed(program, lambda copy, i=i, fewer=fewer:
                              all_ops(copy)[i].args.__setitem__(0, fewer))
        if op.word == "panic" and op.args[0] != "m":
            yield changed(program, lambda copy, i=i: all_ops(copy)[i].args.__setitem__(0, "m"))


def smaller(program):
    """Programs that are a little smaller, the much smaller ones first."""
    for step in (fewer_tasks, emptier_functions, fewer_ops, unwrapped_blocks, simpler_ops):
        yield from step(program)


def size(program):
    return len(program.text())


def shrink(program, first_failing, log, seconds=120):
    """
    first_failing(programs) returns one that fails, or None. Programs that hang take their time:
    what is smallest after so many seconds has to do.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        candidates = []
        for number, candidate in enumerate(smaller(program)):
            candidate = without_unused(candidate)
            candidate.number = number
            candidates.append(candidate)
        found = first_failing(candidates)
        if found is None:
            return program
        program = found
        log(f"shrunk to {len(all_ops(program))} instructions")
    log(f"stopped shrinking after {seconds} s")
    return program
