"""Terms of the loss that belong to a layer."""
