"""The pictures of autoencoders, PCA, VAE and GAN: rows and sheets of images, components, points of the plane, films."""

import re

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.quiver import Quiver
from PIL import Image

from layers import Dense
from nn import plots

RNG = np.random.default_rng(0)
PICTURES = RNG.random((12, 6))  # six images of 4 × 3
POINTS = RNG.normal(size=(2, 60))
MANY = np.arange(6000) % 10


def arrays(figure):
    return [np.asarray(image.get_array()) for image in figure.axes[0].images]


def clouds(axes):
    return [np.asarray(dots.get_offsets()).T for dots in axes.findobj(PathCollection)]


def columns(points):
    """The points as a set."""
    return {tuple(column) for column in np.asarray(points).T}


def refused(function, *arguments, message, error=ValueError, **options):
    with pytest.raises(error, match=re.escape(message)):
        function(*arguments, **options)


# plotRows ------------------------------------------------------------------------------------------------------------


def test_rows_stand_under_one_another_with_their_names():
    rows = {"original": PICTURES, "$r$": PICTURES - 0.5}
    figure = plots.plotRows(rows, (4, 3), heading="What came of it")
    axes = figure.axes[0]
    np.testing.assert_array_equal(arrays(figure), np.concatenate([row.T.reshape(6, 4, 3) for row in rows.values()]))
    extents = np.array([image.get_extent() for image in axes.images]).reshape(2, 6, 4)
    assert len(set(extents[0, :, 2])) == len(set(extents[1, :, 2])) == 1
    assert extents[0, 0, 2] > extents[1, 0, 3]
    np.testing.assert_array_equal(extents[0, :, :2], extents[1, :, :2])
    labels = {text.get_text(): text for text in axes.texts}
    assert "What came of it" in labels
    for label, extent in zip(rows, extents[:, 0], strict=True):
        x, y = labels[label].get_position()
        assert x < extent[0]
        assert extent[2] < y < extent[3]
        assert not labels[label].get_parse_math()


def test_columns_have_titles_and_rows_stand_in_groups():
    groups = {"pixels": {"a": PICTURES, "b": 1 - PICTURES}, "codes": {"a": PICTURES / 2}}
    axes = plots.plotRows(groups, (4, 3), limits=(0, 1), titles=[f"α = {i}" for i in range(6)]).axes[0]
    assert len(axes.images) == 18
    np.testing.assert_array_equal(axes.images[6].get_array(), 1 - PICTURES[:, 0].reshape(4, 3))
    texts = {text.get_text(): text.get_position() for text in axes.texts if text.get_text()}
    assert sorted(texts) == sorted(["pixels", "codes", "a", "b", *[f"α = {i}" for i in range(6)]])
    tops = [axes.images[place].get_extent()[3] for place in (0, 6, 12)]
    bottoms = [axes.images[place].get_extent()[2] for place in (0, 6, 12)]
    assert texts["pixels"][1] > texts["α = 0"][1] > tops[0]
    assert tops[2] < texts["codes"][1] < bottoms[1]
    assert bottoms[1] - tops[2] > bottoms[0] - tops[1] + 0.3
    for place in range(6):
        left, right, _, _ = axes.images[place].get_extent()
        assert left < texts[f"α = {place}"][0] < right


def test_a_row_beside_a_group_is_refused():
    mixed = {"a": PICTURES, "b": {"c": PICTURES}}
    refused(
        plots.plotRows, mixed, (4, 3), error=TypeError, message="rows to be either rows or groups of rows, got 'both'"
    )
    refused(plots.plotRows, {"b": {"c": "x"}}, (4, 3), error=TypeError, message="rows['b']['c'] to be real numbers")
    refused(plots.plotRows, {"b": {}}, (4, 3), message="rows['b'] to be a dict with one entry or more")
    refused(plots.plotRows, {"a": PICTURES}, (4, 3), titles=["0"], message="a title for each of 6 columns, got 1")


