"""Panels for codes of bits, and for what goes from one domain to another."""
