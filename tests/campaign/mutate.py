# SPDX-License-Identifier: GPL-2.0-only
"""
Mutants of a module's code: one instruction changed, in place, of a module for the stock kernel. The
classes are those of the classic studies of how systems survive the faults of their drivers.
"""

from __future__ import annotations

import dataclasses
import functools
import pathlib
import random
import re
import subprocess
from collections.abc import Iterable, Iterator

SECTION = ".text"
FUNCTION = re.compile(r"^[0-9a-f]+ <(.+)>:$")
INSTRUCTION = re.compile(r"^ *([0-9a-f]+):\t((?:[0-9a-f]{2} )+) *\t(.*)$")
SOURCE = re.compile(r"^(/.*):([0-9]+)(?: \(discriminator [0-9]+\))?$")
RELOCATION = re.compile(r"^\t+([0-9a-f]+): R_[A-Z0-9_]+?\t(\S+)$")
NOPS = {1: "90", 2: "6690", 3: "0f1f00", 4: "0f1f4000", 5: "0f1f440000", 6: "660f1f440000",
        7: "0f1f8000000000", 8: "0f1f840000000000", 9: "660f1f840000000000"}
# mov both ways, lea, add, sub and cmp.
WITH_REGISTERS = (0x89, 0x8b, 0x8d, 0x01, 0x29, 0x39)
# What protects the stack.
CANARY = "%gs:0x28"
# What the compiler makes of a test for NULL.
IF_NULL = ("je ", "jne ")


@dataclasses.dataclass(frozen=True)
class Instruction:
    """Where it is in the section, its bytes and its text; whether a relocation changes it, and
    whether it does not come from the driver's source."""
    function: str
    at: int
    code: bytes
    text: str
    relocated: bool
    foreign: bool


@dataclasses.dataclass(frozen=True)
class Mutant:
    """Bytes to be written over those at an offset of the file."""
    kind: str
    function: str
    offset: int
    code: bytes
    was: str


def nothing(size: int) -> bytes:
    return bytes.fromhex(NOPS[size])


def modrm(i: Instruction) -> int | None:
    """Where the ModRM byte is, of an instruction that moves or computes between registers."""
    at = 1 if i.code[0] & 0xf0 == 0x40 else 0
    return at + 1 if len(i.code) > at + 1 and i.code[at] in WITH_REGISTERS else None


def other_registers(i: Instruction, shift: int) -> Iterator[bytes]:
    """Other registers in one field of a move between two."""
    at = modrm(i)
    if at is None or i.code[at] >> 6 != 3:
        return
    for bit in (1, 2, 4):
        code = bytearray(i.code)
        code[at] ^= bit << shift
        # Not the stack pointer: no mistake in a source is like that.
        if code[at] >> shift & 7 != 4:
            yield bytes(code)


def source_register(i: Instruction, _: Instruction | None) -> Iterator[bytes]:
    yield from other_registers(i, 3)


def destination_register(i: Instruction, _: Instruction | None) -> Iterator[bytes]:
    yield from other_registers(i, 0)


def inverted_branch(i: Instruction, _: Instruction | None) -> Iterator[bytes]:
    if i.code[0] & 0xf0 == 0x70:
        yield bytes([i.code[0] ^ 1]) + i.code[1:]
    if i.code[0] == 0x0f and i.code[1] & 0xf0 == 0x80:
        yield bytes([0x0f, i.code[1] ^ 1]) + i.code[2:]


def dropped_test(i: Instruction, before: Instruction | None) -> Iterator[bytes]:
    """As if it were not NULL: what is done for NULL is not done, or what is not is."""
    if before is None or not before.text.startswith("test ") or not i.text.startswith(IF_NULL):
        return
    if i.text.startswith("je "):
        yield nothing(len(i.code))
    elif i.code[0] == 0x75:
        yield b"\xeb" + i.code[1:]
    elif i.code[0] == 0x0f:
        yield b"\x90\xe9" + i.code[2:]


def off_by_one(i: Instruction, _: Instruction | None) -> Iterator[bytes]:
    """A bound that is compared with."""
    if re.match(r"cmp[bwlq]? +\$0x", i.text) and len(i.code) < 5:
        yield from (i.code[:-1] + bytes([i.code[-1] + by]) for by in (-1, 1)
                    if 0 <= i.code[-1] + by <= 0xff)


def deleted_store(i: Instruction, _: Instruction | None) -> Iterator[bytes]:
    stores = re.match(r"mov[bwlq]? +[$%].*,.*\(.*\)$", i.text) and "(%rsp)" not in i.text
    if stores and len(i.code) in NOPS:
        yield nothing(len(i.code))


def wrong_pointer(i: Instruction, _: Instruction | None) -> Iterator[bytes]:
    """Another field of the struct that a load takes, or whose address is taken."""
    loads = re.match(r"(mov[bwlq]?|lea) +-?0x[0-9a-f]+\(%r[^,]*\),%", i.text)
    at = modrm(i)
    if loads and at is not None and i.code[at] >> 6 == 1 and "(%rsp)" not in i.text:
        yield from (i.code[:-1] + bytes([i.code[-1] + by & 0xff]) for by in (-8, 8))