def test_rows_have_one_scale_of_greys():
    rows = {"a": PICTURES, "b": 3 * PICTURES - 1}
    smallest, largest = rows["b"].min(), rows["b"].max()
    assert {image.get_clim() for image in plots.plotRows(rows, (4, 3)).axes[0].images} == {(smallest, largest)}
    assert {image.get_clim() for image in plots.plotRows(rows, (4, 3), limits=(0, 1)).axes[0].images} == {(0, 1)}


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        ({}, {}, "rows to be a dict with one entry or more, got {}"),
        (
            {"a": PICTURES, "b": PICTURES[:, :2]},
            {},
            "rows to be as many images of one kind in each, got [(6, 4, 3), (2, 4, 3)]",
        ),
        ({"a": PICTURES.T}, {}, "rows['a'] to be columns (12, N) for imageShape (4, 3), got (6, 12); transpose it"),
        ({"a": PICTURES * np.nan}, {}, "rows['a'] to be finite"),
        ({"a": PICTURES, "b": "noise"}, {}, "rows['b'] to be real numbers, got dtype('<U5')"),
        ({"a": np.zeros((12, 401))}, {}, "at most 400 images, got 401; choose some, such as rows['a'][..., :100]"),
        (dict.fromkeys("abc", np.zeros((12, 200))), {}, "rows to be at most 400 images in all, got 600; choose fewer"),
        (
            {"a": PICTURES},
            {"limits": (1, 0)},
            "limits to be two finite numbers (low, high), low < high also when rounded to float64, got (1, 0)",
        ),
        (
            {"a": PICTURES},
            {"limits": (0, np.nan)},
            "limits to be two finite numbers (low, high), low < high also when rounded to float64, got (0, nan)",
        ),
    ],
)
def test_what_makes_no_rows(rows, options, message):
    refused(plots.plotRows, rows, (4, 3), **options, error=(TypeError, ValueError), message=message)


def test_rows_without_names():
    refused(plots.plotRows, [PICTURES], (4, 3), error=TypeError, message="rows to be a dict from names to images")


def test_rows_of_images_with_channels():
    grey, colour = PICTURES.reshape(1, 4, 3, 6), np.random.default_rng(1).random((3, 4, 3, 6))
    figure = plots.plotRows({"a": grey, "b": PICTURES}, (4, 3))
    np.testing.assert_array_equal(arrays(figure), np.tile(PICTURES.T.reshape(6, 4, 3), (2, 1, 1)))
    cut = plots.plotRows({"a": colour, "b": 1 - colour}, limits=(0, 0.5))
    expected = np.clip(2 * np.concatenate([colour, 1 - colour], axis=-1), 0, 1).transpose(3, 1, 2, 0)
    np.testing.assert_allclose(arrays(cut), expected)
    refused(plots.plotRows, {"a": grey, "b": colour}, message="as many images of one kind in each, got")


# planeCodes, plotManifold --------------------------------------------------------------------------------------------


def test_codes_of_a_plane_are_in_the_order_of_reading():
    codes = plots.planeCodes(3, -1, 2)
    assert codes.shape == (2, 9)
    np.testing.assert_array_equal(codes[0].reshape(3, 3), [[-1, 0.5, 2]] * 3)
    np.testing.assert_array_equal(codes[1].reshape(3, 3), np.transpose([[2, 0.5, -1]] * 3))


@pytest.mark.parametrize(("side", "low", "high"), [(2, -3, 3), (5, 0, 0.5)])
def test_an_image_stands_at_its_code_without_gaps(side, low, high):
    codes = plots.planeCodes(side, low, high)
    decoded = np.stack([codes[0], codes[1], codes.sum(axis=0), codes[0], codes[1], codes[0] * 0], axis=0)  # 2 × 3
    figure = plots.plotManifold(decoded, (2, 3), low, high)
    (axes,) = figure.axes
    (picture,) = arrays(figure)
    assert picture.shape == (2 * side, 3 * side)
    left, right, bottom, top = axes.images[0].get_extent()
    for image, (x, y) in zip(decoded.T, codes.T, strict=True):
        column = round((x - left) / (right - left) * side - 0.5)
        row = round((top - y) / (top - bottom) * side - 0.5)
        middle = left + (column + 0.5) * (right - left) / side, top - (row + 0.5) * (top - bottom) / side
        np.testing.assert_allclose(middle, (x, y), atol=1e-12)
        np.testing.assert_array_equal(picture[2 * row : 2 * row + 2, 3 * column : 3 * column + 3].ravel(), image)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("z₁", "z₂")
    figure.draw_without_rendering()
    box = axes.get_window_extent()
    assert box.height / box.width == pytest.approx(2 / 3, rel=0.01)


