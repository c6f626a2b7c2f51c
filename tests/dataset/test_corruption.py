"""Corruptions: what they do, how often, and that a seed repeats them."""

from leibnet.randomness import seed

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset import Corruption, Dataset, GaussianNoise, Masking, SaltAndPepper

X = np.random.default_rng(0).uniform(size=(50, 2000))
ALL = [GaussianNoise(0.3), GaussianNoise(0.3, clip=None), Masking(0.25), SaltAndPepper(0.1), SaltAndPepper((0.1, 0.5))]
by_kind = pytest.mark.parametrize("corruption", ALL, ids=repr)


def test_gaussian_noise():
    difference = GaussianNoise(0.3, clip=None).apply(X) - X
    assert difference.mean() == pytest.approx(0, abs=0.005)
    assert difference.std() == pytest.approx(0.3, rel=0.01)
    clipped = GaussianNoise(0.3).apply(X, rng=1)
    assert np.array_equal(clipped, np.clip(GaussianNoise(0.3, clip=None).apply(X, rng=1), 0, 1))
    assert GaussianNoise(2, clip=(-1, 2)).apply(X).min() == -1
    assert GaussianNoise(2, clip=(-1, 2)).apply(X).max() == 2


def test_masking():
    corrupted = Masking(0.25).apply(X)
    assert np.mean(corrupted == 0) == pytest.approx(0.25, abs=0.01)
    kept = corrupted != 0
    assert np.array_equal(corrupted[kept], X[kept])
    assert np.mean(Masking(0.5, value=-1).apply(X) == -1) == pytest.approx(0.5, abs=0.01)
    assert not Masking(1).apply(X).any()
    assert np.array_equal(Masking(0).apply(X), X)


def test_salt_and_pepper():
    corrupted = SaltAndPepper(0.1).apply(X)
    assert np.mean(corrupted == 0) == pytest.approx(0.05, abs=0.005)
    assert np.mean(corrupted == 1) == pytest.approx(0.05, abs=0.005)
    kept = (corrupted != 0) & (corrupted != 1)
    assert np.array_equal(corrupted[kept], X[kept])
    assert np.unique(SaltAndPepper(1, low=-1, high=2).apply(X)).tolist() == [-1, 2]


@pytest.mark.parametrize("kind", [Masking, SaltAndPepper])
def test_of_several_shares_every_sample_draws_one(kind):
    spoilt = (kind((0.0, 0.5, 0.5, 1.0)).apply(X, rng=0) != X).mean(axis=0)
    assert [np.mean(spoilt == share) for share in (0, 1)] == pytest.approx([0.25, 0.25], abs=0.03)
    assert np.mean(spoilt[(spoilt > 0) & (spoilt < 1)]) == pytest.approx(0.5, abs=0.01)
    assert kind([0.5]).apply(X, rng=0).dtype == X.dtype
    assert (kind((0.2, 0.2)).apply(X, rng=0) != X).mean() == pytest.approx(0.2, abs=0.005)


@by_kind
def test_drawn_anew_every_time_and_repeated_by_a_seed(corruption):
    assert not np.array_equal(corruption.apply(X), corruption.apply(X))
    assert np.array_equal(corruption.apply(X, rng=3), corruption.apply(X, rng=3))
    seed(1)
    first = corruption.apply(X)
    seed(1)
    assert np.array_equal(corruption.apply(X), first)
    own = [type(corruption)(rng=7).apply(X) for _ in range(2)]
    assert np.array_equal(*own)


@by_kind
@given(shape=st.tuples(st.integers(1, 5), st.integers(0, 5)), dtype=st.sampled_from([np.float32, np.float64]))
def test_shape_and_precision_stay_and_the_input_is_not_changed(corruption, shape, dtype):
    x = np.full(shape, 0.5, dtype)
    x.flags.writeable = False
    corrupted = corruption.apply(x)
    assert corrupted.shape == shape
    assert corrupted.dtype == dtype
    assert np.all(x == 0.5)


def test_integers_become_floats():
    assert GaussianNoise(0.1, clip=None).apply([[0, 1], [1, 0]]).dtype == float


