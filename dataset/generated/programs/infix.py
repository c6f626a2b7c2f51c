"""The near pair: two languages whose expressions have the same order, and other words and forms of statements."""

from __future__ import annotations

from typing import Any, ClassVar

from dataset.generated.programs.language import Cursor, ProgramLanguage
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
    Repeat,
    Statement,
    Variable,
)

PLACES = ("NAME", "NUMERAL", "EXPRESSION", "CONDITION", "BLOCK")
"""What stands for a part in the form of a statement; everything else in it are words."""


class Infix(ProgramLanguage):
    """A language whose operators stand between two operands; one that is an operation itself stands in brackets.

    A language of your own states its words for operations and comparisons, its brackets, and the forms of statements
    as texts; the first word of a statement tells which it is. An `If` without a second block has no `otherwise`.
    """

    operations: ClassVar[dict[str, str]]
    comparisons: ClassVar[dict[str, str]]
    brackets: ClassVar[tuple[str, str]]
    assignment: ClassVar[str]
    repeat: ClassVar[str]
    condition: ClassVar[str]
    otherwise: ClassVar[str]
    conditionEnd: ClassVar[str]
    output: ClassVar[str]

    def __init_subclass__(cls) -> None:
        forms = (cls.assignment, cls.repeat, cls.condition, cls.otherwise, cls.conditionEnd, cls.output)
        of_forms = [word for form in forms for word in form.split() if word not in PLACES]
        words = (*cls.operations.values(), *cls.comparisons.values(), *cls.brackets, *of_forms)
        cls.words = tuple(dict.fromkeys(words))

    # Writing ---------------------------------------------------------------------------------------------------------

    def _written(self, program: Program) -> list[str]:
        return [*self._block(program.block), *self._filled(self.output, EXPRESSION=self._expression(program.output))]

    def _block(self, block: Block) -> list[str]:
        return [token for statement in block for token in self._statement(statement)]

    def _statement(self, one: Statement) -> list[str]:
        if isinstance(one, Assignment):
            return self._filled(self.assignment, NAME=[one.name], EXPRESSION=self._expression(one.expression))
        if isinstance(one, Repeat):
            return self._filled(self.repeat, NUMERAL=[str(one.times)], BLOCK=self._block(one.block))
        first, second = one.condition.left, one.condition.right
        condition = [*self._operand(first), self.comparisons[one.condition.operator], *self._operand(second)]
        tokens = self._filled(self.condition, CONDITION=condition, BLOCK=self._block(one.block))
        if one.otherwise:
            tokens += self._filled(self.otherwise, BLOCK=self._block(one.otherwise))
        return tokens + self.conditionEnd.split()

    def _expression(self, one: Expression) -> list[str]:
        if isinstance(one, Operation):
            return [*self._operand(one.left), self.operations[one.operator], *self._operand(one.right)]
        return self._operand(one)

    def _operand(self, one: Expression) -> list[str]:
        if isinstance(one, Operation):
            return [self.brackets[0], *self._expression(one), self.brackets[1]]
        return [one.name if isinstance(one, Variable) else str(one.value)]

    def _filled(self, form: str, **parts: list[str]) -> list[str]:
        """The words of a form, with the tokens of its parts in their places."""
        return [token for word in form.split() for token in parts.get(word, [word])]

    # Reading ---------------------------------------------------------------------------------------------------------

    def _read(self, cursor: Cursor) -> Program:
        block: list[Statement] = []
        while not self._begins(self.output, cursor):
            block.append(self._readStatement(cursor))
        output = self._parts(self.output, cursor)["EXPRESSION"]
        cursor.end()
        return Program(tuple(block), output)

    def _readStatement(self, cursor: Cursor) -> Statement:
        if self._begins(self.repeat, cursor):
            parts = self._parts(self.repeat, cursor)
            return Repeat(parts["NUMERAL"], parts["BLOCK"])
        if self._begins(self.condition, cursor):
            parts, otherwise = self._parts(self.condition, cursor), ()
            if self._begins(self.otherwise, cursor):
                otherwise = self._parts(self.otherwise, cursor)["BLOCK"]
            self._parts(self.conditionEnd, cursor)
            return If(parts["CONDITION"], parts["BLOCK"], otherwise)
        if not self._begins(self.assignment, cursor):
            cursor.refuse("the beginning of a statement")
        parts = self._parts(self.assignment, cursor)
        return Assignment(parts["NAME"], parts["EXPRESSION"])

    def _begins(self, form: str, cursor: Cursor) -> bool:
        first = form.split()[0]
        return cursor.isAt(*VARIABLES) if first == "NAME" else cursor.isAt(first)

    def _parts(self, form: str, cursor: Cursor) -> dict[str, Any]:
        """What stands in the places of a form, which is read from here on."""
        parts: dict[str, Any] = {}
        for word in form.split():
            if word == "NAME":
                parts[word] = cursor.name()
            elif word == "NUMERAL":
                parts[word] = cursor.numeral()
            elif word == "EXPRESSION":
                parts[word] = self._readExpression(cursor)
            elif word == "CONDITION":
                left = self._readOperand(cursor)
                parts[word] = Comparison(cursor.named(self.comparisons), left, self._readOperand(cursor))
            elif word == "BLOCK":
                parts[word] = self._readBlock(cursor)
            else:
                cursor.take(word)
        return parts

    def _readBlock(self, cursor: Cursor) -> Block:
        block = [self._readStatement(cursor)]
        while any(self._begins(form, cursor) for form in (self.assignment, self.repeat, self.condition)):
            block.append(self._readStatement(cursor))
        return tuple(block)

    def _readExpression(self, cursor: Cursor) -> Expression:
        left = self._readOperand(cursor)
        if not cursor.isAt(*self.operations.values()):
            return left
        return Operation(cursor.named(self.operations), left, self._readOperand(cursor))

    def _readOperand(self, cursor: Cursor) -> Expression:
        opening, closing = self.brackets
        if not cursor.isAt(opening):
            return cursor.operand()
        cursor.take(opening)
        one = self._readExpression(cursor)
        if isinstance(one, (Number, Variable)):
            cursor.refuse(f"one of {' '.join(self.operations.values())}")
        cursor.take(closing)
        return one


