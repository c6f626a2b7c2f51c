"""One exam for all models: gradients, files, seeds, steps, threads, copies, precision, messages.

What is special to a model is in the file of its name.
"""

import copy
import inspect
import pickle
import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import combinations

from leibnet import randomness

import numpy as np
import pytest

import builders
import nn
from activations import Identity, Sigmoid
from builders import (
    LABELS,
    NUMBERS,
    ROWS,
    MeanCritic,
    X,
    autoencoder,
    classifier,
    data,
    dbn,
    features,
    gan,
    gsn,
    images,
    noisy,
    rbm,
    recurrent,
    vae,
)
from comparing import learning, same, sameWeights
from dataset import Batch, Dataset
from interrupting import stopAfter
from layers import L1, Dense, Sampler
from loss import MSE, CategoricalCrossEntropy, NonSaturating
from nn import (
    DBN,
    GAN,
    MLP,
    PCA,
    RBM,
    VAE,
    Autoencoder,
    Checkpoint,
    DivergenceError,
    FeatureLoss,
    GaussianNoise,
    GradientPenalty,
    Masking,
    Model,
    WeightClipping,
    checkGradients,
    seed,
)
from nn.models.energy.boltzmannlayer import BoltzmannLayer
from nn.storage.stored import Stored
from nn.training.step import StepContext
from nn.watch.symptom import Observation
from optimizer import SGD, Adam


def fitted(optimizer=None, rng=None, **keywords):
    return PCA(3, **keywords).fit(X)


def denoising(optimizer=None, rng=None, output=None, kind=GaussianNoise, **keywords):
    return autoencoder(optimizer, output, rng, corruption=kind(0.3, rng=rng, **keywords))


# Every exported model, in all the ways that make a difference to its step: functions of (optimizer, rng).
EXAMINED = {
    "MLP": classifier,
    "MLP, MSE": partial(classifier, output=Identity(), loss=MSE()),
    "MLP, CategoricalCrossEntropy": partial(classifier, loss=CategoricalCrossEntropy()),
    "MLP, penalties": partial(classifier, penalty=L1(0.1)),
    "MLP, noisy": noisy,
    "MLP, images": images,
    "MLP, recurrent": recurrent,
    "MLP, recurrent, masked": recurrent,
    "Autoencoder": autoencoder,
    "Autoencoder, MSE": partial(autoencoder, loss=MSE(0.1)),
    "Autoencoder, denoising": denoising,
    "Autoencoder, masking": partial(denoising, output=Identity(), kind=Masking, value=0.5),
    "Autoencoder, features": lambda **keywords: autoencoder(loss=features(), **keywords),
    "VAE": vae,
    "VAE, features": lambda **keywords: vae(loss=features(), **keywords),
    "VAE, MSE": partial(vae, loss=MSE(0.3)),
    "VAE, MSE after Identity": partial(vae, output=Identity(), loss=MSE()),
    "VAE, β = 4": partial(vae, beta=4),
    "VAE, β = 0": partial(vae, beta=0, output=Identity()),
    "VAE, warm-up": partial(vae, warmUp=3, beta=2.5),
    "GAN": gan,
    "GAN, minimax": partial(gan, generatorLoss="minimax", smoothing=1),
    "GAN, instance noise": partial(gan, instanceNoise=0.5),
    "GAN, penalties": partial(gan, penalty=L1(0.1)),
    "GAN, an adversarial loss": partial(gan, generatorLoss=NonSaturating(0.8)),
    "GAN, a critic": partial(gan, end=Identity(), generatorLoss=MeanCritic()),
    "GAN, Wasserstein, gradient penalty": partial(
        gan, end=Identity(), generatorLoss="wasserstein", constraint=GradientPenalty(), criticSteps=2
    ),
    "GAN, Wasserstein, clipping": partial(
        gan, end=Identity(), generatorLoss="wasserstein", constraint=WeightClipping(0.3), averaging=0.9
    ),
    "GAN, least squares": partial(gan, end=Identity(), generatorLoss="least squares"),
    "GAN, hinge": partial(gan, end=Identity(), generatorLoss="hinge"),
    "GAN, averaged, zero-centred": partial(gan, constraint=GradientPenalty(2, target=0), averaging=0.5),
    "GSN": gsn,
    "RBM": partial(rbm, centred=False),
    "RBM, centred": rbm,
    "RBM, persistent, centred": partial(rbm, persistent=7, steps=2),
    "RBM, Gaussian, centred": partial(rbm, visible="gaussian"),
    "DBN": partial(dbn, centred=False),
    "DBN, persistent, centred": partial(dbn, persistent=7),
    "PCA": fitted,
    "PCA, whitened": partial(fitted, whiten=True, method="svd"),
}
TRAINED = [name for name in EXAMINED if not name.startswith("PCA")]
# Those of which a step moves all parameters, and by their optimizers alone
OTHERWISE = ", centred", ", gradient penalty", ", clipping", ", zero-centred"
MOVED = [name for name in TRAINED if not name.startswith("DBN") and not name.endswith(OTHERWISE)]
DRAWN = "VAE", "GAN", "GSN", "RBM", "DBN", "Autoencoder, "
SILENT = "Autoencoder, MSE", "Autoencoder, features"
DRAWING = [name for name in TRAINED if name.startswith(DRAWN) and not name.startswith(SILENT)]
DRAWING += ["MLP, noisy", "MLP, images"]

