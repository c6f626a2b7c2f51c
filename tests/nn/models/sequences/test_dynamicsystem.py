import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activations import Tanh
from dataset import Batch, Dataset, Standardization, deepsiExample, windows
from layers import GRU, L1, LSTM, Bidirectional, Dense, LastStep, Recurrent, TimeDistributed
from loss import MSE
from nn import MLP, DivergenceError, DynamicSystem, Model, checkGradients, pretrain, seed
from nn.models.sequences.unrolled import Unrolled
from optimizer import SGD, Adam

RNG = np.random.default_rng(0)
U, Y = RNG.normal(size=(9, 2, 3)), RNG.normal(size=(9, 1, 3)).cumsum(axis=0)
WAYS = {
    "teacher forcing": {},
    "free simulation": {"teacherForcing": False},
    "free from the first step": {"teacherForcing": False, "washOut": 0},
    "no feedback": {"feedback": False},
}
by_way = pytest.mark.parametrize("way", WAYS)
by_encoder = pytest.mark.parametrize("encoded", [False, True])


def model(encoded=True, lags=3, feedback=True, optimizer=None, outputs=1, **keywords):
    a, width = Adam(lr=0.01) if optimizer is None else optimizer, lags * (2 + outputs * feedback)
    encoder = MLP([Dense(width, 5, Tanh(), a, rng=1), Dense(5, 4, Tanh(), a, rng=2)]) if encoded else None
    decoder = MLP([Dense(4, width, optimizer=a, rng=3)]) if encoded else None
    core = [LSTM(4 if encoded else width, 4, a, rng=4), GRU(4, 3, a, rng=5)]
    network = MLP([*core, TimeDistributed(Dense(3, outputs, optimizer=a, rng=6))])
    if encoded:
        keywords = {"weight": 0.3} | keywords
    return DynamicSystem(2, outputs, network, encoder, decoder, lags, feedback=feedback, **keywords)


def series(steps=200, stride=8, length=20):
    """Of a system whose outputs are far from 0."""
    u, y = deepsiExample(steps, rng=0)
    u = np.concatenate([u, np.roll(u, 1)], axis=1)
    return windows(u, length, stride), windows(5 + 3 * y, length, stride)


def system(**keywords):
    u, y = series()
    return Dataset.fromSequences(u, y, standardize=True, batch_size=8, **{"rng": 0} | keywords)


# Gradients -----------------------------------------------------------------------------------------------------------


@by_way
@by_encoder
def test_gradients(way, encoded):
    made = model(encoded, **WAYS[way])
    report = checkGradients(made, U, Y)
    assert report, report
    assert len(report.entries) == sum(len(layer.parameters) for layer in made.namedLayers().values())
    weighed = checkGradients(made, U, Y, weights=np.random.default_rng(1).uniform(0, 2, (9, 3)))
    assert weighed, weighed


@by_way
@pytest.mark.parametrize("frozen", ["encoder", "network"])
def test_gradients_where_a_part_is_frozen(way, frozen):
    made = model(**WAYS[way])
    getattr(made, frozen).freeze()
    assert checkGradients(made, U, Y)
    made.weight = 0
    report = checkGradients(made, U, Y)
    assert report, report


def test_the_exam_sees_what_comes_back_through_time_and_through_the_feedback(monkeypatch):
    made = model(teacherForcing=False)
    with monkeypatch.context() as planted:
        planted.setattr(Recurrent, "endGradient", lambda self, **states: None)
        assert not checkGradients(made, U, Y)
    right = Unrolled._backward

    def without_reconstruction(self, dy, error, wanted):
        dv = right(self, dy, error, wanted)
        return dv if dv is None else dv + error  # what v itself owes to the outputs that were fed back

    with monkeypatch.context() as planted:
        planted.setattr(Unrolled, "_backward", without_reconstruction)
        assert not checkGradients(made, U, Y)
    assert checkGradients(made, U, Y)


