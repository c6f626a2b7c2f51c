"""The linear probe finds the minimum, and chooses its penalty on samples that it does not learn from."""

import numpy as np
import pytest

from dataset import Dataset
from nn import LinearProbe

DIGITS = Dataset("digits", train_size=500, validation_size=300, rng=0)
X, Y = DIGITS.trainSet()[0].astype(float), DIGITS.labels("train")
OTHERS = DIGITS.validationSet()[0], DIGITS.labels("validation")


def loss(probe, x, y):
    """By its definition; the penalty is on the weights of standardised codes."""
    z = probe.weight @ x + probe.bias
    entropy = np.mean(np.log(np.exp(z - z.max(axis=0)).sum(axis=0)) + z.max(axis=0) - z[y, np.arange(len(y))])
    return entropy + probe.penalty / 2 * np.sum((probe.weight * x.std(axis=1)) ** 2)


@pytest.mark.parametrize("penalty", [1.0, 1e-2, 1e-4])
def test_no_step_in_any_direction_lowers_the_loss(penalty):
    probe = LinearProbe([penalty]).fit(X, Y)
    least, rng = loss(probe, X, Y), np.random.default_rng(0)
    W, b = probe.weight.copy(), probe.bias.copy()
    for _ in range(20):
        directions = rng.normal(size=W.shape), rng.normal(size=b.shape)
        slopes = []
        for size in (1e-4, -1e-4):
            probe.weight, probe.bias = W + size * directions[0], b + size * directions[1]
            slopes.append(loss(probe, X, Y) - least)
        assert min(slopes) > -1e-5


def test_it_is_the_minimum_that_scikit_learn_finds():
    linear = pytest.importorskip("sklearn.linear_model", reason="the extra sklearn is not installed")
    varied = X[X.std(axis=1) > 0]
    z = (varied - varied.mean(axis=1, keepdims=True)) / varied.std(axis=1, keepdims=True)
    theirs = linear.LogisticRegression(C=1 / (0.01 * len(Y)), tol=1e-8, max_iter=2000).fit(z.T, Y)
    ours = LinearProbe([0.01]).fit(z, Y)
    assert loss(ours, z, Y) == pytest.approx(
        np.mean(-np.log(theirs.predict_proba(z.T)[np.arange(len(Y)), Y])) + 0.005 * np.sum(theirs.coef_**2), abs=1e-5
    )
    assert np.mean(ours.predict(varied) == ours.predict(z)) < 1  # it takes codes as they are
    assert np.array_equal(ours.predict(z), theirs.predict(z.T))


def test_the_scale_of_codes_is_of_no_account():
    scales, shift = np.random.default_rng(0).uniform(0.1, 100, (64, 1)), 7.0
    one, other = LinearProbe([0.01]).fit(X, Y), LinearProbe([0.01]).fit(scales * X + shift, Y)
    assert np.mean(one.predict(X) == other.predict(scales * X + shift)) > 0.998


def test_the_penalty_with_the_fewest_errors_is_chosen():
    right = {one: LinearProbe([one]).fit(X, Y).accuracy(*OTHERS) for one in (10, 1, 1e-2, 1e-4)}
    probe = LinearProbe([1e-4, 10, 1e-2, 1]).fit(X, Y, OTHERS)
    assert right[probe.penalty] == max(right.values())
    assert probe.accuracy(*OTHERS) == pytest.approx(right[probe.penalty], abs=0.004)
    assert probe.penalty < 10


def test_without_validation_a_fifth_is_left_out_and_then_learnt_from():
    kept = np.arange(500) % 5 != 4
    chosen = LinearProbe().fit(X[:, kept], Y[kept], (X[:, ~kept], Y[~kept])).penalty
    probe = LinearProbe().fit(X, Y)
    assert probe.penalty == chosen
    np.testing.assert_allclose(probe.weight, LinearProbe([chosen]).fit(X, Y).weight)
    assert np.array_equal(probe.weight, LinearProbe().fit(X, Y).weight)  # nothing is drawn


def test_single_precision_and_constant_features():
    x = np.concatenate([X, np.full((2, 500), 1e4), np.zeros((1, 500))]).astype(np.float32)
    probe = LinearProbe().fit(x, Y)
    assert probe.weight.dtype == np.float32
    assert not probe.weight[:, 64:].any()
    assert np.mean(probe.predict(x) == LinearProbe().fit(X, Y).predict(X)) > 0.98


def test_classes_that_can_be_told_apart_by_one_number():
    probe = LinearProbe([1e-5]).fit([[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]], [0, 0, 1, 1, 2, 2])
    assert probe.predict([[0.4, 2.6, 9.0]]).tolist() == [0, 1, 2]
    assert LinearProbe([1e-3]).fit(np.ones((2, 4)), [0, 0, 0, 1]).predict(np.ones((2, 1))) == 0


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: LinearProbe([]), ValueError, "LinearProbe: expected penalties to be one value or more"),
        (lambda: LinearProbe([0]), ValueError, "each of penalties to be a finite number > 0, got 0"),
        (lambda: LinearProbe().fit(X, Y[:9]), ValueError, "labels to be class numbers (500,), one for each column"),
        (lambda: LinearProbe().fit(X, np.eye(10)[:, Y]), ValueError, "give labels.argmax(axis=0)"),
        (lambda: LinearProbe().fit(X, Y - 1), ValueError, "labels to be class numbers 0, 1, 2, ..., got '-1 to 8'"),
        (lambda: LinearProbe().fit(X[0], Y), ValueError, "codes to be one column or more, (features, N), got (500,)"),
        (lambda: LinearProbe().fit(X * np.nan, Y), ValueError, "codes to be finite numbers"),
        (lambda: LinearProbe().fit(X[:, :4], Y[:4]), ValueError, "5 samples or more, to choose a penalty"),
        (lambda: LinearProbe().fit(X, Y, (X[:9], Y)), ValueError, "validation[0] to be columns of shape (64, N)"),
        (lambda: LinearProbe([1]).fit(X, Y).predict(X[:9]), ValueError, "codes to be columns of shape (64, N)"),
    ],
)
def test_bad_input(make, error, message):
    with pytest.raises(error) as caught:
        make()
    assert message in str(caught.value)
