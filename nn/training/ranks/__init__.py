"""Trainings of one process, and of several ranks together."""
