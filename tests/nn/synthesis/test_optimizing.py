"""Pictures by gradient on the input: that they come to what they should, octaves, jitter, files, Ctrl-C, bad input."""

import os
import signal
from importlib.util import find_spec

import numpy as np
import pytest

from activations import ReLU, Softmax, Tanh
from dataset import Standardization
from layers import AveragePooling2D, Chain, Conv2D, Dense, Flatten
from nn import (
    MLP,
    CheckpointError,
    ClassScore,
    Content,
    DivergenceError,
    Dream,
    History,
    Style,
    Synthesis,
    TotalVariation,
    UnitActivation,
    optimizeInput,
    randomFilters,
)
from nn.synthesis.keeping import Keeping, Moment
from nn.synthesis.making import Making
from nn.synthesis.resizing import resized
from nn.training.checkpoint import Checkpoint
from optimizer import SGD, Adam, Cosine


def network(rng=0):
    rng = np.random.default_rng(rng)
    return Chain(
        [Conv2D(3, 6, 3, Tanh(), padding="same", rng=rng), AveragePooling2D(2), Conv2D(6, 8, 3, ReLU(), rng=rng)]
    )


def drawn(*shape, number=0):
    return np.random.default_rng(number).random(shape)


def made(objective, steps=40, start=None, **how):
    start = drawn(3, 16, 16, number=5) if start is None else start
    return optimizeInput(network(), objective, start, steps, **({"progress": False, "rng": 1} | how))


MIXED = Content(drawn(3, 16, 16), 2), Style(drawn(3, 20, 20, number=2), [0, 2], 0.5), TotalVariation(0.01)
SCIPY = pytest.mark.skipif(find_spec("scipy") is None, reason="scipy is not installed")


@pytest.mark.parametrize(
    "optimizer", [None, SGD(lr=20.0), pytest.param("lbfgs", marks=SCIPY)], ids=["adam", "sgd", "lbfgs"]
)
def test_the_picture_comes_to_the_content(optimizer):
    other = drawn(3, 16, 16)
    found = made(Content(other, 0), 100, optimizer=optimizer)
    assert isinstance(found, Synthesis)
    assert found.picture.shape == (3, 16, 16, 1)
    assert found.history["content"][-1] < 0.05 * found.history["content"][0]
    assert np.abs(found.picture[..., 0] - other).mean() < 0.1
    assert not found.isInterrupted


def test_the_history_has_every_term_of_every_step():
    found = made(MIXED, 12, octaves=2)
    assert list(found.history) == ["total", "content", "style", "total variation"]
    assert found.history.index == list(range(1, 25))
    for total, *terms in zip(*found.history.values(), strict=True):
        assert total == pytest.approx(sum(terms))


def test_two_of_a_kind_have_two_names():
    found = made([Style(drawn(3, 16, 16), 0), Style(drawn(3, 16, 16, number=1), 0)], 1)
    assert list(found.history) == ["total", "style", "style 2"]


def test_several_pictures_at_once_are_as_one_by_one():
    classifier = MLP([Conv2D(1, 4, 3, Tanh(), rng=0), Flatten(), Dense(4 * 36, 3, Softmax(), rng=0)])
    start = drawn(1, 8, 8, 3)
    sgd = SGD(lr=0.3)
    together = optimizeInput(classifier, ClassScore(range(3)), start, 30, sgd, progress=False).picture
    for i in range(3):
        alone = optimizeInput(classifier, ClassScore(i), start[..., i], 30, SGD(lr=0.1), progress=False).picture
        assert np.allclose(together[..., i : i + 1], alone)
    assert (classifier.predict(together).argmax(axis=0) == range(3)).all()


def test_columns():
    classifier = MLP([Dense(4, 3, Softmax(), rng=0)])
    found = optimizeInput(classifier, UnitActivation(0, range(3)), np.full((4, 3), 0.5), progress=False)
    assert np.array_equal(found.picture, (classifier.layers[0].weight.T > 0).astype(float))


