"""Pictures of what codes are good for."""
