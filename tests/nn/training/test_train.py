"""The training loop: metrics, callbacks, schedules, early stopping, precision, reproducibility, divergence."""

import csv

import numpy as np
import pytest

from activations import ReLU, Sigmoid, Softmax
from dataset import Dataset
from layers import Dense
from loss import MSE, CategoricalCrossEntropy, CrossEntropy
from nn import MLP, DivergenceError, EarlyStopping, Writer, seed
from optimizer import SGD, Adam, Constant, Cosine, Step, WarmUp

METRICS = ["train_loss", "test_loss", "train_accuracy", "test_accuracy"]


def blobs(train_size=90, test_size=30, batch_size=20, **keywords):
    """Three classes of points in the plane, well apart."""
    rng = np.random.default_rng(0)
    numbers = rng.integers(0, 3, 200)
    points = np.array([[0, 3, 0], [0, 0, 3.0]])[:, numbers] + rng.normal(size=(2, 200))
    keywords.setdefault("rng", 0)
    return Dataset.fromArrays(
        points[:, :150],
        numbers[:150],
        testInputs=points[:, 150:],
        testLabels=numbers[150:],
        train_size=train_size,
        test_size=test_size,
        batch_size=batch_size,
        **keywords,
    )


def classifier(optimizer=None, output=None):
    optimizer = optimizer or Adam(lr=0.02)
    rng = np.random.default_rng(1)
    return MLP([Dense(2, 16, ReLU(), optimizer, rng=rng), Dense(16, 3, output or Softmax(), optimizer, rng=rng)])


def test_learns():
    mlp = classifier()
    history = mlp.train(blobs(), CrossEntropy(), epochs=15, metrics=METRICS)
    assert history["test_accuracy"][-1] > 0.9
    assert history["train_loss"][-1] < history["train_loss"][0]
    assert mlp.evaluate(blobs(), ["accuracy"]) == {"accuracy": pytest.approx(history["test_accuracy"][-1])}


def test_training_metrics_average_the_samples_since_the_last_entry():
    """With a step that changes nothing, averages are those of the untouched network, with a smaller last batch, too."""
    data = blobs(train_size=50, batch_size=20)
    mlp = classifier(SGD(lr=1e-30))
    x, y = data.trainSet()
    expected = mlp.evaluate((x, y))
    history = mlp.train(data, CrossEntropy(), epochs=3, metrics=METRICS)
    assert history["train_loss"] == pytest.approx([expected["loss"]] * 3, rel=1e-5)
    assert history["train_accuracy"] == pytest.approx([expected["accuracy"]] * 3, rel=1e-5)
    assert history.index == [50, 100, 150]


def test_training_metrics_are_of_the_samples_since_the_last_entry():
    """Unshuffled, with a step that changes nothing, each entry is the loss of its own batches."""
    data = blobs(train_size=50, batch_size=20, shuffle=False)
    mlp = classifier(SGD(lr=1e-30))
    x, y = data.trainSet()
    parts = [mlp.evaluate((x[:, part], y[:, part]), "loss")["loss"] for part in (slice(0, 40), slice(40, 50))]
    history = mlp.train(data, CrossEntropy(), epochs=1, metrics=["train_loss"], entriesPerEpoch=2)
    assert history.index == [40, 50]
    assert history["train_loss"] == pytest.approx(parts, rel=1e-5)
    assert parts[0] != pytest.approx(parts[1], rel=1e-3)


def test_a_small_last_batch_makes_no_large_step():
    """The step is η over the batch size of the data set, also for a last batch of one sample."""

    class Recorded(SGD):
        def parts(self, parameters, gradients, batchSize=1, *others, **more):
            sizes.append(batchSize)
            return super().parts(parameters, gradients, batchSize, *others, **more)

    sizes = []
    MLP([Dense(2, 3, Softmax(), Recorded(learningRate=1))]).train(blobs(train_size=41, batch_size=20), epochs=1)
    assert sizes == [20, 20, 20]


def test_training_metrics_are_those_before_each_update():
    data = blobs(train_size=40, batch_size=40, shuffle=False)
    mlp = classifier()
    before = mlp.evaluate(tuple(data.trainSet()))
    history = mlp.train(data, CrossEntropy(), epochs=2, metrics=["train_loss"])
    assert history["train_loss"][0] == pytest.approx(before["loss"], rel=1e-5)
    assert history["train_loss"][1] < before["loss"]


