"""What could not be loaded is not saved, and not trained for hours with a checkpoint."""

from leibnet import randomness

import numpy as np
import pytest

from activations import Activation, ReLU, Sigmoid
from builders import Through
from dataset import Corruption, Dataset
from layers import Chain, Dense, Layer, Residual
from loss import MSE
from nn import MLP, PCA, Autoencoder, Model
from optimizer import SGD, Adam

X = np.random.default_rng(0).normal(size=(3, 60))


def layer(name, value, kept=None):
    """A layer with one argument of this name, which it keeps as `kept(value)`."""
    keep = (lambda given: given) if kept is None else kept
    scope = {"keep": keep, "Through": Through, "Layer": Layer}
    code = f"class Own_{name}(Through, Layer):\n    def __init__(self, {name}=None):\n"
    code += f"        super().__init__()\n        self.{name} = keep({name})\n"
    exec(code, scope)
    return scope[f"Own_{name}"](value)


class Speckle(Corruption):
    def __init__(self, seed=20251125):
        self.seed = seed

    def _corrupt(self, x, rng):
        return x


def described(**changes):
    dense = Dense(3, 3, ReLU(), Adam())
    for name, value in changes.items():
        owner, _, attribute = name.rpartition("__")
        vars(getattr(dense, owner) if owner else dense)[attribute] = value
    return MLP([dense])


def with_own(*arguments):
    return lambda: MLP([Dense(3, 3), layer(*arguments)])


def with_needed_argument():
    class Needing(Through, Layer):
        def __init__(self, one, two):
            super().__init__()
            self.one = one

    return MLP([Dense(3, 3), Needing(1, 2)])


def with_namesakes():
    class Namesake(Through, Layer):
        pass

    first = Namesake()

    class Namesake(Through, Layer):
        __qualname__ = "Namesake of another"

    return MLP([Dense(3, 3), Residual(Chain([first]))])


def with_shape_of_its_own():
    model = MLP([Dense(3, 3)])
    model.layers[0].outputDim = 4
    return model


UNLOADABLE = {
    "a seed": (with_own("seed", 20251125), "seed is 20,251,125"),
    "a seed of a corruption": (
        lambda: Autoencoder(MLP([Dense(3, 2)]), MLP([Dense(2, 3)]), corruption=Speckle()),
        "corruption.seed is 20,251,125",
    ),
    "a seed in a list": (with_own("seeds", [1, 2**40]), "seeds.1. is 1,099,511,627,776"),
    "an argument called kind": (with_own("kind", "copy"), "an argument called kind"),
    "trainable = 0": (lambda: described(trainable=0), "trainable to be True or False, got 0"),
    "lr = 0.0": (lambda: described(optimizer__lr=0.0), "lr to be a finite number > 0, got 0.0"),
    "beta1 = 2": (lambda: described(optimizer__beta1=2), "beta1"),
    "weightDecay = -1": (lambda: described(optimizer__weightDecay=-1.0), "weightDecay"),
    "another number than given": (
        with_own("scale", 2.0, lambda given: 2 * given),
        "scale is 4.0, and would become 8.0",
    ),
    "a function": (with_own("function", np.tanh), "type ufunc"),
    "an array": (with_own("table", np.ones(3)), "type ndarray"),
    "a set": (with_own("names", {"a"}), "type set"),
    "keys that are numbers": (with_own("table", {1: 2}), "the key 1"),
    "an argument that is not kept": (with_needed_argument, "two"),
    "two classes of one name": (with_namesakes, "rename one of the two"),
    "a shape that was changed": (with_shape_of_its_own, "its arrays are"),
    "no layers": (MLP, "no layers"),
}


@pytest.mark.parametrize(("make", "message"), UNLOADABLE.values(), ids=UNLOADABLE)
def test_what_could_not_be_loaded_is_not_saved(make, message, tmp_path):
    model = make()
    with pytest.raises(ValueError, match=f"this {type(model).__name__} could not be loaded from a file: .*{message}"):
        model.save(tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a seed", "an argument called kind", "trainable = 0", "a function", "lr = 0.0"])
def test_it_is_not_trained_with_a_checkpoint(name, tmp_path):
    make, message = UNLOADABLE[name]
    model = make()
    before = model.weights()
    data = Dataset.fromArrays(X, X, rng=0)
    with pytest.raises(ValueError, match=message):
        model.train(data, MSE(), epochs=1, checkpoint=tmp_path / "run")
    assert list(tmp_path.iterdir()) == []
    assert all(np.array_equal(array, before[place].astype(array.dtype)) for place, array in model.weights().items())


def test_what_is_changed_in_the_middle_is_said_and_the_file_before_still_loads(tmp_path):
    model, data = MLP([Dense(3, 3)]), Dataset.fromArrays(X, X, rng=0)

    def spoil(index, value):
        model.layers[0].trainable = 0 if index > 100 else True

    path = tmp_path / "run.safetensors"
    with pytest.warns(RuntimeWarning, match="the checkpoint .* cannot be written: this MLP could not be loaded"):
        model.train(data, epochs=3, checkpoint=path, callbacks={"test_loss": spoil})
    assert isinstance(Model.load(path), MLP)


def test_what_is_saved_can_be_loaded(tmp_path):
    models = [
        MLP([Dense(3, 4, ReLU(), SGD(lr=0.1, momentum=0.5)), layer("seed", 7), Dense(4, 3, Sigmoid())], MSE()),
        MLP([Dense(3, 3), layer("names", ("a", "b")), layer("text", "20251125"), layer("table", {"a": [1.5, None]})]),
        MLP([Dense(3, 3), layer("number", np.float32(0.5))]),
        Autoencoder(MLP([Dense(3, 2)]), MLP([Dense(2, 3)]), corruption=Speckle(5)),
        PCA(2).fit(X),
    ]
    for model in models:
        again = type(model).load(model.save(tmp_path / "model"))
        assert all(np.array_equal(array, model.arrays()[name]) for name, array in again.arrays().items())


def test_to_look_at_it_draws_no_random_numbers(tmp_path):
    class Drawing(Activation):
        def __init__(self):
            self.slope = randomness.networks.generator.random()

        def apply(self, z, out=None):
            return np.multiply(z, self.slope, out=out)

        def derivative(self, z):
            return np.full_like(z, self.slope)

    model = MLP([Dense(3, 2, Drawing())])
    states = [one.generator.bit_generator.state for one in (randomness.networks, randomness.data)]
    model.save(tmp_path / "model")
    assert [one.generator.bit_generator.state for one in (randomness.networks, randomness.data)] == states
