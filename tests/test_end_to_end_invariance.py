"""Same molecule, same number: however it is written, whatever stands beside it, however many processes work."""

from __future__ import annotations

import random
import re
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem, rdBase
from trained import read_csv, run, solubility, stacked_model, write_csv

import molkit
from molkit import Model

SMILES = [row["smiles"] for row in solubility(30)]
SPREAD = float(np.std([float(row["logS"]) for row in solubility()]))
CLOSE = 1e-5 * SPREAD
STEREO = [
    "C[C@H](N)C(=O)O",
    "C/C=C/C(=O)O",
    "C[C@@H]1CC[C@H](C)CC1",
    "CN1CCC[C@H]1c1cccnc1",
    "C[S@](=O)c1ccccc1",
    "OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O",
    "C[N+](C)(C)CC([O-])=O",
    "[2H]C([2H])([2H])O",
    "CC(O)F",
]


@pytest.fixture(scope="module")
def model() -> Model:
    return molkit.load(stacked_model())


def predict(model: Model, smiles: list[str], workers: int = 1) -> np.ndarray:
    found = model.predict(smiles, columns=["pred", "status"], workers=workers, exact=True)
    assert found["status"] == ["ok"] * len(smiles), [r for r in found["reason"] if r]
    return np.array(found["logS_pred"], float)


def writings(smiles: str, seed: int) -> list[str]:
    """Ten random writings, Kekule form, explicit hydrogens, atom maps, and as CXSMILES."""
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles)
        found = list(Chem.MolToRandomSmilesVect(mol, 10, randomSeed=seed))
        kekule = Chem.Mol(mol)
        Chem.Kekulize(kekule, clearAromaticFlags=True)
        found.append(Chem.MolToSmiles(kekule, kekuleSmiles=True))
        found.append(Chem.MolToSmiles(Chem.AddHs(mol)))
        found.append(Chem.MolToSmiles(mol, allHsExplicit=True))
        mapped = Chem.Mol(mol)
        for atom in mapped.GetAtoms():
            atom.SetAtomMapNum(atom.GetIdx() + 1)
        found.append(Chem.MolToSmiles(mapped))
        found.append(f"{smiles} |$comment$|".replace("$comment$", "$;;x$" if mol.GetNumAtoms() > 2 else ""))
        found.append(f"  {smiles}\t")
        return found


def test_ten_writings_kekule_hydrogens_and_maps(model: Model) -> None:
    molecules = SMILES + STEREO
    groups = [[smiles, *writings(smiles, seed)] for seed, smiles in enumerate(molecules)]
    values = predict(model, [text for group in groups for text in group])
    for group, found in zip(groups, np.split(values, np.cumsum([len(group) for group in groups])[:-1]), strict=True):
        assert np.ptp(found) <= CLOSE, group[int(np.abs(found - found[0]).argmax())]


@pytest.mark.parametrize(
    "same",
    [
        ["CC(=O)O", "CC(=O)[O-].[Na+]", "[K+].[O-]C(C)=O", "CC(=O)O[Na]", "CC(=O)O.O", "CC([O-])=O.[NH4+]"],
        ["CN", "CN.Cl", "C[NH3+].[Cl-]", "CN.OS(=O)(=O)O", "[Br-].C[NH3+]"],
        ["C[N+](C)(C)C.[Cl-]", "C[N+](C)(C)C.[I-]", "C[N+](C)(C)C"],
        ["C[N+](=O)[O-]", "CN(=O)=O"],
    ],
)
def test_salts_and_drawings_of_one_parent(model: Model, same: list[str]) -> None:
    assert np.ptp(predict(model, same)) <= CLOSE


