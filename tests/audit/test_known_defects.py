"""The defects that the shared data sets are known to have, counted with bare RDKit, are found."""

from __future__ import annotations

import csv
import gzip
import os
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem, rdBase

import molkit
from molkit.audit.finding import Audit
from molkit.audit.measured import Values
from molkit.audit.placeholders import placeholder_findings

SHARED = Path(os.environ.get("MOLKIT_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "datasets"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SHARED.is_dir(), reason="there is no data folder beside the repository"),
]


def read(name: str) -> list[dict[str, str]]:
    path = SHARED / name
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def rows_of(audit: Audit, *kinds: str) -> set[int]:
    return {row for kind in kinds for finding in audit.of(kind) for row in finding.rows}


def flat_groups(rows: list[dict[str, str]], structure: str) -> tuple[set[int], list[list[int]]]:
    """Rows that RDKit rejects, and rows (from 1) of each structure that occurs again when stereo is ignored."""
    bad: set[int] = set()
    groups: dict[str, list[int]] = defaultdict(list)
    with rdBase.BlockLogs():
        for number, row in enumerate(rows, 1):
            mol = Chem.MolFromSmiles(row[structure])
            if mol is None:
                bad.add(number)
            else:
                groups[Chem.MolToSmiles(mol, isomericSmiles=False)].append(number)
    return bad, [own for own in groups.values() if len(own) > 1]


@pytest.mark.parametrize(
    ("name", "target", "rejected", "repeated", "contradicting"),
    [("bbbp/BBBP.csv", "p_np", 11, 79, 13), ("bace/bace.csv.gz", "Class", 0, 28, 16)],
)
def test_repeats_and_contradictions_of_classes(
    name: str, target: str, rejected: int, repeated: int, contradicting: int
) -> None:
    rows = read(name)
    bad, groups = flat_groups(rows, "smiles")
    against = [own for own in groups if len({rows[row - 1][target] for row in own}) > 1]
    assert (len(bad), len(groups), len(against)) == (rejected, repeated, contradicting)  # the oracle is the card's
    audit = molkit.check(SHARED / name, target, curve=False)
    unreadable = {f.kind: f for f in audit.findings}.get("unreadable")
    statuses = dict(zip(unreadable.table["row"], unreadable.table["status"], strict=True)) if unreadable else {}
    assert {row for row, status in statuses.items() if status.startswith("invalid")} == bad
    usable = rows_of(audit, "duplicate", "twin")
    lost = rows_of(audit, "unreadable", "mixture", "metal")
    assert all(set(own) <= usable or set(own) & lost for own in groups)
    contradicted = rows_of(audit, "conflict", "twin_conflict")
    assert all(set(own) <= contradicted or set(own) & lost for own in against)
    if name.startswith("bbbp"):
        assert len(rows_of(audit, "metal")) == 18
        assert len(rows_of(audit, "salt", "mixture")) == 105
    else:
        assert "pIC50" in audit.of("leak")[0].table["column"]


def test_salts_and_replicates_of_aqsoldb() -> None:
    name = "tdc_admet/solubility_aqsoldb/train_val.csv"
    rows = read(name)
    audit = molkit.check(SHARED / name, "Y", curve=False)
    several = {number for number, row in enumerate(rows, 1) if len(set(row["Drug"].split("."))) > 1}
    assert not several - rows_of(audit, "salt", "mixture", "unreadable", "metal")
    assert len(rows_of(audit, "salt")) > 400
    (spread,) = audit.of("spread")
    for place, text in enumerate(spread.table["rows"][:20]):
        values = [float(rows[int(row) - 1]["Y"]) for row in text.split(", ")]
        assert np.ptp(values) == pytest.approx(spread.table["range (log units)"][place])
    assert spread.table["range (log units)"][0] > 1
    assert "several salt forms" in audit.of("noise")[0].sentence
    assert audit.of("acyclic")


@pytest.mark.parametrize(
    ("name", "target", "column"),
    [
        (
            "esol/delaney-processed.csv",
            "measured log solubility in mols per litre",
            "ESOL predicted log solubility in mols per litre",
        ),
        ("freesolv/FreeSolv_SAMPL.csv", "expt", "calc"),
    ],
)
def test_predictions_of_other_models_and_acyclic_heaps(name: str, target: str, column: str) -> None:
    audit = molkit.check(SHARED / name, target, curve=False)
    assert column in audit.of("leak")[0].table["column"]
    assert audit.of("acyclic")


def test_assay_limits_that_stand_as_values() -> None:
    audit = molkit.check(SHARED / "tdc_admet/clearance_hepatocyte_az/train_val.csv", "Y", curve=False)
    rows = read("tdc_admet/clearance_hepatocyte_az/train_val.csv")
    limits = {number for number, row in enumerate(rows, 1) if float(row["Y"]) in (3.0, 150.0)}
    assert rows_of(audit, "repeated_value") == limits
    affinity = np.array([float(row["affinity"]) for row in read("davis/davis_pairs.csv.gz")])
    found = placeholder_findings(Values("affinity", affinity, np.zeros(len(affinity), np.int8)))
    assert [set(finding.rows) for finding in found] == [set((np.flatnonzero(affinity == 5) + 1).tolist())]


def test_an_activity_column_that_tells_the_class() -> None:
    rows = read("hiv/HIV.csv.gz")
    chosen = [row for row in rows if row["HIV_active"] == "1"][:60] + rows[:240]
    table = {name: [row[name] for row in chosen] for name in rows[0]}
    audit = molkit.check(table, "HIV_active", curve=False)
    assert audit.of("leak")[0].table["column"] == ["activity"]
    assert rows_of(audit, "metal")


def test_the_official_test_part_shares_leak_groups_only() -> None:
    folder = SHARED / "tdc_admet/caco2_wang"
    audit = molkit.check(folder / "train_val.csv", "Y", folder / "test.csv", curve=False)
    (similarity,) = audit.of("similarity")
    assert sum(similarity.table["test compounds"]) > 0
    same = molkit.check(folder / "test.csv", "Y", folder / "test.csv", curve=False)
    assert all(same.of("overlap")[0].table["same compound"])
    assert same.of("overlap_values")[0].table["train value"] == same.of("overlap_values")[0].table["test value"]
