"""Augmentations of packed graphs: what they may change, how often, and what always holds."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from rdkit import Chem

from molkit.data.batching import take_graphs, take_steps
from molkit.features.graph import MASKED_ATOM, MASKED_BOND, GraphFeaturizer
from molkit.features.tokens import TokenFeaturizer
from molkit.training import augment
from molkit.training.augment import AUGMENTATIONS, Augmentation, augmented, drop, mask, mixing, smiles
from molkit.types import Graphs


@pytest.fixture(scope="module")
def graphs(varied: list[Chem.Mol]) -> Graphs:
    return GraphFeaturizer()(varied)


def components(graphs: Graphs, atoms: np.ndarray) -> int:
    """Connected parts of some atoms (bool [N]) of one graph, by spreading the smallest number."""
    label = np.where(atoms, np.arange(len(atoms)), -1)
    source, target = graphs.edges[:, atoms[graphs.edges].all(axis=0)]
    for _ in range(len(atoms)):
        np.minimum.at(label, target, label[source])
    return len(set(label[atoms].tolist()))


def check_promises(found: Graphs) -> None:
    np.testing.assert_array_equal(found.edges[:, 0::2], found.edges[::-1, 1::2])
    np.testing.assert_array_equal(found.bonds[0::2], found.bonds[1::2])
    for offsets, size in ((found.atom_offsets, len(found.atoms)), (found.edge_offsets, len(found.bonds))):
        assert (offsets[0], offsets[-1]) == (0, size)
    owner = np.repeat(np.arange(len(found)), np.diff(found.atom_offsets))
    edge_owner = np.repeat(np.arange(len(found)), np.diff(found.edge_offsets))
    np.testing.assert_array_equal(owner[found.edges], np.stack([edge_owner, edge_owner]))
    assert np.diff(found.atom_offsets).min() >= 1


@pytest.mark.parametrize("name", [name for name, own in AUGMENTATIONS.items() if "graph" in own.features])
def test_a_graph_stays_a_graph_and_the_seed_repeats_it(name: str, graphs: Graphs) -> None:
    kept = [array.copy() for array in vars(graphs).values()]
    for seed in range(20):
        found, again = (augmented(graphs, "graph", [name], np.random.default_rng(seed)) for _ in range(2))
        assert isinstance(found, Graphs)
        assert len(found) == len(graphs)
        check_promises(found)
        for own, other in zip(vars(found).values(), vars(again).values(), strict=True):
            np.testing.assert_array_equal(own, other)
            assert own.dtype == other.dtype
    for array, before in zip(vars(graphs).values(), kept, strict=True):
        np.testing.assert_array_equal(array, before)


def test_masking_takes_its_share_of_classes_and_nothing_else(graphs: Graphs) -> None:
    rng = np.random.default_rng(0)
    shares = []
    for _ in range(40):
        found = mask(graphs, rng)
        for name in ("edges", "atom_offsets", "edge_offsets"):
            assert getattr(found, name) is getattr(graphs, name)
        atoms = (found.atom_classes[found.atoms] == MASKED_ATOM).all(axis=1)
        bonds = found.bonds == len(graphs.bond_classes)
        np.testing.assert_array_equal(found.atoms[~atoms], graphs.atoms[~atoms])
        np.testing.assert_array_equal(found.bonds[~bonds], graphs.bonds[~bonds])
        assert (found.bond_classes[found.bonds[bonds]] == MASKED_BOND).all()
        shares.append([atoms.mean(), bonds.mean()])
    np.testing.assert_allclose(np.mean(shares, axis=0), augment.MASKED_SHARE, atol=0.01)


def test_no_molecule_has_the_class_of_a_masked_atom(varied: list[Chem.Mol], nci: list[Chem.Mol]) -> None:
    dummy = [Chem.MolFromSmiles(text) for text in ("*", "*C", "[*-2]", "[*+]C")]
    classes = GraphFeaturizer()([*varied, *nci[:1000], *dummy]).atom_classes
    assert not (classes == MASKED_ATOM).all(axis=1).any()


def test_what_is_dropped_is_connected_and_of_every_size_up_to_its_share(
    nci: list[Chem.Mol], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(augment, "DROPPED_SHARE", 0.3)
    one = take_graphs(GraphFeaturizer()([mol for mol in nci if mol.GetNumAtoms() == 20][:1]), np.array([0]))
    numbered = Graphs(**{**vars(one), "atoms": np.arange(20), "atom_classes": np.arange(20)[:, None]})
    rng, sizes = np.random.default_rng(1), []
    for _ in range(200):
        found = drop(numbered, rng)
        gone = ~np.isin(np.arange(20), found.atoms)
        sizes.append(int(gone.sum()))
        assert components(numbered, gone) == bool(gone.any())
        before = {tuple(pair) for pair in numbered.edges.T.tolist() if not gone[pair].any()}
        assert {tuple(found.atoms[pair].tolist()) for pair in found.edges.T} == before
    assert set(sizes) == set(range(7))


def test_small_molecules_lose_nothing(graphs: Graphs) -> None:
    small = take_graphs(graphs, np.flatnonzero(np.diff(graphs.atom_offsets) < 1 / augment.DROPPED_SHARE))
    for seed in range(10):
        found = drop(small, np.random.default_rng(seed))
        np.testing.assert_array_equal(found.atoms, small.atoms)
        np.testing.assert_array_equal(found.edges, small.edges)


def test_a_writing_is_drawn_evenly_from_those_of_the_molecule(varied: list[Chem.Mol]) -> None:
    featurizer = TokenFeaturizer(variants=3)
    steps, rng = (
        featurizer([Chem.MolFromSmiles(text) for text in ("CCO", "C", "Cc1ccccc1OC")]),
        np.random.default_rng(0),
    )
    whole = [take_steps(steps, np.array([row])).values.tolist() for row in range(3)]
    known = [[list(map(int, part.split(","))) for part in ",".join(map(str, ids)).split(",0,")] for ids in whole]
    counts: list[Counter[tuple[int, ...]]] = [Counter(), Counter(), Counter()]
    for _ in range(600):
        found = smiles(steps, rng)
        for row, count in enumerate(counts):
            count[tuple(take_steps(found, np.array([row])).values.tolist())] += 1
    for writings, count in zip(known, counts, strict=True):
        assert set(count) <= set(map(tuple, writings))
        assert min(count.values()) > 0.7 * 600 / len(writings)
    assert [len(writings) > 1 for writings in known] == [True, True, True]


def test_an_augmentation_of_other_values_passes_by(graphs: Graphs) -> None:
    rng = np.random.default_rng(0)
    images = np.zeros((3, 1, 2, 2), np.float32)
    assert augmented(images, "pixels", ["mask", "drop", "mixup"], rng) is images
    assert augmented(graphs, "graph", ["mixup"], rng) is graphs
    assert augmented(graphs, "graph", [], rng) is graphs


def test_they_are_applied_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(AUGMENTATIONS, "twice", Augmentation("", ("pixels",), lambda values, rng: values * 2))
    monkeypatch.setitem(AUGMENTATIONS, "more", Augmentation("", ("pixels", "series"), lambda values, rng: values + 1))
    rng, values = np.random.default_rng(0), np.array([[1.0]])
    assert augmented(values, "pixels", ["twice", "more"], rng).tolist() == [[3.0]]  # type: ignore[union-attr]
    assert augmented(values, "pixels", ["more", "twice"], rng).tolist() == [[4.0]]  # type: ignore[union-attr]
    assert augmented(values, "series", ["more", "twice"], rng).tolist() == [[2.0]]  # type: ignore[union-attr]


def test_partners_are_a_permutation_and_shares_have_the_moments_of_the_beta_distribution() -> None:
    rng = np.random.default_rng(0)
    drawn = [mixing(9, rng) for _ in range(4000)]
    assert all(sorted(partners) == list(range(9)) for _, partners in drawn)
    shares = np.array([share for share, _ in drawn])
    a = augment.MIXUP_ALPHA
    np.testing.assert_allclose([shares.mean(), shares.var()], [0.5, 1 / (4 * (2 * a + 1))], rtol=0.05)
