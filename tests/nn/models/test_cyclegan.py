"""The CycleGAN: the exam of all models, for two domains; its losses, its buffer, its watch."""

import copy
import pickle
import re
import warnings
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest

from activations import Identity, Sigmoid, Tanh
from builders import X, cyclegan, gan
from comparing import learning, same, sameWeights
from dataset import Batch, Dataset, transformations
from interrupting import stopAfter
from layers import L1, BatchNormalization, Conv2D, Conv2DTranspose, Dense, Flatten, Residual
from loss import AdversarialLoss, NonSaturating
from nn import (
    MLP,
    Checkpoint,
    CycleGAN,
    DivergenceError,
    GradientPenalty,
    HistoryBuffer,
    Model,
    TrainingWarning,
    WeightClipping,
    checkGradients,
    seed,
)
from nn.training.step import StepContext
from optimizer import SGD, Adam

Y = np.random.default_rng(1).uniform(0.05, 0.95, size=(4, 50))


def convolutional(optimizer=None, rng=1, **keywords):
    """Of images (1, 2, 3), with layers that differ in training, and generators that begin near to the identity."""
    optimizer, seeds = optimizer or Adam(lr=0.002), [None] * 8 if rng is None else range(rng, rng + 8)

    def generator(i):
        first = Conv2D(1, 2, 3, Identity(), optimizer, padding="same", rng=seeds[i])
        last = Conv2D(2, 1, 3, None, optimizer, padding="same", rng=seeds[i + 1])
        return MLP([Residual([first, BatchNormalization(2, optimizer=optimizer), last])])

    def critic(i):
        layers = [Dense(6, 5, Tanh(), optimizer, rng=seeds[i]), Dense(5, 1, None, optimizer, rng=seeds[i + 1])]
        return MLP([Flatten(), *layers])

    return CycleGAN(*map(generator, (0, 2)), *map(critic, (4, 6)), **{"rng": None if rng is None else 0} | keywords)


EXAMINED = {
    "plain": cyclegan,
    "weights": partial(cyclegan, cycleWeight=0.7, second=6, identityWeight=0.3),
    "non-saturating": partial(cyclegan, generatorLoss="non-saturating", end=Sigmoid()),
    "penalties": partial(cyclegan, penalty=L1(0.1), second=6, identityWeight=0.3),
    "gradient penalty": partial(cyclegan, generatorLoss="wasserstein", constraint=GradientPenalty()),
    "averaged": partial(cyclegan, averaging=0.9),
    "images": partial(convolutional, identityWeight=0.2),
}
SIX = "weights", "penalties", "images"  # whose second domain has 6 numbers, too
by_name = pytest.mark.parametrize("name", EXAMINED)


def made(name, number=0, optimizer=None):
    seed(number)
    return EXAMINED[name](optimizer=optimizer, rng=None)


def both(name, n=40, m=50):
    x, y = X[:, :n], np.concatenate((Y, 1 - Y[:2]))[:, :m] if name in SIX else Y[:, :m]
    return tuple(one.reshape(1, 2, 3, -1) for one in (x, y)) if name == "images" else (x, y)


def dataset(name, **keywords):
    return Dataset.fromDomains(*both(name), **{"test_size": 10, "batch_size": 10, "rng": 0} | keywords)


def batch(name, n=10, start=0):
    x, y = (one[..., start : start + n] for one in both(name))
    return Batch.of(x, second=y)


def asked(model, name, start=0, n=10):
    """All that can be asked of a model without changing it."""
    given = batch(name, n, start)
    x, y = given.inputs, given.second
    with model.randomness(np.random.default_rng(0)):
        found = [*model.evaluate(given).values()]
    return [*found, model.translate(x), model.translateBack(y), model.reconstruct(x), model.reconstructSecond(y)]


# The exam ------------------------------------------------------------------------------------------------------------


@by_name
@pytest.mark.parametrize("n", [1, 5])
def test_gradients_of_every_network(name, n):
    model = made(name)
    given = batch(name, 2 if name == "images" else n)
    report = checkGradients(model, (given.inputs, given.second), rng=3)
    assert report, report
    found = sorted(entry.name.rpartition(": ")[2] for entry in report.entries)
    assert found == sorted(f"{at}.{parameter}" for at, leaf in learning(model).items() for parameter in leaf.parameters)
    if name != "images":  # whose layers take any shape
        assert checkGradients(model)  # of samples of its own of both domains


