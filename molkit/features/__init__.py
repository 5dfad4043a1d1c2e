"""Raw cells to packed columns. Nothing here is fitted; whatever is, lives inside a learner."""

from __future__ import annotations

from molkit.features.composition import CompositionFeaturizer
from molkit.features.descriptors import DescriptorFeaturizer
from molkit.features.fingerprint import FingerprintFeaturizer, packed_bits
from molkit.features.graph import GraphFeaturizer
from molkit.features.pharmacophore import PharmacophoreFeaturizer
from molkit.features.sequence import KmerFeaturizer, ResidueFeaturizer
from molkit.features.tokens import TokenFeaturizer

FEATURIZERS = {
    featurizer.kind: featurizer
    for featurizer in (
        GraphFeaturizer,
        FingerprintFeaturizer,
        DescriptorFeaturizer,
        PharmacophoreFeaturizer,
        TokenFeaturizer,
        ResidueFeaturizer,
        CompositionFeaturizer,
        KmerFeaturizer,
    )
}

__all__ = [
    "FEATURIZERS",
    "DescriptorFeaturizer",
    "FingerprintFeaturizer",
    "GraphFeaturizer",
    "PharmacophoreFeaturizer",
    "TokenFeaturizer",
    "packed_bits",
]
