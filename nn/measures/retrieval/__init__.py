"""Looking up samples by binary codes, and what the answers are worth."""
