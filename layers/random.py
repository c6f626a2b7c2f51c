"""The random numbers of the layers, where no generator is handed in. `nn.seed` sets its state."""

import numpy as np

generator = np.random.default_rng()
