"""Raw cells to packed columns. Nothing here is fitted; whatever is, lives inside a learner."""

from __future__ import annotations

from molkit.features.descriptors import DescriptorFeaturizer
from molkit.features.fingerprint import FingerprintFeaturizer, packed_bits
from molkit.features.graph import GraphFeaturizer
from molkit.features.image import PixelFeaturizer, SketchFeaturizer, ThumbnailFeaturizer
from molkit.features.pharmacophore import PharmacophoreFeaturizer
from molkit.features.tokens import TokenFeaturizer

# The featurizers of each kind of input.
FEATURIZERS_OF = {
    "smiles": (GraphFeaturizer, FingerprintFeaturizer, DescriptorFeaturizer, PharmacophoreFeaturizer, TokenFeaturizer),
    "image": (PixelFeaturizer, ThumbnailFeaturizer, SketchFeaturizer),
}
FEATURIZERS = {featurizer.kind: featurizer for group in FEATURIZERS_OF.values() for featurizer in group}

__all__ = [
    "FEATURIZERS",
    "FEATURIZERS_OF",
    "DescriptorFeaturizer",
    "FingerprintFeaturizer",
    "GraphFeaturizer",
    "PharmacophoreFeaturizer",
    "PixelFeaturizer",
    "SketchFeaturizer",
    "ThumbnailFeaturizer",
    "TokenFeaturizer",
    "packed_bits",
]
