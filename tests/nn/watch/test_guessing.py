"""Guessing and memorising: what is compared, and when it is said."""

from types import SimpleNamespace

import numpy as np
import pytest

from activations import Softmax
from dataset import Dataset
from layers import Chain, Dense
from loss import MSE, CategoricalCrossEntropy
from nn.watch.guesses import Guesses
from nn.watch.guessing import Guessing, Memorising
from nn.watch.symptom import Observation


def objective(loss=None, link="Softmax", value=lambda label: 0.0):
    """What a network with this loss is trained for, whose value is made up."""
    chain = Chain([Dense(2, 3, Softmax())])
    loss = loss or CategoricalCrossEntropy()
    return SimpleNamespace(chain=chain, loss=loss, link=link, value=value, asLabel=np.asarray)


def data(test=100):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 200))
    return Dataset.fromArrays(x, np.eye(3)[:, rng.integers(3, size=200)], test_size=test)


def oneHot(*numbers, classes=3):
    return np.eye(classes)[:, list(numbers)]


def test_the_loss_of_guessing_is_that_of_the_mean_of_all_labels_so_far():
    losses = iter([5.0, 4.0])
    guesses = Guesses(objective(value=lambda label: next(losses)), data(), None)
    guesses.note(oneHot(0, 0, 1, 2))
    p = np.array([2, 1, 1]) / 4
    assert guesses.means(1) == pytest.approx((5, -(p * np.log(p)).sum()))
    guesses.note(oneHot(1, 1, 1, 1))
    assert guesses.means(1) == pytest.approx((4, -np.log(5 / 8)))
    assert guesses.means(2)[0] == 4.5
    assert str(guesses) == f"loss 4; {-np.log(5 / 8):.4g} by guessing"


@pytest.mark.parametrize(
    ("shape", "classes"), [((4, 10), 4), ((1, 10), 1), ((4, 3, 3, 10), 4), ((7, 4, 10), 4)], ids=str
)
def test_how_many_classes_labels_of_any_rank_have(shape, classes):
    guesses = Guesses(objective(MSE()), data(), lambda label: 1.0)
    guesses.note(np.ones(shape))
    assert (guesses.classes, guesses.batchSize) == (classes, 10)


@pytest.mark.parametrize("rest", [(), (5,)], ids=["vectors", "sequences"])
@pytest.mark.parametrize(
    ("label", "share"),
    [(oneHot(*[0] * 60, *[1] * 40), 0.6), (np.array([[0.0] * 70 + [1.0] * 30]), 0.7)],
    ids=["three classes", "two classes"],
)
def test_accuracies_above_that_of_the_most_frequent_class(label, share, rest):
    """Beyond three standard deviations of the share in as many samples."""
    label = np.broadcast_to(label[(None,) * len(rest)], (*rest, *label.shape))
    deviation = np.sqrt(share * (1 - share) / 100)
    for accuracy, better in ((share + 3.1 * deviation, True), (share + 2.9 * deviation, False)):
        guesses = Guesses(objective(MSE()), data(), lambda label, accuracy=accuracy: accuracy)
        guesses.note(label)
        assert guesses.isBetter(1) == better
        seen = Observation(label, label, heldOut={"test": {"accuracy": accuracy}})
        assert guesses.isBetterOnOthers(seen, guess=1.0) == better


def test_losses_of_other_samples_below_that_of_guessing():
    guesses = Guesses(objective(), data(), None)
    for loss, better in ((0.97, True), (0.99, False), (np.nan, False)):
        seen = Observation(np.zeros((2, 1)), np.zeros((3, 1)), heldOut={"validation": {"loss": loss}})
        assert guesses.isBetterOnOthers(seen, guess=1.0) == better


@pytest.mark.parametrize(
    ("losses", "stays"),
    [
        ([1.02, 0.98] * 10, True),  # that of each batch differs
        ([1.1, 0.7] * 10, False),  # too much to be certain
        ([1.05] * 10 + [1.0] * 10, False),  # it falls, by little
        (np.linspace(1.2, 0.8, 20), False),
        (np.linspace(0.8, 1.2, 20), True),  # it rises
    ],
    ids=["differing", "uncertain", "a little", "falling", "rising"],
)
def test_a_loss_that_has_stopped_falling(losses, stays):
    values = iter(losses)
    guesses = Guesses(objective(value=lambda label: next(values)), data(), None)
    for _ in range(20):
        assert not guesses.stays(10)  # of so few
        guesses.note(oneHot(0, 1, 2))
    assert guesses.stays(10) == stays


def seen(heldOut, patience=5, step=5000, epoch=50.0):
    label = oneHot(*range(3), *range(3))
    return Observation(np.zeros((2, 6)), label, patience, step, epoch, heldOut)


def test_a_loss_of_other_samples_that_is_worse_counts_at_the_second_entry_in_a_row():
    guesses = Guesses(objective(), data(), None)
    guesses.note(oneHot(0, 1, 2))
    memorising = Memorising(guesses)

    def failure(heldOut, loss=0.4, patience=5):
        return memorising.failure(seen(heldOut, patience), loss, 1.0, 3)

    bad, worse = {"test": {"loss": 1.4}}, {"test": {"loss": 1.5}}
    assert failure(bad) == failure(bad) == ""  # the same entry
    assert failure(worse) == "test loss of 1.5 is worse"
    assert failure({"test": {"loss": 1.2}}) == ""  # not by 30 %
    assert failure(dict(bad)) == ""
    assert failure(dict(bad), loss=0.6) == ""  # not learnt well
    assert failure(dict(bad)) == ""
    assert failure(dict(bad), patience=1) == "test loss of 1.4 is worse"
    assert failure({}) == ""


@pytest.mark.parametrize(("loss", "said"), [(0.89, True), (0.91, False)])
def test_an_accuracy_of_guessing_is_a_failure_where_nine_tenths_of_the_loss_are_left(loss, said):
    guesses = Guesses(objective(), data(), lambda label: 1.0)
    for _ in range(6):
        guesses.note(oneHot(*[0, 1, 2] * 4))
    heldOut = {"test": {"accuracy": 0.33}}
    failure = Memorising(guesses).failure(seen(heldOut), loss, 1.0, 3)
    assert failure == ("test accuracy of 33.0% is that of guessing" if said else "")
    assert Memorising(guesses).failure(seen({"test": {"accuracy": 0.9}}), loss, 1.0, 3) == ""


def test_the_same_loss_for_a_reconstruction_is_a_matter_of_rates():
    """Without a word of labels, and without accuracies."""
    x = np.random.default_rng(0).normal(size=(2, 200))
    made = objective(MSE(), "", lambda label: 1.0)
    made.chain.layers[0].parameters["bias"][...] = 1  # not new
    observation = Observation(x, np.empty((0, 200)), patience=1)
    finding = Guessing(made, data(), reconstructs=True).examine(observation)
    assert finding.text.endswith("answer to every input. Try ten times the learning rate, and a tenth.")
    finding = Guessing(made, data()).examine(observation._replace(labels=x))
    assert "Do inputs and labels belong together, in the same order? If so, try ten times" in finding.text


def test_labels_that_are_all_alike_cannot_be_guessed_wrongly():
    made = objective(MSE(), "", lambda label: 1.0)
    made.chain.layers[0].parameters["bias"][...] = 1
    label = np.ones((3, 50))
    assert Guessing(made, data()).examine(Observation(np.zeros((2, 50)), label, patience=1)) is None