# What it tells -------------------------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(lags=st.integers(1, 4), steps=st.integers(1, 8), n=st.integers(1, 3), outputs=st.integers(1, 2), known=st.data())
def test_a_simulation_is_what_is_predicted_from_its_own_outputs(lags, steps, n, outputs, known):
    made, rng = model(lags=lags, outputs=outputs), np.random.default_rng(lags)
    u, y = rng.normal(size=(steps, 2, n)), rng.normal(size=(steps, outputs, n))
    k = known.draw(st.integers(0, steps))
    free = made.simulate(u, y[:k])
    assert free.shape == (steps, outputs, n)
    seen = np.concatenate([y[:k], free[k:]])
    np.testing.assert_allclose(free, made.predict(u, seen), rtol=1e-12, atol=1e-12)


@by_encoder
def test_one_step_ahead_it_sees_what_was_measured_before(encoded):
    made = model(encoded)
    ahead, other = made.predict(U, Y), Y.copy()
    other[5] += 1
    changed = made.predict(U, other) != ahead
    assert not changed[:6].any()
    assert changed[6].all()
    made = model(encoded, feedback=False)
    assert np.array_equal(made.predict(U), made.simulate(U))


def test_the_loss_is_of_the_steps_behind_the_wash_out():
    made = model(feedback=False, washOut=4, weight=0.5)
    found, other = made.evaluate((U, Y)), Y.copy()
    other[:4] += 10
    assert made.evaluate((U, other)) == found
    e = (made.predict(U) - Y)[4:]
    before = np.concatenate([np.zeros((2, 2, 3)), U])
    v = np.concatenate([before[t : t + 3].reshape(6, 3) for t in range(4, 9)], axis=1)
    error = made.decoder.predict(made.encoder.predict(v)) - v
    assert found["reconstruction"] == pytest.approx(np.sum(error**2) / 6)
    assert found["loss"] == pytest.approx(np.sum(e**2) / 6 + 0.5 * np.sum(error**2) / 6)


def test_what_is_measured_of_the_simulation_is_in_the_units_of_the_outputs():
    data, made = system(), model(washOut=5)
    made.train(data, epochs=3, metrics=[])
    u, y = data.testSet()
    assert made.labelStandardization.mean[0] == pytest.approx(data.trainSet().labels.mean(), rel=1e-5)
    free = made.simulate(u, y[:5])
    found = made.evaluate(data, ["rmse", "r2"])
    assert found["rmse"] == pytest.approx(np.sqrt(np.mean((free - y)[5:] ** 2)), rel=1e-5)
    assert found["r2"] == pytest.approx(1 - np.mean((free - y)[5:] ** 2) / np.var(y[5:]), rel=1e-4)
    assert np.abs(free).mean() > 2


def test_series_of_different_lengths_are_as_each_alone():
    lengths = [9, 6, 7]
    u = [U[:n, :, i] for i, n in enumerate(lengths)]
    y = [Y[:n, :, i] for i, n in enumerate(lengths)]
    data = Dataset.fromSequences(u, y, test_size=0, shuffle=False, dtype=np.float64)
    made = model(teacherForcing=False)
    alone = [made.evaluate((one[..., None], other[..., None])) for one, other in zip(u, y, strict=True)]
    together = made.evaluate(data, split="train")
    for name, value in together.items():
        # a data set's weights of steps have the mean 1 over those that there are
        assert value == pytest.approx(np.mean([one[name] for one in alone]), rel=1e-6)


# Training ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["teacher forcing", "free simulation", "no feedback"])
def test_it_learns(way):
    data, made = system(), model(False, optimizer=Adam(lr=0.02), **WAYS[way])
    made.train(data, epochs=15, metrics=[])
    assert made.evaluate(data, ["r2"])["r2"] > 0.4


def test_the_stages_of_the_lecture():
    data, made = system(), model()
    history = made.train(data, epochs=2, metrics=["train_loss", "train_reconstruction", "test_rmse"])
    assert history["train_reconstruction"][1] < history["train_reconstruction"][0]

    def moved(before):
        after = made.weights()
        return {name.partition(".")[0] for name in after if not np.array_equal(before[name], after[name])}

    before = made.weights()
    made.weight, made.teacherForcing = 0, False
    made.network.freeze()
    made.train(data, epochs=1, metrics=[])
    assert moved(before) == {"encoder"}
    before = made.weights()
    made.encoder.freeze()
    made.network.unfreeze()
    made.train(data, epochs=1, metrics=[])
    assert moved(before) == {"network"}