def test_bounds():
    assert made(Dream(2), 30, bounds=(0.2, 0.7)).picture.min() == 0.2
    assert made(Dream(2), 30).picture.max() == 1
    assert made(Dream(2), 100, bounds=None).picture.max() > 1.5


def test_a_standardisation_is_gone_through():
    x, other, scale = drawn(3, 16, 16, 1), drawn(3, 16, 16, number=3), Standardization([0.5, 0.4, 0.3], [0.2, 0.3, 0.4])
    net = MLP(network().layers)
    plain = optimizeInput(
        net, Content(scale.apply(other[..., None]), 2), scale.apply(x), 5, SGD(lr=0.1), bounds=None, progress=False
    )
    net.standardization = scale
    raw = optimizeInput(net, Content(other, 2), x, 5, SGD(lr=0.1), bounds=None, progress=False)
    assert raw.history["content"][0] == pytest.approx(plain.history["content"][0])
    deviation = np.array(scale.deviation).reshape(3, 1, 1, 1)
    one = optimizeInput(net, Content(other, 2), x, 1, SGD(lr=0.1), bounds=None, progress=False).picture - x
    net.standardization = None
    there = optimizeInput(
        net, Content(scale.apply(other[..., None]), 2), scale.apply(x), 1, SGD(lr=0.1), bounds=None, progress=False
    )
    assert np.allclose(one, (there.picture - scale.apply(x)) / deviation)


def test_octaves_go_from_small_to_large():
    sizes = []

    class Watched(Dream):
        def term(self, network, scale, x):
            sizes.append((x.shape[1:3], round(scale, 2)))
            return super().term(network, scale, x)

    found = made(Watched(2), 3, start=drawn(3, 32, 24), octaves=3, octaveScale=2)
    assert sizes[-3:] == [((8, 6), 0.25), ((16, 12), 0.5), ((32, 24), 1.0)]
    assert found.picture.shape == (3, 32, 24, 1)


def test_what_an_octave_adds_goes_on():
    start = drawn(3, 16, 16)
    found = made(Content(np.zeros((3, 16, 16)), 0, weight=0.0), 2, start=start, octaves=3)
    assert np.allclose(found.picture[..., 0], start, atol=1e-12)  # nothing was added: no detail is lost
    one, three = (made(UnitActivation(2, 3), 15, start=start, octaves=k).picture[..., 0] - start for k in (1, 3))
    slow = [np.abs(resized(change[..., None], 4, 4)).mean() for change in (one, three)]
    assert slow[1] > 1.2 * slow[0]


def test_octaves_of_one_pixel():
    found = optimizeInput(
        Chain([Conv2D(3, 2, 1)]), Dream(0), drawn(3, 4, 1), 1, octaves=3, octaveScale=1e300, progress=False
    )
    assert found.picture.shape == (3, 4, 1, 1)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_picture_that_is_not_finite_any_more_ends_it():
    net, message = Chain([Conv2D(3, 4, 3, ReLU(), rng=0)]), "in the picture. The steps are too large: take a smaller lr"
    with pytest.raises(DivergenceError, match=message):
        optimizeInput(net, Dream(0), drawn(3, 8, 8), 99, SGD(lr=1e100), bounds=None, progress=False)


def test_resizing():
    x = drawn(2, 9, 7, 3)
    assert np.allclose(resized(np.ones((1, 9, 7, 1)), 4, 13), 1)
    assert np.array_equal(resized(x, 9, 7), x)
    halves = resized(drawn(1, 8, 8, 1), 4, 4)
    assert halves.std() < drawn(1, 8, 8, 1).std()
    ramp = np.arange(8.0).reshape(1, 1, 8, 1)
    assert np.allclose(resized(ramp, 1, 16)[0, 0, 1:-1, 0], np.arange(1, 15) / 2 - 0.25)