def test_test_metrics_are_over_the_whole_test_set():
    data = blobs(test_size=37)
    mlp = classifier()
    history = mlp.train(data, CategoricalCrossEntropy(), epochs=1, metrics=["test_loss", "test_accuracy"])
    x, y = data.testSet()
    a = mlp.predict(x)
    assert history["test_accuracy"] == [pytest.approx(np.mean(a.argmax(axis=0) == y.argmax(axis=0)))]
    assert history["test_loss"] == [pytest.approx(-(y * np.log(a)).sum() / 37, rel=1e-5)]


def test_a_set_without_samples_is_not_measured_unless_it_is_asked_for():
    data = blobs(test_size=0)
    assert list(classifier().train(data, epochs=1)) == ["train_loss"]
    with pytest.raises(ValueError, match="got 'test_loss'; the data set 'arrays' has no test samples: give test_size"):
        classifier().train(data, epochs=1, metrics=["train_loss", "test_loss"])
    assert list(classifier().train(blobs(), epochs=1)) == ["train_loss", "test_loss"]


def test_entries_that_do_not_divide_the_epoch():
    history = classifier().train(blobs(train_size=100, batch_size=20), epochs=1, metrics=[], entriesPerEpoch=3)
    assert history.index == [40, 80, 100]


@pytest.mark.parametrize("entries", [1, 2, 4, 5])
def test_entries_in_an_epoch_are_spread_evenly(entries):
    seen = []
    history = classifier().train(
        blobs(train_size=100, batch_size=20),
        epochs=2,
        metrics=["train_loss"],
        entriesPerEpoch=entries,
        callbacks={"train_loss": lambda index, value: seen.append((index, value))},
    )
    assert len(history.index) == 2 * entries
    assert history.index[entries - 1] == 100
    assert history.index[-1] == 200
    assert seen == list(zip(history.index, history["train_loss"], strict=True))


def test_only_what_is_asked_for_is_measured():
    def asked(metrics):
        """What the model was asked for in steps and in evaluations."""
        model, steps, sets = classifier(), set(), set()
        step, measure = model.step, model.measure
        model.step = lambda batch, context: steps.update(context.quantities) or step(batch, context)
        model.measure = lambda batch, quantities: sets.update(quantities) or measure(batch, quantities)
        model.train(blobs(), epochs=1, metrics=metrics)
        return steps, sets

    assert asked([]) == (set(), set())
    assert asked(["test_accuracy"]) == (set(), {"accuracy"})
    assert asked(["train_loss", "test_accuracy"]) == ({"loss"}, {"accuracy"})


def test_validation_metrics():
    data = blobs(train_size=90, validation_size=40)
    mlp = classifier()
    history = mlp.train(data, epochs=2, metrics=["validation_loss", "validation_accuracy"])
    measured = mlp.evaluate(data, split="validation")
    assert history.last == {f"validation_{name}": pytest.approx(value) for name, value in measured.items()}


# Precision and reproducibility ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_network_takes_the_precision_of_the_data(dtype):
    mlp = classifier()
    assert mlp.layers[0].dtype == np.float64
    mlp.train(blobs(dtype=dtype), epochs=1)
    assert {value.dtype for value in mlp.weights().values()} == {np.dtype(dtype)}


def test_same_seed_same_bits():
    ends = []
    for n in (5, 5, 6):
        seed(n)
        mlp = MLP([Dense(2, 8, ReLU()), Dense(8, 3, Softmax())])
        data = blobs(rng=None)
        history = mlp.train(data, epochs=2, metrics=METRICS)
        ends.append((mlp.weights(), dict(history)))
    assert ends[0][1] == ends[1][1]
    assert all(np.array_equal(ends[0][0][name], value) for name, value in ends[1][0].items())
    assert ends[0][1] != ends[2][1]


# Schedules -----------------------------------------------------------------------------------------------------------


def test_schedule_multiplies_the_step():
    factors = []

    class Recorded(SGD):
        def parts(self, parameters, gradients, batchSize=1, timeStep=None, factor=1.0, *others, **more):
            factors.append(factor)
            return super().parts(parameters, gradients, batchSize, timeStep, factor, *others, **more)

    data = blobs(train_size=40, batch_size=20)
    mlp = MLP([Dense(2, 3, Softmax(), Recorded(lr=0.1))])
    mlp.train(data, epochs=4, metrics=[], schedule=Cosine())
    assert factors == pytest.approx([Cosine()(i / 2, 4) for i in range(8)])
    with_half, with_none = classifier(SGD(lr=0.05)), classifier(SGD(lr=0.1))
    with_half.train(blobs(shuffle=False), epochs=2)
    with_none.train(blobs(shuffle=False), epochs=2, schedule=lambda epoch, epochs: 0.5)
    assert np.allclose(with_half.layers[0].weight, with_none.layers[0].weight, rtol=1e-5)


