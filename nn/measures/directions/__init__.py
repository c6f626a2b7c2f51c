"""Directions in a space of codes: found, and measured by what they change in the pictures."""
