"""F1, R2 and the like: against counting by hand and scikit-learn, in pieces, weighted, and by name everywhere."""

import inspect

import numpy as np
import pytest

from activations import Identity, Sigmoid, Softmax, Tanh
from builders import classifier as built
from dataset import Batch, Dataset
from layers import Dense
from loss import CategoricalCrossEntropy
from nn import MLP, Direction, DivergenceError, EarlyStopping
from nn.metrics import classification, ranking, regression
from nn.metrics.metric import Answers, Metric
from nn.metrics.named import METRICS
from optimizer import Adam

N = 2300  # in three pieces
RNG = np.random.default_rng(0)
X, W = RNG.normal(size=(5, N)), RNG.uniform(0, 2, N)
DECIDED = ["f1", "precision", "recall", "roc_auc", "average_precision", "balanced_accuracy", "mean_iou", "accuracy"]


def passing(outputs, activation=None):
    """A network that gives back its input, through the activation."""
    network = MLP([Dense(outputs, outputs, activation or Identity())])
    network.layers[0].weight[...], network.layers[0].bias[...] = np.eye(outputs), 0
    return network


CASES = {
    "classes": (4, Softmax(), np.eye(4)[:, RNG.integers(0, 4, N)]),
    "two classes": (2, Softmax(), np.eye(2)[:, RNG.integers(0, 2, N)]),
    "yes or no": (1, Sigmoid(), RNG.integers(0, 2, (1, N)).astype(float)),
    "plus or minus": (1, Tanh(), 2.0 * RNG.integers(0, 2, (1, N)) - 1),
    "labels": (3, Sigmoid(), RNG.integers(0, 2, (3, N)).astype(float)),
}


@pytest.mark.parametrize("weights", [None, W], ids=["alike", "weighted"])
@pytest.mark.parametrize("case", CASES)
def test_against_scikit_learn(case, weights):
    sk = pytest.importorskip("sklearn.metrics")
    outputs, activation, y = CASES[case]
    network, x = MLP([Dense(5, outputs, activation, rng=0)]), X + 0.5 * y[0]
    batch = Batch.of(x, y) if weights is None else Batch.of(x, y, weights=weights)
    found, a = (
        network.evaluate(batch, [name for name in DECIDED if case != "labels" or name in DECIDED[:5]]),
        network.predict(x),
    )
    if case == "labels":
        truth, decided, scores, average = y.T, (a > 0.5).T, a.T, "macro"
    elif outputs > 1:
        truth, decided, average = y.argmax(axis=0), a.argmax(axis=0), "macro" if outputs > 2 else "binary"
        scores = a.T if outputs > 2 else a[1]
    else:
        middle = 0 if case == "plus or minus" else 0.5
        truth, decided, scores, average = (y[0] > middle).astype(int), (a[0] > middle).astype(int), a[0], "binary"
    given = {"sample_weight": weights}
    expected = {
        "f1": sk.f1_score(truth, decided, average=average, **given),
        "precision": sk.precision_score(truth, decided, average=average, zero_division=0, **given),
        "recall": sk.recall_score(truth, decided, average=average, **given),
        "roc_auc": sk.roc_auc_score(truth, scores, multi_class="ovr", **given),
        "average_precision": sk.average_precision_score(y.T if case == "classes" else truth, scores, **given),
    }
    if case != "labels":
        expected |= {
            "balanced_accuracy": sk.balanced_accuracy_score(truth, decided, **given),
            "mean_iou": sk.jaccard_score(truth, decided, average="macro", **given),
            "accuracy": sk.accuracy_score(truth, decided, **given),
        }
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("weights", [None, W], ids=["alike", "weighted"])
def test_measurements_against_scikit_learn(weights):
    sk = pytest.importorskip("sklearn.metrics")
    y = RNG.normal([[0.0], [1e6]], [[1.0], [3.0]], (2, N))
    a = y + RNG.normal(size=(2, N))
    batch = Batch.of(a, y) if weights is None else Batch.of(a, y, weights=weights)
    found = passing(2).evaluate(batch, ["r2", "mae", "rmse"])
    given = {"sample_weight": weights}
    assert found == pytest.approx(
        {
            "r2": sk.r2_score(y.T, a.T, **given),
            "mae": sk.mean_absolute_error(y.T, a.T, **given),
            "rmse": sk.root_mean_squared_error(y.T, a.T, **given),
        },
        rel=1e-8,
    )


