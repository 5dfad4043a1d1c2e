"""Composition of proteins, against counts by loops over letters."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from molkit.features.composition import _PROPERTIES, CompositionFeaturizer

KNOWN = "ACDEFGHIKLMNPQRSTVWY"


def counted(text: str) -> dict[str, float]:
    """The definitions, letter by letter."""
    pairs = [text[at : at + 2] for at in range(len(text) - 1)]
    known, both = [c for c in text if c in KNOWN], [p for p in pairs if p[0] in KNOWN and p[1] in KNOWN]
    found = {"log_length": math.log(len(text))}
    found |= {f"residue_{a}": known.count(a) / max(len(known), 1) for a in KNOWN}
    found |= {f"residues_{a}{b}": both.count(a + b) / max(len(both), 1) for a in KNOWN for b in KNOWN}
    for name, classes in _PROPERTIES.items():
        kind = {letter: place + 1 for place, letters in enumerate(classes) for letter in letters}
        codes = [kind.get(letter, 0) for letter in text]
        for a, b in ((1, 2), (1, 3), (2, 3)):
            beside = sum({x, y} == {a, b} for x, y in pairwise(codes))
            found[f"{name}_{a}_beside_{b}"] = beside / max(len(text) - 1, 1)
        for c in (1, 2, 3):
            at = [place + 1 for place, code in enumerate(codes) if code == c]
            found[f"{name}_{c}"] = len(at) / len(text)
            for quantile in (0, 25, 50, 75, 100):
                which = max(math.ceil(len(at) * quantile / 100), 1) - 1
                found[f"{name}_{c}_at_{quantile}"] = at[which] / len(text) if at else 0.0
    return found


def test_every_value_is_what_its_name_says() -> None:
    rng = np.random.default_rng(0)
    texts = ["M", "XX", "MK", "KKKKX", *("".join(rng.choice(list(KNOWN + "X"), n)) for n in (7, 60, 300))]
    featurizer = CompositionFeaturizer()
    values = featurizer(texts)
    assert values.shape == (len(texts), len(featurizer.names))
    assert values.dtype == np.float32
    for row, text in zip(values, texts, strict=True):
        expected = counted(text)
        assert set(expected) == set(featurizer.names)
        np.testing.assert_allclose(row, [expected[name] for name in featurizer.names], rtol=1e-6, atol=1e-7)


def test_a_protein_has_the_same_values_in_any_company() -> None:
    texts, featurizer = ["MKTAY", "W", "ACDEFGHIK" * 9], CompositionFeaturizer()
    np.testing.assert_array_equal(featurizer(texts), np.concatenate([featurizer([text]) for text in texts]))
    assert featurizer([]).shape == (0, len(featurizer.names))


def test_every_known_residue_is_in_one_class_of_each_property() -> None:
    for classes in _PROPERTIES.values():
        assert sorted("".join(classes)) == sorted(KNOWN)
