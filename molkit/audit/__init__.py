"""The audit of a table before training: what is wrong with it, and what may be expected of it."""
