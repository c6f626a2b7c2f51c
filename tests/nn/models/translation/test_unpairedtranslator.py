"""The translator without pairs: what it makes to learn from, and what it learns of that."""

import itertools
import warnings

import numpy as np
import pytest

from activations import ReLU, Softmax
from dataset import Batch, Dataset, Vocabulary, cooccurrenceVectors
from layers import (
    Attention,
    CrossAttention,
    Dense,
    Embedding,
    LayerNormalization,
    PositionalEncoding,
    Residual,
    TimeDistributed,
)
from nn import EncoderDecoder, Model, UnpairedTranslator, checkGradients, seed
from nn.training.step import StepContext
from nn.watch.trainingwatch import TrainingWarning
from optimizer import Adam

SHARED = [*"abcd"]
STARTS = "<first>", "<second>"
WORDS = Vocabulary.ofTokens([[*"abcd([)]+-"]], ("<end>", "<mask>", *STARTS))
N = len(WORDS)
FIGURES = frozenset({"loss", "surprise", "accuracy"})


def texts(brackets, sign, size, number):
    """Programs such as ( a + b ), in the words of one language."""
    rng = np.random.default_rng(number)
    drawn = [rng.choice(SHARED, rng.integers(1, 4)) for _ in range(size)]
    return [[brackets[0], *sign.join(letters), brackets[1]] for letters in drawn]


FIRST, SECOND = texts("()", "+", 60, 0), texts("[]", "-", 60, 1)
TESTS = texts("()", "+", 20, 2), texts("[]", "-", 20, 2)


def model(number=0, features=8, lr=0.01, positions=(30, 30), **keywords):
    seed(number)
    adam = Adam(lr=lr)

    def block(*first):
        wide = [Dense(features, 2 * features, ReLU(), adam), Dense(2 * features, features, optimizer=adam)]
        return [
            Residual([LayerNormalization(features, optimizer=adam), one]) for one in (*first, TimeDistributed(wide))
        ]

    def begin(steps):
        return [Embedding(N, features, adam), PositionalEncoding(features, steps)]

    own = Attention(features, 2, causal=True, optimizer=adam)
    around = Attention(features, 2, optimizer=adam)
    encoder = [*begin(positions[0]), *block(around), LayerNormalization(features, optimizer=adam)]
    end = [LayerNormalization(features, optimizer=adam), TimeDistributed(Dense(features, N, Softmax(), adam))]
    decoder = [*begin(positions[1]), *block(own, CrossAttention(features, 2, optimizer=adam)), *end]
    return UnpairedTranslator(WORDS, encoder, decoder, STARTS, **keywords)


def dataset(**keywords):
    given = {"vocabulary": WORDS, "start": None, "end": None, "testSources": TESTS[0], "testTargets": TESTS[1]}
    return Dataset.fromPairs(FIRST, SECOND, **given, **{"batch_size": 20, "rng": 0} | keywords)


def batch():
    return dataset(shuffle=False).trainSet()


def lessons(one, progress=0.0):
    """The pairs of a step: (source, target, language)."""
    found = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            EncoderDecoder, "step", lambda self, given, context: found.append(given) or dict.fromkeys(FIGURES, 0.0)
        )
        one.step(batch(), StepContext(FIGURES, progress=progress))

    def read(numbers, mask):
        return [WORDS.tokensOf(row[:n].astype(int)) for row, n in zip(numbers[:, 0].T, mask.sum(axis=0), strict=True)]

    pairs = [
        (x, y[1:-1], y[0])
        for given in found
        for x, y in zip(read(given.inputs, given.mask), read(given.second, given.secondMask), strict=True)
    ]
    assert max(given.size for given in found) < 2 * one.part
    return pairs


def key(text):
    return " ".join(text)


# What it learns from -------------------------------------------------------------------------------------------------


