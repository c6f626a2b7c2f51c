"""Numbers, signals, sequences, bits and cycles: what is shown is what the model computes."""

import numpy as np
import pytest

import builders
from activations import Identity, ReLU, Sigmoid, Softmax
from builders import ROWS, X
from dataset import Dataset
from layers import GRU, LSTM, Binarize, Conv2D, Dense, Embedding, Flatten, LastStep, MaxPooling2D, TimeDistributed
from nn import GAN, MLP, PCA, Autoencoder, DynamicSystem, VariationalRNN
from nn.explore.subjects.bits import Bits, hasBits
from nn.explore.subjects.cycles import PictureCycle
from nn.explore.subjects.indices import Index, opened
from nn.explore.subjects.numbers.codes import NumberCodes, hasNumberCodes
from nn.explore.subjects.numbers.inputs import Inputs, takesNumbers
from nn.explore.subjects.numbers.sequences import SequenceDraws
from nn.explore.subjects.numbers.signals import KINDS, Signal
from nn.explore.subjects.numbers.systems import System, takesSequences
from nn.measures.retrieval.hammingindex import HammingIndex

# Numbers -------------------------------------------------------------------------------------------------------------


def test_ranges_are_three_deviations_of_the_training():
    raw = np.random.default_rng(0).normal([[10.0], [-3.0]], [[2.0], [0.1]], (2, 500))
    data = Dataset.fromArrays(raw, raw[:1] * 2, standardize=True, test_size=0, rng=0)
    model = builders.network(2, 4, 1)
    model.train(data, epochs=1, metrics=[], progress=False)
    inputs = Inputs(model)
    assert np.allclose(inputs.centre, raw.mean(axis=1))
    assert np.allclose(inputs.high - inputs.low, 6 * raw.std(axis=1))
    assert np.allclose(inputs.answer([9.0, -3.1]), model.predict([[9.0], [-3.1]])[:, 0])
    assert not inputs.classes
    assert inputs.names == ["output 1"]
    assert inputs.colours(4).shape == (4, 4, 3)
    assert inputs.legend().startswith("output 1: dark")


def test_classes_have_names_and_probabilities():
    one = Inputs(builders.classifier())
    assert one.classes
    assert one.names == ["class 0", "class 1", "class 2"]
    assert np.allclose(one.shares(X[:, 0]), builders.classifier().predict(X[:, :1])[:, 0])
    two = Inputs(builders.network(3, 1, output=Sigmoid()))
    assert two.names == ["class 0", "class 1"]
    assert np.isclose(two.shares([1, 2, 3]).sum(), 1)
    assert np.isclose(two.shares([1, 2, 3])[1], two.answer([1, 2, 3])[0])
    with pytest.raises(ValueError, match="3 numbers"):
        two.answer([1, 2])


def test_the_plane_and_the_lines_are_the_answers():
    inputs = Inputs(builders.network(2, 3, output=Softmax()))
    plane = inputs.plane(5)
    assert plane.shape == (3, 5, 5)
    assert np.allclose(plane[:, 0, 0], inputs.shares([-3, 3]))
    assert np.allclose(plane[:, 4, 1], inputs.shares([-1.5, -3]))
    colours = inputs.colours(5)
    assert colours.shape == (5, 5, 3)
    assert len({tuple(one) for one in colours.reshape(-1, 3)}) > 5
    assert inputs.legend().count("<span") == 3
    numbers, answers = inputs.line(1, [0.5, 0.0], 7)
    assert np.allclose(answers[:, 2], inputs.shares([0.5, numbers[2]]))
    with pytest.raises(ValueError, match="two inputs"):
        Inputs(builders.classifier()).plane()


def test_what_takes_numbers():
    assert takesNumbers(builders.classifier())
    assert not takesNumbers(builders.recurrent())
    assert not takesNumbers(builders.autoencoder())


def test_samples_of_any_shape_are_a_line_of_numbers():
    pictures = MLP([Conv2D(1, 3, 3, ReLU(), rng=0), MaxPooling2D(2), Flatten(), Dense(27, 3, Softmax(), rng=1)])
    inputs = Inputs(pictures)  # an untrained one, whose file says no shape
    assert inputs.shape == (1, 8, 8)
    values = np.random.default_rng(0).uniform(size=64)
    assert np.allclose(inputs.answer(values), pictures.predict(values.reshape(1, 8, 8, 1))[:, 0])
    assert (inputs.low[0], inputs.high[0]) == (-3, 3)
    tokens = MLP([Embedding(5, 4, rng=0), LSTM(4, 3, rng=1), LastStep(), Dense(3, 2, Softmax(), rng=2)])
    words = Inputs(tokens)
    assert words.whole
    assert words.high[0] == 4
    assert np.allclose(words.answer(np.full(8, 2.4)), words.answer(np.full(8, 2)))


