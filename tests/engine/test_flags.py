"""Flags and fingerprints of a chunk: each row its own, a bad row leaves the others alone."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rdkit import Chem, RDConfig
from rdkit.Chem import QED, rdFingerprintGenerator

from molkit.chem import accessibility, drug_likeness
from molkit.chem.policy import Policy
from molkit.engine import flags
from molkit.engine.fingerprints import fingerprint_chunk
from molkit.engine.flags import FLAGS, PICTURE, flag_chunk, load_flagger
from molkit.engine.jobs import IDLE, Cells
from molkit.engine.workers import Job, WorkerPool
from molkit.types import Problem

CELLS = ["CC=O", "not one", "CC(C)Cc1ccc(cc1)C(C)C(=O)O", "", "[Na+].CC(=O)[O-]", "C" * 45]
OWN = [("carbonyl", "C=O")]


def flagged(cells: list[Any], **options: Any) -> dict[str, list[Any]]:
    return flag_chunk(load_flagger(asdict(Policy()), OWN), Cells(cells), lambda row: None, options)


def test_every_row_has_its_flags_or_the_reason() -> None:
    found = flagged(CELLS)
    assert set(found) == {*FLAGS, PICTURE, "molblock"}
    assert all(len(values) == len(CELLS) for values in found.values())
    readable = [0, 2, 4, 5]
    mols = [Chem.MolFromSmiles(CELLS[row].removeprefix("[Na+].").replace("[O-]", "O")) for row in readable]
    assert [found["qed"][row] for row in readable] == [round(QED.qed(mol), 3) for mol in mols]
    assert [found["inchikey"][row] for row in readable] == [Chem.MolToInchiKey(mol) for mol in mols]
    drawn = [Chem.MolToSmiles(Chem.MolFromMolBlock(found["molblock"][row])) for row in readable]
    assert drawn == [Chem.MolToSmiles(mol) for mol in mols]
    assert [found["lipinski"][row] is None for row in readable] == [True, True, True, False]
    assert "logP" in found["lipinski"][5]
    assert "BRENK: aldehyde" in found["alerts"][0]
    assert [found["alerts"][row].endswith("own: carbonyl") for row in readable] == [True, True, True, False]
    for row in (1, 3):
        assert {name: found[name][row] for name in found if found[name][row] is not None}.keys() == {"flags_note"}


def test_a_row_that_killed_a_worker_is_skipped_with_its_reason() -> None:
    poisoned = flag_chunk(
        load_flagger(asdict(Policy())), Cells(["CCO", "CCN"]), lambda row: None, {0: Problem("timeout", "too slow")}
    )
    assert poisoned["flags_note"] == ["too slow", None]
    assert poisoned["qed"][0] is None
    assert poisoned["qed"][1] == flagged(["CCN"])["qed"][0]


def test_a_flag_that_fails_leaves_the_other_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(mol: Chem.Mol) -> float:
        raise ValueError(mol)

    clean = flagged(["CCO"])
    monkeypatch.setattr(drug_likeness, "qed", broken)
    found = flagged(["CCO"])
    assert found["qed"] == [None]
    assert "qed: " in found["flags_note"][0]
    assert {**found, "qed": 0, "flags_note": 0} == {**clean, "qed": 0, "flags_note": 0}


def test_an_rdkit_without_accessibility_scores_says_so_in_each_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accessibility.load_scorer.cache_clear()
    monkeypatch.setattr(RDConfig, "RDContribDir", str(tmp_path))
    found = flagged(["CCO"])
    assert found["sa_score"] == [None]
    assert found["flags_note"][0].startswith("sa_score: ")
    assert found["qed"][0] is not None


def test_each_row_is_announced_before_work_on_it() -> None:
    announced: list[int] = []
    flag_chunk(flags.load_flagger(asdict(Policy())), Cells(["CCO", "xx", "CCN"]), announced.append, {})
    assert announced[-1] == IDLE
    assert {0, 1, 2} <= set(announced)


def test_flags_in_worker_processes_are_those_of_this_process() -> None:
    job = Job("molkit.engine.flags:load_flagger", (asdict(Policy()), tuple(OWN)), "molkit.engine.flags:flag_chunk")
    with WorkerPool(job, 1) as pool:
        (found,) = pool.map([Cells(CELLS)])
    assert found == flagged(CELLS)


def test_fingerprints_are_those_of_rdkit() -> None:
    found = fingerprint_chunk(Policy(), Cells(["CCO", "xx", "C[C@H](N)C(=O)O"]), lambda row: None, {})
    assert (found["rows"], found["smiles"]) == ([0, 2], ["CCO", "C[C@H](N)C(=O)O"])
    assert set(found["problems"]) == {1}
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048, includeChirality=True)
    expected = [generator.GetFingerprintAsNumPy(Chem.MolFromSmiles(smiles)) for smiles in found["smiles"]]
    assert (np.unpackbits(found["bits"], axis=1) == expected).all()


def test_a_chunk_without_structures_has_no_fingerprints() -> None:
    found = fingerprint_chunk(Policy(), Cells(["", "xx"]), lambda row: None, {})
    assert (found["rows"], found["bits"], found["smiles"]) == ([], None, [])