@pytest.mark.parametrize("schedule", [Constant(), Step(2), Cosine(), WarmUp(1, Cosine())])
def test_every_schedule_trains(schedule):
    assert classifier().train(blobs(), epochs=15, metrics=METRICS, schedule=schedule)["test_accuracy"][-1] > 0.7


# Early stopping ------------------------------------------------------------------------------------------------------


def decay(mlp):
    for layer in mlp.layers:
        layer.optimizer.weightDecay = 5


def test_early_stopping_restores_the_best_weights():
    """Weights decay after the fourth epoch: from then on it gets worse."""
    data = blobs(validation_size=40)
    kept = []

    def callback(index, value):
        kept.append(mlp.weights())
        if len(kept) == 4:
            decay(mlp)

    mlp = classifier(SGD(lr=0.05))
    history = mlp.train(
        data,
        epochs=30,
        metrics=["validation_loss"],
        earlyStopping=EarlyStopping(patience=3),
        callbacks={"validation_loss": callback},
        watch=False,
    )
    losses = history["validation_loss"]
    best = int(np.argmin(losses))
    assert best == 3
    assert len(losses) == best + 1 + 3
    assert history.bestIndex == history.index[best]
    assert all(np.array_equal(kept[best][name], value) for name, value in mlp.weights().items())
    assert mlp.evaluate(data, ["loss"], "validation")["loss"] == pytest.approx(losses[best])


def test_early_stopping_by_accuracy_takes_the_largest_and_starts_anew():
    stopping = EarlyStopping("test_accuracy", patience=2)
    for _ in range(2):
        history = classifier().train(
            blobs(), epochs=40, metrics=["test_accuracy"], earlyStopping=stopping, schedule=Constant()
        )
        accuracies = history["test_accuracy"]
        assert history.bestIndex == history.index[int(np.argmax(accuracies))]
        assert len(accuracies) < 40


def test_early_stopping_within_an_epoch():
    stopping = EarlyStopping("test_loss", patience=1, minDelta=10)
    data = blobs(train_size=100, batch_size=20)
    history = classifier().train(data, epochs=3, metrics=["test_loss"], entriesPerEpoch=5, earlyStopping=stopping)
    assert history.index == [20, 40]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_an_interrupted_training_keeps_its_history_and_the_best_weights(error):
    kept = []

    def callback(index, value):
        if len(kept) == 4:
            raise error
        kept.append(mlp.weights())
        if len(kept) == 2:
            decay(mlp)

    mlp = classifier(SGD(lr=0.05))
    with pytest.raises(error):
        mlp.train(
            blobs(),
            epochs=30,
            metrics=["test_loss"],
            earlyStopping=EarlyStopping("test_loss"),
            callbacks={"test_loss": callback},
            watch=False,
        )
    assert len(mlp.history.index) == 5
    assert mlp.history.bestIndex == mlp.history.index[1]
    assert all(np.array_equal(kept[1][name], value) for name, value in mlp.weights().items())


def test_small_improvements_do_not_count():
    long = classifier().train(blobs(), epochs=8, metrics=["test_loss"], earlyStopping=EarlyStopping("test_loss", 1))
    stopping = EarlyStopping("test_loss", patience=1, minDelta=10)
    short = classifier().train(blobs(), epochs=8, metrics=["test_loss"], earlyStopping=stopping)
    assert len(short.index) == 2 < len(long.index)


# Divergence ----------------------------------------------------------------------------------------------------------


def test_divergence_names_step_layer_and_cause():
    mlp = classifier(SGD(lr=1e30))
    with pytest.raises(DivergenceError) as caught:
        mlp.train(blobs(), MSE(), epochs=2, watch=False)
    error = caught.value
    assert error.step is not None
    assert 2 <= error.step <= 5
    assert error.layer.startswith("layers[")
    assert "learning rate" in error.cause
    assert f"at step {error.step}" in str(error)


def test_the_step_that_finds_it_updates_nothing():
    mlp = MLP([Dense(2, 4, ReLU(), SGD(lr=1e-3)), Dense(4, 3, optimizer=SGD(lr=1e-3))])
    data = blobs(train_size=20, batch_size=20)
    mlp.layers[1].weight[0, 0] = 1e38
    mlp.layers[0].bias[:] = 1e3
    mlp.astype(np.float32)
    before = mlp.weights()
    with pytest.raises(DivergenceError, match=r"at step 1: it first appeared in layers\[1\]"):
        mlp.train(data, MSE(), epochs=1)
    assert all(np.array_equal(before[name], value) for name, value in mlp.weights().items())