@pytest.mark.parametrize("name", ["weights", "gradient penalty"])
def test_an_error_of_a_thousandth_in_any_gradient_is_found(name, monkeypatch):
    model, given, right = made(name), batch(name, 5), Dense._backward
    for place, leaf in learning(model).items():
        for parameter in leaf.parameters:
            if name == "gradient penalty" and place.startswith("D") and parameter == "bias":
                continue  # whose gradient is 0 where the losses differ by the samples alone

            def wrong(self, dy, now, wanted, leaf=leaf, parameter=parameter):
                dx = right(self, dy, now, wanted)
                if self.place == leaf.place and wanted.parameters:
                    self.gradients[parameter][...] *= 1.001
                return dx

            with monkeypatch.context() as planted:
                planted.setattr(Dense, "_backward", wrong)
                report = checkGradients(model, (given.inputs, given.second))
            assert [e.name.rpartition(": ")[2] for e in report.entries if e.verdict != "ok"] == [f"{place}.{parameter}"]


class Nothing(AdversarialLoss):
    """A game without stakes: what is left of the generators' loss are the distances."""

    link, undecided, bounded = "", 0.0, True

    def critic(self, z, fakes, value=True, gradient=True):
        return 0.0, np.zeros_like(z)

    def generator(self, z, value=True, gradient=True):
        return 0.0, np.zeros_like(z)


@pytest.mark.parametrize(
    ("term", "settings"),
    [
        ("the game", {"cycleWeight": 0}),
        ("the cycle", {"generatorLoss": Nothing(), "cycleWeight": 0.3}),
        ("the identity", {"generatorLoss": Nothing(), "cycleWeight": 0, "identityWeight": 0.4}),
    ],
)
def test_gradients_of_every_term_by_itself(term, settings):
    model = cyclegan(second=6, **settings)
    report = checkGradients(model, both("weights", 5, 5))
    assert report, report
    moving = [entry for entry in report.entries if entry.name.startswith("G and F") and abs(entry.analytic) > 1e-9]
    assert len(moving) == len(learning(model)) // 2 * 2, term


def test_the_losses_are_those_of_the_lecture():
    model, given = cyclegan(second=6, cycleWeight=0.7, identityWeight=0.3, bufferSize=0), batch("weights", 7)
    x, y = given.inputs, given.second
    G, F, DX, DY = (part.predict for part in (model.G, model.F, model.DX, model.DY))
    cycle = np.abs(F(G(x)) - x).sum(axis=0).mean() + np.abs(G(F(y)) - y).sum(axis=0).mean()
    identity = np.abs(G(y) - y).sum(axis=0).mean() + np.abs(F(x) - x).sum(axis=0).mean()
    game = 0.5 * np.mean((DY(G(x)) - 1) ** 2) + 0.5 * np.mean((DX(F(y)) - 1) ** 2)
    critics = sum(
        0.5 * np.mean(D(fake) ** 2) + 0.5 * np.mean((D(real) - 1) ** 2)
        for D, fake, real in ((DY, G(x), y), (DX, F(y), x))
    )
    values = model.evaluate(given)
    assert values["cycle_loss"] == pytest.approx(cycle)
    assert values["generator_loss"] == pytest.approx(game + 0.7 * cycle + 0.3 * identity)
    assert values["discriminator_loss"] == pytest.approx(critics)
    assert values["y_diversity"] == pytest.approx(G(x).var(axis=1).sum() / y.var(axis=1).sum())
    assert values["x_diversity"] == pytest.approx(F(y).var(axis=1).sum() / x.var(axis=1).sum())
    assert values["real_accuracy"] == pytest.approx(np.mean([DX(x) > 0.5, DY(y) > 0.5]))
    still = cyclegan(second=6, cycleWeight=0.7, identityWeight=0.3, bufferSize=0, optimizer=SGD(lr=1e-12))
    quantities = frozenset(model.quantities)
    assert still.step(given, StepContext(quantities)) == pytest.approx(values)


def test_the_usual_weight_is_the_papers():
    given = batch("plain", 7)
    usual, plain = cyclegan(), cyclegan(cycleWeight=0)
    x, y = given.inputs, given.second
    more = usual.evaluate(given)["generator_loss"] - plain.evaluate(given)["generator_loss"]
    assert more == pytest.approx(
        10 * np.abs(usual.reconstruct(x) - x).mean() + 10 * np.abs(usual.reconstructSecond(y) - y).mean()
    )


