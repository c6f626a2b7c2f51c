"""Panels for models of texts."""
