"""Compounds whose repeated values lie too far apart to be learned from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np

from molkit.config import RunConfig
from molkit.data.labels import Labels
from molkit.features.inputs import Input, noun_of
from molkit.pipeline.dataset import sample_keys
from molkit.pipeline.samples import Samples
from molkit.pipeline.scale import model_scale

_SHOWN = 10


def within_spread(
    labels: Labels, inputs: Sequence[Input], samples: Samples, config: RunConfig, first_row: int
) -> Labels:
    """Labels without the values of compounds whose exact values of a target range wider than `config.max_spread`.

    A compound is a full standard InChIKey, as in training. The range is that of log10 of the values where these would
    be modelled so, judged by all exact values; of the values themselves elsewhere. Classes have no range. A note
    counts the compounds left out of each target and lists their rows.
    """
    assert config.max_spread is not None
    exact = np.where(labels.relations == 0, labels.values, np.nan)
    logs = model_scale(labels, config, exact)[1]
    members: dict[Hashable, list[int]] = defaultdict(list)
    for row, key in zip(samples.rows.tolist(), sample_keys(inputs, samples.identities), strict=True):
        members[key].append(row)
    values, relations, notes = labels.values.copy(), labels.relations.copy(), []
    for k, kind in enumerate(labels.kinds):
        if kind != "regression":
            continue
        wide = _wide(np.log10(exact[:, k]) if logs[k] else exact[:, k], list(members.values()), config.max_spread)
        for rows, _ in wide:
            values[rows, k], relations[rows, k] = np.nan, 0
        scale = " on log10" if logs[k] else ""
        notes.append(_note(labels.targets[k], wide, config.max_spread, scale, first_row, noun_of(inputs)))
    return replace(labels, values=values, relations=relations, notes=(*labels.notes, *notes))


def _wide(values: np.ndarray, members: list[list[int]], most: float) -> list[tuple[list[int], float]]:
    """The rows and the range of every compound whose exact values [rows] range wider than `most`."""
    found = []
    for rows in members:
        own = values[rows]
        own = own[~np.isnan(own)]
        if len(own) > 1 and np.ptp(own) > most:
            found.append((rows, float(np.ptp(own))))
    return found


def _note(target: str, wide: list[tuple[list[int], float]], most: float, scale: str, first_row: int, noun: str) -> str:
    if not wide:
        return f"--max-spread {most:g}: no {noun} has exact values of '{target}' farther apart{scale}."
    shown = "; ".join(
        f"rows {', '.join(str(row + first_row) for row in rows)} ({spread:.2f})"
        for rows, spread in sorted(wide, key=lambda one: -one[1])[:_SHOWN]
    )
    more = f"; and {len(wide) - _SHOWN} more" if len(wide) > _SHOWN else ""
    count = f"1 {noun} has" if len(wide) == 1 else f"{len(wide)} {noun}s have"
    return (
        f"--max-spread {most:g}: {count} exact values of '{target}' farther apart{scale} and "
        f"{'is' if len(wide) == 1 else 'are'} left out: {shown}{more}."
    )