# Of a sample, where it is no column, and what the first layer refuses there
SHAPES = {"MLP, images": (1, 2, 3), "MLP, recurrent": (3, 2), "MLP, recurrent, masked": (3, 2)}
LESS = {"MLP, images": (1, 2, 2), "MLP, recurrent": (4, 1), "MLP, recurrent, masked": (4, 1)}
LENGTHS = 3 - np.arange(X.shape[1]) % 3  # of the masked sequences

by_model = pytest.mark.parametrize("name", EXAMINED)
by_trained = pytest.mark.parametrize("name", TRAINED)
by_moved = pytest.mark.parametrize("name", MOVED)


def made(name, number=0, optimizer=None):
    """The model, all of whose random numbers are the library's."""
    seed(number)
    return EXAMINED[name](optimizer=optimizer, rng=None)


def shaped(name, x):
    return x.reshape(*SHAPES[name], -1) if name in SHAPES else x


def dataset(name, x=X, **keywords):
    if "masked" in name:
        steps = [one[:length] for one, length in zip(shaped(name, x).transpose(2, 0, 1), LENGTHS, strict=True)]
        return Dataset.fromSequences(steps, NUMBERS, **{"test_size": 10, "batch_size": 10, "rng": 0} | keywords)
    return data(shaped(name, x), NUMBERS, **keywords)


def batch(name, n=10, start=0):
    mask = {"mask": np.arange(3)[:, np.newaxis] < LENGTHS[start : start + n]} if "masked" in name else {}
    return Batch.of(shaped(name, X[:, start : start + n]), LABELS[:, start : start + n], **mask)


def trained(name, number=0, optimizer=None, **keywords):
    model = made(name, number, optimizer)
    if name in TRAINED:
        model.train(dataset(name), **{"epochs": 1, "metrics": []} | keywords)
    return model


def asked(model, name, start=10, n=10):
    """All that can be asked of a model without changing it."""
    inputs, labels = batch(name, n, start)
    codes = X[:2, start : start + n]
    if isinstance(model, PCA):
        return [model.transform(inputs), model.inverseTransform(X[:3, :n]), model.reconstruct(inputs)]
    found = [np.array([*model.evaluate((inputs, labels)).values()])]
    with model.randomness(np.random.default_rng(0)):
        found += model.measure(Batch.of(inputs, labels), frozenset(model.quantities)).values()
    if isinstance(model, RBM | DBN):
        return [*found, model.encode(inputs), model.reconstruct(inputs), model.sample(n, 5, rng=0)]
    if isinstance(model, MLP):
        return [*found, model.predict(inputs), model.predict(inputs, size=3, until=-1)]
    if isinstance(model, GAN):
        samples = [model.noise(n, rng=0), model.sample(n, rng=0), model.generator.predict(X[:3, :n])]
        return [*found, *samples, model.discriminator.predict(inputs)]
    found += [model.decode(codes), model.reconstruct(inputs), model.evaluate(inputs)["loss"]]
    if isinstance(model, Autoencoder):
        return [*found, model.encode(inputs)]
    found += [*model.encode(inputs), *model.sampler.distribution(X[:5, :n]), model.sample(n, rng=0)]
    found += [model.activeUnits(inputs)]
    if not isinstance(model.loss, FeatureLoss):
        found += [model.elbo(inputs, 2, rng=0), model.logLikelihood(inputs, 2, rng=0)]
    return [*found, model.encoder.predict(inputs), model.decoder.predict(codes)]