def uninitialised(i: Instruction, _: Instruction | None) -> Iterator[bytes]:
    """A register keeps what it had."""
    sets = re.match(r"mov +\$|xor +(%\w+),\1$|mov[bwlq]? +[^,]*\(%r[^,]*\),%", i.text)
    if sets and len(i.code) in NOPS:
        yield nothing(len(i.code))


def wrong_constant(i: Instruction, _: Instruction | None) -> Iterator[bytes]:
    """One bit of it. A mov to a register has four bytes of it, the lowest first."""
    if not re.match(r"(mov|add|sub|and|or) +\$0x", i.text) or "%rsp" in i.text:
        return
    code, to_register = i.code, len(i.code) == 5 and i.code[0] & 0xf8 == 0xb8
    if to_register or len(code) < 5:
        at = 1 if to_register else len(code) - 1
        yield from (code[:at] + bytes([code[at] ^ bit]) + code[at + 1:] for bit in (1, 2, 4))


KINDS = {
    "source register": source_register,
    "destination register": destination_register,
    "inverted branch": inverted_branch,
    "dropped NULL test": dropped_test,
    "off by one": off_by_one,
    "deleted store": deleted_store,
    "wrong pointer": wrong_pointer,
    "uninitialised variable": uninitialised,
    "wrong constant": wrong_constant,
}


@functools.cache
def defines_function(source: str, line: int) -> bool:
    """Whether a line defines a KDEFER function: code of that line is kdefer's."""
    try:
        text = pathlib.Path(source).read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    return "KDEFER_DEFINE" in text[line - 1]


def is_foreign(function: str, source: str, line: int, text: str, before: str) -> bool:
    """Whether a mistake in the driver's source cannot be there: the code was made by kdefer's
    headers, by those that count what a converted driver holds, or to protect the stack."""
    return "include/kdefer/" in source or function.endswith(".landing") or "/inject/" in source \
        or CANARY in text + before or defines_function(source, line)


def instructions(module: pathlib.Path) -> list[Instruction]:
    """Those that come from the driver's source. The module has its line numbers."""
    text = subprocess.run(["objdump", "-drl", "-j", SECTION, "--insn-width=16", module], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    found: list[Instruction] = []
    function = source = before = ""
    number = 0
    for line in text.splitlines():
        if named := FUNCTION.match(line):
            function = named.group(1)
        elif where := SOURCE.match(line):
            source, number = where.group(1), int(where.group(2))
        elif code := INSTRUCTION.match(line):
            words = code.group(3).strip()
            if CANARY in words and found:
                # What it is compared with was loaded before.
                found[-1] = dataclasses.replace(found[-1], foreign=True)
            found.append(Instruction(function, int(code.group(1), 16),
                                     bytes.fromhex(code.group(2)), words, relocated=False,
                                     foreign=is_foreign(function, source, number, words, before)))
            before = words
        elif RELOCATION.match(line):
            found[-1] = dataclasses.replace(found[-1], relocated=True)
    return found


def section_offset(module: pathlib.Path) -> int:
    """Where the code is in the file."""
    text = subprocess.run(["objdump", "-h", "-j", SECTION, module], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    return int(re.search(rf"{re.escape(SECTION)} +\w+ +\w+ +\w+ +(\w+)", text).group(1), 16)


def candidates(module: pathlib.Path, stripped: pathlib.Path) -> Iterator[Mutant]:
    offset = section_offset(stripped)
    before: Instruction | None = None
    for i in instructions(module):
        for kind, change in KINDS.items():
            if not i.relocated and not i.foreign:
                yield from (Mutant(kind, i.function, offset + i.at, code, i.text)
                            for code in change(i, before))
        before = i


def choose(module: pathlib.Path, stripped: pathlib.Path, number: int, seed: int) -> list[Mutant]:
    """As many of each kind as there are and as fit, by the seed alone. They are made of
    the module with its line numbers, for the stripped one."""
    kinds: dict[str, list[Mutant]] = {kind: [] for kind in KINDS}
    for mutant in candidates(module, stripped):
        kinds[mutant.kind].append(mutant)
    rng = random.Random(seed)
    for mutants in kinds.values():
        rng.shuffle(mutants)
    chosen: list[Mutant] = []
    while len(chosen) < number and any(kinds.values()):
        for mutants in kinds.values():
            if mutants and len(chosen) < number:
                chosen.append(mutants.pop())
    return chosen


def apply(module: pathlib.Path, mutants: Iterable[Mutant]) -> None:
    code = bytearray(module.read_bytes())
    for m in mutants:
        code[m.offset:m.offset + len(m.code)] = m.code
    module.write_bytes(code)


def without_kdefer(module: pathlib.Path, stripped: pathlib.Path) -> Iterator[Mutant]:
    """What makes a driver leave its faults to the kernel, as one without kdefer does."""
    offset, found = section_offset(stripped), instructions(module)
    text = subprocess.run(["objdump", "-dr", "-j", SECTION, module], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    for call in re.finditer(r"^ *([0-9a-f]+):.*call.*\n\t+\w+: \S+\t__kdefer_set_panic_on_fault",
                            text, re.MULTILINE):
        at = int(call.group(1), 16)
        on = [i for i in found if i.at < at and re.match(r"mov +\$0x1,%edi$", i.text)][-1]
        yield Mutant("", on.function, offset + on.at, bytes.fromhex("bf00000000"), on.text)
