"""Networks on sequences: labels of every step, and sequences of different lengths in one batch."""

import numpy as np
import pytest

from activations import ReLU, Sigmoid, Softmax, Tanh
from dataset import Batch, Dataset
from layers import (
    L1,
    LSTM,
    BatchNormalization,
    Bidirectional,
    Conv2D,
    Dense,
    Embedding,
    Flatten,
    LastStep,
    Reshape,
    TappedDelayLine,
    TimeDistributed,
)
from loss import MSE, CategoricalCrossEntropy, CrossEntropy
from nn import MLP, Autoencoder, checkGradients, plots
from nn.training.step import StepContext
from optimizer import SGD, Adam

RNG = np.random.default_rng(0)
COUNTS = [5, 2, 3, 4]
MASK = np.arange(5)[:, np.newaxis] < np.array(COUNTS)
ALL = StepContext(frozenset({"loss", "accuracy"}))


def dense(inputs, outputs, activation=None, **keywords):
    return Dense(inputs, outputs, activation, SGD(lr=0.1), rng=0, **keywords)


def on_steps(loss=None):
    return MLP([TimeDistributed([dense(3, 4, Tanh(), penalty=L1(0.1)), dense(4, 2, Softmax())])], loss)


def of_the_whole():
    return MLP([TimeDistributed(dense(3, 4, Tanh())), TappedDelayLine(2), LastStep(), dense(8, 2, Softmax())])


def one_hot(*shape):
    return np.moveaxis(np.eye(2)[RNG.integers(0, 2, shape)], -1, -2)


def padded(value=0.0):
    """Four sequences of different lengths, with this number in place of the steps that they do not have."""
    x = np.random.default_rng(1).normal(size=(5, 3, 4))
    x[np.broadcast_to(~MASK[:, np.newaxis], x.shape)] = value
    return x


# Labels of every step ------------------------------------------------------------------------------------------------


def test_a_training_on_sequences():
    numbers = RNG.integers(0, 4, (8, 1, 300))
    label = np.moveaxis(np.eye(4)[(numbers[1:, 0] + numbers[:-1, 0]) % 4], -1, 1)
    dataset = Dataset.fromArrays(numbers, label, batch_size=20, rng=0)
    model = MLP(
        [
            Embedding(4, 6, Adam(lr=0.02), rng=0),
            TappedDelayLine(2),
            TimeDistributed(
                [Dense(12, 20, ReLU(), Adam(lr=0.02), rng=1), Dense(20, 4, Softmax(), Adam(lr=0.02), rng=2)]
            ),
        ],
        CategoricalCrossEntropy(),
    )
    history = model.train(dataset, epochs=4, metrics=["train_loss", "test_accuracy", "test_f1"], progress=False)
    assert history["test_accuracy"][-1] > 0.99
    assert history["train_loss"][-1] < 0.3 * history["train_loss"][0]
    diagnosis = model.diagnose(dataset)
    assert diagnosis.healthy, diagnosis
    assert [one.place for one in diagnosis.layers] == [
        "layers[0]", "layers[1]", "layers[2].layer.layers[0]", "layers[2].layer.layers[1]",
    ]  # fmt: skip
    assert diagnosis.figures().keys() == {"activations", "gradients", "units"}
    assert "TimeDistributed" in [text.get_text() for text in plots.plotNetwork(model, (8, 1)).axes[0].texts]


def test_numbers_of_a_vocabulary_are_not_inputs_without_a_scale(recwarn):
    numbers = RNG.integers(0, 500, (4, 1, 60))
    dataset = Dataset.fromArrays(numbers, np.moveaxis(numbers[:, :1] % 2, 1, 1).astype(float), batch_size=20)
    model = MLP([Embedding(500, 3), TimeDistributed(Dense(3, 1))], MSE())
    model.train(dataset, epochs=1, progress=False)
    assert "inputs" not in [finding.kind for finding in model.diagnose(dataset).findings]
    assert not recwarn.list


def test_a_training_on_sequences_of_different_lengths():
    rng = np.random.default_rng(0)
    sequences = [rng.normal(size=(count, 2)) for count in rng.integers(2, 9, 400)]
    last = [int(one[-1].sum() > 0) for one in sequences]
    every = [(one.sum(axis=1, keepdims=True) > 0).astype(float) for one in sequences]
    adam = Adam(lr=0.02)

    def inside():
        return [Dense(2, 8, Tanh(), adam, rng=0), BatchNormalization(8, optimizer=adam)]

    of_the_whole = MLP([TimeDistributed(inside()), LastStep(), Dense(8, 2, Softmax(), adam, rng=1)])
    of_steps = MLP([TimeDistributed([*inside(), Dense(8, 1, Sigmoid(), adam, rng=1)])], CrossEntropy())
    for model, labels in ((of_the_whole, last), (of_steps, every)):
        dataset = Dataset.fromSequences(sequences, labels, batch_size=20, rng=0)
        history = model.train(dataset, epochs=8, metrics=["test_accuracy"], progress=False)
        assert history["test_accuracy"][-1] > 0.95
        diagnosis = model.diagnose(dataset)
        assert diagnosis.healthy, diagnosis


def test_the_accuracy_is_that_of_all_steps_and_of_those_with_a_weight():
    model, label = on_steps(), one_hot(5, 4)
    right = (model.feedforward(padded()).argmax(axis=1) == label.argmax(axis=1))[MASK]
    batch = Batch.of(padded(9.0), label, mask=MASK, weights=MASK.astype(float))
    np.testing.assert_allclose(model.evaluate(batch, ["accuracy"])["accuracy"], right.mean())


