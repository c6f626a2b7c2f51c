"""The pictures: what is drawn, looked up in the figure's artists, and what bad input is told."""

import os
import pickle
import re
import subprocess
import sys

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import same_color, to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from activations import ELU, Identity, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from builders import Through
from layers import (
    BatchNormalization,
    Chain,
    Concatenate,
    Conv2D,
    Conv2DTranspose,
    Copy,
    Dense,
    Dropout,
    Flatten,
    Learning,
    MaxPooling2D,
    Parallel,
    Reshape,
    Residual,
)
from nn import GAN, MLP, Autoencoder, History, plots
from pictures import visible

GAN_PANELS = {
    "Loss": {"discriminator_loss": "D", "generator_loss": "G"},
    "D is right": {"real_accuracy": "about data", "fake_accuracy": "about samples"},
    "Variance": "diversity",
}
RNG = np.random.default_rng(0)
PICTURES = RNG.random((12, 6))  # six images of 4 × 3
POINTS = RNG.normal(size=(2, 60))
QUANTITIES = ("discriminator_loss", "generator_loss", "real_accuracy", "fake_accuracy", "diversity")
TRUTH = np.array([0, 1, 2, 0, 1, 2])
OUTPUT = np.array(  # predicted: 0 2 2 1 1 0, certainty of the mistakes: 0.5, 0.9, 0.6
    [[0.8, 0.1, 0.2, 0.1, 0.3, 0.6], [0.1, 0.4, 0.1, 0.9, 0.7, 0.2], [0.1, 0.5, 0.7, 0.0, 0.0, 0.2]]
)


def history(metrics=("train_loss", "test_loss", "train_accuracy", "test_accuracy"), entries=4, seed=0):
    record, numbers = History(metrics), np.random.default_rng(seed)
    for entry in range(entries):
        record.append(50 * (entry + 1), {metric: float(numbers.random()) for metric in metrics})
    return record


def curves(count=3):
    x = np.linspace(0, 1, 20)
    return {f"class {i}": (x, x**i) for i in range(count)}


def steep():
    """Curves that fall far at first; a loss that falls by a factor of 1,000; and an accuracy that rises at once."""
    record = History(["train_loss", "test_loss", "test_reconstruction", "test_accuracy"])
    for entry in range(10):
        loss = 1000 / (1 + entry**3)
        near = {"test_reconstruction": 500 if not entry else 100 - entry, "test_accuracy": 0.1 if not entry else 0.95}
        record.append(
            50 * (entry + 1),
            {"train_loss": loss, "test_loss": 2 * loss, **near}
            | {"test_accuracy": 0.1 if not entry else 0.9 + 0.01 * entry},
        )
    return record


class Thirds:
    """Three classes side by side: below -1/2, between, above 1/2; unsure at the borders."""

    def predict(self, x):
        return Softmax().apply(np.stack([-x[0] - 0.5, 0 * x[0], x[0] - 0.5]))


def lecture():
    return MLP([Dense(784, 100, ReLU()), Dense(100, 50, ReLU()), Dense(50, 10, Sigmoid())])


def images():
    """Layers of all kinds."""
    residual = Residual([Dense(50, 50, ReLU()), Dense(50, 50)])
    return MLP(
        [Flatten(), Dense(784, 50, ReLU()), Dropout(0.5), residual, BatchNormalization(50), Dense(50, 10, Softmax())]
    )


def convolutional():
    """Layers that give images, many channels, and a vector."""
    layers = [Conv2D(1, 20, 3, ReLU()), MaxPooling2D(2), Flatten(), Dense(300, 10, Softmax())]
    return MLP(layers)


