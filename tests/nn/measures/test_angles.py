"""Principal angles."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn import principalAngles

seeds = st.integers(0, 2**32 - 1)


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 3), seeds, st.data())
def test_angles_that_were_put_in(p, more, extra, seed, data):
    """Between e_1, ..., e_p and cos θ_i e_i + sin θ_i e_(p + i), in bases and coordinates of any kind."""
    draw = st.one_of(st.floats(0, np.pi / 2), st.sampled_from([0.0, 1e-15, 1e-12, 1e-8, 1e-4, np.pi / 2 - 1e-9]))
    angles = np.sort(data.draw(st.lists(draw, min_size=p, max_size=p)))
    rng = np.random.default_rng(seed)
    identity = np.linalg.qr(rng.normal(size=(2 * p + more, 2 * p + more)))[0]
    A = identity[:, :p]
    B = np.cos(angles) * A + np.sin(angles) * identity[:, p : 2 * p]
    A = np.column_stack((A, identity[:, 2 * p : 2 * p + min(extra, more)]))  # a larger space, with the same angles
    mix_a, mix_b = (np.linalg.qr(rng.normal(size=(m, m)))[0] * rng.uniform(1, 3, m) for m in (A.shape[1], p))
    assert np.allclose(principalAngles(A @ mix_a, B @ mix_b), angles, rtol=1e-9, atol=1e-14)
    assert np.allclose(principalAngles(B @ mix_b, A @ mix_a), angles, rtol=1e-9, atol=1e-14)


def test_dependent_columns_span_less():
    line = np.array([[1.0, 2.0], [1.0, 2.0], [0.0, 0.0]])
    assert np.allclose(principalAngles(line, np.eye(3)[:, :2]), [0])
    assert np.allclose(principalAngles(line, np.eye(3)[:, [0, 2]]), [np.pi / 4])


def test_angles_need_two_spaces():
    with pytest.raises(ValueError, match="B to be columns of 3 rows, as A has, got 4"):
        principalAngles(np.ones((3, 1)), np.ones((4, 1)))
    with pytest.raises(ValueError, match="B to be columns that are not all 0"):
        principalAngles(np.ones((3, 1)), np.zeros((3, 1)))
    with pytest.raises(ValueError, match="A to be finite numbers, got nan; .* first in row 2, column 0"):
        principalAngles([[0], [0], [np.nan]], np.ones((3, 1)))
    with pytest.raises(TypeError, match="A to be real numbers"):
        principalAngles([["a"]], [[1]])
