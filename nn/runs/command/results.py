"""`leibnet results`: what the models of this library reach, beside figures of papers."""

from __future__ import annotations

import argparse
import re
from difflib import get_close_matches
from typing import NamedTuple

from nn.runs.command.shipped import shipped
from nn.runs.command.subcommand import Subcommand
from nn.runs.record import RunError

FILE = "docs/results.md"
HEADING = re.compile(r"^(#{1,3}) (.+)$")
PLAIN = {  # the page's other letters, by their numbers, as they are printed
    0x2191: "^", 0x2193: "v", 0xB2: "2", 0xB0: " degrees", 0x2016: "|", 0xE9: "e",
    0x3B2: "beta", 0x392: "Beta", 0x3C3: "sigma", 0x3B7: "eta",
}  # fmt: skip


class Part(NamedTuple):
    """A stretch of the page under a heading, up to the next one."""

    level: int
    heading: str
    lines: list[str]


def parts(text: str) -> list[Part]:
    """The page, cut at its headings."""
    found: list[Part] = []
    for line in text.splitlines():
        if heading := HEADING.match(line):
            found.append(Part(len(heading[1]), heading[2], []))
        if found:
            found[-1].lines.append(line)
    return found


def chosen(page: list[Part], name: str) -> list[str]:
    """The lines of all parts in whose headings these words are, each with the parts below it. RunError if none."""
    wanted = name.casefold().strip()
    exact = [part for part in page if part.heading.casefold() == wanted]
    lines: list[str] = []
    level = 0  # of the heading whose part is being taken; 0: none
    for part in page:
        if level and part.level <= level:
            level = 0
        if not level and (part in exact if exact else part.level > 1 and wanted in part.heading.casefold()):
            level = part.level
        if level:
            lines += part.lines
    if lines:
        return lines
    known = [part.heading for part in page if part.level == 2]
    near = get_close_matches(wanted, [one.casefold() for one in known], n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
    raise RunError(f"no heading of the results has {name!r} in it: {hint}")


def inAscii(text: str) -> str:
    """The text in the letters that every terminal shows: Greek ones by name, arrows as ^ and v."""
    return text.translate(PLAIN).encode("ascii", "backslashreplace").decode()


def _arguments(arguments: argparse.ArgumentParser) -> None:
    arguments.add_argument("name", nargs="*", metavar="NAME", help="words of a heading, such as GAN (default: all)")


def _run(options: argparse.Namespace) -> None:
    text = shipped(FILE).read_text("utf-8")
    name = " ".join(options.name)
    lines = chosen(parts(inAscii(text)), inAscii(name)) if name else inAscii(text).splitlines()
    print("\n".join(lines).strip())


RESULTS = Subcommand(
    "results",
    "print what the models reach on MNIST and elsewhere, beside papers' figures",
    "leibnet results GAN",
    _arguments,
    _run,
    "^ after a measure: higher is better; v: lower is. Nothing is computed, and no network is needed.",
)