@pytest.mark.parametrize("metrics", [[], ["train_loss"], ["test_loss"]])
def test_divergence_in_the_last_update_is_found(metrics):
    """One batch of a network without bounds: nothing is wrong before the only update."""
    data = blobs(train_size=20, batch_size=20)
    mlp = MLP([Dense(2, 4, ReLU(), SGD(lr=1e39)), Dense(4, 3, optimizer=SGD(lr=1e39))])
    mlp.layers[0].weight *= 10
    with pytest.raises(DivergenceError, match=r"at step 1: .*layers\[.\].*overflowed in an update"):
        mlp.train(data, MSE(), epochs=1, metrics=metrics, watch=False)


def test_an_infinite_gradient_updates_nothing():
    mlp = MLP([Dense(1, 1, optimizer=SGD(lr=1e-3))], MSE())
    mlp.astype(np.float32)
    mlp.layers[0].weight = [[1.0]]
    with np.errstate(all="ignore"):
        mlp.feedforward([[1e30]])
        with pytest.raises(DivergenceError, match="The gradient of its weight overflowed float32"):
            mlp.backpropagate([[0.0]], inputGradient=False)
    assert mlp.layers[0].weight == 1.0


def test_of_several_gradients_that_overflow_the_first_on_the_way_back_is_named():
    mlp = MLP([Dense(1, 1, optimizer=SGD(lr=1e-3)) for _ in range(3)], MSE())
    for layer, weight in zip(mlp.layers, (1e-19, 1e-19, 1.0), strict=True):
        layer.weight = [[weight]]
    mlp.astype(np.float32)
    with np.errstate(all="ignore"):
        mlp.feedforward([[1e38]])
        with pytest.raises(DivergenceError, match=r"layers\[1\].*The gradient of its weight"):
            mlp.backpropagate([[-1e20]])


def test_old_gradients_of_a_frozen_layer_are_not_blamed():
    mlp = MLP([Dense(1, 1, optimizer=SGD(lr=1e-3)) for _ in range(2)], MSE())
    mlp.astype(np.float32)
    mlp.layers[0].weight, mlp.layers[1].weight = [[1.0]], [[1.0]]
    mlp.freeze(1)
    mlp.layers[1].gradients["weight"][...] = np.inf
    with np.errstate(all="ignore"):
        mlp.feedforward([[1e30]])
        with pytest.raises(DivergenceError, match=r"layers\[0\].*The gradient of its weight"):
            mlp.backpropagate([[0.0]])


def test_broken_weights_are_named():
    mlp = classifier()
    mlp.layers[1].weight[0, 0] = np.nan
    with pytest.raises(DivergenceError, match=r"at step 1.*layers\[1\].*Its weight was not finite before this step"):
        mlp.train(blobs(), epochs=1)


def test_a_loss_that_overflows_alone_is_named():
    mlp = MLP([Dense(2, 3)])
    inputs, labels = np.ones((2, 8)), np.full((3, 8), 3e19)
    data = Dataset.fromArrays(inputs, labels, testInputs=inputs, testLabels=labels)
    with pytest.raises(DivergenceError, match="first appeared in loss.*scale of the labels"):
        mlp.train(data, MSE(), epochs=1, metrics=["train_loss"])


# Where entries go ----------------------------------------------------------------------------------------------------


def test_csv_callbacks_and_tensorboard(tmp_path):
    folder = tmp_path / "deep" / "run"
    history = classifier().train(blobs(), epochs=3, metrics=METRICS, tensorboard=True, folder=folder)
    rows = list(csv.reader((folder / "metrics.csv").read_text().splitlines()))
    assert rows[0] == ["index", "epoch", *METRICS]
    assert [int(row[0]) for row in rows[1:]] == history.index
    assert [float(row[1]) for row in rows[1:]] == [1, 2, 3]
    for column, name in enumerate(METRICS, start=2):
        assert [float(row[column]) for row in rows[1:]] == history[name]
    assert len(list(folder.glob("events.out.tfevents.*"))) == 1
    assert history.folder == folder


def test_nothing_is_written_unless_asked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    classifier().train(blobs(), epochs=1, metrics=METRICS, tensorboard=False, callbacks={})
    assert list(tmp_path.iterdir()) == []
    Writer(["loss"], tensorboard=True).close()
    (folder,) = (tmp_path / "runs").iterdir()
    assert (folder / "metrics.csv").exists()