def test_jitter_and_the_seed():
    still, moved, again, other = (made(MIXED, 10, jitter=j, rng=r).picture for j, r in ((0, 1), (3, 1), (3, 1), (3, 2)))
    assert np.array_equal(moved, again)
    assert not np.array_equal(still, moved)
    assert not np.array_equal(moved, other)
    blank = optimizeInput(
        Chain([Conv2D(3, 2, 1, rng=0)]),
        UnitActivation(0, 0),
        np.full((3, 6, 6), 0.5),
        4,
        progress=False,
        jitter=2,
        rng=0,
    )
    assert np.ptp(blank.picture, axis=(1, 2)).max() < 1e-12  # moved back to where it was


def test_a_schedule():
    halved = made(MIXED, 10, schedule=Cosine()).picture
    assert not np.array_equal(made(MIXED, 10).picture, halved)
    assert np.array_equal(made(MIXED, 10, schedule=lambda step, steps: 0.0).picture[..., 0], drawn(3, 16, 16, number=5))


@SCIPY
def test_lbfgs_is_faster_than_adam():
    newton, adam = (made(MIXED, 60, optimizer=one).history["total"][-1] for one in ("lbfgs", None))
    assert newton < adam


def test_without_scipy_it_says_so(monkeypatch):
    import nn.synthesis.stepping as stepping

    def without(name):
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(stepping, "import_module", without)
    with pytest.raises(ImportError, match="pip install scipy"):
        made(MIXED, 1, optimizer="lbfgs")


# Files and Ctrl-C ----------------------------------------------------------------------------------------------------


class Stopped(Exception):
    """In the place of a machine that goes out."""


def stoppedAfter(steps, monkeypatch, how):
    """Lets every synthesis end so, after this many steps."""
    append = Making.__init__.__globals__["History"].append
    count = [0]

    def counted(self, index, values):
        append(self, index, values)
        count[0] += 1
        if count[0] == steps:
            how()

    monkeypatch.setattr("nn.training.history.History.append", counted)


def raiseStopped():
    raise Stopped


@pytest.mark.parametrize(
    ("how", "stop"),
    [
        ({"jitter": 2}, 7),
        ({"octaves": 2, "schedule": Cosine()}, 17),
        pytest.param({"optimizer": "lbfgs", "steps": 120}, 70, marks=SCIPY),
    ],
    ids=["jitter", "octaves", "lbfgs"],
)
def test_it_goes_on_to_the_bit(how, stop, tmp_path, monkeypatch):
    given = {"steps": 10} | how
    whole = made(MIXED, **given)
    place = Checkpoint(tmp_path / "picture.safetensors", seconds=0)
    with monkeypatch.context() as patch:
        stoppedAfter(stop, patch, raiseStopped)
        with pytest.raises(Stopped):
            made(MIXED, checkpoint=place, **given)
    resumed = made(MIXED, checkpoint=place, resume=True, **given)
    assert np.array_equal(resumed.picture, whole.picture)
    assert dict(resumed.history) == dict(whole.history)
    assert resumed.history.index == whole.history.index
    again = made(MIXED, checkpoint=place, resume=True, **given)  # nothing is left to be done
    assert np.array_equal(again.picture, whole.picture)


@pytest.mark.parametrize("stop", [1, 12, 30, 31, 42, 60])
@pytest.mark.parametrize(
    "how",
    [{"jitter": 2, "schedule": Cosine()}, pytest.param({"optimizer": "lbfgs"}, marks=SCIPY)],
    ids=["adam", "lbfgs"],
)
def test_ctrl_c_gives_what_there_is(how, stop, tmp_path, monkeypatch):
    """In the middle of an octave, at its end, and in the first step of the next one."""
    place, how = tmp_path / "picture.safetensors", how | {"octaves": 2}
    with monkeypatch.context() as patch:
        stoppedAfter(stop, patch, lambda: os.kill(os.getpid(), signal.SIGINT))
        found = made(MIXED, 30, checkpoint=place, **how)
    assert found.isInterrupted
    assert len(found.history.index) == stop
    assert found.picture.shape == ((3, 11, 11, 1) if stop <= 30 else (3, 16, 16, 1))
    resumed, whole = made(MIXED, 30, checkpoint=place, resume=True, **how), made(MIXED, 30, **how)
    assert np.array_equal(resumed.picture, whole.picture)
    assert dict(resumed.history) == dict(whole.history)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_same_moment_gives_the_same_file(tmp_path):
    place, rng = tmp_path / "picture.safetensors", np.random.default_rng(0).bit_generator.state
    keeping, contents = Keeping(place, {"steps": 4}, network(), []), set()
    for _ in range(9):
        keeping.write(Moment(0, 2, drawn(3, 4, 4), drawn(3, 4, 4), rng, 0), History(()), {"moment": drawn(3, 4, 4)})
        contents.add(place.read_bytes())
    assert len(contents) == 1


