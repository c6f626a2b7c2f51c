"""Further autoencoders, and how they are trained."""
