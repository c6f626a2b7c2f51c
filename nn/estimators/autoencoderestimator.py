"""What the estimators with an autoencoder have in common."""

from __future__ import annotations

from typing import Any

from leibnet.arguments import instance, refusal
from leibnet.types import Array

from sklearn.utils.validation import check_is_fitted

from activations import Activation
from nn.estimators.codingestimator import CodingEstimator
from nn.estimators.settings import dense
from nn.models.autoencoder import Autoencoder
from nn.models.mlp import MLP
from nn.models.model import Model
from optimizer import Optimizer


class AutoencoderEstimator(CodingEstimator):
    """An autoencoder behind scikit-learn's interface. Base of `AutoencoderTransformer` and `AnomalyDetector`."""

    def reconstructed(self, X: Array) -> Array:
        """What is left of checked rows after encoding and decoding."""
        check_is_fitted(self, "network_")
        rows: Array = self.network_.reconstruct(X.T).T
        return rows

    def make_network(self, inputs: int, outputs: int, sizes: list[int], hidden: Activation, step: Optimizer) -> Model:
        there, back = [inputs, *sizes, outputs], [outputs, *reversed(sizes), inputs]
        return Autoencoder(MLP(dense(there, hidden, None, step)), MLP(dense(back, hidden, None, step)))

    def check_network(self, network: Any, inputs: int, outputs: int) -> None:
        owner = type(self).__name__
        instance(owner, "what network makes", network, Autoencoder, "Autoencoder(encoder, decoder)")
        if network.inputShape not in (None, (inputs,)) or network.encoder.outputShape not in (None, (outputs,)):
            expected = f"an Autoencoder of {inputs} features with {outputs} codes"
            raise ValueError(refusal(owner, "what network makes", expected, network))
