"""A target as one value per compound."""

from __future__ import annotations

import numpy as np

from molkit.audit.compounds import Compounds
from molkit.audit.measured import Values


def compound_values(compounds: Compounds, values: Values) -> np.ndarray:
    """One value of each compound, float64 [m], NaN where none: the median of exact numbers on the scale on which they
    are compared, or the class of the majority (an even vote is none), as in training."""
    numbers = values.compared if values.classes is None else values.values
    found = np.full(len(compounds), np.nan)
    for compound, rows in enumerate(compounds.members()):
        own = numbers[rows]
        own = own[~np.isnan(own)]
        if not len(own):
            continue
        middle = float(np.median(own) if values.classes is None else own.mean())
        if values.classes is None:
            found[compound] = middle
        elif middle != 0.5:
            found[compound] = float(middle > 0.5)
    return found


def shown_values(values: Values, own: np.ndarray) -> list[object]:
    """Values [n] of compounds as they are listed: numbers, or the names of their classes."""
    return own.tolist() if values.classes is None else [values.classes[int(value)] for value in own]
