"""The table of results: every model of the library, one row per figure, beside what it is held against.

    pip install -e ".[fast]" scikit-learn
    python benchmarks/results.py                                  the table, from the cells that are kept
    python benchmarks/results.py --markdown docs/results.md       also into that file, always of all rows
    python benchmarks/results.py --list                           the rows, and what is still to be computed
    python benchmarks/results.py --only classifier --seed 0 1     computes these cells, and keeps them
    python benchmarks/results.py --compute                        computes all that is missing
    python benchmarks/results.py --quick                          one row of every family with a tenth of the epochs

A cell is a row with a seed. It is kept in benchmarks/results/cells as soon as it is computed, with the machine, the
kernels, the versions, the date, and a digest of the row's code; the table is put together from what is there. So a
computation may be stopped at any time, and `--compute` goes on with the cell it was stopped in: the first seed of all
rows first, then the second. With --markdown, the file is written after every cell. Cells computed from other code of
their row are told, not counted, and computed anew.

Rows train on one thread unless --threads says otherwise, and leave the test set alone until the training is over:
benchmarks/rows says more, and how a new model adds its rows.

--quick needs less than five minutes on two cores, prints a table that says so, and keeps nothing. Without MNIST at hand
it takes the bundled digits.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from leibnet.files import writeAtomically

from figures import cell as cells
from figures import computing, table
from figures.row import Row, Setting
from rows import FAMILIES, ROWS, rowsOf

from dataset import available
from nn.runs import positiveInteger, seedNumber

QUICK = 0.1  # of the epochs


def main() -> None:
    options = arguments()
    rows = [ROWS[name] for name in options.only or ROWS]
    try:
        kept = cells.load(options.cells)
    except ValueError as error:
        raise SystemExit(str(error)) from None
    if options.quick:
        print("\n" + quick(options.only, options.threads, kept))
        return
    if options.list:
        print(listing(rows, kept))
        return
    if options.compute:
        todo = [(row, seed) for row, seed in computing.outstanding(rows, kept) if seed in (options.seed or row.seeds)]
        compute(todo, options)
    elif options.only or options.seed:
        compute([(row, seed) for row in rows for seed in options.seed or row.seeds if seed in row.seeds], options)
    write(options)
    print(tableOf(rows, cells.load(options.cells)), end="")


def tableOf(rows: Iterable[Row], found: dict[cells.Key, cells.Cell], notes: str = table.NOTES) -> str:
    shown = {name: [row for row in rowsOf(family) if row in rows] for name, family in FAMILIES.items()}
    return table.text({name: family for name, family in shown.items() if family}, found, ROWS, notes)


def write(options: argparse.Namespace) -> None:
    """Writes the table of all rows, if a file is asked for."""
    if options.markdown:
        writeAtomically(options.markdown, tableOf(ROWS.values(), cells.load(options.cells)).encode())


def compute(todo: Iterable[tuple[Row, int]], options: argparse.Namespace) -> None:
    """Computes cells one after the other, and keeps each of them; says what a row needs that is not here."""
    missing = {row.name: row.missing() for row, _ in todo}
    for name, reason in missing.items():
        if reason:
            print(f"{name} is left out: {reason}", flush=True)
    for row, seed in todo:
        if not missing[row.name]:
            print(f"{row.name}, seed {seed}: about {row.seconds:.0f} s", flush=True)
            found = computing.compute(row, Setting(seed, threads=options.threads))
            cells.keep(found, options.cells)
            write(options)
            print(described(found), flush=True)


def described(cell: cells.Cell) -> str:
    figures = "; ".join(f"{name} {value:.6g}" for name, value in cell.figures.items())
    return f"{cell.row}, seed {cell.seed}, {cell.seconds:.0f} s: {figures}"


def quick(only: Iterable[str], threads: int, kept: dict[cells.Key, cells.Cell]) -> str:
    """A table of the first row of every family, or of these rows, after a tenth of the epochs.

    What they are held against comes from the other rows' cells that are kept.
    """
    images = "mnist" if available("mnist") else "digits"
    rows, missing = [ROWS[name] for name in only], ""
    for name, family in FAMILIES.items() if not rows else ():
        if reason := rowsOf(family)[0].missing(images):
            missing += f" Without {name}: {reason}."
        else:
            rows.append(rowsOf(family)[0])
    found = {(name, seed): cell for (name, seed), cell in kept.items() if ROWS.get(name) not in rows}
    for row in rows:
        if reason := row.missing(images):
            raise SystemExit(f"{row.name}: {reason}")
        one = computing.compute(row, Setting(0, QUICK, images, threads))
        found[one.key] = one
        print(described(one), flush=True)
    which = "MNIST" if images == "mnist" else "the bundled digits, as MNIST is not at hand: models have other sizes"
    notes = f"A quick look, not results: seed 0, a tenth of the epochs, {which}. Nothing is kept.{missing}"
    return tableOf(rows, found, notes)


def listing(rows: Iterable[Row], kept: dict[cells.Key, cells.Cell]) -> str:
    todo = computing.outstanding(rows, kept)
    lines = [f"{'row':<18} {'seconds':>7}  seeds  to compute"]
    for row in rows:
        seeds = ", ".join(str(seed) for one, seed in todo if one is row)
        lines.append(
            f"{row.name:<18} {row.seconds:>7.0f}  {len(row.seeds):>5}  {seeds or '-'}  {row.missing()}".rstrip()
        )
    return "\n".join(lines)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--only", nargs="+", metavar="ROW", default=[], help="these rows alone, see --list")
    parser.add_argument("--seed", nargs="+", type=seedNumber, metavar="S", help="these seeds alone (default: a row's)")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--compute", action="store_true", help="compute what is missing of the rows and seeds")
    what.add_argument("--quick", action="store_true", help="a tenth of the epochs, nothing is kept")
    what.add_argument("--list", action="store_true", help="the rows, and which cells are missing")
    parser.add_argument(
        "--markdown", type=Path, metavar="FILE", help="also write the table of all rows there, after every cell"
    )
    parser.add_argument("--threads", type=positiveInteger, default=1, help="of the matrix products (default: 1)")
    parser.add_argument("--cells", type=Path, default=cells.FOLDER, help="folder of the cells")
    options = parser.parse_args()
    for name in set(options.only) - ROWS.keys():
        parser.error(f"--only: {name!r} is none of {', '.join(ROWS)}")
    for seed in options.seed or ():
        wanting = [name for name in options.only if seed not in ROWS[name].seeds]
        if wanting:
            parser.error(f"--seed: {wanting[0]} has the seeds 0 to {max(ROWS[wanting[0]].seeds)}, got {seed}")
    if options.quick and (options.seed or options.markdown):
        parser.error("--quick: it has seed 0 alone, and is not kept; omit --seed and --markdown")
    return options


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        raise SystemExit("interrupted: what was computed is kept, and --compute goes on from there") from None
