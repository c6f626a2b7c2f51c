"""Activation functions, each with its gradient."""

import leibnet  # noqa: F401 - chooses the kernels before NumPy is loaded

from activations.activation import Activation
from activations.elu import ELU
from activations.identity import Identity
from activations.leakyrelu import LeakyReLU
from activations.relu import ReLU
from activations.sigmoid import Sigmoid
from activations.softmax import Softmax
from activations.tanh import Tanh

__all__ = ["Activation", "ELU", "Identity", "LeakyReLU", "ReLU", "Sigmoid", "Softmax", "Tanh"]
