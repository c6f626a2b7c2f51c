"""Whether translated programs compute what their sources compute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from leibnet import randomness
from leibnet.arguments import randomGenerator, refusal, wholeNumber

import numpy as np

from dataset.generated.programs.corpora import programLanguage
from dataset.generated.programs.generator import BOUND
from dataset.generated.programs.language import ProgramLanguage
from dataset.generated.programs.syntax import ProgramError

OWNER = "computationalAccuracy"
RIGHT, OTHER_RESULT, NOT_RUNNING = "right", "other result", "does not run"
TRIES = 100  # inputs drawn for one run that a source can do


class ComputationalAccuracy(NamedTuple):
    """How many translations are right, and what is said of each.

    Attributes
    ----------
    share : of the translations that are right, from 0 to 1.
    verdicts : for each translation "right", "other result" or "does not run".
    """

    share: float
    verdicts: list[str]

    def __str__(self) -> str:
        counts = Counter(self.verdicts)
        each = ", ".join(f"{counts[one]:,} {one}" for one in (RIGHT, OTHER_RESULT, NOT_RUNNING))
        return f"{self.share:.1%} of {len(self.verdicts):,} translations: {each}"


def computationalAccuracy(
    translations: Sequence[Sequence[str]],
    sources: Sequence[Sequence[str]],
    language: str | ProgramLanguage,
    sourceLanguage: str | ProgramLanguage,
    runs: int = 10,
    rng: np.random.Generator | int | None = None,
) -> ComputationalAccuracy:
    """The share of translated programs that compute the same as their sources for some random inputs.

    Inputs are whole numbers from -20 to 20, as likely each. A translation is run with the inputs of its source, and
    with no other variables. "does not run" says that it is no program of its language, or that it cannot go on in one
    of the runs; "other result" that it runs, and gives something else in one of them. Inputs with which the source
    itself cannot go on are drawn anew.

    Parameters
    ----------
    translations : programs as lists of tokens.
    sources : what they were translated from, as many.
    language, sourceLanguage : of the translations, and of the sources; names as for `programLanguage`, or languages.
    runs : how many inputs each is tried with; default 10.
    rng : generator or seed for the inputs; default the library's own for data.

    Raises
    ------
    ValueError : not as many translations as sources, or none; ProgramError (a ValueError): a source that is no program
        of its language, or that cannot go on with any of 100 inputs in a row.

    Example
    -------
    >>> sources = ["x = a + b ; return x ;".split(), "return a * 2 ;".split(), "return a - 1 ;".split()]
    >>> translations = ["set x to b plus a give x".split(), "give a plus 2".split(), "give a minus".split()]
    >>> print(computationalAccuracy(translations, sources, "word", "brace", rng=0))
    33.3% of 3 translations: 1 right, 1 other result, 1 does not run

    Source: Lachaux, Roziere, Chanussot & Lample 2020, "Unsupervised translation of programming languages",
    arXiv:2006.03511, where it is measured with ten random inputs, too.
    """
    to, of = (one if isinstance(one, ProgramLanguage) else programLanguage(one) for one in (language, sourceLanguage))
    runs = wholeNumber(OWNER, "runs", runs)
    for name, programs in (("translations", translations), ("sources", sources)):
        _check_programs(name, programs)
    if len(translations) != len(sources) or not len(sources):
        expected = f"{len(sources)}, as many as there are sources" if len(sources) else "one or more"
        raise ValueError(refusal(OWNER, "translations", expected, len(translations)))
    given = randomGenerator(OWNER, rng)
    generator = randomness.data.generator if given is None else given
    verdicts = []
    for translation, source in zip(translations, sources, strict=True):
        tried = _tried(of, source, runs, generator)
        try:
            runner = to.runner([*translation])
            same = [runner(inputs) == result for inputs, result in tried]
        except ProgramError:
            verdicts.append(NOT_RUNNING)
        else:
            verdicts.append(RIGHT if all(same) else OTHER_RESULT)
    return ComputationalAccuracy(verdicts.count(RIGHT) / len(verdicts), verdicts)


def _check_programs(name: str, programs: Any) -> None:
    """TypeError for anything but a list of lists of tokens."""
    if isinstance(programs, str) or not isinstance(programs, Sequence):
        raise TypeError(refusal(OWNER, name, "a list of programs, which are lists of tokens", programs))
    for place, program in enumerate(programs):
        if isinstance(program, str) or not isinstance(program, (Sequence, np.ndarray)):
            raise TypeError(refusal(OWNER, f"{name}[{place}]", "a list of tokens", program, "give text.split()"))


def _tried(
    language: ProgramLanguage, source: Sequence[str], runs: int, rng: np.random.Generator
) -> list[tuple[dict[str, int], int]]:
    """So many inputs of a source that it can go on with, and its results."""
    names, runner = language.read([*source]).inputs, language.runner([*source])
    found = []
    for _ in range(runs):
        for tries in range(TRIES):
            inputs = dict(zip(names, rng.integers(-BOUND, BOUND + 1, len(names)).tolist(), strict=True))
            try:
                found.append((inputs, runner(inputs)))
                break
            except ProgramError:
                if tries == TRIES - 1:
                    raise
    return found
