"""Raw cells to packed columns. Nothing here is fitted; whatever is, lives inside a learner."""

from __future__ import annotations

from molkit.features.descriptors import DescriptorFeaturizer
from molkit.features.fingerprint import FingerprintFeaturizer, packed_bits
from molkit.features.graph import GraphFeaturizer

FEATURIZERS = {
    featurizer.kind: featurizer for featurizer in (GraphFeaturizer, FingerprintFeaturizer, DescriptorFeaturizer)
}

__all__ = ["FEATURIZERS", "DescriptorFeaturizer", "FingerprintFeaturizer", "GraphFeaturizer", "packed_bits"]
