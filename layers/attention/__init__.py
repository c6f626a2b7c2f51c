"""Layers in which the steps of sequences look at one another."""