def test_without_back_translation_it_learns_from_noise_alone(monkeypatch):
    one = model(backTranslation=False, part=16)
    monkeypatch.setattr(one, "translate", None)
    found = lessons(one)
    assert sorted(key(y) for _, y, start in found if start == "<first>") == sorted(map(key, FIRST))
    assert sorted(key(y) for _, y, start in found if start == "<second>") == sorted(map(key, SECOND))
    assert sum(x == y for x, y, _ in found) < 50
    assert all(set(x) <= {*y, "<mask>"} for x, y, _ in found)


def test_the_sources_of_true_texts_are_their_translations():
    one = model()
    found = {start: [(key(y), x) for x, y, to in lessons(one, 0.9) if to == start] for start in STARTS}
    for start, other, given in zip(STARTS, STARTS[::-1], (FIRST, SECOND), strict=True):
        length = round(1.5 * max(map(len, given)) + 5)
        expected = [(key(y), x) for y, x in zip(given, one.translate(given, other, length), strict=True) if x]
        assert len(found[start]) == len(expected) + round(0.2 * len(given))
        assert all(pair in found[start] for pair in expected)


@pytest.mark.parametrize(("progress", "noisy"), [(0.2, 1 - 0.8 * 0.4), (0.5, 0.2), (0.9, 0.2)])
def test_there_is_ever_less_noise(progress, noisy):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(UnpairedTranslator, "backTranslate", lambda self, *given: [])
        assert len(lessons(model(), progress)) == 2 * round(60 * noisy)


# What it learns ------------------------------------------------------------------------------------------------------


def test_both_directions_are_measured():
    one = model()
    pairs = one.batchOf(
        [*TESTS[0], *TESTS[1]], [*TESTS[1], *TESTS[0]], ["<second>"] * len(TESTS[0]) + ["<first>"] * len(TESTS[0])
    )
    assert one.evaluate(dataset()) == pytest.approx(EncoderDecoder.measure(one, pairs, FIGURES), rel=1e-5)


def test_the_figures_of_a_step_are_means_over_its_pairs(monkeypatch):
    one, seen = model(part=16, backTranslation=False), []
    step = EncoderDecoder.step

    def spied(self, given, context):
        seen.append((given.size, step(self, given, context)))
        return seen[-1][1]

    monkeypatch.setattr(EncoderDecoder, "step", spied)
    values = one.step(batch(), StepContext(FIGURES))
    assert len(seen) == 8
    for name in FIGURES:
        assert values[name] == pytest.approx(np.average([one[name] for _, one in seen], weights=[n for n, _ in seen]))


def test_gradients():
    one = model()
    report = checkGradients(one, Batch.of(*[batch().inputs[..., :4]], **_parts(4)))
    assert report, report
    assert len(report.entries) == sum(len(leaf.parameters) for leaf in one.namedLayers().values())


def _parts(n):
    given = batch()
    return {"mask": given.mask[:, :n], "second": given.second[..., :n], "secondMask": given.secondMask[:, :n]}


def test_it_is_trained_resumed_saved_and_loaded(tmp_path):
    whole = model()
    whole.train(dataset(), epochs=2, metrics=["test_surprise"], progress=False)
    for epochs, resume in ((1, False), (2, True)):
        one = model()
        one.train(dataset(), epochs=epochs, checkpoint=tmp_path / "c", resume=resume, metrics=[], progress=False)
        if not resume:
            again = one.weights()
    assert any(not np.array_equal(array, again[name]) for name, array in whole.weights().items())
    whole.save(tmp_path / "m.safetensors")
    loaded = Model.load(tmp_path / "m.safetensors")
    assert loaded.config() == whole.config()
    assert loaded.evaluate(dataset()) == whole.evaluate(dataset())
    assert loaded.translate(TESTS[0], "<second>") == whole.translate(TESTS[0], "<second>")


