"""How far every number of a code stands for one factor that the samples were made from."""
