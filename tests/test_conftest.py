"""What the tests themselves rest on."""

from leibnet.configurable import Configurable

import pytest

from activations import Activation
from dataset import Augmentation, Corruption, Vocabulary
from layers import Layer, Penalty
from loss import AdversarialLoss, Loss
from nn import Model
from nn.models.adversarial.constraint import CriticConstraint
from optimizer import Optimizer, Schedule

FAMILIES = [
    Activation,
    AdversarialLoss,
    Augmentation,
    Corruption,
    CriticConstraint,
    Layer,
    Loss,
    Model,
    Optimizer,
    Penalty,
    Schedule,
    Vocabulary,
]


def test_every_family_is_here():
    ours = [family for family in Configurable.__subclasses__() if not family.__module__.startswith(("test", "tests."))]
    assert {id(one.kinds) for one in FAMILIES} == {id(family.kinds) for family in ours}


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("family", FAMILIES)
def test_what_a_test_defines_is_forgotten_after_it(family, again):
    assert "OfThisTest" not in family.kinds
    type("OfThisTest", (family,), {})
    assert "OfThisTest" in family.kinds
