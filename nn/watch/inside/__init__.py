"""What is wrong within layers: units that are flat, heads that look at one place."""
