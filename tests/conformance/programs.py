# SPDX-License-Identifier: GPL-2.0-only
"""Random programs over defer, panic, recover and goexit, in the form that FORMAT describes."""

import random

BLOCKS = ("loop", "if", "got")
CALLS = ("call", "defer", "deferframe", "blind", "blindframe", "blindtyped", "run", "rerun",
         "group", "go")
# What the deepest stack needs must fit into a kernel's stack of 16 KiB.
DEPTH = 18

LEAF_WEIGHTS = {
    "say": 5, "nil": 1, "deferrecover": 2, "panic": 9, "again": 2, "keep": 2, "raise": 2,
    "recover": 11, "helper": 1, "closure": 1, "old": 3, "goexit": 1.5, "set": 3,
    "setparent": 3, "return": 3, "yield": 1, "block": 9, "pattern": 8,
}
CALL_WEIGHTS = {
    "call": 18, "defer": 18, "deferframe": 4, "blind": 4, "blindframe": 1, "blindtyped": 1,
    "run": 1, "rerun": 1, "group": 2, "go": 2, "loopdefer": 5,
}
ENDS = ("panic", "again", "raise", "goexit", "return")


class Op:
    """One instruction; a block has a body."""

    def __init__(self, word, *args, body=None):
        self.word = word
        self.args = list(args)
        self.body = body

    def copy(self):
        body = None if self.body is None else [op.copy() for op in self.body]
        return Op(self.word, *self.args, body=body)

    def words(self):
        yield self.word
        yield from map(str, self.args)
        if self.body is not None:
            for op in self.body:
                yield from op.words()
            yield "end"


class Program:
    """A program; functions are lists of instructions."""

    def __init__(self, number, depth, fuel, tasks, functions):
        self.number = number
        self.depth = depth
        self.fuel = fuel
        self.tasks = tasks
        self.functions = functions

    def copy(self):
        functions = [[op.copy() for op in function] for function in self.functions]
        return Program(self.number, self.depth, self.fuel, list(self.tasks), functions)

    def text(self):
        lines = [f"program {self.number} depth {self.depth} fuel {self.fuel}"]
        lines += [f"task {main}" for main in self.tasks]
        for function in self.functions:
            lines.append(" ".join(["func"] + [w for op in function for w in op.words()]))
        return "\n".join(lines) + "\n"


ARITY = {
    "say": 1, "nil": 1, "deferrecover": 0, "panic": 2, "again": 0, "keep": 1, "raise": 1,
    "recover": 0, "helper": 0, "closure": 0, "old": 0, "goexit": 1, "set": 1, "setparent": 1,
    "return": 1, "yield": 0, "loop": 1, "if": 2, "got": 0, **{word: 1 for word in CALLS},
}


def parse_ops(words, inner=False):
    """Takes instructions off the front of words, up to the end of the block."""
    ops = []
    while words:
        word = words.pop(0)
        if word == "end" and inner:
            return ops
        args = [words.pop(0) for _ in range(ARITY[word])]
        args = [arg if arg.isalpha() else int(arg) for arg in args]
        body = parse_ops(words, True) if word in BLOCKS else None
        ops.append(Op(word, *args, body=body))
    if inner:
        raise ValueError("a block without 'end'")
    return ops


def parse(text):
    """Reads programs that the interpreters accept; says less than they do of others."""
    programs = []
    for line in text.splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "program":
            programs.append(Program(int(words[1]), int(words[3]), int(words[5]), [], []))
        elif words[0] == "task":
            programs[-1].tasks.append(int(words[1]))
        else:
            programs[-1].functions.append(parse_ops(words[1:]))
    return programs