@pytest.mark.parametrize(
    "other",
    [
        {"cycleWeight": 0.3},
        {"identityWeight": 0.3},
        {"generatorLoss": "hinge"},
        {"bufferSize": 0},
        {"constraint": WeightClipping(0.1)},
        {"averaging": 0.5},
    ],
)
def test_every_setting_counts(other):
    ends = []
    for settings in ({}, other):
        model = cyclegan(second=6, **settings)
        model.train(dataset("weights"), epochs=4, progress=False)
        ends.append(model.translate(X))
    assert not np.allclose(*ends, rtol=1e-7)


@pytest.mark.parametrize(
    "name",
    [
        "plain",
        "averaged",
        *(pytest.param(one, marks=pytest.mark.slow) for one in EXAMINED if one not in ("plain", "averaged")),
    ],
)
def test_the_same_seed_gives_the_same_bits_whatever_is_measured(name):
    quantities = [f"{split}_{quantity}" for split in ("train", "test") for quantity in CycleGAN.quantities]
    ends = []
    for number, metrics in ((5, quantities), (5, []), (6, [])):
        model = made(name, 3)
        seed(number)
        model.train(dataset(name), epochs=4, metrics=metrics, progress=False)
        ends.append(model)
    assert sameWeights(*ends[:2])
    assert not sameWeights(*ends[1:])  # the buffers are full: what is taken from them is drawn


@by_name
@pytest.mark.parametrize("rng", [None, 1], ids=["the library's numbers", "its own"])
@pytest.mark.parametrize(
    "stop", [pytest.param(3, marks=pytest.mark.slow), 7], ids=["while the buffers fill", "when they are full"]
)
def test_a_training_that_is_resumed_is_equal_to_the_bit(name, rng, stop, tmp_path):
    make, path, epochs = EXAMINED[name], tmp_path / "checkpoint", 3
    whole, broken, resumed = (made(name, 9) if rng is None and i == 2 else make(rng=rng) for i in range(3))
    broken.setWeights(whole.weights())
    seed(0)
    whole.train(dataset(name), epochs=epochs)
    stopAfter(broken, stop)
    seed(0)
    with pytest.raises(KeyboardInterrupt):
        broken.train(dataset(name), epochs=epochs, checkpoint=Checkpoint(path, seconds=0))
    resumed.train(dataset(name), epochs=epochs, checkpoint=path, resume=True)
    assert sameWeights(whole, resumed)
    assert whole.history == resumed.history
    assert same(asked(whole, name), asked(resumed, name))


@by_name
def test_saved_and_loaded_is_equal_to_the_bit_and_learns_alike(name, tmp_path):
    model = made(name)
    model.train(dataset(name), epochs=1, metrics=[])
    again = Model.load(model.save(tmp_path / "model.safetensors"))
    assert again.config() == model.config()
    assert repr(again) == repr(model)
    assert sameWeights(again, model)
    assert same(asked(again, name), asked(model, name))
    fresh = Model.load(made(name).save(tmp_path / "fresh.safetensors"))
    for one in (fresh, model := made(name)):
        seed(3)
        one.train(dataset(name), epochs=2)
    assert sameWeights(model, fresh)


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))], ids=["copy", "pickle"])
@pytest.mark.parametrize("name", ["plain", "averaged", "images"])
def test_copies_share_nothing_and_go_on_like_the_original(name, twin):
    model = made(name)
    model.train(dataset(name), epochs=4, metrics=[])
    other = twin(model)
    before = asked(model, name)
    for _ in range(2):
        seed(4)
        other.step(batch(name), StepContext())
    assert same(asked(model, name), before)
    assert not same(asked(other, name), before)
    for _ in range(2):
        seed(4)
        model.step(batch(name), StepContext())
    assert sameWeights(model, other)


@by_name
def test_a_frozen_layer_stays_and_all_others_learn(name):
    for place in learning(made(name)):
        model = made(name)
        learning(model)[place].trainable = False
        before = model.weights()
        model.train(dataset(name, dtype=float), epochs=1, metrics=[])
        for array, value in model.weights().items():
            if array.rpartition(".")[2] in ("weight", "bias", "scale", "shift"):
                assert np.array_equal(value, before[array]) == array.startswith((f"{place}.", f"averaged.{place}.")), (
                    array
                )