FIGURES = {
    "plotHistory": lambda: plots.plotHistory(history()),
    "plotHistory of one entry": lambda: plots.plotHistory(history(entries=1)),
    "plotHistory of long names": lambda: plots.plotHistory({f"{i}: SGD (η = 1) + MSE": history() for i in range(9)}),
    "plotHistory with panels": lambda: plots.plotHistory(history(), panels={"Both": {"loss": "$", "accuracy": "b"}}),
    "plotHistory of a GAN in panels": lambda: plots.plotHistory(
        history([f"train_{quantity}" for quantity in QUANTITIES]),
        50,
        GAN_PANELS,
        {"D is right": {"50%: guessing": 0.5}},
    ),
    "plotHistory with steep beginnings": lambda: plots.plotHistory(steep()),
    "plotHistory of several losses": lambda: plots.plotHistory(
        {name: history() for name in "abc"}, losses={"a": "MSE", "b": "cross-entropy", "c": "MSE"}
    ),
    "plotHistory of several": lambda: plots.plotHistory({f"run {i}": history(seed=i) for i in range(9)}, 50),
    "plotDecisionBoundary": lambda: plots.plotDecisionBoundary(Thirds(), POINTS, np.arange(60) % 3, ["$", "b", "c"]),
    "plotDecisionBoundary, named": lambda: plots.plotDecisionBoundary(
        Thirds(), 900 * POINTS, np.arange(60) % 3, names=("length in m", "weight in kg"), side=20
    ),
    "plotCodeMaps": lambda: plots.plotCodeMaps(
        RNG.normal(size=(7, 60)),
        RNG.integers(0, 4, 60),
        RNG.integers(0, 5, 60),
        heading="Means of codes over positions",
    ),
    "plotCodeMaps of one": lambda: plots.plotCodeMaps(RNG.normal(size=(1, 9)), np.arange(9) % 3, np.arange(9) // 3),
    "plotCodeCurves": lambda: plots.plotCodeCurves(
        RNG.normal(size=(7, 60)), RNG.integers(0, 6, 60), np.arange(60) % 3, ["a", "$", "long"], None, "Codes", "scale"
    ),
    "plotCodeCurves of one": lambda: plots.plotCodeCurves(RNG.normal(size=(1, 60)), np.arange(60)),
    "plotSimulations": lambda: plots.plotSimulations(np.sin(np.arange(40)), {"late": np.cos(np.arange(40))}),
    "plotSegmentation": lambda: plots.plotSegmentation(
        RNG.random((1, 9, 9, 3)),
        RNG.integers(0, 3, (9, 9, 3)),
        RNG.random((3, 9, 9, 3)),
        ["a", "$", "a long name"],
    ),
    "plotROC": lambda: plots.plotROC(TRUTH, OUTPUT, ["$", "b", "c"]),
    "plotROC of one": lambda: plots.plotROC([0, 1, 0, 1], [0.1, 0.4, 0.6, 0.8]),
    "plotROC of many": lambda: plots.plotROC(
        np.arange(60) % 20, RNG.random((20, 60)), [f"class {i}" for i in range(20)]
    ),
    "plotPrecisionRecall": lambda: plots.plotPrecisionRecall(TRUTH, OUTPUT, ["$", "b", "a long name of a class"]),
    "plotPrecisionRecall without samples": lambda: plots.plotPrecisionRecall([1, 1], np.eye(3)[:, :2]),
    "plotPredictions": lambda: plots.plotPredictions(POINTS[0], POINTS[1]),
    "plotPredictions of several": lambda: plots.plotPredictions(PICTURES[:4], PICTURES[4:8], [*"ab$", "weight in kg"]),
    "plotPredictions of a constant": lambda: plots.plotPredictions([1, 1], [1, 2]),
    "plotEstimates": lambda: plots.plotEstimates(
        {"$": ([-1, 0, 1], [np.inf, 0, np.inf]), "b": ([-1, 1], [-np.inf, 2])}, {"b": ([0], [30])}, "x", "y", "z", 1
    ),
    "plotEstimates of nothing known": lambda: plots.plotEstimates({}, {"b": ([0, 1], [1, 2])}, "x", "y"),
    "plotConfusionMatrix": lambda: plots.plotConfusionMatrix(TRUTH, OUTPUT),
    "plotMisclassified": lambda: plots.plotMisclassified(PICTURES, TRUTH, OUTPUT, (4, 3)),
    "plotMisclassified without mistakes": lambda: plots.plotMisclassified(PICTURES, TRUTH, np.eye(3)[:, TRUTH], (4, 3)),
    "plotWeights": lambda: plots.plotWeights(Dense(784, 30), (28, 28)),
    "plotWeights of one": lambda: plots.plotWeights(Dense(12, 1), (4, 3)),
    "plotKernels": lambda: plots.plotKernels(Conv2D(3, 4, 3)),
    "plotKernels of one channel": lambda: plots.plotKernels(Conv2D(1, 6, (5, 3), ReLU())),
    "plotKernels, the first": lambda: plots.plotKernels(Conv2DTranspose(20, 30, 3, strides=2), count=5),
    "plotLayers": lambda: plots.plotLayers(convolutional(), RNG.random((1, 8, 12))),
    "plotLayers of vectors": lambda: plots.plotLayers(lecture(), RNG.random(784)),
    "plotAttention": lambda: plots.plotAttention(np.tri(7)[np.newaxis] / np.arange(1, 8)[:, np.newaxis], "to\n be$"),
    "plotAttention to another text": lambda: plots.plotAttention(
        {"first": RNG.random((3, 2, 4)), "$ second": RNG.random((2, 2, 4))},
        ["to", "be"],
        ["$", "a long word", "c", " "],
    ),
    "plotActivations": lambda: plots.plotActivations([Identity(), Sigmoid(), ReLU(), ELU(), Softmax()]),
    "plotNetwork": lambda: plots.plotNetwork(lecture()),
    "plotNetwork of images": lambda: plots.plotNetwork(images(), (1, 28, 28)),
    "plotNetwork of any input": lambda: plots.plotNetwork(images()),
    "plotNetwork, small": lambda: plots.plotNetwork(MLP([Dense(2, 3, LeakyReLU(0.125)), Dense(3, 1)])),
    "plotImages": lambda: plots.plotImages(PICTURES, (4, 3)),
    "plotImages in colour": lambda: plots.plotImages(RNG.random((3, 4, 3, 6)), titles=list("abcdef")),
    "plotImages with titles": lambda: plots.plotImages(PICTURES, (4, 3), 4, ["a", "", "a long title", "$x$", "$", "é"]),
    "plotImages with a heading": lambda: plots.plotImages(
        PICTURES, (4, 3), heading="Two lines, of which the first is long\n$"
    ),
    "plotImages of one grey": lambda: plots.plotImages(np.full((4, 1), 0.3), (2, 2)),
    "plotHistory of a GAN": lambda: plots.plotHistory(history([f"train_{quantity}" for quantity in QUANTITIES])),
    "plotCurves": lambda: plots.plotCurves(curves(), "$\\alpha$", "certainty", "$ 5"),
    "plotCurves, logarithmic": lambda: plots.plotCurves({"a": ([1, 2, 3], [1, 0.1, 1e-5])}, "x", "y", "z", True),
    "plotCurves with a long title": lambda: plots.plotCurves(curves(), "x", "y in %", "Long words " * 9),
    "plotCurves of several runs": lambda: plots.plotCurves(
        {"a": ([1, 10, 100], [[1, 2, 3], [2, 2, 5]]), "$": ([1, 10], [3, 2])}, "x", "y", logarithmicX=True
    ),
    "plotCurves, many": lambda: plots.plotCurves(curves(12), "x", "y"),
    "plotRows": lambda: plots.plotRows({"original": PICTURES, "a longer name": PICTURES / 2, "$": PICTURES}, (4, 3)),
    "plotRows with a heading": lambda: plots.plotRows({"": PICTURES[:, :1]}, (4, 3), "What came of it", (0, 1)),
    "plotRows in groups": lambda: plots.plotRows(
        {"one": {"a\nsecond line": PICTURES, "b": PICTURES}, "$ two": {"a": PICTURES}},
        (4, 3),
        "h",
        titles=list("012345"),
    ),
    "plotRetrieval": lambda: plots.plotRetrieval(PICTURES[:, :2], PICTURES, (4, 3)),
    "plotRetrieval with all its words": lambda: plots.plotRetrieval(
        PICTURES[:, :2], PICTURES, (4, 3), [1, 0, 1, 0, 0, 1], np.arange(6), ["$", "a long name"], "What was found"
    ),
    "plotManifold with a title": lambda: plots.plotManifold(RNG.random((12, 9)), (4, 3), title="A plane $"),
    "plotManifold": lambda: plots.plotManifold(RNG.random((12, 400)), (4, 3)),
    "plotManifold in colour": lambda: plots.plotManifold(RNG.random((3, 4, 3, 9))),
    "plotManifold, wide": lambda: plots.plotManifold(RNG.random((12, 9)), (2, 6), -0.5, 1000),
    "plotComponents": lambda: plots.plotComponents(PICTURES - 0.5, (4, 3)),
    "plotComponents with titles": lambda: plots.plotComponents(PICTURES, (3, 4), 4, ["1.5 %", "$", "", "the fourth"]),
    "plotSpectrum": lambda: plots.plotSpectrum([5, 2, 1]),
    "plotSpectrum of many": lambda: plots.plotSpectrum(1 / np.arange(1, 785) ** 2, total=2),
    "plotCodes": lambda: plots.plotCodes(POINTS, np.arange(60) % 10),
    "plotCodes of several": lambda: plots.plotCodes({"$": POINTS, "b": 9 * POINTS}, np.arange(60) % 3, ["$", "b", "c"]),
    "plotCodes on the same axes": lambda: plots.plotCodes(
        {"a": POINTS, "VAE": 9 * POINTS}, np.arange(60) % 3, sameAxes=True, normal=["VAE"]
    ),
    "plotPoints": lambda: plots.plotPoints(POINTS),
    "plotPoints of several": lambda: plots.plotPoints({f"epoch {i}": i * POINTS for i in range(5)}, POINTS[:, :3]),
    "plotVectorField": lambda: plots.plotVectorField(POINTS, -POINTS, POINTS / 2),
    "plotVectorField with words": lambda: plots.plotVectorField(
        POINTS, -9 * POINTS, POINTS / 2, title="A field $", names=("r(x) - x", "$")
    ),
    "plotVectorField of nothing": lambda: plots.plotVectorField([[0], [0]], [[0], [0]]),
}


def words(figure):
    """All that is written in a figure."""
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def arrays(figure):
    """The images on a sheet, in their order."""
    return [np.asarray(image.get_array()) for image in figure.axes[0].images]


def boxes(figure, texts):
    """The rectangles, in pixels, that these texts fill once the figure is drawn."""
    figure.draw_without_rendering()
    return extentsOf(texts)


def extentsOf(texts):
    """Those rectangles of a figure that is drawn already."""
    return [text.get_window_extent() for text in texts if text.get_visible() and text.get_text()]


# All of them ---------------------------------------------------------------------------------------------------------


def test_every_picture_is_looked_at():
    public = {name for name in vars(plots) if name.startswith("plot")}
    assert public == {name.split(" ")[0].rstrip(",") for name in FIGURES}


@pytest.mark.parametrize("name", FIGURES)
def test_it_can_be_drawn_and_words_lie_inside_the_picture_and_not_on_each_other(name):
    figure = FIGURES[name]()
    assert type(figure) is Figure
    extents = extentsOf(visible(figure))
    width, height = figure.get_size_inches() * figure.dpi
    for i, box in enumerate(extents):
        assert box.x0 >= 0, name
        assert box.y0 >= 0, name
        assert box.x1 <= width, name
        assert box.y1 <= height, name
        assert not any(box.overlaps(other) for other in extents[i + 1 :]), words(figure)


def test_pictures_need_no_display_and_leave_no_trace(tmp_path):
    program = """
import sys
import nn
assert "matplotlib" not in sys.modules, "import nn must stay quick"
import matplotlib
before = dict(matplotlib.rcParams)
import numpy as np
from activations import ReLU
from layers import Conv2D, Dense
record = nn.History(["train_loss", "test_accuracy"])
record.append(1, {"train_loss": 1.0, "test_accuracy": 0.5})
network, images, label = nn.MLP([Dense(4, 2)]), np.eye(4), np.array([[1, 1, 0, 0], [0, 0, 1, 1]])
plots = nn.plots
for figure in (
    plots.plotHistory(record), plots.plotHistory({"a": record}), plots.plotConfusionMatrix(label, label),
    plots.plotMisclassified(images, label, label[::-1], (2, 2)), plots.plotWeights(network.layers[0], (2, 2)),
    plots.plotKernels(Conv2D(1, 2, 3)), plots.plotLayers(network, images[:, :1]),
    plots.plotActivations([ReLU()]), plots.plotNetwork(network), plots.plotImages(images, (2, 2)),
    plots.plotCurves({"a": ([1, 2], [3, 4])}, "x", "y"), plots.plotRows({"a": images}, (2, 2)),
    plots.plotManifold(images, (2, 2)), plots.plotComponents(images, (2, 2)), plots.plotSpectrum([2, 1]),
    plots.plotCodes(images[:2], [0, 1, 2, 3]), plots.plotPoints(images[:2]), plots.plotVectorField(label, label),
    plots.plotROC(label, label), plots.plotPrecisionRecall(label, label), plots.plotPredictions(label, label),
    plots.plotDecisionBoundary(nn.MLP([Dense(2, 2)]), label, label, side=10),
):
    assert figure._repr_png_()[0].startswith(b"\\x89PNG")
    figure.canvas.draw()
plots.saveAnimation([images, images], (2, 2), sys.argv[1], titles=["a", "b"])
plots.savePointsAnimation([label, label], sys.argv[1])
assert "matplotlib.pyplot" not in sys.modules
assert dict(matplotlib.rcParams) == before
"""
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment["MPLBACKEND"] = "TkAgg"  # fails without a display, if it is ever asked
    command = [sys.executable, "-W", "error", "-c", program, str(tmp_path / "film.gif")]
    subprocess.run(command, env=environment, check=True, timeout=120)


# plotHistory ---------------------------------------------------------------------------------------------------------


def test_curves_are_the_history():
    record = history(["test_accuracy", "train_loss", "validation_loss", "test_loss"])
    figure = plots.plotHistory(record)
    assert [axes.get_title() for axes in figure.axes] == ["Loss", "Accuracy"]
    curves = {f"{line.get_label()}_{axes.get_title().lower()}": line for axes in figure.axes for line in axes.lines}
    assert set(curves) == set(record)
    for metric, line in curves.items():
        assert list(line.get_xdata()) == record.index
        assert list(line.get_ydata()) == record[metric]
    assert figure.axes[0].get_xlabel() == "samples processed"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["train", "validation", "test"]
    for key, split in zip(figure.legends[0].legend_handles, ("train", "validation", "test"), strict=True):
        line = curves[f"{split}_loss"]
        assert same_color(key.get_color(), line.get_color())
        assert key.get_linestyle() == line.get_linestyle()


def test_a_split_keeps_its_colour_whatever_else_is_drawn():
    def colours(*metrics):
        lines = [line for axes in plots.plotHistory(history(metrics)).axes for line in axes.lines]
        return {line.get_label(): to_hex(line.get_color()) for line in lines}

    everything = colours("train_loss", "validation_loss", "test_loss")
    assert len(set(everything.values())) == 3
    for split in everything:
        assert colours(f"{split}_accuracy") == {split: everything[split]}


@pytest.mark.parametrize(
    ("metrics", "titles"),
    [
        (["test_loss"], ["Loss"]),
        (["train_accuracy"], ["Accuracy"]),
        (["train_accuracy", "test_discriminator_loss", "test_loss"], ["Loss", "Accuracy", "Discriminator loss"]),
        (["test_squared_error", "test_kl", "test_loss"], ["Loss", "Squared error", "KL divergence"]),
    ],
)
def test_only_what_is_there_gets_a_panel(metrics, titles):
    assert [axes.get_title() for axes in plots.plotHistory(history(metrics)).axes] == titles


@pytest.mark.parametrize(("quantities", "rows"), [(1, 1), (3, 1), (4, 2), (5, 2), (6, 2), (7, 3)])
def test_more_than_three_panels_stand_in_several_rows(quantities, rows):
    figure = plots.plotHistory(history([f"test_{chr(97 + i)}" for i in range(quantities)]))
    figure.draw_without_rendering()
    assert len(figure.axes) == quantities
    assert len({round(axes.get_position().y0, 3) for axes in figure.axes}) == rows


def test_every_accuracy_is_in_percent():
    for axes in plots.plotHistory(history([f"test_{quantity}" for quantity in QUANTITIES])).axes:
        percent = axes.yaxis.get_major_formatter()(0.5, 0) == "50%"
        assert percent == axes.get_title().endswith("accuracy")


def test_the_axis_counts_epochs_if_it_knows_their_size():
    axes = plots.plotHistory(history(["train_loss"]), samplesPerEpoch=100).axes[0]
    assert list(axes.lines[0].get_xdata()) == [0.5, 1, 1.5, 2]
    assert axes.get_xlabel() == "epochs"


def test_a_single_entry_is_a_visible_marker():
    figure = plots.plotHistory(history(["train_loss", "test_accuracy"], entries=1))
    for axes in figure.axes:
        (line,) = axes.lines
        assert line.get_marker() == "o"
        assert line.get_markersize() >= 4
        (low, high), (left, right) = axes.get_ylim(), axes.get_xlim()
        assert low < line.get_ydata()[0] < high
        assert left < 50 < right
        assert list(axes.get_xticks()) == [50]


def test_several_trainings_have_a_colour_each():
    runs = {"SGD": history(seed=1), "Adam": history(seed=2, entries=2)}
    figure = plots.plotHistory(runs)
    for axes in figure.axes:
        curves = {line.get_label(): line for line in axes.lines}
        assert set(curves) == {"SGD, train", "SGD, test", "Adam, train", "Adam, test"}
        for label, line in curves.items():
            name, split = label.split(", ")
            assert list(line.get_xdata()) == runs[name].index
            assert list(line.get_ydata()) == runs[name][f"{split}_{axes.get_title().lower()}"]
        assert same_color(curves["SGD, train"].get_color(), curves["SGD, test"].get_color())
        assert not same_color(curves["SGD, test"].get_color(), curves["Adam, test"].get_color())
        assert curves["SGD, train"].get_linestyle() != curves["SGD, test"].get_linestyle()
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["SGD", "Adam", "train", "test"]


@pytest.mark.parametrize("count", [7, 8, 20])
def test_many_trainings_are_all_told_apart(count):
    figure = plots.plotHistory({f"run {i}": history(["test_loss"]) for i in range(count)})
    assert len({to_hex(line.get_color()) for line in figure.axes[0].lines}) == count


def test_the_best_weights_are_marked():
    record = history()
    record.bestIndex = 150
    figure = plots.plotHistory(record, samplesPerEpoch=50)
    for axes in figure.axes:
        assert [list(line.get_xdata()) for line in axes.lines].count([3, 3]) == 1
    assert "best weights" in words(figure)
    assert "best weights" not in words(plots.plotHistory(history()))


def test_no_accuracy_above_100_percent_on_the_axis():
    record = History(["train_accuracy"])
    record.append(50, {"train_accuracy": 1.0})
    axes = plots.plotHistory(record).axes[0]
    assert axes.get_ylim()[1] == 1
    assert axes.yaxis.get_major_formatter()(0.975, 0) == "97.5%"


@pytest.mark.parametrize(
    ("bad", "error", "message"),
    [
        ({}, ValueError, "history to be a dict with one entry or more, got {}"),
        (history(entries=0), ValueError, "History with entries, got History of 0 entries"),
        (history(metrics=()), ValueError, "; train with metrics first"),
        ([1, 2], TypeError, "history to be the History that train returned, or a dict of such, got [1, 2]"),
        ({"a": history(), "b": 3}, TypeError, "history['b'] to be the History that train returned, or a dict"),
        (history(["loss"]), ValueError, "one such as train_loss or test_accuracy, got 'loss'"),
        (history(["train"]), ValueError, "got 'train'"),
    ],
)
def test_what_is_no_history(bad, error, message):
    with pytest.raises(error, match=re.escape(message)):
        plots.plotHistory(bad)


def test_epochs_are_counted_where_the_history_says_their_size():
    one, other = history(["train_loss"]), history(["train_loss"])
    one.samplesPerEpoch, other.samplesPerEpoch = 100, 25
    assert list(plots.plotHistory(one).axes[0].lines[0].get_xdata()) == [0.5, 1, 1.5, 2]
    axes = plots.plotHistory({"a": one, "b": other}).axes[0]
    assert [list(line.get_xdata()) for line in axes.lines] == [[0.5, 1, 1.5, 2], [2, 4, 6, 8]]
    assert axes.get_xlabel() == "epochs"
    other.samplesPerEpoch = None
    axes = plots.plotHistory({"a": one, "b": other}).axes[0]
    assert axes.get_xlabel() == "samples processed"
    assert [list(line.get_xdata()) for line in axes.lines] == [one.index] * 2
    assert list(plots.plotHistory(one, samplesPerEpoch=50).axes[0].lines[0].get_xdata()) == [1, 2, 3, 4]


def test_quantities_share_a_panel_where_asked_to():
    record = history([f"train_{quantity}" for quantity in QUANTITIES])
    figure = plots.plotHistory(record, panels=GAN_PANELS)
    assert [axes.get_title() for axes in figure.axes] == list(GAN_PANELS)
    lines = {axes.get_title(): {line.get_label(): line for line in axes.lines} for axes in figure.axes}
    assert {title: list(inside) for title, inside in lines.items()} == {
        "Loss": ["D", "G"],
        "D is right": ["about data", "about samples"],
        "Variance": ["train"],
    }
    assert list(lines["D is right"]["about samples"].get_ydata()) == record["train_fake_accuracy"]
    assert len({to_hex(line.get_color()) for line in lines["Loss"].values()}) == 2
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["D", "G"]
    assert figure.axes[2].get_legend() is None
    assert figure.axes[1].yaxis.get_major_formatter()(0.5, 0) == "50%"


def test_splits_of_quantities_that_share_a_panel_are_told_apart():
    (axes,) = plots.plotHistory(history(), panels={"Both": {"loss": "loss", "accuracy": "right"}}).axes
    assert [line.get_label() for line in axes.lines] == ["loss, train", "loss, test", "right, train", "right, test"]
    assert axes.lines[0].get_linestyle() != axes.lines[1].get_linestyle()


def test_values_to_compare_with_are_dotted_lines():
    figure = plots.plotHistory(history(), references={"Accuracy": {"guessing": 0.1, "best": 1}})
    dotted = {line.get_label(): line for line in figure.axes[1].lines if line.get_linestyle() == ":"}
    assert {name: line.get_ydata()[0] for name, line in dotted.items()} == {"guessing": 0.1, "best": 1}
    low, high = figure.axes[1].get_ylim()
    assert low <= 0.1 < 1 <= high
    assert [text.get_text() for text in figure.axes[1].get_legend().get_texts()] == ["guessing", "best"]
    assert figure.axes[0].get_legend() is None


def test_different_losses_have_a_panel_each():
    runs, losses = {name: history(seed=i) for i, name in enumerate("abc")}, {"a": "MSE", "b": "CE", "c": "MSE"}
    figure = plots.plotHistory(runs, losses=losses)
    found = {axes.get_title(): sorted({line.get_label()[0] for line in axes.lines}) for axes in figure.axes}
    assert found == {"Loss: MSE": ["a", "c"], "Loss: CE": ["b"], "Accuracy": ["a", "b", "c"]}


def test_no_beginning_flattens_what_follows():
    panels = {axes.get_title(): axes for axes in plots.plotHistory(steep()).axes}
    assert {title: axes.get_yscale() for title, axes in panels.items()} == {
        "Loss": "log",
        "Reconstruction": "linear",
        "Accuracy": "linear",
    }
    low, high = panels["Reconstruction"].get_ylim()
    assert low < 91 < 99 < high < 110
    assert [text.get_text() for text in panels["Reconstruction"].texts] == ["the first entries reach 500"]
    assert list(panels["Reconstruction"].lines[0].get_ydata()) == steep()["test_reconstruction"]
    low, high = panels["Accuracy"].get_ylim()
    assert 0.85 < low < 0.91
    assert high <= 1
    assert [text.get_text() for text in panels["Accuracy"].texts] == ["the first entries reach 10%"]
    even = plots.plotHistory(history(["test_loss"], entries=10)).axes[0]
    assert (even.get_yscale(), len(even.texts)) == ("linear", 0)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_note_of_what_the_axis_leaves_out_stands_on_no_curve(sign):
    record = History(["test_cycle"])
    for entry in range(100):  # after its fall it rises again to its highest where the note stands
        record.append(50 * (entry + 1), {"test_cycle": sign * (900 if not entry else 100 + entry)})
    figure = plots.plotHistory(record)
    (axes,) = figure.axes
    (note,) = boxes(figure, axes.texts)
    drawn = axes.transData.transform(axes.lines[0].get_xydata()[1:])
    assert not any(note.contains(x, y) for x, y in drawn)
    assert note.x0 < drawn[:, 0].max()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"panels": [1]}, "panels to be a dict, got [1]"),
        ({"panels": {"A": "kl"}}, "panels['A'] to be of the quantities ['accuracy', 'loss'], got 'kl'"),
        ({"panels": {"A": {}}}, "panels['A'] to be of the quantities"),
        (
            {"references": {"Losses": {"a": 1}}},
            "references to be a dict with titles of ['Loss', 'Accuracy'], got 'Losses'",
        ),
        ({"references": {"Loss": 1}}, "references['Loss'] to be a dict, got 1"),
        ({"references": {"Loss": {"a": "b"}}}, "references['Loss']['a'] to be a finite number, got 'b'"),
        ({"losses": {"a": "MSE"}}, "losses to be omitted for one history, got {'a': 'MSE'}"),
        ({"samplesPerEpoch": 0}, "samplesPerEpoch to be a whole number of at least 1, got 0"),
    ],
)
def test_what_a_history_cannot_be_drawn_with(options, message):
    with pytest.raises((TypeError, ValueError), match=re.escape(message)):
        plots.plotHistory(history(), **options)


