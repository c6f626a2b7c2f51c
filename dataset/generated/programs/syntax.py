"""Programs as syntax trees, and what they compute. Languages write and read them as tokens."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass

from leibnet.arguments import refusal

OPERATIONS = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.floordiv,
    "remainder": operator.mod,
}
COMPARISONS = {"less": operator.lt, "greater": operator.gt, "equal": operator.eq}
VARIABLES = ("a", "b", "c", "x", "y", "z")
NUMERALS = tuple(map(str, range(10)))

LARGEST = 10**18  # of a value, without its sign
MOST_TURNS = 1000  # of all loops of one run together


class ProgramError(ValueError):
    """A list of tokens that is no program of its language, or a program that cannot go on: it divides by zero, say."""


class Memory:
    """The values of the variables while a program runs, and how often its loops have turned."""

    __slots__ = ("turns", "values")

    def __init__(self, inputs: Mapping[str, int]) -> None:
        if not isinstance(inputs, Mapping):
            raise TypeError(refusal("Program", "inputs", "a dict of whole numbers by the names of variables", inputs))
        self.values, self.turns = dict[str, int](), 0
        for name, value in inputs.items():
            try:
                self.values[name] = operator.index(value)  # a number of NumPy's would overflow without a word
            except TypeError:
                raise TypeError(refusal("Program", f"input {name}", "a whole number", value)) from None

    def value(self, name: str) -> int:
        """The value of a variable; ProgramError if it has none."""
        if name not in self.values:
            given = ", ".join(sorted(self.values)) or "no variables"
            raise ProgramError(refusal("Program", f"variable {name}", "an input, or assigned before", given))
        return self.values[name]

    def turn(self) -> None:
        """Counts a turn of a loop; ProgramError if there were too many."""
        self.turns += 1
        if self.turns > MOST_TURNS:
            raise ProgramError(refusal("Program", "the turns of its loops", f"at most {MOST_TURNS:,}", self.turns))


def computed(name: str, left: int, right: int) -> int:
    """The result of an operation on whole numbers: division rounds down, and a remainder has the divisor's sign.

    >>> computed("divide", -7, 2), computed("remainder", -7, 2)
    (-4, 1)
    """
    if right == 0 and name in ("divide", "remainder"):
        raise ProgramError(refusal("Program", "every divisor", "another number than 0", right))
    result: int = OPERATIONS[name](left, right)
    if not -LARGEST <= result <= LARGEST:
        raise ProgramError(refusal("Program", "every value", f"at most {LARGEST:.0e} without its sign", result))
    return result


@dataclass(frozen=True, slots=True)
class Number:
    """A numeral, from 0 to 9."""

    value: int

    def compute(self, memory: Memory) -> int:
        """Its value."""
        return self.value


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable that is read."""

    name: str

    def compute(self, memory: Memory) -> int:
        """Its value."""
        return memory.value(self.name)


@dataclass(frozen=True, slots=True)
class Operation:
    """One of OPERATIONS on two expressions."""

    operator: str
    left: Expression
    right: Expression

    def compute(self, memory: Memory) -> int:
        """Its result."""
        return computed(self.operator, self.left.compute(memory), self.right.compute(memory))


Expression = Number | Variable | Operation


@dataclass(frozen=True, slots=True)
class Comparison:
    """One of COMPARISONS of two expressions."""

    operator: str
    left: Expression
    right: Expression

    def holds(self, memory: Memory) -> bool:
        """Whether it is true."""
        result: bool = COMPARISONS[self.operator](self.left.compute(memory), self.right.compute(memory))
        return result


@dataclass(frozen=True, slots=True)
class Assignment:
    """A variable gets the value of an expression."""

    name: str
    expression: Expression

    def execute(self, memory: Memory) -> None:
        """Assigns it."""
        memory.values[self.name] = self.expression.compute(memory)


@dataclass(frozen=True, slots=True)
class If:
    """A block that is executed where a condition holds, and one, perhaps empty, where it does not."""

    condition: Comparison
    block: Block
    otherwise: Block = ()

    def execute(self, memory: Memory) -> None:
        """Executes one of its blocks."""
        for statement in self.block if self.condition.holds(memory) else self.otherwise:
            statement.execute(memory)


@dataclass(frozen=True, slots=True)
class Repeat:
    """A block that is executed so many times: every program ends."""

    times: int
    block: Block

    def execute(self, memory: Memory) -> None:
        """Executes its block so many times."""
        for _ in range(self.times):
            memory.turn()
            for statement in self.block:
                statement.execute(memory)


Statement = Assignment | If | Repeat
Block = tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """Statements, and the expression whose value is the program's result.

    Attributes
    ----------
    block : the statements.
    output : the expression.

    Example
    -------
    >>> double = Program((Assignment("x", Operation("multiply", Variable("a"), Number(2))),), Variable("x"))
    >>> double.inputs, double.run({"a": 21})
    (('a',), 42)
    """

    block: Block
    output: Expression

    def run(self, inputs: Mapping[str, int]) -> int:
        """The result for these values of its inputs.

        Raises
        ------
        ProgramError : a variable without a value, a division by 0, a value beyond 10^18, or more than 1,000 turns of
            loops.
        TypeError : inputs that are no whole numbers.
        """
        memory = Memory(inputs)
        for statement in self.block:
            statement.execute(memory)
        return self.output.compute(memory)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The variables that may be read before they are written, in alphabetical order."""
        found: set[str] = set()
        written = _written_after(self.block, frozenset(), found)
        found |= _variables(self.output) - written
        return tuple(sorted(found))


def _variables(expression: Expression) -> set[str]:
    if isinstance(expression, Operation):
        return _variables(expression.left) | _variables(expression.right)
    return {expression.name} if isinstance(expression, Variable) else set()


def _written_after(block: Block, written: frozenset[str], found: set[str]) -> frozenset[str]:
    """The variables that are written for certain after a block; those it may read before are put into `found`."""
    for one in block:
        if isinstance(one, Assignment):
            found |= _variables(one.expression) - written
            written |= {one.name}
        elif isinstance(one, If):
            found |= (_variables(one.condition.left) | _variables(one.condition.right)) - written
            written = _written_after(one.block, written, found) & _written_after(one.otherwise, written, found)
        elif one.times:
            written = _written_after(one.block, written, found)
    return written
