"""Docstrings as reStructuredText.

The library's docstrings are prose with a few signs: sections are underlined, an entry is "name : text", formulas are
indented, examples begin with >>>, code stands between backticks. Everything else is meant as it stands: x_i, |x|, 2*x.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

ENTRY = re.compile(r"^(\*{0,2}[\w\"][\w\"'., *\[\]()|-]{0,90}?) : (\S.*)$")
ITEM = re.compile(r"^(- )(.*)$")
SIGN = re.compile(r"[-+•‣⁃] |\.\.|-|/|>>>|[=~^\"'#]{2}|\(?(?:\d+|[A-Za-z]|[ivxlcdm]+|#)[.)] ", re.IGNORECASE)
PAPER = re.compile(r"\barXiv:(\d{4}\.\d{4,5}|[\w.-]+/\d{7})")

Resolve = Callable[[str], str | None]


def restructured(lines: Sequence[str], resolve: Resolve) -> list[str]:
    """The docstring's lines as reStructuredText; `resolve` gives the full name of what stands between backticks."""
    found: list[str] = []
    for kind, block in _blocks(list(lines)):
        if kind == "section":
            found += [f".. rubric:: {block[0].strip()}"]
        elif kind == "formula":
            found += [".. code-block:: text", "", *(f"    {line}" for line in block)]
        elif kind == "example":
            found += [".. code-block:: pycon", "", *(f"    {line}" for line in block)]
        elif kind == "entry":
            names, text = ENTRY.match(block[0]).groups()  # type: ignore[union-attr]
            found += [f"``{names}``", *_indented(restructured([text, *_dedented(block[1:])], resolve))]
        elif kind == "item":
            sign, text = ITEM.match(block[0]).groups()  # type: ignore[union-attr]
            found += [f"{sign}{inline(' '.join([text, *map(str.strip, block[1:])]), resolve)}"]
        else:
            found += [_begun(inline(" ".join(line.strip() for line in block), resolve))]
        found.append("")
    return found


def inline(text: str, resolve: Resolve) -> str:
    """A paragraph with its code in backticks; nothing else in it is a sign."""
    parts = re.split(r"`([^`]+)`", text)
    return "".join(_code(part, resolve) if i % 2 else _plain(part) for i, part in enumerate(parts))


def _code(code: str, resolve: Resolve) -> str:
    target = resolve(re.sub(r"\(.*\)$", "", code))
    shown = code.replace("\\", "\\\\").replace("<", "\\<")
    return f"\\ :py:obj:`{shown} <{target}>`\\ " if target else f"\\ ``{code}``\\ "


def _plain(text: str) -> str:
    parts = PAPER.split(text)
    return "".join(
        f"`arXiv:{part} <https://arxiv.org/abs/{part}>`__" if i % 2 else re.sub(r"([\\*_|`:<>])", r"\\\1", part)
        for i, part in enumerate(parts)
    )


def _begun(text: str) -> str:
    """Text that begins a paragraph, and no list, no comment."""
    return "\\" + text if SIGN.match(text) else text


def _blocks(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    i = 0
    while i < len(lines):
        line = lines[i]
        if not line.strip():
            i += 1
        elif i + 1 < len(lines) and re.fullmatch(r"-{3,}", lines[i + 1].strip()):
            yield "section", [line]
            i += 2
        elif line.startswith(">>>"):
            end = _until(lines, i, lambda at: not at.strip())
            yield "example", lines[i:end]
            i = end
        elif line.startswith("  "):
            end = _until(lines, i, lambda at: bool(at.strip()) and not at.startswith("  "))
            yield "formula", _dedented(lines[i:end])
            i = end
        elif ENTRY.match(line):
            end = _until(lines, i, lambda at: bool(at.strip()) and not at.startswith("  "))
            yield "entry", lines[i:end]
            i = end
        elif ITEM.match(line):
            end = _until(lines, i, lambda at: not at.startswith("  "))
            yield "item", lines[i:end]
            i = end
        else:
            end = _until(lines, i, lambda at: not at.strip() or at.startswith(("  ", ">>>")))
            yield "paragraph", lines[i:end]
            i = end


def _until(lines: list[str], start: int, ends: Callable[[str], bool]) -> int:
    return next((i for i in range(start + 1, len(lines)) if ends(lines[i])), len(lines))


def _dedented(lines: Sequence[str]) -> list[str]:
    margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    found = [line[margin:] for line in lines]
    while found and not found[-1].strip():
        found.pop()
    return found


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"    {line}".rstrip() for line in lines]
