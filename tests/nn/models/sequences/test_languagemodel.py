"""The language model, and recurrent networks that go on from window to window of a stream."""

import copy

import numpy as np
import pytest

from activations import Softmax
from dataset import Dataset, Vocabulary
from interrupting import Stop
from layers import (
    GRU,
    LSTM,
    RNN,
    Bidirectional,
    Conv1D,
    Dense,
    Dropout,
    Embedding,
    LastStep,
    TimeDistributed,
    memory,
    remember,
)
from loss import MSE, CategoricalCrossEntropy
from nn import MLP, Checkpoint, LanguageModel, Listener, Model, checkGradients, seed
from optimizer import Adam

TEXT = "the cat sat on the mat, and the dog sat on the cat. " * 12
WORDS = Vocabulary.characters(TEXT)
N = len(WORDS)


def text(steps=7, streams=4, validation=0.2, **keywords):
    return Dataset.fromText(TEXT, steps, streams, validation=validation, **keywords)


def model(cell=LSTM, units=9, drop=0.0, number=0):
    seed(number)
    adam = Adam(lr=0.02, clipNorm=1.0)
    lost = [Dropout(drop)] if drop else []
    top = TimeDistributed(Dense(units, N, Softmax(), adam))
    return LanguageModel(WORDS, [Embedding(N, 5, adam), cell(5, units, optimizer=adam), *lost, top])


def both(inputs, outputs, optimizer):
    return Bidirectional(LSTM(inputs, 4, optimizer), GRU(inputs, outputs - 4, optimizer))


def trained(epochs=2, **keywords):
    one = model(**keywords)
    one.train(text(), epochs=epochs, metrics=[], progress=False)
    return one


def weights(one):
    return np.concatenate([array.ravel() for array in one.weights().values()])


# What it says of texts -----------------------------------------------------------------------------------------------


def test_a_text_that_repeats_is_learnt_and_written():
    one = model(units=40)
    history = one.train(text(13, 4), epochs=40, progress=False)
    assert history["validation_surprise"][-1] < 0.8 < history["validation_surprise"][0]
    assert "sat on the" in one.generate("the cat", 100, 0.3, rng=0)
    assert one.generate("the cat", 30, 0) == one.generate("the cat", 30, 0)


def by_hand(one, numbers):
    """-ln p of all but the first, the network reading the whole text in one pass."""
    y = one.predict(numbers[:-1].reshape(-1, 1, 1))
    return -np.log(y[np.arange(len(numbers) - 1), numbers[1:], 0])


@pytest.mark.parametrize("cell", [RNN, LSTM, GRU])
def test_surprise_is_that_of_the_whole_text_in_one_pass(cell, monkeypatch):
    monkeypatch.setattr("nn.models.sequences.reading.AT_ONCE", 50)  # in several pieces
    one = model(cell)
    expected = by_hand(one, WORDS.encode(TEXT))
    assert np.allclose(one.surprises(TEXT), expected, rtol=0, atol=1e-12)
    assert one.surprise(TEXT) == pytest.approx(expected.mean())


def test_an_evaluation_carries_the_state_through_the_streams():
    """Four streams of the validation text, each from its beginning to its end."""
    one, data = trained(), text()
    parts = list(data.chunks("validation"))
    streams = [np.concatenate([b.inputs[:, 0, i][b.mask[:, i]] for b in parts]) for i in range(4)]
    after = [np.concatenate([b.labels.argmax(1)[:, i][b.mask[:, i]] for b in parts]) for i in range(4)]
    nats = [
        -np.log(one.predict(x.reshape(-1, 1, 1))[np.arange(len(y)), y, 0]).sum(dtype=float)
        for x, y in zip(streams, after, strict=True)
    ]
    expected = sum(nats) / sum(map(len, streams))
    assert one.evaluate(data, ["surprise"], "validation")["surprise"] == pytest.approx(expected, rel=1e-6)
    assert one.evaluate(data, split="validation")["surprise"] == pytest.approx(expected, rel=1e-6)


def test_what_is_generated_follows_the_distribution():
    one = model()
    p = one.predict(WORDS.encode("the").reshape(-1, 1, 1))[-1, :, 0]
    drawn = [one.generate("the", 1, rng=number) for number in range(2000)]
    counts = np.array([drawn.count(token) for token in WORDS.tokens]) / 2000
    assert np.abs(counts - p).max() < 4 * np.sqrt(0.25 / 2000)
    likeliest = {WORDS.tokens[i] for i in np.argsort(p)[-3:]}
    assert {one.generate("the", 1, top=3, rng=number) for number in range(100)} == likeliest
    assert {one.generate("the", 1, temperature=0, rng=number) for number in range(9)} == {WORDS.tokens[p.argmax()]}


def test_generating_changes_nothing_and_reads_all_it_has_written():
    one = trained()
    before = weights(one)
    whole = one.generate("the ", 12, 0)
    assert one.generate("the " + whole[:5], 7, 0) == whole[5:]
    assert one.generate("the ", 0) == ""
    assert np.array_equal(weights(one), before)


# Streams -------------------------------------------------------------------------------------------------------------


