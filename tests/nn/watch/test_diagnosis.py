"""A model looked at on demand: what the report says, and what it leaves alone."""

from leibnet import randomness

import numpy as np
import pytest
from diagnosed import MODELS, classifier, digits, gan, sigmoids, slow, trained, vae

from activations import LeakyReLU, ReLU, Softmax
from dataset import Dataset
from layers import Dense
from loss import MSE
from nn import MLP, Diagnosis, TrainingWarning, seed
from optimizer import Adam

# The report ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
def test_a_trained_model_is_healthy(name):
    model, data = trained(name)
    diagnosis = model.diagnose(data)
    lines = str(diagnosis).splitlines()
    assert isinstance(diagnosis, Diagnosis)
    assert diagnosis.healthy
    assert diagnosis
    assert lines[0].startswith(f"{name}, 1,000 train samples of 'digits': ")
    assert lines[1].split() == ["layer", "mean", "deviation", "dead", "flat", "gradient", "weights", "ratio"]
    assert len({len(line) for line in lines[1 : 2 + MODELS[name][3]]}) == 1
    assert [layer.place for layer in diagnosis.layers] == [layer.place for layer in model.namedLayers().values()]
    others = {"wasserstein", "total_correlation"}  # of another game, and of a sampler that has a weight for it
    assert set(diagnosis.quantities) == set(model.quantities) - others
    assert lines[-1] == "healthy"


def test_what_is_special_to_a_model_is_said():
    for name, words in {
        "MLP": "by guessing",
        "Autoencoder": "by guessing",
        "VAE": "of 10 codes have a KL divergence above 0.01 nats",
        "GAN": "as much as the data (in variance)",
    }.items():
        model, data = trained(name)
        (special,) = model.diagnose(data).special
        assert words in special


def test_the_figures_are_those_of_the_layers():
    seed(0)
    model, data = classifier(), digits(test_size=100)
    x, y = data.testSet()
    diagnosis = model.diagnose(data, split="test")
    first, second, last = diagnosis.layers
    model.computeGradients(x, y)
    output = model.layers[0].output
    assert first.mean == pytest.approx(output.mean())
    assert first.deviation == pytest.approx(output.std())
    assert first.flat == pytest.approx(np.mean(output == 0))
    assert first.dead == pytest.approx(np.mean((output == 0).all(axis=1)))
    assert first.gradient == pytest.approx(np.sqrt(np.mean(model.layers[0].gradientVector ** 2)))
    assert first.weights == pytest.approx(np.sqrt(np.mean(model.layers[0].parameterVector ** 2)))
    assert first.ratio == pytest.approx(first.gradient / first.weights)
    assert first.counts.sum() == output.size
    assert second.flat == pytest.approx(np.mean(1 - model.layers[1].output ** 2 < 0.005))
    assert last.dead is last.flat is None
    assert diagnosis.quantities == pytest.approx(model.evaluate((x, y)))


def test_frozen_layers_have_no_gradient_to_show():
    model = classifier()
    model.freeze(0)
    first, second, _ = model.diagnose(digits()).layers
    assert first.gradient is first.weights is first.ratio is None
    assert second.gradient > 0
    model.freeze()
    assert set(model.diagnose(digits()).figures()) == {"activations", "units"}


@pytest.mark.parametrize(
    ("make", "kind", "place"),
    [
        (lambda: MLP([Dense(64, 9, ReLU(), initializer="zeros"), Dense(9, 10, Softmax())]), "weights", "layers[0]"),
        (sigmoids, "gradients", "layers[0]"),
        (lambda: slow(), "guessing", "layers[2]"),
    ],
)
def test_what_the_watch_finds_is_found(make, kind, place):
    diagnosis = make().diagnose(digits())
    assert not diagnosis
    finding = next(one for one in diagnosis.findings if one.kind == kind)
    assert finding.layer.startswith(place)
    assert str(diagnosis).splitlines()[-1].startswith("- layers[")
    assert f"- {finding.layer}: {finding.text}" in str(diagnosis)


def test_an_untrained_network_is_said_to_be_one():
    seed(0)
    diagnosis = classifier().diagnose(digits())
    assert diagnosis.healthy
    assert diagnosis.special[0] == "not trained yet"
    model = slow()
    assert "not trained yet" not in model.diagnose(digits()).special


def test_dead_units_come_before_what_they_cause():
    seed(0)
    model = classifier()
    model.layers[0].bias[...] = -100
    findings = model.diagnose(digits()).findings
    assert [finding.kind for finding in findings] == ["units", "gradients", "guessing"]
    assert findings[0].text.startswith("40 of its 40 units are dead")


