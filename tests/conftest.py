"""For all tests."""

import os

# OpenBLAS's threads wait actively: beside another busy process, small products take many times longer on two threads
# than on one. Set before NumPy is loaded, and inherited by the examples that the tests start.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
