"""Layers that branch: where an array stands, a tuple of arrays may stand."""
