"""Public names: none goes away, and each is where it says it is."""

import importlib
import subprocess
import sys

import leibnet

import pytest

# What could be imported before the packages had rooms; scripts do.
BEFORE = {
    "activations": "Activation ELU Identity LeakyReLU ReLU Sigmoid Softmax Tanh",
    "dataset": "Batch CorruptFileError Dataset DownloadError available names random",
    "layers": "Dense Layer Sampler",
    "loss": "CategoricalCrossEntropy CrossEntropy Loss MSE",
    "nn": (
        "Autoencoder Checkpoint CheckpointError Corruption Diagnosis DivergenceError EarlyStopping GAN GaussianNoise "
        "GradientReport History MLP Masking Model ModeCoverage PCA SaltAndPepper SampleJudge SampleQuality "
        "TrainingWarning VAE Writer attributeVector checkGradients frechetDistance interpolate modeCoverage plots "
        "principalAngles seed"
    ),
    "nn.plots": (
        "planeCodes plotActivations plotCodes plotComponents plotConfusionMatrix plotCurves plotHistory plotImages "
        "plotManifold plotMisclassified plotNetwork plotPoints plotRows plotSpectrum plotVectorField plotWeights save "
        "saveAnimation savePointsAnimation"
    ),
    "optimizer": "Adam Constant Cosine Optimizer SGD Schedule Step WarmUp",
}
PACKAGES = [*BEFORE]
NAMES = [(package, name) for package, names in BEFORE.items() for name in names.split()]


@pytest.mark.parametrize(("package", "name"), NAMES)
def test_every_name_of_before_can_be_imported(package, name):
    space = {}
    exec(f"from {package} import {name}", space)
    assert space[name] is getattr(importlib.import_module(package), name)
    assert name in importlib.import_module(package).__all__


@pytest.mark.parametrize("package", PACKAGES)
def test_what_a_package_exports_is_there_once(package):
    module = importlib.import_module(package)
    assert len(module.__all__) == len(set(module.__all__))
    for name in module.__all__:
        assert hasattr(module, name)
    assert [*BEFORE] == PACKAGES


@pytest.mark.parametrize("package", [package for package in PACKAGES if package != "nn.plots"])
def test_leibnet_is_the_other_door(package):
    module = importlib.import_module(package)
    for name in module.__all__:
        assert getattr(leibnet, name) is getattr(module, name), name
    assert {*module.__all__} <= {*dir(leibnet)}


def test_the_lectures_first_line_in_a_program_of_its_own():
    program = "from nn import MLP, Writer; from leibnet import MLP as other; assert MLP is other and Writer"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