def test_counted_by_hand():
    truth = np.array([[1.0, 1, 1, 1, 0, 0, 0, 0, 0, 0]])
    said = np.array([[1.0, 1, 1, -1, 1, -1, -1, -1, -1, -1]])  # 3 of 4 found, one too many
    found = passing(1, Sigmoid()).evaluate(
        (said, truth), ["precision", "recall", "f1", "balanced_accuracy", "mean_iou"]
    )
    expected = {"precision": 3 / 4, "recall": 3 / 4, "f1": 3 / 4, "balanced_accuracy": (3 / 4 + 5 / 6) / 2}
    assert found == pytest.approx(expected | {"mean_iou": (3 / 5 + 5 / 7) / 2})


def test_ranked_by_hand():
    truth, scores = np.array([[1.0, 0, 1, 0]]), np.array([[3.0, 2, 2, 1]])  # one pair in four is equal
    found = passing(1, Sigmoid()).evaluate((scores, truth), ["roc_auc", "average_precision"])
    assert found["roc_auc"] == pytest.approx(3.5 / 4)
    assert found["average_precision"] == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)


def test_scores_that_round_to_one_still_have_an_order():
    """In single precision all of these have a probability of 1."""
    network = passing(1, Sigmoid())
    network.astype(np.float32)
    assert network.evaluate((np.array([[40.0, 30, 25, 20]]), np.array([[1.0, 1, 0, 0]])), ["roc_auc"])["roc_auc"] == 1


def test_a_target_that_does_not_vary():
    y = np.full((1, 5), 3.0)
    assert passing(1).evaluate((y, y), ["r2"]) == {"r2": 1}
    assert passing(1).evaluate((y + 1, y), ["r2"]) == {"r2": 0}


def test_pixels_count_one_by_one():
    truth = np.eye(3)[:, RNG.integers(0, 3, (4, 5, 6))]
    answers = np.eye(3)[:, RNG.integers(0, 3, (4, 5, 6))]
    mask = RNG.integers(0, 2, (4, 5, 6))
    flat = {name: np.moveaxis(array, 0, 0).reshape(3, -1) for name, array in (("y", truth), ("a", answers))}
    kept = mask.ravel() > 0
    counted = passing(3, Softmax()).evaluate((9 * flat["a"][:, kept], flat["y"][:, kept]), ["mean_iou", "f1"])
    whole = Answers(truth, answers, answers, truth > 0.5, answers > 0.5, byClass=True, weights=mask)
    for name in ("mean_iou", "f1"):
        assert METRICS[name].value([METRICS[name].tally(whole)]) == pytest.approx(counted[name])


def blobs(**keywords):
    rng = np.random.default_rng(1)
    numbers = rng.integers(0, 3, 400)
    return Dataset.fromArrays(
        rng.normal(size=(4, 400)) + 1.5 * np.eye(4)[:, numbers], numbers, rng=0, validation_size=80, **keywords
    )


def network():
    adam = Adam(lr=0.02)
    return MLP([Dense(4, 8, Tanh(), adam, rng=0), Dense(8, 3, Softmax(), adam, rng=1)], CategoricalCrossEntropy())


def test_in_a_training():
    names = ["train_loss", "train_f1", "train_accuracy", "validation_roc_auc", "test_f1", "test_mean_iou"]
    model, dataset = network(), blobs()
    history = model.train(dataset, epochs=3, metrics=names, progress=False)
    assert list(history) == names
    assert history["test_f1"][-1] == model.evaluate(dataset, ["f1"])["f1"]
    assert (
        history["train_f1"][-1] == model.evaluate(dataset, ["f1"], "train")["f1"]
    )  # of the training set, after the epoch
    assert history["validation_roc_auc"][-1] == model.evaluate(dataset, "roc_auc", "validation")["roc_auc"]


def test_metrics_change_no_bit_of_a_training():
    models = [network(), network()]
    for model, names in zip(models, (["train_loss"], ["train_loss", "train_f1", "test_roc_auc"]), strict=True):
        model.train(blobs(), epochs=2, metrics=names, progress=False)
    for name, array in models[0].weights().items():
        np.testing.assert_array_equal(array, models[1].weights()[name])


