"""The language model with attention in the place of recurrent layers."""

import copy

import numpy as np
import pytest

from activations import ReLU, Softmax
from dataset import Dataset, Vocabulary
from interrupting import Stop
from layers import (
    LSTM,
    Attention,
    CrossAttention,
    Dense,
    Dropout,
    Embedding,
    LayerNormalization,
    PositionalEncoding,
    Residual,
    TimeDistributed,
    memory,
)
from nn import MLP, Checkpoint, DynamicSystem, LanguageModel, Model, checkGradients, seed
from nn.models.sequences.reading import stretches, windowed
from optimizer import Adam

TEXT = "the cat sat on the mat, and the dog sat on the cat. " * 12
WORDS = Vocabulary.characters(TEXT)
N = len(WORDS)
F = 8


def text(steps=7, streams=4, validation=0.2):
    return Dataset.fromText(TEXT, steps, streams, validation=validation)


def lost(drop):
    return [Dropout(drop)] if drop else []


def block(optimizer, drop=0.0, causal=True):
    steps = TimeDistributed([Dense(F, 2 * F, ReLU(), optimizer), Dense(2 * F, F, optimizer=optimizer)])
    return [
        Residual([LayerNormalization(F), Attention(F, 2, causal, optimizer), *lost(drop)]),
        Residual([LayerNormalization(F), steps, *lost(drop)]),
    ]


def model(context=10, drop=0.0, number=0, more=(), learned=False):
    seed(number)
    adam = Adam(lr=0.01, clipNorm=1.0)
    positions = [] if context is None else [PositionalEncoding(F, context, learned, adam)]
    top = [LayerNormalization(F), TimeDistributed(Dense(F, N, Softmax(), adam))]
    return LanguageModel(WORDS, [Embedding(N, F, adam), *positions, *block(adam, drop), *more, *block(adam), *top])


def trained(epochs=2, **keywords):
    one = model(**keywords)
    one.train(text(), epochs=epochs, metrics=[], progress=False)
    return one


def weights(one):
    return np.concatenate([array.ravel() for array in one.weights().values()])


def after(one, numbers):
    """The probabilities after each of these, in one pass."""
    return one.predict(np.reshape(numbers, (-1, 1, 1)))[:, :, 0]


# Texts longer than the context ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("context", [1, 2, 3, 4, 7, 10])
def test_the_last_half_is_read_again(context):
    seen, start = [], 0
    for first, begin, end, anew in ((one.first, one.begin, one.end, one.anew) for one in stretches(0, 40, context)):
        assert first == (seen[-1] + 1 if seen else 0)
        start = begin if anew or not seen else start
        seen += range(first, end)
        assert end - start <= context  # in the positions that there are
        assert not anew or first - begin == context // 2
    assert seen == list(range(40))
    # In several calls, it is the same.
    pieces = [one for a, b in ((0, 3), (3, 4), (4, 25), (25, 40)) for one in stretches(a, b, context)]
    begun = [one.begin for one in pieces if one.anew]
    assert begun == [one.begin for one in stretches(0, 40, context) if one.anew]


@pytest.mark.parametrize("context", [1, 2, 3, 10, 39, 40, 41])
@pytest.mark.parametrize("length", [1, 2, 11, 40])
def test_windows_side_by_side_are_read_as_one_after_the_other(context, length, monkeypatch):
    monkeypatch.setattr("nn.models.sequences.reading.AT_ONCE", 30)
    numbers, found, last = np.arange(length), {}, 0
    for windows, new, places in windowed(numbers, context):
        read = windows[new].T.ravel()
        assert places.start == last
        last = places.stop
        starts = np.repeat(windows[0], len(windows[new]))
        for place, number, start in zip(range(places.start, length), read, starts, strict=False):
            assert number == place
            found[place] = start
    expected, start = {}, 0
    for one in stretches(0, length, context):
        start = one.begin if one.anew or not one.first else start
        expected |= dict.fromkeys(range(one.first, one.end), start)
    assert found == expected


