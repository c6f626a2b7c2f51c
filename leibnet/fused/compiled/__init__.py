"""The fused kernels, compiled by numba; imported when they are chosen.

A kernel stands under the name and with the arguments of its NumPy form, which says what it computes.
"""
