"""The masked language model: where its gaps are, what it learns of them, and what it fills in."""

import numpy as np
import pytest

from activations import ReLU, Softmax
from dataset import Batch, Dataset, Vocabulary
from layers import Attention, Dense, Embedding, PositionalEncoding, Residual, TimeDistributed
from loss import MSE, CategoricalCrossEntropy
from nn import MLP, MaskedLanguageModel, Model, checkGradients, seed
from nn.training.step import StepContext
from optimizer import Adam

WORDS = Vocabulary.ofTokens([[*"abcdef"]])
N = len(WORDS)
GAP = WORDS.tokens.index("<mask>")
FIGURES = frozenset({"loss", "surprise", "accuracy"})
TURNS = [[*("abcdef" * 2)[i : i + n]] for i in range(6) for n in (4, 5, 6)]  # what stands in a gap is certain


def model(number=0, share=0.2, features=8, lr=0.02):
    seed(number)
    adam = Adam(lr=lr)
    layers = [Embedding(N, features, adam), PositionalEncoding(features, 8)]
    layers += [Residual([Attention(features, 2, optimizer=adam)])]
    layers += [Residual([TimeDistributed([Dense(features, 16, ReLU(), adam), Dense(16, features, optimizer=adam)])])]
    return MaskedLanguageModel(WORDS, [*layers, TimeDistributed(Dense(features, N, Softmax(), adam))], share)


def dataset(**keywords):
    seed(0)
    numbers = [WORDS.encode(text) for text in TURNS]
    return Dataset.fromSequences(numbers, **{"test_size": 6, "batch_size": 6, "rng": 0} | keywords)


def batch(texts=TURNS):
    steps = max(map(len, texts))
    mask = np.arange(steps)[:, np.newaxis] < [len(text) for text in texts]
    x = np.zeros((steps, 1, len(texts)))
    for i, text in enumerate(texts):
        x[: len(text), 0, i] = WORDS.encode(text)
    return Batch.of(x, mask=mask)


def shown(one, texts=TURNS):
    """The batch that the network is shown."""
    found = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(MLP, "step", lambda self, given, context: found.append(given) or {"loss": 0.0})
        one.step(batch(texts), StepContext(FIGURES))
    return found[0]


def test_gaps_are_as_many_as_asked_for_and_never_in_padding():
    texts = [[*"abcdef"[: 1 + i % 6]] for i in range(3000)]
    given = batch(texts)
    masked = shown(model(share=0.3), texts)
    gaps, before, after = masked.weights > 0, given.inputs[:, 0], masked.inputs[:, 0]
    there = given.mask.sum()
    assert not (gaps & ~given.mask).any()
    assert set(np.unique(masked.weights)) == {0, 1}
    assert abs(gaps.sum() / there - 0.3) < 4 * np.sqrt(0.21 / there)
    assert np.array_equal(before[~gaps], after[~gaps])
    assert np.array_equal(masked.labels.argmax(axis=1)[given.mask], before[given.mask])
    kept, hidden = (before == after)[gaps].mean(), (after == GAP)[gaps].mean()
    assert abs(hidden - 0.8) < 4 * np.sqrt(0.16 / gaps.sum())
    assert 0.1 < kept < 0.17  # a tenth stays, and of another tenth some become what they were
    assert (after[gaps] >= 0).all()
    assert set(after[given.mask & (after != GAP)]) <= set(before[given.mask])


def test_a_single_token_has_a_gap():
    masked = shown(model(share=0.01), [["a"]])
    assert masked.weights.tolist() == [[1]]


def test_the_figures_are_those_of_the_gaps_alone():
    one = model()
    masked = shown(one)
    seed(0)
    one = model()
    values = one.step(batch(), StepContext(FIGURES))
    fresh = model()
    p = fresh.predict(masked.inputs, mask=masked.mask)
    gaps = masked.weights > 0
    right = np.take_along_axis(p, masked.labels.argmax(axis=1)[:, np.newaxis], axis=1)[:, 0]
    assert values["loss"] == pytest.approx(-np.log(right[gaps]).sum() / len(TURNS))
    assert values["surprise"] == pytest.approx(-np.log(right[gaps]).mean())
    assert values["accuracy"] == pytest.approx((p.argmax(axis=1) == masked.labels.argmax(axis=1))[gaps].mean())


