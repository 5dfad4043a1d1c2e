"""What is wanted of a predicted quantity: limits such as `logS > -4`, and how desirable a value is."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from molkit.errors import InputError
from molkit.types import Target

_NUMBER = r"[-+\u2212]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_GOAL = rf"(?:\s+to\s+(?P<goal>{_NUMBER}))?\s*"
_ONE_SIDED = re.compile(rf"\s*(?P<sign>>=|=>|≥|>|<=|=<|≤|<)\s*(?P<limit>{_NUMBER}){_GOAL}", re.IGNORECASE)
_BETWEEN = re.compile(rf"\s+between\s+(?P<low>{_NUMBER})\s+and\s+(?P<high>{_NUMBER}){_GOAL}", re.IGNORECASE)
_CLASS = re.compile(r"\s*==?\s*(?P<name>.+?)\s*")
_AFTER_NAME = re.compile(r"\s*(?:[<>=≤≥]|between\b)", re.IGNORECASE)
_NUMBER_FIRST = re.compile(rf"\s*{_NUMBER}\s*[<>=≤≥]")
_EXAMPLE = 'write "NAME > NUMBER" (or >=, <, <=), "NAME between LOW and HIGH", or "NAME = CLASS"'


@dataclass(frozen=True)
class Want:
    """Limits of one target, in its unit (a probability for a binary one); None is no limit on that side.

    `low_open` and `high_open` say that the limit itself is not good enough. `goal` is where nothing more is
    to be gained, None where that has to be told and was not. `wanted` is the class of a limit that was given as
    one: the model's threshold is then the limit.
    """

    target: Target
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False
    goal: float | None = None
    wanted: str | None = None

    @property
    def two_sided(self) -> bool:
        return self.low is not None and self.high is not None

    def text(self) -> str:
        """The limits as a person would write them.

        >>> Want(Target("logS", "regression", "log mol/L"), low=-4, low_open=True).text()
        'logS > -4 log mol/L'
        """
        low = "" if self.low is None else f"> {self.low:g}" if self.low_open else f">= {self.low:g}"
        high = "" if self.high is None else f"< {self.high:g}" if self.high_open else f"<= {self.high:g}"
        if self.wanted is not None:
            return f"{self.target.name} = {self.wanted}"
        name = self.target.name if self.target.kind == "regression" else f"probability of {positive(self.target)}"
        unit = f" {self.target.unit}" if self.target.unit else ""
        return f"{name} {' and '.join(part for part in (low, high) if part)}{unit}"


def positive(target: Target) -> str:
    """A binary target with the class whose probability is predicted; one class of several says it in its name."""
    return f"{target.name} = {target.classes[1]}" if target.classes and not target.group else target.name


def read_wants(
    texts: Sequence[str], targets: Sequence[Target], half_widths: Mapping[str, float | None]
) -> tuple[Want, ...]:
    """The limits that texts such as "logS > -4" set, one `Want` per target in the order of naming.

    `half_widths`, by target, are the typical ones of its 90 % intervals, on the scale of the model: without
    `to GOAL` the goal of a number lies one such interval beyond its limit, that of a probability at 1 or 0, and
    that of two limits half-way between them. Raises InputError for an unknown target or a limit that nothing can meet.
    """
    wants: dict[str, Want] = {}
    for text in texts:
        target, rest = _split(text, targets)
        found = _read(text, target, rest)
        wants[target.name] = _merged(text, wants[target.name], found) if target.name in wants else found
    for name, want in wants.items():
        _check(want)
        wants[name] = _with_goal(want, half_widths.get(name))
    return tuple(wants.values())


def find_target(name: str, targets: Sequence[Target], option: str) -> Target:
    """The target of that name, in any case; raises InputError with all names."""
    for alike in (str, str.lower):
        found = [target for target in targets if alike(target.name) == alike(name.strip())]
        if len(found) == 1:
            return found[0]
    raise InputError(f"{option} {name.strip()!r}: the models predict {', '.join(target.name for target in targets)}")


def _split(text: str, targets: Sequence[Target]) -> tuple[Target, str]:
    """The target that a text begins with, which may hold any character, and what follows."""
    bare = text.strip()
    for target in sorted(targets, key=lambda target: -len(target.name)):
        rest = bare[len(target.name) :]
        if bare[: len(target.name)].lower() == target.name.lower() and _AFTER_NAME.match(rest):
            return target, rest
    mark = _AFTER_NAME.search(bare)
    if mark is None:
        raise InputError(f"--want {text!r}: is no limit; {_EXAMPLE}")
    if _NUMBER_FIRST.match(bare):
        raise InputError(f"--want {text!r}: the name comes first; {_EXAMPLE}")
    target = find_target(bare[: mark.start()], targets, "--want")
    return target, bare[mark.start() :]


def _read(text: str, target: Target, rest: str) -> Want:
    for pattern, build in ((_ONE_SIDED, _one_sided), (_BETWEEN, _between), (_CLASS, _one_class)):
        match = pattern.fullmatch(_without_unit(target, rest))
        if match is not None:
            return build(target, match.groupdict())
    raise InputError(f"--want {text!r}: cannot be read; {_EXAMPLE}")


def _without_unit(target: Target, rest: str) -> str:
    """The limits without the target's own unit behind a number."""
    if target.kind != "regression" or not target.unit:
        return rest
    gap = r"\s+" if target.unit[0] in "0123456789.eE+-" else r"\s*"
    return re.sub(rf"({_NUMBER}){gap}{re.escape(target.unit)}(?!\S)", r"\1", rest)


