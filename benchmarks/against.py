"""Two source trees of Leibnet beside each other on one machine: the same bits, and the time of training steps.

    git worktree add ../before 4c71e4d
    python benchmarks/against.py --before ../before --bits       the examples, and trainings that are resumed
    python benchmarks/against.py --before ../before --speed      training steps in pairs
    python benchmarks/against.py --before ../before --speed --pairs 100 --only "classifier, batch 50"

--bits runs every example in both trees, on the bundled digits, with one thread and the same seed, and compares all
files of numbers bit for bit (steps.crc, metrics.csv, the arrays of *.safetensors) and what is printed, except times and
folders. Then the tree before begins a few trainings and is stopped in the middle of an epoch, both trees go on from
copies of its checkpoint, and are compared in the same way. The exit code is 1 if anything differs.

--speed times `train` in a process for each tree, on one thread, in single precision. In every pair both trees make the
same training steps one after the other, in alternating order, while the other waits; what counts is the median of the
pairs' ratios. Compare a tree with a second clone of itself to see how far a ratio can be from 1 by chance.

Each process has the environment of this one, with the tree's folder as PYTHONPATH and OPENBLAS_NUM_THREADS=1.
Only names that both trees have are used; what they call differently is in trees/inside.py. Tables are Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from trees import Tree, TreeError, bits, speed

CHECKOUT = Path(__file__).parents[1]


def main() -> int:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    arguments.add_argument("--before", type=Path, required=True, help="folder of a source tree")
    arguments.add_argument("--after", type=Path, default=CHECKOUT, help="folder of another (default: this checkout)")
    arguments.add_argument("--bits", action="store_true", help="compare what they compute")
    arguments.add_argument("--speed", action="store_true", help="compare the time of training steps")
    arguments.add_argument("--epochs", type=positive, default=3, help="of the examples (default: 3)")
    arguments.add_argument("--pairs", type=positive, default=30, help="timed for each workload (default: 30)")
    arguments.add_argument("--only", nargs="+", metavar="ROW", help="rows of the tables (default: all)")
    options = arguments.parse_args()
    if not options.bits and not options.speed:
        arguments.error("say what to compare: --bits, --speed or both")
    try:
        return compare(Tree("before", options.before.resolve()), Tree("after", options.after.resolve()), options)
    except TreeError as error:
        sys.exit(str(error))


def compare(before: Tree, after: Tree, options: argparse.Namespace) -> int:
    """Prints what is asked for; returns whether anything differs."""
    variables = [f"{name}={value}" for name, value in sorted(os.environ.items()) if name.startswith("OPENBLAS_")]
    print(f"Processor: {speed.processor()}")
    print(f"Environment: {', '.join(variables) or 'no OPENBLAS_* variables'}")
    for tree in (before, after):
        known = json.loads(tree.inside("describe").output())
        print(f"{tree.name.capitalize()}: {tree.folder}, {known['products']}")
    possible = [*bits.EXAMPLES, *known["trainings"]] * options.bits + [*known["workloads"]] * options.speed
    if unknown := set(options.only or ()) - set(possible):
        sys.exit(f"argument --only: no rows {', '.join(sorted(unknown))}, there are {', '.join(possible)}")
    rows = [name for name in possible if name in (options.only or possible)]
    workloads = {name: epochs for name, epochs in known["workloads"].items() if name in rows}
    differ = options.bits and compareBits(before, after, [name for name in rows if name not in workloads], options)
    if options.speed:
        compareSpeed(before, after, workloads, options.pairs)
    return int(differ)


def positive(text: str) -> int:
    """1, 2, 3, ..., for argparse."""
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"expected a positive integer, got {text}")
    return number


def compareBits(before: Tree, after: Tree, rows: list[str], options: argparse.Namespace) -> bool:
    """Prints a line for every example and every resumed training; returns whether anything differs."""
    print("\n| | files | printed |\n|---|---|---|")
    differ = False
    with TemporaryDirectory() as folder:
        for name in rows:
            if name in bits.EXAMPLES:
                found = bits.example(name, before, after, options.epochs, Path(folder))
            else:
                found = bits.resumed(name, before, after, Path(folder))
            print(f"| {name} | {found.files or 'equal'} | {found.printed or 'equal'} |", flush=True)
            differ = differ or bool(found.files or found.printed)
    return differ


def compareSpeed(before: Tree, after: Tree, workloads: dict[str, int | None], pairs: int) -> None:
    """Prints a line for every workload, with the epochs that make a block."""
    print("\n| | after / before | quartiles | pairs | before, ms | after, ms |\n|---|---|---|---|---|---|")
    for name, epochs in workloads.items():
        times = speed.measure(name, before, after, pairs, epochs)
        low, median, high = times.ratios()
        milliseconds = " | ".join(f"{1e3 * seconds:.1f}" for seconds in times.medians())
        print(f"| {name} | {median:.3f} | {low:.3f} to {high:.3f} | {pairs} | {milliseconds} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
