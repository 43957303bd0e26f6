#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Requests for kdefer_kv, and the answers that they must get.

usage: kv-requests.py [--seed N] [--count N] [--host HOST] REQUESTS EXPECTED

Writes both files. The answers come from the model below, which was written from the description of
the protocol in kdefer_kv/kv.h, not from the code.
"""
import argparse
import random
import re

KEY_MAX, VALUE_MAX, LINE_MAX, ENTRIES_MAX = 31, 255, 1023, 64
INVALID, TOO_LONG, NO_KEY, FULL, RANGE, ENDED = -22, -7, -2, -28, -34, -108
REASONS = {
    TOO_LONG: b"too long",
    NO_KEY: b"no such key",
    FULL: b"the store is full",
    RANGE: b"out of range",
    ENDED: b"the server has ended",
}
# What becomes of a fault of the CPU.
FAULTS = {
    "stock": {"null": b"NULL pointer", "wild": b"bad address", "div": b"division", "bug": b"BUG"},
    "kasan": {"null": b"general protection", "wild": b"bad address", "div": b"division",
              "bug": b"BUG"},
    "no-divide": {"null": b"NULL pointer", "wild": b"bad address", "bug": b"BUG"},
    "no-bug": {"null": b"NULL pointer", "wild": b"bad address"},
    "shim": {},
}
# What ends the machine, and so is not asked for.
DEADLY = {"no-bug": {"bug"}}
KEY_CHARS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"


class Refused(Exception):
    def __init__(self, err, reason=None):
        super().__init__(err)
        self.answer = b"ERR %d %s" % (err, reason or REASONS[err])


def syntax(at, reason):
    return Refused(INVALID, b"column %d: %s" % (at + 1, reason))


class Line:
    """What is left of a line: text[at:]."""

    def __init__(self, text):
        self.text = text
        self.at = 0

    def take(self, pattern):
        found = re.compile(pattern, re.DOTALL).match(self.text, self.at)
        self.at = found.end()
        return found.group()

    def word(self, missing):
        self.take(rb"[ \t]*")
        if self.at == len(self.text):
            raise syntax(self.at, missing)
        return self.take(rb"[^ \t]+")

    def end(self):
        self.take(rb"[ \t]*")
        if self.at < len(self.text):
            raise syntax(self.at, b"the line should end here")

    def limited(self, begin, word, is_good, limit, reason):
        """Whichever comes first: a bad character, or one too many."""
        for i, char in enumerate(word):
            if not is_good(char):
                raise syntax(begin + i, reason)
            if i == limit:
                raise Refused(TOO_LONG)
        return word

    def key(self):
        word = self.word(b"a key is missing")
        return self.limited(self.at - len(word), word, lambda c: c in KEY_CHARS, KEY_MAX,
                            b"bad character in a key")

    def value(self):
        word = self.word(b"a value is missing")
        self.at -= len(word)
        if word.startswith(b'"'):
            return self.quoted()
        self.limited(self.at, word, lambda c: c >= 32 and c != 127, VALUE_MAX,
                     b"bad character in a value")
        self.at += len(word)
        return word

    def quoted(self):
        value = b""
        self.at += 1
        while True:
            char = self.text[self.at:self.at + 1]
            if not char:
                raise syntax(self.at, b"a quote is not closed")
            if char == b'"':
                break
            if char[0] < 32 or char[0] == 127:
                raise syntax(self.at, b"bad character in a value")
            self.at += 1
            if char == b"\\":
                char = self.escaped()
            if len(value) == VALUE_MAX:
                raise Refused(TOO_LONG)
            value += char
        self.at += 1
        if self.text[self.at:self.at + 1] not in (b"", b" ", b"\t"):
            raise syntax(self.at, b"a blank should follow the quote")
        return value

    def escaped(self):
        char = self.text[self.at:self.at + 1]
        if not char:
            raise syntax(self.at, b"a quote is not closed")
        if char not in (b'"', b"\\"):
            raise syntax(self.at, b"unknown escape")
        self.at += 1
        return char


class Fault(Refused):
    def __init__(self, kind):
        super().__init__(-14, kind)
        self.answer = b"ERR fault " + kind


class Model:
    def __init__(self, host):
        self.faults = FAULTS[host]
        self.store = {}
        self.ended = False

    def answer(self, text):
        try:
            return self.request(text)
        except Refused as refused:
            return refused.answer

    def request(self, text):
        if self.ended:
            raise Refused(ENDED)
        if len(text) > LINE_MAX:
            raise Refused(TOO_LONG)
        result = self.command(Line(text), "do_")
        return b"OK" if result is None else b"OK " + result

    def command(self, line, prefix):
        name = line.word(b"a request is missing")
        run = getattr(self, prefix + name.decode("latin-1"), None)
        if not run:
            raise syntax(line.at - len(name), b"unknown request")
        return run(line)

    def do_set(self, line):
        key, value = line.key(), line.value()
        line.end()
        if key not in self.store and len(self.store) == ENTRIES_MAX:
            raise Refused(FULL)
        self.store[key] = value

    def lookup(self, line):
        key = line.key()
        line.end()
        if key not in self.store:
            raise Refused(NO_KEY)
        return key

    def do_get(self, line):
        return self.store[self.lookup(line)]

    def do_del(self, line):
        del self.store[self.lookup(line)]

    def do_list(self, line):
        line.end()
        return b" ".join(sorted(self.store)) if self.store else None

    def do_count(self, line):
        line.end()
        return b"entries %d requests 0 buffers 0 locks 0" % len(self.store)

    def do_quit(self, line):
        line.take(rb"[ \t]*")
        if line.at < len(line.text):
            self.check_code(line)
        self.ended = True

    def check_code(self, line):
        code = line.value()
        line.end()
        if not re.fullmatch(rb"[+-]?[0-9]+", code):
            raise syntax(line.at, b"a code should be a number")
        if not -2**31 <= int(code) < 2**31:
            raise Refused(RANGE)

    def do_crash(self, line):
        return self.command(line, "crash_")

    def crash_message(self, line):
        line.end()
        raise Refused(-131, b"told to crash in %d bytes" % len(line.text))

    def crash_nil(self, line):
        line.end()
        raise Fault(b"NULL pointer")

    def cpu_fault(self, line, name):
        line.end()
        if name not in self.faults:
            raise Refused(-95, b"not supported")
        raise Fault(self.faults[name])

    def crash_null(self, line):
        self.cpu_fault(line, "null")

    def crash_wild(self, line):
        self.cpu_fault(line, "wild")

    def crash_div(self, line):
        self.cpu_fault(line, "div")

    def crash_bug(self, line):
        self.cpu_fault(line, "bug")

    def crash_uncaught(self, line):
        line.end()
        return b"worker panicked -5"


class Generator:
    def __init__(self, seed, deadly):
        self.random = random.Random(seed)
        self.deadly = deadly

    def key(self):
        return b"key%d" % self.random.randrange(20)

    def value(self):
        return self.random.choice((
            b"%d" % self.random.randrange(10**6),
            b"plain",
            b"",
            b"two words",
            b'with "quotes"',
            b"back\\slash",
            "größer".encode(),
            b"x" * self.random.randrange(VALUE_MAX - 5, VALUE_MAX + 1),
        ))

    def written(self, value):
        if value and not re.search(rb'[ \t"]', value) and self.random.random() < 0.7:
            return value
        return b'"%s"' % re.sub(rb'(["\\])', rb"\\\1", value)

    def good(self):
        blank = self.random.choice((b" ", b" ", b" ", b"  ", b"\t"))
        words = self.random.choice((
            (b"set", self.key(), self.written(self.value())),
            (b"set", self.key(), self.written(self.value())),
            (b"get", self.key()),
            (b"get", self.key()),
            (b"del", self.key()),
            (b"list",),
            (b"count",),
            (b"crash", b"message"),
            (b"crash", b"nil"),
        ))
        return blank.join(words)

    def bad(self):
        return self.random.choice((
            b"",
            b" \t ",
            b"Set a b",
            b"sett a b",
            b"s",
            b"set",
            b"set a",
            b"set a b c",
            b"set ke/y b",
            b"set \xc3\xa9 b",
            b"set a" + b"b" * KEY_MAX + b" c",
            b"set a" + b"b" * KEY_MAX + b"! c",
            b"set a" + b"b" * (KEY_MAX - 1) + b"! c",
            b'set a "open',
            b'set a "open\\',
            b'set a "bad \\n escape"',
            b'set a "closed"b',
            b"set a bell\x07",
            b'set a "tab\there"',
            b"set a " + b"v" * (VALUE_MAX + 1),
            b'set a "' + b"v" * VALUE_MAX + b'\\""',
            b"get",
            b"get a b",
            b"get nothing_like_it",
            b"del",
            b"del nothing_like_it",
            b"del a\x7f",
            b"list all",
            b"count 1",
            b"quit now",
            b"quit 1 2",
            b"quit 99999999999",
            b"quit -",
            b'quit "1 2"',
            b"quit " + b"1" * (VALUE_MAX + 1),
            b"crash",
            b"crash softly",
            b"crash null and void",
            b"crash nil and void",
            b"get " + b"a" * (LINE_MAX - 3),
            b"get a" + b" " * (LINE_MAX - 4),
            b"x" * self.random.randrange(LINE_MAX + 1, 4 * LINE_MAX),
        ))

    def faults(self):
        """Few: the kernel prints some dozens of lines for a page fault."""
        for kind in ("null", "wild", "div", "bug"):
            if kind not in self.deadly:
                yield b"crash " + kind.encode()
                yield b"count"

    def fill(self):
        """As many entries as there may be, and some more; then what changes no number."""
        for i in range(ENTRIES_MAX + 6):
            yield b"set full%02d %d" % (i, i)
        yield b"count"
        yield b"set full00 again"
        yield b"get full00"
        yield b"list"
        for i in range(ENTRIES_MAX + 6):
            yield b"del full%02d" % i

    def requests(self, count):
        yield b"set name kdefer"
        yield b'set motto "releases right behind acquires"'
        yield b"get name"
        yield b"get nobody"
        yield b'set motto "never closed'
        yield b"set bad!key 1"
        yield b"get motto"
        yield b"crash message"
        yield b"list"
        yield b"count"
        for i in range(count):
            yield self.bad() if self.random.random() < 0.4 else self.good()
            if i % 100 == 99:
                yield b"crash uncaught"
                yield b"count"
                yield from self.faults()
        yield from self.fill()
        yield b"get " + b"a" * (LINE_MAX - 4)
        yield b"get a" + b" " * (LINE_MAX - 5)
        yield b"list"
        yield b"count"
        yield b"quit 7"
        yield b"get name"
        yield b"quit 8"
        yield b"count"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1, help="another one, other requests (1)")
    parser.add_argument("--count", type=int, default=400, help="how many random requests (400)")
    parser.add_argument("--host", choices=FAULTS, default="stock",
                        help="who answers: the stock kernel, one with KASAN, or the shim (stock)")
    parser.add_argument("requests")
    parser.add_argument("expected")
    args = parser.parse_args()

    model = Model(args.host)
    with open(args.requests, "wb") as requests, open(args.expected, "wb") as expected:
        for text in Generator(args.seed, DEADLY.get(args.host, ())).requests(args.count):
            requests.write(text + b"\n")
            expected.write(model.answer(text) + b"\n")


main()
