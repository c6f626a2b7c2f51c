"""What goes wrong in trainings, and how it is noticed."""
