"""Noise on lists of tokens, for translators that learn without pairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

from leibnet import randomness
from leibnet.arguments import number, randomGenerator, refusal, wholeNumber
from leibnet.types import Array

import numpy as np

from dataset.sequences.vocabulary import checkedTokens

OWNER = "tokenNoise"


@overload
def tokenNoise(
    tokens: Sequence[str],
    drop: float = ...,
    mask: float = ...,
    window: int = ...,
    *,
    maskToken: str = ...,
    rng: np.random.Generator | int | None = ...,
) -> list[str]: ...
@overload
def tokenNoise(
    tokens: Array,
    drop: float = ...,
    mask: float = ...,
    window: int = ...,
    *,
    maskToken: int,
    rng: np.random.Generator | int | None = ...,
) -> Array: ...
def tokenNoise(
    tokens: Sequence[str] | Array,
    drop: float = 0.1,
    mask: float = 0.1,
    window: int = 3,
    *,
    maskToken: str | int = "<mask>",
    rng: np.random.Generator | int | None = None,
) -> list[str] | Array:
    """Tokens of which some are dropped, some are masked, and all are shuffled a little, for denoising.

    Token i is moved to the place that i + u has in the order of all of them, with u drawn uniformly from [0, window):
    no two tokens that stand `window` or more apart change their order. Then every token is dropped with probability
    `drop`; each that is left becomes `maskToken` with probability `mask`. One token is left at least.

    Parameters
    ----------
    tokens : a list of tokens, one or more, or an array (n,) of their numbers.
    drop, mask : probabilities, 0 to below 1; default 0.1 each.
    window : k from 1 on; 1 leaves the order as it is. Default 3.
    maskToken : what a masked token becomes, default "<mask>"; of numbers, the number of the mask, which must be given.
    rng : generator or seed; default the library's own for data.

    Example
    -------
    >>> tokenNoise("x = a + b ; return x ;".split(), 0.2, 0.2, rng=1)
    ['a', '=', 'b', '+', ';', 'return', ';']

    Source: Lample, Conneau, Denoyer & Ranzato 2018, "Unsupervised machine translation using monolingual corpora only",
    arXiv:1711.00043; masks beside dropped tokens as in Lachaux et al. 2020, arXiv:2006.03511.
    """
    drop = number(OWNER, "drop", drop, 0, 1, excluding="high")
    mask = number(OWNER, "mask", mask, 0, 1, excluding="high")
    window = wholeNumber(OWNER, "window", window)
    given = randomGenerator(OWNER, rng)
    generator = randomness.data.generator if given is None else given
    if isinstance(tokens, np.ndarray):
        _check_numbers(tokens, maskToken)
    else:
        checkedTokens(OWNER, "tokens", tokens)
        if not isinstance(maskToken, str):
            raise TypeError(refusal(OWNER, "maskToken", "a token", maskToken))
    if not len(tokens):
        raise ValueError(refusal(OWNER, "tokens", "one token or more", tokens))
    n = len(tokens)
    order = np.argsort(np.arange(n) + window * generator.random(n), kind="stable") if window > 1 else np.arange(n)
    kept = generator.random(n) >= drop
    if not kept.any():
        kept[generator.integers(n)] = True
    masked = generator.random(n) < mask
    if isinstance(tokens, np.ndarray):
        return np.where(masked, np.asarray(maskToken, tokens.dtype), tokens)[order[kept[order]]]
    return [str(maskToken) if masked[i] else tokens[i] for i in order if kept[i]]


def _check_numbers(numbers: Array, maskToken: Any) -> None:
    if numbers.ndim != 1 or numbers.dtype.kind not in "iu":
        raise ValueError(refusal(OWNER, "tokens", "a list of tokens, or an array (n,) of whole numbers", numbers.shape))
    most = int(np.iinfo(numbers.dtype).max)
    if wholeNumber(OWNER, "maskToken", maskToken, least=0) > most:
        raise ValueError(refusal(OWNER, "maskToken", f"at most {most:,}, as {numbers.dtype} is", maskToken))
