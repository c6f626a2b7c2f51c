"""Pictures through matplotlib. Every plot function returns a Figure and needs no display: figure.savefig("curves.png").

`save(figure, "curves.png")` writes a file in full or not at all.

In a notebook a figure is shown where it is the value of a cell: end the cell with `plots.plotHistory(history)`, without
a semicolon, which hides every value. Elsewhere in a cell, write `display(plots.plotHistory(history))`. `%matplotlib
inline` is not needed. Pyplot, which keeps all figures and shows them at the end of a cell, plays no part.

Samples are columns: points (2, N), images (height · width, N) or (channels, height, width, N). Matplotlib is imported
where it is used, for a quick `import nn`.
"""

from nn.plots.animation import saveAnimation, savePointsAnimation
from nn.plots.boundary import plotDecisionBoundary
from nn.plots.classification import plotConfusionMatrix, plotMisclassified
from nn.plots.codes.factors import plotCodeCurves, plotCodeMaps
from nn.plots.codes.retrieval import plotRetrieval
from nn.plots.components import plotComponents, plotSpectrum, plotWeights
from nn.plots.images import planeCodes, plotImages, plotManifold, plotRows
from nn.plots.inside.attention import plotAttention
from nn.plots.inside.kernels import plotKernels
from nn.plots.inside.layers import plotLayers
from nn.plots.inside.network import plotActivations, plotNetwork
from nn.plots.plane import plotCodes, plotPoints, plotVectorField
from nn.plots.regression import plotEstimates, plotPredictions
from nn.plots.saving import save
from nn.plots.scores import plotPrecisionRecall, plotROC
from nn.plots.segmentation import plotSegmentation
from nn.plots.simulation import plotSimulations
from nn.plots.training import plotCurves, plotHistory

__all__ = [
    "planeCodes",
    "plotActivations",
    "plotAttention",
    "plotCodeCurves",
    "plotCodeMaps",
    "plotCodes",
    "plotComponents",
    "plotConfusionMatrix",
    "plotCurves",
    "plotDecisionBoundary",
    "plotEstimates",
    "plotHistory",
    "plotImages",
    "plotKernels",
    "plotLayers",
    "plotManifold",
    "plotMisclassified",
    "plotNetwork",
    "plotPoints",
    "plotPrecisionRecall",
    "plotPredictions",
    "plotROC",
    "plotRetrieval",
    "plotRows",
    "plotSegmentation",
    "plotSimulations",
    "plotSpectrum",
    "plotVectorField",
    "plotWeights",
    "save",
    "saveAnimation",
    "savePointsAnimation",
]