def test_a_deep_encoder_is_trained_layer_by_layer():
    data, made = system(), model()
    lines = made.delayLines(data)
    u, y = data.trainSet()
    y = (y - y.mean()) / y.std()
    u = data.standardization.apply(u)
    found, count = lines.trainSet().inputs, y.shape[0] * y.shape[2]
    assert found.shape == (9, count)
    for row, values in ((6, u[:, 0]), (7, u[:, 1]), (8, np.concatenate([0 * y[:1], y[:-1]]))):  # the newest are last
        np.testing.assert_allclose(np.sort(found[row]), np.sort(values, axis=None), rtol=1e-4, atol=1e-5)
    assert np.sum(found[0] == 0) == 2 * y.shape[2]
    before = made.encoder.weights()
    stages = pretrain(made.encoder, lines, epochs=1).stages
    assert [stage.layer for stage in stages] == made.encoder.layers
    assert not any(np.array_equal(before[name], array) for name, array in made.encoder.weights().items() if "w" in name)


@pytest.mark.parametrize("way", ["teacher forcing", "free simulation"])
def test_a_training_goes_on_to_the_bit_and_the_file_holds_the_model(way, tmp_path):
    def trained(epochs, **keywords):
        seed(3)
        made = model(**WAYS[way])
        made.train(system(rng=1), epochs=epochs, metrics=["test_rmse"], **keywords)
        return made

    whole = trained(3)
    trained(1, checkpoint=tmp_path / "checkpoint")
    continued = trained(3, checkpoint=tmp_path / "checkpoint", resume=True)
    assert all(np.array_equal(array, continued.weights()[name]) for name, array in whole.weights().items())
    assert continued.config() == whole.config()
    whole.save(tmp_path / "model")
    loaded, (u, y) = Model.load(tmp_path / "model"), system().testSet()
    assert np.array_equal(loaded.simulate(u, y[:4]), whole.simulate(u, y[:4]))
    assert loaded.evaluate(system()) == whole.evaluate(system())
    assert repr(loaded) == repr(whole)


def test_a_copy_learns_by_itself():
    made, data = model(), system()
    made.train(data, epochs=1, metrics=[])
    other, before = copy.deepcopy(made), made.weights()
    other.train(data, epochs=1, metrics=[])
    assert all(np.array_equal(array, made.weights()[name]) for name, array in before.items())
    assert not np.array_equal(other.weights()["network.layers.0.weight"], before["network.layers.0.weight"])


@by_way
def test_the_bits_are_the_same_whatever_is_measured(way):
    def trained(metrics):
        made = model(**WAYS[way])
        made.train(system(), epochs=1, metrics=metrics)
        return made.weights()["network.layers.0.weight"]

    assert np.array_equal(trained([]), trained(["train_loss", "test_rmse", "test_loss", "test_reconstruction"]))


def test_a_prediction_does_not_disturb_the_pass_of_a_training(monkeypatch):
    made, batch = model(teacherForcing=False), Batch.of(U, Y)
    layers, descend = made.losses(batch)["loss"]

    def gradients():
        descend()
        return [layer.gradientVector.copy() for layer in layers.values() if layer.learns]

    undisturbed, backward = gradients(), Unrolled.backward

    def disturbed(self, *given):
        made.simulate(U[:5, :, :2])
        backward(self, *given)

    monkeypatch.setattr(Unrolled, "backward", disturbed)
    assert all(np.array_equal(*pair) for pair in zip(undisturbed, gradients(), strict=True))


def test_the_diagnosis_looks_at_all_layers():
    data, made = system(), model(teacherForcing=False)
    made.train(data, epochs=1, metrics=[])
    places = [layer.place for layer in made.namedLayers().values()]
    assert [state.place for state in made.diagnose(data).layers] == places
    assert places[0] == "encoder.layers[0]"


def test_it_names_the_layer_of_a_divergence():
    made = model(False, optimizer=SGD(lr=1e30), teacherForcing=False)
    with pytest.raises(DivergenceError, match=r"first appeared in network.layers\[\d\].*learning rate"):
        made.train(system(), epochs=3, metrics=[], watch=False)