# Codes ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [builders.autoencoder, builders.vae, builders.gan, lambda: PCA(3).fit(X)])
def test_codes_of_numbers(make):
    model = make()
    assert hasNumberCodes(model)
    subject = NumberCodes(model)
    z = subject.drawn(np.random.default_rng(0))
    assert z.shape == (len(subject),)
    assert (z >= subject.coding.low).all()
    assert subject.decoded(z).shape == (ROWS,)
    assert not np.allclose(subject.decoded(z), subject.decoded(subject.coding.middle))
    if isinstance(model, GAN):
        with pytest.raises(TypeError, match="no way"):
            subject.codeOf(X[:, 0])
        return
    assert np.allclose(subject.decoded(subject.codeOf(X[:, 0])), model.reconstruct(X[:, :1])[:, 0])


def test_what_has_no_codes_of_numbers():
    assert not hasNumberCodes(builders.classifier())
    assert not hasNumberCodes(builders.network(64, 2))


# Signals and systems -------------------------------------------------------------------------------------------------


def test_signals():
    assert Signal("step", 2.0, 1.0, 4).of(5).tolist() == [1, 1, 3, 3, 3]
    assert Signal("ramp", 4.0, 0.0, 4).of(6).tolist() == [0, 1, 2, 3, 0, 1]
    assert np.allclose(Signal("sine", 2.0, 1.0, 4).of(4), [1, 3, 1, -1])
    noise = Signal("noise", 0.5, 3.0, 20).of(100, 0)
    assert np.array_equal(noise, Signal("noise", 0.5, 3.0, 20).of(100, 0))
    assert noise.min() >= 2.5
    assert noise.max() <= 3.5
    assert noise[0] == noise[1] != noise[2]
    for wrong in ({"kind": "square"}, {"period": 0}, {"amplitude": np.nan}):
        with pytest.raises(ValueError, match="Signal"):
            Signal(**wrong)


def system(**keywords):
    core = MLP([LSTM(3, 4, rng=1), TimeDistributed(Dense(4, 1, rng=2))])
    return DynamicSystem(2, 1, core, **keywords)


def test_a_system_is_simulated_and_predicted():
    model = system()
    subject = System(model)
    u = subject.input([Signal(kind) for kind in KINDS[:2]], 30)
    y = subject.output(u)
    assert u.shape == (30, 2)
    assert np.array_equal(y, model.simulate(u[:, :, None])[:, :, 0])
    measured = y + 1
    compared = subject.compared(u, measured)
    assert np.array_equal(compared["one step ahead"], model.predict(u[:, :, None], measured[:, :, None])[:, :, 0])
    assert np.array_equal(compared["simulated"], model.simulate(u[:, :, None], measured[:1, :, None])[:, :, 0])
    assert not np.allclose(*compared.values())
    pasted = "\n".join("\t".join(map(repr, map(float, line))) for line in np.hstack((u, y)))
    for text in (pasted, pasted.replace("\t", ", ")):
        given, told = subject.table(text)
        assert np.array_equal(given, u)
        assert np.array_equal(told, y)
    for wrong, said in (
        ("1 2 x", "line 1: expected numbers"),
        ("1 2 3\n1 2", "line 2.*3 finite numbers"),
        ("", "none"),
    ):
        with pytest.raises(ValueError, match=said):
            subject.table(wrong)
    assert len(subject.usualSignals()) == subject.inputs == 2
    with pytest.raises(ValueError, match="one for every input"):
        subject.input([Signal()], 10)


def test_signals_into_recurrent_networks():
    classifier, steps = builders.recurrent(), MLP([GRU(2, 3, rng=0), TimeDistributed(Dense(3, 1, rng=1))])
    for model, outputs in ((classifier, (3,)), (steps, (20, 1))):
        assert takesSequences(model)
        subject = System(model)
        assert subject.inputs == 2
        assert subject.steps is None
        u = subject.input(subject.usualSignals(), 20)
        assert subject.output(u).shape == outputs
        assert np.array_equal(subject.output(u), model.predict(u[:, :, None])[..., 0])
    assert System(classifier).classes
    assert not System(steps).classes
    mirror = Autoencoder(MLP([LSTM(2, 3, rng=0)]), MLP([TimeDistributed(Dense(3, 2, rng=1))]))
    assert takesSequences(mirror)
    assert System(mirror).output(np.ones((5, 2))).shape == (5, 2)
    assert not takesSequences(builders.classifier())
    assert takesSequences(MLP([LSTM(28, 3), LastStep()]))


