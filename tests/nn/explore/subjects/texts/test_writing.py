"""A model that writes letter by letter writes what it writes at once."""

import numpy as np
import pytest

from activations import Softmax
from dataset import Vocabulary
from layers import GRU, LSTM, RNN, Attention, Dense, Embedding, PositionalEncoding, Residual, TimeDistributed
from nn import LanguageModel, seed
from nn.explore.subjects.texts.writing import Writer, canWrite, unknownIn

TEXT = "the cat sat on the mat, and the dog sat on the cat. "
LETTERS = Vocabulary.characters(TEXT)
N, F = len(LETTERS), 8


def model(kind="LSTM", context=None):
    seed(0)
    inside = {
        "LSTM": lambda: [LSTM(F, F)],
        "GRU": lambda: [GRU(F, F)],
        "RNN": lambda: [RNN(F, F)],
        "Transformer": lambda: [PositionalEncoding(F, 10), *(Residual([Attention(F, 2, causal=True)]) for _ in "12")],
    }[kind]()
    one = LanguageModel(LETTERS, [Embedding(N, F), *inside, TimeDistributed(Dense(F, N, Softmax()))])
    for array in one.arrays().values():
        array *= 3  # so that it has opinions
    return one


by_kind = pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN", "Transformer"])


@by_kind
@pytest.mark.parametrize("temperature", [1.0, 0.5, 0.0])
def test_letter_by_letter_is_as_at_once(kind, temperature):
    one = model(kind)
    writer = Writer(one, "the cat sat on", rng=7)
    written = "".join(writer.write(temperature) for _ in range(40))
    assert written == writer.written == one.generate("the cat sat on", 40, temperature, rng=7)
    assert writer.text == "the cat sat on" + written


@by_kind
def test_two_writers_of_one_model_do_not_disturb_each_other(kind):
    one = model(kind)
    first, second = Writer(one, "the", rng=1), Writer(one, "a dog", rng=2)
    for _ in range(15):
        first.write()
        second.write()
        one.generate("mat", 2, rng=3)
    assert first.written == one.generate("the", 15, rng=1)
    assert second.written == one.generate("a dog", 15, rng=2)


def test_temperatures_order_the_entropies():
    writer = Writer(model(), "the c")
    entropies = [writer.entropy(temperature) for temperature in (0.0, 0.3, 0.7, 1.0, 2.0, 10.0)]
    assert entropies[0] == 0
    assert sorted(entropies) == entropies
    assert len(set(entropies)) == 6
    assert entropies[-1] < np.log(N) + 1e-9


@by_kind
def test_choices_are_the_likeliest_and_can_be_taken(kind):
    writer = Writer(model(kind), "the c", rng=0)
    choices = writer.choices(count=N)
    p = writer.probabilities()
    assert [one.number for one in choices] == list(np.argsort(-p, kind="stable"))
    assert np.isclose(sum(one.probability for one in choices), 1)
    assert np.allclose([one.probability for one in choices], p[[one.number for one in choices]], atol=1e-6)
    least = choices[-1]
    assert writer.take(least.number) == least.token
    assert writer.text == "the c" + least.token
    assert np.allclose(writer.probabilities(), Writer(writer.model, writer.text).probabilities(), atol=1e-6)
    writer.back()
    assert writer.text == "the c"
    assert np.allclose(writer.probabilities(), p, atol=1e-6)
    writer.back()
    assert writer.text == "the c"


def test_attention_is_of_what_the_model_sees():
    writer = Writer(model("Transformer"), "the cat", rng=0)
    tokens, weights = writer.attention()
    assert "".join(tokens) == "the cat"
    assert len(weights) == 2
    assert all(one.shape == (2, 7) and np.allclose(one.sum(axis=1), 1) for one in weights.values())
    for _ in range(30):
        writer.write()
        tokens, weights = writer.attention()
        assert writer.text.endswith("".join(tokens))
        assert 5 <= len(tokens) <= 10
        assert all(one.shape == (2, len(tokens)) for one in weights.values())
    assert Writer(model(), "the").attention()[1] == {}


def test_what_cannot_be_read_is_said_in_a_line():
    one = model()
    assert unknownIn(one, "the cat") == ""
    assert "'Z'" in unknownIn(one, "the Zoo")
    assert "\n" not in unknownIn(one, "the Zoo")
    for wrong in ("", "Zoo"):
        with pytest.raises(ValueError, match="expected"):
            Writer(one, wrong)
    with pytest.raises(ValueError, match="temperature"):
        Writer(one, "the").write(-1)


def test_a_model_without_its_last_layer_writes_nothing():
    assert canWrite(model())
    assert not canWrite(LanguageModel(LETTERS, [Embedding(N, F)]))
    assert not canWrite(None)