def test_a_manifold_in_colour():
    images = np.random.default_rng(0).random((3, 2, 5, 9))
    (picture,) = arrays(plots.plotManifold(images))
    scaled = (images - images.min()) / (images.max() - images.min())
    for place in range(9):
        row, column = divmod(place, 3)
        shown = picture[2 * row : 2 * row + 2, 5 * column : 5 * column + 5]
        np.testing.assert_allclose(shown, scaled[..., place].transpose(1, 2, 0))


def test_what_makes_no_manifold():
    refused(
        plots.plotManifold,
        PICTURES,
        (4, 3),
        message="inputs to be side x side images of a square of codes, as from planeCodes, got 6",
    )
    refused(plots.plotManifold, PICTURES[:, :1], (4, 3), message="from planeCodes, got 1")
    refused(plots.plotManifold, PICTURES[:, :4], (4, 3), 3, -3, message="(low, high) to be two finite numbers")
    refused(plots.plotManifold, PICTURES[:, :4], (4, 3), "a", message="(low, high) to be two finite numbers")
    refused(plots.plotManifold, PICTURES, (4, 4), message="inputs to be columns (16, N)")
    refused(plots.plotManifold, np.zeros((1, 2601)), (1, 1), message="at most 2,500 images, got 2601")
    refused(plots.planeCodes, 1, message="planeCodes: expected side to be a whole number of at least 2, got 1")
    refused(plots.planeCodes, 2.5, error=TypeError, message="side to be a whole number of at least 2, got 2.5")
    refused(plots.planeCodes, 3, 1, 1, message="(low, high) to be two finite numbers")


# plotComponents, plotSpectrum ----------------------------------------------------------------------------------------


def test_components_are_columns_as_images_in_their_order():
    components = PICTURES - 0.3
    figure = plots.plotComponents(components, (4, 3), count=4)
    np.testing.assert_array_equal(arrays(figure), components.T[:4].reshape(4, 4, 3))
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert "First 4 of 6 components" in texts
    assert [text for text in texts if text.isdigit()] == ["1", "2", "3", "4"]
    limit = np.abs(components[:, :4]).max()
    for image in figure.axes[0].images:
        assert image.get_clim() == (-limit, limit)
        assert min(image.cmap(image.norm(0.0))[:3]) > 0.95
    titled = plots.plotComponents(components, (4, 3), titles=list("abcdef"))
    assert [text.get_text() for text in titled.axes[0].texts if text.get_text()] == ["6 components", *"abcdef"]


def test_components_and_weights_look_alike():
    layer = Dense(12, 6)
    weights = plots.plotWeights(layer, (4, 3)).axes[0].images
    components = plots.plotComponents(layer.weight.T, (4, 3)).axes[0].images
    assert {image.get_clim() for image in weights} == {image.get_clim() for image in components}
    assert {image.cmap.name for image in weights} == {image.cmap.name for image in components}


def test_what_makes_no_components():
    refused(plots.plotComponents, PICTURES.T, (4, 3), message="components to be columns (12, N) for imageShape (4, 3)")
    refused(plots.plotComponents, PICTURES, (4, 3), 0, message="count to be a whole number of at least 1, got 0")
    refused(
        plots.plotComponents, PICTURES, (4, 3), 2, ["a"], message="titles to be a title for each of 2 images, got 1"
    )
    refused(plots.plotComponents, PICTURES + np.inf, (4, 3), message="components to be finite")
    refused(plots.plotComponents, np.zeros((3, 4, 3, 2)), message="components to be images of one channel, got (3, 4,")


@pytest.mark.parametrize(("total", "whole"), [(None, 8), (10, 10)])
def test_the_spectrum_and_its_sum_are_shares_of_the_whole(total, whole):
    each, sums = plots.plotSpectrum([5, 2, 1], total).axes
    np.testing.assert_allclose(each.lines[0].get_ydata(), np.array([5, 2, 1]) / whole)
    np.testing.assert_array_equal(each.lines[0].get_xdata(), [1, 2, 3])
    assert (each.get_yscale(), sums.get_yscale()) == ("log", "linear")
    assert each.lines[0].get_marker() == "o"
    np.testing.assert_array_equal(sums.lines[0].get_xdata(), [1, 2, 3])
    np.testing.assert_allclose(sums.lines[0].get_ydata(), np.array([5, 7, 8]) / whole)
    assert sums.get_ylim() == (0, 1)
    assert each.yaxis.get_major_formatter()(0.25, 0) == "25%"


