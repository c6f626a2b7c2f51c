"""The far language: that of a stack machine, where everything stands after what it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from dataset.generated.programs.language import END, Cursor, ProgramLanguage, Runner
from dataset.generated.programs.syntax import (
    COMPARISONS,
    NUMERALS,
    VARIABLES,
    Assignment,
    Block,
    Comparison,
    Expression,
    If,
    Memory,
    Number,
    Operation,
    Program,
    Repeat,
    Statement,
    Variable,
    computed,
)

Value = Expression | Comparison
ENDS = ("instead", "join", "again", "emit", END)  # of a block
EXPRESSIONS = (Number, Variable, Operation)


class Stack(ProgramLanguage):
    """The language of a machine with a stack, such as Forth: words take what they need from it, and leave their result.

    A numeral or variable puts its value on the stack. `store x` takes a value; `branch` takes a truth value and skips
    to what follows `instead` or `join` where it is false; `cycle` takes a numeral and repeats what comes before
    `again`; `emit` takes the program's result. Where a statement ends, the stack is empty.

        a 1 add store x    x 3 gt branch  x b mul store x  join    x emit

    >>> Stack().run("a 1 add store x x 3 gt branch x b mul store x join x emit".split(), {"a": 4, "b": 2})
    10
    """

    name = "stack"
    operations: ClassVar[dict[str, str]] = {
        "add": "add",
        "subtract": "sub",
        "multiply": "mul",
        "divide": "div",
        "remainder": "mod",
    }
    comparisons: ClassVar[dict[str, str]] = {"less": "lt", "greater": "gt", "equal": "eq"}
    words = (
        *operations.values(), *comparisons.values(), "store", "branch", "instead", "join", "cycle", "again", "emit",
    )  # fmt: skip

    def _written(self, program: Program) -> list[str]:
        return [*self._block(program.block), *self._value(program.output), "emit"]

    def runner(self, tokens: Sequence[str]) -> Runner:
        self.read(tokens)
        return Machine(tokens).run

    def _block(self, block: Block) -> list[str]:
        return [token for statement in block for token in self._statement(statement)]

    def _statement(self, one: Statement) -> list[str]:
        if isinstance(one, Assignment):
            return [*self._value(one.expression), "store", one.name]
        if isinstance(one, Repeat):
            return [str(one.times), "cycle", *self._block(one.block), "again"]
        otherwise = ["instead", *self._block(one.otherwise)] if one.otherwise else []
        return [*self._value(one.condition), "branch", *self._block(one.block), *otherwise, "join"]

    def _value(self, one: Value) -> list[str]:
        if isinstance(one, (Number, Variable)):
            return [one.name if isinstance(one, Variable) else str(one.value)]
        words = self.operations if isinstance(one, Operation) else self.comparisons
        return [*self._value(one.left), *self._value(one.right), words[one.operator]]

    def _read(self, cursor: Cursor) -> Program:
        block, stack = self._readBlock(cursor)
        if not cursor.isAt("emit"):
            cursor.refuse("'emit'")
        output = _single(cursor, stack, EXPRESSIONS, "after one value alone")
        cursor.take("emit")
        cursor.end()
        return Program(block, output)

    def _readBlock(self, cursor: Cursor) -> tuple[Block, list[Value]]:
        """The statements up to a word that ends a block, and what is left on the stack then."""
        block: list[Statement] = []
        stack: list[Value] = []
        while not cursor.isAt(*ENDS):
            if cursor.isAt(*self.operations.values()):
                left, right = _popped(cursor, stack)
                stack.append(Operation(cursor.named(self.operations), left, right))
            elif cursor.isAt(*self.comparisons.values()):
                left, right = _popped(cursor, stack)
                stack.append(Comparison(cursor.named(self.comparisons), left, right))
            elif cursor.isAt("store", "branch", "cycle"):
                block.append(self._readStatement(cursor, stack))
                stack = []
            else:
                stack.append(cursor.operand())
        return tuple(block), stack

    def _readStatement(self, cursor: Cursor, stack: list[Value]) -> Statement:
        """The statement that begins with what is on the stack."""
        if cursor.isAt("store"):
            value = _single(cursor, stack, EXPRESSIONS, "after one value alone")
            cursor.take("store")
            return Assignment(cursor.name(), value)
        if cursor.isAt("cycle"):
            times = _single(cursor, stack, (Number,), "after one numeral alone")
            cursor.take("cycle")
            block = self._readInner(cursor)
            cursor.take("again")
            return Repeat(times.value, block)
        condition = _single(cursor, stack, (Comparison,), "after one comparison alone")
        cursor.take("branch")
        block = self._readInner(cursor)
        otherwise: Block = ()
        if cursor.isAt("instead"):
            cursor.take("instead")
            otherwise = self._readInner(cursor)
        cursor.take("join")
        return If(condition, block, otherwise)

    def _readInner(self, cursor: Cursor) -> Block:
        """A block inside a statement: one statement or more."""
        block, stack = self._readBlock(cursor)
        if stack or not block:
            cursor.refuse("a block that leaves nothing on the stack" if stack else "the beginning of a statement")
        return block


class Machine:
    """Runs a program of the stack language token by token."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self._tokens = tokens
        self._jumps: dict[int, int] = {}  # from a word of a block to the one that it skips to
        opened: list[int] = []
        for place, token in enumerate(tokens):
            if token in ("instead", "join", "again"):
                self._jumps[opened.pop()] = place
            if token in ("branch", "instead", "cycle"):
                opened.append(place)

    def run(self, inputs: Mapping[str, int]) -> int:
        """The result for these values of its inputs."""
        memory = Memory(inputs)
        stack: list[int] = []
        loops: list[tuple[int, int]] = []  # where each begins, and how many turns are left
        place = 0
        while True:
            token = self._tokens[place]
            if token in VARIABLES:
                stack.append(memory.value(token))
            elif token in NUMERALS:
                stack.append(int(token))
            elif token in OPERATION_OF:
                right, left = stack.pop(), stack.pop()
                stack.append(computed(OPERATION_OF[token], left, right))
            elif token in COMPARISON_OF:
                right, left = stack.pop(), stack.pop()
                stack.append(COMPARISON_OF[token](left, right))
            elif token == "store":
                place += 1
                memory.values[self._tokens[place]] = stack.pop()
            elif token == "instead" or (token == "branch" and not stack.pop()):
                place = self._jumps[place]
            elif token == "cycle":
                loops.append((place, stack.pop()))
                place = self._jumps[place] - 1
            elif token == "again":
                start, left = loops.pop()
                if left:
                    memory.turn()
                    loops.append((start, left - 1))
                    place = start
            elif token == "emit":
                return stack.pop()
            place += 1


def _single(cursor: Cursor, stack: list[Value], kinds: tuple[type, ...], expected: str) -> Any:
    """What is on the stack alone, and is of one of these kinds; ProgramError otherwise."""
    if len(stack) != 1 or not isinstance(stack[0], kinds):
        cursor.refuse(expected)
    return stack[0]


def _popped(cursor: Cursor, stack: list[Value]) -> tuple[Any, Any]:
    """The two values on top of the stack, which are taken from it."""
    if len(stack) < 2 or not all(isinstance(one, EXPRESSIONS) for one in stack[-2:]):
        cursor.refuse("after two values")
    right, left = stack.pop(), stack.pop()
    return left, right


OPERATION_OF = {word: name for name, word in Stack.operations.items()}
COMPARISON_OF = {word: COMPARISONS[name] for name, word in Stack.comparisons.items()}
