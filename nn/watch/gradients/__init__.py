"""What becomes of gradients on their way back."""
