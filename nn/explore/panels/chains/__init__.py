"""Panels for chains that run."""
