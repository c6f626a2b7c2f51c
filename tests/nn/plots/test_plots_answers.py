"""The pictures of what a model answers: decision boundaries, ROC, precision and recall, predicted against true."""

import re

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgb

from activations import Sigmoid, Softmax
from layers import Dense
from nn import MLP, plots

RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(2, 60))


def refused(function, *arguments, message, error=ValueError, **options):
    with pytest.raises(error, match=re.escape(message)):
        function(*arguments, **options)


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


# plotDecisionBoundary ------------------------------------------------------------------------------------------------


def halves(output):
    """A network of the plane that sees class 1 right of x₁ = 0.25."""
    rows = 2 if isinstance(output, Softmax) else 1
    network = MLP([Dense(2, rows, output)])
    network.layers[0].weight = [[-4, 0], [4, 0]][-rows:]
    network.layers[0].bias = [[1], [-1]][-rows:]
    return network


def shades(figure):
    """The colours of the background, as an array (side, side, 3), and where its pixels lie along x₁."""
    (image,) = figure.axes[0].images
    left, right, _, _ = image.get_extent()
    picture = np.asarray(image.get_array())
    return picture, np.linspace(left, right, picture.shape[1])


@pytest.mark.parametrize("output", [Softmax(), Sigmoid()])
def test_the_plane_has_the_colours_of_the_classes(output):
    network, label = halves(output), (POINTS[0] > 0.25).astype(int)
    figure = plots.plotDecisionBoundary(network, POINTS, label, ["left", "right"], side=101)
    (axes,) = figure.axes
    assert axes.get_title() == "Accuracy 100.00% (60 of 60)"
    assert legend(figure) == ["left", "right", "boundary"]
    picture, x = shades(figure)
    inks = [np.array(to_rgb(handle.get_color())) for handle in figure.legends[0].legend_handles[:2]]
    for column, place in ((0, 0), (-1, 1)):
        distances = [np.abs(picture[50, column] - (0.55 + 0.45 * ink)).max() for ink in inks]
        assert np.argmin(distances) == place
        assert min(distances) < 0.02
    unsure = picture[50, np.abs(x - 0.25).argmin()]
    np.testing.assert_allclose(unsure, 0.55 + 0.45 * (inks[0] + inks[1]) / 2, atol=0.03)
    np.testing.assert_array_equal(picture[0], picture[-1])
    edges = [path.vertices for lines in axes.collections for path in lines.get_paths() if len(path.vertices) > 50]
    lines = [edge for edge in edges if np.ptp(edge[:, 1]) > 1 and np.ptp(edge[:, 0]) < 0.01]
    assert lines
    for line in lines:
        np.testing.assert_allclose(line[:, 0], 0.25, atol=0.01)


def test_the_samples_have_the_colours_of_their_true_classes():
    label = np.arange(60) % 2
    network = halves(Softmax())
    figure = plots.plotDecisionBoundary(network, POINTS, label)
    right = np.count_nonzero((POINTS[0] > 0.25) == label)
    assert figure.axes[0].get_title() == f"Accuracy {right / 60:.2%} ({right} of 60)"
    inks = [to_rgb(handle.get_color()) for handle in figure.legends[0].legend_handles[:2]]
    (dots,) = [found for found in figure.axes[0].findobj(PathCollection) if len(found.get_offsets()) == 60]
    drawn = {
        (*map(float, place), tuple(colour[:3]))
        for place, colour in zip(dots.get_offsets(), dots.get_facecolors(), strict=True)
    }
    assert drawn == {(*POINTS[:, i], inks[label[i]]) for i in range(60)}


def test_outputs_that_are_no_probabilities_give_the_largest_the_whole_place():
    class Logits:
        def predict(self, x):
            return np.stack([5 - 10 * x[0], -5 + 10 * x[0], 0 * x[0] - 1])

    figure = plots.plotDecisionBoundary(Logits(), POINTS, (POINTS[0] > 0.5).astype(int), names=("length", "width"))
    picture, _ = shades(figure)
    assert len(np.unique(picture.reshape(-1, 3).round(6), axis=0)) == 2
    assert legend(figure) == ["0", "1", "2", "boundary"]
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == ("length", "width")


