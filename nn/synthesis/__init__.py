"""Pictures by gradient on the input of a frozen network."""
