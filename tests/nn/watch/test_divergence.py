"""Numbers that are not finite: where they are said to come from, and errors and warnings that survive copies."""

import copy
import pickle

import numpy as np
import pytest

from activations import Identity, ReLU
from layers import BatchNormalization, Chain, Concatenate, Copy, Dense, Dropout, Flatten, Parallel, Residual, Sum
from nn import MLP, DivergenceError, TrainingWarning
from nn.watch.divergence import explain
from nn.watch.symptom import Finding

COPIES = {
    "pickle": lambda error: pickle.loads(pickle.dumps(error)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES.keys())
@pytest.mark.parametrize(
    "original",
    [
        DivergenceError("layers[0]", "It overflowed.", 12),
        DivergenceError("the test set", "It overflowed."),
        TrainingWarning(Finding("units", "layers[1]", "30 of its 40 units are dead.", explains=False), 16),
    ],
    ids=["in a training", "elsewhere", "warning"],
)
def test_errors_and_warnings_survive_copies(original, copied):
    original.note = "kept"
    again = copied(original)
    assert type(again) is type(original)
    assert again.args == original.args
    assert str(again) == str(original)
    assert vars(again) == vars(original)


def test_what_they_say():
    error = DivergenceError("layers[0]", "It overflowed.", 12)
    assert str(error) == "the loss is not finite at step 12: it first appeared in layers[0]. It overflowed."
    assert str(DivergenceError("loss", "Why.")) == "the loss is not finite: it first appeared in loss. Why."
    warning = TrainingWarning(Finding("units", "layers[1]", "Dead."), 16)
    assert str(warning) == "layers[1], at step 16: Dead."


def explained(chain, x, dy=None, name="label"):
    """The error after a forward pass, and a backward pass for `dy` if it is given."""
    with np.errstate(all="ignore"):
        y = chain.forward(x)
        if dy is not None:
            chain.backward(dy)
    return explain(chain.leaves(), name, np.zeros_like(y) if dy is None else dy)


def test_an_input_or_a_label_that_is_not_finite():
    x = np.zeros((3, 4))
    x[1, 2] = np.nan
    error = explained(Chain([Dense(3, 2)]), x)
    assert error.layer == "input"
    assert error.cause == (
        "The input holds 1 values that are NaN or infinite, the first in row 1, column 2: find their source."
    )
    images = np.zeros((2, 3, 3, 4))
    images[1, 0, 2, 3] = images[1, 2, 2, 3] = np.inf
    error = explained(Chain([Flatten()]), images)
    assert error.cause.startswith(
        "The input holds 2 values that are NaN or infinite, the first in place (1, 0, 2, 3): "
    )
    error = explained(Chain([Dense(3, 2)]), np.zeros((3, 1)), np.array([[0.0], [np.nan]]), "gradient handed in")
    assert error.layer == "gradient handed in"
    assert "row 1, column 0" in error.cause


def test_several_inputs():
    chain = Chain([Parallel([Dense(3, 2), Dense(3, 2)]), Sum()])
    x = np.ones((3, 4)), np.ones((3, 4))
    chain.forward(x)
    assert explain(chain.leaves(), "label", x).layer == "loss"  # all of it is finite
    x[1][2, 3] = np.inf
    error = explain(chain.leaves(), "label", x)
    assert error.layer == "label"
    assert "row 2, column 3" in error.cause
    total = Chain([Sum()])
    total.forward(x)
    error = explain(total.leaves(), "label", np.zeros((3, 4)))
    assert error.layer == "input"
    assert "row 2, column 3" in error.cause


def test_layers_without_parameters():
    """Dropout's factor is what makes it too large."""
    chain = Chain([Flatten(), Dropout(0.9, rng=0), Dense(8, 2, ReLU())])
    chain.astype(np.float32)
    error = explained(chain, np.full((2, 2, 2, 50), 1e38, np.float32))
    assert error.layer == "layers[1] (Dropout 0.9)"
    assert error.cause.startswith("Its output overflowed float32: inputs up to 1e+38. Most likely")


def test_an_activation_that_hides_what_overflowed():
    """A ReLU makes 0 of -∞; and the array that overflowed may be the second of several."""
    chain = Chain([Dense(2, 2, ReLU()), Copy(), Parallel([Flatten(), Dropout(0.9, rng=0)])])
    chain.astype(np.float32)
    chain.layers[0].weight = np.full((2, 2), -1e30)
    error = explainForward(chain, np.full((2, 40), 1e30, np.float32))
    assert error.layer == "layers[0] (Dense 2 -> 2, ReLU())"
    assert "Its output overflowed float32: parameters up to 1e+30, inputs up to 1e+30." in error.cause
    chain.layers[0].weight = np.eye(2)
    assert explainForward(chain, np.full((2, 40), 1e38, np.float32)).layer == "layers[2].layers[1] (Dropout 0.9)"
    assert explainForward(Chain([Several()]), np.ones((2, 4), np.float32)).layer == "layers[0] (Several)"


class Several(Copy):
    """A copy whose second array has overflowed."""

    def _forward(self, x, now, training):
        return x, np.full_like(x, np.inf)

    def __repr__(self):
        return "Several"


def explainForward(chain, x):
    """The error after a forward pass to a tuple of arrays."""
    with np.errstate(all="ignore"):
        chain.forward(x)
    return explain(chain.leaves(), "label", np.zeros((2, 40)))


def test_branches():
    """Outputs that are several arrays are looked into, inputs too."""
    branches = Parallel([Dense(4, 4), Residual([Dense(4, 4)])])
    chain = Chain([Dense(4, 4), Copy(), branches, Concatenate()])
    chain.astype(np.float32)
    branches.layers[1].chain.layers[0].weight *= 1e38
    error = explained(chain, np.full((4, 3), 1e3, np.float32))
    assert error.layer == "layers[2].layers[1].chain.layers[0] (Dense 4 -> 4, Identity())"
    branches.layers[1].chain.layers[0].weight *= 1e-38
    chain.layers[0].bias[0] = np.nan
    assert explained(chain, np.ones((4, 3), np.float32)).cause.startswith("Its bias was not finite before this step")


@pytest.mark.parametrize("name", ["mean", "variance"])
def test_statistics(name):
    chain = Chain([Dense(3, 2), BatchNormalization(2)])
    chain.layers[1].statistics[name][1] = np.inf
    error = explained(chain, np.random.default_rng(0).normal(size=(3, 5)))
    assert error.layer == "layers[1] (BatchNormalization 2)"
    assert error.cause.startswith(f"Its {name}, which is taken from its inputs and not learnt, is not finite")


def test_statistics_that_overflow_in_a_training():
    """The squares of inputs that are finite themselves."""
    chain = Chain([BatchNormalization(2)])
    chain.astype(np.float32)
    error = explained(chain, np.array([[1e30, -1e30], [0, 1]], np.float32))
    assert error.layer == "layers[0] (BatchNormalization 2)"
    assert "Its variance" in error.cause
    assert "it overflowed float32 (inputs up to 1e+30;" in error.cause


def test_gradients_that_overflow_are_those_of_layers_that_learn():
    chain = Chain([Dense(2, 2), Flatten(), Dense(2, 2, Identity())])
    x, dy = np.full((2, 3), 1e200), np.full((2, 3), 1e200)
    chain.layers[0].weight[...] = np.eye(2)
    error = explained(chain, x, dy)
    assert error.layer == "layers[2] (Dense 2 -> 2, Identity())"
    assert error.cause.startswith("The gradient of its weight overflowed float64, the forward pass is finite")
    chain.layers[2].trainable = False
    chain.layers[2].weight[...] = 1
    assert explained(chain, x, dy).layer == "layers[0] (Dense 2 -> 2, Identity())"
    chain.freeze()
    assert explained(chain, x, dy).layer == "loss"


def test_a_network_of_other_layers_that_diverges_says_where():
    model = MLP([Flatten(), Dense(4, 3, ReLU()), BatchNormalization(3), Dropout(0.1), Dense(3, 2)])
    model.layers[4].weight[0, 0] = np.inf
    wrong = pytest.raises(DivergenceError, match=r"layers\[4\].*Its weight was not finite before this step")
    with wrong, np.errstate(all="ignore"):
        model.feedforward(np.random.default_rng(0).normal(size=(1, 2, 2, 5)))
        model.backpropagate(np.zeros((2, 5)))
