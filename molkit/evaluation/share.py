"""The interval of a share."""

from __future__ import annotations

import math


def wilson(share: float, n: int) -> tuple[float, float]:
    """95 % interval of a share of n (Wilson, J. Am. Stat. Assoc. 1927, 22, 209).

    >>> [round(end, 3) for end in wilson(0.5, 10)]
    [0.237, 0.763]
    """
    z = 1.959964
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return middle - half, middle + half
