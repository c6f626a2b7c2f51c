"""The variational recurrent network."""

import copy
import itertools
import warnings
from concurrent.futures import ThreadPoolExecutor

from leibnet.gaussian import divergenceGradients, divergences

import numpy as np
import pytest

from activations import Identity, Sigmoid, Tanh
from dataset import Batch, Dataset
from interrupting import Stop
from layers import GRU, L1, LSTM, RNN, Chain, Dense, Learning
from loss import MSE, CrossEntropy, GaussianLikelihood
from nn import MLP, Checkpoint, DivergenceError, Model, TrainingWarning, VariationalRNN, checkGradients, seed
from nn.training.step import StepContext
from optimizer import SGD, Adam

X = np.random.default_rng(0).normal(size=(6, 2, 4))  # (steps, features, N)
MASK = np.array(
    [[True] * 4, [True] * 4, [True, True, False, True], [True, False, False, True]] + [[False] * 3 + [True]] * 2
)


def model(cell=GRU, features=True, number=0, output=None, optimizer=None, kind=VariationalRNN, **keywords):
    """2 numbers and 3 latent variables a step, 5 units."""
    seed(number)
    adam = optimizer or Adam(lr=0.01)

    def network(*sizes, end=None):
        pairs = list(itertools.pairwise(sizes))
        ends = [Tanh()] * (len(pairs) - 1) + [end or Identity()]
        return MLP([Dense(*pair, f, adam) for pair, f in zip(pairs, ends, strict=True)])

    seen, latents = (4, 3) if features else (2, 3)
    if features:
        keywords |= {"inputFeatures": network(2, seen, end=Tanh()), "latentFeatures": network(3, latents, end=Tanh())}
    decoder = network(latents + 5, 6, 2 if output else 4, end=output)
    cell = cell(seen + latents, 5, optimizer=adam)
    return kind(2, 3, cell, network(5, 4, 6), network(seen + 5, 4, 6), decoder, **keywords)


def data(x=X, **keywords):
    rows = np.tile(np.moveaxis(x, -1, 0), (5, 1, 1))
    return Dataset.fromSequences(rows, **{"batch_size": 5, "test_size": 4, "rng": 0} | keywords)


def ragged(**keywords):
    """Sequences of 2 to 6 steps."""
    rows = [np.moveaxis(X, -1, 0)[i % 4][: 2 + i % 5] for i in range(20)]
    return Dataset.fromSequences(rows, **{"batch_size": 5, "test_size": 4, "rng": 0} | keywords)


def weights(one):
    return np.concatenate([array.ravel() for array in one.arrays().values()])


def same(one, other):
    return np.array_equal(weights(one), weights(other))


# Gradients -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", [GRU, LSTM, RNN])
@pytest.mark.parametrize("features", [True, False])
def test_gradients(cell, features):
    report = checkGradients(model(cell, features), X)
    assert report, report
    learning = [leaf for leaf in model(cell, features).namedLayers().values() if isinstance(leaf, Learning)]
    assert len(report.entries) == sum(len(leaf.parameters) for leaf in learning)


@pytest.mark.parametrize("shape", [(1, 2, 1), (1, 2, 3), (3, 2, 1), (9, 2, 2)], ids=str)
def test_gradients_of_short_and_long_sequences(shape):
    report = checkGradients(model(LSTM), np.random.default_rng(1).normal(size=shape))
    assert report, report


def test_gradients_of_yes_and_no():
    report = checkGradients(model(output=Sigmoid()), (X > 0).astype(float))
    assert report, report


class Masked(VariationalRNN):
    def losses(self, batch):
        return super().losses(Batch.of(batch.inputs, mask=MASK, weights=np.array([1.0, 2.0, 0.5, 1.0])))


@pytest.mark.parametrize("cell", [GRU, LSTM])
def test_gradients_with_padding_and_weights(cell):
    report = checkGradients(model(cell, kind=Masked), X)
    assert report, report


def test_gradients_where_much_is_at_the_bounds():
    one = model()
    for part in (one.encoder, one.prior):
        part.layers[-1].weight *= 8
    report = checkGradients(one, X)
    assert report, report