@pytest.mark.parametrize("name", ["plain", "weights", "images"])
def test_schedules_and_batch_sizes_scale_the_step_of_every_network(name):
    for part in ("G", "F", "DX", "DY"):
        changes = []
        for context in (StepContext(batchSize=10), StepContext(batchSize=20, factor=2.0), StepContext(factor=0.0)):
            model = made(name, optimizer=SGD(learningRate=0.1))
            for other, network in model.networks().items():
                if other != part:
                    network.freeze()
            before = {place: leaf.parameterVector.copy() for place, leaf in learning(model).items()}
            model.step(batch(name), context)
            changes.append({place: leaf.parameterVector - before[place] for place, leaf in learning(model).items()})
        for place, change in changes[0].items():
            assert change.any() == place.startswith(part)
            assert changes[1][place] == pytest.approx(change, rel=1e-9, abs=1e-15)
            assert not changes[2][place].any()


@by_name
def test_gradients_are_clipped_by_the_norm_of_each_network(name):
    model = made(name, optimizer=SGD(lr=1.0, clipNorm=1e-3))
    before = {place: leaf.parameterVector.copy() for place, leaf in learning(model).items()}
    model.step(batch(name), StepContext())
    for part in ("G.", "F.", "DX.", "DY."):
        mine = [
            np.sum((leaf.parameterVector - before[place]) ** 2)
            for place, leaf in learning(model).items()
            if place.startswith(part)
        ]
        assert np.sqrt(sum(mine)) == pytest.approx(1e-3), part


@pytest.mark.parametrize("name", ["plain", "averaged", "images"])
def test_threads_may_ask_while_a_step_waits(name):
    model = made(name)
    model.train(dataset(name), epochs=1, metrics=[])
    model.G.chain.forward(batch(name).inputs)
    expected = [asked(model, name, start) for start in range(4)]
    before = model.G.chain.output.copy()
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda i: asked(model, name, i % 4), range(16))
        assert all(same(one, expected[i % 4]) for i, one in enumerate(found))
    assert np.array_equal(model.G.chain.output, before)


@by_name
def test_precision_and_evaluation_in_pieces(name):
    model, data = made(name), dataset(name)
    assert {array.dtype for array in model.arrays().values()} == {np.dtype(float)}
    model.train(data, epochs=1, metrics=[])
    assert {array.dtype for array in model.arrays().values()} == {np.dtype(np.float32)}
    values = model.evaluate(data)
    assert [*values] == [*CycleGAN.quantities]
    assert model.evaluate(data) == values
    assert model.evaluate(data.testSet()) == pytest.approx(values)
    assert model.evaluate(data, "cycle_loss") == {"cycle_loss": values["cycle_loss"]}
    assert model.translate(batch(name).inputs).dtype == np.float32


@pytest.mark.parametrize("name", ["plain", "averaged", "images"])
def test_the_average_translates_and_files_and_other_programs_have_it(name, tmp_path):
    model = made(name)
    model.train(dataset(name), epochs=3, metrics=[])
    assert [*model.averaged] == (["G", "F"] if name == "averaged" else [])
    x = batch(name).inputs
    own = model.G.predict(x)
    assert np.array_equal(model.translate(x), own) == (name != "averaged")
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    for part, given, expected in (("G", x, model.translate(x)), ("F", batch(name).second, None)):
        expected = model.translateBack(given) if expected is None else expected
        path = model.export(tmp_path / f"{part}.onnx", part=part, rows=False)
        (found,) = onnxruntime.InferenceSession(path).run(None, {"input": given.astype(np.float32)})
        assert np.allclose(found, expected, atol=1e-5)
    loaded = MLP.load(model.G.save(tmp_path / "G.safetensors"))
    assert np.array_equal(loaded.predict(x), own)


# What goes wrong -----------------------------------------------------------------------------------------------------


def warned(model, data, **keywords):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.train(data, metrics=[], epochs=80, **keywords)
    return {
        (one.message.kind, one.message.layer.split(".")[0]): str(one.message)
        for one in caught
        if isinstance(one.message, TrainingWarning)
    }


