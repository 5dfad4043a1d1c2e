"""Cells that cannot be used, marks for missing values, replicates and telling columns."""

from __future__ import annotations

import numpy as np
import pytest
from planted import library

import molkit
from molkit.audit.finding import Finding
from molkit.audit.leaks import leak_findings
from molkit.audit.measured import Values, read_values
from molkit.audit.placeholders import placeholder_findings
from molkit.data.table import Table, frame_to_table

RNG = np.random.default_rng(11)
N = 120
NUMBERS = RNG.normal(6, 1, N).round(3)


def table(**columns: object) -> Table:
    return frame_to_table({"smiles": ["C" * (1 + i % 9) for i in range(N)], **columns})


def read(cells: list[object], **options: object) -> tuple[Values | None, dict[str, Finding]]:
    asked = {"task": None, "unit": None, "relation": None, **options}
    values, found = read_values(table(y=cells), "y", ["y"], **asked)  # type: ignore[arg-type]
    return values, {finding.kind: finding for finding in found}


@pytest.mark.parametrize(
    ("cell", "kind", "severity"),
    [("1,5", "unreadable_value", "problem"), ("high", "unreadable_value", "problem"),
     ("inf", "unreadable_value", "caution"), ("NA", None, None), ("", None, None), (">7", None, None)],
)  # fmt: skip
def test_one_odd_cell_is_named_and_the_others_are_read(cell: str, kind: str | None, severity: str | None) -> None:
    cells: list[object] = [*map(str, NUMBERS[:-1]), cell]
    values, found = read(cells)
    assert values is not None
    np.testing.assert_allclose(values.exact[:-1], NUMBERS[:-1])
    assert np.isnan(values.exact[-1])
    assert (set(found) == {kind}) if kind else not found
    if kind:
        assert found[kind].rows == (N,)
        assert found[kind].severity == severity


@pytest.mark.parametrize(
    ("cells", "kind"),
    [(["NA"] * N, "empty"), (["5"] * N, "constant"), (["active"] * N, "classes"),
     ([f"text {i}" for i in range(N)], "unreadable_value")],
)  # fmt: skip
def test_columns_without_anything_to_learn(cells: list[object], kind: str) -> None:
    _, found = read(cells)
    assert kind in found
    assert found[kind].severity == "problem"


def test_several_classes_in_words_are_noted() -> None:
    values, found = read(["x", "y", "z"] * 40)
    assert values is None
    assert found["classes"].severity == "note"
    assert "3 different values ('x', 'y', 'z')" in found["classes"].sentence


@pytest.mark.parametrize(
    "numbers",
    [NUMBERS, 10 ** (9 - NUMBERS), np.arange(N, dtype=float), RNG.integers(0, 9, N).astype(float), -NUMBERS,
     RNG.lognormal(3, 2, N)],
)  # fmt: skip
def test_clean_numbers_hold_no_placeholder(numbers: np.ndarray) -> None:
    assert placeholder_findings(Values("y", numbers, np.zeros(N, np.int8))) == []


@pytest.mark.parametrize("mark", [-999.0, 9999.0, -1.0, 999999.0])
def test_a_mark_for_missing_is_found(mark: float) -> None:
    numbers = NUMBERS.copy()
    numbers[[4, 9]] = mark
    (found,) = placeholder_findings(Values("y", numbers, np.zeros(N, np.int8)))
    assert (found.kind, found.rows) == ("placeholder", (5, 10))


def test_the_noise_floor_of_pairs_is_the_sd_of_differences_over_root_two() -> None:
    smiles = library()[:60]
    pairs = RNG.normal(6, 0.3, (60, 2))
    audit = molkit.check({"smiles": smiles * 2, "pKi": [*pairs[:, 0], *pairs[:, 1]]}, "pKi", curve=False, workers=1)
    (noise,) = audit.of("noise")
    sd = dict(zip(noise.table["figure"], noise.table["value"], strict=True))["sd"]
    expected = np.sqrt(np.mean((pairs[:, 0] - pairs[:, 1]) ** 2) / 2)
    assert sd == pytest.approx(expected)