def test_many_components_are_a_line():
    variance = 0.9 ** np.arange(200)
    each, sums = plots.plotSpectrum(variance).axes
    assert each.lines[0].get_marker() == "None"
    np.testing.assert_allclose(each.lines[0].get_ydata(), variance / variance.sum())
    assert len(sums.lines[0].get_xdata()) == 200


def test_the_spectrum_says_how_many_are_enough():
    def keys(*arguments):
        legend = plots.plotSpectrum(*arguments).axes[1].get_legend()
        return [text.get_text() for text in legend.get_texts()] if legend else []

    assert keys([80, 15, 4.5, 0.5]) == ["90% by the first 2", "99% by the first 3"]
    assert keys([80, 15], 100) == ["90% by the first 2"]
    assert keys([80], 100) == []


@pytest.mark.parametrize(
    ("variance", "total", "message"),
    [
        (np.eye(2), None, "numbers (components,) from 0 upwards, not all of them 0, got (2, 2)"),
        ([2, -1], None, "its values lie from -1 to 2"),
        ([0, 0], None, "not all of them 0"),
        ([], None, "explainedVariance to be an array with one number or more, got (0,)"),
        ([1, np.nan], None, "explainedVariance to be finite"),
        ([2, 1], 2.5, "total to be the sum of explainedVariance, 3, or more, got 2.5"),
        ([2, 1], "all", "total to be a finite number, got 'all'"),
    ],
)
def test_what_makes_no_spectrum(variance, total, message):
    refused(plots.plotSpectrum, variance, total, error=(TypeError, ValueError), message=message)


def test_variances_below_zero_by_rounding_are_forgiven():
    plots.plotSpectrum([1, 0.5, -1e-9])


def test_shares_below_a_millionth_lie_beyond_the_axis():
    each, _ = plots.plotSpectrum([1, 0.5, 1e-9, 0]).axes
    assert each.get_ylim() == (pytest.approx(1e-6 / 1.5), 1)
    each, _ = plots.plotSpectrum([1, 0.5, 0.01, 0]).axes
    assert each.get_ylim() == (pytest.approx(0.005 / 1.51), 1)


# plotCodes -----------------------------------------------------------------------------------------------------------


def colours(figure):
    """The colour of each class in the legend."""
    keys = figure.legends[0]
    return {
        text.get_text(): to_hex(key.get_color())
        for text, key in zip(keys.get_texts(), keys.legend_handles, strict=True)
    }


@pytest.mark.parametrize("label", [np.arange(60) % 10, np.eye(10)[:, np.arange(60) % 10], np.arange(60)[None] % 10.0])
def test_codes_have_the_colours_of_their_classes(label):
    names = [f"$ {i}" for i in range(10)]
    figure = plots.plotCodes(POINTS, label, names)
    (dots,) = figure.axes[0].findobj(PathCollection)
    assert list(colours(figure)) == names
    assert len(set(colours(figure).values())) == 10
    expected = {(*POINTS[:, i], colours(figure)[names[i % 10]]) for i in range(60)}
    drawn = zip(dots.get_offsets(), dots.get_facecolors(), strict=True)
    assert {(*map(float, place), to_hex(colour[:3])) for place, colour in drawn} == expected
    figure.draw_without_rendering()
    axes = figure.axes[0]
    across, up = np.diff(axes.transData.transform([(0, 0), (1, 1)]), axis=0)[0]
    assert across == pytest.approx(up, rel=0.01)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("z₁", "z₂")


def test_several_codes_have_a_panel_each_and_one_legend():
    codes = {"PCA": POINTS, "VAE": 5 * POINTS[:, :30]}
    figure = plots.plotCodes(codes, {"VAE": np.arange(30) % 3, "PCA": np.arange(60) % 2})
    assert [axes.get_title() for axes in figure.axes] == ["PCA", "VAE"]
    for axes, cloud in zip(figure.axes, codes.values(), strict=True):
        assert columns(clouds(axes)[0]) == columns(cloud)
    assert list(colours(figure)) == ["0", "1", "2"]
    assert len(plots.plotCodes({"a": POINTS, "b": -POINTS}, np.arange(60) % 2).legends) == 1