@pytest.mark.parametrize(("part", "place"), [("G", 0), ("F", 1)])
def test_the_collapse_of_either_generator_is_said(part, place):
    model = cyclegan(second=6, cycleWeight=0)
    last = (model.G, model.F)[place].layers[-1]
    last.weight *= 1e-4
    last.trainable = False
    found = warned(model, dataset("weights"))
    assert ("collapse", part) in found, found
    assert "differ from one another" in found["collapse", part]
    assert ("collapse", "F" if part == "G" else "G") not in found


def mirrors(sign, offset):
    """Generators 1 - x, or x, of 64 pixels, that do not learn."""

    def one():
        layer = Dense(64, 64)
        layer.weight, layer.bias = sign * np.eye(64), np.full(layer.bias.shape, offset)
        layer.trainable = False
        return MLP([layer])

    return CycleGAN(one(), one(), *(MLP([Dense(64, 1)]) for _ in range(2)))


def test_black_that_becomes_white_is_said_unless_the_domains_ask_for_it():
    rng = np.random.default_rng(0)
    x, y = rng.random((2, 64, 60))
    data = partial(Dataset.fromDomains, test_size=0, batch_size=12, rng=0)
    found = warned(mirrors(-1, 1.0), data(x, y))
    assert ("inversion", "G") in found
    text = found["inversion", "G"]
    assert "turns black into white: input and translation have a correlation of -1.00" in text
    assert "identityWeight" in text
    assert not warned(mirrors(1, 0.0), data(x, y))
    bright = np.arange(64)[:, np.newaxis] % 2
    x, y = 0.5 * bright + 0.5 * x, 0.5 * (1 - bright) + 0.5 * y  # one domain is the negative of the other
    assert not warned(mirrors(-1, 1.0), data(x, y))
    assert warned(mirrors(-1, 1.0), data(x, 1 - y))


@pytest.mark.parametrize("name", ["sheared", "blurred", "dilated", "eroded", "edges", "inverted"])
def test_known_transformations_are_no_turn_from_black_to_white(name):
    images = Dataset("digits", images=True).testSet().inputs
    y = getattr(transformations, name)(images)
    one, other = (array - array.mean(axis=-1, keepdims=True) for array in (images, y))
    likeness = np.vdot(one, other) / np.sqrt(np.vdot(one, one) * np.vdot(other, other))
    assert (likeness < -0.5) == (name == "inverted")
    means = images.mean(axis=-1).ravel(), y.mean(axis=-1).ravel()
    assert (np.corrcoef(*means)[0, 1] < -0.5) == (name == "inverted")  # for which the domains ask


@by_name
def test_a_number_that_is_not_finite_is_named_before_that_part_is_updated(name):
    for place, leaf in learning(made(name)).items():
        for parameter in leaf.parameters:
            model = made(name)
            spoilt = learning(model)[place]
            spoilt.parameters[parameter][...] = np.nan
            where = f"at step 1: it first appeared in {spoilt.describe()}. Its {parameter} was not finite"
            with pytest.raises(DivergenceError, match=re.escape(where)):
                model.train(dataset(name), epochs=1)