@by_kind
def test_config(corruption):
    again = Corruption.fromConfig(corruption.config())
    assert repr(again) == repr(corruption)
    assert np.array_equal(again.apply(X, rng=0), corruption.apply(X, rng=0))


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda: GaussianNoise(-1), ValueError, "GaussianNoise: expected deviation to be a finite number >= 0, got -1"),
        (
            lambda: GaussianNoise(np.inf),
            ValueError,
            "GaussianNoise: expected deviation to be a finite number >= 0, got inf",
        ),
        (
            lambda: GaussianNoise(True),
            TypeError,
            "GaussianNoise: expected deviation to be a finite number >= 0, got True",
        ),
        (
            lambda: GaussianNoise(0.1, clip=(1, 0)),
            ValueError,
            'GaussianNoise: expected clip to be (low, high) with low < high, "data" or None, got (1, 0)',
        ),
        (
            lambda: GaussianNoise(0.1, clip=1),
            TypeError,
            'GaussianNoise: expected clip to be (low, high) with low < high, "data" or None, got 1',
        ),
        (lambda: GaussianNoise(0.1, clip=(0, "1")), TypeError, "expected clip to be (low, high) with low < high"),
        (lambda: GaussianNoise(0.1, clip=(0, np.nan)), ValueError, "expected clip to be (low, high) with low < high"),
        (lambda: Masking(1.5), ValueError, "Masking: expected share to be a finite number >= 0 and <= 1, got 1.5"),
        (lambda: Masking("half"), TypeError, "Masking: expected share to be a finite number >= 0 and <= 1, got 'half'"),
        (lambda: Masking(0.5, value="x"), TypeError, "Masking: expected value to be a finite number, got 'x'"),
        (
            lambda: SaltAndPepper(-0.1),
            ValueError,
            "SaltAndPepper: expected share to be a finite number >= 0 and <= 1, got -0.1",
        ),
        (
            lambda: SaltAndPepper([]),
            ValueError,
            "expected share to be a number from 0 to 1, or several of them, got []",
        ),
        (lambda: Masking((0.5, 2)), ValueError, "Masking: expected every share to be a finite number >= 0 and <= 1"),
        (
            lambda: SaltAndPepper(0.1, low=np.nan),
            ValueError,
            "SaltAndPepper: expected low to be a finite number, got nan",
        ),
        (lambda: Masking(rng="seed"), TypeError, "Masking: expected rng to be a numpy Generator, a seed"),
        (lambda: Masking().apply(X, rng="seed"), TypeError, "Masking.apply: expected rng to be a numpy Generator"),
        (lambda: Corruption.fromConfig({"kind": "Rust"}), ValueError, "unknown corruption 'Rust': known are"),
        (lambda: Corruption.fromConfig({}), ValueError, "unknown corruption None: known are"),
    ],
)
def test_bad_input(make, kind, message):
    with pytest.raises(kind) as caught:
        make()
    assert message in str(caught.value)


def test_one_end_of_the_range_may_be_open():
    corrupted = GaussianNoise(2, clip=(0, np.inf)).apply(X, rng=0)
    assert corrupted.min() == 0
    assert corrupted.max() > 2


def test_a_corruption_of_your_own_is_described_and_made_again(monkeypatch):
    monkeypatch.setattr(Corruption, "kinds", dict(Corruption.kinds))

    class Shift(Corruption):
        def __init__(self, by=1.0):
            self.by = by

        def _corrupt(self, x, rng):
            return x + self.by * rng.integers(1, 3)

    again = Corruption.fromConfig({"kind": "Shift", "by": 2.0})
    assert repr(again) == "Shift(by=2.0)"
    assert again.config() == {"kind": "Shift", "by": 2.0}
    assert np.unique(again.apply(np.zeros((3, 2)), rng=0)).tolist() in ([2.0], [4.0])


def test_images_and_sequences_are_corrupted_as_their_columns_are():
    images = X[:48].reshape(3, 4, 4, -1)
    for corruption in ALL:
        assert np.array_equal(corruption.apply(images, rng=5), corruption.apply(X[:48], rng=5).reshape(images.shape))


# What is left to the data ---------------------------------------------------------------------------------------------

SIGNED = 2 * X - 1
WHOLE = Dataset.fromArrays(SIGNED[:, :1000], testInputs=SIGNED[:, 1000:], dtype=float).facts
GREY = Dataset("digits", valueRange=(-1, 1)).facts
UNIT = Dataset("digits").facts