def test_at_most_5000_codes_are_drawn_the_same_each_time():
    codes = np.random.default_rng(1).normal(size=(2, 6000))
    first, again = (clouds(plots.plotCodes(codes, MANY).axes[0])[0] for _ in range(2))
    assert first.shape == (2, 5000)
    np.testing.assert_array_equal(first, again)
    assert columns(first) < columns(codes)


@pytest.mark.parametrize("count", [3, 7, 10, 15])
def test_classes_are_told_apart(count):
    found = colours(plots.plotCodes(POINTS, np.arange(60) % count))
    assert len(set(found.values())) == count


@pytest.mark.parametrize(
    ("codes", "label", "names", "message"),
    [
        (POINTS.T, MANY[:60], None, "codes to be columns of shape (2, N), got (60, 2); transpose it"),
        (PICTURES, MANY[:6], None, "codes to be columns of shape (2, N), got (12, 6); choose two rows of it"),
        (POINTS[0], MANY[:60], None, "codes to be columns of shape (2, N), got (60,)"),
        ({"VAE": POINTS * np.nan}, MANY[:60], None, "codes['VAE'] to be finite"),
        ({}, MANY[:60], None, "codes to be a dict with one entry or more"),
        (POINTS, MANY[:59], None, "label to be as many labels as there are codes, 60, got 59"),
        (POINTS, MANY[:60] - 0.5, None, "label to be columns (classes, N) or class numbers"),
        (POINTS, MANY[:60], list("abc"), "classNames to be names of 10 classes, got ['a', 'b', 'c']"),
        ({"a": POINTS}, {"b": MANY[:60]}, None, "label to be a dict with labels of ['a'], got ['b']"),
        ({"a": POINTS}, {"a": MANY[:50]}, None, "label['a'] to be as many labels as there are codes, 60, got 50"),
    ],
)
def test_what_makes_no_codes(codes, label, names, message):
    refused(plots.plotCodes, codes, label, names, message=message)


def test_codes_on_the_same_axes_with_the_prior():
    codes = {"autoencoder": 3 * POINTS + 5, "VAE": POINTS}
    figure = plots.plotCodes(codes, np.arange(60) % 3, sameAxes=True, normal=["VAE"])
    one, other = figure.axes
    assert (one.get_xlim(), one.get_ylim()) == (other.get_xlim(), other.get_ylim())
    for x, y in [*columns(codes["autoencoder"]), *columns(POINTS), (-3, -3), (3, 3)]:
        assert one.get_xlim()[0] < x < one.get_xlim()[1]
        assert one.get_ylim()[0] < y < one.get_ylim()[1]
    assert not one.lines
    radii = [np.hypot(*line.get_data()) for line in other.lines]
    np.testing.assert_allclose(radii, np.array([[1], [2], [3]]) * np.ones(200))
    assert "N(0, I)" in [text.get_text() for text in figure.legends[0].get_texts()][-1]
    apart, together = plots.plotCodes(codes, np.arange(60) % 3).axes
    assert apart.get_xlim() != together.get_xlim()
    refused(
        plots.plotCodes, codes, MANY[:60], normal=["vae"], message="normal to be a list of titles from ['autoencoder',"
    )
    refused(plots.plotCodes, codes, MANY[:60], normal="VAE", message="normal to be a list of titles from")


# plotPoints, plotVectorField -----------------------------------------------------------------------------------------


def test_points_stand_side_by_side_on_the_same_axes():
    points, centres = {"data": POINTS, "generated": 3 * POINTS + 7}, np.array([[-20, 0, 1], [0, 0, 1]])
    figure = plots.plotPoints(points, centres)
    assert [axes.get_title() for axes in figure.axes] == ["data", "generated"]
    (low, high), (bottom, top) = figure.axes[0].get_xlim(), figure.axes[0].get_ylim()
    for axes, cloud in zip(figure.axes, points.values(), strict=True):
        dots, crosses = clouds(axes)
        assert columns(dots) == columns(cloud)
        assert columns(crosses) == columns(centres)
        assert (axes.get_xlim(), axes.get_ylim()) == ((low, high), (bottom, top))
        assert axes.get_aspect() == 1
        for x, y in [*columns(cloud), *columns(centres)]:
            assert low < x < high
            assert bottom < y < top