def learnt(model):
    """Copies of all that the model learns, by name; without the statistics, which follow the data."""
    return {
        f"{at}.{name}": array.copy() for at, leaf in learning(model).items() for name, array in leaf.parameters.items()
    }


def generators(model):
    """The state of all generators of random numbers that there are."""
    there = [randomness.networks.generator, randomness.data.generator]
    there += [one.rng for one in model.drawing() if one.rng is not None] if isinstance(model, Model) else []
    return [rng.bit_generator.state for rng in there]


def test_everything_exported_is_examined():
    exported = {getattr(nn, name) for name in nn.__all__}
    models = {one for one in exported if inspect.isclass(one) and issubclass(one, Stored)}
    models -= {Model, nn.SupervisedAutoencoder, nn.LanguageModel}  # of labels, of texts: examined by themselves
    models -= {nn.DynamicSystem, nn.VariationalRNN, nn.CycleGAN}  # of systems, of signals, of two domains
    models -= {nn.EncoderDecoder, nn.UnpairedTranslator, nn.MaskedLanguageModel}  # of texts as well
    assert {type(made(name)) for name in EXAMINED} == models


# Gradients -----------------------------------------------------------------------------------------------------------


def examined(model, batch):
    return checkGradients(model, batch.inputs, mask=batch.mask, rng=3)


@by_trained
@pytest.mark.parametrize("n", [1, 7])
def test_gradients(name, n):
    model = made(name)
    if n == 1 and any(leaf.statistics for leaf in model.namedLayers().values()):
        n = 2  # of one sample there is no variance
    report = examined(model, batch(name, n))
    assert report, report
    arrays = [f"{place}.{parameter}" for place, leaf in learning(model).items() for parameter in leaf.parameters]
    found = [entry.name.rpartition(": ")[2] for entry in report.entries]
    assert sorted(found) == sorted(["input"] * isinstance(model, MLP) + arrays)


@by_trained
def test_an_error_of_a_thousandth_in_any_gradient_is_found(name, monkeypatch):
    model, given = made(name), batch(name, 7)
    healthy = examined(model, given).entries
    zero = {entry.name.rpartition(": ")[2] for entry in healthy if abs(entry.analytic) < 1e-12}
    assert len(zero) < len(healthy) / 4
    for place, leaf in learning(model).items():
        for parameter in leaf.parameters:
            with monkeypatch.context() as planted:
                spoil(planted, leaf, parameter)
                report = examined(model, given)
            wrong = [entry.name.rpartition(": ")[2] for entry in report.entries if entry.verdict != "ok"]
            assert wrong == [f"{place}.{parameter}"] or f"{place}.{parameter}" in zero


def spoil(monkeypatch, leaf, parameter):
    kind, place, right = type(leaf), leaf.place, type(leaf)._backward
    if isinstance(leaf, BoltzmannLayer):
        contrast = kind.contrast

        def off(self, *given):
            contrast(self, *given)
            if self.place == place:
                self.gradients[parameter][...] *= 1.001

        monkeypatch.setattr(kind, "contrast", off)
        return

    def wrong(self, dy, now, wanted):
        dx = right(self, dy, now, wanted)
        if self.place == place and wanted.parameters:
            self.gradients[parameter][...] *= 1.001
        return dx

    monkeypatch.setattr(kind, "_backward", wrong)


# Steps ---------------------------------------------------------------------------------------------------------------


