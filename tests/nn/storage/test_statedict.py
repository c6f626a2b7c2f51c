"""Parameters under PyTorch's names: its `load_state_dict` takes them, and its modules then compute the same."""

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from activations import ELU, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from builders import X, autoencoder, classifier, gan, noisy, vae
from layers import (
    GRU,
    LSTM,
    RNN,
    Activate,
    Attention,
    BatchNormalization,
    Bidirectional,
    Chain,
    Conv1D,
    Conv2D,
    Conv2DTranspose,
    Copy,
    CrossAttention,
    Dense,
    Dropout,
    Flatten,
    LayerNormalization,
    MaxPooling2D,
    Parallel,
    PositionalEncoding,
    Reshape,
    Residual,
    SpectralNormalization,
    Sum,
)
from nn import MLP


def test_numbers_count_the_activations():
    model = MLP(
        [Flatten(), Dense(6, 5, ReLU()), BatchNormalization(5), Dropout(0.2), Dense(5, 4), Dense(4, 3, Softmax())]
    )
    assert {name: array.shape for name, array in model.stateDict().items()} == {
        "1.weight": (5, 6),
        "1.bias": (5,),
        "3.weight": (5,),
        "3.bias": (5,),
        "3.running_mean": (5,),
        "3.running_var": (5,),
        "5.weight": (4, 5),
        "5.bias": (4,),
        "6.weight": (3, 4),
        "6.bias": (3,),
    }


def test_an_activation_by_itself_is_one_module():
    model = MLP([Dense(6, 5), BatchNormalization(5), Activate(ReLU()), Dense(5, 4), Activate(Softmax())])
    assert {name.partition(".")[0] for name in model.stateDict()} == {"0", "1", "3"}


def test_networks_of_networks():
    assert [*autoencoder().stateDict()] == [
        f"{part}.{place}.{name}" for part in ("encoder", "decoder") for place in (0, 2) for name in ("weight", "bias")
    ]
    assert {name for name in vae().stateDict() if "sampler" in name} == {"sampler.weight", "sampler.bias"}
    assert {name.partition(".")[0] for name in gan().stateDict()} == {"generator", "discriminator"}


def test_parts_of_layers():
    inside = Chain([Dense(6, 3, Tanh()), Dense(3, 4)])
    fork = Parallel([Dense(4, 2), Dense(4, 2, ReLU())])
    model = MLP([Residual(inside, Dense(6, 4, Tanh())), Copy(), fork, Sum(), Chain([Dense(2, 1)])])
    places = ["0.chain.0", "0.chain.2", "0.projection.0", "2.layers.0", "2.layers.1.0", "4.0"]
    assert [*model.stateDict()] == [f"{place}.{name}" for place in places for name in ("weight", "bias")]


def convolving():
    return MLP(
        [
            Reshape((1, 8, 8)),
            Conv2D(1, 4, 3, ReLU(), strides=2, rng=0),
            BatchNormalization(4),
            MaxPooling2D(2, 1),
            Conv2DTranspose(4, 3, (2, 3), Tanh(), strides=3, rng=1),
            Flatten(),
            Dense(108, 2, rng=2),
        ]
    )


def normalizing():
    return MLP(
        [
            Reshape((1, 8, 8)),
            SpectralNormalization(Conv2D(1, 4, 3, ReLU(), strides=2, rng=0)),
            SpectralNormalization(Conv2DTranspose(4, 3, 3, strides=3, rng=1)),
            Flatten(),
            SpectralNormalization(Dense(243, 2, Sigmoid(), rng=2)),
        ]
    )


def test_normalised_weights():
    state = normalizing().stateDict()
    assert {name.removeprefix("1."): array.shape for name, array in state.items() if name.startswith("1.")} == {
        "parametrizations.weight.original": (4, 1, 3, 3),
        "bias": (4,),
        "parametrizations.weight.0._u": (4,),
        "parametrizations.weight.0._v": (9,),
    }
    assert {name.partition(".")[0] for name in state} == {"1", "3", "5"}


def test_convolutions():
    shapes = {name: array.shape for name, array in convolving().stateDict().items() if name.endswith("weight")}
    assert shapes == {"1.weight": (4, 1, 3, 3), "3.weight": (4,), "5.weight": (4, 3, 2, 3), "8.weight": (2, 108)}
    assert MLP([Conv1D(2, 3, 4, ReLU())]).stateDict()["0.weight"].shape == (3, 2, 4)