def test_what_several_histories_cannot_be_drawn_with():
    runs = {"a": history(), "b": history()}
    with pytest.raises(
        ValueError, match=re.escape("from the names of several histories, ['a', 'b'], got {'a': 'MSE'}")
    ):
        plots.plotHistory(runs, losses={"a": "MSE"})
    with pytest.raises(
        ValueError, match=re.escape("panels['Both'] to be one quantity where there are several histories")
    ):
        plots.plotHistory(runs, panels={"Both": {"loss": "a", "accuracy": "b"}})
    assert plots.plotHistory(runs, panels={"Loss in nats": "loss"}).axes[0].get_title() == "Loss in nats"


def test_a_notebook_shows_a_figure_and_a_figure_can_be_copied():
    figure = pickle.loads(pickle.dumps(plots.plotHistory(history())))
    picture, size = figure._repr_png_()
    assert picture.startswith(b"\x89PNG")
    width, height = figure.get_size_inches()
    assert size == {"width": round(72 * width), "height": round(72 * height)}


# plotCurves ----------------------------------------------------------------------------------------------------------


def test_lines_have_their_names_and_points():
    given = {"3": ([0, 0.5, 1], [1, 0.7, 0.1]), "$8": (np.linspace(0, 1, 20), np.linspace(0, 1, 20) ** 2)}
    figure = plots.plotCurves(given, "share", "certainty", "From $ to $")
    (axes,) = figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title()) == ("share", "certainty", "From $ to $")
    for line, (name, (x, y)) in zip(axes.lines, given.items(), strict=True):
        assert line.get_label() == name
        np.testing.assert_array_equal(line.get_xdata(), x)
        np.testing.assert_array_equal(line.get_ydata(), y)
    assert len({to_hex(line.get_color()) for line in axes.lines}) == 2
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["3", "$8"]


