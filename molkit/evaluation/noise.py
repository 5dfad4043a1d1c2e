"""How well any model can score, given how far repeated measurements of one compound lie apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_LEVEL = 0.95
_FEW = 5  # compounds of which a spread is a rough figure


@dataclass(frozen=True)
class NumberNoise:
    """Spread of repeated measurements, and the scores of a perfect model against single measurements.

    `sd` with its 95 % interval is from `repeats` values of `compounds` compounds. `copies` values equal
    another of the same compound to the last digit and are likely the same measurement twice; they are left
    out of it, and `sd_with_copies` takes them as measured. `rmse`, `r2` and `pearson` are what the spread allows.
    """

    sd: float
    low: float
    high: float
    repeats: int
    compounds: int
    copies: int
    sd_with_copies: float
    rmse: float
    r2: float
    pearson: float

    def sentence(self, unit: str = "", noun: str = "compound") -> str:
        """All of it in words, for a unit of the values and what a row is called."""
        scale = f" {unit}" if unit else ""
        copied = (
            f" {self.copies} {'values equal' if self.copies > 1 else 'value equals'} another of the same {noun} to "
            f"the last digit, likely copies of one measurement, and count once (with them {self.sd_with_copies:.2f})."
            if self.copies
            else ""
        )
        return (
            f"Noise floor: {self.repeats:,} repeated measurements of {_counted(self.compounds, noun)} have a standard "
            f"deviation of {self.sd:.2f}{scale} [{self.low:.2f}, {self.high:.2f}]; against single measurements it "
            f"allows no RMSE under {self.rmse:.2f}, no R2 over {self.r2:.2f}, no Pearson over {self.pearson:.2f}."
            + (f" So few {noun}s give a rough figure." if self.compounds < _FEW else "")
            + copied
        )


@dataclass(frozen=True)
class LabelNoise:
    """How often repeated labels of one compound disagree, and the accuracy that this allows.

    `disagreement` is the share of differing pairs of labels of a compound, averaged over `compounds`
    compounds with `repeats` labels; `accuracy` is None where labels disagree more often than by chance, or
    are of more than two classes.
    """

    disagreement: float
    repeats: int
    compounds: int
    accuracy: float | None

    def sentence(self, unit: str = "", noun: str = "compound") -> str:
        """All of it in words; labels have no unit."""
        allowed = ""
        if self.accuracy is not None and self.disagreement > 0:
            allowed = f", which allows no accuracy over {self.accuracy:.3f} against single labels"
        return (
            f"Noise floor: {self.repeats:,} repeated labels of {_counted(self.compounds, noun)} disagree in "
            f"{self.disagreement:.1%} of pairs{allowed}."
        )


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


Noise = NumberNoise | LabelNoise


def noise_floor(values: np.ndarray, compounds: np.ndarray, kind: str = "regression") -> Noise | None:
    """How far repeated values [rows] (NaN = not measured) of the same compound [rows, int] lie apart.

    None without repeats; classes of 0 and 1, or codes, are compared as in `label_noise`.
    """
    return number_noise(values, compounds) if kind == "regression" else label_noise(values, compounds)


def number_noise(values: np.ndarray, compounds: np.ndarray) -> NumberNoise | None:
    """Pooled standard deviation of repeated values [rows] of the same compound [rows, int]; None without repeats.

    With sum of squares S about the compounds' means and f = values - compounds degrees of freedom, the
    variance is s² = S / f with the interval S / chi²(f). The variance between compounds is that of their
    means less the noise in them (one-way random effects). A perfect model then has RMSE = s,
    R² = between / (between + s²) and Pearson √R² (attenuation; Spearman, Am. J. Psychol. 1904, 15, 72; the
    argument for assays: Brown, Muchmore & Hajduk, Drug Discov. Today 2009, 14, 420).
    """
    from scipy.stats import chi2

    kept = np.isfinite(values)
    values, compounds = np.asarray(values, float)[kept], np.asarray(compounds)[kept]
    distinct = np.unique(np.stack([compounds.astype(float), values], axis=1), axis=0)
    of = distinct[:, 0]
    squares, freedom = _within(distinct[:, 1], of)
    if not squares > 0:  # no repeats, or values so small that their squares are 0
        return None
    low, high = squares / chi2.ppf([(1 + _LEVEL) / 2, (1 - _LEVEL) / 2], freedom)
    variance = squares / freedom
    share = _between_share(distinct[:, 1], of, variance)
    with_copies = np.divide(*_within(values, compounds))
    counts = np.unique(of, return_counts=True)[1]
    return NumberNoise(
        sd=float(np.sqrt(variance)),
        low=float(np.sqrt(low)),
        high=float(np.sqrt(high)),
        repeats=int(counts[counts > 1].sum()),
        compounds=int((counts > 1).sum()),
        copies=len(values) - len(distinct),
        sd_with_copies=float(np.sqrt(with_copies)),
        rmse=float(np.sqrt(variance)),
        r2=share,
        pearson=float(np.sqrt(share)),
    )


def _within(values: np.ndarray, compounds: np.ndarray) -> tuple[float, int]:
    """Sum of squares about the means of compounds, and its degrees of freedom."""
    _, index, counts = np.unique(compounds, return_inverse=True, return_counts=True)
    means = np.bincount(index, values) / counts
    return float(((values - means[index]) ** 2).sum()), len(values) - len(counts)


def _between_share(values: np.ndarray, compounds: np.ndarray, noise: float) -> float:
    """Share of the variance of single measurements that is between compounds; 0 with one compound."""
    _, index, counts = np.unique(compounds, return_inverse=True, return_counts=True)
    if len(counts) < 2:
        return 0.0
    means = np.bincount(index, values) / counts
    between = max(0.0, float(means.var(ddof=1) - noise * np.mean(1 / counts)))
    return between / (between + noise)


def label_noise(labels: np.ndarray, compounds: np.ndarray) -> LabelNoise | None:
    """Disagreement of repeated labels [rows] (codes or NaN) of the same compound [rows]; None without repeats.

    If every label of two classes is wrong with probability e, two labels differ with d = 2 e (1 - e), so that
    e = (1 - √(1 - 2 d)) / 2, and a perfect model agrees with a share 1 - e of single labels.
    """
    kept = ~np.isnan(labels)
    labels = labels[kept]
    _, index, counts = np.unique(np.asarray(compounds)[kept], return_inverse=True, return_counts=True)
    several = counts > 1
    if not several.any():
        return None
    alike = sum((np.bincount(index, labels == code) ** 2)[several] for code in np.unique(labels))
    n = counts[several]
    share = float(np.mean((n**2 - alike) / (n * (n - 1))))
    known = share <= 0.5 and labels.max() <= 1
    accuracy = (1 + float(np.sqrt(1 - 2 * share))) / 2 if known else None
    return LabelNoise(share, int(n.sum()), int(several.sum()), accuracy)
