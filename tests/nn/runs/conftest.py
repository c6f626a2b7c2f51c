"""A short run, and copies of it to be tampered with."""

import json
import shutil
from pathlib import Path

import leibnet

import pytest

from nn import MLP, seed
from nn.runs import Run

SCRIPT = Path(__file__).parents[3] / "examples" / "train_classifier.py"


@pytest.fixture(autouse=True)
def threads():
    """Back to what they were."""
    yield
    leibnet.threads(None)


@pytest.fixture(scope="session")
def original(tmp_path_factory):
    """The folder of a run of 58 steps and 2 entries, with one file of weights."""
    from activations import ReLU, Softmax
    from dataset import Dataset
    from layers import Dense
    from loss import CrossEntropy

    folder = tmp_path_factory.mktemp("runs") / "run"
    seed(0)
    dataset = Dataset("digits")
    with Run(folder, dataset, seed=0, arguments={"epochs": 2}, threads=1, script=SCRIPT) as run:
        classifier = MLP([Dense(64, 20, ReLU()), Dense(20, 10, Softmax())])
        classifier.train(dataset, CrossEntropy(), epochs=2, metrics=["train_loss", "test_loss"], **run.keeping())
        classifier.save(folder / "classifier.safetensors")
    leibnet.threads(None)
    return folder


@pytest.fixture
def run(original, tmp_path):
    """A copy of that folder, to be tampered with."""
    return Path(shutil.copytree(original, tmp_path / "run"))


@pytest.fixture
def change():
    """A function that changes what a folder's run.json says."""

    def apply(folder, **values):
        path = folder / "run.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | values))

    return apply
