"""Whether verdicts and similarities tell errors apart: yes, no, or the wrong way round."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from molkit.evaluation.verdicts import score_domain

RNG = np.random.default_rng(0)
VERDICTS = np.repeat(["in", "edge", "out"], [200, 50, 50])
NOISE = RNG.normal(size=300)
SIMILARITY = RNG.random(300)


@pytest.mark.parametrize(
    ("factors", "says"),
    [((1, 2, 4), "tells errors apart"), ((1, 1, 1), "not tell errors apart"), ((4, 2, 1), "misleads")],
)
def test_what_verdicts_say_of_errors(factors: tuple[int, ...], says: str) -> None:
    errors = NOISE * np.repeat(factors, [200, 50, 50])
    found = score_domain("y", errors, VERDICTS, np.full(300, np.nan), 0)
    assert found is not None
    assert found.ratio is not None
    inside, outside = (np.sqrt((errors[name == VERDICTS] ** 2).mean()) for name in ("in", "out"))
    assert found.ratio[0] == pytest.approx(inside / outside)
    assert found.ratio[1] < found.ratio[0] < found.ratio[2]
    assert says in found.sentence
    assert [(part.verdict, part.n) for part in found.verdicts] == [("in", 200), ("edge", 50), ("out", 50)]


@pytest.mark.parametrize(
    ("power", "says"), [(-2.0, "training predicts"), (0.0, "is not shown to predict"), (2.0, "training misleads")]
)
def test_what_similarity_says_of_errors(power: float, says: str) -> None:
    errors = NOISE * (0.1 + SIMILARITY) ** power
    found = score_domain("y", errors, [""] * 300, SIMILARITY, 0)
    assert found is not None
    assert found.ratio is None
    assert found.association is not None
    assert found.association[0] == pytest.approx(spearmanr(SIMILARITY, np.abs(errors)).statistic)
    assert says in found.sentence


@pytest.mark.parametrize(("inside", "outside", "told"), [(10, 10, True), (10, 9, False), (9, 10, False)])
def test_too_few_rows_say_nothing(inside: int, outside: int, told: bool) -> None:
    rows = inside + outside
    found = score_domain("y", NOISE[:rows], ["in"] * inside + ["out"] * outside, SIMILARITY[:rows], 0)
    assert found is not None
    assert (found.ratio is not None) == told
    assert ("Too few inside or outside" in found.sentence) != told
    assert score_domain("y", np.full(3, np.nan), ["in"] * 3, np.ones(3), 0) is None


def test_a_few_positives_are_not_taken_for_a_difference() -> None:
    labels = np.zeros(300)
    labels[[0, 1, 2, 295, 296, 297, 298]] = 1
    found = score_domain("y", labels - 0.05, VERDICTS, SIMILARITY, 0, classes=labels)
    assert found is not None
    assert found.ratio is None
    many = np.tile([0.0, 1.0], 150)
    found = score_domain("y", many - 0.05, VERDICTS, SIMILARITY, 0, classes=many)
    assert found is not None
    assert found.ratio is not None


def test_without_verdicts_no_error_by_verdict_is_told() -> None:
    found = score_domain("y", NOISE, [""] * 300, SIMILARITY, 0)
    assert found is not None
    assert found.verdicts == ()
    assert "root-mean-square" not in found.sentence
    assert "Too few" not in found.sentence
