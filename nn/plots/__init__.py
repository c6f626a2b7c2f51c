"""Pictures through matplotlib. Every plot function returns a Figure and needs no display: figure.savefig("curves.png").

`save(figure, "curves.png")` writes a file in full or not at all.

Samples are columns: points (2, N), images (height · width, N) or (channels, height, width, N). Matplotlib is imported
where it is used, for a quick `import nn`; pyplot and its state play no part.
"""

from nn.plots.animation import saveAnimation, savePointsAnimation
from nn.plots.classification import plotConfusionMatrix, plotMisclassified
from nn.plots.components import plotComponents, plotSpectrum, plotWeights
from nn.plots.images import planeCodes, plotImages, plotManifold, plotRows
from nn.plots.network import plotActivations, plotNetwork
from nn.plots.plane import plotCodes, plotPoints, plotVectorField
from nn.plots.saving import save
from nn.plots.training import plotCurves, plotHistory

__all__ = [
    "planeCodes",
    "plotActivations",
    "plotCodes",
    "plotComponents",
    "plotConfusionMatrix",
    "plotCurves",
    "plotHistory",
    "plotImages",
    "plotManifold",
    "plotMisclassified",
    "plotNetwork",
    "plotPoints",
    "plotRows",
    "plotSpectrum",
    "plotVectorField",
    "plotWeights",
    "save",
    "saveAnimation",
    "savePointsAnimation",
]
