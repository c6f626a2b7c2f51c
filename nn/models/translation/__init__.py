"""Sequences that become other sequences: an encoder reads, a decoder writes."""
