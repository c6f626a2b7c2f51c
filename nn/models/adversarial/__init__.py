"""Models of networks that play against each other."""