class Brace(Infix):
    """A language of signs and braces, such as C has them.

    >>> Brace().run("x = a + 1 ; if ( x > 3 ) { x = x * b ; } return x ;".split(), {"a": 4, "b": 2})
    10
    """

    name = "brace"
    operations: ClassVar[dict[str, str]] = {
        "add": "+",
        "subtract": "-",
        "multiply": "*",
        "divide": "/",
        "remainder": "%",
    }
    comparisons: ClassVar[dict[str, str]] = {"less": "<", "greater": ">", "equal": "=="}
    brackets = ("(", ")")
    assignment = "NAME = EXPRESSION ;"
    repeat = "repeat ( NUMERAL ) { BLOCK }"
    condition = "if ( CONDITION ) { BLOCK }"
    otherwise = "else { BLOCK }"
    conditionEnd = ""
    output = "return EXPRESSION ;"


class Word(Infix):
    """A language of English words, without signs between statements.

    >>> Word().run("set x to a plus 1 when x above 3 do set x to x times b done give x".split(), {"a": 4, "b": 2})
    10
    """

    name = "word"
    operations: ClassVar[dict[str, str]] = {
        "add": "plus",
        "subtract": "minus",
        "multiply": "times",
        "divide": "over",
        "remainder": "modulo",
    }
    comparisons: ClassVar[dict[str, str]] = {"less": "below", "greater": "above", "equal": "is"}
    brackets = ("[", "]")
    assignment = "set NAME to EXPRESSION"
    repeat = "loop NUMERAL do BLOCK done"
    condition = "when CONDITION do BLOCK"
    otherwise = "otherwise BLOCK"
    conditionEnd = "done"
    output = "give EXPRESSION"