def test_a_window_begins_where_the_one_before_ended():
    """With nothing learnt, the losses of the windows are those of the streams read in one pass."""
    one, data = model(), text(validation=0)
    one.freeze()
    batches = [batch for batch, *_ in data.batches()]
    assert [batch.window for batch in batches] == list(range(len(batches)))
    seen = []

    class Losses(Listener):
        def wanted(self, course):
            return frozenset({"surprise"})

        def stepped(self, course):
            seen.append(course.values["surprise"])

    one.train(data, epochs=2, metrics=[], listeners=[Losses()], progress=False)
    x = np.concatenate([batch.inputs for batch in batches])
    y = np.concatenate([batch.labels for batch in batches])
    p = (one.predict(x) * y).sum(axis=1)
    expected = -np.log(p).reshape(len(batches), -1).mean(axis=1)
    assert np.allclose(seen, np.tile(expected, 2), rtol=1e-5)


@pytest.mark.parametrize("make", [model, lambda: MLP(model().layers, CategoricalCrossEntropy())])
def test_nothing_of_a_stream_is_left_for_what_comes_after_it(make):
    """Neither for predictions after an evaluation, nor for steps by hand after a training."""
    one, data = make(), text()
    one.train(data, epochs=1, progress=False)
    one.evaluate(data, split="validation")
    fresh, x = copy.deepcopy(one), data.trainSet().inputs
    for n in (4, 3):  # streams, and another number of samples
        assert np.array_equal(one.predict(x[..., :n]), fresh.predict(x[..., :n]))
        assert np.array_equal(one.feedforward(x[..., :n]), fresh.feedforward(x[..., :n]))


def test_nothing_is_left_of_a_text_whose_reading_is_broken_off(monkeypatch):
    one = model()
    x = np.zeros((3, 1, 2))
    before = one.predict(x)
    read, done = one._read, []

    def broken(numbers, anew=False):
        if done:
            raise KeyboardInterrupt
        done.append(numbers)
        return read(numbers)

    monkeypatch.setattr(one, "_read", broken)
    with pytest.raises(KeyboardInterrupt):
        one.generate("the", 5)
    assert np.array_equal(one.predict(x), before)


def test_other_data_after_a_stream_begin_with_nothing():
    one, data = trained(), text()
    other = Dataset.fromArrays(data.trainSet().inputs, data.trainSet().labels, test_size=0, batch_size=3)
    fresh = copy.deepcopy(one)
    remember(fresh.chain, None)
    for each in (one, fresh):
        seed(3)
        each.train(other, epochs=1, metrics=[], progress=False)
    assert np.array_equal(weights(one), weights(fresh))


@pytest.mark.parametrize("step", [3, 13, 30])
@pytest.mark.parametrize("cell", [LSTM, GRU])
def test_a_training_goes_on_in_the_middle_of_a_stream_to_the_bit(step, cell, tmp_path):
    whole = model(cell, drop=0.2)
    seed(1)
    whole.train(text(), epochs=3, progress=False)
    part = model(cell, drop=0.2)
    seed(1)
    path = tmp_path / "training.safetensors"
    with pytest.raises(KeyboardInterrupt):
        part.train(text(), epochs=3, checkpoint=Checkpoint(path), listeners=[Stop(step)], progress=False)
    again = model(cell, drop=0.2, number=5)
    history = again.train(text(), epochs=3, checkpoint=path, resume=True, progress=False)
    assert np.array_equal(weights(again), weights(whole))
    assert history == whole.history


def test_without_its_memory_it_would_not():
    """The test above can fail."""
    states = []
    for forgets in (False, True):
        one = model()
        seed(1)

        class Forgets(Listener):
            def stepped(self, course, forgets=forgets):
                if forgets and course.steps == 3:
                    course.model.setState({})

        one.train(text(), epochs=1, metrics=[], listeners=[Forgets()], progress=False)
        states.append(weights(one))
    assert not np.array_equal(*states)


# Gradients, files, bad input -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", [RNN, LSTM, GRU, both])
def test_gradients(cell):
    batch = next(text().batches())[0]
    report = checkGradients(model(cell), batch.inputs, batch.labels, rng=0)
    assert report, report


def test_gradients_with_a_padded_window():
    *_, last = text().chunks("validation")
    assert not last.mask.all()
    report = checkGradients(model(), last.inputs, last.labels, weights=last.weights, mask=last.mask, rng=0)
    assert report, report


def test_files_keep_the_vocabulary(tmp_path):
    one = trained()
    one.save(tmp_path / "model.safetensors")
    for again in (Model.load(tmp_path / "model.safetensors"), copy.deepcopy(one)):
        assert isinstance(again, LanguageModel)
        assert again.vocabulary == WORDS
        assert again.surprise(TEXT) == one.surprise(TEXT)
        assert again.generate("the", 40, rng=0) == one.generate("the", 40, rng=0)


def test_a_copy_goes_its_own_way():
    one = trained()
    other = one.copy()
    assert isinstance(other, LanguageModel)
    assert other.surprise(TEXT) == one.surprise(TEXT)
    other.train(text(), epochs=1, metrics=[], progress=False)
    assert other.surprise(TEXT) != one.surprise(TEXT)
    assert not isinstance(one.copy(until=-1), LanguageModel)


