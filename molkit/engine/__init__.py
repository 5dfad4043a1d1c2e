"""What runs inside worker processes, and the pool that runs it."""
