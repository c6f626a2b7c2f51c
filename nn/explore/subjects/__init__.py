"""What can be done with a model, without any browser."""
