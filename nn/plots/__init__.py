"""Pictures through matplotlib. Every function returns a Figure and needs no display: figure.savefig("curves.png").

Matplotlib is imported where it is used, for a quick `import nn`; pyplot and its state play no part.
"""

from nn.plots.classification import plotConfusionMatrix, plotMisclassified
from nn.plots.images import plotImages
from nn.plots.network import plotActivations, plotNetwork, plotWeights
from nn.plots.training import plotHistory

__all__ = [
    "plotActivations",
    "plotConfusionMatrix",
    "plotHistory",
    "plotImages",
    "plotMisclassified",
    "plotNetwork",
    "plotWeights",
]
