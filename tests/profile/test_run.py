"""Profiles of tables: every row comes back as the models themselves have it, in whatever shape the table has."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rdkit import Chem, rdBase
from rdkit.Chem import QED, Crippen, Descriptors

import molkit
from molkit.chem.alerts import ALL_CATALOGUES, alerts
from molkit.errors import InputError
from molkit.profile.columns import column_names
from molkit.profile.endpoints import ENDPOINTS, choose_endpoints, verdict
from molkit.profile.run import profile_columns, profile_table

SOME = "hERG,Caco2_Wang"
ROWS = ["CC(=O)Oc1ccccc1C(=O)O", "not a SMILES", "", "CCN(CC)CCNC(=O)c1ccc(N)cc1.Cl", "C[Hg]C",
        "O=C(O)c1ccccc1O", "CC(C)(C)c1ccc(cc1)C(O)CCCN2CCC(CC2)C(O)(c3ccccc3)c4ccccc4"]  # fmt: skip
STATUS = ["ok", "invalid_syntax", "empty", "ok", "unsupported", "ok", "ok"]


def write(path: Path, rows: list[str]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["name", "smiles"], *([f"row {place}", row] for place, row in enumerate(rows))])
    return path


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("profile") / "in.csv", ROWS)


@pytest.fixture(scope="module")
def profiled(table: Path) -> list[dict[str, str]]:
    out = table.with_name("out.csv")
    result = profile_table(table, out, endpoints=SOME, workers=1)
    assert result.rows == len(ROWS)
    return read(out)


def test_every_row_comes_back_in_order(profiled: list[dict[str, str]]) -> None:
    assert [row["status"] for row in profiled] == STATUS
    assert [row["smiles"] for row in profiled] == ROWS
    assert [row["name"] for row in profiled] == [f"row {place}" for place in range(len(ROWS))]
    for row in profiled:
        assert bool(row["hERG"]) == (row["status"] == "ok") == (not row["reason"])
    assert list(profiled[0]) == ["name", "smiles", *profile_columns(choose_endpoints(SOME))]


def test_values_are_those_of_the_model_files(profiled: list[dict[str, str]]) -> None:
    for name in SOME.split(","):
        endpoint, names = ENDPOINTS[name], column_names(ENDPOINTS[name])
        model = molkit.load(endpoint.model)
        expected = model.predict(ROWS)
        model.close()
        pairs = {"value": "pred", "low": "lo90", "high": "hi90"} if endpoint.classes is None else {"value": "pred"}
        for role, ending in pairs.items():
            found = [float(row[names[role]]) if row[names[role]] else None for row in profiled]
            assert found == expected[f"{name}_{ending}"]
        assert [row[names["in_domain"]] or None for row in profiled] == expected["in_domain"]
        assert [row[names["nearest"]] or None for row in profiled] == expected["nearest_train"]


def test_classes_have_words(profiled: list[dict[str, str]]) -> None:
    no, yes = ENDPOINTS["hERG"].classes or ("", "")
    for role in ("label", "nearest_value"):
        assert {row[column_names(ENDPOINTS["hERG"])[role]] for row in profiled} <= {no, yes, ""}
    assert {row["hERG_set90"] for row in profiled} <= {no, yes, f"{no} or {yes}", ""}
    assert profiled[-1]["hERG_label"] == yes  # terfenadine


def test_properties_and_alerts_are_those_of_rdkit(profiled: list[dict[str, str]]) -> None:
    for row in profiled:
        if row["status"] != "ok":
            assert row["QED"] == row["alerts"] == ""
            continue
        mol = Chem.MolFromSmiles(row["smiles_std"])
        expected = {"molecular_weight": Descriptors.MolWt(mol), "logP": Crippen.MolLogP(mol), "QED": QED.qed(mol),
                    "tpsa": Descriptors.TPSA(mol), "rings": mol.GetRingInfo().NumRings()}  # fmt: skip
        for name, value in expected.items():
            assert float(row[name]) == pytest.approx(value, rel=1e-5), name
        assert row["alerts"] == "; ".join(alerts(mol, ALL_CATALOGUES))


def test_counts_are_of_verdicts(profiled: list[dict[str, str]]) -> None:
    for row in profiled:
        if row["status"] == "ok":
            said = [verdict(endpoint, roles(row, endpoint.name)) for endpoint in choose_endpoints(SOME)]
            assert [row["welcome"], row["unwelcome"]] == [str(said.count("welcome")), str(said.count("unwelcome"))]


def roles(row: dict[str, Any], name: str) -> dict[str, Any]:
    cells = {role: row[column] for role, column in column_names(ENDPOINTS[name]).items() if column in row}
    return cells | {role: float(cells[role]) for role in ("value", "low", "high") if cells.get(role)}


def test_a_long_table_has_a_row_for_each_endpoint(table: Path, profiled: list[dict[str, str]]) -> None:
    out = table.with_name("long.csv")
    profile_table(table, out, endpoints=SOME, long=True, workers=1)
    rows = read(out)
    names = [endpoint.name for endpoint in choose_endpoints(SOME)]
    assert [(row["name"], row["endpoint"]) for row in rows] == [
        (f"row {place}", name) for place in range(len(ROWS)) for name in names
    ]
    for place, row in enumerate(rows):
        wide = profiled[place // len(names)]
        assert row["value"] == wide[row["endpoint"]]
        assert row["status"] == wide["status"]
        assert row["drug_percentile"] == wide[f"{row['endpoint']}_drug_percentile"]
        assert row["nearest_value"] == wide[f"{row['endpoint']}_nearest_value"]


def test_the_best_rows_come_best_first(table: Path, profiled: list[dict[str, str]]) -> None:
    out = table.with_name("top.csv")
    result = profile_table(table, out, endpoints=SOME, top=3, workers=1)
    assert result.statuses["ok"] == STATUS.count("ok")  # what is told is of all rows
    good = [row for row in profiled if row["status"] == "ok"]
    order = sorted(good, key=lambda row: (int(row["unwelcome"]), -int(row["welcome"]), -float(row["QED"])))
    found = read(out)
    assert [row["name"] for row in found] == [row["name"] for row in order[:3]]
    assert [row["rank"] for row in found] == ["1", "2", "3"]


def test_a_long_table_fits_into_parquet(table: Path) -> None:
    out = table.with_name("long.parquet")
    profile_table(table, out, endpoints=SOME, long=True, workers=1)
    frame = pd.read_parquet(out)
    assert len(frame) == 2 * len(ROWS)
    assert frame["value"].dtype == np.float64


def test_structures_are_drawn_into_an_sd_file(table: Path) -> None:
    out = table.with_name("out.sdf")
    profile_table(table, out, endpoints="hERG", workers=1)
    with rdBase.BlockLogs():
        found = list(Chem.SDMolSupplier(str(out)))
    for mol, row, status in zip(found, ROWS, STATUS, strict=True):
        assert mol.GetProp("smiles") == row if row else mol is not None
        if status == "ok" and "." not in row:
            assert Chem.MolToSmiles(mol) == Chem.CanonSmiles(row)


def test_workers_and_chunks_change_no_byte(tmp_path: Path) -> None:
    many = write(tmp_path / "many.csv", [*ROWS, *(f"{'C' * (row % 30 + 1)}O" for row in range(600))])
    outs = [tmp_path / f"{workers}.csv" for workers in (1, 2)]
    for workers, out in enumerate(outs, 1):
        profile_table(many, out, endpoints=SOME, workers=workers)
    assert outs[0].read_bytes() == outs[1].read_bytes()
    few = write(tmp_path / "few.csv", ["CCCO"])
    profile_table(few, tmp_path / "few-out.csv", endpoints=SOME, workers=1)
    (alone,), beside = read(tmp_path / "few-out.csv"), read(outs[0])[len(ROWS) + 2]
    assert {**alone, "name": ""} == {**beside, "name": ""}


@pytest.mark.usefixtures("profiled")
def test_a_killed_run_goes_on(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = table.with_name("killed.csv")

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("molkit.pipeline.score.open_writer", stop)
        with pytest.raises(KeyboardInterrupt):
            profile_table(table, out, endpoints=SOME, workers=1)
    with pytest.raises(InputError, match="arrangement"):
        profile_table(table, out, endpoints=SOME, top=2, workers=1)
    result = profile_table(table, out, endpoints=SOME, workers=1)
    assert any("Went on after the 7 rows" in note for note in result.notes)
    assert out.read_bytes() == table.with_name("out.csv").read_bytes()


@pytest.mark.parametrize("level", [70, 95])
def test_a_level_names_its_columns(table: Path, profiled: list[dict[str, str]], level: int) -> None:
    out = table.with_name(f"{level}.csv")
    profile_table(table, out, endpoints=SOME, level=level, workers=1)
    for row, usual in zip(read(out), profiled, strict=True):
        if row["status"] == "ok":
            width, wide = (float(found[f"Caco2_Wang_hi{at}"]) - float(found[f"Caco2_Wang_lo{at}"])
                           for found, at in ((row, level), (usual, 90)))  # fmt: skip
            assert (width < wide) == (level < 90)
            assert row["hERG_label"] in row[f"hERG_set{level}"]


def test_binding_stays_within_what_there_is() -> None:
    found = molkit.admet([*ROWS[-3:], "CCCCCCCCCCCCCCCCCC(=O)O"], "PPBR_AZ")
    for row in found:
        if row["status"] == "ok":
            assert 0 <= row["PPBR_AZ_lo90"] <= row["PPBR_AZ"] <= row["PPBR_AZ_hi90"] <= 100


def test_a_nearest_compound_has_a_value(profiled: list[dict[str, str]]) -> None:
    found = molkit.admet([row["smiles"] for row in profiled], "hERG,BBB_Martins")
    for row in found:
        for name in ("hERG", "BBB_Martins"):
            assert (row[f"{name}_nearest"] is None) == (row[f"{name}_nearest_value"] is None)


def test_a_table_with_columns_of_a_profile_keeps_both(table: Path) -> None:
    again = table.with_name("again.csv")
    profile_table(table.with_name("out.csv"), again, endpoints="hERG", workers=1, smiles_column="smiles")
    rows = read(again)
    assert [row["hERG"] for row in rows] == [row["hERG_molkit"] for row in rows]
    with pytest.raises(InputError, match="has a column 'hERG' already"):
        profile_table(again, table.with_name("no.csv"), endpoints="hERG", top=2, smiles_column="smiles")
    assert not table.with_name("no.csv").exists()


def test_from_python_a_frame_keeps_its_rows_and_index() -> None:
    frame = pd.DataFrame({"smiles": ROWS}, index=[f"i{place}" for place in range(len(ROWS))])
    found = molkit.admet(frame, "hERG").to_pandas()
    assert list(found.index) == list(frame.index)
    assert list(found["status"]) == STATUS
    one = molkit.admet(ROWS[0], ["hERG"])
    assert one["hERG"] == [found["hERG"].iloc[0]]