@pytest.mark.slow
def test_gradients_past_frozen_parts():
    for part in ("prior", "encoder", "decoder", "inputFeatures", "latentFeatures"):
        one = model()
        getattr(one, part).freeze()
        report = checkGradients(one, X)
        assert report, report
        assert not any(entry.name.startswith(part) for entry in report.entries)


PLANTED = [name for name, leaf in model().namedLayers().items() if isinstance(leaf, Learning)]


@pytest.mark.slow
@pytest.mark.parametrize("place", PLANTED)
def test_an_error_of_a_thousandth_is_found(place, monkeypatch):
    leaf = model().namedLayers()[place]
    kind, right, where = type(leaf), type(leaf)._backward, leaf.place

    def wrong(self, dy, now, wanted):
        dx = right(self, dy, now, wanted)
        if self.place == where:
            self.gradients["weight"][...] *= 1.001
        return dx

    monkeypatch.setattr(kind, "_backward", wrong)
    assert not checkGradients(model(), X)


def test_divergence_and_its_gradients():
    rng = np.random.default_rng(2)
    q, p = ((rng.normal(size=5), rng.normal(size=5)) for _ in "qp")
    draws = q[0] + np.exp(q[1] / 2) * rng.normal(size=(400_000, 5))

    def log_density(z, mean, log_variance):
        return -0.5 * (log_variance + (z - mean) ** 2 / np.exp(log_variance))

    by_draws = (log_density(draws, *q) - log_density(draws, *p)).mean(axis=0)
    assert divergences(q, p) == pytest.approx(by_draws, abs=0.02)
    assert not divergences(q, q).any()
    for pair, gradients in zip((q, p), divergenceGradients(q, p), strict=True):
        for array, gradient in zip(pair, gradients, strict=True):
            kept = array.copy()
            array[...] = kept + 1e-6
            above = divergences(q, p)
            array[...] = kept - 1e-6
            below = divergences(q, p)
            array[...] = kept
            assert (above - below) / 2e-6 == pytest.approx(gradient, rel=1e-7, abs=1e-9)


# What it tells -------------------------------------------------------------------------------------------------------


def by_prior(one, x, draws):
    """ln p(x) of one sequence (steps, features) by draws from the prior, every network asked by itself."""
    rng, h = np.random.default_rng(3), np.zeros((5, draws))
    states, total = {}, np.zeros(draws)
    cell = one.recurrent
    with cell.use("reference"):
        for step in x:
            p = one.prior.predict(h)
            z = p[:3] + np.exp(10 * np.tanh(p[3:] / 20)) * rng.normal(size=(3, draws))
            latents = z if one.latentFeatures is None else one.latentFeatures.predict(z)
            seen = np.repeat(step[:, np.newaxis], draws, axis=1)
            a = one.decoder.predict(np.concatenate((latents, h)))
            if isinstance(one.loss, GaussianLikelihood):
                s = 20 * np.tanh(a[2:] / 20)
                total += -0.5 * (np.log(2 * np.pi) + s + (seen - a[:2]) ** 2 / np.exp(s)).sum(axis=0)
            else:
                total += np.log(np.where(seen > 0, a, 1 - a)).sum(axis=0)
            seen = seen if one.inputFeatures is None else one.inputFeatures.predict(seen)
            cell.begin(**states)
            h = cell.feedforward(np.concatenate((seen, latents))[np.newaxis], training=False)[0]
            states = {name: state.copy() for name, state in cell.final.items()}
    return np.log(np.mean(np.exp(total)))


@pytest.mark.parametrize(
    ("cell", "features", "output"), [(GRU, True, None), (LSTM, False, None), (GRU, True, Sigmoid())]
)
def test_importance_sampling_rises_from_the_bound_to_the_likelihood(cell, features, output):
    one = model(cell, features, output=output)
    x = X[:3] if output is None else (X[:3] > 0).astype(float)
    one.decoder.layers[0].weight *= 3
    one.train(data(x, dtype=float), epochs=60, metrics=[], progress=False)
    truth = [by_prior(one, x[..., i], 30_000) for i in range(2)]
    x = x[..., :2]
    bound = one.bound(x, 2000, rng=0)
    assert one.logLikelihood(x, 10_000, rng=0) == pytest.approx(truth, abs=0.03)
    assert (bound < np.array(truth) - 0.01).all()
    single = np.mean([one.logLikelihood(x, 1, rng=i) for i in range(200)], axis=0)
    assert single == pytest.approx(bound, abs=0.3)