def test_its_parts_in_onnx(tmp_path):
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    made = model()
    made.export(tmp_path / "encoder.onnx", part="encoder")
    x = RNG.normal(size=(9, 5))
    session = runtime.InferenceSession(tmp_path / "encoder.onnx")
    np.testing.assert_allclose(session.run(None, {"input": x.T})[0].T, made.encoder.predict(x), rtol=1e-6)


# Bad input -----------------------------------------------------------------------------------------------------------


def test_bad_parts():
    core = [LSTM(3, 4), TimeDistributed(Dense(4, 1))]
    with pytest.raises(ValueError, match=r"encoder takes columns of shape \(4,\), the delay line has 6 = 2 lags x 3"):
        DynamicSystem(2, 1, MLP(core), MLP([Dense(4, 3)]), lags=2)
    with pytest.raises(ValueError, match=r"the network gets 6 features = 2 lags x 3 features in a step"):
        DynamicSystem(2, 1, MLP(core), lags=2)
    with pytest.raises(ValueError, match=r"the network gets 2 features in a step: layers"):
        DynamicSystem(2, 1, MLP(core), MLP([Dense(6, 2)]), lags=2)
    with pytest.raises(ValueError, match="the network gives"):
        DynamicSystem(2, 2, MLP([LSTM(4, 4), TimeDistributed(Dense(4, 1))]))
    with pytest.raises(ValueError, match="the network gives"):
        DynamicSystem(2, 1, MLP([LSTM(3, 4), LastStep(), Dense(4, 1)]))
    with pytest.raises(ValueError, match="sees later steps"):
        DynamicSystem(2, 1, MLP([Bidirectional(LSTM(3, 4)), TimeDistributed(Dense(8, 1))]))
    with pytest.raises(ValueError, match="expected decoder to be omitted without an encoder"):
        DynamicSystem(2, 1, MLP(core), decoder=MLP([Dense(3, 3)]))
    with pytest.raises(ValueError, match="expected weight to be 0 without a decoder"):
        DynamicSystem(2, 1, MLP(core), weight=1)
    with pytest.raises(ValueError, match="expected teacherForcing to be False without feedback"):
        model(feedback=False, teacherForcing=True)
    with pytest.raises(TypeError, match="expected the network to be an MLP"):
        DynamicSystem(2, 1, core[0])


def test_bad_series():
    made = model()
    with pytest.raises(ValueError, match="at least 4 steps, for a delay line of 3 and a wash-out of 3, got 3"):
        made.evaluate((U[:3], Y[:3]))
    with pytest.raises(ValueError, match=r"expected u to be sequences \(steps, 2, N\), got \(9, 1, 3\)"):
        made.simulate(U[:, :1])
    made.standardization = Standardization([0.0, 1.0], [1.0, 2.0])  # not a message of its own, about other shapes
    with pytest.raises(ValueError, match=r"expected u to be sequences \(steps, 2, N\), got \(9, 1, 3\)"):
        made.simulate(U[:, :1])
    made.standardization = None
    with pytest.raises(ValueError, match=r"x\[:, :, np.newaxis\] is one series"):
        made.simulate(U[:, :, 0])
    with pytest.raises(ValueError, match=r"expected start to be of shape \(k, 1, 3\) with k <= 9"):
        made.simulate(U, np.zeros((10, 1, 3)))
    with pytest.raises(ValueError, match="expected y to be of 9 steps"):
        made.predict(U, Y[:5])
    with pytest.raises(ValueError, match="expected y to be the measured outputs"):
        made.predict(U)
    with pytest.raises(ValueError, match="expected start to be omitted without feedback"):
        model(feedback=False).simulate(U, Y[:2])
    bad = U.copy()
    bad[2, 0, 1] = np.nan
    with pytest.raises(ValueError, match="expected u to be finite numbers"):
        made.simulate(bad)
    with pytest.raises(ValueError, match=r"expected labels of the data set 'arrays' to be sequences \(steps, 1, N\)"):
        made.train(Dataset.fromArrays(U, Y[-1], test_size=0, name="arrays"))
    penalised = MLP([LSTM(3, 4, penalty=L1(0.1)), TimeDistributed(Dense(4, 1))])
    with pytest.raises(ValueError, match="without penalties in a free simulation"):
        DynamicSystem(2, 1, penalised, teacherForcing=False).train(system())
    with pytest.raises(TypeError, match="has a loss of its own"):
        made.train(system(), MSE())
