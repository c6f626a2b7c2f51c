"""Classifiers and segmentations asked about drawings, and what their layers see."""

import numpy as np
import pytest

from digitstrokes import STROKES
from layers import Dense
from nn import MLP
from nn.explore.samples import samplesFor
from nn.explore.subjects.classes import Classifier, Segmentation, isClassifier, isSegmentation
from nn.explore.subjects.insights import insights, kernels
from nn.explore.subjects.strokes import Strokes
from picturemodels import PICTURES

CLASSIFIERS = "classifier", "convolutional", "recurrent", "rows", "binary", "colour", "supervised"
INK = np.zeros((280, 280))
INK[60:220, 120:160] = 1


def ink(lines):
    strokes = Strokes()
    for line in lines:
        strokes.begin(*line[0])
        strokes.extend(line[1:])
    return strokes.ink()


def test_digits_of_at_least_eight_classes_are_recognised(trained):
    subject = Classifier(trained)
    said = [int(subject.drawn(ink(lines), layers=False).probabilities.argmax()) for lines in STROKES.values()]
    assert sum(one == digit for one, digit in zip(said, STROKES, strict=True)) >= 8


def test_an_answer_is_the_network_s_own(trained):
    subject, samples = Classifier(trained), samplesFor(trained)
    x = samples.inputs[..., 3:4]
    answer = subject.answer(x)
    assert np.allclose(answer.probabilities, trained.predict(x)[:, 0])
    assert np.allclose(answer.seen, x.reshape(8, 8))
    assert subject.names == [str(i) for i in range(10)]
    assert subject.exclusive


@pytest.mark.parametrize("name", PICTURES)
def test_which_models_are_classifiers(name):
    model = PICTURES[name]()
    assert isClassifier(model) == (name in CLASSIFIERS)
    assert isSegmentation(model) == (name == "segmentation")
    assert not isClassifier(MLP())


@pytest.mark.parametrize("name", CLASSIFIERS[1:])
def test_every_classifier_answers_a_drawing(name):
    subject = Classifier(PICTURES[name]())
    answer = subject.drawn(INK)
    assert answer.probabilities.shape == (len(subject.names),)
    assert answer.seen.shape == ((8, 8, 3) if name == "colour" else (8, 8))
    assert answer.seen.max() > 0.5
    assert len(answer.layers) >= 1
    for layer in answer.layers:
        assert layer.picture.dtype == np.uint8
        assert layer.picture.shape[-1] == 3


def test_a_single_output_has_the_name_of_what_it_says_yes_to():
    subject = Classifier(PICTURES["binary"]())
    assert (subject.names, subject.exclusive) == (["odd"], False)


def test_what_layers_see():
    model = PICTURES["convolutional"]()
    x = np.random.default_rng(0).random((1, 8, 8, 1))
    found = insights(model, x)
    assert [one.name for one in found] == [
        "layers[0] Conv2D", "layers[1] MaxPooling2D", "layers[2] BatchNormalization", "layers[5] Dense"
    ]  # fmt: skip
    assert [one.words for one in found] == [
        "6 maps of 6 x 6", "6 maps of 3 x 3", "6 maps of 3 x 3", "10 units"
    ]  # fmt: skip
    maps = model.activations(x)["layers.0"][..., 0]
    assert np.array_equal(found[0].picture[:6, :6, 0], np.round(255 * maps[0] / maps.max()).astype(np.uint8))


def test_weights_of_the_first_layer():
    assert kernels(PICTURES["convolutional"](), (1, 8, 8)).words == "6 kernels of 3 x 3"
    model = PICTURES["classifier"]()
    found = kernels(model, (1, 8, 8))
    assert found.words == "50 units' templates"
    first = model.layers[0].weight[0].reshape(8, 8)
    bright = np.round(255 * np.maximum(first, 0) / np.abs(first).max())
    where = first > 0
    assert np.array_equal(found.picture[:8, :8, 0][where], bright[where].astype(np.uint8))
    assert kernels(PICTURES["rows"](), (1, 8, 8)) is None


def test_classes_of_pixels_in_colours():
    model = PICTURES["segmentation"]()
    subject = Segmentation(model)
    assert subject.names == ["ground", "line", "sprite"]
    seen, colours = subject.drawn(INK)
    assert (seen.shape, colours.shape) == ((16, 16), (16, 16, 3))
    x = seen.reshape(1, 16, 16, 1)
    assert np.array_equal(colours, subject.colours[model.predict(x)[..., 0].argmax(axis=0)])
    assert len(np.unique(subject.colours, axis=0)) == 3


def test_a_model_of_other_things_is_refused():
    with pytest.raises(ValueError, match="a model of pictures"):
        Classifier(MLP([Dense(7, 3)]))
