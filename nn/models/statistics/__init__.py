"""Means and variances of samples that come in pieces."""
