"""Pairs of sequences: what a batch holds, that pairs stay pairs, and what is refused."""

from itertools import chain

import numpy as np
import pytest

from dataset import Batch, Dataset, Vocabulary

WORDS = [f"{letter}{i}" for i in range(10) for letter in "ab"]
VOCABULARY = Vocabulary.ofTokens([WORDS])


def pairs(n=40, seed=0):
    """Sources of one to six tokens, and as targets the same in other words, and one more."""
    rng = np.random.default_rng(seed)
    sources = [[f"a{i}" for i in rng.integers(10, size=rng.integers(1, 7))] for _ in range(n)]
    return sources, [translated(source) for source in sources]


def translated(source):
    return [*(token.replace("a", "b") for token in source), "b0"]


def made(n=40, **options):
    return Dataset.fromPairs(*pairs(n), **{"vocabulary": VOCABULARY, "batch_size": 8, "rng": 0} | options)


def texts(batch):
    """The sources and targets of a batch, without their padding."""
    parts = ("inputs", "mask"), ("second", "secondMask")
    return tuple(
        [VOCABULARY.tokensOf(numbers[there].astype(int)) for numbers, there in zip(x[:, 0].T, mask.T, strict=True)]
        for x, mask in ((getattr(batch, one), getattr(batch, other)) for one, other in parts)
    )


@pytest.mark.parametrize("shuffle", [True, False])
def test_pairs_stay_pairs_in_all_splits_and_epochs(shuffle):
    data = made(validation_size=6, test_size=10, shuffle=shuffle)
    assert (data.train_size, data.validation_size, data.test_size) == (24, 6, 10)
    batches = [batch for _ in range(2) for batch, _, _ in data.batches()]
    tests = [test for _, test, _ in data.batches()]
    wholes = [data.trainSet(), data.validationSet(), data.testSet()]
    seen = []
    for batch in [*batches, *tests, *wholes, *data.chunks("test", 4)]:
        sources, targets = texts(batch)
        seen.append(sources)
        assert targets == [["<start>", *translated(source), "<end>"] for source in sources]
    first, again = ([*chain(*seen[i : i + 3])] for i in (0, 3))
    assert sorted(first) == sorted(again) == sorted(texts(wholes[0])[0])
    assert (first != again) == shuffle
    assert sorted(chain(*(texts(whole)[0] for whole in wholes))) == sorted(pairs()[0])


def test_what_a_batch_holds():
    data = made()
    batch = next(data.batches())[0]
    assert batch.inputs.shape == (6, 1, 8)
    assert batch.second.shape == (9, 1, 8)
    assert batch.mask.shape == (6, 8)
    assert batch.secondMask.shape == (9, 8)
    assert batch.mask.dtype == batch.secondMask.dtype == bool
    assert batch.inputs.dtype == batch.second.dtype == np.float32
    assert batch.weights is None
    assert {*batch.parts} == {"inputs", "labels", "mask", "second", "secondMask"}
    assert data.sampleShape == (6, 1)
    assert data.second.sampleShape == (9, 1)
    assert data.vocabulary is data.second.vocabulary is VOCABULARY
    assert data.paired
    assert not data.isWeighted
    assert "second domain 9 x 1, paired" in repr(data)
    assert "second domain 9 x 1, float32" in repr(made(paired=False))
    assert made(dtype=np.float64).testSet().second.dtype == np.float64


def test_masks_are_there_where_nothing_is_padded():
    data = Dataset.fromPairs([["a1", "a2"]] * 4, [["b1"]] * 4, vocabulary=VOCABULARY, test_size=1, rng=0)
    batch = data.trainSet()
    assert batch.mask.shape == (2, 3)
    assert batch.secondMask.shape == (3, 3)
    assert batch.mask.all()
    assert batch.secondMask.all()


def test_a_test_part_of_its_own_and_its_longer_sequences():
    long = [["a1"] * 12]
    data = made(testSources=long, testTargets=[translated(long[0])], shuffle=False)
    assert (data.train_size, data.test_size) == (40, 1)
    assert data.sampleShape == (12, 1)
    assert texts(data.testSet())[0] == long
    assert texts(data.trainSet())[0] == pairs()[0]


def test_start_and_end_are_as_asked():
    assert texts(made(start=None, end=None, test_size=0, shuffle=False).trainSet())[1] == pairs()[1]
    both = Vocabulary.ofTokens([WORDS], ["<b>", "<stop>"])
    data = Dataset.fromPairs(*pairs(3), vocabulary=both, start="<b>", end="<stop>", test_size=0)
    assert {both.tokens[int(one)] for one in data.trainSet().second[0, 0]} == {"<b>"}
    assert (data.trainSet().second == 1).sum() == 3