def test_the_memory_of_a_training_is_of_its_own():
    """Evaluations in between leave no trace."""
    ends = []
    for metrics in ([], ["validation_surprise", "validation_accuracy"]):
        one = model()
        one.train(text(), epochs=2, metrics=metrics, entriesPerEpoch=5, progress=False)
        ends.append((weights(one), memory(one.chain)["layers.1"]["h"]))
    assert np.array_equal(ends[0][0], ends[1][0])
    assert np.array_equal(ends[0][1], ends[1][1])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda one: one.generate("the Zebra", 3), r"'Z'.*4"),
        (lambda one: one.generate("", 3), "prompt"),
        (lambda one: one.generate("the", -1), "length"),
        (lambda one: one.generate("the", 3, temperature=-1), "temperature"),
        (lambda one: one.generate("the", 3, top=N + 1), "vocabulary"),
        (lambda one: one.generate("the", 3, top=0), "top"),
        (lambda one: one.surprise("t"), "at least 2"),
        (lambda one: one.train(Dataset.fromText(TEXT + "!", 7, 4), epochs=1), "vocabulary=model.vocabulary"),
        (lambda one: one.evaluate(as_long(), split="validation"), "vocabulary=model.vocabulary"),
        (lambda one: one.evaluate(text(validation=0)), "split= takes 'train'"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call(model())


def as_long():
    """A text with as many different characters, but others."""
    others = "".join(chr(ord("A") + i) for i in range(N))
    return Dataset.fromText(others * 40, 7, 4)


def test_a_data_set_of_another_vocabulary_of_the_same_length_is_not_measured():
    assert len(as_long().vocabulary) == N
    with pytest.raises(ValueError, match="data set 'text' to be of its own vocabulary, .* got 'another, Characters of"):
        model().evaluate(as_long(), split="validation")


def ended(*layers):
    return LanguageModel(WORDS, [Embedding(N, 5), *layers])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ended(Bidirectional(LSTM(5, 4)), TimeDistributed(Dense(8, N, Softmax()))), "sees later steps"),
        (lambda: ended(Conv1D(5, 4, 3, padding="causal"), TimeDistributed(Dense(4, N, Softmax()))), "no state"),
        (
            lambda: ended(LSTM(5, 4), LastStep(), Dense(4, N, Softmax())),
            r"TimeDistributed\(Dense\(\.\.\., \d+, Softmax",
        ),
        (lambda: ended(LSTM(5, 4), TimeDistributed(Dense(4, 3, Softmax()))), "Softmax"),
        (lambda: ended(LSTM(5, 4), TimeDistributed(Dense(4, N))), "Softmax"),
        (
            lambda: LanguageModel(WORDS, [Embedding(N - 1, 5), LSTM(5, 4), TimeDistributed(Dense(4, N, Softmax()))]),
            rf"begins with Embedding\({N}, \.\.\.\)",
        ),
    ],
    ids=["bidirectional", "convolution", "last step", "few outputs", "no probabilities", "few inputs"],
)
@pytest.mark.parametrize("use", [lambda one: one.generate("the", 2), lambda one: one.train(text(), epochs=1)])
def test_a_network_that_is_no_language_model_is_refused(make, message, use):
    with pytest.raises(ValueError, match=message):
        use(make())


def test_a_surprise_is_made_of_nats_alone():
    with pytest.raises(TypeError, match="CategoricalCrossEntropy"):
        LanguageModel(WORDS, loss=MSE())
    one = model()
    with pytest.raises(TypeError, match="CategoricalCrossEntropy"):
        one.train(text(), MSE(), epochs=1)
    assert isinstance(one.loss, CategoricalCrossEntropy)


def test_what_reads_backwards_does_not_go_on_in_a_stream():
    top = TimeDistributed(Dense(8, N, Softmax()))
    one = MLP([Embedding(N, 5), Bidirectional(LSTM(5, 4)), top], CategoricalCrossEntropy())
    for use in (lambda: one.train(text(), epochs=1), lambda: one.evaluate(text(), split="validation")):
        with pytest.raises(ValueError, match=r"layers\[1\] .*read forwards"):
            use()


def test_bad_kinds():
    with pytest.raises(TypeError, match="Vocabulary"):
        LanguageModel("abc")
    with pytest.raises(TypeError, match="a text"):
        model().surprise(3)
    with pytest.raises(RuntimeError, match="no layers"):
        LanguageModel(WORDS).generate("the")


def test_any_network_goes_on_in_a_stream():
    """An MLP, too: nothing of it is the language model's."""
    seed(0)
    one = MLP([Embedding(N, 5), LSTM(5, 9), TimeDistributed(Dense(9, N, Softmax()))], model().loss)
    seed(0)
    other = LanguageModel(WORDS, [Embedding(N, 5), LSTM(5, 9), TimeDistributed(Dense(9, N, Softmax()))])
    for each in (one, other):
        each.train(text(), epochs=1, metrics=["train_loss"], progress=False)
    assert np.array_equal(weights(one), weights(other))
