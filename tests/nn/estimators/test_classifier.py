"""The classifier in scikit-learn's company: labels, weights, pipelines, and what it refuses."""

import pickle
import re

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_iris, make_multilabel_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import cross_val_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from activations import Sigmoid, Softmax, Tanh
from layers import Dense, Dropout
from nn import MLP
from nn.estimators import NetworkClassifier
from optimizer import Adam

IRIS, KINDS = load_iris(return_X_y=True)
IRIS = (IRIS - IRIS.mean(axis=0)) / IRIS.std(axis=0)
NUMBERS = np.repeat([[0, 1, 2]], 50, axis=0).reshape(150, 1)
FAST = {"learning_rate_init": 0.03, "tol": 1e-3, "random_state": 0}


def named(value):
    """The name of a parameter, the same in every process."""
    return re.sub(r" at 0x\w+", "", str(value))


def test_as_good_as_scikit_learns_own_in_a_pipeline():
    X, y = load_breast_cancer(return_X_y=True)
    settings = {"hidden_layer_sizes": (32,), "learning_rate_init": 0.01, "tol": 1e-3, "random_state": 0}
    ours, theirs = (
        cross_val_score(make_pipeline(StandardScaler(), kind(**settings)), X, y).mean()
        for kind in (NetworkClassifier, MLPClassifier)
    )
    assert ours > 0.96
    assert ours > theirs - 0.01


def test_the_probabilities_are_those_of_the_loss():
    """Of the same network, which is read from its weights."""
    for y in (KINDS, KINDS > 0):
        model = NetworkClassifier((5,), **FAST).fit(IRIS, y)
        hidden, last = model.network_.layers
        h = np.maximum(IRIS @ hidden.weight.T + hidden.bias[:, 0], 0)
        z = h @ last.weight.T + last.bias[:, 0]
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True) if z.shape[1] > 1 else 1 / (1 + np.exp(-z))
        p = p if z.shape[1] > 1 else np.hstack((1 - p, p))
        assert np.allclose(model.predict_proba(IRIS), p)
        assert np.allclose(model.predict_log_proba(IRIS), np.log(p))
        assert (model.predict(IRIS) == model.classes_[p.argmax(axis=1)]).all()


def test_several_labels():
    X, y = make_multilabel_classification(300, n_classes=4, random_state=0)
    X = StandardScaler().fit_transform(X)
    model = NetworkClassifier((32,), **FAST).fit(X[:200], y[:200])
    theirs = MLPClassifier((32,), **FAST).fit(X[:200], y[:200])
    assert model.predict(X).shape == model.predict_proba(X).shape == y.shape
    assert model.n_outputs_ == 4
    assert model.classes_.tolist() == [0, 1, 2, 3]
    ours, theirs = ((one.predict(X[200:]) == y[200:]).mean() for one in (model, theirs))
    assert ours > max(0.75, theirs - 0.02)


@pytest.mark.parametrize("kind", [str, object])
def test_classes_are_texts(kind):
    names = np.array(["setosa", "versicolor", "virginica"], dtype=kind)
    model = NetworkClassifier((8,), **FAST).fit(IRIS, names[KINDS])
    assert model.classes_.tolist() == sorted(names)
    assert model.score(IRIS, names[KINDS]) > 0.95


def test_precision_is_that_of_the_samples():
    for dtype, expected in ((np.float32, np.float32), (np.float64, np.float64), (int, np.float64)):
        model = NetworkClassifier((3,), **FAST).fit((10 * IRIS).astype(dtype), KINDS)
        assert model.network_.layers[0].weight.dtype == model.predict_proba(IRIS).dtype == expected


# Weights -------------------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_weights_are_repetitions_whatever_their_scale():
    repeats = np.random.default_rng(0).integers(0, 3, len(KINDS))
    model = NetworkClassifier((8,), max_iter=30, tol=0, n_iter_no_change=1000, batch_size=1000, random_state=0)
    one = clone(model).fit(IRIS, KINDS, sample_weight=5 * repeats).predict_proba(IRIS)
    other = clone(model).fit(IRIS.repeat(repeats, axis=0), KINDS.repeat(repeats)).predict_proba(IRIS)
    without = clone(model).fit(IRIS, KINDS).predict_proba(IRIS)
    assert np.allclose(one, other)
    assert not np.allclose(one, without, atol=1e-3)


