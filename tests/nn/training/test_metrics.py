"""Directions, names and means of metrics; early stopping and checkpoints obey the directions."""

import numpy as np
import pytest

from activations import LeakyReLU, ReLU, Sigmoid, Softmax
from dataset import Dataset
from layers import Dense, Sampler
from nn import GAN, MLP, VAE, Autoencoder, Checkpoint, EarlyStopping, Model
from nn.training.metrics import Direction, Meter, MetricName, directionOf

X = np.random.default_rng(0).uniform(0, 1, (6, 60)).astype(np.float32)


def data():
    return Dataset.fromArrays(X, (X[0] > X[1]).astype(int), test_size=20, batch_size=20, rng=0)


def classifier():
    return MLP([Dense(6, 8, ReLU(), rng=1), Dense(8, 2, Softmax(), rng=2)])


def vae():
    return VAE(MLP([Dense(6, 8, ReLU())]), Sampler(8, 3), MLP([Dense(3, 6, Sigmoid())]))


def gan():
    return GAN(MLP([Dense(3, 6, Sigmoid())]), MLP([Dense(6, 8, LeakyReLU(0.2)), Dense(8, 1, Sigmoid())]))


def test_every_model_says_in_which_direction_its_quantities_are_better():
    lower, higher, none = Direction.LOWER, Direction.HIGHER, Direction.NONE
    assert dict(MLP.quantities) == {"loss": lower, "accuracy": higher}
    assert dict(Autoencoder.quantities) == {"loss": lower, "squared_error": lower}
    assert dict(VAE.quantities) == {"loss": lower, "reconstruction": lower, "kl": none, "total_correlation": none}
    assert set(GAN.quantities.values()) == {none}
    assert list(MLP.quantities) == ["loss", "accuracy"]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("train_loss", ("train", "loss")),
        ("validation_squared_error", ("validation", "squared_error")),
        ("test_real_accuracy", ("test", "real_accuracy")),
    ],
)
def test_names_are_taken_apart(name, parts):
    assert MetricName.parse(name, ["loss", "squared_error", "real_accuracy"]) == parts


@pytest.mark.parametrize("name", ["loss", "train_", "train_accuracy", "holdout_loss", "", 3])
def test_names_that_are_none(name):
    with pytest.raises(ValueError, match="unknown metric .*: this model has train_loss, validation_loss, test_loss"):
        MetricName.parse(name, ["loss"])


def test_a_direction_tells_what_to_minimise():
    assert Direction.LOWER.toMinimise(2.0) == 2.0
    assert Direction.HIGHER.toMinimise(2.0) == -2.0
    with pytest.raises(ValueError, match="Owner: expected metric to be one that says .*'test_kl'; choose one of loss"):
        directionOf("Owner", "test_kl", VAE.quantities)


def test_means_are_over_samples_and_go_on():
    meter, again = Meter(), Meter()
    meter.add({"loss": 1.0}, 10)
    again.setState(meter.state())
    for one in (meter, again):
        one.add({"loss": 4.0}, 5)
        assert one.means() == {"loss": 2.0}
    assert again.state() == meter.state() == {"sums": {"loss": 30.0}, "samples": 15}


@pytest.mark.parametrize(
    ("make", "metric"),
    [(vae, "test_kl"), (gan, "test_generator_loss"), (gan, "train_real_accuracy"), (gan, "test_diversity")],
)
def test_a_metric_without_a_direction_is_refused_when_the_training_begins(make, metric, tmp_path):
    path = tmp_path / "run.safetensors"
    for owner, options in (
        ("EarlyStopping", {"earlyStopping": EarlyStopping(metric)}),
        ("Checkpoint", {"checkpoint": Checkpoint(path, metric=metric)}),
    ):
        model = make()
        with pytest.raises(ValueError, match=f"{owner}: expected metric to be one that says which of two models"):
            model.train(data(), epochs=1, metrics=[metric], **options)
        assert model.namedLayers().popitem()[1].optimizer.t == 0
        assert list(tmp_path.iterdir()) == []


class Scored(MLP):
    """A quantity of its own, better where it is larger, whose name does not say so."""

    quantities = {"loss": Direction.LOWER, "score": Direction.HIGHER}

    def measure(self, batch, quantities):
        values = super().measure(batch, quantities & {"loss"})
        return values | ({"score": scores[-1]} if "score" in quantities else {})


scores = [0.0]


@pytest.mark.parametrize("kind", ["stopping", "checkpoint"])
def test_the_direction_decides_and_not_the_name(kind, tmp_path):
    model = Scored([Dense(6, 2, Softmax(), rng=1)])
    kept, entries = [], [1.0, 3.0, 2.0, 0.5]

    def note(index, value):
        kept.append(model.weights())
        scores.append(([*entries, 0.0])[len(kept)])

    scores[:] = entries[:1]
    path = tmp_path / "run.safetensors"
    options = {"checkpoint": Checkpoint(path, metric="test_score")}
    if kind == "stopping":
        options = {"earlyStopping": EarlyStopping("test_score", patience=10)}
    model.train(data(), epochs=4, metrics=["test_score"], callbacks={"test_score": note}, **options)
    assert model.history["test_score"] == entries
    best = model.weights() if kind == "stopping" else Model.load(Checkpoint(path).bestPath).weights()
    assert all(np.array_equal(best[name], array) for name, array in kept[1].items())


def test_the_best_weights_go_by_the_first_metric_that_has_a_direction(tmp_path):
    class Aimless(Scored):
        quantities = {"loss": Direction.NONE, "accuracy": Direction.HIGHER}

        def measure(self, batch, quantities):
            return MLP.measure(self, batch, quantities)

    path = tmp_path / "run.safetensors"
    Aimless([Dense(6, 2, Softmax())]).train(data(), epochs=1, metrics=["test_loss"], checkpoint=path)
    assert not Checkpoint(path).bestPath.exists()
    model = Aimless([Dense(6, 2, Softmax())])
    model.train(data(), epochs=1, metrics=["test_loss", "test_accuracy"], checkpoint=path)
    assert Checkpoint(path).bestPath.exists()
