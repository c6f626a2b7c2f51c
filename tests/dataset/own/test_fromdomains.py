"""Two domains side by side: what a batch holds, in which order, and what is refused."""

import numpy as np
import pytest

from dataset import Dataset

CLASSES = np.arange(30) % 3


def numbered(n, start=0, features=1):
    """Samples that say which they are."""
    return np.tile(np.arange(start, start + n, dtype=float), (features, 1))


def domains(n=30, m=50, **options):
    given = {"testFirst": numbered(6, 900), "testSecond": numbered(6, 1900), "batch_size": 8, "rng": 0}
    return Dataset.fromDomains(numbered(n), numbered(m, 1000), **given | options)


def epoch(data):
    batches = [batch for batch, _, _ in data.batches()]
    return [np.concatenate([getattr(batch, name)[0] for batch in batches]) for name in ("inputs", "second")]


@pytest.mark.parametrize(("n", "m"), [(30, 50), (50, 30), (40, 40), (3, 50)])
@pytest.mark.parametrize(
    "features", [1, 3000]
)  # batches that are gathered for several at a time, and such that are not
def test_an_epoch_goes_through_the_larger_domain_and_the_smaller_one_evenly(n, m, features):
    data = Dataset.fromDomains(numbered(n, 0, features), numbered(m, 1000, features), test_size=0, batch_size=8, rng=0)
    assert data.train_size == max(n, m)
    for _ in range(2):
        for seen, size, start in zip(epoch(data), (n, m), (0, 1000), strict=True):
            there, counts = np.unique(seen, return_counts=True)
            assert np.array_equal(there, np.arange(start, start + size))
            assert {*counts} <= {max(n, m) // size, -(-max(n, m) // size)}


def test_each_domain_has_an_order_of_its_own_in_every_epoch():
    data = domains(500, 500)
    first, again = (np.stack(epoch(data)) for _ in range(2))
    for one in (first, again):
        assert abs(np.corrcoef(one)[0, 1]) < 0.15
        assert abs(np.corrcoef(np.arange(500), one[0])[0, 1]) < 0.15
        assert abs(np.corrcoef(np.arange(500), one[1])[0, 1]) < 0.15
    assert not np.array_equal(first[0], again[0])
    partners = [dict(zip(*one, strict=True)) for one in (first, again)]
    assert sum(partners[0][key] == partners[1][key] for key in partners[0]) < 10


def test_the_same_seed_gives_the_same_batches_and_the_state_says_it_all():
    one, other = domains(), domains()
    for _ in range(2):
        for mine, theirs in zip(epoch(one), epoch(other), strict=True):
            assert np.array_equal(mine, theirs)
    state = one.rng.bit_generator.state
    expected = epoch(one)
    one.rng.bit_generator.state = state
    assert all(np.array_equal(*pair) for pair in zip(epoch(one), expected, strict=True))


def test_without_shuffle_and_outside_of_training_the_order_is_the_given_one():
    data = domains(3, 5, shuffle=False, batch_size=5)
    assert np.array_equal(epoch(data), [[0, 1, 2, 0, 1], [1000, 1001, 1002, 1003, 1004]])
    assert np.array_equal(epoch(data), epoch(data))
    data = domains(3, 5)
    whole = data.trainSet()
    assert np.array_equal(whole.inputs[0], [0, 1, 2, 0, 1])
    assert np.array_equal(whole.second[0], [1000, 1001, 1002, 1003, 1004])


def test_the_test_part_is_paired_where_it_is_said():
    data = domains(paired=True)
    tests = data.testSet()
    assert data.paired
    assert np.array_equal(tests.second - tests.inputs, np.full((1, 6), 1000))
    pieces = [*data.chunks("test", 4)]
    assert np.array_equal(np.concatenate([one.second for one in pieces], axis=-1), tests.second)
    for _, test, size in data.batches():
        assert np.array_equal(test.second - test.inputs, np.full((1, size), 1000))
    assert not domains().paired


def test_labels_shapes_and_grey_values_of_both():
    x, y = np.full((1, 4, 4, 30), 255, np.uint8), np.full((1, 2, 2, 60), 51, np.uint8)
    data = Dataset.fromDomains(
        x, y, firstLabels=CLASSES, secondLabels=np.arange(60) % 5, validation_size=4, valueRange=(-1, 1), rng=0
    )
    batch = next(data.batches())[0]
    assert (batch.inputs.shape, batch.second.shape) == ((1, 4, 4, 46), (1, 2, 2, 46))
    assert (batch.labels.shape, batch.secondLabels.shape) == ((3, 46), (5, 46))
    assert np.allclose(batch.inputs, 1)
    assert np.allclose(batch.second, -0.6)
    assert batch.second.dtype == np.float32
    assert (data.sampleShape, data.second.sampleShape) == ((1, 4, 4), (1, 2, 2))
    assert (data.classes, data.second.classes) == (3, 5)
    assert data.validationSet().second.shape == (1, 2, 2, 4)
    assert data.testSet().second.shape == (1, 2, 2, 10)
    flat = data.asColumns()
    batch = next(flat.batches())[0]
    assert (batch.inputs.shape, batch.second.shape, flat.second.sampleShape) == ((16, 46), (4, 46), (4,))
    assert "second domain 1 x 2 x 2" in repr(data)
    assert "secondLabels" not in domains().trainSet().parts
    assert Dataset("digits").second is None


def test_labels_stay_with_their_samples():
    x, y = numbered(30), numbered(60, 1000)
    data = Dataset.fromDomains(x, y, firstLabels=CLASSES, secondLabels=np.arange(60) % 5, test_size=0, rng=0)
    for batch, _, _ in data.batches():
        assert np.array_equal(batch.labels.argmax(axis=0), batch.inputs[0] % 3)
        assert np.array_equal(batch.secondLabels.argmax(axis=0), (batch.second[0] - 1000) % 5)


def test_the_fingerprint_is_of_both_domains():
    one, same, other = domains(), domains(), domains(m=51)
    assert one.fingerprint() == same.fingerprint() != other.fingerprint()
    assert one.fingerprint() != one.asColumns().second.fingerprint()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"testSecond": None}, "testSecond to be given because testFirst is"),
        ({"testFirst": None}, "testFirst to be given because testSecond is"),
        ({"testFirst": None, "testSecond": None, "paired": True}, "testFirst and testSecond to be the pairs"),
        ({"testSecond": numbered(7), "paired": True}, "testSecond to be 6 samples, as many as testFirst has"),
        ({"testSecond": numbered(6, features=2)}, "the second domain: .*testInputs to be of shape"),
        ({"secondLabels": [1, 2]}, "the second domain: .*labels"),
        ({"firstLabels": [1, 2]}, "the first domain: .*labels"),
        ({"dropLast": True, "batch_size": 51}, "batch_size to be at most the 50 samples of the larger domain"),
        ({"validation_size": 30}, "the first domain: .*validation_size"),
    ],
)
def test_what_does_not_fit_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        domains(**options)


def test_other_bad_input():
    with pytest.raises(ValueError, match="the second domain: .*finite numbers"):
        Dataset.fromDomains(numbered(3), np.full((1, 3), np.nan))
    with pytest.raises(TypeError, match="paired"):
        domains(paired="yes")
    with pytest.raises(TypeError, match="second"):
        Dataset.fromDomains(numbered(3))
    data = Dataset.fromDomains(numbered(30), numbered(30), firstLabels=CLASSES)
    for change in (lambda: data.ofClasses([0, 1]), lambda: data.fewPerClass(2), lambda: data.mapped(np.abs)):
        with pytest.raises(ValueError, match="one of a single domain"):
            change()
    assert domains(dropLast=True, batch_size=50).dropLast
