"""A network that classifies, as scikit-learn's classifiers do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from leibnet.arguments import instance, refusal
from leibnet.types import Array

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from activations import Activation, Sigmoid, Softmax
from loss import CategoricalCrossEntropy, CrossEntropy
from nn.estimators.networkestimator import PRECISIONS, NetworkEstimator, Samples
from nn.estimators.settings import dense
from nn.models.mlp import MLP
from nn.models.model import Model
from optimizer import Optimizer


class NetworkClassifier(ClassifierMixin, NetworkEstimator):
    """A classifier: fully connected layers, or a network of your own, trained by cross-entropy.

    Two classes: one output after a Sigmoid; more: one for each after a Softmax; several labels for each sample
    (y of 0 and 1, of shape (samples, labels)): one for each after a Sigmoid.

    Parameters
    ----------
    hidden_layer_sizes : the sizes of the hidden layers; default (100,). A whole number is one layer, () is none.
    activation : of the hidden layers: "relu" (default), "tanh", "logistic", "identity", "elu", "leaky_relu", or an
        `Activation`.
    solver : "adam" (default), or "sgd" with Nesterov's momentum.
    alpha : weight decay, decoupled from the gradient: every step first multiplies the weights, not the biases, with
        1 - learning_rate_init · alpha (Loshchilov & Hutter 2017). scikit-learn's alpha is an L2 penalty divided by the
        number of samples, so the same number means something else. Default 0.
    batch_size : samples in a batch; default "auto": 200, or all if there are fewer.
    learning_rate_init : the step; default 0.001. It stays the same in the course of a training.
    momentum : of "sgd"; default 0.9.
    max_iter : epochs at most; default 200.
    shuffle : whether every epoch has an order of its own; default True.
    random_state : a whole number, a `numpy.random.RandomState` or None (default), for initial weights, the order of the
        samples, noise, and the choice of samples for validation. `nn.seed` plays no part.
    tol, n_iter_no_change : the training ends when the loss has not improved by `tol` (default 1e-4) over its best for
        more than `n_iter_no_change` (default 10) epochs in a row.
    early_stopping : whether to look at the loss of samples set aside instead of that of the training set, and to
        restore the weights with which it was best; default False.
    validation_fraction : the share of those samples, chosen within each class; default 0.1.
    warm_start : whether `fit` goes on with the network that is there; default False.
    verbose : whether to draw a progress bar; default False.
    network : a function of (inputs, outputs) that makes an `MLP`, of whatever layers; default none. The layers' own
        optimizers count, so what says layers, solver, alpha or step must be omitted beside it. It ends as said above:
        in Sigmoid() for two classes (outputs is 1) and for several labels, in Softmax() for several classes. For
        searches in several processes, a function of a module.
    class_weight : weights of the classes: None (default), "balanced", inversely to how often they occur, or a dict
        from class to weight. They multiply sample_weight.

    Weights of samples are divided by their mean, so that they do not change the step: the loss of a batch is the mean
    of weight times loss. Samples are scaled by nobody: use a StandardScaler before it.

    Attributes
    ----------
    classes_ : the classes, sorted; of several labels, their numbers.
    network_ : the trained network, an `MLP`, which works with columns; `network_.save(path)` writes the library's file.
    n_features_in_, feature_names_in_ : as everywhere in scikit-learn.
    n_outputs_ : outputs of the network.
    n_iter_ : epochs of the training, of all of them after `partial_fit`.
    loss_, loss_curve_ : the loss of the last epoch and of each, means over its steps.
    validation_loss_curve_ : with `early_stopping`, the loss of the samples set aside after each epoch.

    Warns
    -----
    ConvergenceWarning : the training ended because of `max_iter`.

    Example
    -------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> model = make_pipeline(StandardScaler(), NetworkClassifier((16,), max_iter=500, random_state=0)).fit(
    ...     X[:400], y[:400]
    ... )
    >>> bool(model.fit(X[:400], y[:400]).score(X[400:], y[400:]) > 0.95)
    True
    """

    classes_: Array
    _several: bool

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
        class_weight: Any = None,
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
        self.class_weight = class_weight

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Trains the network.

        Parameters
        ----------
        X : samples as rows, (samples, features), an array or a frame.
        y : their classes (samples,), numbers or texts, or labels of 0 and 1 (samples, labels).
        sample_weight : (samples,), numbers >= 0; default all equal.
        """
        X, y = self._checked(X, y, reset=True)
        several = y.ndim == 2
        known = getattr(self, "classes_", None) if self.warm_start else None
        classes = np.arange(y.shape[1]) if several else np.unique(y)
        if known is not None and (self._several != several or not np.array_equal(known, classes)):
            expected = f"labels of the classes {known} of the training before, because of warm_start"
            raise ValueError(refusal("NetworkClassifier", "y", expected, classes))
        self._several, self.classes_ = several, _two_or_more(classes, several)
        weights = self._weights(sample_weight, X, y)
        return self.learn(Samples(X, self._targets(y, X), weights), self._outputs(), None if several else y)

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Goes through these samples once, with the network as it is.

        Parameters
        ----------
        X, y, sample_weight : as for `fit`.
        classes : all classes that will ever come, at the first call at least; of several labels, it may be omitted.
        """
        first = not hasattr(self, "classes_")
        X, y = self._checked(X, y, reset=first)
        several = y.ndim == 2
        if isinstance(self.class_weight, str):
            expected = "a dict or None where partial_fit is used, which does not know how often each class will occur"
            raise ValueError(refusal("NetworkClassifier", "class_weight", expected, self.class_weight))
        if first:
            if classes is None and not several:
                expected = "all classes that will ever come, at the first call of partial_fit"
                raise ValueError(refusal("NetworkClassifier", "classes", expected, None))
            self._several = several
            self.classes_ = _two_or_more(np.arange(y.shape[1]) if several else np.unique(classes), several)
        elif classes is not None and not np.array_equal(np.unique(classes), self.classes_):
            raise ValueError(refusal("NetworkClassifier", "classes", f"those of before, {self.classes_}", classes))
        weights = self._weights(sample_weight, X, y)
        return self.learn_more(Samples(X, self._targets(y, X), weights), self._outputs())

    def predict(self, X: Any) -> Array:
        """The classes (samples,), or the labels of 0 and 1 (samples, labels), of rows."""
        outputs = self._outputs_of(X)
        if self._several:
            return (outputs > 0.5).astype(int)
        numbers = outputs.argmax(axis=1) if outputs.shape[1] > 1 else (outputs[:, 0] > 0.5).astype(int)
        return self.classes_[numbers]

    def predict_proba(self, X: Any) -> Array:
        """The probability of every class, or of every label, (samples, classes) or (samples, labels)."""
        outputs = self._outputs_of(X)
        return outputs if self._several or outputs.shape[1] > 1 else np.hstack((1 - outputs, outputs))

    def predict_log_proba(self, X: Any) -> Array:
        """The logarithms of the probabilities."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    # Inside ----------------------------------------------------------------------------------------------------------

    def make_network(self, inputs: int, outputs: int, sizes: list[int], hidden: Activation, step: Optimizer) -> Model:
        several = outputs > 1 and not self._several
        last, loss = (Softmax(), CategoricalCrossEntropy()) if several else (Sigmoid(), CrossEntropy())
        return MLP(dense([inputs, *sizes, outputs], hidden, last, step), loss)

    def check_network(self, network: Any, inputs: int, outputs: int) -> None:
        instance("NetworkClassifier", "what network makes", network, MLP, "MLP([Dense(inputs, outputs, Softmax())])")
        expected = "Softmax" if outputs > 1 and not self._several else "Sigmoid"
        if network.outputShape not in (None, (outputs,)) or network.objective.link != expected:
            expected = f"an MLP with {outputs} outputs after {expected}()"
            raise ValueError(refusal("NetworkClassifier", "what network makes", expected, network))

    def _checked(self, X: Any, y: Any, reset: bool) -> tuple[Array, Array]:
        """Rows, and their classes (N,) or their labels (N, labels)."""
        X, y = validate_data(self, X, y, dtype=PRECISIONS, multi_output=True, reset=reset)
        check_classification_targets(y)
        kind = type_of_target(y, input_name="y")
        if kind == "multilabel-indicator":
            return X, y if isinstance(y, np.ndarray) else y.toarray()
        if kind.endswith("multioutput"):
            expected = "one class for each sample, or labels of 0 and 1, (samples, labels)"
            raise ValueError(refusal("NetworkClassifier", "y", expected, f"{kind} of shape {y.shape}"))
        return X, column_or_1d(y, warn=True)

    def _outputs(self) -> int:
        return 1 if len(self.classes_) == 2 and not self._several else len(self.classes_)

    def _targets(self, y: Array, X: Array) -> Array:
        """What the network shall answer, (N, outputs): ones and zeros."""
        if self._several:
            if y.shape[1] != len(self.classes_):
                expected = f"of shape (samples, {len(self.classes_)}), as at the first call"
                raise ValueError(refusal("NetworkClassifier", "y", expected, y.shape))
            return y.astype(X.dtype)
        if strange := set(np.unique(y).tolist()) - set(self.classes_.tolist()):
            expected = f"of the classes {self.classes_.tolist()}"
            raise ValueError(refusal("NetworkClassifier", "y", expected, sorted(strange)))
        if len(self.classes_) == 2:
            return (y == self.classes_[1]).astype(X.dtype)[:, np.newaxis]
        return (y[:, np.newaxis] == self.classes_).astype(X.dtype)

    def _weights(self, sample_weight: Any, X: Array, y: Array) -> Array | None:
        """The weights of samples and of their classes together."""
        weights = self.weights_of(sample_weight, X)
        if self.class_weight is None:
            return weights
        of_classes: Array = compute_sample_weight(self.class_weight, y)
        return of_classes if weights is None else weights * of_classes

    def _outputs_of(self, X: Any) -> Array:
        check_is_fitted(self, "network_")
        return self.network_.predict(self.rows(X).T).T

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


def _two_or_more(classes: Array, several: bool) -> Array:
    """The classes, unless there is but one to choose from."""
    if len(classes) < 2 and not several:
        expected = "of two classes or more"
        raise ValueError(refusal("NetworkClassifier", "y", expected, f"one class, {classes.tolist()}"))
    return classes