def test_alone_in_a_crowd_in_any_order_with_any_neighbours_and_workers(model: Model) -> None:
    crowd = [row["smiles"] for row in solubility(1) if "Sn" not in row["smiles"]][:520]
    alone = np.concatenate([predict(model, [smiles]) for smiles in crowd[:6]])
    together = predict(model, crowd)
    assert np.abs(together[:6] - alone).max() <= CLOSE
    order = np.random.default_rng(0).permutation(len(crowd))
    shuffled = predict(model, [crowd[i] for i in order])
    assert np.abs(shuffled - together[order]).max() <= CLOSE
    mixed = [text for smiles in crowd[:60] for text in (smiles, "C" * 200, "[Na+].[Cl-]", "xx")]
    found = model.predict(mixed, exact=True)
    assert np.abs(np.array(found["logS_pred"][::4], float) - together[:60]).max() <= CLOSE
    assert np.abs(predict(model, crowd, workers=2) - together).max() <= CLOSE


def test_the_command_line_gives_the_same_numbers(model: Model, tmp_path: Path) -> None:
    table = write_csv(tmp_path / "t.csv", [{"smiles": smiles} for smiles in SMILES])
    assert run("predict", stacked_model(), table, "-o", tmp_path / "o.csv", "--exact").code == 0
    values = [float(row["logS_pred"]) for row in read_csv(tmp_path / "o.csv")]
    assert np.abs(np.array(values) - predict(model, SMILES)).max() <= CLOSE


@pytest.mark.parametrize(
    "pair",
    [("C[C@H](F)Cl", "C[C@@H](F)Cl"), ("C/C=C/C", "C/C=C\\C"), ("C[C@H]1CC[C@H](C)CC1", "C[C@H]1CC[C@@H](C)CC1")],
)
def test_stereoisomers_have_different_features(pair: tuple[str, str]) -> None:
    from molkit.features import FEATURIZERS

    mols = [Chem.MolFromSmiles(smiles) for smiles in pair]
    of_trees = [FEATURIZERS[kind]()(mols) for kind in ("fingerprint", "descriptors")]
    assert any((values[0] != values[1]).any() for values in of_trees)
    graphs = FEATURIZERS["graph"]()(mols)
    atoms = np.split(graphs.atom_classes[graphs.atoms], graphs.atom_offsets[1:-1])
    bonds = np.split(graphs.bond_classes[graphs.bonds], graphs.edge_offsets[1:-1])
    counted = [(sorted(map(tuple, a)), sorted(map(tuple, b))) for a, b in zip(atoms, bonds, strict=True)]
    assert counted[0] != counted[1]  # whatever the order of the atoms


def test_stereoisomers_get_different_predictions_and_undefined_ones_the_mean(model: Model) -> None:
    """The mean over the enumerated isomers, with the range in the note."""
    for isomers, undefined in (
        (["C[C@H](O)c1ccccc1", "C[C@@H](O)c1ccccc1"], "CC(O)c1ccccc1"),
        (["C/C=C/C(=O)O", "C/C=C\\C(=O)O"], "CC=CC(=O)O"),
    ):
        values = predict(model, isomers)
        assert values[0] != values[1]
        row = next(iter(model.predict(undefined, exact=True)))
        assert row["logS_pred"] == pytest.approx(values.mean(), abs=CLOSE)
        assert "stereo_undefined" in row["note"]
        ends = [float(text) for text in re.findall(r"-?[0-9.]+(?:e-?[0-9]+)?", row["note"].partition("logS")[2])]
        assert ends == pytest.approx(sorted(values), rel=2e-3)


def test_many_undefined_centres_are_a_bounded_sample(model: Model) -> None:
    text = "C" + "C(O)" * 12 + "C"
    texts = [text, *writings(text, 1)[:5]]
    found = model.predict(texts, exact=True)
    assert found["status"] == ["ok"] * len(texts)
    assert np.ptp(np.array(found["logS_pred"], float)) <= CLOSE
    assert len(set(found["note"])) == 1


def test_a_full_chunk_of_undefined_stereo(model: Model) -> None:
    """Three hundred rows of eight isomers each stay within a worker's memory."""
    source = random.Random(0)
    texts = [f"CC({source.choice(['F', 'Cl', 'O'])})C(N)C(S)C{'C' * source.randrange(20)}" for _ in range(300)]
    assert set(model.predict(texts, exact=True)["status"]) == {"ok"}