def _one_sided(target: Target, parts: Mapping[str, str | None]) -> Want:
    sign, limit, goal = str(parts["sign"]), _number(parts["limit"]), _number(parts["goal"])
    strict = sign in "<>"
    if sign[0] in ">≥" or sign == "=>":
        return Want(target, low=limit, low_open=strict, goal=goal)
    return Want(target, high=limit, high_open=strict, goal=goal)


def _between(target: Target, parts: Mapping[str, str | None]) -> Want:
    return Want(target, low=_number(parts["low"]), high=_number(parts["high"]), goal=_number(parts["goal"]))


def _one_class(target: Target, parts: Mapping[str, str | None]) -> Want:
    """A class is wanted where the model would name it: from its threshold on, or below."""
    name = parts["name"]
    if target.kind != "binary" or target.classes is None:
        raise InputError(f"--want: {target.name} is a number, which is never equal to one; use >, < or between")
    if name not in target.classes:
        raise InputError(f"--want: the classes of {target.name} are {' and '.join(target.classes)}, not {name!r}")
    if name == target.classes[1]:
        return Want(target, low=target.threshold, wanted=name)
    return Want(target, high=target.threshold, high_open=True, wanted=name)


def _number(text: str | None) -> float | None:
    return None if text is None else float(text.replace("\u2212", "-"))


def _merged(text: str, first: Want, second: Want) -> Want:
    if (first.low is not None and second.low is not None) or (first.high is not None and second.high is not None):
        raise InputError(f"--want {text!r}: {first.target.name} has such a limit already ({first.text()})")
    low, high = (second, first) if first.low is None else (first, second)
    goal = second.goal if second.goal is not None else first.goal
    return replace(low, high=high.high, high_open=high.high_open, goal=goal, wanted=None)


def _check(want: Want) -> None:
    limits = [limit for limit in (want.low, want.high) if limit is not None]
    name = want.target.name
    if not all(map(math.isfinite, limits)):
        raise InputError(f"--want: {want.text()}: a limit is a finite number")
    if want.two_sided and (limits[0] > limits[1] or (limits[0] == limits[1] and (want.low_open or want.high_open))):
        raise InputError(f"--want: {want.text()}: no value is both; the limits stand the wrong way round")
    if want.target.kind == "binary":
        never = want.low is not None and (want.low > 1 or (want.low == 1 and want.low_open))
        never = never or (want.high is not None and (want.high < 0 or (want.high == 0 and want.high_open)))
        if never or not all(0 <= limit <= 1 for limit in limits):
            raise InputError(f"--want: {name} is predicted as a probability, 0 to 1; got {want.text()}")
    if want.target.log and not all(limit > 0 for limit in limits):
        raise InputError(f"--want: {want.text()}: the values of {name} are above 0, and so must its limits be")


