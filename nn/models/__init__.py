"""The models of the lectures."""