def test_points_may_be_one_array_of_integers():
    figure = plots.plotPoints(np.array([[0, 1, 255], [0, 3, 4]], np.uint8))
    assert columns(clouds(figure.axes[0])[0]) == {(0, 0), (1, 3), (255, 4)}
    assert clouds(plots.plotPoints(RNG.normal(size=(2, 6000))).axes[0])[0].shape == (2, 5000)


def test_what_makes_no_points():
    refused(
        plots.plotPoints, {"a": POINTS, "b": PICTURES}, message="points['b'] to be columns of shape (2, N), got (12, 6)"
    )
    refused(plots.plotPoints, POINTS, [1, 2], message="centres to be columns of shape (2, N), got (2,)")
    refused(plots.plotPoints, POINTS * np.inf, message="points to be finite")
    refused(plots.plotPoints, None, error=TypeError, message="points to be real numbers, got dtype('O')")


def arrows(figure):
    (quiver,) = figure.findobj(Quiver)
    assert (quiver.angles, quiver.scale_units, quiver.scale) == ("xy", "xy", 1)
    return np.asarray(quiver.get_offsets()).T, np.stack([quiver.U, quiver.V])


def test_arrows_start_at_their_points_and_end_where_they_lead():
    figure = plots.plotVectorField(POINTS, -POINTS, data=[[9, 9], [8, 9]], scale=1)
    starts, lengths = arrows(figure)
    np.testing.assert_array_equal(starts, POINTS)
    np.testing.assert_allclose(starts + lengths, 0, atol=1e-12)
    assert columns(clouds(figure.axes[0])[0]) == {(9, 8), (9, 9)}
    assert figure.axes[0].get_xlim()[1] > 9


def test_long_arrows_are_shortened_all_alike():
    points = plots.planeCodes(11, -1, 1)  # 0.2 from one to the next
    _, short = arrows(plots.plotVectorField(points, 0.1 * points))
    np.testing.assert_allclose(short, 0.1 * points)
    _, long = arrows(plots.plotVectorField(points, 100 * points))
    np.testing.assert_allclose(long / np.abs(long).max(), points / np.abs(points).max(), atol=1e-12)
    assert 0.2 < np.linalg.norm(long, axis=0).max() < 0.5
    _, asked = arrows(plots.plotVectorField(points, 100 * points, scale=0.5))
    np.testing.assert_allclose(asked, 50 * points)


def test_a_field_says_what_its_arrows_are():
    def legend(**options):
        figure = plots.plotVectorField(POINTS, 100 * POINTS, **options)
        return figure.axes[0].get_title(), [text.get_text() for text in figure.legends[0].get_texts()]

    assert legend(scale=1) == ("", ["field (arrows of true length)"])
    words = {"title": "Where it goes", "names": ("r(x) - x", "moons"), "data": POINTS}
    assert legend(scale=0.25, **words) == ("Where it goes", ["r(x) - x (arrows of 0.25 times their length)", "moons"])


def test_what_makes_no_field():
    refused(plots.plotVectorField, POINTS, POINTS, names=("a",), message="names to be two texts, for the arrows and")
    refused(
        plots.plotVectorField, POINTS, POINTS[:, :5], message="field to be an arrow for each of 60 points, got (2, 5)"
    )
    refused(plots.plotVectorField, POINTS, POINTS * np.nan, message="field to be finite")
    refused(plots.plotVectorField, POINTS, POINTS, PICTURES, message="data to be columns of shape (2, N)")
    refused(plots.plotVectorField, POINTS, POINTS, scale=0, message="scale to be a finite number > 0, got 0")
    refused(
        plots.plotVectorField, POINTS, POINTS, scale="long", error=TypeError, message="scale to be a finite number > 0"
    )
    refused(plots.plotVectorField, *[np.zeros((2, 2501))] * 2, message="points to be at most 2,500 points, got 2501")


# saveAnimation, savePointsAnimation ----------------------------------------------------------------------------------


def film(path):
    """The frames of a GIF as greys, their durations in milliseconds, and how often it is repeated."""
    with Image.open(path) as image:
        frames, durations = [], []
        for place in range(image.n_frames):
            image.seek(place)
            durations.append(image.info["duration"])
            frames.append(np.asarray(image.convert("L")).astype(int))
        return frames, durations, image.info["loop"]