def recurrent():
    """All kinds, one behind the other, with parameters that are not 0."""
    layers = [LSTM(2, 3), Bidirectional(GRU(3, 4), GRU(3, 4)), RNN(8, 5, ReLU()), RNN(5, 2)]
    model, rng = MLP([*layers, Bidirectional(LSTM(2, 2), GRU(2, 3))]), np.random.default_rng(0)
    for layer in model.namedLayers().values():
        layer.parameterVector[...] = rng.normal(size=layer.parameterVector.size)
    return model


def test_recurrent_layers():
    state = recurrent().stateDict()
    own = [f"{kind}_{place}" for kind in ("weight", "bias") for place in ("ih", "hh")]
    places = ["0.{}_l0", "1.{}_l0", "1.{}_l0_reverse", "2.{}_l0", "3.{}_l0", "4.layer.{}_l0", "4.reverse.{}_l0"]
    assert [*state] == [place.format(name) for place in places for name in own]
    shapes = [state[f"1.{name}_l0_reverse"].shape for name in own]
    assert shapes == [(12, 3), (12, 4), (12,), (12,)]


def test_they_are_copies_in_the_models_precision(tmp_path):
    model = noisy()
    model.astype(np.float32)
    before, state = model.weights(), model.stateDict()
    save_file(state, tmp_path / "weights.safetensors")
    for array in state.values():
        assert array.dtype == np.float32
        array[...] = 7
    assert all((array == before[name]).all() for name, array in model.weights().items())
    read = load_file(tmp_path / "weights.safetensors")
    assert {name: array.shape for name, array in read.items()} == {name: array.shape for name, array in state.items()}
    assert sum(array.size for array in state.values()) == sum(array.size for array in before.values())


# With PyTorch --------------------------------------------------------------------------------------------------------


def test_pytorch_computes_the_same_convolutions():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    from torch import nn

    model, x = convolving(), np.random.default_rng(0).normal(size=(64, 5))
    for _ in range(5):
        model.feedforward(x)
    network = nn.Sequential(
        *(nn.Unflatten(1, (1, 8, 8)), nn.Conv2d(1, 4, 3, 2), nn.ReLU(), nn.BatchNorm2d(4), nn.MaxPool2d(2, 1)),
        *(nn.ConvTranspose2d(4, 3, (2, 3), 3, output_padding=(1, 0)), nn.Tanh(), nn.Flatten(), nn.Linear(108, 2)),
    ).double()
    network.load_state_dict({name: torch.from_numpy(array) for name, array in model.stateDict().items()})
    with torch.no_grad():
        found = network.eval()(torch.from_numpy(np.ascontiguousarray(x.T))).numpy()
    np.testing.assert_allclose(found.T, model.predict(x), rtol=0, atol=1e-12)


def test_pytorch_computes_the_same_of_normalised_weights():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    from torch import nn

    model, x = normalizing(), np.random.default_rng(0).normal(size=(64, 5))
    normalized = nn.utils.parametrizations.spectral_norm
    network = nn.Sequential(
        *(nn.Unflatten(1, (1, 8, 8)), normalized(nn.Conv2d(1, 4, 3, 2)), nn.ReLU()),
        *(normalized(nn.ConvTranspose2d(4, 3, 3, 3)), nn.Flatten(), normalized(nn.Linear(243, 2)), nn.Sigmoid()),
    ).double()
    network.load_state_dict({name: torch.from_numpy(array) for name, array in model.stateDict().items()})
    with torch.no_grad():
        found = network.eval()(torch.from_numpy(np.ascontiguousarray(x.T))).numpy()
    np.testing.assert_allclose(found.T, model.predict(x), rtol=0, atol=1e-12)


def test_pytorch_computes_the_same_of_sequences():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    from torch import nn

    model, x = recurrent(), np.random.default_rng(0).normal(size=(6, 2, 3))
    network = nn.ModuleList(
        [nn.LSTM(2, 3), nn.GRU(3, 4, bidirectional=True), nn.RNN(8, 5, nonlinearity="relu"), nn.RNN(5, 2)]
    ).double()
    state = {name: torch.from_numpy(array) for name, array in model.stateDict().items() if name[0] != "4"}
    network.load_state_dict(state)
    y = torch.from_numpy(np.swapaxes(x, 1, 2).copy())
    for module in network:
        y = module(y)[0]
    expected = model.chain.predict(x, until=4)
    np.testing.assert_allclose(np.swapaxes(y.detach().numpy(), 1, 2), expected, rtol=0, atol=1e-12)