@pytest.mark.slow
def test_words_are_found_out_without_a_pair():
    one = model(features=16, lr=0.01, backTranslation=False)
    first, second = texts("()", "+", 400, 3), texts("[]", "-", 400, 4)
    vectors = cooccurrenceVectors(first, second, WORDS, 16, rng=0)
    for network in (one.encoder, one.decoder):
        network.layers[0].weight = vectors
    data = Dataset.fromPairs(first, second, vocabulary=WORDS, start=None, end=None, test_size=0, batch_size=50, rng=0)
    for back in (False, True):
        one.backTranslation = back
        one.train(data, epochs=6, metrics=[], progress=False)
    for start, given, right in zip(STARTS[::-1], TESTS, TESTS[::-1], strict=True):
        written = one.translate(given, start)
        assert np.mean([a == b for a, b in zip(written, right, strict=True)]) > 0.7


def test_what_is_refused():
    one = model()
    networks = WORDS, one.encoder, one.decoder
    for languages in ("<first>", ["<first>"], ["<first>", "<first>"], None):
        with pytest.raises(ValueError, match="two languages"):
            UnpairedTranslator(*networks, languages)
    with pytest.raises(ValueError, match="languages"):
        UnpairedTranslator(*networks, ("<first>", "<third>"))
    for name, wrong in {
        "mask": "?",
        "drop": 1,
        "masked": -1,
        "window": 0,
        "part": 0,
    }.items():
        with pytest.raises(ValueError, match=name):
            UnpairedTranslator(*networks, STARTS, **{name: wrong})
    with pytest.raises(TypeError, match="backTranslation"):
        UnpairedTranslator(*networks, STARTS, backTranslation=1)
    with pytest.raises(TypeError, match="backTranslation"):
        one.backTranslation = "no"
    with pytest.raises(ValueError, match="two languages"):
        one.step(Batch.of(np.ones((3, 1, 2))), StepContext())
    for act in (one.backTranslate, lambda some, language: one.denoise(some, language, np.random.default_rng(0))):
        with pytest.raises(ValueError, match="language to be one of '<first>', '<second>', got '<third>'"):
            act(FIRST, "<third>")


@pytest.mark.parametrize(
    ("positions", "message"),
    [((10, 30), "at most 10 tokens, for the 10 positions of the encoder, got 11; .* 11 steps"),
     ((30, 11), "the (11 )?positions of the decoder, got 1[12]; .* 12 steps"),
     ((11, 12), None)],
)  # fmt: skip
@pytest.mark.parametrize("bracketed", [{}, {"start": "<first>", "end": "<end>"}], ids=["texts", "with start and end"])
def test_texts_of_both_languages_have_to_fit_both_networks(positions, message, bracketed):
    one = model(positions=positions)
    short, long = [["a", "+"]], [[*"[-a-b-c-d-]"]]
    given = Dataset.fromPairs(
        short, long, **{"vocabulary": WORDS, "start": None, "end": None, "test_size": 0, "batch_size": 1} | bracketed
    )
    if message is None:
        one.train(given, epochs=2, metrics=[], progress=False)
    else:
        with pytest.raises(ValueError, match=f"the data set 'pairs' to be of .*{message}"):
            one.train(given, epochs=1)


def test_no_texts_have_no_translations():
    assert model().backTranslate([], "<first>") == []


# What goes wrong -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("back", [True, False])
def test_a_translator_that_copies_is_found(back, monkeypatch):
    """Its back-translations are pairs of a text and itself, of which none is to be different."""
    one = model(backTranslation=back)
    monkeypatch.setattr(one, "translate", lambda sources, *others: [[*text] for text in sources])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", TrainingWarning)
        one.train(dataset(), epochs=14, metrics=[], progress=False)
    assert [warning.message.kind for warning in caught] == ["copying"] * back
    assert ("100% of its translations" in str(one.diagnose(dataset()))) == back


def test_every_setting_matters():
    base = {}
    settings = (
        {},
        {"drop": 0.5},
        {"masked": 0.5},
        {"window": 6},
        {"part": 16},
        {"backTranslation": False},
    )
    found = []
    for changed in settings:
        one = model(**base | changed)
        one.step(batch(), StepContext(FIGURES, progress=0.2))
        found.append(np.concatenate([array.ravel() for array in one.weights().values()]))
    for a, b in itertools.combinations(found, 2):
        assert not np.array_equal(a, b)
