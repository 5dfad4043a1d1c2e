"""Real drugs with planted twins through every method, and `molkit split` from end to end."""

from __future__ import annotations

import csv
import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem, rdBase
from rdkit.Chem.MolStandardize import rdMolStandardize
from trained import run

from molkit.chem.cluster import butina_clusters
from molkit.chem.identity import inchikey, leak_groups, leak_keys
from molkit.chem.scaffold import scaffold
from molkit.chem.standardise import Structure, read_structure
from molkit.data.cards import shipped_path
from molkit.data.folds import fold_rows
from molkit.data.split import METHODS, Rows, split_rows
from molkit.data.split_file import read_split
from molkit.errors import InputError
from molkit.features import FingerprintFeaturizer, packed_bits
from molkit.pipeline.split import with_clusters

FRACTIONS = (0.8, 0.1, 0.1)


@cache
def drugs() -> list[str]:
    """30 approved drugs of moderate size."""
    with shipped_path("approved_drugs").open(encoding="utf-8", newline="") as stream:
        rows = [row["smiles"] for row in csv.DictReader(stream)]
    found = [smiles for smiles in rows if "." not in smiles and 8 < Chem.MolFromSmiles(smiles).GetNumAtoms() < 30]
    return found[:: len(found) // 30][:30]


def kept(mol: Chem.Mol) -> tuple[list[int], int]:
    """What a near tautomer keeps: the hydrogens of every carbon, and how many atoms are aromatic."""
    hydrogens = [atom.GetTotalNumHs() for atom in mol.GetAtoms() if atom.GetSymbol() == "C"]
    return hydrogens, sum(atom.GetIsAromatic() for atom in mol.GetAtoms())


def twins(smiles: str) -> dict[str, str]:
    """Other forms of a drug: a salt, a writing, the enantiomer, a tautomer that moves hydrogen between hetero-atoms."""
    mol = Chem.MolFromSmiles(smiles)
    forms = {"salt": f"{smiles}.Cl", "writing": Chem.MolToRandomSmilesVect(mol, 1, 3)[0]}
    mirror = Chem.Mol(mol)
    for atom in mirror.GetAtoms():
        atom.InvertChirality()
    forms["enantiomer"] = Chem.MolToSmiles(mirror)
    with rdBase.BlockLogs():
        others = rdMolStandardize.TautomerEnumerator().Enumerate(mol)
    near = [Chem.MolToSmiles(other) for other in others if kept(other) == kept(mol)]
    return forms | {"tautomer": next((text for text in near if text != Chem.MolToSmiles(mol)), smiles)}


@cache
def planted() -> tuple[Rows, np.ndarray, tuple[str, ...]]:
    """Rows of all drugs and their twins in shuffled order, the drug of each row, and its InChIKey."""
    pairs = [(d, text) for d, smiles in enumerate(drugs()) for text in (smiles, *twins(smiles).values())]
    rng = np.random.default_rng(0)
    pairs = [pairs[i] for i in rng.permutation(len(pairs))]
    mols = []
    for _, text in pairs:
        found = read_structure(text)
        assert isinstance(found, Structure), text
        mols.append(found.mol)
    rows = Rows(
        leak_groups([leak_keys(mol) for mol in mols]),
        [scaffold(mol) for mol in mols],
        bits=packed_bits(FingerprintFeaturizer()(mols)),
        values=np.stack([rng.random(len(mols)) < 0.3, rng.random(len(mols)) < 0.5], axis=1).astype(float),
        kinds=("binary", "binary"),
        groups=rng.integers(0, 60, len(mols)).tolist(),
        times=rng.normal(2015, 4, len(mols)),
    )
    return rows, np.array([d for d, _ in pairs]), tuple(map(inchikey, mols))


def test_the_planted_twins_differ_from_their_drugs() -> None:
    forms = {kind: sum(twins(smiles)[kind] != Chem.CanonSmiles(smiles) for smiles in drugs()) for kind in twins("CCO")}
    assert forms["salt"] == len(drugs()) == 30
    assert min(forms.values()) >= 5
    _, drug, keys = planted()
    assert len(set(keys)) > len(set(drug.tolist()))  # some twins are other compounds to an InChIKey


@pytest.mark.parametrize("method", [method for method in METHODS if method != "column"])
def test_planted_twins_never_cross(method: str) -> None:
    base, drug, _ = planted()
    rows = with_clusters(base if method == "group" else Rows(**{**vars(base), "groups": None}), method)
    for seed in range(5):
        split = split_rows(rows, method, FRACTIONS, seed)
        part = {row: name for name in ("train", "valid", "test") for row in getattr(split, name)}
        assert len({(d, part[row]) for row, d in enumerate(drug)}) == 30
        folds = fold_rows(rows, np.arange(len(rows)), method, 4, seed)
        assert sum(len(np.unique(drug[fold])) for fold in folds) in (30, 0)


def test_which_clusters_each_method_is_given() -> None:
    rows = planted()[0]
    assert with_clusters(rows, "random") is rows
    acyclic = np.array([not name for name in rows.scaffolds])
    given = with_clusters(rows, "scaffold").clusters
    assert given is not None
    assert rows.bits is not None
    assert (given[acyclic] == butina_clusters(rows.bits[acyclic])).all()
    assert (given[~acyclic] == -1).all()
    every = with_clusters(rows, "dissimilarity")
    assert every.clusters is not None
    assert (every.clusters == butina_clusters(rows.bits)).all()
    with pytest.raises(InputError, match="one molecule each"):
        with_clusters(Rows(np.arange(3), [""] * 3), "butina")


def nearest_training(rows: Rows, method: str) -> float:
    """Mean Tanimoto similarity of test rows to their nearest training row."""
    split = split_rows(rows, method, FRACTIONS, 0)
    bits = np.unpackbits(rows.bits, axis=1).astype(int)  # type: ignore[arg-type]
    test, train = bits[list(split.test)], bits[list(split.train)]
    shared = test @ train.T
    return float((shared / (test.sum(1)[:, None] + train.sum(1) - shared)).max(axis=1).mean())


def test_dissimilarity_tests_farther_away_than_butina_and_that_than_random() -> None:
    with shipped_path("approved_drugs").open(encoding="utf-8", newline="") as stream:
        mols = [Chem.MolFromSmiles(row["smiles"]) for row in csv.DictReader(stream)][::6]
    bits = packed_bits(FingerprintFeaturizer()(mols))
    rows = Rows(np.arange(len(mols)), [scaffold(mol) for mol in mols], bits=bits)
    near = {m: nearest_training(with_clusters(rows, m), m) for m in ("random", "butina", "dissimilarity")}
    assert near["dissimilarity"] < near["butina"] - 0.03 < near["random"] - 0.06


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "in.csv"
    lines = [f"{smiles},{d % 4 == 0:d},{1990 + d},g{d // 2}" for d, smiles in enumerate(drugs())]
    path.write_text("\n".join(["smiles,active,year,project", *lines, "xx,1,2001,g1", "CCO,,,"]) + "\n")
    return path


def columns(path: Path) -> dict[str, list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {name: [row[name] for row in rows] for name in rows[0]}


def split(table: Path, *options: object) -> tuple[dict[str, list[str]], dict[str, object]]:
    out = table.with_name("out.csv")
    ran = run("split", table, "-o", out, "--workers", 1, "--json", "--overwrite", *options)
    assert (ran.code, ran.clean) == (0, True), ran.err
    return columns(out), json.loads(ran.out)


def test_a_time_split_by_command(table: Path) -> None:
    found, said = split(table, "--method", "time", "--time", "year", "-t", "active", "--fractions", "0.6,0.2,0.2")
    by_year = found["split"][:30]
    assert by_year == sorted(by_year, key=["train", "valid", "test"].index)
    assert found["split"][30:] == ["", "train"]
    assert any("unknown time" in note for note in said["notes"])  # type: ignore[union-attr]


def test_folds_and_repeats_by_command(table: Path) -> None:
    found, said = split(table, "--split", "random", "--folds", 4, "--repeats", 3, "--seed", 7, "--group", "project")
    names = ["fold_1", "fold_2", "fold_3"]
    assert list(found)[-3:] == list(said["parts"]) == names  # type: ignore[call-overload]
    assert len({tuple(found[name]) for name in names}) == 3
    for name in names:
        assert set(found[name]) == {"", "1", "2", "3", "4"}
        assert found[name][0:30:2] == found[name][1:30:2]  # a project stays together
    alone, _ = split(table, "--split", "random", "--folds", 4, "--seed", 8, "--group", "project")
    assert alone["fold"] == found["fold_2"]


def test_a_split_is_saved_and_read_again(table: Path, tmp_path: Path) -> None:
    saved = tmp_path / "s.json"
    found, _ = split(table, "--split", "stratified", "-t", "active", "--save", saved)
    keys = [inchikey(read_structure(smiles).mol) for smiles in (*drugs(), "CCO")]  # type: ignore[union-attr]
    again = read_split(saved, keys, "")
    parts = [found["split"][row] for row in (*range(30), 31)]
    assert [sorted(getattr(again, name)) for name in ("train", "valid", "test")] == [
        [row for row, part in enumerate(parts) if part == name] for name in ("train", "valid", "test")
    ]
    for name in ("train", "valid", "test"):
        assert {found["active"][row] for row in (*range(30), 31) if found["split"][row] == name} >= {"0", "1"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--method", "time"], "--time"),
        (["--method", "time", "--time", "project"], "row 1, column 'project'"),
        (["--method", "stratified"], "--target"),
        (["--folds", "1"], "2 or more"),
        (["--repeats", "0"], "1 or more"),
        (["--repeats", "2", "--save", "s.json"], "--save keeps one split"),
        (["--folds", "3", "--save", "s.json"], "--save keeps one split"),
        (["--method", "dissimilarity", "--repeats", "2"], "has one answer"),
        (["--save", "TABLE"], "never overwritten"),
    ],
)
def test_what_does_not_go_together_is_refused(table: Path, options: list[str], said: str) -> None:
    before = table.read_bytes()
    given = [str(table) if option == "TABLE" else option for option in options]
    ran = run("split", table, "-o", table.with_name("o.csv"), "--workers", 1, "--overwrite", *given)
    assert (ran.code, ran.clean, said in ran.err) == (2, True, True), ran.err
    assert not table.with_name("o.csv").exists()
    assert table.read_bytes() == before