# Sequences -----------------------------------------------------------------------------------------------------------


def test_sequences_that_are_drawn():
    model = VariationalRNN(
        inputDim=1,
        latentDim=2,
        recurrent=GRU(3, 4, rng=0),
        prior=MLP([Dense(4, 4, rng=1)]),
        encoder=MLP([Dense(5, 4, rng=2)]),
        decoder=MLP([Dense(6, 2, rng=3)]),
    )
    subject = SequenceDraws(model)
    drawn = subject.draw(3, 20, seed=4)
    assert np.array_equal(drawn.x, model.sample(3, 20, rng=4))
    assert np.array_equal(drawn.x, subject.draw(3, 20, seed=4).x)
    assert not np.array_equal(drawn.x, subject.draw(3, 20, seed=5).x)
    assert np.allclose(drawn.expected, model.predict(drawn.x[..., :1])[..., 0])
    assert drawn.news.shape == (20,)
    assert drawn.news.min() >= 0
    after = subject.draw(2, 20, seed=4, start=np.ones((7, 1)))
    assert after.x.shape == (20, 1, 2)
    assert after.expected.shape == (20, 1)
    assert not np.array_equal(after.x[..., :2], drawn.x[..., :2])


# Cycles and bits -----------------------------------------------------------------------------------------------------


def test_there_and_back():
    model = builders.cyclegan()
    subject = PictureCycle(model)
    assert subject.shapes == ((ROWS,), (4,))
    x, y = X[:, 0], X[:4, 1]
    first, second = subject.of(x), subject.of(y, second=True)
    assert np.array_equal(first.translated, model.translate(x[:, None])[:, 0])
    assert np.array_equal(first.back, model.reconstruct(x[:, None])[:, 0])
    assert np.array_equal(second.translated, model.translateBack(y[:, None])[:, 0])
    assert np.array_equal(second.back, model.reconstructSecond(y[:, None])[:, 0])
    with pytest.raises(ValueError, match="shape"):
        subject.of(y)


def test_bits_are_switched():
    encoder = MLP([Dense(ROWS, 4, Identity(), rng=0), Binarize()])
    model = Autoencoder(encoder, builders.network(4, ROWS, output=Sigmoid()))
    assert hasBits(model)
    assert not hasBits(builders.autoencoder())
    subject = Bits(model, rng=0)
    assert np.allclose(subject.decoded(), model.decode(-np.ones((4, 1)))[:, 0])
    before = subject.decoded()
    change = subject.changes()[2]
    subject.flip(2)
    assert subject.code.tolist() == [False, False, True, False]
    assert np.isclose(np.sqrt(np.square(subject.decoded() - before).mean()), change)
    subject.of(X[:, 0])
    assert np.allclose(subject.decoded(), model.reconstruct(X[:, :1])[:, 0])
    assert len({tuple(subject.draw().tolist()) for _ in range(50)}) > 8
    with pytest.raises(ValueError, match="Binarize"):
        Bits(builders.autoencoder())


def test_an_index_says_what_it_holds():
    codes = np.random.default_rng(0).random((12, 30)) < 0.3
    codes[:, 1] = codes[:, 0]
    subject = Index(HammingIndex(codes))
    assert np.allclose(subject.ones(), codes.mean(axis=1))
    assert subject.different() == len({tuple(one) for one in codes.T})
    places, distances = subject.neighbours(codes[:, 0], 3)
    assert set(places[:2]) == {0, 1}
    assert distances[:2].tolist() == [0, 0]
    assert np.isclose(subject.spread().sum(), 1)


# Files ---------------------------------------------------------------------------------------------------------------


def test_a_file_holds_a_model_or_an_index(tmp_path):
    codes = np.random.default_rng(0).random((12, 30)) < 0.3
    index = opened(HammingIndex(codes).save(tmp_path / "index.safetensors"))
    assert np.array_equal(index.codes, codes)
    assert opened(builders.rbm().save(tmp_path / "rbm.safetensors")).name == "RBM"
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes((tmp_path / "index.safetensors").read_bytes()[:-7])
    with pytest.raises(ValueError, match="damaged") as caught:
        opened(damaged)
    assert "\n" not in str(caught.value)


def test_checkpoints_and_best_weights_open_as_models(tmp_path):
    model = builders.classifier()
    path = tmp_path / "run.safetensors"
    data = builders.data(labels=builders.NUMBERS)
    model.train(data, epochs=1, metrics=["test_loss"], checkpoint=path, progress=False)
    for one in (path, tmp_path / "run.best.safetensors"):
        assert np.array_equal(opened(one).predict(X), model.predict(X))