def test_the_loss_is_the_negative_bound_of_a_step():
    one, x = model(), np.tile(X, 500)
    values = one.evaluate(x)
    assert values["loss"] == pytest.approx(values["reconstruction"] + values["kl"])
    assert values["loss"] == pytest.approx(-one.bound(x, rng=0).mean() / 6, rel=0.01)
    assert values["kl"] == pytest.approx(one.divergences(x, rng=0).mean(), rel=0.03)


def test_padding_changes_nothing():
    one = model()
    lengths = MASK.sum(axis=0)
    spoilt = np.where(MASK[:, np.newaxis], X, 7.0)
    for i, n in enumerate(lengths):
        alone = X[:n, :, [i]]
        assert one.reconstruct(spoilt, MASK)[:n, :, [i]] == pytest.approx(one.reconstruct(alone))
        assert one.predict(spoilt, MASK)[:n, :, [i]] == pytest.approx(one.predict(alone))
    many = one.bound(spoilt, 4000, rng=1, mask=MASK)
    each = [one.bound(X[:n, :, [i]], 4000, rng=1)[0] for i, n in enumerate(lengths)]
    assert many == pytest.approx(each, abs=0.2)
    batches = [Batch.of(x, mask=MASK) for x in (spoilt, X)]
    values = []
    for batch in batches:
        with one.randomness(np.random.default_rng(0)):
            values.append(one.measure(batch, frozenset(one.quantities)))
    assert values[0] == values[1]


def test_an_evaluation_is_over_all_steps_of_ragged_sequences(monkeypatch):
    one, given = model(), ragged()
    one.astype(np.float32)
    one.encoder.layers[-1].parameterVector[...] = 0
    one.encoder.layers[-1].bias[3:] = -1000  # no spread: all draws are alike
    batch = given.trainSet()
    expected = one.divergences(batch.inputs, mask=batch.mask)[batch.mask].mean()
    for size in (3, 1000):
        monkeypatch.setattr("nn.models.evaluation.SAMPLES", size)
        assert one.evaluate(given, ["kl"], "train")["kl"] == pytest.approx(expected, rel=1e-4)


def test_a_step_ahead_sees_only_the_past():
    one, other = model(), X.copy()
    other[3] += 1
    assert np.array_equal(one.predict(other)[:4], one.predict(X)[:4])
    assert not np.allclose(one.predict(other)[4], one.predict(X)[4])
    assert not np.allclose(one.reconstruct(other)[3], one.reconstruct(X)[3])


def test_samples_follow_the_model():
    """Of the first step mean and variance by its networks; and ln p of samples is its negative entropy."""
    one = model()
    x = one.sample(40_000, 2, rng=0)
    p = one.prior.predict(np.zeros((5, 1)))
    z = p[:3] + np.exp(p[3:] / 2) * np.random.default_rng(1).normal(size=(3, 40_000))
    a = one.decoder.predict(np.concatenate((one.latentFeatures.predict(z), np.zeros((5, 40_000)))))
    assert x[0].mean(axis=1) == pytest.approx(a[:2].mean(axis=1), abs=0.03)
    assert x[0].var(axis=1) == pytest.approx(a[:2].var(axis=1) + np.exp(a[2:]).mean(axis=1), rel=0.03)
    bits = model(output=Sigmoid()).sample(5, 3, rng=0)
    assert set(np.unique(bits)) == {0, 1}


