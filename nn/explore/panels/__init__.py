"""What is shown of a model on a page."""
