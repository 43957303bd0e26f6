# SPDX-License-Identifier: GPL-2.0-only
"""
Mutants of a module's code: one instruction changed, in place, of a module for the stock kernel. The
classes are those of the classic studies of how systems survive the faults of their drivers.
"""

from __future__ import annotations

import dataclasses
import pathlib
import random
import re
import subprocess
from collections.abc import Iterator

SECTION = ".text"
FUNCTION = re.compile(r"^[0-9a-f]+ <(.+)>:$")
INSTRUCTION = re.compile(r"^ *([0-9a-f]+):\t((?:[0-9a-f]{2} )+) *\t(.*)$")
RELOCATION = re.compile(r"^\t+([0-9a-f]+): R_[A-Z0-9_]+?\t(\S+)$")
NOPS = {1: "90", 2: "6690", 3: "0f1f00", 4: "0f1f4000", 5: "0f1f440000", 6: "660f1f440000",
        7: "0f1f8000000000", 8: "0f1f840000000000", 9: "660f1f840000000000"}
# What the compiler makes of a test for NULL.
IF_NULL = ("je ", "jne ")


@dataclasses.dataclass(frozen=True)
class Instruction:
    """Where it is in the section, its bytes and its text; the address of a relocation in it."""
    function: str
    at: int
    code: bytes
    text: str
    relocated: bool


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
    return at + 1 if len(i.code) > at + 1 and i.code[at] in (0x89, 0x8b, 0x01, 0x29, 0x39) else None


def other_register(i: Instruction, shift: int) -> bytes | None:
    """Another register in one field of a move between two."""
    at = modrm(i)
    if at is None or i.code[at] >> 6 != 3:
        return None
    code = bytearray(i.code)
    code[at] ^= 1 << shift
    # Not the stack pointer: no mistake in a source is like that.
    return None if code[at] >> shift & 7 == 4 else bytes(code)


def source_register(i: Instruction, _: Instruction | None) -> bytes | None:
    return other_register(i, 3)


def destination_register(i: Instruction, _: Instruction | None) -> bytes | None:
    return other_register(i, 0)


def inverted_branch(i: Instruction, _: Instruction | None) -> bytes | None:
    if i.code[0] & 0xf0 == 0x70:
        return bytes([i.code[0] ^ 1]) + i.code[1:]
    if i.code[0] == 0x0f and i.code[1] & 0xf0 == 0x80:
        return bytes([0x0f, i.code[1] ^ 1]) + i.code[2:]
    return None


def dropped_test(i: Instruction, before: Instruction | None) -> bytes | None:
    """As if it were not NULL: what is done for NULL is not done, or what is not is."""
    if before is None or not before.text.startswith("test ") or not i.text.startswith(IF_NULL):
        return None
    if i.text.startswith("je "):
        return nothing(len(i.code))
    if i.code[0] == 0x75:
        return b"\xeb" + i.code[1:]
    return b"\x90\xe9" + i.code[2:] if i.code[0] == 0x0f else None


def off_by_one(i: Instruction, _: Instruction | None) -> bytes | None:
    """A bound that is compared with."""
    if not re.match(r"cmp[bwlq]? +\$0x", i.text) or i.code[-1] in (0x7f, 0xff):
        return None
    return i.code[:-1] + bytes([i.code[-1] + 1]) if len(i.code) < 5 else None


def deleted_store(i: Instruction, _: Instruction | None) -> bytes | None:
    stores = re.match(r"mov[bwlq]? +[$%].*,.*\(.*\)$", i.text) and "(%rsp)" not in i.text
    return nothing(len(i.code)) if stores and len(i.code) in NOPS else None


def wrong_pointer(i: Instruction, _: Instruction | None) -> bytes | None:
    """Another field of the struct that a load takes."""
    loads = re.match(r"mov[bwlq]? +-?0x[0-9a-f]+\(%r[^,]*\),%", i.text)
    at = modrm(i)
    if not loads or at is None or i.code[at] >> 6 != 1 or "(%rsp)" in i.text:
        return None
    return i.code[:-1] + bytes([(i.code[-1] + 8) & 0x7f])


def uninitialised(i: Instruction, _: Instruction | None) -> bytes | None:
    """A register keeps what it had."""
    sets = re.match(r"mov +\$|xor +(%\w+),\1$|mov[bwlq]? +[^,]*\(%r[^,]*\),%", i.text)
    return nothing(len(i.code)) if sets and len(i.code) in NOPS else None


def wrong_constant(i: Instruction, _: Instruction | None) -> bytes | None:
    if not re.match(r"(mov|add|sub|and|or) +\$0x", i.text) or "%rsp" in i.text:
        return None
    return i.code[:-1] + bytes([i.code[-1] ^ 1]) if len(i.code) < 5 else None


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


def instructions(module: pathlib.Path) -> list[Instruction]:
    text = subprocess.run(["objdump", "-dr", "-j", SECTION, "--insn-width=16", module], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    found: list[Instruction] = []
    function = ""
    for line in text.splitlines():
        if named := FUNCTION.match(line):
            function = named.group(1)
        elif code := INSTRUCTION.match(line):
            found.append(Instruction(function, int(code.group(1), 16),
                                     bytes.fromhex(code.group(2)), code.group(3).strip(), False))
        elif RELOCATION.match(line):
            found[-1] = dataclasses.replace(found[-1], relocated=True)
    return found


def section_offset(module: pathlib.Path) -> int:
    """Where the code is in the file."""
    text = subprocess.run(["objdump", "-h", "-j", SECTION, module], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    return int(re.search(rf"{re.escape(SECTION)} +\w+ +\w+ +\w+ +(\w+)", text).group(1), 16)


def candidates(module: pathlib.Path) -> Iterator[Mutant]:
    offset = section_offset(module)
    before: Instruction | None = None
    for i in instructions(module):
        for kind, change in KINDS.items():
            code = None if i.relocated else change(i, before)
            if code is not None and code != i.code:
                yield Mutant(kind, i.function, offset + i.at, code, i.text)
        before = i


def choose(module: pathlib.Path, number: int, seed: int) -> list[Mutant]:
    """As many of each kind as there are and as fit, by the seed alone."""
    kinds: dict[str, list[Mutant]] = {kind: [] for kind in KINDS}
    for mutant in candidates(module):
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


def without_kdefer(module: pathlib.Path) -> tuple[int, bytes]:
    """What makes the server leave its faults to the kernel, as a driver without kdefer does."""
    offset, found = section_offset(module), instructions(module)
    text = subprocess.run(["objdump", "-dr", "-j", SECTION, module], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    call = re.search(r"^ *([0-9a-f]+):.*call.*\n\t+\w+: \S+\t__kdefer_set_panic_on_fault", text,
                     re.MULTILINE)
    at = int(call.group(1), 16)
    on = [i for i in found if i.at < at and re.match(r"mov +\$0x1,%edi$", i.text)][-1]
    return offset + on.at, bytes.fromhex("bf00000000")
