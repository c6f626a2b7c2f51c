"""Two halves of a mini-batch, which two threads compute."""