@pytest.mark.parametrize(
    ("facts", "ends"),
    [(None, (-1, 1)), (GREY, (-1, 1)), (UNIT, (0, 1)), (WHOLE, (SIGNED[:, :1000].min(), SIGNED[:, :1000].max()))],
    ids=["own", "grey", "unit", "numbers"],
)
def test_the_ends_are_those_of_the_data(facts, ends):
    x = SIGNED if facts is None else np.full((50, 200), 0.5)
    low, high = (x.min(), x.max()) if facts is None else ends
    noisy = GaussianNoise(9.0).apply(x, rng=0, facts=facts)
    assert (noisy.min(), noisy.max()) == (low, high)
    assert np.array_equal(noisy, GaussianNoise(9.0, clip=(low, high)).apply(x, rng=0))
    both = SaltAndPepper(1.0).apply(x, rng=0, facts=facts)
    assert np.unique(both).tolist() == [low, high]
    assert np.unique(SaltAndPepper(1.0, high=3).apply(x, rng=0, facts=facts)).tolist() == [low, 3]
    assert np.unique(SaltAndPepper(1.0, low=-3).apply(x, rng=0, facts=facts)).tolist() == [-3, high]


def test_what_is_lost_is_black_or_nothing():
    x = np.full((5, 40), 0.5)
    assert (Masking(1.0).apply(x, facts=GREY) == -1).all()
    assert (Masking(1.0).apply(x, facts=UNIT) == 0).all()
    assert (Masking(1.0).apply(x, facts=WHOLE) == 0).all()  # what is black is not known
    assert (Masking(1.0).apply(SIGNED) == 0).all()
    assert (Masking(1.0).apply(2 + X) == (2 + X).min()).all()
    assert (Masking(1.0).apply(-2 - X) == (-2 - X).max()).all()
    assert (Masking(1.0, value=7).apply(x, facts=GREY) == 7).all()


@pytest.mark.parametrize("corruption", [GaussianNoise(0.3), Masking(0.3), SaltAndPepper(0.3)], ids=repr)
def test_data_between_0_and_1_are_corrupted_as_ever(corruption):
    told = {
        "GaussianNoise": lambda: GaussianNoise(0.3, clip=(0, 1)),
        "Masking": lambda: Masking(0.3, value=0),
        "SaltAndPepper": lambda: SaltAndPepper(0.3, low=0, high=1),
    }[corruption.name]()
    for x in (X, 0.25 + X / 2, np.zeros((3, 4)), np.ones((3, 4))):
        facts = Dataset.fromArrays(x, test_size=0).facts
        assert np.array_equal(corruption.apply(x, rng=2), told.apply(x, rng=2))
        assert np.array_equal(corruption.apply(x, rng=2, facts=facts), told.apply(x, rng=2))


def test_what_was_given_is_obeyed_and_the_object_stays_as_it_is():
    corruption = GaussianNoise(0.5, clip=(0, 1), rng=3)
    assert (corruption.apply(SIGNED, facts=GREY) >= 0).all()
    for left in (GaussianNoise(0.5, rng=3), Masking(rng=3), SaltAndPepper(rng=3)):
        before = repr(left), left.config(), left.rng
        state = left.rng.bit_generator.state
        left.apply(SIGNED, facts=GREY)
        assert (repr(left), left.config(), left.rng) == before
        assert left.rng.bit_generator.state != state  # it is its own generator that was drawn from
        assert "data" in left.config().values()
    assert GaussianNoise(1.0, clip=None).apply(SIGNED, rng=0, facts=GREY).max() > 1


def test_files_of_before_say_it_in_numbers():
    assert Corruption.fromConfig({"kind": "GaussianNoise", "deviation": 0.5, "clip": [0.0, 1.0]}).clip == (0.0, 1.0)
    assert Corruption.fromConfig({"kind": "Masking", "share": 0.5, "value": 0.0}).value == 0.0


@pytest.mark.parametrize("corruption", [GaussianNoise(0.3), Masking(0.3), SaltAndPepper(0.3)], ids=repr)
@pytest.mark.parametrize("bad", [(255 * X).astype(np.uint8), np.where(X > 0.99, np.nan, X)], ids=["grey", "NaN"])
def test_pixels_and_numbers_that_are_not_finite_are_refused(corruption, bad):
    with pytest.raises(ValueError, match=f"^{corruption.name}.apply: expected x to be (finite|in the scale)"):
        corruption.apply(bad)
