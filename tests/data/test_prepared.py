"""Prepared libraries read back: cells, structures and features as they came from the table."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rdkit import Chem

from molkit.chem.policy import Policy
from molkit.data import prepared
from molkit.data.prepared import open_prepared, prepared_source, read_part_columns, read_table_part
from molkit.data.prepared_features import PartFeatures, read_features
from molkit.data.table import Source, Table, read_table
from molkit.data.tables import open_table
from molkit.engine.jobs import PreparedCells
from molkit.engine.prepared import read_prepared
from molkit.engine.scorer import Scorer
from molkit.engine.structures import featurize, new_featurizers, read_chunk
from molkit.errors import InputError
from molkit.screening import prepare
from molkit.screening.prepare import prepare_library
from molkit.types import Graphs, Problem

ODD = ["xx", "", "C[Pt]C", "CC(F)C=CC", "[Na+].CC(=O)[O-]", "CC(O)C(F)C(Cl)Br", "C" * 6000, "CCO,extra"]


def table_lines(mols: list[Chem.Mol]) -> list[str]:
    """1,300 rows, broken ones at the ends of chunks and parts, undefined stereo in many."""
    smiles = [Chem.MolToSmiles(mol) for mol in mols[:1292]]
    for place, cell in zip((0, 3, 499, 500, 501, 999, 1000, 1299), ODD, strict=True):
        smiles.insert(place, cell)
    return smiles


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory, nci: list[Chem.Mol]) -> Path:
    path = tmp_path_factory.mktemp("table") / "in.csv"
    rows = [f'm{i},"{cell}",{i % 7}' if i != 1299 else f"m{i},{cell},1" for i, cell in enumerate(table_lines(nci))]
    path.write_text("\n".join(["status,smiles,value", *rows]) + "\n")
    return path


@pytest.fixture(autouse=True)
def short_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of 1,000 rows, so that a short table has two."""
    monkeypatch.setattr(prepare, "PART_ROWS", 1000)
    monkeypatch.setattr(prepared, "PART_ROWS", 1000)


@pytest.fixture(scope="module")
def library(table: Path) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prepare, "PART_ROWS", 1000)
        out = table.parent / "lib"
        prepare_library(table, out, workers=2)
        yield out


def from_table(table: Path, start: int, stop: int, isomers: bool, keys: list[str]) -> tuple[Any, dict[str, Any]]:
    """What a worker makes of the same rows."""
    read = read_table(open_table(table))
    faults = {row - start - 1: Problem("invalid_syntax", text) for row, text in read.faults.items() if row <= stop}
    chunk = read_chunk(read.columns["smiles"][start:stop], Policy(), lambda row: None, faults, isomers)
    return chunk, featurize(chunk, new_featurizers(keys, {}), lambda row: None)


def same_value(found: Any, expected: Any) -> None:
    if isinstance(expected, np.ndarray):
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
        return
    for field in fields(Graphs):
        same_value(getattr(found, field.name), getattr(expected, field.name))


def rows_alone(features: PartFeatures) -> dict[int, list[Any]]:
    """Each row's values without regard to class tables."""
    found: dict[int, list[Any]] = {}
    for place, row in enumerate(features.rows.tolist()):
        counts = features.values["drug/fingerprint"][place]  # type: ignore[index]
        graphs = features.values["drug/graph"]
        assert isinstance(graphs, Graphs)
        atoms = graphs.atom_classes[graphs.atoms[graphs.atom_offsets[place] : graphs.atom_offsets[place + 1]]]
        found.setdefault(row + features.first_row, []).append((counts.tolist(), atoms.tolist()))
    return found


@pytest.mark.parametrize("reading", ["drawn", "isomers"])
@pytest.mark.parametrize(("part", "start", "stop"), [(0, 0, 500), (0, 500, 1000), (1, 0, 300)])
def test_a_chunk_is_bit_by_bit_what_a_worker_makes_of_the_text(
    part: int, start: int, stop: int, reading: str, table: Path, library: Path
) -> None:
    keys = ["drug/graph", "drug/fingerprint"]
    found = read_features(open_prepared(library), part, keys, reading, start, stop)
    first = 1000 * part + start
    chunk, values = from_table(table, first, 1000 * part + stop, reading == "isomers", keys)
    assert (found.size, found.first_row, found.rows.tolist()) == (stop - start, first + 1, chunk.rows)
    assert found.problems == chunk.problems
    for key in keys:
        same_value(found.values[key], values[key])
    assert found.notes == {row: structure.notes for row, structure in chunk.structures.items() if structure.notes}
    assert found.smiles_std == {row: Chem.MolToSmiles(s.mol) for row, s in chunk.structures.items()}
    assert {row for row, count in Counter(chunk.rows).items() if count > 1} <= set(found.undefined)


def test_isomers_differ_from_what_is_drawn(library: Path) -> None:
    opened = open_prepared(library)
    drawn, isomers = (read_features(opened, 0, [], reading) for reading in ("drawn", "isomers"))
    assert len(set(drawn.rows.tolist())) == len(drawn.rows) < len(isomers.rows)
    assert set(isomers.rows.tolist()) == set(drawn.rows.tolist())