def test_what_is_certain_is_learnt_and_filled_in():
    one = model(lr=0.01, features=16)
    for _ in range(150):
        values = one.step(batch(), StepContext(FIGURES))
    assert values["surprise"] < 0.9
    texts = [[*("abcdef" * 2)[i : i + 5]] for i in range(6)]
    filled = one.fill([[*text[:2], "<mask>", *text[3:]] for text in texts])
    assert sum(a == b for a, b in zip(filled, texts, strict=True)) > 4
    assert one.fill([[*"fab"]]) == [[*"fab"]]


def test_an_evaluation_draws_the_same_gaps_each_time_and_weighs_all_gaps_alike():
    one, data = model(), dataset()
    first = one.evaluate(data)
    assert first == one.evaluate(data)
    assert set(first) == set(FIGURES)
    values = one.step(batch(), StepContext())
    assert values == {}
    assert one.evaluate(data) != first


def test_gradients():
    one = model()
    masked = shown(one)
    report = checkGradients(one, masked.inputs, masked.labels, weights=masked.weights, mask=masked.mask)
    assert report, report
    given = batch()
    seed(3)
    (moved, loss) = one.losses(given)["loss"]
    assert moved == one.namedLayers()
    assert loss() == loss()  # the gaps stay where they are


def test_it_is_trained_resumed_saved_and_loaded(tmp_path):
    whole = model()
    history = whole.train(dataset(), epochs=3, metrics=["train_surprise", "test_accuracy"], progress=False)
    assert len(history["train_surprise"]) == 3
    for epochs, resume in ((1, False), (3, True)):
        one = model()
        one.train(dataset(), epochs=epochs, checkpoint=tmp_path / "c", resume=resume, metrics=[], progress=False)
    for name, array in whole.weights().items():
        assert np.array_equal(array, one.weights()[name])
    whole.save(tmp_path / "m.safetensors")
    loaded = Model.load(tmp_path / "m.safetensors")
    assert loaded.config() == whole.config()
    assert loaded.fill(TURNS[:2]) == whole.fill(TURNS[:2])
    assert loaded.evaluate(dataset()) == whole.evaluate(dataset())
    assert whole.copy().evaluate(dataset()) == whole.evaluate(dataset())


def test_what_is_refused():
    one, top = model(), TimeDistributed(Dense(8, N, Softmax()))
    with pytest.raises(TypeError, match="vocabulary"):
        MaskedLanguageModel("abc")
    with pytest.raises(ValueError, match="mask"):
        MaskedLanguageModel(WORDS, mask="<gap>")
    for share in (0, 1.5):
        with pytest.raises(ValueError, match="share"):
            MaskedLanguageModel(WORDS, share=share)
    with pytest.raises(TypeError, match="CategoricalCrossEntropy"):
        MaskedLanguageModel(WORDS, one.layers, loss=MSE())
    with pytest.raises(TypeError, match="CategoricalCrossEntropy"):
        one.train(dataset(), MSE(), epochs=1)
    one.train(dataset(), CategoricalCrossEntropy(), epochs=1, metrics=[], progress=False)
    with pytest.raises(ValueError, match="ending in TimeDistributed"):
        MaskedLanguageModel(WORDS, [Embedding(N, 8), TimeDistributed(Dense(8, N))]).fill([["a"]])
    with pytest.raises(ValueError, match="one token or more"):
        one.fill([[]])
    with pytest.raises(ValueError, match="every token"):
        one.fill([["g"]])
    with pytest.raises(ValueError, match="numbers of tokens"):
        one.step(Batch.of(np.full((3, 1, 2), N)), StepContext())
    others = Dataset.fromPairs([["a"]] * 9, [["b"]] * 9, test_size=0)
    with pytest.raises(ValueError, match="vocabulary=model.vocabulary"):
        one.train(others, epochs=1)
    assert MaskedLanguageModel(WORDS, [Embedding(N, 8), top], 0.5).share == 0.5
