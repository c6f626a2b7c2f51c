"""What `leibnet show` says, a file for each kind of file that it says it of."""