def test_weights_of_classes():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(400, 2)), np.repeat([0, 1], [370, 30])
    X[y == 1] += 1
    scores = [
        balanced_accuracy_score(y, NetworkClassifier((8,), class_weight=weight, **FAST).fit(X, y).predict(X))
        for weight in (None, "balanced")
    ]
    assert scores[0] < 0.65
    assert scores[1] > 0.7


def test_weights_of_classes_multiply_those_of_samples():
    y = KINDS > 0
    as_dict = NetworkClassifier((4,), class_weight={False: 3, True: 0.5}, **FAST).fit(IRIS, y, np.full(len(y), 2.0))
    as_samples = NetworkClassifier((4,), **FAST).fit(IRIS, y, np.where(y, 0.5, 3.0))
    assert np.allclose(as_dict.predict_proba(IRIS), as_samples.predict_proba(IRIS))


@pytest.mark.parametrize("weights", [-np.ones(150), np.ones(149), np.ones((150, 1)), np.zeros(150), [np.nan] * 150])
def test_wrong_weights_are_refused(weights):
    with pytest.raises(ValueError, match="sample_weight|inconsistent numbers"):
        NetworkClassifier((4,)).fit(IRIS, KINDS, weights)


# Trainings -----------------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_random_state_repeats_a_training_to_the_bit_and_leaves_the_librarys_numbers_alone():
    import nn

    def network(inputs, outputs):
        return MLP([Dense(inputs, 6, Tanh()), Dropout(0.2), Dense(6, outputs, Softmax())])

    for settings in ({}, {"network": network}):
        model = NetworkClassifier(batch_size=32, max_iter=5, random_state=3, **settings)
        nn.seed(1)
        a = clone(model).fit(IRIS, KINDS).predict_proba(IRIS)
        nn.seed(1)
        expected = MLP([Dense(2, 2)]).layers[0].weight
        nn.seed(1)
        b = clone(model).fit(IRIS, KINDS).predict_proba(IRIS)
        assert (MLP([Dense(2, 2)]).layers[0].weight == expected).all()
        c = clone(model).set_params(random_state=4).fit(IRIS, KINDS).predict_proba(IRIS)
        d = clone(model).set_params(random_state=np.random.RandomState(3)).fit(IRIS, KINDS).predict_proba(IRIS)
        assert (a == b).all()
        assert not np.allclose(a, c)
        assert (a == d).all()


def test_a_training_stops_by_scikit_learns_rule():
    model = NetworkClassifier((4,), learning_rate_init=0.1, tol=1e-2, n_iter_no_change=3, random_state=0)
    curve = model.fit(IRIS, KINDS).loss_curve_
    best, waited = np.inf, 0
    for epoch, loss in enumerate(curve, 1):
        waited = waited + 1 if loss > best - 1e-2 else 0
        best = min(best, loss)
        assert (waited > 3) == (epoch == model.n_iter_)
    assert model.loss_ == curve[-1]
    with pytest.warns(ConvergenceWarning, match="max_iter=2"):
        assert NetworkClassifier((4,), max_iter=2).fit(IRIS, KINDS).n_iter_ == 2


def test_early_stopping_looks_at_samples_set_aside_and_restores_the_best():
    settings = {"learning_rate_init": 0.1, "early_stopping": True, "validation_fraction": 0.4, "random_state": 0}
    model = NetworkClassifier((64,), n_iter_no_change=5, **settings).fit(IRIS, KINDS)
    losses = model.validation_loss_curve_
    assert len(losses) == model.n_iter_ < 200
    assert min(losses) < losses[-1]
    aside = clone(model).set_params(n_iter_no_change=500, max_iter=int(np.argmin(losses)) + 1, tol=0)
    with pytest.warns(ConvergenceWarning):
        assert np.allclose(model.predict_proba(IRIS), aside.fit(IRIS, KINDS).predict_proba(IRIS))
    assert model.score(IRIS, KINDS) > 0.9


