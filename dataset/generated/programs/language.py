"""What all languages of programs share: they write a syntax tree as tokens, read it, and run tokens."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, NoReturn

from leibnet.arguments import instance, refusal

from dataset.generated.programs.syntax import NUMERALS, VARIABLES, Number, Program, ProgramError, Variable

LONGEST = 200  # tokens of a program that is read
END = "the program's end"
Runner = Callable[[Mapping[str, int]], int]


class ProgramLanguage(ABC):
    """A language in which small programs are lists of tokens. `programLanguage(name)` gives each of the three.

    Numerals and variables are the same words in all languages; all others belong to one language alone.

    Attributes
    ----------
    name : "brace", "word" or "stack".
    words : the tokens that are its own.
    tokens : all tokens: its words, the numerals "0" to "9", and the variables a, b, c, x, y, z.
    start : the token that says to a translator that a program of this language follows, such as "<brace>".
    """

    name: ClassVar[str]
    words: ClassVar[tuple[str, ...]]

    @property
    def tokens(self) -> list[str]:
        """All of its tokens."""
        return [*self.words, *NUMERALS, *VARIABLES]

    @property
    def start(self) -> str:
        """The token that announces it."""
        return f"<{self.name}>"

    def write(self, program: Program) -> list[str]:
        """The program as tokens."""
        remedy = "language.read(tokens), or one of drawPrograms"
        return self._written(instance(self.name, "program", program, Program, remedy))

    def read(self, tokens: Sequence[str]) -> Program:
        """The program that is written as these tokens; `write` gives the same tokens.

        Raises
        ------
        ProgramError : tokens that are no program of this language, with the place of the first that is wrong.
        """
        if isinstance(tokens, str) or not isinstance(tokens, Sequence):
            raise TypeError(refusal(self.name, "tokens", "a list of tokens", tokens, "give text.split()"))
        if len(tokens) > LONGEST:
            raise ProgramError(refusal(self.name, "a program", f"of at most {LONGEST} tokens", len(tokens)))
        return self._read(Cursor(self.name, tokens))

    def run(self, tokens: Sequence[str], inputs: Mapping[str, int]) -> int:
        """What a program in tokens computes from the values of its inputs, see `Program.run`.

        Raises
        ------
        ProgramError : no program of this language, or one that cannot go on with these inputs.
        """
        return self.runner(tokens)(inputs)

    def runner(self, tokens: Sequence[str]) -> Runner:
        """The same as a function of the inputs, for several runs. ProgramError if it is no program of this language."""
        return self.read(tokens).run

    def __repr__(self) -> str:
        return f"the language {self.name!r} of {len(self.words)} words"

    @abstractmethod
    def _written(self, program: Program) -> list[str]:
        """The program as tokens."""

    @abstractmethod
    def _read(self, cursor: Cursor) -> Program:
        """The program from its first token to its end."""


class Cursor:
    """A place in a list of tokens that are read from the left to the right; `owner` reads them, for messages."""

    def __init__(self, owner: str, tokens: Sequence[str]) -> None:
        self.place = 0
        self._owner, self._tokens = owner, tokens

    @property
    def token(self) -> str:
        """The token at this place, or the words "the program's end"."""
        return self._tokens[self.place] if self.place < len(self._tokens) else END

    def isAt(self, *tokens: str) -> bool:
        """Whether one of these tokens stands here."""
        return self.token in tokens

    def take(self, *tokens: str) -> str:
        """The token at this place, which is one of these, and on to the next; ProgramError if it is another."""
        if not self.isAt(*tokens):
            self.refuse(f"one of {' '.join(tokens)}" if len(tokens) > 1 else repr(tokens[0]))
        self.place += 1
        return self._tokens[self.place - 1]

    def named(self, words: Mapping[str, str]) -> str:
        """The key of the word at this place, which is one of the values of this mapping, and on to the next."""
        word = self.take(*words.values())
        return next(name for name, one in words.items() if one == word)

    def name(self) -> str:
        """The variable at this place, and on to the next."""
        if not self.isAt(*VARIABLES):
            self.refuse("a variable")
        return self.take(*VARIABLES)

    def numeral(self) -> int:
        """The numeral at this place, and on to the next."""
        if not self.isAt(*NUMERALS):
            self.refuse("a numeral")
        return int(self.take(*NUMERALS))

    def operand(self) -> Number | Variable:
        """The numeral or variable at this place, and on to the next."""
        if not self.isAt(*NUMERALS, *VARIABLES):
            self.refuse("a numeral or a variable")
        return Number(self.numeral()) if self.isAt(*NUMERALS) else Variable(self.name())

    def end(self) -> None:
        """ProgramError if there are more tokens."""
        if self.token is not END:
            self.refuse(END)

    def refuse(self, expected: str, got: Any = None) -> NoReturn:
        """Raises ProgramError: something else was expected at this place."""
        raise ProgramError(refusal(self._owner, f"token {self.place}", expected, self.token if got is None else got))
