"""What a training says of the kernels that compute it: on its bar, and when it goes on with others."""

import io
import re

from leibnet.fused import choice

import numpy as np
import pytest

from builders import LABELS, classifier, data
from nn.training.checkpoints import checkpointer, resuming
from nn.training.listener import Listener


@pytest.fixture
def computing(monkeypatch):
    """Says that something else computes."""

    def change(name):
        for module in (checkpointer, resuming):
            monkeypatch.setattr(module, "kernelDescription", lambda: name)

    return change


def trained(path, epochs, resume=False):
    model = classifier()
    model.train(data(labels=LABELS), epochs=epochs, checkpoint=path, resume=resume, progress=False, watch=False)
    return model


@pytest.mark.parametrize(
    ("then", "now"), [("NumPy", "numba 0.68.1"), ("numba 0.68.1", "NumPy"), ("numba 1", "numba 2")]
)
def test_going_on_with_other_kernels_is_said(tmp_path, computing, then, now):
    path = tmp_path / "run.safetensors"
    computing(then)
    trained(path, 1)
    computing(now)
    with pytest.warns(RuntimeWarning, match=re.escape(f"computed {then}, and {now} computes now") + ".*not to the bit"):
        trained(path, 2, resume=True)


def test_going_on_with_the_same_kernels_is_not(tmp_path, computing):
    path = tmp_path / "run.safetensors"
    computing("numba 0.68.1")
    trained(path, 1)
    assert len(trained(path, 2, resume=True).history.index) == 2


def test_where_that_is_an_error_nothing_has_changed(tmp_path, computing):
    path = tmp_path / "run.safetensors"
    computing("NumPy")
    trained(path, 1)
    computing("numba 0.68.1")
    model = classifier()
    before = {name: array.astype(np.float32) for name, array in model.weights().items()}
    with pytest.raises(RuntimeWarning):  # warnings are errors in these tests
        model.train(data(labels=LABELS), epochs=2, checkpoint=path, resume=True, progress=False)
    assert all(np.array_equal(before[name], array) for name, array in model.weights().items())


def test_the_bar_says_that_kernels_are_compiled(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)

    class Compiling(Listener):
        def stepped(self, course):
            if course.steps == 1:
                told()

    told = choice.tellThatKernelsAreCompiled
    classifier().train(data(labels=LABELS), epochs=1, progress=True, listeners=[Compiling()])
    assert choice.COMPILING in stream.getvalue()


def test_without_a_bar_a_line_says_it_once(monkeypatch, capsys):
    monkeypatch.setattr(choice, "_said", False)
    for _ in range(3):
        choice.tellThatKernelsAreCompiled()
    assert capsys.readouterr().err == f"{choice.COMPILING}\n"
