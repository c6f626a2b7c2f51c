"""The processor: its kernels for matrix products, the number of threads, a second thread."""
