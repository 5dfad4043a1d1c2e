"""How large an image may be, by what its header declares; checked before anything is decoded."""

from __future__ import annotations

from molkit.types import Problem

# A mammogram has 13 million pixels; Pillow warns from 89 million, where a worker's memory would be at its end.
MOST_PIXELS = 40_000_000
MOST_BYTES = 200_000_000
MOST_FRAMES = 100_000


def size_problem(width: int, height: int, samples: int = 1) -> Problem | None:
    """Why an image of this declared size is not decoded, if so."""
    if min(width, height, samples) < 1:
        return Problem("invalid_syntax", "the image has no pixels, as its header says; export it again.")
    if width * height > MOST_PIXELS or samples > 4:
        return Problem(
            "too_large",
            f"the image has {width} x {height} pixels of {samples} values, as its header says;"
            f" at most {MOST_PIXELS:,} pixels are read: make it smaller.",
        )
    return None
