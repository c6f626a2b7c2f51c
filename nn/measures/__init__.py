"""What models and their samples are worth, in numbers."""
