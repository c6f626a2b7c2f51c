"""What codes are good for, beside the pixels they were made from."""
