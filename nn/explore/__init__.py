"""A page in the browser on which a model is looked at and played with."""
