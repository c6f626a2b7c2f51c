"""What a model answers to the names of other libraries."""

import copy
import pickle

import numpy as np
import pytest

from activations import Sigmoid, Softmax
from dataset import Dataset
from layers import Dense, Sampler
from nn import GAN, MLP, PCA, VAE, Autoencoder


def mlp(inputs, outputs, last=None):
    return MLP([Dense(inputs, outputs, last)])


MODELS = {
    "MLP": lambda: mlp(4, 2, Softmax()),
    "Autoencoder": lambda: Autoencoder(mlp(4, 2), mlp(2, 4)),
    "VAE": lambda: VAE(mlp(4, 3), Sampler(3, 2), mlp(2, 4)),
    "GAN": lambda: GAN(mlp(2, 4), mlp(4, 1, Sigmoid())),
}
EVERYWHERE = {
    "fit": "train(dataset)",
    "compile": "train(dataset, loss=",
    "summary": "print(model)",
    "parameters": "weights()",
    "state_dict": "stateDict(), with PyTorch's names, or weights()",
    "load_state_dict": "setWeights(weights)",
    "eval": "evaluate(dataset)",
    "num_parameters": "numParameters",
    "named_layers": "namedLayers",
}
SOME = [
    ("MLP", "forward", "feedforward(x)"),
    ("MLP", "backward", "backpropagate(label)"),
    ("MLP", "predict_proba", "predict(x)"),
    ("MLP", "add", "addLayer(layer)"),
    ("Autoencoder", "predict", "reconstruct(x)"),
    ("Autoencoder", "transform", "encode(x)"),
    ("VAE", "forward", "reconstruct(x)"),
    ("VAE", "inverse_transform", "decode(z)"),
    ("GAN", "predict", "sample(n)"),
    ("GAN", "backward", "train(dataset)"),
]
NOTHING = [("VAE", "add"), ("GAN", "transform"), ("MLP", "fitness"), ("MLP", "_loss"), ("MLP", "__array__")]


@pytest.mark.parametrize(
    ("kind", "name", "answer"), [*((kind, *one) for kind in MODELS for one in EVERYWHERE.items()), *SOME]
)
def test_a_name_that_is_not_there_is_answered_with_what_to_write(kind, name, answer):
    model = MODELS[kind]()
    assert not hasattr(model, name)
    assert getattr(model, name, "nothing") == "nothing"
    with pytest.raises(AttributeError) as caught:
        getattr(model, name)
    assert str(caught.value).startswith(f"{kind} has no {name!r}: write {answer}")
    assert (caught.value.name, caught.value.obj) == (name, model)
    method = answer.partition("(")[0]
    assert method == "print" or hasattr(model, method)


@pytest.mark.parametrize(("kind", "name"), NOTHING)
def test_for_other_names_there_are_pythons_words(kind, name):
    model = MODELS[kind]()
    with pytest.raises(AttributeError) as caught:
        getattr(model, name)
    assert str(caught.value) == f"{kind!r} object has no attribute {name!r}"


def test_what_is_there_is_not_answered():
    class Mine(MLP):
        def summary(self):
            return "mine"

        @property
        def broken(self):
            return self.something

    model = Mine([Dense(2, 1)])
    model.parameters = [1]
    assert (model.summary(), model.parameters) == ("mine", [1])
    with pytest.raises(AttributeError, match="'Mine' object has no attribute 'something'"):
        model.broken  # noqa: B018 - it raises
    assert PCA(1).fit(np.eye(3)).components.shape == (3, 1)


@pytest.mark.parametrize("kind", MODELS)
def test_copies_are_as_they_were(kind):
    model = MODELS[kind]()
    for twin in (copy.copy(model), copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert twin.weights().keys() == model.weights().keys()
        assert not hasattr(twin, "fit")
    empty = object.__new__(type(model))
    assert not hasattr(empty, "chain")
    assert not hasattr(empty, "__setstate__")


# Arguments of a training ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argument", "answer"),
    [
        ("epoch", "write epochs=..."),
        ("n_epochs", "write epochs=..."),
        ("early_stopping", "write earlyStopping=..."),
        ("tensor_board", "write tensorboard=..."),
        ("batch_size", "the data set has it, as in Dataset.fromArrays(x, y, batch_size=50)"),
        ("validation_data", "the data set has it, as in Dataset.fromArrays(x, y, validation_size=1000)"),
        ("learning_rate", "a layer gets it when it is made, as in Dense(784, 100, ReLU(), Adam(lr=0.001))"),
        ("verbose", "write progress=False"),
        ("nonsense", "there are dataset, loss, epochs, metrics,"),
    ],
)
@pytest.mark.parametrize("kind", MODELS)
def test_a_misspelt_argument_is_answered_before_anything_is_done(kind, argument, answer):
    model = MODELS[kind]()
    data = Dataset.fromArrays(np.zeros((4, 20)), test_size=10)
    with pytest.raises(TypeError) as caught:
        model.train(data, **{argument: 1})
    assert str(caught.value).startswith(f"train has no argument {argument!r}: {answer}")
    assert model.history is None