def _with_goal(want: Want, half_width: float | None) -> Want:
    goal = want.goal
    if goal is None:
        goal = _usual_goal(want, half_width)
    elif (
        not math.isfinite(goal)
        or (want.target.log and goal <= 0)
        or (want.target.kind == "binary" and not 0 <= goal <= 1)
        or (want.low is not None and goal <= want.low)
        or (want.high is not None and goal >= want.high)
    ):
        raise InputError(f"--want: {want.text()}: the goal {goal:g} does not lie beyond the limit")
    return replace(want, goal=goal)


def _usual_goal(want: Want, half_width: float | None) -> float | None:
    limits = on_scale(want.target, [limit for limit in (want.low, want.high) if limit is not None])
    if want.target.kind == "binary" and not want.two_sided:
        return 0.0 if want.low is None else 1.0
    if want.two_sided:
        goal = float(limits.mean())
    elif half_width is not None:
        goal = float(limits[0]) + 2 * half_width * (-1 if want.low is None else 1)
    else:
        return None
    return 10.0**goal if want.target.log else goal


def meets(want: Want, low_end: np.ndarray, high_end: np.ndarray) -> np.ndarray:
    """Whether everything from `low_end` to `high_end` is within the limits, bool [n]; NaN is not."""
    inside = np.isfinite(low_end) & ~np.isnan(high_end)
    if want.low is not None:
        inside &= low_end > want.low if want.low_open else low_end >= want.low
    if want.high is not None:
        inside &= high_end < want.high if want.high_open else high_end <= want.high
    return inside


def desirability(want: Want, low_end: np.ndarray, high_end: np.ndarray) -> np.ndarray:
    """How desirable the worse of two ends is: 0 at a limit and beyond, 1 at the goal, straight between, [n].

    The one- and two-sided functions of Derringer and Suich (J. Qual. Technol. 1980, 12, 214) with exponents of
    1, on the logarithm of a target that is modelled so. Raises InputError where there is no goal.

    >>> want = Want(Target("logS", "regression"), low=-4, goal=-2)
    >>> desirability(want, np.array([-5.0, -3.5, 0.0]), np.array([-5.0, -3.5, 0.0])).tolist()
    [0.0, 0.25, 1.0]
    """
    if want.goal is None:
        raise InputError(
            f"--want: {want.text()}: the model stores no interval for this target, so say which value is as good "
            f'as can be, as in "{want.target.name} > 1 to 3"'
        )
    degree = np.ones(len(low_end))
    for limit, value in ((want.low, low_end), (want.high, high_end)):
        if limit is not None:
            degree = np.minimum(degree, _ramp(on_scale(want.target, value), *on_scale(want.target, [limit, want.goal])))
    return degree


def on_scale(target: Target, values: np.ndarray | Sequence[float]) -> np.ndarray:
    """Values on the scale of the model; what has no logarithm is infinitely low."""
    numbers = np.asarray(values, float)
    if not target.log:
        return numbers
    logarithms = np.log10(numbers, out=np.full(numbers.shape, -np.inf), where=numbers > 0)
    return np.where(np.isnan(numbers), np.nan, logarithms)


def _ramp(values: np.ndarray, limit: float, goal: float) -> np.ndarray:
    """0 at `limit`, 1 at `goal`, which may lie on either side; where they are equal, what is at the goal has 1."""
    if limit == goal:
        return (values == goal).astype(float)
    return np.clip((values - limit) / (goal - limit), 0.0, 1.0)
