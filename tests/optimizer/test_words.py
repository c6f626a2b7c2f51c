"""What an optimizer answers to the arguments of other libraries."""

import copy
import pickle

import pytest

from layers import Dense
from nn import MLP
from optimizer import SGD, Adam, Optimizer


class SignSGD(Optimizer):
    """Has no constructor of its own."""

    def _step(self, theta, gradient, state, step, work):
        theta -= step


class Momentum(SGD):
    """Has one that takes what it likes."""

    def __init__(self, rate, *, momentum=0.9):
        super().__init__(lr=rate, momentum=momentum)


BOTH = (
    "write {0}(lr={1}) for the step itself, as PyTorch and Keras count it, or {0}(learningRate={1}) for the lecture's "
    "eta, which is divided by the number of samples in a mini-batch"
)


@pytest.mark.parametrize("kind", [Adam, SGD, SignSGD])
def test_a_rate_without_a_name_is_answered_with_both(kind):
    with pytest.raises(TypeError) as caught:
        kind(0.001)
    assert str(caught.value) == f"{kind.__name__} takes its arguments by name: {BOTH.format(kind.__name__, 0.001)}"
    for name in ("learning_rate", "alpha", "eta", "rate"):
        with pytest.raises(TypeError) as caught:
            kind(**{name: 0.001})
        assert str(caught.value) == f"{kind.__name__} has no argument {name!r}: {BOTH.format(kind.__name__, '...')}"


def test_parameters_belong_to_layers():
    model = MLP([Dense(2, 1)])
    for call in (lambda: Adam(model.weights(), lr=0.1), lambda: Adam(params=[])):
        with pytest.raises(TypeError, match="give an optimizer to every layer instead, as in Dense.*Adam.lr=...."):
            call()


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("beta_1", "beta1=..."),
        ("betas", "beta1=..., beta2=..."),
        ("eps", "epsilon=..."),
        ("weight_decay", "weightDecay=..."),
        ("clipnorm", "clipNorm=..."),
        ("learningrate", "learningRate=..."),
    ],
)
def test_the_right_name_is_said(wrong, right):
    with pytest.raises(TypeError, match=f"Adam has no argument {wrong!r}: write {right}"):
        Adam(**{wrong: 0.1})


def test_what_stands_in_the_words_is_there():
    assert (Adam(lr=0.001).lr, Adam(learningRate=0.1).learningRate) == (0.001, 0.1)
    assert Adam(beta1=0.5, beta2=0.9, epsilon=1e-7, weightDecay=0.1, clipNorm=1).config()["beta1"] == 0.5


def test_an_optimizer_of_ones_own_takes_what_it_likes_and_is_copied():
    one = Momentum(0.1)
    assert (one.lr, one.momentum) == (0.1, 0.9)
    for twin in (one.clone(), copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
        assert twin.lr == 0.1
    assert SignSGD.described() == ["learningRate", "lr", "weightDecay", "clipNorm"]
    assert Optimizer.fromConfig(SignSGD(lr=0.5).config()).lr == 0.5
