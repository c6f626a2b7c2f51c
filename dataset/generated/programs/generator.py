"""Draws programs whose words can be told apart by where and how often they stand."""

from __future__ import annotations

from bisect import bisect
from itertools import accumulate
from typing import Any

from leibnet import randomness
from leibnet.arguments import randomGenerator, refusal, wholeNumber

import numpy as np

from dataset.generated.programs.infix import Brace, Word
from dataset.generated.programs.stack import Stack
from dataset.generated.programs.syntax import (
    VARIABLES,
    Assignment,
    Block,
    Comparison,
    Expression,
    If,
    Number,
    Operation,
    Program,
    ProgramError,
    Repeat,
    Statement,
    Variable,
)

OWNER = "drawPrograms"
LONGEST = 45  # tokens, in each of the three languages
BOUND = 20  # inputs are whole numbers from -BOUND to BOUND
PROBES = [
    dict(zip(VARIABLES, values, strict=True))
    for values in np.random.default_rng(2020).integers(-BOUND, BOUND + 1, (16, len(VARIABLES))).tolist()
]
TRIES = 1000  # draws in a row that give nothing new, before it is said that there is nothing more

INPUTS, OTHERS = {"c": 0.35, "b": 0.55, "a": 0.75}, VARIABLES[3:]
STATEMENTS = {"assignment": 0.55, "if": 0.28, "repeat": 0.17}
OPERATIONS = {"add": 0.36, "subtract": 0.24, "multiply": 0.2, "remainder": 0.12, "divide": 0.08}
COMPARISONS = {"greater": 0.45, "less": 0.3, "equal": 0.25}
IN_LOOPS = {"add": 0.5, "subtract": 0.3, "multiply": 0.2}
SMALL = {1: 0.3, 2: 0.2, 3: 0.15, 4: 0.1, 5: 0.08, 6: 0.06, 7: 0.05, 8: 0.03, 9: 0.03}
FACTORS = {2: 0.3, 3: 0.25, 4: 0.1, 5: 0.15, 6: 0.05, 7: 0.05, 8: 0.05, 9: 0.05}
DIVISORS = {2: 0.6, 3: 0.25, 4: 0.15}
MODULI = {2: 0.2, 3: 0.2, 5: 0.25, 7: 0.2, 9: 0.15}
ABOVE = {0: 0.5, 1: 0.15, 2: 0.15, 3: 0.1, 4: 0.1}
BELOW = {9: 0.25, 8: 0.2, 7: 0.2, 6: 0.15, 5: 0.2}
TURNS = {2: 0.3, 3: 0.35, 4: 0.2, 5: 0.15}


def drawPrograms(number: int, statements: int = 3, rng: np.random.Generator | int | None = None) -> list[Program]:
    """Draws programs that all mean something else: any two of them give different results for some inputs.

    A program is 1 to `statements` statements, as likely each, and the expression that it gives: assignments,
    conditions (with a second block in one of three), loops of 2 to 5 turns. Inputs are some of a, b, c, and of x, y, z
    where a condition may leave them unassigned; every program ends, and none is longer than 45 tokens in any of the
    languages. No statement can be left out without another result, and the result depends on the inputs.

    How often a word stands, and beside which others, is another for each: more is added than subtracted, more
    subtracted than multiplied, often from a numeral; divisors are small numerals, moduli others; a value is greater
    than a small numeral, less than a large one, and what is equal to a numeral is a remainder; a is read more often
    than b, b than c. It has to be so where a translator learns from programs of two languages without pairs: if two
    words could change places in all programs and leave the distribution as it was, no unpaired text would tell which
    of the other language's words means which.

    Parameters
    ----------
    number : of programs.
    statements : how many a program has at most; those inside others are not counted.
    rng : a generator or seed; default the library's own for data.

    Raises
    ------
    ValueError : more programs than there are, found when 1,000 draws in a row give nothing new.

    Example
    -------
    >>> program = drawPrograms(1, statements=1, rng=0)[0]
    >>> program.inputs, program.run({"a": 5, "b": 3})
    (('a', 'b'), 4)
    """
    number, statements = wholeNumber(OWNER, "number", number), wholeNumber(OWNER, "statements", statements)
    given = randomGenerator(OWNER, rng)
    generator = randomness.data.generator if given is None else given
    languages = (Brace(), Word(), Stack())
    found: dict[tuple[int, ...], Program] = {}
    tries = 0
    while len(found) < number:
        program = Author(generator).program(statements)
        meaning = meaningOf(program)
        if meaning is None or meaning in found or any(len(one.write(program)) > LONGEST for one in languages):
            tries += 1
            if tries == TRIES:
                remedy = "ask for fewer, or for more statements"
                expected = f"at most about {len(found):,}, the programs of {statements} statements that there are"
                raise ValueError(refusal(OWNER, "number", expected, number, remedy))
            continue
        found[meaning], tries = program, 0
    return [*found.values()]