@by_trained
def test_the_same_seed_gives_the_same_bits_whatever_is_measured(name):
    quantities = [one for one in made(name).quantities if one not in made(name).meaningless(dataset(name).facts)]
    metrics = [f"{split}_{quantity}" for split in ("train", "test") for quantity in quantities]
    model, again, other = (made(name, number) for number in (3, 3, 4))
    histories = []
    for number, one in ((5, model), (5, again), (6, other)):
        seed(number)
        histories.append(one.train(dataset(name), epochs=2, metrics=metrics))
    assert sameWeights(model, again)
    assert histories[0] == histories[1]
    assert not sameWeights(model, other)
    for keywords in ({"metrics": []}, {"entriesPerEpoch": 3}):
        one = made(name, 3)
        seed(5)
        one.train(dataset(name), epochs=2, **keywords)
        assert sameWeights(model, one)
    assert tuple(one.history) == type(one).metrics


@pytest.mark.parametrize("name", DRAWING)
def test_a_training_draws(name):
    ends = []
    for number in (1, 2):
        model = made(name)
        seed(number)
        model.train(dataset(name), epochs=1, metrics=[])
        ends.append(model)
    assert not sameWeights(*ends)


@by_moved
@pytest.mark.parametrize("optimizer", [Adam(lr=0.01, weightDecay=0.1, clipNorm=1.0), SGD(lr=0.1, momentum=0.9)])
def test_a_step_is_that_of_the_layers_one_by_one(name, optimizer):
    """One update moves all layers of a network, where their parameters lie behind one another."""
    joint, separate = made(name, optimizer=optimizer), made(name, optimizer=optimizer)
    joint.astype(np.float32)
    for leaf in (*separate.namedLayers().values(), *separate.describedLosses().values()):
        leaf.astype(np.float32)
    for model in (joint, separate):
        seed(1)
        for start in (0, 10, 20):
            model.step(batch(name, 10, start), StepContext())
    assert sameWeights(joint, separate)
    for one, other in zip(learning(joint).values(), learning(separate).values(), strict=True):
        assert one.optimizer.t == other.optimizer.t == 3
        assert same(one.optimizer.state.values(), other.optimizer.state.values())
    for model, together in ((joint, True), (separate, False)):
        for network in model.networks().values():
            if len(network.learning()) < 2:
                continue
            first, second, *_ = (next(iter(layer.optimizer.state.values())) for layer in network.learning())
            assert (first.base is not None and first.base is second.base) == together


@by_trained
def test_a_frozen_layer_stays_and_all_others_learn(name):
    for place in learning(made(name)):
        model = made(name)
        learning(model)[place].trainable = False
        before = learnt(model)
        model.train(dataset(name, dtype=float), epochs=1, metrics=[])
        for array, value in learnt(model).items():
            assert np.array_equal(value, before[array]) == array.startswith(f"{place}."), array


def moved(model, name, context=None):
    """By what one step changes each array."""
    before = learnt(model)
    seed(7)
    model.step(batch(name), context or StepContext())
    return {array: value - before[array] for array, value in learnt(model).items()}


@by_moved
def test_gradients_are_clipped_by_the_norm_of_each_network(name):
    model = made(name, optimizer=SGD(lr=1.0, clipNorm=1e-3))
    parts, changes = list(model.networks()), moved(model, name)
    for part in parts:
        mine = [change for array, change in changes.items() if len(parts) == 1 or array.startswith(part)]
        assert np.sqrt(sum(np.sum(change**2) for change in mine)) == pytest.approx(1e-3), part


@by_trained
def test_a_step_computes_no_gradient_that_nobody_wants(name):
    model = made(name)
    model.step(batch(name), StepContext())
    first = next(iter(model.networks().values()))
    with pytest.raises(RuntimeError, match="has no gradient to its input"):
        _ = first.gradient


@by_trained
def test_the_loss_of_the_last_step_without_the_layers_own_terms(name):
    model, given = made(name), batch(name)
    asked_for = model.quantities.keys() - model.meaningless(given.facts).keys()
    values = model.step(given, StepContext(frozenset(asked_for)))
    assert values.keys() == asked_for
    found = model.lastLoss(Observation(*given, step=1, epoch=1.0))
    if isinstance(model, GAN | RBM | DBN):
        assert np.isnan(found)  # it does not fall where a training goes well
    else:
        own = model.networks()["network"].penaltyValue()
        assert found == pytest.approx(values.get("reconstruction", values["loss"] - own))