@pytest.mark.parametrize(
    ("start", "stop"), [(0, 1000), (495, 505), (1, 2), (999, 1000), (500, 501), (7, 7), (700, 5000)]
)
def test_any_slice_holds_the_rows_of_the_chunks(start: int, stop: int, library: Path) -> None:
    opened, keys = open_prepared(library), ["drug/graph", "drug/fingerprint"]
    whole: dict[int, list[Any]] = {}
    for chunk in (0, 500):
        whole |= rows_alone(read_features(opened, 0, keys, "isomers", chunk, chunk + 500))
    found = read_features(opened, 0, keys, "isomers", start, stop)
    assert (found.size, found.first_row) == (min(stop, 1000) - start, start + 1)
    expected = {row: values for row, values in whole.items() if start < row <= stop}
    assert (rows_alone(found) if found.values else {}) == expected
    assert {row + start + 1 for row in found.smiles_std} == set(expected)


def test_every_cell_status_and_reason_comes_back(table: Path, library: Path) -> None:
    opened, source = open_prepared(library), open_table(table)
    again = prepared_source(opened)
    assert (again.names, again.smiles, again.row_count) == (source.names, source.smiles, 1300)
    assert [len(piece) for piece in again.pieces(300)] == [300, 300, 300, 100, 300]
    assert [piece.first_row for piece in again.pieces(300)] == [1, 301, 601, 901, 1001]
    found = read_table(again)
    assert found == read_table(source)
    assert found.faults.keys() == {1300}
    assert opened.added["status"] == "status_molkit"  # the table has a column of that name
    statuses = [cell for part in (0, 1) for cell in read_part_columns(opened, part, ["status_molkit"])["status_molkit"]]
    assert (statuses[0], statuses[3], statuses[1000]) == ("invalid_syntax", "empty", "too_large")
    assert statuses[1299] == "invalid_syntax"
    assert sum((Counter(part.statuses) for part in opened.parts), Counter()) == Counter(statuses)
    reasons = read_part_columns(opened, 1, ["reason"])["reason"]
    assert reasons[0].startswith("Row 1001")
    assert [reason is None for reason in reasons] == [status == "ok" for status in statuses[1000:]]


def test_each_piece_has_its_own_faults_and_remarks(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {row: f"something of row {row}" for row in (1, 500, 501, 1000, 1001)}
    source = open_table(table)

    def pieces(rows: int) -> Iterator[Table]:
        for piece in source.pieces(rows):
            last = piece.first_row + len(piece)
            remarks = {row: text for row, text in said.items() if piece.first_row <= row < last}
            yield replace(piece, remarks=remarks)

    remarked: Source = replace(source, read=pieces)
    monkeypatch.setattr(prepare, "open_library", lambda path, column: remarked)
    prepare_library(table, tmp_path / "lib", workers=2)
    found = list(prepared_source(open_prepared(tmp_path / "lib")).pieces(500))
    assert [list(piece.remarks) for piece in found] == [[1, 500], [501, 1000], [1001]]
    assert {row: text for piece in found for row, text in piece.remarks.items()} == said
    assert [list(piece.faults) for piece in found] == [[], [], [1300]]


@pytest.fixture
def copy(library: Path, tmp_path: Path) -> Path:
    shutil.copytree(library, tmp_path / "lib")
    return tmp_path / "lib"


@pytest.mark.parametrize("suffix", ["parquet", "safetensors"])
def test_a_changed_part_is_refused(suffix: str, copy: Path) -> None:
    path = copy / f"part-00001.{suffix}"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    opened = open_prepared(copy)
    read_table_part(opened, 0)
    read_features(opened, 0, ["drug/graph"])
    reader: Any = read_table_part if suffix == "parquet" else lambda library, part: read_features(library, part, [])
    with pytest.raises(InputError, match=rf"part-00001\.{suffix}: damaged or changed"):
        reader(opened, 1)
    path.unlink()
    with pytest.raises(InputError, match="cannot be read"):
        reader(opened, 1)


def test_a_library_that_was_replaced_is_not_read_on(copy: Path) -> None:
    none = Scorer((), ())
    cells = PreparedCells(str(copy), open_prepared(copy).sha256, 0, 0, 500, 1)
    assert read_prepared(none, cells, lambda row: None, {}) == []
    content = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps({**content, "parts": content["parts"][:1]}))
    read_prepared(none, replace(cells, sha256=open_prepared(copy).sha256), lambda row: None, {})
    with pytest.raises(InputError, match="lib: was replaced while it was read"):
        read_prepared(none, cells, lambda row: None, {})


def test_what_is_no_library_is_refused(copy: Path, tmp_path: Path) -> None:
    path = copy / "manifest.json"
    content = json.loads(path.read_text())
    changes: list[tuple[Any, str]] = [
        ({**content, "format": 99}, r"format 99.*up to 1; update molkit"),
        ({**content, "kind": "something"}, "damaged, or not"),
        ({**content, "parts": 3}, "damaged, or not"),
        ({key: value for key, value in content.items() if key != "policy"}, "damaged, or not"),
        ({**content, "parts": content["parts"][::-1]}, "damaged, or not"),
        ([], "damaged, or not"),
    ]
    for changed, words in changes:
        path.write_text(json.dumps(changed))
        with pytest.raises(InputError, match=words):
            open_prepared(copy)
    path.write_text("{")
    with pytest.raises(InputError, match="damaged, or not"):
        open_prepared(copy)
    with pytest.raises(InputError, match="a prepared library"):
        open_prepared(tmp_path)