def test_an_axis_may_be_logarithmic():
    given = {"a": ([1, 2], [1, 0.001])}
    assert plots.plotCurves(given, "x", "y").axes[0].get_yscale() == "linear"
    assert plots.plotCurves(given, "x", "y", logarithmic=True).axes[0].get_yscale() == "log"
    with pytest.raises(
        ValueError, match=re.escape("curves['a'] to be positive where the axis is logarithmic, got 0.0")
    ):
        plots.plotCurves({"a": ([1, 2], [1, 0])}, "x", "y", logarithmic=True)
    assert plots.plotCurves(given, "x", "y").axes[0].get_xscale() == "linear"
    assert plots.plotCurves(given, "x", "y", logarithmicX=True).axes[0].get_xscale() == "log"
    with pytest.raises(
        ValueError, match=re.escape("curves['a'] to be positive where the axis is logarithmic, got 0.0")
    ):
        plots.plotCurves({"a": ([0, 2], [1, 1])}, "x", "y", logarithmicX=True)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.7, 90, ["1", "2", "5", "10", "20", "50", "100"]),
        (20, 40, ["20", "25", "30", "35", "40"]),
        (1, 30_000, ["1", "10", "100", "1,000", "10,000"]),
        (1e-6, 10, [f"$\\mathdefault{{10^{{{power}}}}}$" for power in range(-6, 2)]),
    ],
)
def test_the_numbers_of_a_logarithmic_axis_are_written_out_and_enough(low, high, expected):
    for axis in ("x", "y"):
        line = ([low, high], [1, 2]) if axis == "x" else ([1, 2], [low, high])
        figure = plots.plotCurves({"a": line}, "x", "y", logarithmic=axis == "y", logarithmicX=axis == "x")
        figure.draw_without_rendering()
        (axes,) = figure.axes
        low_end, high_end = axes.get_xlim() if axis == "x" else axes.get_ylim()
        shown = axes.xaxis if axis == "x" else axes.yaxis
        ticks = [tick for tick in (*shown.get_major_ticks(), *shown.get_minor_ticks()) if tick.label1.get_text()]
        texts = [tick.label1.get_text() for tick in ticks if low_end <= tick.get_loc() <= high_end]
        assert texts == expected