class Generator:
    """Makes one program from a seed."""

    def __init__(self, seed, depth):
        self.rng = random.Random(seed)
        self.depth = depth
        self.number = 0
        style = self.rng.choice(("small", "tree", "chain", "tangle", "tangle"))
        self.nr = self.rng.randint(2, 5) if style == "small" else self.rng.randint(4, 14)
        self.chain = style == "chain"
        self.longest = 4 if style == "small" else 7
        self.tangled = style == "tangle"

    def fresh(self):
        self.number += 1
        return self.number

    def callee(self, function):
        """A later function, so that calls end; near ones make deep trees."""
        first, last = function + 1, self.nr - 1
        if self.rng.random() < 0.15:
            return last
        if self.rng.random() < 0.5:
            return self.rng.randint(first, min(last, first + 2))
        return self.rng.randint(first, last)

    def value(self):
        kind = self.rng.choices("emlpn", (3, 6, 1, 6, 1))[0]
        if kind == "e":
            # The last two have no name, and differ from all others.
            return kind, self.rng.choice((-1, -5, -12, -22, -1000, -1000 - self.fresh()))
        return kind, self.fresh()

    def pattern(self, function):
        """Combinations that random draws seldom make."""
        choice = self.rng.randrange(5)
        if choice == 0:
            return [Op("recover"), Op("got", body=[Op("again")])]
        if choice == 1:
            return [Op("recover"), Op("got", body=[Op("panic", *self.value())])]
        if choice == 2:
            return [Op("recover"), Op("recover")]
        if choice == 3 and function + 1 < self.nr:
            return [Op("defer", self.callee(function)), Op("panic", *self.value())]
        return [Op("recover"), Op("keep", self.rng.randrange(4))]

    def block(self, function, nesting):
        body = self.ops(function, self.rng.randint(1, 3), nesting + 1)
        word = self.rng.choice(("loop", "if", "if", "got"))
        if word == "loop":
            return Op("loop", self.rng.randint(2, 5), body=body)
        if word == "if":
            modulus = self.rng.randint(2, 4)
            return Op("if", modulus, self.rng.randrange(modulus), body=body)
        return Op("got", body=body)

    def op(self, function, nesting):
        """One instruction or a few."""
        weights = dict(LEAF_WEIGHTS)
        if function + 1 < self.nr:
            weights.update(CALL_WEIGHTS)
        if self.tangled:
            weights["panic"] *= 2
            weights["again"] *= 2
            weights["recover"] /= 2
        word = self.rng.choices(list(weights), list(weights.values()))[0]
        if word == "block":
            return [self.block(function, nesting)] if nesting < 3 else [Op("say", self.fresh())]
        if word == "pattern":
            return self.pattern(function)
        if word == "loopdefer":
            count = self.rng.choice((2, 3, 5, 8, 12))
            return [Op("loop", count, body=[Op("defer", self.callee(function))])]
        if word == "panic":
            return [Op(word, *self.value())]
        if word in CALLS:
            return [Op(word, self.callee(function))]
        if word in ("keep", "raise"):
            return [Op(word, self.rng.randrange(4))]
        if word == "nil":
            return [Op(word, self.rng.randrange(3))]
        return [Op(word, self.fresh())] if ARITY[word] else [Op(word)]

    def ops(self, function, nr, nesting=0):
        ops = []
        for i in range(nr):
            some = self.op(function, nesting)
            # What ends a function may stand in its middle when it depends on something.
            if some[-1].word in ENDS and i < nr - 1 and self.rng.random() < 0.8:
                modulus = self.rng.randint(2, 4)
                some = [Op("if", modulus, self.rng.randrange(modulus), body=some)]
            ops += some
        return ops

    def function(self, number):
        ops = self.ops(number, self.rng.randint(1, self.longest))
        if self.chain and number + 1 < min(self.nr, 12):
            at = self.rng.randint(0, len(ops))
            ops.insert(at, Op("call", number + 1))
        return ops

    def catch(self, functions):
        """Without help most panics would end the task. The last function recovers."""
        functions[-1].insert(0, Op("recover"))
        for number, function in enumerate(functions[:-1]):
            if self.rng.random() < (0.2 if number else 0.8):
                function.insert(0, Op(self.rng.choice(("defer", "deferframe")), self.nr - 1))

    def tasks(self):
        nr = self.rng.choices((1, 2, 3, 4), (80, 10, 6, 4))[0]
        return [0] + [self.rng.randrange(self.nr) for _ in range(nr - 1)]

    def program(self, number):
        functions = [self.function(i) for i in range(self.nr)]
        if self.rng.random() < 0.9:
            self.catch(functions)
        fuel = self.rng.choice((60, 120, 250, 400))
        return Program(number, self.depth, fuel, self.tasks(), functions)


def generate(seed, number=None, depth=DEPTH):
    """The program of a seed."""
    return Generator(seed, depth).program(seed if number is None else number)
