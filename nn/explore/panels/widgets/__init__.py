"""Widgets, charts and pictures of states, for several panels."""
