"""What the estimators with codes have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from leibnet.arguments import wholeNumber

from activations import Activation
from nn.estimators.networkestimator import NetworkEstimator
from nn.models.model import Model


class CodingEstimator(NetworkEstimator):
    """A model with codes behind scikit-learn's interface. Base of the estimators with an autoencoder or a VAE."""

    def __init__(
        self,
        n_components: int = 2,
        *,
        hidden_layer_sizes: Any = (100,),
        activation: str | Activation = "relu",
        solver: str = "adam",
        alpha: float = 0.0,
        batch_size: int | str = "auto",
        learning_rate_init: float = 0.001,
        momentum: float = 0.9,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        n_iter_no_change: int = 50,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        warm_start: bool = False,
        verbose: bool = False,
        network: Callable[[int, int], Model] | None = None,
    ) -> None:
        super().__init__(
            hidden_layer_sizes,
            activation,
            solver=solver,
            alpha=alpha,
            batch_size=batch_size,
            learning_rate_init=learning_rate_init,
            momentum=momentum,
            max_iter=max_iter,
            shuffle=shuffle,
            random_state=random_state,
            tol=tol,
            n_iter_no_change=n_iter_no_change,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            warm_start=warm_start,
            verbose=verbose,
            network=network,
        )
        self.n_components = n_components

    def codes_wanted(self) -> int:
        """`n_components`, if it is a whole number."""
        return wholeNumber(type(self).__name__, "n_components", self.n_components)
