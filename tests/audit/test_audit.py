"""Every planted defect is found, in its rows; and nothing is called a problem in a clean table."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from planted import COLUMNS, Planted, library, planted, potency

import molkit
from molkit.audit.audit import CheckOptions
from molkit.audit.finding import SEVERITIES, Audit
from molkit.errors import InputError


@pytest.fixture(scope="module")
def made() -> Planted:
    return planted()


@pytest.fixture(scope="module")
def audit(made: Planted) -> Audit:
    rows = [{name: str(row[name]) for name in COLUMNS} for row in made.rows]
    test = [rows[0], rows[5], {**rows[0], "smiles": "O=C1NC2(CCCCC2)C(=O)N1CCCCS"}]
    return molkit.check(pd.DataFrame(rows), ["IC50", "active"], pd.DataFrame(test), workers=2)


@pytest.mark.parametrize(
    "kind",
    [
        "unreadable", "salt", "mixture", "metal", "stereo", "twin", "duplicate", "spread", "thousandfold", "conflict",
        "censored", "mixed_units", "mixed_types", "outlier", "placeholder", "zero", "repeated_value", "cliff",
    ],
)  # fmt: skip
def test_planted_rows_are_found(kind: str, made: Planted, audit: Audit) -> None:
    found = {row for finding in audit.of(kind) for row in finding.rows}
    assert made.where[kind], "nothing planted"
    assert set(made.where[kind]) <= found


@pytest.mark.parametrize("kind", ["unreadable", "salt", "mixture", "mixed_types", "placeholder", "zero"])
def test_no_other_rows_are_found(kind: str, made: Planted, audit: Audit) -> None:
    finding = audit.of(kind)[0]
    assert sorted(finding.rows) == made.where[kind]


def test_a_metal_that_is_stripped_is_told_apart_from_one_that_is_refused(made: Planted, audit: Audit) -> None:
    (finding,) = audit.of("metal")
    used = dict(zip(finding.table["row"], finding.table["used"], strict=True))
    assert used == {made.where["salt"][1]: True, made.where["metal"][0]: False}


def test_what_has_no_rows_is_found_too(audit: Audit) -> None:
    kinds = {finding.kind for finding in audit.findings}
    assert kinds >= {"noise", "balance", "diversity", "decades", "leak", "overlap", "similarity", "overlap_values"}
    (leak,) = audit.of("leak", "IC50")
    assert set(leak.table["column"]) == {"copy", "IC50 predicted"}
    (balance,) = audit.of("balance", "active")
    assert balance.severity == "caution"
    (overlap,) = audit.of("overlap")
    assert sorted(overlap.table["train row"]) == [1, 6]
    assert audit.curves == ()
    (unlearned,) = audit.of("no_curve", "IC50")
    assert "several units" in unlearned.sentence


def test_conversions_are_proposed_and_never_for_masses(audit: Audit) -> None:
    (finding,) = audit.of("mixed_units")
    ways = dict(zip(finding.table["unit"], finding.table["conversion"], strict=True))
    assert ways["nM"] == "p = 9 - log10(value)"
    assert ways["uM"] == "p = 6 - log10(value)"
    assert "molar mass" in ways["mg/mL"]
    assert "salt" in ways["mg/mL"]


def test_findings_are_strict_json_in_order_of_severity(audit: Audit) -> None:
    text = json.dumps(audit.to_dict(), allow_nan=False)
    assert json.loads(text)["targets"] == ["IC50", "active"]
    places = [SEVERITIES.index(finding.severity) for finding in audit.findings]
    assert places == sorted(places)
    for finding in audit.findings:
        assert len({len(values) for values in finding.table.values()}) <= 1, finding.kind
        assert all(1 <= row <= audit.counts["rows"] for row in finding.rows), finding.kind
        assert finding.sentence.endswith((".", "?")), finding.kind
    assert str(audit).startswith("the table: ")


def test_a_clean_table_has_no_problem() -> None:
    rng = np.random.default_rng(1)
    rings = [smiles for smiles in library() if "1" in smiles]
    frame = pd.DataFrame({"smiles": rings, "pIC50": [potency(smiles, rng) for smiles in rings]})
    audit = molkit.check(frame, "pIC50", curve=False, workers=1)
    assert [finding.title for finding in audit.findings if finding.severity == "problem"] == []
    assert "No problem was found." in str(audit)


def test_without_a_target_columns_are_suggested(made: Planted) -> None:
    frame = pd.DataFrame(made.rows)[list(COLUMNS)]
    audit = molkit.check(frame[:60], workers=1)
    (finding,) = audit.of("target")
    assert finding.table["column"][0] == "IC50"
    assert "active" in finding.table["column"]
    assert "name" not in finding.table["column"]
    assert audit.curves == ()


def test_the_numbers_of_workers_change_nothing(tmp_path: Path, made: Planted) -> None:
    path = made.write(tmp_path / "t.csv")
    one, two = (molkit.check(path, "IC50", workers=workers).to_dict() for workers in (1, 2))
    assert one == two


def test_options_are_those_of_the_command_and_errors_say_what_to_do() -> None:
    frame = pd.DataFrame({"smiles": ["CCO"], "y": [1.0]})
    for options, said in (({"task": "ranking"}, "regression, binary or multiclass"), ({"tusk": "binary"}, "tusk")):
        with pytest.raises(InputError, match=said):
            molkit.check(frame, "y", **options)
    with pytest.raises(InputError, match="no such column"):
        molkit.check(frame, "z")
    with pytest.raises(InputError, match="expected a table file"):
        molkit.check(3)
    assert {field.name for field in fields(CheckOptions)} >= {"targets", "unit", "log", "curve", "mixtures"}


def test_a_test_file_that_cannot_be_compared_says_so() -> None:
    rings = [smiles for smiles in library() if "1" in smiles][:30]
    frame = pd.DataFrame({"smiles": rings, "y": range(30)})
    for smiles, severity in ((["no structure"], "problem"), ([], "problem"), (["no structure", rings[0]], "caution")):
        audit = molkit.check(frame, "y", pd.DataFrame({"smiles": smiles}), curve=False, workers=1)
        assert audit.of("test_unreadable")[0].severity == severity
        assert "no column 'y'" in audit.of("test_target")[0].sentence
        assert bool(audit.of("overlap")) == (severity == "caution")
    same = molkit.check(frame, "y", frame, curve=False, workers=1)
    assert not same.of("test_unreadable")
    assert not same.of("test_target")
    assert "one in ten" not in same.of("similarity")[0].sentence


def test_one_row_is_one_row() -> None:
    text = str(molkit.check({"smiles": ["CCO"], "y": [1.5]}, "y", workers=1))
    assert "1 row, 1 readable, 1 compound\n" in text
    assert "1 compound has a value" in " ".join(text.split())
    assert "1 measured row says 1.5" in " ".join(text.split())
