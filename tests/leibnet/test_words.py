"""Arguments that are called something else elsewhere."""

import inspect

from leibnet.words import answering

import pytest


class Machine:
    """Runs."""

    @answering({"revs": "write {owner}(speed=...)"}, lambda value: f"write {{owner}}(speed={value})")
    def __init__(self, place="here", *, speed=1):
        """Makes it."""
        self.place, self.speed = place, speed

    @answering({"quickly": "write {owner}(speed=2)"})
    def run(self, speed=1, maxSteps=2):
        return self.speed * speed * maxSteps

    @staticmethod
    @answering({})
    def count(first, second):
        return first + second


def test_right_arguments_go_through():
    assert vars(Machine("there", speed=3)) == {"place": "there", "speed": 3}
    assert Machine(speed=3).run(2, maxSteps=5) == 30
    assert list(inspect.signature(Machine).parameters) == ["place", "speed"]
    assert Machine.__init__.__doc__ == "Makes it."


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Machine(revs=2), "Machine has no argument 'revs': write Machine(speed=...)"),
        (lambda: Machine(revs=2, speed=1), "Machine has no argument 'revs': write Machine(speed=...)"),
        (lambda: Machine(sped=2), "Machine has no argument 'sped': write speed=..."),
        (lambda: Machine("here", 7), "Machine takes its arguments by name: write Machine(speed=7)"),
        (lambda: Machine(**{"{x}": 7}), "Machine has no argument '{x}': there are place, speed"),
        (lambda: Machine().run(max_steps=1), "run has no argument 'max_steps': write maxSteps=..."),
        (lambda: Machine().run(quickly=True), "run has no argument 'quickly': write run(speed=2)"),
        (lambda: Machine().run(self=1), None),
        (lambda: Machine().run(1, 2, 3), None),
        (lambda: Machine.run(), None),
        (lambda: Machine.__init__(), None),
    ],
)
def test_wrong_ones_are_answered(call, message):
    with pytest.raises(TypeError) as caught:
        call()
    if message is None:
        assert "argument" in str(caught.value)  # Python's own words
    else:
        assert str(caught.value) == message


def test_a_subclass_is_named_by_its_own_name():
    class Motor(Machine):
        pass

    with pytest.raises(TypeError, match="Motor has no argument 'revs': write Motor.speed=...."):
        Motor(revs=1)