def test_bad_input():
    parts = cyclegan()
    G, F, DX, DY = parts.G, parts.F, parts.DX, parts.DY
    wide = MLP([Dense(1000, 1000)])
    for given, settings, error, words in [
        ((None, F, DX, DY), {}, TypeError, "CycleGAN: expected the G to be an MLP, got None"),
        ((G, F, DX, MLP()), {}, ValueError, "expected the DY to have layers, got an empty MLP"),
        ((wide, F, DX, DY), {}, ValueError, "the G gives samples of shape"),
        ((G, F, DY, DX), {}, ValueError, "gives samples of shape"),
        ((G, G, DX, DY), {}, ValueError, "is there twice, every place needs a layer of its own"),
        ((G, F, DX, MLP([Dense(4, 2)])), {}, ValueError, "expected a DY with one output"),
        ((G, F, DX, DY), {"generatorLoss": "non-saturating"}, ValueError, "Sigmoid"),
        ((G, F, DX, DY), {"generatorLoss": "wasserstein"}, ValueError, "constraint=GradientPenalty()"),
        ((G, F, DX, DY), {"generatorLoss": "beauty"}, ValueError, "generatorLoss"),
        ((G, F, DX, DY), {"identityWeight": 1}, ValueError, "identityWeight to be 0 for domains of different shapes"),
        ((G, F, DX, DY), {"cycleWeight": -1}, ValueError, "cycleWeight"),
        ((G, F, DX, DY), {"bufferSize": -1}, ValueError, "bufferSize"),
        ((G, F, DX, DY), {"averaging": 1.0}, ValueError, "averaging"),
        ((G, F, DX, DY), {"constraint": 1}, TypeError, "constraint"),
    ]:
        with pytest.raises(error, match=re.escape(words)):
            CycleGAN(*given, **settings)
    model, data = cyclegan(), dataset("plain")
    before = model.weights()
    for call, error, words in [
        (lambda: model.train(Dataset.fromArrays(X)), ValueError, "the data set to be one of two domains"),
        (lambda: model.train(Dataset.fromDomains(X[:4], Y)), ValueError, "samples of shape"),
        (lambda: model.train(Dataset.fromDomains(X, Y[:3])), ValueError, "samples of"),
        (lambda: model.train(data, loss=Nothing()), TypeError, "has a loss of its own"),
        (lambda: model.evaluate(X), ValueError, "a batch to be of two domains"),
        (lambda: model.evaluate((X, X)), ValueError, "a batch to be of two domains"),
        (lambda: model.evaluate(Batch.of(X, second=Y[:3, :40])), ValueError, "DY.layers[0]"),
        (lambda: model.translate(Y), ValueError, "G.layers[0]"),
        (lambda: model.translateBack(X), ValueError, "F.layers[0]"),
        (lambda: checkGradients(model, X[:4]), ValueError, "G.layers[0]"),
    ]:
        with pytest.raises(error, match=re.escape(words)):
            call()
    for subject, given, words in (
        (cyclegan(), (X, Y, Y), "input to be samples of 2 domains"),
        (gan(), (X, X), "input to be one array of samples"),
    ):
        with pytest.raises(ValueError, match=words):
            checkGradients(subject, given)
    bounded = CycleGAN(*(MLP([Dense(6, 6, Sigmoid())]) for _ in range(2)), *(MLP([Dense(6, 1)]) for _ in range(2)))
    with pytest.raises(ValueError, match=r"the domain that G translates to has values from .* cannot give"):
        bounded.train(Dataset.fromDomains(X, 2 * X))
    assert same(model.weights().values(), before.values())
    with pytest.raises(AttributeError):
        model.G = G


def test_print_shows_the_four_networks():
    text = repr(cyclegan())
    assert text.startswith("CycleGAN\nG: ")
    for part in ("F", "DX", "DY"):
        assert f"\n{part}: " in text
    assert f"{cyclegan().numParameters():,} parameters" in text.split("\n")[-1]
    images = convolutional()
    images.train(dataset("images"), epochs=1, metrics=[])
    assert "1x2x3" in repr(images)


def test_the_diagnosis_runs_and_changes_nothing():
    model = cyclegan()
    before = model.weights()
    assert "F.layers" in str(model.diagnose(dataset("plain")))
    assert same(model.weights().values(), before.values())


# The buffer ----------------------------------------------------------------------------------------------------------


def test_the_buffer_fills_then_gives_earlier_samples_half_of_the_time():
    buffer, rng = HistoryBuffer(50), np.random.default_rng(0)
    first = np.arange(40.0)[np.newaxis]
    assert np.array_equal(buffer.exchange(first, rng), first)
    second = np.arange(40.0, 80.0)[np.newaxis]
    found = buffer.exchange(second, rng)
    assert np.array_equal(found[0, :10], second[0, :10])
    assert buffer.samples.shape == (1, 50)
    earlier, new = 0, 0
    for start in range(80, 20_080, 40):
        given = np.arange(start, start + 40.0)[np.newaxis]
        kept = given.copy()
        found = buffer.exchange(given, rng)
        assert np.array_equal(given, kept)
        assert not np.shares_memory(found, given)
        assert not np.shares_memory(found, buffer.samples)
        changed = found != given
        assert (found[changed] < given[changed]).all() or changed.sum() > 0
        earlier, new = earlier + changed.sum(), new + (~changed).sum()
    assert earlier / (earlier + new) == pytest.approx(0.5, abs=0.02)
    age = 20_080 - buffer.samples.mean()
    assert age == pytest.approx(100, rel=0.5)  # a sample is replaced with probability 1/2 · 1/50


def test_the_buffer_gives_every_sample_once():
    buffer, rng, seen = HistoryBuffer(3), np.random.default_rng(1), []
    for start in range(0, 50, 5):
        seen += buffer.exchange(np.arange(start, start + 5.0)[np.newaxis], rng)[0].tolist()
    assert sorted([*seen[3:], *buffer.samples[0]]) == list(range(50))  # the first three fill it, and are given as well