@by_moved
def test_schedules_and_batch_sizes_scale_the_step(name):
    for part in made(name).networks():
        changes = []
        for context in (
            StepContext(batchSize=10),
            StepContext(batchSize=20, factor=2.0),
            StepContext(batchSize=20),
            StepContext(factor=0.0),
        ):
            model = made(name, optimizer=SGD(learningRate=0.1))
            for other, network in model.networks().items():
                if other != part:
                    network.freeze()
            changes.append(moved(model, name, context))
        for array, change in changes[0].items():
            assert changes[1][array] == pytest.approx(change, rel=1e-9, abs=1e-15)
            assert 2 * changes[2][array] == pytest.approx(change, rel=1e-9, abs=1e-15)
            assert not changes[3][array].any()
        assert any(change.any() for change in changes[0].values())


@by_trained
def test_layers_know_training_from_inference(name, monkeypatch):
    kind = type(next(iter(learning(made(name)).values())))
    seen, right = [], kind._forward

    def spy(self, x, now, training):
        if self.trainable:  # a loss may have a frozen network, which never trains
            seen.append(training)
        return right(self, x, now, training)

    monkeypatch.setattr(kind, "_forward", spy)
    model = made(name)
    asked(model, name)
    model.evaluate(dataset(name))
    assert seen
    assert not any(seen)
    seen.clear()
    model.step(batch(name), StepContext())
    for _, compute in model.losses(batch(name)).values():
        compute()
    assert all(seen)


@by_moved
def test_a_number_that_is_not_finite_is_named_by_step_and_layer_before_anything_is_updated(name):
    for place, leaf in learning(made(name)).items():
        for parameter in leaf.parameters:
            model = made(name)
            model.prepare(None, dataset(name))
            spoilt = learning(model)[place]
            spoilt.parameters[parameter][...] = np.nan
            before = {array: np.float32(value) for array, value in learnt(model).items()}
            where = f"at step 1: it first appeared in {spoilt.describe()}. Its {parameter} was not finite"
            with pytest.raises(DivergenceError, match=re.escape(where)):
                model.train(dataset(name), epochs=1)
            for array, value in learnt(model).items():
                assert np.array_equal(value, before[array], equal_nan=True)


# Prediction, evaluation ----------------------------------------------------------------------------------------------


