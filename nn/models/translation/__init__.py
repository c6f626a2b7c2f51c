"""Models that write a sequence while they look at another one."""
