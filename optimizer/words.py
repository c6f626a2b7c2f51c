"""What other libraries call an optimizer's arguments, and what they are here."""

from __future__ import annotations

from numbers import Real
from typing import Any

from leibnet.words import answering


def _rate(value: str = "...") -> str:
    return (
        f"write {{owner}}(lr={value}) for the step itself, as PyTorch and Keras count it, or {{owner}}(learningRate="
        f"{value}) for the lecture's eta, which is divided by the number of samples in a mini-batch"
    )


_LAYERS = "give an optimizer to every layer instead, as in Dense(784, 100, ReLU(), {owner}(lr=...))"
_WORDS = {
    **dict.fromkeys(("learning_rate", "rate", "alpha", "eta"), _rate()),
    **dict.fromkeys(("params", "parameters"), _LAYERS),
    "betas": "write beta1=..., beta2=...",
    "eps": "write epsilon=...",
    "decay": "write weightDecay=... for the weights, or train(dataset, schedule=...) for a step that becomes smaller",
}


def _surplus(value: Any) -> str:
    return _rate(f"{value:g}") if isinstance(value, Real) else _LAYERS


wellNamed = answering(_WORDS, _surplus)