def test_texts_and_a_vocabulary_of_their_tokens():
    data = Dataset.fromPairs(["to be", "or"], ["be to", "or not"], test_size=0, shuffle=False)
    assert data.vocabulary.tokens == ["<start>", "<end>", "<mask>", "be", "not", "or", "to"]
    assert data.vocabulary.tokensOf(data.trainSet().second[:, 0, 0].astype(int)) == ["<start>", "be", "to", "<end>"]
    letters = Dataset.fromPairs(["ab", "b"], ["ba", "a"], vocabulary=Vocabulary.characters("ab<>"), start="<", end=">")
    assert letters.train_size == 2


def test_weights_are_of_whole_pairs():
    data = made(sampleWeights=np.arange(40.0), test_size=0, shuffle=False)
    batch = data.trainSet()
    assert np.allclose(batch.weights, np.arange(40) / 19.5)
    assert np.array_equal(batch.sampleWeights, batch.weights)
    tests = made(testSources=[["a1"]] * 3, testTargets=[["b1"]] * 3, testWeights=[1, 2, 3]).testSet()
    assert np.array_equal(tests.weights, [1, 2, 3])


def test_the_same_seed_gives_the_same_and_the_state_says_it_all():
    one, other = made(), made()
    assert one.fingerprint() == other.fingerprint() != made(rng=1).fingerprint()
    for mine, theirs in zip(one.batches(), other.batches(), strict=True):
        assert texts(mine[0]) == texts(theirs[0])
    state = one.rng.bit_generator.state
    expected = [texts(batch) for batch, _, _ in one.batches()]
    one.rng.bit_generator.state = state
    assert [texts(batch) for batch, _, _ in one.batches()] == expected


def test_a_batch_of_pairs_by_hand():
    x, y = np.zeros((3, 1, 2)), np.zeros((4, 1, 2))
    batch = Batch.of(x, mask=np.ones((3, 2)), second=y, secondMask=np.eye(4)[:, :2])
    assert batch.mask.dtype == batch.secondMask.dtype == bool
    assert batch.weights is None
    for given, message in (
        (
            {"second": y, "secondMask": np.ones((3, 2))},
            r"secondMask to be of shape \(4, 2\), the steps .* of the second",
        ),
        ({"secondMask": np.ones((4, 2))}, "secondMask to be omitted where there is no part 'second'"),
        ({"second": y, "secondMask": np.full((4, 2), 0.5)}, "secondMask to be True or False"),
        ({"second": np.zeros((4, 2)), "secondMask": np.ones((4, 2))}, "secondMask to be omitted for second of shape"),
    ):
        with pytest.raises(ValueError, match=message):
            Batch.of(x, **given)


SOURCES, TARGETS = pairs(5)


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"sources": "a1 a2"}, TypeError, "sources to be a list of lists of tokens, or of texts, got 'a1 a2'"),
        ({"targets": 3}, TypeError, "targets to be a list"),
        ({"targets": TARGETS[:4]}, ValueError, "targets to be 5 sequences, as many as sources, got 4"),
        ({"sources": [], "targets": []}, ValueError, "sources to be a list of one sequence or more"),
        (
            {"sources": [["a1"], ["c1"], *SOURCES[2:]]},
            ValueError,
            r"sources\[1\]: Tokens.encode: .* got 'c1'; .* entry 0",
        ),
        ({"targets": [*TARGETS[:4], ["a1", 2]]}, TypeError, r"targets\[4\]"),
        ({"sources": [[], *SOURCES[1:]]}, ValueError, r"sources\[0\] to be one token or more"),
        ({"targets": [[], *TARGETS[1:]], "start": None, "end": None}, ValueError, r"targets\[0\] to be one token"),
        ({"start": "<b>"}, ValueError, "start to be a token of the vocabulary, Tokens of 23 tokens, got '<b>'"),
        ({"end": "<b>"}, ValueError, "end to be a token of the vocabulary"),
        ({"vocabulary": WORDS}, TypeError, "vocabulary to be a Vocabulary"),
        ({"testSources": SOURCES}, TypeError, "testTargets to be a list"),
        ({"testTargets": SOURCES}, TypeError, "testSources to be a list"),
        ({"sampleWeights": [1, 2]}, ValueError, r"sampleWeights to be of shape \(5,\), one for each pair"),
        ({"sampleWeights": [-1] * 5}, ValueError, "sampleWeights"),
        ({"testWeights": [1]}, ValueError, "testWeights to be omitted without testSources"),
        ({"test_size": 5}, ValueError, "test_size to be fewer than the 5 samples"),
        ({"batch_size": 0}, ValueError, "Dataset.fromPairs: expected batch_size"),
        ({"batch_size": 9, "dropLast": True}, ValueError, "because of dropLast"),
    ],
)
def test_bad_input(change, kind, message):
    given = {"sources": SOURCES, "targets": TARGETS, "vocabulary": VOCABULARY} | change
    with pytest.raises(kind, match=message):
        Dataset.fromPairs(given.pop("sources"), given.pop("targets"), **given)