def test_sampling_goes_on_after_a_beginning():
    one = model(LSTM)
    one.encoder.layers[-1].parameterVector[...] = 0
    one.encoder.layers[-1].bias[3:] = -1000  # the draws of z in the beginning say nothing
    start = np.repeat(X[:, :, :1], 20_000, axis=2)
    after = one.sample(20_000, 1, rng=0, start=start)
    first = one.sample(20_000, 1, rng=0)
    assert after.shape == (1, 2, 20_000)
    assert not np.allclose(after.mean(axis=2), first.mean(axis=2), atol=0.01)
    path = np.append(X[:, :, :1], np.zeros((1, 2, 1)), axis=0)
    with one._path.use("inference"):
        trace = one._path.forward(path, np.zeros((3, 7, 1)), None, training=False)
    a = one.decoder.predict(np.concatenate((one.latentFeatures.predict(trace.p[0][:, -1]), trace.h[:, -2])))
    assert after.mean(axis=2)[0] == pytest.approx(a[:2, 0], abs=0.1)


def test_what_is_asked_draws_from_what_is_given_and_changes_nothing():
    one, again = model(), model()
    for ask in (
        lambda rng: one.bound(X, 3, rng=rng),
        lambda rng: one.logLikelihood(X, 3, rng=rng),
        lambda rng: one.divergences(X, rng=rng),
        lambda rng: one.sample(4, 5, rng=rng),
        lambda rng: one.sample(4, 5, rng=rng, start=X),
    ):
        assert np.array_equal(ask(1), ask(1))
        assert not np.array_equal(ask(1), ask(2))
        assert not np.array_equal(ask(None), ask(None))
    assert same(one, again)
    assert one.evaluate(X) == one.evaluate(X) == again.evaluate(X)
    before = one.step(Batch.of(X), StepContext(frozenset({"kl"})))
    assert before.keys() == {"kl"}


# Training ------------------------------------------------------------------------------------------------------------


def switching(n=300, steps=12):
    """Levels of -1 or 1 that switch unforeseen: what comes next has two peaks."""
    rng = np.random.default_rng(0)
    levels = np.sign(rng.normal(size=(n, steps, 1)))
    return levels + 0.05 * rng.normal(size=(n, steps, 2))


def test_latent_variables_say_what_the_past_does_not():
    """Two peaks at every step, of deviation σ = .05: the truth has ln 2 + ln 2πeσ² nats, a Gaussian ln 2πe(1 + σ²)."""
    one = model(optimizer=Adam(lr=0.01))
    dataset = Dataset.fromSequences(switching(), batch_size=20, test_size=60, rng=0)
    history = one.train(dataset, epochs=25, progress=False)
    single = np.log(2 * np.pi * np.e) + np.log(1 + 0.05**2)
    truth = np.log(2) + np.log(2 * np.pi * np.e * 0.05**2)
    assert truth - 0.1 < one.evaluate(dataset)["loss"] < single - 2
    assert one.evaluate(dataset)["kl"] > 0.6
    assert history["test_loss"][-1] < history["test_loss"][0]
    peaks = one.sample(500, 3, rng=0)
    assert (np.abs(np.abs(peaks) - 1) < 0.4).mean() > 0.9
    assert 0.3 < (peaks > 0).mean() < 0.7


@pytest.mark.parametrize("cell", [GRU, LSTM])
@pytest.mark.parametrize("given", [data, ragged])
def test_the_same_seed_gives_the_same_bits(cell, given):
    ends = []
    for number, metrics in ((1, None), (1, []), (1, ["train_kl", "test_kl"]), (2, None)):
        one = model(cell)
        seed(number)
        one.train(given(), epochs=2, metrics=metrics, progress=False)
        ends.append(one)
    assert same(ends[0], ends[1])
    assert same(ends[0], ends[2])
    assert not same(ends[0], ends[3])


def test_a_training_is_resumed_to_the_bit(tmp_path):
    whole, part, again = model(), model(), model(number=7)
    seed(1)
    whole.train(ragged(), epochs=4, progress=False)
    seed(1)
    path = tmp_path / "training.safetensors"
    with pytest.raises(KeyboardInterrupt):
        part.train(ragged(), epochs=4, checkpoint=Checkpoint(path), listeners=[Stop(5)], progress=False)
    history = again.train(ragged(), epochs=4, checkpoint=path, resume=True, progress=False)
    assert same(again, whole)
    assert history == whole.history