def test_partial_fit_goes_on():
    model = NetworkClassifier((8,), learning_rate_init=0.01, random_state=0)
    order = np.random.default_rng(0).permutation(150)
    for epoch in range(30):
        for part in np.split(order, 3):
            model.partial_fit(IRIS[part], KINDS[part], classes=[0, 1, 2] if epoch == 0 else None)
    assert model.n_iter_ == len(model.loss_curve_) == 90
    assert model.loss_curve_[-1] < model.loss_curve_[0] / 2
    assert model.score(IRIS, KINDS) > 0.9
    first = NetworkClassifier((8,), random_state=0).partial_fit(IRIS[KINDS == 1], KINDS[KINDS == 1], [0, 1, 2])
    assert first.predict_proba(IRIS).shape == (150, 3)


def test_partial_fit_refuses_what_does_not_go_together():
    with pytest.raises(ValueError, match="classes"):
        NetworkClassifier().partial_fit(IRIS, KINDS)
    model = NetworkClassifier((4,)).partial_fit(IRIS, KINDS, [0, 1, 2])
    with pytest.raises(ValueError, match="of the classes"):
        model.partial_fit(IRIS, KINDS + 1)
    with pytest.raises(ValueError, match="those of before"):
        model.partial_fit(IRIS, KINDS, [0, 1, 2, 3])
    with pytest.raises(ValueError, match="early_stopping"):
        NetworkClassifier(early_stopping=True).partial_fit(IRIS, KINDS, [0, 1, 2])
    with pytest.raises(ValueError, match="class_weight"):
        NetworkClassifier(class_weight="balanced").partial_fit(IRIS, KINDS, [0, 1, 2])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_warm_start_goes_on_and_fit_begins_anew():
    model = NetworkClassifier((8,), max_iter=3, random_state=0, warm_start=True)
    first = model.fit(IRIS, KINDS).loss_
    second = model.fit(IRIS, KINDS).loss_
    model.set_params(warm_start=False).fit(IRIS, KINDS)
    assert second < first
    assert model.loss_ == first
    with pytest.raises(ValueError, match="warm_start"):
        model.set_params(warm_start=True).fit(IRIS, KINDS + 1)


def test_pickle_and_the_librarys_file(tmp_path):
    model = NetworkClassifier((8,), **FAST).fit(IRIS, KINDS)
    again = pickle.loads(pickle.dumps(model))
    assert (again.predict_proba(IRIS) == model.predict_proba(IRIS)).all()
    again.partial_fit(IRIS, KINDS)
    network = MLP.load(model.network_.save(tmp_path / "network.safetensors"))
    assert (model.predict_proba(IRIS) == network.predict(IRIS.T).T).all()


# Settings ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "setting",
    [
        {"hidden_layer_sizes": (3, 3)},
        {"hidden_layer_sizes": 5},
        {"activation": "tanh"},
        {"activation": Tanh()},
        {"solver": "sgd"},
        {"solver": "sgd", "momentum": 0.1},
        {"alpha": 10.0},
        {"batch_size": 30},
        {"learning_rate_init": 0.02},
        {"max_iter": 3},
        {"random_state": 1},
        {"tol": 0.2},
        {"n_iter_no_change": 1, "tol": 0.1},
        {"early_stopping": True},
        {"early_stopping": True, "validation_fraction": 0.3},
        {"class_weight": {0: 5, 1: 1, 2: 1}},
        {"network": lambda inputs, outputs: MLP([Dense(inputs, outputs, Softmax())])},
    ],
    ids=named,
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_every_setting_changes_the_result(setting):
    base = {"hidden_layer_sizes": (4,), "max_iter": 20, "random_state": 0}
    if {"momentum", "validation_fraction", "n_iter_no_change"} & setting.keys():
        others = {name: value for name, value in setting.items() if name in ("solver", "early_stopping", "tol")}
        before = NetworkClassifier(**base | others)
    else:
        before = NetworkClassifier(**base)
    if "network" in setting:
        del base["hidden_layer_sizes"]
    after = NetworkClassifier(**base | setting)
    one, other = (model.fit(IRIS, KINDS).predict_proba(IRIS) for model in (before, after))
    assert not np.allclose(one, other, atol=1e-6)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_without_shuffling_the_batches_are_in_order():
    settings = {"hidden_layer_sizes": (4,), "max_iter": 3, "batch_size": 50, "random_state": 0}
    one, other = (NetworkClassifier(shuffle=shuffle, **settings).fit(IRIS, KINDS) for shuffle in (True, False))
    assert one.loss_ != other.loss_