def test_what_has_no_boundary():
    network, label = halves(Softmax()), np.arange(60) % 2
    boundary = plots.plotDecisionBoundary
    refused(boundary, MLP, POINTS, label, error=TypeError, message="model to be a trained network, which has predict")
    refused(boundary, 3, POINTS, label, error=TypeError, message="model to be a trained network")
    refused(boundary, network, POINTS.T, label, message="x to be columns of shape (2, N), got (60, 2); transpose it")
    refused(boundary, network, POINTS, label[:59], message="output to be of the samples and classes of label, (59,)")
    refused(boundary, network, POINTS, label, ["a"], message="classNames to be names of 2 classes, got ['a']")
    refused(boundary, network, POINTS, label, names=("a",), message="names to be the names of two features, got ('a',)")
    refused(boundary, network, POINTS, label, side=1, message="side to be a whole number of at least 2, got 1")
    refused(boundary, MLP([Dense(3, 2)]), POINTS, label, message="(3, N)")


# plotROC, plotPrecisionRecall ----------------------------------------------------------------------------------------


def lines(figure):
    """The curves by the names of their classes."""
    return {
        line.get_label().split(":")[0]: line.get_data() for line in figure.axes[0].lines if line.get_linestyle() == "-"
    }


def area(figure):
    return {text.split(":")[0]: float(text.split("area ")[1]) for text in legend(figure) if "area" in text}


