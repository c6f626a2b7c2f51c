"""Vectors of words by what they stand beside."""

import numpy as np
import pytest

from dataset import Vocabulary, cooccurrenceVectors, programCorpora


def nearest(vectors, vocabulary, words, others):
    """The likeliest translation of each word."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    rows, columns = (unit[vocabulary.encode(some).astype(int)] for some in (words, others))
    return dict(zip(words, (others[k] for k in (rows @ columns.T).argmax(axis=1)), strict=True))


@pytest.mark.parametrize("second", ["word", "stack"])
def test_operations_are_nearest_to_their_translations(second):
    corpora = programCorpora("brace", second, 1500, 0, 0, rng=0)
    one, other = corpora.languages
    vectors = cooccurrenceVectors(corpora.first, corpora.second, corpora.vocabulary, 32, noise=0, rng=0)
    assert vectors.shape == (len(corpora.vocabulary), 32)
    found = nearest(vectors, corpora.vocabulary, list(one.words), list(other.words))
    pairs = [(mine, theirs) for given in ("operations", "comparisons") for mine, theirs in _pairs(one, other, given)]
    assert sum(found[mine] == theirs for mine, theirs in pairs) >= len(pairs) - 1


def _pairs(one, other, kind):
    mine, theirs = getattr(one, kind), getattr(other, kind)
    return [(mine[name], theirs[name]) for name in mine]


FIRST = [["a", "+", "a"], ["b", "+", "b"], ["a", "-", "b"]] * 5
SECOND = [["b", "b", "plus"], ["b", "a", "minus"], ["a", "a", "plus"]] * 3
WORDS = Vocabulary.ofTokens([*FIRST, *SECOND])


def test_vectors_have_the_size_of_a_normal_distribution_and_all_tokens_have_one():
    vectors = cooccurrenceVectors(FIRST, SECOND, WORDS, 200, noise=0, rng=0)
    own = WORDS.encode(["+", "-", "plus", "minus"]).astype(int)
    assert np.linalg.norm(vectors[own], axis=1) == pytest.approx(np.sqrt(200))
    others = np.delete(vectors, own, axis=0)
    assert abs(others.std() - 1) < 0.1
    assert np.linalg.matrix_rank(others) == len(others)
    noisy = cooccurrenceVectors(FIRST, SECOND, WORDS, 200, noise=0.5, rng=0)
    assert abs((noisy - vectors)[own].std() - 0.5) < 0.05
    assert np.array_equal(np.delete(noisy, own, axis=0), others)


def test_the_order_of_words_says_nothing():
    turned = [one[::-1] for one in SECOND[::-1]]
    given = WORDS, 8, 0.3, 1
    first, other = cooccurrenceVectors(FIRST, SECOND, *given), cooccurrenceVectors(FIRST, turned, *given)
    assert first == pytest.approx(other)
    assert cooccurrenceVectors(FIRST, SECOND, WORDS, 8, rng=2) != pytest.approx(first)


def test_what_is_refused():
    with pytest.raises(TypeError, match="vocabulary"):
        cooccurrenceVectors(FIRST, SECOND, "ab", 8)
    with pytest.raises(ValueError, match="features"):
        cooccurrenceVectors(FIRST, SECOND, WORDS, 0)
    with pytest.raises(ValueError, match="noise"):
        cooccurrenceVectors(FIRST, SECOND, WORDS, 8, noise=-1)
    with pytest.raises(ValueError, match="two languages"):
        cooccurrenceVectors([["+"]], [["-"]], WORDS, 8)
    with pytest.raises(ValueError, match="two languages"):
        cooccurrenceVectors(FIRST, FIRST, WORDS, 8)
    for texts in ([], "a b"):
        with pytest.raises(ValueError, match="second"):
            cooccurrenceVectors(FIRST, texts, WORDS, 8)
    with pytest.raises(ValueError, match=r"got 0 tokens in both, and 2 in one; give more texts"):
        cooccurrenceVectors([["+"]], [["-"]], WORDS, 8)
    with pytest.raises(ValueError, match=r"second\[1\].*every token"):
        cooccurrenceVectors(FIRST, [["a"], ["c"]], WORDS, 8)
