"""For all tests."""

import os

from hypothesis import settings

# OpenBLAS's threads wait actively: beside another busy process, small products take many times longer on two threads
# than on one. Set before NumPy is loaded, and inherited by the examples that the tests start.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# No test fails because a machine was slow for a moment.
settings.register_profile("leibnet", deadline=None)
settings.load_profile("leibnet")
