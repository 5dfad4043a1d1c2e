"""Raw cells to packed columns. Nothing here is fitted; whatever is, lives inside a learner."""

from __future__ import annotations

from typing import Any

from molkit.features.bit_descriptors import BitDescriptorFeaturizer
from molkit.features.composition import CompositionFeaturizer
from molkit.features.descriptors import DescriptorFeaturizer
from molkit.features.events import EventFeaturizer
from molkit.features.fingerprint import FingerprintFeaturizer, packed_bits
from molkit.features.graph import GraphFeaturizer
from molkit.features.image import ImageSketchFeaturizer, PixelFeaturizer, ThumbnailFeaturizer
from molkit.features.pharmacophore import PharmacophoreFeaturizer
from molkit.features.selfies import SelfiesFeaturizer
from molkit.features.sequence import KmerFeaturizer, ResidueFeaturizer
from molkit.features.signal import LogMelFeaturizer, SignalSketchFeaturizer, SpectrumFeaturizer, WaveformFeaturizer
from molkit.features.summary import SummaryFeaturizer
from molkit.features.tabular import ValueFeaturizer
from molkit.features.tokens import TokenFeaturizer

# The featurizers of each kind of input.
FEATURIZERS_OF: dict[str, tuple[Any, ...]] = {
    "smiles": (
        GraphFeaturizer,
        FingerprintFeaturizer,
        DescriptorFeaturizer,
        PharmacophoreFeaturizer,
        TokenFeaturizer,
        SelfiesFeaturizer,
        BitDescriptorFeaturizer,
    ),
    "sequence": (ResidueFeaturizer, CompositionFeaturizer, KmerFeaturizer),
    "image": (PixelFeaturizer, ThumbnailFeaturizer, ImageSketchFeaturizer),
    "record": (EventFeaturizer, SummaryFeaturizer),
    "signal": (WaveformFeaturizer, LogMelFeaturizer, SpectrumFeaturizer, SignalSketchFeaturizer),
    "table": (ValueFeaturizer,),
}
# The kind of input that each feature is made from.
KIND_OF = {featurizer.kind: kind for kind, group in FEATURIZERS_OF.items() for featurizer in group}
FEATURIZERS: dict[str, Any] = {featurizer.kind: featurizer for group in FEATURIZERS_OF.values() for featurizer in group}

__all__ = [
    "FEATURIZERS",
    "FEATURIZERS_OF",
    "KIND_OF",
    "BitDescriptorFeaturizer",
    "CompositionFeaturizer",
    "DescriptorFeaturizer",
    "EventFeaturizer",
    "FingerprintFeaturizer",
    "GraphFeaturizer",
    "ImageSketchFeaturizer",
    "KmerFeaturizer",
    "LogMelFeaturizer",
    "PharmacophoreFeaturizer",
    "PixelFeaturizer",
    "ResidueFeaturizer",
    "SelfiesFeaturizer",
    "SignalSketchFeaturizer",
    "SpectrumFeaturizer",
    "SummaryFeaturizer",
    "ThumbnailFeaturizer",
    "TokenFeaturizer",
    "ValueFeaturizer",
    "WaveformFeaturizer",
    "packed_bits",
]
