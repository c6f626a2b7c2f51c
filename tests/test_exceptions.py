"""Every exception and warning of the library survives pickle, copies, and the way back from a worker process."""

import copy
import importlib
import inspect
import multiprocessing
import pickle
import sys
from pathlib import Path

from leibnet.ranks import RankStopped

import pytest

from dataset import CorruptFileError, DownloadError, ProgramError
from modules import MODULES
from nn import CheckpointError, DivergenceError, TrainingWarning
from nn.runs import RunError
from nn.watch.divergence import StateOverflowError
from nn.watch.symptom import Finding

EXAMPLES = [
    CheckpointError("it is of another model"),
    CorruptFileError("train.gz is damaged: take another copy"),
    DivergenceError("layers[0] (Dense 3 → 2, ReLU())", "Its output overflowed.", 7),
    DivergenceError("loss", "All layers are finite."),
    DownloadError("mnist", [("https://example.org/train.gz", "timed out")], Path("train.gz")),
    ProgramError("brace: expected token 3 to be a variable"),
    RankStopped(),
    RunError("run.json: expected format 1, got 2"),
    StateOverflowError("layers[0]", "Its V overflowed.", 3),
    TrainingWarning(Finding("units", "layers[0]", "5 of its 5 units are dead"), 100),
]


def defined():
    """All exceptions and warnings that a module of the library defines."""
    for module in MODULES:
        for _, kind in inspect.getmembers(importlib.import_module(module), inspect.isclass):
            if issubclass(kind, BaseException) and kind.__module__ == module:
                yield kind


def raised(error):
    raise error


def assertSame(found, error):
    assert type(found) is type(error)
    assert str(found) == str(error)
    assert found.args == error.args or repr(found.args) == repr(error.args)
    for name in ("layer", "cause", "step", "kind", "errno", "filename"):
        assert getattr(found, name, None) == getattr(error, name, None)


def test_all_of_them_are_tested():
    assert set(defined()) == {type(error) for error in EXAMPLES}


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(
    "twin", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))], ids=["copy", "deepcopy", "pickle"]
)
def test_copies(error, twin):
    assertSame(twin(error), error)
    assertSame(twin(twin(error)), error)


@pytest.mark.skipif(sys.platform == "win32", reason="workers import this file anew")
def test_the_way_back_from_a_worker():
    with multiprocessing.get_context("fork").Pool(1) as pool:
        for error in EXAMPLES:
            if isinstance(error, SystemExit):  # which ends a worker
                continue
            with pytest.raises(type(error)) as found:
                pool.apply_async(raised, (error,)).get(timeout=30)
            assertSame(found.value, error)