def test_a_buffer_of_nothing_and_its_state():
    rng = np.random.default_rng(0)
    assert np.array_equal(HistoryBuffer(0).exchange(X, rng), X)
    one, other = HistoryBuffer(5), HistoryBuffer(5)
    one.exchange(X, rng)
    other.setState(one.state())
    assert np.array_equal(other.samples, one.samples)
    assert not np.shares_memory(other.samples, one.samples)
    for buffer in (one, other):
        buffer.last = buffer.exchange(X, np.random.default_rng(3))
    assert np.array_equal(one.last, other.last)
    other.setState({})
    assert other.samples is None
    with pytest.raises(ValueError, match="size"):
        HistoryBuffer(-1)


def test_the_critics_learn_from_earlier_samples_and_the_generators_from_the_present_ones():
    model = cyclegan(generatorLoss=NonSaturating(), end=Sigmoid())
    model.train(dataset("plain"), epochs=20, metrics=[])
    state = model.state()
    assert state["x"]["buffer"]["samples"].shape == (6, 50)
    assert state["y"]["buffer"]["samples"].shape == (4, 50)
    model.train(dataset("plain"), epochs=1, metrics=[])  # another training begins anew
    assert model.state()["x"]["buffer"]["samples"].shape == (6, 40)


@pytest.mark.parametrize("name", ["bufferSize", "cycleWeight", "identityWeight", "generatorLoss", "averaging"])
def test_what_is_fixed_cannot_be_set(name):
    """Its two ways were made with it: another value would change nothing."""
    model = cyclegan()
    with pytest.raises(AttributeError, match=f"CycleGAN.{name} is fixed: make a new CycleGAN of the networks"):
        setattr(model, name, 3)


def test_images_of_one_size_become_images_of_another(tmp_path):
    """By convolutions alone, which know no size: neither of them takes what the other does."""

    def made(**keywords):
        G, F = MLP([Conv2D(1, 3, 3, Tanh(), rng=0)]), MLP([Conv2DTranspose(3, 1, 3, rng=1)])
        critics = [MLP([Conv2D(n, 2, 3, Tanh(), rng=n), Flatten(), Dense(m, 1, rng=2)]) for n, m in ((1, 72), (3, 32))]
        return CycleGAN(G, F, *critics, rng=0, **keywords)

    rng, model = np.random.default_rng(0), made(averaging=0.9)
    domains = Dataset.fromDomains(rng.random((1, 8, 8, 20)), rng.random((3, 6, 6, 30)), batch_size=6, rng=0)
    model.train(domains, epochs=1)
    assert model.translate(domains.testSet().inputs).shape == (3, 6, 6, 5)
    assert "6x6x3" in repr(model) or "3x6x6" in repr(model)
    shapes = {name: one.inputShape for name, one in model.exported().items()}
    assert shapes == {"G": (1, 8, 8), "F": (3, 6, 6), "DX": (1, 8, 8), "DY": (3, 6, 6)}
    assert CycleGAN.load(model.save(tmp_path / "model")).exported()["DY"].inputShape == (3, 6, 6)
    with pytest.raises(ValueError, match=r"identityWeight to be 0 for domains of different shapes, \(1, 8, 8\) and"):
        made(identityWeight=1).train(domains, epochs=1)


def test_a_discriminator_that_gives_several_numbers_is_refused_with_the_data():
    generators = [MLP([Conv2D(1, 1, 3, padding="same")]) for _ in range(2)]
    model = CycleGAN(*generators, *(MLP([Conv2D(1, 1, 3)]) for _ in range(2)))
    images = np.random.default_rng(0).random((1, 5, 5, 20))
    with pytest.raises(ValueError, match=r"expected a DY with one output, .* got Conv2D .*, which gives \(1, 3, 3\)"):
        model.train(Dataset.fromDomains(images, images), epochs=1)


def test_a_buffer_keeps_samples_of_one_shape():
    buffer = HistoryBuffer(3)
    buffer.exchange(np.zeros((2, 5)), np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"samples to be of shape \(2, 'n'\), as the earlier ones, got \(3, 5\)"):
        buffer.exchange(np.zeros((3, 5)), np.random.default_rng(0))