def test_a_film_shows_the_images_of_each_frame(tmp_path):
    images = RNG.random((3, 12, 5))
    images[0, 0, 0], images[1, 3, 2] = 0, 1
    plots.saveAnimation(list(images), (4, 3), tmp_path / "film.gif", columns=3, seconds=3)
    frames, durations, loop = film(tmp_path / "film.gif")
    assert durations == [1000, 1000, 3000]
    assert loop == 0
    for frame, columns in zip(frames, images, strict=True):
        factor = frame.shape[1] // (3 * (3 + 2))
        assert frame.shape == (2 * (4 + 2) * factor, 3 * (3 + 2) * factor)
        assert 300 < frame.shape[1] < 1000
        pixels = frame[factor // 2 :: factor, factor // 2 :: factor]
        np.testing.assert_array_equal(frame, pixels.repeat(factor, 0).repeat(factor, 1))
        for place in range(5):
            row, column = divmod(place, 3)
            shown = pixels[6 * row + 1 : 6 * row + 5, 5 * column + 1 : 5 * column + 4]
            np.testing.assert_allclose(shown, 255 * columns[:, place].reshape(4, 3), atol=5)
        assert (pixels[6:, 10:] == 255).all()  # no sixth image
        assert (pixels[0] == 255).all()
    assert [path.name for path in tmp_path.iterdir()] == ["film.gif"]


def test_a_film_in_colour(tmp_path):
    images = np.zeros((3, 2, 2, 2))
    images[0, 0, 0, 0] = images[1, 1, 1, 0] = images[2, :, :, 1] = 1  # a red and a green pixel; all blue
    for titles in (None, ["red and green", "blue"]):
        plots.saveAnimation([images, 1 - images], None, tmp_path / "film.gif", 2, titles)
        with Image.open(tmp_path / "film.gif") as film:
            pixels = np.asarray(film.convert("RGB")).astype(int)
        factor = 640 // 8
        sheet = pixels[-4 * factor :][factor // 2 :: factor, factor // 2 :: factor]
        sheet = sheet[:, (sheet.shape[1] - 8) // 2 :][:, :8]
        np.testing.assert_allclose(sheet[1:3, 1:3], 255 * images[..., 0].transpose(1, 2, 0), atol=5)
        np.testing.assert_allclose(sheet[1:3, 5:7], 255 * images[..., 1].transpose(1, 2, 0), atol=5)


def test_a_film_with_limits_cuts_what_lies_beyond(tmp_path):
    images = np.array([[-5, 0, 0.5, 1], [9, 1, 0, 0.5]]).T
    plots.saveAnimation([images], (2, 2), tmp_path / "film.gif", limits=(0, 1))
    (frame,), _, _ = film(tmp_path / "film.gif")
    factor = frame.shape[1] // 8
    pixels = frame[factor // 2 :: factor, factor // 2 :: factor]
    np.testing.assert_allclose(pixels[1:3, 1:3], [[0, 0], [128, 255]], atol=5)
    np.testing.assert_allclose(pixels[1:3, 5:7], [[255, 255], [0, 128]], atol=5)


def test_a_film_of_points_shows_the_part_of_the_plane_where_the_data_lie(tmp_path):
    """A generator's first samples may lie anywhere."""
    sizes = [(0.01, 1), (0.01, 1000)]
    for name, (small, large) in zip("ab", sizes, strict=True):
        frames = [large * POINTS, small * POINTS]
        plots.savePointsAnimation(frames, tmp_path / f"{name}.gif", data=POINTS)
    last = [film(tmp_path / f"{name}.gif")[0][1] for name in "ab"]
    np.testing.assert_array_equal(*last)


def test_titles_stand_above_the_frames(tmp_path):
    frames = [PICTURES, 1 - PICTURES]
    plots.saveAnimation(frames, (4, 3), tmp_path / "bare.gif")
    plots.saveAnimation(frames, (4, 3), tmp_path / "titled.gif", titles=["epoch 1", ""])
    plots.saveAnimation([PICTURES[:, :1]] * 2, (4, 3), tmp_path / "long.gif", titles=["a", "a long title" * 8])
    (bare, _), (titled, untitled) = film(tmp_path / "bare.gif")[0], film(tmp_path / "titled.gif")[0]
    above = titled.shape[0] - bare.shape[0]
    np.testing.assert_array_equal(titled[above:], bare)
    assert titled[:above].min() < 100
    assert (untitled[:above] == 255).all()
    first, second = film(tmp_path / "long.gif")[0]
    assert first.shape == second.shape
    assert (second[:30, [0, 1, -2, -1]] == 255).all()


def test_a_film_of_nothing_but_one_grey(tmp_path):
    plots.saveAnimation([np.ones((4, 2))], (2, 2), tmp_path / "film.gif")
    frames, durations, _ = film(tmp_path / "film.gif")
    assert len(frames) == len(durations) == 1


def test_a_film_of_points(tmp_path):
    frames = [0.3 * POINTS, POINTS]
    arguments = {"data": 2 * POINTS, "centres": [[0], [0]], "titles": ["epoch 1", "epoch 2"], "seconds": 1}
    plots.savePointsAnimation(frames, tmp_path / "film.gif", **arguments)
    (first, second), durations, loop = film(tmp_path / "film.gif")
    assert durations == [500, 2500]
    assert loop == 0
    assert first.shape == second.shape
    assert first[0, 0] == second[-1, -1] == 255
    assert 0 < np.count_nonzero(first != second) < first.size / 4


def test_a_film_of_many_frames_is_small(tmp_path):
    values = np.linspace(0, 1, 40)
    digits = (np.hypot(*plots.planeCodes(28)) < 2)[:, None] * np.ones(100)
    plots.saveAnimation([value * digits for value in values], (28, 28), tmp_path / "film.gif")
    assert (tmp_path / "film.gif").stat().st_size < 2_000_000


@pytest.mark.parametrize(
    ("frames", "options", "message"),
    [
        ([], {}, "frames to be a list of one array or more, one for each moment, got []"),
        (None, {}, "frames to be a list of arrays, one for each moment, got None"),
        (
            [PICTURES, PICTURES[:, :4]],
            {},
            "frames to be as many images of one kind in each, got [(4, 4, 3), (6, 4, 3)]",
        ),
        (
            [PICTURES, PICTURES.T],
            {},
            "frames[1] to be columns (12, N) for imageShape (4, 3), got (6, 12); transpose it",
        ),
        ([PICTURES * np.nan], {}, "frames[0] to be finite"),
        ([np.zeros((12, 401))], {}, "at most 400 images, got 401; choose some, such as frames[0][..., :100]"),
        ([PICTURES] * 501, {}, "frames to be at most 500 frames, got 501; choose some, such as frames[::10]"),
        ([PICTURES], {"columns": 0}, "columns to be a whole number of at least 1, got 0"),
        ([PICTURES], {"titles": ["a", "b"]}, "titles to be a title for each of 1 frames, got 2"),
        ([PICTURES], {"seconds": 0}, "seconds to be a finite number > 0, got 0"),
        ([PICTURES], {"seconds": "long"}, "seconds to be a finite number > 0, got 'long'"),
    ],
)
def test_what_makes_no_film(tmp_path, frames, options, message):
    path = tmp_path / "film.gif"
    refused(plots.saveAnimation, frames, (4, 3), path, **options, error=(TypeError, ValueError), message=message)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("frames", "options", "message"),
    [
        ([POINTS, PICTURES], {}, "frames[1] to be columns of shape (2, N), got (12, 6)"),
        ([], {}, "frames to be a list of one array or more"),
        ([POINTS], {"data": PICTURES}, "data to be columns of shape (2, N)"),
        ([POINTS], {"centres": [0, 0]}, "centres to be columns of shape (2, N)"),
        ([POINTS], {"titles": []}, "titles to be a title for each of 1 frames, got 0"),
        ([POINTS], {"seconds": -1}, "seconds to be a finite number > 0, got -1"),
    ],
)
def test_what_makes_no_film_of_points(tmp_path, frames, options, message):
    refused(plots.savePointsAnimation, frames, tmp_path / "film.gif", **options, message=message)
    assert not list(tmp_path.iterdir())


def test_where_no_film_can_be(tmp_path):
    refused(
        plots.saveAnimation, [PICTURES], (4, 3), tmp_path / "film.png", message="path to be one that ends in .gif, got"
    )
    refused(plots.savePointsAnimation, [POINTS], tmp_path / "film", message="path to be one that ends in .gif, got")
    missing = tmp_path / "missing" / "film.gif"
    refused(plots.saveAnimation, [PICTURES], (4, 3), missing, error=FileNotFoundError, message="there is no folder")
