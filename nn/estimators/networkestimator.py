"""What all estimators with a network have in common."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Self

from leibnet.arguments import flag, number, refusal, wholeNumber
from leibnet.terminal import warn
from leibnet.types import Array

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import check_array, check_consistent_length, validate_data

from activations import Activation
from dataset import Dataset
from nn.estimators.convergence import Convergence
from nn.estimators.draws import drawn_from, generator_of
from nn.estimators.settings import activation_of, optimizer_of, settle, sizes_of
from nn.models.model import Model
from nn.training.earlystopping import EarlyStopping
from nn.training.listener import Listener
from optimizer import Optimizer

PRECISIONS = np.float64, np.float32
BATCH = 200  # samples in a batch where batch_size is "auto", or all


class Samples(NamedTuple):
    """Rows (N, features); what the network shall answer (N, outputs) and the weights (N,), where there are any."""

    X: Array
    targets: Array | None = None
    weights: Array | None = None

    def some(self, places: Array) -> Samples:
        """Those at these places."""
        return Samples(self.X[places], *(None if part is None else part[places] for part in self[1:]))


class NetworkEstimator(BaseEstimator):
    """A model of this library behind scikit-learn's interface. Base of the estimators; see them for the parameters."""

    network_: Any
    loss_curve_: list[float]

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: str | Activation = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0,
        batch_size: int | str = "auto",
        learning_rate_init: float = 0.001,
        momentum: float = 0.9,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        n_iter_no_change: int = 10,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        warm_start: bool = False,
        verbose: bool = False,
        network: Callable[[int, int], Model] | None = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.momentum = momentum
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.warm_start = warm_start
        self.verbose = verbose
        self.network = network

    # What an estimator says ------------------------------------------------------------------------------------------

    def make_network(self, inputs: int, outputs: int, sizes: list[int], hidden: Activation, step: Optimizer) -> Model:
        """The estimator's own network, where none is given."""
        raise NotImplementedError

    def check_network(self, network: Any, inputs: int, outputs: int) -> None:
        """TypeError or ValueError if a network that was given does not serve for so many inputs and outputs."""
        raise NotImplementedError

    def own_settings(self) -> tuple[str, ...]:
        """The parameters that concern the estimator's own network, and must be omitted where one is given."""
        return "hidden_layer_sizes", "activation", "solver", "alpha", "learning_rate_init", "momentum"

    # Training --------------------------------------------------------------------------------------------------------

    def learn(self, samples: Samples, outputs: int, stratify: Array | None = None) -> Self:
        """Trains a new network, or with `warm_start` the one that is there, until it has converged."""
        owner = type(self).__name__
        epochs = wholeNumber(owner, "max_iter", self.max_iter)
        patience = wholeNumber(owner, "n_iter_no_change", self.n_iter_no_change)
        tolerance = number(owner, "tol", self.tol, low=0)
        self._begin(samples, outputs, fresh=not flag(owner, "warm_start", self.warm_start))
        if flag(owner, "early_stopping", self.early_stopping):
            samples, held_out = self._split(samples, stratify)
            self._train(samples, epochs, held_out, EarlyStopping("test_loss", patience, tolerance))
        else:
            self._train(samples, epochs, listeners=[Convergence(tolerance, patience)])
        self.n_iter_ = len(self.loss_curve_)
        if self.n_iter_ == epochs:
            warn(
                f"{owner}: the training ended after max_iter={epochs} epochs, and the loss was still falling: increase "
                "max_iter, or learning_rate_init, or scale the inputs",
                ConvergenceWarning,
            )
        return self

    def learn_more(self, samples: Samples, outputs: int) -> Self:
        """Goes through the samples once, with the network that is there, or a new one."""
        if self.early_stopping:
            expected = "False where partial_fit is used, which makes one epoch at a time"
            raise ValueError(refusal(type(self).__name__, "early_stopping", expected, self.early_stopping))
        before = getattr(self, "loss_curve_", [])
        self._begin(samples, outputs, fresh=False)
        self._train(samples, epochs=1)
        self.loss_curve_ = before + self.loss_curve_
        self.n_iter_ = len(self.loss_curve_)
        return self

    def _begin(self, samples: Samples, outputs: int, fresh: bool) -> None:
        """Makes a network and a generator of random numbers, where they are not there or new ones are wanted."""
        inputs = samples.X.shape[1]
        if not fresh and hasattr(self, "network_"):
            self.check_network(self.network_, inputs, outputs)
            return
        self._generator = generator_of(self.random_state)
        with drawn_from(self._generator):
            self.network_ = self._made(inputs, outputs)
        settle(self.network_, samples.X.dtype)
        self.n_outputs_ = outputs

    def _made(self, inputs: int, outputs: int) -> Model:
        owner = type(self).__name__
        if self.network is None:
            sizes, hidden = sizes_of(owner, self.hidden_layer_sizes), activation_of(owner, self.activation)
            step = optimizer_of(owner, self.solver, self.learning_rate_init, self.alpha, self.momentum)
            return self.make_network(inputs, outputs, sizes, hidden, step)
        if not callable(self.network):
            expected = "a function of (inputs, outputs) that makes a network"
            raise TypeError(refusal(owner, "network", expected, self.network))
        defaults = inspect.signature(type(self)).parameters
        for name in self.own_settings():
            if getattr(self, name) != defaults[name].default:
                expected = "omitted beside network, which says its layers and their optimizers itself"
                raise ValueError(refusal(owner, name, expected, getattr(self, name)))
        made = self.network(inputs, outputs)
        self.check_network(made, inputs, outputs)
        return made

    def _train(
        self,
        samples: Samples,
        epochs: int,
        test: Samples | None = None,
        early: EarlyStopping | None = None,
        listeners: Sequence[Listener] = (),
    ) -> None:
        """A training of so many epochs at most; with `test` samples their loss is measured, too."""
        owner = type(self).__name__
        size = BATCH if isinstance(self.batch_size, str) and self.batch_size == "auto" else self.batch_size
        with drawn_from(self._generator):
            dataset = Dataset.fromArrays(
                samples.X.T,
                _columns(samples.targets),
                testInputs=None if test is None else test.X.T,
                testLabels=None if test is None else _columns(test.targets),
                test_size=0 if test is None else None,
                batch_size=min(wholeNumber(owner, "batch_size", size), len(samples.X)),
                shuffle=flag(owner, "shuffle", self.shuffle),
                sampleWeights=samples.weights,
                testWeights=None if test is None else test.weights,
                dtype=samples.X.dtype,
            )
            history = self.network_.train(
                dataset,
                epochs=epochs,
                metrics=["train_loss"] if test is None else ["train_loss", "test_loss"],
                earlyStopping=early,
                progress=flag(owner, "verbose", self.verbose),
                watch=False,
                listeners=listeners,
            )
        self.loss_curve_ = history["train_loss"]
        self.loss_ = self.loss_curve_[-1]
        if test is not None:
            self.validation_loss_curve_ = history["test_loss"]

    def _split(self, samples: Samples, stratify: Array | None) -> tuple[Samples, Samples]:
        """Samples for training, and others for validation."""
        owner = type(self).__name__
        fraction = number(owner, "validation_fraction", self.validation_fraction, low=0, high=1, excluding="low, high")
        seed = int(self._generator.integers(2**31))
        places, others = train_test_split(
            np.arange(len(samples.X)), test_size=fraction, random_state=seed, stratify=stratify
        )
        return samples.some(places), samples.some(others)

    # Borders ---------------------------------------------------------------------------------------------------------

    def rows(self, X: Any, reset: bool = False) -> Array:
        """Samples as rows of finite floats, float64 unless they are float32; `reset` takes down their features."""
        checked: Array = validate_data(self, X, dtype=PRECISIONS, reset=reset)
        return checked

    def weights_of(self, sample_weight: Any, X: Array) -> Array | None:
        """The weights of the rows of X, if there are any; those that are not numbers >= 0 are refused."""
        if sample_weight is None:
            return None
        weights: Array = check_array(sample_weight, ensure_2d=False, dtype=np.float64, input_name="sample_weight")
        owner = type(self).__name__
        if weights.ndim != 1:
            raise ValueError(refusal(owner, "sample_weight", f"of shape ({len(X)},), one for each row", weights.shape))
        check_consistent_length(X, weights)
        if weights.min() < 0:
            raise ValueError(refusal(owner, "sample_weight", "numbers of at least 0", weights.min()))
        if not weights.any():
            raise ValueError(refusal(owner, "sample_weight", "a weight that is not zero for some row", "zeros alone"))
        return weights


def _columns(rows: Array | None) -> Array | None:
    return None if rows is None else rows.T
