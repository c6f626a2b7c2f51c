"""scikit-learn estimators: rows in, rows out, in scikit-learn's interface and names.

    from nn.estimators import NetworkClassifier

    pipeline = make_pipeline(StandardScaler(), NetworkClassifier((64,), random_state=0))
    cross_val_score(pipeline, X, y)

They are called by what they are made of and what they do (`NetworkClassifier`, `PCATransformer`), so that no name is
that of an estimator of scikit-learn (`MLPClassifier`, `PCA`) or of a model of this library (`nn.PCA`, `nn.VAE`): all
three can be imported side by side. Inside each is a model of this library, which works with columns.
"""

import nn.estimators.requirement  # noqa: F401 - before all else, for what it says where scikit-learn is missing
from nn.estimators.anomalydetector import AnomalyDetector
from nn.estimators.autoencodertransformer import AutoencoderTransformer
from nn.estimators.networkclassifier import NetworkClassifier
from nn.estimators.networkregressor import NetworkRegressor
from nn.estimators.pcatransformer import PCATransformer
from nn.estimators.vaetransformer import VAETransformer

__all__ = [
    "AnomalyDetector",
    "AutoencoderTransformer",
    "NetworkClassifier",
    "NetworkRegressor",
    "PCATransformer",
    "VAETransformer",
]
