"""The scores of each kind of target; NaN means undefined."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from molkit.errors import InputError
from molkit.evaluation import multiclass
from molkit.evaluation.affinity import concordance_index, mean_squared_error, r_squared_modified
from molkit.evaluation.binary import balanced_accuracy, f1, matthews, precision, recall, weaker_side
from molkit.evaluation.calibration import brier, calibration_error, calibration_slope, entropy, log_loss
from molkit.evaluation.ranking import (
    average_precision,
    bedroc,
    bedroc_by_chance,
    enrichment,
    enrichment_ceiling,
    roc_auc,
)
from molkit.evaluation.regression import (
    kendall,
    mean_absolute_error,
    pearson,
    r_squared,
    root_mean_squared_error,
    spearman,
)


@dataclass(frozen=True)
class Metric:
    """A score of labels [n] and predictions [n], with weights [B, n] as a third argument of B resamples.

    `higher` says which direction is better; where `ideal` is given, nearer to it is better instead. A
    metric that `needs_threshold` takes predicted classes of 0 and 1. `needs` says, after the word, what
    must be so for it to be defined. `base` is the value without any information and `ceiling` the largest
    possible, for labels [n]. `slow` ones get fewer resamples, `unitless` ones can be averaged over targets. A
    `distance` from 0 grows by chance when rows are resampled, so that its interval goes as far below the value
    as above, down to 0. The unit of `squared` ones is the target's, squared. Those for `pairs` are what affinities
    of two inputs are compared by, those for some kinds of `inputs` what such tables are; other tables go without.
    """

    name: str
    function: Callable[..., float]
    higher: bool
    needs_threshold: bool = False
    needs: str = ""
    ideal: float | None = None
    base: Callable[[np.ndarray], float] | None = None
    ceiling: Callable[[np.ndarray], float] | None = None
    slow: bool = False
    unitless: bool = True
    distance: bool = False
    squared: bool = False
    pairs: bool = False
    inputs: tuple[str, ...] = ()


def _top(name: str, fraction: float) -> Metric:
    return Metric(
        name,
        partial(enrichment, fraction=fraction),
        higher=True,
        needs="a positive",
        base=lambda y: 1.0,
        ceiling=lambda y: enrichment_ceiling(y, fraction),
    )


_DIFFERENT = "measured values and predictions that differ"
_BOTH = "both classes"
_PROBABILITIES = "probabilities from 0 to 1"
_OF_CLASSES = "probabilities, and two classes"

METRICS: dict[str, tuple[Metric, ...]] = {
    "regression": (
        Metric("RMSE", root_mean_squared_error, higher=False, unitless=False),
        Metric("MAE", mean_absolute_error, higher=False, unitless=False),
        Metric("R2", r_squared, higher=True, needs="measured values that differ", base=lambda y: 0.0),
        Metric("Pearson", pearson, higher=True, needs=_DIFFERENT, base=lambda y: 0.0),
        Metric("Spearman", spearman, higher=True, needs=_DIFFERENT, base=lambda y: 0.0),
        Metric("Kendall", kendall, higher=True, needs=_DIFFERENT, base=lambda y: 0.0, slow=True),
        Metric("MSE", mean_squared_error, higher=False, unitless=False, squared=True, pairs=True),
        Metric(
            "concordance index",
            concordance_index,
            higher=True,
            needs="measured values that differ",
            base=lambda y: 0.5,
            slow=True,
            pairs=True,
        ),
        Metric("r2m", r_squared_modified, higher=True, needs=_DIFFERENT, pairs=True),
    ),
    "binary": (
        Metric("PR-AUC", average_precision, higher=True, needs="a positive", base=lambda y: float(np.mean(y))),
        Metric("ROC-AUC", roc_auc, higher=True, needs=_BOTH, base=lambda y: 0.5),
        Metric("precision", precision, higher=True, needs_threshold=True, needs="a predicted positive"),
        Metric("recall", recall, higher=True, needs_threshold=True, needs="a positive"),
        Metric("F1", f1, higher=True, needs_threshold=True, needs="a positive, measured or predicted"),
        Metric("min(Se,+P)", weaker_side, True, needs_threshold=True, needs="a positive", inputs=("record",)),
        Metric("MCC", matthews, higher=True, needs_threshold=True, needs=_BOTH, base=lambda y: 0.0),
        Metric("balanced accuracy", balanced_accuracy, True, needs_threshold=True, needs=_BOTH, base=lambda y: 0.5),
        Metric("Brier", brier, higher=False, needs=_PROBABILITIES, base=lambda y: float(np.var(y))),
        Metric("log loss", log_loss, higher=False, needs=_PROBABILITIES, base=entropy),
        Metric(
            "calibration slope",
            calibration_slope,
            higher=True,
            needs=f"{_PROBABILITIES} in which the classes overlap",
            ideal=1.0,
            slow=True,
        ),
        Metric("calibration error", calibration_error, higher=False, needs=_PROBABILITIES, distance=True),
        Metric("BEDROC", bedroc, higher=True, needs=_BOTH, base=bedroc_by_chance, ceiling=lambda y: 1.0),
        _top("EF 1%", 0.01),
        _top("EF 5%", 0.05),
        _top("EF 10%", 0.10),
    ),
    "multiclass": (
        Metric("accuracy", multiclass.accuracy, higher=True, base=multiclass.commonest_share),
        Metric("balanced accuracy", multiclass.balanced_accuracy, higher=True, needs="two classes"),
        Metric("macro precision", multiclass.macro_precision, higher=True),
        Metric("macro F1", multiclass.macro_f1, higher=True),
        Metric("weighted F1", multiclass.weighted_f1, higher=True),
        Metric(
            "macro ROC-AUC",
            multiclass.macro_roc_auc,
            higher=True,
            needs="probabilities, and every class among the measured",
            base=lambda y: 0.5,
        ),
        Metric("weighted ROC-AUC", multiclass.weighted_roc_auc, higher=True, needs=_OF_CLASSES, base=lambda y: 0.5),
        Metric("macro PR-AUC", multiclass.macro_pr_auc, higher=True, needs="probabilities"),
        Metric("MCC", multiclass.matthews, higher=True, needs="two classes", base=lambda y: 0.0),
        Metric("log loss", multiclass.log_loss, higher=False, needs="probabilities that sum to 1"),
    ),
}

_ALSO = {
    "rootmeansquarederror": "RMSE", "meanabsoluteerror": "MAE", "rsquared": "R2", "r²": "R2",
    "kendalltau": "Kendall", "spearmanr": "Spearman", "spearmanrho": "Spearman", "pearsonr": "Pearson",
    "auroc": "ROC-AUC", "auc": "ROC-AUC", "auprc": "PR-AUC", "averageprecision": "PR-AUC", "ap": "PR-AUC",
    "matthews": "MCC", "brierscore": "Brier", "crossentropy": "log loss", "ece": "calibration error",
    "meansquarederror": "MSE", "ci": "concordance index", "cindex": "concordance index", "r²m": "r2m", "rm2": "r2m",
}  # fmt: skip


def shown_metrics(kind: str, inputs: Sequence[str] = (), wanted: str = "") -> tuple[Metric, ...]:
    """The metrics that a table of scores shows, of rows with inputs of these kinds, and the one that is `wanted`.

    Those for pairs are for several inputs, those for some kinds of input only where one of these is among them.

    >>> [metric.name for metric in shown_metrics("regression", wanted="MSE")]
    ['RMSE', 'MAE', 'R2', 'Pearson', 'Spearman', 'Kendall', 'MSE']
    """

    def fits(metric: Metric) -> bool:
        pairs = len(inputs) > 1 or not metric.pairs
        return pairs and (not metric.inputs or not set(inputs).isdisjoint(metric.inputs))

    return tuple(metric for metric in METRICS[kind] if fits(metric) or metric.name == wanted)


def main_metric(kind: str, wanted: str | None) -> Metric:
    """The score that matters for targets of a kind: the one wanted, if it is one of that kind's."""
    known = {metric.name: metric for metric in METRICS[kind]}
    return known.get(find_metric(wanted).name if wanted else "", METRICS[kind][0])


def find_metric(name: str, kind: str | None = None) -> Metric:
    """The metric of a name in any usual writing; of `kind` if given, else of the first kind that has it.

    >>> [find_metric(name).name for name in ("mae", "auroc", "AUPRC", "roc_auc")]
    ['MAE', 'ROC-AUC', 'PR-AUC', 'ROC-AUC']
    """
    known = {
        _plain(metric.name): metric
        for own, metrics in reversed(METRICS.items())
        for metric in metrics
        if kind in (None, own)
    }
    plain = _plain(_ALSO.get(_plain(name), name))
    if plain in known:
        return known[plain]
    close = difflib.get_close_matches(plain, list(known), 1)
    hint = f" Did you mean {known[close[0]].name!r}?" if close else ""
    listed = ", ".join(metric.name for metric in reversed(known.values()))
    raise InputError(f"there is no metric {name!r}{f' of {kind} targets' if kind else ''}.{hint} Known are {listed}.")


def _plain(name: str) -> str:
    return "".join(name.lower().split()).replace("-", "").replace("_", "")
