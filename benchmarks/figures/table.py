"""The table of results, as Markdown that a terminal shows as well."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from peers.report import table

from figures.cell import Cell, Key
from figures.conditions import NAMES, Conditions, sentence
from figures.row import ARROWS, Another, Figure, Row

Families = Mapping[str, Iterable[Row]]
Letters = dict[tuple[str, ...], str]

COMMAND = "python benchmarks/results.py"
HEAD = ["measure", "unit", "mean", "spread", "seeds", "seconds", "held against", "source", "checked", "row"]
NOTES = f"""\
Made by `{COMMAND} --markdown docs/results.md` from the cells in benchmarks/results/cells: do not edit.
`{COMMAND} --only ROW --seed 0 1 2` computes a row again; ROW is what its last column says.

Mean: over the seeds. Spread: their standard deviation. ↑: higher is better, ↓: lower is. Seconds: of the processor, for
everything that the row does with a seed, in the mean over the seeds; the machine did other things meanwhile. Source:
where the figure it is held against stands, by number below the tables, or the row that computes it. Checked: "yes" was
found there, "recomputed" is computed by a row, "no" was remembered by whoever wrote it down.

MNIST, pixels in [0, 1]. Every row trains on the 60,000 training images with settings that were chosen before, and sees
the 10,000 test images once, when the training is over. Squared errors are summed over the pixels of an image unless it
says "per pixel". The Fréchet distance is that of the features of a classifier of this library: it compares only with
the others here."""


def text(families: Families, cells: Mapping[Key, Cell], known: Mapping[str, Row], notes: str = NOTES) -> str:
    """All figures by model, and what they are held against. A cell computed from other code is told, not counted.

    `known` are all rows: figures of some that are not among the families may be what others are held against.
    """
    rows = {row.name: row for family in families.values() for row in family}
    valid = {key: cell for key, cell in cells.items() if key[0] in known and cell.code == known[key[0]].code}
    shown = [cell for (name, _), cell in valid.items() if name in rows]
    letters, sources = _letters(shown), _sources(rows.values())
    parts = [f"# Results\n\n{notes}"]
    for name, family in families.items():
        parts.append(f"## {name}")
        for model, figures in _models(family).items():
            lines = [_line(row, figure, valid, letters, sources) for row, figure in figures]
            parts.append(f"### {model[0].upper()}{model[1:]}\n\n{table(HEAD, lines, names=2)}")
    if sources:
        parts.append("## Sources\n\n" + "\n".join(f"{number}. {source}" for source, number in sources.items()))
    parts.append("\n\n".join(["## Computed by", *_computed(shown, letters), *_told(rows, cells, valid)]))
    return "\n\n".join(parts) + "\n"


def _models(family: Iterable[Row]) -> dict[str, list[tuple[Row, Figure]]]:
    found: dict[str, list[tuple[Row, Figure]]] = {}
    for row in family:
        for figure in row.figures:
            found.setdefault(figure.model, []).append((row, figure))
    return found


def _line(row: Row, figure: Figure, cells: Mapping[Key, Cell], letters: Letters, sources: dict[str, int]) -> list[str]:
    own = [cell for (name, _), cell in sorted(cells.items()) if name == row.name]
    values = [cell.figures[figure.name] for cell in own]
    mean = f"{statistics.mean(values):.{figure.digits}f}" if values else "-"
    spread = f"{statistics.stdev(values):.{figure.digits}f}" if len(values) > 1 else ""
    seeds = f"{len(own)}" if len(own) >= len(row.seeds) else f"{len(own)} of {len(row.seeds)}"
    measure = f"{figure.measure} {ARROWS[figure.better]}".strip()
    anchor, source, checked = _anchor(figure, cells, sources)
    return [measure, figure.unit, mean, spread, seeds, _seconds(own, letters), anchor, source, checked, f"`{row.name}`"]


def _seconds(cells: Iterable[Cell], letters: Letters) -> str:
    """The mean of the seeds, of every machine alone."""
    found: dict[str, list[float]] = {}
    for cell in cells:
        found.setdefault(letters[_key(cell.conditions)], []).append(cell.processorSeconds)
    means = [(letter, f"{statistics.mean(seconds):.0f}") for letter, seconds in sorted(found.items())]
    return ", ".join(f"{seconds} ({letter})" if len(letters) > 1 else seconds for letter, seconds in means)


def _anchor(figure: Figure, cells: Mapping[Key, Cell], sources: dict[str, int]) -> tuple[str, str, str]:
    """The text, where it comes from, and whether that was checked."""
    if isinstance(figure.anchor, Another):
        values = [cell.figures[figure.anchor.figure] for (name, _), cell in cells.items() if name == figure.anchor.row]
        mean = f"{statistics.mean(values):.{figure.digits}f}" if values else "-"
        return f"{mean} ({figure.anchor.text})", f"`{figure.anchor.row}`", "recomputed"
    if not figure.anchor:
        return "", "", ""
    return figure.anchor, f"{sources[figure.source]}", "yes" if figure.checked else "no"


def _sources(rows: Iterable[Row]) -> dict[str, int]:
    """Numbers of the sources, in the order of the tables."""
    named = dict.fromkeys(figure.source for row in rows for figure in row.figures if figure.source)
    return {source: number for number, source in enumerate(named, 1)}


def _key(conditions: Conditions) -> tuple[str, ...]:
    return tuple(conditions[name] for name in NAMES)


def _letters(cells: Iterable[Cell]) -> Letters:
    """A letter for every machine, or other versions on one: A has most of the cells."""
    counted = Counter(_key(cell.conditions) for cell in cells)
    ordered = sorted(counted, key=lambda key: (-counted[key], key))
    return {key: f"{chr(ord('A') + i)}" for i, key in enumerate(ordered)}


def _computed(cells: Iterable[Cell], letters: Letters) -> Iterator[str]:
    """A line for every machine: what it is, and when it computed; which cells, for all but the first."""
    for key, letter in letters.items():
        own = [cell for cell in cells if _key(cell.conditions) == key]
        dates = sorted({cell.date for cell in own})
        when = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
        names = ", ".join(f"{cell.row} {cell.seed}" for cell in sorted(own, key=lambda cell: cell.key))
        packages = "".join(f", {name}" for name in sorted({name for cell in own for name in cell.packages}))
        which = f"{len(own)} cells" if letter == "A" else f"another machine or other versions, by row and seed: {names}"
        yield f"{letter}: {sentence(own[0].conditions)}{packages}; {when}; {which}."


def _told(rows: Mapping[str, Row], cells: Mapping[Key, Cell], valid: Mapping[Key, Cell]) -> Iterator[str]:
    """What is kept and not counted."""
    for name, seed in sorted(cells.keys() - valid.keys()):
        if name in rows:
            again = f"`{COMMAND} --only {name} --seed {seed}` computes it anew"
            yield f"Not counted: {name}, seed {seed}, computed from other code of the row; {again}."