# Messages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keywords", "error", "message"),
    [
        ({"metrics": ["test_los"]}, ValueError, "unknown metric 'test_los': this model has train_loss, train_accuracy"),
        ({"metrics": ["loss"]}, ValueError, "unknown metric 'loss'"),
        ({"metrics": ["validation_loss"]}, ValueError, "has no validation samples: give validation_size"),
        ({"epochs": 0}, ValueError, "train: expected epochs to be a whole number of at least 1, got 0"),
        ({"epochs": 1.5}, TypeError, "whole number of at least 1, got 1.5"),
        ({"entriesPerEpoch": 0}, ValueError, "entriesPerEpoch to be a whole number of at least 1, got 0"),
        ({"entriesPerEpoch": 6}, ValueError, "entriesPerEpoch to be at most 5, the steps of an epoch, got 6"),
        ({"loss": "mse"}, TypeError, r"a Loss such as CrossEntropy\(\)"),
        (
            {"callbacks": {"test_loss": print, "loss": print}},
            ValueError,
            "a callback for 'loss', which is no metric here",
        ),
        ({"callbacks": [print]}, TypeError, "callbacks is a dict"),
        ({"schedule": Cosine}, TypeError, r"such as Cosine\(\), got .*; give an instance, Cosine\(\)"),
        ({"schedule": 0.5}, TypeError, r"a function of \(epoch, epochs\)"),
        ({"earlyStopping": True}, TypeError, r"an EarlyStopping such as EarlyStopping\(\), got True"),
        ({"callbacks": {"test_loss": 3}}, TypeError, r"must be a function of \(index, value\), got 3"),
        (
            {"earlyStopping": EarlyStopping()},
            ValueError,
            "EarlyStopping: expected metric .*'validation_loss'; add it to metrics",
        ),
    ],
)
def test_bad_arguments(keywords, error, message):
    mlp = classifier()
    before = mlp.weights()
    with pytest.raises(error, match=message):
        mlp.train(blobs(), **keywords)
    assert all(np.array_equal(before[name], value) for name, value in mlp.weights().items())


def test_more_bad_arguments():
    with pytest.raises(TypeError, match=r"a Dataset, got tuple; make one with Dataset.fromArrays"):
        classifier().train((np.ones((2, 3)), np.ones((3, 3))))
    with pytest.raises(RuntimeError, match="has no layers"):
        MLP().train(blobs())
    with pytest.raises(ValueError, match=r"'arrays' has samples of shape \(2,\).*layers\[0\].*\(5, N\)"):
        MLP([Dense(5, 3, Softmax())]).train(blobs())
    with pytest.raises(ValueError, match=r"layers\[0\].*\(4,\), the data set 'arrays' has labels of shape \(3,\)"):
        MLP([Dense(2, 4, Softmax())]).train(blobs())
    with pytest.raises(ValueError, match="CrossEntropy is defined for outputs in"):
        MLP([Dense(2, 3)]).train(blobs(), CrossEntropy())
    with pytest.raises(ValueError, match="patience to be a whole number of at least 1"):
        EarlyStopping(patience=0)
    with pytest.raises(ValueError, match="minDelta to be a finite number >= 0"):
        EarlyStopping(minDelta=-1)
    with pytest.raises(ValueError, match="expected inputs to be finite numbers"):
        classifier().evaluate((np.full((2, 3), np.nan), np.ones((3, 3))))
    with pytest.raises(ValueError, match="no validation samples to measure"):
        classifier().evaluate(blobs(), split="validation")
    with pytest.raises(KeyError, match="no metric 'accuracy' was asked for: there are train_loss"):
        classifier().train(blobs(), epochs=1, metrics="train_loss")["accuracy"]
    with pytest.raises(ValueError, match="unknown quantity 'f2': this model has loss, accuracy"):
        classifier().evaluate(blobs(), ["f2"])
    with pytest.raises(ValueError, match="as many columns"):
        classifier().evaluate((np.ones((2, 3)), np.ones((3, 4))))
    with pytest.raises(ValueError, match="to be finite numbers in float32, got nan"):
        Dataset.fromArrays(np.array([[0.0, 1.0], [np.nan, 1.0]]), np.array([0, 1]))


def test_binary_classifier_with_one_output():
    data = Dataset("two_moons", 400, 100, 40, rng=0)
    x, y = data.trainSet()
    binary = Dataset.fromArrays(x, y[:1], testInputs=data.testSet()[0], testLabels=data.testSet()[1][:1], batch_size=40)
    mlp = MLP([Dense(2, 32, ReLU(), Adam(lr=0.02)), Dense(32, 1, Sigmoid(), Adam(lr=0.02))])
    assert mlp.train(binary, epochs=30, metrics=METRICS)["test_accuracy"][-1] > 0.95
