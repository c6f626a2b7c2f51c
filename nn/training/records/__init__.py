"""What a model was trained on, and how, as its file keeps it."""