def test_other_files_and_other_arguments_are_refused(tmp_path):
    place = tmp_path / "picture.safetensors"
    made(MIXED, 4, checkpoint=place)
    again = {"checkpoint": place, "resume": True}
    for changed, match in (
        ({"steps": 5}, "steps was 4 there"),
        ({"steps": 4, "optimizer": Adam(lr=0.1)}, "optimizer was"),
        ({"steps": 4, "jitter": 1}, "jitter was 0 there"),
        ({"steps": 4, "start": drawn(3, 16, 16)}, "pictures was"),
        ({"steps": 4, "start": drawn(3, 18, 16)[:, :16]}, "pictures was"),
    ):
        with pytest.raises(CheckpointError, match=match):
            made(MIXED, **changed, **again)
    net = MLP(network().layers)
    optimizeInput(net, MIXED, drawn(3, 16, 16), 2, progress=False, checkpoint=place, schedule=lambda step, steps: 0.5)
    for schedule, standardization, match in (
        (None, None, "schedule was .*lambda.* there, and is None now; make them equal, or go on without resume"),
        (None, Standardization([0.5] * 3, [0.2] * 3), "standardization was None there"),
    ):
        if standardization is not None:
            optimizeInput(net, MIXED, drawn(3, 16, 16), 2, progress=False, checkpoint=place)
        net.standardization = standardization
        with pytest.raises(CheckpointError, match=match):
            optimizeInput(net, MIXED, drawn(3, 16, 16), 2, progress=False, schedule=schedule, **again)
    made(MIXED, 4, checkpoint=place)
    with pytest.raises(CheckpointError, match="objectives"):
        made(MIXED[0], 4, **again)
    with pytest.raises(CheckpointError, match="network was"):
        optimizeInput(network(1), MIXED, drawn(3, 16, 16, number=5), 4, progress=False, rng=1, **again)
    content = bytearray(place.read_bytes())
    content[-3] ^= 1
    place.write_bytes(content)
    with pytest.raises(CheckpointError, match="damaged"):
        made(MIXED, 4, **again)
    place.write_bytes(b"no file of ours")
    with pytest.raises(CheckpointError, match="no checkpoint"):
        made(MIXED, 4, **again)
    MLP(network().layers).save(place)
    with pytest.raises(CheckpointError, match="holds no synthesis"):
        made(MIXED, 4, **again)
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        made(MIXED, 4, checkpoint=tmp_path / "none" / "picture.safetensors")


def test_progress(capsys):
    made(MIXED, 20, progress=None)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 10
    assert lines[-1].startswith("step 20 of 20: total 0.")
    made(MIXED, 5, progress=True)
    assert "5/5" in capsys.readouterr().err
    made(MIXED, 5)
    assert not capsys.readouterr().err


