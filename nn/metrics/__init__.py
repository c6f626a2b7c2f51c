"""Figures of merit of a network's answers, over all samples of a set together."""
