"""Numbers of a stream, as many as a picture or a median needs."""

from __future__ import annotations

import numpy as np

_MOST_VALUES = 1 << 20  # that are kept; of more, every second one


class Thinned:
    """Numbers of a stream, every second one dropped whenever they get too many."""

    def __init__(self) -> None:
        self._parts, self._every, self._before = [np.empty(0, np.float32)], 1, 0

    def add(self, numbers: np.ndarray) -> None:
        """Take the next numbers."""
        start = -self._before % self._every
        self._parts.append(numbers[start :: self._every].astype(np.float32))
        self._before += len(numbers)
        if sum(map(len, self._parts)) > _MOST_VALUES:
            self._parts, self._every = [self.all[::2]], 2 * self._every

    @property
    def all(self) -> np.ndarray:
        """Those kept."""
        return np.concatenate(self._parts)
