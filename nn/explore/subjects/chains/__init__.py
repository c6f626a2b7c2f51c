"""Chains of random states that run step by step."""