def test_files_and_copies(tmp_path):
    for one in (model(LSTM, warmUp=2), model(features=False), model(output=Sigmoid())):
        x = X if isinstance(one.loss, GaussianLikelihood) else (X > 0).astype(float)
        one.train(data(x, standardize=isinstance(one.loss, GaussianLikelihood)), epochs=1, progress=False)
        for again in (Model.load(one.save(tmp_path / "model.safetensors")), copy.deepcopy(one)):
            assert isinstance(again, VariationalRNN)
            assert again.config() == one.config()
            assert repr(again) == repr(one)
            assert same(again, one)
            assert np.array_equal(again.bound(x, rng=0), one.bound(x, rng=0))
            assert np.array_equal(again.sample(2, 5, rng=0), one.sample(2, 5, rng=0))
            assert again.evaluate(x) == one.evaluate(x)


def test_standardised_data_come_back_in_their_units():
    one = model()
    one.train(data(100 + 5 * X, standardize=True), epochs=1, metrics=[], progress=False)
    assert one.standardization is not None
    for found in (one.sample(50, 6, rng=0), one.reconstruct(100 + 5 * X), one.predict(100 + 5 * X)):
        assert abs(found.mean() - 100) < 5


def test_the_divergence_comes_to_count_in_a_warm_up():
    ends = []
    for warm_up, epoch in ((0, 0.0), (4, 4.0), (4, 1.0), (4, 0.0)):
        one = model(warmUp=warm_up, optimizer=SGD(lr=0.1))
        seed(1)
        value = one.step(Batch.of(X), StepContext(frozenset({"loss"}), epoch=epoch))["loss"]
        ends.append((value, weights(one)))
    assert len({value for value, _ in ends}) == 1
    assert np.array_equal(ends[0][1], ends[1][1])
    quarter = ends[3][1] + 0.25 * (ends[0][1] - ends[3][1])
    assert ends[2][1] == pytest.approx(quarter)
    assert not np.allclose(ends[0][1], ends[3][1])


def test_silent_latent_variables_are_named():
    rng = np.random.default_rng(0)
    noise = Dataset.fromSequences(rng.normal(size=(200, 5, 2)), batch_size=10, test_size=0, rng=0)
    with pytest.warns(TrainingWarning, match="latent variables are silent"):
        model().train(noise, epochs=25, metrics=[], progress=False)
    assert "KL divergence of a step" in str(model().diagnose(noise))


def test_telling_ones_are_not():
    with warnings.catch_warnings():
        warnings.simplefilter("error", TrainingWarning)
        model().train(Dataset.fromSequences(switching(), batch_size=20, test_size=60, rng=0), epochs=10, progress=False)


@pytest.mark.parametrize("place", PLANTED)
def test_what_is_not_finite_is_named_before_anything_is_updated(place):
    one = model()
    spoilt = one.namedLayers()[place]
    spoilt.weight[0, 0] = np.nan
    before = weights(one)
    with pytest.raises(DivergenceError, match="It.* weight was not finite") as caught:
        one.train(data(dtype=float), epochs=1, metrics=[], progress=False)
    assert caught.value.layer == spoilt.describe()
    assert np.array_equal(weights(one), before, equal_nan=True)


# Bad input -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: model(loss=MSE()), "expected loss to be GaussianLikelihood"),
        (lambda: model(loss=CrossEntropy()), "CrossEntropy"),
        (lambda: model(output=Sigmoid(), loss=GaussianLikelihood()), "Sigmoid"),
        (lambda: model(warmUp=-1), "warmUp"),
        (lambda: model(inputFeatures=None, features=False, latentFeatures=MLP([Dense(3, 9)])), "recurrent"),
    ],
)
def test_parts_that_do_not_fit_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def parts(**others):
    one = model(features=False)
    return {name: getattr(one, name) for name in ("recurrent", "prior", "encoder", "decoder")} | others


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ({"prior": MLP([Dense(5, 5)])}, r"the prior to be from \(5,\) to \(6,\)"),
        ({"encoder": MLP([Dense(5, 6)])}, r"the encoder to be from \(7,\) to \(6,\)"),
        ({"decoder": MLP([Dense(8, 2)])}, r"the decoder to be from \(8,\) to \(4,\)"),
        ({"decoder": MLP([])}, "empty MLP"),
        ({"recurrent": GRU(4, 5)}, r"2 \+ 3 inputs"),
    ],
)
def test_a_part_of_another_size_is_named(others, message):
    with pytest.raises(ValueError, match=message):
        VariationalRNN(2, 3, **parts(**others))