def test_a_charge_as_drawn_is_no_other_form() -> None:
    acids = [f"{'C' * n}CC(=O)O" for n in range(1, 12)]
    anions = [f"{acid[:-1]}[O-]" for acid in acids]
    values = [-0.1 * n for n in range(22)]
    audit = molkit.check({"smiles": acids + anions, "logS": values}, "logS", curve=False, workers=1)
    assert "form" not in audit.of("noise")[0].sentence
    assert not any(audit.of("spread")[0].table["several salt forms"])


@pytest.mark.parametrize(("wrong", "severity"), [(1, "caution"), (3, "problem")])
def test_a_few_doubtful_compounds_in_many_are_no_problem(wrong: int, severity: str) -> None:
    smiles = [f"{'C' * n}{end}" for n in range(1, 41) for end in ("O", "N", "C(=O)O", "F")]
    numbers = RNG.normal(6, 0.3, len(smiles)).round(2)
    repeated = {"smiles": smiles + smiles[:wrong], "pKi": [*numbers, *(numbers[:wrong] + 2)]}
    classes = {"smiles": repeated["smiles"], "active": [*(numbers > 6), *(numbers[:wrong] <= 6)]}
    assert molkit.check(repeated, "pKi", curve=False, workers=1).of("spread")[0].severity == severity
    assert molkit.check(classes, "active", curve=False, workers=1).of("conflict")[0].severity == severity


def test_marks_for_missing_are_told_once_and_equal_values_are_no_cliffs() -> None:
    smiles = library()[:120]
    numbers = NUMBERS.copy()
    numbers[::12] = -999
    found = {
        finding.kind for finding in molkit.check({"smiles": smiles, "pIC50": numbers}, "pIC50", curve=False).findings
    }
    assert "placeholder" in found
    assert not found & {"outlier", "impossible", "repeated_value"}
    constant = molkit.check({"smiles": smiles, "y": np.full(120, 5.0)}, "y", curve=False, workers=1)
    assert constant.of("constant")
    assert not constant.of("cliff")


def test_without_a_readable_structure_it_is_not_the_values_that_lack() -> None:
    audit = molkit.check({"smiles": ["not a molecule"] * 30, "y": NUMBERS[:30]}, "y", curve=False, workers=1)
    assert "has a readable structure" in audit.of("range")[0].sentence


def test_other_salts_of_a_compound_are_no_noise() -> None:
    acids = [f"{'C' * n}CC(=O)O" for n in range(1, 12)]
    salts = [f"{acid[:-1]}[O-].[Na+]" for acid in acids]
    values = [-0.1 * n for n in range(22)]
    audit = molkit.check({"smiles": acids + salts, "logS": values}, "logS", curve=False, workers=1)
    assert "none is repeated in one form" in audit.of("noise")[0].sentence
    assert all(audit.of("spread")[0].table["several salt forms"])


@pytest.mark.parametrize(
    ("column", "told"),
    [(NUMBERS, True), (-2 * NUMBERS + 7, True), (10**NUMBERS, True), (RNG.permutation(NUMBERS), False),
     (np.arange(N), False), (np.ones(N), False)],
)  # fmt: skip
def test_columns_that_tell_the_target(column: np.ndarray, told: bool) -> None:
    made = table(y=NUMBERS.tolist(), other=column.tolist())
    found = leak_findings(made, Values("y", NUMBERS, np.zeros(N, np.int8)), {"smiles", "y"})
    assert [finding.table["column"] for finding in found] == ([["other"]] if told else [])


def test_a_predicted_column_is_told_by_its_name_only() -> None:
    noisy = (NUMBERS + RNG.normal(0, 0.7, N)).tolist()
    made = table(y=NUMBERS.tolist(), y_pred=noisy, weight=noisy)
    (found,) = leak_findings(made, Values("y", NUMBERS, np.zeros(N, np.int8)), {"smiles", "y"})
    assert found.table["column"] == ["y_pred"]
