"""How a library was ranked, in sentences that stand on the page of hits and in the notes."""

from __future__ import annotations

from collections.abc import Mapping

from molkit.screening.criteria import Criteria, stays_hard
from molkit.screening.limits import Want, on_scale
from molkit.types import Target


def ranking_sentences(criteria: Criteria) -> tuple[str, ...]:
    """What the limits are, whether they are hard, and what exactly the score is."""
    end = "the unfavourable end of the 90 % interval" if criteria.rank == "bound" else "the prediction"
    hard = [want for want in criteria.wants if stays_hard(criteria, want)]
    limits = [f"Hard limits, by {end}: {'; '.join(want.text() for want in hard)}."] if hard else []
    return (*limits, *_score(criteria, end), *_class_remark(criteria))


def hopeless_limits(criteria: Criteria, half_widths: Mapping[str, float | None]) -> list[str]:
    """Notes on limits that stand closer together than the ends of a typical interval, which have to be within them.

    `half_widths` are the median half widths of the 90 % intervals on held-out compounds, by target.
    """
    if criteria.rank != "bound":
        return []
    return [
        f"Few rows can meet {want.text()}: a typical 90 % interval of {want.target.name} is wider than that; "
        "use --rank prediction or probability, or set the limits farther apart."
        for want in criteria.wants
        if _narrower(want, half_widths.get(want.target.name))
    ]


def _narrower(want: Want, half_width: float | None) -> bool:
    if want.low is None or want.high is None or half_width is None or want.target.kind == "binary":
        return False
    low, high = on_scale(want.target, [want.low, want.high]).tolist()
    return bool(high - low < 2 * half_width)


def _score(criteria: Criteria, end: str) -> list[str]:
    if criteria.rank == "probability":
        return _probability(criteria)
    if criteria.single is not None:
        order = "lowest" if criteria.lowest else "highest"
        return [f"Ranked by {end} of {_quantity(criteria.single)}, {order} first; that is the score."]
    several = len(criteria.ranked) > 1
    mean = "the geometric mean of the desirabilities" if several else "the desirability"
    functions = [f"d = {_function(want)}" for want in criteria.ranked]
    return [
        f"The score is {mean} of {end} (Derringer and Suich, J. Qual. Technol. 1980, 12, 214), highest first.",
        *functions,
    ]


def _probability(criteria: Criteria) -> list[str]:
    shown = " and ".join(_event(want) for want in criteria.ranked)
    several = len(criteria.ranked) > 1
    product = ", as the product of single probabilities, so errors are assumed to be independent" if several else ""
    sentences = [f"The score is the probability that {shown}{product}; highest first."]
    if any(want.target.kind != "binary" for want in criteria.ranked):
        sentences.append(
            "A true value is taken as normal around its prediction, with half the width of its 90 % interval over "
            "1.6449 as standard deviation, on the logarithm of targets that are modelled so."
        )
    return sentences


def _event(want: Want) -> str:
    if want.target.kind != "binary" or not want.target.classes:
        return want.text()
    return f"{want.target.name} = {want.target.classes[0 if want.low is None else 1]}"


def _function(want: Want) -> str:
    """The desirability of one target, written out."""
    name, limits = _quantity(want.target), [limit for limit in (want.low, want.high) if limit is not None]
    log = ", straight in the logarithm" if want.target.log else ""
    if want.two_sided:
        return f"0 at {limits[0]:g} and {limits[1]:g}, 1 at {want.goal:g}, straight between{log}, for {name}."
    beyond = "below" if want.high is None else "above"
    past = "above" if want.high is None else "below"
    return f"0 at {limits[0]:g} and {beyond}, 1 at {want.goal:g} and {past}, straight between{log}, for {name}."


def _quantity(target: Target) -> str:
    if target.kind == "binary":
        return f"the probability of {target.name}" + (f" = {target.classes[1]}" if target.classes else "")
    return f"{target.name} ({target.unit})" if target.unit else target.name


def _class_remark(criteria: Criteria) -> list[str]:
    if criteria.rank == "bound" and any(target.kind == "binary" for target in criteria.targets):
        return ["A probability has no interval; it stands for its own unfavourable end."]
    return []