def test_what_is_counted_has_no_ticks_between_whole_numbers():
    (axes,) = plots.plotCurves({"a": (range(1, 21), range(20))}, "layer", "y").axes
    assert all(tick == round(tick) for tick in axes.get_xticks())


def test_several_runs_have_thin_lines_and_their_mean_a_thick_one():
    runs = np.array([[1.0, 2, 4], [3, 2, 0]])
    figure = plots.plotCurves({"a": ([1, 2, 3], runs), "b": ([1, 2], [5, 6]), "c": ([1], [[7]])}, "x", "y")
    lines = figure.axes[0].lines
    assert [list(line.get_ydata()) for line in lines] == [*runs.tolist(), [2, 2, 2], [5, 6], [7]]
    assert [line.get_linewidth() for line in lines] == [1, 1, 2, 2, 2]
    assert len({to_hex(line.get_color()) for line in lines[:3]}) == 1
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("curves", "error", "message"),
    [
        ([([1], [2])], TypeError, "curves to be a dict from names to (x, y), got <class 'list'>"),
        ({}, ValueError, "curves to be a dict with one entry or more, got {}"),
        ({"a": ([1, 2],)}, TypeError, "curves['a'] to be a pair (x, y), got ([1, 2],)"),
        ({"a": 3}, TypeError, "curves['a'] to be a pair (x, y), got 3"),
        ({"a": ([1, 2], [1, 2, 3])}, ValueError, "as many each, or y of shape (runs, points), got ((2,), (3,))"),
        ({"a": ([1, 2], [1, np.nan])}, ValueError, "curves['a'] to be finite numbers in float64, got nan"),
        ({"a": (["x"], [1])}, TypeError, "curves['a'] to be real numbers, got dtype('<U1')"),
        ({"a": (np.eye(2), np.eye(2))}, ValueError, "got ((2, 2), (2, 2))"),
    ],
)
def test_what_makes_no_curves(curves, error, message):
    with pytest.raises(error, match=re.escape(message)):
        plots.plotCurves(curves, "x", "y")


# plotConfusionMatrix -------------------------------------------------------------------------------------------------


def cells(figure):
    """The numbers written into the matrix, at their places."""
    texts = {tuple(map(int, text.get_position()[::-1])): int(text.get_text()) for text in figure.axes[0].texts}
    side = max(texts)[0] + 1
    return [[texts[row, column] for column in range(side)] for row in range(side)]


def test_cells_hold_the_counts_and_the_colour_of_their_share():
    figure = plots.plotConfusionMatrix([0, 0, 0, 0, 1, 1, 2], [0, 0, 0, 2, 0, 1, 2], ["cat", "dog", "$ox$"])
    assert cells(figure) == [[3, 0, 1], [1, 1, 0], [0, 0, 1]]
    axes = figure.axes[0]
    np.testing.assert_allclose(axes.images[0].get_array(), [[0.75, 0, 0.25], [0.5, 0.5, 0], [0, 0, 1]])
    assert axes.images[0].get_clim() == (0, 1)
    assert axes.get_title() == "Accuracy 71.43% (5 of 7)"
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("true", "predicted")
    for labels in (axes.get_xticklabels(), axes.get_yticklabels()):
        assert [label.get_text() for label in labels] == ["cat", "dog", "$ox$"]
        assert not labels[2].get_parse_math()


@pytest.mark.parametrize("label", [TRUTH, TRUTH[None].astype(float), np.eye(3)[:, TRUTH], TRUTH.tolist()])
@pytest.mark.parametrize("output", [OUTPUT, OUTPUT.argmax(axis=0)])
def test_columns_and_class_numbers_give_the_same_matrix(label, output):
    assert cells(plots.plotConfusionMatrix(label, output)) == [[1, 1, 0], [0, 1, 1], [1, 0, 1]]


def test_one_output_is_cut_at_one_half_as_by_getAccuracy():
    network = MLP([Dense(1, 1, Identity())])
    network.layers[0].weight = [[1]]
    x, label = np.array([[0.2, 0.5, 0.6, 1.4, -3.0]]), np.array([[0, 1, 1, 1, 0]])
    figure = plots.plotConfusionMatrix(label, network.feedforward(x))
    assert cells(figure) == [[2, 0], [1, 2]]
    assert f"{network.getAccuracy(label):.2%}" in figure.axes[0].get_title()


def test_a_class_without_samples_has_a_row_of_zeros():
    figure = plots.plotConfusionMatrix([0, 2], [0, 2])
    assert cells(figure) == [[1, 0, 0], [0, 0, 0], [0, 0, 1]]
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), np.diag([1, 0, 1]))


def test_names_make_room_for_classes_that_do_not_occur():
    assert len(cells(plots.plotConfusionMatrix([0, 1], [0, 1], ["a", "b", "c"]))) == 3
    assert len(cells(plots.plotConfusionMatrix(np.eye(4)[:, :2], np.eye(4)[:, :2]))) == 4
    assert len(cells(plots.plotConfusionMatrix([0, 0], [0, 0]))) == 2


@pytest.mark.parametrize(("classes", "name"), [(2, "{}"), (10, "class number {}"), (20, "{}")])
def test_numbers_fit_their_cells_and_names_each_other(classes, name):
    truth = np.repeat(np.arange(classes), 12345)
    figure = plots.plotConfusionMatrix(truth, truth, [name.format(i) for i in range(classes)])
    axes = figure.axes[0]
    widest = max(box.width for box in boxes(figure, axes.texts))
    assert widest < 0.98 * axes.get_window_extent().width / classes
    assert min(text.get_fontsize() for text in axes.texts) >= 8
    rows = boxes(figure, axes.get_yticklabels())
    assert not any(box.overlaps(other) for i, box in enumerate(rows) for other in rows[i + 1 :])
    inside = boxes(figure, [*axes.get_xticklabels(), *axes.get_yticklabels(), axes.xaxis.label, axes.yaxis.label])
    assert min(min(box.x0, box.y0) for box in inside) >= 0


