"""Layers for the codes of autoencoders."""
