"""On which scale values are, and mixed ones."""

from __future__ import annotations

import numpy as np
import pytest

from molkit.audit.measured import Values
from molkit.audit.scales import find_scale, scale_findings, two_clusters

RNG = np.random.default_rng(3)
NORMAL = RNG.normal(6.5, 1.0, 400)


def values(numbers: np.ndarray, name: str = "y", unit: str = "") -> Values:
    return Values(name, np.asarray(numbers, float), np.zeros(len(numbers), np.int8), unit=unit)


@pytest.mark.parametrize(
    ("numbers", "name", "unit", "scale"),
    [
        (NORMAL, "pIC50", "", "log"),
        (NORMAL, "logS", "", "log"),
        (NORMAL, "activity", "log mol/L", "log"),
        (NORMAL, "y", "", "log"),
        (NORMAL * 10, "y", "", "linear"),
        (NORMAL, "y", "kcal/mol", "linear"),
        (10 ** (9 - NORMAL), "IC50", "nM", "decades"),
        (10 ** (9 - NORMAL), "y", "", "decades"),
        (np.append(10 ** (9 - NORMAL), [-999.0, 0.0]), "y", "", "decades"),
        (np.where(np.arange(400) % 10, 10 ** (9 - NORMAL), 0.0), "IC50", "", "decades"),
        (np.where(np.arange(400) % 10, 10 ** (9 - NORMAL), 0.0), "count", "", "linear"),
        (NORMAL, "IC50", "", "log"),
        (np.arange(400.0), "y", "", "linear"),
    ],
)
def test_the_scale_is_found(numbers: np.ndarray, name: str, unit: str, scale: str) -> None:
    found = find_scale(values(numbers, name, unit))
    assert found.scale == scale
    np.testing.assert_array_equal(found.values, numbers)  # nothing is changed


def test_nanomolar_and_micromolar_in_one_column_are_found() -> None:
    tight = RNG.normal(2, 0.5, 300)
    mixed = np.where(np.arange(300) % 3 == 0, 10 ** (tight - 3), 10**tight)
    found = {f.kind: f for f in scale_findings(find_scale(values(mixed)))}
    assert found["two_scales"].severity == "problem"
    assert set(found["two_scales"].rows) >= {row + 1 for row in range(0, 300, 3) if tight[row] < 3}
    assert len(set(found["two_scales"].rows) - set(range(1, 301, 3))) <= 3


@pytest.mark.parametrize(
    "logs", [RNG.normal(0, 1, 500), RNG.uniform(-3, 3, 500), RNG.exponential(1, 500), np.arange(30.0), np.zeros(50)]
)
def test_one_heap_is_not_two_clusters(logs: np.ndarray) -> None:
    assert two_clusters(logs) is None


def test_clusters_a_decade_apart_are_two_series_not_two_units() -> None:
    logs = np.concatenate([RNG.normal(5, 0.15, 200), RNG.normal(6.2, 0.15, 200)])
    found = two_clusters(logs)
    assert found is not None
    assert (found[0], found[1]) == pytest.approx((5, 6.2), abs=0.05)
    assert scale_findings(find_scale(values(logs, "pKi"))) == []


def test_concentrations_in_a_column_of_logarithms_are_impossible() -> None:
    numbers = NORMAL.copy()
    numbers[[3, 8]] = [120.0, -4.0]
    found = {f.kind: f for f in scale_findings(find_scale(values(numbers, "pIC50")))}
    assert found["impossible"].rows == (4, 9)
    assert "a concentration" in found["impossible"].sentence
    assert "minus sign" in found["impossible"].sentence
    negative = {f.kind: f for f in scale_findings(find_scale(values(np.minimum(numbers, 9), "pIC50")))}
    assert "a concentration" not in negative["impossible"].sentence


@pytest.mark.parametrize(("unit", "said"), [("nM", "'pIC50' = 9 - log10(nM value)"), ("", "--log")])
@pytest.mark.parametrize("name", ["IC50", "IC50 (nM)", "IC50_nM"])
def test_raw_concentrations_get_a_proposal(name: str, unit: str, said: str) -> None:
    found = {f.kind: f for f in scale_findings(find_scale(values(10 ** (9 - NORMAL), name, unit)))}
    assert said in found["decades"].sentence
