"""A page in the browser on which a model file is looked at and played with; served on this machine, for it alone."""

from nn.explore.serving import explore

__all__ = ["explore"]