def by_hand(one, numbers):
    """-ln p of all but the first, by passes over the windows that the docstring speaks of."""
    found = []
    C = one.context or len(numbers)
    for place in range(len(numbers) - 1):
        move = C - C // 2
        start = 0 if place < C else ((place - C) // move + 1) * move
        found.append(-np.log(after(one, numbers[start : place + 1])[-1, numbers[place + 1]]))
    return np.array(found)


@pytest.mark.parametrize("context", [None, 1, 5, 10, 64, 300])
@pytest.mark.parametrize("mixed", [False, True])
def test_surprises(context, mixed):
    one = model(context, more=[LSTM(F, F)] if mixed else [])
    assert one.context == context
    few = TEXT[:80]
    assert np.allclose(one.surprises(few), by_hand(one, WORDS.encode(few)), rtol=0, atol=1e-12)
    assert one.surprise(few) == pytest.approx(by_hand(one, WORDS.encode(few)).mean())
    assert one.surprises("th").shape == (1,)


@pytest.mark.parametrize("context", [None, 5, 10, 64])
def test_what_is_written_follows_from_the_window_before_it(context):
    """The past is kept, not computed again: passes over whole windows say the same."""
    one = model(context)
    written = WORDS.encode("the cat" + one.generate("the cat", 40, temperature=0))
    C = context or 100
    for place in range(6, len(written) - 1):
        start = 0 if place < C else ((place - C) // (C - C // 2) + 1) * (C - C // 2)
        assert after(one, written[start : place + 1])[-1].argmax() == written[place + 1]


def test_generating_changes_nothing_and_reads_all_it_has_written():
    one = trained()
    before = weights(one)
    whole = one.generate("the ", 30, 0)
    for number in (3, 5, 6, 7, 17):
        assert one.generate("the " + whole[:number], 30 - number, 0) == whole[number:]
    assert one.generate("the ", 0) == ""
    assert np.array_equal(weights(one), before)
    assert one.generate(TEXT[:60], 5, rng=0)  # a prompt longer than the context
    x = np.zeros((3, 1, 2))
    assert np.array_equal(one.predict(x), copy.deepcopy(one).predict(x))


def test_a_step_of_generation_is_one_step_of_the_network(monkeypatch):
    one, sizes = model(10), []
    read = one._read
    monkeypatch.setattr(one, "_read", lambda numbers, anew=False: sizes.append(len(numbers)) or read(numbers, anew))
    one.generate("the", 18, rng=0)
    assert sizes == [3, *[1] * 7, 6, *[1] * 4, 6, *[1] * 4]
    sizes.clear()
    one.generate(TEXT[:27], 2, rng=0)  # of a long prompt, the last window is read
    assert sizes == [7, 1]


# Training ------------------------------------------------------------------------------------------------------------


def test_a_text_that_repeats_is_learnt_and_written():
    one = model(20)
    seed(0)
    history = one.train(text(20, 8), epochs=40, progress=False)
    assert history["validation_surprise"][-1] < 1.0 < history["validation_surprise"][0]
    assert "sat on the" in one.generate("the cat", 100, 0.2, rng=0)


def test_windows_begin_anew():
    one, data = trained(), text()
    nats, count = 0.0, 0
    for batch in data.chunks("validation"):
        p = (one.predict(batch.inputs) * batch.labels).sum(axis=1)
        nats, count = nats - np.log(p[batch.mask]).sum(dtype=float), count + batch.mask.sum()
    found = one.evaluate(data, split="validation")["surprise"]
    assert found == pytest.approx(nats / count, rel=1e-5)
    assert one.state() == {}


def test_recurrent_layers_beside_it_go_on():
    one = model(more=[LSTM(F, F)])
    one.train(text(), epochs=1, metrics=[], progress=False)
    (name,) = one.state()["memory"]
    assert isinstance(one.namedLayers()[name], LSTM)
    assert set(memory(one.chain)) > {name}


@pytest.mark.parametrize("learned", [False, True])
def test_a_training_goes_on_to_the_bit(learned, tmp_path):
    whole = model(drop=0.2, learned=learned)
    seed(1)
    whole.train(text(), epochs=2, progress=False)
    part, path = model(drop=0.2, learned=learned), tmp_path / "training.safetensors"
    seed(1)
    with pytest.raises(KeyboardInterrupt):
        part.train(text(), epochs=2, checkpoint=Checkpoint(path), listeners=[Stop(13)], progress=False)
    again = model(drop=0.2, number=5, learned=learned)
    history = again.train(text(), epochs=2, checkpoint=path, resume=True, progress=False)
    assert np.array_equal(weights(again), weights(whole))
    assert history == whole.history


def test_gradients():
    *_, last = text().chunks("validation")
    assert not last.mask.all()
    for learned in (False, True):
        one = model(learned=learned)
        report = checkGradients(one, last.inputs, last.labels, weights=last.weights, mask=last.mask, rng=0)
        assert report, report


def test_files(tmp_path):
    one = trained(learned=True)
    one.save(tmp_path / "model.safetensors")
    for again in (Model.load(tmp_path / "model.safetensors"), copy.deepcopy(one)):
        assert again.context == 10
        assert again.surprise(TEXT) == one.surprise(TEXT)
        assert again.generate("the", 40, rng=0) == one.generate("the", 40, rng=0)


# Where it looks ------------------------------------------------------------------------------------------------------


def test_where_it_looks():
    one = trained()
    found = one.attention("the cat")
    assert list(found) == [name for name, leaf in one.namedLayers().items() if isinstance(leaf, Attention)]
    for w in found.values():
        assert w.shape == (2, 7, 7)
        assert np.allclose(w.sum(axis=-1), 1, atol=1e-6)
        assert not np.triu(w, 1).any()
    before = {name: w.copy() for name, w in found.items()}
    one.attention("on the ")
    assert all(np.array_equal(w, before[name]) for name, w in found.items())  # they are its own


# Bad input -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda one: one.attention("the cat sat on"),
            "at most 10 entries of the vocabulary, the model's context, got 14",
        ),
        (lambda one: one.attention(""), "at least 1 entry"),
        (lambda one: one.generate("the Z", 3), "'Z'"),
        (lambda one: one.train(text(11), epochs=1), "11"),
        (lambda one: one.predict(np.full((3, 1, 1), N)), str(N)),
        (lambda one: one.predict(np.zeros((3, 1, 2)), mask=np.ones((4, 2))), "mask"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call(model())


@pytest.mark.parametrize("layer", [lambda: Attention(F, 2), lambda: CrossAttention(F, 2)])
def test_what_sees_later_steps_is_refused(layer):
    one = LanguageModel(WORDS, [Embedding(N, F), layer(), TimeDistributed(Dense(F, N, Softmax()))])
    for use in (lambda: one.generate("the", 2), lambda: one.train(text(), epochs=1), lambda: one.surprise("the")):
        with pytest.raises(ValueError, match=r"sees later steps .*take LSTM or GRU, or Attention\(\.\.\., causal=True"):
            use()


def test_a_dynamic_system_goes_on_without_end():
    with pytest.raises(ValueError, match=r"sees later steps or has no state to go on from, got Attention"):
        DynamicSystem(1, 1, MLP([LSTM(2, F), Attention(F, 2, causal=True), TimeDistributed(Dense(F, 1))]))
