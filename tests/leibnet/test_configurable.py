"""Objects that are made again from their description."""

import json
from abc import ABC, abstractmethod

from leibnet.configurable import Configurable

import pytest

from activations import ReLU
from layers import Dense, Layer
from loss import MSE


class Shape(Configurable, ABC, family="shape"):
    @abstractmethod
    def area(self):
        """Of the shape."""


class Square(Shape):
    def __init__(self, side=1.0, rng=None):
        self.side, self.rng = side, rng

    def area(self):
        return self.side**2


class Union(Shape):
    nested = {"parts": Shape, "frame": Shape}

    def __init__(self, parts=(), frame=None, sizes=(1, 2)):
        self.parts, self.frame, self.sizes = parts, frame, sizes

    def area(self):
        parts = self.parts.values() if isinstance(self.parts, dict) else self.parts
        return sum(part.area() for part in parts)


class Paint(Configurable, family="paint"):
    def __init__(self, colour="red"):
        self.colour = colour


def stored(value):
    return json.loads(json.dumps(value))


def test_what_is_described():
    assert Square(3, rng=7).config() == {"kind": "Square", "side": 3}
    assert Square.described() == ["side"]
    assert Paint().config() == {"kind": "Paint", "colour": "red"}
    assert (Square(3).name, repr(Square(3, rng=1)), repr(Paint())) == (
        "Square",
        "Square(side=3)",
        "Paint(colour='red')",
    )


def test_made_again():
    again = Shape.fromConfig(Square(3, rng=7).config())
    assert (type(again), again.side, again.rng) == (Square, 3, None)
    assert Shape.fromConfig({"kind": "Square"}).side == 1


@pytest.mark.parametrize(
    "parts",
    [[], [Square(1), Square(2)], (Square(1), Union([Square(3)])), {"a": Square(1), "b": Union({"c": Square(2)})}],
)
def test_objects_among_the_arguments(parts):
    one = Union(parts, frame=Union([Square(5)]))
    again = Shape.fromConfig(stored(one.config()))
    assert again.config() == stored(one.config())
    assert again.area() == one.area()
    assert again.frame.area() == 25
    assert type(again.parts) is (dict if isinstance(parts, dict) else list)


def test_the_description_is_plain_and_apart():
    one = Union([Square(1)], sizes=[3, 4])
    config = one.config()
    config["parts"].append("anything")
    config["sizes"].append(5)
    config["parts"][0]["side"] = 9
    assert (len(one.parts), one.sizes, one.parts[0].side) == (1, [3, 4], 1)
    before = stored(config := one.config())
    Shape.fromConfig(config)
    assert config == before


def test_only_members_of_the_family_are_made():
    assert set(Shape.kinds) == {"Square", "Union"}
    message = "unknown shape 'Paint': known are Square, Union; import the module of your own first"
    for kind in ("Paint", "Shape", None, 3):
        with pytest.raises(
            ValueError, match=message.replace("Paint", str(kind)).replace("'None'", "None").split(":")[1]
        ):
            Shape.fromConfig({"kind": kind})
    with pytest.raises(ValueError, match="unknown shape 'Square': known are Union"):
        Union.fromConfig(Square().config())
    with pytest.raises(ValueError, match="unknown shape 'Paint'"):
        Shape.fromConfig({"kind": "Union", "parts": [Paint().config()]})
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        Shape.fromConfig({"kind": "Square", "colour": "red"})
    with pytest.raises(ValueError, match="unknown shape None"):
        Shape.fromConfig({})


def test_a_contract_is_not_made():
    class Round(Shape):
        """Without an area."""

    assert "Round" in Shape.kinds
    with pytest.raises(ValueError, match="unknown shape 'Round': known are Square, Union;"):
        Shape.fromConfig({"kind": "Round"})


def test_redefined_in_ones_own_module():
    """As in a notebook, whose cell is run again."""

    def define(sides):
        class Corner(Shape):
            def __init__(self):
                self.sides = sides

            def area(self):
                return 0

        return Corner

    first, second = define(3), define(4)
    assert Shape.kinds["Corner"] is second is not first
    assert Shape.fromConfig({"kind": "Corner"}).sides == 4


@pytest.mark.parametrize(
    ("base", "name", "words"),
    [
        (Layer, "Dense", "the library has a layer called Dense (layers.dense), by whose name files know it: give the"),
        (Dense, "Dense", "the library has a layer called Dense (layers.dense)"),
        (ReLU, "ReLU", "the library has an activation called ReLU (activations.relu)"),
        (MSE, "MSE", "the library has a loss called MSE (loss.mse)"),
    ],
)
def test_the_librarys_names_are_taken(base, name, words):
    before = base.kinds[name]
    with pytest.raises(TypeError) as caught:
        type(name, (base,), {"__module__": "mine"})
    assert words in str(caught.value)
    assert "the one in mine another name" in str(caught.value)
    assert base.kinds[name] is before
    other = type("My" + name, (base,), {"__module__": "mine"})
    assert base.kinds["My" + name] is other
    assert type("My" + name, (base,), {"__module__": "another"}) is base.kinds["My" + name]


def test_a_name_of_another_family_is_free():
    one = type("Dense", (Shape,), {"__module__": "mine"})
    assert Shape.kinds["Dense"] is one
    assert Layer.kinds["Dense"] is Dense


def test_without_arguments_nothing_is_parsed(monkeypatch):
    """Parsing fails now and then where another thread parses, in Python 3.11."""

    class Point(Shape):
        def area(self):
            return 0

    with monkeypatch.context() as patch:
        patch.setattr("ast.parse", None)
        described = Point.described()
    assert described == []
