"""A variational autoencoder that transforms samples to codes, as scikit-learn's transformers do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from leibnet.arguments import instance, number, refusal
from leibnet.types import Array

from sklearn.utils.validation import check_is_fitted

from activations import Activation, Sigmoid
from layers import Sampler
from loss import MSE, CrossEntropy, Loss
from nn.estimators.codes import CodesTransformer
from nn.estimators.settings import dense
from nn.models.mlp import MLP
from nn.models.model import Model
from nn.models.vae import VAE
from optimizer import Optimizer


class VAETransformer(CodesTransformer):
    """Codes of samples, from a variational autoencoder: x ↦ μ(x), the mean of the code's distribution, and back by f.

        Loss = -E[ln p(x|z)] + β KL(N(μ, diag σ²) ‖ N(0, I))

    Parameters
    ----------
    n_components : latent variables; default 2.
    noise_variance : c of p(x|z) = N(f(z), c I), the variance with which features lie about what the decoder gives, in
        their own units; default 0.1, for features of variance 1. Where it is too large, all codes become 0. None: the
        features are pixels, from 0 to 1, of a Bernoulli distribution with probability f(z).
    beta : β, the weight of the divergence; default 1.
    hidden_layer_sizes : those of the encoder; the decoder has them in reverse. Default (100,).
    network : a function of (features, codes) that makes a `VAE`; default none. What says layers, solver, alpha, step,
        noise_variance or beta must be omitted beside it.
    n_iter_no_change : default 50: the loss goes up and down with what is drawn.
    others : as for `NetworkClassifier`; `validation_fraction` chooses among all samples alike.

    Samples are scaled by nobody: use a StandardScaler before it.

    Attributes
    ----------
    network_ : the trained network, a `VAE`, which works with columns: `network_.sample(10).T` are new samples, and
        `network_.save(path)` writes the library's file.
    n_features_in_, feature_names_in_, n_iter_, loss_, loss_curve_, validation_loss_curve_ : as for `NetworkClassifier`.

    Example
    -------
    >>> from sklearn.datasets import load_iris
    >>> X, _ = load_iris(return_X_y=True)
    >>> transformer = VAETransformer(2, learning_rate_init=0.01, max_iter=999, tol=0.1, random_state=0).fit(X)
    >>> transformer.transform(X).shape, transformer.inverse_transform([[0.0, 0.0]]).shape
    ((150, 2), (1, 4))
    """

    def __init__(
        self,
        n_components: int = 2,
        *,
        noise_variance: float | None = 0.1,
        beta: float = 1.0,
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
            n_components,
            hidden_layer_sizes=hidden_layer_sizes,
            activation=activation,
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
        self.noise_variance = noise_variance
        self.beta = beta

    def transform(self, X: Any) -> Array:
        """The means (samples, n_components) of the codes of rows."""
        check_is_fitted(self, "network_")
        means: Array = self.network_.encode(self.rows(X).T)[0].T
        return means

    # Inside ----------------------------------------------------------------------------------------------------------

    def own_settings(self) -> tuple[str, ...]:
        return (*super().own_settings(), "noise_variance", "beta")

    def make_network(self, inputs: int, outputs: int, sizes: list[int], hidden: Activation, step: Optimizer) -> Model:
        owner, last = "VAETransformer", Sigmoid() if self.noise_variance is None else None
        if not sizes:
            expected = "of one layer at least, in front of the distribution of the codes"
            raise ValueError(refusal(owner, "hidden_layer_sizes", expected, self.hidden_layer_sizes))
        loss: Loss = CrossEntropy()
        if self.noise_variance is not None:
            loss = MSE(variance=number(owner, "noise_variance", self.noise_variance, low=0, excluding="low"))
        return VAE(
            MLP(dense([inputs, *sizes], hidden, hidden, step)),
            Sampler(sizes[-1], outputs, step),
            MLP(dense([outputs, *reversed(sizes), inputs], hidden, last, step)),
            loss,
            number(owner, "beta", self.beta, low=0),
        )

    def check_network(self, network: Any, inputs: int, outputs: int) -> None:
        instance("VAETransformer", "what network makes", network, VAE, "VAE(encoder, sampler, decoder)")
        if network.inputShape not in (None, (inputs,)) or network.sampler.latentDim != outputs:
            expected = f"a VAE of {inputs} features with {outputs} latent variables"
            raise ValueError(refusal("VAETransformer", "what network makes", expected, network))