def test_pixels_up_to_255_and_a_collapse_are_found():
    x = 255 * digits().trainSet()[0]
    assert classifier().diagnose(Dataset.fromArrays(x, np.arange(x.shape[1]) % 10)).findings[0].kind == "inputs"
    seed(0)
    model = vae(beta=100)
    with pytest.warns(TrainingWarning, match="the posterior has collapsed"):
        model.train(digits(), epochs=30, metrics=[])
    assert model.diagnose(digits()).findings[0].kind == "collapse"
    model = gan()
    model.generator.layers[1].weight[...] = 0
    assert model.diagnose(digits(valueRange=(-1, 1))).findings[0].kind == "collapse"


def test_labels_learnt_by_heart_are_found():
    seed(0)
    x, y = digits().trainSet()
    shuffled = Dataset.fromArrays(x, np.random.default_rng(0).permutation(y, axis=1), rng=0)
    model = MLP([Dense(64, 100, LeakyReLU(), Adam(lr=0.003)), Dense(100, 10, Softmax(), Adam(lr=0.003))])
    model.train(shuffled, epochs=100, metrics=[], watch=False)
    assert [finding.kind for finding in model.diagnose(shuffled).findings] == ["memorising"]


# What it leaves alone ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
def test_a_training_goes_on_as_if_nobody_had_looked(name):
    make, keywords, _, _ = MODELS[name]
    ends = []
    for diagnosed in (True, False):
        seed(1)
        model, data = make(), digits(**keywords)
        model.train(data, epochs=2, metrics=[])
        if diagnosed:
            model.diagnose(data)
            model.diagnose(data, split="test", samples=10)
        model.train(data, epochs=2, metrics=[])
        ends.append(model.weights())
    assert all(np.array_equal(weight, ends[1][place]) for place, weight in ends[0].items())


def test_nothing_of_the_model_and_no_random_number_is_touched():
    seed(0)
    model, data = vae(), digits(rng=None)
    x = data.testSet()[0][:, :5]
    output = model.chain.forward(x).copy()
    states = [one.generator.bit_generator.state for one in (randomness.networks, randomness.data)]
    before = model.weights()
    first = str(model.diagnose(data))
    assert [one.generator.bit_generator.state for one in (randomness.networks, randomness.data)] == states
    assert all(np.array_equal(weight, before[name]) for name, weight in model.weights().items())
    assert np.array_equal(model.chain.output, output)
    assert model.sampler.dtype == np.float64
    assert str(model.diagnose(data)) == first
    assert model.history is None


def test_the_samples_are_chosen_from_the_whole_split():
    """Also of sorted data: a thousandth of each class, not a thousand of the first."""
    numbers = np.repeat(np.arange(4), 1000)
    x = np.eye(4)[:, numbers]
    data = Dataset.fromArrays(x, numbers, testInputs=x, testLabels=numbers)
    assert MLP([Dense(4, 4, Softmax())]).diagnose(data, samples=200).layers[0].mean == pytest.approx(0.25)
    seed(0)
    first = MLP([Dense(4, 4, initializer=lambda shape, i, o, rng: np.eye(4))], MSE())
    outputs = first.diagnose(data, samples=400).layers[0]
    assert outputs.mean == pytest.approx(0.25)
    assert outputs.counts[-1] == 400


def test_bad_arguments():
    for call, error, message in [
        (lambda: classifier().diagnose(digits().trainSet()), TypeError, "diagnose: expected dataset to be a Dataset"),
        (
            lambda: classifier().diagnose(digits(), split="validation"),
            ValueError,
            "diagnose: expected split to be a set that has samples, got 'validation'; the data set 'digits' has no "
            "validation samples: give validation_size",
        ),
        (
            lambda: classifier().diagnose(digits(), split="tset"),
            ValueError,
            "diagnose: expected split to be one of 'train', 'validation', 'test', got 'tset'",
        ),
        (
            lambda: classifier().diagnose(digits(), samples=0),
            ValueError,
            "diagnose: expected samples to be a whole number of at least 1, got 0",
        ),
        (lambda: classifier().diagnose(digits(), samples=1.5), TypeError, "expected samples to be a whole number"),
        (lambda: MLP([Dense(3, 2)]).diagnose(digits()), ValueError, "has samples of shape (64,)"),
        (lambda: MLP().diagnose(digits()), RuntimeError, "has no layers"),
    ]:
        with pytest.raises(error) as caught:
            call()
        assert message in str(caught.value)
