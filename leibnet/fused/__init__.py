"""Fused kernels: a few functions that do in one pass over memory what NumPy does in several.

Their formulas stand in layers, losses and optimizers, in NumPy, and are the reference. Where the package numba is
installed (`pip install "leibnet[fast]"`), trainings take compiled forms of the same names and signatures, from
`compiled`; `choice` says which. A part of the library asks for one in a training pass,

    update = kernel("adam", theta, gradient) or _adam

and gets None, and computes as its formula stands, where there is none for these arrays. So forms for arrays of another
library (CuPy) have their place here: a package of functions of these names beside `compiled`.
"""
