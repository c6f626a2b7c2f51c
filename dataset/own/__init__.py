"""Data sets of the user's own: arrays, tables, folders of images."""
