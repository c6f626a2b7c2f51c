"""What is seen of a training: on a terminal of any width, in a notebook, in a pipe, and where there is nothing."""

import io
import os
import re
import struct
import subprocess
import sys
import types
import warnings

import numpy as np
import pytest

from activations import LeakyReLU, Sigmoid
from dataset import Dataset
from layers import Dense
from nn import GAN, MLP, seed
from nn.training.listener import Listener
from nn.training.progress import ProgressBar, ProgressLines, progressOf

X = np.random.default_rng(0).normal(size=(3, 600))


def data():
    return Dataset.fromArrays(X, X[:1], test_size=100, rng=0)


def network():
    return MLP([Dense(3, 1, rng=0)])


class Logger:
    """The usual way to send stderr to a file or a window: it cannot say whether it is a terminal."""

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text

    def flush(self):
        pass


class Terminal(io.StringIO):
    def isatty(self):
        return True


def closed():
    stream = io.StringIO()
    stream.close()
    return stream


class Breaking(Logger):
    def write(self, text):
        raise BrokenPipeError


NOTHING = {"none": lambda: None, "closed": closed, "no pipe any more": Breaking}
STREAMS = {**NOTHING, "a logger": Logger, "a window": io.StringIO}


@pytest.mark.parametrize("progress", [None, True, False])
@pytest.mark.parametrize("make", STREAMS.values(), ids=STREAMS)
def test_it_trains_whatever_stderr_is(make, progress, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr("sys.stderr", make())
        history = network().train(data(), epochs=2, progress=progress)
    expected = network().train(data(), epochs=2, progress=False)
    assert history == expected


def test_it_trains_where_stderr_is_closed_on_the_way(monkeypatch):
    class Closing(Listener):
        def entered(self, course):
            if not sys.stderr.closed:
                sys.stderr.close()

    for progress in (None, True):
        with monkeypatch.context() as patched:
            patched.setattr("sys.stderr", io.StringIO())
            network().train(data(), epochs=3, progress=progress, listeners=[Closing()])


def test_a_warning_of_the_training_goes_nowhere_where_stderr_is_closed():
    code = """
import sys
import numpy as np
from dataset import Dataset
from layers import Dense
from nn import MLP
from optimizer import SGD
sys.stderr.close()
x = np.ones((3, 60))
network = MLP([Dense(3, 1, rng=0)])
network.train(Dataset.fromArrays(x, 1e6 * x[:1]), epochs=20)  # of which the watch warns
print(len(network.history.index))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "20\n", done.stdout


def test_in_a_pipe_there_is_a_line_for_every_entry(monkeypatch):
    monkeypatch.setattr("sys.stderr", logger := Logger())
    history = network().train(data(), epochs=2, entriesPerEpoch=2)
    lines = logger.text.splitlines()
    pattern = re.compile(r"epoch (\S+) of 2, [\d.]+ s: train_loss (\S+), test_loss (\S+)")
    assert [pattern.fullmatch(line)[1] for line in lines] == ["0.5", "1", "1.5", "2"]
    assert f"{history['test_loss'][-1]:.4g}" == lines[-1].split()[-1]
    monkeypatch.setattr("sys.stderr", logger := Logger())
    network().train(data(), epochs=2, metrics=[])
    assert [line.partition(",")[0] for line in logger.text.splitlines()] == ["epoch 1 of 2", "epoch 2 of 2"]
    monkeypatch.setattr("sys.stderr", logger := Logger())
    network().train(data(), epochs=2, progress=False)
    assert logger.text == ""


def test_a_training_that_goes_on_says_where(monkeypatch, tmp_path):
    options = {"checkpoint": tmp_path / "run", "resume": True}
    for progress in (None, True):
        (tmp_path / "run").unlink(missing_ok=True)
        monkeypatch.setattr("sys.stderr", logger := Logger())
        network().train(data(), epochs=2, progress=progress, **options)
        assert "goes on" not in logger.text
        network().train(data(), epochs=3, progress=progress, **options)
        assert "the training goes on after 2 of 3 epochs (1,000 samples)\n" in logger.text
        with pytest.warns(RuntimeWarning, match="nothing is left to be done"):
            network().train(data(), epochs=3, progress=progress, **options)
        assert "the training was finished after 3 of 3 epochs (1,500 samples)\n" in logger.text


def last(text):
    """The last state of a bar."""
    return [line for line in re.split("[\r\n]+", text) if line.strip()][-1]


@pytest.mark.parametrize("metrics", [None, ["test_loss"], []])
def test_the_bar_ends_with_the_mean_of_the_last_epoch(metrics, monkeypatch):
    expected = network().train(data(), epochs=3, progress=False)["train_loss"][-1]
    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    network().train(data(), epochs=3, metrics=metrics)
    assert last(terminal.getvalue()).startswith(f"loss {expected:.4g}, epoch 3/3 |")


def test_the_bar_of_an_interrupted_training_ends_with_the_mean_so_far(monkeypatch):
    losses = []

    class Stopping(Listener):
        def wanted(self, course):
            return frozenset({"loss"})

        def stepped(self, course):
            losses.append(course.values["loss"])
            if course.steps == 14:
                raise KeyboardInterrupt

    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    with pytest.raises(KeyboardInterrupt):
        network().train(data(), epochs=3, metrics=[], listeners=[Stopping()])
    assert last(terminal.getvalue()).startswith(f"loss {np.mean(losses[10:]):.4g}, epoch 2/3 |")


def test_the_bar_changes_no_bit():
    runs = []
    for progress in (True, False):
        seed(0)
        model = network()
        model.train(data(), epochs=2, metrics=[], progress=progress)
        runs.append(model.weights())
    assert all(np.array_equal(array, runs[1][name]) for name, array in runs[0].items())


NARROW = """
import numpy as np
from activations import Sigmoid
from dataset import Dataset
from layers import Dense
from nn import GAN, MLP
data = Dataset.fromArrays(np.random.default_rng(0).normal(size=(3, 3000)), rng=0)
one, other = MLP([Dense(2, 3, rng=0)]), MLP([Dense(3, 1, Sigmoid(), rng=0)])
"""
TRAININGS = {
    "gan": "GAN(one, other, rng=0).train(data, epochs=2)",
    "mlp": "from nn import Autoencoder; Autoencoder(MLP([Dense(3, 2, rng=0)]), one).train(data, epochs=2)",
}


@pytest.mark.skipif(os.name != "posix", reason="terminals of POSIX")
@pytest.mark.parametrize("columns", [40, 80, 120])
@pytest.mark.parametrize("kind", TRAININGS)
def test_the_losses_are_seen_at_any_width(kind, columns):
    import fcntl
    import pty
    import termios

    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(
        [sys.executable, "-c", NARROW + TRAININGS[kind]],
        stderr=slave,
        env={name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")},
    ) as process:
        os.close(slave)
        written = b""
        try:
            while piece := os.read(master, 4096):
                written += piece
        except OSError:  # the other end is closed
            pass
    os.close(master)
    assert process.returncode == 0, written
    bar = last(written.decode())
    assert len(bar) <= columns
    number = r"\d\.?\d*"
    losses = rf"discriminator {number}, generator {number}" if kind == "gan" else rf"loss {number}, epoch 2/2 "
    assert re.match(losses, bar), bar
    if columns >= 80:
        assert re.search(r", epoch 2/2 \|.+\| 00:0\d<00:00, \S+/s", bar), bar


def notebook(monkeypatch, *modules):
    """As in a kernel of IPython."""
    shell = types.SimpleNamespace(config={"IPKernelApp": {}})
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    for name in modules:
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))


def test_in_a_notebook_there_is_its_own_bar(monkeypatch):
    made = []

    class Bar:
        def __init__(self, **options):
            made.append(options)
            self.texts = []

        external_write_mode = staticmethod(warnings.catch_warnings)

        def update(self, n):
            pass

        def set_description_str(self, text, refresh):
            self.texts.append(text)

        def refresh(self):
            pass

        close = refresh

    automatic = types.ModuleType("tqdm.auto")
    automatic.tqdm = Bar
    notebook(monkeypatch)
    monkeypatch.setitem(sys.modules, "tqdm.auto", automatic)
    monkeypatch.setattr("sys.stderr", io.StringIO())
    network().train(data(), epochs=2)
    assert [options["total"] for options in made] == [1000]
    notebook(monkeypatch, "spyder_kernels")
    network().train(data(), epochs=2)
    assert len(made) == 1


def test_who_shows_the_progress(monkeypatch):
    def kind(progress=None):
        return [type(one) for one in progressOf(progress, ["loss"])]

    monkeypatch.setattr("sys.stderr", Terminal())
    assert [kind(None), kind(True), kind(False)] == [[ProgressBar], [ProgressBar], []]
    monkeypatch.setattr("sys.stderr", Logger())
    assert [kind(None), kind(True), kind(False)] == [[ProgressLines], [ProgressBar], []]
    monkeypatch.setattr("sys.stderr", None)
    assert [kind(None), kind(True), kind(False)] == [[], [], []]


def test_the_two_losses_of_a_gan_are_shortened(monkeypatch):
    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    generator = MLP([Dense(2, 4, LeakyReLU(), rng=0), Dense(4, 3, rng=0)])
    gan = GAN(generator, MLP([Dense(3, 1, Sigmoid(), rng=0)]), rng=0)
    history = gan.train(Dataset.fromArrays(X, rng=0), epochs=2)
    D, G = (history[f"train_{name}_loss"][-1] for name in ("discriminator", "generator"))
    assert last(terminal.getvalue()).startswith(f"discriminator {D:.4g}, generator {G:.4g}, epoch 2/2 |")
