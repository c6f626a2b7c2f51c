"""Which panels a model gets, by what it can do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nn.explore.panels.architecture import Architecture
from nn.explore.panels.chains.running import Running
from nn.explore.panels.codes.bits import BitsPanel
from nn.explore.panels.codes.cycle import CyclePanel
from nn.explore.panels.codes.index import IndexPanel
from nn.explore.panels.numbers.codes import NumberCodesPanel
from nn.explore.panels.numbers.inputs import NumbersPanel
from nn.explore.panels.numbers.sequences import SequencesPanel
from nn.explore.panels.numbers.system import SystemPanel
from nn.explore.panels.panel import Panel
from nn.explore.panels.pictures.classifying import Classifying
from nn.explore.panels.pictures.cleaning import Cleaning
from nn.explore.panels.pictures.coding import Coding
from nn.explore.panels.pictures.segmenting import Segmenting
from nn.explore.panels.pictures.walking import Walking
from nn.explore.panels.texts.filling import Filling
from nn.explore.panels.texts.translating import TranslationPanel
from nn.explore.panels.texts.writing import Writing
from nn.explore.samples import Samples
from nn.explore.subjects.bits import hasBits
from nn.explore.subjects.classes import isClassifier, isSegmentation
from nn.explore.subjects.codes import hasCodes
from nn.explore.subjects.indices import Index
from nn.explore.subjects.noises import canClean
from nn.explore.subjects.numbers.codes import hasNumberCodes
from nn.explore.subjects.numbers.inputs import takesNumbers
from nn.explore.subjects.numbers.systems import takesSequences
from nn.explore.subjects.texts.writing import canWrite
from nn.models.adversarial.cyclegan import CycleGAN
from nn.models.energy.dbn import DBN
from nn.models.energy.rbm import RBM
from nn.models.gsn import GSN
from nn.models.sequences.dynamicsystem import DynamicSystem
from nn.models.sequences.variationalrnn import VariationalRNN
from nn.models.translation.encoderdecoder import EncoderDecoder
from nn.models.translation.maskedlanguagemodel import MaskedLanguageModel

Fits = Callable[[Any, Samples | None], bool]
Make = Callable[[Any, Samples | None], Panel]


def _always(model: Any, samples: Samples | None) -> bool:
    return True


def _is_numbers(model: Any, samples: Samples | None) -> bool:
    """Whether a network has no panel for pictures, and its inputs are numbers."""
    return takesNumbers(model) and not isClassifier(model) and not isSegmentation(model)


def _is_number_codes(model: Any, samples: Samples | None) -> bool:
    """Whether a model has codes of numbers, and no chain and no bits."""
    return hasNumberCodes(model) and not isinstance(model, GSN) and not hasBits(model)


def _of(*kinds: type) -> Fits:
    """Whether a model is of one of these kinds."""
    return lambda model, samples: isinstance(model, kinds)


PANELS: list[tuple[Fits, Make]] = [
    (lambda model, samples: canWrite(model), Writing),
    (_of(MaskedLanguageModel), Filling),
    (_of(EncoderDecoder), TranslationPanel),
    (_of(RBM, DBN, GSN), Running),
    (_of(CycleGAN), CyclePanel),
    (_of(VariationalRNN), SequencesPanel),
    (_of(DynamicSystem), SystemPanel),
    (lambda model, samples: takesSequences(model) and not isClassifier(model), SystemPanel),
    (lambda model, samples: hasBits(model), BitsPanel),
    (_is_numbers, NumbersPanel),
    (_is_number_codes, NumberCodesPanel),
    (_of(Index), IndexPanel),
    (lambda model, samples: isClassifier(model), Classifying),
    (lambda model, samples: isSegmentation(model), Segmenting),
    (lambda model, samples: hasCodes(model) and not hasBits(model), Coding),
    (lambda model, samples: hasCodes(model), Walking),
    (lambda model, samples: canClean(model) and not isinstance(model, CycleGAN), Cleaning),
    (_always, Architecture),
]


def panelsOf(model: Any, samples: Samples | None = None) -> list[Panel]:
    """The panels that fit a model, in the order of the table `PANELS`; the last one fits every model."""
    return [make(model, samples) for fits, make in PANELS if fits(model, samples)]
