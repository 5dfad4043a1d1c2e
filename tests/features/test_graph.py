"""Packed graphs against plain loops over RDKit's atoms and bonds."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from rdkit import Chem, rdBase
from rdkit.Chem import rdCIPLabeler, rdMolDescriptors

from molkit.chem.standardise import Policy, Structure, read_structure
from molkit.data.batching import take_graphs
from molkit.features.graph import ATOM_FIELDS, BOND_FIELDS, GraphFeaturizer
from molkit.types import Graphs

CIP = {"R": 1, "S": 2, "r": 3, "s": 4}
ORDERS = {
    Chem.BondType.SINGLE: 0,
    Chem.BondType.DOUBLE: 1,
    Chem.BondType.TRIPLE: 2,
    Chem.BondType.AROMATIC: 3,
    Chem.BondType.QUADRUPLE: 4,
}
STEREO = {Chem.BondStereo.STEREOE: 1, Chem.BondStereo.STEREOZ: 2}
# RDKit 2026.09 reads the opposite isomer from its own writing of these with every hydrogen.
CYCLOOCTENES = ("C1=C\\CCCCCC/1", "C1=C/CCCCCC/1")
PERIODIC = Chem.GetPeriodicTable()


def looped(mol: Chem.Mol) -> tuple[list[tuple[int, ...]], dict[tuple[int, int], tuple[int, ...]]]:
    """Fields of every atom and of every bond (both directions), asked of RDKit one by one."""
    complete = Chem.Mol(mol)
    rdCIPLabeler.AssignCIPLabels(complete)
    atoms = [_atom(atom, complete.GetAtomWithIdx(atom.GetIdx())) for atom in mol.GetAtoms()]
    bonds = {}
    for bond in mol.GetBonds():
        fields = (ORDERS[bond.GetBondType()], int(bond.IsInRing()), STEREO.get(bond.GetStereo(), 0))
        ends = (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())
        bonds[ends] = bonds[ends[::-1]] = fields
    return atoms, bonds


def _atom(atom: Chem.Atom, complete: Chem.Atom) -> tuple[int, ...]:
    number, isotope = atom.GetAtomicNum(), atom.GetIsotope()
    shift = PERIODIC.GetMassForIsotope(number, isotope) - PERIODIC.GetAtomicWeight(number) if isotope else 0
    label = 0
    if atom.GetChiralTag() != Chem.ChiralType.CHI_UNSPECIFIED:
        source = atom if atom.HasProp("_CIPCode") else complete
        label = CIP[source.GetProp("_CIPCode")] if source.HasProp("_CIPCode") else 5
    hydrogens = atom.GetNumExplicitHs() + atom.GetNumImplicitHs()
    hydrogens += sum(neighbour.GetAtomicNum() == 1 for neighbour in atom.GetNeighbors())
    bonded = atom.GetDegree() + atom.GetNumExplicitHs() + atom.GetNumImplicitHs()
    return (
        number,
        min(bonded, 7),
        min(hydrogens, 5),
        min(max(atom.GetFormalCharge() + 4, 0), 8),
        min(max(int(shift) + 4, 0), 8),
        int(atom.IsInRing()),
        int(atom.GetIsAromatic()),
        label,
    )


def unpacked(graphs: Graphs, i: int) -> tuple[list[tuple[int, ...]], dict[tuple[int, int], tuple[int, ...]]]:
    """The same of molecule `i` of a packed column."""
    first, last = graphs.atom_offsets[i : i + 2]
    start, stop = graphs.edge_offsets[i : i + 2]
    atoms = list(map(tuple, graphs.atom_classes[graphs.atoms[first:last]].tolist()))
    ends = map(tuple, (graphs.edges[:, start:stop] - first).T.tolist())
    fields = map(tuple, graphs.bond_classes[graphs.bonds[start:stop]].tolist())
    return atoms, dict(zip(ends, fields, strict=True))


def surroundings(graphs: Graphs, i: int) -> Counter[Any]:
    """Every atom with its sorted neighbours, whatever the order of the atoms."""
    atoms, bonds = unpacked(graphs, i)
    around: list[list[Any]] = [[] for _ in atoms]
    for (source, target), fields in bonds.items():
        around[target].append((fields, atoms[source]))
    return Counter((own, tuple(sorted(near))) for own, near in zip(atoms, around, strict=True))


def test_varied_molecules_equal_a_loop_over_atoms_and_bonds(varied: list[Chem.Mol]) -> None:
    graphs = GraphFeaturizer()(varied)
    assert len(graphs) == len(varied)
    for i, mol in enumerate(varied):
        assert unpacked(graphs, i) == looped(mol), Chem.MolToSmiles(mol)


def test_library_molecules_equal_a_loop_over_atoms_and_bonds(nci: list[Chem.Mol], marked: list[Chem.Mol]) -> None:
    mols = [*nci[:1000], *marked]
    graphs = GraphFeaturizer()(mols)
    for i, mol in enumerate(mols):
        assert unpacked(graphs, i) == looped(mol), Chem.MolToSmiles(mol)


def test_the_reverse_of_bond_2i_is_2i_plus_1(varied: list[Chem.Mol]) -> None:
    graphs = GraphFeaturizer()(varied)
    assert (graphs.edges[:, 0::2] == graphs.edges[::-1, 1::2]).all()
    assert (graphs.bonds[0::2] == graphs.bonds[1::2]).all()
    assert (graphs.edge_offsets % 2 == 0).all()


def test_types_and_ranges_are_as_documented(varied: list[Chem.Mol]) -> None:
    graphs = GraphFeaturizer()(varied)
    expected = {
        "atoms": np.int32, "bonds": np.int32, "edges": np.int32, "atom_offsets": np.int64,
        "edge_offsets": np.int64, "atom_classes": np.int16, "bond_classes": np.int16,
    }  # fmt: skip
    assert {name: getattr(graphs, name).dtype for name in expected} == expected
    for classes, sizes in ((graphs.atom_classes, ATOM_FIELDS), (graphs.bond_classes, BOND_FIELDS)):
        assert (classes >= 0).all()
        assert (classes < np.array(sizes)).all()


def test_a_molecule_is_the_same_alone_and_among_others(varied: list[Chem.Mol], nci: list[Chem.Mol]) -> None:
    mixed = GraphFeaturizer()([*nci[:50], *varied, *nci[50:100]])
    for i, mol in enumerate(varied):
        assert unpacked(mixed, 50 + i) == unpacked(GraphFeaturizer()([mol]), 0), Chem.MolToSmiles(mol)


def writings(mol: Chem.Mol) -> list[str]:
    """Ten random writings, the Kekule one, and one with every hydrogen."""
    kekule = Chem.Mol(mol)
    Chem.Kekulize(kekule, clearAromaticFlags=True)
    written = [Chem.MolToSmiles(kekule, kekuleSmiles=True), Chem.MolToSmiles(Chem.AddHs(mol))]
    return [*Chem.MolToRandomSmilesVect(mol, 10, 17), *written]


def mapped(mol: Chem.Mol) -> str:
    copy = Chem.Mol(mol)
    for atom in copy.GetAtoms():
        atom.SetAtomMapNum(atom.GetIdx() + 1)
    return Chem.MolToSmiles(copy)


def test_the_writing_of_a_structure_does_not_matter(varied: list[Chem.Mol], marked: list[Chem.Mol]) -> None:
    for mol in [*varied, *marked]:
        first = Chem.MolFromSmiles(Chem.MolToSmiles(mol))
        with rdBase.BlockLogs():
            others = [Chem.MolFromSmiles(text) for text in writings(first)]
        if Chem.MolToSmiles(mol) in CYCLOOCTENES:
            del others[-1]
        graphs = GraphFeaturizer()([first, *others])
        expected = surroundings(graphs, 0)
        for i in range(1, len(graphs)):
            assert surroundings(graphs, i) == expected, (Chem.MolToSmiles(mol), i)


def test_after_the_structure_policy_atom_maps_do_not_matter_either(
    varied: list[Chem.Mol], marked: list[Chem.Mol]
) -> None:
    compared = 0
    for mol in [*varied, *marked[:100]]:
        first = Chem.MolFromSmiles(Chem.MolToSmiles(mol))
        found = [read_structure(text, Policy()) for text in (Chem.MolToSmiles(mol), mapped(first))]
        structures = [structure.mol for structure in found if isinstance(structure, Structure)]
        assert len(structures) in (0, 2), Chem.MolToSmiles(mol)
        if structures:
            compared += 1
            graphs = GraphFeaturizer()(structures)
            assert surroundings(graphs, 0) == surroundings(graphs, 1), Chem.MolToSmiles(mol)
    assert compared > 120


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O"),
        ("C[C@H](N)C(=O)O", "CC(N)C(=O)O"),
        ("F/C=C/F", "F/C=C\\F"),
        ("F/C=C/F", "FC=CF"),
        ("C[C@H]1CC[C@@H](C)CC1", "C[C@H]1CC[C@H](C)CC1"),
        ("C[C@H]1CC[C@@H](C)CC1", "CC1CCC(C)CC1"),
        ("C[S@](=O)CC", "C[S@@](=O)CC"),
        ("C[C@@H](O)[C@H](O)C", "C[C@@H](O)[C@@H](O)C"),
        ("[2H]C", "C"),
        ("[14CH4]", "C"),
        ("[CH3]", "C"),
        ("c1ccccc1C1CC1", "c1ccccc1C=CC"),
    ],
)
def test_different_structures_have_different_graphs(one: str, other: str) -> None:
    graphs = GraphFeaturizer()([Chem.MolFromSmiles(one), Chem.MolFromSmiles(other)])
    assert surroundings(graphs, 0) != surroundings(graphs, 1)


def connectivity_hash(components: np.ndarray) -> np.ndarray:
    """RDKit's connectivity invariant: Boost's hash_combine over the components [n, 5 or 6], in 32 bits."""
    seed = np.zeros(len(components), np.uint64)
    for column in components.astype(np.int64).T.astype(np.uint64) & np.uint64(0xFFFFFFFF):
        seed ^= (column + np.uint64(0x9E3779B9) + (seed << np.uint64(6)) + (seed >> np.uint64(2))) & np.uint64(
            0xFFFFFFFF
        )
        seed &= np.uint64(0xFFFFFFFF)
    return seed


def components(mol: Chem.Mol) -> tuple[list[list[int]], list[bool]]:
    rows, ring = [], []
    for atom in mol.GetAtoms():
        number, isotope = atom.GetAtomicNum(), atom.GetIsotope()
        shift = PERIODIC.GetMassForIsotope(number, isotope) - PERIODIC.GetAtomicWeight(number) if isotope else 0
        rows.append([number, atom.GetTotalDegree(), atom.GetTotalNumHs(True), atom.GetFormalCharge(), int(shift)])
        ring.append(atom.IsInRing())
    return rows, ring


def test_the_hash_that_names_atom_classes_depends_on_their_fields_alone(
    varied: list[Chem.Mol], nci: list[Chem.Mol]
) -> None:
    seen: dict[int, tuple[Any, ...]] = {}
    for mol in [*varied, *nci]:
        rows, ring = components(mol)
        plain = np.array(rows)
        ours = np.where(ring, connectivity_hash(np.c_[plain, np.ones(len(plain))]), connectivity_hash(plain))
        assert ours.tolist() == list(rdMolDescriptors.GetConnectivityInvariants(mol, True)), Chem.MolToSmiles(mol)
        for value, row, member in zip(ours.tolist(), rows, ring, strict=True):
            assert seen.setdefault(value, (*row, member)) == (*row, member)


def test_the_hash_keeps_all_states_of_organic_elements_apart() -> None:
    elements = (1, 5, 6, 7, 8, 9, 14, 15, 16, 17, 34, 35, 53)
    grid = np.array(
        [
            [element, degree, hydrogens, charge, shift]
            for element in elements
            for degree in range(7)
            for hydrogens in range(min(degree, 4) + 1)
            for charge in range(-2, 3)
            for shift in range(3)
        ]
    )
    hashes = np.concatenate([connectivity_hash(grid), connectivity_hash(np.c_[grid, np.ones(len(grid))])])
    assert len(np.unique(hashes)) == len(hashes)


def test_no_molecules_make_no_graphs() -> None:
    graphs = GraphFeaturizer()([])
    assert len(graphs) == 0
    assert graphs.edges.shape == (2, 0)


def test_taking_a_molecule_out_is_featurizing_it_alone(varied: list[Chem.Mol]) -> None:
    rows = np.array([5, 3, 3, 40])
    taken = take_graphs(GraphFeaturizer()(varied), rows)
    alone = GraphFeaturizer()([varied[i] for i in rows])
    assert [unpacked(taken, i) for i in range(4)] == [unpacked(alone, i) for i in range(4)]
