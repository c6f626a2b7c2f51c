"""Whether two trees compute the same bits."""

from __future__ import annotations

import re
import shutil
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from trees import Process, Tree, TreeError
from trees.difference import differences

EXAMPLES = {  # command line
    "train_classifier": ("train_classifier.py", "--dataset", "digits"),
    "train_pca": ("train_pca.py", "--dataset", "digits"),
    "train_ae": ("train_ae.py", "--dataset", "digits"),
    "train_dae": ("train_dae.py", "--dataset", "digits"),
    "train_vae": ("train_vae.py", "--dataset", "digits"),
    "train_gan, digits": ("train_gan.py", "--dataset", "digits"),
    "train_gan, ring": ("train_gan.py", "--dataset", "ring"),
    "compare_optimizers": ("compare_optimizers.py", "--dataset", "digits"),
}
TIME = re.compile(r"\d+(\.\d+)? (s|ms|µs)\b")
SIDES = ("before", "after")


class Found(NamedTuple):
    """What differs, in words; empty where nothing does."""

    files: str
    printed: str


def example(name: str, before: Tree, after: Tree, epochs: int, folder: Path) -> Found:
    """Runs an example in both trees at the same time, with run folders in this one."""
    script, *arguments = EXAMPLES[name]
    places = [folder / name / side for side in SIDES]
    settings = ["--threads", 1, "--seed", 0, "--epochs", epochs, "--output"]
    trees = zip((before, after), places, strict=True)
    scripts = [(tree, tree.folder / "examples" / script, place) for tree, place in trees]
    return _compared([tree.start(path, *arguments, *settings, place) for tree, path, place in scripts], places)


def resumed(name: str, before: Tree, after: Tree, folder: Path) -> Found:
    """The tree before begins a training and is stopped; then both go on from copies of what it left."""
    begun, places = folder / name / "begun", [folder / name / side for side in SIDES]
    begun.mkdir(parents=True)
    try:
        before.inside("begin", name, begun).output()
    except TreeError as error:
        return Found(_in_one_line(error), "nothing")
    for place in places:
        shutil.copytree(begun, place)
    trees = zip((before, after), places, strict=True)
    return _compared([tree.inside("resume", name, place) for tree, place in trees], places)


def _compared(runs: list[Process], places: list[Path]) -> Found:
    texts, errors = [], []
    with runs[0], runs[1]:
        for run, place in zip(runs, places, strict=True):
            try:
                texts.append(withoutTimes(run.output().replace(str(place), "FOLDER")))
            except TreeError as error:
                errors.append(_in_one_line(error))
    if errors:
        return Found("; ".join(errors), "nothing")
    return Found(_first_of_each_kind(list(differences(*places))), textDifference(*texts))


def _first_of_each_kind(found: list[str]) -> str:
    """The first difference in files of each kind: a fingerprint says since when, an array by how much."""
    first = {told.partition(",")[0].rpartition(".")[2]: told for told in reversed(found)}
    shown = [told for told in found if told in first.values()]
    more = f" (and {len(found) - len(shown)} more of the files)" if len(found) > len(shown) else ""
    return "; ".join(shown) + more


def withoutTimes(text: str) -> str:
    """The text without durations, and without the spaces that put them into columns."""
    return re.sub(" +", " ", TIME.sub("TIME", text))


def textDifference(before: str, after: str) -> str:
    """The first line that differs, in words; empty where none does."""
    for number, (one, other) in enumerate(zip_longest(before.splitlines(), after.splitlines()), start=1):
        if one != other:
            told = ["nothing" if line is None else f"`{line.strip()}`" for line in (one, other)]
            return f"line {number}: {told[0]} and {told[1]}".replace("|", "\\|")
    return ""


def _in_one_line(error: TreeError) -> str:
    """The last line of what the process wrote, and which it was."""
    return ": ".join(reversed(str(error).split("\n")[-2:])).replace("|", "\\|")
