"""A chunk of cells to all that the audit wants to know of each structure. A pure function of chunk and set-up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from molkit.chem.identity import inchikey, leak_keys
from molkit.chem.limits import Limits
from molkit.chem.parse import parse
from molkit.chem.policy import Policy, policy_from_dict
from molkit.chem.quiet import QUIET
from molkit.chem.scaffold import scaffold
from molkit.chem.stereo import undefined_stereo
from molkit.engine.jobs import IDLE, Cells, Tick
from molkit.engine.structures import featurize, guarded, read_chunk
from molkit.features import FingerprintFeaturizer, packed_bits
from molkit.types import Problem

# Everything else is called a metal: neither hydrogen, a noble gas, nor B, C, Si, Ge and what stands right of them.
_NO_METALS = frozenset({1, 2, 5, 6, 7, 8, 9, 10, 14, 15, 16, 17, 18, 32, 33, 34, 35, 36, 52, 53, 54, 85, 86})
_BRACKET_ELEMENT = re.compile(r"\[\d*([A-Z][a-z]?)").findall
_COMMON = frozenset({"H", "B", "C", "N", "O", "F", "P", "S", "Cl", "Br", "I", "Si", "Se"})

# Those of RDKit's quick properties that learn most of solubility and lipophilicity: 0.3 ms per structure.
_PROPERTIES = rdMolDescriptors.Properties(
    [
        "CrippenClogP", "amw", "NumHeavyAtoms", "tpsa", "lipinskiHBA", "lipinskiHBD", "NumRotatableBonds",
        "FractionCSP3", "NumRings", "NumAromaticRings", "NumHeteroatoms", "NumAmideBonds", "labuteASA", "chi1v",
        "kappa1", "hallKierAlpha",
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Reader:
    """The structure policy, and whether properties are wanted (a third of the time; the learning curve needs them)."""

    policy: Policy
    properties: bool


def load_reader(policy: dict[str, Any], properties: bool) -> Reader:
    """Set-up of a worker, from plain values."""
    return Reader(policy_from_dict(policy), properties)


def audit_chunk(reader: Reader, cells: Cells, tick: Tick, skip: Mapping[int, Problem]) -> dict[str, Any]:
    """Identity, fingerprint, properties and notes of every readable structure, in row order; problems of the others.

    `written` says of rows with several components or a metal, readable or not: how many, and which metals.
    """
    chunk = read_chunk(cells.texts, reader.policy, tick, {**cells.faults, **skip}, enumerate_stereo=False)
    found: dict[int, dict[str, Any]] = {}
    with QUIET:
        for row, structure in list(chunk.structures.items()):
            tick(row)
            known = guarded(partial(_known, structure.mol, reader.properties))
            if isinstance(known, Problem):
                chunk.drop(row, known)
            else:
                found[row] = known
        counts = featurize(chunk, {"drug/fingerprint": FingerprintFeaturizer()}, tick).get("drug/fingerprint")
        bits = packed_bits(counts) if isinstance(counts, np.ndarray) else None
        written = _written(reader.policy.limits, cells, tick, skip)
    tick(IDLE)
    return {
        "rows": chunk.rows,
        "found": [found[row] for row in chunk.rows],
        "bits": bits,
        "notes": {row: chunk.structures[row].notes for row in chunk.rows if chunk.structures[row].notes},
        "problems": chunk.problems,
        "written": written,
    }


def _known(mol: Chem.Mol, with_properties: bool) -> dict[str, Any]:
    """Identity, number of undefined stereo elements, and some properties float32 [P] of a structure."""
    key = inchikey(mol)
    with np.errstate(over="ignore"):
        properties = np.array(_PROPERTIES.ComputeProperties(mol) if with_properties else [], np.float32)
    return {
        "smiles": Chem.MolToSmiles(mol),
        "inchikey": key,
        "leak_keys": leak_keys(mol, key),
        "scaffold": scaffold(mol),
        "stereo": undefined_stereo(mol),
        "properties": properties,
    }


def _written(limits: Limits, cells: Cells, tick: Tick, skip: Mapping[int, Problem]) -> dict[int, tuple[int, list[str]]]:
    """Components and metals of the structures as they were written, where there is more than one or any."""
    found = {}
    for row, cell in enumerate(cells.texts):
        if row in skip or row in cells.faults or cell is None or not _worth_a_look(str(cell)):
            continue
        tick(row)
        mol = guarded(partial(parse, str(cell), limits))
        if isinstance(mol, Problem):
            continue
        parts = len(Chem.GetMolFrags(mol))
        metals = sorted({atom.GetSymbol() for atom in mol.GetAtoms() if _is_metal(atom)})
        if parts > 1 or metals:
            found[row] = (parts, metals)
    return found


def _is_metal(atom: Chem.Atom) -> bool:
    return atom.GetAtomicNum() > 0 and atom.GetAtomicNum() not in _NO_METALS


def _worth_a_look(text: str) -> bool:
    """Whether a text can hold several components or a metal, judged without parsing it."""
    return "." in text or "\n" in text or any(symbol not in _COMMON for symbol in _BRACKET_ELEMENT(text))
