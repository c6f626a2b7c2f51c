"""Vectors for the words of two languages, without a dictionary."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from leibnet import randomness
from leibnet.arguments import instance, number, randomGenerator, refusal, wholeNumber
from leibnet.types import Array

import numpy as np

from dataset.sequences.vocabulary import Vocabulary, encodedEach

OWNER = "cooccurrenceVectors"

Texts = Sequence[Sequence[str]]


def cooccurrenceVectors(
    first: Texts,
    second: Texts,
    vocabulary: Vocabulary,
    features: int,
    noise: float = 0.3,
    rng: np.random.Generator | int | None = None,
) -> Array:
    """Vectors for all tokens of a vocabulary: words of two languages that keep the same company are near each other.

        C[w, s] = mean of n_w n_s over the texts of a language          √C = U S Vᵀ, centred          z_w = √S U_w

    n_w says how often a text has the word w, which one language has alone, and n_s how often it has the token s, which
    both have, such as a name or a numeral. Where texts of both languages are about the same things, a word and its
    translation have the same C, whatever the order of words: so an `Embedding` that begins with these vectors has an
    idea of the other language, though nothing told it which texts are translations. Where they are about different
    things, the vectors say little.

    Parameters
    ----------
    first, second : texts of two languages, lists of tokens; any number of either, and no pairs.
    vocabulary : of both.
    features : of a vector.
    noise : deviation of what is added to the vectors of words, in units of their size: words of one company, such as an
        opening and a closing bracket, are to be told apart; default 0.3.
    rng : a generator or seed, for the noise, the directions, and the vectors of all other tokens, which are N(0, 1);
        default the library's own for data.

    Returns
    -------
    (len(vocabulary), features) : of the size of N(0, 1) in every feature, as the weight of an `Embedding`.

    Raises
    ------
    ValueError : texts that share no token, or all of them; a token that the vocabulary does not have.

    Example
    -------
    >>> first = [["a", "+", "a"], ["b", "+", "b"], ["a", "-", "b"]]
    >>> second = [["b", "b", "plus"], ["b", "a", "minus"], ["a", "a", "plus"]]
    >>> vocabulary = Vocabulary.ofTokens(first + second)
    >>> vectors = cooccurrenceVectors(first, second, vocabulary, 8, noise=0, rng=0)
    >>> plus, minus, other = vectors[vocabulary.encode(["+", "-", "plus"])]
    >>> round(float(plus @ other) / 8, 2), round(float(minus @ other) / 8, 2)
    (1.0, -1.0)

    Sources: words have translations of the same company, Rapp 1995, "Identifying word translations in non-parallel
    texts"; roots and half of S, Levy & Goldberg 2014, "Neural word embedding as implicit matrix factorization". A
    translator without pairs begins with such vectors in Lample et al. 2018, arXiv:1711.00043 and arXiv:1804.07755.
    """
    instance(OWNER, "vocabulary", vocabulary, Vocabulary, "Vocabulary.ofTokens(texts)")
    features = wholeNumber(OWNER, "features", features)
    noise = number(OWNER, "noise", noise, low=0)
    given = randomGenerator(OWNER, rng)
    generator = randomness.data.generator if given is None else given
    counts = [_counts(name, texts, vocabulary) for name, texts in (("first", first), ("second", second))]
    in_first, in_second = (one.any(axis=0) for one in counts)
    shared, words = in_first & in_second, in_first ^ in_second
    if not shared.any() or not words.any():
        got = f"{shared.sum()} tokens in both, and {words.sum()} in one"
        expected, remedy = "texts of two languages that share some of their tokens, not all", "give more texts"
        raise ValueError(f"{OWNER}: expected {expected}, got {got}; {remedy}")
    roots = np.zeros((len(vocabulary), int(shared.sum())))
    for one, own in zip(counts, (in_first & words, in_second & words), strict=True):
        roots[own] = np.sqrt(one[:, own].T @ one[:, shared] / len(one))
    U, S, _ = np.linalg.svd(roots[words] - roots[words].mean(axis=0), full_matrices=False)
    kept = min(features, len(S))
    directions = np.linalg.qr(generator.standard_normal((features, features)))[0][:kept]
    z = (U * np.sqrt(S))[:, :kept] @ directions
    z *= np.sqrt(features) / np.maximum(np.linalg.norm(z, axis=1, keepdims=True), np.finfo(float).tiny)
    vectors = generator.standard_normal((len(vocabulary), features))
    vectors[words] = z + noise * vectors[words]
    return vectors


def _counts(name: str, texts: Texts, vocabulary: Vocabulary) -> Array:
    """How often each text has each token, (texts, tokens)."""
    if isinstance(texts, str) or not isinstance(texts, Sequence) or not len(texts):
        raise ValueError(refusal(OWNER, name, "a list of lists of tokens", texts))
    numbers = encodedEach(OWNER, name, texts, vocabulary)
    places = np.repeat(np.arange(len(texts)), [len(one) for one in numbers])
    counts = np.zeros((len(texts), len(vocabulary)))
    np.add.at(counts, (places, np.fromiter(chain.from_iterable(numbers), np.intp, len(places))), 1)
    return counts
