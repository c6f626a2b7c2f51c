"""What can be done with a model by hand, without a browser."""