@pytest.mark.parametrize(
    ("label", "output", "names", "message"),
    [
        ([0, 1, 1], [0, 1], None, "output to be of the samples and classes of label, (3,), got (2,)"),
        (np.eye(3), np.eye(4)[:, :3], None, "of the samples and classes of label, (3, 3), got (4, 3)"),
        ([0, -1], [0, 1], None, "label to be columns (classes, N) or class numbers 0, 1, 2, ... (N,), got (2,)"),
        ([0, 1], [0.5, 1], None, "expected output to be columns"),
        (np.zeros((2, 2, 2)), [0, 1], None, "got (2, 2, 2)"),
        ([], [], None, "label to be an array with one number or more, got (0,)"),
        ([0, 1], [[0.1, np.nan], [0.2, 0.3]], None, "output to be finite numbers in float64, got nan; clean the data"),
        ([0, 2], [0, 1], ["a", "b"], "classNames to be names of 3 classes, got ['a', 'b']"),
        (np.eye(3), np.eye(3), ["a", "b"], "classNames to be names of 3 classes"),
    ],
)
def test_what_cannot_be_compared(label, output, names, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        plots.plotConfusionMatrix(label, output, names)
    with pytest.raises(TypeError, match="plotConfusionMatrix: expected label to be real numbers, got dtype.'<U1'."):
        plots.plotConfusionMatrix(["a", "b"], [0, 1])


# plotMisclassified ---------------------------------------------------------------------------------------------------


def captions(figure):
    return [text for text in words(figure) if "→" in text]


def test_mistakes_are_shown_the_most_certain_first():
    figure = plots.plotMisclassified(PICTURES, np.eye(3)[:, TRUTH], OUTPUT, (4, 3))
    assert captions(figure) == ["0 → 1 (90.0%)", "2 → 0 (60.0%)", "1 → 2 (50.0%)"]
    np.testing.assert_array_equal(arrays(figure), [PICTURES[:, i].reshape(4, 3) for i in (3, 5, 1)])
    assert "3 of 6 misclassified" in words(figure)


def test_no_more_than_asked_for():
    figure = plots.plotMisclassified(PICTURES, TRUTH, OUTPUT, (4, 3), count=2, classNames=["shoe", "$ 5", "hat"])
    assert captions(figure) == ["shoe → $ 5\n(90.0%)", "hat → shoe\n(60.0%)"]
    assert "3 of 6 misclassified, the 2 most certain" in words(figure)


def test_the_certainty_of_one_output_is_that_of_the_class_it_means():
    figure = plots.plotMisclassified(PICTURES[:, :3], [1, 0, 1], [[0.25, 0.7, 0.9]], (4, 3))
    assert captions(figure) == ["1 → 0 (75.0%)", "0 → 1 (70.0%)"]


def test_equally_certain_mistakes_stay_in_order():
    certainty = np.tile([0.75, 1.0], 50)
    output = np.stack((certainty, 1 - certainty))
    figure = plots.plotMisclassified(np.arange(100.0)[None], np.ones(100, int), output, (1, 1), 100)
    assert [array.item() for array in arrays(figure)] == [*range(1, 100, 2), *range(0, 100, 2)]


def test_without_mistakes_the_picture_says_so():
    figure = plots.plotMisclassified(PICTURES, TRUTH, np.eye(3)[:, TRUTH], (4, 3))
    assert words(figure) == ["None of the 6 images is misclassified"]
    assert not arrays(figure)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            (PICTURES, TRUTH, OUTPUT.argmax(axis=0), (4, 3)),
            "output to be columns (classes, N) of numbers from 0 to 1, as",
        ),
        ((PICTURES, TRUTH, 2 * OUTPUT, (4, 3)), "to tell how certain the network was, got (3, 6)"),
        ((PICTURES, TRUTH, OUTPUT - 0.1, (4, 3)), "its values lie from -0.1 to 0.8"),
        ((PICTURES[:, :5], TRUTH, OUTPUT, (4, 3)), "inputs to be as many images as there are labels, 6, got 5"),
        ((PICTURES, TRUTH[:5], OUTPUT, (4, 3)), "output to be of the samples and classes of label, (5,), got (3, 6)"),
        ((PICTURES, TRUTH, OUTPUT, (4, 4)), "inputs to be columns (16, N) for imageShape (4, 4), got (12, 6)"),
        ((PICTURES, TRUTH, OUTPUT, (4, 3), 0), "count to be a whole number of at least 1, got 0"),
    ],
)
def test_what_cannot_be_shown_as_misclassified(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        plots.plotMisclassified(*arguments)


# plotWeights ---------------------------------------------------------------------------------------------------------


def test_weights_are_rows_as_images_the_largest_first():
    layer = Dense(6, 4)
    layer.weight = [[1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 4], [-9, 0, 9, 0, -8, 0], [0.1, 0, 0, 0, 0, 0]]
    kept, order = layer.weight.copy(), [2, 1, 0]
    figure = plots.plotWeights(layer, (2, 3), count=3)
    np.testing.assert_array_equal(arrays(figure), kept[order].reshape(3, 2, 3))
    assert [word for word in words(figure) if word.startswith("neuron")] == [f"neuron {i}" for i in order]
    assert "Weights of 4 neurons, the 3 of largest norm" in words(figure)
    assert "Weights of 4 neurons" in words(plots.plotWeights(layer, (2, 3)))
    np.testing.assert_array_equal(layer.weight, kept)


@pytest.mark.parametrize("sign", [-1, 1])
def test_weights_have_one_scale_with_white_at_zero(sign):
    layer = Dense(4, 2)
    layer.weight = sign * np.array([[1.0, 2, 3, 4], [-7, 0, 0, 0.5]])
    for image in plots.plotWeights(layer, (2, 2)).axes[0].images:
        assert image.get_clim() == (-7, 7)
        assert min(image.cmap(image.norm(0.0))[:3]) > 0.95


def test_weights_that_are_all_zero():
    layer = Dense(4, 2, initializer="zeros")
    assert plots.plotWeights(layer, (2, 2)).axes[0].images[0].get_clim() == (-1, 1)


def test_what_has_no_weights_to_show():
    with pytest.raises(TypeError, match="layer to be a Layer such as classifier.layers.0., got MLP"):
        plots.plotWeights(lecture(), (28, 28))
    with pytest.raises(ValueError, match="weights of layer to be columns .16, N. for imageShape .4, 4., got .12, 2."):
        plots.plotWeights(Dense(12, 2), (4, 4))
    with pytest.raises(TypeError, match="count to be a whole number of at least 1, got 2.5"):
        plots.plotWeights(Dense(12, 2), (4, 3), 2.5)
    for layer in (Flatten(), BatchNormalization(12)):
        with pytest.raises(ValueError, match=f"a parameter called weight, such as Dense, got {layer.name}"):
            plots.plotWeights(layer, (4, 3))


def test_weights_may_have_the_shape_of_images():
    class Filters(Through, Learning):
        """What a convolution's parameters look like."""

        def __init__(self, channels):
            super().__init__()
            self._create(weight=np.arange(8 * channels, dtype=float).reshape(2, channels, 2, 2))

    figure = plots.plotWeights(Filters(1))
    np.testing.assert_array_equal(arrays(figure), [[[4, 5], [6, 7]], [[0, 1], [2, 3]]])
    with pytest.raises(ValueError, match="weights of layer to be images of one channel, got .3, 2, 2, 2."):
        plots.plotWeights(Filters(3))


# plotActivations -----------------------------------------------------------------------------------------------------


def test_activations_are_drawn_with_their_derivatives():
    activations = [Tanh(), ELU(0.5), Identity(), Sigmoid(), ReLU()]
    figure = plots.plotActivations(activations)
    assert [axes.get_title() for axes in figure.axes] == ["Tanh", "ELU(alpha=0.5)", "Identity", "Sigmoid", "ReLU"]
    for axes, activation in zip(figure.axes, activations, strict=True):
        curves = {line.get_label(): line for line in axes.lines}
        x = curves["function"].get_xdata()
        np.testing.assert_array_equal(curves["function"].get_ydata(), activation.apply(x))
        np.testing.assert_array_equal(curves["derivative"].get_ydata(), activation.derivative(x))
        assert not same_color(curves["function"].get_color(), curves["derivative"].get_color())
        assert axes.get_legend() is None
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["function", "derivative"]


def test_activations_may_come_one_by_one():
    assert len(plots.plotActivations(kind() for kind in (ReLU, Tanh)).axes) == 2
    assert len(plots.plotActivations(ReLU()).axes) == 1


@pytest.mark.parametrize("bad", [[], [ReLU], ReLU, [ReLU(), "Tanh"], None])
def test_what_is_no_activation(bad):
    with pytest.raises(TypeError, match="activations to be activations .instances. such as .ReLU.., ELU..., got"):
        plots.plotActivations(bad)


# plotNetwork ---------------------------------------------------------------------------------------------------------


def columns(figure):
    """The nodes drawn, by column, and the number of ellipses."""
    nodes, ellipses = [], 0
    for points in figure.findobj(PathCollection):
        dots = len(points.get_offsets()) == 3 and points.get_sizes()[0] < 40
        ellipses += dots
        if not dots:
            nodes.append(np.asarray(points.get_offsets()))
    return nodes, ellipses


def wires(figure):
    return [collection.get_segments() for collection in figure.findobj(LineCollection) if collection.get_segments()]


def test_the_lectures_network_is_drawn_with_ellipses():
    network = lecture()
    network.freeze(0)
    figure = plots.plotNetwork(network)
    nodes, ellipses = columns(figure)
    assert [len(column) for column in nodes] == [12, 12, 12, 10]
    assert ellipses == 3
    assert [len(segments) for segments in wires(figure)] == [144, 144, 120]
    written = words(figure)
    assert [word for word in written if word.isdigit()] == ["784", "100", "50", "10"]
    assert [word for word in written if word in ("ReLU", "Sigmoid")] == ["ReLU", "ReLU", "Sigmoid"]
    assert written.count("Dense") == 3
    assert [word for word in written if word.endswith(" parameters")] == [
        "MLP, 84,060 parameters",
        "78,500 parameters",
        "5,050 parameters",
        "510 parameters",
    ]


def test_every_node_of_a_small_network_is_connected():
    figure = plots.plotNetwork(MLP([Dense(2, 3, Tanh()), Dense(3, 1, LeakyReLU(0.125))]))
    nodes, ellipses = columns(figure)
    assert [len(column) for column in nodes] == [2, 3, 1]
    assert ellipses == 0
    for left, right, segments in zip(nodes, nodes[1:], wires(figure), strict=False):
        expected = {(*a, *b) for a in left.tolist() for b in right.tolist()}
        assert {(*a, *b) for a, b in np.asarray(segments).tolist()} == expected
        assert left[0, 0] < right[0, 0]
    assert len({column[:, 1].mean().round(9) for column in nodes}) == 1
    below = max(collection.get_zorder() for collection in figure.findobj(LineCollection))
    assert below < min(collection.get_zorder() for collection in figure.findobj(PathCollection))
    assert "LeakyReLU(epsilon=0.125)" in words(figure)


@pytest.mark.parametrize(("size", "drawn", "ellipsis"), [(1, 1, 0), (12, 12, 0), (13, 12, 1), (100, 12, 1)])
def test_at_most_twelve_nodes_are_drawn(size, drawn, ellipsis):
    nodes, ellipses = columns(plots.plotNetwork(MLP([Dense(size, 1)])))
    assert (len(nodes[0]), ellipses) == (drawn, ellipsis)
    gaps = np.diff(nodes[0][::-1, 1])
    assert np.count_nonzero(gaps > 1.5 * gaps.min(initial=np.inf)) == ellipsis


def test_frozen_layers_are_marked():
    network = MLP([Dense(2, 3), Dense(3, 4), Dense(4, 1)])
    assert "frozen" not in words(plots.plotNetwork(network))
    network.freeze(1)
    figure = plots.plotNetwork(network)
    assert words(figure).count("frozen") == 1
    (mark,) = [text for text in figure.findobj(Text) if text.get_text() == "frozen"]
    (size,) = [text for text in figure.findobj(Text) if text.get_text() == "4"]
    assert mark.get_position()[0] == size.get_position()[0]
    dashed = [
        group.get_linestyle()[0][1] is not None for group in figure.findobj(LineCollection) if group.get_segments()
    ]
    assert dashed == [False, True, False]


def test_what_is_no_network():
    for wrong in (Dense(2, 3), MLP, Chain, "network"):
        with pytest.raises(TypeError, match="plotNetwork: expected model to be a model such as an MLP, or a Chain"):
            plots.plotNetwork(wrong)
    with pytest.raises(ValueError, match="a model with layers, got MLP without layers; add some"):
        plots.plotNetwork(MLP())
    with pytest.raises(ValueError, match="expected an input of shape .2, N., samples as columns, got .3, N."):
        plots.plotNetwork(MLP([Dense(2, 3)]), inputShape=(3,))


def below(figure, column):
    """What is written below a column, from top to bottom; the columns are counted from the left."""
    texts = [text for text in figure.findobj(Text) if text.get_text() and not text.get_text().startswith("MLP,")]
    left = sorted({round(text.get_position()[0], 6) for text in texts})[column]
    inside = [text for text in texts if round(text.get_position()[0], 6) == left]
    return [text.get_text() for text in sorted(inside, key=lambda text: -text.get_position()[1])]


def test_layers_without_parameters_and_shapes_of_any_rank():
    images = [Flatten(), Dropout(0.5), Dense(12, 3, ReLU()), Reshape((1, 3, 1)), BatchNormalization(1)]
    figure = plots.plotNetwork(MLP(images), (1, 4, 3))
    expected = [["1×4×3", "input"], ["12", "Flatten"], ["12", "Dropout"], ["3", "Dense", "ReLU", "39 parameters"]]
    expected += [["1×3×1", "Reshape"], ["1×3×1", "BatchNormalization", "2 parameters"]]
    assert [below(figure, column) for column in range(6)] == expected
    nodes, ellipses = columns(figure)
    assert [len(column) for column in nodes] == [12, 12, 12, 3, 3, 3]
    assert ellipses == 0
    assert [len(segments) for segments in wires(figure)] == [12, 12, 36, 3, 3]
    for (a, b), left, right in zip(wires(figure)[0], nodes[0], nodes[1], strict=True):
        np.testing.assert_array_equal([a, b], [left, right])


def test_where_the_shape_may_be_any_the_picture_says_so():
    figure = plots.plotNetwork(MLP([Flatten(), Dense(4, 2)]))
    assert [below(figure, column)[0] for column in range(3)] == ["any", "any", "2"]
    nodes, ellipses = columns(figure)
    assert [len(column) for column in nodes] == [12, 12, 2]
    assert ellipses == 2
    assert [len(segments) for segments in wires(figure)] == [12, 24]


def test_a_residual_layer_is_drawn_as_one_and_its_chain_by_itself():
    block = Residual([Dense(3, 4, ReLU()), Dense(4, 3)])
    network = MLP([Dense(2, 3), block, Dense(3, 1)])
    network.freeze(1)
    figure = plots.plotNetwork(network)
    assert below(figure, 2) == ["3", "Residual", "2 layers", "31 parameters", "frozen"]
    assert [len(segments) for segments in wires(figure)] == [6, 9, 3]
    inside = plots.plotNetwork(block.chain)
    assert "Chain, 31 parameters" in words(inside)
    assert [len(column) for column in columns(inside)[0]] == [3, 4, 3]


def test_the_parts_of_a_model_are_drawn_one_after_the_other():
    encoder, decoder = MLP([Dense(6, 4, Tanh()), Dense(4, 2)]), MLP([Dense(2, 6, Sigmoid())])
    figure = plots.plotNetwork(Autoencoder(encoder, decoder))
    assert [len(column) for column in columns(figure)[0]] == [6, 4, 2, 6]
    assert f"Autoencoder, {28 + 10 + 18} parameters" in words(figure)
    small = [Dense(2, 6), Dense(6, 1, Sigmoid())]
    gan = GAN(MLP(small[:1]), MLP(small[1:]))
    assert [len(column) for column in columns(plots.plotNetwork(gan))[0]] == [2, 6, 1]


@pytest.mark.parametrize("known", [True, False])
def test_a_network_that_branches_is_not_drawn(known):
    fork = [Copy(), Parallel([Dense(4, 2), Dense(4, 3)]), Concatenate()]
    network = MLP([Dense(1, 4), *fork]) if known else MLP(fork)
    place = r"layers.1. .Copy" if known else r"layers.1. .Parallel"
    with pytest.raises(
        ValueError, match=f"a network without branches, but it branches at {place}.*; draw the branches"
    ):
        plots.plotNetwork(network)


def test_whatever_has_networks_can_be_drawn():
    class Pair:
        name = "Pair"

        def networks(self):
            return {"one": Chain([Dense(2, 3)]), "other": Chain([Dense(3, 1)])}

        def numParameters(self):
            return 13

    figure = plots.plotNetwork(Pair())
    assert [len(column) for column in columns(figure)[0]] == [2, 3, 1]
    assert "Pair, 13 parameters" in words(figure)


# plotImages ----------------------------------------------------------------------------------------------------------


def test_images_stand_in_reading_order_on_one_scale():
    figure = plots.plotImages(PICTURES, (4, 3), columns=4)
    np.testing.assert_array_equal(arrays(figure), PICTURES.T.reshape(6, 4, 3))
    extents = np.array([image.get_extent() for image in figure.axes[0].images])
    left, top = extents[:, 0], extents[:, 3]
    assert len(set(left.round(9))) == 4
    assert len(set(top.round(9))) == 2
    assert np.array_equal(np.lexsort((left, -top)), np.arange(6))
    np.testing.assert_allclose((extents[:, 3] - extents[:, 2]) / (extents[:, 1] - extents[:, 0]), 4 / 3)
    assert {image.get_clim() for image in figure.axes[0].images} == {(PICTURES.min(), PICTURES.max())}
    assert all(image.origin == "upper" for image in figure.axes[0].images)


def test_white_images_have_edges():
    (axes,) = plots.plotImages([[0, 1], [0, 1]], (2, 1)).axes
    image, (edges,) = axes.images[1], axes.collections
    left, right, bottom, top = image.get_extent()
    corners = edges.get_paths()[1].vertices
    assert sorted({tuple(corner) for corner in corners.round(6)}) == sorted(
        (round(x, 6), round(y, 6)) for x in (left, right) for y in (bottom, top)
    )
    assert edges.get_edgecolor()[0][:3].max() < 0.8


def test_the_whole_sheet_is_seen():
    figure = plots.plotImages(PICTURES, (4, 3), columns=2)
    width, height = figure.get_size_inches()
    assert figure.axes[0].get_position().bounds == (0, 0, 1, 1)
    np.testing.assert_allclose(figure.axes[0].axis(), (0, width, 0, height))
    for left, right, bottom, top in (image.get_extent() for image in figure.axes[0].images):
        assert 0 < left < right < width
        assert 0 < bottom < top < height


def test_a_heading_stands_above_all_images():
    axes = plots.plotImages(
        PICTURES, (4, 3), columns=2, heading="Fifty samples\nof a long story, which needs room"
    ).axes[0]
    (heading,) = [text for text in axes.texts if text.get_text()]
    (box,) = boxes(axes.figure, [heading])
    assert not any(box.overlaps(image.get_window_extent()) for image in axes.images)
    assert box.x0 >= 0


def test_images_may_have_more_axes():
    figure = plots.plotImages(PICTURES.reshape(1, 4, 3, 6), (4, 3))
    np.testing.assert_array_equal(arrays(figure), PICTURES.T.reshape(6, 4, 3))


def test_titles_stand_above_their_images():
    figure = plots.plotImages(PICTURES, (4, 3), 3, titles=range(6))
    texts = [text for text in figure.axes[0].texts if text.get_text()]
    assert [text.get_text() for text in texts] == list("012345")
    for text, image in zip(texts, figure.axes[0].images, strict=True):
        left, right, _, top = image.get_extent()
        assert text.get_position()[0] == pytest.approx((left + right) / 2)
        assert 0 < text.get_position()[1] - top < 0.1
        assert not text.get_parse_math()


@pytest.mark.parametrize("title", ["one", "one\ntwo"])
def test_titles_do_not_reach_into_the_images(title):
    figure = plots.plotImages(PICTURES, (4, 3), 3, titles=[title] * 6)
    for box in boxes(figure, figure.axes[0].texts):
        assert not any(box.overlaps(image.get_window_extent()) for image in figure.axes[0].images)


def test_a_short_row_makes_a_narrow_sheet():
    assert plots.plotImages(PICTURES[:, :2], (4, 3), 10).get_figwidth() < 4


@pytest.mark.parametrize(
    ("inputs", "imageShape", "options", "message"),
    [
        (PICTURES, (12,), {}, "imageShape to be (height, width), got (12,)"),
        (PICTURES, None, {}, "imageShape to be (height, width), got None"),
        (PICTURES, (4, 3.0), {}, "each side in imageShape to be a whole number of at least 1, got 3.0"),
        (PICTURES, (-4, -3), {}, "to be a whole number of at least 1, got -4"),
        (PICTURES, (5, 3), {}, "inputs to be columns (15, N) for imageShape (5, 3), got (12, 6)"),
        (PICTURES.T, (4, 3), {}, "got (6, 12); transpose it"),
        (PICTURES[:, 0], (4, 3), {}, "inputs to be columns (12, N) for imageShape (4, 3), got (12,)"),
        (PICTURES[:, :0], (4, 3), {}, "inputs to be an array with one number or more, got (12, 0)"),
        (PICTURES * np.inf, (4, 3), {}, "inputs to be finite"),
        (PICTURES, (4, 3), {"columns": 0}, "columns to be a whole number of at least 1, got 0"),
        (PICTURES, (4, 3), {"columns": True}, "columns to be a whole number of at least 1, got True"),
        (PICTURES, (4, 3), {"titles": ["a"]}, "titles to be a title for each of 6 images, got 1"),
        (np.zeros((1, 401)), (1, 1), {}, "at most 400 images, got 401; choose some, such as inputs[..., :100]"),
    ],
)
def test_what_makes_no_images(inputs, imageShape, options, message):
    with pytest.raises((TypeError, ValueError), match=re.escape("plotImages: expected ") + ".*" + re.escape(message)):
        plots.plotImages(inputs, imageShape, **options)


@pytest.mark.parametrize("imageShape", [None, (4, 3), (1, 4, 3)])
def test_images_say_their_shape_themselves(imageShape):
    figure = plots.plotImages(PICTURES.reshape(1, 4, 3, 6), imageShape)
    np.testing.assert_array_equal(arrays(figure), PICTURES.T.reshape(6, 4, 3))


@pytest.mark.parametrize("flat", [True, False])
def test_three_channels_are_colours_on_one_scale(flat):
    images = np.random.default_rng(1).normal(size=(3, 2, 4, 5))
    figure = plots.plotImages(images.reshape(24, 5), (3, 2, 4)) if flat else plots.plotImages(images)
    scaled = (images - images.min()) / (images.max() - images.min())
    np.testing.assert_allclose(arrays(figure), scaled.transpose(3, 1, 2, 0))


@pytest.mark.parametrize(
    ("shape", "imageShape", "message"),
    [
        ((2, 4, 3, 5), None, "images of one channel or, in colour, of three, got (2, 4, 3, 5); choose channels of it"),
        ((1, 4, 3, 5), (3, 4), "columns (12, N) for imageShape (3, 4), got (1, 4, 3, 5)"),
        ((3, 4, 3, 5), (1, 4, 3), "columns (12, N) for imageShape (1, 4, 3), got (3, 4, 3, 5)"),
        ((12, 5), None, "imageShape to be (height, width), got None; inputs of shape (12, 5) does not say it"),
        ((4, 3, 2, 3, 1), None, "imageShape to be (height, width), got None"),
    ],
)
def test_what_has_no_images_in_it(shape, imageShape, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        plots.plotImages(np.zeros(shape), imageShape)


@pytest.mark.parametrize("label", [[[1, 0, 1], [1, 1, 0]], [[0, 0, 1], [0, 1, 0]]], ids=["several", "none"])
def test_labels_that_are_no_classes_are_no_confusion(label):
    words = re.escape("label to be columns (classes, N) with one class each, got '1 with several or none'; draw each")
    with pytest.raises(ValueError, match=words):
        plots.plotConfusionMatrix(label, [[0.2, 0.3, 0.5], [0.1, 0.6, 0.4]])
