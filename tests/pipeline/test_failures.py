"""Where a model fails: planted failures are found with their sizes, and nothing where nothing is planted."""

from __future__ import annotations

import numpy as np
import pytest

from molkit.pipeline.failure_words import EndBias, Excess, Failures, failure_sentences
from molkit.pipeline.failures import Scored, end_biases, find_failures

N = 200
RNG = np.random.default_rng(0)
Y = np.sort(RNG.normal(0, 2, N))
NOISE = RNG.permutation(np.tile([-0.2, 0.2], N // 2))  # errors that are equally large everywhere
ODD = RNG.permutation(N) < 40


def scored(p: np.ndarray, **more: object) -> Scored:
    return Scored("logS", Y, p, **more)  # type: ignore[arg-type]


def excesses(found: Failures) -> list[Excess]:
    return [each for each in found.found if isinstance(each, Excess)]


def test_a_planted_kind_is_found_with_its_size() -> None:
    p = Y + NOISE * np.where(ODD, 5, 1)
    found = find_failures(scored(p, kinds={"odd compounds": ODD, "other compounds": RNG.permutation(N) < 50}), 0)
    (only,) = excesses(found)
    assert (only.group, only.n) == ("odd compounds", 40)
    assert (only.loss, only.others) == pytest.approx((1.0, 0.2))
    assert only.low == pytest.approx(0.8) == only.high
    assert (
        "Odd compounds (n 40) are off by 1 on average, the others by 0.2 (difference 0.8 [0.8, 0.8])." in only.sentence
    )
    assert failure_sentences([found])[-1] == only.sentence  # what is found of kinds leaves nothing more to say


def test_nothing_planted_nothing_found_but_said_to_be_looked_at() -> None:
    found = find_failures(scored(Y + RNG.permutation(NOISE), kinds={"odd compounds": ODD}), 0)
    assert excesses(found) == []
    assert any(
        "None of the groups looked at" in text and "odd compounds" in text for text in failure_sentences([found])
    )


def test_small_groups_are_not_judged_but_named() -> None:
    few = np.arange(N) < 9
    found = find_failures(scored(Y + NOISE * np.where(few, 50, 1), kinds={"few": few, "none": np.zeros(N, bool)}), 0)
    assert found.too_few == (("few", 9), ("none", 0))
    assert excesses(found) == []
    assert "Too few were scored to judge: few (9), none (0)." in failure_sentences([found])
    tiny = find_failures(Scored("t", Y[:5], Y[:5]), 0)
    assert tiny.found == ()
    assert "Too few compounds were scored" in failure_sentences([tiny])[0]


def test_the_least_similar_quarter_and_bad_scaffolds_are_found() -> None:
    similarity = RNG.permutation(np.linspace(0.1, 0.9, N))
    far = similarity <= np.quantile(similarity, 0.25)
    (only,) = excesses(find_failures(scored(Y + NOISE * np.where(far, 4, 1), similarity=similarity), 0))
    assert "least like the training ones (similarity up to 0.30)" in only.group
    assert only.n == 50
    scaffolds = [f"C1CC{'C' * (row % 20)}1" for row in range(N)]
    bad = np.array([row % 20 in (3, 4, 5, 6) for row in range(N)])
    found = excesses(find_failures(scored(Y + NOISE * np.where(bad, 9, 1), scaffolds=scaffolds), 0))
    assert len(found) == 3  # of four
    assert {each.group for each in found} <= {f"compounds of the scaffold `C1CC{'C' * k}1`" for k in (3, 4, 5, 6)}
    alike = ["" for _ in range(N)]
    assert find_failures(scored(Y + NOISE, scaffolds=alike), 0).looked_at == ()


def test_ends_that_are_drawn_to_the_middle() -> None:
    """Predictions that are half of each value are off by half of the mean of each fifth."""
    low, high = end_biases(scored(Y / 2), 0)
    fifth = N // 5
    assert (low.end, low.n, low.bias) == ("lowest", fifth, pytest.approx(-Y[:fifth].mean() / 2))
    assert (high.end, high.n, high.bias) == ("highest", fifth, pytest.approx(-Y[-fifth:].mean() / 2))
    assert low.low < low.bias < low.high
    assert "too high by" in low.sentence
    assert "too low by" in high.sentence
    assert "towards the middle" in low.sentence and "towards the middle" in high.sentence  # noqa: PT018
    assert "away from the middle" in end_biases(scored(2 * Y), 0)[0].sentence
    assert end_biases(scored(Y + RNG.permutation(NOISE)), 0) == ()
    assert end_biases(Scored("t", np.ones(N), np.zeros(N)), 0) == ()  # one value has no ends
    assert end_biases(Scored("t", np.empty(0), np.empty(0)), 0) == ()


def test_logarithms_are_told_as_factors_and_limits_as_measured() -> None:
    said = EndBias("IC50", "lowest", 1.0, 20, 0.5, 0.3, 0.7, "log10 nM", True).sentence
    assert "(up to 10, n 20)" in said
    assert "a factor of 3.2 (0.5 in log10)" in said
    said = Excess("IC50", "odd", 20, 1.0, 0.5, 0.2, 0.8, 0.01, "log10 nM", True).sentence
    assert "a factor of 10 (1 in log10) on average, the others by a factor of 3.2" in said


def test_of_classes_wrong_calls_count() -> None:
    y = (np.arange(N) < 60).astype(float)
    p = np.where(y > 0, 0.4, 0.2)
    cuts = np.full(N, 0.5)
    p[60:70] = 0.9
    found = find_failures(Scored("active", y, p, cuts, classes=("no", "yes")), 0)
    (only,) = excesses(found)
    assert (only.group, only.loss, only.others) == ("compounds measured as 'yes'", 1.0, pytest.approx(10 / 140))
    assert "are called wrongly in 100% of cases, the others in 7%" in only.sentence
    p[60:100] = 0.9
    (only,) = excesses(find_failures(Scored("active", y, p, cuts - 0.2), 0))
    assert (only.group, only.loss, only.others) == ("compounds measured as '0'", pytest.approx(40 / 140), 0.0)


def test_large_tables_are_sampled_and_agree() -> None:
    y = np.tile(Y, 150)
    odd, noise = np.tile(ODD, 150), np.tile(NOISE, 150)
    found = find_failures(Scored("t", y, y + noise * np.where(odd, 2, 1), kinds={"odd compounds": odd}), 0)
    (only,) = excesses(found)
    assert found.n == len(y)
    assert (only.loss, only.others) == pytest.approx((0.4, 0.2))


def test_several_targets_are_told_in_few_sentences() -> None:
    bad = Failures(
        "a", 90, (Excess("a", "odd compounds", 20, 1.0, 0.5, 0.2, 0.8, 0.01),), ("odd compounds",), (("x", 3),)
    )
    good = Failures("b", 80, (), ("odd compounds", "far compounds"), (("x", 5), ("y", 2)))
    none = Failures("c", 7, (), (), (("x", 0),))
    assert failure_sentences([bad, good, none]) == (
        f"a: odd{bad.found[0].sentence[3:]}",
        "None of the groups looked at has larger errors than the others beyond chance (b n 80): odd compounds, far "
        "compounds.",
        "Too few compounds were scored to tell where errors are larger (c n 7).",
        "Too few were scored to judge: x (5).",
    )
    assert failure_sentences([]) == ()