def test_a_curve_goes_through_every_threshold():
    figure = plots.plotROC([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], ["bad", "good"])
    ((name, (x, y)),) = lines(figure).items()
    assert name == "good"
    np.testing.assert_allclose(x, [0, 0, 0.5, 0.5, 1])
    np.testing.assert_allclose(y, [0, 0.5, 0.5, 1, 1])
    assert area(figure) == {"good": 0.75}
    assert figure.axes[0].get_title() == "Area below the ROC curve 0.7500"
    figure = plots.plotPrecisionRecall([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    assert area(figure) == {"1": pytest.approx(0.5 + 0.5 * 2 / 3, abs=1e-4)}
    recall, precision = lines(figure)["1"]
    np.testing.assert_allclose(recall, [0, 0.5, 0.5, 1, 1])
    np.testing.assert_allclose(precision, [1, 1, 0.5, 2 / 3, 0.5])
    (guess,) = [line for line in figure.axes[0].lines if line.get_linestyle() == ":"]
    assert set(guess.get_ydata()) == {0.5}


@pytest.mark.parametrize("several", [False, True], ids=["one class each", "several classes each"])
def test_areas_are_those_of_scikit_learn(several):
    metrics = pytest.importorskip("sklearn.metrics")
    numbers = RNG.integers(0, 4, 300)
    truth = RNG.random((4, 300)) < 0.3 if several else np.eye(4)[:, numbers] > 0
    scores = (truth + RNG.normal(size=(4, 300))).round(1)  # many equal ones
    label = truth.astype(float) if several else numbers
    for plot, measure in (
        (plots.plotROC, metrics.roc_auc_score),
        (plots.plotPrecisionRecall, metrics.average_precision_score),
    ):
        figure = plot(label, scores)
        expected = [measure(truth[place], scores[place]) for place in range(4)]
        np.testing.assert_allclose([*area(figure).values()], expected, atol=6e-5)
        assert f"{np.mean(expected):.4f}, mean of 4 classes" in figure.axes[0].get_title()


def test_equal_scores_are_one_threshold():
    figure = plots.plotROC([1, 0, 1, 0], np.ones(4))
    np.testing.assert_array_equal(lines(figure)["1"], [[0, 1], [0, 1]])
    assert area(figure) == {"1": 0.5}
    assert area(plots.plotPrecisionRecall([1, 0, 0, 0], np.ones((1, 4)))) == {"1": 0.25}


def test_a_class_without_samples_has_no_curve_and_is_named():
    for plot in (plots.plotROC, plots.plotPrecisionRecall):
        figure = plot([0, 1, 1], RNG.random((3, 3)), ["a", "b", "c"])
        assert set(lines(figure)) == {"a", "b"}
        assert "c: no samples" in legend(figure)
        assert "mean of 2 classes" in figure.axes[0].get_title()
    assert "1: all samples" in legend(plots.plotROC([1, 1], [0.1, 0.2]))
    assert plots.plotROC([1, 1], [0.1, 0.2]).axes[0].get_title() == "Area below the ROC curve undefined"


@pytest.mark.parametrize("plot", [plots.plotROC, plots.plotPrecisionRecall])
def test_what_has_no_scores(plot):
    name = plot.__name__
    refused(plot, [0, 1], [0.1, np.nan], message=f"{name}: expected scores to be finite numbers")
    refused(
        plot, [0, 1], [0.1, 0.2, 0.3], message="scores to be of the samples and classes of label, (1, 2), got (1, 3)"
    )
    refused(plot, np.eye(3), np.eye(4)[:, :3], message="of the samples and classes of label, (3, 3), got (4, 3)")
    refused(plot, [0, 3], np.eye(3)[:, :2], message="label to be class numbers below 3, as scores say, got 3")
    refused(plot, [0, 2], [0.1, 0.2], message="label to be class numbers below 2, as scores say, got 2")
    refused(
        plot, [[0.3, 1], [0.7, 0]], np.eye(2), message="label to be columns of zeros and ones, got [0.0, 0.3, 0.7, 1.0]"
    )
    refused(
        plot, [0, 1], np.zeros((1, 2, 2)), message="scores to be columns (classes, N), or one score for each sample"
    )
    refused(plot, [0, 1], np.eye(2), ["a"], message="classNames to be names of 2 classes, got ['a']")
    refused(plot, ["a", "b"], [0.1, 0.2], error=TypeError, message="label to be real numbers")


# plotPredictions -----------------------------------------------------------------------------------------------------


def test_predictions_are_drawn_over_the_truth():
    targets = RNG.normal(size=(2, 50))
    predictions = targets + np.array([[0.1], [3.0]])
    figure = plots.plotPredictions(targets, predictions, names=["height in m", "weight in kg"])
    for axes, name, true, predicted in zip(
        figure.axes, ("height in m", "weight in kg"), targets, predictions, strict=True
    ):
        explained = 1 - np.sum((true - predicted) ** 2) / np.sum((true - true.mean()) ** 2)
        assert axes.get_title() == f"{name}: R² {explained:.3f}"
        assert (axes.get_xlabel(), axes.get_ylabel()) == ("true", "predicted")
        (dots,) = axes.findobj(PathCollection)
        assert {tuple(place) for place in dots.get_offsets()} == set(zip(true, predicted, strict=True))
        assert axes.get_xlim() == axes.get_ylim()
        assert axes.get_xlim()[0] < min(true.min(), predicted.min())
        assert axes.get_xlim()[1] > max(true.max(), predicted.max())
        (diagonal,) = axes.lines
        np.testing.assert_array_equal(*diagonal.get_data())
    assert legend(figure) == ["predicted = true"]


def test_one_output_needs_no_rows_and_no_name():
    assert plots.plotPredictions([1, 2, 3], [1, 2, 3]).axes[0].get_title() == "R² 1.000"
    assert plots.plotPredictions([[1, 2, 3]], [[2, 2, 2]]).axes[0].get_title() == "R² 0.000"
    assert plots.plotPredictions([1, 1], [1, 2]).axes[0].get_title() == "R² undefined: equal targets"
    figure = plots.plotPredictions(np.eye(2), np.eye(2))
    assert [axes.get_title() for axes in figure.axes] == ["output 1: R² 1.000", "output 2: R² 1.000"]


def test_what_cannot_be_set_against_the_truth():
    predictions = plots.plotPredictions
    refused(predictions, [1, 2], [1, 2, 3], message="predictions to be of the shape of targets, (1, 2), got (1, 3)")
    refused(predictions, np.zeros((2, 2, 2)), [1], message="targets to be columns (outputs, N), or (N,), got (2, 2, 2)")
    refused(
        predictions, np.eye(13), np.eye(13), message="targets to be at most 12 outputs, got 13; choose rows of both"
    )
    refused(predictions, [1, np.inf], [1, 2], message="targets to be finite")
    refused(predictions, [1, 2], [1, 2], ["a", "b"], message="names to be a name for each of 1 outputs, got 2")
    refused(predictions, ["a"], [1], error=TypeError, message="targets to be real numbers")


# plotEstimates -------------------------------------------------------------------------------------------------------


def test_estimates_are_points_of_the_colour_of_what_is_known():
    x = np.linspace(-1, 1, 21)
    figure = plots.plotEstimates(
        {"square": (x, x**2), "cube": (x, x**3)}, {"cube": ([0, 1], [0.1, 0.9]), "other": ([0], [2])}, "x", "m", "Both"
    )
    (axes,) = figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title()) == ("x", "m", "Both")
    lines = [line for line in axes.lines if len(line.get_xdata())]
    square, cube, estimates, other = lines
    np.testing.assert_array_equal(square.get_ydata(), x**2)
    np.testing.assert_array_equal(cube.get_ydata(), x**3)
    assert (estimates.get_linestyle(), estimates.get_marker()) == ("None", "o")
    np.testing.assert_array_equal(estimates.get_data(), [[0, 1], [0.1, 0.9]])
    assert estimates.get_color() == cube.get_color() != square.get_color() != other.get_color()
    assert legend(figure) == ["square", "cube", "other", "exact", "estimated"]
    assert legend(plots.plotEstimates({"a": (x, x)}, {}, "x", "y")) == ["a", "exact"]
    assert legend(plots.plotEstimates({}, {"a": (x, x)}, "x", "y")) == ["a", "estimated"]


def test_where_a_known_value_is_infinite_the_line_runs_along_the_edge():
    y = np.array([np.inf, np.inf, 0, np.inf, -np.inf])
    figure = plots.plotEstimates({"KL": (np.arange(5), y)}, {}, "x", "nats")
    above, below, finite, alone = figure.axes[0].lines
    np.testing.assert_array_equal(above.get_ydata(), [1, 1, np.nan, 1, np.nan])
    np.testing.assert_array_equal(below.get_ydata(), [np.nan] * 4 + [0])
    for edge in (above, below):
        assert edge.get_transform() == figure.axes[0].get_xaxis_transform()
    np.testing.assert_array_equal(finite.get_ydata(), [np.nan, np.nan, 0, np.nan, np.nan])
    np.testing.assert_array_equal(alone.get_data(), [[2], [0]])  # which a line would not show
    assert [text.get_text() for text in figure.axes[0].texts] == ["∞", "-∞"]


def test_the_axis_of_estimates_may_be_logarithmic_far_from_zero():
    axes = plots.plotEstimates({}, {"a": ([0, 1], [-100, 0.5])}, "x", "y", logarithmicFrom=2).axes[0]
    assert axes.get_yscale() == "symlog"
    places = axes.transData.transform([(0, value) for value in (0, 1, 2, 20, 200, 2000)])[:, 1]
    steps = np.diff(places)
    assert steps[0] == pytest.approx(steps[1])
    assert steps[2] == pytest.approx(steps[3]) == pytest.approx(steps[4])


def test_what_cannot_be_drawn_as_estimates():
    estimates = plots.plotEstimates
    refused(estimates, [1], {}, "x", "y", error=TypeError, message="exact to be a dict")
    refused(estimates, {"a": [1, 2, 3]}, {}, "x", "y", error=TypeError, message="exact['a'] to be a pair (x, y)")
    refused(estimates, {}, {}, "x", "y", message="a dict with one entry or more")
    refused(estimates, {"a": ([1], [1, 2])}, {}, "x", "y", message="exact['a'] to be x and y of shape (points,)")
    refused(estimates, {"a": ([1], [np.nan])}, {}, "x", "y", message="as many each, and no NaN")
    refused(estimates, {}, {"a": ([1], [np.inf])}, "x", "y", message="estimated['a'] to be finite numbers")
    refused(estimates, {"a": ([], [])}, {}, "x", "y", message="exact['a'] to be an array with one number or more")
    refused(
        estimates, {}, {"a": ([1], [1])}, "x", "y", "", 0, message="logarithmicFrom to be a finite number > 0, got 0"
    )
