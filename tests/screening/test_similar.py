"""Similarity search over tables and prepared libraries, against RDKit's own fingerprints and coefficients."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from molkit.chem.policy import Policy
from molkit.errors import InputError, NothingDone
from molkit.screening import similar
from molkit.screening.prepare import prepare_library
from molkit.screening.recipe import Recipe
from molkit.screening.similar import find_similar, similar_table
from molkit.screening.tanimoto import Hits, wider_hits

QUERIES = ["CC(=O)Oc1ccccc1C(=O)O", "not one", "CN1CCC[C@H]1c1cccnc1", "CCO"]


@pytest.fixture(scope="module")
def smiles(nci: list[Chem.Mol]) -> list[str]:
    """700 rows of neutral single components, which standardising leaves alone, and two that cannot be read."""
    plain = [text for mol in nci if not set(text := Chem.MolToSmiles(mol)) & set(".+-[@/\\")][:698]
    return [*plain[:3], "xx", *plain[3:600], "", *plain[600:]]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory, smiles: list[str]) -> Path:
    path = tmp_path_factory.mktemp("similar") / "library.csv"
    path.write_text("\n".join(["rank,smiles,id", *(f"{i},{text},m{i}" for i, text in enumerate(smiles))]) + "\n")
    return path


@pytest.fixture(scope="module")
def library(table: Path) -> Path:
    prepare_library(table, table.parent / "lib", workers=2)
    return table.parent / "lib"


def by_rdkit(smiles: list[str], query: str, top: int, threshold: float) -> list[tuple[int, float]]:
    """1-based rows and similarities of the best, equals by row."""
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048, includeChirality=True)
    mols = {row: Chem.MolFromSmiles(text) for row, text in enumerate(smiles, 1) if text not in ("", "xx")}
    asked = generator.GetFingerprint(Chem.MolFromSmiles(query))
    values = DataStructs.BulkTanimotoSimilarity(asked, [generator.GetFingerprint(mol) for mol in mols.values()])
    pairs = zip(mols, values, strict=True)
    best = sorted((-value, row) for row, value in pairs if value >= threshold and value > 0)[:top]
    return [(row, round(-value, 4)) for value, row in best]


@pytest.mark.parametrize("kind", ["table", "library"])
@pytest.mark.parametrize(("top", "threshold"), [(5, 0.0), (1000, 0.25), (10**12, 0.0)])
def test_hits_are_those_of_rdkit(
    kind: str, top: int, threshold: float, smiles: list[str], request: pytest.FixtureRequest
) -> None:
    path: Path = request.getfixturevalue(kind)
    result = find_similar(QUERIES, path, top=top, threshold=threshold, workers=2)
    found = result.columns
    assert result.query_statuses == {"ok": 3, "invalid_syntax": 1}
    assert result.query_problems[0].startswith("Row 2")
    assert list(result.statuses.items()) == [("ok", 698), ("empty", 1), ("invalid_syntax", 1)]
    for row, query in enumerate(QUERIES, 1):
        places = [place for place, number in enumerate(found["query_row"]) if number == row]
        pairs = [(found["library_row"][place], found["similarity"][place]) for place in places]
        assert pairs == ([] if row == 2 else by_rdkit(smiles, query, top, threshold))
        assert [found["rank_molkit"][place] for place in places] == list(range(1, len(places) + 1))
        assert {found["query_smiles"][place] for place in places} <= {query}
    assert found["smiles"] == [smiles[row - 1] for row in found["library_row"]]
    assert found["id"] == [f"m{row - 1}" for row in found["library_row"]]
    assert found["rank"] == [str(row - 1) for row in found["library_row"]]  # the library's own column
    assert [Chem.CanonSmiles(text) for text in found["smiles"]] == found["library_smiles"]


def test_a_prepared_library_gives_what_its_table_gives(table: Path, library: Path, tmp_path: Path) -> None:
    queries = tmp_path / "queries.smi"
    queries.write_text("".join(f"{text} q\n" for text in QUERIES))
    written = []
    for path in (table, library):
        out = tmp_path / f"{path.stem}.csv"
        similar_table(queries, path, out, top=20, workers=1)
        written.append(out.read_bytes())
    assert written[0] == written[1]
    assert written[0].startswith(b"query_row,query_smiles,rank_molkit,similarity,library_row,library_smiles,rank,")


def test_cells_of_former_hits_are_let_go(library: Path, table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = find_similar(QUERIES, table, top=2, workers=1).columns
    monkeypatch.setattr(similar, "_SPARE", 0)
    monkeypatch.setattr(similar, "_CHUNK", 20)
    assert find_similar(QUERIES, table, top=2, workers=1).columns == expected


def test_room_for_hits_is_made_as_they_come(
    table: Path, library: Path, smiles: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(similar, "_CHUNK", 50)
    made: list[int] = []

    def wider(hits: Hits, most: int) -> Hits:
        made.append(most)
        return wider_hits(hits, most)

    monkeypatch.setattr(similar, "wider_hits", wider)
    for path in (table, library):
        columns = find_similar(["CCO"], path, top=10**12, workers=1).columns
        found = list(zip(columns["library_row"], columns["similarity"], strict=True))
        assert found == by_rdkit(smiles, "CCO", 1000, 0.0)
        assert max(made) <= 2 * (len(found) + 50)
        made.clear()
        find_similar(["CCO"], path, top=10**12, threshold=0.99, workers=1)
        assert made == [50]
    monkeypatch.setattr(similar, "_MOST_HITS", 100)
    with pytest.raises(InputError, match=r"--top: .* each of 1 queries .*--threshold"):
        find_similar(["CCO"], table, top=1000, workers=1)


@pytest.mark.parametrize(("top", "note"), [(1, True), (None, False)])
def test_a_note_tells_of_more_hits_than_shown(top: int | None, note: bool, table: Path, smiles: list[str]) -> None:
    every = by_rdkit(smiles, QUERIES[0], 1000, 0.3)
    assert len(every) > 1
    result = find_similar([QUERIES[0]], table, top=top or len(every), threshold=0.3, workers=1)
    assert result.hits == (top or len(every))
    assert ("Queries with more hits than --top shows: 1." in result.notes) == note
    assert not any("--top" in line for line in find_similar(["CCO"], table, top=1, workers=1).notes)


def test_what_shares_nothing_is_no_hit(tmp_path: Path) -> None:
    (tmp_path / "t.smi").write_text("CCO\nBr\n")
    found = find_similar(["CCO"], tmp_path / "t.smi", workers=1).columns
    assert (found["library_row"], found["similarity"]) == ([1], [1.0])


@pytest.mark.parametrize("prepared", [False, True])
def test_queries_can_be_a_folder_of_tables_or_a_prepared_library(prepared: bool, table: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "1.smi").write_text("".join(f"{text.replace(' ', '')} q\n" for text in QUERIES[:2]))
    (folder / "2.smi").write_text("".join(f"{text} q\n" for text in QUERIES[2:]))
    if prepared:
        prepare_library(folder, tmp_path / "lib", workers=1)
    found = find_similar(tmp_path / "lib" if prepared else folder, table, top=3, workers=1)
    expected = find_similar(QUERIES, table, top=3, workers=1)
    assert (found.columns, found.query_statuses) == (expected.columns, expected.query_statuses)


def test_nothing_is_written_into_the_folders_that_are_read(library: Path, tmp_path: Path) -> None:
    (tmp_path / "q.smi").write_text("CCO q\n")
    before = sorted(library.iterdir())
    with pytest.raises(InputError, match="would stand in the library"):
        similar_table(["CCO"], library, library / "hits.csv", workers=1)
    with pytest.raises(InputError, match="would stand in the library"):
        similar_table(tmp_path, library, tmp_path / "hits.csv", workers=1)
    assert sorted(library.iterdir()) == before
    assert [path.name for path in tmp_path.iterdir()] == ["q.smi"]


def test_sd_files_show_standardised_smiles(tmp_path: Path) -> None:
    path = tmp_path / "library.sdf"
    with Chem.SDWriter(str(path)) as writer:
        for text in ("CCO", "c1ccccc1O", "CC(=O)O"):
            mol = Chem.MolFromSmiles(text)
            mol.SetProp("tag", text)
            writer.write(mol)
    found = find_similar(path, path, top=1, workers=1).columns
    assert found["query_smiles"] == found["library_smiles"] == ["CCO", "Oc1ccccc1", "CC(=O)O"]
    assert found["tag"] == ["CCO", "c1ccccc1O", "CC(=O)O"]
    assert not any("M  END" in str(cell) for cells in found.values() for cell in cells)


def test_what_cannot_be_searched_is_refused(table: Path, tmp_path: Path) -> None:
    bad: list[tuple[dict[str, Any], str]] = [({"top": 0}, "--top"), ({"threshold": 1.5}, "--threshold")]
    for options, words in bad:
        with pytest.raises(InputError, match=words):
            find_similar(["CCO"], table, **options)
    with pytest.raises(NothingDone, match=r"none of the 2 query structures .* Row 1"):
        find_similar(["xx", ""], table, workers=1)
    with pytest.raises(InputError, match="is the input"):
        similar_table(["CCO"], table, table, overwrite=True)
    tiny = tmp_path / "t.smi"
    tiny.write_text("CCO\n")
    prepare_library(tiny, tmp_path / "lib", Recipe(Policy(), {"fingerprint": {"radius": 3, "size": 512}}), workers=1)
    with pytest.raises(InputError, match="radius 3 and 512 bits"):
        find_similar(["CCO"], tmp_path / "lib")
