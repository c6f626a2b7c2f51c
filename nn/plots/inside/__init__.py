"""What is inside a network: its graph, its kernels, and what every layer makes of an image."""
