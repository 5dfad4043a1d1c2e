"""Proteins: what is read, what is refused and why, numbers of residues, and sketches of 3-mers."""

from __future__ import annotations

import json
import string
from dataclasses import asdict

import numpy as np
import pytest

from molkit.features.sequence import RESIDUES, KmerFeaturizer, ResidueFeaturizer, SequenceReader, identify
from molkit.types import STATUSES, Problem

READ = SequenceReader()


def protein(length: int, seed: int = 0) -> str:
    return "".join(np.random.default_rng(seed).choice(list(RESIDUES[:20]), length))


@pytest.mark.parametrize(
    ("cell", "sequence"),
    [
        ("MKTAYIAK", "MKTAYIAK"),
        (" mktay\n IAK*\t", "MKTAYIAK"),
        ("MKT--AY..IAK**", "MKTAYIAK"),
        ("MUOK", "MCKK"),
        ("MBZJXK", "MXXXXK"),
        ("M", "M"),
    ],
)
def test_a_sequence_is_cleaned(cell: str, sequence: str) -> None:
    assert READ(cell) == sequence
    assert READ(sequence) == sequence


@pytest.mark.parametrize(
    ("cell", "status", "said"),
    [
        (None, "empty", "the cell is empty."),
        ("", "empty", "the cell is empty."),
        (" ", "empty", "the cell is empty."),
        (" -*", "empty", "no residues"),
        ("MKT1AY", "invalid_syntax", "'1' is no residue"),
        ("MK*TAY", "invalid_syntax", "'*' is no residue"),
        (">P1\nMKTAY", "invalid_syntax", "'>' is no residue"),
        ("CC(=O)Oc1ccccc1C(=O)O", "invalid_syntax", "'(' is no residue"),
        ("MKTÅY", "invalid_syntax", "'Å' is no residue"),
        ("CCOCC", "invalid_syntax", "SMILES"),
        ("CCCCCl", "invalid_syntax", "SMILES"),
        ("ACGT" * 10, "unsupported", "nucleotides"),
        ("XXXBZ", "unsupported", "unknown residues only"),
        ("MK" * 2501, "too_large", "5002 residues"),
    ],
)
def test_what_is_no_protein_is_refused_with_a_reason(cell: str | None, status: str, said: str) -> None:
    found = READ(cell)
    assert isinstance(found, Problem)
    assert found.status == status
    assert said in found.reason
    assert found.reason[0].islower() or found.reason[0] == "'"
    assert found.reason.endswith(".")
    if found.position:
        assert (cell or "")[found.position - 1] in found.reason


def test_no_text_of_any_characters_raises_or_gives_another_alphabet() -> None:
    rng = np.random.default_rng(0)
    for _ in range(300):
        found = READ("".join(rng.choice(list(string.printable + "é\0"), rng.integers(0, 12))))
        assert found.status in STATUSES if isinstance(found, Problem) else found and set(found) <= set(RESIDUES)


def test_real_peptides_and_letters_are_proteins() -> None:
    for text in ("CYFQNCPRG", "GIVEQCCTSICSLYQLENYCN", "ACDEFGHIKLMNPQRSTVWY", "GATTACA"):
        assert READ(text) == text
    assert isinstance(SequenceReader(longest=3)("MKTA"), Problem)
    assert SequenceReader(**json.loads(json.dumps(asdict(SequenceReader(longest=9))))) == SequenceReader(9)


def test_equal_sequences_are_one_protein() -> None:
    found = identify("MKTAY")
    assert (found.text, found.key, found.leak_keys) == ("MKTAY", "MKTAY", ("MKTAY",))


def test_numbers_of_residues_are_their_places() -> None:
    steps = ResidueFeaturizer()(["MKX", "A"])
    assert [RESIDUES[number - 1] for number in steps.values] == list("MKXA")
    assert steps.offsets.tolist() == [0, 3, 4]
    assert len(ResidueFeaturizer()([])) == 0


def test_sketches_agree_as_often_as_sets_of_3_mers_are_alike() -> None:
    """Expected of 128 slots: J + (1 - J) / 16, with a standard deviation of 0.044 at most."""
    whole = protein(400)
    others = [protein(own, seed) + whole[own:] for seed, own in enumerate((0, 20, 80, 150, 250, 400))]
    bits = np.unpackbits(KmerFeaturizer()([whole, *others]), axis=1)
    assert bits.shape == (7, 2048)
    assert (bits.sum(axis=1) == 128).all()

    def kmers(text: str) -> set[str]:
        return {text[at : at + 3] for at in range(len(text) - 2)}

    for own, text in zip(bits[1:], others, strict=True):
        jaccard = len(kmers(whole) & kmers(text)) / len(kmers(whole) | kmers(text))
        assert abs((own & bits[0]).sum() / 128 - (jaccard + (1 - jaccard) / 16)) < 0.15
    assert (bits[1] == bits[0]).all()


@pytest.mark.parametrize("featurizer", [KmerFeaturizer(), KmerFeaturizer(slots=64)])
def test_a_sketch_does_not_depend_on_its_company_and_short_proteins_have_one(featurizer: KmerFeaturizer) -> None:
    texts = ["M", "MK", "MKT", "XXX", protein(50)]
    together = featurizer(texts)
    assert together.shape == (5, 2 * featurizer.slots)
    np.testing.assert_array_equal(together, np.concatenate([featurizer([text]) for text in texts]))
    assert len(np.unique(together, axis=0)) == 5
    assert featurizer([]).shape == (0, 2 * featurizer.slots)