def transformer():
    """Attention to itself, with parameters that are not 0."""
    inside = [LayerNormalization(6), Attention(6, 2, causal=True, rng=1)]
    model = MLP([PositionalEncoding(6, 7, learned=True), Residual(inside), CrossAttention(6, 3, rng=2)])
    rng = np.random.default_rng(0)
    for layer in model.namedLayers().values():
        layer.parameterVector[...] = rng.normal(size=layer.parameterVector.size)
    return model


def test_layers_of_attention():
    shapes = {name: array.shape for name, array in transformer().stateDict().items()}
    own = {"in_proj_weight": (18, 6), "in_proj_bias": (18,), "out_proj.weight": (6, 6), "out_proj.bias": (6,)}
    assert shapes == {
        "0.positions": (7, 6),
        **{f"1.chain.0.{name}": (6,) for name in ("weight", "bias")},
        **{f"1.chain.1.{name}": shape for name, shape in own.items()},
        **{f"2.{name}": shape for name, shape in own.items()},
    }


def test_pytorch_computes_the_same_of_attention():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    from torch import nn

    model, rng = transformer(), np.random.default_rng(0)
    x, context = rng.normal(size=(5, 6, 3)), rng.normal(size=(4, 6, 3))
    state = {name: torch.from_numpy(array) for name, array in model.stateDict().items()}

    def part(prefix, module):
        module.double().load_state_dict({name.removeprefix(prefix): v for name, v in state.items() if prefix in name})
        return module

    norm = part("1.chain.0.", nn.LayerNorm(6))
    itself = part("1.chain.1.", nn.MultiheadAttention(6, 2, batch_first=True))
    other = part("2.", nn.MultiheadAttention(6, 3, batch_first=True))
    y, aside = (torch.from_numpy(np.moveaxis(one, 2, 0).copy()) for one in (x, context))
    y = y + state["0.positions"][:5]
    z = norm(y)
    later = torch.ones(5, 5, dtype=torch.bool).triu(1)
    y = y + itself(z, z, z, attn_mask=later)[0]
    expected = np.moveaxis(other(y, aside, aside)[0].detach().numpy(), 0, 2)
    model.layers[2].attend(context)
    np.testing.assert_allclose(model.feedforward(x, training=False), expected, rtol=0, atol=1e-12)


def modules(torch, model):
    """The same network of PyTorch's modules."""
    kinds = {
        "ELU": lambda f: torch.nn.ELU(f.alpha),
        "LeakyReLU": lambda f: torch.nn.LeakyReLU(f.epsilon),
        "ReLU": lambda f: torch.nn.ReLU(),
        "Sigmoid": lambda f: torch.nn.Sigmoid(),
        "Softmax": lambda f: torch.nn.Softmax(dim=1),
        "Tanh": lambda f: torch.nn.Tanh(),
    }
    made = []
    for layer in model.layers:
        if isinstance(layer, Dense):
            made.append(torch.nn.Linear(layer.inputDim, layer.outputDim))
            made += [kinds[layer.activation.name](layer.activation)] if layer.activation.name in kinds else []
        elif isinstance(layer, BatchNormalization):
            made.append(torch.nn.BatchNorm1d(layer.features))
        else:
            made.append(torch.nn.Dropout(layer.p) if isinstance(layer, Dropout) else torch.nn.Flatten())
    return torch.nn.Sequential(*made)


ACTIVATIONS = [ELU(0.5), LeakyReLU(0.1), ReLU(), Sigmoid(), Softmax(), Tanh()]
NETWORKS = {"classifier": classifier, "noisy": noisy} | {
    repr(f): lambda f=f: MLP([Flatten(), Dense(6, 4, f, rng=0), Dense(4, 3, f, rng=1)]) for f in ACTIVATIONS
}


@pytest.mark.parametrize(("dtype", "close"), [(np.float32, 1e-6), (np.float64, 1e-12)])
@pytest.mark.parametrize("name", NETWORKS)
def test_pytorch_loads_and_computes_the_same(name, dtype, close, tmp_path):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    from safetensors.torch import load_file

    model = NETWORKS[name]()
    for _ in range(5):
        model.feedforward(3 * X)  # moves running averages
    model.astype(dtype)
    save_file(model.stateDict(), tmp_path / "weights.safetensors")
    network = modules(torch, model).to(torch.from_numpy(np.zeros(1, dtype)).dtype)
    network.load_state_dict(load_file(tmp_path / "weights.safetensors"), strict=True)
    with torch.no_grad():
        found = network.eval()(torch.from_numpy(np.ascontiguousarray(X.T.astype(dtype)))).numpy()
    np.testing.assert_allclose(found.T, model.predict(X.astype(dtype)), rtol=0, atol=close)
