"""Where Beam's work is done, and the processes that do it."""