# Sequences of different lengths --------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [on_steps, of_the_whole])
def test_what_stands_in_place_of_missing_steps_does_not_matter(make):
    label = one_hot(5, 4) if make is on_steps else one_hot(4)
    weights = {"weights": MASK.astype(float)} if make is on_steps else {}
    found = []
    for value in (0.0, 1e3):
        model = make()
        batch = Batch.of(padded(value), label, mask=MASK, **weights)
        measured = model.measure(batch, ALL.quantities)
        _, compute = model.losses(batch)["loss"]
        gradient = compute(), *(one.gradientVector.copy() for one in model.chain.learning())
        stepped = model.step(batch, ALL)
        found.append([measured, gradient, stepped, model.weights(), model.predict(padded(value), 3, mask=MASK)])
        assert measured["loss"] == pytest.approx(stepped["loss"]) == pytest.approx(gradient[0])
        assert model.layers[0].now.mask is None
    (measured, gradient, stepped, weights, predicted), other = found
    assert measured == other[0]
    assert stepped == other[2]
    for one, same in zip(gradient, other[1], strict=True):
        np.testing.assert_array_equal(one, same)
    for name, value in weights.items():
        np.testing.assert_array_equal(value, other[3][name])
    np.testing.assert_array_equal(predicted, other[4])


def test_the_loss_is_the_mean_of_those_of_the_sequences_alone():
    model, label = of_the_whole(), one_hot(4)
    x = padded()
    together = model.measure(Batch.of(x, label, mask=MASK), frozenset({"loss"}))["loss"]
    alone = [
        model.measure(Batch.of(x[:count, :, n : n + 1], label[:, n : n + 1]), frozenset({"loss"}))["loss"]
        for n, count in enumerate(COUNTS)
    ]
    np.testing.assert_allclose(together, np.mean(alone))
    assert together != pytest.approx(model.measure(Batch.of(x, label), frozenset({"loss"}))["loss"])


def test_an_autoencoder_of_sequences_of_different_lengths():
    found = []
    for value in (0.0, 1e3):
        encoder, decoder = MLP([TimeDistributed(dense(3, 2, Tanh()))]), MLP([TimeDistributed(dense(2, 3))])
        model = Autoencoder(encoder, decoder)
        batch = Batch.of(padded(value), mask=MASK, weights=MASK.astype(float))
        measured = model.measure(batch, frozenset({"loss", "squared_error"}))
        _, descend = model.losses(batch)["loss"]
        assert descend() == pytest.approx(measured["loss"])
        model.step(batch, StepContext())
        found.append([*measured.values(), *map(np.sum, model.weights().values())])
    np.testing.assert_allclose(found[0], found[1], rtol=1e-12)


def test_codes_and_reconstructions_of_different_lengths_are_those_of_each_alone():
    encoder = MLP([Bidirectional(LSTM(3, 2, rng=0)), TimeDistributed(dense(4, 2))])
    model = Autoencoder(encoder, MLP([TimeDistributed(dense(2, 3))]))
    codes, outputs = model.encode(padded(), MASK), model.reconstruct(padded(), MASK)
    for i, steps in enumerate(COUNTS):
        alone = padded()[:steps, :, i : i + 1]
        np.testing.assert_allclose(codes[:steps, :, i : i + 1], model.encode(alone), atol=1e-12)
        np.testing.assert_allclose(outputs[:steps, :, i : i + 1], model.reconstruct(alone), atol=1e-12)


def test_gradients_with_masks_and_weights():
    for model, weights in (
        (on_steps(CategoricalCrossEntropy()), RNG.uniform(0, 2, (5, 4)) * MASK),
        (of_the_whole(), None),
    ):
        report = checkGradients(model, padded(), weights=weights, mask=MASK)
        assert report, report
    with pytest.raises(TypeError, match="a mask is of a layer or an MLP"):
        checkGradients(MSE(), mask=MASK)


def test_a_batch_has_a_mask_or_none():
    assert Batch.of(padded()).mask is None
    np.testing.assert_array_equal(Batch.of(padded(), mask=MASK).mask, MASK)


def test_a_mask_for_other_samples_is_refused():
    with pytest.raises(ValueError, match=r"the mask to be of shape \(steps, 4\), as many samples .* got \(5, 3\)"):
        of_the_whole().predict(padded(), mask=MASK[:, :3])
    with pytest.raises(ValueError, match=r"expected a mask of shape \(5, 4\).*got \(4, 4\)"):
        of_the_whole().predict(padded(), mask=MASK[:4])


def test_a_mask_that_concerns_no_layer_is_refused():
    """It would be ignored: these inputs have no steps, or the images none that it could be about."""
    plain, image = MLP([Dense(3, 2)]), MLP([Conv2D(1, 2, 3), Flatten()])
    for network, x in ((plain, np.ones((3, 4))), (image, np.ones((1, 8, 8, 4)))):
        with pytest.raises(ValueError, match=r"the mask to be omitted, as no layer takes sequences of 5 steps"):
            network.predict(x, mask=MASK)
    rows = MLP([Reshape((5, 3)), LastStep(), Dense(3, 2)])
    assert rows.predict(np.ones((15, 4)), mask=MASK).shape == (2, 4)
    whole = of_the_whole()
    assert np.array_equal(whole.predict(padded(), until=1, mask=MASK), whole.predict(padded(), 3, 1, MASK))


def test_a_normalization_on_steps_in_a_masked_training():
    model = MLP([TimeDistributed([BatchNormalization(3), dense(3, 2, Softmax())]), LastStep()])
    batch = Batch.of(padded(1e6), one_hot(4), mask=MASK)
    model.step(batch, ALL)
    assert np.abs(model.layers[0].layer.layers[0].statistics["mean"]).max() < 1
