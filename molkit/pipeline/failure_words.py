"""What is said of where a model fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from molkit.pipeline.phrases import number, size


@dataclass(frozen=True)
class Excess:
    """A group whose mean loss is larger than that of the other compounds.

    `low` and `high` are the 95 % interval of the difference, `chance` the probability that the largest of all
    groups that were looked at would differ so much if the groups were dealt at random.
    """

    target: str
    group: str
    n: int
    loss: float
    others: float
    low: float
    high: float
    chance: float
    unit: str = ""
    log: bool = False
    calls: bool = False

    @property
    def sentence(self) -> str:
        """In words."""
        group = self.group[:1].upper() + self.group[1:]
        if self.calls:
            return (
                f"{group} (n {self.n:,}) are called wrongly in {self.loss:.0%} of cases, the "
                f"others in {self.others:.0%} (difference {100 * (self.loss - self.others):.0f} "
                f"[{100 * self.low:.0f}, {100 * self.high:.0f}] percentage points)."
            )
        return (
            f"{group} (n {self.n:,}) are off by {size(self.loss, self.unit, self.log)} on average, the others by "
            f"{size(self.others, self.unit, self.log)} (difference {number(self.loss - self.others)} "
            f"[{number(self.low)}, {number(self.high)}]{' in log10' if self.log else ''})."
        )


@dataclass(frozen=True)
class EndBias:
    """How far one end of the measured values is predicted too high, with its 95 % interval; `limit` bounds it."""

    target: str
    end: str  # "lowest" or "highest"
    limit: float
    n: int
    bias: float
    low: float
    high: float
    unit: str = ""
    log: bool = False

    @property
    def sentence(self) -> str:
        """In words."""
        side, sign = ("high", 1) if self.bias > 0 else ("low", -1)
        ends = sorted(sign * end for end in (self.low, self.high))
        limit = number(10**self.limit if self.log else self.limit)
        beyond = f"up to {limit}" if self.end == "lowest" else f"from {limit} on"
        middle = (side == "high") == (self.end == "lowest")
        return (
            f"The fifth with the {self.end} measured values ({beyond}, n {self.n:,}) is predicted too {side} by "
            f"{size(abs(self.bias), self.unit, self.log)} on average [{number(ends[0])}, {number(ends[1])}], "
            f"{'towards' if middle else 'away from'} the middle of the range."
        )


@dataclass(frozen=True)
class Failures:
    """What was found of one target, which groups were looked at, and which are too small to judge, with their n."""

    target: str
    n: int
    found: tuple[Excess | EndBias, ...]
    looked_at: tuple[str, ...]
    too_few: tuple[tuple[str, int], ...]
    noun: str = "compound"

    @property
    def quiet(self) -> bool:
        """Whether no group stands out."""
        return not any(isinstance(found, Excess) for found in self.found)


def failure_sentences(failures: Sequence[Failures]) -> tuple[str, ...]:
    """Of one target, or of several with their names: what was found, what was not, and what cannot be known."""
    if len(failures) == 1:
        only = failures[0]
        return tuple([found.sentence for found in only.found] + _quiet(failures) + _too_few(failures))
    found = [f"{own.target}: {each.sentence[:1].lower()}{each.sentence[1:]}" for own in failures for each in own.found]
    return tuple(found + _quiet(failures) + _too_few(failures))


def _quiet(failures: Sequence[Failures]) -> list[str]:
    """Targets of which no group has larger errors."""
    judged = [own for own in failures if own.quiet and own.looked_at]
    unjudged = [own for own in failures if own.quiet and not own.looked_at]
    said = []
    if judged:
        names = dict.fromkeys(name for own in judged for name in own.looked_at)
        said.append(
            f"None of the groups looked at has larger errors than the others beyond chance{_of(judged, failures)}: "
            f"{', '.join(names)}."
        )
    if unjudged:
        said.append(
            f"Too few {failures[0].noun}s were scored to tell where errors are larger{_of(unjudged, failures)}."
        )
    return said


def _of(some: Sequence[Failures], all_of: Sequence[Failures]) -> str:
    names = ", ".join(f"{own.target} n {own.n:,}" for own in some) if len(all_of) > 1 else f"n {some[0].n:,}"
    return f" ({names})"


def _too_few(failures: Sequence[Failures]) -> list[str]:
    """Groups that no target has enough of, with the largest number of each."""
    sizes = [dict(own.too_few) for own in failures]
    names = [name for name in (sizes[0] if sizes else ()) if all(name in own for own in sizes)]
    if not names:
        return []
    shown = ", ".join(f"{name} ({max(own[name] for own in sizes)})" for name in names)
    return [f"Too few were scored to judge: {shown}."]
