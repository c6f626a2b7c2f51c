"""Data sets that are kept in files."""
