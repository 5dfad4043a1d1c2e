"""Molecules as chemistry: from a cell of text to a standardised structure, with a reason when not."""
