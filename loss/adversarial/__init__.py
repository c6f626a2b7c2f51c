"""Adversarial losses: what a discriminator and a generator descend."""
