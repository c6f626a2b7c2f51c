"""Models of texts: what they write on, fill in and translate."""
