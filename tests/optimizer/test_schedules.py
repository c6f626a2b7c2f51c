"""Learning-rate schedules."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import optimizer
from optimizer import Constant, Cosine, Schedule, Step, WarmUp

EXAMPLES = [Constant(), Step(3), Cosine(), Cosine(0.1), WarmUp(2), WarmUp(1.5, Cosine(), start=0.5)]


def test_every_exported_schedule_is_examined():
    exported = {
        getattr(optimizer, name) for name in optimizer.__all__ if issubclass(getattr(optimizer, name), Schedule)
    }
    assert exported - {Schedule} == {type(example) for example in EXAMPLES}


def test_values():
    assert [Step(2, 0.5)(epoch, 6) for epoch in (0, 1.9, 2, 3, 4)] == [1, 1, 0.5, 0.5, 0.25]
    assert [Cosine(0.2)(epoch, 10) for epoch in (0, 5, 10)] == pytest.approx([1, 0.6, 0.2])
    warm = WarmUp(2, Step(3, 0.1), start=0.5)
    assert [warm(epoch, 10) for epoch in (0, 1, 2, 4.9, 5)] == pytest.approx([0.5, 0.75, 1, 1, 0.1])
    assert WarmUp(2, Cosine())(6, 10) == pytest.approx((1 + math.cos(math.pi / 2)) / 2)


@pytest.mark.parametrize("schedule", EXAMPLES)
@given(progress=st.floats(0, 1), epochs=st.integers(2, 100))
def test_factors_lie_between_0_and_1(schedule, progress, epochs):
    assert 0 <= schedule(progress * epochs, epochs) <= 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Step(0), "Step: expected every to be a finite number > 0"),
        (lambda: Step(1, 0), "factor to be a finite number > 0 and <= 1"),
        (lambda: Step(1, 2), "factor to be a finite number > 0 and <= 1"),
        (lambda: Cosine(-1), "Cosine: expected final to be a finite number >= 0 and <= 1"),
        (lambda: WarmUp(0), "WarmUp: expected warmUp to be a finite number > 0"),
        (lambda: WarmUp(1, start=0), "start to be a finite number > 0 and <= 1"),
    ],
)
def test_bad_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("every", [Fraction(1, 10), Fraction(1, 3), Fraction(7, 10), Fraction(1, 100), Fraction(2)])
@pytest.mark.parametrize("steps", [1, 3, 7, 10, 49, 469])
def test_a_decay_falls_on_the_step_it_belongs_to(every, steps):
    """0.3 / 0.1 is 2.9999999999999996, and belongs to 3."""
    schedule = Step(float(every), 0.5)
    for step in range(5 * steps):
        decays = Fraction(step, steps) // every
        assert schedule(step / steps, 5) == 0.5**decays


def test_a_decay_after_a_warm_up_falls_on_its_step_too():
    schedule = WarmUp(100.0, Step(0.1, 0.5))
    assert [schedule(100 + k / 10, 200) for k in range(20)] == [0.5**k for k in range(20)]
    assert Step(1, 0.5)(0.999, 1) == 1