def meaningOf(program: Program) -> tuple[int, ...] | None:
    """The results for 16 sets of inputs, by which programs are told apart.

    None for a program that cannot go on, always gives the same, or gives the same without one of its statements.
    """
    try:
        meaning = tuple(map(program.run, PROBES))
    except ProgramError:
        return None
    if len(set(meaning)) == 1:
        return None
    for place in range(len(program.block)):
        fewer = Program(program.block[:place] + program.block[place + 1 :], program.output)
        try:
            if all(fewer.run(probe) == result for probe, result in zip(PROBES, meaning, strict=True)):
                return None
        except ProgramError:  # it matters, if only so that values stay small
            continue
    return meaning


class Author:
    """Draws one program; knows the variables that can be read so far, the last one that was assigned at the end."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._known = [name for name, chance in INPUTS.items() if self._happens(chance)] or ["a"]

    def program(self, statements: int) -> Program:
        """A program of 1 to so many statements."""
        block = tuple(self._statement() for _ in range(1 + self._below(statements)))
        output = self._operation() if self._happens(0.2) else Variable(self._known[-1])
        return Program(block, output)

    def _statement(self) -> Statement:
        kind = self._drawn(STATEMENTS)
        if kind == "if":
            condition = self._condition()
            name = self._name()
            otherwise: Block = (self._assignment(name),) if self._happens(0.33) else ()
            return self._assigned(name, If(condition, (self._assignment(name),), otherwise))
        if kind == "repeat":
            name = self._name()
            word = self._drawn(IN_LOOPS)
            by = Number(self._drawn(DIVISORS)) if word == "multiply" else self._small()
            by = Number(self._drawn(SMALL)) if word == "subtract" and by == Variable(name) else by
            turn = Assignment(name, Operation(word, Variable(name), by))
            return self._assigned(name, Repeat(self._drawn(TURNS), (turn,)))
        fresh = [name for name in OTHERS if name not in self._known]
        name = fresh[0] if fresh and self._happens(0.75) else self._name()
        return self._assigned(name, self._assignment(name))

    def _assigned(self, name: str, statement: Statement) -> Statement:
        self._known = [one for one in self._known if one != name] + [name]
        return statement

    def _assignment(self, name: str) -> Assignment:
        draw = self._rng.random()
        if draw < 0.1:
            return Assignment(name, Number(self._drawn(SMALL)))
        return Assignment(name, self._variable() if draw < 0.2 else self._operation())

    def _operation(self, depth: int = 1) -> Operation:
        word = self._drawn(OPERATIONS)
        left = self._operand(depth, 0.17)
        if word == "divide":
            return Operation(word, left, Number(self._drawn(DIVISORS)))
        if word == "remainder":
            return Operation(word, left, Number(self._drawn(MODULI)))
        if word == "multiply":
            return Operation(word, left, Number(self._drawn(FACTORS)) if self._happens(0.6) else self._variable())
        if word == "subtract" and self._happens(0.4):
            return Operation(word, Number(self._drawn(SMALL)), left)
        right = self._operand(depth, 0.1) if self._happens(0.5) else self._small()
        return Operation(word, left, Number(self._drawn(SMALL)) if word == "subtract" and right == left else right)

    def _operand(self, depth: int, chance: float) -> Expression:
        return self._operation(depth - 1) if depth and self._happens(chance) else self._variable()

    def _condition(self) -> Comparison:
        word = self._drawn(COMPARISONS)
        if word == "equal":
            modulus = self._drawn(DIVISORS)
            of = Operation("remainder", self._variable(), Number(modulus))
            return Comparison(word, of, Number(self._below(modulus)))
        left, numerals = self._variable(), ABOVE if word == "greater" else BELOW
        right = self._variable() if self._happens(0.3) else left
        return Comparison(word, left, Number(self._drawn(numerals)) if right == left else right)

    def _small(self) -> Expression:
        return self._variable() if self._happens(0.5) else Number(self._drawn(SMALL))

    def _variable(self) -> Variable:
        return Variable(self._name())

    def _name(self) -> str:
        """A variable that can be read: in half of all cases, the last one that was assigned."""
        return self._known[-1] if self._happens(0.5) else self._known[self._below(len(self._known))]

    def _happens(self, chance: float) -> bool:
        return self._rng.random() < chance

    def _below(self, end: int) -> int:
        return int(self._rng.random() * end)

    def _drawn(self, chances: dict[Any, float]) -> Any:
        """One of the keys, each with its chance."""
        sums = [*accumulate(chances.values())]
        return [*chances][bisect(sums, self._rng.random() * sums[-1])]