def together(call, *arguments):
    """The call in another thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(call, *arguments).result()


@by_trained
@pytest.mark.parametrize("run", [lambda call, *arguments: call(*arguments), together], ids=["here", "in a thread"])
def test_a_pending_backward_pass_and_random_numbers_are_not_disturbed(name, run):
    ends = []
    for busy in (False, True):
        model = EXAMINED[name](rng=1)
        for network in model.networks().values():
            x = batch(name)[0] if name in SHAPES else X[: network.inputShape[0], :10]
            seed(2)
            y = network.forward(x).copy()
            before = generators(model)
            if busy:
                run(asked, model, name)
                run(asked, model, name, 10, 5)
                run(model.evaluate, dataset(name))
                assert generators(model) == before
            network.backward(np.cos(y))
            ends.append([network.output, network.gradient.copy(), network.penaltyValue()])
            ends[-1] += [gradient.copy() for leaf in network.learning() for gradient in leaf.gradients.values()]
    half = len(ends) // 2
    assert all(same(*pair) for pair in zip(ends[:half], ends[half:], strict=True))


@by_model
def test_eight_threads_may_ask_at_once(name):
    model = trained(name)
    expected = [asked(model, name, start) for start in range(8)]
    with ThreadPoolExecutor(8) as pool:
        found = pool.map(lambda i: asked(model, name, i % 8), range(64))
        assert all(same(one, expected[i % 8]) for i, one in enumerate(found))


@by_model
def test_what_is_returned_stays(name):
    model = trained(name)
    first = asked(model, name)
    kept = copy.deepcopy(first)
    asked(model, name, 20)
    if name in TRAINED:
        model.step(batch(name), StepContext())
    assert same(first, kept)
    for one, other in combinations([array for array in first if isinstance(array, np.ndarray)], 2):
        assert not np.shares_memory(one, other)


@pytest.mark.parametrize("name", [name for name in TRAINED if "masked" not in name])  # a pair has no mask
def test_an_evaluation_is_repeated_and_takes_data_in_any_form(name):
    model, (x, y) = trained(name), dataset(name).testSet()
    values = model.evaluate((x, y))
    assert list(values) == [one for one in model.quantities if one not in model.meaningless(dataset(name).facts)]
    assert model.evaluate((x, y)) == model.evaluate([x, y]) == values
    assert model.evaluate(dataset(name)) == values
    assert model.evaluate((x, y), [*values][::-1]) == values
    for quantity, value in values.items():
        assert model.evaluate((x, y), quantity) == {quantity: value}
    if not model.labelled:
        assert model.evaluate(x) == model.evaluate((x, np.empty((0, 10)))) == values
    other = dataset(name)
    assert model.evaluate(other, split="train") == model.evaluate(tuple(other.trainSet())) != values


# Files, copies, precision --------------------------------------------------------------------------------------------


@by_model
def test_saved_and_loaded_is_equal_to_the_bit(name, tmp_path):
    model = trained(name)
    path = model.save(tmp_path / "model.safetensors")
    for load in [type(model).load, Stored.load] + [Model.load] * (name in TRAINED):
        again = load(path)
        assert type(again) is type(model)
        assert again.config() == model.config()
        assert sameWeights(again, model)
        assert {array.dtype for array in again.arrays().values()} == {array.dtype for array in model.arrays().values()}
        assert same(asked(again, name), asked(model, name))
        assert repr(again) == repr(model)
    wrong, own = (VAE if isinstance(model, MLP) else MLP), type(model).__name__
    with pytest.raises(TypeError, match=f"holds a model of kind {own}, not {wrong.__name__}: use {own}.load"):
        wrong.load(path)


@by_trained
def test_a_model_that_was_loaded_learns_like_the_one_that_was_saved(name, tmp_path):
    model = made(name)
    again = Model.load(model.save(tmp_path / "model"))
    for one in (model, again):
        seed(3)
        one.train(dataset(name), epochs=2)
    assert sameWeights(model, again)
    assert model.history == again.history


@by_trained
@pytest.mark.parametrize("rng", [None, 1], ids=["the library's numbers", "its own"])
def test_a_training_that_is_resumed_is_equal_to_the_bit(name, rng, tmp_path):
    make, path = EXAMINED[name], tmp_path / "checkpoint"
    whole, broken, resumed = (made(name, 9) if rng is None and i == 2 else make(rng=rng) for i in range(3))
    broken.setWeights(whole.weights())
    seed(0)
    whole.train(dataset(name), epochs=4)
    stopAfter(broken, 7)
    seed(0)
    with pytest.raises(KeyboardInterrupt):
        broken.train(dataset(name), epochs=4, checkpoint=Checkpoint(path, seconds=0))
    resumed.train(dataset(name), epochs=4, checkpoint=path, resume=True)
    assert sameWeights(whole, resumed)
    assert whole.history == resumed.history


@by_model
@pytest.mark.parametrize(
    "twin", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))], ids=["copy", "pickle"]
)
def test_copies_share_nothing_and_go_on_like_the_original(name, twin):
    model = trained(name)
    other = twin(model)
    for one, two in zip(model.arrays().values(), other.arrays().values(), strict=True):
        assert not np.shares_memory(one, two)
    assert same(asked(model, name), asked(other, name))
    before = asked(model, name)
    if isinstance(model, PCA):
        other.fit(1 - 2 * X)
        assert not same(asked(other, name), before)
        assert same(asked(model, name), before)
    else:
        seed(4)
        other.step(batch(name), StepContext())
        assert not same(asked(other, name), before)
        assert same(asked(model, name), before)
        seed(4)
        model.step(batch(name), StepContext())
        assert sameWeights(model, other)
        assert all(
            same(one.optimizer.state.values(), two.optimizer.state.values())
            for one, two in zip(learning(model).values(), learning(other).values(), strict=True)
        )
        assert same(asked(model, name), asked(other, name))


@by_model
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nothing_but_training_and_astype_changes_the_precision(name, dtype):
    model = made(name)
    assert {array.dtype for array in model.arrays().values()} == {np.dtype(float)}
    if name in TRAINED:
        model.train(dataset(name, dtype=dtype), epochs=1)
    else:
        model.astype(dtype)
    asked(model, name)
    found = [*model.arrays().values(), *(array for array in asked(model, name)[1:] if isinstance(array, np.ndarray))]
    if name in TRAINED:
        for leaf in learning(model).values():
            found += [*leaf.gradients.values(), *leaf.optimizer.state.values(), leaf.output, leaf.input]
    bounds = 3 if isinstance(model, VAE) else 0  # bool, and two in double precision, of a likelihood
    bounds = 1 if bounds and isinstance(model.loss, FeatureLoss) else bounds
    assert sum(array.dtype != dtype for array in found) == (bounds if dtype == np.float32 else min(bounds, 1))
    model.astype(np.float64)
    assert {array.dtype for array in model.arrays().values()} == {np.dtype(float)}
    for wrong in (np.int32, np.float16, "x", None):
        with pytest.raises(ValueError, match="dtype to be np.float32 or np.float64"):
            model.astype(wrong)


@by_model
def test_weights_are_copies_that_can_be_put_back(name):
    model = trained(name)
    weights, before = model.weights(), asked(model, name)
    arrays = {key: id(array) for key, array in model.arrays().items()}
    for array in model.arrays().values():
        array *= 0.5
    assert not same(asked(model, name), before)
    model.setWeights(weights)
    assert same(asked(model, name), before)
    assert {key: id(array) for key, array in model.arrays().items()} == arrays
    first = next(iter(weights))
    for wrong, words in [
        ({}, "these are not the weights of this model: missing"),
        (weights | {"strange": np.ones(3)}, "unknown ['strange']"),
        (weights | {first: np.ones((7, 7))}, f"{first} to be of shape"),
        (weights | {first: np.full(weights[first].shape, "a")}, f"{first} to be real numbers, got dtype"),
    ]:
        with pytest.raises(ValueError, match=re.escape(words)):
            model.setWeights(wrong)
        assert same(asked(model, name), before)


# Messages ------------------------------------------------------------------------------------------------------------


def refused(name, call, error, words):
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value), name


@by_trained
def test_bad_input(name):
    model = made(name)
    before = model.weights()
    first = next(leaf for leaf in learning(model).values() if not leaf.place.startswith("generator"))
    less, nan = X[:4].reshape(*LESS.get(name, (4,)), -1), X.copy()
    nan[1, 2] = np.nan

    def measured(x, y=LABELS):
        return lambda: model.evaluate((x, y))

    for call, error, words in [
        (lambda: model.train(data(less, NUMBERS)), ValueError, "the data set 'arrays' has samples of shape"),
        (lambda: model.train(data(less, NUMBERS)), ValueError, first.describe()),
        (lambda: model.train("digits"), TypeError, "expected dataset to be a Dataset"),
        (lambda: model.train(dataset(name), metrics=["test_beauty"]), ValueError, "unknown metric 'test_beauty'"),
        (lambda: model.train(dataset(name), metrics=["beauty"]), ValueError, "'beauty'"),
        (lambda: model.train(dataset(name), epochs=0), ValueError, "epochs to be a whole number of at least 1, got 0"),
        (lambda: model.train(dataset(name), epochs=1.5), TypeError, "epochs to be a whole number of at least 1"),
        (lambda: model.train(dataset(name), loss=MSE), TypeError, "loss"),
        (measured(less), ValueError, first.describe()),
        (measured(shaped(name, nan)), ValueError, "finite numbers in float64, got nan"),
        (measured(X[0]), ValueError, "with as many columns (samples), got (40,)"),
        (measured(shaped(name, X)[..., :0]), ValueError, "with as many columns"),
        (measured(shaped(name, X)[..., :7]), ValueError, "with as many columns"),
        (measured(shaped(name, X.astype(str))), TypeError, "real numbers, got dtype('<U"),
        (lambda: model.evaluate("data"), TypeError, "a Dataset or a pair (inputs, labels), got str"),
        (lambda: model.evaluate(dataset(name), "beauty"), ValueError, "unknown quantity 'beauty': this model has"),
        (lambda: model.evaluate(dataset(name), split="other"), ValueError, "'other'"),
        (lambda: model.evaluate(dataset(name), split="validation"), ValueError, "validation"),
    ]:
        refused(name, call, error, words)
    assert same(model.weights().values(), before.values())
    assert model.history is None
    model.evaluate(dataset(name))


@pytest.mark.parametrize("name", ["Autoencoder", "VAE", "GAN"])
def test_parts_that_are_no_networks_of_layers_or_do_not_fit(name):
    model = made(name)
    kind, own = type(model), type(model).__name__
    parts = {part: getattr(model, part) for part in inspect.signature(kind).parameters if part in PARTS}
    assert len(parts) >= 2
    for part in parts:
        for wrong, error, words in [
            (Dense(6, 6), TypeError, f"{own}: expected the {part} to be an MLP, got Dense"),
            (None, TypeError, f"{own}: expected the {part} to be an MLP, got None"),
            (MLP(), ValueError, f"{own}: expected the {part} to have layers, got an empty MLP; add them with addLayer"),
        ]:
            if part != "sampler":
                refused(name, lambda: kind(**parts | {part: wrong}), error, words)  # noqa: B023
    first, *_, last = parts
    wide = MLP([Dense(1000, 1000)])
    refused(name, lambda: kind(**parts | {first: wide}), ValueError, "gives samples of shape (1000,), the")
    shared = Dense(6, 6)
    twice = {first: MLP([shared]), last: MLP([shared, *([Dense(6, 1, Sigmoid())] if name == "GAN" else [])])}
    twice |= {"sampler": Sampler(6, 6)} if name == "VAE" else {}
    refused(name, lambda: kind(**twice), ValueError, "is there twice, every place needs a layer of its own")


PARTS = {"encoder", "sampler", "decoder", "generator", "discriminator"}


@by_trained
def test_print_shows_the_layers_and_their_parameters(name):
    model = made(name)
    text = repr(model)
    assert text.startswith(type(model).__name__)
    for part in PARTS:
        assert (f"\n{part}: " in text) == hasattr(model, part)
    for leaf in model.namedLayers().values():
        assert repr(leaf) in text
    assert f"{model.numParameters():,} parameters" in text.split("\n")[-1]
    assert model.numParameters() == sum(leaf.numParameters() for leaf in model.namedLayers().values())


EXCHANGED = [
    ("Autoencoder", "encoder", lambda: builders.network(ROWS, 4, 2, rng=50)),
    ("Autoencoder", "decoder", lambda: builders.network(2, 4, ROWS, output=Sigmoid(), rng=50)),
    ("VAE", "encoder", lambda: builders.network(ROWS, 4, 5, rng=50)),
    ("VAE", "sampler", lambda: Sampler(5, 2, rng=50)),
    ("VAE", "decoder", lambda: builders.network(2, 4, ROWS, output=Sigmoid(), rng=50)),
    ("GAN", "generator", lambda: builders.network(3, 4, ROWS, rng=50)),
    ("GAN", "discriminator", lambda: builders.network(ROWS, 4, 1, output=Sigmoid(), rng=50)),
]


@pytest.mark.parametrize(("name", "part", "another"), EXCHANGED)
def test_a_part_that_is_exchanged_is_used_everywhere(name, part, another, tmp_path):
    model, new = made(name), another()
    setattr(model, part, new)
    assert getattr(model, part) is new
    if hasattr(model, "reconstruct"):
        codes = model.encode(X)
        assert np.allclose(model.reconstruct(X), model.decode(codes[0] if isinstance(codes, tuple) else codes))
    leaf = new.layers[0] if isinstance(new, MLP) else new
    assert any(leaf is other for other in model.namedLayers().values())
    loaded = type(model).load(model.save(tmp_path / "model.safetensors"))
    assert sameWeights(loaded, model)
    before = learnt(model)
    model.train(dataset(name), epochs=1, metrics=[])
    assert any(not np.array_equal(array, before[place]) for place, array in learnt(model).items() if part in place)


@pytest.mark.parametrize(("name", "part", "another"), EXCHANGED)
def test_a_part_that_does_not_fit_leaves_the_one_before(name, part, another):
    model = made(name)
    before, expected = getattr(model, part), asked(model, name)
    for wrong in (None, builders.network(7, 9), another):
        with pytest.raises((TypeError, ValueError), match=part if wrong is None else "expected|gives"):
            setattr(model, part, wrong)
        assert getattr(model, part) is before
    assert same(asked(model, name), expected)