@pytest.mark.parametrize(("name", "better"), [("f1", max), ("error", min)])
def test_early_stopping_keeps_the_best(name, better):
    model = network()
    model.addMetric("error", lambda labels, outputs: np.abs(labels - outputs).max(), Direction.LOWER)
    stopping = EarlyStopping(f"validation_{name}", patience=2)
    history = model.train(blobs(), epochs=30, metrics=[f"validation_{name}"], earlyStopping=stopping, progress=False)
    best = better(history[f"validation_{name}"])
    assert model.evaluate(blobs(), [name], "validation")[name] == pytest.approx(best, rel=1e-6)


def test_functions_of_ones_own():
    model = network()
    seen = []

    def wrong(labels, outputs):
        seen.append((labels.shape, outputs.shape))
        return (labels.argmax(axis=0) != outputs.argmax(axis=0)).sum()

    model.addMetric("wrong", wrong, "lower")
    history = model.train(blobs(), epochs=2, metrics=["test_wrong", "test_accuracy"], progress=False)
    assert history["test_wrong"] == pytest.approx([66 * (1 - accuracy) for accuracy in history["test_accuracy"]])
    assert seen[0] == ((3, 66), (3, 66))
    assert set(model.evaluate(blobs())) == {"loss", "accuracy", "wrong"}  # asked for by default
    assert model.directions["wrong"] is Direction.LOWER
    assert list(network().evaluate(blobs())) == ["loss", "accuracy"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("f1", max), "name to be one that the model does not have, got 'f1'"),
        (("loss", max), "name to be one that the model does not have, got 'loss'"),
        (("two words", max), "of letters, digits and underscores"),
        (("mine", 3), r"function to be a function of \(labels, outputs\)"),
        (("mine", max, "upwards"), "direction to be one of 'lower', 'higher', 'none'"),
    ],
)
def test_what_is_no_metric_is_refused(arguments, words):
    with pytest.raises((TypeError, ValueError), match=words):
        network().addMetric(*arguments)


def test_a_function_that_returns_no_number():
    model = network()
    model.addMetric("pair", lambda labels, outputs: (1, 2))
    with pytest.raises(TypeError, match="the metric 'pair': expected it to return a number"):
        model.evaluate(blobs(), ["pair"])


def test_what_was_not_asked_for_says_how_to_ask():
    found = passing(1).evaluate((np.array([[1.0, 2.5]]), np.array([[1.0, 2.0]])))
    assert list(found) == ["loss"]
    with pytest.raises(KeyError, match=r"r2 is not measured unless asked for: evaluate\(data, \['r2'\]\)"):
        found["r2"]
    with pytest.raises(KeyError, match="f1: it is of decisions"):
        found["f1"]


def test_a_function_that_returns_no_finite_number_is_the_one_to_look_at():
    model = network()
    model.addMetric("odd", lambda labels, outputs: np.nan)
    with pytest.raises(DivergenceError, match=r"The odd of the test set is nan: look at its function\."):
        model.train(blobs(), epochs=1, metrics=["test_odd"], progress=False)


def test_further_parts_of_a_batch_may_be_anything():
    x, y = RNG.normal(size=(4, 1500)), np.eye(3)[:, RNG.integers(0, 3, 1500)]
    batch = Batch.of(x, y, names=np.array(["a"] * 1500), missing=np.full((2, 1500), np.nan))
    assert network().evaluate(batch) == network().evaluate((x, y))


def test_what_means_nothing_is_refused():
    regression_network, y = passing(1), RNG.normal(size=(1, 30))
    for name in ("f1", "roc_auc", "mean_iou"):
        with pytest.raises(ValueError, match=f"{name}: it is of "):
            regression_network.evaluate((y, y), [name])
    with pytest.raises(ValueError, match="r2: it is of measurements, and the labels are classes: ask for accuracy"):
        network().train(blobs(), metrics=["test_r2"])
    with pytest.raises(ValueError, match="roc_auc of the test samples: it needs samples of at least two classes"):
        passing(1, Sigmoid()).evaluate((y, np.ones((1, 30))), ["roc_auc"])
    with pytest.raises(ValueError, match="unknown metric 'test_f3': this model has .*test_f1"):
        built().train(blobs(), metrics=["test_f3"])


def test_every_metric_has_a_name():
    kinds = {
        one
        for module in (classification, ranking, regression)
        for _, one in inspect.getmembers(module, inspect.isclass)
        if issubclass(one, Metric) and not one.__subclasses__() and one is not Metric
    }
    assert kinds == {type(metric) for metric in METRICS.values()}
