"""Raw cells to packed columns. Nothing here is fitted; whatever is, lives inside a learner."""

from __future__ import annotations

from molkit.features.descriptors import DescriptorFeaturizer
from molkit.features.fingerprint import FingerprintFeaturizer, packed_bits
from molkit.features.graph import GraphFeaturizer
from molkit.features.pharmacophore import PharmacophoreFeaturizer
from molkit.features.signal import BandSketchFeaturizer, LogMelFeaturizer, SpectrumFeaturizer, WaveformFeaturizer
from molkit.features.tokens import TokenFeaturizer

FEATURIZERS = {
    featurizer.kind: featurizer
    for featurizer in (
        GraphFeaturizer,
        FingerprintFeaturizer,
        DescriptorFeaturizer,
        PharmacophoreFeaturizer,
        TokenFeaturizer,
        WaveformFeaturizer,
        LogMelFeaturizer,
        SpectrumFeaturizer,
        BandSketchFeaturizer,
    )
}


def features_reading(kind: str) -> tuple[str, ...]:
    """The features of inputs of a kind, "smiles" (molecules) or "signal".

    >>> features_reading("signal")
    ('waveform', 'logmel', 'spectrum', 'band_sketch')
    """
    return tuple(name for name, new in FEATURIZERS.items() if getattr(new, "reads", "smiles") == kind)


__all__ = [
    "FEATURIZERS",
    "BandSketchFeaturizer",
    "DescriptorFeaturizer",
    "FingerprintFeaturizer",
    "GraphFeaturizer",
    "LogMelFeaturizer",
    "PharmacophoreFeaturizer",
    "SpectrumFeaturizer",
    "TokenFeaturizer",
    "WaveformFeaturizer",
    "features_reading",
    "packed_bits",
]