# Bad input -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "error", "match"),
    [
        ({"start": drawn(16, 16)}, ValueError, "pictures where there is jitter|Conv2D"),
        ({"start": drawn(1, 16, 16)}, ValueError, "channels|shape"),
        ({"start": drawn(3, 2, 2)}, ValueError, "at least"),
        ({"start": drawn(3, 6, 7)}, ValueError, "of at least 8 x 8, the field of layers.2"),
        ({"start": np.full((3, 16, 16), np.inf)}, ValueError, "finite"),
        ({"start": np.zeros((3, 16, 16), np.uint8) + 9}, ValueError, "uint8"),
        ({"steps": 0}, ValueError, "steps"),
        ({"optimizer": "newton"}, ValueError, "lbfgs"),
        ({"optimizer": Adam}, TypeError, "an instance"),
        ({"bounds": (1, 0)}, ValueError, "bounds"),
        ({"jitter": -1}, ValueError, "jitter"),
        ({"octaves": 0}, ValueError, "octaves"),
        ({"octaves": 4, "octaveScale": 3}, ValueError, "at least"),
        ({"octaveScale": 1.0, "octaves": 2}, ValueError, "octaveScale"),
        ({"resume": True}, ValueError, "the file to go on from"),
        ({"schedule": 0.5}, TypeError, r"schedule to be a function of \(step, steps\) such as Cosine\(\), got 0.5"),
        ({"schedule": Cosine}, TypeError, r"give an instance, Cosine\(\)"),
        ({"checkpoint": Checkpoint("x.safetensors", metric="loss")}, ValueError, "one without a metric"),
    ],
    ids=[
        "rank", "channels", "size", "field", "infinite", "grey-values", "steps", "optimizer", "class", "bounds",
        "jitter", "octaves", "small-octave", "scale", "resume", "number", "schedule", "metric",
    ],
)  # fmt: skip
def test_bad_arguments_are_refused(how, error, match):
    with pytest.raises(error, match=match):
        made(Dream(2), **how)


@SCIPY
def test_lbfgs_does_not_mind_how_small_the_objective_is():
    small, large = (made(Content(drawn(3, 16, 16), 0, w), 30, optimizer="lbfgs").history["total"] for w in (1e-9, 1e3))
    assert small[-1] / small[0] == pytest.approx(large[-1] / large[0], rel=1e-3)


@SCIPY
def test_lbfgs_takes_no_jitter():
    with pytest.raises(ValueError, match="takes no jitter"):
        made(Dream(2), optimizer="lbfgs", jitter=1)


def test_bad_networks_and_objectives_are_refused():
    with pytest.raises(TypeError, match="a network such as"):
        optimizeInput(Conv2D(3, 2, 1), Dream(0), drawn(3, 8, 8))
    with pytest.raises(ValueError, match="with layers"):
        optimizeInput(MLP(), Dream(0), drawn(3, 8, 8))
    with pytest.raises(TypeError, match="every objective"):
        made([Dream(0), "style"])
    with pytest.raises(TypeError, match="every objective to be an InputObjective such as"):
        made(None)
    with pytest.raises(ValueError, match="got an empty list"):
        made([])


def test_units_are_seen_in_pictures_smaller_than_their_field():
    found = made(UnitActivation(2, 0), 2, start=drawn(3, 7, 7))
    assert found.picture.shape == (3, 7, 7, 1)


def test_random_filters():
    filters = randomFilters((3, 7), 4, rng=0)
    assert filters.shapes((3, 20, 20))[-1] == (8, 20, 20)
    assert not filters.learns
    assert filters.dtype == np.float32
    for size, layer in zip((3, 7), filters.layers[2].layers, strict=True):
        assert np.abs(layer.weight).max() <= np.sqrt(6 / (size**2 * 7)) + 1e-6
    example = drawn(3, 24, 24, number=3)
    found = optimizeInput(filters, Style(example, "maps"), drawn(3, 24, 24), 40, Adam(lr=0.05), progress=False)
    assert found.history["style"][-1] < 0.3 * found.history["style"][0]
    with pytest.raises(ValueError, match="got none"):
        randomFilters(())
    with pytest.raises(ValueError, match="of at least 7 x 7, the field of maps"):
        optimizeInput(filters, Style(example, "maps"), drawn(3, 6, 6), 1, progress=False)