@pytest.mark.parametrize(
    ("setting", "error", "words"),
    [
        ({"hidden_layer_sizes": (0,)}, ValueError, "hidden_layer_sizes"),
        ({"hidden_layer_sizes": "100"}, TypeError, "hidden_layer_sizes"),
        ({"activation": "softplus"}, ValueError, "activation"),
        ({"activation": Tanh}, TypeError, "activation"),
        ({"solver": "lbfgs"}, ValueError, "solver"),
        ({"alpha": -1.0}, ValueError, "alpha"),
        ({"batch_size": 0}, ValueError, "batch_size"),
        ({"batch_size": "all"}, TypeError, "batch_size"),
        ({"learning_rate_init": 0.0}, ValueError, "learning_rate_init"),
        ({"momentum": 1.0}, ValueError, "momentum"),
        ({"max_iter": 0}, ValueError, "max_iter"),
        ({"shuffle": "yes"}, TypeError, "shuffle"),
        ({"tol": -1.0}, ValueError, "tol"),
        ({"n_iter_no_change": 0}, ValueError, "n_iter_no_change"),
        ({"early_stopping": 1}, TypeError, "early_stopping"),
        ({"early_stopping": True, "validation_fraction": 1.0}, ValueError, "validation_fraction"),
        ({"verbose": 1}, TypeError, "verbose"),
        ({"warm_start": None}, TypeError, "warm_start"),
        ({"network": MLP()}, TypeError, "function of"),
        ({"network": lambda inputs, outputs: Dense(inputs, outputs)}, TypeError, "what network makes"),
        (
            {"network": lambda inputs, outputs: MLP([Dense(inputs, 7, Softmax())])},
            ValueError,
            "3 outputs after",
        ),
        (
            {"network": lambda inputs, outputs: MLP([Dense(inputs, 3, Sigmoid())])},
            ValueError,
            "3 outputs after",
        ),
        ({"network": lambda inputs, outputs: MLP(), "alpha": 1.0}, ValueError, "omitted beside network"),
    ],
    ids=named,
)
def test_wrong_settings_are_refused_by_fit(setting, error, words):
    model = NetworkClassifier(**setting)
    with pytest.raises(error, match=words):
        model.fit(IRIS, KINDS)


def test_a_network_of_your_own():
    def network(inputs, outputs):
        return MLP([Dense(inputs, 6, Tanh(), Adam(lr=0.03)), Dense(6, outputs, Softmax(), Adam(lr=0.03))])

    model = NetworkClassifier(network=network, tol=1e-3, random_state=0)
    assert clone(model).fit(IRIS, KINDS).score(IRIS, KINDS) > 0.95
    assert cross_val_score(model, IRIS, KINDS).mean() > 0.9


def test_a_progress_bar_where_it_is_asked_for(capsys):
    NetworkClassifier((4,), **FAST).fit(IRIS, KINDS)
    assert capsys.readouterr() == ("", "")
    NetworkClassifier((4,), verbose=True, **FAST).fit(IRIS, KINDS)
    assert "loss" in capsys.readouterr().err


@pytest.mark.parametrize("y", [np.zeros((150, 2, 2)), IRIS[:, 0], NUMBERS * [1, 2]])
def test_labels_that_are_no_classes_are_refused(y):
    with pytest.raises(ValueError, match="y|Unknown label type"):
        NetworkClassifier((4,)).fit(IRIS, y)
