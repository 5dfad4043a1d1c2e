"""The probability from which a class is named, chosen on unseen rows by what the user wants of the calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from molkit.errors import InputError, name_hint

USUAL = 0.5  # where nothing can be chosen, or shall be
HALF = "half"


@dataclass(frozen=True)
class Calls:
    """Rows called positive at each of C cuts, rightly and wrongly, [C] each, and the rows of each class."""

    right: np.ndarray
    wrong: np.ndarray
    positives: int
    negatives: int

    @property
    def precision(self) -> np.ndarray:
        """Share of the rows called positive that are, [C]."""
        return self.right / (self.right + self.wrong)

    @property
    def recall(self) -> np.ndarray:
        """Share of the positives that are called so, [C]."""
        return self.right / self.positives


@dataclass(frozen=True)
class Rule:
    """What a threshold is chosen for: a name of `RULES`, and the number that goes with some of them, or "half"."""

    name: str
    value: float | None = None

    @property
    def text(self) -> str:
        """As it is written on the command line."""
        return self.name if self.value is None else f"{self.name}={self.value:g}"


def _matthews(calls: Calls, value: float) -> np.ndarray:
    """Matthews, Biochim. Biophys. Acta 1975, 405, 442; 0, its limit, where all rows are called alike."""
    called, n = calls.right + calls.wrong, calls.positives + calls.negatives
    scale = np.sqrt(called * (n - called) * calls.positives * float(calls.negatives))
    return (calls.right * calls.negatives - calls.wrong * calls.positives) / np.where(scale > 0, scale, np.inf)


def _f1(calls: Calls, value: float) -> np.ndarray:
    return 2 * calls.right / (calls.right + calls.wrong + calls.positives)


def _balanced_accuracy(calls: Calls, value: float) -> np.ndarray:
    return (calls.recall + 1 - calls.wrong / calls.negatives) / 2


def _break_even(calls: Calls, value: float) -> np.ndarray:
    """Where precision and recall meet: the event 1 score of the PhysioNet/CinC Challenge 2012."""
    return np.minimum(calls.precision, calls.recall)


def _cost(calls: Calls, value: float) -> np.ndarray:
    """A missed positive costs `value` times as much as a false alarm."""
    return -(value * (calls.positives - calls.right) + calls.wrong)


def _precision(calls: Calls, value: float) -> np.ndarray:
    """As many positives as can be found with that precision; where none has it, the most precise cut."""
    reached = calls.precision >= value - 1e-12
    return np.where(reached, 2 + calls.recall, calls.precision)


def _recall(calls: Calls, value: float) -> np.ndarray:
    """As few false alarms as can be had with that recall."""
    return np.where(calls.recall >= value - 1e-12, -calls.wrong, -np.inf)


RULES: dict[str, Callable[[Calls, float], np.ndarray]] = {
    "MCC": _matthews,
    "F1": _f1,
    "balanced accuracy": _balanced_accuracy,
    "break even": _break_even,
    "cost": _cost,
    "precision": _precision,
    "recall": _recall,
}
_WITH_SHARE, _WITH_NUMBER = ("precision", "recall"), ("cost", "precision", "recall")


def read_rule(text: str) -> Rule:
    """The rule of a text such as MCC, F1, balanced-accuracy, break-even, cost=10, precision=0.8 or half (always 0.5).

    Raises InputError for anything else.

    >>> read_rule("mcc"), read_rule("Balanced-Accuracy"), read_rule("cost=10").text
    (Rule(name='MCC', value=None), Rule(name='balanced accuracy', value=None), 'cost=10')
    """
    name, equals, number = text.partition("=")
    known = {rule.lower(): rule for rule in (*RULES, HALF)}
    plain = " ".join(name.lower().replace("-", " ").replace("_", " ").split())
    if plain not in known:
        raise InputError(
            f"--threshold {text}: there is no rule {name!r}{name_hint(plain, known)}; a rule is chosen for, such as "
            "recall=0.9, and the threshold itself follows from the data"
        )
    rule = known[plain]
    if bool(equals) != (rule in _WITH_NUMBER):
        wanted = f"{rule}=NUMBER" if rule in _WITH_NUMBER else f"{rule} alone"
        raise InputError(f"--threshold {text}: expected {wanted}")
    if not equals:
        return Rule(rule)
    try:
        value = float(number)
    except ValueError:
        value = np.nan
    most = 1.0 if rule in _WITH_SHARE else np.inf
    if not 0 < value <= most or value == np.inf:
        wanted = "a share above 0 and at most 1" if rule in _WITH_SHARE else "a number above 0"
        raise InputError(f"--threshold {text}: expected {wanted}, such as {rule}={0.8 if rule in _WITH_SHARE else 10}")
    return Rule(rule, value)


def choose_threshold(y: np.ndarray, p: np.ndarray, rule: Rule = Rule("MCC")) -> float:
    """The cut of probabilities [n] that serves a rule best on labels [n] (NaN = not measured); 0.5 with one class.

    Cuts lie midway between neighbouring predictions, so that rounding moves no row over them; of equally good ones the
    middle one is taken. A wanted precision or recall may call every row positive.
    """
    if rule.name == HALF:
        return USUAL
    rows = ~np.isnan(y)
    y, p = y[rows], p[rows]
    values, place = np.unique(p, return_inverse=True)
    if len(np.unique(y)) < 2 or len(values) < 2:
        return USUAL
    cuts = (values[1:] + values[:-1]) / 2
    if rule.value is not None:
        cuts = np.r_[values[0] / 2, cuts]
    quality = RULES[rule.name](_calls(y, place, len(values) - len(cuts)), rule.value or 0.0)
    best = np.flatnonzero(quality >= quality.max() - 1e-12)
    return float(cuts[best[len(best) // 2]])


def _calls(y: np.ndarray, place: np.ndarray, first: int) -> Calls:
    """The calls from each distinct prediction on, ascending and without the `first` ones; `place` [n] numbers them."""
    right, every = (np.cumsum(np.bincount(place, w)[::-1])[::-1][first:] for w in (y > 0.5, np.ones(len(y))))
    positives = int((y > 0.5).sum())
    return Calls(right, every - right, positives, len(y) - positives)
