"""The generator from which data sets draw when they are not given one of their own."""

import numpy as np

# One object for the life of the process: to seed it, set its state in place (`generator.bit_generator.state = ...`).
generator: np.random.Generator = np.random.default_rng()