def test_a_layer_in_two_places_is_refused():
    one = Dense(5, 6)
    with pytest.raises(ValueError, match="layers of its own"):
        VariationalRNN(
            2,
            3,
            **parts(
                prior=MLP([one, Dense(6, 6)]),
                latentFeatures=None,
                inputFeatures=MLP([Dense(2, 2)]),
                encoder=MLP([Dense(7, 5), one]),
            ),
        )


def test_other_kinds_are_refused():
    with pytest.raises(TypeError, match="recurrent"):
        VariationalRNN(2, 3, **parts(recurrent=Dense(5, 5)))
    with pytest.raises(TypeError, match="prior"):
        VariationalRNN(2, 3, **parts(prior=Chain([Dense(5, 6)])))
    with pytest.raises(TypeError, match="loss of its own"):
        model().train(data(), MSE(), epochs=1)


def test_a_penalty_is_refused():
    one = VariationalRNN(2, 3, **parts(prior=MLP([Dense(5, 6, penalty=L1(0.1))])))
    with pytest.raises(ValueError, match="without a penalty"):
        one.train(data(), epochs=1)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda one: one.bound(X[:, :1]), r"\(steps, 2, N\)"),
        (lambda one: one.bound(X[:, :, 0]), "np.newaxis"),
        (lambda one: one.bound(X[:0]), r"\(steps, 2, N\)"),
        (lambda one: one.bound(np.where(X > 1, np.nan, X)), "finite"),
        (lambda one: one.bound(X, 0), "samples"),
        (lambda one: one.predict(X, MASK[:3]), "mask"),
        (lambda one: one.sample(0, 3), "n"),
        (lambda one: one.sample(3, 3, start=X), "n = 3 sequences"),
        (lambda one: one.train(Dataset.fromArrays(X[0])), "sequences"),
        (lambda one: one.train(data(X[:, :1])), r"\(steps, 2, N\)"),
        (lambda one: one.step(Batch.of(X, weights=np.ones((3, 4))), StepContext()), "weights"),
    ],
)
def test_sequences_that_do_not_fit_are_refused(ask, message):
    with pytest.raises(ValueError, match=message):
        ask(model())


def test_numbers_that_a_sigmoid_cannot_give_are_refused():
    one = model(output=Sigmoid())
    for ask in (one.bound, lambda x: one.train(data(x), epochs=1)):
        with pytest.raises(ValueError, match="cannot give"):
            ask(3 * X)


# Threads -------------------------------------------------------------------------------------------------------------


def asked(one, i):
    x = X[..., i % 3 : i % 3 + 2]
    values = one.evaluate(x)
    return [*values.values(), one.bound(x, 3, rng=i), one.predict(x), one.sample(2, 4, rng=i, start=x)]


def test_threads_may_ask_at_once():
    one = model(LSTM)
    expected = [asked(one, i) for i in range(6)]
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda i: asked(one, i % 6), range(36)))
    for i, values in enumerate(found):
        assert all(np.array_equal(*pair) for pair in zip(values, expected[i % 6], strict=True))


def test_what_is_returned_stays():
    one = model()
    first = asked(one, 0)
    kept = copy.deepcopy(first)
    asked(one, 1)
    one.step(Batch.of(X), StepContext())
    assert all(np.array_equal(*pair) for pair in zip(first, kept, strict=True))


def test_its_parts_in_onnx(tmp_path):
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    one = model()
    one.astype(np.float32)
    one.export(tmp_path / "prior.onnx", part="prior")
    session = runtime.InferenceSession(tmp_path / "prior.onnx")
    h = np.random.default_rng(0).normal(size=(4, 5)).astype(np.float32)
    (found,) = session.run(None, {session.get_inputs()[0].name: h})
    np.testing.assert_allclose(found.T, one.prior.predict(h.T), atol=1e-6)
